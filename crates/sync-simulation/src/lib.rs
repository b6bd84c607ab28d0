//! A seeded world that drives the machines of `sync-core`: planner, three-way merge, write protocol,
//! leases and discovery, against a model of the remote that loses, delays and doubts, while people
//! work on both sides and workers die between any two commands.
//!
//! The same seed gives the same trace. What really happened is known only to [`truth`]; the workers know
//! what a real installation would. Deliberate bugs ([`bugs`]) are wrappers around the machines, never
//! switches in them.
//!
//! To add a fault: a name in [`counts::Fault`] and the place in [`calls`] or `people` where it happens.
//! To add a promise: a sentence given to `Truth::violate`.

pub mod bugs;
mod calls;
pub mod campaign;
mod commit;
pub mod counts;
mod decide;
mod dice;
mod execute;
mod heard;
mod judge;
mod model;
pub mod naive;
mod pass;
mod people;
mod prepare;
mod remote;
mod restore;
mod shrink;
mod store;
mod trace;
pub mod truth;
pub mod wiring;
mod worker;
mod world;

pub use model::{Changes, HORIZON, WriteReply};
pub use shrink::{Shrunk, shrink};
pub use trace::{Note, Trace};
pub use world::Outcome;

use std::collections::BTreeSet;

use wiring::Wiring;
use world::World;

/// Runs one seed.
pub fn run(seed: u64, wiring: &dyn Wiring) -> Outcome {
    World::new(seed, BTreeSet::new(), false, wiring).run()
}

/// Runs one seed without the happenings of these numbers, and keeps the words of its trace.
pub fn replay(seed: u64, left_out: BTreeSet<u32>, wiring: &dyn Wiring) -> Outcome {
    World::new(seed, left_out, true, wiring).run()
}
