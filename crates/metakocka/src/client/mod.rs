//! The client of one company. Each method is one call, paced, within limits, never repeated.

mod check;
mod documents;
mod lists;

use std::time::Duration;

use serde_json::{Map, Value};
use tokio::time::Instant;
use tracing::Instrument as _;

pub use check::ConnectionCheck;
pub use lists::{ListPage, PartnerQuery};

use crate::address::BaseUrl;
use crate::endpoint::Endpoint;
use crate::error::{Error, Excerpt};
use crate::http::{Failure, HttpClient};
use crate::identity::CompanyId;
use crate::pacer::Pacer;
use crate::reply::{Answer, Reply};
use crate::secret::SecretKey;

/// Whom a client asks, as whom, and within which limits.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// Metakocka's address.
    pub base_url: BaseUrl,
    /// The company.
    pub company_id: CompanyId,
    /// Its secret key.
    pub secret_key: SecretKey,
    /// Its pace; give the same one to all clients of the company.
    pub pacer: Pacer,
    /// What one call may take.
    pub limits: Limits,
}

/// What one call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long one call may take, from its beginning to the end of the answer; waiting for one's turn is
    /// not counted. 30 s by default, as other clients have it (`metakocka-api.md §1.6`).
    pub call_timeout: Duration,
    /// How large an answer may be, in bytes: 32 MiB by default, far above a page of a thousand products.
    pub max_reply_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { call_timeout: Duration::from_secs(30), max_reply_bytes: 32 * 1024 * 1024 }
    }
}

impl ClientConfig {
    /// A configuration with the usual limits and a pacer of its own.
    pub fn new(base_url: BaseUrl, company_id: CompanyId, secret_key: SecretKey) -> Self {
        Self { base_url, company_id, secret_key, pacer: Pacer::default(), limits: Limits::default() }
    }

    /// The same at the pace of others.
    #[must_use]
    pub fn paced_by(mut self, pacer: Pacer) -> Self {
        self.pacer = pacer;
        self
    }

    /// The same within other limits.
    #[must_use]
    pub fn within(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

/// A client of one company. Cloning shares the connections and the pace.
#[derive(Clone, Debug)]
pub struct Client {
    config: ClientConfig,
    http: HttpClient,
}

impl Client {
    /// A client that uses a shared connection pool. Nothing is sent yet.
    pub fn new(config: ClientConfig, http: HttpClient) -> Self {
        Self { config, http }
    }

    /// The pacer, for its counts.
    pub fn pacer(&self) -> &Pacer {
        &self.config.pacer
    }

    /// Makes one call and reads its reply.
    async fn call<T>(
        &self,
        endpoint: Endpoint,
        parameters: Map<String, Value>,
        read: impl FnOnce(Reply<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let span = tracing::info_span!(
            "metakocka_call",
            endpoint = endpoint.name(),
            company = self.config.company_id.as_str(),
            duration_ms = tracing::field::Empty,
            status = tracing::field::Empty,
            bytes = tracing::field::Empty,
            outcome = tracing::field::Empty,
        );
        self.call_in_span(endpoint, parameters, read).instrument(span).await
    }

    async fn call_in_span<T>(
        &self,
        endpoint: Endpoint,
        parameters: Map<String, Value>,
        read: impl FnOnce(Reply<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let _turn = self.config.pacer.turn(endpoint).await;
        let begin = Instant::now();
        let result = self.send(endpoint, parameters).await.and_then(|answer| read(answer.open()?));
        let span = tracing::Span::current();
        span.record("duration_ms", begin.elapsed().as_secs_f64() * 1000.0);
        span.record("outcome", result.as_ref().err().map_or("ok", Error::kind));
        tracing::debug!("call ended");
        result
    }

    async fn send(&self, endpoint: Endpoint, parameters: Map<String, Value>) -> Result<Answer, Error> {
        let Limits { call_timeout, max_reply_bytes } = self.config.limits;
        let url = self.config.base_url.endpoint(endpoint);
        let body = self.body(parameters);
        let received = self.http.post(url, body, call_timeout, max_reply_bytes).await;
        let received = received.map_err(|failure| self.failed(endpoint, failure))?;
        let span = tracing::Span::current();
        span.record("status", received.status);
        span.record("bytes", received.body.len());
        let text = String::from_utf8(received.body).map_err(|error| Error::NotMetakocka {
            endpoint,
            status: received.status,
            excerpt: Excerpt::of(
                &self.config.secret_key.redact(String::from_utf8_lossy(error.as_bytes()).into()),
            ),
        })?;
        Ok(Answer {
            endpoint,
            status: received.status,
            retry_after: received.retry_after,
            text: self.config.secret_key.redact(text),
        })
    }

    /// The request's body: the only place where the key is written.
    fn body(&self, mut parameters: Map<String, Value>) -> Vec<u8> {
        self.config.secret_key.write_into(&mut parameters);
        parameters.insert("company_id".to_owned(), Value::from(self.config.company_id.as_str()));
        Value::Object(parameters).to_string().into_bytes()
    }

    fn failed(&self, endpoint: Endpoint, failure: Failure) -> Error {
        let Limits { call_timeout, max_reply_bytes } = self.config.limits;
        match failure {
            Failure::NoConnection(source) => Error::NoConnection { endpoint, source },
            Failure::TimedOut(source) => Error::TimedOut { endpoint, after: call_timeout, source },
            Failure::Lost(source) => Error::ConnectionLost { endpoint, source },
            Failure::TooLarge => Error::TooLarge { endpoint, limit_bytes: max_reply_bytes },
        }
    }
}
