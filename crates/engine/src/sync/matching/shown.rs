//! Records as people see them when they compare: a name, what tells it apart, and what two of them say differently.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sync_core::matching::KeyKind;
use sync_core::plan::Direction;
use sync_core::record::{Address, Contact, Person, Product, RecordKind, SalesDocument};
use sync_core::three_way::{FieldName, Fields, contact_fields, document_fields, product_fields};

use super::classes::At;
use super::documents;
use crate::store::matching::There;
use crate::store::{Connection, StoreError, contacts, products};
use crate::sync::merge::{self, Agreed};

/// One of two records that are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchSide {
    /// Its id: of the record here, or Metakocka's.
    pub id: String,
    /// Metakocka's document type; empty for contacts and products, and for a record here.
    pub remote_type: String,
    /// What people know it by.
    pub number: String,
    /// Its name, of a document that of its customer.
    pub name: String,
    /// What tells it apart from others of its name.
    pub detail: String,
}

/// A field of two records that are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchField {
    /// Its name in our words: `tax_number`, `address`.
    pub field: String,
    /// The value here.
    pub here: Option<Value>,
    /// The value there.
    pub there: Option<Value>,
}

/// A record of any kind.
enum Record {
    Contact(Box<Contact>),
    Product(Box<Product>),
    Document(Box<SalesDocument>),
}

impl Record {
    /// What the mirror says.
    fn of(kind: RecordKind, content: &str) -> Option<Self> {
        match kind {
            RecordKind::Contact => serde_json::from_str(content).ok().map(Self::Contact),
            RecordKind::Product => serde_json::from_str(content).ok().map(Self::Product),
            RecordKind::SalesDocument => serde_json::from_str(content).ok().map(Self::Document),
        }
    }

    /// Number, name, and what tells it apart.
    fn words(&self) -> (String, String, String) {
        let joined = |parts: Vec<Option<String>>| {
            let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
            parts.join(" · ")
        };
        match self {
            Self::Contact(contact) => {
                let number = contact.tax_number.as_ref();
                let tax = number.map(|tax| format!("{} {}", tax.country().as_str(), tax.number()));
                let email = contact.person.as_ref().and_then(|person: &Person| person.email.clone());
                let place = contact.address.as_ref().map(|row| place(&row.address));
                let code = contact.remote_code.clone().unwrap_or_default();
                (code, contact.name.clone(), joined(vec![tax, email, place]))
            }
            Self::Product(product) => {
                let detail = joined(vec![product.unit.clone(), product.barcode.clone()]);
                (product.code.clone(), product.name.clone(), detail)
            }
            Self::Document(document) => {
                let gross = match &document.booked {
                    Some(booked) => Some(booked.gross),
                    None => sync_core::money::document_totals(document).ok().map(|totals| totals.gross),
                };
                let total = gross.map(|gross| format!("{gross:.2} {}", document.currency.as_str()));
                let detail = joined(vec![Some(document.dates.document.to_string()), total]);
                (document.number.clone().unwrap_or_default(), document.customer.name.clone(), detail)
            }
        }
    }

    fn fields(&self) -> Fields {
        match self {
            Self::Contact(contact) => contact_fields(contact),
            Self::Product(product) => product_fields(product),
            Self::Document(document) => document_fields(document),
        }
    }

    /// What both say differently, in words.
    fn differs(&self, other: &Self) -> Vec<String> {
        let (none, both) = (Agreed::default(), merge::Writable::by(Direction::Both));
        match (self, other) {
            (Self::Contact(here), Self::Contact(there)) => {
                merge::merged(none, here.as_ref(), there.as_ref(), both).open_words()
            }
            (Self::Product(here), Self::Product(there)) => {
                merge::merged(none, here.as_ref(), there.as_ref(), both).open_words()
            }
            (Self::Document(here), Self::Document(there)) => {
                merge::merged(none, here.as_ref(), there.as_ref(), both).open_words()
            }
            _ => Vec::new(),
        }
    }
}

fn place(address: &Address) -> String {
    let town: Vec<&str> =
        [address.post_number.as_deref(), address.place.as_deref()].into_iter().flatten().collect();
    let parts: Vec<String> = [address.street.clone(), Some(town.join(" "))]
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(", ")
}

impl MatchSide {
    /// A remote record.
    pub(in crate::sync) fn there(kind: RecordKind, there: &There) -> Self {
        let words = there.content.as_deref().and_then(|content| Record::of(kind, content));
        let (number, name, detail) = words.map(|record| record.words()).unwrap_or_default();
        let or = |text: String, other: &String| if text.is_empty() { other.clone() } else { text };
        Self {
            id: there.external_id.clone(),
            remote_type: there.remote_type.clone(),
            number: or(number, &there.number),
            name: or(name, &there.name),
            detail,
        }
    }
}

/// Records here, to be shown beside remote ones.
pub(in crate::sync) struct Shown {
    kind: RecordKind,
    records: BTreeMap<String, Record>,
}

impl Shown {
    /// Loads these records.
    pub(in crate::sync) async fn load(
        connection: &mut Connection,
        at: At<'_>,
        ids: &[String],
    ) -> Result<Self, StoreError> {
        let mut records = BTreeMap::new();
        match at.kind {
            RecordKind::Contact => {
                for stored in contacts::contacts(connection, at.scope, ids).await? {
                    records.insert(stored.id, Record::Contact(Box::new(stored.fields.contact()?)));
                }
            }
            RecordKind::Product => {
                for stored in products::products(connection, at.scope, ids).await? {
                    records.insert(stored.id, Record::Product(Box::new(stored.fields.product())));
                }
            }
            RecordKind::SalesDocument => {
                for (id, document) in documents::load(connection, at, ids).await? {
                    records.insert(id, Record::Document(Box::new(document)));
                }
            }
        }
        Ok(Self { kind: at.kind, records })
    }

    /// Of which kind they are.
    pub(in crate::sync) fn kind(&self) -> RecordKind {
        self.kind
    }

    /// One of them; none: it was not loaded.
    pub(in crate::sync) fn side(&self, id: &str) -> Option<MatchSide> {
        let (number, name, detail) = self.records.get(id)?.words();
        Some(MatchSide { id: id.to_owned(), remote_type: String::new(), number, name, detail })
    }

    /// What a person will be asked about when both are linked, in words.
    pub(in crate::sync) fn differs(&self, id: &str, there: &There) -> Vec<String> {
        let theirs = there.content.as_deref().and_then(|content| Record::of(self.kind, content));
        match (self.records.get(id), theirs) {
            (Some(here), Some(theirs)) => here.differs(&theirs),
            _ => Vec::new(),
        }
    }

    /// Every field that one of both has.
    pub(in crate::sync) fn fields(&self, id: &str, there: &There) -> Vec<MatchField> {
        let theirs = there.content.as_deref().and_then(|content| Record::of(self.kind, content));
        let here = self.records.get(id).map(Record::fields).unwrap_or_default();
        let there = theirs.map(|record| record.fields()).unwrap_or_default();
        let names: BTreeSet<_> = here.keys().chain(there.keys()).collect();
        let field = |name: &FieldName| MatchField {
            field: name.as_str().to_owned(),
            here: value(&here, name),
            there: value(&there, name),
        };
        names.into_iter().map(field).collect()
    }
}

fn value(fields: &Fields, name: &FieldName) -> Option<Value> {
    fields.get(name).map(|value| value.json().clone())
}

/// What two records have in common, without what follows from the rest of it.
pub(in crate::sync) fn telling(kinds: &BTreeSet<KeyKind>) -> Vec<KeyKind> {
    let follows = |kind: &KeyKind| {
        let stronger = match kind {
            KeyKind::TaxAlone => KeyKind::Tax,
            KeyKind::Email => KeyKind::EmailAndName,
            KeyKind::CodeFolded => KeyKind::Code,
            KeyKind::CustomerDateTotal => KeyKind::DocumentNumber,
            _ => return false,
        };
        kinds.contains(&stronger)
    };
    kinds.iter().filter(|kind| !follows(kind)).copied().collect()
}
