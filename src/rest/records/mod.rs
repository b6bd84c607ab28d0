//! Records as programs see them: list, make, look at, edit, delete, history (contract §2). The same rules for all three
//! kinds: forms are strict, an edit names the revision it was made on, and applies to the form that the record has now.

pub(super) mod contacts;
pub(super) mod products;
pub(super) mod sales_documents;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, Request};
use axum::http::header::{ETAG, IF_MATCH, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use engine::access::Role;
use engine::crm::{AsOf, HistoryCursor, HistoryEntry, ListCursor, SyncView};
use engine::error::Reason;
use engine::{Engine, EngineError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use sync_core::record::RecordKind;
use sync_core::state::SyncState;

use super::input;
use crate::api::error::ErrorCode;
use crate::server::identity::Caller;
use crate::server::refusal::Refusal;
use crate::server::state::AppState;

/// For people here; never sent.
const NOTES: &str = "internalNotes";

/// What stands in the path.
type Id = Result<Path<String>, PathRejection>;
/// The query, as pairs: strictly read, so that nothing is silently left out.
type Pairs = Query<Vec<(String, String)>>;

/// The id in the path; what is none of ours does not exist.
fn id_of(id: Id, caller: &Caller) -> Result<String, Refusal> {
    id.map(|Path(id)| id).map_err(|_| refused(caller)(EngineError::NotFound))
}

/// Turns an engine's no into an answer.
fn refused(caller: &Caller) -> impl Fn(EngineError) -> Refusal + '_ {
    |error| Refusal::of_engine(&error, &caller.references)
}

/// Reads the body of somebody who may write; the role is asked first, whatever the body says.
async fn body(state: &AppState, caller: &Caller, request: Request) -> Result<Map<String, Value>, Refusal> {
    caller.scope.require(Role::Staff).map_err(refused(caller))?;
    input::object(request, state.configuration().body_limit, &caller.references).await
}

/// The revision that a write was made on. Without `If-Match` it is refused: it would overwrite what nobody saw. What is no
/// revision is not the current one.
fn revision(headers: &HeaderMap, caller: &Caller) -> Result<i64, Refusal> {
    let Some(value) = headers.get(IF_MATCH) else {
        let sentence = "Say with If-Match on which revision this is based: the ETag of the record.";
        return Err(Refusal::new(&caller.references, ErrorCode::RevisionRequired, sentence));
    };
    let text = value.to_str().unwrap_or_default().trim();
    Ok(text.trim_start_matches("W/").trim_matches('"').parse().unwrap_or(0))
}

/// The form that a record has now, with what the body sets in it (RFC 7396: null empties). Every field that can't be read
/// is named.
fn patched<Form: Serialize + DeserializeOwned>(
    form: &Form,
    patch: Map<String, Value>,
    caller: &Caller,
) -> Result<Form, Refusal> {
    let mut whole = serde_json::to_value(form).unwrap_or_default();
    let known: Vec<String> = whole.as_object().into_iter().flat_map(Map::keys).cloned().collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    input::only(&patch, &known, &caller.references)?;
    merge(&mut whole, Value::Object(patch));
    serde_path_to_error::deserialize(whole).map_err(|error| {
        let field = error.path().to_string();
        let sentence = format!("{field} can't be read: {}.", error.inner());
        Refusal::field(&caller.references, &field, sentence)
    })
}

fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(fields) = target.as_object_mut() else { return };
    for (name, value) in patch {
        merge(fields.entry(name).or_insert(Value::Null), value);
    }
}

/// The internal notes that a patch sets, which are beside the form; none: it leaves them.
fn notes_of(patch: &mut Map<String, Value>, caller: &Caller) -> Result<Option<String>, Refusal> {
    match patch.remove(NOTES) {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(String::new())),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Refusal::field(&caller.references, NOTES, "internalNotes has to be a text, or null.")),
    }
}

/// Sets the internal notes of a record that was just edited, when the patch names them.
async fn keep_notes(
    engine: &Engine,
    caller: &Caller,
    record: (RecordKind, &str),
    (revision, notes): (i64, Option<String>),
) -> Result<(), Refusal> {
    let Some(notes) = notes else { return Ok(()) };
    let kept = engine.set_internal_notes(&caller.scope, record, revision, Some(&notes)).await;
    kept.map(drop).map_err(refused(caller))
}

/// A record with its revision as `ETag`.
fn shown(status: StatusCode, revision: i64, record: Value) -> Response {
    let mut response = (status, Json(record)).into_response();
    response.headers_mut().insert(ETAG, etag(revision));
    response
}

/// A record that was just made, with its address.
fn made(path: &str, id: &str, revision: i64, record: Value) -> Response {
    let mut response = shown(StatusCode::CREATED, revision, record);
    if let Ok(location) = HeaderValue::from_str(&format!("/api/{path}/{id}")) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

fn etag(revision: i64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{revision}\"")).unwrap_or(HeaderValue::from_static("\"0\""))
}

/// What was deleted.
fn deleted(id: &str) -> Response {
    Json(json!({ "id": id, "deleted": true })).into_response()
}

/// State of a record towards Metakocka.
fn sync(view: SyncView) -> Value {
    json!({
        "syncStatus": view.status,
        "reason": view.reason,
        "detail": view.detail,
        "metakockaId": view.external_id,
        "metakockaType": view.external_type.filter(|text| !text.is_empty()),
        "metakockaNumber": view.external_number,
        "lastSyncedAt": view.equal_at,
    })
}

fn blocking(reasons: Vec<Reason>) -> Value {
    serde_json::to_value(reasons).unwrap_or_default()
}

/// A page of a list.
fn listed(name: &str, rows: &[Value], next: Option<&ListCursor>) -> Response {
    Json(json!({ name: rows, "nextCursor": next.map(ListCursor::to_text) })).into_response()
}

/// `?cursor=`.
fn cursor(query: &[(String, String)], caller: &Caller) -> Result<Option<ListCursor>, Refusal> {
    let Some(text) = input::value(query, "cursor").filter(|text| !text.is_empty()) else { return Ok(None) };
    ListCursor::parse(text).map(Some).ok_or_else(|| wrong_cursor(caller))
}

fn wrong_cursor(caller: &Caller) -> Refusal {
    let sentence = "cursor has to be the nextCursor of an earlier answer to the same question.";
    Refusal::field(&caller.references, "cursor", sentence)
}

/// Refuses parameters that the list does not know: a misspelt filter would otherwise show everything.
fn only(query: &[(String, String)], known: &[&str], caller: &Caller) -> Result<(), Refusal> {
    match query.iter().find(|(name, _)| !known.contains(&name.as_str())) {
        Some((name, _)) => {
            let shown: String = name.chars().take(60).collect();
            Err(Refusal::field(&caller.references, &shown, format!("There is no parameter {shown:?} here.")))
        }
        None => Ok(()),
    }
}

/// A parameter that is one of a closed set.
fn choice<T>(
    query: &[(String, String)],
    name: &str,
    caller: &Caller,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Refusal> {
    let Some(text) = input::value(query, name).filter(|text| !text.is_empty()) else { return Ok(None) };
    read(text).map(Some).ok_or_else(|| {
        Refusal::field(&caller.references, name, format!("{name} has a value that is not known here."))
    })
}

/// `?state=`: a reason of contract §2a, or a status that has none.
fn state(query: &[(String, String)], caller: &Caller) -> Result<Option<SyncState>, Refusal> {
    choice(query, "state", caller, |text| {
        SyncState::ALL.into_iter().find(|state| state.reason().unwrap_or_else(|| state.status()) == text)
    })
}

/// `?order=`.
fn descending(query: &[(String, String)], caller: &Caller, default: bool) -> Result<bool, Refusal> {
    let chosen = choice(query, "order", caller, |text| match text {
        "asc" => Some(false),
        "desc" => Some(true),
        _ => None,
    });
    Ok(chosen?.unwrap_or(default))
}

/// `?search=`.
fn search(query: &[(String, String)]) -> Option<String> {
    input::value(query, "search").map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// What happened to a record, on both sides, newest first.
async fn history(
    kind: RecordKind,
    state: AppState,
    caller: Caller,
    id: Id,
    query: &[(String, String)],
) -> Result<Response, Refusal> {
    let id = id_of(id, &caller)?;
    only(query, &["limit", "cursor", "asOf", "revision"], &caller)?;
    if let Some(as_of) = as_of(query, &caller)? {
        return past(kind, &state, &caller, &id, as_of).await;
    }
    let limit = input::limit(query, &caller.references)?;
    let after = match input::value(query, "cursor").filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => Some(HistoryCursor::parse(text).ok_or_else(|| wrong_cursor(&caller))?),
    };
    let page =
        state.engine().history(&caller.scope, kind, &id, after, limit).await.map_err(refused(&caller))?;
    let entries: Vec<Value> = page.entries.iter().map(entry).collect();
    let next = page.next.as_ref().map(HistoryCursor::to_text);
    Ok(Json(json!({ "entries": entries, "nextCursor": next })).into_response())
}

/// `?asOf=` or `?revision=`: the record as it was, instead of what happened to it.
fn as_of(query: &[(String, String)], caller: &Caller) -> Result<Option<AsOf>, Refusal> {
    let value = |name: &str| input::value(query, name).filter(|text| !text.is_empty());
    let wrong = |name, sentence: &str| Refusal::field(&caller.references, name, sentence);
    match (value("asOf"), value("revision")) {
        (None, None) => Ok(None),
        (Some(at), None) => {
            let sentence = "asOf has to be an instant such as 2026-11-24T09:00:00Z.";
            at.parse().map(|at| Some(AsOf::Instant(at))).map_err(|_| wrong("asOf", sentence))
        }
        (None, Some(number)) => {
            let sentence = "revision has to be a number.";
            number.parse().map(|number| Some(AsOf::Revision(number))).map_err(|_| wrong("revision", sentence))
        }
        (Some(_), Some(_)) => Err(wrong("asOf", "Send either asOf or revision.")),
    }
}

async fn past(
    kind: RecordKind,
    state: &AppState,
    caller: &Caller,
    id: &str,
    as_of: AsOf,
) -> Result<Response, Refusal> {
    let past = state.engine().record_as_of(&caller.scope, (kind, id), as_of).await;
    let past = past.map_err(refused(caller))?;
    Ok(Json(json!({
        "id": id,
        "revision": past.revision,
        "latest": past.is_latest,
        "deed": past.deed,
        "by": past.by,
        "at": past.at,
        "record": past.state,
    }))
    .into_response())
}

fn entry(entry: &HistoryEntry) -> Value {
    let changes: Vec<Value> = entry
        .changes
        .iter()
        .map(|change| json!({ "field": change.field(), "from": change.from, "to": change.to }))
        .collect();
    json!({
        "id": entry.id,
        "side": if entry.there { "metakocka" } else { "here" },
        "revision": entry.revision,
        "deed": entry.deed,
        "changes": changes,
        "otherId": entry.other_id,
        "by": entry.by,
        "runId": entry.run_id,
        "at": entry.at,
    })
}

/// `GET …/history` of each kind.
macro_rules! history_of {
    ($kind:expr) => {
        /// What happened to it.
        pub(in crate::rest) async fn history(
            State(state): State<AppState>,
            caller: Caller,
            id: super::Id,
            Query(query): super::Pairs,
        ) -> Result<Response, Refusal> {
            super::history($kind, state, caller, id, &query).await
        }
    };
}
use history_of;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_sets_what_it_names_and_null_empties() {
        let mut form = json!({"name": "a", "address": {"street": "x", "place": "y"}, "lines": [1, 2]});
        merge(&mut form, json!({"address": {"street": null}, "lines": [3]}));
        assert_eq!(form, json!({"name": "a", "address": {"street": null, "place": "y"}, "lines": [3]}));
        merge(&mut form, json!({"address": null}));
        assert_eq!(form["address"], Value::Null);
    }
}
