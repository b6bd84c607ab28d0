//! What waits in Metakocka.

use serde::{Deserialize, Serialize};
use sync_core::record::DocumentType;

use super::{Day, When};

/// Why a remote record waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitingReason {
    /// It is not here yet.
    New,
    /// It changed there.
    Changed,
    /// It changed on both sides.
    Conflict,
    /// A person has to decide.
    Review,
    /// It can't be read.
    Unreadable,
}

impl WaitingReason {
    /// Whether a pull can take it now.
    #[must_use]
    pub fn can_be_taken(self) -> bool {
        matches!(self, Self::New | Self::Changed)
    }
}

/// One remote record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingRow {
    /// Its key: the remote type, a colon, the id there.
    pub key: String,
    /// Its number; empty when it could not be read.
    pub number: String,
    /// Its type; none: one that the CRM has no word for.
    pub kind: Option<DocumentType>,
    /// Its date.
    pub date: Option<Day>,
    /// The customer.
    pub name: String,
    /// Gross total.
    pub total: Option<String>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// Why it waits.
    pub reason: WaitingReason,
    /// Why, as a sentence.
    pub sentence: Option<String>,
    /// The document here, when there is one.
    pub document: Option<String>,
}

/// One page of what waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingPage {
    /// The rows.
    pub rows: Vec<WaitingRow>,
    /// How many wait; none: nobody looked yet.
    pub total: Option<u64>,
    /// When the last complete look ended.
    pub checked: Option<When>,
    /// Why the last look failed, when it did.
    pub last_error: Option<String>,
    /// Where the next page begins.
    pub next: Option<String>,
}
