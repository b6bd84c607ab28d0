//! Reads one record again by its id, with everything that is needed to judge a write of it or to build the next one.

use metakocka::{
    Client, Document, DocumentFlag, DocumentFlags, DocumentType, Error, MkId, Next, Partner, PartnerQuery,
    Product, ProductFilters, ProductQuery, Row, Unreadable,
};
use sync_core::capabilities::Subject;
use sync_core::record::ExternalId;
use sync_core::time::UtcMicros;

use crate::sync::failure;
use crate::sync::parties::product_switches;
use crate::sync::translate::{self, spell};

/// Pages of a thousand products that are read when a product is not found by its code.
const MOST_PAGES: usize = 50;

/// What a read by id brought.
#[derive(Debug)]
pub(in crate::sync) enum ReadBack {
    /// It is there.
    Found(Box<Found>),
    /// It is proven that it is not: under its id, and under the types of bills that it could have become. Products are
    /// never proven missing by a read (policy A).
    Missing,
    /// No answer, or one that says nothing about it.
    Unanswered(Unanswered),
}

/// A question that was not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sync) struct Unanswered {
    /// Metakocka could not be reached: the settle horizon counts anew.
    pub unreachable: bool,
    /// For people.
    pub sentence: String,
}

/// A record as it was read.
#[derive(Debug)]
pub(in crate::sync) struct Found {
    /// The JSON as received, for the mirror.
    pub raw: String,
    /// The record.
    pub record: FoundRecord,
    /// When it was asked for: the read instant of design §4.
    pub asked_at: UtcMicros,
}

/// A record of any kind, as Metakocka sends it.
#[derive(Debug)]
pub(in crate::sync) enum FoundRecord {
    /// A document, with its change log where its type has one.
    Document(Box<Document>),
    /// A partner.
    Partner(Box<Partner>),
    /// A product.
    Product(Box<Product>),
}

impl Unanswered {
    /// Of a call that failed.
    pub(super) fn of(error: &Error) -> Self {
        Self { unreachable: error.next() == Next::Retry, sentence: failure::sentence(error) }
    }

    /// Of an answer that says nothing.
    pub(super) fn because(sentence: impl Into<String>) -> Self {
        Self { unreachable: false, sentence: sentence.into() }
    }
}

/// Reads a record by its id. `code` is the code of a product, by which alone it is found quickly; `asked_at` is now.
pub(in crate::sync) async fn read_by_id(
    client: &Client,
    subject: Subject,
    id: &ExternalId,
    code: Option<&str>,
    asked_at: UtcMicros,
) -> ReadBack {
    let Some(mk_id) = spell::mk_id(id) else { return ReadBack::Missing };
    let read = match subject {
        Subject::Document(doc_type) => {
            document_anywhere(client, spell::remote_type(doc_type), &mk_id).await.map(|row| row.map(document))
        }
        Subject::Contact => partner(client, &mk_id).await.map(|row| row.map(of_partner)),
        Subject::Product => product(client, &mk_id, code).await.map(|row| row.map(of_product)),
    };
    match read {
        Ok(Some(Ok((raw, record)))) => ReadBack::Found(Box::new(Found { raw, record, asked_at })),
        Ok(Some(Err(why))) => {
            let sentence = format!("Metakocka's answer cannot be read: {why}.");
            ReadBack::Unanswered(Unanswered::because(sentence))
        }
        Ok(None) => ReadBack::Missing,
        Err(unanswered) => ReadBack::Unanswered(unanswered),
    }
}

/// A row as it was received, and read.
type Received = Result<(String, FoundRecord), Box<Unreadable>>;

fn document(row: Row<Document>) -> Received {
    received(row, |document| FoundRecord::Document(Box::new(document)))
}

fn of_partner(row: Row<Partner>) -> Received {
    received(row, |partner| FoundRecord::Partner(Box::new(partner)))
}

fn of_product(row: Row<Product>) -> Received {
    received(row, |product| FoundRecord::Product(Box::new(product)))
}

fn received<T>(row: Row<T>, wrap: impl FnOnce(T) -> FoundRecord) -> Received {
    let record = row.into_result()?;
    Ok((record.raw.as_str().to_owned(), wrap(record.value)))
}

/// The fixed flags of a read that a change is built on: what pulls ask for, the change log where the type has one, and
/// what a replacement would lose (`metakocka-api.md §4.5`).
pub(super) fn flags(doc_type: DocumentType) -> DocumentFlags {
    let flags = translate::usual_flags(doc_type).with(DocumentFlag::ProductMetadata);
    if doc_type == DocumentType::Offer { flags } else { flags.with(DocumentFlag::DocumentInfo) }
}

/// A bill that was turned into one of another type keeps its id (policy A).
async fn document_anywhere(
    client: &Client,
    doc_type: DocumentType,
    id: &MkId,
) -> Result<Option<Row<Document>>, Unanswered> {
    let siblings = DocumentType::ALL.into_iter().filter(|other| doc_type.is_bill() && other.is_bill());
    for candidate in [doc_type].into_iter().chain(siblings.filter(|other| *other != doc_type)) {
        let found = client.get_document(candidate, id, &flags(candidate)).await;
        if let Some(row) = found.map_err(|error| Unanswered::of(&error))? {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

async fn partner(client: &Client, id: &MkId) -> Result<Option<Row<Partner>>, Unanswered> {
    let found = client.get_partner(&PartnerQuery::ById(id.clone())).await;
    Ok(found.map_err(|error| Unanswered::of(&error))?.into_iter().next())
}

/// By its exact code; one whose code was changed there is looked for among all, because the filter by id does not select
/// (`metakocka-api.md §2.1`).
async fn product(client: &Client, id: &MkId, code: Option<&str>) -> Result<Option<Row<Product>>, Unanswered> {
    if let Some(code) = code
        && let Some(row) = product_among(client, by_code(code), id).await?
    {
        return Ok(Some(row));
    }
    match product_among(client, ProductQuery { switches: product_switches(), ..ProductQuery::default() }, id)
        .await?
    {
        Some(row) => Ok(Some(row)),
        None => Err(Unanswered::because(
            "Metakocka's list of products does not show it. It is looked for again with the next full check.",
        )),
    }
}

/// The products with exactly this code.
pub(super) fn by_code(code: &str) -> ProductQuery {
    ProductQuery {
        filters: ProductFilters { code: Some(code.to_owned()), ..ProductFilters::default() },
        switches: product_switches(),
        ..ProductQuery::default()
    }
}

async fn product_among(
    client: &Client,
    mut query: ProductQuery,
    id: &MkId,
) -> Result<Option<Row<Product>>, Unanswered> {
    for _ in 0..MOST_PAGES {
        let page = client.product_page(&query).await.map_err(|error| Unanswered::of(&error))?;
        let next = page.next_offset();
        let is_it = |row: &Row<Product>| match row {
            Row::Read(record) => record.value.mk_id == *id,
            Row::Unreadable(bad) => bad.mk_id.as_ref() == Some(id),
        };
        if let Some(row) = page.rows.into_iter().find(is_it) {
            return Ok(Some(row));
        }
        match next {
            Some(offset) => query.offset = offset,
            None => return Ok(None),
        }
    }
    Ok(None)
}
