//! What the lists of all three kinds have in common: chips, pages.

use sync_core::state::SyncState;

use crate::store::records::{ChipCount, StatusCriterion};

/// Rows of a page when nothing else is asked for.
pub const PER_PAGE: u32 = 50;
/// Most rows of a page: what a screen still shows at once.
const MAX_PER_PAGE: u32 = 200;

/// How many records show a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chip {
    /// The state.
    pub state: SyncState,
    /// Records.
    pub count: u64,
}

/// What the counts of a list come to.
pub(super) struct Counted {
    /// States that are not empty, in the order of the contract.
    pub(super) chips: Vec<Chip>,
    /// Records that fit everything but the state.
    pub(super) all: u64,
    /// Records that fit everything.
    pub(super) total: u64,
}

impl Counted {
    /// Counts of states that this program does not know are in none of the chips, only in the sum.
    pub(super) fn of(counts: &[ChipCount], state: Option<SyncState>) -> Self {
        let count_of = |state: SyncState| {
            let (status, reason) = state.as_strs();
            let found = counts
                .iter()
                .find(|count| count.status == status && count.reason == reason.unwrap_or_default());
            found.map(|count| Chip { state, count: count.records })
        };
        let chips: Vec<Chip> = SyncState::ALL.into_iter().filter_map(count_of).collect();
        let all = counts.iter().map(|count| count.records).sum();
        let of_state =
            |state| chips.iter().find(|chip| chip.state == state).map_or(0, |chip: &Chip| chip.count);
        let total = state.map_or(all, of_state);
        Self { chips, all, total }
    }
}

/// Keeps records that show this state.
pub(super) fn criterion(state: SyncState) -> StatusCriterion {
    let (status, reason) = state.as_strs();
    StatusCriterion { status, reason: reason.unwrap_or_default() }
}

/// As many rows as may be asked for.
pub(super) fn per_page(asked: u32) -> u32 {
    asked.clamp(1, MAX_PER_PAGE)
}

/// The nearest page there is.
pub(super) fn page_of(asked: u32, total: u64, per_page: u32) -> u32 {
    let last = u32::try_from(total.div_ceil(u64::from(per_page))).unwrap_or(u32::MAX);
    asked.clamp(1, last.max(1))
}
