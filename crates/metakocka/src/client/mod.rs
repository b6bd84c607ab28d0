//! The client of one company. Each method is one call, paced, within limits, never repeated.

mod check;
mod documents;
mod files;
#[cfg(feature = "fuzz")]
pub(crate) mod fuzz;
mod lists;
mod write;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

pub use check::ConnectionCheck;
pub use files::{ParcelCode, ReportRequest, TrackedOrder};
pub use lists::{ListPage, PartnerQuery};

use crate::address::BaseUrl;
use crate::endpoint::Endpoint;
use crate::error::{Error, Excerpt};
use crate::http::{HttpClient, Received};
use crate::identity::CompanyId;
use crate::layer::{self, Allowance, Pacer, Reach, Spent, Tally, Turn};
use crate::reply::{Answer, Reply};
use crate::secret::SecretKey;
use crate::write::Destination;

/// How much of a body that is no text is looked at for its excerpt, in bytes: more than an excerpt of
/// nothing but the longest key in its longest spelling takes.
const MAX_EXCERPT_BYTES: usize = 64 * 1024;

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
    /// How long a call that only reads may take, from its beginning to the end of the answer; waiting for one's turn is
    /// not counted. 30 s by default, as other clients have it (`metakocka-api.md §1.6`).
    pub call_timeout: Duration,
    /// The same for a call that changes something, because its time-out leaves its outcome unknown. 120 s by
    /// default: writes take up to 48 s (`metakocka-api.md §1.6`).
    pub write_timeout: Duration,
    /// How large an answer may be, in bytes: 32 MiB by default, far above a page of a thousand products.
    pub max_reply_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            call_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_mins(2),
            max_reply_bytes: 32 * 1024 * 1024,
        }
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

/// A client of one company. Cloning shares the connections, the pace, the count of the calls and their allowance.
#[derive(Clone, Debug)]
pub struct Client {
    config: ClientConfig,
    http: HttpClient,
    tally: Arc<Tally>,
}

impl Client {
    /// A client that uses a shared connection pool. Nothing is sent yet.
    pub fn new(config: ClientConfig, http: HttpClient) -> Self {
        Self { config, http, tally: Arc::default() }
    }

    /// The same client with an allowance, which begins now; its calls are counted from zero.
    #[must_use]
    pub fn allowed(self, allowance: Allowance) -> Self {
        Self { tally: Arc::new(Tally::within(allowance)), ..self }
    }

    /// How many calls this client and its clones have begun; other clients of the company are not counted.
    pub fn calls_begun(&self) -> u64 {
        self.tally.begun()
    }

    /// The pacer, for the counts of the company.
    pub fn pacer(&self) -> &Pacer {
        &self.config.pacer
    }

    /// Whom this client's writes go to.
    pub fn destination(&self) -> Destination {
        let ClientConfig { base_url, company_id, .. } = &self.config;
        Destination { base_url: base_url.clone(), company_id: company_id.clone() }
    }

    /// Makes one call and reads its reply.
    async fn call<T>(
        &self,
        endpoint: Endpoint,
        parameters: Map<String, Value>,
        read: impl FnOnce(Reply<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.ask(endpoint, parameters, |received| read(self.answer(endpoint, received)?.open()?)).await
    }

    /// Makes one call through all layers, from the outside in: trace, pace with budget, wire.
    async fn ask<T>(
        &self,
        endpoint: Endpoint,
        parameters: Map<String, Value>,
        read: impl FnOnce(Received) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let ClientConfig { base_url, company_id, pacer, .. } = &self.config;
        layer::traced(endpoint, company_id, async {
            let spent = |Spent { again_after }| Error::BudgetSpent { endpoint, again_after };
            self.tally.take().map_err(spent)?;
            let turn = pacer.turn(endpoint).await.inspect_err(|_| self.tally.give_back()).map_err(spent)?;
            let body = self.body(parameters);
            layer::post(&self.http, base_url, endpoint, body, self.reach(endpoint, &turn))
                .await
                .and_then(read)
        })
        .await
    }

    fn reach(&self, endpoint: Endpoint, turn: &Turn) -> Reach {
        let Limits { call_timeout, write_timeout, max_reply_bytes } = self.config.limits;
        let timeout = if endpoint.is_write() { write_timeout } else { call_timeout };
        Reach { timeout, max_reply_bytes, search_group: turn.search_group() }
    }

    fn answer(&self, endpoint: Endpoint, received: Received) -> Result<Answer, Error> {
        answer_without(&self.config.secret_key, endpoint, received)
    }

    /// The request's body: the only place where the key is written.
    fn body(&self, mut parameters: Map<String, Value>) -> Vec<u8> {
        self.config.secret_key.write_into(&mut parameters);
        parameters.insert("company_id".to_owned(), Value::from(self.config.company_id.as_str()));
        Value::Object(parameters).to_string().into_bytes()
    }
}

/// The answer as text, freed of the key.
fn answer_without(key: &SecretKey, endpoint: Endpoint, received: Received) -> Result<Answer, Error> {
    let Received { status, retry_after, body, .. } = received;
    let text = String::from_utf8(body).map_err(|error| {
        let bytes = error.as_bytes();
        let beginning = &bytes[..bytes.len().min(MAX_EXCERPT_BYTES)];
        let excerpt = Excerpt::of(&key.redact(String::from_utf8_lossy(beginning).into()));
        Error::NotMetakocka { endpoint, status, excerpt }
    })?;
    Ok(Answer { endpoint, status, retry_after, text: key.redact(text) })
}
