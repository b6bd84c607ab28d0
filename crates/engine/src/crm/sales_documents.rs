//! The list of sales documents.

use jiff::civil::Date;
use rust_decimal::Decimal;
use sync_core::record::DocumentType;
use sync_core::state::SyncState;

use super::SyncView;
use crate::access::TenantScope;
use crate::ids::is_id;
use crate::store::StoreError;
use crate::store::sales_documents::{self, ChipCount, Criteria, ListedDocument, Sort, StatusCriterion};
use crate::{Engine, EngineError};

/// Rows of a page when nothing else is asked for.
pub const PER_PAGE: u32 = 50;
/// Most rows of a page: what a screen still shows at once.
const MAX_PER_PAGE: u32 = 200;

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

/// How many documents show a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chip {
    /// The state.
    pub state: SyncState,
    /// Documents.
    pub count: u64,
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
        let per_page = query.per_page.clamp(1, MAX_PER_PAGE);
        let criteria = criteria(query);
        let mut connection = self.db().read().await?;
        let counts = sales_documents::count_by_status(&mut connection, scope, &criteria).await?;
        let chips = chips(&counts);
        let all = counts.iter().map(|count| count.documents).sum();
        let total = query.state.map_or(all, |state| of_state(&chips, state));
        let last = u32::try_from(total.div_ceil(u64::from(per_page))).unwrap_or(u32::MAX);
        let page = query.page.clamp(1, last.max(1));
        let rows = sales_documents::list(
            &mut connection,
            scope,
            &criteria,
            query.state.map(criterion),
            query.sort,
            per_page,
            u64::from(page - 1) * u64::from(per_page),
        )
        .await?;
        Ok(ListPage {
            rows: rows.into_iter().map(row).collect::<Result<_, _>>()?,
            total,
            all,
            chips,
            page,
            per_page,
        })
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

fn criterion(state: SyncState) -> StatusCriterion {
    let (status, reason) = state.as_strs();
    StatusCriterion { status, reason: reason.unwrap_or_default() }
}

/// Counts of states that this program does not know are in none of the chips, only in the sum.
fn chips(counts: &[ChipCount]) -> Vec<Chip> {
    let count_of = |state: SyncState| {
        let (status, reason) = state.as_strs();
        let found =
            counts.iter().find(|count| count.status == status && count.reason == reason.unwrap_or_default());
        found.map(|count| Chip { state, count: count.documents })
    };
    SyncState::ALL.into_iter().filter_map(count_of).collect()
}

fn of_state(chips: &[Chip], state: SyncState) -> u64 {
    chips.iter().find(|chip| chip.state == state).map_or(0, |chip| chip.count)
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
