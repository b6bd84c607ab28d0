//! What a plan is made from, read for many records at once: the trees of a record, the records that a document names, and
//! what the owner has chosen.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;
use sync_core::record::RecordKind;

use crate::access::TenantScope;
use crate::store::StoreError;
use crate::store::records::{label, table};
use crate::store::rows::list;

/// The three trees of a record, as far as it can be told whether they moved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Basis {
    /// The local record; none: there is none.
    pub record_id: Option<String>,
    /// Of the remote record.
    pub remote_type: Option<String>,
    /// Of the remote record; none: it has no link.
    pub external_id: Option<String>,
    /// What people know it by.
    pub label: String,
    /// Of the local record.
    pub revision: Option<i64>,
    /// 1: the local record is a tombstone.
    pub deleted: i64,
    /// Row of the decision.
    pub plan_row: Option<i64>,
    /// Its status.
    pub status: Option<String>,
    /// Its reason.
    pub reason: Option<String>,
    /// Of the link.
    pub mode: Option<String>,
    /// What both sides agreed on.
    pub base_hash: Option<String>,
    /// Content of the mirror that the base agreed with.
    pub remote_hash: Option<String>,
    /// Fields that were sent and read back as something else.
    pub differences: Option<String>,
    /// Content of the mirror.
    pub content_hash: Option<String>,
    /// 1: the remote record is proven gone.
    pub gone: i64,
}

/// Of these local records, deleted or not; those that do not exist are left out.
pub async fn of_records(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    kind: RecordKind,
    ids: &[String],
) -> Result<Vec<Basis>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (table, column) = table(kind);
    let of = |name: &str| format!("CASE WHEN l.id IS NOT NULL THEN l.{name} ELSE d.{name} END");
    let sql = format!(
        "SELECT d.id AS record_id, l.remote_type, l.external_id, {} AS label, d.revision, \
         CAST(CASE WHEN d.deleted_at IS NULL THEN 0 ELSE 1 END AS BIGINT) AS deleted, {} AS plan_row, {} AS status, \
         {} AS reason, l.mode, l.base_hash, l.remote_hash, l.differences, m.content_hash, \
         CAST(CASE WHEN m.gone_at IS NULL THEN 0 ELSE 1 END AS BIGINT) AS gone \
         FROM {table} d LEFT JOIN links l ON l.tenant_id = d.tenant_id AND l.{column} = d.id AND l.role = 'primary' \
         LEFT JOIN mirror m ON m.tenant_id = l.tenant_id AND m.connection_id = l.connection_id AND m.kind = l.kind \
          AND m.remote_type = l.remote_type AND m.external_id = l.external_id \
         WHERE d.tenant_id = $1 AND d.id IN ({})",
        label(kind),
        of("plan_row"),
        of("sync_status"),
        of("sync_reason"),
        list(2, ids.len())
    );
    let mut query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(scope.tenant());
    for id in ids {
        query = query.bind(id.as_str());
    }
    Ok(query.fetch_all(connection).await?)
}

/// Of these remote records of one type, with the local record of those that have a primary link.
pub async fn of_remote(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    (connection_id, kind, remote_type): (&str, RecordKind, &str),
    ids: &[String],
) -> Result<Vec<Basis>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (table, column) = table(kind);
    let of = |name: &str| format!("CASE WHEN l.id IS NOT NULL THEN l.{name} ELSE m.{name} END");
    let sql = format!(
        "SELECT d.id AS record_id, m.remote_type, m.external_id, CASE WHEN m.number = '' THEN m.name ELSE m.number END AS label, \
         d.revision, CAST(CASE WHEN d.deleted_at IS NULL THEN 0 ELSE 1 END AS BIGINT) AS deleted, {} AS plan_row, \
         {} AS status, {} AS reason, l.mode, l.base_hash, l.remote_hash, l.differences, m.content_hash, \
         CAST(CASE WHEN m.gone_at IS NULL THEN 0 ELSE 1 END AS BIGINT) AS gone \
         FROM mirror m LEFT JOIN links l ON l.tenant_id = m.tenant_id AND l.connection_id = m.connection_id \
          AND l.kind = m.kind AND l.remote_type = m.remote_type AND l.external_id = m.external_id \
         LEFT JOIN {table} d ON d.tenant_id = l.tenant_id AND d.id = l.{column} \
         WHERE m.tenant_id = $1 AND m.connection_id = $2 AND m.kind = $3 AND m.remote_type = $4 AND m.external_id IN ({})",
        of("plan_row"),
        of("sync_status"),
        of("sync_reason"),
        list(5, ids.len())
    );
    let mut query = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(connection_id)
        .bind(kind.as_str())
        .bind(remote_type);
    for id in ids {
        query = query.bind(id.as_str());
    }
    Ok(query.fetch_all(connection).await?)
}

/// A contact or product that a document names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, sqlx::FromRow)]
pub struct Named {
    /// The document.
    #[serde(skip)]
    pub document_id: String,
    /// contact or product.
    pub kind: String,
    /// The record here.
    pub id: String,
    /// Its revision.
    pub revision: i64,
    /// The remote record of its primary link.
    pub external_id: Option<String>,
}

/// The contacts and products that these documents name.
pub async fn named_by(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    documents: &[String],
) -> Result<Vec<Named>, StoreError> {
    if documents.is_empty() {
        return Ok(Vec::new());
    }
    let these = list(2, documents.len());
    let sql = format!(
        "SELECT s.id AS document_id, 'contact' AS kind, d.id, d.revision, l.external_id FROM sales_documents s \
         JOIN contacts d ON d.tenant_id = s.tenant_id AND d.id = s.contact_id \
         LEFT JOIN links l ON l.tenant_id = d.tenant_id AND l.contact_id = d.id AND l.role = 'primary' \
         WHERE s.tenant_id = $1 AND s.id IN ({these}) \
         UNION \
         SELECT s.document_id, 'product' AS kind, d.id, d.revision, l.external_id FROM sales_document_lines s \
         JOIN products d ON d.tenant_id = s.tenant_id AND d.id = s.product_id \
         LEFT JOIN links l ON l.tenant_id = d.tenant_id AND l.product_id = d.id AND l.role = 'primary' \
         WHERE s.tenant_id = $1 AND s.document_id IN ({these})"
    );
    let mut query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(scope.tenant());
    for id in documents {
        query = query.bind(id.as_str());
    }
    let mut found: Vec<Named> = query.fetch_all(connection).await?;
    found.sort();
    Ok(found)
}

/// What the owner has chosen for a connection, in one text: another one makes a plan stale. Maps of fields and codes belong
/// here as soon as the owner can choose them.
pub async fn policy(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    connection_id: &str,
) -> Result<String, StoreError> {
    let company: Option<(String, String, String, String)> = sqlx::query_as(
        "SELECT company_id, base_url, scope_from, scope_types FROM connections WHERE tenant_id = $1 AND id = $2",
    )
    .bind(scope.tenant())
    .bind(connection_id)
    .fetch_optional(&mut *connection)
    .await?;
    let kinds: Vec<(String, String, i64, i64, i64)> = sqlx::query_as(
        "SELECT kind, direction, create_here, create_there, \
         CAST(CASE WHEN matching_confirmed_at IS NULL THEN 0 ELSE 1 END AS BIGINT) FROM connection_kinds \
         WHERE tenant_id = $1 AND connection_id = $2 ORDER BY kind",
    )
    .bind(scope.tenant())
    .bind(connection_id)
    .fetch_all(connection)
    .await?;
    let (company, address, from, types) = company.unwrap_or_default();
    let mut text = format!("{company} at {address} from {from}: {types}");
    for (kind, direction, here, there, confirmed) in kinds {
        // Writing into a text does not fail.
        let _ = write!(text, "; {kind} {direction} {here}{there}{confirmed}");
    }
    Ok(text)
}

/// Why a remote record is left as it is, as it was decided; none: no sentence says it.
pub async fn said_of(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    connection_id: &str,
    (kind, remote_type, external_id): (RecordKind, &str, &str),
) -> Result<Option<String>, StoreError> {
    let said: Option<Option<String>> = sqlx::query_scalar(
        "SELECT CASE WHEN l.id IS NOT NULL THEN l.sync_detail ELSE m.sync_detail END FROM mirror m \
         LEFT JOIN links l ON l.tenant_id = m.tenant_id AND l.connection_id = m.connection_id AND l.kind = m.kind \
          AND l.remote_type = m.remote_type AND l.external_id = m.external_id \
         WHERE m.tenant_id = $1 AND m.connection_id = $2 AND m.kind = $3 AND m.remote_type = $4 AND m.external_id = $5",
    )
    .bind(scope.tenant())
    .bind(connection_id)
    .bind(kind.as_str())
    .bind(remote_type)
    .bind(external_id)
    .fetch_optional(connection)
    .await?;
    Ok(said.flatten())
}
