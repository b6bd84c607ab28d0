//! Searching documents: the question and its page (`metakocka-api.md §5`). Which filters a company offers
//! is asked, not assumed.

mod catalogue;
mod filter;
mod other;
mod page;

use serde_json::{Map, Value, json};

pub use catalogue::{FilterCatalogue, FilterInfo};
pub use filter::{FilterName, SearchFilter};
pub use other::{OtherDocumentType, OtherSearch};
pub use page::{ListLimit, PageLimit, SearchLimit, SearchPage, ShortRow};

use crate::document::DocumentType;

/// Which documents, in which order, and which page.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentSearch {
    /// The type; one per search.
    pub doc_type: DocumentType,
    /// Conditions that all hold. One that the company's version does not know is an error of Metakocka's,
    /// not ignored.
    pub filters: Vec<SearchFilter>,
    /// Free text, as in the search box of the user interface: fuzzy.
    pub text: Option<String>,
    /// The order of ids. Documented for orders only; elsewhere check the ids received.
    pub order: Option<OrderDirection>,
    /// How many to skip.
    pub offset: u64,
    /// How many at most.
    pub limit: SearchLimit,
}

/// The order of ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderDirection {
    /// Oldest first: what is new appears at the end.
    Ascending,
    /// Newest first.
    Descending,
}

impl DocumentSearch {
    /// All documents of a type, the first page, in Metakocka's order.
    pub fn all(doc_type: DocumentType) -> Self {
        Self {
            doc_type,
            filters: Vec::new(),
            text: None,
            order: None,
            offset: 0,
            limit: SearchLimit::default(),
        }
    }

    /// The same with one more condition.
    #[must_use]
    pub fn filter(mut self, filter: SearchFilter) -> Self {
        self.filters.push(filter);
        self
    }

    /// The same in an order.
    #[must_use]
    pub fn order(mut self, order: OrderDirection) -> Self {
        self.order = Some(order);
        self
    }

    /// The same from an offset on.
    #[must_use]
    pub fn from_offset(mut self, offset: u64) -> Self {
        self.offset = offset;
        self
    }

    /// The same with pages of another size.
    #[must_use]
    pub fn limit(mut self, limit: SearchLimit) -> Self {
        self.limit = limit;
        self
    }

    pub(crate) fn write_into(&self, body: &mut Map<String, Value>) {
        body.insert("doc_type".to_owned(), json!(self.doc_type.wire()));
        body.insert("offset".to_owned(), json!(self.offset.to_string()));
        body.insert("limit".to_owned(), json!(self.limit.to_string()));
        if !self.filters.is_empty() {
            let conditions: Vec<Value> = self.filters.iter().flat_map(SearchFilter::to_json).collect();
            body.insert("query_advance".to_owned(), Value::from(conditions));
        }
        if let Some(text) = &self.text {
            body.insert("query".to_owned(), json!(text));
        }
        if let Some(order) = self.order {
            let direction = match order {
                OrderDirection::Ascending => "asc",
                OrderDirection::Descending => "desc",
            };
            body.insert("order_direction".to_owned(), json!(direction));
        }
    }
}
