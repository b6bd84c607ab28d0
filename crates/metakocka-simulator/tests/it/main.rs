//! The simulator over HTTP: every quirk of the reference that it models.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod control;
mod documents;
mod examples;
mod faults;
mod golden;
mod kit;
mod late;
mod load;
mod malformed;
mod page;
mod partners;
mod people;
mod products;
mod program;
mod quirks;
mod rare;
mod readme;
mod saved;
mod search;
mod seed;
mod support;
mod transport;
mod writes;
