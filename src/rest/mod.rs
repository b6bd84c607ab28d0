//! The public JSON API (prefix `/api`, contract §1 and §2): authenticates, parses, calls the engine, translates. It
//! decides nothing.
//!
//! To add an endpoint: a handler in the file of its aggregate, its route in [`routes`], its row in `tests/it/rest.rs`.

mod input;
mod runs;
mod sales_documents;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};

use crate::api::context::References;
use crate::api::error::ErrorCode;
use crate::server::refusal::Refusal;
use crate::server::state::AppState;

/// Where everything about Metakocka lives, below `/api`.
const METAKOCKA: &str = "/integrations/metakocka";

/// All routes below `/api`; `events` is the stream of `server`. Whatever does not exist answers in JSON too.
pub fn routes(events: MethodRouter<AppState>) -> Router<AppState> {
    let metakocka = Router::new()
        .route("/sales-documents/sync-from-metakocka", get(sales_documents::waiting))
        .route("/sales-documents/sync-all-from-metakocka", post(sales_documents::pull_all))
        .route("/runs/{id}", get(runs::run));
    Router::new()
        .nest(METAKOCKA, metakocka)
        .route("/events", events)
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
