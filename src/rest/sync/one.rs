//! How the push or the pull of one record is answered (endpoints 1 and 5): never 200 for one that failed.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::sync::{Moved, RunItem, RunView};
use serde_json::{Map, Value, json};

use super::{Synced, refused};
use crate::api::error::{ApiError, Blocker, ErrorCode};
use crate::rest::runs::{self, Waited};
use crate::server::identity::Caller;
use crate::server::refusal::Refusal;
use crate::server::state::AppState;

/// How a kind of call names what came of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// Endpoint 1.
    Push,
    /// Endpoint 5: the reply names the record here too.
    Pull,
}

/// Waits for the run of one record as long as a call may, and answers what came of it.
pub(super) async fn answer<K: Synced>(
    state: &AppState,
    caller: &Caller,
    run: &str,
    direction: Direction,
) -> Result<Response, Refusal> {
    let engine = state.engine();
    let run = match runs::wait(state, caller, run).await? {
        Waited::GoesOn(run) => return Ok(goes_on(&run, "running")),
        Waited::Ended(run) => run,
    };
    let moved = engine.moved(&caller.scope, run).await.map_err(refused(caller))?;
    let Moved { run, item: Some(item) } = moved else { return Ok(goes_on(&moved.run, "running")) };
    match item.outcome.as_str() {
        "created" | "updated" | "unchanged" => Ok(done::<K>(&item, direction)),
        "unknown" if item.code.as_deref() == Some("running") => Ok(goes_on(&run, "running")),
        "unknown" => Ok(goes_on(&run, "unknown")),
        _ => Err(not_done::<K>(state, caller, item).await),
    }
}

fn done<K: Synced>(item: &RunItem, direction: Direction) -> Response {
    let mut reply = Map::new();
    reply.insert("success".to_owned(), json!(true));
    if direction == Direction::Pull {
        reply.insert(K::ID.to_owned(), json!(item.record_id));
    }
    // A record that can be sent and is not linked yet has no id over there.
    let there = Some(&item.external_id).filter(|id| !id.is_empty());
    reply.insert("metakockaId".to_owned(), json!(there));
    reply.insert("outcome".to_owned(), json!(item.outcome));
    Json(Value::Object(reply)).into_response()
}

/// It is not over: where to ask how it ended.
fn goes_on(run: &RunView, outcome: &str) -> Response {
    let reply = json!({
        "success": false,
        "outcome": outcome,
        "runId": run.id,
        "statusUrl": runs::status_url(run),
    });
    (StatusCode::ACCEPTED, Json(reply)).into_response()
}

/// Why it did not happen. The code of the item is public; a conflict is told apart from the other questions.
async fn not_done<K: Synced>(state: &AppState, caller: &Caller, item: RunItem) -> Refusal {
    let code = item.code.as_deref().and_then(ErrorCode::parse).unwrap_or(ErrorCode::Unavailable);
    let code = if code == ErrorCode::NeedsReview && is_conflict::<K>(state, caller, &item).await {
        ErrorCode::Conflict
    } else {
        code
    };
    let advice = item.advice.clone().unwrap_or_default();
    let sentence = item.sentence.clone().unwrap_or_else(|| plain(code).to_owned());
    let errors = match code {
        ErrorCode::Blocked => blockers::<K>(state, caller, &item, &sentence, &advice).await,
        _ => Vec::new(),
    };
    Refusal::complete(&caller.references, ApiError { errors, ..ApiError::plain(code, sentence) })
}

/// What is said where nothing more is known.
fn plain(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::NeedsReview | ErrorCode::Conflict => "A person has to decide about it first.",
        ErrorCode::Waiting => "It waits for something else and goes by itself.",
        ErrorCode::ToTake => "It is newer in Metakocka; take it first.",
        ErrorCode::NotSent => "It is none of the records that are sent to Metakocka.",
        ErrorCode::Cancelled => "The run was cancelled before its turn came.",
        ErrorCode::NotTaken => "It is none of the records that are taken from Metakocka.",
        _ => "It did not go through.",
    }
}

async fn is_conflict<K: Synced>(state: &AppState, caller: &Caller, item: &RunItem) -> bool {
    let Some(record) = &item.record_id else { return false };
    let status = state.engine().sync_status(&caller.scope, K::KIND, record).await;
    status.ok().flatten().is_some_and(|status| status.reason.as_deref() == Some("conflict"))
}

/// Everything that is wrong with the record; of what only a request shows, the one sentence.
async fn blockers<K: Synced>(
    state: &AppState,
    caller: &Caller,
    item: &RunItem,
    sentence: &str,
    advice: &str,
) -> Vec<Blocker> {
    let reasons = match &item.record_id {
        Some(record) => K::blocking(state.engine(), &caller.scope, record).await.unwrap_or_default(),
        None => Vec::new(),
    };
    if reasons.is_empty() {
        let remedy = if advice.is_empty() { "Correct it, and send it again." } else { advice };
        return vec![Blocker {
            field: K::ID.to_owned(),
            sentence: sentence.to_owned(),
            remedy: remedy.to_owned(),
        }];
    }
    let blocker = |reason: engine::error::Reason| Blocker {
        field: reason.field,
        sentence: reason.sentence,
        remedy: reason.remedy,
    };
    reasons.into_iter().map(blocker).collect()
}
