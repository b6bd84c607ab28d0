//! What "Sync from Metakocka" can say (contract §3).

use serde::{Deserialize, Serialize};
use sync_core::state::{Click, PauseCause};

use super::When;

/// The button of one kind of record, for one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncButton {
    /// What holds now.
    pub state: ButtonState,
    /// What a click does for this person.
    pub click: Click,
    /// Whether the person's role only looks.
    pub read_only: bool,
    /// Whom to ask about the connection; none: the person is an owner, or no owner is known.
    pub ask: Option<String>,
}

/// The states, in the order in which the first that holds is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum ButtonState {
    /// No connection yet.
    NotConnected,
    /// Metakocka refused the key.
    KeyRefused {
        /// Since when.
        since: Option<When>,
    },
    /// Somebody or the application paused the connection.
    Paused {
        /// Why.
        cause: PauseCause,
        /// Since when.
        since: Option<When>,
        /// Who; none: the application.
        by: Option<String>,
    },
    /// The owner has not confirmed the matching.
    Matching {
        /// How many records there are to compare.
        records: u64,
    },
    /// A run takes records.
    Syncing {
        /// The run.
        run: String,
        /// Settled so far.
        done: u64,
        /// To settle in all.
        total: u64,
        /// Created so far.
        created: u64,
        /// Updated so far.
        updated: u64,
        /// Failed so far.
        failed: u64,
    },
    /// A run looks.
    Looking {
        /// Since when.
        since: Option<When>,
    },
    /// Metakocka takes no more calls for now.
    Quota {
        /// When the next try is made.
        until: Option<When>,
    },
    /// Metakocka did not answer the last look.
    NoAnswer {
        /// Why, as a sentence.
        reason: String,
        /// Next automatic try.
        next: Option<When>,
    },
    /// Metakocka answered the last look with nonsense.
    BadAnswer {
        /// What, as a sentence.
        reason: String,
        /// Found once in the log.
        reference: Option<String>,
    },
    /// Nobody looked yet.
    NotLooked,
    /// Records can be taken.
    Ready {
        /// Only there.
        new: u64,
        /// Changed there.
        changed: u64,
        /// Waiting for a person.
        review: u64,
        /// Last complete look.
        looked: Option<When>,
    },
    /// Nothing to take, but something waits for a person.
    Review {
        /// How many.
        review: u64,
        /// Last complete look.
        looked: Option<When>,
    },
    /// Nothing to take.
    AllSynced {
        /// Records that are not sent yet.
        not_sent: u64,
        /// Records whose outcome is unknown.
        unknown: u64,
        /// Last complete look.
        looked: Option<When>,
    },
}

impl ButtonState {
    /// The state's name, as `data-state` carries it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotConnected => "not_connected",
            Self::KeyRefused { .. } => "key_refused",
            Self::Paused { .. } => "paused",
            Self::Matching { .. } => "matching",
            Self::Syncing { .. } => "syncing",
            Self::Looking { .. } => "looking",
            Self::Quota { .. } => "quota",
            Self::NoAnswer { .. } => "no_answer",
            Self::BadAnswer { .. } => "bad_answer",
            Self::NotLooked => "not_looked",
            Self::Ready { .. } => "ready",
            Self::Review { .. } => "review",
            Self::AllSynced { .. } => "all_synced",
        }
    }

    /// When the last complete look ended, as far as the state tells.
    #[must_use]
    pub fn looked(&self) -> Option<&When> {
        match self {
            Self::Ready { looked, .. } | Self::Review { looked, .. } | Self::AllSynced { looked, .. } => {
                looked.as_ref()
            }
            _ => None,
        }
    }
}
