//! What time the simulated Metakocka believes it is. The only module that reads the real clock.

use jiff::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};

/// A clock that follows the machine's, or stands still where a test put it.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// `None`: the machine's time.
    fixed: Arc<Mutex<Option<Timestamp>>>,
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
        Self { fixed: Arc::new(Mutex::new(Some(at))) }
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let fixed = *self.fixed.lock().unwrap_or_else(PoisonError::into_inner);
        fixed.unwrap_or_else(machine_time)
    }

    /// Where the clock stands; none when it follows the machine's.
    #[must_use]
    pub fn fixed_at(&self) -> Option<Timestamp> {
        *self.fixed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the clock stand still at `at`; `None` lets it follow the machine's again.
    pub fn set(&self, at: Option<Timestamp>) {
        *self.fixed.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the simulator reads the real clock")]
fn machine_time() -> Timestamp {
    Timestamp::now()
}
