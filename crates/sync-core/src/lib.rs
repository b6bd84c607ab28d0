//! What a record is, and what to do with it: the pure half of the sync.
//!
//! Nothing here does I/O, reads a clock, draws a random number or waits: time and chance are
//! arguments, so every decision can be tested as a table and replayed from a seed. The crate
//! speaks of "remote" and never of a field of the remote API, and it also compiles to WebAssembly,
//! because the client shows the states of [`state`].
//!
//! To add a field to a record: add it to its struct in [`record`], to its `canonical` form (or say
//! there why it is left out of the hash), and to `three_way::fields`.

pub mod backoff;
pub mod capabilities;
pub mod discovery;
pub mod intent;
pub mod lease;
pub mod matching;
pub mod money;
pub mod plan;
pub mod record;
pub mod replace;
pub mod state;
pub mod three_way;
pub mod time;
pub mod validate;
