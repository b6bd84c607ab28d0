//! What is true of records between here and Metakocka (endpoints 3 and 3b).

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use engine::EngineError;
use engine::sync::{Mapping, SyncStatus};
use serde_json::{Value, json};

use super::{Synced, refused};
use crate::rest::input;
use crate::server::identity::Caller;
use crate::server::refusal::Refusal;
use crate::server::state::AppState;

/// Records that one look may name: what fits into an address.
const MOST: usize = 200;

/// Endpoints 3 and 3b.
pub(in crate::rest) async fn status<K: Synced>(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let one = input::value(&query, K::ID).filter(|id| !id.is_empty());
    let several = input::value(&query, K::IDS).filter(|ids| !ids.is_empty());
    match (one, several) {
        (Some(id), None) => of_one::<K>(&state, &caller, id).await,
        (None, Some(ids)) => of_several::<K>(&state, &caller, ids).await,
        _ => {
            let sentence = format!("Name either one record as {}, or several as {}.", K::ID, K::IDS);
            Err(Refusal::field(&caller.references, K::ID, sentence))
        }
    }
}

async fn of_one<K: Synced>(state: &AppState, caller: &Caller, id: &str) -> Result<Response, Refusal> {
    let status = state.engine().sync_status(&caller.scope, K::KIND, id).await.map_err(refused(caller))?;
    let status = status.ok_or(EngineError::NotFound).map_err(refused(caller))?;
    Ok(Json(shown::<K>(&status)).into_response())
}

async fn of_several<K: Synced>(state: &AppState, caller: &Caller, ids: &str) -> Result<Response, Refusal> {
    let mut named: Vec<String> = Vec::new();
    for id in ids.split(',').map(str::trim).filter(|id| !id.is_empty()) {
        if !named.iter().any(|known| known == id) {
            named.push(id.to_owned());
        }
    }
    if named.is_empty() || named.len() > MOST {
        let sentence = format!("{} has to name 1 to {MOST} ids, with commas between them.", K::IDS);
        return Err(Refusal::field(&caller.references, K::IDS, sentence));
    }
    let found =
        state.engine().sync_statuses(&caller.scope, K::KIND, &named).await.map_err(refused(caller))?;
    let statuses: Vec<Value> = named.iter().filter_map(|id| found.get(id)).map(shown::<K>).collect();
    let missing: Vec<&String> = named.iter().filter(|id| !found.contains_key(*id)).collect();
    Ok(Json(json!({ "statuses": statuses, "missing": missing })).into_response())
}

fn shown<K: Synced>(status: &SyncStatus) -> Value {
    let mut shown = json!({
        "synced": status.status == "synced",
        "syncStatus": status.status,
        "reason": status.reason,
        "detail": status.detail,
        "advice": status.advice,
        "nextStepAt": status.next_step_at,
        "asksAt": status.asks_at,
        "since": status.since,
        "mapping": status.mapping.as_ref().map(|mapping| mapped::<K>(status, mapping)),
    });
    shown[K::ID] = json!(status.record_id);
    shown
}

fn mapped<K: Synced>(status: &SyncStatus, mapping: &Mapping) -> Value {
    let failed = status.status == "error";
    let mut mapped = json!({
        "id": mapping.id,
        "metakockaId": mapping.external_id,
        "metakockaDocumentType": Some(&mapping.remote_type).filter(|text| !text.is_empty()),
        "metakockaDocumentNumber": mapping.number,
        "lastSyncedAt": mapping.equal_at,
        "syncStatus": status.status,
        "syncError": status.detail.as_ref().filter(|_| failed),
    });
    mapped[K::ID] = json!(status.record_id);
    mapped
}
