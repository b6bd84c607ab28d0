//! Connections, what was decided for each kind on them, and the feeds they read.

use sqlx::AnyConnection;

use super::{Db, StoreError};
use crate::access::TenantScope;

/// A connection as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ConnectionRow {
    /// UUIDv7.
    pub id: String,
    /// Metakocka's company id.
    pub company_id: String,
    /// Address of the API.
    pub base_url: String,
    /// The sealed key.
    pub secret_sealed: String,
    /// Its last four characters.
    pub secret_last4: String,
    /// active, paused or key_refused.
    pub state: String,
    /// Why it is not active, for people.
    pub state_reason: Option<String>,
    /// Microseconds.
    pub state_since: i64,
    /// Name of the person who paused it.
    pub state_by_name: Option<String>,
    /// First day in scope.
    pub scope_from: String,
    /// Comma list of remote document types in scope.
    pub scope_types: String,
    /// When the database was last found to be restored from a copy.
    pub restored_at: Option<i64>,
    /// Comma list of the document types whose search offers the unpaid filter; none: not asked yet.
    pub filters: Option<String>,
}

const SELECT: &str = "SELECT c.id, c.company_id, c.base_url, c.secret_sealed, c.secret_last4, c.state, c.state_reason, \
     c.state_since, u.name AS state_by_name, c.scope_from, c.scope_types, c.restored_at, c.filters \
     FROM connections c LEFT JOIN users u ON u.id = c.state_by WHERE c.tenant_id = $1";

/// The workspace's connection, if it has one.
pub async fn connection(db: &Db, scope: &TenantScope) -> Result<Option<ConnectionRow>, StoreError> {
    Ok(sqlx::query_as(SELECT).bind(scope.tenant()).fetch_optional(db.reader()).await?)
}

/// What a new connection starts with.
#[derive(Debug)]
pub struct NewConnection<'a> {
    /// UUIDv7.
    pub id: &'a str,
    /// Metakocka's company id.
    pub company_id: &'a str,
    /// Address of the API.
    pub base_url: &'a str,
    /// The sealed key.
    pub secret_sealed: &'a str,
    /// Its last four characters.
    pub secret_last4: &'a str,
    /// First day in scope.
    pub scope_from: &'a str,
    /// Comma list of remote document types in scope.
    pub scope_types: &'a str,
    /// Microseconds.
    pub now: i64,
}

/// Stores a new connection with its kinds. A kind without records of its own in the CRM needs no confirmation of
/// the matching (policy F): `confirmed` says which those are.
pub async fn insert_connection(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    new: &NewConnection<'_>,
    kinds: &[(&'static str, bool)],
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO connections (tenant_id, id, company_id, base_url, secret_sealed, secret_last4, state, state_since, \
         scope_from, scope_types, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, 'active', $7, $8, $9, $7, $7)",
    )
    .bind(scope.tenant())
    .bind(new.id)
    .bind(new.company_id)
    .bind(new.base_url)
    .bind(new.secret_sealed)
    .bind(new.secret_last4)
    .bind(new.now)
    .bind(new.scope_from)
    .bind(new.scope_types)
    .execute(&mut *tx)
    .await?;
    for (kind, confirmed) in kinds {
        sqlx::query(
            "INSERT INTO connection_kinds (tenant_id, connection_id, kind, direction, create_here, create_there, \
             matching_confirmed_at, check_failures) VALUES ($1, $2, $3, 'both', 1, 1, $4, 0)",
        )
        .bind(scope.tenant())
        .bind(new.id)
        .bind(*kind)
        .bind(confirmed.then_some(new.now))
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Replaces address and, when given, the key of the connection; it becomes active again.
pub async fn update_connection(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    base_url: &str,
    sealed: Option<(&str, &str)>,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE connections SET base_url = $2, secret_sealed = COALESCE($3, secret_sealed), \
         secret_last4 = COALESCE($4, secret_last4), state = 'active', state_reason = NULL, state_since = $5, \
         state_by = NULL, updated_at = $5 WHERE tenant_id = $1",
    )
    .bind(scope.tenant())
    .bind(base_url)
    .bind(sealed.map(|(text, _)| text.to_owned()))
    .bind(sealed.map(|(_, last4)| last4.to_owned()))
    .bind(now)
    .execute(&mut *tx)
    .await?;
    // What was to be waited for belonged to the connection as it was.
    sqlx::query(
        "UPDATE connection_kinds SET check_failures = 0, next_try_at = NULL, next_scan_at = NULL WHERE tenant_id = $1",
    )
    .bind(scope.tenant())
    .execute(tx)
    .await?;
    Ok(())
}

/// Replaces the company of a connection that has no links yet.
pub async fn change_company(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    company_id: &str,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE connections SET company_id = $2, filters = NULL WHERE tenant_id = $1")
        .bind(scope.tenant())
        .bind(company_id)
        .execute(&mut *tx)
        .await?;
    sqlx::query("DELETE FROM feeds WHERE tenant_id = $1").bind(scope.tenant()).execute(&mut *tx).await?;
    super::run_feeds::forget_all(tx, scope).await?;
    sqlx::query("DELETE FROM mirror WHERE tenant_id = $1").bind(scope.tenant()).execute(&mut *tx).await?;
    sqlx::query("DELETE FROM match_refusals WHERE tenant_id = $1")
        .bind(scope.tenant())
        .execute(&mut *tx)
        .await?;
    sqlx::query(
        "UPDATE connection_kinds SET looked_at = NULL, check_outcome = NULL, check_sentence = NULL, \
         check_reference = NULL, check_at = NULL, check_failures = 0, next_try_at = NULL, next_scan_at = NULL WHERE tenant_id = $1",
    )
    .bind(scope.tenant())
    .execute(tx)
    .await?;
    Ok(())
}

/// Records of which kinds the matching counts as confirmed now; of the others it is to be confirmed.
pub async fn set_confirmed(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    connection: &str,
    kinds: &[(&'static str, bool)],
    now: i64,
) -> Result<(), StoreError> {
    for (kind, confirmed) in kinds {
        sqlx::query(
            "UPDATE connection_kinds SET matching_confirmed_at = $4 \
             WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3",
        )
        .bind(scope.tenant())
        .bind(connection)
        .bind(*kind)
        .bind(confirmed.then_some(now))
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Moves the connection into another state, with the sentence that says why.
pub async fn set_state(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    state: &str,
    reason: Option<&str>,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE connections SET state = $2, state_reason = $3, state_since = $4, state_by = $5 \
         WHERE tenant_id = $1 AND state <> $2",
    )
    .bind(scope.tenant())
    .bind(state.to_owned())
    .bind(reason.map(str::to_owned))
    .bind(now)
    .bind(scope.user().map(|user| user.as_str().to_owned()))
    .execute(tx)
    .await?;
    Ok(())
}

/// Remembers which search filters this company's Metakocka offers.
pub async fn set_filters(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    filters: &str,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE connections SET filters = $2 WHERE tenant_id = $1")
        .bind(scope.tenant())
        .bind(filters)
        .execute(tx)
        .await?;
    Ok(())
}

/// What was decided for one kind, and how the last check went.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct KindRow {
    /// both, from_remote, to_remote or off.
    pub direction: String,
    /// 1: may be created here.
    pub create_here: i64,
    /// 1: may be created in Metakocka.
    pub create_there: i64,
    /// Microseconds; none: the owner has not confirmed the matching.
    pub matching_confirmed_at: Option<i64>,
    /// When the last complete look ended.
    pub looked_at: Option<i64>,
    /// ok, no_answer, bad_answer or quota.
    pub check_outcome: Option<String>,
    /// For people, when the last check did not end well.
    pub check_sentence: Option<String>,
    /// Found once in the log.
    pub check_reference: Option<String>,
    /// When the last check ended.
    pub check_at: Option<i64>,
    /// Checks that ended badly since one ended well.
    pub check_failures: i64,
    /// Next automatic try after a failed check.
    pub next_try_at: Option<i64>,
}

/// The settings and last check of one kind.
pub async fn kind(
    db: &Db,
    scope: &TenantScope,
    connection: &str,
    kind: &str,
) -> Result<Option<KindRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT direction, create_here, create_there, matching_confirmed_at, looked_at, check_outcome, check_sentence, \
         check_reference, check_at, check_failures, next_try_at FROM connection_kinds \
         WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3",
    )
    .bind(scope.tenant())
    .bind(connection)
    .bind(kind)
    .fetch_optional(db.reader())
    .await?)
}

/// How a check ended.
#[derive(Debug)]
pub struct CheckEnd<'a> {
    /// ok, no_answer, bad_answer or quota.
    pub outcome: &'static str,
    /// For people, when it did not end well.
    pub sentence: Option<&'a str>,
    /// Found once in the log.
    pub reference: Option<&'a str>,
    /// Next automatic try.
    pub next_try_at: Option<i64>,
    /// Microseconds.
    pub at: i64,
}

/// Records how a check of `kind` ended. A good one moves the time of the last complete look.
pub async fn end_check(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    connection: &str,
    kind: &str,
    end: &CheckEnd<'_>,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE connection_kinds SET check_outcome = $4, check_sentence = $5, check_reference = $6, check_at = $7, \
         check_failures = CASE WHEN $4 = 'ok' THEN 0 ELSE check_failures + 1 END, next_try_at = $8, \
         looked_at = CASE WHEN $4 = 'ok' THEN $7 ELSE looked_at END \
         WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3",
    )
    .bind(scope.tenant())
    .bind(connection)
    .bind(kind)
    .bind(end.outcome)
    .bind(end.sentence.map(str::to_owned))
    .bind(end.reference.map(str::to_owned))
    .bind(end.at)
    .bind(end.next_try_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// The kinds, over all workspaces, whose automatic try is due. Crosses workspaces: only `access` turns a row into
/// a scope.
pub async fn due_tries(db: &Db, now: i64, limit: i64) -> Result<Vec<(String, String)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT k.tenant_id, k.kind FROM connection_kinds k \
         JOIN connections c ON c.tenant_id = k.tenant_id AND c.id = k.connection_id \
         WHERE k.next_try_at <= $1 AND c.state = 'active' ORDER BY k.next_try_at LIMIT $2",
    )
    .bind(now)
    .bind(limit)
    .fetch_all(db.reader())
    .await?)
}

/// A sealed key of the installation, with the workspace and connection that it is bound to: whether there is any, and
/// one to try the installation's key on. Crosses workspaces.
pub async fn any_sealed(db: &Db) -> Result<Option<(String, String, String)>, StoreError> {
    Ok(sqlx::query_as("SELECT tenant_id, id, secret_sealed FROM connections ORDER BY id DESC LIMIT 1")
        .fetch_optional(db.reader())
        .await?)
}

/// The workspaces of which a feed was last scanned before this instant and whose scan may begin `now`. Crosses
/// workspaces: only `access` turns one into a scope.
pub async fn due_scans(
    db: &Db,
    kind: &str,
    before: i64,
    now: i64,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT DISTINCT f.tenant_id FROM feeds f \
         JOIN connections c ON c.tenant_id = f.tenant_id AND c.id = f.connection_id \
         JOIN connection_kinds k ON k.tenant_id = c.tenant_id AND k.connection_id = c.id AND k.kind = $1 \
         WHERE c.state = 'active' AND f.scanned_at < $2 AND (k.next_scan_at IS NULL OR k.next_scan_at <= $3) \
         ORDER BY f.tenant_id LIMIT $4",
    )
    .bind(kind)
    .bind(before)
    .bind(now)
    .bind(limit)
    .fetch_all(db.reader())
    .await?)
}

/// Sets before when the schedule begins no scan of the kind; none: it may at any time.
pub async fn set_next_scan(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    connection: &str,
    kind: &str,
    at: Option<i64>,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE connection_kinds SET next_scan_at = $4 WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3",
    )
    .bind(scope.tenant())
    .bind(connection)
    .bind(kind)
    .bind(at)
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes the due automatic try of a kind, so that it is started once however many workers saw it. False: it is not due,
/// or no longer.
pub async fn take_due_try(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    connection: &str,
    kind: &str,
    now: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE connection_kinds SET next_try_at = NULL \
         WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3 AND next_try_at <= $4",
    )
    .bind(scope.tenant())
    .bind(connection)
    .bind(kind)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// When a feed was last read completely.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct FeedRow {
    /// Start of the first request of the last complete pass.
    pub watermark: Option<i64>,
    /// When the last complete pass ended.
    pub ended_at: Option<i64>,
    /// When the run began that completed the last scan.
    pub scanned_at: Option<i64>,
}

/// When `feed` was last read; never is the default.
pub async fn feed(db: &Db, scope: &TenantScope, connection: &str, feed: &str) -> Result<FeedRow, StoreError> {
    Ok(sqlx::query_as(
        "SELECT watermark, ended_at, scanned_at FROM feeds WHERE tenant_id = $1 AND connection_id = $2 AND feed = $3",
    )
    .bind(scope.tenant())
    .bind(connection)
    .bind(feed)
    .fetch_optional(db.reader())
    .await?
    .unwrap_or_default())
}

/// Records a complete pass over `feed` from its first request to its end; `scanned_at` is when the run began that scanned
/// it, if it was a scan. One that an earlier run began, before the last look did, moves no watermark back.
pub async fn end_pass(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    connection: &str,
    feed: &str,
    (watermark, ended_at): (i64, i64),
    scanned_at: Option<i64>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO feeds (tenant_id, connection_id, feed, watermark, ended_at, scanned_at) \
         VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (tenant_id, connection_id, feed) DO UPDATE SET watermark = \
         CASE WHEN feeds.watermark > excluded.watermark THEN feeds.watermark ELSE excluded.watermark END, \
         ended_at = excluded.ended_at, \
         scanned_at = COALESCE(excluded.scanned_at, feeds.scanned_at)",
    )
    .bind(scope.tenant())
    .bind(connection)
    .bind(feed)
    .bind(watermark)
    .bind(ended_at)
    .bind(scanned_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// The first issue of an invoice that was seen in the workspace, as wall time: before it, a missing one says nothing
/// (policy E).
pub async fn first_issue(
    connection: &mut AnyConnection,
    scope: &TenantScope,
) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar("SELECT MIN(issued_at) FROM sales_documents WHERE tenant_id = $1")
        .bind(scope.tenant())
        .fetch_one(connection)
        .await?)
}
