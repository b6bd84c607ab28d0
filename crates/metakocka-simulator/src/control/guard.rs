//! Who may use `/_sim/`. It changes everything without a sign-in, so it is open on loopback only, and
//! there only to programs and to pages of its own: a page of somebody else's in a browser on the same
//! machine must not reach it. Off loopback, or when one is set, it takes a token.

use crate::world::World;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Json, Response};
use serde_json::json;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// Shorter tokens could be guessed.
const MIN_TOKEN_CHARS: usize = 16;

/// What opens `/_sim/`: at least 16 visible ASCII characters. Never printed.
#[derive(Clone)]
pub struct ControlToken(String);

impl ControlToken {
    /// The token, if nobody guesses it and a header can carry it.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let fits = text.len() >= MIN_TOKEN_CHARS && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    fn is(&self, sent: &str) -> bool {
        self.0.as_bytes().ct_eq(sent.as_bytes()).into()
    }
}

impl fmt::Debug for ControlToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ControlToken(***)")
    }
}

/// Lets a call of the control side pass, or says why not.
pub(super) async fn guard(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    match refusal(world.control_token.as_ref(), request.headers()) {
        None => next.run(request).await,
        Some((status, sentence)) => (status, Json(json!({"error": sentence}))).into_response(),
    }
}

fn refusal(token: Option<&ControlToken>, headers: &HeaderMap) -> Option<(StatusCode, &'static str)> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(token) = token {
        let sent = text(AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        let sentence = "the control side takes a token: Authorization: Bearer TOKEN";
        return (!sent.is_some_and(|sent| token.is(sent))).then_some((StatusCode::UNAUTHORIZED, sentence));
    }
    let host = text(HOST).unwrap_or_default();
    if !is_loopback(host) {
        // A name that was made to lead here.
        return Some((StatusCode::FORBIDDEN, "the control side answers on loopback names only"));
    }
    let origin = headers.get(ORIGIN)?;
    let own = origin.to_str().is_ok_and(|origin| origin.strip_prefix("http://") == Some(host));
    (!own).then_some((StatusCode::FORBIDDEN, "the control side takes no calls from other pages"))
}

/// Whether a `Host` header names this machine.
fn is_loopback(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').unwrap_or_default(),
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let has_port = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    // A name is the same in capitals and with the dot of the root.
    let is_name = name.strip_suffix('.').unwrap_or(name).eq_ignore_ascii_case("localhost");
    has_port && (is_name || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(token: Option<&str>, headers: &[(&str, &str)]) -> Option<u16> {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let token = token.map(|token| ControlToken::new(token).unwrap());
        refusal(token.as_ref(), &headers.collect()).map(|(status, _)| status.as_u16())
    }

    #[test]
    fn on_loopback_programs_and_its_own_page_pass_and_other_pages_do_not() {
        for host in [
            "127.0.0.1:3001",
            "localhost:3001",
            "[::1]:3001",
            "[::1]",
            "localhost",
            "LOCALHOST",
            "localhost.:3001",
        ] {
            assert_eq!(answer(None, &[("host", host)]), None, "{host}");
        }
        for host in [
            "evil.example:3001",
            "127.0.0.1.evil.example",
            "127.0.0.1:evil.example",
            "localhost:3001:evil.example",
            "[::1].evil.example",
            "10.0.0.5:3001",
            "",
        ] {
            assert_eq!(answer(None, &[("host", host)]), Some(403), "{host}");
        }
        let from = |origin| answer(None, &[("host", "127.0.0.1:3001"), ("origin", origin)]);
        assert_eq!(from("http://127.0.0.1:3001"), None);
        for origin in ["https://evil.example", "null", "http://127.0.0.1:3002"] {
            assert_eq!(from(origin), Some(403), "{origin}");
        }
    }

    #[test]
    fn with_a_token_only_the_token_passes() {
        const TOKEN: &str = "0123456789abcdef";
        let host = ("host", "erp.example");
        assert_eq!(answer(Some(TOKEN), &[host, ("authorization", "Bearer 0123456789abcdef")]), None);
        for sent in ["Bearer 0123456789abcdeF", "Bearer 0123456789abcde", "0123456789abcdef", "Bearer "] {
            assert_eq!(answer(Some(TOKEN), &[host, ("authorization", sent)]), Some(401), "{sent}");
        }
        assert_eq!(answer(Some(TOKEN), &[("host", "127.0.0.1:1")]), Some(401));
    }

    #[test]
    fn a_token_that_can_be_guessed_is_none() {
        for text in ["", "short", "fifteen-letters", "with a blank in it!"] {
            assert!(ControlToken::new(text).is_none(), "{text}");
        }
        let shown = format!("{:?}", ControlToken::new("0123456789abcdef").unwrap());
        assert!(!shown.contains("0123"), "{shown}");
    }
}
