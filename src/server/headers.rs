//! Headers that every answer carries (design §7): what the browser may do with it. Pages bring their own policy with
//! a nonce; everything else may load nothing at all.

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

/// Answers that are no pages load nothing.
const NOTHING: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The policy of a page whose scripts carry `nonce`. thaw writes styles without nonces, hence `unsafe-inline` there.
#[must_use]
pub fn page_policy(nonce: &str) -> String {
    format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
         style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    )
}

/// Adds what an answer does not bring itself.
pub async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    default(headers, CONTENT_SECURITY_POLICY, NOTHING);
    default(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(headers, REFERRER_POLICY, "same-origin");
    default(headers, X_FRAME_OPTIONS, "DENY");
    default(headers, CACHE_CONTROL, "no-store");
    response
}

fn default(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}
