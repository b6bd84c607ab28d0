//! The list of products: search, filter, sort, and the counts of the chips.

use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::access::TenantScope;
use crate::store::filter::{Column, Direction, Select, SortKey};
use crate::store::records::{
    self, ChipCount, Shown, Slice, StatusCriterion, count_by_status as counted, from_with_mirror,
    read_counts, read_shown, shown_columns,
};
use crate::store::values::{text, truth, whole};
use crate::store::{StoreError, keys};

const SELECT: &str = concat!(
    "SELECT d.id, d.revision, d.code, d.match_code, d.name, d.unit, d.service, d.active, ",
    shown_columns!(),
    from_with_mirror!("products", "product_id")
);

const COUNT: &str = counted!("products", "product_id");

/// What a list is asked for, besides its status. `None` does not filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Criteria {
    /// Words that code, name, barcode or number contain.
    pub search: Option<String>,
    /// In use or not.
    pub active: Option<bool>,
}

/// What a list is sorted by; equal rows are sorted by id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    /// Name.
    #[default]
    Name,
    /// Folded code.
    Code,
}

/// Order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub by: SortBy,
    /// Largest first.
    pub descending: bool,
}

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedProduct {
    /// UUIDv7.
    pub id: String,
    /// Raised by every edit.
    pub revision: i64,
    /// SKU.
    pub code: String,
    /// Folded code.
    pub match_code: String,
    /// Name.
    pub name: String,
    /// Unit of measure.
    pub unit: String,
    /// True for a service.
    pub service: bool,
    /// False when it is no longer in use.
    pub active: bool,
    /// What it shows about its sync.
    pub shown: Shown,
}

impl ListedProduct {
    /// What a list that is sorted so goes on behind.
    #[must_use]
    pub fn sort_key(&self, by: SortBy) -> SortKey {
        SortKey::Text(match by {
            SortBy::Name => keys::sort_key(&self.name),
            SortBy::Code => self.match_code.clone(),
        })
    }
}

/// A slice of the list. Deleted products are not listed.
pub async fn list(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    criteria: &Criteria,
    status: Option<StatusCriterion>,
    sort: Sort,
    slice: Slice,
) -> Result<Vec<ListedProduct>, StoreError> {
    let mut select = Select::new(SELECT);
    narrow(&mut select, scope, criteria, status)?;
    let column = match sort.by {
        SortBy::Name => Column::RecordName,
        SortBy::Code => Column::ProductCode,
    };
    let direction = if sort.descending { Direction::Descending } else { Direction::Ascending };
    records::sorted(&mut select, column, direction, slice)?;
    select.fetch_all(connection).await?.iter().map(row).collect()
}

/// How many products that meet the criteria show each status and reason.
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
    if let Some(active) = criteria.active {
        select.is(Column::ProductActive, active)?;
    }
    Ok(())
}

fn row(row: &AnyRow) -> Result<ListedProduct, StoreError> {
    Ok(ListedProduct {
        id: text(row, "id")?,
        revision: whole(row, "revision")?,
        code: text(row, "code")?,
        match_code: text(row, "match_code")?,
        name: text(row, "name")?,
        unit: text(row, "unit")?,
        service: truth(row, "service")?,
        active: truth(row, "active")?,
        shown: read_shown(row)?,
    })
}
