//! How far a run is with the feeds that it reads.

use std::collections::HashSet;

use sqlx::AnyConnection;

use super::{Db, StoreError};
use crate::access::TenantScope;

/// The feeds that the run has read to their end.
pub async fn read(db: &Db, scope: &TenantScope, run: &str) -> Result<HashSet<String>, StoreError> {
    let feeds: Vec<String> =
        sqlx::query_scalar("SELECT feed FROM sync_run_feeds WHERE tenant_id = $1 AND run_id = $2")
            .bind(scope.tenant())
            .bind(run)
            .fetch_all(db.reader())
            .await?;
    Ok(feeds.into_iter().collect())
}

/// Notes that the run has read a feed to its end.
pub async fn end(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    run: &str,
    feed: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sync_run_feeds (tenant_id, run_id, feed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(scope.tenant())
    .bind(run)
    .bind(feed)
    .execute(tx)
    .await?;
    Ok(())
}
