//! The budget of one company: how many calls it may have in a period. It counts; it knows nothing of what is
//! called.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// How many calls may begin in a period. Metakocka has a quota whose size it does not tell
/// (`metakocka-api.md §1.6`): with a budget below it a company never meets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallBudget {
    /// Calls that may begin in any stretch of time as long as the period; at least one.
    pub calls: usize,
    /// The period.
    pub per: Duration,
}

/// How much of a budget is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetUse {
    /// The budget.
    pub budget: CallBudget,
    /// Calls that began within the last period.
    pub used: usize,
}

/// The budget is spent: nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spent {
    /// When a call may begin again.
    pub(crate) again_after: Duration,
}

/// The beginnings of the calls of the last period.
#[derive(Debug)]
pub(crate) struct Window {
    budget: CallBudget,
    begun: VecDeque<Instant>,
}

impl Window {
    pub(crate) fn new(budget: CallBudget) -> Self {
        let budget = CallBudget { calls: budget.calls.max(1), ..budget };
        Self { budget, begun: VecDeque::with_capacity(budget.calls.min(1024)) }
    }

    /// Counts a call that begins now, if there is room for it.
    pub(crate) fn take(&mut self, now: Instant) -> Result<(), Spent> {
        self.forget(now);
        match self.begun.front() {
            Some(oldest) if self.begun.len() >= self.budget.calls => {
                // A period may be longer than any clock counts: nothing is added to a moment.
                let passed = now.saturating_duration_since(*oldest);
                Err(Spent { again_after: self.budget.per.saturating_sub(passed) })
            }
            _ => {
                self.begun.push_back(now);
                Ok(())
            }
        }
    }

    pub(crate) fn in_use(&mut self, now: Instant) -> BudgetUse {
        self.forget(now);
        BudgetUse { budget: self.budget, used: self.begun.len() }
    }

    fn forget(&mut self, now: Instant) {
        while self.begun.front().is_some_and(|begun| now.saturating_duration_since(*begun) >= self.budget.per)
        {
            self.begun.pop_front();
        }
    }
}
