//! The sync as a whole: the engine with its database on one side, the simulated Metakocka on the other. Every test
//! runs on both database engines.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod arrival;
mod house;
mod scans;
mod truth;
