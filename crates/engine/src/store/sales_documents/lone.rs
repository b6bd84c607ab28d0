//! Documents without a link, and what was decided for them.

use sqlx::AnyConnection;

use crate::access::TenantScope;
use crate::store::mirror::{StoredDecision, columns};
use crate::store::{Db, StoreError};

/// A document without a link.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct LoneDocument {
    /// UUIDv7.
    pub id: String,
    /// The CRM's word for its type.
    pub doc_type: String,
    /// What matching looks up.
    pub match_key: Option<String>,
    /// Row of the last decision.
    pub plan_row: Option<i64>,
}

/// The documents without a link.
pub async fn documents(db: &Db, scope: &TenantScope, limit: i64) -> Result<Vec<LoneDocument>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT d.id, d.doc_type, d.match_key, d.plan_row FROM sales_documents d \
         WHERE d.tenant_id = $1 AND d.deleted_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM links l WHERE l.tenant_id = d.tenant_id AND l.document_id = d.id) \
         ORDER BY d.id LIMIT $2",
    )
    .bind(scope.tenant())
    .bind(limit)
    .fetch_all(db.reader())
    .await?)
}

/// Stores the decision of a document without a link.
pub async fn decide(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
    decision: StoredDecision,
) -> Result<(), StoreError> {
    let (row, status, reason, detail) = columns(Some(decision));
    sqlx::query(
        "UPDATE sales_documents SET plan_row = $3, sync_status = $4, sync_reason = $5, sync_detail = $6 \
         WHERE tenant_id = $1 AND id = $2",
    )
    .bind(scope.tenant())
    .bind(id)
    .bind(row)
    .bind(status)
    .bind(reason)
    .bind(detail)
    .execute(tx)
    .await?;
    Ok(())
}
