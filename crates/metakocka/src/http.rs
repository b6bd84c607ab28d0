//! The connection pool. It posts bytes and receives bytes within limits; it follows no redirect, keeps no
//! cookies, uses no proxy of the environment, and never tries again.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Response, Url};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig as TlsConfig, RootCertStore};

use crate::layer::Reach;

/// The longest wait that a server's `Retry-After` is believed, in seconds: a day.
const MAX_RETRY_AFTER_SECONDS: u64 = 24 * 60 * 60;

/// How long a connection is kept for the next call. Short, because a server that closes one just when a write
/// begins leaves its outcome unknown; servers keep theirs for at least 15 s as a rule.
const KEPT_FOR: Duration = Duration::from_secs(10);

/// Which of a company's search queues a search goes into (`metakocka-api.md §1.6`).
const SEARCH_GROUP: &str = "searchGroup";

/// How connections are made.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// How long making a connection may take.
    pub connect_timeout: Duration,
    /// A certificate authority, or several, accepted beside the public ones, as PEM: for a host of one's
    /// own.
    pub extra_ca_pem: Option<Vec<u8>>,
    /// What calls itself so in the server's log.
    pub user_agent: String,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            extra_ca_pem: None,
            user_agent: concat!("metakocka-rust/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// Why a connection pool could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpSetupError {
    /// The extra certificates are not PEM, or there is none among them.
    #[error("the extra certificate authority is not a PEM certificate")]
    Certificate(#[source] Option<rustls::Error>),
    /// TLS could not be set up.
    #[error("TLS could not be set up")]
    Tls(#[source] rustls::Error),
    /// The pool could not be made, for example because of the user agent.
    #[error("the HTTP client could not be set up")]
    Client(#[source] reqwest::Error),
}

/// A connection pool, shared by the clients of all companies. Cloning is cheap and shares the pool.
#[derive(Clone, Debug)]
pub struct HttpClient {
    pool: reqwest::Client,
}

/// Why no answer came.
#[derive(Debug)]
pub(crate) enum Failure {
    NoConnection(reqwest::Error),
    TimedOut(reqwest::Error),
    Lost(reqwest::Error),
    TooLarge,
}

/// An answer as bytes.
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    /// Whether the content type says that the body is JSON.
    pub(crate) says_json: bool,
    pub(crate) body: Vec<u8>,
}

impl HttpClient {
    /// Makes the pool; connections are made when they are needed.
    pub fn new(config: &HttpConfig) -> Result<Self, HttpSetupError> {
        let pool = reqwest::Client::builder()
            .tls_backend_preconfigured(tls_config(config)?)
            .connect_timeout(config.connect_timeout)
            .pool_idle_timeout(KEPT_FOR)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .user_agent(&config.user_agent)
            .build()
            .map_err(HttpSetupError::Client)?;
        Ok(Self { pool })
    }

    /// Posts JSON and receives the whole answer, within limits.
    pub(crate) async fn post(&self, url: Url, body: Vec<u8>, reach: Reach) -> Result<Received, Failure> {
        let limit_bytes = reach.max_reply_bytes;
        let mut request =
            self.pool.post(url).header(CONTENT_TYPE, "application/json").body(body).timeout(reach.timeout);
        if let Some(group) = reach.search_group {
            request = request.header(SEARCH_GROUP, group.get());
        }
        let response = request.send().await.map_err(Failure::of)?;
        let status = response.status().as_u16();
        let retry_after = retry_after(response.headers());
        let says_json = says_json(response.headers());
        Ok(Received { status, retry_after, says_json, body: read_body(response, limit_bytes).await? })
    }
}

impl Failure {
    fn of(error: reqwest::Error) -> Self {
        // Addresses are known to the caller, and do not belong into every log line.
        let error = error.without_url();
        if error.is_connect() {
            Self::NoConnection(error)
        } else if error.is_timeout() {
            Self::TimedOut(error)
        } else {
            Self::Lost(error)
        }
    }
}

async fn read_body(mut response: Response, limit_bytes: usize) -> Result<Vec<u8>, Failure> {
    let announced = response.content_length().unwrap_or(0);
    if announced > limit_bytes as u64 {
        return Err(Failure::TooLarge);
    }
    let mut body = Vec::with_capacity(usize::try_from(announced).unwrap_or(0));
    while let Some(chunk) = response.chunk().await.map_err(Failure::of)? {
        if body.len() + chunk.len() > limit_bytes {
            return Err(Failure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn says_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.trim_start().to_ascii_lowercase().starts_with("application/json")
}

/// Reads `Retry-After` in seconds. The form with a date needs a clock, and no source says that Metakocka
/// sends either.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.min(MAX_RETRY_AFTER_SECONDS)))
}

fn tls_config(config: &HttpConfig) -> Result<TlsConfig, HttpSetupError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(pem) = &config.extra_ca_pem {
        add_authorities(&mut roots, pem)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(TlsConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(HttpSetupError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

fn add_authorities(roots: &mut RootCertStore, pem: &[u8]) -> Result<(), HttpSetupError> {
    let before = roots.len();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|_| HttpSetupError::Certificate(None))?;
        roots.add(certificate).map_err(|error| HttpSetupError::Certificate(Some(error)))?;
    }
    if roots.len() == before { Err(HttpSetupError::Certificate(None)) } else { Ok(()) }
}
