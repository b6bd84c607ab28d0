//! The list of documents: search, filter, sort, pages, and the counts of the chips.

use jiff::civil::Date;
use rust_decimal::Decimal;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::access::TenantScope;
use crate::store::StoreError;
use crate::store::filter::{Column, Direction, Select, SortKey};
use crate::store::keys;
use crate::store::records::{
    self, ChipCount, Shown, Slice, StatusCriterion, count_by_status as counted, from_with_mirror,
    read_counts, read_shown, shown_columns,
};
use crate::store::values::{day, decimal, minor, parsed_or_none, text, text_or_none, whole};

const SELECT: &str = concat!(
    "SELECT d.id, d.revision, d.doc_type, d.number, d.doc_date, d.contact_id, d.customer_name, d.customer_city, \
     d.currency, d.status_label, d.title, d.gross, d.paid, d.issued_at, ",
    shown_columns!(),
    from_with_mirror!("sales_documents", "document_id")
);

const COUNT: &str = counted!("sales_documents", "document_id");

/// What a list is asked for, besides its status. `None` does not filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Criteria {
    /// Words that number, customer, town or subject contain.
    pub search: Option<String>,
    /// The CRM's word for the type.
    pub doc_type: Option<String>,
    /// First day.
    pub from: Option<Date>,
    /// Last day.
    pub to: Option<Date>,
    /// Contact of the document.
    pub contact_id: Option<String>,
}

/// What a list is sorted by; equal rows are sorted by id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    /// Day.
    #[default]
    Date,
    /// Number, its digit groups as numbers.
    Number,
    /// Customer's name.
    Customer,
    /// Gross total, whatever the currency.
    Total,
}

/// Order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub by: SortBy,
    /// Largest first.
    pub descending: bool,
}

impl Default for Sort {
    /// Newest first.
    fn default() -> Self {
        Self { by: SortBy::Date, descending: true }
    }
}

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedDocument {
    /// UUIDv7.
    pub id: String,
    /// Raised by every edit.
    pub revision: i64,
    /// The CRM's word for the type.
    pub doc_type: String,
    /// The remote's number.
    pub number: String,
    /// Day.
    pub doc_date: Date,
    /// Customer.
    pub contact_id: Option<String>,
    /// Customer as the document shows it.
    pub customer_name: String,
    /// Customer's town.
    pub customer_city: Option<String>,
    /// ISO 4217.
    pub currency: String,
    /// Status as people read it.
    pub status_label: Option<String>,
    /// Subject.
    pub title: String,
    /// Gross total.
    pub gross: Decimal,
    /// Sum paid.
    pub paid: Option<Decimal>,
    /// Wall time of issue.
    pub issued_at: Option<String>,
    /// What it shows about its sync.
    pub shown: Shown,
}

impl ListedDocument {
    /// What a list that is sorted so goes on behind.
    #[must_use]
    pub fn sort_key(&self, by: SortBy) -> SortKey {
        match by {
            SortBy::Date => SortKey::Text(self.doc_date.to_string()),
            SortBy::Number => SortKey::Text(keys::sort_key(&self.number)),
            SortBy::Customer => SortKey::Text(keys::sort_key(&self.customer_name)),
            SortBy::Total => SortKey::Whole(minor(self.gross)),
        }
    }
}

/// A slice of the list. Deleted documents are not listed.
pub async fn list(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    criteria: &Criteria,
    status: Option<StatusCriterion>,
    sort: Sort,
    slice: Slice,
) -> Result<Vec<ListedDocument>, StoreError> {
    let mut select = Select::new(SELECT);
    narrow(&mut select, scope, criteria, status)?;
    let direction = if sort.descending { Direction::Descending } else { Direction::Ascending };
    records::sorted(&mut select, column(sort.by), direction, slice)?;
    select.fetch_all(connection).await?.iter().map(row).collect()
}

/// How many documents that meet the criteria show each status and reason.
pub async fn count_by_status(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    criteria: &Criteria,
) -> Result<Vec<ChipCount>, StoreError> {
    let mut select = Select::new(COUNT);
    narrow(&mut select, scope, criteria, None)?;
    select.group_by("shown_status, shown_reason");
    read_counts(&select.fetch_all(connection).await?)
}

fn narrow(
    select: &mut Select,
    scope: &TenantScope,
    criteria: &Criteria,
    status: Option<StatusCriterion>,
) -> Result<(), StoreError> {
    records::narrow(select, scope, criteria.search.as_deref(), status)?;
    if let Some(doc_type) = &criteria.doc_type {
        select.equals(Column::DocumentType, doc_type)?;
    }
    if let Some(contact) = &criteria.contact_id {
        select.equals(Column::DocumentContact, contact)?;
    }
    if let Some(from) = criteria.from {
        select.at_least(Column::DocumentDate, from.to_string())?;
    }
    if let Some(to) = criteria.to {
        select.at_most(Column::DocumentDate, to.to_string())?;
    }
    Ok(())
}

fn column(by: SortBy) -> Column {
    match by {
        SortBy::Date => Column::DocumentDate,
        SortBy::Number => Column::DocumentNumber,
        SortBy::Customer => Column::DocumentCustomer,
        SortBy::Total => Column::DocumentTotal,
    }
}

fn row(row: &AnyRow) -> Result<ListedDocument, StoreError> {
    Ok(ListedDocument {
        id: text(row, "id")?,
        revision: whole(row, "revision")?,
        doc_type: text(row, "doc_type")?,
        number: text(row, "number")?,
        doc_date: day(row, "doc_date")?,
        contact_id: text_or_none(row, "contact_id")?,
        customer_name: text(row, "customer_name")?,
        customer_city: text_or_none(row, "customer_city")?,
        currency: text(row, "currency")?,
        status_label: text_or_none(row, "status_label")?,
        title: text(row, "title")?,
        gross: decimal(row, "gross")?,
        paid: parsed_or_none(row, "paid")?,
        issued_at: text_or_none(row, "issued_at")?,
        shown: read_shown(row)?,
    })
}
