//! All SQL. Every function on tenant data takes a [`crate::access::TenantScope`]; none makes a decision.
//!
//! One SQL text serves SQLite and PostgreSQL (`docs/ARCHITECTURE.md`). To add a table: a new migration, a new file
//! here, and its tests in `tests/store/`, which run on both engines.

pub mod asked;
pub mod calls;
pub mod company;
pub mod connections;
pub mod contacts;
mod db;
pub mod erase;
pub mod events;
pub mod failures;
pub mod filter;
pub mod history;
pub mod intents;
pub mod jobs;
pub(crate) mod keys;
pub mod links;
pub mod log;
pub mod matching;
pub mod mirror;
pub mod people;
pub mod plans;
pub mod products;
pub mod records;
mod rows;
pub mod run_feeds;
pub mod runs;
pub mod sales_documents;
pub mod sessions;
pub mod starts;
#[cfg(feature = "test-support")]
pub mod throwaway;
pub mod tokens;
pub(crate) mod values;
pub mod waiting;

pub use db::{DatabaseUrl, Db, OpenError, StoreError, Tx};
pub use rows::Rows;

/// One connection, in a transaction or not: what the functions of this room work on.
pub type Connection = sqlx::AnyConnection;
