//! Where to look for a write whose outcome is unknown (`metakocka-api.md §9.1`): the question is derived from
//! the write itself, so that it can be asked after a restart too.

use jiff::civil::Date;
use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::document::{Document, DocumentType};
use crate::endpoint::Endpoint;
use crate::identity::MkId;
use crate::partner::Partner;
use crate::product::Product;
use crate::row::Row;
use crate::values::parse_date;

/// The question that settles a write.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lookup {
    /// The orders with a customer's order number: for an order that was made.
    Orders {
        /// The number.
        buyer_order: String,
    },
    /// The documents of a partner or with a title: for an offer, a bill, or an order without a customer's
    /// order number.
    Documents {
        /// The type.
        doc_type: DocumentType,
        /// The partner.
        partner: Option<MkId>,
        /// The day, where the type has such a filter.
        date: Option<Date>,
        /// The title that marks it.
        title: Option<String>,
    },
    /// One document with its payments: for a replacement, a change, a deletion, a transaction.
    Document {
        /// The type.
        doc_type: DocumentType,
        /// The document.
        document: DocumentName,
    },
    /// Several orders: for their status or shipping.
    ManyOrders(Vec<DocumentName>),
    /// The partners with a tax number (with and without its country), else with an e-mail, else with this
    /// very name: for a partner that was made.
    Partners {
        /// The tax number.
        tax_number: Option<String>,
        /// The contact's e-mail.
        email: Option<String>,
        /// The name.
        name: Option<String>,
    },
    /// One partner: for a change. Look for rows that were added before repeating.
    Partner(PartnerName),
    /// The products with this SKU: for a product that was made.
    Products {
        /// The SKU.
        code: String,
    },
    /// One product: for a change or deletion.
    Product(ProductName),
    /// Nothing can be looked for: a person has to look.
    Nowhere,
}

/// What names a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentName {
    /// Its id.
    Id(MkId),
    /// The customer's order number.
    BuyerOrder(String),
    /// Its number, which is not unique.
    Number(String),
}

/// What names a partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartnerName {
    /// Its id.
    Id(MkId),
    /// Its visible code: no filter finds it but a search of all partners.
    CountCode(String),
}

/// What names a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProductName {
    /// Its id.
    Id(MkId),
    /// Its visible id.
    CountCode(String),
}

/// What a look-up found. It was answered: silence and errors are no look-up.
#[derive(Clone, Debug)]
pub struct LookupResult {
    pub(crate) lookup: Lookup,
    pub(crate) began: Instant,
    /// Whether everything that fits was seen; a partner with more documents than a look-up reads leaves
    /// some unseen.
    pub complete: bool,
    /// What was found.
    pub hits: Hits,
}

/// Records that a look-up found.
#[derive(Clone, Debug)]
pub enum Hits {
    /// Documents; the title, when one was looked for, is theirs exactly.
    Documents(Vec<Row<Document>>),
    /// Partners.
    Partners(Vec<Row<Partner>>),
    /// Products.
    Products(Vec<Row<Product>>),
}

/// The proof that a write was not done: a look-up was answered, saw everything, and nothing in it is the
/// write.
#[derive(Clone, Debug)]
pub struct NotThere {
    lookup: Lookup,
    began: Instant,
}

impl LookupResult {
    /// Judges the hits: `is_it` says whether the write shows in them, for an insert whether one of them is
    /// it and was not there before, for a change whether the record is as it was to become. If not, this is
    /// the proof, provided that everything was seen.
    pub fn without(self, is_it: impl FnOnce(&Hits) -> bool) -> Result<NotThere, Box<Self>> {
        if self.complete && !is_it(&self.hits) {
            Ok(NotThere { lookup: self.lookup, began: self.began })
        } else {
            Err(Box::new(self))
        }
    }
}

impl NotThere {
    pub(crate) fn lookup(&self) -> &Lookup {
        &self.lookup
    }

    pub(crate) fn began(&self) -> Instant {
        self.began
    }
}

impl Hits {
    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Documents(rows) => rows.is_empty(),
            Self::Partners(rows) => rows.is_empty(),
            Self::Products(rows) => rows.is_empty(),
        }
    }
}

impl Lookup {
    /// The question that settles a request.
    pub(crate) fn of(endpoint: Endpoint, fields: &Map<String, Value>) -> Self {
        match endpoint {
            Endpoint::PutDocument if !fields.contains_key("mk_id") => Self::of_new_document(fields),
            Endpoint::PutDocument
            | Endpoint::UpdateDocument
            | Endpoint::DeleteDocument
            | Endpoint::PutTransaction => Self::of_document(fields),
            Endpoint::ChangeDocumentStatus | Endpoint::MarkOrdersAsShipped => Self::of_many(fields),
            Endpoint::AddPartner => Self::of_new_partner(fields),
            Endpoint::UpdatePartner => Self::of_partner(fields),
            Endpoint::ProductAdd => match text(fields, "code") {
                Some(code) => Self::Products { code },
                None => Self::Nowhere,
            },
            Endpoint::ProductUpdate | Endpoint::ProductDelete => {
                let id = id(fields, "mk_id").map(ProductName::Id);
                let name = id.or_else(|| text(fields, "count_code").map(ProductName::CountCode));
                name.map_or(Self::Nowhere, Self::Product)
            }
            _ => Self::Nowhere,
        }
    }

    fn of_new_document(fields: &Map<String, Value>) -> Self {
        let Some(doc_type) = doc_type(fields) else { return Self::Nowhere };
        if let (DocumentType::Order, Some(buyer_order)) = (doc_type, text(fields, "buyer_order")) {
            return Self::Orders { buyer_order };
        }
        let partner = fields.get("partner").and_then(Value::as_object);
        let partner = partner.and_then(|partner| id(partner, "mk_id"));
        let title = text(fields, "title");
        let date = text(fields, "doc_date").and_then(|date| parse_date(&date).ok());
        // Offers have no filter by date (Q28).
        let date = date.filter(|_| doc_type != DocumentType::Offer);
        if partner.is_none() && title.is_none() && date.is_none() {
            return Self::Nowhere;
        }
        Self::Documents { doc_type, partner, date, title }
    }

    fn of_document(fields: &Map<String, Value>) -> Self {
        let by_id = id(fields, "mk_id").map(DocumentName::Id);
        let document = by_id
            .or_else(|| text(fields, "buyer_order").map(DocumentName::BuyerOrder))
            .or_else(|| text(fields, "count_code").map(DocumentName::Number));
        match (doc_type(fields), document) {
            (Some(doc_type), Some(document)) => Self::Document { doc_type, document },
            _ => Self::Nowhere,
        }
    }

    fn of_many(fields: &Map<String, Value>) -> Self {
        // A receiving note is no sales document: nothing here reads it.
        if text(fields, "doc_type").is_some_and(|name| name != DocumentType::Order.wire()) {
            return Self::Nowhere;
        }
        let ids = texts(fields, "mk_id_list").into_iter().chain(texts(fields, "sales_order_id_list"));
        let ids = ids.filter_map(|id| MkId::parse(&id).ok()).map(DocumentName::Id);
        let numbers = texts(fields, "customer_order_list").into_iter().chain(text(fields, "buyer_order"));
        let names: Vec<_> = ids.chain(numbers.map(DocumentName::BuyerOrder)).collect();
        if names.is_empty() { Self::Nowhere } else { Self::ManyOrders(names) }
    }

    fn of_new_partner(fields: &Map<String, Value>) -> Self {
        let Some(partner) = fields.get("partner").and_then(Value::as_object) else { return Self::Nowhere };
        let contact = partner.get("partner_contact").and_then(Value::as_object);
        Self::Partners {
            tax_number: text(partner, "tax_id_number"),
            email: contact.and_then(|contact| text(contact, "email")),
            name: text(partner, "customer"),
        }
    }

    fn of_partner(fields: &Map<String, Value>) -> Self {
        let Some(partner) = fields.get("partner").and_then(Value::as_object) else { return Self::Nowhere };
        let by_id = id(partner, "mk_id").map(PartnerName::Id);
        let name = by_id.or_else(|| text(partner, "count_code").map(PartnerName::CountCode));
        name.map_or(Self::Nowhere, Self::Partner)
    }
}

fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(ToOwned::to_owned)
}

fn texts(fields: &Map<String, Value>, name: &str) -> Vec<String> {
    match fields.get(name) {
        Some(Value::Array(values)) => {
            values.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
        }
        Some(Value::String(list)) => list.split(',').map(ToOwned::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn id(fields: &Map<String, Value>, name: &str) -> Option<MkId> {
    fields.get(name).and_then(Value::as_str).and_then(|text| MkId::parse(text).ok())
}

fn doc_type(fields: &Map<String, Value>) -> Option<DocumentType> {
    fields.get("doc_type").and_then(Value::as_str).and_then(DocumentType::from_wire)
}
