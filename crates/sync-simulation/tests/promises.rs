//! The promises in some seeds, and every deliberate bug found.

use std::collections::BTreeSet;

use sync_simulation::bugs;
use sync_simulation::campaign::campaign;
use sync_simulation::counts::{Boundary, Fault};
use sync_simulation::wiring::Right;

/// Seeds of a quick run; the whole campaign is `cargo xtask simulate`.
const SEEDS: u64 = 1_500;

#[test]
fn every_promise_is_kept_and_everything_that_can_happen_does() {
    let total = campaign(0, SEEDS, 2, &|seed| sync_simulation::run(seed, &Right));
    assert_eq!(total.failed, []);
    assert_eq!((total.seeds, total.score.doubled, total.score.lost), (SEEDS, 0, 0));
    assert!(total.events.0 >= 30, "a seed of {} events", total.events.0);
    for fault in Fault::ALL {
        assert!(total.counts.of(*fault) > 0, "{}", fault.name());
    }
    let deaths = total.counts.boundaries.iter().filter(|count| **count > 0).count();
    assert!(deaths + 1 >= Boundary::ALL.len(), "workers died at {deaths} boundaries");
    assert!(total.counts.late_runs * 20 >= SEEDS, "late stores in {} seeds", total.counts.late_runs);
}

#[test]
fn the_same_seed_gives_the_same_trace_whatever_the_threads_do() {
    let run = |seed| sync_simulation::run(seed, &Right);
    let (one, two) = (campaign(7, 200, 1, &run), campaign(7, 200, 2, &run));
    assert_eq!((one.hash, one.counts), (two.hash, two.counts));
    assert_ne!(one.hash, campaign(8, 200, 1, &run).hash);
}

#[test]
fn every_deliberate_bug_is_found_and_its_trace_gets_shorter() {
    for (name, wiring) in bugs::ALL {
        let failed = (0..20_000).find(|seed| sync_simulation::run(*seed, wiring).violation.is_some());
        let seed = failed.unwrap_or_else(|| panic!("“{name}” was not found"));
        let whole = sync_simulation::replay(seed, BTreeSet::new(), wiring);
        let shrunk = sync_simulation::shrink(seed, wiring).unwrap();
        assert_eq!(shrunk.violation, whole.violation.unwrap(), "{name}");
        assert!(shrunk.happenings.1 <= shrunk.happenings.0, "{name}");
        assert!(!shrunk.outcome.trace.lines().is_empty(), "{name}");
    }
}

#[test]
fn the_naive_client_doubles_and_loses_in_the_same_seeds() {
    let total = campaign(0, 300, 2, &sync_simulation::naive::run);
    assert!(total.score.doubled > 0 && total.score.lost > 0, "{:?}", total.score);
}
