//! Ending a run early: a person asks, and whoever works on the run ends it.

use sqlx::AnyConnection;

use crate::access::TenantScope;
use crate::store::StoreError;

/// Notes that a person cancelled a run, and has its job be claimed at once. False: it has ended, or was cancelled before.
pub async fn ask_to_cancel(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
    now: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE sync_runs SET cancel_asked_at = $3, cancelled_by = $4 WHERE tenant_id = $1 AND id = $2 \
         AND state IN ('queued', 'running') AND cancel_asked_at IS NULL",
    )
    .bind(scope.tenant())
    .bind(id)
    .bind(now)
    .bind(scope.user().map(|user| user.as_str().to_owned()))
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "UPDATE jobs SET due_at = $3 WHERE tenant_id = $1 AND run_id = $2 AND state = 'queued' AND due_at > $3",
    )
    .bind(scope.tenant())
    .bind(id)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether a person cancelled a run.
pub async fn is_cancel_asked(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
) -> Result<bool, StoreError> {
    let asked: Option<i64> = sqlx::query_scalar(
        "SELECT 1 FROM sync_runs WHERE tenant_id = $1 AND id = $2 AND cancel_asked_at IS NOT NULL",
    )
    .bind(scope.tenant())
    .bind(id)
    .fetch_optional(tx)
    .await?;
    Ok(asked.is_some())
}

/// Leaves out every item that is still to do, and returns how many there were.
pub async fn skip_items(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    run: &str,
    (code, sentence): (&str, &str),
    now: i64,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "UPDATE sync_run_items SET outcome = 'skipped', code = $3, sentence = $4, finished_at = $5 \
         WHERE tenant_id = $1 AND run_id = $2 AND outcome IS NULL",
    )
    .bind(scope.tenant())
    .bind(run)
    .bind(code)
    .bind(sentence)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

/// Ends a run that a person cancelled.
pub async fn cancel(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE sync_runs SET state = 'cancelled', phase = 'end', finished_at = $3 \
         WHERE tenant_id = $1 AND id = $2 AND state IN ('queued', 'running')",
    )
    .bind(scope.tenant())
    .bind(id)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}
