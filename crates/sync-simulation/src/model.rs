//! What the small world is made of: four kinds of records with two editable fields each. Every value
//! that anybody writes is a number of its own, so that what became of an edit can always be told.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use sync_core::intent::Hold;
use sync_core::record::{DocumentType, ExternalId};
use sync_core::three_way::{FieldName, FieldValue, Fields};

/// A second in microseconds.
pub(crate) const SECOND: i64 = 1_000_000;

/// A minute in microseconds.
pub(crate) const MINUTE: i64 = 60 * SECOND;

/// How long our client waits for an answer; shorter than a lease.
pub(crate) const TIME_OUT: i64 = 30 * SECOND;

/// The settle horizon of the simulated installation.
pub const HORIZON: Duration = Duration::from_mins(10);

/// Changes of fields: absent empties.
pub type Changes = BTreeMap<FieldName, Option<FieldValue>>;

/// A kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// Known by its tax number, which the remote keeps with or without its prefix.
    Contact,
    /// Known by its code.
    Product,
    /// Known by our marker in a searched field; changed field by field.
    Order,
    /// Known by our marker in its title; changed by replacement only.
    Offer,
}

impl Kind {
    /// Every kind, those that documents name first.
    pub(crate) const ALL: [Self; 4] = [Self::Contact, Self::Product, Self::Order, Self::Offer];

    /// Its place in [`Self::ALL`].
    pub(crate) fn index(self) -> usize {
        self as usize
    }

    /// Whether it names a customer.
    pub(crate) fn is_document(self) -> bool {
        matches!(self, Self::Order | Self::Offer)
    }

    /// The type of a document.
    pub(crate) fn doc_type(self) -> Option<DocumentType> {
        match self {
            Self::Order => Some(DocumentType::Order),
            Self::Offer => Some(DocumentType::Offer),
            Self::Contact | Self::Product => None,
        }
    }

    /// The two fields that both sides edit.
    pub(crate) fn fields(self) -> [&'static str; 2] {
        match self {
            Self::Contact => ["name", "email"],
            Self::Product => ["name", "description"],
            Self::Order | Self::Offer => ["title", "notes"],
        }
    }
}

/// The field that only the remote writes: the number of a document.
pub(crate) const NUMBER: &str = "number";

/// Puts a value into fields.
pub(crate) fn put(fields: &mut Fields, name: &str, value: u64) {
    if let Some(value) = FieldValue::of(Value::from(value)) {
        fields.insert(FieldName::new(name), value);
    }
}

/// The number that a value is.
pub(crate) fn number_of(value: Option<&FieldValue>) -> Option<u64> {
    value.and_then(|value| value.json().as_u64())
}

/// The remote's id of a number; the world's ids are always readable.
pub(crate) fn external(id: u32) -> Option<ExternalId> {
    ExternalId::parse(&id.to_string()).ok()
}

/// The number of a remote id.
pub(crate) fn internal(id: &ExternalId) -> u32 {
    id.as_str().parse().unwrap_or(0)
}

/// A record as the remote shows it at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// Its id.
    pub(crate) id: u32,
    /// Its kind.
    pub(crate) kind: Kind,
    /// Its fields.
    pub(crate) fields: Fields,
    /// The customer that it names.
    pub(crate) customer: Option<u32>,
    /// Tax number or code as the remote keeps it; the total of a document.
    pub(crate) key: String,
    /// Our marker, where it is.
    pub(crate) marker: Option<String>,
    /// It has a line of text between the others.
    pub(crate) text_line: bool,
    /// There is an invoice of it.
    pub(crate) invoiced: bool,
    /// Foreign changes in its change log with their instants, where the kind has one.
    pub(crate) log: Vec<(i64, u64)>,
}

/// What the remote said to a write, as a client sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteReply {
    /// Success: the id of the record and that of its customer, which some take for it.
    Done {
        /// The record.
        id: Option<u32>,
        /// Its number.
        number: Option<String>,
        /// Its customer.
        customer: Option<u32>,
    },
    /// Turned away at the door.
    TurnedAway(Hold),
    /// A business refusal, with the customer that was made or named all the same.
    Refused {
        /// The customer.
        customer: Option<u32>,
    },
    /// The order number is taken.
    NumberExists(Vec<u32>),
    /// The record to be changed is not there.
    CannotFind,
    /// Code 1.
    InternalError,
    /// No answer in time.
    TimedOut,
    /// Half an answer.
    Cut,
    /// A page of a proxy.
    Nonsense,
}
