//! Runs as programs see them: how a bulk call answers, and `GET ~/runs/{id}` for those that take longer.

use std::time::Duration;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::sync::{RunItem, RunState, RunView};
use engine::{Engine, EngineError};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use sync_core::record::RecordKind;
use sync_core::state::ButtonState;

use super::{input, sync};
use crate::api::error::{ApiError, ErrorCode};
use crate::server::identity::Caller;
use crate::server::refusal::Refusal;
use crate::server::state::AppState;

/// What a bulk call answers when its run has ended (contract §1). The counters sum to `total`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BulkReply {
    success: bool,
    total: i64,
    created: i64,
    updated: i64,
    unchanged: i64,
    failed: i64,
    unknown: i64,
    review: i64,
    skipped: i64,
    errors: Vec<Value>,
    run_id: String,
}

/// What a call answers when its run takes longer than it may wait.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StillRunning {
    run_id: String,
    status: &'static str,
    status_url: String,
}

/// A run with what did not go through in it.
#[derive(Debug, Serialize)]
struct RunReply {
    #[serde(flatten)]
    run: RunView,
    errors: Vec<Value>,
}

/// `GET ~/runs`: newest first.
pub(super) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let limit = input::limit(&query, &caller.references)?;
    let before = input::id_cursor(&query, &caller.references)?;
    let found = state.engine().runs(&caller.scope, before, limit + 1).await;
    let mut runs = found.map_err(|error| Refusal::of_engine(&error, &caller.references))?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let goes_on = runs.len() > most;
    runs.truncate(most);
    let next = runs.last().filter(|_| goes_on).map(|run| run.id.clone());
    Ok(Json(json!({ "runs": runs, "nextCursor": next })).into_response())
}

/// `GET ~/runs/{id}`.
pub(super) async fn run(
    State(state): State<AppState>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Refusal> {
    let engine = state.engine();
    let answer = async {
        let Path(id) = id.map_err(|_| EngineError::NotFound)?;
        let run = engine.run(&caller.scope, &id).await?;
        let errors = problems(engine, &caller, &run).await?;
        Ok(RunReply { run, errors })
    };
    let reply = answer.await.map_err(|error| Refusal::of_engine(&error, &caller.references))?;
    Ok(Json(reply).into_response())
}

/// `POST ~/runs/{id}/cancel`: answers the run as it is now; one that works ends within seconds.
pub(super) async fn cancel(
    State(state): State<AppState>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Refusal> {
    let answer = async {
        let Path(id) = id.map_err(|_| EngineError::NotFound)?;
        state.engine().cancel_run(&caller.scope, &id).await
    };
    let run = answer.await.map_err(|error| Refusal::of_engine(&error, &caller.references))?;
    let status = if run.is_ended() { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(run)).into_response())
}

/// How waiting for a run ended.
pub(super) enum Waited {
    /// The run did what it was asked for.
    Ended(RunView),
    /// The run goes on.
    GoesOn(RunView),
}

/// Waits for a run as long as a call may, and no longer than the process runs; a run that failed as a whole is a
/// refusal.
pub(super) async fn wait(state: &AppState, caller: &Caller, id: &str) -> Result<Waited, Refusal> {
    let engine = state.engine();
    let run = tokio::select! {
        run = engine.wait_for_run(&caller.scope, id, state.configuration().wait) => run,
        () = state.stop().cancelled() => engine.run(&caller.scope, id).await,
    };
    let run = run.map_err(|error| Refusal::of_engine(&error, &caller.references))?;
    match run.state {
        RunState::Queued | RunState::Running => Ok(Waited::GoesOn(run)),
        RunState::Failed => Err(failed(engine, caller, &run).await),
        RunState::Done | RunState::Cancelled => Ok(Waited::Ended(run)),
    }
}

/// Waits for a run of many records, and answers as a bulk call does.
pub(super) async fn bulk(state: &AppState, caller: &Caller, run: &str) -> Result<Response, Refusal> {
    let run = match wait(state, caller, run).await? {
        Waited::GoesOn(run) => return Ok(still_running(&run)),
        Waited::Ended(run) => run,
    };
    let errors = problems(state.engine(), caller, &run).await;
    let errors = errors.map_err(|error| Refusal::of_engine(&error, &caller.references))?;
    let reply = BulkReply {
        success: run.failed + run.unknown + run.review == 0,
        total: run.total,
        created: run.created,
        updated: run.updated,
        unchanged: run.unchanged,
        failed: run.failed,
        unknown: run.unknown,
        review: run.review,
        skipped: run.skipped,
        errors,
        run_id: run.id,
    };
    Ok(Json(reply).into_response())
}

async fn problems(engine: &Engine, caller: &Caller, run: &RunView) -> Result<Vec<Value>, EngineError> {
    let items = engine.run_problems(&caller.scope, &run.id).await?;
    Ok(items.into_iter().map(|item| problem(run, item)).collect())
}

/// A record that did not go through, with its id by the name that its kind has for it.
fn problem(run: &RunView, item: RunItem) -> Value {
    let id = run.kind.parse().map_or("recordId", sync::id_name);
    let there = Some(item.external_id).filter(|id| !id.is_empty());
    let mut problem = json!({
        "metakockaId": there,
        "code": item.code,
        "error": item.sentence,
        "advice": item.advice,
    });
    problem[id] = json!(item.record_id);
    problem
}

/// What a bulk call answers when there is nothing to do.
pub(super) fn nothing_to_do() -> Response {
    let counters = ["total", "created", "updated", "unchanged", "failed", "unknown", "review", "skipped"];
    let mut reply: Value = counters.into_iter().map(|name| (name.to_owned(), json!(0))).collect();
    reply["success"] = json!(true);
    reply["errors"] = json!([]);
    reply["runId"] = Value::Null;
    Json(reply).into_response()
}

/// What a call answers when its run takes longer than it may wait.
pub(super) fn still_running(run: &RunView) -> Response {
    let reply = StillRunning { run_id: run.id.clone(), status: "running", status_url: status_url(run) };
    (StatusCode::ACCEPTED, Json(reply)).into_response()
}

/// Where to ask how a run stands.
pub(super) fn status_url(run: &RunView) -> String {
    format!("/api{}/runs/{}", super::METAKOCKA, run.id)
}

/// A run that failed as a whole was logged by the worker; its reference is kept, so that it is found there.
async fn failed(engine: &Engine, caller: &Caller, run: &RunView) -> Refusal {
    let code = run.error_code.as_deref().and_then(ErrorCode::parse).unwrap_or(ErrorCode::Unavailable);
    let sentence =
        run.error.clone().unwrap_or_else(|| "The run could not do its work. Try again.".to_owned());
    let reference = run.reference.clone().unwrap_or_default();
    let error = ApiError { reference, ..ApiError::plain(code, sentence) };
    Refusal::complete(&caller.references, error).again_after(next_try(engine, caller, run).await)
}

/// How long until the application tries again by itself: a caller's own try makes no sense earlier.
async fn next_try(engine: &Engine, caller: &Caller, run: &RunView) -> Option<Duration> {
    let kind = run.kind.parse::<RecordKind>().ok()?;
    let at = match engine.button(&caller.scope, kind).await.ok()?.state {
        ButtonState::Quota { until } => Some(until),
        ButtonState::NoAnswer { next_try, .. } => next_try,
        _ => None,
    };
    let at = Timestamp::try_from(at?).ok()?;
    Duration::try_from(at.duration_since(engine.now())).ok()
}
