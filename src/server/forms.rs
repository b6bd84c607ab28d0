//! The form layer around server functions (design §3). Server functions never set a status; this does.
//!
//! - A caller by script gets the function's JSON; the status of an error follows from its code.
//! - A plain form (`Accept: text/html`) gets 303 to a page of ours, success or not, bad arguments included. What the
//!   form came to is kept as a one-time flash in the session, never in the address.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest as _, Request, State};
use axum::http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, REFERER, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Form, http};
use leptos::prelude::provide_context;
use tower_sessions::Session;

use super::body;
use super::refusal::Refusal;
use super::state::AppState;
use crate::api::context::{References, RequestContext};
use crate::api::error::{ApiError, ErrorCode};
use crate::api::flash::{BACK, Done, FormFlash, PREFIX, SECRETS, is_local};
/// Key of the session under which the flash is kept.
pub const FLASH: &str = "flash";
/// Typed values that a flash may hold, in bytes. A session is a row, not a store.
const VALUES: usize = 16_000;
/// Longest answer of a server function that a plain form reads, in bytes: it is a notice, not data.
const ANSWER: usize = 1_000_000;

/// Runs the server function that the path names.
pub async fn run(State(state): State<AppState>, request: Request) -> Response {
    let references = references(&request);
    if server_fn::axum::get_server_fn_service(request.uri().path(), request.method().clone()).is_none() {
        let sentence = "There is no such action. Reload the page; it may be older than the application.";
        return Refusal::new(&references, ErrorCode::NotFound, sentence).into_response();
    }
    let plain = request.method() == Method::POST && wants_page(request.headers());
    let request = match body::limited(request, state.configuration().body_limit, &references).await {
        Ok(request) => request,
        Err(refusal) => return refusal.into_response(),
    };
    if plain {
        run_plain(&state, request, &references).await
    } else {
        run_script(&state, request, &references).await
    }
}

async fn run_script(state: &AppState, request: Request, references: &References) -> Response {
    let response = call(state, request).await;
    if !is_error(&response) {
        return response;
    }
    Refusal::complete(references, error_of(response).await).into_response()
}

async fn run_plain(state: &AppState, request: Request, references: &References) -> Response {
    let session = request.extensions().get::<Session>().cloned();
    let form = request.uri().path().trim_start_matches(PREFIX).to_owned();
    let came_from = came_from(request.headers(), state);
    let (request, mut values) = typed_values(request).await;
    let back =
        values.remove(BACK).filter(|path| is_local(path)).or(came_from).unwrap_or_else(|| "/".to_owned());
    let response = call(state, as_script(request)).await;
    let cookies: Vec<HeaderValue> = response.headers().get_all(SET_COOKIE).iter().cloned().collect();
    let (flash, go) = if is_error(&response) {
        let refusal = Refusal::complete(references, error_of(response).await);
        if refusal.is_flood() {
            // A flash would be a row for each of too many tries.
            return refusal.into_plain_response();
        }
        let error = refusal.into_error();
        (FormFlash { form, error: Some(error), values: without_secrets(values), notice: None }, None)
    } else {
        let location = header(&response, &LOCATION).map(ToOwned::to_owned);
        let done = done_of(response).await;
        (FormFlash { form, notice: done.notice, ..FormFlash::default() }, done.go.or(location))
    };
    if flash.error.is_some() || flash.notice.is_some() {
        keep(session, flash).await;
    }
    let mut answer = see_other(go.filter(|path| is_local(path)).unwrap_or(back));
    answer.headers_mut().extend(cookies.into_iter().map(|cookie| (SET_COOKIE, cookie)));
    answer
}

async fn call(state: &AppState, request: Request) -> Response {
    let engine = state.engine().clone();
    let sign_ins = Arc::clone(state.sign_ins());
    let context = request.extensions().get::<RequestContext>().cloned();
    let provide = move || {
        provide_context(engine.clone());
        provide_context(Arc::clone(&sign_ins));
        if let Some(context) = &context {
            provide_context(context.clone());
        }
    };
    leptos_axum::handle_server_fns_with_context(provide, request).await.into_response()
}

fn is_error(response: &Response) -> bool {
    response.headers().contains_key(server_fn::error::SERVER_FN_ERROR_HEADER)
        || !response.status().is_success()
}

async fn error_of(response: Response) -> ApiError {
    let bytes = bytes_of(response).await;
    serde_json::from_slice(&bytes).unwrap_or_else(|_| {
        ApiError::plain(ErrorCode::Internal, "Something went wrong here. Nothing was changed; try again.")
    })
}

/// What the function answered; a function that is no form's target answers something else, which has no notice.
async fn done_of(response: Response) -> Done {
    serde_json::from_slice(&bytes_of(response).await).unwrap_or_default()
}

async fn bytes_of(response: Response) -> Bytes {
    axum::body::to_bytes(response.into_body(), ANSWER).await.unwrap_or_default()
}

/// The typed values, and the request as it was.
async fn typed_values(request: Request) -> (Request, BTreeMap<String, String>) {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let mut copy = http::Request::new(Body::from(bytes.clone()));
    *copy.method_mut() = Method::POST;
    if let Some(kind) = parts.headers.get(CONTENT_TYPE) {
        copy.headers_mut().insert(CONTENT_TYPE, kind.clone());
    }
    let pairs =
        Form::<Vec<(String, String)>>::from_request(copy, &()).await.map(|form| form.0).unwrap_or_default();
    (Request::from_parts(parts, Body::from(bytes)), pairs.into_iter().collect())
}

fn without_secrets(mut values: BTreeMap<String, String>) -> BTreeMap<String, String> {
    values.retain(|name, _| !SECRETS.iter().any(|secret| name.contains(secret)));
    let size: usize = values.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > VALUES { BTreeMap::new() } else { values }
}

/// A plain form, told to answer as it would answer a script: server functions would otherwise redirect to any site
/// and put the error into the address.
fn as_script(mut request: Request) -> Request {
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.remove(REFERER);
    headers.remove(CONTENT_LENGTH);
    request
}

async fn keep(session: Option<Session>, flash: FormFlash) {
    let Some(session) = session else { return };
    if let Err(error) = session.insert(FLASH, flash).await {
        tracing::error!(category = "auth", error = %engine::error::chain(&error), "the flash was not kept");
    }
}

fn see_other(path: String) -> Response {
    let location = HeaderValue::try_from(path).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

fn came_from(headers: &HeaderMap, state: &AppState) -> Option<String> {
    let referer = headers.get(REFERER)?.to_str().ok()?;
    state.configuration().public_url.local_part(referer).filter(|path| is_local(path)).map(ToOwned::to_owned)
}

fn wants_page(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("text/html"))
}

fn header<'a>(response: &'a Response, name: &http::HeaderName) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

fn references(request: &Request) -> Arc<References> {
    request.extensions().get::<Arc<References>>().cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_floods_are_not_kept() {
        let values =
            [("email", "ana@example.si"), ("password", "x"), ("new_password", "x"), ("secret_key", "x")];
        let kept = without_secrets(values.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        assert_eq!(kept.keys().collect::<Vec<_>>(), ["email"]);
        assert!(without_secrets([("notes".to_owned(), "a".repeat(VALUES + 1))].into()).is_empty());
    }
}
