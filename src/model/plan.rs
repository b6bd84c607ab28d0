//! A plan: what a run would do, record by record.

use serde::{Deserialize, Serialize};
use sync_core::record::RecordKind;

use super::{ReviewValue, When};

/// Which way records go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlanWay {
    /// What lies here is sent.
    #[default]
    #[serde(rename = "to-mk")]
    To,
    /// What waits there is taken.
    #[serde(rename = "from-mk")]
    From,
    /// Both.
    #[serde(rename = "both")]
    Both,
}

impl PlanWay {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::To, Self::From, Self::Both];

    /// As forms and addresses spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::To => "to-mk",
            Self::From => "from-mk",
            Self::Both => "both",
        }
    }

    /// From what a form or an address says.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.as_str() == text)
    }
}

/// What is done with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanDeed {
    /// Made in Metakocka.
    CreateThere,
    /// Changed in Metakocka.
    UpdateThere,
    /// Merged.
    Merge,
    /// Linked.
    Link,
    /// Made here.
    CreateHere,
    /// Changed here.
    UpdateHere,
    /// Left as it is.
    Nothing,
}

/// A field that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanChange {
    /// Whether it changes here; else in Metakocka.
    pub here: bool,
    /// The place.
    pub place: String,
    /// The value before.
    pub from: ReviewValue,
    /// The value after.
    pub to: ReviewValue,
}

/// A write to Metakocka.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRequest {
    /// Method and path.
    pub line: String,
    /// The body, one field a line.
    pub body: String,
    /// Whether it is built on what is read a moment before.
    pub fresh_read: bool,
}

/// One record of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanItem {
    /// From 0.
    pub position: u64,
    /// Number or name.
    pub label: String,
    /// Its page; none: it is not here yet.
    pub href: Option<String>,
    /// What is done.
    pub deed: PlanDeed,
    /// Whether it is brought only because a document names it.
    pub brought: bool,
    /// What changes.
    pub changes: Vec<PlanChange>,
    /// The writes.
    pub requests: Vec<PlanRequest>,
    /// Why nothing is done.
    pub reasons: Vec<String>,
    /// What else is to be known.
    pub notes: Vec<String>,
    /// Calls to Metakocka.
    pub calls: u64,
}

/// A plan with a page of its items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its id.
    pub id: String,
    /// Of which records.
    pub kind: RecordKind,
    /// Which way.
    pub way: PlanWay,
    /// Its records.
    pub records: u64,
    /// Those with which something is done.
    pub active: u64,
    /// Calls to Metakocka.
    pub calls: u64,
    /// When it was made.
    pub made: When,
    /// By whom.
    pub by: Option<String>,
    /// When it was applied.
    pub applied: Option<When>,
    /// By whom.
    pub applied_by: Option<String>,
    /// The run that carries it out.
    pub run: Option<String>,
    /// What moved since it was made.
    pub stale: Option<String>,
    /// Some of its items.
    pub items: Vec<PlanItem>,
    /// Where the next ones begin.
    pub next: Option<u64>,
}

/// The page of a plan.
#[must_use]
pub fn plan_path(id: &str) -> String {
    format!("/plans/{id}")
}

/// The page on which a plan is asked for.
#[must_use]
pub fn new_plan_path(kind: RecordKind, way: PlanWay) -> String {
    format!("/plans/new?kind={}&way={}", kind.as_str(), way.as_str())
}

/// The page on which a plan of one record is asked for, whichever way it goes.
#[must_use]
pub fn one_plan_path(kind: RecordKind, id: &str) -> String {
    format!("{}&id={id}", new_plan_path(kind, PlanWay::Both))
}
