//! `/_sim/` over HTTP: reads the request, calls the same functions as Rust callers, answers 400 with
//! one sentence for nonsense.

use super::guard::guard;
use super::truth::{check_limit, truth_of_partner, truth_of_product};
use super::{CreateRequest, EditRequest, Kind, MalformRequest, RecordRef, edit, page};
use crate::company::{DocType, Document, MkId, Partner, Product};
use crate::faults::FaultRule;
use crate::people::PeopleRequest;
use crate::saved::StateError;
use crate::world::{CompanySpec, Refusal, World};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post, put};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

type Shared = State<Arc<World>>;
type Answer = Result<Json<Value>, Refusal>;

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({"error": self.0}))).into_response()
    }
}

/// The calls below `/_sim`, guarded.
pub(crate) fn router(world: Arc<World>) -> Router<Arc<World>> {
    Router::new()
        .route("/info", get(info))
        .route("/companies", post(add_company).get(list_companies))
        .route("/reset", post(reset))
        .route("/faults", post(add_fault).get(list_faults).delete(clear_faults))
        .route("/requests", get(requests).post(clear_requests).delete(clear_requests))
        .route("/state", get(state))
        .route("/edit", post(edit_record))
        .route("/create", post(create_record))
        .route("/delete", post(delete_record))
        .route("/malform", post(malform))
        .route("/people", post(set_people).get(list_people).delete(send_people_home))
        .route("/save", post(save))
        .route("/load", post(load))
        .route("/clock", put(set_clock).get(read_clock))
        .route("/settings", put(set_settings).get(read_settings))
        .fallback(async || {
            let answer =
                json!({"error": "there is no such control call; see the README of metakocka-simulator"});
            (StatusCode::NOT_FOUND, Json(answer))
        })
        .method_not_allowed_fallback(async || {
            let answer = json!({"error": "this control call takes another method; see the README of metakocka-simulator"});
            (StatusCode::METHOD_NOT_ALLOWED, Json(answer))
        })
        .layer(axum::middleware::map_response(too_large_said))
        .layer(axum::middleware::from_fn_with_state(world, guard))
}

/// Says in JSON what the framework says in plain text.
async fn too_large_said(response: Response) -> Response {
    if response.status() != StatusCode::PAYLOAD_TOO_LARGE {
        return response;
    }
    let answer = json!({"error": "the body of a control call has at most 2 MB; nothing was changed"});
    (StatusCode::PAYLOAD_TOO_LARGE, Json(answer)).into_response()
}

fn parse<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|e| Refusal(format!("the body cannot be read: {e}")))
}

fn done() -> Json<Value> {
    Json(json!({"ok": true}))
}

/// What the page offers to choose from.
async fn info(State(world): Shared) -> Answer {
    let actions = serde_json::to_value(crate::people::Action::ALL).map_err(|e| Refusal(e.to_string()))?;
    Ok(Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "companies": world.company_ids(),
        "endpoints": crate::api::endpoint_names(),
        "docTypes": DocType::ALL.map(DocType::name),
        "actions": actions,
        "saves": world.states.is_some(),
    })))
}

async fn add_company(State(world): Shared, body: Bytes) -> Answer {
    let spec: CompanySpec = parse(&body)?;
    world.add_company(spec)?;
    Ok(done())
}

async fn list_companies(State(world): Shared) -> Answer {
    Ok(Json(json!({"companies": world.company_ids()})))
}

async fn reset(State(world): Shared) -> Answer {
    world.reset();
    Ok(done())
}

/// One rule or a list of them; all or none.
async fn add_fault(State(world): Shared, body: Bytes) -> Answer {
    let value: Value = parse(&body)?;
    let rules = match &value {
        Value::Array(rules) => rules.iter().map(FaultRule::parse).collect::<Result<Vec<_>, _>>()?,
        single => vec![FaultRule::parse(single)?],
    };
    let mut faults = world.faults();
    for rule in rules {
        faults.add(rule);
    }
    drop(faults);
    Ok(done())
}

async fn list_faults(State(world): Shared) -> Answer {
    Ok(Json(json!({"faults": world.faults().shown()?})))
}

async fn clear_faults(State(world): Shared) -> Answer {
    world.faults().clear();
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestsQuery {
    limit: Option<usize>,
}

async fn requests(
    State(world): Shared,
    query: Result<Query<RequestsQuery>, axum::extract::rejection::QueryRejection>,
) -> Answer {
    let Query(query) = query.map_err(|e| Refusal(e.body_text()))?;
    let log = world.log();
    let requests = log.newest(query.limit.unwrap_or(1_000));
    Ok(Json(json!({"total": log.total(), "counts": log.counts(), "requests": requests})))
}

async fn clear_requests(State(world): Shared) -> Answer {
    world.log().clear();
    Ok(done())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StateQuery {
    company: Option<String>,
    kind: Kind,
    /// Only documents of this type.
    doc_type: Option<DocType>,
    /// Only the record with this id.
    id: Option<String>,
    /// Only records with this in a number, name, code or title, in any case.
    text: Option<String>,
    /// The newest first.
    #[serde(default)]
    newest: bool,
    limit: Option<usize>,
    cursor: Option<usize>,
}

impl StateQuery {
    /// Whether a record with this id and these texts is asked for.
    fn names(&self, id: MkId, texts: &[&str]) -> bool {
        let lower = self.text.as_ref().map(|text| text.to_lowercase());
        self.id.as_ref().is_none_or(|wanted| *wanted == id.to_string())
            && lower.is_none_or(|lower| texts.iter().any(|text| text.to_lowercase().contains(&lower)))
    }

    fn ordered<'a, T>(&self, rows: impl Iterator<Item = &'a T>) -> Vec<&'a T> {
        let mut rows: Vec<&T> = rows.collect();
        if self.newest {
            rows.reverse();
        }
        rows
    }
}

async fn state(
    State(world): Shared,
    query: Result<Query<StateQuery>, axum::extract::rejection::QueryRejection>,
) -> Answer {
    let Query(query) = query.map_err(|e| Refusal(e.body_text()))?;
    let tenant = world.tenant_or_only(query.company.as_deref())?;
    let place = (check_limit(query.limit.unwrap_or(100))?, query.cursor.unwrap_or(0));
    let company = tenant.data();
    let value = match query.kind {
        Kind::Document => {
            let wanted = |d: &&Document| {
                query.doc_type.is_none_or(|doc_type| d.doc_type == doc_type)
                    && query.names(d.id, &[&d.number, d.title.as_deref().unwrap_or_default()])
            };
            let rows = query.ordered(company.all_documents().filter(wanted));
            serde_json::to_value(page(&rows, place, |d| company.truth_of(d)))
        }
        Kind::Partner => {
            let wanted = |p: &&Partner| query.names(p.id, &[&p.number, &p.name]);
            let rows = query.ordered(company.partners.iter().filter(wanted));
            serde_json::to_value(page(&rows, place, truth_of_partner))
        }
        Kind::Product => {
            let wanted = |p: &&Product| query.names(p.id, &[&p.number, &p.code, &p.name]);
            let rows = query.ordered(company.products.iter().filter(wanted));
            serde_json::to_value(page(&rows, place, truth_of_product))
        }
    };
    value.map(Json).map_err(|e| Refusal(e.to_string()))
}

async fn edit_record(State(world): Shared, body: Bytes) -> Answer {
    let request: EditRequest = parse(&body)?;
    let tenant = world.tenant_or_only(request.company.as_deref())?;
    let now = world.now();
    let payments_bump = world.settings().payments_bump_last_change;
    edit::edit(&mut tenant.data(), &request, now, payments_bump)?;
    Ok(done())
}

async fn create_record(State(world): Shared, body: Bytes) -> Answer {
    let request: CreateRequest = parse(&body)?;
    let tenant = world.tenant_or_only(request.company.as_deref())?;
    let now = world.now();
    let id = edit::create(&mut tenant.data(), &request, now)?;
    Ok(Json(json!({"ok": true, "id": id.to_string()})))
}

async fn delete_record(State(world): Shared, body: Bytes) -> Answer {
    let record: RecordRef = parse(&body)?;
    let tenant = world.tenant_or_only(record.company.as_deref())?;
    edit::delete(&mut tenant.data(), &record)?;
    Ok(done())
}

async fn malform(State(world): Shared, body: Bytes) -> Answer {
    let request: MalformRequest = parse(&body)?;
    let tenant = world.tenant_or_only(request.company.as_deref())?;
    edit::malform(&mut tenant.data(), &request)?;
    Ok(done())
}

async fn set_people(State(world): Shared, body: Bytes) -> Answer {
    let request: PeopleRequest = parse(&body)?;
    let deeds = world.set_people(&request)?;
    Ok(Json(json!({"ok": true, "deeds": deeds})))
}

async fn list_people(State(world): Shared) -> Answer {
    world.catch_up();
    world.agenda().shown().map(Json)
}

async fn send_people_home(State(world): Shared) -> Answer {
    world.catch_up();
    let mut agenda = world.agenda();
    agenda.offices.clear();
    agenda.drop_scripts();
    drop(agenda);
    Ok(done())
}

/// Names a state of the folder the simulator was started with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct StateName {
    name: String,
}

impl Default for StateName {
    fn default() -> Self {
        Self { name: "state".to_owned() }
    }
}

async fn save(State(world): Shared, body: Bytes) -> Answer {
    with_state_file(world, &body, World::save).await
}

async fn load(State(world): Shared, body: Bytes) -> Answer {
    with_state_file(world, &body, World::load).await
}

/// A large state takes seconds to write and to read; other calls wait only while it is copied or taken up.
async fn with_state_file(
    world: Arc<World>,
    body: &Bytes,
    action: fn(&World, &Path) -> Result<(), StateError>,
) -> Answer {
    let name: StateName = if body.is_empty() { StateName::default() } else { parse(body)? };
    let folder = world.states.as_ref();
    let folder = folder.ok_or_else(|| Refusal("start the simulator with a folder of states".to_owned()))?;
    let file = folder.file(&name.name)?;
    let done = tokio::task::spawn_blocking(move || action(&world, &file)).await;
    let done = done.map_err(|error| Refusal(format!("the state was given up: {error}")))?;
    done.map_err(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "a state was not saved or loaded");
        Refusal(error.to_string())
    })?;
    Ok(Json(json!({"ok": true, "name": name.name})))
}

/// `now` makes the clock stand still there, `advanceMs` moves it on (a clock that runs goes on running
/// from there), `real` lets it follow the machine's again.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ClockRequest {
    now: Option<Timestamp>,
    advance_ms: Option<i64>,
    #[serde(default)]
    real: bool,
}

async fn set_clock(State(world): Shared, body: Bytes) -> Answer {
    let request: ClockRequest = parse(&body)?;
    // What is due by the old time and by the new one happens, also when the clock goes back afterwards.
    world.catch_up();
    match (request.now, request.advance_ms, request.real) {
        (Some(now), None, false) => world.clock.set(Some(now)),
        (None, Some(ms), false) => world.clock.advance(SignedDuration::from_millis(ms)).map_err(Refusal)?,
        (None, None, true) => world.clock.set(None),
        _ => return Err(Refusal("give one of now, advanceMs and real".to_owned())),
    }
    world.catch_up();
    read_clock(State(world)).await
}

async fn read_clock(State(world): Shared) -> Answer {
    Ok(Json(json!({"now": world.clock.now(), "standsStill": world.clock.fixed_at().is_some()})))
}

async fn set_settings(State(world): Shared, body: Bytes) -> Answer {
    let patch: Value = parse(&body)?;
    let settings = world.settings().patched(&patch)?;
    world.set_settings(settings);
    read_settings(State(world)).await
}

async fn read_settings(State(world): Shared) -> Answer {
    serde_json::to_value(&*world.settings()).map(Json).map_err(|e| Refusal(e.to_string()))
}
