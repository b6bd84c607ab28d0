//! Sending to Metakocka: one record or several (endpoints 1, 1b and 2).

use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::Response;
use engine::sync::{Cause, Outgoing};

use super::one::{self, Direction};
use super::{Synced, body, refused};
use crate::rest::input;
use crate::rest::runs;
use crate::server::identity::Caller;
use crate::server::refusal::Refusal;
use crate::server::state::AppState;

/// Endpoints 1 and 1b: the record that is named, those that are named, or all that need it.
pub(in crate::rest) async fn sync<K: Synced>(
    State(state): State<AppState>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    let body = body(&state, &caller, request).await?;
    input::only(&body, &[K::ID, K::IDS], &caller.references)?;
    let one = input::id(&body, K::ID, &caller.references)?;
    let several = input::ids(&body, K::IDS, &caller.references)?;
    match (one, several) {
        (Some(_), Some(_)) => {
            let sentence = format!("Name either {} or {}.", K::ID, K::IDS);
            Err(Refusal::field(&caller.references, K::IDS, sentence))
        }
        (Some(id), None) => push_one::<K>(&state, &caller, &id).await,
        (None, Some(ids)) => push_many::<K>(&state, &caller, Outgoing::These(ids)).await,
        (None, None) => push_many::<K>(&state, &caller, Outgoing::All).await,
    }
}

/// Endpoint 2: those that are named.
pub(in crate::rest) async fn sync_bulk<K: Synced>(
    State(state): State<AppState>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    let body = body(&state, &caller, request).await?;
    input::only(&body, &[K::IDS], &caller.references)?;
    let Some(ids) = input::ids(&body, K::IDS, &caller.references)? else {
        let sentence = format!("{} has to name 1 to {} ids.", K::IDS, input::IDS);
        return Err(Refusal::field(&caller.references, K::IDS, sentence));
    };
    push_many::<K>(&state, &caller, Outgoing::These(ids)).await
}

async fn push_one<K: Synced>(state: &AppState, caller: &Caller, id: &str) -> Result<Response, Refusal> {
    // Only started here: waiting for it ends with the process.
    let engine = state.engine();
    let started = engine.push_one(&caller.scope, K::KIND, id, Cause::Api, Duration::ZERO).await;
    let moved = started.map_err(refused(caller))?;
    one::answer::<K>(state, caller, &moved.run.id, Direction::Push).await
}

async fn push_many<K: Synced>(
    state: &AppState,
    caller: &Caller,
    which: Outgoing,
) -> Result<Response, Refusal> {
    let engine = state.engine();
    let run = engine.start_push(&caller.scope, K::KIND, which, Cause::Api).await.map_err(refused(caller))?;
    runs::bulk(state, caller, &run).await
}
