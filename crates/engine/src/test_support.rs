//! For tests of this workspace: runs one test on both database engines. Only behind the feature `test-support`.
//!
//! A test is an `async fn` that takes a [`TestDb`]; [`each_engine!`](crate::each_engine) lists the tests of a module and
//! makes `sqlite::NAME` and `postgres::NAME` of each. PostgreSQL is the server that `TEST_DATABASE_URL` names; without
//! it that half says on standard error what was skipped, and passes.

use std::any::Any;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::time::Duration;

use futures::FutureExt;

use crate::store::throwaway::Throwaway;
use crate::store::{DatabaseUrl, Db};

/// Names the PostgreSQL server whose databases the tests make and remove.
pub const SERVER_VARIABLE: &str = "TEST_DATABASE_URL";

/// How long a test may take: one that waits for what never comes fails, instead of keeping the others from being told.
/// The longest needs half a minute on a quiet machine of two cores.
const PATIENCE: Duration = Duration::from_mins(5);
/// How long the end of a test waits for connections that it left open.
const CLOSING: Duration = Duration::from_secs(5);

/// A migrated, empty database that only this test uses.
#[derive(Clone, Debug)]
pub struct TestDb {
    /// It, open.
    pub db: Db,
    /// To open it once more.
    pub url: DatabaseUrl,
}

/// Makes a test for each engine out of each named `async fn(TestDb)` of this module.
#[macro_export]
macro_rules! each_engine {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $test() {
                    $crate::test_support::on_sqlite(super::$test).await;
                }
            )+
        }
        mod postgres {
            $(
                #[tokio::test]
                async fn $test() {
                    let name = concat!(module_path!(), "::", stringify!($test));
                    $crate::test_support::on_postgres(name, super::$test).await;
                }
            )+
        }
    };
}

/// Runs a test on an SQLite file of its own.
pub async fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(TestDb) -> F) {
    on(made(Throwaway::sqlite()), test).await;
}

/// Runs a test on a PostgreSQL database of its own, or says that it was skipped.
pub async fn on_postgres<F: Future<Output = ()>>(name: &str, test: impl FnOnce(TestDb) -> F) {
    match std::env::var(SERVER_VARIABLE) {
        Ok(server) if !server.is_empty() => on(made(Throwaway::postgres(&server).await), test).await,
        // Written to the stream itself: the test runner swallows what the macros print.
        _ => drop(writeln!(std::io::stderr(), "skipped: {name}: {SERVER_VARIABLE} is not set")),
    }
}

async fn on<F: Future<Output = ()>>(throwaway: Throwaway, test: impl FnOnce(TestDb) -> F) {
    let outcome = run(&throwaway, test).await;
    made(throwaway.remove().await);
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

async fn run<F: Future<Output = ()>>(
    throwaway: &Throwaway,
    test: impl FnOnce(TestDb) -> F,
) -> Result<(), Box<dyn Any + Send>> {
    let db = made(Db::open(throwaway.url()).await);
    let test = Box::pin(test(TestDb { db: db.clone(), url: throwaway.url().clone() }));
    let test = tokio::time::timeout(PATIENCE, test);
    let outcome = AssertUnwindSafe(async { in_time(test.await) }).catch_unwind().await;
    // A test that failed may have left a connection in use; its database is removed all the same.
    let _ = tokio::time::timeout(CLOSING, db.close()).await;
    outcome
}

#[expect(clippy::expect_used, reason = "a test that does not end fails")]
fn in_time(ended: Result<(), tokio::time::error::Elapsed>) {
    ended.expect("the test ends in time");
}

#[expect(clippy::expect_used, reason = "a test without its database fails, and this says why")]
fn made<T, E: std::error::Error>(result: Result<T, E>) -> T {
    result.expect("the test's database")
}
