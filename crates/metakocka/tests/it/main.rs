//! The client against a server on loopback that answers as it is told.

mod errors;
mod golden;
mod mutations;
mod quirks;
mod secrecy;
mod support;
