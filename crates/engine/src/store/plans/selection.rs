//! What a plan of everything is about: the same records, in the same order, as the run that settles everything.

use sqlx::AnyConnection;
use sync_core::record::RecordKind;

use crate::access::TenantScope;
use crate::store::StoreError;
use crate::store::records::table;
use crate::store::runs::SENDABLE;

/// Ids of the records that a push of all sends, oldest first.
pub async fn sendable(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    kind: RecordKind,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    let (table, column) = table(kind);
    let sql = format!(
        "SELECT d.id FROM {table} d \
         LEFT JOIN links l ON l.tenant_id = d.tenant_id AND l.{column} = d.id AND l.role = 'primary' \
         WHERE d.tenant_id = $1 AND d.deleted_at IS NULL AND {SENDABLE} ORDER BY d.id LIMIT $2"
    );
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(limit)
        .fetch_all(connection)
        .await?)
}

/// A remote record that a pull of all takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::FromRow)]
pub struct Takeable {
    /// Its type; empty for contacts and products.
    pub remote_type: String,
    /// Its id.
    pub external_id: String,
}

/// The remote records that a pull of all takes (rows 12 and 20), newest first.
pub async fn takeable(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    (connection_id, kind): (&str, RecordKind),
    limit: i64,
) -> Result<Vec<Takeable>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT t.remote_type, t.external_id \
         FROM (SELECT m.remote_type, m.external_id, m.list_key FROM mirror m \
               WHERE m.tenant_id = $1 AND m.connection_id = $2 AND m.kind = $3 AND m.plan_row = 12 AND m.sync_reason = 'to_take' \
               UNION ALL \
               SELECT m.remote_type, m.external_id, m.list_key FROM links l \
               JOIN mirror m ON m.tenant_id = l.tenant_id AND m.connection_id = l.connection_id AND m.kind = l.kind \
                AND m.remote_type = l.remote_type AND m.external_id = l.external_id \
               WHERE l.tenant_id = $1 AND l.connection_id = $2 AND l.kind = $3 AND l.plan_row = 20 AND l.sync_reason = 'to_take') t \
         ORDER BY t.list_key DESC, t.external_id LIMIT $4",
    )
    .bind(scope.tenant())
    .bind(connection_id)
    .bind(kind.as_str())
    .bind(limit)
    .fetch_all(connection)
    .await?)
}

/// How many documents of a type the mirror has of a customer: as many are looked through before one more is made.
pub async fn documents_of(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    (connection_id, remote_type): (&str, &str),
    customer: &str,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT COUNT(*) FROM mirror WHERE tenant_id = $1 AND connection_id = $2 AND kind = 'sales_document' \
         AND remote_type = $3 AND partner_id = $4 AND gone_at IS NULL",
    )
    .bind(scope.tenant())
    .bind(connection_id)
    .bind(remote_type)
    .bind(customer)
    .fetch_one(connection)
    .await?)
}
