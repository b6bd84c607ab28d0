//! Many seeds on several threads, their figures added up, and how soon each deliberate bug is found.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::counts::Counts;
use crate::truth::{Score, Violation};
use crate::wiring::Wiring;

/// Seeds that a thread takes at once.
const PORTION: u64 = 64;

/// The figures of many seeds.
#[derive(Debug, Clone, Default)]
pub struct Total {
    /// Seeds that were run.
    pub seeds: u64,
    /// What they covered.
    pub counts: Counts,
    /// How the client did.
    pub score: Score,
    /// The hashes of all traces, mixed; equal for equal seeds whatever the threads did.
    pub hash: u64,
    /// Seeds that broke a promise, the smallest first.
    pub failed: Vec<(u64, Violation)>,
    /// Fewest and most things that happened in a seed.
    pub events: (u64, u64),
}

impl Total {
    fn take(&mut self, seed: u64, outcome: &crate::Outcome) {
        self.seeds += 1;
        self.counts.add(&outcome.counts);
        self.score.add(outcome.score);
        self.hash ^= outcome.trace.hash().rotate_left(u32::try_from(seed % 63).unwrap_or(0));
        self.failed.extend(outcome.violation.map(|violation| (seed, violation)));
        let events = outcome.counts.events;
        let (fewest, most) = self.events;
        self.events = (if self.seeds == 1 { events } else { fewest.min(events) }, most.max(events));
    }

    fn add(&mut self, other: Self) {
        let fewest = match (self.seeds, other.seeds) {
            (0, _) => other.events.0,
            (_, 0) => self.events.0,
            _ => self.events.0.min(other.events.0),
        };
        self.seeds += other.seeds;
        self.counts.add(&other.counts);
        self.score.add(other.score);
        self.hash ^= other.hash;
        self.failed.extend(other.failed);
        self.events = (fewest, self.events.1.max(other.events.1));
    }
}

/// Runs the seeds from `first` on.
pub fn campaign(
    first: u64,
    seeds: u64,
    threads: usize,
    run: &(dyn Fn(u64) -> crate::Outcome + Sync),
) -> Total {
    let next = AtomicU64::new(0);
    let mut total = Total::default();
    thread::scope(|scope| {
        let work = || {
            let mut mine = Total::default();
            loop {
                let from = next.fetch_add(PORTION, Ordering::Relaxed);
                if from >= seeds {
                    return mine;
                }
                for seed in from..(from + PORTION).min(seeds) {
                    mine.take(first + seed, &run(first + seed));
                }
            }
        };
        let handles: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        for handle in handles {
            // A thread that panicked took its figures with it; the number of seeds shows it.
            if let Ok(part) = handle.join() {
                total.add(part);
            }
        }
    });
    total.failed.sort_by_key(|(seed, _)| *seed);
    total
}

/// How soon a bug is found: the seeds that each of `times` searches took, one after the other; a search
/// ends after `most` seeds.
pub fn search(wiring: &dyn Wiring, first: u64, times: u64, most: u64) -> Vec<Option<u64>> {
    let mut seed = first;
    let one = |_| {
        let from = seed;
        while seed < from + most {
            seed += 1;
            if crate::run(seed - 1, wiring).violation.is_some() {
                return Some(seed - from);
            }
        }
        None
    };
    (0..times).map(one).collect()
}
