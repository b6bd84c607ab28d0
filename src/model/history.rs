//! What happened to a record, as its page tells it.

use serde::{Deserialize, Serialize};

use super::When;

/// Which record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordRef {
    /// Kind, as it is stored.
    pub kind: String,
    /// Id.
    pub id: String,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happening {
    /// When.
    pub at: When,
    /// Who; none: the application itself.
    pub by: Option<String>,
    /// In Metakocka, and not here.
    pub there: bool,
    /// created, changed, deleted, restored, merged, absorbed or erased.
    pub deed: String,
    /// Field, what it was, what it became.
    pub changes: Vec<(String, String, String)>,
    /// The revision that it made here, when the record as it was then can be shown.
    pub revision: Option<i64>,
}

/// A record as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// Id.
    pub id: String,
    /// What people knew it by then.
    pub name: String,
    /// The revision that it had.
    pub revision: i64,
    /// Whether it is still so.
    pub is_latest: bool,
    /// What made it so: created, changed, deleted, …
    pub deed: String,
    /// Who did that; none: the application itself.
    pub by: Option<String>,
    /// When.
    pub at: When,
    /// Place and value of everything that was filled, but the lines.
    pub fields: Vec<(String, String)>,
    /// The lines of a document, each in one row.
    pub lines: Vec<String>,
    /// Whether its kind has no lines.
    pub no_lines: bool,
}

/// The internal notes of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InternalNotes {
    /// The revision on which they are edited.
    pub revision: i64,
    /// Their text; may be empty.
    pub text: String,
}
