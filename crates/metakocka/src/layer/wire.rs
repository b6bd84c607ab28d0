//! The innermost layer: the request's bytes go out, the answer's bytes come in, within limits. What went
//! wrong on the way becomes an error that says so.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::address::BaseUrl;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::http::{Failure, HttpClient, Received};
use crate::layer::trace;

/// How far one call may go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    pub(crate) timeout: Duration,
    pub(crate) max_reply_bytes: usize,
    /// The queue that a search goes into, where it is not the common one.
    pub(crate) search_group: Option<NonZeroUsize>,
}

/// Posts a body and receives the whole answer.
pub(crate) async fn post(
    http: &HttpClient,
    base_url: &BaseUrl,
    endpoint: Endpoint,
    body: Vec<u8>,
    reach: Reach,
) -> Result<Received, Error> {
    let received = http.post(base_url.endpoint(endpoint), body, reach).await;
    match received {
        Ok(received) => {
            trace::received(received.status, received.body.len());
            Ok(received)
        }
        Err(Failure::NoConnection(source)) => Err(Error::NoConnection { endpoint, source }),
        Err(Failure::TimedOut(source)) => Err(Error::TimedOut { endpoint, after: reach.timeout, source }),
        Err(Failure::Lost(source)) => Err(Error::ConnectionLost { endpoint, source }),
        Err(Failure::TooLarge) => Err(Error::TooLarge { endpoint, limit_bytes: reach.max_reply_bytes }),
    }
}
