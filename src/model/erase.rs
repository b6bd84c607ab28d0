//! What erasing a contact would do.

use serde::{Deserialize, Serialize};

use super::When;

/// A contact that may be erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasing {
    /// Its id.
    pub id: String,
    /// The revision that is looked at.
    pub revision: i64,
    /// Its name.
    pub name: String,
    /// Documents that name it.
    pub documents: u64,
    /// Records of Metakocka that it is.
    pub partners: u64,
    /// Whether a write of it is under way.
    pub waits: bool,
    /// The page where a person says what became of that write, when one is asked.
    pub question: Option<String>,
    /// Why it can't be erased yet.
    pub not_yet: Option<String>,
    /// Since when it waits to be erased.
    pub asked_at: Option<When>,
    /// When it was erased.
    pub erased_at: Option<When>,
}
