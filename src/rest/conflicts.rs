//! What a person is asked, as programs see it: the one list, one question about a linked record, and its answer.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse, Response};
use engine::access::{Role, TenantScope};
use engine::sync::{
    Answer, Counts, Disagreement, PlaceChange, Question, QuestionCursor, QuestionFilter, QuestionView, Step,
};
use engine::{Engine, EngineError};
use serde_json::{Map, Value, json};
use sync_core::record::RecordKind;
use sync_core::state::Review;

use super::input;
use crate::api::context::References;
use crate::server::identity::Caller;
use crate::server::refusal::Refusal;
use crate::server::state::AppState;

/// The field with what was looked at.
const VERSION: &str = "version";
/// The field with whose value counts, by place.
const ANSWERS: &str = "answers";
/// The field with what becomes of the record as a whole.
const STEP: &str = "step";

/// `GET ~/conflicts`: everything that a person is asked, grouped by reason.
pub(super) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let references = &caller.references;
    let limit = input::limit(&query, references)?;
    let filter = QuestionFilter {
        kind: named(&query, "kind", references, |text| text.parse().ok())?,
        reason: named(&query, "reason", references, Review::parse)?,
    };
    let after = named(&query, "cursor", references, QuestionCursor::parse)?;
    let page = state.engine().questions(&caller.scope, filter, after.as_ref(), limit).await;
    let page = page.map_err(|error| Refusal::of_engine(&error, references))?;
    let counts = page
        .counts
        .iter()
        .map(|one| json!({ "kind": one.kind.as_str(), "reason": one.reason.as_str(), "count": one.count }));
    Ok(Json(json!({
        "conflicts": page.rows.iter().map(row).collect::<Vec<_>>(),
        "counts": counts.collect::<Vec<_>>(),
        "nextCursor": page.next.map(|cursor| cursor.to_text()),
    }))
    .into_response())
}

/// A parameter with one of the values that it can have; an empty one is none.
fn named<T>(
    query: &[(String, String)],
    name: &str,
    references: &References,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Refusal> {
    let Some(text) = input::value(query, name).filter(|text| !text.is_empty()) else { return Ok(None) };
    let sentence = match name {
        "cursor" => "cursor has to be the nextCursor of an earlier answer.".to_owned(),
        "kind" => "kind has to be contact, product or sales_document.".to_owned(),
        _ => format!("{name} has to be one of {}.", Review::ALL.map(Review::as_str).join(", ")),
    };
    parse(text).map(Some).ok_or_else(|| Refusal::field(references, name, sentence))
}

fn row(question: &Question) -> Value {
    json!({
        "kind": question.kind.as_str(),
        "reason": question.reason.as_str(),
        "id": question.record_id,
        "metakockaId": question.external_id,
        "type": question.remote_type,
        "intentId": question.intent_id,
        "number": question.number,
        "name": question.name,
        "deleted": question.deleted,
        "error": question.sentence,
        "advice": question.advice,
        "since": question.since,
    })
}

/// `GET ~/conflicts/{id}`: what is asked about a linked record; `reason` is null when nothing is.
pub(super) async fn one(
    State(state): State<AppState>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Refusal> {
    let answer = async {
        let Path(id) = id.map_err(|_| EngineError::NotFound)?;
        found(state.engine(), &caller.scope, &id).await
    };
    let question = answer.await.map_err(|error| Refusal::of_engine(&error, &caller.references))?;
    Ok(Json(shown(&question)).into_response())
}

/// Ids tell the kinds apart: no two records share one.
async fn found(engine: &Engine, scope: &TenantScope, id: &str) -> Result<QuestionView, EngineError> {
    for kind in [RecordKind::SalesDocument, RecordKind::Contact, RecordKind::Product] {
        match engine.question(scope, kind, id).await {
            Err(EngineError::NotFound) => {}
            found => return found,
        }
    }
    Err(EngineError::NotFound)
}

fn shown(question: &QuestionView) -> Value {
    json!({
        "kind": question.kind.as_str(),
        "id": question.record_id,
        "reason": question.reason.map(Review::as_str),
        "error": question.sentence,
        "number": question.number,
        "name": question.name,
        "metakockaId": question.external_id,
        "type": Some(&question.remote_type).filter(|name| !name.is_empty()),
        VERSION: question.version,
        "parts": question.parts.iter().map(part).collect::<Vec<_>>(),
        "taken": question.taken.iter().map(change).collect::<Vec<_>>(),
        "sent": question.sent.iter().map(change).collect::<Vec<_>>(),
        "unsent": question.unsent.iter().map(change).collect::<Vec<_>>(),
        "changedThere": question.news.iter().map(change).collect::<Vec<_>>(),
        "steps": question.steps.iter().map(|step| step.as_str()).collect::<Vec<_>>(),
    })
}

fn part(part: &Disagreement) -> Value {
    let allowed = [(part.sends, "here"), (part.takes, "there"), (part.notes, "note")];
    let allowed = allowed.into_iter().filter_map(|(may, name)| may.then_some(name));
    json!({
        "place": part.place,
        "before": part.base,
        "here": part.here,
        "there": part.there,
        "allowed": allowed.collect::<Vec<_>>(),
    })
}

fn change(change: &PlaceChange) -> Value {
    json!({ "place": change.place, "from": change.from, "to": change.to })
}

/// `POST ~/conflicts/{id}/resolve`: whose value counts, by place, or what becomes of the record as a whole.
pub(super) async fn resolve(
    State(state): State<AppState>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Refusal> {
    let (engine, references) = (state.engine(), &caller.references);
    let refused = |error: EngineError| Refusal::of_engine(&error, references);
    caller.scope.require(Role::Staff).map_err(refused)?;
    let body = input::object(request, state.configuration().body_limit, references).await?;
    let Path(id) = id.map_err(|_| refused(EngineError::NotFound))?;
    let kind = found(engine, &caller.scope, &id).await.map_err(refused)?.kind;
    let (version, answer) = answer(&body, references)?;
    let run = engine.answer(&caller.scope, (kind, &id), &version, &answer).await.map_err(refused)?;
    let left = engine.question(&caller.scope, kind, &id).await;
    // What was deleted, or is made again, may have no link any more.
    let left = match left {
        Ok(left) => left.reason,
        Err(EngineError::NotFound) => None,
        Err(error) => return Err(refused(error)),
    };
    let reply = json!({
        "success": true,
        "resolved": left.is_none(),
        "reason": left.map(Review::as_str),
        "runId": run,
    });
    Ok(Json(reply).into_response())
}

fn answer(body: &Map<String, Value>, references: &References) -> Result<(String, Answer), Refusal> {
    input::only(body, &[VERSION, ANSWERS, STEP], references)?;
    let Some(version) = input::id(body, VERSION, references)? else {
        let sentence = "version has to be the one that was looked at.";
        return Err(Refusal::field(references, VERSION, sentence));
    };
    match (body.get(ANSWERS), body.get(STEP)) {
        (Some(answers), None) => Ok((version, Answer::Parts(parts(answers, references)?))),
        (None, Some(step)) => {
            let step = step.as_str().and_then(Step::parse).ok_or_else(|| {
                let names = Step::ALL.map(Step::as_str).join(", ");
                Refusal::field(references, STEP, format!("step has to be one of {names}."))
            })?;
            Ok((version, Answer::Whole(step)))
        }
        _ => {
            let sentence = "Send either answers, for places that differ, or step, for the record as a whole.";
            Err(Refusal::field(references, ANSWERS, sentence))
        }
    }
}

fn parts(answers: &Value, references: &References) -> Result<Vec<(String, Counts)>, Refusal> {
    let wrong = || {
        let sentence = "answers has to name at least one place, each with \"here\", \"there\" or \"note\".";
        Refusal::field(references, ANSWERS, sentence)
    };
    let answers = answers.as_object().filter(|answers| !answers.is_empty()).ok_or_else(wrong)?;
    let one = |(place, counts): (&String, &Value)| match counts.as_str() {
        Some("here") => Some((place.clone(), Counts::Here)),
        Some("there") => Some((place.clone(), Counts::There)),
        Some("note") => Some((place.clone(), Counts::ThereWithNote)),
        _ => None,
    };
    answers.iter().map(one).collect::<Option<Vec<_>>>().ok_or_else(wrong)
}
