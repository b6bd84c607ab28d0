//! State of a record with everything that a person is told about it.

use serde::{Deserialize, Serialize};
use sync_core::state::SyncState;

use super::When;

/// The colour family of a state or a message; icon and words always say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Well.
    Ok,
    /// On its way, in either direction.
    Flow,
    /// Merging.
    Merge,
    /// Waiting.
    Wait,
    /// Not known.
    Unknown,
    /// Somebody has to decide.
    Ask,
    /// Not possible.
    Bad,
    /// Left out.
    Off,
}

impl Tone {
    /// As the attribute that the style reads.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Flow => "flow",
            Self::Merge => "merge",
            Self::Wait => "wait",
            Self::Unknown => "unknown",
            Self::Ask => "ask",
            Self::Bad => "bad",
            Self::Off => "off",
        }
    }
}

/// State of a record (contract §2a) with its particulars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordSync {
    /// State and reason.
    pub state: SyncState,
    /// Why, as a sentence.
    pub detail: Option<String>,
    /// Since when, or when the next look is made.
    pub at: Option<When>,
    /// When a person is asked, of an unknown outcome.
    pub asks_at: Option<When>,
    /// The number there.
    pub number: Option<String>,
    /// When both sides were last equal.
    pub equal_at: Option<When>,
    /// What somebody can do, as a sentence.
    pub advice: Option<String>,
    /// The write that is not over, by which its page is found.
    pub write: Option<String>,
}

impl RecordSync {
    /// A bare state.
    #[must_use]
    pub fn of(state: SyncState) -> Self {
        Self {
            state,
            detail: None,
            at: None,
            asks_at: None,
            number: None,
            equal_at: None,
            advice: None,
            write: None,
        }
    }
}
