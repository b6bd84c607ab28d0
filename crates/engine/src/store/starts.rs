//! The start counter (design §5): how often the program has begun and gone on, for each data folder. Not tenant data.

use sqlx::AnyConnection;

use super::StoreError;
use crate::access::TenantScope;

/// Lets everybody else who counts wait until the transaction ends.
pub async fn lock(tx: &mut AnyConnection) -> Result<(), StoreError> {
    sqlx::query("UPDATE starts SET count = count").execute(tx).await?;
    Ok(())
}

/// How far a place has counted; none: it never has.
pub async fn count(tx: &mut AnyConnection, place: &str) -> Result<Option<i64>, StoreError> {
    Ok(sqlx::query_scalar("SELECT count FROM starts WHERE place = $1").bind(place).fetch_optional(tx).await?)
}

/// When a place counted last, whichever it was; none: none ever has.
pub async fn last_seen(tx: &mut AnyConnection) -> Result<Option<i64>, StoreError> {
    Ok(sqlx::query_scalar("SELECT MAX(seen_at) FROM starts").fetch_one(tx).await?)
}

/// Notes how far a place has counted.
pub async fn put(tx: &mut AnyConnection, place: &str, count: i64, now: i64) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO starts (place, count, seen_at) VALUES ($1, $2, $3) \
         ON CONFLICT (place) DO UPDATE SET count = excluded.count, seen_at = excluded.seen_at",
    )
    .bind(place)
    .bind(count)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// The workspaces with a connection. Crosses workspaces: only `access` turns one into a scope.
pub async fn connected(tx: &mut AnyConnection) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar("SELECT tenant_id FROM connections ORDER BY tenant_id").fetch_all(tx).await?)
}

/// Pauses the workspace's connection because the database was restored, and forgets what was seen: the first look reads
/// everything, and until then nobody knows what a record here matches. What a person paused stays paused by them.
pub async fn pause_restored(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    reason: &str,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE connections SET state_reason = CASE WHEN state = 'paused' THEN state_reason ELSE $2 END, \
         state_since = CASE WHEN state = 'paused' THEN state_since ELSE $3 END, \
         state_by = CASE WHEN state = 'paused' THEN state_by ELSE NULL END, \
         state = 'paused', restored_at = $3 WHERE tenant_id = $1",
    )
    .bind(scope.tenant())
    .bind(reason.to_owned())
    .bind(now)
    .execute(&mut *tx)
    .await?;
    for sql in [
        "UPDATE feeds SET watermark = NULL, ended_at = NULL, scanned_at = NULL WHERE tenant_id = $1",
        "UPDATE connection_kinds SET looked_at = NULL WHERE tenant_id = $1",
    ] {
        sqlx::query(sql).bind(scope.tenant()).execute(&mut *tx).await?;
    }
    Ok(())
}
