//! One contact takes the place of another: its documents, its links.

use jiff::Timestamp;
use sqlx::AnyConnection;

use crate::access::TenantScope;
use crate::store::StoreError;
use crate::store::mirror::{StoredDecision, columns};
use crate::store::values::micros;

/// Hands the documents of one contact to another. Which contact a document belongs to is no field that both sides compare:
/// the revision is raised, and the base covers it. Returns the documents with their new revisions.
pub async fn move_documents(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    from: &str,
    to: &str,
    now: Timestamp,
) -> Result<Vec<(String, i64)>, StoreError> {
    sqlx::query(
        "UPDATE links SET base_revision = base_revision + 1 WHERE tenant_id = $1 AND document_id IN \
         (SELECT d.id FROM sales_documents d WHERE d.tenant_id = $1 AND d.contact_id = $2 \
          AND d.revision = links.base_revision)",
    )
    .bind(scope.tenant())
    .bind(from)
    .execute(&mut *tx)
    .await?;
    Ok(sqlx::query_as(
        "UPDATE sales_documents SET contact_id = $3, revision = revision + 1, updated_at = $4 \
         WHERE tenant_id = $1 AND contact_id = $2 RETURNING id, revision",
    )
    .bind(scope.tenant())
    .bind(from)
    .bind(to)
    .bind(micros(now))
    .fetch_all(tx)
    .await?)
}

/// The documents that are linked to remote ones of a partner.
const THEIRS: &str = "SELECT a.document_id FROM links a JOIN mirror m ON m.tenant_id = a.tenant_id \
     AND m.connection_id = a.connection_id AND m.kind = a.kind AND m.remote_type = a.remote_type \
     AND m.external_id = a.external_id WHERE a.tenant_id = $1 AND a.connection_id = $2 \
     AND a.kind = 'sales_document' AND m.partner_id = $3";

/// Whether documents here name a partner and have no contact.
pub async fn is_named(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    connection: &str,
    partner: &str,
) -> Result<bool, StoreError> {
    let sql = format!(
        "SELECT CAST(1 AS BIGINT) FROM sales_documents WHERE tenant_id = $1 AND deleted_at IS NULL \
         AND contact_id IS NULL AND id IN ({THEIRS}) LIMIT 1"
    );
    let found: Option<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(connection)
        .bind(partner)
        .fetch_optional(tx)
        .await?;
    Ok(found.is_some())
}

/// Gives a contact to the documents of its partner that have none yet: who it is was not decided when they came. Like in
/// [`move_documents`] the base covers the new revision. Returns the documents with their new revisions.
pub async fn adopt_documents(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    (connection, partner): (&str, &str),
    to: &str,
    now: Timestamp,
) -> Result<Vec<(String, i64)>, StoreError> {
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "UPDATE links SET base_revision = base_revision + 1 WHERE tenant_id = $1 AND document_id IN \
         (SELECT d.id FROM sales_documents d WHERE d.tenant_id = $1 AND d.contact_id IS NULL \
          AND d.revision = links.base_revision AND d.id IN ({THEIRS}))"
    )))
    .bind(scope.tenant())
    .bind(connection)
    .bind(partner)
    .execute(&mut *tx)
    .await?;
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "UPDATE sales_documents SET contact_id = $4, revision = revision + 1, updated_at = $5 \
         WHERE tenant_id = $1 AND contact_id IS NULL AND id IN ({THEIRS}) RETURNING id, revision"
    )))
    .bind(scope.tenant())
    .bind(connection)
    .bind(partner)
    .bind(to)
    .bind(micros(now))
    .fetch_all(tx)
    .await?)
}

/// Hands the links of one contact to another: documents find the contact by all of them. The first one becomes primary when
/// there is no primary one yet, and has to be compared anew; the others are aliases, which are read and never written.
pub async fn merge_links(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    from: &str,
    to: &str,
    alias: StoredDecision,
) -> Result<(), StoreError> {
    let (row, status, reason, detail) = columns(Some(alias));
    sqlx::query(
        "UPDATE links SET contact_id = $3, role = 'alias', plan_row = $4, sync_status = $5, sync_reason = $6, \
         sync_detail = $7 WHERE tenant_id = $1 AND contact_id = $2 AND (role = 'alias' OR EXISTS (SELECT 1 FROM links p \
             WHERE p.tenant_id = $1 AND p.contact_id = $3 AND p.role = 'primary'))",
    )
    .bind(scope.tenant())
    .bind(from)
    .bind(to)
    .bind(row)
    .bind(status)
    .bind(reason)
    .bind(detail)
    .execute(&mut *tx)
    .await?;
    // The base covers no revision of the contact that it belongs to now, and no decision saw one.
    sqlx::query(
        "UPDATE links SET contact_id = $3, base_revision = 0, decided_on = NULL WHERE tenant_id = $1 AND contact_id = $2 \
         AND role = 'primary'",
    )
    .bind(scope.tenant())
    .bind(from)
    .bind(to)
    .execute(tx)
    .await?;
    Ok(())
}

/// Says of a deleted contact which one took its place.
pub async fn set_merged_into(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
    into: &str,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE contacts SET merged_into = $3 WHERE tenant_id = $1 AND id = $2")
        .bind(scope.tenant())
        .bind(id)
        .bind(into)
        .execute(tx)
        .await?;
    Ok(())
}
