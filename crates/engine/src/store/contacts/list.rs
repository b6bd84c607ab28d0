//! The list of contacts: search, filter, and the counts of the chips. It is sorted by name.

use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::access::TenantScope;
use crate::store::filter::{Column, Direction, Select, SortKey};
use crate::store::records::{
    self, ChipCount, Shown, Slice, StatusCriterion, count_by_status as counted, from_with_mirror,
    read_counts, read_shown, shown_columns,
};
use crate::store::values::{text, text_or_none, truth, whole};
use crate::store::{StoreError, keys};

const SELECT: &str = concat!(
    "SELECT d.id, d.revision, d.name, d.is_company, d.tax_number, d.email, d.city, d.country, ",
    shown_columns!(),
    from_with_mirror!("contacts", "contact_id")
);

const COUNT: &str = counted!("contacts", "contact_id");

/// What a list is asked for, besides its status. `None` does not filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Criteria {
    /// Words that name, tax number, e-mail, town or code contain.
    pub search: Option<String>,
    /// ISO 3166, two letters.
    pub country: Option<String>,
}

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedContact {
    /// UUIDv7.
    pub id: String,
    /// Raised by every edit.
    pub revision: i64,
    /// Name.
    pub name: String,
    /// True for a business entity.
    pub is_company: bool,
    /// Digits; with country prefix when not Slovenian.
    pub tax_number: Option<String>,
    /// Of the contact person.
    pub email: Option<String>,
    /// Of the main address.
    pub city: Option<String>,
    /// Of the main address.
    pub country: Option<String>,
    /// What it shows about its sync.
    pub shown: Shown,
}

impl ListedContact {
    /// What a list goes on behind.
    #[must_use]
    pub fn sort_key(&self) -> SortKey {
        SortKey::Text(keys::sort_key(&self.name))
    }
}

/// A slice of the list. Deleted contacts are not listed.
pub async fn list(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    criteria: &Criteria,
    status: Option<StatusCriterion>,
    direction: Direction,
    slice: Slice,
) -> Result<Vec<ListedContact>, StoreError> {
    let mut select = Select::new(SELECT);
    narrow(&mut select, scope, criteria, status)?;
    records::sorted(&mut select, Column::RecordName, direction, slice)?;
    select.fetch_all(connection).await?.iter().map(row).collect()
}

/// How many contacts that meet the criteria show each status and reason.
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
    if let Some(country) = &criteria.country {
        select.equals(Column::ContactCountry, country)?;
    }
    Ok(())
}

fn row(row: &AnyRow) -> Result<ListedContact, StoreError> {
    Ok(ListedContact {
        id: text(row, "id")?,
        revision: whole(row, "revision")?,
        name: text(row, "name")?,
        is_company: truth(row, "is_company")?,
        tax_number: text_or_none(row, "tax_number")?,
        email: text_or_none(row, "email")?,
        city: text_or_none(row, "city")?,
        country: text_or_none(row, "country")?,
        shown: read_shown(row)?,
    })
}
