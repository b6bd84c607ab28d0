//! The calls of a company: how many an hour may have, whichever instance makes them, and what they were made for.
//!
//! Metakocka has a quota whose size it does not tell (`metakocka-api.md §1.6`); who stays below a budget of one's own never
//! meets it. At most one attempt at a job of a connection is under way anywhere, so what is left when it begins is its
//! own. Not counted are the few calls that a person waits for outside a job: testing the connection, looking at a twin.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use metakocka::{Allowance, Client};
use sync_core::record::RecordKind;

use super::failure::Failure;
use super::run::Working;
use super::views::instant;
use super::worker::micros;
use crate::access::TenantScope;
use crate::store::connections::{self, ConnectionRow};
use crate::store::{StoreError, Tx, calls};
use crate::{Engine, EngineError};

/// The period of the budget: a clock hour, so that everybody can say when the next one begins.
const PERIOD: Duration = Duration::from_hours(1);
/// Who comes back so long after the new hour has begun does not come a moment too early.
const WELL_AFTER: Duration = Duration::from_secs(2);
/// The period that is shown by purpose.
const SHOWN: Duration = Duration::from_hours(24);

/// The calls that a company has had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallsMade {
    /// In this clock hour, by every workspace that is connected to the company.
    pub this_hour: u64,
    /// How many an hour may have; none: nothing limits them.
    pub limit: Option<u64>,
    /// When the next hour begins.
    pub renewed_at: Timestamp,
    /// In the last 24 hours, by this workspace: what for, and how many, most first.
    pub purposes: Vec<(Purpose, u64)>,
}

/// What calls were made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Looking for news of a kind.
    Look(RecordKind),
    /// Taking records of a kind.
    Pull(RecordKind),
    /// Sending records of a kind.
    Push(RecordKind),
    /// Finding out what became of writes without an answer.
    Settle,
}

/// Counts the calls of one attempt.
#[derive(Debug, Default)]
pub(super) struct Meter {
    client: OnceLock<Client>,
    counted: AtomicU64,
}

impl Meter {
    /// Calls begun since this was last asked.
    fn new_calls(&self) -> i64 {
        let begun = self.client.get().map_or(0, Client::calls_begun);
        let counted = self.counted.swap(begun, Ordering::Relaxed);
        i64::try_from(begun.saturating_sub(counted)).unwrap_or(i64::MAX)
    }
}

impl Working<'_> {
    /// The client of this attempt, with what is left of the hour.
    pub(super) async fn client(&self, connection: &ConnectionRow) -> Result<Client, Failure> {
        let engine = self.engine;
        let mut client = engine.remote().client(engine.vault(), self.scope, connection)?;
        if let Some(limit) = engine.remote().calls_an_hour() {
            client = client.allowed(allowance(engine, self.scope, connection, limit).await?);
        }
        let _ = self.meter.client.set(client.clone());
        Ok(client)
    }

    /// Adds what was called since the last count, in the transaction that keeps what the calls brought.
    pub(super) async fn count_calls(&self, tx: &mut Tx) -> Result<(), StoreError> {
        match self.meter.new_calls() {
            0 => Ok(()),
            new => calls::add(tx, self.claim, new).await,
        }
    }

    /// Counts what no transaction has counted: of an attempt that kept nothing of its last calls.
    pub(super) async fn count_the_rest(&self) -> Result<(), StoreError> {
        let new = self.meter.new_calls();
        if new == 0 {
            return Ok(());
        }
        let mut tx = self.engine.db().begin().await?;
        calls::add(&mut tx, self.claim, new).await?;
        tx.commit().await.map_err(StoreError::from)
    }
}

/// The beginning of the clock hour, microseconds.
fn hour(now: i64) -> i64 {
    now - now.rem_euclid(micros(PERIOD))
}

async fn allowance(
    engine: &Engine,
    scope: &TenantScope,
    connection: &ConnectionRow,
    limit: u64,
) -> Result<Allowance, StoreError> {
    let now = engine.now().as_microsecond();
    let made = this_hour(engine, scope, connection, now).await?;
    let left = u64::try_from(hour(now) + micros(PERIOD) - now).unwrap_or(0);
    let renewed_after = Duration::from_micros(left) + WELL_AFTER;
    Ok(Allowance { calls: limit.saturating_sub(made), renewed_after })
}

async fn this_hour(
    engine: &Engine,
    scope: &TenantScope,
    connection: &ConnectionRow,
    now: i64,
) -> Result<u64, StoreError> {
    let company = (connection.company_id.as_str(), connection.base_url.as_str());
    let made = calls::of_company(engine.db(), scope, company, hour(now)).await?;
    Ok(u64::try_from(made).unwrap_or(0))
}

impl Engine {
    /// The calls that the connection's company has had; none: not connected.
    pub async fn calls_made(&self, scope: &TenantScope) -> Result<Option<CallsMade>, EngineError> {
        let Some(connection) = connections::connection(self.db(), scope).await? else { return Ok(None) };
        let now = self.now().as_microsecond();
        let rows = calls::by_purpose(self.db(), scope, now - micros(SHOWN)).await?;
        Ok(Some(CallsMade {
            this_hour: this_hour(self, scope, &connection, now).await?,
            limit: self.remote().calls_an_hour(),
            renewed_at: instant(hour(now) + micros(PERIOD), "the clock")?,
            purposes: rows.iter().map(purpose).collect::<Result<_, _>>()?,
        }))
    }
}

fn purpose(row: &calls::CallsFor) -> Result<(Purpose, u64), StoreError> {
    let kind = || {
        let kind = row.kind.as_deref().and_then(|kind| kind.parse().ok());
        kind.ok_or(StoreError::Corrupt { column: "sync_runs.kind" })
    };
    let purpose = match row.task.as_str() {
        "look" => Purpose::Look(kind()?),
        "pull" => Purpose::Pull(kind()?),
        "push" => Purpose::Push(kind()?),
        _ => Purpose::Settle,
    };
    Ok((purpose, u64::try_from(row.calls).unwrap_or(0)))
}
