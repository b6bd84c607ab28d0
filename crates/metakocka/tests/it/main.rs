//! The client against a server on loopback that answers as it is told.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic where it stands")]

mod answers;
mod checks;
mod encryption;
mod endless;
mod errors;
mod golden;
mod lists;
mod mutations;
mod outcomes;
mod paces;
mod proofs;
mod quirks;
mod replacing;
mod secrecy;
mod settling;
mod simulator;
mod support;
mod writes;
mod writing;
