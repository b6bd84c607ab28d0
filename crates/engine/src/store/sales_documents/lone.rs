//! Documents without a link.

use sqlx::AnyConnection;

use crate::access::TenantScope;
use crate::store::{Db, StoreError};

/// A document without a link.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct LoneDocument {
    /// UUIDv7.
    pub id: String,
    /// Raised by every edit.
    pub revision: i64,
    /// The CRM's word for its type.
    pub doc_type: String,
    /// What matching looks up.
    pub match_key: Option<String>,
    /// Row of the last decision.
    pub plan_row: Option<i64>,
    /// Its reason.
    pub sync_reason: Option<String>,
}

/// The documents without a link.
pub async fn documents(db: &Db, scope: &TenantScope, limit: i64) -> Result<Vec<LoneDocument>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT d.id, d.revision, d.doc_type, d.match_key, d.plan_row, d.sync_reason FROM sales_documents d \
         WHERE d.tenant_id = $1 AND d.deleted_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM links l WHERE l.tenant_id = d.tenant_id AND l.document_id = d.id) \
         ORDER BY d.id LIMIT $2",
    )
    .bind(scope.tenant())
    .bind(limit)
    .fetch_all(db.reader())
    .await?)
}

/// Ids and types of the documents without a link.
pub async fn types(
    connection: &mut AnyConnection,
    scope: &TenantScope,
) -> Result<Vec<(String, String)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT d.id, d.doc_type FROM sales_documents d WHERE d.tenant_id = $1 AND d.deleted_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM links l WHERE l.tenant_id = d.tenant_id AND l.document_id = d.id)",
    )
    .bind(scope.tenant())
    .fetch_all(connection)
    .await?)
}

/// One document without a link, as the transaction sees it; none: it has one, was deleted, or does not exist.
pub async fn document(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
) -> Result<Option<LoneDocument>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT d.id, d.revision, d.doc_type, d.match_key, d.plan_row, d.sync_reason FROM sales_documents d \
         WHERE d.tenant_id = $1 AND d.id = $2 AND d.deleted_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM links l WHERE l.tenant_id = d.tenant_id AND l.document_id = d.id)",
    )
    .bind(scope.tenant())
    .bind(id)
    .fetch_optional(tx)
    .await?)
}

/// The living documents that name this contact or product and are not settled with the remote: what an edit of it may
/// release or block.
pub async fn naming(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    party: Party<'_>,
) -> Result<Vec<String>, StoreError> {
    let (condition, id) = match party {
        Party::Contact(id) => ("d.contact_id = $2", id),
        Party::Product(id) => (
            "EXISTS (SELECT 1 FROM sales_document_lines p WHERE p.tenant_id = d.tenant_id AND p.document_id = d.id \
             AND p.product_id = $2)",
            id,
        ),
    };
    let sql = format!(
        "SELECT d.id FROM sales_documents d LEFT JOIN links l ON l.tenant_id = d.tenant_id AND l.document_id = d.id \
         AND l.role = 'primary' WHERE d.tenant_id = $1 AND d.deleted_at IS NULL AND {condition} \
         AND (l.id IS NULL OR l.plan_row IN (21, 22)) ORDER BY d.id"
    );
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(scope.tenant()).bind(id).fetch_all(tx).await?)
}

/// Who a document can name.
#[derive(Clone, Copy, Debug)]
pub enum Party<'a> {
    /// A contact.
    Contact(&'a str),
    /// A product.
    Product(&'a str),
}
