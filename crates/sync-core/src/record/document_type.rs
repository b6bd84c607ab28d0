//! The kinds of records and the types of sales documents, with the names under which they are
//! stored and shown to programs. The names never change.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A stored or received name that is none of the closed set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{given}” is not a {what}")]
pub struct UnknownName {
    what: &'static str,
    given: String,
}

impl UnknownName {
    /// Refuses a name; `what` says of which set.
    pub fn new(what: &'static str, given: &str) -> Self {
        Self { what, given: given.chars().take(60).collect() }
    }
}

/// What is kept equal on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// A customer or supplier.
    Contact,
    /// Something that is sold.
    Product,
    /// An offer, order, invoice or credit note.
    SalesDocument,
}

impl RecordKind {
    /// Every kind, in the order in which a run brings them: documents need the other two.
    pub const ALL: [Self; 3] = [Self::Contact, Self::Product, Self::SalesDocument];

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Product => "product",
            Self::SalesDocument => "sales_document",
        }
    }

    /// Every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for RecordKind {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::all().find(|kind| kind.as_str() == name).ok_or_else(|| UnknownName::new("record kind", name))
    }
}

/// What kind of paper a sales document is, in the CRM's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentType {
    /// An offer.
    Offer,
    /// A pro-forma invoice; one type with the offer in the remote, a word of its own here (policy C).
    Proforma,
    /// A customer's order.
    Order,
    /// An invoice to a customer in the same country.
    InvoiceDomestic,
    /// An invoice to a customer abroad.
    InvoiceForeign,
    /// An invoice over the counter.
    InvoiceRetail,
    /// An invoice for a prepayment.
    InvoicePrepaid,
    /// A credit note; its amounts are positive here, the type carries the sign (policy C).
    CreditNote,
}

impl DocumentType {
    /// Every type, offers first.
    pub const ALL: [Self; 8] = [
        Self::Offer,
        Self::Proforma,
        Self::Order,
        Self::InvoiceDomestic,
        Self::InvoiceForeign,
        Self::InvoiceRetail,
        Self::InvoicePrepaid,
        Self::CreditNote,
    ];

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Proforma => "proforma",
            Self::Order => "order",
            Self::InvoiceDomestic => "invoice_domestic",
            Self::InvoiceForeign => "invoice_foreign",
            Self::InvoiceRetail => "invoice_retail",
            Self::InvoicePrepaid => "invoice_prepaid",
            Self::CreditNote => "credit_note",
        }
    }

    /// Every type.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    /// Whether it is an entry of the books (invoice or credit note): those come from the remote
    /// unless the owner opted in (policy D).
    pub fn is_booked(self) -> bool {
        !matches!(self, Self::Offer | Self::Proforma | Self::Order)
    }

    /// Whether it is an invoice of any sort, credit notes not counted.
    pub fn is_invoice(self) -> bool {
        self.is_booked() && self != Self::CreditNote
    }

    /// Whether both are one type in the remote: an offer and a pro-forma invoice are (policy C).
    pub fn is_same_there(self, other: Self) -> bool {
        let there = |one| if one == Self::Proforma { Self::Offer } else { one };
        there(self) == there(other)
    }

    /// -1 for what reduces a customer's debt, else 1: multiply amounts by it before adding up types.
    pub fn sign(self) -> i8 {
        if self == Self::CreditNote { -1 } else { 1 }
    }
}

impl fmt::Display for DocumentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for DocumentType {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::all().find(|doc| doc.as_str() == name).ok_or_else(|| UnknownName::new("document type", name))
    }
}
