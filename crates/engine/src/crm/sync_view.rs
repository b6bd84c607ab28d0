//! What a record shows about Metakocka (contract §2a).

use jiff::Timestamp;
use sync_core::state::{Excluded, SyncState};

use crate::store::records::Shown;

/// What people read while nothing was decided about a record that is not linked.
const NOT_SENT: &str = "Not sent to Metakocka yet";

/// State of a record towards Metakocka.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncView {
    /// `syncStatus` of the contract.
    pub status: String,
    /// `reason` of the contract.
    pub reason: Option<String>,
    /// Both as one; `None` when a newer version of this program stored something that this one does not know.
    pub state: Option<SyncState>,
    /// Why, for people.
    pub detail: Option<String>,
    /// Number that Metakocka shows.
    pub external_number: Option<String>,
    /// Metakocka's id.
    pub external_id: Option<String>,
    /// Metakocka's document type.
    pub external_type: Option<String>,
    /// When both sides were last equal.
    pub equal_at: Option<Timestamp>,
}

impl From<Shown> for SyncView {
    fn from(shown: Shown) -> Self {
        let state = SyncState::from_strs(&shown.status, Some(&shown.reason)).ok();
        let only_here = state == Some(SyncState::Excluded(Excluded::OnlyHere));
        let (external_id, external_type, external_number, equal_at) = match shown.link {
            Some(link) => (Some(link.external_id), Some(link.remote_type), link.number, link.equal_at),
            None => (None, None, None, None),
        };
        Self {
            status: shown.status,
            reason: Some(shown.reason).filter(|reason| !reason.is_empty()),
            state,
            detail: shown.detail.or_else(|| only_here.then(|| NOT_SENT.to_owned())),
            external_number,
            external_id,
            external_type,
            equal_at,
        }
    }
}
