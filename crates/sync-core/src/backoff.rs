//! When something is tried again: exponential, with full jitter, bounded. The attempt and the random
//! number are arguments; whether a thing may be tried again at all is the caller's to know (only
//! reads are repeated blindly, design §5).

use std::time::Duration;

/// How the waits grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Longest wait before the second attempt.
    pub first: Duration,
    /// Longest wait before any attempt.
    pub cap: Duration,
    /// Attempts in all; after the last one the job goes to the failure inbox.
    pub attempts: u32,
}

impl Backoff {
    /// Reads from the remote: it is back within minutes after an upgrade, and ten attempts reach over
    /// an hour without a person.
    pub const READS: Self =
        Self { first: Duration::from_secs(2), cap: Duration::from_mins(15), attempts: 10 };

    /// How long to wait after the given attempt (1 is the first) failed; nothing when it was the last.
    /// `random` is uniform over all of `u64`; `retry_after` is what the other side asked for, and the
    /// wait is never shorter.
    pub fn wait(self, attempt: u32, random: u64, retry_after: Option<Duration>) -> Option<Duration> {
        if attempt >= self.attempts {
            return None;
        }
        let jitter = scaled(self.ceiling(attempt), random);
        Some(jitter.max(retry_after.unwrap_or(Duration::ZERO)))
    }

    /// The longest wait after the given attempt: doubled each time, up to the cap.
    pub fn ceiling(self, attempt: u32) -> Duration {
        let factor = 1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor.max(1)).min(self.cap)
    }
}

/// The part random / 2⁶⁴ of a length of time, in microseconds.
fn scaled(whole: Duration, random: u64) -> Duration {
    let part = whole.as_micros().saturating_mul(u128::from(random)) >> u64::BITS;
    Duration::from_micros(u64::try_from(part).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_ceiling_doubles_up_to_the_cap() {
        let ceilings: Vec<u64> = (1..=10).map(|n| Backoff::READS.ceiling(n).as_secs()).collect();
        assert_eq!(ceilings, [2, 4, 8, 16, 32, 64, 128, 256, 512, 900]);
        assert_eq!(Backoff::READS.ceiling(u32::MAX), Backoff::READS.cap);
    }

    #[test]
    fn chance_spreads_over_the_whole_wait() {
        let wait = |random| Backoff::READS.wait(3, random, None).unwrap();
        assert_eq!(wait(0), Duration::ZERO);
        assert_eq!(wait(1 << 63), Duration::from_secs(4));
        assert!(wait(u64::MAX) > Duration::from_millis(7_999));
    }

    #[test]
    fn the_last_attempt_is_the_last_and_a_wish_to_wait_is_honoured() {
        assert_eq!(Backoff::READS.wait(10, 0, Some(Duration::from_secs(1))), None);
        let asked = Duration::from_hours(2);
        assert_eq!(Backoff::READS.wait(1, u64::MAX, Some(asked)), Some(asked));
    }

    proptest! {
        #[test]
        fn no_wait_is_longer_than_its_ceiling(attempt in 1_u32..10, random: u64) {
            prop_assert!(Backoff::READS.wait(attempt, random, None).unwrap() <= Backoff::READS.ceiling(attempt));
        }
    }
}
