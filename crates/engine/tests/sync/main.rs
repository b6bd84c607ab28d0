//! The sync as a whole: the engine with its database on one side, the simulated Metakocka on the other. Every test
//! runs on both database engines.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod aliases;
mod arrival;
mod both_ways;
mod budget;
mod cases;
mod changes;
mod companies;
mod conflicts;
mod edits;
mod erasing;
mod faults;
mod house;
mod inbox;
mod kills;
mod matching;
mod noted;
mod parties;
mod pasts;
mod plans;
mod pushes;
mod questions;
mod quiet;
mod restores;
mod runs;
mod scans;
mod tables;
mod truth;
mod unknowns;
mod workers;
