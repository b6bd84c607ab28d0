//! The shortest run that still breaks the promise: happenings are left out, many at first, then one by
//! one, as long as the same promise stays broken.

use std::collections::BTreeSet;

use crate::truth::Violation;
use crate::wiring::Wiring;
use crate::world::Outcome;

/// Most runs that are tried; a trace that is a little longer than the shortest is good enough.
const MAX_TRIES: u32 = 3_000;

/// A failing seed with as little as possible happening.
#[derive(Debug)]
pub struct Shrunk {
    /// The promise that it breaks.
    pub violation: Violation,
    /// The run, with its words.
    pub outcome: Outcome,
    /// How much happened in the run as it was found, and how much is left.
    pub happenings: (usize, usize),
}

/// Shrinks a seed; nothing when it breaks no promise.
pub fn shrink(seed: u64, wiring: &dyn Wiring) -> Option<Shrunk> {
    let mut best = crate::replay(seed, BTreeSet::new(), wiring);
    let violation = best.violation?;
    let at_first = best.fired.len();
    let mut left_out = BTreeSet::new();
    let mut tries = 0;
    let mut size = best.fired.len().div_ceil(2).max(1);
    while tries < MAX_TRIES {
        let mut shorter = false;
        let candidates: Vec<u32> = best.fired.iter().rev().copied().collect();
        for part in candidates.chunks(size) {
            tries += 1;
            let mut trial = left_out.clone();
            trial.extend(part.iter().copied());
            let outcome = crate::replay(seed, trial.clone(), wiring);
            let same = outcome.violation.is_some_and(|found| found.what == violation.what);
            if same && outcome.fired.len() < best.fired.len() {
                (best, left_out, shorter) = (outcome, trial, true);
                break;
            }
        }
        match (shorter, size) {
            (true, _) => size = size.min(best.fired.len()).max(1),
            (false, 1) => break,
            (false, _) => size = size.div_ceil(2),
        }
    }
    let happenings = (at_first, best.fired.len());
    Some(Shrunk { violation, outcome: best, happenings })
}
