//! What can be sent to Metakocka, and what sending everything would do.

use serde::{Deserialize, Serialize};
use sync_core::record::RecordKind;
use sync_core::state::{Excluded, Pending, SyncState, Trouble};

use super::{Run, StateCount};

/// What a person can have done about one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// Send it.
    Send,
    /// Send what was refused again, as it is.
    Again,
}

impl Sending {
    /// What is offered for a record in this state; none: sending it would do nothing.
    #[must_use]
    pub fn offered(kind: RecordKind, state: SyncState) -> Option<Self> {
        match state {
            SyncState::Pending(Pending::ToSend | Pending::ToMerge | Pending::Waiting) => Some(Self::Send),
            SyncState::Error(Trouble::Refused) => Some(Self::Again),
            // A contact stays here until a document needs it, or somebody says so (policy D).
            SyncState::Excluded(Excluded::OnlyHere) if kind == RecordKind::Contact => Some(Self::Send),
            // What was kept only here goes there again when somebody says so (policy row 23).
            SyncState::Excluded(Excluded::Detached) => Some(Self::Send),
            _ => None,
        }
    }
}

/// Whether the badge of a record in a list sends it (contract §3).
#[must_use]
pub fn sends_at_once(state: SyncState) -> bool {
    matches!(state, SyncState::Pending(Pending::ToSend | Pending::ToMerge))
}

/// "Sync M to Metakocka" of one kind of record, for somebody who may send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushButton {
    /// How many records would be sent.
    pub ready: u64,
    /// The run that sends now.
    pub sending: Option<Run>,
}

/// What sending everything would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushPreview {
    /// Made in Metakocka.
    pub created: u64,
    /// Changed in Metakocka.
    pub updated: u64,
    /// Merged: each side takes what changed on the other.
    pub merged: u64,
    /// What stays as it is, by the state that says why.
    pub left_out: Vec<StateCount>,
}

impl PushPreview {
    /// Records that would be sent.
    #[must_use]
    pub fn ready(&self) -> u64 {
        self.created + self.updated + self.merged
    }
}

/// Whether a record in this state is left out of a push and somebody may wonder why.
#[must_use]
pub fn is_left_out(state: SyncState) -> bool {
    !sends_at_once(state) && !matches!(state, SyncState::Synced | SyncState::Running | SyncState::Deleted)
}

/// Path of the list of a kind.
#[must_use]
pub fn list_path(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Contact => "/contacts",
        RecordKind::Product => "/products",
        RecordKind::SalesDocument => "/sales-documents",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_contact_that_stays_here_can_be_sent_by_hand() {
        let only_here = SyncState::Excluded(Excluded::OnlyHere);
        assert_eq!(Sending::offered(RecordKind::Contact, only_here), Some(Sending::Send));
        assert_eq!(Sending::offered(RecordKind::Product, only_here), None);
        assert_eq!(Sending::offered(RecordKind::SalesDocument, only_here), None);
    }

    #[test]
    fn nothing_is_offered_where_a_push_would_do_nothing() {
        for state in SyncState::ALL {
            let offered = Sending::offered(RecordKind::SalesDocument, state);
            let waits = state == SyncState::Pending(Pending::Waiting);
            let does = sends_at_once(state) || waits || state == SyncState::Excluded(Excluded::Detached);
            let refused = state == SyncState::Error(Trouble::Refused);
            assert_eq!(offered.is_some(), does || refused, "{state:?}");
            assert_eq!(offered == Some(Sending::Again), refused, "{state:?}");
        }
    }

    #[test]
    fn what_is_sent_is_not_among_what_is_left_out() {
        let both = SyncState::ALL.into_iter().find(|state| sends_at_once(*state) && is_left_out(*state));
        assert_eq!(both, None);
        assert!(is_left_out(SyncState::Error(Trouble::Blocked)));
    }
}
