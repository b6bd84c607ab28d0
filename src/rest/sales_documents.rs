//! Sales documents: what waits in Metakocka (endpoint 4 of contract §2) and taking it (endpoint 6).

use axum::Json;
use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse, Response};
use engine::access::Role;
use engine::error::StateCode;
use engine::sync::{Cause, Cursor, ExternalKey, Selection, Waiting, WaitingPage};
use engine::{Engine, EngineError};
use jiff::Timestamp;
use serde::Serialize;
use sync_core::record::RecordKind;

use super::input;
use super::runs::{self, Waited};
use crate::server::identity::Caller;
use crate::server::refusal::Refusal;
use crate::server::state::AppState;

/// The only field of endpoint 6.
const IDS: &str = "metakockaIds";

/// A document that waits in Metakocka. Totals are exact decimals, hence text.
#[derive(Debug, Serialize)]
struct WaitingDocument {
    mk_id: String,
    #[serde(rename = "type")]
    remote_type: String,
    number: String,
    date: Option<String>,
    partner: String,
    total: Option<String>,
    currency: Option<String>,
    reason: &'static str,
}

/// The answer of endpoint 4.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct WaitingReply {
    success: bool,
    documents: Vec<WaitingDocument>,
    total: Option<i64>,
    checked_at: Option<Timestamp>,
    last_error: Option<String>,
    next_cursor: Option<String>,
}

/// Endpoint 4: what waits; with `?refresh=true` after a look.
pub(super) async fn waiting(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let references = &caller.references;
    let limit = input::limit(&query, references)?;
    let cursor = cursor(&query, &caller)?;
    let engine = state.engine();
    let refused = |error: EngineError| Refusal::of_engine(&error, references);
    if input::flag(&query, "refresh", references)? {
        let look =
            engine.start_look(&caller.scope, RecordKind::SalesDocument, Cause::Api).await.map_err(refused)?;
        if let Waited::GoesOn(answer) = runs::wait(&state, &caller, &look).await? {
            return Ok(answer);
        }
    }
    let page = engine.waiting(&caller.scope, RecordKind::SalesDocument, cursor.as_ref(), limit).await;
    Ok(Json(WaitingReply::from(page.map_err(refused)?)).into_response())
}

fn cursor(query: &[(String, String)], caller: &Caller) -> Result<Option<Cursor>, Refusal> {
    let Some(text) = input::value(query, "cursor").filter(|text| !text.is_empty()) else { return Ok(None) };
    let wrong = || {
        Refusal::field(&caller.references, "cursor", "cursor has to be the nextCursor of an earlier answer.")
    };
    Cursor::parse(text).map(Some).ok_or_else(wrong)
}

/// Endpoint 6: takes all that can be taken, or the documents that are named.
pub(super) async fn pull_all(
    State(state): State<AppState>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    let engine = state.engine();
    let refused = |error: EngineError| Refusal::of_engine(&error, &caller.references);
    // Asked first: what a role may not do does not depend on how the body is written.
    caller.scope.require(Role::Staff).map_err(refused)?;
    let body = input::object(request, state.configuration().body_limit, &caller.references).await?;
    input::only(&body, &[IDS], &caller.references)?;
    let selection = match input::ids(&body, IDS, &caller.references)? {
        None => Selection::All,
        Some(ids) => {
            Selection::These(ids.into_iter().map(|id| ExternalKey { remote_type: None, id }).collect())
        }
    };
    let run = start(engine, &caller, selection).await.map_err(refused)?;
    match runs::wait(&state, &caller, &run).await? {
        Waited::GoesOn(answer) => Ok(answer),
        Waited::Ended(run) => runs::bulk(engine, &caller, &run).await.map_err(refused),
    }
}

/// Starts the pull, or joins it. Before the first look nothing is known, and taking all of nothing would be reported as
/// a success that says nothing: then the run looks too.
async fn start(engine: &Engine, caller: &Caller, selection: Selection) -> Result<String, EngineError> {
    let (scope, kind) = (&caller.scope, RecordKind::SalesDocument);
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

impl From<WaitingPage> for WaitingReply {
    fn from(page: WaitingPage) -> Self {
        Self {
            success: true,
            documents: page.rows.into_iter().map(WaitingDocument::from).collect(),
            total: page.total,
            checked_at: page.checked_at,
            last_error: page.last_error,
            next_cursor: page.next.map(|cursor| cursor.to_text()),
        }
    }
}

impl From<Waiting> for WaitingDocument {
    fn from(row: Waiting) -> Self {
        Self {
            mk_id: row.external_id,
            remote_type: row.remote_type,
            number: row.number,
            date: row.day,
            partner: row.name,
            total: row.total,
            currency: row.currency,
            reason: row.reason.as_str(),
        }
    }
}
