//! Pairs of which a person said that they are two.

use std::collections::HashSet;

use sqlx::AnyConnection;
use sync_core::record::RecordKind;

use crate::access::TenantScope;
use crate::store::StoreError;
use crate::store::mirror::Place;
use crate::store::rows::list;

/// Remembers that a record here and these remote ones are not the same.
pub async fn refuse(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    place: Place<'_>,
    record: &str,
    external_ids: &[String],
    now: i64,
) -> Result<(), StoreError> {
    for id in external_ids {
        sqlx::query(
            "INSERT INTO match_refusals (tenant_id, connection_id, kind, record_id, remote_type, external_id, refused_at, \
             refused_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        )
        .bind(scope.tenant())
        .bind(place.connection)
        .bind(place.kind)
        .bind(record)
        .bind(place.remote_type)
        .bind(id.as_str())
        .bind(now)
        .bind(scope.user().map(|user| user.as_str().to_owned()))
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Which of these records here are said to be others than which remote ones: record, remote type, remote id.
pub async fn refused(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    (at, kind): (&str, RecordKind),
    records: &[String],
) -> Result<HashSet<(String, String, String)>, StoreError> {
    if records.is_empty() {
        return Ok(HashSet::new());
    }
    let sql = format!(
        "SELECT record_id, remote_type, external_id FROM match_refusals WHERE tenant_id = $1 AND connection_id = $2 \
         AND kind = $3 AND record_id IN ({})",
        list(4, records.len())
    );
    let mut query =
        sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(scope.tenant()).bind(at).bind(kind.as_str());
    for record in records {
        query = query.bind(record.as_str());
    }
    let rows: Vec<(String, String, String)> = query.fetch_all(connection).await?;
    Ok(rows.into_iter().collect())
}
