//! Calls about documents: search, read one, ask which filters there are.

use serde_json::{Map, Value, json};

use super::Client;
use crate::document::{Document, DocumentFlags, DocumentType};
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::fields::{FieldError, Fields, Read, read_row};
use crate::identity::MkId;
use crate::product::Product;
use crate::reply::Reply;
use crate::row::Row;
use crate::search::{DocumentSearch, FilterCatalogue, OtherDocumentType, OtherSearch, SearchPage, ShortRow};

/// What Metakocka answers instead of an empty list of complaints (Q17).
const NO_COMPLAINTS: &str = "no complaints found";

/// The most rows of a search: a hundred can be asked for (`metakocka-api.md §1.6`), and a little more.
const MAX_SEARCH_ROWS: usize = 200;

impl Client {
    /// Searches documents and returns them whole (`metakocka-api.md §5`).
    pub async fn search_documents(
        &self,
        search: &DocumentSearch,
        flags: &DocumentFlags,
    ) -> Result<SearchPage<Document>, Error> {
        let mut body = Map::new();
        search.write_into(&mut body);
        flags.write_into(&mut body);
        body.insert("result_type".to_owned(), json!("doc"));
        let doc_type = search.doc_type;
        let read = move |fields: Fields<'_>| Document::read(doc_type, fields);
        self.search(search.offset, "result", body, read).await
    }

    /// Searches documents and returns ids, numbers and, for orders, status labels.
    pub async fn search_short(&self, search: &DocumentSearch) -> Result<SearchPage<ShortRow>, Error> {
        let mut body = Map::new();
        search.write_into(&mut body);
        if search.doc_type == DocumentType::Order {
            body.insert("show_status_code".to_owned(), json!("true"));
        }
        self.search(search.offset, "result", body, ShortRow::read).await
    }

    /// Searches products (`purchase_product`) and returns them whole.
    pub async fn search_products(&self, search: &OtherSearch) -> Result<SearchPage<Product>, Error> {
        let mut body = search.body("purchase_product");
        body.insert("result_type".to_owned(), json!("doc"));
        self.search(search.offset, "result_product", body, Product::read).await
    }

    /// Searches documents that are no sales documents and returns ids and numbers. Metakocka answers no
    /// complaints with an error, which is an empty page here (Q17).
    pub async fn search_other(
        &self,
        doc_type: OtherDocumentType,
        search: &OtherSearch,
    ) -> Result<SearchPage<ShortRow>, Error> {
        let body = search.body(doc_type.wire());
        match self.search(search.offset, "result", body, ShortRow::read).await {
            Err(Error::Refused { reply, .. }) if reply.sentence().to_lowercase().contains(NO_COMPLAINTS) => {
                Ok(SearchPage { total: Some(0), offset: search.offset, rows: Vec::new() })
            }
            other => other,
        }
    }

    async fn search<T>(
        &self,
        offset: u64,
        rows: &'static str,
        body: Map<String, Value>,
        read: impl Fn(Fields<'_>) -> Read<T>,
    ) -> Result<SearchPage<T>, Error> {
        self.call(Endpoint::Search, body, |reply| read_page(reply, offset, rows, read)).await
    }

    /// Reads one document. `None` is proof that no document of this type has this id: only the very text
    /// "Cannot find document type … with id = …" counts (`metakocka-api.md §4.5`), any other refusal is an
    /// error.
    pub async fn get_document(
        &self,
        doc_type: DocumentType,
        id: &MkId,
        flags: &DocumentFlags,
    ) -> Result<Option<Row<Document>>, Error> {
        let mut body = Map::new();
        body.insert("doc_type".to_owned(), json!(doc_type.wire()));
        body.insert("doc_id".to_owned(), json!(id.as_str()));
        flags.write_into(&mut body);
        let asked = |document: &Document| document.mk_id == *id;
        let found = self.call(Endpoint::GetDocument, body, |reply| read_one(&reply, doc_type, asked)).await;
        let missing = format!("cannot find document type {doc_type} with id = {id}");
        none_if_refused_with(found, |text| text == missing)
    }

    /// Reads the order with a customer's order number. When several have it, which one is unknown
    /// (`metakocka-api.md §4.5`); a search with [`SearchFilter::CustomerOrder`](crate::SearchFilter)
    /// returns all.
    pub async fn find_order_by_buyer_order(
        &self,
        buyer_order: &str,
        flags: &DocumentFlags,
    ) -> Result<Option<Row<Document>>, Error> {
        let mut body = Map::new();
        body.insert("doc_type".to_owned(), json!(DocumentType::Order.wire()));
        body.insert("buyer_order".to_owned(), json!(buyer_order));
        flags.write_into(&mut body);
        let asked = |document: &Document| document.buyer_order.as_deref() == Some(buyer_order);
        let found = self
            .call(Endpoint::GetDocument, body, |reply| read_one(&reply, DocumentType::Order, asked))
            .await;
        none_if_refused_with(found, |text| {
            text.starts_with("cannot find document type sales_order")
                || text.starts_with("cannot find sales order with buyer order")
        })
    }

    /// Asks which conditions of searches the company's version offers, for one type or for all.
    pub async fn filter_discovery(&self, doc_type: Option<DocumentType>) -> Result<FilterCatalogue, Error> {
        let mut body = Map::new();
        if let Some(doc_type) = doc_type {
            body.insert("doc_type".to_owned(), json!(doc_type.wire()));
        }
        self.call(Endpoint::FilterDiscovery, body, |reply| {
            let (endpoint, status) = (reply.endpoint, reply.status);
            FilterCatalogue::read(reply.fields)
                .map_err(|error| crate::reply::unexpected(endpoint, status, error))
        })
        .await
    }
}

pub(super) fn read_page<T>(
    mut reply: Reply<'_>,
    offset: u64,
    rows: &'static str,
    read: impl Fn(Fields<'_>) -> Read<T>,
) -> Result<SearchPage<T>, Error> {
    reply.require_any(&["result_all_records", "result_count", rows])?;
    let total = reply.fields.count("result_all_records");
    let total = total.map_err(|error| reply.unexpected(error))?;
    let rows = reply.fields.raw_list(rows);
    let rows = rows.map_err(|error| reply.unexpected(error))?;
    refuse_too_many(&reply, rows.len(), MAX_SEARCH_ROWS)?;
    Ok(SearchPage { total, offset, rows: rows.into_iter().map(|raw| read_row(raw, &read)).collect() })
}

/// Refuses a page far larger than any that can be asked for, before its rows take room.
pub(super) fn refuse_too_many(reply: &Reply<'_>, rows: usize, most: usize) -> Result<(), Error> {
    if rows <= most {
        return Ok(());
    }
    Err(reply.unexpected(FieldError::new("limit", format!("{rows} records came, more than any page has"))))
}

/// Reads the reply as one document, and refuses another one than was asked for.
pub(super) fn read_one(
    reply: &Reply<'_>,
    doc_type: DocumentType,
    is_asked: impl Fn(&Document) -> bool,
) -> Result<Option<Row<Document>>, Error> {
    reply.require_any(&["mk_id", "doc_type"])?;
    let row = crate::document::read_document_text(doc_type, reply.text);
    if row.read().is_some_and(|record| !is_asked(&record.value)) {
        return Err(reply.unexpected(FieldError::new("mk_id", "this is another document than was asked for")));
    }
    Ok(Some(row))
}

/// Turns the refusal with a known text into "there is none".
fn none_if_refused_with<T>(
    result: Result<Option<T>, Error>,
    is_missing: impl Fn(&str) -> bool,
) -> Result<Option<T>, Error> {
    match result {
        Err(Error::Refused { reply, .. }) if is_missing(&normal(reply.sentence())) => Ok(None),
        other => other,
    }
}

fn normal(text: &str) -> String {
    text.trim().trim_end_matches('.').to_lowercase()
}
