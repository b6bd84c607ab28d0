//! How far a run is with the feeds that it reads.

use std::collections::HashSet;

use sqlx::AnyConnection;

use super::{Db, StoreError};
use crate::access::TenantScope;

/// A feed of a run.
#[derive(Clone, Copy, Debug)]
pub struct Feed<'a> {
    /// The run.
    pub run: &'a str,
    /// As in `feeds`.
    pub name: &'a str,
}

/// How far a run is with a feed.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    /// JSON.
    pub state: String,
    /// How many pages of ids there are.
    pub pages: i64,
    /// The ids that were seen.
    pub seen: HashSet<String>,
}

/// The feeds that the run has read to their end.
pub async fn read(db: &Db, scope: &TenantScope, run: &str) -> Result<HashSet<String>, StoreError> {
    let feeds: Vec<String> = sqlx::query_scalar(
        "SELECT feed FROM sync_run_feeds WHERE tenant_id = $1 AND run_id = $2 AND ended = 1",
    )
    .bind(scope.tenant())
    .bind(run)
    .fetch_all(db.reader())
    .await?;
    Ok(feeds.into_iter().collect())
}

/// How far the run is with a feed; none: nothing was kept yet.
pub async fn load(db: &Db, scope: &TenantScope, feed: Feed<'_>) -> Result<Option<Stored>, StoreError> {
    let state: Option<String> = sqlx::query_scalar(
        "SELECT state FROM sync_run_feeds WHERE tenant_id = $1 AND run_id = $2 AND feed = $3",
    )
    .bind(scope.tenant())
    .bind(feed.run)
    .bind(feed.name)
    .fetch_optional(db.reader())
    .await?;
    let Some(state) = state else { return Ok(None) };
    let pages: Vec<(i64, String)> = sqlx::query_as(
        "SELECT page, ids FROM sync_run_pages WHERE tenant_id = $1 AND run_id = $2 AND feed = $3 ORDER BY page",
    )
    .bind(scope.tenant())
    .bind(feed.run)
    .bind(feed.name)
    .fetch_all(db.reader())
    .await?;
    Ok(Some(Stored {
        state,
        pages: pages.last().map_or(0, |(page, _)| page + 1),
        seen: pages.iter().flat_map(|(_, ids)| ids.lines().map(str::to_owned)).collect(),
    }))
}

/// Keeps how far the run is with a feed, and the ids that it has seen since this was last kept, as this page of them.
pub async fn save(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    feed: Feed<'_>,
    state: &str,
    (page, ids): (i64, &[String]),
) -> Result<(), StoreError> {
    put(tx, scope, feed, state, false).await?;
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO sync_run_pages (tenant_id, run_id, feed, page, ids) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(scope.tenant())
    .bind(feed.run)
    .bind(feed.name)
    .bind(page)
    .bind(ids.join("\n"))
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes that the run has read a feed to its end, and forgets what was needed to get there.
pub async fn end(tx: &mut AnyConnection, scope: &TenantScope, feed: Feed<'_>) -> Result<(), StoreError> {
    put(tx, scope, feed, "{}", true).await?;
    sqlx::query("DELETE FROM sync_run_pages WHERE tenant_id = $1 AND run_id = $2 AND feed = $3")
        .bind(scope.tenant())
        .bind(feed.run)
        .bind(feed.name)
        .execute(tx)
        .await?;
    Ok(())
}

async fn put(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    feed: Feed<'_>,
    state: &str,
    ended: bool,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sync_run_feeds (tenant_id, run_id, feed, state, ended, carried) VALUES ($1, $2, $3, $4, $5, 0) \
         ON CONFLICT (tenant_id, run_id, feed) DO UPDATE SET state = excluded.state, ended = excluded.ended",
    )
    .bind(scope.tenant())
    .bind(feed.run)
    .bind(feed.name)
    .bind(state)
    .bind(i64::from(ended))
    .execute(tx)
    .await?;
    Ok(())
}

/// Lets a scan go on with the feeds that earlier scans of the kind, begun since an instant, have left unfinished. What
/// older ones have left is forgotten.
pub async fn carry_over(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    run: &str,
    (connection, kind): (&str, &str),
    since: i64,
) -> Result<(), StoreError> {
    let of_earlier_scans = "tenant_id = $1 AND run_id <> $2 AND ended = 0 AND run_id IN (SELECT id FROM sync_runs \
         WHERE tenant_id = $1 AND connection_id = $3 AND kind = $4 AND scans = 1";
    for sql in [
        format!("DELETE FROM sync_run_feeds WHERE {of_earlier_scans} AND created_at < $5)"),
        format!(
            "UPDATE sync_run_feeds SET run_id = $2, carried = 1 WHERE {of_earlier_scans} AND created_at >= $5)"
        ),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(scope.tenant())
            .bind(run)
            .bind(connection)
            .bind(kind)
            .bind(since)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

/// True when an earlier scan began to read what this run has read: it did not see all of it as it is now.
pub async fn is_carried(tx: &mut AnyConnection, scope: &TenantScope, run: &str) -> Result<bool, StoreError> {
    let found: Option<i64> = sqlx::query_scalar(
        "SELECT 1 FROM sync_run_feeds WHERE tenant_id = $1 AND run_id = $2 AND carried = 1 LIMIT 1",
    )
    .bind(scope.tenant())
    .bind(run)
    .fetch_optional(tx)
    .await?;
    Ok(found.is_some())
}

/// Forgets how far an ended run was, but for the feeds that it has left to the next one when it `leaves` them.
pub async fn forget(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    run: &str,
    leaves: bool,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sync_run_feeds WHERE tenant_id = $1 AND run_id = $2 AND (ended = 1 OR $3 = 0)")
        .bind(scope.tenant())
        .bind(run)
        .bind(i64::from(leaves))
        .execute(tx)
        .await?;
    Ok(())
}

/// Forgets everything that is left unfinished: it belonged to another company.
pub async fn forget_all(tx: &mut AnyConnection, scope: &TenantScope) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sync_run_feeds WHERE tenant_id = $1").bind(scope.tenant()).execute(tx).await?;
    Ok(())
}
