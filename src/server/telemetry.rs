//! Log lines, and the span around each request that gives them their fields (design §8). Never a body, a query, a
//! cookie or a header.

use std::io::IsTerminal as _;
use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures::FutureExt as _;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};
use tracing_subscriber::EnvFilter;

use super::configuration::{Configuration, LogFormat};
use super::refusal::Refusal;
use super::state::AppState;
use crate::api::context::References;
use crate::api::error::{ApiError, ErrorCode};

/// Bytes of chance in a request's id: enough that two never meet in one log.
const REQUEST_ID_BYTES: usize = 8;

/// Why the log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter does not parse.
    #[error("the setting log is not a filter such as info or info,sqlx=warn")]
    Filter(#[source] tracing_subscriber::filter::ParseError),
    /// Somebody opened one before.
    #[error("the log is already open")]
    Twice(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Opens the log on the standard error stream. Once per process.
pub fn open(configuration: &Configuration) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_new(&configuration.log).map_err(TelemetryError::Filter)?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match configuration.log_format {
        LogFormat::Json => {
            builder.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
        }
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).try_init(),
    }
    .map_err(TelemetryError::Twice)
}

/// Surrounds a request with a span and gives it the source of its references.
pub async fn trace(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let mut chance = [0_u8; REQUEST_ID_BYTES];
    state.ids().fill(&mut chance);
    let id = readable(&chance);
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let span = tracing::info_span!(
        "request",
        request = %id,
        method = %request.method(),
        route = route.as_deref().unwrap_or(request.uri().path()),
        client = client(&request, &state.configuration().trusted_proxies).map(tracing::field::display),
        tenant = Empty,
        person = Empty,
    );
    let references = Arc::new(References::new(id));
    request.extensions_mut().insert(Arc::clone(&references));
    let began = state.engine().now();
    async move {
        let response = match AssertUnwindSafe(next.run(request)).catch_unwind().await {
            Ok(response) => response,
            Err(_) => panicked(&references),
        };
        let milliseconds = state.engine().now().duration_since(began).as_millis();
        let status = response.status().as_u16();
        if response.status().is_server_error() {
            tracing::warn!(category = "api", status, milliseconds, "answered");
        } else {
            tracing::debug!(category = "api", status, milliseconds, "answered");
        }
        response
    }
    .instrument(span)
    .await
}

/// The answer of a handler that panicked; the panic itself has written where it happened.
fn panicked(references: &References) -> Response {
    let sentence = "Something went wrong here. Reload the page to see what was kept.";
    let error = ApiError { reference: references.next(), ..ApiError::plain(ErrorCode::Internal, sentence) };
    tracing::error!(category = "general", reference = error.reference, "a request handler panicked");
    Refusal::complete(references, error).into_response()
}

/// Who asks: the peer, or whom the configured proxies say that they speak for.
pub(super) fn client(request: &Request, proxies: &[IpAddr]) -> Option<IpAddr> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>()?.0.ip();
    Some(forwarded_for(peer, request.headers(), proxies))
}

/// Read from the right: each proxy adds the address that it saw, and what a stranger wrote stands further left.
fn forwarded_for(peer: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    let written = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let mut hops: Vec<&str> = written.flat_map(|value| value.split(',')).collect();
    let mut nearest = peer;
    while proxies.contains(&nearest) {
        match hops.pop().and_then(|hop| hop.trim().parse().ok()) {
            Some(hop) => nearest = hop,
            None => break,
        }
    }
    nearest
}

/// Names workspace and person in every line of the current request.
pub fn name_caller(tenant: &str, person: Option<&str>) {
    let span = Span::current();
    span.record("tenant", tenant);
    if let Some(person) = person {
        span.record("person", person);
    }
}

/// Chance as text that people can read out: no vowels, so no words, and nothing that looks like another sign.
fn readable(bytes: &[u8]) -> String {
    const SIGNS: [char; 16] =
        ['b', 'c', 'd', 'f', 'g', 'h', 'j', 'k', 'm', 'n', 'p', 'r', 's', 't', 'v', 'z'];
    bytes.iter().flat_map(|byte| [SIGNS[usize::from(byte >> 4)], SIGNS[usize::from(byte & 15)]]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forwarded_address_counts_only_from_configured_proxies() {
        let address = |text: &str| -> IpAddr { text.parse().unwrap() };
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "6.6.6.6, 203.0.113.9, 10.0.0.2".parse().unwrap());
        let proxies = [address("10.0.0.1"), address("10.0.0.2")];
        assert_eq!(forwarded_for(address("10.0.0.1"), &headers, &proxies), address("203.0.113.9"));
        assert_eq!(forwarded_for(address("198.51.100.7"), &headers, &proxies), address("198.51.100.7"));
        assert_eq!(forwarded_for(address("10.0.0.1"), &HeaderMap::new(), &proxies), address("10.0.0.1"));
    }

    #[test]
    fn a_request_id_keeps_every_bit() {
        assert_eq!(readable(&[0x00, 0xff, 0x1f]), "bbzzcz");
    }
}
