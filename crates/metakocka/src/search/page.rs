//! Pages of a search, and how large a page may be.

use std::fmt;

use crate::fields::{Fields, Read};
use crate::identity::MkId;
use crate::row::Row;

/// A page of a search.
#[derive(Clone, Debug)]
pub struct SearchPage<T> {
    /// How many documents fit in all (`result_all_records`), when Metakocka says so. Filtered sets can
    /// shrink between two pages.
    pub total: Option<u64>,
    /// How many were skipped.
    pub offset: u64,
    /// The rows.
    pub rows: Vec<Row<T>>,
}

impl<T> SearchPage<T> {
    /// Where the next page begins, by the rows received (Q15); `None` after the last one.
    pub fn next_offset(&self) -> Option<u64> {
        let end = self.offset + self.rows.len() as u64;
        let is_last = self.rows.is_empty() || self.total.is_some_and(|total| end >= total);
        if is_last { None } else { Some(end) }
    }
}

/// A document in the short form of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShortRow {
    /// The id.
    pub mk_id: MkId,
    /// The number that people see (`count_code`).
    pub number: Option<String>,
    /// The status's label, for orders that have one (`status_code`).
    pub status_label: Option<String>,
}

impl ShortRow {
    pub(crate) fn read(mut f: Fields<'_>) -> Read<Self> {
        Ok(Self {
            mk_id: f.required_id("mk_id")?,
            number: f.text("count_code")?,
            status_label: f.text("status_code")?,
        })
    }
}

/// How many records a page has at most, between 1 and what Metakocka allows (`metakocka-api.md §1.6`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageLimit<const MAX: u16>(u16);

/// The size of a search's page: at most 100.
pub type SearchLimit = PageLimit<100>;
/// The size of a page of products, partners or warehouses: at most 1000.
pub type ListLimit = PageLimit<1000>;

impl<const MAX: u16> PageLimit<MAX> {
    /// The largest page.
    pub const MAX: Self = Self(MAX);

    /// A page of this many records, if Metakocka allows it.
    pub const fn new(records: u16) -> Option<Self> {
        if records >= 1 && records <= MAX { Some(Self(records)) } else { None }
    }

    /// The number of records.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl<const MAX: u16> Default for PageLimit<MAX> {
    fn default() -> Self {
        Self::MAX
    }
}

impl<const MAX: u16> fmt::Display for PageLimit<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(total: Option<u64>, offset: u64, rows: usize) -> SearchPage<ShortRow> {
        let raw = serde_json::value::to_raw_value(&serde_json::json!({ "mk_id": "1" })).unwrap();
        let row = || crate::fields::read_row(&raw, ShortRow::read);
        SearchPage { total, offset, rows: (0..rows).map(|_| row()).collect() }
    }

    #[test]
    fn paging_goes_by_the_rows_received() {
        assert_eq!(page(Some(5), 0, 2).next_offset(), Some(2));
        assert_eq!(page(Some(5), 4, 1).next_offset(), None);
        assert_eq!(page(Some(960), 0, 1).next_offset(), Some(1));
        assert_eq!(page(Some(5), 4, 0).next_offset(), None);
        assert_eq!(page(None, 0, 2).next_offset(), Some(2));
        assert_eq!(page(None, 2, 0).next_offset(), None);
    }

    #[test]
    fn limits_are_between_one_and_what_metakocka_allows() {
        assert_eq!(SearchLimit::new(100), Some(SearchLimit::MAX));
        assert!(SearchLimit::new(0).is_none() && SearchLimit::new(101).is_none());
        assert!(ListLimit::new(1000).is_some() && ListLimit::new(1001).is_none());
    }
}
