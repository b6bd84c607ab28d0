//! The HTTP side of the endpoints: reads a call, queues it, makes faults happen, answers. What the
//! answer says is decided in `api`.

use crate::api::{Call, Endpoint, MkError, Params, Reply, error_body};
use crate::company::Moment;
use crate::connection::Cutter;
use crate::faults::{Effect, Verdict};
use crate::quirks::{Quirk, Quirks};
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
        return wrong_path(world.quirks);
    };
    let logged = body.clone().map_or(Value::Null, Value::Object);
    world.log().add(&world.clock, endpoint.name(), company.clone(), logged);
    let verdict = world.faults().judge(endpoint.name(), company.as_deref());
    let settings = world.settings();
    let tenant = company.as_deref().and_then(|id| world.tenant(id));
    let exchange = Exchange { world: &world, endpoint, settings: &settings, tenant, verdict };
    let params = body.map(|body| Params::new(body, world.quirks));
    exchange.run(params, &cutter).await
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
        let lost = self.verdict.effect == Some(Effect::DropAfterStore);
        if self.verdict.effect == Some(Effect::DropBeforeStore) || (lost && !self.hold(Quirk::LostReplies)) {
            self.pause().await;
            cutter.cut();
            return StatusCode::OK.into_response();
        }
        let bad_key = !self.hold(Quirk::BadKeyIs200) && self.tenant_of(params.as_ref()).is_none();
        let reply = match self.reply(params).await {
            Ok(reply) => reply,
            Err(error) => Reply::Json(error.body(self.time_ms(), self.world.quirks)),
        };
        let mut response = respond(reply, self.verdict.effect, cutter);
        if bad_key {
            *response.status_mut() = StatusCode::UNAUTHORIZED;
        }
        response
    }

    fn hold(&self, quirk: Quirk) -> bool {
        self.world.quirks.hold(quirk)
    }

    /// The company of a call with the right key.
    fn tenant_of(&self, params: Option<&Params>) -> Option<&Arc<Tenant>> {
        let key = params?.text("secret_key")?;
        self.tenant.as_ref().filter(|tenant| tenant.accepts(&key))
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
    async fn reply(&self, params: Option<Params>) -> Result<Reply, MkError> {
        let Some(params) = params else {
            self.pause().await;
            return Err(MkError::internal("Unknown internal server error"));
        };
        let tenant = self.tenant_of(Some(&params)).ok_or_else(MkError::bad_key)?;
        let within = |quota| tenant.within_quota(quota, self.world.clock.now());
        if self.hold(Quirk::Quota) && !self.settings.quota.is_none_or(within) {
            return Err(MkError::quota());
        }
        if self.endpoint == Endpoint::Search && self.hold(Quirk::SearchesQueue) {
            let gate = tenant.search_gate(self.settings.search_parallelism);
            // The gate is never closed; without a permit the call just would not queue.
            let _permit = gate.acquire_owned().await.ok();
            self.pause().await;
            return self.answer(tenant, &params);
        }
        self.pause().await;
        self.answer(tenant, &params)
    }

    fn answer(&self, tenant: &Tenant, params: &Params) -> Result<Reply, MkError> {
        let (time_ms, quirks) = (self.time_ms(), self.world.quirks);
        if let Some(Effect::OprCode { code, text }) = &self.verdict.effect {
            return Ok(Reply::Json(error_body(code, text, time_ms, quirks)));
        }
        let now = Moment::new(self.world.clock.now());
        let call = Call { settings: self.settings, quirks, company_id: tenant.company_id(), now, time_ms };
        self.endpoint.answer(&mut tenant.data(), params, call)
    }
}

/// Sends the body, or what the fault makes of it.
fn respond(reply: Reply, effect: Option<Effect>, cutter: &Cutter) -> Response {
    let body = match reply {
        Reply::Json(body) => body,
        Reply::Pdf(bytes) if effect.is_none() => return pdf(bytes),
        // A fault spoils the text of a file as it spoils any other.
        Reply::Pdf(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
    };
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

fn pdf(bytes: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "application/pdf")], bytes).into_response()
}

/// The page of a wrong path; without Q2 an answer that a client could read.
fn wrong_path(quirks: Quirks) -> Response {
    if quirks.hold(Quirk::WrongFamily) {
        return not_found();
    }
    (StatusCode::NOT_FOUND, json(r#"{"opr_code":"1","opr_desc":"no such path"}"#.to_owned())).into_response()
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
