//! Reads documents with what belongs to them, also in the form in which they are compared.

use rust_decimal::Decimal;
use serde_json::Value;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;
use sync_core::record::{
    Amount, Discount, ExternalId, Line, Price, ProductLine, ProductRef, RowId, SalesDocument, Tax, TaxCode,
    TaxRate, TextLine,
};

use super::{DocumentFields, LineRow, PriceBasis, StoredDocument, TaxRow};
use crate::access::TenantScope;
use crate::store::StoreError;
use crate::store::filter::{Column, Direction, MAX_VALUES, Select};
use crate::store::values::{
    day, decimal, instant, instant_or_none, parsed, parsed_or_none, text, text_or_none, whole,
};

const SELECT: &str = "SELECT d.id, d.revision, d.doc_type, d.number, d.doc_date, d.contact_id, d.customer_name, \
     d.customer_city, d.currency, d.status_label, d.title, d.head, d.net, d.discount, d.gross, d.total_check, \
     d.total_difference, d.paid, d.issued_at, d.match_key, d.created_at, d.updated_at, d.deleted_at \
     FROM sales_documents d";

const SELECT_LINES: &str = "SELECT external_row_id, product_id, product_external_id, code, remote_code, name, unit, \
     text, amount, price, price_basis, discount, tax_code, tax_rate, net FROM sales_document_lines";

const SELECT_TAXES: &str = "SELECT tax_code, rate, tax FROM sales_document_taxes";

/// One document's head, deleted or not.
pub async fn document(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
) -> Result<Option<StoredDocument>, StoreError> {
    Ok(documents(connection, scope, &[id]).await?.pop())
}

/// Several documents' heads, deleted or not, in no particular order; ids that do not exist are left out.
pub async fn documents<I: AsRef<str>>(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    ids: &[I],
) -> Result<Vec<StoredDocument>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(MAX_VALUES) {
        let mut select = Select::new(SELECT);
        select.equals(Column::RecordTenant, scope.tenant())?.any_of(Column::RecordId, ids)?;
        for row in select.fetch_all(&mut *connection).await? {
            found.push(head(&row)?);
        }
    }
    Ok(found)
}

/// A document's lines in their order.
pub async fn lines(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    document_id: &str,
) -> Result<Vec<LineRow>, StoreError> {
    let mut select = Select::new(SELECT_LINES);
    select
        .equals(Column::PartTenant, scope.tenant())?
        .equals(Column::PartDocument, document_id)?
        .order_by(&[(Column::LinePosition, Direction::Ascending)]);
    select.fetch_all(connection).await?.iter().map(line).collect()
}

/// A document's taxes by code.
pub async fn taxes(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    document_id: &str,
) -> Result<Vec<TaxRow>, StoreError> {
    let mut select = Select::new(SELECT_TAXES);
    select
        .equals(Column::PartTenant, scope.tenant())?
        .equals(Column::PartDocument, document_id)?
        .order_by(&[(Column::TaxCode, Direction::Ascending)]);
    let rows = select.fetch_all(connection).await?;
    rows.iter()
        .map(|row| {
            Ok(TaxRow {
                tax_code: text(row, "tax_code")?,
                rate: parsed_or_none(row, "rate")?,
                tax: decimal(row, "tax")?,
            })
        })
        .collect()
}

fn head(row: &AnyRow) -> Result<StoredDocument, StoreError> {
    Ok(StoredDocument {
        id: text(row, "id")?,
        revision: whole(row, "revision")?,
        fields: DocumentFields {
            doc_type: text(row, "doc_type")?,
            number: text(row, "number")?,
            doc_date: day(row, "doc_date")?,
            contact_id: text_or_none(row, "contact_id")?,
            customer_name: text(row, "customer_name")?,
            customer_city: text_or_none(row, "customer_city")?,
            currency: text(row, "currency")?,
            status_label: text_or_none(row, "status_label")?,
            title: text(row, "title")?,
            head: text(row, "head")?,
            net: decimal(row, "net")?,
            discount: decimal(row, "discount")?,
            gross: decimal(row, "gross")?,
            total_check: parsed(row, "total_check")?,
            total_difference: decimal(row, "total_difference")?,
            paid: parsed_or_none(row, "paid")?,
            issued_at: text_or_none(row, "issued_at")?,
            match_key: text_or_none(row, "match_key")?,
        },
        created_at: instant(row, "created_at")?,
        updated_at: instant(row, "updated_at")?,
        deleted_at: instant_or_none(row, "deleted_at")?,
    })
}

fn line(row: &AnyRow) -> Result<LineRow, StoreError> {
    Ok(LineRow {
        external_row_id: text_or_none(row, "external_row_id")?,
        product_id: text_or_none(row, "product_id")?,
        product_external_id: text_or_none(row, "product_external_id")?,
        code: text(row, "code")?,
        remote_code: text(row, "remote_code")?,
        name: text(row, "name")?,
        unit: text(row, "unit")?,
        text: text(row, "text")?,
        amount: parsed_or_none(row, "amount")?,
        price: parsed_or_none(row, "price")?,
        price_basis: parsed_or_none(row, "price_basis")?,
        discount: text(row, "discount")?,
        tax_code: text_or_none(row, "tax_code")?,
        tax_rate: parsed_or_none(row, "tax_rate")?,
        net: parsed_or_none(row, "net")?,
    })
}

/// A document in the form in which it is compared: its head with its lines.
pub fn record(head: &str, lines: &[LineRow]) -> Result<SalesDocument, StoreError> {
    let head: SalesDocument = serde_json::from_str(head).map_err(|_| corrupt("sales_documents.head"))?;
    let lines: Result<Vec<Line>, StoreError> = lines.iter().map(compared_line).collect();
    Ok(SalesDocument { lines: lines?, ..head })
}

/// Everything of a document that its history keeps: what is compared, and which records here it names.
pub fn snapshot(fields: &DocumentFields, lines: &[LineRow]) -> Result<Value, StoreError> {
    let document = record(&fields.head, lines)?;
    let mut state = serde_json::to_value(document).map_err(|_| corrupt("sales_documents.head"))?;
    state["contact_id"] = Value::from(fields.contact_id.clone());
    if let Some(rows) = state.get_mut("lines").and_then(Value::as_array_mut) {
        for (row, line) in rows.iter_mut().zip(lines) {
            row["product_id"] = Value::from(line.product_id.clone());
        }
    }
    Ok(state)
}

fn corrupt(column: &'static str) -> StoreError {
    StoreError::Corrupt { column }
}

fn compared_line(row: &LineRow) -> Result<Line, StoreError> {
    let id = row.external_row_id.as_deref().map(RowId::parse).transpose();
    let id = id.map_err(|_| corrupt("sales_document_lines.external_row_id"))?;
    let (Some(amount), Some(price), Some(code)) = (row.amount, row.price, row.tax_code.as_deref()) else {
        return Ok(Line::Text(TextLine { row: id, text: row.text.clone() }));
    };
    let given = |text: &String| (!text.is_empty()).then(|| text.clone());
    let external = row.product_external_id.as_deref().map(ExternalId::parse).transpose();
    Ok(Line::Product(ProductLine {
        row: id,
        product: ProductRef {
            code: given(&row.code),
            remote_code: given(&row.remote_code),
            external_id: external.map_err(|_| corrupt("sales_document_lines.product_external_id"))?,
        },
        name: row.name.clone(),
        unit: given(&row.unit),
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
        text: given(&row.text),
    }))
}
