//! Time: how long something took, and whether something never ends.

use std::process::exit;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// More threads than any machine that this runs on.
const THREADS: usize = 256;
/// What a thread that is done notes.
const DONE: u64 = u64::MAX;

/// Measures time, for messages only.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "measuring a reading for a message decides nothing")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Ends the program when a thread stays in the same run for too long.
pub(crate) struct Watchdog {
    runs: Arc<Vec<AtomicU64>>,
}

impl Watchdog {
    pub(crate) fn start(patience: Duration) -> Self {
        let runs: Arc<Vec<AtomicU64>> = Arc::new((0..THREADS).map(|_| AtomicU64::new(DONE)).collect());
        let watched = Arc::clone(&runs);
        std::thread::spawn(move || {
            let look = || watched.iter().map(|run| run.load(Ordering::Relaxed)).collect::<Vec<_>>();
            let mut before = look();
            loop {
                std::thread::sleep(patience);
                let now = look();
                let hangs = now.iter().zip(&before).find(|(now, before)| now == before && **now != DONE);
                if let Some((run, _)) = hangs {
                    eprintln!("run {run} hangs: it is not read within {} s", patience.as_secs());
                    exit(1);
                }
                before = now;
            }
        });
        Self { runs }
    }

    pub(crate) fn begin(&self, thread: usize, run: u64) {
        self.runs[thread % THREADS].store(run, Ordering::Relaxed);
    }

    pub(crate) fn end(&self, thread: usize) {
        self.runs[thread % THREADS].store(DONE, Ordering::Relaxed);
    }
}
