//! What the remote company has been seen to use: what may be written there again.

use sqlx::AnyConnection;

use super::StoreError;
use crate::access::TenantScope;

/// Whether a document of the company has this currency.
pub async fn knows_currency(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    currency: &str,
) -> Result<bool, StoreError> {
    let found: Option<i64> = sqlx::query_scalar(
        "SELECT CAST(1 AS BIGINT) FROM mirror WHERE tenant_id = $1 AND kind = 'sales_document' AND currency = $2 LIMIT 1",
    )
    .bind(scope.tenant())
    .bind(currency)
    .fetch_optional(connection)
    .await?;
    Ok(found.is_some())
}

/// Whether a line of a linked document has this tax code, as written or in capitals.
pub async fn knows_tax_code(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    code: &str,
) -> Result<bool, StoreError> {
    let found: Option<i64> = sqlx::query_scalar(
        "SELECT CAST(1 AS BIGINT) FROM sales_document_lines p \
         JOIN links l ON l.tenant_id = p.tenant_id AND l.document_id = p.document_id \
         WHERE p.tenant_id = $1 AND p.tax_code IN ($2, $3) LIMIT 1",
    )
    .bind(scope.tenant())
    .bind(code)
    .bind(code.to_ascii_uppercase())
    .fetch_optional(connection)
    .await?;
    Ok(found.is_some())
}

/// Whether a linked document has this status.
pub async fn knows_status(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    label: &str,
) -> Result<bool, StoreError> {
    let found: Option<i64> = sqlx::query_scalar(
        "SELECT CAST(1 AS BIGINT) FROM sales_documents d \
         JOIN links l ON l.tenant_id = d.tenant_id AND l.document_id = d.id \
         WHERE d.tenant_id = $1 AND d.status_label = $2 LIMIT 1",
    )
    .bind(scope.tenant())
    .bind(label)
    .fetch_optional(connection)
    .await?;
    Ok(found.is_some())
}
