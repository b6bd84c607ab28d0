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
use crate::write::{Destination, Identity};

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
    /// The write that it was made for; none, when it was made beforehand.
    pub(crate) about: Option<Identity>,
    pub(crate) from: Destination,
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
    /// Documents; the title, when one was looked for, is like theirs: perhaps cut, or with other blanks.
    Documents(Vec<Row<Document>>),
    /// Partners.
    Partners(Vec<Row<Partner>>),
    /// Products.
    Products(Vec<Row<Product>>),
}

/// The proof that a write was not done: a look-up for this very write was answered, saw everything, and
/// nothing in it is the write. It is used up with the write that it is for.
///
/// ```compile_fail,E0599
/// # fn copy(proof: &metakocka::NotThere) -> metakocka::NotThere {
/// proof.clone()
/// # }
/// ```
#[derive(Debug)]
pub struct NotThere {
    pub(crate) about: Identity,
    pub(crate) from: Destination,
    pub(crate) began: Instant,
}

impl LookupResult {
    /// The proof, when nothing was found of something that was to be made. Of a change it proves nothing:
    /// what was to be deleted is not found because it was.
    pub fn nothing_found(self) -> Result<NotThere, Box<Self>> {
        let proves = self.lookup.is_of_a_new_record() && self.hits.is_empty();
        self.proof_if(proves)
    }

    /// The proof, when nothing differs from what the same look-up found before the write was sent: nothing
    /// more is there of what was to be made, and what was to be changed or deleted is as it was.
    pub fn nothing_new_since(self, before: &Self) -> Result<NotThere, Box<Self>> {
        let is_same_question = before.lookup == self.lookup && before.from == self.from && before.complete;
        let proves = is_same_question
            && if self.lookup.is_of_a_new_record() {
                let known = before.hits.ids();
                self.hits.ids().iter().all(|id| id.is_some() && known.contains(id))
            } else {
                !self.hits.is_empty() && self.hits.same_records(&before.hits)
            };
        self.proof_if(proves)
    }

    /// The proof, when a person looked at every record that was found and says of each that it is not the
    /// write, or does not show it. A record without a readable id cannot be denied.
    pub fn each_denied(self, denied: &[MkId]) -> Result<NotThere, Box<Self>> {
        let is_denied = |id: &Option<MkId>| id.as_ref().is_some_and(|id| denied.contains(id));
        let proves = (self.lookup.is_of_a_new_record() || !self.hits.is_empty())
            && self.hits.ids().iter().all(is_denied);
        self.proof_if(proves)
    }

    fn proof_if(self, proves: bool) -> Result<NotThere, Box<Self>> {
        match self.about.clone() {
            Some(about) if proves && self.complete => {
                Ok(NotThere { about, from: self.from, began: self.began })
            }
            _ => Err(Box::new(self)),
        }
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

    /// The id of each record; none where it cannot be read.
    fn ids(&self) -> Vec<Option<MkId>> {
        fn each<T>(rows: &[Row<T>], id: impl Fn(&T) -> &MkId) -> Vec<Option<MkId>> {
            let of = |row: &Row<T>| match row {
                Row::Read(record) => Some(id(&record.value).clone()),
                Row::Unreadable(row) => row.mk_id.clone(),
            };
            rows.iter().map(of).collect()
        }
        match self {
            Self::Documents(rows) => each(rows, |document| &document.mk_id),
            Self::Partners(rows) => each(rows, |partner| &partner.mk_id),
            Self::Products(rows) => each(rows, |product| &product.mk_id),
        }
    }

    /// Whether these are the same records and say the same, field for field.
    fn same_records(&self, other: &Self) -> bool {
        fn each<T>(rows: &[Row<T>]) -> Vec<Option<Value>> {
            rows.iter().map(|row| serde_json::from_str(row.raw().as_str()).ok()).collect()
        }
        let said = |hits: &Self| match hits {
            Self::Documents(rows) => each(rows),
            Self::Partners(rows) => each(rows),
            Self::Products(rows) => each(rows),
        };
        said(self) == said(other)
    }
}

impl Lookup {
    /// Whether it looks for a record that was to be made, not for a known one.
    fn is_of_a_new_record(&self) -> bool {
        matches!(
            self,
            Self::Orders { .. } | Self::Documents { .. } | Self::Partners { .. } | Self::Products { .. }
        )
    }

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
        let tax_number = text(partner, "tax_id_number");
        let email = contact.and_then(|contact| text(contact, "email"));
        let name = text(partner, "customer");
        if tax_number.is_none() && email.is_none() && name.is_none() {
            return Self::Nowhere;
        }
        Self::Partners { tax_number, email, name }
    }

    fn of_partner(fields: &Map<String, Value>) -> Self {
        let Some(partner) = fields.get("partner").and_then(Value::as_object) else { return Self::Nowhere };
        let by_id = id(partner, "mk_id").map(PartnerName::Id);
        let name = by_id.or_else(|| text(partner, "count_code").map(PartnerName::CountCode));
        name.map_or(Self::Nowhere, Self::Partner)
    }
}

/// Whether a request that can name several documents names one: with its refusal nothing was done. What
/// names none names all that fit.
pub(crate) fn is_about_one(fields: &Map<String, Value>) -> bool {
    let lists = ["mk_id_list", "sales_order_id_list", "customer_order_list"];
    let in_lists: usize = lists.iter().map(|name| texts(fields, name).len()).sum();
    let alone = ["mk_id", "buyer_order"].iter().filter(|name| fields.contains_key(**name)).count();
    in_lists + alone == 1
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
