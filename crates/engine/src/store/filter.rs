//! Lists whose conditions are chosen at run time: the only place that puts SQL together from parts.
//!
//! Every part is text of this program: columns come from a closed enum, values are always bound, and `$n` is numbered
//! here. To filter or sort by one more column, add it to [`Column`].

use std::fmt::Write as _;

use sqlx::any::{AnyArguments, AnyRow};
use sqlx::{Any, Arguments, AssertSqlSafe, Encode, Executor, Type};

use super::StoreError;
use super::keys;

/// Values that one `IN` list may carry: with the other conditions well below what a statement may bind.
pub const MAX_VALUES: usize = 1_000;

/// Words of a search that count; more would only slow the list down.
const MAX_WORDS: usize = 8;

// The state that a document shows: its primary link's, waiting while nothing was decided for it yet; without a link its
// own, only here while nothing was decided. Macros, because `concat!` takes them and not constants.
macro_rules! shown_status {
    () => {
        "CASE WHEN l.id IS NOT NULL THEN COALESCE(l.sync_status, 'pending') ELSE COALESCE(d.sync_status, 'excluded') END"
    };
}
macro_rules! shown_reason {
    () => {
        "CASE WHEN l.sync_status IS NOT NULL THEN COALESCE(l.sync_reason, '') WHEN l.id IS NOT NULL THEN 'waiting' \
         WHEN d.sync_status IS NOT NULL THEN COALESCE(d.sync_reason, '') ELSE 'only_here' END"
    };
}
pub(crate) use {shown_reason, shown_status};

/// What lists may be filtered and sorted by. In joins, `d` is the record and `l` its primary link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Workspace of a record.
    RecordTenant,
    /// Id of a record; the last sort column, so that pages are stable.
    RecordId,
    /// When it was deleted.
    RecordDeleted,
    /// Folded text that the search box compares.
    RecordSearch,
    /// Status that a record shows.
    RecordStatus,
    /// Reason that goes with it; empty when the status needs none.
    RecordReason,
    /// Sort key of a contact's or product's name.
    RecordName,
    /// Country of a contact.
    ContactCountry,
    /// Folded code of a product.
    ProductCode,
    /// Whether a product is in use: 0 or 1.
    ProductActive,
    /// The CRM's word for the type.
    DocumentType,
    /// Day, as ISO text.
    DocumentDate,
    /// Contact of a document.
    DocumentContact,
    /// Sort key of the number.
    DocumentNumber,
    /// Sort key of the customer's name.
    DocumentCustomer,
    /// Gross total in minor units.
    DocumentTotal,
    /// Workspace of a line or of a tax.
    PartTenant,
    /// Document of a line or of a tax.
    PartDocument,
    /// Place of a line, from 0.
    LinePosition,
    /// Code of a tax.
    TaxCode,
}

impl Column {
    fn sql(self) -> &'static str {
        match self {
            Self::PartTenant => "tenant_id",
            Self::RecordName => "d.sort_key",
            Self::ContactCountry => "d.country",
            Self::ProductCode => "d.match_code",
            Self::ProductActive => "d.active",
            Self::RecordTenant => "d.tenant_id",
            Self::RecordId => "d.id",
            Self::DocumentType => "d.doc_type",
            Self::DocumentDate => "d.doc_date",
            Self::DocumentContact => "d.contact_id",
            Self::DocumentNumber => "d.number_key",
            Self::DocumentCustomer => "d.customer_key",
            Self::DocumentTotal => "d.gross_minor",
            Self::RecordDeleted => "d.deleted_at",
            Self::RecordSearch => "d.search_text",
            Self::RecordStatus => shown_status!(),
            Self::RecordReason => shown_reason!(),
            Self::PartDocument => "document_id",
            Self::LinePosition => "position",
            Self::TaxCode => "tax_code",
        }
    }
}

/// The value of a sorted column: where the next page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SortKey {
    /// Of a TEXT column.
    Text(String),
    /// Of a BIGINT column.
    Whole(i64),
}

/// Which way a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// A statement that is being put together.
pub struct Select {
    sql: String,
    arguments: AnyArguments,
    bound: usize,
    filtered: bool,
}

impl Select {
    /// Begins with `SELECT … FROM …`, without conditions and parameters.
    #[must_use]
    pub fn new(head: &'static str) -> Self {
        Self { sql: head.to_owned(), arguments: AnyArguments::default(), bound: 0, filtered: false }
    }

    /// Keeps rows whose column is the value.
    pub fn equals(&mut self, column: Column, value: &str) -> Result<&mut Self, StoreError> {
        self.compare(column, "=", value.to_owned())
    }

    /// Keeps rows whose column is the truth value.
    pub fn is(&mut self, column: Column, value: bool) -> Result<&mut Self, StoreError> {
        self.condition(column);
        self.sql.push_str(" = ");
        self.bind(i64::from(value))?;
        Ok(self)
    }

    /// Keeps rows whose column is the value or above.
    pub fn at_least(&mut self, column: Column, value: String) -> Result<&mut Self, StoreError> {
        self.compare(column, ">=", value)
    }

    /// Keeps rows whose column is the value or below.
    pub fn at_most(&mut self, column: Column, value: String) -> Result<&mut Self, StoreError> {
        self.compare(column, "<=", value)
    }

    /// Keeps rows whose column is empty.
    pub fn is_null(&mut self, column: Column) -> &mut Self {
        self.condition(column);
        self.sql.push_str(" IS NULL");
        self
    }

    /// Keeps rows whose column is one of the values; none when there are no values. At most [`MAX_VALUES`]: callers
    /// work in chunks.
    pub fn any_of<V: AsRef<str>>(&mut self, column: Column, values: &[V]) -> Result<&mut Self, StoreError> {
        debug_assert!(values.len() <= MAX_VALUES, "callers work in chunks");
        if values.is_empty() {
            self.joint();
            self.sql.push_str("1 = 0");
            return Ok(self);
        }
        self.condition(column);
        self.sql.push_str(" IN (");
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                self.sql.push_str(", ");
            }
            self.bind(value.as_ref().to_owned())?;
        }
        self.sql.push(')');
        Ok(self)
    }

    /// Keeps rows whose folded text contains every word of `search`, in any order.
    pub fn contains(&mut self, column: Column, search: &str) -> Result<&mut Self, StoreError> {
        for word in keys::search_words(search).into_iter().take(MAX_WORDS) {
            self.condition(column);
            self.sql.push_str(" LIKE ");
            self.bind(keys::like_pattern(&word))?;
            self.sql.push_str(keys::LIKE_ESCAPE);
        }
        Ok(self)
    }

    /// Groups by names of this program.
    pub fn group_by(&mut self, names: &'static str) -> &mut Self {
        self.sql.push_str(" GROUP BY ");
        self.sql.push_str(names);
        self
    }

    /// Sorts; the first column counts most.
    pub fn order_by(&mut self, columns: &[(Column, Direction)]) -> &mut Self {
        for (index, (column, direction)) in columns.iter().enumerate() {
            self.sql.push_str(if index == 0 { " ORDER BY " } else { ", " });
            self.sql.push_str(column.sql());
            self.sql.push_str(match direction {
                Direction::Ascending => " ASC",
                Direction::Descending => " DESC",
            });
        }
        self
    }

    /// Keeps rows that an order by `column`, then by id, has behind the one with these values.
    pub fn after(
        &mut self,
        column: Column,
        direction: Direction,
        key: SortKey,
        id: String,
    ) -> Result<&mut Self, StoreError> {
        self.joint();
        self.sql.push('(');
        self.sql.push_str(column.sql());
        self.sql.push_str(", ");
        self.sql.push_str(Column::RecordId.sql());
        self.sql.push_str(match direction {
            Direction::Ascending => ") > (",
            Direction::Descending => ") < (",
        });
        match key {
            SortKey::Text(text) => self.bind(text)?,
            SortKey::Whole(number) => self.bind(number)?,
        }
        self.sql.push_str(", ");
        self.bind(id)?;
        self.sql.push(')');
        Ok(self)
    }

    /// Takes `limit` rows after leaving out `offset`.
    pub fn page(&mut self, limit: u32, offset: u64) -> Result<&mut Self, StoreError> {
        self.sql.push_str(" LIMIT ");
        self.bind(i64::from(limit))?;
        self.sql.push_str(" OFFSET ");
        self.bind(i64::try_from(offset).unwrap_or(i64::MAX))?;
        Ok(self)
    }

    /// Runs it.
    pub async fn fetch_all<'e, E>(self, executor: E) -> Result<Vec<AnyRow>, StoreError>
    where
        E: Executor<'e, Database = Any>,
    {
        Ok(sqlx::query_with(AssertSqlSafe(self.sql), self.arguments).fetch_all(executor).await?)
    }

    /// Runs it and returns the first row.
    pub async fn fetch_optional<'e, E>(self, executor: E) -> Result<Option<AnyRow>, StoreError>
    where
        E: Executor<'e, Database = Any>,
    {
        Ok(sqlx::query_with(AssertSqlSafe(self.sql), self.arguments).fetch_optional(executor).await?)
    }

    fn compare(
        &mut self,
        column: Column,
        operator: &'static str,
        value: String,
    ) -> Result<&mut Self, StoreError> {
        self.condition(column);
        self.sql.push(' ');
        self.sql.push_str(operator);
        self.sql.push(' ');
        self.bind(value)?;
        Ok(self)
    }

    fn condition(&mut self, column: Column) {
        self.joint();
        self.sql.push_str(column.sql());
    }

    fn joint(&mut self) {
        self.sql.push_str(if self.filtered { " AND " } else { " WHERE " });
        self.filtered = true;
    }

    fn bind<T>(&mut self, value: T) -> Result<(), StoreError>
    where
        T: 'static + Send + Encode<'static, Any> + Type<Any>,
    {
        self.arguments.add(value).map_err(sqlx::Error::Encode)?;
        self.bound += 1;
        // Writing into a string cannot fail.
        let _ = write!(self.sql, "${}", self.bound);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_numbered_in_the_order_in_which_they_are_bound() {
        let mut select = Select::new("SELECT 1 FROM sales_documents d");
        select.equals(Column::RecordTenant, "t").unwrap();
        select.any_of(Column::RecordId, &["a", "b"]).unwrap();
        select.contains(Column::RecordSearch, "Šček  50%").unwrap();
        select.order_by(&[
            (Column::DocumentDate, Direction::Descending),
            (Column::RecordId, Direction::Ascending),
        ]);
        select.page(50, 100).unwrap();
        assert_eq!(
            select.sql,
            "SELECT 1 FROM sales_documents d WHERE d.tenant_id = $1 AND d.id IN ($2, $3) \
             AND d.search_text LIKE $4 ESCAPE '!' AND d.search_text LIKE $5 ESCAPE '!' \
             ORDER BY d.doc_date DESC, d.id ASC LIMIT $6 OFFSET $7"
        );
    }

    #[test]
    fn no_values_match_no_row() {
        let mut select = Select::new("SELECT 1 FROM products");
        select.any_of::<&str>(Column::RecordId, &[]).unwrap();
        assert_eq!(select.sql, "SELECT 1 FROM products WHERE 1 = 0");
    }

    #[test]
    fn the_next_page_begins_behind_the_last_row() {
        let mut select = Select::new("SELECT 1 FROM sales_documents d");
        let (total, id) = (Column::DocumentTotal, "x".to_owned());
        select.is(Column::ProductActive, true).unwrap();
        select.after(total, Direction::Descending, SortKey::Whole(5), id).unwrap();
        assert_eq!(
            select.sql,
            "SELECT 1 FROM sales_documents d WHERE d.active = $1 AND (d.gross_minor, d.id) < ($2, $3)"
        );
    }
}
