//! How many calls one client makes, and may make. It counts; it knows nothing of what is called.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::budget::Spent;

/// A share of a budget that somebody else keeps, several programs for one company perhaps. A call beyond it is not made:
/// [`Error::BudgetSpent`](crate::Error::BudgetSpent).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Calls that the client and its clones may make together.
    pub calls: u64,
    /// How long after its beginning there will be a new one: what a call beyond the allowance is told.
    pub renewed_after: Duration,
}

/// The calls that a client and its clones have begun.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    begun: AtomicU64,
    allowance: Option<(Allowance, Instant)>,
}

impl Tally {
    /// An allowance that begins now.
    pub(crate) fn within(allowance: Allowance) -> Self {
        Self { begun: AtomicU64::new(0), allowance: Some((allowance, Instant::now())) }
    }

    pub(crate) fn begun(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
    }

    /// Counts a call, if there is room for it.
    pub(crate) fn take(&self) -> Result<(), Spent> {
        let Some((Allowance { calls, renewed_after }, since)) = self.allowance else {
            self.begun.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        };
        let one_more = |begun: u64| (begun < calls).then_some(begun + 1);
        match self.begun.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more) {
            Ok(_) => Ok(()),
            Err(_) => Err(Spent { again_after: renewed_after.saturating_sub(since.elapsed()) }),
        }
    }

    /// Gives back what was counted and not made.
    pub(crate) fn give_back(&self) {
        self.begun.fetch_sub(1, Ordering::Relaxed);
    }
}
