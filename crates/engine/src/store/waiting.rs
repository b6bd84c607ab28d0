//! What waits in the remote: the counts behind the button and the list behind it.

use super::{Db, StoreError};
use crate::access::TenantScope;

/// How many remote records wait, and for what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct WaitingCounts {
    /// New there (row 12).
    pub new: i64,
    /// Changed there only (row 20).
    pub changed: i64,
    /// Wait for a person or can't be read.
    pub review: i64,
}

/// What makes a remote record wait. `{m}` is a mirror row without a link or a link: row 12 and 20 are taken by a pull;
/// the others wait for a person, rows 14 and 22 among them until merging exists.
const WAITS: &str = "(12, 20, 4, 6, 8, 10, 14, 15, 18, 22, 23, 25)";

/// Counts what waits for records of `kind`.
pub async fn counts(
    db: &Db,
    scope: &TenantScope,
    connection: &str,
    kind: &str,
) -> Result<WaitingCounts, StoreError> {
    let sql = format!(
        "SELECT CAST(COALESCE(SUM(CASE WHEN t.plan_row = 12 THEN t.n ELSE 0 END), 0) AS BIGINT) AS new, \
         CAST(COALESCE(SUM(CASE WHEN t.plan_row = 20 THEN t.n ELSE 0 END), 0) AS BIGINT) AS changed, \
         CAST(COALESCE(SUM(CASE WHEN t.plan_row NOT IN (12, 20) THEN t.n ELSE 0 END), 0) AS BIGINT) AS review \
         FROM (SELECT plan_row, COUNT(*) AS n FROM mirror \
               WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3 AND plan_row IN {WAITS} AND sync_status <> 'excluded' GROUP BY plan_row \
               UNION ALL \
               SELECT plan_row, COUNT(*) AS n FROM links \
               WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3 AND plan_row IN {WAITS} AND sync_status <> 'excluded' GROUP BY plan_row) t"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(connection)
        .bind(kind)
        .fetch_one(db.reader())
        .await?)
}

/// One remote record that waits.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct WaitingRow {
    /// The remote's document type; empty for contacts and products.
    pub remote_type: String,
    /// The remote's id.
    pub external_id: String,
    /// What people know it by.
    pub number: String,
    /// Partner's or product's name, a document's customer.
    pub name: String,
    /// A document's date.
    pub day: Option<String>,
    /// A document's gross total.
    pub total: Option<String>,
    /// ISO code.
    pub currency: Option<String>,
    /// JSON of what lists show besides.
    pub detail: String,
    /// A contact or product as both sides compare it; none for documents.
    pub content: Option<String>,
    /// Row of the decision.
    pub plan_row: i64,
    /// Its reason (contract §2a).
    pub sync_reason: Option<String>,
    /// Why, for people.
    pub sync_detail: Option<String>,
    /// The local record, when there is one.
    pub record_id: Option<String>,
    /// Order of the list.
    pub list_key: String,
}

/// Documents are long, and what lists show of them has columns of its own.
const CONTENT: &str = "CASE WHEN m.kind = 'sales_document' THEN NULL ELSE m.content END AS content";

/// A page of what waits, newest first, after the row with this key, type and id.
pub async fn page(
    db: &Db,
    scope: &TenantScope,
    connection: &str,
    kind: &str,
    after: Option<(&str, &str, &str)>,
    limit: i64,
) -> Result<Vec<WaitingRow>, StoreError> {
    let sql = format!(
        "SELECT t.remote_type, t.external_id, t.number, t.name, t.day, t.total, t.currency, t.detail, t.content, t.plan_row, \
         t.sync_reason, t.sync_detail, t.record_id, t.list_key \
         FROM (SELECT m.remote_type, m.external_id, m.number, m.name, m.day, m.total, m.currency, m.detail, {CONTENT}, m.plan_row, \
                      m.sync_reason, m.sync_detail, CAST(NULL AS TEXT) AS record_id, m.list_key FROM mirror m \
               WHERE m.tenant_id = $1 AND m.connection_id = $2 AND m.kind = $3 AND m.plan_row IN {WAITS} \
                AND m.sync_status <> 'excluded' \
               UNION ALL \
               SELECT m.remote_type, m.external_id, m.number, m.name, m.day, m.total, m.currency, m.detail, {CONTENT}, l.plan_row, \
                      l.sync_reason, l.sync_detail, COALESCE(l.document_id, l.contact_id, l.product_id) AS record_id, \
                      m.list_key FROM links l \
               JOIN mirror m ON m.tenant_id = l.tenant_id AND m.connection_id = l.connection_id AND m.kind = l.kind \
                AND m.remote_type = l.remote_type AND m.external_id = l.external_id \
               WHERE l.tenant_id = $1 AND l.connection_id = $2 AND l.kind = $3 AND l.plan_row IN {WAITS} \
                AND l.sync_status <> 'excluded') t \
         WHERE $4 = 0 OR t.list_key < $5 OR (t.list_key = $5 AND (t.remote_type > $6 \
            OR (t.remote_type = $6 AND t.external_id > $7))) \
         ORDER BY t.list_key DESC, t.remote_type, t.external_id LIMIT $8"
    );
    let (key, remote_type, id) = after.unwrap_or_default();
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(connection)
        .bind(kind)
        .bind(i64::from(after.is_some()))
        .bind(key)
        .bind(remote_type)
        .bind(id)
        .bind(limit)
        .fetch_all(db.reader())
        .await?)
}

/// How many local documents are not sent yet and how many are unknown: what the quiet button tells besides.
pub async fn outgoing(db: &Db, scope: &TenantScope) -> Result<(i64, i64), StoreError> {
    Ok(sqlx::query_as(
        "SELECT CAST(COALESCE(SUM(CASE WHEN sync_reason IN ('to_send', 'to_merge') THEN 1 ELSE 0 END), 0) AS BIGINT), \
         CAST(COALESCE(SUM(CASE WHEN sync_status = 'unknown' THEN 1 ELSE 0 END), 0) AS BIGINT) \
         FROM (SELECT sync_status, sync_reason FROM links WHERE tenant_id = $1 AND kind = 'sales_document' \
               UNION ALL SELECT d.sync_status, d.sync_reason FROM sales_documents d WHERE d.tenant_id = $1) t",
    )
    .bind(scope.tenant())
    .fetch_one(db.reader())
    .await?)
}
