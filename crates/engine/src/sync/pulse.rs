//! Whether the worker of this process lives: each of its parts tells when it last got somewhere, and the oldest of these
//! instants is what readiness asks for.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The hearts that beat in this process.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    hearts: Mutex<Vec<Arc<AtomicI64>>>,
}

impl Pulse {
    /// A part of the worker begins; it is forgotten when what is returned is dropped.
    pub(super) fn begin(&self, now: i64) -> Heart<'_> {
        let last = Arc::new(AtomicI64::new(now));
        self.hearts.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&last));
        Heart { pulse: self, last }
    }

    /// The beat of the part that has not shown life for longest, in microseconds; none: no worker works here.
    pub(super) fn oldest(&self) -> Option<i64> {
        let hearts = self.hearts.lock().unwrap_or_else(PoisonError::into_inner);
        hearts.iter().map(|last| last.load(Ordering::Relaxed)).min()
    }
}

/// One part of the worker.
#[derive(Debug)]
pub(super) struct Heart<'a> {
    pulse: &'a Pulse,
    last: Arc<AtomicI64>,
}

impl Heart<'_> {
    /// Shows life at `now`, microseconds.
    pub(super) fn beat(&self, now: i64) {
        self.last.store(now, Ordering::Relaxed);
    }
}

impl Drop for Heart<'_> {
    fn drop(&mut self) {
        let mut hearts = self.pulse.hearts.lock().unwrap_or_else(PoisonError::into_inner);
        hearts.retain(|heart| !Arc::ptr_eq(heart, &self.last));
    }
}
