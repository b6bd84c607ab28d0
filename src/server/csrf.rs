//! Refuses what another site makes a browser send, and requests for other hosts (design §7).
//!
//! A request that may change something is judged by `Sec-Fetch-Site`, else by `Origin`. What carries neither does not
//! come from a browser of our time: it is refused only when it rides on a session. Bearer requests of the API are exempt,
//! because no browser adds a token by itself and the API looks at no session beside one. Runs behind the session, so that it knows whether one is there.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST, HeaderName, ORIGIN};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::configuration::PublicUrl;
use super::refusal::Refusal;
use super::state::AppState;
use crate::api::context::{References, RequestContext};
use crate::api::error::ErrorCode;

/// Where tokens count.
const API: &str = "/api/";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Where a request came from, as far as its headers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// Our own pages, or the person's own hand.
    Ours,
    /// Another site.
    Foreign,
    /// No browser said anything.
    Unsaid,
}

/// Refuses unsafe requests from other sites.
pub async fn refuse_foreign(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let has_session =
        request.extensions().get::<RequestContext>().is_some_and(|context| context.person.is_some());
    let (method, path, headers) = (request.method(), request.uri().path(), request.headers());
    if may_pass(method, path, headers, has_session, &state.configuration().public_url) {
        return next.run(request).await;
    }
    refuse(
        &request,
        "This request came from another site and was not carried out. Open CRM Mind itself and try again.",
    )
}

/// Refuses requests whose `Host` does not belong to the public address, such as rebound names.
pub async fn refuse_other_hosts(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST).and_then(|value| value.to_str().ok());
    let host = host.or_else(|| request.uri().authority().map(axum::http::uri::Authority::as_str));
    if host.is_some_and(|host| state.configuration().public_url.has_host(host)) {
        return next.run(request).await;
    }
    refuse(
        &request,
        "This address does not belong to this installation. The operator's setting public-url names the right one.",
    )
}

fn refuse(request: &Request, sentence: &str) -> Response {
    let references = request.extensions().get::<Arc<References>>().cloned().unwrap_or_default();
    Refusal::new(&references, ErrorCode::Forbidden, sentence).into_response()
}

fn may_pass(method: &Method, path: &str, headers: &HeaderMap, has_session: bool, ours: &PublicUrl) -> bool {
    if method.is_safe() || path.starts_with(API) && bearer(headers).is_some() {
        return true;
    }
    match source(headers, ours) {
        Source::Ours => true,
        Source::Foreign => false,
        Source::Unsaid => !has_session,
    }
}

/// The token of a bearer request.
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn source(headers: &HeaderMap, ours: &PublicUrl) -> Source {
    match (text(headers, &SEC_FETCH_SITE), text(headers, &ORIGIN)) {
        (Some("same-origin" | "none"), _) => Source::Ours,
        (None, Some(origin)) if ours.has_origin(origin) => Source::Ours,
        (Some(_), _) | (None, Some(_)) => Source::Foreign,
        (None, None) => Source::Unsaid,
    }
}

/// A header as text; one that is no text counts as present and strange.
fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(method: &Method, pairs: &[(&'static str, &'static str)], has_session: bool) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(HeaderName::from_static(name), value.parse().unwrap());
        }
        may_pass(method, "/_ui/x", &headers, has_session, &"https://crm.example".parse().unwrap())
    }

    #[test]
    fn reading_is_never_refused() {
        assert!(passes(&Method::GET, &[("sec-fetch-site", "cross-site")], true));
    }

    #[test]
    fn what_a_browser_says_about_the_site_decides() {
        for (site, expected) in
            [("same-origin", true), ("none", true), ("same-site", false), ("cross-site", false)]
        {
            assert_eq!(passes(&Method::POST, &[("sec-fetch-site", site)], true), expected, "{site}");
            assert_eq!(passes(&Method::POST, &[("sec-fetch-site", site)], false), expected, "{site}");
        }
    }

    #[test]
    fn without_that_the_origin_decides() {
        assert!(passes(&Method::POST, &[("origin", "https://crm.example")], true));
        for origin in ["null", "https://evil.example", "http://crm.example"] {
            assert!(!passes(&Method::DELETE, &[("origin", origin)], true), "{origin}");
        }
    }

    #[test]
    fn a_request_that_says_nothing_must_not_ride_on_a_session() {
        assert!(!passes(&Method::POST, &[], true));
        assert!(passes(&Method::POST, &[], false));
    }

    #[test]
    fn a_token_is_exempt_where_it_counts_but_no_other_scheme() {
        let passes = |path, authorization: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ORIGIN, "https://evil.example".parse().unwrap());
            headers.insert(AUTHORIZATION, authorization.parse().unwrap());
            may_pass(&Method::POST, path, &headers, true, &"https://crm.example".parse().unwrap())
        };
        assert!(passes("/api/x", "Bearer cmk_x"));
        assert!(!passes("/api/x", "Basic eDp5"));
        assert!(!passes("/_ui/x", "Bearer cmk_x"), "a server function would act for the session");
    }
}
