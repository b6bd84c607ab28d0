//! What may be changed in the remote, and the narrowest way to do it: policy E.
//!
//! Fields have the names of `three_way`. This module must not know how a way is spelt in a request,
//! nor whether a direction allows it (that is the gate's).

use std::collections::BTreeSet;
use std::fmt;

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use crate::plan::Lock;
use crate::record::{DocumentExtras, DocumentType, LinkKind};

/// What a write changes: a record of one of these types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A contact.
    Contact,
    /// A product.
    Product,
    /// A document.
    Document(DocumentType),
}

/// Why the remote no longer lets a document be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Locked {
    /// There is an invoice of the order.
    Invoiced,
    /// The order is packed, shipped or tracked.
    Shipped,
    /// The invoice, or whatever it is, was issued or has to be treated so.
    Issued,
}

impl Locked {
    /// What to do instead, in English; the user interface translates by the variant.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Invoiced => "The order is invoiced; change it in Metakocka.",
            Self::Shipped => "The order is shipped; change it in Metakocka.",
            Self::Issued => "Issued invoices are corrected by a credit note.",
        }
    }
}

/// What decides about the lock of a document, as it was just read.
#[derive(Debug, Clone, Copy)]
pub struct LockFacts<'a> {
    /// Its type.
    pub doc_type: DocumentType,
    /// Its date.
    pub date: Date,
    /// Payments, links, issue, fiscal numbers.
    pub extras: &'a DocumentExtras,
    /// It has a tracking code.
    pub tracked: bool,
    /// It was created by an intent of ours.
    pub ours: bool,
    /// The first instant of issue that was seen on this connection. Older companies and hosts never
    /// tell one, and then a missing one means nothing (`metakocka-api.md §1.6`).
    pub first_issue_seen: Option<DateTime>,
}

/// Whether a document may still be changed, and if not, why.
pub fn locked(facts: &LockFacts<'_>) -> Option<Locked> {
    let LockFacts { doc_type, extras, .. } = *facts;
    let links = |fits: fn(&LinkKind) -> bool| extras.links.iter().any(|link| fits(&link.kind));
    match doc_type {
        DocumentType::Offer | DocumentType::Proforma => None,
        DocumentType::Order if links(|kind| matches!(kind, LinkKind::Sales(one) if one.is_invoice())) => {
            Some(Locked::Invoiced)
        }
        DocumentType::Order => {
            let shipped =
                links(|kind| *kind == LinkKind::PackingList) || extras.shipped_on.is_some() || facts.tracked;
            shipped.then_some(Locked::Shipped)
        }
        DocumentType::CreditNote | DocumentType::InvoicePrepaid => Some(Locked::Issued),
        DocumentType::InvoiceDomestic | DocumentType::InvoiceForeign | DocumentType::InvoiceRetail => {
            (!is_draft(facts)).then_some(Locked::Issued)
        }
    }
}

/// An invoice is a draft only when everything says so.
fn is_draft(facts: &LockFacts<'_>) -> bool {
    let extras = facts.extras;
    let credited = extras.credited.is_some()
        || extras.links.iter().any(|link| link.kind == LinkKind::Sales(DocumentType::CreditNote));
    let dated_after = facts.first_issue_seen.is_some_and(|first| facts.date > first.date());
    facts.ours
        && dated_after
        && extras.issued_at.is_none()
        && extras.fiscal.is_none()
        && extras.paid.is_none()
        && !credited
}

impl From<Option<Locked>> for Lock {
    fn from(locked: Option<Locked>) -> Self {
        if locked.is_some() { Self::Locked } else { Self::None }
    }
}

/// A field or row that is to be changed there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// A field gets a value.
    Set(String),
    /// A field is emptied.
    Empty(String),
    /// Lines are changed, added or removed.
    Lines,
}

impl Change {
    /// The field, in our words.
    pub fn field(&self) -> &str {
        match self {
            Self::Set(field) | Self::Empty(field) => field,
            Self::Lines => "lines",
        }
    }
}

/// The narrowest request that makes some changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Only the changed fields, rows by their id.
    Fields,
    /// The status of an invoice, by a request of its own.
    StatusAlone,
    /// The whole document, built on a fresh read ([`crate::replace`]).
    Replacement,
}

/// A change that can't be made, and what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoWay {
    /// The field.
    pub field: String,
    /// Why.
    pub why: Why,
}

/// Why a change can't be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// The document is locked.
    Locked(Locked),
    /// The remote has no way to empty it.
    CannotBeEmptied,
    /// It can only be changed together with something else that needs a replacement.
    NotAlone,
    /// It is fixed once the record exists there.
    Fixed,
}

impl NoWay {
    /// What to do about it, in English; the user interface translates by the variant.
    pub fn remedy(&self) -> &'static str {
        match self.why {
            Why::Locked(locked) => locked.remedy(),
            Why::CannotBeEmptied => "Empty it in Metakocka.",
            Why::NotAlone => "It is sent with the next change of another field.",
            Why::Fixed => "Change it in Metakocka.",
        }
    }
}

impl fmt::Display for NoWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.remedy())
    }
}

/// How a set of changes is made: at most one replacement, which carries everything that it can.
pub fn ways(
    subject: Subject,
    locked: Option<Locked>,
    changes: &BTreeSet<Change>,
) -> Result<BTreeSet<Way>, Vec<NoWay>> {
    let mut found = BTreeSet::new();
    let mut missing = Vec::new();
    for change in changes {
        match way_of(subject, locked, change) {
            Ok(way) => {
                found.insert(way);
            }
            Err(why) => missing.push(NoWay { field: change.field().to_owned(), why }),
        }
    }
    if found.is_empty() || found.contains(&Way::Replacement) {
        // The status of an offer goes along with a replacement that is made anyway.
        missing.retain(|one| !(one.why == Why::NotAlone && found.contains(&Way::Replacement)));
        found.retain(|way| *way != Way::Fields);
    }
    if missing.is_empty() { Ok(found) } else { Err(missing) }
}

/// Whether the remote does not let a change be made at all, however it is asked for.
pub fn is_barred(subject: Subject, locked: Option<Locked>, change: &Change) -> bool {
    let barring = |why| matches!(why, Why::Locked(_) | Why::CannotBeEmptied | Why::Fixed);
    way_of(subject, locked, change).is_err_and(barring)
}

/// The way of one change.
fn way_of(subject: Subject, locked: Option<Locked>, change: &Change) -> Result<Way, Why> {
    match subject {
        Subject::Contact => contact_way(change),
        Subject::Product => product_way(change),
        Subject::Document(doc_type) => document_way(doc_type, locked, change),
    }
}

fn contact_way(change: &Change) -> Result<Way, Why> {
    match change {
        Change::Empty(_) => Err(Why::CannotBeEmptied),
        Change::Set(_) | Change::Lines => Ok(Way::Fields),
    }
}

fn product_way(change: &Change) -> Result<Way, Why> {
    match change {
        Change::Empty(field) if !matches!(field.as_str(), "description" | "barcode") => {
            Err(Why::CannotBeEmptied)
        }
        _ => Ok(Way::Fields),
    }
}

fn document_way(doc_type: DocumentType, locked: Option<Locked>, change: &Change) -> Result<Way, Why> {
    let (field, empties) = (change.field(), matches!(change, Change::Empty(_)));
    if field == "doc_type" {
        return Err(Why::Fixed);
    }
    if doc_type == DocumentType::Order {
        return order_way(locked, field, empties);
    }
    if field == "status" && doc_type.is_invoice() {
        return Ok(Way::StatusAlone);
    }
    if let Some(locked) = locked {
        return Err(Why::Locked(locked));
    }
    match field {
        "status" if empties => Err(Why::CannotBeEmptied),
        "status" => Err(Why::NotAlone),
        _ => Ok(Way::Replacement),
    }
}

/// Orders have a request for single fields; a locked one takes only status and notes.
fn order_way(locked: Option<Locked>, field: &str, empties: bool) -> Result<Way, Why> {
    let narrow = matches!(field, "status" | "notes" | "receiver" | "customer" | "lines");
    match (field, locked) {
        ("notes", _) => Ok(Way::Fields),
        ("status", _) if !empties => Ok(Way::Fields),
        (_, Some(locked)) => Err(Why::Locked(locked)),
        ("status" | "customer", None) if empties => Err(Why::CannotBeEmptied),
        (_, None) if narrow && !empties => Ok(Way::Fields),
        (_, None) => Ok(Way::Replacement),
    }
}

#[cfg(test)]
mod tests;
