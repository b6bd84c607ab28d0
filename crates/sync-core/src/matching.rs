//! Which remote record a CRM record is, policy F: keys of a record, and the class that the records
//! behind its keys make.
//!
//! The store keeps the keys of both sides in an index and answers how many records here and which
//! records there have each of them. This module must not decide what is done with a match.

use std::collections::BTreeSet;
use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::money::document_totals;
use crate::record::text::{fold, normalise};
use crate::record::{Contact, DocumentType, ExternalId, Party, Product, SalesDocument, UnknownName};

/// What a key is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// Tax number of one country, both companies or both persons; a Slovenian one is right.
    Tax,
    /// Tax number alone.
    TaxAlone,
    /// E-mail with the folded name.
    EmailAndName,
    /// E-mail alone.
    Email,
    /// Name, street and post number, folded.
    NameAndAddress,
    /// The code of a product, exactly.
    Code,
    /// The code of a product, folded.
    CodeFolded,
    /// The barcode of a product.
    Barcode,
    /// The name of a product, folded.
    Name,
    /// Our marker on a document of the same type.
    Marker,
    /// Type, number, date, total and linked customer of a document.
    DocumentNumber,
    /// Linked customer, date and total of a document.
    CustomerDateTotal,
}

impl KeyKind {
    /// Every kind of key.
    pub const ALL: [Self; 12] = [
        Self::Tax,
        Self::TaxAlone,
        Self::EmailAndName,
        Self::Email,
        Self::NameAndAddress,
        Self::Code,
        Self::CodeFolded,
        Self::Barcode,
        Self::Name,
        Self::Marker,
        Self::DocumentNumber,
        Self::CustomerDateTotal,
    ];

    /// Whether a key of this kind that is unique on both sides is certain.
    pub fn is_certain(self) -> bool {
        matches!(self, Self::Tax | Self::EmailAndName | Self::Code | Self::Marker | Self::DocumentNumber)
    }

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tax => "tax",
            Self::TaxAlone => "tax_alone",
            Self::EmailAndName => "email_and_name",
            Self::Email => "email",
            Self::NameAndAddress => "name_and_address",
            Self::Code => "code",
            Self::CodeFolded => "code_folded",
            Self::Barcode => "barcode",
            Self::Name => "name",
            Self::Marker => "marker",
            Self::DocumentNumber => "document_number",
            Self::CustomerDateTotal => "customer_date_total",
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for KeyKind {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == name)
            .ok_or_else(|| UnknownName::new("kind of key", name))
    }
}

/// A key by which a record can be found on the other side: equal keys, perhaps one record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// What it is made of.
    pub kind: KeyKind,
    /// Its text.
    pub value: String,
}

impl Key {
    fn of(kind: KeyKind, parts: &[&str]) -> Self {
        Self { kind, value: parts.join("|") }
    }
}

/// The keys of a contact.
pub fn contact_keys(contact: &Contact) -> Vec<Key> {
    let name = fold(&contact.name);
    let mut keys = Vec::new();
    if let Some(tax) = contact.tax_number.as_ref().filter(|tax| tax.is_valid()) {
        let (country, number) = (tax.country().as_str(), tax.number());
        if let Some(company) = contact.company {
            let who = if company { "company" } else { "person" };
            keys.push(Key::of(KeyKind::Tax, &[country, number, who]));
        }
        keys.push(Key::of(KeyKind::TaxAlone, &[country, number]));
    }
    let email =
        contact.person.as_ref().and_then(|person| person.email.as_deref()).map(fold).unwrap_or_default();
    if email.contains('@') {
        keys.push(Key::of(KeyKind::EmailAndName, &[&email, &name]));
        keys.push(Key::of(KeyKind::Email, &[&email]));
    }
    if let Some(row) = &contact.address {
        let part = |text: &Option<String>| text.as_deref().map(fold).unwrap_or_default();
        let (street, post) = (part(&row.address.street), part(&row.address.post_number));
        if !street.is_empty() && !post.is_empty() {
            keys.push(Key::of(KeyKind::NameAndAddress, &[&name, &street, &post]));
        }
    }
    keys
}

/// The keys of a product.
pub fn product_keys(product: &Product) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut push = |kind, value: String| {
        if !value.is_empty() {
            keys.push(Key { kind, value });
        }
    };
    push(KeyKind::Code, normalise(&product.code));
    push(KeyKind::CodeFolded, fold(&product.code));
    push(KeyKind::Barcode, product.barcode.as_deref().map(normalise).unwrap_or_default());
    push(KeyKind::Name, fold(&product.name));
    keys
}

/// The keys of a document. `customer` names the linked contact by the same text on both sides;
/// `marker` is ours, found on the remote document or belonging to the CRM record.
pub fn document_keys(document: &SalesDocument, customer: Option<&str>, marker: Option<&str>) -> Vec<Key> {
    let doc_type = one_type(document.doc_type).as_str();
    let mut keys: Vec<Key> =
        marker.map(|marker| Key::of(KeyKind::Marker, &[doc_type, marker])).into_iter().collect();
    if let (Some(customer), Some(total)) = (customer, total_of(document)) {
        let (date, total) = (document.dates.document.to_string(), total.to_string());
        if let Some(number) = document.number.as_deref().map(normalise).filter(|number| !number.is_empty()) {
            keys.push(Key::of(KeyKind::DocumentNumber, &[doc_type, &number, &date, &total, customer]));
        }
        keys.push(Key::of(KeyKind::CustomerDateTotal, &[doc_type, &date, &total, customer]));
    }
    keys
}

/// The keys of a customer as a document shows it, for finding a contact of that partner.
pub fn party_keys(party: &Party) -> Vec<Key> {
    let contact = Contact {
        name: party.name.clone(),
        tax_number: party.tax_number.clone(),
        person: party.person.clone(),
        address: Some(crate::record::AddressRow { row: None, address: party.address.clone() }),
        ..Contact::default()
    };
    contact_keys(&contact)
}

/// Proforma and offer are one type in the remote (policy C).
fn one_type(doc_type: DocumentType) -> DocumentType {
    if doc_type == DocumentType::Proforma { DocumentType::Offer } else { doc_type }
}

/// What a document comes to: as booked, else from its lines.
fn total_of(document: &SalesDocument) -> Option<Decimal> {
    let gross = match &document.booked {
        Some(booked) => booked.gross,
        None => document_totals(document).ok()?.gross,
    };
    Some(gross.abs().normalize())
}

/// The records that have one of the keys of a CRM record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hits {
    /// What the key is made of.
    pub kind: KeyKind,
    /// CRM records that have it, this one included.
    pub here: usize,
    /// Remote records that have it.
    pub there: Vec<Hit>,
}

/// A remote record that has a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Its id.
    pub id: ExternalId,
    /// Linked already: it makes the key ambiguous and is no candidate.
    pub linked: bool,
}

/// Which remote records a CRM record may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Class {
    /// None.
    None,
    /// This one.
    Certain(ExternalId),
    /// A person has to choose.
    Candidates(BTreeSet<ExternalId>),
}

/// The class of a CRM record from the records behind its keys. A key that points to two records on
/// either side is never certain, nor are two keys that point to different records.
pub fn classify(hits: &[Hits]) -> Class {
    let free = |hit: &&Hit| !hit.linked;
    let all: BTreeSet<ExternalId> =
        hits.iter().flat_map(|hits| hits.there.iter().filter(free)).map(|hit| hit.id.clone()).collect();
    let certain: BTreeSet<&ExternalId> = hits
        .iter()
        .filter(|hits| hits.kind.is_certain() && hits.here == 1 && hits.there.len() == 1)
        .flat_map(|hits| hits.there.iter().filter(free))
        .map(|hit| &hit.id)
        .collect();
    match (certain.first(), certain.len()) {
        (Some(id), 1) => Class::Certain((*id).clone()),
        _ if all.is_empty() => Class::None,
        _ => Class::Candidates(all),
    }
}

#[cfg(test)]
mod tests;
