//! A request that is ready to be sent once, and the form in which it is kept while nobody knows whether it
//! was.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::outcome::Unsettled;
use crate::address::BaseUrl;
use crate::endpoint::Endpoint;
use crate::identity::CompanyId;
use crate::lookup::{self, Lookup};

/// What a write answers when it was done. Implemented by this crate's replies only.
pub trait WriteReply: sealed::Answers {}

pub(crate) mod sealed {
    use serde_json::{Map, Value};

    use crate::endpoint::Endpoint;
    use crate::error::Error;
    use crate::reply::Reply;

    /// Which endpoints answer so, and how the answer is read.
    pub trait Answers: Sized {
        /// The endpoints.
        const ENDPOINTS: &'static [Endpoint];
        /// The field, id or visible code, by which the reply is about another record than the request.
        fn differs_in(&self, _asked: &Map<String, Value>) -> Option<&'static str> {
            None
        }
        /// Reads a reply whose code is 0 or absent.
        fn read(reply: Reply<'_>) -> Result<Self, Error>;
    }
}

/// A write that was checked and is ready to be sent. It cannot be copied, and sending consumes it: without
/// looking into what became of it, it cannot be sent twice.
///
/// ```compile_fail,E0382
/// # async fn twice(client: &metakocka::Client, write: metakocka::Write<metakocka::Accepted>) {
/// let first = client.send(write).await;
/// let second = client.send(write).await; // the write is gone
/// # }
/// ```
///
/// ```compile_fail,E0599
/// # fn copy(write: &metakocka::Write<metakocka::Accepted>) -> metakocka::Write<metakocka::Accepted> {
/// write.clone()
/// # }
/// ```
pub struct Write<R> {
    payload: Payload,
    lookup: Lookup,
    /// Where it was sent; nowhere yet, or where it comes back from. It goes nowhere else.
    destination: Option<Destination>,
    reply: PhantomData<fn() -> R>,
}

/// What a write says, to be kept before it is sent. Neither company nor key are in it.
///
/// Being only words, it can be copied, and nothing leads from it back to a write. Only what storage gave back
/// does: [`KeptWrite::parse`].
///
/// ```compile_fail,E0599
/// # fn again(unsettled: &metakocka::Unsettled<metakocka::Accepted>) {
/// let write = unsettled.payload().clone().never_sent::<metakocka::Accepted>(); // it was perhaps sent
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Payload {
    endpoint: Endpoint,
    fields: Map<String, Value>,
}

/// A payload that was kept and read back. It becomes a write by saying which of the two it is, once:
/// [`KeptWrite::never_sent`] or [`KeptWrite::perhaps_sent`].
///
/// ```compile_fail,E0382
/// # fn both(kept: metakocka::KeptWrite) {
/// let first = kept.never_sent::<metakocka::Accepted>();
/// let second = kept.never_sent::<metakocka::Accepted>(); // one write, not two
/// # }
/// ```
#[derive(Debug, PartialEq)]
pub struct KeptWrite(Payload);

/// Whom a write goes to: a company at a host. What was perhaps stored there is looked for there, and goes
/// nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The host.
    pub base_url: BaseUrl,
    /// The company.
    pub company_id: CompanyId,
}

/// The form in which a payload is kept.
#[derive(Deserialize)]
struct Kept {
    endpoint: String,
    fields: Map<String, Value>,
}

/// What was kept is not the payload of such a write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what was kept is not the payload of this kind of write: {sentence}")]
pub struct InvalidPayload {
    sentence: String,
}

impl<R: WriteReply> Write<R> {
    pub(crate) fn new(endpoint: Endpoint, fields: Map<String, Value>) -> Self {
        debug_assert!(R::ENDPOINTS.contains(&endpoint), "{endpoint} answers otherwise");
        let lookup = Lookup::of(endpoint, &fields);
        Self { payload: Payload { endpoint, fields }, lookup, destination: None, reply: PhantomData }
    }
}

impl<R> Write<R> {
    /// The endpoint that it goes to.
    pub fn endpoint(&self) -> Endpoint {
        self.payload.endpoint
    }

    /// What it says, to be kept before it is sent.
    pub fn payload(&self) -> &Payload {
        &self.payload
    }

    /// Where to look for it when its outcome is unknown.
    pub fn lookup(&self) -> &Lookup {
        &self.lookup
    }

    /// The same, bound to where it goes; given back when it belongs elsewhere.
    pub(crate) fn bound_to(mut self, destination: &Destination) -> Result<Self, Box<Self>> {
        match &self.destination {
            Some(own) if own != destination => Err(Box::new(self)),
            _ => {
                self.destination = Some(destination.clone());
                Ok(self)
            }
        }
    }
}

impl<R> fmt::Debug for Write<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Write").field("payload", &self.payload).finish_non_exhaustive()
    }
}

impl Payload {
    /// The form to be kept.
    pub fn to_json(&self) -> String {
        let fields = Value::Object(self.fields.clone());
        serde_json::json!({ "endpoint": self.endpoint.name(), "fields": fields }).to_string()
    }

    /// The endpoint that it goes to.
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    /// Whether Metakocka may have done a part of it and refused the rest: a call about several records. No
    /// source says that it looks at all of them before it changes the first (`metakocka-api.md §4.7`).
    pub(crate) fn may_be_done_in_part(&self) -> bool {
        let takes_several =
            matches!(self.endpoint, Endpoint::ChangeDocumentStatus | Endpoint::MarkOrdersAsShipped);
        takes_several && !lookup::is_about_one(&self.fields)
    }

    /// The request's fields.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }
}

impl KeptWrite {
    /// Reads what [`Payload::to_json`] wrote.
    pub fn parse(json: &str) -> Result<Self, InvalidPayload> {
        let invalid = |sentence| InvalidPayload { sentence };
        let kept: Kept = serde_json::from_str(json).map_err(|error| invalid(error.to_string()))?;
        match Endpoint::from_name(&kept.endpoint).filter(|endpoint| endpoint.is_write()) {
            Some(endpoint) => Ok(Self(Payload { endpoint, fields: kept.fields })),
            None => Err(invalid(format!("there is no write {}", kept.endpoint))),
        }
    }

    /// What it says.
    pub fn payload(&self) -> &Payload {
        &self.0
    }

    /// The write, when it has certainly never been sent: no request with it was begun, by anybody. In every
    /// other case it was perhaps sent.
    pub fn never_sent<R: WriteReply>(self) -> Result<Write<R>, InvalidPayload> {
        let Payload { endpoint, fields } = self.0;
        if R::ENDPOINTS.contains(&endpoint) {
            Ok(Write::new(endpoint, fields))
        } else {
            Err(InvalidPayload { sentence: format!("{endpoint} answers otherwise") })
        }
    }

    /// The unsettled write, when it may have been sent to `destination`, at the latest at `ended`: what a
    /// program finds after it was ended in the middle.
    pub fn perhaps_sent<R: WriteReply>(
        self,
        destination: Destination,
        ended: Instant,
    ) -> Result<Unsettled<R>, InvalidPayload> {
        self.never_sent().map(|mut write| {
            write.destination = Some(destination.clone());
            Unsettled::new(write, destination, ended)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::{Accepted, StoredDocument};

    #[test]
    fn a_payload_survives_being_kept_and_knows_its_kind() {
        let fields = serde_json::json!({ "doc_type": "sales_order", "mk_id": "1" });
        let write: Write<Accepted> =
            Write::new(Endpoint::DeleteDocument, fields.as_object().unwrap().clone());
        let kept = write.payload().to_json();
        let read = KeptWrite::parse(&kept).unwrap();
        assert_eq!(read.payload(), write.payload());
        assert_eq!(read.payload().to_json(), kept);
        assert!(KeptWrite::parse(&kept).unwrap().never_sent::<StoredDocument>().is_err());
        assert_eq!(read.never_sent::<Accepted>().unwrap().endpoint(), Endpoint::DeleteDocument);
    }

    #[test]
    fn what_is_no_write_is_no_payload() {
        for kept in
            ["", "{}", r#"{"endpoint":"search","fields":{}}"#, r#"{"endpoint":"nowhere","fields":{}}"#]
        {
            assert!(KeptWrite::parse(kept).is_err(), "{kept}");
        }
    }
}
