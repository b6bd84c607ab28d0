//! Sends records to Metakocka: a record is planned (`bring`), its write becomes an intent, and the machine of
//! `sync_core::intent` is executed (`drive`), each step in one transaction (`commit`, `confirm`). What is not over when its
//! run ends is gone on with by `settle`.
//!
//! Nothing here decides whether a write may leave, or whether it left: that is the machine's. `outgoing` knows how
//! Metakocka is written to.

mod again;
mod bring;
mod change;
mod commit;
mod confirm;
mod drive;
mod settle;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::{StreamExt as _, stream};
use metakocka::Client;
use sync_core::record::RecordKind;

use super::failure::Failure;
use super::meet::Site;
use super::notes::Noting;
use super::run::{Slicing, announce};
use super::seen::Seen;
use super::start::plan_of;
use super::whole::StandIns;
use super::worker::micros;
use super::writing;
use crate::store::connections::ConnectionRow;
use crate::store::runs::{self, Counts, Item, ItemRow};
use crate::store::{StoreError, jobs};

use bring::Brought;
pub(super) use settle::{kept, slice as settle_slice};

/// Records that are worked on at the same time: what Metakocka is asked at once of one company.
const AT_ONCE: usize = 2;
/// Records of one question to the database.
const AHEAD: i64 = 50;

/// What sending needs besides the record: loaded once for a slice.
pub(super) struct Desk<'a> {
    working: &'a super::run::Working<'a>,
    connection: ConnectionRow,
    client: Client,
    run: Option<&'a str>,
    /// The plan that the run carries out.
    plan: Option<String>,
    /// Nobody: whoever is named is there when a request is made.
    stand_ins: StandIns,
    /// Two documents of one customer bring it once.
    parties: tokio::sync::Mutex<()>,
}

impl<'a> Desk<'a> {
    fn new(
        working: &'a super::run::Working<'a>,
        connection: ConnectionRow,
        client: Client,
        run: Option<&'a str>,
    ) -> Self {
        let (plan, stand_ins, parties) = (None, StandIns::new(), tokio::sync::Mutex::new(()));
        Self { working, connection, client, run, plan, stand_ins, parties }
    }

    /// A record, for what is written of it.
    fn of<'b>(&'b self, seen: &'b Seen) -> writing::Of<'b> {
        let (connection, stand_ins) = (&self.connection, &self.stand_ins);
        writing::Of { scope: self.working.scope, connection, seen, stand_ins }
    }

    fn site(&self) -> Site<'_> {
        let connection = self.connection.id.as_str();
        Site { engine: self.working.engine, scope: self.working.scope, connection, run: self.run }
    }

    fn noting(&self) -> Noting<'_> {
        Noting { engine: self.working.engine, scope: self.working.scope, run: self.run }
    }

    /// How long an executor may be silent before somebody else goes on with its intents.
    fn patience(&self) -> i64 {
        micros(self.working.settings.lease.saturating_mul(2).max(Duration::from_secs(1)))
    }
}

/// Works until the slice is over; true when all items are settled.
pub(super) async fn slice(slicing: &mut Slicing<'_>) -> Result<bool, Failure> {
    let run = slicing.run.id.clone();
    let mut desk = Desk::new(slicing.working, slicing.connection.clone(), slicing.client.clone(), Some(&run));
    desk.plan = plan_of(&slicing.run.selection).map(str::to_owned);
    loop {
        let items = runs::next_items(slicing.working.engine.db(), slicing.working.scope, &run, AHEAD).await?;
        if items.is_empty() {
            return Ok(true);
        }
        send(slicing, &desk, items).await?;
        if slicing.is_over() {
            return Ok(false);
        }
    }
}

/// Sends some records, a few at a time. Whatever happens, what has begun is heard to its end: a request whose answer
/// nobody waits for has an unknown outcome.
async fn send(slicing: &mut Slicing<'_>, desk: &Desk<'_>, items: Vec<ItemRow>) -> Result<(), Failure> {
    let kind = slicing.kind;
    let stops = AtomicBool::new(false);
    let waiting = stream::iter(items).take_while(|_| std::future::ready(!stops.load(Ordering::Relaxed)));
    let slicing = tokio::sync::Mutex::new(slicing);
    // Everything of an item happens in its own future: one that holds the database's writer has to be polled while
    // another one waits for it.
    let settled = waiting.map(|item| async {
        let brought = match item.record_id.as_deref() {
            Some(record) => bring::record(desk, kind, record).await,
            None => Ok(Brought::missing()),
        };
        let mut slicing = slicing.lock().await;
        let settled = match brought {
            Ok(brought) => settle_item(&mut slicing, item, brought).await,
            Err(failure) => Err(failure),
        };
        if settled.is_err() || slicing.is_over() {
            stops.store(true, Ordering::Relaxed);
        }
        settled
    });
    let mut settled = std::pin::pin!(settled.buffer_unordered(AT_ONCE));
    let mut failed = None;
    while let Some(one) = settled.next().await {
        if let Err(failure) = one {
            failed.get_or_insert(failure);
        }
    }
    failed.map_or(Ok(()), Err)
}

async fn settle_item(slicing: &mut Slicing<'_>, item: ItemRow, brought: Brought) -> Result<(), Failure> {
    let calls = slicing.new_calls();
    let working = slicing.working;
    let (scope, now, run) = (working.scope, working.now(), slicing.run.id.as_str());
    let mut counts = Counts { calls, ..Counts::default() };
    match brought.outcome {
        "created" => counts.created = 1,
        "updated" => counts.updated = 1,
        "unchanged" => counts.unchanged = 1,
        "unknown" => counts.unknown = 1,
        "review" => counts.review = 1,
        "skipped" => counts.skipped = 1,
        _ => counts.failed = 1,
    }
    let mut tx = working.begin().await?;
    let item = Item {
        position: item.position,
        remote_type: brought.remote_type,
        external_id: brought.external_id,
        label: brought.label.unwrap_or(item.label),
        record_id: item.record_id,
        outcome: Some(brought.outcome),
        code: brought.code,
        sentence: brought.sentence,
        advice: brought.advice,
        finished_at: Some(now),
    };
    runs::put_items(&mut tx, scope, run, &[item]).await?;
    runs::add(&mut tx, scope, run, &counts).await?;
    jobs::progressed(&mut tx, working.claim).await?;
    announce(&mut tx, scope, run, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    working.engine.remote().wake();
    slicing.progressed = true;
    Ok(())
}

/// Where a kind of record lives in the remote.
fn subject_name(kind: RecordKind, remote_type: &str) -> &str {
    if remote_type.is_empty() { kind.as_str() } else { remote_type }
}
