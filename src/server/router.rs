//! All routes and the layers around them, from the outside in: span and references, headers, host, session, caller,
//! foreign sites. Health and assets stand outside the session.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CONTENT_SECURITY_POLICY};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use leptos::nonce::use_nonce;
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{LeptosRoutes as _, ResponseOptions, generate_route_list};

use super::sessions::{self, Sessions};
use super::state::AppState;
use super::{assets, csrf, events, forms, headers, health, identity, telemetry};
use crate::api::context::RequestContext;
use crate::app::{App, shell};
use crate::rest;

/// The whole application.
pub fn router(state: AppState) -> Router {
    let sessions = sessions::layer(Sessions::new(state.engine().clone()), &state.configuration().public_url);
    let behind_session = pages()
        .route(&format!("{}{{*name}}", crate::api::flash::PREFIX), any(forms::run))
        .nest("/api", rest::routes(get(events::events), get(events::of_run)))
        .fallback(not_found)
        .layer(from_fn_with_state(state.clone(), csrf::refuse_foreign))
        .layer(from_fn_with_state(state.clone(), identity::identify))
        .layer(sessions)
        .layer(from_fn_with_state(state.clone(), csrf::refuse_other_hosts));
    Router::new()
        .merge(behind_session)
        .merge(health::routes())
        .route("/pkg/{digest}/{*name}", get(assets::package))
        .layer(from_fn(headers::secure))
        .layer(from_fn_with_state(state.clone(), telemetry::trace))
        .with_state(state)
}

/// The pages, without the server functions that leptos would route beside them: those pass the form layer.
fn pages() -> Router<AppState> {
    Router::new().leptos_routes_with_handler(generate_route_list(App), page)
}

/// How long the rendering of a page may take; it takes milliseconds.
const RENDERING: Duration = Duration::from_secs(5);
/// How often it is begun before the page is given up.
const RENDERINGS: u32 = 3;

/// A page, rendered whole: the data is local and fast, and without a script nothing would replace a fallback.
///
/// Under load a rendering has been seen that never ended: the framework lost a wake-up where two boundaries read one
/// resource (leptos issue 4851, mended in the version we build with), and loses one where a router is made meanwhile (issue 4773;
/// a server makes one, at its start). Nobody waits for that: it is given up and begun anew, and the log says so.
async fn page(State(state): State<AppState>, mut request: Request) -> Response {
    // leptos redirects only whoever asks for HTML, and hands others an empty page: a page is always HTML here.
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("text/html"));
    let (parts, _) = request.into_parts();
    for attempt in 1..=RENDERINGS {
        let options = state.leptos().clone();
        let render =
            leptos_axum::render_app_async_with_context(provide(&state), move || shell(options.clone()));
        let request = Request::from_parts(parts.clone(), Body::empty());
        if let Ok(page) = tokio::time::timeout(RENDERING, render(request)).await {
            return page.into_response();
        }
        tracing::error!(
            category = "general",
            path = parts.uri.path(),
            attempt,
            "a page was not rendered in time"
        );
    }
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

/// What pages find in their context besides what leptos provides.
fn provide(state: &AppState) -> impl Fn() + Clone + Send + Sync + 'static {
    let engine = state.engine().clone();
    move || {
        provide_context(engine.clone());
        let parts = use_context::<axum::http::request::Parts>();
        if let Some(context) = parts.and_then(|parts| parts.extensions.get::<RequestContext>().cloned()) {
            provide_context(context);
        }
        if let (Some(nonce), Some(answer)) = (use_nonce(), use_context::<ResponseOptions>())
            && let Ok(policy) = HeaderValue::try_from(headers::page_policy(&nonce))
        {
            answer.insert_header(CONTENT_SECURITY_POLICY, policy);
        }
    }
}

/// A public file, else the application's own page for what does not exist.
async fn not_found(State(state): State<AppState>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::NOT_FOUND.into_response();
    }
    if let Some(file) = assets::public(request.uri().path(), request.headers()) {
        return file;
    }
    let mut response = page(State(state), request).await;
    if response.status().is_success() {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}
