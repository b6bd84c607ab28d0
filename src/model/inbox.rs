//! What lies there until somebody does something: unknown writes, records that are there twice, what did not go through,
//! alarms, and runs with what they could not do.

use serde::{Deserialize, Serialize};
use sync_core::record::{DocumentType, RecordKind};

use super::{Run, When, list_path};

/// Address of a record's page.
#[must_use]
pub fn record_path(kind: RecordKind, id: &str) -> String {
    format!("{}/{id}", list_path(kind))
}

/// A write of which nobody knows what became.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownWrite {
    /// Its id.
    pub id: String,
    /// Of which record.
    pub kind: RecordKind,
    /// The record.
    pub record: String,
    /// Number or name.
    pub label: String,
    /// Whether it makes a record there; else it changes one.
    pub creates: bool,
    /// Whether a person is asked now.
    pub asks: bool,
    /// Why nobody knows.
    pub said: Option<String>,
    /// When it was begun.
    pub since: When,
    /// When it is looked for next.
    pub looks: Option<When>,
    /// From when "it was not stored" may be said.
    pub not_stored_from: Option<When>,
    /// Whether it may be said now.
    pub may_be_sent_again: bool,
    /// Records there that could be it.
    pub candidates: Vec<Candidate>,
    /// What was sent: field and value.
    pub sent: Vec<(String, String)>,
    /// What was done so far: state, answer, when.
    pub steps: Vec<(String, Option<String>, When)>,
}

/// A record there that could be the one that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its id there.
    pub id: String,
    /// Its number there.
    pub number: Option<String>,
    /// Whether it carries our sign.
    pub marked: bool,
    /// What it has otherwise.
    pub differs_in: Vec<String>,
}

/// What is asked about a document that Metakocka has twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Duplicate {
    /// Two documents there, of which one is linked.
    Twins(Twins),
    /// One document there is two records here: told in the words of its state.
    TwiceHere {
        /// What happened.
        sentence: String,
        /// What to do.
        advice: Option<String>,
    },
}

/// A record that Metakocka has twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Twins {
    /// The record here.
    pub record: String,
    /// The one that it is linked to.
    pub linked: Twin,
    /// The others.
    pub others: Vec<Twin>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Twin {
    /// Its id there.
    pub id: String,
    /// Its type.
    pub kind: Option<DocumentType>,
    /// Its number there.
    pub number: String,
    /// When what is shown was read.
    pub read: When,
    /// Field, value of the linked one, value of this one: those that differ. Of the linked one itself: none.
    pub differs: Vec<(String, String, String)>,
}

/// Why something did not go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureWhy {
    /// Metakocka refused it.
    Refused,
    /// It can't be sent as it is.
    Blocked,
    /// What Metakocka has can't be read.
    Unreadable,
    /// The last run about it could not do it.
    NotDone,
}

impl FailureWhy {
    /// As the attribute that tests and styles read.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Blocked => "blocked",
            Self::Unreadable => "unreadable",
            Self::NotDone => "not_done",
        }
    }
}

/// Something that did not go through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Of which record.
    pub kind: RecordKind,
    /// The record here; none: only Metakocka has it.
    pub record: Option<String>,
    /// Number or name.
    pub label: String,
    /// Why.
    pub why: FailureWhy,
    /// Why, as a sentence.
    pub sentence: String,
    /// What to do.
    pub advice: String,
    /// Since when.
    pub since: When,
    /// How often it was tried.
    pub attempts: u64,
}

/// A page of what did not go through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailurePage {
    /// By kind.
    pub rows: Vec<Failure>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// Something of a record that somebody has to see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// By which it is dismissed.
    pub id: String,
    /// What happened.
    pub what: AlarmWhat,
    /// When it was noticed.
    pub at: When,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AlarmWhat {
    /// Somebody changed it there while it was replaced: what the change log says.
    ForeignChange(Vec<String>),
    /// Fields that a replacement lost.
    LostField(Vec<String>),
    /// Metakocka has it twice.
    Duplicate,
}

/// A run with its particulars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunDetail {
    /// How far it is.
    pub run: Run,
    /// Whether it looks.
    pub looks: bool,
    /// manual, api, schedule or command.
    pub cause: String,
    /// Who asked for it.
    pub by: Option<String>,
    /// When it was asked for.
    pub created: When,
    /// When it ended.
    pub ended: Option<When>,
    /// Who cancelled it; empty: nobody whose name is known.
    pub cancelled_by: Option<String>,
    /// What did not go through, the first ones first.
    pub problems: Vec<RunProblem>,
}

/// A record that did not go through in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunProblem {
    /// Number or name.
    pub label: String,
    /// Address of its page, when it is here.
    pub href: Option<String>,
    /// failed, unknown, review or skipped.
    pub outcome: String,
    /// What happened.
    pub sentence: Option<String>,
    /// What to do.
    pub advice: Option<String>,
}

/// A page of runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunPage {
    /// Newest first, without their problems.
    pub rows: Vec<RunDetail>,
    /// Where the next page begins.
    pub next: Option<String>,
}
