//! Plans as programs see them: what a run would do, record by record, and the run that does it.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse, Response};
use engine::EngineError;
use engine::sync::{Applied, Cause, PlanDirection, PlanItem, PlanView, PlanWish};
use serde_json::{Map, Value, json};
use sync_core::record::RecordKind;

use super::{input, runs};
use crate::api::context::References;
use crate::server::identity::Caller;
use crate::server::refusal::Refusal;
use crate::server::state::AppState;

/// The field with the kind of the records.
const KIND: &str = "kind";
/// The field with the way that they go.
const DIRECTION: &str = "direction";
/// The field with those that are named.
const IDS: &str = "ids";
/// Items of the reply to who makes a plan: as many as one call may name.
const FIRST: u32 = 500;

/// `POST ~/plans`. Who may look may also see what would be done.
pub(super) async fn make(
    State(state): State<AppState>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    let references = &caller.references;
    let body = input::object(request, state.configuration().body_limit, references).await?;
    input::only(&body, &[KIND, DIRECTION, IDS], references)?;
    let wish = PlanWish {
        kind: kind(&body, references)?,
        direction: direction(&body, references)?,
        ids: input::ids(&body, IDS, references)?,
    };
    let plan = state.engine().make_plan(&caller.scope, &wish, FIRST).await;
    let plan = plan.map_err(|error| Refusal::of_engine(&error, references))?;
    Ok(Json(shown(&plan)).into_response())
}

fn kind(body: &Map<String, Value>, references: &References) -> Result<RecordKind, Refusal> {
    let found = body.get(KIND).and_then(Value::as_str).and_then(|text| text.parse().ok());
    let sentence = "kind has to be contact, product or sales_document.";
    found.ok_or_else(|| Refusal::field(references, KIND, sentence))
}

fn direction(body: &Map<String, Value>, references: &References) -> Result<PlanDirection, Refusal> {
    match body.get(DIRECTION).and_then(Value::as_str) {
        Some("to-mk") => Ok(PlanDirection::ToRemote),
        Some("from-mk") => Ok(PlanDirection::FromRemote),
        Some("both") => Ok(PlanDirection::Both),
        _ => Err(Refusal::field(references, DIRECTION, "direction has to be to-mk, from-mk or both.")),
    }
}

fn words(direction: PlanDirection) -> &'static str {
    match direction {
        PlanDirection::ToRemote => "to-mk",
        PlanDirection::FromRemote => "from-mk",
        PlanDirection::Both => "both",
    }
}

/// `GET ~/plans/{id}`: its items by cursor, and whether it still stands.
pub(super) async fn one(
    State(state): State<AppState>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let references = &caller.references;
    let limit = input::limit(&query, references)?;
    let from = position(&query, references)?;
    let plan = async {
        let Path(id) = id.map_err(|_| EngineError::NotFound)?;
        state.engine().plan(&caller.scope, &id, from, limit).await
    };
    let plan = plan.await.map_err(|error| Refusal::of_engine(&error, references))?;
    Ok(Json(shown(&plan)).into_response())
}

/// The cursor is the position of the next item.
fn position(query: &[(String, String)], references: &References) -> Result<i64, Refusal> {
    let Some(text) = input::value(query, "cursor").filter(|text| !text.is_empty()) else { return Ok(0) };
    let found = text.parse().ok().filter(|position| *position >= 0);
    let sentence = "cursor has to be the nextCursor of an earlier answer.";
    found.ok_or_else(|| Refusal::field(references, "cursor", sentence))
}

/// `POST ~/plans/{id}/apply`: answers as a bulk call does.
pub(super) async fn apply(
    State(state): State<AppState>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Refusal> {
    let applied = async {
        let Path(id) = id.map_err(|_| EngineError::NotFound)?;
        state.engine().apply_plan(&caller.scope, &id, Cause::Api).await
    };
    match applied.await.map_err(|error| Refusal::of_engine(&error, &caller.references))? {
        Applied::By(run) => runs::bulk(&state, &caller, &run).await,
        Applied::Nothing => Ok(runs::nothing_to_do()),
    }
}

fn shown(plan: &PlanView) -> Value {
    json!({
        "planId": plan.id,
        "hash": plan.hash,
        KIND: plan.kind.as_str(),
        DIRECTION: words(plan.direction),
        "total": plan.records,
        "active": plan.active,
        "calls": plan.calls,
        "madeAt": plan.made_at,
        "madeBy": plan.made_by,
        "appliedAt": plan.applied_at,
        "runId": plan.run_id,
        "stale": plan.stale,
        "items": plan.items.iter().map(item).collect::<Vec<_>>(),
        "nextCursor": plan.next.map(|position| position.to_string()),
    })
}

fn item(item: &PlanItem) -> Value {
    json!({
        KIND: item.kind.as_str(),
        "id": item.record_id,
        "metakockaId": item.external_id,
        "type": Some(&item.remote_type).filter(|name| !name.is_empty()),
        "label": item.label,
        "action": item.action.as_str(),
        "broughtFirst": item.brought,
        "fields": item.changes,
        "requests": item.requests,
        "calls": item.calls,
        "reasons": item.reasons,
        "notes": item.notes,
    })
}
