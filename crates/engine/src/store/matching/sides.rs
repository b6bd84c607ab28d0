//! The records of either side by the keys that they carry, many at once.

use sqlx::AnyConnection;
use sync_core::record::RecordKind;

use crate::access::TenantScope;
use crate::store::StoreError;
use crate::store::filter::MAX_VALUES;
use crate::store::mirror::MatchKey;
use crate::store::records::table;
use crate::store::rows::list;

/// A remote record as matching sees it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct There {
    /// The remote's document type; empty for contacts and products.
    pub remote_type: String,
    /// The remote's id.
    pub external_id: String,
    /// What people know it by.
    pub number: String,
    /// Partner's or product's name, a document's customer.
    pub name: String,
    /// Canonical JSON; none when unreadable.
    pub content: Option<String>,
    /// Of a document: its customer.
    pub partner_id: Option<String>,
    /// Of a document: our sign.
    pub match_marker: Option<String>,
    /// Row of its decision while it has no link.
    pub plan_row: Option<i64>,
    /// 1: it has a link.
    pub linked: i64,
}

const THERE: &str = "SELECT m.remote_type, m.external_id, m.number, m.name, m.content, m.partner_id, m.match_marker, m.plan_row, \
     CAST(CASE WHEN EXISTS (SELECT 1 FROM links l WHERE l.tenant_id = m.tenant_id AND l.connection_id = m.connection_id \
         AND l.kind = m.kind AND l.remote_type = m.remote_type AND l.external_id = m.external_id) THEN 1 ELSE 0 END \
         AS BIGINT) AS linked \
     FROM mirror m WHERE m.tenant_id = $1 AND m.connection_id = $2 AND m.kind = $3 AND m.gone_at IS NULL \
     AND m.unreadable IS NULL";

/// Living local records that carry one of these values, whether they have a link or not.
pub async fn here(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    kind: RecordKind,
    key: MatchKey,
    values: &[String],
) -> Result<Vec<String>, StoreError> {
    let (table, _) = table(kind);
    // Of a document the key lies under another name.
    let column = if kind == RecordKind::SalesDocument { "match_key" } else { key.column() };
    let mut found = Vec::new();
    for values in values.chunks(MAX_VALUES) {
        let sql = format!(
            "SELECT id FROM {table} WHERE tenant_id = $1 AND deleted_at IS NULL AND {column} IN ({})",
            list(2, values.len())
        );
        let mut query = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(scope.tenant());
        for value in values {
            query = query.bind(value.as_str());
        }
        found.extend(query.fetch_all(&mut *connection).await? as Vec<String>);
    }
    Ok(found)
}

/// Remote records that can be read and carry one of these values, whether they have a link or not.
pub async fn there(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    (at, kind): (&str, RecordKind),
    key: MatchKey,
    values: &[String],
) -> Result<Vec<There>, StoreError> {
    let mut found = Vec::new();
    for values in values.chunks(MAX_VALUES) {
        let sql = format!("{THERE} AND m.{} IN ({})", key.column(), list(4, values.len()));
        let mut query =
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(scope.tenant()).bind(at).bind(kind.as_str());
        for value in values {
            query = query.bind(value.as_str());
        }
        found.extend(query.fetch_all(&mut *connection).await? as Vec<There>);
    }
    Ok(found)
}

/// One remote record that can be read; none: the mirror does not have it, or it is gone.
pub async fn one_there(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    (at, kind): (&str, RecordKind),
    (remote_type, id): (&str, &str),
) -> Result<Option<There>, StoreError> {
    let sql = format!("{THERE} AND m.remote_type = $4 AND m.external_id = $5");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(at)
        .bind(kind.as_str())
        .bind(remote_type)
        .bind(id)
        .fetch_optional(connection)
        .await?)
}

/// Remote documents of these customers on these days, whether they have a link or not.
pub async fn documents_there(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    at: &str,
    partners: &[String],
    days: &[String],
) -> Result<Vec<There>, StoreError> {
    let mut found = Vec::new();
    for partners in partners.chunks(MAX_VALUES) {
        for days in days.chunks(MAX_VALUES) {
            let (first, then) = (list(4, partners.len()), list(4 + partners.len(), days.len()));
            let sql = format!("{THERE} AND m.partner_id IN ({first}) AND m.day IN ({then})");
            let kind = RecordKind::SalesDocument.as_str();
            let mut query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(scope.tenant()).bind(at).bind(kind);
            for value in partners.iter().chain(days) {
                query = query.bind(value.as_str());
            }
            found.extend(query.fetch_all(&mut *connection).await? as Vec<There>);
        }
    }
    Ok(found)
}

/// Living local documents of these contacts on these days.
pub async fn documents_here(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    contacts: &[String],
    days: &[String],
) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::new();
    for contacts in contacts.chunks(MAX_VALUES) {
        for days in days.chunks(MAX_VALUES) {
            let (first, then) = (list(2, contacts.len()), list(2 + contacts.len(), days.len()));
            let sql = format!(
                "SELECT id FROM sales_documents WHERE tenant_id = $1 AND deleted_at IS NULL \
                 AND contact_id IN ({first}) AND doc_date IN ({then})"
            );
            let mut query = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(scope.tenant());
            for value in contacts.iter().chain(days) {
                query = query.bind(value.as_str());
            }
            found.extend(query.fetch_all(&mut *connection).await? as Vec<String>);
        }
    }
    Ok(found)
}

/// The remote partners of these contacts, and the contacts of these partners: contact, partner.
pub async fn partners_of(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    at: &str,
    contacts: &[String],
    partners: &[String],
) -> Result<Vec<(String, String)>, StoreError> {
    let mut found = Vec::new();
    for (column, values) in [("contact_id", contacts), ("external_id", partners)] {
        for values in values.chunks(MAX_VALUES) {
            let sql = format!(
                "SELECT contact_id, external_id FROM links WHERE tenant_id = $1 AND connection_id = $2 \
                 AND kind = 'contact' AND {column} IN ({})",
                list(3, values.len())
            );
            let mut query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(scope.tenant()).bind(at);
            for value in values {
                query = query.bind(value.as_str());
            }
            found.extend(query.fetch_all(&mut *connection).await? as Vec<(String, String)>);
        }
    }
    Ok(found)
}

/// A page of the remote records without a link that can be read and that the policy does not leave out for their date or
/// type, by type and id, after the one with this type and id. `row` keeps those with this decision.
pub async fn free_there(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    (at, kind): (&str, RecordKind),
    row: Option<i64>,
    (after_type, after_id): (&str, &str),
    limit: i64,
) -> Result<Vec<There>, StoreError> {
    let documents = if kind == RecordKind::SalesDocument { "AND m.plan_row <> 9" } else { "" };
    let sql = format!(
        "{THERE} AND m.plan_row IS NOT NULL {documents} AND ($4 = 0 OR m.plan_row = $4) \
         AND (m.remote_type > $5 OR (m.remote_type = $5 AND m.external_id > $6)) \
         ORDER BY m.remote_type, m.external_id LIMIT $7"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(at)
        .bind(kind.as_str())
        .bind(row.unwrap_or(0))
        .bind(after_type)
        .bind(after_id)
        .bind(limit)
        .fetch_all(connection)
        .await?)
}

/// A local record without a link, with what was decided about it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct LonePage {
    /// UUIDv7.
    pub id: String,
    /// Raised by every edit.
    pub revision: i64,
    /// Row of its decision.
    pub plan_row: Option<i64>,
    /// Its status.
    pub sync_status: Option<String>,
    /// Its reason.
    pub sync_reason: Option<String>,
    /// Its sentence.
    pub sync_detail: Option<String>,
}

/// Living local records without a link, by id, after the one with this id. `rows` keeps those with one of these
/// decisions; empty keeps all.
pub async fn lone(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    kind: RecordKind,
    rows: &[i64],
    after: &str,
    limit: i64,
) -> Result<Vec<LonePage>, StoreError> {
    let (table, column) = table(kind);
    let kept = match rows.len() {
        0 => String::new(),
        some => format!("AND d.plan_row IN ({})", list(4, some)),
    };
    let sql = format!(
        "SELECT d.id, d.revision, d.plan_row, d.sync_status, d.sync_reason, d.sync_detail FROM {table} d \
         WHERE d.tenant_id = $1 AND d.deleted_at IS NULL AND d.id > $2 {kept} \
         AND NOT EXISTS (SELECT 1 FROM links l WHERE l.tenant_id = d.tenant_id AND l.{column} = d.id) \
         ORDER BY d.id LIMIT $3"
    );
    let mut query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(scope.tenant()).bind(after).bind(limit);
    for row in rows {
        query = query.bind(*row);
    }
    Ok(query.fetch_all(connection).await?)
}

/// The same of one record; none: it has a link, was deleted, or does not exist.
pub async fn lone_one(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    kind: RecordKind,
    id: &str,
) -> Result<Option<LonePage>, StoreError> {
    let (table, column) = table(kind);
    let sql = format!(
        "SELECT d.id, d.revision, d.plan_row, d.sync_status, d.sync_reason, d.sync_detail FROM {table} d \
         WHERE d.tenant_id = $1 AND d.deleted_at IS NULL AND d.id = $2 \
         AND NOT EXISTS (SELECT 1 FROM links l WHERE l.tenant_id = d.tenant_id AND l.{column} = d.id)"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(id)
        .fetch_optional(connection)
        .await?)
}
