//! The public JSON API (prefix `/api`, contract §1 and §2): authenticates, parses, calls the engine, translates. It
//! decides nothing.
//!
//! To add an endpoint: a handler in the file of its aggregate, its row in [`table`], its requests in `tests/it/`.

mod conflicts;
mod connection;
mod inbox;
mod input;
mod log;
mod matching;
mod plans;
mod records;
mod runs;
mod sync;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, patch, post, put};

use self::sync::{Contacts, Products, SalesDocuments, pull, push, status};
use crate::api::context::References;
use crate::api::error::ErrorCode;
use crate::server::refusal::Refusal;
use crate::server::state::AppState;

/// Where everything about Metakocka lives, below `/api`.
const METAKOCKA: &str = "/integrations/metakocka";

/// The endpoints of one kind of record.
macro_rules! records_of {
    ($path:literal, $($room:ident)::+) => {
        [
            ($path, Method::GET, get($($room)::+::list)),
            ($path, Method::POST, post($($room)::+::make)),
            (concat!($path, "/{id}"), Method::GET, get($($room)::+::one)),
            (concat!($path, "/{id}"), Method::PATCH, patch($($room)::+::edit)),
            (concat!($path, "/{id}"), Method::DELETE, delete($($room)::+::delete)),
            (concat!($path, "/{id}/history"), Method::GET, get($($room)::+::history)),
        ]
    };
}

/// The six endpoints of contract §2 for one kind of record.
macro_rules! synced {
    ($path:literal, $kind:ident) => {
        [
            (concat!($path, "/sync"), Method::POST, post(push::sync::<$kind>)),
            (concat!($path, "/sync"), Method::GET, get(status::status::<$kind>)),
            (concat!($path, "/sync-bulk"), Method::POST, post(push::sync_bulk::<$kind>)),
            (concat!($path, "/sync-from-metakocka"), Method::GET, get(pull::waiting::<$kind>)),
            (concat!($path, "/sync-from-metakocka"), Method::POST, post(pull::pull_one::<$kind>)),
            (concat!($path, "/sync-all-from-metakocka"), Method::POST, post(pull::pull_all::<$kind>)),
        ]
    };
}

/// Path below `/api`, method, and what answers there.
pub type Endpoint = (&'static str, Method, MethodRouter<AppState>);

/// Every endpoint; the tests over HTTP walk it, so that none is forgotten.
pub fn table() -> Vec<Endpoint> {
    let mut table = vec![
        ("/integrations/metakocka/credentials", Method::GET, get(connection::shown)),
        ("/integrations/metakocka/credentials", Method::PUT, put(connection::save)),
        ("/integrations/metakocka/credentials", Method::DELETE, delete(connection::disconnect)),
        ("/integrations/metakocka/test-connection", Method::POST, post(connection::test)),
        ("/integrations/metakocka/runs", Method::GET, get(runs::list)),
        ("/integrations/metakocka/runs/{id}", Method::GET, get(runs::run)),
        ("/integrations/metakocka/runs/{id}/cancel", Method::POST, post(runs::cancel)),
        ("/integrations/metakocka/unknown", Method::GET, get(inbox::unknown)),
        ("/integrations/metakocka/unknown/{id}/settle", Method::POST, post(inbox::settle)),
        ("/integrations/metakocka/failures", Method::GET, get(inbox::failures)),
        ("/integrations/metakocka/failures/redrive", Method::POST, post(inbox::redrive)),
        ("/integrations/metakocka/logs", Method::GET, get(log::lines)),
        ("/integrations/metakocka/logs/export", Method::GET, get(log::file)),
        ("/integrations/metakocka/logs/{entry}/resolve", Method::POST, post(log::resolve)),
        ("/integrations/metakocka/matching", Method::GET, get(matching::shown)),
        ("/integrations/metakocka/matching/confirm", Method::POST, post(matching::confirm)),
        ("/integrations/metakocka/matches", Method::GET, get(matching::list)),
        ("/integrations/metakocka/matches/{kind}/{id}", Method::GET, get(matching::one)),
        ("/integrations/metakocka/matches/{kind}/{id}", Method::POST, post(matching::answer)),
        ("/integrations/metakocka/conflicts", Method::GET, get(conflicts::list)),
        ("/integrations/metakocka/conflicts/{id}", Method::GET, get(conflicts::one)),
        ("/integrations/metakocka/conflicts/{id}/resolve", Method::POST, post(conflicts::resolve)),
        ("/integrations/metakocka/plans", Method::POST, post(plans::make)),
        ("/integrations/metakocka/plans/{id}", Method::GET, get(plans::one)),
        ("/integrations/metakocka/plans/{id}/apply", Method::POST, post(plans::apply)),
        ("/contacts/{id}/merge", Method::POST, post(records::contacts::merge)),
        ("/contacts/{id}/erase", Method::POST, post(records::contacts::erase)),
    ];
    table.extend(synced!("/integrations/metakocka/sales-documents", SalesDocuments));
    table.extend(synced!("/integrations/metakocka/contacts", Contacts));
    table.extend(synced!("/integrations/metakocka/products", Products));
    table.extend(records_of!("/sales-documents", records::sales_documents));
    table.extend(records_of!("/contacts", records::contacts));
    table.extend(records_of!("/products", records::products));
    table
}

/// All routes below `/api`; `events` and `run_events` are the streams of `server`. Whatever does not exist answers in JSON too.
pub fn routes(events: MethodRouter<AppState>, run_events: MethodRouter<AppState>) -> Router<AppState> {
    let endpoints = table().into_iter();
    endpoints
        .fold(Router::new(), |router, (path, _, answers)| router.route(path, answers))
        .route("/events", events)
        .route("/integrations/metakocka/runs/{id}/events", run_events)
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
}

async fn unknown_path(request: Request) -> Response {
    refuse(&request, ErrorCode::NotFound, "There is no such address in this API.")
}

async fn wrong_method(request: Request) -> Response {
    refuse(&request, ErrorCode::MethodNotAllowed, "This address exists, but not with this method.")
}

fn refuse(request: &Request, code: ErrorCode, sentence: &str) -> Response {
    let references = request.extensions().get::<Arc<References>>().cloned().unwrap_or_default();
    Refusal::new(&references, code, sentence).into_response()
}
