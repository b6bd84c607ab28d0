//! How the record that a create may have made is found again: the marker, the look-up of each kind
//! and what its answer is worth (policy F, design §5.5, `metakocka-api.md §9.1`).

use blake2::digest::consts::U32;
use blake2::{Blake2b, Digest};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::record::{Contact, ExternalId, InvalidValue, Product, RecordId};

/// What every marker starts with; people see it in the remote.
const PREFIX: &str = "CM";

/// Characters behind the prefix: 60 bits, so two records of one company never share one by chance.
const MARKER_CHARS: usize = 12;

/// Letters and digits that nobody takes for one another.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Our sign on a remote record: one per record and connection, not per attempt. It is computed, so a
/// database that was restored from a copy makes the same one again and finds what it had sent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Marker(String);

impl Marker {
    /// The marker of a record on a connection; `connection` is the id of the connection.
    pub fn of(connection: &str, record: &RecordId) -> Self {
        let digest = Blake2b::<U32>::digest(format!("marker\n{connection}\n{record}"));
        let letters = digest.iter().take(MARKER_CHARS).map(|b| char::from(ALPHABET[usize::from(b & 31)]));
        Self(PREFIX.chars().chain(letters).collect())
    }

    /// Reads a marker that stands alone.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let text = text.trim();
        let right = text.strip_prefix(PREFIX).is_some_and(|rest| {
            rest.len() == MARKER_CHARS && rest.bytes().all(|byte| ALPHABET.contains(&byte))
        });
        right
            .then(|| Self(text.to_owned()))
            .ok_or_else(|| InvalidValue::new("a marker", text, "CM and 12 letters or digits"))
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Marker {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Marker> for String {
    fn from(marker: Marker) -> Self {
        marker.0
    }
}

impl std::fmt::Display for Marker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// One question to the remote; `translate` knows how it is asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Query {
    /// Orders with this customer's order number, all of them.
    BuyerOrder(String),
    /// Documents of a customer, all pages; of one day where the type can be asked for by date.
    CustomerDocuments {
        /// The customer.
        customer: ExternalId,
        /// The day.
        on: Option<Date>,
    },
    /// Contacts with exactly this tax number.
    TaxNumber(String),
    /// Contacts with this e-mail.
    Email(String),
    /// Contacts with exactly this name.
    ExactName(String),
    /// Products with exactly this code.
    Code(String),
    /// These documents, each read by its id.
    These(Vec<ExternalId>),
}

/// By what a hit is known to be ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// The marker travels with the record.
    Marker,
    /// The kind has no place for a marker: all sent fields agree.
    Content,
}

/// The look-up that settles a create: every query is asked, the hits of all are put together, and it
/// is only answered when all of them are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lookup {
    /// The questions.
    pub queries: Vec<Query>,
    /// By what a hit is ours.
    pub identity: Identity,
}

impl Lookup {
    /// An order: by the customer's own number, or by our marker which stands in its place.
    pub fn order(marker: &Marker, buyer_order: Option<&str>) -> Self {
        let number = buyer_order.unwrap_or(marker.as_str()).to_owned();
        Self { queries: vec![Query::BuyerOrder(number)], identity: Identity::Marker }
    }

    /// An invoice or credit note: the customer's of that day.
    pub fn bill(customer: ExternalId, on: Date) -> Self {
        let queries = vec![Query::CustomerDocuments { customer, on: Some(on) }];
        Self { queries, identity: Identity::Marker }
    }

    /// An offer: all of the customer's, because offers have no filter by date.
    pub fn offer(customer: ExternalId) -> Self {
        Self { queries: vec![Query::CustomerDocuments { customer, on: None }], identity: Identity::Marker }
    }

    /// A contact: by tax number with and without its prefix (the remote keeps it as it was written,
    /// `metakocka-api.md §3.1`), by e-mail and by exact name.
    pub fn contact(contact: &Contact) -> Self {
        let mut queries = Vec::new();
        if let Some(tax) = &contact.tax_number {
            queries.push(Query::TaxNumber(tax.with_prefix()));
            if tax.with_prefix() != tax.number() {
                queries.push(Query::TaxNumber(tax.number().to_owned()));
            }
        }
        if let Some(email) = contact.person.as_ref().and_then(|person| person.email.clone()) {
            queries.push(Query::Email(email));
        }
        queries.push(Query::ExactName(contact.name.clone()));
        Self { queries, identity: Identity::Content }
    }

    /// A product: by its code.
    pub fn product(product: &Product) -> Self {
        Self { queries: vec![Query::Code(product.code.clone())], identity: Identity::Content }
    }

    /// The named documents, each by its id: what the remote says has our number already.
    pub(super) fn these(ids: Vec<ExternalId>) -> Self {
        Self { queries: vec![Query::These(ids)], identity: Identity::Marker }
    }
}

/// A record that a look-up found. Records that are linked to another record, that are of another
/// type, or that carry our marker as the copy of a linked one are descendants or strangers and are
/// left out by the caller (policy F).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hit {
    /// Its id.
    pub id: ExternalId,
    /// Its visible number, to be shown.
    pub number: Option<String>,
    /// Whether our marker is on it; always not for kinds without one.
    pub marked: bool,
    /// The fields that were sent and that it has otherwise, in our words; none: all sent fields agree.
    pub differs_in: Vec<String>,
}

impl Hit {
    fn is_ours(&self) -> bool {
        self.marked || self.differs_in.is_empty()
    }

    /// Whether it could be ours with a new subject, which took the marker along: then the one that has the marker could be
    /// a copy made before.
    fn may_have_lost_its_marker(&self) -> bool {
        !self.is_ours() && self.differs_in.iter().all(|field| WHERE_A_MARKER_STANDS.contains(&field.as_str()))
    }
}

/// Whether the look-up of this type on this connection was seen to find what we made (design §5.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// It found the first confirmed create.
    Proven,
    /// No create was confirmed and looked up yet.
    NotYet,
    /// It did not find a record that is there.
    Failed,
}

/// What came of a look-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Every query was answered.
    Found {
        /// What was found.
        hits: Vec<Hit>,
        /// What a negative answer of this look-up is worth.
        control: Control,
    },
    /// At least one query was not answered.
    Failed {
        /// The remote could not be reached; the settle horizon counts anew.
        unreachable: bool,
    },
}

/// What the hits of an answer mean for a create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// This one is ours.
    Ours(Hit),
    /// Nothing is, and nothing looks like it.
    Nothing,
    /// Only a person can say.
    Unclear(Vec<Hit>),
}

/// Where people can take a marker off a document: in the subject of an offer. The caller may name the marker itself.
const WHERE_A_MARKER_STANDS: [&str; 2] = ["title", "marker"];

/// Judges the hits of a look-up: what was there before the request left can't be its result. Two that
/// could be ours are never told apart by their order, and one with the marker is not trusted beside one that may have lost it.
pub(super) fn judge(hits: &[Hit], before: &[ExternalId]) -> Verdict {
    let fresh: Vec<&Hit> = hits.iter().filter(|hit| !before.contains(&hit.id)).collect();
    let ours: Vec<&Hit> = fresh.iter().copied().filter(|hit| hit.is_ours()).collect();
    match (ours.as_slice(), fresh.as_slice()) {
        ([one], others) if !others.iter().any(|hit| hit.may_have_lost_its_marker()) => {
            Verdict::Ours((*one).clone())
        }
        ([], []) => Verdict::Nothing,
        ([] | [_], others) | (others, _) => {
            Verdict::Unclear(others.iter().map(|hit| (*hit).clone()).collect())
        }
    }
}

/// What the positive control found: the look-up of a type is proven when its answer shows the record
/// that was just confirmed.
pub fn positive_control(answer: &Answer, confirmed: &ExternalId, before: Control) -> Control {
    match answer {
        Answer::Failed { .. } => before,
        Answer::Found { hits, .. } if hits.iter().any(|hit| hit.id == *confirmed && hit.is_ours()) => {
            Control::Proven
        }
        Answer::Found { .. } => Control::Failed,
    }
}
