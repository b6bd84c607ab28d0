//! What happened in the sync, as one list: ends of runs, records that did not go through in one, tries of jobs that failed,
//! steps of writes. Each is a row already where it belongs; nothing is written twice to be listed here.

use sqlx::AnyConnection;

use super::{Db, StoreError};
use crate::access::TenantScope;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct LogRow {
    /// Names the line: where it comes from and its key there.
    pub entry: String,
    /// When, in microseconds.
    pub at: i64,
    /// error, warning or info.
    pub level: String,
    /// run, record, attempt or write.
    pub source: String,
    /// done, failed, cancelled; failed, unknown, review; retry, failed, lost; or the state that a write came to.
    pub what: String,
    /// contact, product or `sales_document`; none: the settling of a connection.
    pub kind: Option<String>,
    /// The run.
    pub run_id: Option<String>,
    /// The record here.
    pub record_id: Option<String>,
    /// Number or name, as it was then.
    pub label: Option<String>,
    /// The remote's document type.
    pub remote_type: Option<String>,
    /// The remote's id.
    pub external_id: Option<String>,
    /// The write.
    pub intent_id: Option<String>,
    /// Which try of the job.
    pub attempt: Option<i64>,
    /// Of contract §7.
    pub code: Option<String>,
    /// For people.
    pub sentence: Option<String>,
    /// Found exactly once in the program's own log.
    pub reference: Option<String>,
    /// When somebody marked it as resolved, in microseconds.
    pub resolved_at: Option<i64>,
    /// Who did.
    pub resolved_by: Option<String>,
}

/// Which lines; an empty text means all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Which<'a> {
    /// error, warning or info.
    pub level: &'a str,
    /// Of one kind.
    pub kind: &'a str,
    /// Of one run.
    pub run: &'a str,
    /// About one record here.
    pub record: &'a str,
}

const RUNS: &str = "SELECT 'run:' || r.id AS entry, r.finished_at AS at, \
     CASE r.state WHEN 'failed' THEN 'error' ELSE 'info' END AS level, 'run' AS source, r.state AS what, r.kind, \
     r.id AS run_id, CAST(NULL AS TEXT) AS record_id, CAST(NULL AS TEXT) AS label, CAST(NULL AS TEXT) AS remote_type, \
     CAST(NULL AS TEXT) AS external_id, CAST(NULL AS TEXT) AS intent_id, CAST(NULL AS BIGINT) AS attempt, \
     r.error_code AS code, r.error AS sentence, r.reference \
     FROM sync_runs r WHERE r.tenant_id = $1 AND r.finished_at IS NOT NULL";

const RECORDS: &str = "SELECT 'record:' || i.run_id || ':' || CAST(i.position AS TEXT), i.finished_at, \
     CASE i.outcome WHEN 'failed' THEN 'error' ELSE 'warning' END, 'record', i.outcome, r.kind, i.run_id, i.record_id, \
     i.label, i.remote_type, i.external_id, NULL, NULL, i.code, i.sentence, NULL \
     FROM sync_run_items i JOIN sync_runs r ON r.tenant_id = i.tenant_id AND r.id = i.run_id \
     WHERE i.tenant_id = $1 AND i.outcome IN ('failed', 'unknown', 'review') AND i.finished_at IS NOT NULL";

const ATTEMPTS: &str = "SELECT 'attempt:' || a.job_id || ':' || CAST(a.attempt AS TEXT), a.finished_at, \
     CASE a.outcome WHEN 'failed' THEN 'error' ELSE 'warning' END, 'attempt', a.outcome, r.kind, j.run_id, NULL, NULL, \
     NULL, NULL, NULL, a.attempt, NULL, a.error, NULL FROM job_attempts a \
     JOIN jobs j ON j.tenant_id = a.tenant_id AND j.id = a.job_id \
     LEFT JOIN sync_runs r ON r.tenant_id = j.tenant_id AND r.id = j.run_id \
     WHERE a.tenant_id = $1 AND a.outcome IN ('retry', 'failed', 'lost') AND a.finished_at IS NOT NULL";

const WRITES: &str = "SELECT 'write:' || s.intent_id || ':' || CAST(s.version AS TEXT), s.at, \
     CASE s.to_state WHEN 'refused' THEN 'error' WHEN 'unknown' THEN 'warning' WHEN 'needs_person' THEN 'warning' \
     ELSE 'info' END, 'write', s.to_state, w.kind, s.run_id, w.record_id, NULL, w.remote_type, NULL, s.intent_id, NULL, \
     NULL, s.said, NULL FROM intent_steps s JOIN intents w ON w.tenant_id = s.tenant_id AND w.id = s.intent_id \
     WHERE s.tenant_id = $1 AND s.to_state NOT IN ('prepared', 'sending') \
     AND (s.from_state IS NULL OR s.from_state <> s.to_state)";

/// A page of lines, the newest first, behind the line (its instant and its name) that an earlier page ended with.
pub async fn page(
    db: &Db,
    scope: &TenantScope,
    which: Which<'_>,
    (at, entry): (i64, &str),
    limit: i64,
) -> Result<Vec<LogRow>, StoreError> {
    // Each source gives its own newest lines before they are put together, so that a long history is not sorted whole.
    let newest = |source: &str| {
        format!(
            "SELECT * FROM (SELECT * FROM ({source}) b WHERE ($4 = '' OR b.level = $4) AND ($5 = '' OR b.kind = $5) \
             AND ($6 = '' OR b.run_id = $6) AND ($7 = '' OR b.record_id = $7) \
             AND (b.at < $2 OR (b.at = $2 AND b.entry < $3)) ORDER BY b.at DESC, b.entry DESC LIMIT $8) n"
        )
    };
    // Only the first part of a union names its columns.
    let named = |source: &str| format!("SELECT * FROM ({RUNS} AND 1 = 0 UNION ALL {source}) s");
    let sql = format!(
        "SELECT e.*, k.resolved_at, u.name AS resolved_by FROM ({} UNION ALL {} UNION ALL {} UNION ALL {}) e \
         LEFT JOIN log_resolved k ON k.tenant_id = $1 AND k.entry = e.entry LEFT JOIN users u ON u.id = k.resolved_by \
         ORDER BY e.at DESC, e.entry DESC LIMIT $8",
        newest(RUNS),
        newest(&named(RECORDS)),
        newest(&named(ATTEMPTS)),
        newest(&named(WRITES)),
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(at)
        .bind(entry)
        .bind(which.level)
        .bind(which.kind)
        .bind(which.run)
        .bind(which.record)
        .bind(limit)
        .fetch_all(db.reader())
        .await?)
}

/// Whether the workspace has such a line.
pub async fn exists(db: &Db, scope: &TenantScope, entry: &str) -> Result<bool, StoreError> {
    let sql = format!(
        "SELECT 1 FROM ({RUNS} UNION ALL {RECORDS} UNION ALL {ATTEMPTS} UNION ALL {WRITES}) e WHERE e.entry = $2"
    );
    let found: Option<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(entry)
        .fetch_optional(db.reader())
        .await?;
    Ok(found.is_some())
}

/// Marks a line as resolved; a second time changes nothing.
pub async fn resolve(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    entry: &str,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO log_resolved (tenant_id, entry, resolved_at, resolved_by) VALUES ($1, $2, $3, $4) \
         ON CONFLICT DO NOTHING",
    )
    .bind(scope.tenant())
    .bind(entry)
    .bind(now)
    .bind(scope.user().map(|user| user.as_str().to_owned()))
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes the mark away.
pub async fn reopen(tx: &mut AnyConnection, scope: &TenantScope, entry: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM log_resolved WHERE tenant_id = $1 AND entry = $2")
        .bind(scope.tenant())
        .bind(entry)
        .execute(tx)
        .await?;
    Ok(())
}
