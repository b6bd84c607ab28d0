//! What a person is asked, and what their answer would do.

use serde::{Deserialize, Serialize};
use sync_core::record::RecordKind;
use sync_core::state::{Review, SyncState};

use super::{Day, When, list_path};

/// Path of the list of all questions.
pub const REVIEW: &str = "/review";

/// A page of questions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewPage {
    /// Grouped by reason, the newest of each first.
    pub rows: Vec<ReviewRow>,
    /// How many questions have which reason, in the order of the groups.
    pub counts: Vec<ReviewCount>,
    /// The only reason that is shown; none: all.
    pub only: Option<SyncState>,
    /// Where the list goes on.
    pub next: Option<String>,
}

/// How many questions have a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewCount {
    /// The reason, as the state that it gives a record.
    pub state: SyncState,
    /// Questions.
    pub count: u64,
}

/// A question in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewRow {
    /// Of what kind the record is.
    pub kind: RecordKind,
    /// The reason, as the state that it gives a record.
    pub state: SyncState,
    /// Number or name.
    pub title: String,
    /// The customer, or the name of a product.
    pub about: Option<String>,
    /// What happened.
    pub sentence: Option<String>,
    /// Since when.
    pub since: When,
    /// The page where it is answered.
    pub href: Option<String>,
}

/// A question about one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewQuestion {
    /// Of what kind the record is.
    pub kind: RecordKind,
    /// The record.
    pub id: String,
    /// The reason, as the state that it gives the record; none: nothing is to be decided any more.
    pub state: Option<SyncState>,
    /// Number or name.
    pub title: String,
    /// The customer, or the name of a product.
    pub about: Option<String>,
    /// What happened.
    pub sentence: Option<String>,
    /// What is looked at.
    pub version: String,
    /// Everything that is open.
    pub parts: Vec<ReviewPart>,
    /// Places that are taken besides.
    pub taken: Vec<String>,
    /// Places that are sent besides.
    pub sent: Vec<String>,
    /// What was edited here and not sent.
    pub unsent: Vec<ReviewChange>,
    /// What was changed in Metakocka since.
    pub news: Vec<ReviewChange>,
    /// What can be done with the record as a whole.
    pub steps: Vec<ReviewStep>,
    /// The last change here.
    pub here: Option<ReviewBy>,
    /// The last change in Metakocka.
    pub there: Option<ReviewBy>,
}

/// When somebody changed something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewBy {
    /// When.
    pub at: When,
    /// Who; none: it is not known.
    pub name: Option<String>,
}

/// Something about which both sides disagree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewPart {
    /// The place, as an answer names it.
    pub place: String,
    /// What both sides last agreed on.
    pub before: ReviewValue,
    /// The value here.
    pub here: ReviewValue,
    /// The value in Metakocka.
    pub there: ReviewValue,
    /// Whether the value here may be sent.
    pub sends: bool,
    /// Whether the value there may be taken.
    pub takes: bool,
    /// Whether the value here can be kept as a note when it is.
    pub notes: bool,
}

/// Something that was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewChange {
    /// The place.
    pub place: String,
    /// What it was.
    pub from: ReviewValue,
    /// What it is.
    pub to: ReviewValue,
}

/// A value, as far as it has to be written in a language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewValue {
    /// There is none.
    Nothing,
    /// Text.
    Text(String),
    /// An exact decimal.
    Number(String),
    /// A day.
    Day(Day),
    /// Yes or no.
    Truth(bool),
    /// A line of a document, or several.
    Lines(Vec<ReviewLine>),
}

/// A line of a document in one row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewLine {
    /// Quantity; none: a text.
    pub amount: Option<String>,
    /// Price of one unit.
    pub price: Option<String>,
    /// What it is.
    pub name: String,
}

/// What can be done with a record as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewStep {
    /// It lives on only here.
    KeepHere,
    /// It is made in Metakocka again.
    CreateAgain,
    /// It is deleted here too.
    DeleteHere,
    /// It comes back with what Metakocka has.
    Restore,
    /// It stays deleted.
    LeaveDeleted,
}

impl ReviewStep {
    /// As the form sends it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::KeepHere => "keep_here",
            Self::CreateAgain => "create_again",
            Self::DeleteHere => "delete_here",
            Self::Restore => "restore",
            Self::LeaveDeleted => "leave_deleted",
        }
    }
}

/// What a form says about one place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlaceAnswer {
    /// The place.
    pub place: String,
    /// here, there or note; empty: it stays open.
    pub counts: String,
}

/// The page where a question about a record here is answered.
#[must_use]
pub fn question_path(kind: RecordKind, id: &str, review: Review) -> String {
    let (list, of) = (list_path(kind), list_path(kind).trim_start_matches('/'));
    match review {
        Review::Candidates => format!("{REVIEW}?reason=candidates"),
        Review::Match => format!("{REVIEW}/match/{of}/{id}"),
        Review::Duplicate => format!("{REVIEW}/duplicate/{of}/{id}"),
        Review::Conflict | Review::Gone | Review::DeletedHere | Review::Difference => {
            format!("{REVIEW}{list}/{id}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_question_has_its_page() {
        let path = |review| question_path(RecordKind::SalesDocument, "7", review);
        assert_eq!(path(Review::Gone), "/review/sales-documents/7");
        assert_eq!(path(Review::Match), "/review/match/sales-documents/7");
        assert_eq!(path(Review::Duplicate), "/review/duplicate/sales-documents/7");
    }
}
