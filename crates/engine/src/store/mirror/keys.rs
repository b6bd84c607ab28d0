//! Remote records without a link, by the keys that matching looks up.

use std::collections::HashMap;

use sqlx::AnyConnection;

use super::Place;
use crate::access::TenantScope;
use crate::store::rows::list;
use crate::store::{Db, StoreError};

/// A remote record without a link that carries a key.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Carrier {
    /// The remote's document type; empty for contacts and products.
    pub remote_type: String,
    /// The remote's id.
    pub external_id: String,
    /// As received.
    pub raw: String,
    /// Canonical JSON; none when unreadable.
    pub content: Option<String>,
    /// Of the canonical form.
    pub content_hash: String,
    /// When the request was sent that brought it.
    pub read_at: i64,
}

/// Remote records without a link that carry this key, but not more than a few: who matches has to tell one from several.
pub async fn carriers_of(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    (connection, kind): (&str, &str),
    key: MatchKey,
    value: &str,
) -> Result<Vec<Carrier>, StoreError> {
    let column = key.column();
    let sql = format!(
        "SELECT remote_type, external_id, raw, content, content_hash, read_at FROM mirror WHERE tenant_id = $1 \
         AND connection_id = $2 AND kind = $3 AND gone_at IS NULL AND plan_row IS NOT NULL AND {column} = $4 \
         ORDER BY remote_type, external_id LIMIT 20"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(connection)
        .bind(kind)
        .bind(value)
        .fetch_all(tx)
        .await?)
}

/// How many remote records without a link carry each of these matching keys: one that two records carry is never
/// certain (policy F).
pub async fn carriers(
    db: &Db,
    scope: &TenantScope,
    connection: &str,
    kind: &str,
    key: MatchKey,
    values: &[String],
) -> Result<HashMap<String, i64>, StoreError> {
    if values.is_empty() {
        return Ok(HashMap::new());
    }
    let column = key.column();
    let sql = format!(
        "SELECT {column}, COUNT(*) FROM mirror WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3 \
         AND gone_at IS NULL AND plan_row IS NOT NULL AND {column} IN ({}) GROUP BY {column}",
        list(4, values.len())
    );
    let mut query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(scope.tenant()).bind(connection).bind(kind);
    for value in values {
        query = query.bind(value.as_str());
    }
    let rows: Vec<(String, i64)> = query.fetch_all(db.reader()).await?;
    Ok(rows.into_iter().collect())
}

/// The columns that matching looks up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MatchKey {
    /// Tax number.
    Tax,
    /// E-mail.
    Email,
    /// Name, street and post number.
    Address,
    /// Product code, or a document's type, number, date and total.
    Code,
    /// A product's barcode.
    Barcode,
    /// A product's name.
    Name,
    /// Our sign on a document; the local tree has no such column.
    Marker,
}

impl MatchKey {
    /// The column that holds it, in the mirror and in the local tree.
    pub(in crate::store) fn column(self) -> &'static str {
        match self {
            Self::Tax => "match_tax",
            Self::Email => "match_email",
            Self::Address => "match_address",
            Self::Code => "match_code",
            Self::Barcode => "match_barcode",
            Self::Name => "match_name",
            Self::Marker => "match_marker",
        }
    }
}

/// Ids of what carries this very name, or this tax number or e-mail.
pub async fn like(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    place: Place<'_>,
    (name, tax, email): (&str, Option<&str>, Option<&str>),
) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT external_id FROM mirror WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3 AND remote_type = $4 \
         AND gone_at IS NULL AND (name = $5 OR match_tax = $6 OR match_email = $7) ORDER BY external_id",
    )
    .bind(scope.tenant())
    .bind(place.connection)
    .bind(place.kind)
    .bind(place.remote_type)
    .bind(name)
    .bind(tax.map(str::to_owned))
    .bind(email.map(str::to_owned))
    .fetch_all(connection)
    .await?)
}

/// Documents of a customer that were held because one that is here could be among them (row 10).
pub async fn held(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    place: Place<'_>,
    partner: &str,
) -> Result<Vec<Carrier>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT remote_type, external_id, raw, content, content_hash, read_at FROM mirror WHERE tenant_id = $1 \
         AND connection_id = $2 AND kind = $3 AND remote_type = $4 AND partner_id = $5 AND plan_row = 10 \
         AND gone_at IS NULL",
    )
    .bind(scope.tenant())
    .bind(place.connection)
    .bind(place.kind)
    .bind(place.remote_type)
    .bind(partner)
    .fetch_all(connection)
    .await?)
}
