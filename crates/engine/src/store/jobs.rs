//! The queue: claimed with a lease, kept alive by a heartbeat, fenced by a number that every claim raises.

use sqlx::AnyConnection;

use super::{Db, StoreError};
use crate::access::TenantScope;

/// A job in the hands of a worker. Every write that the job makes goes through [`hold`] first, so that a worker that
/// lost its lease writes nothing.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Claim {
    /// The workspace; `access` makes a scope of it.
    pub(crate) tenant_id: String,
    /// The job.
    pub id: String,
    /// The connection that it works for.
    pub connection_id: String,
    /// The run that it belongs to; none: it settles what is due on the connection.
    pub run_id: Option<String>,
    /// look, pull, push or settle.
    pub task: String,
    /// The number of this claim.
    pub fence: i64,
    /// Failures and takeovers since the last progress.
    pub attempts: i64,
}

/// Queues a job that is due at once.
pub async fn enqueue(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
    connection: &str,
    run: &str,
    task: &'static str,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO jobs (tenant_id, id, connection_id, run_id, task, state, due_at, fence, attempts, created_at) \
         VALUES ($1, $2, $3, $4, $5, 'queued', $6, 0, 0, $6)",
    )
    .bind(scope.tenant())
    .bind(id)
    .bind(connection)
    .bind(run)
    .bind(task)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// Makes sure that somebody settles what is due on a connection at `due_at`, or before.
pub async fn settle_at(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    (id, connection): (&str, &str),
    due_at: i64,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO jobs (tenant_id, id, connection_id, task, state, due_at, fence, attempts, created_at) \
         VALUES ($1, $2, $3, 'settle', 'queued', $4, 0, 0, $5) ON CONFLICT DO NOTHING",
    )
    .bind(scope.tenant())
    .bind(id)
    .bind(connection)
    .bind(due_at)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "UPDATE jobs SET due_at = $3 WHERE tenant_id = $1 AND connection_id = $2 AND task = 'settle' \
         AND state = 'queued' AND due_at > $3",
    )
    .bind(scope.tenant())
    .bind(connection)
    .bind(due_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// True when a job could be claimed now: a read, so that an idle worker writes nothing.
pub async fn any_claimable(db: &Db, now: i64) -> Result<bool, StoreError> {
    let found: Option<i64> = sqlx::query_scalar(
        "SELECT 1 FROM jobs WHERE (state = 'queued' AND due_at <= $1) OR (state = 'leased' AND lease_until < $1) LIMIT 1",
    )
    .bind(now)
    .fetch_optional(db.reader())
    .await?;
    Ok(found.is_some())
}

/// Claims the job that has waited longest, if any, for `owner` until `until`. A company whose other job is in
/// somebody's hands is left out: its searches are served one after another anyway. A job that goes back into the
/// queue gets a later due time, which makes the order round robin between companies.
pub async fn claim(db: &Db, owner: &str, now: i64, until: i64) -> Result<Option<Claim>, StoreError> {
    let mut tx = db.begin().await?;
    let claim: Option<Claim> = sqlx::query_as(
        "UPDATE jobs SET attempts = attempts + (CASE WHEN state = 'leased' THEN 1 ELSE 0 END), state = 'leased', \
         lease_owner = $1, lease_until = $2, fence = fence + 1 \
         WHERE id = (SELECT j.id FROM jobs j \
             WHERE ((j.state = 'queued' AND j.due_at <= $3) OR (j.state = 'leased' AND j.lease_until < $3)) \
             AND NOT EXISTS (SELECT 1 FROM jobs o WHERE o.tenant_id = j.tenant_id AND o.connection_id = j.connection_id \
                 AND o.id <> j.id AND o.state = 'leased' AND o.lease_until >= $3) \
             ORDER BY j.due_at, j.id LIMIT 1) \
         AND ((state = 'queued' AND due_at <= $3) OR (state = 'leased' AND lease_until < $3)) \
         RETURNING tenant_id, id, connection_id, run_id, task, fence, attempts",
    )
    .bind(owner.to_owned())
    .bind(until)
    .bind(now)
    .fetch_optional(&mut *tx)
    .await?;
    if let Some(claim) = &claim {
        begin_attempt(&mut tx, claim, owner, now).await?;
    }
    tx.commit().await?;
    Ok(claim)
}

async fn begin_attempt(
    tx: &mut AnyConnection,
    claim: &Claim,
    owner: &str,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE job_attempts SET finished_at = $3, outcome = 'lost' \
         WHERE tenant_id = $1 AND job_id = $2 AND finished_at IS NULL",
    )
    .bind(claim.tenant_id.clone())
    .bind(claim.id.clone())
    .bind(now)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "INSERT INTO job_attempts (tenant_id, job_id, attempt, worker, started_at, calls) VALUES ($1, $2, $3, $4, $5, 0)",
    )
    .bind(claim.tenant_id.clone())
    .bind(claim.id.clone())
    .bind(claim.fence)
    .bind(owner.to_owned())
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// Extends the lease inside the caller's transaction, or refuses: the job was taken over and nothing may be written.
pub async fn hold(tx: &mut AnyConnection, claim: &Claim, until: i64) -> Result<(), StoreError> {
    let done = sqlx::query(
        "UPDATE jobs SET lease_until = $4 WHERE tenant_id = $1 AND id = $2 AND fence = $3 AND state = 'leased'",
    )
    .bind(claim.tenant_id.clone())
    .bind(claim.id.clone())
    .bind(claim.fence)
    .bind(until)
    .execute(tx)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::LostLease) }
}

/// Forgets earlier failures: the job has made progress.
pub async fn progressed(tx: &mut AnyConnection, claim: &Claim) -> Result<(), StoreError> {
    sqlx::query("UPDATE jobs SET attempts = 0 WHERE tenant_id = $1 AND id = $2 AND attempts > 0")
        .bind(claim.tenant_id.clone())
        .bind(claim.id.clone())
        .execute(tx)
        .await?;
    Ok(())
}

/// Failures and takeovers of the job since its last progress, which may have come after it was claimed.
pub async fn attempts(db: &Db, claim: &Claim) -> Result<i64, StoreError> {
    let attempts = sqlx::query_scalar("SELECT attempts FROM jobs WHERE tenant_id = $1 AND id = $2")
        .bind(claim.tenant_id.clone())
        .bind(claim.id.clone())
        .fetch_optional(db.reader())
        .await?;
    Ok(attempts.unwrap_or(claim.attempts))
}

/// How a worker lets go of a job.
#[derive(Debug)]
pub enum Release<'a> {
    /// Finished.
    Done,
    /// Back into the queue for another slice; earlier failures are forgotten.
    Yield {
        /// Due again at, microseconds.
        due_at: i64,
    },
    /// Failed; again later.
    Retry {
        /// Due again at, microseconds.
        due_at: i64,
        /// What happened.
        error: &'a str,
        /// Failures since the last progress, this one too.
        attempts: i64,
    },
    /// Failed for good.
    Dead {
        /// What happened.
        error: &'a str,
    },
}

/// Lets go of the job, if it is still ours.
pub async fn release(
    tx: &mut AnyConnection,
    claim: &Claim,
    release: &Release<'_>,
    now: i64,
) -> Result<(), StoreError> {
    let (state, due_at, outcome, error, attempts, finished) = match release {
        Release::Done => ("done", now, "done", None, 0, Some(now)),
        Release::Yield { due_at } => ("queued", *due_at, "done", None, 0, None),
        Release::Retry { due_at, error, attempts } => {
            ("queued", *due_at, "retry", Some(*error), *attempts, None)
        }
        Release::Dead { error } => ("dead", now, "failed", Some(*error), claim.attempts + 1, Some(now)),
    };
    let done = sqlx::query(
        "UPDATE jobs SET state = $4, due_at = $5, last_error = COALESCE($6, last_error), attempts = $7, \
         finished_at = $8, lease_owner = NULL, lease_until = NULL \
         WHERE tenant_id = $1 AND id = $2 AND fence = $3 AND state = 'leased'",
    )
    .bind(claim.tenant_id.clone())
    .bind(claim.id.clone())
    .bind(claim.fence)
    .bind(state)
    .bind(due_at)
    .bind(error.map(str::to_owned))
    .bind(attempts)
    .bind(finished)
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() != 1 {
        return Err(StoreError::LostLease);
    }
    sqlx::query(
        "UPDATE job_attempts SET finished_at = $4, outcome = $5, error = $6 \
         WHERE tenant_id = $1 AND job_id = $2 AND attempt = $3",
    )
    .bind(claim.tenant_id.clone())
    .bind(claim.id.clone())
    .bind(claim.fence)
    .bind(now)
    .bind(outcome)
    .bind(error.map(str::to_owned))
    .execute(tx)
    .await?;
    Ok(())
}
