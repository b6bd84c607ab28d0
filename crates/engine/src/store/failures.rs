//! What did not go through and stays so until somebody does something: records that Metakocka refused or that can't be
//! sent, what can't be read, and what the last run about a record could not do.

use sync_core::record::RecordKind;

use super::filter::{shown_reason, shown_status};
use super::{Db, StoreError, records};
use crate::access::TenantScope;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct FailureRow {
    /// Its place in the list: unique within the kind, and in order.
    pub place: String,
    /// The record here; none: only Metakocka has it.
    pub record_id: Option<String>,
    /// The remote's document type; empty for contacts and products, and before there is a link.
    pub remote_type: String,
    /// The remote's id; empty before there is a link.
    pub external_id: String,
    /// Number or name.
    pub label: String,
    /// blocked, refused, unreadable or not_done.
    pub what: String,
    /// Of contract §7, when a run tells it.
    pub code: Option<String>,
    /// Why, for people.
    pub sentence: Option<String>,
    /// What to do, when a run tells it.
    pub advice: Option<String>,
    /// Since when, microseconds.
    pub since: i64,
    /// Writes of the record since the last one that went through.
    pub attempts: i64,
}

/// The failures of a kind behind a place, in order.
pub async fn after(
    db: &Db,
    scope: &TenantScope,
    kind: RecordKind,
    place: &str,
    limit: i64,
) -> Result<Vec<FailureRow>, StoreError> {
    // Records here, records that a run could not send, and records that only Metakocka has, as one list.
    let (table, column) = records::table(kind);
    let label = records::label(kind);
    let from = format!(
        "FROM {table} d LEFT JOIN links l ON l.tenant_id = d.tenant_id AND l.{column} = d.id AND l.role = 'primary'"
    );
    let here = "'h' || d.id AS place, d.id AS record_id, COALESCE(l.remote_type, '') AS remote_type, \
         COALESCE(l.external_id, '') AS external_id";
    let (status, reason) = (shown_status!(), shown_reason!());
    let sql = format!(
        "SELECT f.* FROM (\
         SELECT {here}, {label} AS label, {reason} AS what, NULL AS code, \
         CASE WHEN l.id IS NOT NULL THEN l.sync_detail ELSE d.sync_detail END AS sentence, NULL AS advice, \
         COALESCE({REFUSED_AT}, d.updated_at) AS since, {ATTEMPTS} AS attempts {from} \
         WHERE d.tenant_id = $1 AND d.deleted_at IS NULL AND {status} = 'error' \
         UNION ALL \
         SELECT {here}, {label}, 'not_done', i.code, i.sentence, i.advice, COALESCE(i.finished_at, d.updated_at), \
         {ATTEMPTS} {from} JOIN sync_run_items i ON i.tenant_id = d.tenant_id AND i.record_id = d.id \
         WHERE d.tenant_id = $1 AND d.deleted_at IS NULL AND {status} = 'pending' AND i.outcome = 'failed' \
         AND NOT EXISTS (SELECT 1 FROM sync_run_items n WHERE n.tenant_id = i.tenant_id \
             AND n.record_id = i.record_id AND n.run_id > i.run_id) \
         UNION ALL \
         SELECT 't' || m.remote_type || ':' || m.external_id, NULL, m.remote_type, m.external_id, m.number, 'unreadable', \
         NULL, m.sync_detail, NULL, m.changed_at, 0 FROM mirror m \
         WHERE m.tenant_id = $1 AND m.kind = $2 AND m.plan_row = 6 AND m.gone_at IS NULL\
         ) f WHERE f.place > $3 ORDER BY f.place LIMIT $4"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(kind.as_str())
        .bind(place)
        .bind(limit)
        .fetch_all(db.reader())
        .await?)
}

/// When Metakocka refused the record last.
const REFUSED_AT: &str = "(SELECT MAX(r.updated_at) FROM intents r WHERE r.tenant_id = d.tenant_id AND r.kind = $2 \
     AND r.record_id = d.id AND r.state = 'refused')";
/// Writes of the record since the last one that went through.
const ATTEMPTS: &str = "(SELECT COUNT(*) FROM intents a WHERE a.tenant_id = d.tenant_id AND a.kind = $2 \
     AND a.record_id = d.id AND NOT EXISTS (SELECT 1 FROM intents c WHERE c.tenant_id = a.tenant_id AND c.kind = a.kind \
         AND c.record_id = a.record_id AND c.state = 'confirmed' AND c.seq >= a.seq))";
