//! The call quota of a company (`metakocka-api.md` §1.4 code 5, §1.6). Its real size is unknown.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// A call quota: more than `calls` in `per_ms` milliseconds are refused with code 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Quota {
    /// Calls allowed in the period.
    pub calls: usize,
    /// Length of the period, milliseconds of the simulator's clock.
    pub per_ms: u64,
}

/// The calls of the running period. Refused calls do not count.
#[derive(Debug, Default)]
pub(crate) struct CallWindow(VecDeque<Timestamp>);

impl CallWindow {
    /// Counts a call; false when the quota of the period is used up.
    pub(crate) fn admits(&mut self, quota: Quota, now: Timestamp) -> bool {
        let period = i64::try_from(quota.per_ms).unwrap_or(i64::MAX);
        let is_over = |at: &Timestamp| now.as_millisecond() - at.as_millisecond() >= period;
        // When the clock was moved back, what was called then was called just now.
        for at in self.0.iter_mut().rev().take_while(|at| **at > now) {
            *at = now;
        }
        while self.0.front().is_some_and(is_over) {
            self.0.pop_front();
        }
        let free = self.0.len() < quota.calls;
        if free {
            self.0.push_back(now);
        }
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_period_slides() {
        let quota = Quota { calls: 2, per_ms: 1_000 };
        let mut window = CallWindow::default();
        let admitted = [0, 600, 900, 1_000, 1_500, 1_600].map(|ms| {
            let now = Timestamp::from_millisecond(ms).unwrap();
            window.admits(quota, now)
        });
        assert_eq!(admitted, [true, true, false, true, false, true]);
    }

    #[test]
    fn a_clock_that_is_moved_back_locks_nobody_out_for_longer_than_the_period() {
        let quota = Quota { calls: 2, per_ms: 1_000 };
        let mut window = CallWindow::default();
        let admitted = [90_000, 90_500, 5_000, 5_999, 6_000, 6_001, 6_002].map(|ms| {
            let now = Timestamp::from_millisecond(ms).unwrap();
            window.admits(quota, now)
        });
        assert_eq!(admitted, [true, true, false, false, true, true, false]);
    }
}
