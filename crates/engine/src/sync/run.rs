//! One slice of a run's job: looks or takes, and ends the run when nothing is left.

use std::sync::atomic::{AtomicBool, Ordering};

use metakocka::Client;
use sync_core::backoff::Backoff;
use sync_core::record::RecordKind;
use tokio_util::sync::CancellationToken;

use super::budget::Meter;
use super::failure::Failure;
use super::matching::{Settling, settle_parties};
use super::notes::Noting;
use super::pulse::Heart;
use super::schedule::{CALLS_A_NIGHT, Night};
use super::start::paused_words;
use super::views::{Cause, ConnectionState, RunView};
use super::worker::{WorkerSettings, micros};
use super::{cancel, lone, look, pull, push};
use crate::Engine;
use crate::access::TenantScope;
use crate::error::chain;
use crate::store::connections::{self, CheckEnd, ConnectionRow};
use crate::store::jobs::{self, Claim, Release};
use crate::store::runs::{self, Counts, RunEnd, RunRow};
use crate::store::{StoreError, Tx, events, run_feeds};

/// How long settling waits after it could not go on.
const AFTER_TROUBLE: Backoff = Backoff {
    first: std::time::Duration::from_secs(30),
    cap: std::time::Duration::from_mins(1),
    attempts: u32::MAX,
};

/// A claimed job in the hands of a worker.
pub(super) struct Working<'a> {
    pub engine: &'a Engine,
    pub scope: &'a TenantScope,
    pub claim: &'a Claim,
    pub settings: &'a WorkerSettings,
    pub cancel: &'a CancellationToken,
    /// Of the hand that works; none: it is not part of a worker.
    pub heart: Option<&'a Heart<'a>>,
    /// Set once it is seen that a person cancelled the run.
    pub cancelled: AtomicBool,
    /// Of the calls of this attempt.
    pub meter: Meter,
}

impl Working<'_> {
    /// Proves inside `tx` that the job is still ours, and extends the lease.
    pub(super) async fn hold(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let until = self.engine.now().as_microsecond() + micros(self.settings.lease);
        jobs::hold(tx, self.claim, until).await
    }

    /// Begins a transaction that only the holder of the lease can commit. Whether a person cancelled the run is seen here:
    /// between one transaction and the next nothing is half-written.
    pub(super) async fn begin(&self) -> Result<Tx, StoreError> {
        let mut tx = self.engine.db().begin().await?;
        self.hold(&mut tx).await?;
        self.count_calls(&mut tx).await?;
        if let Some(run) = &self.claim.run_id
            && runs::is_cancel_asked(&mut tx, self.scope, run).await?
        {
            self.cancelled.store(true, Ordering::Relaxed);
        }
        Ok(tx)
    }

    /// Whether a person cancelled the run, as far as was seen.
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// The run of the job.
    pub(super) fn run_id(&self) -> Result<&str, StoreError> {
        self.claim.run_id.as_deref().ok_or(StoreError::Corrupt { column: "jobs.run_id" })
    }

    pub(super) fn now(&self) -> i64 {
        self.engine.now().as_microsecond()
    }
}

/// What a slice needs besides the job: loaded once.
pub(super) struct Slicing<'a> {
    pub working: &'a Working<'a>,
    pub run: RunRow,
    pub kind: RecordKind,
    pub connection: ConnectionRow,
    pub client: Client,
    /// Set when the night's calls were used up: what is left is read in the next night.
    pub partial: bool,
    /// Set when something was read or settled: a slice that has done nothing yet goes on however late it is.
    pub progressed: bool,
    began: i64,
    calls_before: u64,
    /// What is left of the night's calls, counted when the slice began; none: nothing limits them.
    calls_left: Option<u64>,
}

impl Slicing<'_> {
    /// True when others should get their turn, the process is to stop, or a person cancelled the run.
    pub(super) fn is_over(&self) -> bool {
        let spent = self.working.now() - self.began;
        let is_late = self.progressed && spent >= micros(self.working.settings.slice);
        self.working.cancel.is_cancelled() || self.working.is_cancelled() || is_late
    }

    /// True when a look has to stop here and goes on later: in the next slice, or, when the calls of the night are used
    /// up, in the next night.
    pub(super) fn pauses(&mut self) -> bool {
        self.partial = self.calls_left.is_some_and(|left| self.client.calls_begun() >= left);
        self.partial || self.is_over()
    }

    /// For the history of what the run changes.
    pub(super) fn noting(&self) -> Noting<'_> {
        Noting { engine: self.working.engine, scope: self.working.scope, run: Some(&self.run.id) }
    }

    /// Requests sent since this was last asked.
    pub(super) fn new_calls(&mut self) -> i64 {
        let all = self.client.calls_begun();
        let new = all - self.calls_before;
        self.calls_before = all;
        i64::try_from(new).unwrap_or(i64::MAX)
    }
}

/// How far a slice got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slice {
    /// The run has ended and the job is released.
    Finished,
    /// There is more to do.
    More,
}

/// Works on a job for one slice.
pub(super) async fn work(working: &Working<'_>) -> Result<Slice, Failure> {
    if working.claim.run_id.is_none() {
        return Box::pin(push::settle_slice(working)).await;
    }
    let Some(mut slicing) = open(working).await? else { return Ok(Slice::Finished) };
    let done = match working.claim.task.as_str() {
        "look" => look::slice(&mut slicing).await,
        "push" => push::slice(&mut slicing).await,
        _ => take_then_send(&mut slicing).await,
    };
    if matches!(done, Ok(true)) {
        return finish(&mut slicing).await.map(|()| Slice::Finished);
    }
    count_calls(&mut slicing).await?;
    if working.is_cancelled() && matches!(done, Ok(false) | Err(Failure::Stopped)) {
        return cancel::end(working, &slicing.run).await.map(|()| Slice::Finished);
    }
    done.map(|_| Slice::More)
}

/// A run that carries out a plan may do both.
async fn take_then_send(slicing: &mut Slicing<'_>) -> Result<bool, Failure> {
    let taken = pull::slice(slicing).await?;
    if taken && slicing.run.pushes == 1 { push::slice(slicing).await } else { Ok(taken) }
}

/// Adds the calls that no page has counted: of a slice that failed, or that ended after pages without news.
async fn count_calls(slicing: &mut Slicing<'_>) -> Result<(), StoreError> {
    let calls = slicing.new_calls();
    if calls == 0 {
        return Ok(());
    }
    let mut tx = slicing.working.begin().await?;
    let counts = Counts { calls, ..Counts::default() };
    runs::add(&mut tx, slicing.working.scope, &slicing.run.id, &counts).await?;
    tx.commit().await.map_err(StoreError::from)
}

/// Loads what the slice needs and marks the run as begun. None: the run has ended meanwhile.
async fn open<'a>(working: &'a Working<'a>) -> Result<Option<Slicing<'a>>, Failure> {
    let (engine, scope) = (working.engine, working.scope);
    let mut tx = working.begin().await?;
    let run = runs::run_in(&mut tx, scope, working.run_id()?).await?;
    let run = run.filter(|run| matches!(run.state.as_str(), "queued" | "running"));
    let Some(run) = run else {
        jobs::release(&mut tx, working.claim, &Release::Done, working.now()).await?;
        tx.commit().await.map_err(StoreError::from)?;
        return Ok(None);
    };
    if working.is_cancelled() {
        drop(tx);
        return cancel::end(working, &run).await.map(|()| None);
    }
    if run.state == "queued" {
        runs::begin(&mut tx, scope, &run.id, working.now()).await?;
        announce(&mut tx, scope, &run.id, working.now()).await?;
    }
    tx.commit().await.map_err(StoreError::from)?;
    engine.remote().wake();
    let connection = connections::connection(engine.db(), scope).await?;
    let connection = connection.ok_or(StoreError::Corrupt { column: "jobs.connection_id" })?;
    check_works(&connection)?;
    let client = working.client(&connection).await?;
    let kind = run.kind.parse().map_err(|_| StoreError::Corrupt { column: "sync_runs.kind" })?;
    Ok(Some(Slicing {
        calls_left: calls_left(working, &run, &connection).await?,
        working,
        run,
        kind,
        connection,
        client,
        partial: false,
        progressed: false,
        began: working.now(),
        calls_before: 0,
    }))
}

/// Nothing is sent or fetched while the connection is paused, whatever was begun before.
pub(super) fn check_works(connection: &ConnectionRow) -> Result<(), Failure> {
    match ConnectionState::parse(&connection.state)? {
        ConnectionState::Paused => Err(Failure::Paused { sentence: paused_words(connection) }),
        ConnectionState::Active | ConnectionState::KeyRefused => Ok(()),
    }
}

/// What the company's scans may still ask this night. What a person or the operator asked for is not limited.
async fn calls_left(
    working: &Working<'_>,
    run: &RunRow,
    connection: &ConnectionRow,
) -> Result<Option<u64>, StoreError> {
    if !is_nightly(run) {
        return Ok(None);
    }
    let company = (connection.company_id.as_str(), connection.base_url.as_str());
    let night = Night::of(working.engine.now());
    let made = runs::scan_calls_since(working.engine.db(), working.scope, company, night.began).await?;
    Ok(Some(u64::try_from(CALLS_A_NIGHT - made).unwrap_or(0)))
}

pub(super) fn is_nightly(run: &RunRow) -> bool {
    run.scans == 1 && run.cause == Cause::Schedule.as_str()
}

/// Ends the run, its job and, when it looked, its check, in one transaction.
async fn finish(slicing: &mut Slicing<'_>) -> Result<(), Failure> {
    let calls = slicing.new_calls();
    let (working, run) = (slicing.working, &slicing.run);
    let scope = working.scope;
    if run.pulls == 1 || run.pushes == 1 {
        let settling = Settling { engine: working.engine, working: Some(working) };
        Box::pin(settle_parties(settling, scope, &run.connection_id)).await?;
    }
    let now = working.now();
    let mut tx = working.begin().await?;
    if run.looks == 1 && !slicing.partial && !run_feeds::is_carried(&mut tx, scope, &run.id).await? {
        let end = CheckEnd { outcome: "ok", sentence: None, reference: None, next_try_at: None, at: now };
        connections::end_check(&mut tx, scope, &run.connection_id, &run.kind, &end).await?;
        lone::decide_all(slicing, &mut tx).await?;
    }
    if run.scans == 1 {
        let next = slicing.partial.then(|| Night::of(working.engine.now()).ends);
        connections::set_next_scan(&mut tx, scope, &run.connection_id, &run.kind, next).await?;
    }
    runs::add(&mut tx, scope, &run.id, &Counts { calls, ..Counts::default() }).await?;
    runs::finish(&mut tx, scope, &run.id, &RunEnd::default(), now).await?;
    run_feeds::forget(&mut tx, scope, &run.id, slicing.partial).await?;
    jobs::release(&mut tx, working.claim, &Release::Done, now).await?;
    announce(&mut tx, scope, &run.id, now).await?;
    events::trim(&mut tx, scope).await?;
    tx.commit().await.map_err(StoreError::from)?;
    working.engine.remote().wake();
    tracing::info!(
        category = "sync",
        tenant = scope.tenant(),
        connection = run.connection_id,
        run = run.id,
        "run ended"
    );
    Ok(())
}

/// Ends a run that cannot go on: says why, once in the log and to everybody who looks, and what happens next.
pub(super) async fn give_up(working: &Working<'_>, failure: &Failure) -> Result<(), StoreError> {
    let (engine, scope, claim) = (working.engine, working.scope, working.claim);
    if claim.run_id.is_none() {
        return put_off_settling(working, failure).await;
    }
    let run_id = working.run_id()?;
    let told = failure.told();
    let reference = engine.new_id();
    tracing::error!(
        category = "sync",
        reference,
        tenant = scope.tenant(),
        connection = claim.connection_id,
        run = claim.run_id.as_deref(),
        code = told.code,
        error = chain(failure),
        "run failed"
    );
    let now = working.now();
    let mut tx = working.begin().await?;
    if let Some((state, reason)) = &told.connection {
        connections::set_state(&mut tx, scope, state, Some(reason), now).await?;
    }
    if let Some(run) = runs::run_in(&mut tx, scope, run_id).await? {
        if let Some(outcome) = told.check {
            let kind = connections::kind(engine.db(), scope, &run.connection_id, &run.kind).await?;
            let failures = kind.map_or(0, |kind| kind.check_failures).saturating_add(1);
            let wait = told.again.wait(failures, engine.ids().number());
            let end = CheckEnd {
                outcome,
                sentence: Some(&told.sentence),
                reference: Some(&reference),
                next_try_at: wait.map(|wait| now + micros(wait)),
                at: now,
            };
            connections::end_check(&mut tx, scope, &run.connection_id, &run.kind, &end).await?;
        }
        if is_nightly(&run) {
            put_off_the_scan(working, &mut tx, &run).await?;
        }
        run_feeds::forget(&mut tx, scope, &run.id, run.scans == 1).await?;
        let left = runs::close_items(&mut tx, scope, &run.id, told.code, &told.sentence, now).await?;
        let failed = i64::try_from(left).unwrap_or(i64::MAX);
        runs::add(&mut tx, scope, &run.id, &Counts { failed, ..Counts::default() }).await?;
    }
    let end = RunEnd { code: Some(told.code), sentence: Some(&told.sentence), reference: Some(&reference) };
    runs::finish(&mut tx, scope, run_id, &end, now).await?;
    let error = failure.to_string();
    jobs::release(&mut tx, claim, &Release::Dead { error: &error }, now).await?;
    announce(&mut tx, scope, run_id, now).await?;
    events::trim(&mut tx, scope).await?;
    tx.commit().await.map_err(StoreError::from)?;
    engine.remote().wake();
    Ok(())
}

/// What is to be settled waits, and is settled however long that takes: nobody else would find out what became of it.
async fn put_off_settling(working: &Working<'_>, failure: &Failure) -> Result<(), StoreError> {
    let (engine, scope, claim) = (working.engine, working.scope, working.claim);
    let told = failure.told();
    tracing::warn!(
        category = "sync",
        tenant = scope.tenant(),
        connection = claim.connection_id,
        code = told.code,
        error = chain(failure),
        "settling was put off"
    );
    let mut tx = working.begin().await?;
    if let Some((state, reason)) = &told.connection {
        connections::set_state(&mut tx, scope, state, Some(reason), working.now()).await?;
    }
    let now = working.now();
    let wait = AFTER_TROUBLE.wait(1, engine.ids().number(), None).unwrap_or(AFTER_TROUBLE.cap);
    let error = failure.to_string();
    let release = Release::Retry { due_at: now + micros(wait), error: &error, attempts: 0 };
    jobs::release(&mut tx, claim, &release, now).await?;
    tx.commit().await.map_err(StoreError::from)
}

/// A scan that failed is begun again later in the night, and not once more every minute.
pub(super) async fn put_off_the_scan(
    working: &Working<'_>,
    tx: &mut Tx,
    run: &RunRow,
) -> Result<(), StoreError> {
    let (engine, scope) = (working.engine, working.scope);
    let night = Night::of(engine.now());
    let earlier = runs::failed_scans_since(tx, scope, &run.connection_id, &run.kind, night.began).await?;
    let next = night.next_scan(earlier + 1, engine.ids().number(), working.now());
    connections::set_next_scan(tx, scope, &run.connection_id, &run.kind, Some(next)).await
}

/// Tells every browser of the workspace how the run stands: read from the run's row, in the same transaction.
pub(super) async fn announce(
    tx: &mut Tx,
    scope: &TenantScope,
    run: &str,
    now: i64,
) -> Result<(), StoreError> {
    let Some(row) = runs::run_in(tx, scope, run).await? else { return Ok(()) };
    let view = RunView::from_row(row)?;
    let kind = json(&serde_json::json!({ "kind": view.kind }));
    let mut news = vec![("run", json(&view))];
    if view.done > 0 {
        news.push(("documents", kind.clone()));
    }
    // What the button says changes when a run begins and when it ends; between the two the run itself tells it.
    if view.calls == 0 || view.is_ended() {
        news.push(("button", kind));
    }
    events::append(tx, scope, &news, now).await
}

/// Views are plain structs and always serialise; an empty object would only make the browser ask again.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "{}".to_owned())
}
