//! The HTTP side of the endpoints: reads a call, queues it, lets it take its time, decides with the
//! faults what happens to it. What the answer says is decided in `api`, how it leaves in `wire`.

use crate::agenda::LateWrite;
use crate::api::{Call, Endpoint, MkError, Params, error_body};
use crate::connection::Cutter;
use crate::faults::{Effect, Verdict};
use crate::latency::CREATE_INVOICE;
use crate::request_log::{Arrival, LoggedReply, Ticket};
use crate::settings::Settings;
use crate::wire::{not_found, respond};
use crate::world::{Tenant, World};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;

/// Larger bodies are not read; Metakocka's own limit is unknown.
const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// Answers every path that is not the control side's.
pub(crate) async fn handle(
    State(world): State<Arc<World>>,
    ConnectInfo(cutter): ConnectInfo<Cutter>,
    request: Request,
) -> Response {
    let endpoint = Endpoint::of_path(request.uri().path()).filter(|_| request.method() == Method::POST);
    let is_json = content_type_is_json(request.headers());
    let search_group = search_group(request.headers());
    let Ok(bytes) = axum::body::to_bytes(request.into_body(), MAX_BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let body = if is_json { parse_object(&bytes) } else { None };
    let company = body.as_ref().and_then(|body| body.get("company_id")).and_then(crate::api::scalar_text);
    let logged = body.clone().map_or(Value::Null, Value::Object);
    let ticket = world.log().add(Arrival {
        at: world.clock.now(),
        endpoint: endpoint.map_or("other", Endpoint::name),
        company: company.clone(),
        body: logged,
        bytes: bytes.len(),
    });
    let Some(endpoint) = endpoint else {
        world.log().answered(ticket, LoggedReply::of_status(404));
        return not_found();
    };
    let verdict = world.faults().judge(endpoint.name(), company.as_deref());
    let settings = world.settings();
    let time_ms = verdict.delay_ms + world.latencies().draw(&settings, latency_name(endpoint, body.as_ref()));
    let tenant = company.as_deref().and_then(|id| world.find_tenant(id));
    let exchange = Exchange { world, endpoint, settings, tenant, verdict, time_ms, search_group, ticket };
    // On a task of its own: Metakocka works on when the caller has given up waiting.
    let answered = tokio::spawn(exchange.run(body, cutter)).await;
    answered.unwrap_or_else(|error| {
        tracing::error!(%error, endpoint = endpoint.name(), "an answer could not be made");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    })
}

fn content_type_is_json(headers: &HeaderMap) -> bool {
    let header = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    header.is_some_and(|value| value.to_ascii_lowercase().starts_with("application/json"))
}

/// The lock group that a search asks for; absent is the common one, 0 (§1.6).
fn search_group(headers: &HeaderMap) -> usize {
    let header = headers.get("searchGroup").and_then(|value| value.to_str().ok());
    header.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
}

fn parse_object(bytes: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(bytes).ok()
}

/// Making an invoice takes Metakocka far longer than the rest of a write (§1.6).
fn latency_name(endpoint: Endpoint, body: Option<&Map<String, Value>>) -> &'static str {
    let flag = body.and_then(|body| body.get(CREATE_INVOICE)).and_then(crate::api::scalar_text);
    if endpoint.writes() && flag.as_deref() == Some("true") { CREATE_INVOICE } else { endpoint.name() }
}

/// One call on its way.
struct Exchange {
    world: Arc<World>,
    endpoint: Endpoint,
    settings: Arc<Settings>,
    tenant: Option<Arc<Tenant>>,
    verdict: Verdict,
    time_ms: u64,
    search_group: usize,
    /// Its place in the log.
    ticket: Ticket,
}

impl Exchange {
    async fn run(self, body: Option<Map<String, Value>>, cutter: Cutter) -> Response {
        let text = if self.verdict.reaches_the_company() {
            self.answer(body).await
        } else {
            self.pause().await;
            String::new()
        };
        let reply = LoggedReply::of_body(&text, self.time_ms);
        let response = respond(text, self.verdict.effect.clone(), &cutter);
        let reply = reply.spoiled(response.status().as_u16(), self.verdict.effect.as_ref());
        self.world.log().answered(self.ticket, reply);
        response
    }

    async fn pause(&self) {
        if self.time_ms > 0 {
            tokio::time::sleep(Duration::from_millis(self.time_ms)).await;
        }
    }

    /// The key is checked first; then the quota; then searches queue per company (§1.6).
    async fn answer(&self, body: Option<Map<String, Value>>) -> String {
        let Some(body) = body else {
            self.pause().await;
            return MkError::internal("Unknown internal server error").body(self.time_ms);
        };
        let tenant = match self.admit(&body) {
            Ok(tenant) => tenant,
            Err(refusal) => return refusal.body(self.time_ms),
        };
        let _turn = match self.endpoint {
            // The gate is never closed; without a permit the call just would not queue.
            Endpoint::Search => {
                tenant.search_gate(&self.settings, self.search_group).acquire_owned().await.ok()
            }
            _ => None,
        };
        self.pause().await;
        self.act(&tenant, body)
    }

    fn admit(&self, body: &Map<String, Value>) -> Result<Arc<Tenant>, MkError> {
        let key = body.get("secret_key").and_then(crate::api::scalar_text);
        let accepted = |tenant: &&Arc<Tenant>| key.as_deref().is_some_and(|key| tenant.accepts(key));
        let tenant = self.tenant.as_ref().filter(accepted).ok_or_else(MkError::bad_key)?;
        let within = |quota| tenant.within_quota(quota, self.world.clock.now());
        if self.settings.quota.is_none_or(within) { Ok(Arc::clone(tenant)) } else { Err(MkError::quota()) }
    }

    /// What Metakocka does and says when it is this call's turn, unless a fault is in the way.
    fn act(&self, tenant: &Tenant, body: Map<String, Value>) -> String {
        if let Some(Effect::OprCode { code, text }) = &self.verdict.effect {
            if self.verdict.stored {
                self.store(tenant, body);
            }
            return error_body(code, text, self.time_ms);
        }
        if let (Some(Effect::DelayedCommitMs { ms }), true) = (&self.verdict.effect, self.endpoint.writes()) {
            let company = tenant.id().to_owned();
            self.world.store_later(*ms, LateWrite { company, endpoint: self.endpoint, body });
            return String::new();
        }
        self.store(tenant, body)
    }

    fn store(&self, tenant: &Tenant, body: Map<String, Value>) -> String {
        self.world.catch_up();
        let call = Call { settings: &self.settings, now: self.world.now(), time_ms: self.time_ms };
        let answer = self.endpoint.answer(&mut tenant.data(), &Params::new(body), call);
        answer.unwrap_or_else(|error| error.body(self.time_ms))
    }
}
