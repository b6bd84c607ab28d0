//! A request that may be sent once, its kept form, and what an answer to it means (design §5.4, ADR 5 and 6).

use std::fmt;

use metakocka::{
    Accepted, Client, Endpoint, Error, KeptWrite, Refusal, RefusalKind, StoredDocument, StoredPartner,
    StoredProduct, UpdatedPartner, Write, WriteOutcome, WriteReply,
};
use serde_json::{Map, Value};
use sync_core::intent::{self, Hold, Reply, Unclear};
use sync_core::record::{ContentHash, ExternalId};

/// What Metakocka says of a partner that is not there (`metakocka-api.md §3.1`).
const NO_PARTNER: &str = "no partner with such properties";
/// What it says of a product that is not there, behind its name (`metakocka-api.md §2.3`).
const NO_PRODUCT: &str = "not found";

/// A request that may be sent once.
pub(in crate::sync) enum Request {
    /// A document that is made or replaced.
    Document(Write<StoredDocument>),
    /// Fields of a document that are changed.
    Change(Write<Accepted>),
    /// A contact that is made.
    Contact(Write<StoredPartner>),
    /// A contact that is changed.
    ContactChange(Write<UpdatedPartner>),
    /// A product that is made or changed.
    Product(Write<StoredProduct>),
}

/// What was kept is no request that is sent from here. The intent cannot go on: a person sees it.
#[derive(Debug, thiserror::Error)]
#[error("the stored request cannot be read: {sentence}")]
pub(in crate::sync) struct NotARequest {
    sentence: String,
}

impl Request {
    /// The text to be stored beside the intent before it leaves. Neither company nor key are in it.
    pub(in crate::sync) fn kept(&self) -> String {
        match self {
            Self::Document(write) => write.payload().to_json(),
            Self::Change(write) => write.payload().to_json(),
            Self::Contact(write) => write.payload().to_json(),
            Self::ContactChange(write) => write.payload().to_json(),
            Self::Product(write) => write.payload().to_json(),
        }
    }

    /// Where it goes, as the path of an address, and what it says; neither company nor key are in it.
    pub(in crate::sync) fn shown(&self) -> (String, Map<String, Value>) {
        let payload = match self {
            Self::Document(write) => write.payload(),
            Self::Change(write) => write.payload(),
            Self::Contact(write) => write.payload(),
            Self::ContactChange(write) => write.payload(),
            Self::Product(write) => write.payload(),
        };
        (format!("/rest/eshop/{}", payload.endpoint().path()), payload.fields().clone())
    }

    /// The hash of that text: what an intent knows a request by.
    pub(in crate::sync) fn hash(kept: &str) -> ContentHash {
        ContentHash::of_text(kept)
    }

    /// The request of an intent that is `prepared`: nobody has begun to send it.
    pub(in crate::sync) fn parse(kept: &str) -> Result<Self, NotARequest> {
        let invalid = |error: &dyn fmt::Display| NotARequest { sentence: error.to_string() };
        let write = KeptWrite::parse(kept).map_err(|error| invalid(&error))?;
        let request = match write.payload().endpoint() {
            Endpoint::PutDocument => write.never_sent().map(Self::Document),
            Endpoint::UpdateDocument => write.never_sent().map(Self::Change),
            Endpoint::AddPartner => write.never_sent().map(Self::Contact),
            Endpoint::UpdatePartner => write.never_sent().map(Self::ContactChange),
            Endpoint::ProductAdd | Endpoint::ProductUpdate => write.never_sent().map(Self::Product),
            other => return Err(invalid(&format!("{other} is not sent from here"))),
        };
        request.map_err(|error| invalid(&error))
    }

    /// Sends it, once, and says what came back.
    pub(in crate::sync) async fn send(self, client: &Client) -> Reply {
        match self {
            Self::Document(write) => sent(client, write, |reply| (Some(reply.mk_id), reply.number)).await,
            Self::Change(write) => sent(client, write, |_| (None, None)).await,
            Self::Contact(write) => sent(client, write, |reply| (Some(reply.mk_id), None)).await,
            Self::ContactChange(write) => sent(client, write, |_| (None, None)).await,
            Self::Product(write) => sent(client, write, |reply| (Some(reply.mk_id), reply.count_code)).await,
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Request").field(&self.kept()).finish()
    }
}

/// The pause that an answer asks for although it leaves open what was done: a gateway's 401, 403 or 429 (ADR 5).
pub(in crate::sync) fn asks_to_hold(reply: &Reply) -> Option<Hold> {
    match reply {
        Reply::TurnedAway(hold) => Some(*hold),
        Reply::Unclear(Unclear::Status(401 | 403)) => Some(Hold::Key),
        Reply::Unclear(Unclear::Status(429)) => Some(Hold::Quota { retry_after: None }),
        _ => None,
    }
}

/// An id and a visible number of what was stored.
type Stored = (Option<metakocka::MkId>, Option<String>);

async fn sent<R: WriteReply>(client: &Client, write: Write<R>, stored: impl FnOnce(R) -> Stored) -> Reply {
    match client.send(write).await {
        WriteOutcome::Stored(reply) => {
            let (id, number) = stored(reply);
            Reply::Done { id: id.as_ref().and_then(external_id), number }
        }
        WriteOutcome::Refused(refusal) => refused(&refusal),
        WriteOutcome::NotSent(not_sent) => Reply::TurnedAway(hold(&not_sent.reason)),
        WriteOutcome::Unknown(unknown) => Reply::Unclear(unclear(&unknown.reason)),
    }
}

fn external_id(id: &metakocka::MkId) -> Option<ExternalId> {
    ExternalId::parse(id.as_str()).ok()
}

fn refused(refusal: &Refusal) -> Reply {
    let told = intent::Refusal {
        sentence: sentence(refusal),
        customer: refusal.partner_id.as_ref().and_then(external_id),
    };
    match refusal.kind {
        RefusalKind::BuyerOrderExists => {
            let used_by = refusal.duplicates.iter().filter_map(|one| one.mk_id.as_ref());
            Reply::NumberExists { used_by: used_by.filter_map(external_id).collect(), refusal: told }
        }
        RefusalKind::NotFound => Reply::CannotFind(told),
        _ if is_gone(refusal) => Reply::CannotFind(told),
        _ => Reply::Refused(told),
    }
}

/// Metakocka's sentence. It names one product that it does not find; its list has all of them.
fn sentence(refusal: &Refusal) -> String {
    let said = refusal.sentence();
    let names =
        refusal.products_not_found.iter().filter_map(|one| one.code.as_ref().or(one.count_code.as_ref()));
    let mut others: Vec<&str> = names.map(String::as_str).filter(|name| !said.contains(name)).collect();
    others.dedup();
    if others.is_empty() {
        said.to_owned()
    } else {
        format!("{said} (not found either: {})", others.join(", "))
    }
}

/// Partners and products are told of in other words than documents.
fn is_gone(refusal: &Refusal) -> bool {
    let said = refusal.sentence().to_lowercase();
    match refusal.endpoint {
        Endpoint::UpdatePartner => said.contains(NO_PARTNER),
        Endpoint::ProductUpdate => said.starts_with("product with") && said.ends_with(NO_PRODUCT),
        _ => false,
    }
}

/// Why it is proven that nothing was done.
fn hold(reason: &Error) -> Hold {
    match reason {
        Error::Quota { retry_after, .. } => Hold::Quota { retry_after: *retry_after },
        Error::BudgetSpent { again_after, .. } => Hold::Quota { retry_after: Some(*again_after) },
        // A write that belongs to another company waits like one whose key is wrong: somebody changed the connection.
        Error::KeyRefused { .. } | Error::OtherCompany { .. } => Hold::Key,
        _ => Hold::NoConnection,
    }
}

/// Why it is not known what was done.
fn unclear(reason: &Error) -> Unclear {
    match reason {
        Error::TimedOut { .. } => Unclear::TimedOut,
        Error::ConnectionLost { .. } => Unclear::Cut,
        Error::Failed { reply, .. } => Unclear::InternalError(reply.sentence().to_owned()),
        Error::HttpStatus { status, .. } => Unclear::Status(*status),
        Error::KeyRefused { reply, .. } | Error::Quota { reply, .. } => Unclear::Status(reply.status),
        _ => Unclear::NotReadable,
    }
}
