//! Writes documents, lines and taxes in as few statements as possible.

use jiff::Timestamp;
use rust_decimal::Decimal;
use sqlx::AnyConnection;

use super::{DocumentFields, LineRow, NewDocument, TaxRow};
use crate::access::TenantScope;
use crate::store::rows::{Cell, Records, Rows};
use crate::store::values::{exact, exact_or_none, minor};
use crate::store::{StoreError, keys};

const RECORDS: Records = Records {
    table: "sales_documents",
    columns: "doc_type, number, doc_date, contact_id, customer_name, customer_city, currency, status_label, \
        title, head, net, discount, gross, gross_minor, total_check, total_difference, paid, \
        issued_at, match_key, search_text, number_key, customer_key",
};

/// In the order of the columns.
fn cells(fields: &DocumentFields) -> Vec<Cell> {
    vec![
        fields.doc_type.clone().into(),
        fields.number.clone().into(),
        fields.doc_date.to_string().into(),
        fields.contact_id.clone().into(),
        fields.customer_name.clone().into(),
        fields.customer_city.clone().into(),
        fields.currency.clone().into(),
        fields.status_label.clone().into(),
        fields.title.clone().into(),
        fields.head.clone().into(),
        exact(fields.net).into(),
        exact(fields.discount).into(),
        exact(fields.gross).into(),
        minor(fields.gross).into(),
        fields.total_check.as_str().into(),
        exact(fields.total_difference).into(),
        exact_or_none(fields.paid).into(),
        fields.issued_at.clone().into(),
        fields.match_key.clone().into(),
        search_text(fields).into(),
        keys::sort_key(&fields.number).into(),
        keys::sort_key(&fields.customer_name).into(),
    ]
}

const INSERT_LINES: &str = "INSERT INTO sales_document_lines (tenant_id, document_id, position, external_row_id, \
     product_id, product_external_id, code, remote_code, name, unit, text, amount, price, price_basis, discount, \
     tax_code, tax_rate, net)";
const LINE_WIDTH: usize = 18;

const INSERT_TAXES: &str = "INSERT INTO sales_document_taxes (tenant_id, document_id, tax_code, rate, tax)";
const TAX_WIDTH: usize = 5;

/// Writes documents that did not exist, with lines and taxes, in a handful of statements.
pub async fn insert_documents(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    documents: &[NewDocument],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut lines = Rows::new(INSERT_LINES, LINE_WIDTH, "");
    let mut taxes = Rows::new(INSERT_TAXES, TAX_WIDTH, "");
    for document in documents {
        add_lines(&mut lines, scope, &document.id, &document.lines);
        add_taxes(&mut taxes, scope, &document.id, &document.taxes);
    }
    let heads = documents.iter().map(|document| (document.id.clone(), cells(&document.fields)));
    RECORDS.insert(&mut *connection, scope, heads, now).await?;
    lines.execute(&mut *connection).await?;
    taxes.execute(connection).await?;
    Ok(())
}

/// Replaces a document's head when it still has the expected revision; returns the new revision, or `None` when
/// somebody was faster, or it is deleted or not in this workspace. Lines are replaced by [`replace_lines`].
pub async fn update_document(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
    expected_revision: i64,
    fields: &DocumentFields,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    RECORDS.update(connection, scope, (id, expected_revision), cells(fields), now).await
}

/// Sets what a document shows of payment and issue, which never conflict and raise no revision (policy H). `now` is in
/// microseconds.
pub async fn refresh_extras(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
    paid: Option<Decimal>,
    issued_at: Option<String>,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE sales_documents SET paid = $3, issued_at = $4, updated_at = $5 WHERE tenant_id = $1 AND id = $2",
    )
    .bind(scope.tenant().to_owned())
    .bind(id.to_owned())
    .bind(exact_or_none(paid))
    .bind(issued_at)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

/// Replaces all lines and taxes of a document. Belongs into the transaction of the [`update_document`] that raised
/// the revision.
pub async fn replace_lines(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    document_id: &str,
    lines: &[LineRow],
    taxes: &[TaxRow],
) -> Result<(), StoreError> {
    for delete in [
        "DELETE FROM sales_document_lines WHERE tenant_id = $1 AND document_id = $2",
        "DELETE FROM sales_document_taxes WHERE tenant_id = $1 AND document_id = $2",
    ] {
        sqlx::query(delete)
            .bind(scope.tenant().to_owned())
            .bind(document_id.to_owned())
            .execute(&mut *connection)
            .await?;
    }
    let mut line_rows = Rows::new(INSERT_LINES, LINE_WIDTH, "");
    add_lines(&mut line_rows, scope, document_id, lines);
    line_rows.execute(&mut *connection).await?;
    let mut tax_rows = Rows::new(INSERT_TAXES, TAX_WIDTH, "");
    add_taxes(&mut tax_rows, scope, document_id, taxes);
    tax_rows.execute(connection).await?;
    Ok(())
}

fn add_lines(rows: &mut Rows, scope: &TenantScope, document_id: &str, lines: &[LineRow]) {
    for (position, line) in (0_i64..).zip(lines) {
        rows.row()
            .bind(scope.tenant().to_owned())
            .bind(document_id.to_owned())
            .bind(position)
            .bind(line.external_row_id.clone())
            .bind(line.product_id.clone())
            .bind(line.product_external_id.clone())
            .bind(line.code.clone())
            .bind(line.remote_code.clone())
            .bind(line.name.clone())
            .bind(line.unit.clone())
            .bind(line.text.clone())
            .bind(exact_or_none(line.amount))
            .bind(exact_or_none(line.price))
            .bind(line.price_basis.map(super::PriceBasis::as_str))
            .bind(line.discount.clone())
            .bind(line.tax_code.clone())
            .bind(exact_or_none(line.tax_rate))
            .bind(exact_or_none(line.net));
    }
}

fn add_taxes(rows: &mut Rows, scope: &TenantScope, document_id: &str, taxes: &[TaxRow]) {
    for tax in taxes {
        rows.row()
            .bind(scope.tenant().to_owned())
            .bind(document_id.to_owned())
            .bind(tax.tax_code.clone())
            .bind(exact_or_none(tax.rate))
            .bind(exact(tax.tax));
    }
}

fn search_text(fields: &DocumentFields) -> String {
    keys::search_text([
        Some(fields.number.as_str()),
        Some(fields.customer_name.as_str()),
        fields.customer_city.as_deref(),
        Some(fields.title.as_str()),
    ])
}
