//! Runs and their items: what was asked for, how far it is, what came of each record.

mod cancel;

use sqlx::AnyConnection;
use sync_core::record::RecordKind;

use super::erase::{self, ERASED};
use super::{Db, Rows, StoreError};
use crate::access::TenantScope;

pub use cancel::{ask_to_cancel, cancel, is_cancel_asked, skip_items};

/// A run as stored.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct RunRow {
    /// UUIDv7.
    pub id: String,
    /// The connection.
    pub connection_id: String,
    /// contact, product or sales_document.
    pub kind: String,
    /// manual, api, schedule or command.
    pub cause: String,
    /// 1: looks in the remote.
    pub looks: i64,
    /// 1: the look is a scan.
    pub scans: i64,
    /// 1: takes what can be taken.
    pub pulls: i64,
    /// 1: sends what can be sent.
    pub pushes: i64,
    /// all, or a digest of the records asked for.
    pub selection: String,
    /// Name of the person.
    pub requested_by_name: Option<String>,
    /// queued, running, done, failed or cancelled.
    pub state: String,
    /// look, pull or end.
    pub phase: String,
    /// Records to settle.
    pub total: i64,
    /// Records by outcome.
    pub created: i64,
    /// Records by outcome.
    pub updated: i64,
    /// Records by outcome.
    pub unchanged: i64,
    /// Records by outcome.
    pub failed: i64,
    /// Records by outcome.
    pub unknown: i64,
    /// Records by outcome.
    pub review: i64,
    /// Records by outcome.
    pub skipped: i64,
    /// Requests sent.
    pub calls: i64,
    /// Of a run that failed as a whole.
    pub error_code: Option<String>,
    /// For people.
    pub error: Option<String>,
    /// Found once in the log.
    pub reference: Option<String>,
    /// Microseconds.
    pub created_at: i64,
    /// Microseconds.
    pub started_at: Option<i64>,
    /// Microseconds.
    pub finished_at: Option<i64>,
    /// When a person cancelled it.
    pub cancel_asked_at: Option<i64>,
    /// Name of that person.
    pub cancelled_by_name: Option<String>,
}

const COLUMNS: &str = "SELECT r.id, r.connection_id, r.kind, r.cause, r.looks, r.scans, r.pulls, r.pushes, r.selection, \
     u.name AS requested_by_name, r.state, r.phase, r.total, r.created, r.updated, r.unchanged, r.failed, r.unknown, \
     r.review, r.skipped, r.calls, r.error_code, r.error, r.reference, r.created_at, r.started_at, r.finished_at, \
     r.cancel_asked_at, c.name AS cancelled_by_name \
     FROM sync_runs r LEFT JOIN users u ON u.id = r.requested_by LEFT JOIN users c ON c.id = r.cancelled_by WHERE r.tenant_id = $1 AND ";

/// What a new run is.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column")]
pub struct NewRun<'a> {
    /// UUIDv7.
    pub id: &'a str,
    /// The connection.
    pub connection: &'a str,
    /// contact, product or sales_document.
    pub kind: &'a str,
    /// manual, api, schedule or command.
    pub cause: &'a str,
    /// Looks in the remote.
    pub looks: bool,
    /// The look is a scan.
    pub scans: bool,
    /// Takes what can be taken.
    pub pulls: bool,
    /// Sends what can be sent.
    pub pushes: bool,
    /// all, or a digest of the records asked for.
    pub selection: &'a str,
    /// Microseconds.
    pub now: i64,
}

/// Stores a new run. False: another run of the kind is unfinished, and nothing was stored.
pub async fn insert(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    new: &NewRun<'_>,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO sync_runs (tenant_id, id, connection_id, kind, cause, looks, scans, pulls, pushes, selection, requested_by, state, \
         phase, total, created, updated, unchanged, failed, unknown, review, skipped, calls, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $12, $7, $13, $8, $9, 'queued', $10, 0, 0, 0, 0, 0, 0, 0, 0, 0, $11) \
         ON CONFLICT DO NOTHING",
    )
    .bind(scope.tenant())
    .bind(new.id)
    .bind(new.connection)
    .bind(new.kind)
    .bind(new.cause)
    .bind(i64::from(new.looks))
    .bind(i64::from(new.pulls))
    .bind(new.selection)
    .bind(scope.user().map(|user| user.as_str().to_owned()))
    .bind(if new.looks { "look" } else if new.pulls { "pull" } else { "push" })
    .bind(new.now)
    .bind(i64::from(new.scans))
    .bind(i64::from(new.pushes))
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// One run.
pub async fn run(db: &Db, scope: &TenantScope, id: &str) -> Result<Option<RunRow>, StoreError> {
    Ok(sqlx::query_as(select("r.id = $2")).bind(scope.tenant()).bind(id).fetch_optional(db.reader()).await?)
}

/// Runs before the one with this id, newest first.
pub async fn before(
    db: &Db,
    scope: &TenantScope,
    id: Option<&str>,
    limit: i64,
) -> Result<Vec<RunRow>, StoreError> {
    Ok(sqlx::query_as(select("($2 = '' OR r.id < $2) ORDER BY r.id DESC LIMIT $3"))
        .bind(scope.tenant())
        .bind(id.unwrap_or_default())
        .bind(limit)
        .fetch_all(db.reader())
        .await?)
}

/// One run, as the transaction sees it.
pub async fn run_in(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
) -> Result<Option<RunRow>, StoreError> {
    Ok(sqlx::query_as(select("r.id = $2")).bind(scope.tenant()).bind(id).fetch_optional(tx).await?)
}

/// The unfinished run of a kind, if there is one.
pub async fn unfinished(db: &Db, scope: &TenantScope, kind: &str) -> Result<Option<RunRow>, StoreError> {
    Ok(sqlx::query_as(select("r.kind = $2 AND r.state IN ('queued', 'running')"))
        .bind(scope.tenant())
        .bind(kind)
        .fetch_optional(db.reader())
        .await?)
}

fn select(condition: &'static str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("{COLUMNS}{condition}"))
}

/// True when a run of any kind is unfinished.
pub async fn any_unfinished(tx: &mut AnyConnection, scope: &TenantScope) -> Result<bool, StoreError> {
    let found: Option<i64> = sqlx::query_scalar(
        "SELECT 1 FROM sync_runs WHERE tenant_id = $1 AND state IN ('queued', 'running') LIMIT 1",
    )
    .bind(scope.tenant())
    .fetch_optional(tx)
    .await?;
    Ok(found.is_some())
}

/// Calls that the schedule's scans of a company have made since an instant, whichever workspaces are connected to it.
pub async fn scan_calls_since(
    db: &Db,
    _: &TenantScope,
    company: (&str, &str),
    since: i64,
) -> Result<i64, StoreError> {
    let (company_id, base_url) = company;
    Ok(sqlx::query_scalar(
        "SELECT CAST(COALESCE(SUM(r.calls), 0) AS BIGINT) FROM sync_runs r \
         JOIN connections c ON c.tenant_id = r.tenant_id AND c.id = r.connection_id \
         WHERE c.company_id = $1 AND c.base_url = $2 AND r.scans = 1 AND r.cause = 'schedule' AND r.created_at >= $3",
    )
    .bind(company_id)
    .bind(base_url)
    .bind(since)
    .fetch_one(db.reader())
    .await?)
}

/// How many of the schedule's scans of a kind have failed since an instant.
pub async fn failed_scans_since(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    connection: &str,
    kind: &str,
    since: i64,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT COUNT(*) FROM sync_runs WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3 AND scans = 1 \
         AND cause = 'schedule' AND state = 'failed' AND created_at >= $4",
    )
    .bind(scope.tenant())
    .bind(connection)
    .bind(kind)
    .bind(since)
    .fetch_one(tx)
    .await?)
}

/// Marks a run as begun; a second time changes nothing.
pub async fn begin(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE sync_runs SET state = 'running', started_at = $3 \
         WHERE tenant_id = $1 AND id = $2 AND state = 'queued'",
    )
    .bind(scope.tenant())
    .bind(id)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// How many records ended in which way: added to a run's counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records that were found to be settled.
    pub total: i64,
    /// Created here.
    pub created: i64,
    /// Updated here.
    pub updated: i64,
    /// Already equal.
    pub unchanged: i64,
    /// Failed.
    pub failed: i64,
    /// Outcome unknown.
    pub unknown: i64,
    /// Wait for a person.
    pub review: i64,
    /// Left out.
    pub skipped: i64,
    /// Requests sent.
    pub calls: i64,
}

impl Counts {
    /// True when there is nothing to add.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

/// Adds to the counters of a run.
pub async fn add(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
    counts: &Counts,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE sync_runs SET total = total + $3, created = created + $4, updated = updated + $5, \
         unchanged = unchanged + $6, failed = failed + $7, review = review + $8, skipped = skipped + $9, \
         calls = calls + $10, unknown = unknown + $11 WHERE tenant_id = $1 AND id = $2",
    )
    .bind(scope.tenant())
    .bind(id)
    .bind(counts.total)
    .bind(counts.created)
    .bind(counts.updated)
    .bind(counts.unchanged)
    .bind(counts.failed)
    .bind(counts.review)
    .bind(counts.skipped)
    .bind(counts.calls)
    .bind(counts.unknown)
    .execute(tx)
    .await?;
    Ok(())
}

/// How a run ends.
#[derive(Debug, Default)]
pub struct RunEnd<'a> {
    /// Code of a run that failed as a whole.
    pub code: Option<&'a str>,
    /// For people.
    pub sentence: Option<&'a str>,
    /// Found once in the log.
    pub reference: Option<&'a str>,
}

/// Ends a run: done, or failed when `end` carries a code.
pub async fn finish(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
    end: &RunEnd<'_>,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE sync_runs SET state = $3, phase = 'end', error_code = $4, error = $5, reference = $6, finished_at = $7 \
         WHERE tenant_id = $1 AND id = $2 AND state IN ('queued', 'running')",
    )
    .bind(scope.tenant())
    .bind(id)
    .bind(if end.code.is_some() { "failed" } else { "done" })
    .bind(end.code.map(str::to_owned))
    .bind(end.sentence.map(str::to_owned))
    .bind(end.reference.map(str::to_owned))
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// One item of a run as stored.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ItemRow {
    /// From 0.
    pub position: i64,
    /// The remote's document type.
    pub remote_type: String,
    /// The remote's id.
    pub external_id: String,
    /// Number or name.
    pub label: String,
    /// The local record.
    pub record_id: Option<String>,
    /// None: still to do.
    pub outcome: Option<String>,
    /// Of contract §7.
    pub code: Option<String>,
    /// For people.
    pub sentence: Option<String>,
    /// What to do.
    pub advice: Option<String>,
}

/// Plans the items of a pull over everything that can be taken now (rows 12 and 20), newest first, and returns how many there are.
pub async fn plan_all(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    run: &str,
    connection: &str,
    kind: &str,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "INSERT INTO sync_run_items (tenant_id, run_id, position, remote_type, external_id, label) \
         SELECT $1, $2, ROW_NUMBER() OVER (ORDER BY t.list_key DESC, t.external_id) - 1, t.remote_type, t.external_id, t.number \
         FROM (SELECT m.remote_type, m.external_id, m.number, m.list_key FROM mirror m \
               WHERE m.tenant_id = $1 AND m.connection_id = $3 AND m.kind = $4 AND m.plan_row = 12 AND m.sync_reason = 'to_take' \
               UNION ALL \
               SELECT m.remote_type, m.external_id, m.number, m.list_key FROM links l \
               JOIN mirror m ON m.tenant_id = l.tenant_id AND m.connection_id = l.connection_id AND m.kind = l.kind \
                AND m.remote_type = l.remote_type AND m.external_id = l.external_id \
               WHERE l.tenant_id = $1 AND l.connection_id = $3 AND l.kind = $4 AND l.plan_row = 20 AND l.sync_reason = 'to_take') t",
    )
    .bind(scope.tenant())
    .bind(run)
    .bind(connection)
    .bind(kind)
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

/// What a push of all sends: what can be sent now (rows 16, 21 and 22), and the documents that wait for nothing but what
/// they name, because sending them brings that first.
pub(super) const SENDABLE: &str = "(COALESCE(l.sync_reason, d.sync_reason) IN ('to_send', 'to_merge') \
     OR COALESCE(l.sync_reason, d.sync_reason) = 'waiting' AND COALESCE(l.plan_row, d.plan_row) IN (16, 21, 22))";

/// Plans the items of a push: these records, or, with none named, all of the kind that can be sent, oldest first, and
/// returns how many there are.
pub async fn plan_push(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    run: &str,
    kind: RecordKind,
    records: Option<&[String]>,
) -> Result<u64, StoreError> {
    let (table, column) = super::records::table(kind);
    let label = super::records::label(kind);
    let (which, named) = match records {
        None => (SENDABLE.to_owned(), &[] as &[String]),
        Some(records) => (format!("d.id IN ({})", super::rows::list(3, records.len().max(1))), records),
    };
    let sql = format!(
        "INSERT INTO sync_run_items (tenant_id, run_id, position, remote_type, external_id, label, record_id) \
         SELECT $1, $2, ROW_NUMBER() OVER (ORDER BY d.id) - 1, '', '', {label}, d.id FROM {table} d \
         LEFT JOIN links l ON l.tenant_id = d.tenant_id AND l.{column} = d.id AND l.role = 'primary' \
         WHERE d.tenant_id = $1 AND d.deleted_at IS NULL AND {which}"
    );
    let mut query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(scope.tenant()).bind(run);
    for record in named {
        query = query.bind(record.as_str());
    }
    Ok(query.execute(tx).await?.rows_affected())
}

/// What came of one item, or a planned item when `outcome` is none.
#[derive(Clone, Debug)]
pub struct Item {
    /// From 0.
    pub position: i64,
    /// The remote's document type.
    pub remote_type: String,
    /// The remote's id.
    pub external_id: String,
    /// Number or name.
    pub label: String,
    /// The local record.
    pub record_id: Option<String>,
    /// One of the outcomes of the schema.
    pub outcome: Option<&'static str>,
    /// Of contract §7.
    pub code: Option<&'static str>,
    /// For people.
    pub sentence: Option<String>,
    /// What to do.
    pub advice: Option<String>,
    /// Microseconds.
    pub finished_at: Option<i64>,
}

/// Stores items, or their outcomes when they were planned before.
pub async fn put_items(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    run: &str,
    items: &[Item],
) -> Result<(), StoreError> {
    let mut rows = Rows::new(
        "INSERT INTO sync_run_items (tenant_id, run_id, position, remote_type, external_id, label, record_id, outcome, \
         code, sentence, advice, finished_at)",
        12,
        "ON CONFLICT (tenant_id, run_id, position) DO UPDATE SET remote_type = excluded.remote_type, \
         external_id = excluded.external_id, label = excluded.label, record_id = excluded.record_id, outcome = excluded.outcome, code = excluded.code, sentence = excluded.sentence, advice = excluded.advice, \
         finished_at = excluded.finished_at",
    );
    // Only contacts are erased, and those have no type. One may have been since its item was planned.
    let parties = items.iter().filter(|item| item.remote_type.is_empty());
    let parties: Vec<&str> = parties.filter_map(|item| item.record_id.as_deref()).collect();
    let erased = erase::among(&mut *tx, scope, &parties).await?;
    for item in items {
        let is_erased = item.record_id.as_ref().is_some_and(|record| erased.contains(record));
        let said = |text: &Option<String>| text.clone().filter(|_| !is_erased);
        rows.row()
            .bind(scope.tenant().to_owned())
            .bind(run.to_owned())
            .bind(item.position)
            .bind(item.remote_type.clone())
            .bind(item.external_id.clone())
            .bind(if is_erased { ERASED.to_owned() } else { item.label.clone() })
            .bind(item.record_id.clone())
            .bind(item.outcome.map(str::to_owned))
            .bind(item.code.map(str::to_owned))
            .bind(said(&item.sentence))
            .bind(said(&item.advice))
            .bind(item.finished_at);
    }
    rows.execute(tx).await?;
    Ok(())
}

/// The next items that are still to do.
pub async fn next_items(
    db: &Db,
    scope: &TenantScope,
    run: &str,
    limit: i64,
) -> Result<Vec<ItemRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT position, remote_type, external_id, label, record_id, outcome, code, sentence, advice \
         FROM sync_run_items WHERE tenant_id = $1 AND run_id = $2 AND outcome IS NULL ORDER BY position LIMIT $3",
    )
    .bind(scope.tenant())
    .bind(run)
    .bind(limit)
    .fetch_all(db.reader())
    .await?)
}

/// The first item of a run, settled or not.
pub async fn first_item(db: &Db, scope: &TenantScope, run: &str) -> Result<Option<ItemRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT position, remote_type, external_id, label, record_id, outcome, code, sentence, advice \
         FROM sync_run_items WHERE tenant_id = $1 AND run_id = $2 ORDER BY position LIMIT 1",
    )
    .bind(scope.tenant())
    .bind(run)
    .fetch_optional(db.reader())
    .await?)
}

/// The records here that a run is about.
pub async fn records_of(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    run: &str,
) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT record_id FROM sync_run_items WHERE tenant_id = $1 AND run_id = $2 AND record_id IS NOT NULL",
    )
    .bind(scope.tenant())
    .bind(run)
    .fetch_all(tx)
    .await?)
}

/// The position after the last item of a run.
pub async fn next_position(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    run: &str,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT COALESCE(MAX(position) + 1, 0) FROM sync_run_items WHERE tenant_id = $1 AND run_id = $2",
    )
    .bind(scope.tenant())
    .bind(run)
    .fetch_one(tx)
    .await?)
}

/// Items that did not go through, first ones first.
pub async fn problems(
    db: &Db,
    scope: &TenantScope,
    run: &str,
    limit: i64,
) -> Result<Vec<ItemRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT position, remote_type, external_id, label, record_id, outcome, code, sentence, advice \
         FROM sync_run_items WHERE tenant_id = $1 AND run_id = $2 AND outcome IN ('failed', 'unknown', 'review', 'skipped') \
         ORDER BY position LIMIT $3",
    )
    .bind(scope.tenant())
    .bind(run)
    .bind(limit)
    .fetch_all(db.reader())
    .await?)
}

/// Gives every item that is still to do the same outcome, and returns how many there were.
pub async fn close_items(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    run: &str,
    code: &str,
    sentence: &str,
    now: i64,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "UPDATE sync_run_items SET outcome = 'failed', code = $3, sentence = $4, finished_at = $5 \
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
