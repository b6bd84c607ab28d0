//! What browsers are told, in an order that any instance can resume.

use sqlx::AnyConnection;

use super::{Db, StoreError};
use crate::access::TenantScope;

/// How many events a workspace keeps: a browser that was away for longer reloads.
pub const KEPT: i64 = 2_000;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Event {
    /// Place in the workspace's order, without gaps.
    pub seq: i64,
    /// run, button or documents.
    pub topic: String,
    /// JSON.
    pub payload: String,
}

/// Appends events. The sequence row stays locked until the transaction ends, so a reader never sees a later number
/// before an earlier one.
pub async fn append(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    events: &[(&'static str, String)],
    now: i64,
) -> Result<(), StoreError> {
    let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
    let last: i64 = sqlx::query_scalar(
        "INSERT INTO event_sequences (tenant_id, last) VALUES ($1, $2) \
         ON CONFLICT (tenant_id) DO UPDATE SET last = event_sequences.last + excluded.last RETURNING last",
    )
    .bind(scope.tenant())
    .bind(count)
    .fetch_one(&mut *tx)
    .await?;
    for (seq, (topic, payload)) in (last - count + 1..).zip(events) {
        sqlx::query(
            "INSERT INTO events (tenant_id, seq, topic, payload, created_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(scope.tenant())
        .bind(seq)
        .bind(*topic)
        .bind(payload.as_str())
        .bind(now)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Removes what is older than the kept number of events.
pub async fn trim(tx: &mut AnyConnection, scope: &TenantScope) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM events WHERE tenant_id = $1 \
         AND seq <= (SELECT last FROM event_sequences WHERE tenant_id = $1) - $2",
    )
    .bind(scope.tenant())
    .bind(KEPT)
    .execute(tx)
    .await?;
    Ok(())
}

/// Events after `seq`, oldest first.
pub async fn after(db: &Db, scope: &TenantScope, seq: i64, limit: i64) -> Result<Vec<Event>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT seq, topic, payload FROM events WHERE tenant_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
    )
    .bind(scope.tenant())
    .bind(seq)
    .bind(limit)
    .fetch_all(db.reader())
    .await?)
}

/// The number of the newest event; 0 before the first.
pub async fn last(db: &Db, scope: &TenantScope) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar("SELECT last FROM event_sequences WHERE tenant_id = $1")
        .bind(scope.tenant())
        .fetch_optional(db.reader())
        .await?
        .unwrap_or(0))
}
