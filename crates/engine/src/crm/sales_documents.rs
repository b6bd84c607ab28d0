//! The list of sales documents.

use jiff::civil::Date;
use rust_decimal::Decimal;
use sync_core::record::DocumentType;
use sync_core::state::SyncState;

use super::SyncView;
use super::cursor::{ListCursor, Listed, cut};
use super::list::{Chip, Counted, PER_PAGE, criterion, page_of, per_page};
use crate::access::TenantScope;
use crate::ids::is_id;
use crate::store::StoreError;
use crate::store::records::Slice;
use crate::store::sales_documents::{self, Criteria, ListedDocument, Sort, SortBy};
use crate::{Engine, EngineError};

/// What the list is asked for. `None` does not filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery {
    /// Words that number, customer, town or subject contain, in any order, without regard to case and marks.
    pub search: Option<String>,
    /// Only documents that show this state.
    pub state: Option<SyncState>,
    /// Only this type.
    pub doc_type: Option<DocumentType>,
    /// First day.
    pub from: Option<Date>,
    /// Last day.
    pub to: Option<Date>,
    /// Only documents of this contact.
    pub customer: Option<String>,
    /// Order.
    pub sort: Sort,
    /// From 1; a number outside counts as the nearest page there is.
    pub page: u32,
    /// 1 to 200; other numbers count as the nearest of them.
    pub per_page: u32,
}

impl Default for ListQuery {
    fn default() -> Self {
        Self {
            search: None,
            state: None,
            doc_type: None,
            from: None,
            to: None,
            customer: None,
            sort: Sort::default(),
            page: 1,
            per_page: PER_PAGE,
        }
    }
}

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPage {
    /// The rows.
    pub rows: Vec<DocumentRow>,
    /// Documents that fit everything that was asked for.
    pub total: u64,
    /// Documents that fit everything but the state: what the chip *All* says.
    pub all: u64,
    /// States that are not empty, in the order of the contract, whatever state was asked for.
    pub chips: Vec<Chip>,
    /// This page, from 1.
    pub page: u32,
    /// Rows of a full page.
    pub per_page: u32,
}

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentRow {
    /// UUIDv7.
    pub id: String,
    /// Raised by every edit.
    pub revision: i64,
    /// Metakocka's number; empty until it has one.
    pub number: String,
    /// What it is.
    pub doc_type: DocumentType,
    /// Its day.
    pub date: Date,
    /// The customer; `None` while a decision about duplicates is awaited.
    pub contact_id: Option<String>,
    /// The customer as the document shows it.
    pub customer_name: String,
    /// The customer's town.
    pub customer_city: Option<String>,
    /// Subject; may be empty.
    pub title: String,
    /// Gross total as Metakocka books it.
    pub gross: Decimal,
    /// ISO 4217.
    pub currency: String,
    /// Status as people read it.
    pub status_label: Option<String>,
    /// Sum paid, when Metakocka says so.
    pub paid: Option<Decimal>,
    /// Wall time of issue in Metakocka; `None`: a draft, or not an invoice.
    pub issued_at: Option<String>,
    /// State towards Metakocka.
    pub sync: SyncView,
}

impl Engine {
    /// One page of the documents that fit, and how many show each state.
    pub async fn sales_documents(
        &self,
        scope: &TenantScope,
        query: &ListQuery,
    ) -> Result<ListPage, EngineError> {
        let criteria = criteria(query);
        let mut connection = self.db().read().await?;
        let counts = sales_documents::count_by_status(&mut connection, scope, &criteria).await?;
        let Counted { chips, all, total } = Counted::of(&counts, query.state);
        let per_page = per_page(query.per_page);
        let page = page_of(query.page, total, per_page);
        let slice = Slice::Page { limit: per_page, offset: u64::from(page - 1) * u64::from(per_page) };
        let state = query.state.map(criterion);
        let rows = sales_documents::list(&mut connection, scope, &criteria, state, query.sort, slice).await?;
        Ok(ListPage {
            rows: rows.into_iter().map(row).collect::<Result<_, _>>()?,
            total,
            all,
            chips,
            page,
            per_page,
        })
    }

    /// The documents that fit, from where a cursor stands; `page` of the query does not count. A cursor of a list that is
    /// sorted otherwise is refused.
    pub async fn sales_documents_after(
        &self,
        scope: &TenantScope,
        query: &ListQuery,
        after: Option<ListCursor>,
    ) -> Result<Listed<DocumentRow>, EngineError> {
        let by = query.sort.by;
        if after.as_ref().is_some_and(|cursor| !cursor.fits(by == SortBy::Total)) {
            return Err(EngineError::invalid(
                "cursor",
                "This cursor belongs to a list that is sorted otherwise.",
            ));
        }
        let limit = per_page(query.per_page);
        let slice = Slice::After { limit: limit + 1, last: after.map(|cursor| (cursor.key, cursor.id)) };
        let mut connection = self.db().read().await?;
        let state = query.state.map(criterion);
        let rows =
            sales_documents::list(&mut connection, scope, &criteria(query), state, query.sort, slice).await?;
        let (rows, next) = cut(rows, limit, |row| ListCursor { key: row.sort_key(by), id: row.id.clone() });
        Ok(Listed { rows: rows.into_iter().map(row).collect::<Result<_, _>>()?, next })
    }
}

fn criteria(query: &ListQuery) -> Criteria {
    Criteria {
        search: query.search.clone(),
        doc_type: query.doc_type.map(|doc_type| doc_type.as_str().to_owned()),
        from: query.from,
        to: query.to,
        // What has not the form of an id is nobody's.
        contact_id: query.customer.as_ref().map(|id| if is_id(id) { id.clone() } else { String::new() }),
    }
}

fn row(listed: ListedDocument) -> Result<DocumentRow, StoreError> {
    Ok(DocumentRow {
        doc_type: listed.doc_type.parse().map_err(|_| StoreError::Corrupt { column: "doc_type" })?,
        id: listed.id,
        revision: listed.revision,
        number: listed.number,
        date: listed.doc_date,
        contact_id: listed.contact_id,
        customer_name: listed.customer_name,
        customer_city: listed.customer_city,
        title: listed.title,
        gross: listed.gross,
        currency: listed.currency,
        status_label: listed.status_label,
        paid: listed.paid,
        issued_at: listed.issued_at,
        sync: listed.shown.into(),
    })
}
