//! Writes documents, lines and taxes in as few statements as possible.

use jiff::Timestamp;
use rust_decimal::Decimal;
use sqlx::AnyConnection;

use super::{DocumentFields, LineRow, NewDocument, TaxRow};
use crate::access::TenantScope;
use crate::store::rows::Rows;
use crate::store::values::{exact, exact_or_none, micros, minor};
use crate::store::{StoreError, keys};

const INSERT: &str = "INSERT INTO sales_documents (tenant_id, id, revision, doc_type, number, doc_date, contact_id, \
     customer_name, customer_city, currency, status_label, title, head, net, discount, gross, gross_minor, \
     total_check, total_difference, paid, issued_at, match_key, search_text, number_key, customer_key, created_at, \
     updated_at)";
const INSERT_WIDTH: usize = 27;

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
    let mut heads = Rows::new(INSERT, INSERT_WIDTH, "");
    let mut lines = Rows::new(INSERT_LINES, LINE_WIDTH, "");
    let mut taxes = Rows::new(INSERT_TAXES, TAX_WIDTH, "");
    for document in documents {
        add_head(&mut heads, scope, document, now);
        add_lines(&mut lines, scope, &document.id, &document.lines);
        add_taxes(&mut taxes, scope, &document.id, &document.taxes);
    }
    heads.execute(&mut *connection).await?;
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
    let affected = sqlx::query(
        "UPDATE sales_documents SET revision = revision + 1, doc_type = $4, number = $5, doc_date = $6, \
         contact_id = $7, customer_name = $8, customer_city = $9, currency = $10, status_label = $11, title = $12, \
         head = $13, net = $14, discount = $15, gross = $16, gross_minor = $17, total_check = $18, \
         total_difference = $19, paid = $20, issued_at = $21, match_key = $22, search_text = $23, number_key = $24, \
         customer_key = $25, updated_at = $26 \
         WHERE tenant_id = $1 AND id = $2 AND revision = $3 AND deleted_at IS NULL",
    )
    .bind(scope.tenant().to_owned())
    .bind(id.to_owned())
    .bind(expected_revision)
    .bind(fields.doc_type.clone())
    .bind(fields.number.clone())
    .bind(fields.doc_date.to_string())
    .bind(fields.contact_id.clone())
    .bind(fields.customer_name.clone())
    .bind(fields.customer_city.clone())
    .bind(fields.currency.clone())
    .bind(fields.status_label.clone())
    .bind(fields.title.clone())
    .bind(fields.head.clone())
    .bind(exact(fields.net))
    .bind(exact(fields.discount))
    .bind(exact(fields.gross))
    .bind(minor(fields.gross))
    .bind(fields.total_check.as_str())
    .bind(exact(fields.total_difference))
    .bind(exact_or_none(fields.paid))
    .bind(fields.issued_at.clone())
    .bind(fields.match_key.clone())
    .bind(search_text(fields))
    .bind(keys::sort_key(&fields.number))
    .bind(keys::sort_key(&fields.customer_name))
    .bind(micros(now))
    .execute(connection)
    .await?
    .rows_affected();
    Ok((affected == 1).then_some(expected_revision + 1))
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

fn add_head(rows: &mut Rows, scope: &TenantScope, document: &NewDocument, now: Timestamp) {
    let fields = &document.fields;
    rows.row()
        .bind(scope.tenant().to_owned())
        .bind(document.id.clone())
        .bind(1_i64)
        .bind(fields.doc_type.clone())
        .bind(fields.number.clone())
        .bind(fields.doc_date.to_string())
        .bind(fields.contact_id.clone())
        .bind(fields.customer_name.clone())
        .bind(fields.customer_city.clone())
        .bind(fields.currency.clone())
        .bind(fields.status_label.clone())
        .bind(fields.title.clone())
        .bind(fields.head.clone())
        .bind(exact(fields.net))
        .bind(exact(fields.discount))
        .bind(exact(fields.gross))
        .bind(minor(fields.gross))
        .bind(fields.total_check.as_str())
        .bind(exact(fields.total_difference))
        .bind(exact_or_none(fields.paid))
        .bind(fields.issued_at.clone())
        .bind(fields.match_key.clone())
        .bind(search_text(fields))
        .bind(keys::sort_key(&fields.number))
        .bind(keys::sort_key(&fields.customer_name))
        .bind(micros(now))
        .bind(micros(now));
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
