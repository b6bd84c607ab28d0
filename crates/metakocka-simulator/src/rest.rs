//! The HTTP side of the endpoints: reads a call, queues it, lets it take its time, decides with the
//! faults what happens to it. What the answer says is decided in `api`, how it leaves in `wire`.

use crate::agenda::LateWrite;
use crate::api::{Call, Endpoint, MkError, Params, Reply, error_body};
use crate::body::{BodyRefusal, receive};
use crate::connection::Cutter;
use crate::faults::{Effect, Verdict};
use crate::latency::CREATE_INVOICE;
use crate::mask::{masked, masked_text};
use crate::quirks::Quirk;
use crate::request_log::{Arrival, LoggedReply, Ticket};
use crate::settings::Settings;
use crate::wire::{respond, wrong_path};
use crate::world::{Tenant, World};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinError;

/// Answers every path that is not the control side's.
pub(crate) async fn handle(
    State(world): State<Arc<World>>,
    ConnectInfo(cutter): ConnectInfo<Cutter>,
    request: Request,
) -> Response {
    let endpoint = Endpoint::of_path(request.uri().path()).filter(|_| request.method() == Method::POST);
    let is_json = content_type_is_json(request.headers());
    let search_group = search_group(request.headers());
    let bytes = match receive(request.into_body(), world.settings().max_body_bytes).await {
        Ok(bytes) => bytes,
        Err(refusal) => return refused(&world, endpoint, refusal),
    };
    let body = if is_json { parse_object(&bytes) } else { None };
    let company = body.as_ref().and_then(|body| body.get("company_id")).and_then(crate::api::scalar_text);
    let keys = world.secret_keys();
    let logged = body.clone().map_or(Value::Null, Value::Object);
    let ticket = world.log().add(Arrival {
        at: world.clock.now(),
        endpoint: logged_name(endpoint),
        company: company.clone().map(|id| masked_text(id, &keys)),
        body: masked(logged, &keys),
        bytes: bytes.len(),
    });
    let Some(endpoint) = endpoint else {
        world.log().answered(ticket, LoggedReply::of_status(404));
        return wrong_path(world.quirks);
    };
    let verdict = world.faults().judge(endpoint.name(), company.as_deref());
    let settings = world.settings();
    let drawn_ms = world.latencies().draw(&settings, latency_name(endpoint, body.as_ref()));
    // A connection that is cut before anything was done does not take the time of doing it.
    let at_once = verdict.effect == Some(Effect::DropBeforeStore);
    let time_ms = verdict.delay_ms.saturating_add(if at_once { 0 } else { drawn_ms });
    let tenant = company.as_deref().and_then(|id| world.find_tenant(id));
    let exchange = Exchange { world, endpoint, settings, tenant, verdict, time_ms, search_group, ticket };
    // On a task of its own: Metakocka works on when the caller has given up waiting.
    let log = Arc::clone(&exchange.world);
    let answered = tokio::spawn(exchange.run(body, cutter)).await;
    answered.unwrap_or_else(|error| unanswered(&log, ticket, endpoint, &error))
}

/// The answer of a call that failed in the simulator itself; the log does not show it as worked on.
fn unanswered(world: &World, ticket: Ticket, endpoint: Endpoint, error: &JoinError) -> Response {
    tracing::error!(%error, endpoint = endpoint.name(), "an answer could not be made");
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    world.log().answered(ticket, LoggedReply::of_status(status.as_u16()));
    status.into_response()
}

/// A body that is not looked at is in the log all the same.
fn refused(world: &World, endpoint: Option<Endpoint>, refusal: BodyRefusal) -> Response {
    let arrival = Arrival {
        at: world.clock.now(),
        endpoint: logged_name(endpoint),
        company: None,
        body: Value::Null,
        bytes: 0,
    };
    let mut log = world.log();
    let ticket = log.add(arrival);
    log.answered(ticket, LoggedReply::of_status(refusal.status().as_u16()));
    refusal.into_response()
}

fn logged_name(endpoint: Option<Endpoint>) -> &'static str {
    endpoint.map_or("other", Endpoint::name)
}

fn content_type_is_json(headers: &HeaderMap) -> bool {
    let header = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = header.and_then(|value| value.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
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
        let params = body.map(|body| Params::new(body, self.world.quirks));
        let bad_key = !self.hold(Quirk::BadKeyIs200) && self.tenant_of(params.as_ref()).is_none();
        let reply = if self.reaches_the_company() {
            match self.reply(params).await {
                Ok(reply) => reply,
                Err(Unserved::Refused(error)) => Reply::Json(error.body(self.time_ms, self.world.quirks)),
                Err(Unserved::CompanyGone) => return self.cut(&cutter),
            }
        } else {
            self.pause().await;
            nothing()
        };
        let logged = LoggedReply::of(&reply, self.time_ms);
        let mut response = respond(reply, self.verdict.effect.clone(), &cutter);
        if bad_key {
            *response.status_mut() = StatusCode::UNAUTHORIZED;
        }
        let logged = logged.spoiled(response.status().as_u16(), self.verdict.effect.as_ref());
        self.world.log().answered(self.ticket, logged);
        response
    }

    /// Ends the connection without an answer.
    fn cut(&self, cutter: &Cutter) -> Response {
        cutter.cut();
        let logged = LoggedReply { status: None, time_ms: self.time_ms, ..LoggedReply::of_status(200) };
        self.world.log().answered(self.ticket, logged);
        StatusCode::OK.into_response()
    }

    fn hold(&self, quirk: Quirk) -> bool {
        self.world.quirks.hold(quirk)
    }

    fn reaches_the_company(&self) -> bool {
        let lost = self.verdict.effect == Some(Effect::DropAfterStore);
        self.verdict.reaches_the_company() && (!lost || self.hold(Quirk::LostReplies))
    }

    /// The company of a call with the right key.
    fn tenant_of(&self, params: Option<&Params>) -> Option<&Arc<Tenant>> {
        let key = params?.text("secret_key")?;
        self.tenant.as_ref().filter(|tenant| tenant.accepts(&key))
    }

    async fn pause(&self) {
        if self.time_ms > 0 {
            tokio::time::sleep(Duration::from_millis(self.time_ms)).await;
        }
    }

    /// The key is checked first; then the quota; then searches queue per company (§1.6).
    async fn reply(&self, params: Option<Params>) -> Result<Reply, Unserved> {
        let Some(params) = params else {
            self.pause().await;
            return Err(MkError::internal("Unknown internal server error").into());
        };
        let tenant = self.tenant_of(Some(&params)).ok_or_else(MkError::bad_key)?;
        let within = |quota| tenant.within_quota(quota, self.world.clock.now());
        if self.hold(Quirk::Quota) && !self.settings.quota.is_none_or(within) {
            return Err(MkError::quota().into());
        }
        let _turn = if self.endpoint == Endpoint::Search && self.hold(Quirk::SearchesQueue) {
            // The gate is never closed; without a permit the call just would not queue.
            tenant.search_gate(&self.settings, self.search_group).acquire_owned().await.ok()
        } else {
            None
        };
        self.pause().await;
        self.act(tenant, params)
    }

    /// What Metakocka does and says when it is this call's turn, unless a fault is in the way.
    fn act(&self, tenant: &Tenant, params: Params) -> Result<Reply, Unserved> {
        match &self.verdict.effect {
            Some(Effect::OprCode { code, text }) => {
                // Stored or refused, the answer is the fault's.
                if self.verdict.stored
                    && let Err(Unserved::CompanyGone) = self.store(tenant, &params)
                {
                    return Err(Unserved::CompanyGone);
                }
                Ok(Reply::Json(error_body(code, text, self.time_ms, self.world.quirks)))
            }
            Some(Effect::DelayedCommitMs { ms }) if self.endpoint.writes() => {
                let (company, endpoint) = (tenant.company_id().to_owned(), self.endpoint);
                self.world.store_later(*ms, tenant, LateWrite { company, endpoint, params });
                Ok(nothing())
            }
            _ => self.store(tenant, &params),
        }
    }

    fn store(&self, tenant: &Tenant, params: &Params) -> Result<Reply, Unserved> {
        self.world.catch_up();
        let call = Call {
            settings: &self.settings,
            quirks: self.world.quirks,
            company_id: tenant.company_id(),
            now: self.world.now(),
            time_ms: self.time_ms,
        };
        let mut data = tenant.data();
        if tenant.is_closed() {
            return Err(Unserved::CompanyGone);
        }
        Ok(self.endpoint.answer(&mut data, params, call)?)
    }
}

/// Why a call gets no answer of its endpoint.
enum Unserved {
    /// Metakocka refuses it.
    Refused(MkError),
    /// Its company was reset or replaced while it was on its way: what it was sent to is no more, so it is
    /// cut, as when a server goes down in the middle of it.
    CompanyGone,
}

impl From<MkError> for Unserved {
    fn from(error: MkError) -> Self {
        Self::Refused(error)
    }
}

/// The answer of a call that gets none.
fn nothing() -> Reply {
    Reply::Json(String::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::quirks::Quirks;
    use crate::world::ControlOptions;

    #[tokio::test]
    async fn a_call_that_fails_in_the_simulator_is_logged_as_status_500() {
        let world =
            World::new(Clock::real(), Quirks::default(), ControlOptions { token: None, states: None });
        let ticket = world.log().add(Arrival {
            at: world.clock.now(),
            endpoint: "search",
            company: None,
            body: Value::Null,
            bytes: 0,
        });
        let error = tokio::spawn(async { panic!("made by the test") }).await.unwrap_err();
        let response = unanswered(&world, ticket, Endpoint::Search, &error);
        assert_eq!(response.status(), 500);
        assert_eq!(world.log().newest(1)[0].reply, Some(LoggedReply::of_status(500)));
    }
}
