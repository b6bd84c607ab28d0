//! The worker: claims jobs, keeps their leases alive, lets go of them, starts what is due by itself, and shows that it
//! lives.
//!
//! A job is worked on in slices and goes back into the queue between them, so that one large company does not keep
//! the others waiting. Whatever a slice writes, it writes under the lease ([`jobs::hold`]): a worker that was believed
//! dead and comes back changes nothing.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use futures::FutureExt as _;
use tokio_util::sync::CancellationToken;

use super::budget::Meter;
use super::failure::{Failure, Fate};
use super::pulse::Heart;
use super::run::{self, Working};
use crate::access::TenantScope;
use crate::clock::Watch;
use crate::error::chain;
use crate::store::StoreError;
use crate::store::jobs::{self, Release};
use crate::{Engine, EngineError};

/// Failures and takeovers without progress after which a job is not tried again.
const MOST_TAKEOVERS: i64 = 10;

/// How a worker works.
#[derive(Clone, Debug)]
pub struct WorkerSettings {
    /// Name in the leases: unique per process.
    pub owner: String,
    /// How long a job stays in the hands of a worker that shows no life. Shorter finds crashes sooner; it must be
    /// several times a database round trip.
    pub lease: Duration,
    /// How often an idle worker asks the queue when nothing woke it: another instance may have queued a job.
    pub idle: Duration,
    /// How long one slice of a job may take before other companies get their turn.
    pub slice: Duration,
    /// How many jobs of different companies are worked on at once.
    pub jobs: usize,
    /// How long after the last sign of it a write may still arrive in Metakocka: before, nothing proves that it did not.
    pub horizon: Duration,
}

impl WorkerSettings {
    /// Settings that fit a server.
    #[must_use]
    pub fn standard(owner: String) -> Self {
        Self {
            owner,
            lease: Duration::from_secs(15),
            idle: Duration::from_secs(1),
            slice: Duration::from_secs(5),
            jobs: 4,
            horizon: sync_core::intent::SETTLE_HORIZON,
        }
    }
}

impl Engine {
    /// Works until `cancel`; then finishes the page in hand and returns its jobs to the queue. What is due by itself is
    /// started beside the work, however long a slice takes.
    pub async fn work(&self, settings: &WorkerSettings, cancel: &CancellationToken) {
        let hands = (0..settings.jobs.max(1)).map(|_| self.work_with_one_hand(settings, cancel));
        let hands = futures::future::join_all(hands);
        futures::future::join(hands, self.keep_the_schedule(settings, cancel)).await;
    }

    /// How long ago the part of this process's worker that has not shown life for longest last did; none: no worker works
    /// here. A worker in health is never older than [`WorkerSettings::idle`], or than a third of
    /// [`WorkerSettings::lease`] in the midst of a slice: several times that means that it is stuck.
    #[must_use]
    pub fn worker_heartbeat_age(&self) -> Option<Duration> {
        let oldest = self.remote().pulse.oldest()?;
        let age = self.now().as_microsecond().saturating_sub(oldest);
        Some(Duration::from_micros(u64::try_from(age).unwrap_or(0)))
    }

    async fn keep_the_schedule(&self, settings: &WorkerSettings, cancel: &CancellationToken) {
        let heart = self.remote().pulse.begin(self.now().as_microsecond());
        let mut scans_asked = i64::MIN;
        let mut watch = Watch::begin(self.clock());
        let mut recounts = true;
        while !cancel.is_cancelled() {
            recounts |= watch.jumped(self.clock());
            if recounts {
                recounts = self.recount_intents().await.inspect_err(warn).is_err();
            }
            if let Err(error) = self.start_what_is_due(&mut scans_asked).await {
                tracing::warn!(category = "sync", error = chain(&error), "automatic runs were not started");
            }
            heart.beat(self.now().as_microsecond());
            tokio::select! {
                () = cancel.cancelled() => {}
                () = tokio::time::sleep(settings.idle) => {}
            }
        }
    }

    async fn work_with_one_hand(&self, settings: &WorkerSettings, cancel: &CancellationToken) {
        let heart = self.remote().pulse.begin(self.now().as_microsecond());
        let mut woken = self.remote().wake.subscribe();
        while !cancel.is_cancelled() {
            let worked = self.work_once(settings, cancel, Some(&heart)).await;
            heart.beat(self.now().as_microsecond());
            match worked {
                Ok(true) => {}
                Ok(false) => {
                    tokio::select! {
                        () = cancel.cancelled() => {}
                        _ = woken.changed() => {}
                        () = tokio::time::sleep(settings.idle) => {}
                    }
                }
                Err(error) => {
                    tracing::warn!(category = "sync", error = chain(&error), "the queue did not answer");
                    tokio::select! {
                        () = cancel.cancelled() => {}
                        () = tokio::time::sleep(settings.idle) => {}
                    }
                }
            }
        }
    }

    /// Works on what is claimable until nothing is: for tests and the command line. Returns how many slices it took.
    pub async fn run_pending_jobs(&self, settings: &WorkerSettings) -> Result<usize, EngineError> {
        let cancel = CancellationToken::new();
        let mut slices = 0;
        while self.work_once(settings, &cancel, None).await? {
            slices += 1;
        }
        Ok(slices)
    }

    /// Claims and works on one slice of one job. False: nothing was claimable.
    async fn work_once(
        &self,
        settings: &WorkerSettings,
        cancel: &CancellationToken,
        heart: Option<&Heart<'_>>,
    ) -> Result<bool, StoreError> {
        let now = self.now().as_microsecond();
        if !jobs::any_claimable(self.db(), now).await? {
            return Ok(false);
        }
        let until = now + micros(settings.lease);
        let Some(claim) = jobs::claim(self.db(), &settings.owner, now, until).await? else {
            return Ok(false);
        };
        let scope = TenantScope::of_claim(&claim);
        let cancelled = AtomicBool::new(false);
        let meter = Meter::default();
        let working =
            Working { engine: self, scope: &scope, claim: &claim, settings, cancel, heart, cancelled, meter };
        let worked = tokio::select! {
            worked = work_once_more(&working) => worked,
            lost = keep_alive(&working) => Err(Failure::from(lost)),
        };
        if let Err(error) = working.count_the_rest().await {
            tracing::warn!(category = "sync", error = chain(&error), "calls were not counted");
        }
        match self.let_go(&working, worked).await {
            Ok(()) => Ok(true),
            Err(StoreError::LostLease) => {
                tracing::warn!(
                    category = "sync",
                    tenant = scope.tenant(),
                    job = claim.id,
                    "lost the lease; another worker has it"
                );
                Ok(true)
            }
            Err(error) => Err(error),
        }
    }

    async fn let_go(
        &self,
        working: &Working<'_>,
        worked: Result<run::Slice, Failure>,
    ) -> Result<(), StoreError> {
        let now = self.now().as_microsecond();
        let release = match worked {
            Ok(run::Slice::Finished) => return Ok(()), // Released in the transaction that ended the run.
            Ok(run::Slice::More) => Release::Yield { due_at: now },
            Err(failure) => return self.fail(working, failure).await,
        };
        let mut tx = self.db().begin().await?;
        jobs::release(&mut tx, working.claim, &release, now).await?;
        tx.commit().await.map_err(StoreError::from)
    }

    async fn fail(&self, working: &Working<'_>, failure: Failure) -> Result<(), StoreError> {
        let failed_before = jobs::attempts(self.db(), working.claim).await?;
        let fate = failure.fate(failed_before, self.ids().number());
        match fate {
            Fate::LostLease => Err(StoreError::LostLease),
            Fate::Yield => {
                let now = self.now().as_microsecond();
                let mut tx = self.db().begin().await?;
                jobs::release(&mut tx, working.claim, &Release::Yield { due_at: now }, now).await?;
                tx.commit().await.map_err(StoreError::from)
            }
            Fate::Retry(after) => {
                let now = self.now().as_microsecond();
                let mut tx = self.db().begin().await?;
                let error = failure.to_string();
                let due_at = now + micros(after);
                let release = Release::Retry { due_at, error: &error, attempts: failed_before + 1 };
                jobs::release(&mut tx, working.claim, &release, now).await?;
                tx.commit().await.map_err(StoreError::from)
            }
            Fate::GiveUp => run::give_up(working, &failure).await,
        }
    }
}

/// Works on a slice. A panic is a failure of this job and of no other; a job that has taken several workers with it is
/// given up instead of taking the next one too.
async fn work_once_more(working: &Working<'_>) -> Result<run::Slice, Failure> {
    if working.claim.attempts > MOST_TAKEOVERS {
        return Err(Failure::BrokeDown);
    }
    // On the heap: whoever holds a worker's future would carry the whole slice in it.
    let slice = std::panic::AssertUnwindSafe(Box::pin(run::work(working))).catch_unwind();
    slice.await.unwrap_or(Err(Failure::BrokeDown))
}

fn warn(error: &EngineError) {
    tracing::warn!(category = "sync", error = chain(error), "the clock was set, and not everybody knows");
}

/// Extends the lease until it is lost.
async fn keep_alive(working: &Working<'_>) -> StoreError {
    loop {
        tokio::time::sleep(working.settings.lease / 3).await;
        match (extend(working).await, working.heart) {
            (Ok(()), Some(heart)) => heart.beat(working.now()),
            (Ok(()), None) => {}
            (Err(StoreError::LostLease), _) => return StoreError::LostLease,
            // The database did not answer: the lease may still be ours, and every write proves it anyway.
            (Err(other), _) => tracing::warn!(category = "sync", error = chain(&other), "heartbeat failed"),
        }
    }
}

async fn extend(working: &Working<'_>) -> Result<(), StoreError> {
    let mut tx = working.engine.db().begin().await?;
    working.hold(&mut tx).await?;
    tx.commit().await.map_err(StoreError::from)
}

/// A duration in the database's unit.
pub(super) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
