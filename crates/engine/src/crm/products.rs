//! The list of products.

use sync_core::state::SyncState;

use super::SyncView;
use super::cursor::{ListCursor, Listed, cut};
use super::list::{Chip, Counted, PER_PAGE, criterion, page_of, per_page};
use crate::access::TenantScope;
use crate::store::products::{self, Criteria, ListedProduct, Sort};
use crate::store::records::Slice;
use crate::{Engine, EngineError};

/// What the list is asked for. `None` does not filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductQuery {
    /// Words that code, name, barcode or number contain.
    pub search: Option<String>,
    /// Only products that show this state.
    pub state: Option<SyncState>,
    /// In use or not.
    pub active: Option<bool>,
    /// Order.
    pub sort: Sort,
    /// From 1; a number outside counts as the nearest page there is.
    pub page: u32,
    /// 1 to 200; other numbers count as the nearest of them.
    pub per_page: u32,
}

impl Default for ProductQuery {
    fn default() -> Self {
        Self { search: None, state: None, active: None, sort: Sort::default(), page: 1, per_page: PER_PAGE }
    }
}

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductRow {
    /// UUIDv7.
    pub id: String,
    /// Raised by every edit.
    pub revision: i64,
    /// SKU.
    pub code: String,
    /// Name.
    pub name: String,
    /// Unit of measure; may be empty.
    pub unit: String,
    /// A service and not goods.
    pub service: bool,
    /// In use.
    pub active: bool,
    /// State towards Metakocka.
    pub sync: SyncView,
}

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductPage {
    /// The rows.
    pub rows: Vec<ProductRow>,
    /// Products that fit everything that was asked for.
    pub total: u64,
    /// Products that fit everything but the state.
    pub all: u64,
    /// States that are not empty.
    pub chips: Vec<Chip>,
    /// This page, from 1.
    pub page: u32,
    /// Rows of a full page.
    pub per_page: u32,
}

impl Engine {
    /// One page of the products that fit, and how many show each state.
    pub async fn products(
        &self,
        scope: &TenantScope,
        query: &ProductQuery,
    ) -> Result<ProductPage, EngineError> {
        let mut connection = self.db().read().await?;
        let criteria = criteria(query);
        let counts = products::count_by_status(&mut connection, scope, &criteria).await?;
        let Counted { chips, all, total } = Counted::of(&counts, query.state);
        let per_page = per_page(query.per_page);
        let page = page_of(query.page, total, per_page);
        let slice = Slice::Page { limit: per_page, offset: u64::from(page - 1) * u64::from(per_page) };
        let state = query.state.map(criterion);
        let rows = products::list(&mut connection, scope, &criteria, state, query.sort, slice).await?;
        Ok(ProductPage { rows: rows.into_iter().map(row).collect(), total, all, chips, page, per_page })
    }

    /// The products that fit, from where a cursor stands; `page` of the query does not count.
    pub async fn products_after(
        &self,
        scope: &TenantScope,
        query: &ProductQuery,
        after: Option<ListCursor>,
    ) -> Result<Listed<ProductRow>, EngineError> {
        let limit = per_page(query.per_page);
        let slice = Slice::After { limit: limit + 1, last: after.map(|cursor| (cursor.key, cursor.id)) };
        let mut connection = self.db().read().await?;
        let state = query.state.map(criterion);
        let rows = products::list(&mut connection, scope, &criteria(query), state, query.sort, slice).await?;
        let by = query.sort.by;
        let (rows, next) = cut(rows, limit, |row| ListCursor { key: row.sort_key(by), id: row.id.clone() });
        Ok(Listed { rows: rows.into_iter().map(row).collect(), next })
    }
}

fn criteria(query: &ProductQuery) -> Criteria {
    Criteria { search: query.search.clone(), active: query.active }
}

fn row(listed: ListedProduct) -> ProductRow {
    ProductRow {
        id: listed.id,
        revision: listed.revision,
        code: listed.code,
        name: listed.name,
        unit: listed.unit,
        service: listed.service,
        active: listed.active,
        sync: listed.shown.into(),
    }
}
