//! The half of the write path that knows how Metakocka is written to: makes the request of a create or a change, sends
//! it once and says what the answer means, finds and reads records again, and judges them against what was sent.
//!
//! It touches no database and never decides whether something is written: that is the planner's, and the machine of
//! `sync_core::intent` says what happens next. A request leaves only by [`Request::send`], which consumes it.

mod change;
mod change_contact;
mod change_document;
mod change_product;
mod compare;
mod create;
mod create_document;
mod fields;
mod look_up;
mod order_lines;
mod read;
mod replacement;
mod request;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sync_core::capabilities::Subject;
use sync_core::intent::Target;
use sync_core::record::{Contact, Product, SalesDocument};
use sync_core::three_way::{FieldName, FieldValue, Fields};

pub(in crate::sync) use super::translate::marker::marker_on;
pub(in crate::sync) use change::NotMade;
pub(in crate::sync) use change_contact::change_contact;
pub(in crate::sync) use change_document::{ChangeFacts, change_document, lock_of};
pub(in crate::sync) use change_product::change_product;
#[cfg(test)]
use compare::others_untouched;
pub(in crate::sync) use compare::{base_after, compare, differences};
pub(in crate::sync) use create::{create_contact, create_product};
pub(in crate::sync) use create_document::create_document;
pub(in crate::sync) use fields::{of as fields_of, of_document as fields_of_document};
pub(in crate::sync) use look_up::look_up;
pub(in crate::sync) use read::{Found, FoundRecord, ReadBack, Unanswered, read_by_id};
pub(in crate::sync) use request::{Request, asks_to_hold};
pub(in crate::sync) use words::field_words;

/// A write that may be begun: commit an intent of it first.
#[derive(Debug)]
pub(in crate::sync) struct Prepared {
    /// What leaves.
    pub request: Request,
    /// What it says, in our own words.
    pub sent: Sent,
    /// What the intent is about.
    pub target: Target,
}

/// What was sent, in our own words; stored as JSON beside the intent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::sync) struct Sent {
    /// The whole record as it is wanted there.
    pub record: SentRecord,
    /// The fields that were sent; none: emptied. The lines of a document are one field `lines`.
    pub fields: BTreeMap<FieldName, Option<FieldValue>>,
    /// Their values before; empty on a create.
    pub before: Fields,
    /// Of a replacement: what is not ours and has to survive.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kept: BTreeMap<String, Value>,
    /// Of a change: the document's change log as it was read just before, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<Vec<LogEntry>>,
}

/// An entry of a document's change log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sync) struct LogEntry {
    /// `CHANGE`, `DOCUMENT_STATUS_CHANGE`…
    pub what: String,
    /// Who, when, and the note: shown, and compared to tell entries apart.
    pub told: String,
}

/// A record of any kind, as both sides compare it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sync) enum SentRecord {
    /// A sales document.
    Document(Box<SalesDocument>),
    /// A contact.
    Contact(Box<Contact>),
    /// A product.
    Product(Box<Product>),
}

impl SentRecord {
    /// What kind of record it is, and which type of document.
    pub(in crate::sync) fn subject(&self) -> Subject {
        match self {
            Self::Document(document) => Subject::Document(document.doc_type),
            Self::Contact(_) => Subject::Contact,
            Self::Product(_) => Subject::Product,
        }
    }
}

impl Sent {
    /// Of a create: every field of the record but these is sent, and there was nothing before.
    fn created(record: SentRecord, unsent: &[&str]) -> Self {
        let all = fields::of(&record).into_iter();
        let sent = all.filter(|(name, _)| !unsent.contains(&name.as_str()));
        let fields = sent.map(|(name, value)| (name, Some(value))).collect();
        Self { record, fields, before: Fields::new(), kept: BTreeMap::new(), log: None }
    }
}
