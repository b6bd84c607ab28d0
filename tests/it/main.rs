//! The application as its callers see it: over HTTP, in process, with the simulated Metakocka beside it.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as expected")]

mod support;

mod assets;
mod bulk;
mod credentials;
mod demo;
mod demo_sync;
mod erase;
mod events;
mod faults;
mod foreign;
mod forms;
mod headers;
mod health;
mod inbox;
mod isolation;
mod matching;
mod plans;
mod process;
mod questions;
mod record_forms;
mod records;
mod rest;
mod rest_errors;
mod restart;
mod routes;
mod secrets;
mod sign_in;
mod sync;
