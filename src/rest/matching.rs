//! Which records here are which in Metakocka (policy F): `~/matching` is the dry run and the owner's confirmation,
//! `~/matches` what a person is asked and what they answer.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse, Response};
use engine::EngineError;
use engine::access::Role;
use engine::sync::{
    MatchAnswer, MatchBrief, MatchCandidate, MatchClass, MatchQuestion, MatchSample, MatchSide, Matching,
    RemoteKey,
};
use serde_json::{Map, Value, json};
use sync_core::matching::KeyKind;
use sync_core::record::RecordKind;

use super::input;
use crate::server::identity::Caller;
use crate::server::refusal::Refusal;
use crate::server::state::AppState;

/// The kinds as paths and fields name them.
const KINDS: [(&str, RecordKind); 3] = [
    ("contacts", RecordKind::Contact),
    ("products", RecordKind::Product),
    ("sales-documents", RecordKind::SalesDocument),
];

/// Kind and record of a path.
type Named = Result<Path<(String, String)>, PathRejection>;

/// `GET ~/matching?kind=`: what a confirmation would do. Writes nothing.
pub(super) async fn shown(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let kind = kind_of(input::value(&query, "kind"), &caller)?;
    let kind = kind.ok_or_else(|| no_kind(&caller))?;
    let found = state.engine().matching(&caller.scope, kind).await.map_err(refused(&caller))?;
    Ok(Json(matching(&found)).into_response())
}

/// `POST ~/matching/confirm` with `{"kind"}`.
pub(super) async fn confirm(
    State(state): State<AppState>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    caller.scope.require(Role::Owner).map_err(refused(&caller))?;
    let body = input::object(request, state.configuration().body_limit, &caller.references).await?;
    input::only(&body, &["kind"], &caller.references)?;
    let kind = kind_of(body.get("kind").and_then(Value::as_str), &caller)?;
    let kind = kind.ok_or_else(|| no_kind(&caller))?;
    let done = Box::pin(state.engine().confirm_matching(&caller.scope, kind)).await;
    let done = done.map_err(refused(&caller))?;
    let reply = json!({ "success": true, "linked": done.linked, "toDecide": done.asked });
    Ok(Json(reply).into_response())
}

/// `GET ~/matches`: the records of which somebody has to say what they are; `?kind=` narrows.
pub(super) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let kind = kind_of(input::value(&query, "kind"), &caller)?;
    let found = state.engine().match_questions(&caller.scope, kind).await.map_err(refused(&caller))?;
    let matches: Vec<Value> = found.iter().map(brief).collect();
    Ok(Json(json!({ "matches": matches })).into_response())
}

/// `GET ~/matches/{kind}/{id}`: one question with everything that both sides say.
pub(super) async fn one(
    State(state): State<AppState>,
    caller: Caller,
    named: Named,
) -> Result<Response, Refusal> {
    let (kind, id) = named_record(named, &caller)?;
    let found = state.engine().match_question(&caller.scope, kind, &id).await.map_err(refused(&caller))?;
    Ok(Json(question(&found)).into_response())
}

/// `POST ~/matches/{kind}/{id}` with `{"answer", "metakockaId", "type"?}`; `none_of_them` takes `metakockaIds`, and
/// without them is none of all.
pub(super) async fn answer(
    State(state): State<AppState>,
    caller: Caller,
    named: Named,
    request: Request,
) -> Result<Response, Refusal> {
    let (kind, id) = named_record(named, &caller)?;
    caller.scope.require(Role::Staff).map_err(refused(&caller))?;
    let body = input::object(request, state.configuration().body_limit, &caller.references).await?;
    input::only(&body, &["answer", "metakockaId", "metakockaIds", "type"], &caller.references)?;
    let answer = said(&body, &caller)?;
    let engine = state.engine();
    Box::pin(engine.answer_match(&caller.scope, (kind, &id), &answer)).await.map_err(refused(&caller))?;
    let left = engine.match_question(&caller.scope, kind, &id).await.map_err(refused(&caller))?;
    Ok(Json(json!({ "success": true, "left": question(&left) })).into_response())
}

fn said(body: &Map<String, Value>, caller: &Caller) -> Result<MatchAnswer, Refusal> {
    let text = |field: &str| body.get(field).and_then(Value::as_str);
    let remote_type = text("type").unwrap_or_default().to_owned();
    let key = || {
        let id = text("metakockaId").filter(|id| !id.is_empty());
        let sentence = "metakockaId has to be the id of a candidate.";
        let id = id.ok_or_else(|| Refusal::field(&caller.references, "metakockaId", sentence))?;
        Ok(RemoteKey { remote_type: remote_type.clone(), id: id.to_owned() })
    };
    match text("answer") {
        Some("it_is") => Ok(MatchAnswer::ItIs(key()?)),
        Some("another_row") => Ok(MatchAnswer::AnotherRow(key()?)),
        Some("none_of_them") => {
            let ids = input::ids(body, "metakockaIds", &caller.references)?.unwrap_or_default();
            let keys = ids.into_iter().map(|id| RemoteKey { remote_type: remote_type.clone(), id });
            Ok(MatchAnswer::NoneOf(keys.collect()))
        }
        _ => {
            let sentence = "answer has to be it_is, another_row or none_of_them.";
            Err(Refusal::field(&caller.references, "answer", sentence))
        }
    }
}

/// The kind that somebody named; none: nobody did.
fn kind_of(name: Option<&str>, caller: &Caller) -> Result<Option<RecordKind>, Refusal> {
    let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(None) };
    let found = KINDS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
    found.map(Some).ok_or_else(|| no_kind(caller))
}

fn no_kind(caller: &Caller) -> Refusal {
    let sentence = "kind has to be contacts, products or sales-documents.";
    Refusal::field(&caller.references, "kind", sentence)
}

fn named_record(named: Named, caller: &Caller) -> Result<(RecordKind, String), Refusal> {
    let missing = || Refusal::of_engine(&EngineError::NotFound, &caller.references);
    let Path((kind, id)) = named.map_err(|_| missing())?;
    let kind = KINDS.iter().find(|(known, _)| *known == kind).map(|(_, kind)| *kind);
    Ok((kind.ok_or_else(missing)?, id))
}

fn path_of(kind: RecordKind) -> &'static str {
    KINDS.iter().find(|(_, known)| *known == kind).map_or("", |(name, _)| name)
}

fn matching(found: &Matching) -> Value {
    let state = match (found.confirmed_at, found.looked_at) {
        (Some(_), _) => "confirmed",
        (None, None) => "not_looked",
        (None, Some(_)) => "to_confirm",
    };
    json!({
        "kind": path_of(found.kind),
        "state": state,
        "lookedAt": found.looked_at,
        "confirmedAt": found.confirmed_at,
        "certain": class(&found.certain),
        "differing": found.differing,
        "candidates": class(&found.candidates),
        "onlyHere": class(&found.only_here),
        "onlyInMetakocka": class(&found.only_there),
    })
}

fn class(class: &MatchClass) -> Value {
    let samples: Vec<Value> = class.samples.iter().map(sample).collect();
    json!({ "count": class.count, "samples": samples })
}

fn sample(sample: &MatchSample) -> Value {
    json!({
        "here": sample.here.as_ref().map(here),
        "metakocka": sample.there.as_ref().map(there),
        "candidates": sample.of,
        "standsOn": names(&sample.by),
        "differs": sample.differs,
    })
}

fn brief(brief: &MatchBrief) -> Value {
    json!({
        "kind": path_of(brief.kind),
        "record": here(&brief.record),
        "candidates": brief.candidates,
        "linked": brief.is_linked,
    })
}

fn question(question: &MatchQuestion) -> Value {
    let candidates: Vec<Value> = question.candidates.iter().map(candidate).collect();
    json!({
        "kind": path_of(question.kind),
        "record": here(&question.record),
        "linkedTo": question.linked_to.as_ref().map(there),
        "candidates": candidates,
    })
}

fn candidate(candidate: &MatchCandidate) -> Value {
    let fields = candidate.fields.iter().map(|field| {
        let both = json!({ "here": field.here, "metakocka": field.there });
        (field.field.clone(), both)
    });
    json!({
        "metakocka": there(&candidate.there),
        "standsOn": names(&candidate.by),
        "certain": candidate.is_certain,
        "fields": fields.collect::<Map<String, Value>>(),
        "differs": candidate.differs,
    })
}

fn here(side: &MatchSide) -> Value {
    json!({ "id": side.id, "number": side.number, "name": side.name, "detail": side.detail })
}

fn there(side: &MatchSide) -> Value {
    let remote_type = (!side.remote_type.is_empty()).then_some(&side.remote_type);
    json!({
        "metakockaId": side.id, "type": remote_type, "number": side.number, "name": side.name, "detail": side.detail,
    })
}

fn names(kinds: &[KeyKind]) -> Vec<&'static str> {
    kinds.iter().map(|kind| kind.as_str()).collect()
}

/// Turns an engine's no into an answer.
fn refused(caller: &Caller) -> impl Fn(EngineError) -> Refusal + '_ {
    |error| Refusal::of_engine(&error, &caller.references)
}
