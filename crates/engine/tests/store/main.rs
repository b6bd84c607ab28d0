//! The store, access and use cases on records: the same tests on SQLite and on PostgreSQL.
//!
//! To add one: write an `async fn(TestDb)` in the module it belongs to and name it in the module's `each_engine!`.

#![expect(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "helpers of tests fail like tests, and take results as they come"
)]

mod access;
mod database;
mod documents;
mod drafts;
mod isolation;
mod lists;
mod parties;
mod sessions;
mod states;
mod support;
