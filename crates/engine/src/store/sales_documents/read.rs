//! Reads documents with what belongs to them.

use jiff::Timestamp;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::{DocumentFields, LineRow, StoredDocument, TaxRow};
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

/// The columns that [`read_shown`] reads.
macro_rules! shown_columns {
    () => {
        concat!(
            crate::store::filter::shown_status!(),
            " AS shown_status, ",
            crate::store::filter::shown_reason!(),
            " AS shown_reason, CASE WHEN l.id IS NOT NULL THEN l.sync_detail ELSE d.sync_detail END AS shown_detail, \
             l.external_id, l.remote_type, l.equal_at, m.number AS remote_number"
        )
    };
}
/// A document with its primary link.
macro_rules! from_with_link {
    () => {
        " FROM sales_documents d \
         LEFT JOIN links l ON l.tenant_id = d.tenant_id AND l.document_id = d.id AND l.role = 'primary'"
    };
}
/// A document with its primary link and what the mirror has of it.
macro_rules! from_with_mirror {
    () => {
        concat!(
            crate::store::sales_documents::read::from_with_link!(),
            " LEFT JOIN mirror m ON m.tenant_id = l.tenant_id AND m.connection_id = l.connection_id \
             AND m.kind = l.kind AND m.remote_type = l.remote_type AND m.external_id = l.external_id"
        )
    };
}
pub(super) use {from_with_link, from_with_mirror, shown_columns};

const SELECT_SHOWN: &str = concat!("SELECT ", shown_columns!(), from_with_mirror!());

const SELECT_TAXES: &str = "SELECT tax_code, rate, tax FROM sales_document_taxes";

/// What a document shows about its sync (contract §2a).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Status.
    pub status: String,
    /// Reason; empty when the status needs none.
    pub reason: String,
    /// Why, for people.
    pub detail: Option<String>,
    /// Its primary link.
    pub link: Option<ShownLink>,
}

/// The remote record that a document's primary link points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownLink {
    /// The remote's id.
    pub external_id: String,
    /// The remote's document type.
    pub remote_type: String,
    /// What people know it by over there; `None` while the mirror does not have it.
    pub number: Option<String>,
    /// When both sides were last equal.
    pub equal_at: Option<Timestamp>,
}

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
        select.equals(Column::DocumentTenant, scope.tenant())?.any_of(Column::DocumentId, ids)?;
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

/// What a document shows about its sync; `None` when it does not exist.
pub async fn shown(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    document_id: &str,
) -> Result<Option<Shown>, StoreError> {
    let mut select = Select::new(SELECT_SHOWN);
    select.equals(Column::DocumentTenant, scope.tenant())?.equals(Column::DocumentId, document_id)?;
    select.fetch_optional(connection).await?.as_ref().map(read_shown).transpose()
}

/// Reads [`shown_columns!`].
pub(super) fn read_shown(row: &AnyRow) -> Result<Shown, StoreError> {
    Ok(Shown {
        status: text(row, "shown_status")?,
        reason: text(row, "shown_reason")?,
        detail: text_or_none(row, "shown_detail")?,
        link: text_or_none(row, "external_id")?.map(|id| read_link(row, id)).transpose()?,
    })
}

fn read_link(row: &AnyRow, external_id: String) -> Result<ShownLink, StoreError> {
    Ok(ShownLink {
        external_id,
        remote_type: text(row, "remote_type")?,
        number: text_or_none(row, "remote_number")?,
        equal_at: instant_or_none(row, "equal_at")?,
    })
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
