//! Where time comes from: an argument everywhere, so that tests own it.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use jiff::Timestamp;

/// Tells the present instant.
pub trait Clock: std::fmt::Debug + Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// A time, in microseconds, that nobody sets: only differences mean anything. That of a clock without one of its own
    /// moves with the present instant.
    fn steady(&self) -> i64 {
        self.now().as_microsecond()
    }
}

/// A wall clock that is apart from the steady time by more than this, in microseconds, was set.
const JUMP: i64 = 5_000_000;

/// The wall clock beside the steady time.
#[derive(Debug)]
pub struct Watch {
    apart: i64,
}

impl Watch {
    /// Begins to watch.
    #[must_use]
    pub fn begin(clock: &dyn Clock) -> Self {
        Self { apart: apart(clock) }
    }

    /// Whether the clock was set since this was last asked.
    pub fn jumped(&mut self, clock: &dyn Clock) -> bool {
        let apart = apart(clock);
        let jumped = (apart - self.apart).abs() > JUMP;
        self.apart = apart;
        jumped
    }
}

fn apart(clock: &dyn Clock) -> i64 {
    clock.now().as_microsecond().saturating_sub(clock.steady())
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn steady(&self) -> i64 {
        static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
        i64::try_from(BEGAN.elapsed().as_micros()).unwrap_or(i64::MAX)
    }
}

/// A clock that stands still until it is moved: for tests and simulations.
#[derive(Debug)]
pub struct ManualClock {
    micros: AtomicI64,
}

impl ManualClock {
    /// A clock that shows `start`.
    #[must_use]
    pub fn new(start: Timestamp) -> Self {
        Self { micros: AtomicI64::new(start.as_microsecond()) }
    }

    /// Moves the clock forward by whole microseconds.
    pub fn advance(&self, by: std::time::Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.micros.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.micros.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }
}
