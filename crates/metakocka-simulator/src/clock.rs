//! What time the simulated Metakocka believes it is. The only module that reads the real clock.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A clock that follows the machine's, perhaps ahead of it, or stands still where a test put it.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    hand: Arc<Mutex<Hand>>,
}

/// Where a clock stands, or how it runs; what is saved of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Hand {
    /// Runs, so much ahead of the machine's.
    Ahead(SignedDuration),
    StandsAt(Timestamp),
}

impl Default for Hand {
    fn default() -> Self {
        Self::Ahead(SignedDuration::ZERO)
    }
}

impl Clock {
    /// A clock that follows the machine's.
    #[must_use]
    pub fn real() -> Self {
        Self::default()
    }

    /// A clock that stands still at `at` until it is moved.
    #[must_use]
    pub fn fixed(at: Timestamp) -> Self {
        Self { hand: Arc::new(Mutex::new(Hand::StandsAt(at))) }
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match *self.hand() {
            Hand::StandsAt(at) => at,
            Hand::Ahead(by) => machine_time().checked_add(by).unwrap_or(Timestamp::MAX),
        }
    }

    /// Where the clock stands; none when it runs.
    #[must_use]
    pub fn fixed_at(&self) -> Option<Timestamp> {
        match *self.hand() {
            Hand::StandsAt(at) => Some(at),
            Hand::Ahead(_) => None,
        }
    }

    /// Makes the clock stand still at `at`; `None` lets it follow the machine's again.
    pub fn set(&self, at: Option<Timestamp>) {
        *self.hand() = at.map_or_else(Hand::default, Hand::StandsAt);
    }

    /// Moves the clock on by `by`: one that stands still stands there, one that runs goes on from there.
    /// Refused with a sentence when it would leave the range of time.
    pub fn advance(&self, by: SignedDuration) -> Result<(), String> {
        let mut hand = self.hand();
        *hand = match *hand {
            Hand::StandsAt(at) => Hand::StandsAt(at.checked_add(by).map_err(|error| error.to_string())?),
            Hand::Ahead(so_far) => {
                let ahead = so_far.checked_add(by).filter(|by| machine_time().checked_add(*by).is_ok());
                Hand::Ahead(ahead.ok_or_else(|| "there is no such time".to_owned())?)
            }
        };
        Ok(())
    }

    /// Where it stands, or how it runs.
    pub(crate) fn saved(&self) -> Hand {
        *self.hand()
    }

    /// Sets it as another one was.
    pub(crate) fn restore(&self, saved: Hand) {
        *self.hand() = saved;
    }

    fn hand(&self) -> MutexGuard<'_, Hand> {
        self.hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the simulator reads the real clock")]
fn machine_time() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: SignedDuration = SignedDuration::from_hours(1);

    #[test]
    fn a_clock_that_stands_still_moves_only_when_it_is_moved() {
        let start: Timestamp = "2026-09-01T08:00:00Z".parse().unwrap();
        let clock = Clock::fixed(start);
        clock.advance(HOUR).unwrap();
        assert_eq!((clock.now(), clock.fixed_at()), (start + HOUR, Some(start + HOUR)));
        assert!(clock.advance(SignedDuration::MAX).is_err());
        assert_eq!(clock.now(), start + HOUR);
    }

    #[test]
    fn a_clock_that_runs_runs_on_when_it_is_moved() {
        let clock = Clock::real();
        let before = clock.now();
        clock.advance(HOUR).unwrap();
        assert!(clock.now() >= before + HOUR && clock.fixed_at().is_none());
        assert!(clock.advance(SignedDuration::MAX).is_err());
        clock.set(None);
        assert!(clock.now() < before + HOUR);
    }
}
