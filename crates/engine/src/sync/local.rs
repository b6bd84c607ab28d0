//! A local document in the form that is compared: its head with its lines.

use crate::store::Connection;
use rust_decimal::Decimal;
use sync_core::record::{
    Amount, Discount, ExternalId, Line, Price, ProductLine, ProductRef, RowId, SalesDocument, Tax, TaxCode,
    TaxRate, TextLine,
};

use crate::access::TenantScope;
use crate::store::sales_documents::{self as documents, LineRow, PriceBasis};
use crate::store::{Db, StoreError};

/// The document as it stands here. None: it does not exist.
pub(super) async fn document(
    db: &Db,
    scope: &TenantScope,
    id: &str,
) -> Result<Option<SalesDocument>, StoreError> {
    document_in(&mut *db.read().await?, scope, id).await
}

/// The document as the transaction sees it. None: it does not exist.
pub(super) async fn document_in(
    connection: &mut Connection,
    scope: &TenantScope,
    id: &str,
) -> Result<Option<SalesDocument>, StoreError> {
    let Some(stored) = documents::document(connection, scope, id).await? else { return Ok(None) };
    let lines = documents::lines(connection, scope, id).await?;
    rebuild(&stored.fields.head, lines).map(Some)
}

/// From the stored head and lines.
fn rebuild(head: &str, lines: Vec<LineRow>) -> Result<SalesDocument, StoreError> {
    let corrupt = StoreError::Corrupt { column: "sales_documents.head" };
    let head: SalesDocument = serde_json::from_str(head).map_err(|_| corrupt)?;
    let lines: Result<Vec<Line>, StoreError> = lines.into_iter().map(line).collect();
    Ok(SalesDocument { lines: lines?, ..head })
}

fn line(row: LineRow) -> Result<Line, StoreError> {
    let corrupt = |column| StoreError::Corrupt { column };
    let id = row.external_row_id.as_deref().map(RowId::parse).transpose();
    let id = id.map_err(|_| corrupt("sales_document_lines.external_row_id"))?;
    let (Some(amount), Some(price), Some(code)) = (row.amount, row.price, row.tax_code.as_deref()) else {
        return Ok(Line::Text(TextLine { row: id, text: row.text }));
    };
    let given = |text: String| (!text.is_empty()).then_some(text);
    let external = row.product_external_id.as_deref().map(ExternalId::parse).transpose();
    Ok(Line::Product(ProductLine {
        row: id,
        product: ProductRef {
            code: given(row.code),
            remote_code: given(row.remote_code),
            external_id: external.map_err(|_| corrupt("sales_document_lines.product_external_id"))?,
        },
        name: row.name,
        unit: given(row.unit),
        amount: Amount(amount),
        price: match row.price_basis {
            Some(PriceBasis::Gross) => Price::Gross(price),
            _ => Price::Net(price),
        },
        discount: Discount::parse(&row.discount).map_err(|_| corrupt("sales_document_lines.discount"))?,
        tax: Tax {
            code: TaxCode::parse(code).map_err(|_| corrupt("sales_document_lines.tax_code"))?,
            rate: TaxRate::from_percent(row.tax_rate.unwrap_or(Decimal::ZERO))
                .map_err(|_| corrupt("sales_document_lines.tax_rate"))?,
        },
        text: given(row.text),
    }))
}
