//! The client against a server on loopback that answers as it is told.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic where it stands")]

mod checks;
mod encryption;
mod errors;
mod golden;
mod mutations;
mod outcomes;
mod proofs;
mod quirks;
mod replacing;
mod secrecy;
mod settling;
mod simulator;
mod support;
mod writes;
mod writing;
