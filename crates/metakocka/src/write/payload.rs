//! A request that is ready to be sent once, and the form in which it is kept while nobody knows whether it
//! was.

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::outcome::Unsettled;
use crate::endpoint::Endpoint;
use crate::lookup::Lookup;

/// What a write answers when it was done. Implemented by this crate's replies only.
pub trait WriteReply: sealed::Answers {}

pub(crate) mod sealed {
    use crate::endpoint::Endpoint;
    use crate::error::Error;
    use crate::reply::Reply;

    /// Which endpoints answer so, and how the answer is read.
    pub trait Answers: Sized {
        /// The endpoints.
        const ENDPOINTS: &'static [Endpoint];
        /// Reads a reply whose code is 0 or absent.
        fn read(reply: Reply<'_>) -> Result<Self, Error>;
    }
}

/// A write that was checked and is ready to be sent. It cannot be copied, and sending consumes it: without
/// looking into what became of it, it cannot be sent twice.
///
/// ```compile_fail
/// # async fn twice(client: &metakocka::Client, write: metakocka::Write<metakocka::Accepted>) {
/// let first = client.send(write).await;
/// let second = client.send(write).await; // the write is gone
/// # }
/// ```
pub struct Write<R> {
    payload: Payload,
    lookup: Lookup,
    reply: PhantomData<fn() -> R>,
}

/// What a write says, to be kept before it is sent. Neither company nor key are in it.
///
/// Being only words, it can be copied. What was read back from it becomes a write again by saying which of
/// the two it is: [`Payload::never_sent`] or [`Payload::perhaps_sent`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Kept", into = "Kept")]
pub struct Payload {
    endpoint: Endpoint,
    fields: Map<String, Value>,
}

/// The form in which a payload is kept.
#[derive(Clone, Serialize, Deserialize)]
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
        Self { payload: Payload { endpoint, fields }, lookup, reply: PhantomData }
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
}

impl<R> fmt::Debug for Write<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Write").field("payload", &self.payload).finish_non_exhaustive()
    }
}

impl Payload {
    /// Reads what [`Self::to_json`] wrote.
    pub fn parse(json: &str) -> Result<Self, InvalidPayload> {
        serde_json::from_str(json).map_err(|error| InvalidPayload { sentence: error.to_string() })
    }

    /// The form to be kept.
    pub fn to_json(&self) -> String {
        let fields = Value::Object(self.fields.clone());
        serde_json::json!({ "endpoint": self.endpoint.name(), "fields": fields }).to_string()
    }

    /// The endpoint that it goes to.
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    /// The request's fields.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// The write of a payload that was kept and has certainly never been sent: no request with it was
    /// begun, by anybody. In every other case it was perhaps sent.
    pub fn never_sent<R: WriteReply>(self) -> Result<Write<R>, InvalidPayload> {
        if R::ENDPOINTS.contains(&self.endpoint) {
            Ok(Write::new(self.endpoint, self.fields))
        } else {
            Err(InvalidPayload { sentence: format!("{} answers otherwise", self.endpoint) })
        }
    }

    /// The unsettled write of a payload that was kept and may have been sent, at the latest at `ended`: what
    /// a program finds after it was ended in the middle.
    pub fn perhaps_sent<R: WriteReply>(self, ended: Instant) -> Result<Unsettled<R>, InvalidPayload> {
        self.never_sent().map(|write| Unsettled::new(write, ended))
    }
}

impl TryFrom<Kept> for Payload {
    type Error = InvalidPayload;

    fn try_from(kept: Kept) -> Result<Self, InvalidPayload> {
        let endpoint = Endpoint::from_name(&kept.endpoint).filter(|endpoint| endpoint.is_write());
        match endpoint {
            Some(endpoint) => Ok(Self { endpoint, fields: kept.fields }),
            None => Err(InvalidPayload { sentence: format!("there is no write {}", kept.endpoint) }),
        }
    }
}

impl From<Payload> for Kept {
    fn from(payload: Payload) -> Self {
        Self { endpoint: payload.endpoint.name().to_owned(), fields: payload.fields }
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
        let read = Payload::parse(&kept).unwrap();
        assert_eq!(&read, write.payload());
        assert_eq!(serde_json::to_string(&read).unwrap(), kept);
        assert!(read.clone().never_sent::<StoredDocument>().is_err());
        assert_eq!(read.never_sent::<Accepted>().unwrap().endpoint(), Endpoint::DeleteDocument);
    }

    #[test]
    fn what_is_no_write_is_no_payload() {
        for kept in
            ["", "{}", r#"{"endpoint":"search","fields":{}}"#, r#"{"endpoint":"nowhere","fields":{}}"#]
        {
            assert!(Payload::parse(kept).is_err(), "{kept}");
        }
    }
}
