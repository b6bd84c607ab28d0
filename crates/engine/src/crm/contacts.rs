//! The list of contacts.

use sync_core::state::SyncState;

use super::SyncView;
use super::cursor::{ListCursor, Listed, cut};
use super::list::{Chip, Counted, PER_PAGE, criterion, page_of, per_page};
use crate::access::TenantScope;
use crate::store::contacts::{self, Criteria, ListedContact};
use crate::store::filter::Direction;
use crate::store::records::Slice;
use crate::{Engine, EngineError};

/// What the list is asked for. `None` does not filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactQuery {
    /// Words that name, tax number, e-mail, town or code contain.
    pub search: Option<String>,
    /// Only contacts that show this state.
    pub state: Option<SyncState>,
    /// Only contacts of this country: ISO 3166, two letters.
    pub country: Option<String>,
    /// From Z to A.
    pub descending: bool,
    /// From 1; a number outside counts as the nearest page there is.
    pub page: u32,
    /// 1 to 200; other numbers count as the nearest of them.
    pub per_page: u32,
}

impl Default for ContactQuery {
    fn default() -> Self {
        Self { search: None, state: None, country: None, descending: false, page: 1, per_page: PER_PAGE }
    }
}

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactRow {
    /// UUIDv7.
    pub id: String,
    /// Raised by every edit.
    pub revision: i64,
    /// Name.
    pub name: String,
    /// A company and not a person.
    pub company: bool,
    /// Tax number.
    pub tax_number: Option<String>,
    /// E-mail of the contact person.
    pub email: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// Country: two letters.
    pub country: Option<String>,
    /// State towards Metakocka.
    pub sync: SyncView,
}

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactPage {
    /// The rows.
    pub rows: Vec<ContactRow>,
    /// Contacts that fit everything that was asked for.
    pub total: u64,
    /// Contacts that fit everything but the state.
    pub all: u64,
    /// States that are not empty.
    pub chips: Vec<Chip>,
    /// This page, from 1.
    pub page: u32,
    /// Rows of a full page.
    pub per_page: u32,
}

impl Engine {
    /// One page of the contacts that fit, and how many show each state.
    pub async fn contacts(
        &self,
        scope: &TenantScope,
        query: &ContactQuery,
    ) -> Result<ContactPage, EngineError> {
        let mut connection = self.db().read().await?;
        let criteria = criteria(query);
        let counts = contacts::count_by_status(&mut connection, scope, &criteria).await?;
        let Counted { chips, all, total } = Counted::of(&counts, query.state);
        let per_page = per_page(query.per_page);
        let page = page_of(query.page, total, per_page);
        let slice = Slice::Page { limit: per_page, offset: u64::from(page - 1) * u64::from(per_page) };
        let state = query.state.map(criterion);
        let rows = contacts::list(&mut connection, scope, &criteria, state, direction(query), slice).await?;
        Ok(ContactPage { rows: rows.into_iter().map(row).collect(), total, all, chips, page, per_page })
    }

    /// The contacts that fit, from where a cursor stands; `page` of the query does not count.
    pub async fn contacts_after(
        &self,
        scope: &TenantScope,
        query: &ContactQuery,
        after: Option<ListCursor>,
    ) -> Result<Listed<ContactRow>, EngineError> {
        let limit = per_page(query.per_page);
        let slice = Slice::After { limit: limit + 1, last: after.map(|cursor| (cursor.key, cursor.id)) };
        let mut connection = self.db().read().await?;
        let state = query.state.map(criterion);
        let rows =
            contacts::list(&mut connection, scope, &criteria(query), state, direction(query), slice).await?;
        let (rows, next) = cut(rows, limit, |row| ListCursor { key: row.sort_key(), id: row.id.clone() });
        Ok(Listed { rows: rows.into_iter().map(row).collect(), next })
    }
}

fn criteria(query: &ContactQuery) -> Criteria {
    Criteria { search: query.search.clone(), country: query.country.as_ref().map(|c| c.to_ascii_uppercase()) }
}

fn direction(query: &ContactQuery) -> Direction {
    if query.descending { Direction::Descending } else { Direction::Ascending }
}

fn row(listed: ListedContact) -> ContactRow {
    ContactRow {
        id: listed.id,
        revision: listed.revision,
        name: listed.name,
        company: listed.is_company,
        tax_number: listed.tax_number,
        email: listed.email,
        city: listed.city,
        country: listed.country,
        sync: listed.shown.into(),
    }
}
