//! The HTTP side of the endpoints: reads a call, queues it, makes faults happen, answers. What the
//! answer says is decided in `api`.

use crate::api::{Call, Endpoint, MkError, Params, error_body};
use crate::connection::Cutter;
use crate::faults::{Effect, Verdict};
use crate::settings::Settings;
use crate::world::{Tenant, World};
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;

/// Larger bodies are not read; Metakocka's own limit is unknown.
const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// Pieces of a dripping body.
const DRIPS: usize = 16;

const NOT_FOUND_PAGE: &str = "<!DOCTYPE html><html><head><title>404 Not Found</title></head>\
    <body><h1>HTTP Status 404 &ndash; Not Found</h1><p>The requested resource is not available.</p></body></html>";

/// Answers every path that is not the control side's.
pub(crate) async fn handle(
    State(world): State<Arc<World>>,
    ConnectInfo(cutter): ConnectInfo<Cutter>,
    request: Request,
) -> Response {
    let endpoint = Endpoint::of_path(request.uri().path()).filter(|_| request.method() == Method::POST);
    let is_json = content_type_is_json(&request);
    let Ok(bytes) = axum::body::to_bytes(request.into_body(), MAX_BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let body = if is_json { parse_object(&bytes) } else { None };
    let company = body.as_ref().and_then(|body| body.get("company_id")).and_then(crate::api::scalar_text);
    let Some(endpoint) = endpoint else {
        world.log().add(&world.clock, "other", company, body.map_or(Value::Null, Value::Object));
        return not_found();
    };
    let logged = body.clone().map_or(Value::Null, Value::Object);
    world.log().add(&world.clock, endpoint.name(), company.clone(), logged);
    let verdict = world.faults().judge(endpoint.name(), company.as_deref());
    let settings = world.settings();
    let tenant = company.as_deref().and_then(|id| world.tenant(id));
    let exchange = Exchange { world: &world, endpoint, settings: &settings, tenant, verdict };
    exchange.run(body.map(Params::new), &cutter).await
}

fn content_type_is_json(request: &Request) -> bool {
    let header = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    header.is_some_and(|value| value.to_ascii_lowercase().starts_with("application/json"))
}

fn parse_object(bytes: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(bytes).ok()
}

/// One call on its way.
struct Exchange<'a> {
    world: &'a World,
    endpoint: Endpoint,
    settings: &'a Settings,
    tenant: Option<Arc<Tenant>>,
    verdict: Verdict,
}

impl Exchange<'_> {
    async fn run(self, params: Option<Params>, cutter: &Cutter) -> Response {
        if self.verdict.effect == Some(Effect::DropBeforeStore) {
            self.pause().await;
            cutter.cut();
            return StatusCode::OK.into_response();
        }
        let body = self.body(params).await;
        respond(body, self.verdict.effect, cutter)
    }

    fn time_ms(&self) -> u64 {
        self.settings.latency_of(self.endpoint.name()) + self.verdict.delay_ms
    }

    async fn pause(&self) {
        let ms = self.time_ms();
        if ms > 0 {
            tokio::time::sleep(Duration::from_millis(ms)).await;
        }
    }

    /// The key is checked first; then the quota; then searches queue per company (§1.6).
    async fn body(&self, params: Option<Params>) -> String {
        let time_ms = self.time_ms();
        let Some(params) = params else {
            self.pause().await;
            return MkError::internal("Unknown internal server error").body(time_ms);
        };
        let key = params.text("secret_key");
        let accepted = |tenant: &&Arc<Tenant>| key.as_deref().is_some_and(|key| tenant.accepts(key));
        let Some(tenant) = self.tenant.as_ref().filter(accepted) else {
            return MkError::bad_key().body(time_ms);
        };
        let within = |quota| tenant.within_quota(quota, self.world.clock.now());
        if !self.settings.quota.is_none_or(within) {
            return MkError::quota().body(time_ms);
        }
        if self.endpoint == Endpoint::Search {
            let gate = tenant.search_gate(self.settings.search_parallelism);
            // The gate is never closed; without a permit the call just would not queue.
            let _permit = gate.acquire_owned().await.ok();
            self.pause().await;
            return self.answer(tenant, &params);
        }
        self.pause().await;
        self.answer(tenant, &params)
    }

    fn answer(&self, tenant: &Tenant, params: &Params) -> String {
        let time_ms = self.time_ms();
        if let Some(Effect::OprCode { code, text }) = &self.verdict.effect {
            return error_body(code, text, time_ms);
        }
        let call = Call { settings: self.settings, time_ms };
        let answer = self.endpoint.answer(&tenant.data(), params, call);
        answer.unwrap_or_else(|error| error.body(time_ms))
    }
}

/// Sends the body, or what the fault makes of it.
fn respond(body: String, effect: Option<Effect>, cutter: &Cutter) -> Response {
    match effect {
        None | Some(Effect::OprCode { .. } | Effect::DelayMs { .. }) => json(body),
        Some(Effect::DropBeforeStore | Effect::DropAfterStore) => {
            cutter.cut();
            StatusCode::OK.into_response()
        }
        Some(Effect::CutBody) => cut_body(&body, cutter.clone()),
        Some(Effect::Drip { ms }) => drip(body, ms),
        Some(Effect::Truncated) => json(first_half(&body).to_owned()),
        Some(Effect::ContentType { value }) => {
            let mut response = json(body);
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(CONTENT_TYPE, value);
            }
            response
        }
        Some(Effect::HttpStatus { status, retry_after }) => http_status(status, retry_after),
        Some(Effect::Html404) => not_found(),
        Some(Effect::Garbage) => json("\u{1}<<<{\"opr_code\": not json at all ]]}".to_owned()),
    }
}

fn json(body: String) -> Response {
    ([(CONTENT_TYPE, "application/json;charset=UTF-8")], body).into_response()
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, [(CONTENT_TYPE, "text/html;charset=utf-8")], NOT_FOUND_PAGE).into_response()
}

fn http_status(status: u16, retry_after: Option<u64>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, "service fault").into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn first_half(body: &str) -> &str {
    let middle = body.len() / 2;
    let cut = (middle..body.len()).find(|at| body.is_char_boundary(*at)).unwrap_or(0);
    &body[..cut]
}

/// Promises the whole length, sends half, and cuts the connection.
fn cut_body(body: &str, cutter: Cutter) -> Response {
    let length = body.len();
    let half = Bytes::from(first_half(body).to_owned());
    let first = stream::once(async move { Ok::<_, std::io::Error>(half) });
    let cut = stream::once(async move {
        // The half must be on its way before the writes start to fail.
        tokio::time::sleep(Duration::from_millis(20)).await;
        cutter.cut();
        Err(std::io::ErrorKind::ConnectionAborted.into())
    });
    let mut response = json(String::new());
    *response.body_mut() = Body::from_stream(first.chain(cut));
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    response
}

fn drip(body: String, ms: u64) -> Response {
    let size = body.len().div_ceil(DRIPS).max(1);
    let body = Bytes::from(body);
    let starts = (0..body.len()).step_by(size);
    let pieces: Vec<Bytes> = starts.map(|at| body.slice(at..(at + size).min(body.len()))).collect();
    let stream = stream::iter(pieces).then(move |piece| async move {
        tokio::time::sleep(Duration::from_millis(ms)).await;
        Ok::<_, std::io::Error>(piece)
    });
    let mut response = json(String::new());
    response.headers_mut().remove(CONTENT_LENGTH);
    *response.body_mut() = Body::from_stream(stream);
    response
}
