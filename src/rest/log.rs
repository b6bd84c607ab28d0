//! What happened in the sync: `~/logs`, the same as a CSV file, and lines marked as resolved.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use engine::EngineError;
use engine::access::Role;
use engine::sync::{LogFilter, LogLevel, LogLine};
use serde_json::{Value, json};

use super::{input, sync};
use crate::api::error::ErrorCode;
use crate::server::identity::Caller;
use crate::server::refusal::Refusal;
use crate::server::state::AppState;

/// `GET ~/logs`: the newest first; `?level=`, `?kind=`, `?run=` and `?record=` leave the others out.
pub(super) async fn lines(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let limit = input::limit(&query, &caller.references)?;
    let filter = filter(&query, &caller)?;
    let after = input::value(&query, "cursor").filter(|text| !text.is_empty());
    let page = state.engine().log(&caller.scope, &filter, after, limit).await.map_err(refused(&caller))?;
    let lines: Vec<Value> = page.lines.into_iter().map(one).collect();
    Ok(Json(json!({ "lines": lines, "nextCursor": page.next })).into_response())
}

/// `GET ~/logs/export`: the newest lines as CSV, by the same filters.
pub(super) async fn file(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let filter = filter(&query, &caller)?;
    let file = state.engine().log_file(&caller.scope, &filter).await.map_err(refused(&caller))?;
    let head = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"sync-log.csv\""),
    ];
    Ok((head, file).into_response())
}

/// `POST ~/logs/{entry}/resolve`: marks a line as resolved; `{"resolved": false}` takes the mark away.
pub(super) async fn resolve(
    State(state): State<AppState>,
    caller: Caller,
    entry: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Refusal> {
    let references = &caller.references;
    caller.scope.require(Role::Staff).map_err(refused(&caller))?;
    let body = input::object(request, state.configuration().body_limit, references).await?;
    input::only(&body, &["resolved"], references)?;
    let resolved = match body.get("resolved") {
        None | Some(Value::Bool(true)) => true,
        Some(Value::Bool(false)) => false,
        Some(_) => {
            let sentence = "resolved has to be true or false.";
            return Err(Refusal::field(references, "resolved", sentence));
        }
    };
    let Ok(Path(entry)) = entry else {
        return Err(Refusal::new(references, ErrorCode::NotFound, "There is no such line in the log."));
    };
    state.engine().resolve_log_line(&caller.scope, &entry, resolved).await.map_err(refused(&caller))?;
    Ok(Json(json!({ "success": true, "resolved": resolved })).into_response())
}

fn refused(caller: &Caller) -> impl Fn(EngineError) -> Refusal {
    |error| Refusal::of_engine(&error, &caller.references)
}

fn filter(query: &[(String, String)], caller: &Caller) -> Result<LogFilter, Refusal> {
    let wrong = |field: &str, sentence: &str| Refusal::field(&caller.references, field, sentence);
    let given = |name: &str| input::value(query, name).filter(|text| !text.is_empty());
    let id = |name: &str| match given(name) {
        Some(text) if !text.chars().all(|sign| sign.is_ascii_hexdigit() || sign == '-') => {
            Err(wrong(name, "This has to be an id of this application."))
        }
        found => Ok(found.map(str::to_owned)),
    };
    let level = given("level").map(|text| {
        let found = LogLevel::ALL.into_iter().find(|level| level.as_str() == text);
        found.ok_or_else(|| wrong("level", "level has to be error, warning or info."))
    });
    let kind = given("kind").map(|text| {
        text.parse().map_err(|_| wrong("kind", "kind has to be sales_document, contact or product."))
    });
    Ok(LogFilter {
        level: level.transpose()?,
        kind: kind.transpose()?,
        run: id("run")?,
        record: id("record")?,
    })
}

fn one(line: LogLine) -> Value {
    let mut row = json!({
        "entry": line.entry,
        "at": line.at,
        "level": line.level.as_str(),
        "source": line.source,
        "what": line.what,
        "kind": line.kind.map(sync_core::record::RecordKind::as_str),
        "label": line.label,
        "code": line.code,
        "sentence": line.sentence,
        "runId": line.run,
        "type": line.remote_type,
        "metakockaId": line.external_id,
        "intentId": line.intent,
        "attempt": line.attempt,
        "reference": line.reference,
        "resolvedAt": line.resolved.as_ref().map(|(at, _)| at),
        "resolvedBy": line.resolved.and_then(|(_, by)| by),
    });
    if let Some(kind) = line.kind {
        row[sync::id_name(kind)] = json!(line.record);
    }
    row
}
