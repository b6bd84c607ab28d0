//! Everything that a person is asked: linked records, records without a link, and remote records without a link, as one
//! list.

use sync_core::record::RecordKind;

use super::records::{name_columns, table};
use super::{Db, StoreError};
use crate::access::TenantScope;

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AskedRow {
    /// Place of its reason in the list.
    pub rank: i64,
    /// Of what kind the record is.
    pub kind: String,
    /// The record here, where there is one.
    pub record_id: Option<String>,
    /// The remote's id, where there is one.
    pub external_id: Option<String>,
    /// The remote's document type.
    pub remote_type: Option<String>,
    /// What people know it by.
    pub number: String,
    /// A document's customer, the name of a contact or product.
    pub name: String,
    /// Row of the policy's table B.
    pub plan_row: i64,
    /// Reason of contract §2a.
    pub reason: String,
    /// Why, for people.
    pub detail: Option<String>,
    /// Since when, in microseconds: the later of the two changes that made the question.
    pub since: i64,
    /// Tells questions apart.
    pub item_key: String,
    /// 1: the record here is a tombstone.
    pub deleted: i64,
}

/// How many questions of a kind have a reason.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AskedCount {
    /// Of what kind the records are.
    pub kind: String,
    /// Reason of contract §2a.
    pub reason: String,
    /// Questions.
    pub questions: i64,
}

/// Which questions; an empty text means all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Which<'a> {
    /// Of one kind.
    pub kind: &'a str,
    /// With one reason.
    pub reason: &'a str,
}

/// The place behind a question: its rank, since when, and its key.
pub type Last<'a> = (i64, i64, &'a str);

/// The order of the reasons: what holds back most comes first.
const RANK: &str = "CAST(CASE t.reason WHEN 'conflict' THEN 1 WHEN 'difference' THEN 2 WHEN 'gone' THEN 3 \
     WHEN 'deleted_here' THEN 4 WHEN 'candidates' THEN 5 WHEN 'match' THEN 6 ELSE 7 END AS BIGINT)";

/// Questions about linked records of a kind.
fn linked(kind: RecordKind) -> String {
    let ((table, column), names) = (table(kind), name_columns(kind));
    let kind = kind.as_str();
    format!(
        "SELECT l.kind, d.id AS record_id, l.external_id, l.remote_type, {names}, l.plan_row, \
         l.sync_reason AS reason, l.sync_detail AS detail, \
         COALESCE(m.gone_at, CASE WHEN m.changed_at > d.updated_at THEN m.changed_at ELSE d.updated_at END) AS since, \
         'l' || l.id AS item_key, CAST(CASE WHEN d.deleted_at IS NULL THEN 0 ELSE 1 END AS BIGINT) AS deleted \
         FROM links l JOIN {table} d ON d.tenant_id = l.tenant_id AND d.id = l.{column} \
         LEFT JOIN mirror m ON m.tenant_id = l.tenant_id AND m.connection_id = l.connection_id AND m.kind = l.kind \
          AND m.remote_type = l.remote_type AND m.external_id = l.external_id \
         WHERE l.tenant_id = $1 AND l.kind = '{kind}' AND l.sync_status = 'needs_review' AND l.plan_row IS NOT NULL"
    )
}

/// Questions about records of a kind without a link.
fn alone(kind: RecordKind) -> String {
    let ((table, column), names) = (table(kind), name_columns(kind));
    let kind = kind.as_str();
    format!(
        "SELECT '{kind}' AS kind, d.id AS record_id, CAST(NULL AS TEXT) AS external_id, CAST(NULL AS TEXT) AS remote_type, \
         {names}, d.plan_row, d.sync_reason AS reason, d.sync_detail AS detail, \
         d.updated_at AS since, 'r' || d.id AS item_key, CAST(0 AS BIGINT) AS deleted FROM {table} d \
         WHERE d.tenant_id = $1 AND d.sync_status = 'needs_review' AND d.plan_row IS NOT NULL AND d.deleted_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM links l WHERE l.tenant_id = d.tenant_id AND l.{column} = d.id)"
    )
}

/// The document here that a remote one could be, when it has no link.
const MATCHES: &str = "FROM sales_documents d WHERE m.kind = 'sales_document' AND d.tenant_id = m.tenant_id \
     AND d.match_key = m.match_code AND d.deleted_at IS NULL \
     AND NOT EXISTS (SELECT 1 FROM links l WHERE l.tenant_id = d.tenant_id AND l.document_id = d.id)";

/// Questions about remote records without a link; one that stands at the record here is asked there (row 10).
fn there() -> String {
    format!(
        "SELECT m.kind, (SELECT MIN(d.id) {MATCHES}) AS record_id, m.external_id, m.remote_type, m.number, m.name, m.plan_row, \
         m.sync_reason AS reason, m.sync_detail AS detail, m.changed_at AS since, \
         'm' || m.remote_type || '/' || m.external_id AS item_key, CAST(0 AS BIGINT) AS deleted FROM mirror m \
         WHERE m.tenant_id = $1 AND m.sync_status = 'needs_review' AND m.plan_row IS NOT NULL AND m.gone_at IS NULL \
         AND NOT EXISTS (SELECT 1 {MATCHES} AND m.plan_row = 10 AND d.sync_status = 'needs_review') \
         AND NOT EXISTS (SELECT 1 FROM links p WHERE p.tenant_id = m.tenant_id AND p.connection_id = m.connection_id \
          AND p.kind = m.kind AND p.remote_type = m.remote_type AND p.external_id = m.external_id)"
    )
}

fn everything() -> String {
    let kinds = [RecordKind::SalesDocument, RecordKind::Contact, RecordKind::Product];
    let parts = kinds.into_iter().flat_map(|kind| [linked(kind), alone(kind)]).chain([there()]);
    parts.collect::<Vec<_>>().join(" UNION ALL ")
}

/// A page of questions, grouped by reason, the newest of each first.
pub async fn page(
    db: &Db,
    scope: &TenantScope,
    which: Which<'_>,
    after: Option<Last<'_>>,
    limit: i64,
) -> Result<Vec<AskedRow>, StoreError> {
    let sql = format!(
        "SELECT q.rank, q.kind, q.record_id, q.external_id, q.remote_type, q.number, q.name, q.plan_row, q.reason, \
         q.detail, q.since, q.item_key, q.deleted FROM (SELECT {RANK} AS rank, t.* FROM ({}) t) q \
         WHERE ($2 = '' OR q.kind = $2) AND ($3 = '' OR q.reason = $3) \
         AND ($4 = 0 OR q.rank > $5 OR (q.rank = $5 AND (q.since < $6 OR (q.since = $6 AND q.item_key > $7)))) \
         ORDER BY q.rank, q.since DESC, q.item_key LIMIT $8",
        everything()
    );
    let (rank, since, key) = after.unwrap_or_default();
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(which.kind)
        .bind(which.reason)
        .bind(i64::from(after.is_some()))
        .bind(rank)
        .bind(since)
        .bind(key)
        .bind(limit)
        .fetch_all(db.reader())
        .await?)
}

/// How many questions there are, by kind and reason.
pub async fn counts(db: &Db, scope: &TenantScope) -> Result<Vec<AskedCount>, StoreError> {
    let sql = format!(
        "SELECT q.kind, q.reason, COUNT(*) AS questions FROM (SELECT {RANK} AS rank, t.* FROM ({}) t) q \
         GROUP BY q.kind, q.reason, q.rank ORDER BY q.rank, q.kind",
        everything()
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(scope.tenant()).fetch_all(db.reader()).await?)
}
