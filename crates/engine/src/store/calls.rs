//! The calls that were made to the remote, counted by the attempt that made them: an attempt belongs to a job, and the job
//! to a run or to the settling of a connection. So the count of a company holds whichever instance asked.

use sqlx::AnyConnection;

use super::jobs::Claim;
use super::{Db, StoreError};
use crate::access::TenantScope;

/// Adds calls to the attempt of a claim. Who has lost the lease counts too: the calls were made.
pub async fn add(tx: &mut AnyConnection, claim: &Claim, calls: i64) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE job_attempts SET calls = calls + $4 WHERE tenant_id = $1 AND job_id = $2 AND attempt = $3",
    )
    .bind(claim.tenant_id.clone())
    .bind(claim.id.clone())
    .bind(claim.fence)
    .bind(calls)
    .execute(tx)
    .await?;
    Ok(())
}

/// Calls of the attempts that began at `since` or later, for a company (its id and the remote's address), whichever
/// workspaces are connected to it.
pub async fn of_company(
    db: &Db,
    _: &TenantScope,
    (company_id, base_url): (&str, &str),
    since: i64,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT CAST(COALESCE(SUM(a.calls), 0) AS BIGINT) FROM job_attempts a \
         JOIN jobs j ON j.tenant_id = a.tenant_id AND j.id = a.job_id \
         JOIN connections c ON c.tenant_id = j.tenant_id AND c.id = j.connection_id \
         WHERE a.started_at >= $3 AND c.company_id = $1 AND c.base_url = $2",
    )
    .bind(company_id)
    .bind(base_url)
    .bind(since)
    .fetch_one(db.reader())
    .await?)
}

/// What a workspace's calls were made for.
#[derive(Debug, sqlx::FromRow)]
pub struct CallsFor {
    /// look, pull, push or settle.
    pub task: String,
    /// The kind of the run; none: it settles, whatever the kind.
    pub kind: Option<String>,
    /// How many.
    pub calls: i64,
}

/// Calls of the attempts of a workspace that began at `since` or later, by what they were made for, most first.
pub async fn by_purpose(db: &Db, scope: &TenantScope, since: i64) -> Result<Vec<CallsFor>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT j.task, r.kind, CAST(SUM(a.calls) AS BIGINT) AS calls FROM job_attempts a \
         JOIN jobs j ON j.tenant_id = a.tenant_id AND j.id = a.job_id \
         LEFT JOIN sync_runs r ON r.tenant_id = j.tenant_id AND r.id = j.run_id \
         WHERE a.started_at >= $2 AND a.tenant_id = $1 AND a.calls > 0 \
         GROUP BY j.task, r.kind ORDER BY calls DESC, j.task, r.kind",
    )
    .bind(scope.tenant())
    .bind(since)
    .fetch_all(db.reader())
    .await?)
}
