//! What lies there until somebody does something: writes of which nobody knows what became (`~/unknown`), what did not go
//! through (`~/failures`), and the answers to both.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse, Response};
use engine::EngineError;
use engine::access::Role;
use engine::sync::{Again, Cause, Failed, Settlement, UnknownDetail};
use serde_json::{Map, Value, json};
use sync_core::record::RecordKind;

use super::{input, runs, sync};
use crate::server::identity::Caller;
use crate::server::refusal::Refusal;
use crate::server::state::AppState;

/// The fields that name records, by kind.
const RECORDS: [(&str, RecordKind); 3] = [
    ("documentIds", RecordKind::SalesDocument),
    ("contactIds", RecordKind::Contact),
    ("productIds", RecordKind::Product),
];
/// The field that says "all of this kind".
const KIND: &str = "kind";

/// `GET ~/unknown`: the longest waiting first.
pub(super) async fn unknown(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let limit = input::limit(&query, &caller.references)?;
    let after = input::id_cursor(&query, &caller.references)?;
    let found = state.engine().unknown_page(&caller.scope, after, limit + 1).await;
    let mut found = found.map_err(|error| Refusal::of_engine(&error, &caller.references))?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let goes_on = found.len() > most;
    found.truncate(most);
    let next = found.last().filter(|_| goes_on).map(|one| one.write.id.clone());
    let rows: Vec<Value> = found.into_iter().map(one_unknown).collect();
    Ok(Json(json!({ "unknown": rows, "nextCursor": next })).into_response())
}

fn one_unknown(detail: UnknownDetail) -> Value {
    let UnknownDetail { write, label, sent, steps, .. } = detail;
    let candidates = write.candidates.iter().map(|hit| {
        json!({
            "metakockaId": hit.id.as_str(),
            "number": hit.number,
            "hasOurSign": hit.marked,
            "differsIn": hit.differs_in,
        })
    });
    let steps = steps.into_iter().map(|step| json!({ "to": step.to, "at": step.at, "said": step.said }));
    let mut row = json!({
        "id": write.id,
        "kind": write.kind.as_str(),
        "label": label,
        "creates": write.creates,
        "asks": write.asks,
        "error": write.said,
        "since": write.since,
        "looksAt": write.looks_at,
        "notStoredFrom": write.not_stored_from,
        "candidates": candidates.collect::<Vec<_>>(),
        "sent": sent.into_iter().map(|(name, value)| (name, value.unwrap_or_default())).collect::<Map<_, _>>(),
        "steps": steps.collect::<Vec<_>>(),
    });
    row[sync::id_name(write.kind)] = json!(write.record_id);
    row
}

/// `POST ~/unknown/{id}/settle`: `{"itIs": metakockaId}` or `{"notStored": true}`.
pub(super) async fn settle(
    State(state): State<AppState>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Refusal> {
    let references = &caller.references;
    let body = writing(&state, &caller, request).await?;
    input::only(&body, &["itIs", "notStored"], references)?;
    let said = settlement(&body, &caller)?;
    let engine = state.engine();
    let settled = async {
        let Path(id) = id.map_err(|_| EngineError::NotFound)?;
        let write = engine.unknown_write(&caller.scope, &id).await?;
        engine.settle(&caller.scope, &id, said, state.configuration().wait).await?;
        let status = engine.sync_status(&caller.scope, write.kind, &write.record_id).await?;
        Ok((write, status))
    };
    let (write, status) =
        settled.await.map_err(|error: EngineError| Refusal::of_engine(&error, references))?;
    let mut reply = json!({
        "success": true,
        "syncStatus": status.as_ref().map(|status| &status.status),
        "reason": status.as_ref().and_then(|status| status.reason.as_ref()),
        "metakockaId": status.as_ref().and_then(|status| status.mapping.as_ref()).map(|there| &there.external_id),
    });
    reply[sync::id_name(write.kind)] = json!(write.record_id);
    Ok(Json(reply).into_response())
}

fn settlement(body: &Map<String, Value>, caller: &Caller) -> Result<Settlement, Refusal> {
    let references = &caller.references;
    match (input::id(body, "itIs", references)?, body.get("notStored")) {
        (Some(id), None) => Ok(Settlement::ItIs(id)),
        (None, Some(Value::Bool(true))) => Ok(Settlement::NotStored),
        _ => {
            let sentence =
                "Say either which record it is (itIs), or that it was not stored (notStored: true).";
            Err(Refusal::field(references, "itIs", sentence))
        }
    }
}

/// `GET ~/failures`: by kind, then by record; `?kind=` leaves the others out.
pub(super) async fn failures(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let limit = input::limit(&query, &caller.references)?;
    let kind = input::value(&query, KIND).map(|text| kind(text, &caller)).transpose()?;
    let after = input::value(&query, "cursor").filter(|text| !text.is_empty());
    let page = state.engine().failures(&caller.scope, kind, after, limit).await;
    let page = page.map_err(|error| Refusal::of_engine(&error, &caller.references))?;
    let rows: Vec<Value> = page.rows.into_iter().map(one_failure).collect();
    Ok(Json(json!({ "failures": rows, "nextCursor": page.next })).into_response())
}

fn one_failure(failed: Failed) -> Value {
    let there = |text: String| Some(text).filter(|text| !text.is_empty());
    let mut row = json!({
        "kind": failed.kind.as_str(),
        "metakockaId": there(failed.external_id),
        "type": there(failed.remote_type),
        "label": failed.label,
        "what": failed.what.as_str(),
        "code": failed.code,
        "error": failed.sentence,
        "advice": failed.advice,
        "since": failed.since,
        "attempts": failed.attempts,
    });
    row[sync::id_name(failed.kind)] = json!(failed.record_id);
    row
}

/// `POST ~/failures/redrive`: these records of one kind, or all of a kind that did not go through, are sent again. Answers
/// as a bulk call does.
pub(super) async fn redrive(
    State(state): State<AppState>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    let body = writing(&state, &caller, request).await?;
    let (kind, which) = wanted(&body, &caller)?;
    let run = state.engine().send_again(&caller.scope, kind, which, Cause::Api).await;
    match run.map_err(|error| Refusal::of_engine(&error, &caller.references))? {
        Some(run) => runs::bulk(&state, &caller, &run).await,
        None => Ok(runs::nothing_to_do()),
    }
}

fn wanted(body: &Map<String, Value>, caller: &Caller) -> Result<(RecordKind, Again), Refusal> {
    let references = &caller.references;
    let names = RECORDS.map(|(field, _)| field);
    input::only(body, &[&names[..], &[KIND]].concat(), references)?;
    let mut wanted = Vec::new();
    for (field, kind) in RECORDS {
        wanted.extend(input::ids(body, field, references)?.map(|ids| (kind, Again::These(ids))));
    }
    if let Some(text) = body.get(KIND) {
        wanted.push((kind(text.as_str().unwrap_or_default(), caller)?, Again::All));
    }
    let sentence = "Name records of one kind (documentIds, contactIds or productIds), or a kind.";
    let one = wanted.pop().filter(|_| wanted.is_empty());
    one.ok_or_else(|| Refusal::field(references, KIND, sentence))
}

fn kind(text: &str, caller: &Caller) -> Result<RecordKind, Refusal> {
    let wrong = "kind has to be sales_document, contact or product.";
    text.parse().map_err(|_| Refusal::field(&caller.references, KIND, wrong))
}

/// The body of somebody who may answer and send.
async fn writing(state: &AppState, caller: &Caller, request: Request) -> Result<Map<String, Value>, Refusal> {
    let references = &caller.references;
    caller.scope.require(Role::Staff).map_err(|error| Refusal::of_engine(&error, references))?;
    input::object(request, state.configuration().body_limit, references).await
}
