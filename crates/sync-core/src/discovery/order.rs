//! How the rows of a page are sorted. For some types the remote's order is not documented
//! (`metakocka-api.md §5`), so it is read off the ids, which rise with time.

use std::cmp::Ordering;

use crate::record::ExternalId;

/// The order of the ids of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Fewer than two rows tell nothing.
    Unknown,
    /// Rising.
    OldestFirst,
    /// Falling.
    NewestFirst,
    /// Neither.
    None,
}

impl Order {
    /// Whether the list may be sorted like this.
    pub(super) fn may_be(self, wanted: Self) -> bool {
        self == wanted || self == Self::Unknown
    }
}

/// The order of these ids.
pub(super) fn order_of(ids: &[ExternalId]) -> Order {
    let all = |wanted| ids.windows(2).all(|pair| pair[0].cmp_by_age(&pair[1]) == wanted);
    if ids.len() < 2 {
        Order::Unknown
    } else if all(Ordering::Less) {
        Order::OldestFirst
    } else if all(Ordering::Greater) {
        Order::NewestFirst
    } else {
        Order::None
    }
}
