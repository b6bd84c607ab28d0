//! What waits in Metakocka (endpoint 4 of contract §2), and taking it: one record (endpoint 5) or several (endpoint 6).

use std::time::Duration;

use axum::Json;
use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse, Response};
use engine::error::StateCode;
use engine::sync::{Cause, Cursor, ExternalKey, Selection, WaitingPage};
use engine::{Engine, EngineError};
use serde_json::{Map, Value, json};

use super::one::{self, Direction};
use super::{Synced, body, refused};
use crate::api::error::{ApiError, ErrorCode, FieldError};
use crate::rest::input;
use crate::rest::runs::{self, Waited};
use crate::server::identity::Caller;
use crate::server::refusal::Refusal;
use crate::server::state::AppState;

/// The field that names a record of Metakocka.
const ID: &str = "metakockaId";
/// The field that names several.
const IDS: &str = "metakockaIds";
/// The field that says of which type the record is.
const TYPE: &str = "type";

/// Endpoint 4: what waits; with `?refresh=true` after a look.
pub(in crate::rest) async fn waiting<K: Synced>(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let references = &caller.references;
    let limit = input::limit(&query, references)?;
    let cursor = cursor(&query, &caller)?;
    let engine = state.engine();
    if input::flag(&query, "refresh", references)? {
        let look = engine.start_look(&caller.scope, K::KIND, Cause::Api).await.map_err(refused(&caller))?;
        if let Waited::GoesOn(run) = runs::wait(&state, &caller, &look).await? {
            return Ok(runs::still_running(&run));
        }
    }
    let page = engine.waiting(&caller.scope, K::KIND, cursor.as_ref(), limit).await;
    Ok(Json(listed::<K>(page.map_err(refused(&caller))?)).into_response())
}

fn listed<K: Synced>(page: WaitingPage) -> Value {
    let rows: Vec<Value> = page.rows.iter().map(K::waiting).collect();
    json!({
        "success": true,
        K::LIST: rows,
        "total": page.total,
        "checkedAt": page.checked_at,
        "lastError": page.last_error,
        "nextCursor": page.next.map(|cursor| cursor.to_text()),
    })
}

fn cursor(query: &[(String, String)], caller: &Caller) -> Result<Option<Cursor>, Refusal> {
    let Some(text) = input::value(query, "cursor").filter(|text| !text.is_empty()) else { return Ok(None) };
    let wrong = || {
        Refusal::field(&caller.references, "cursor", "cursor has to be the nextCursor of an earlier answer.")
    };
    Cursor::parse(text).map(Some).ok_or_else(wrong)
}

/// Endpoint 5: takes the record that is named.
pub(in crate::rest) async fn pull_one<K: Synced>(
    State(state): State<AppState>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    let body = body(&state, &caller, request).await?;
    input::only(&body, &[ID, TYPE], &caller.references)?;
    let Some(id) = input::id(&body, ID, &caller.references)? else {
        return Err(missing_id(&caller));
    };
    let key = ExternalKey { remote_type: remote_type::<K>(&body, &caller)?, id };
    // Only started here: waiting for it ends with the process.
    let engine = state.engine();
    let started = engine.pull_one(&caller.scope, K::KIND, key, Cause::Api, Duration::ZERO).await;
    let moved = started.map_err(refused(&caller))?;
    one::answer::<K>(&state, &caller, &moved.run.id, Direction::Pull).await
}

/// The sentence is part of the contract.
fn missing_id(caller: &Caller) -> Refusal {
    let sentence = "Missing metakockaId parameter".to_owned();
    let fields = vec![FieldError { field: ID.to_owned(), sentence: sentence.clone() }];
    let error = ApiError { fields, ..ApiError::plain(ErrorCode::Invalid, sentence) };
    Refusal::complete(&caller.references, error)
}

/// Metakocka's word for the type of a document; contacts and products have none.
fn remote_type<K: Synced>(body: &Map<String, Value>, caller: &Caller) -> Result<Option<String>, Refusal> {
    let Some(remote_type) = input::id(body, TYPE, &caller.references)? else { return Ok(None) };
    if K::REMOTE_TYPES.contains(&remote_type.as_str()) {
        return Ok(Some(remote_type));
    }
    let sentence = format!("type has to be one of {}.", K::REMOTE_TYPES.join(", "));
    Err(Refusal::field(&caller.references, TYPE, sentence))
}

/// Endpoint 6: takes all that can be taken, or the records that are named.
pub(in crate::rest) async fn pull_all<K: Synced>(
    State(state): State<AppState>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    let body = body(&state, &caller, request).await?;
    input::only(&body, &[IDS], &caller.references)?;
    let selection = match input::ids(&body, IDS, &caller.references)? {
        None => Selection::All,
        Some(ids) => {
            Selection::These(ids.into_iter().map(|id| ExternalKey { remote_type: None, id }).collect())
        }
    };
    let run = start::<K>(state.engine(), &caller, selection).await.map_err(refused(&caller))?;
    runs::bulk(&state, &caller, &run).await
}

/// Starts the pull, or joins it. Before the first look nothing is known, and taking all of nothing would be reported as
/// a success that says nothing: then the run looks too.
async fn start<K: Synced>(
    engine: &Engine,
    caller: &Caller,
    selection: Selection,
) -> Result<String, EngineError> {
    let (scope, kind) = (&caller.scope, K::KIND);
    let takes_all = selection == Selection::All;
    if takes_all && engine.waiting(scope, kind, None, 1).await?.checked_at.is_none() {
        return engine.start_sync(scope, kind, Cause::Api).await;
    }
    match engine.start_pull(scope, kind, selection, Cause::Api).await {
        // A run that looks and takes all does what is asked for, and is joined.
        Err(EngineError::State(conflict)) if takes_all && conflict.code == StateCode::RunInProgress => {
            engine.start_sync(scope, kind, Cause::Api).await
        }
        started => started,
    }
}
