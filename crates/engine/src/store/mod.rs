//! All SQL. Every function on tenant data takes a [`crate::access::TenantScope`]; none makes a decision.
//!
//! One SQL text serves SQLite and PostgreSQL (`docs/ARCHITECTURE.md`). To add a table: a new migration, a new file
//! here, and its tests in `tests/store.rs`, which run on both engines.

pub mod connections;
mod db;
pub mod events;
pub mod jobs;
pub mod links;
pub mod mirror;
mod rows;
pub mod runs;
pub mod waiting;

pub use db::{DatabaseUrl, Db, OpenError, StoreError, Tx};
pub use rows::Rows;
