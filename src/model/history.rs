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
    /// created, changed, deleted, restored, merged or absorbed.
    pub deed: String,
    /// Field, what it was, what it became.
    pub changes: Vec<(String, String, String)>,
}
