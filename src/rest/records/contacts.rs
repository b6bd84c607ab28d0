//! `/api/contacts`.

use axum::Json;
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use engine::access::Role;
use engine::crm::{ContactInput, ContactQuery, ContactRow, ContactView};
use engine::sync::Erasure;
use serde_json::{Value, json};
use sync_core::record::RecordKind;

use super::{Id, Pairs, refused};
use crate::rest::input;
use crate::server::identity::Caller;
use crate::server::refusal::Refusal;
use crate::server::state::AppState;

/// Parameters of the list.
const KNOWN: [&str; 6] = ["search", "state", "country", "order", "limit", "cursor"];

/// The list, by name.
pub(in crate::rest) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Pairs,
) -> Result<Response, Refusal> {
    super::only(&query, &KNOWN, &caller)?;
    let asked = ContactQuery {
        search: super::search(&query),
        state: super::state(&query, &caller)?,
        country: input::value(&query, "country").filter(|text| !text.is_empty()).map(str::to_owned),
        descending: super::descending(&query, &caller, false)?,
        page: 1,
        per_page: input::limit(&query, &caller.references)?,
    };
    let after = super::cursor(&query, &caller)?;
    let page = state.engine().contacts_after(&caller.scope, &asked, after).await.map_err(refused(&caller))?;
    let rows: Vec<Value> = page.rows.into_iter().map(row).collect();
    Ok(super::listed("contacts", &rows, page.next.as_ref()))
}

/// Makes one.
pub(in crate::rest) async fn make(
    State(state): State<AppState>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    let body = super::body(&state, &caller, request).await?;
    let form = super::patched(&ContactInput::default(), body, &caller)?;
    let engine = state.engine();
    let id = engine.create_contact(&caller.scope, &form).await.map_err(refused(&caller))?;
    let view = engine.contact(&caller.scope, &id).await.map_err(refused(&caller))?;
    Ok(super::made("contacts", &id, view.revision, record(view)))
}

/// One.
pub(in crate::rest) async fn one(
    State(state): State<AppState>,
    caller: Caller,
    id: Id,
) -> Result<Response, Refusal> {
    let id = super::id_of(id, &caller)?;
    let view = state.engine().contact(&caller.scope, &id).await.map_err(refused(&caller))?;
    Ok(super::shown(StatusCode::OK, view.revision, record(view)))
}

/// Edits one.
pub(in crate::rest) async fn edit(
    State(state): State<AppState>,
    caller: Caller,
    id: Id,
    request: Request,
) -> Result<Response, Refusal> {
    let id = super::id_of(id, &caller)?;
    let headers = request.headers().clone();
    let mut body = super::body(&state, &caller, request).await?;
    let revision = super::revision(&headers, &caller)?;
    let notes = super::notes_of(&mut body, &caller)?;
    let engine = state.engine();
    let before = engine.contact(&caller.scope, &id).await.map_err(refused(&caller))?;
    let form = super::patched(&before.form, body, &caller)?;
    let edited = engine.edit_contact(&caller.scope, &id, revision, &form).await;
    let revision = edited.map_err(refused(&caller))?;
    super::keep_notes(engine, &caller, (RecordKind::Contact, &id), (revision, notes)).await?;
    let view = engine.contact(&caller.scope, &id).await.map_err(refused(&caller))?;
    Ok(super::shown(StatusCode::OK, view.revision, record(view)))
}

/// Deletes one.
pub(in crate::rest) async fn delete(
    State(state): State<AppState>,
    caller: Caller,
    id: Id,
    request: Request,
) -> Result<Response, Refusal> {
    let id = super::id_of(id, &caller)?;
    caller.scope.require(Role::Staff).map_err(refused(&caller))?;
    let revision = super::revision(request.headers(), &caller)?;
    state.engine().delete_contact(&caller.scope, &id, revision).await.map_err(refused(&caller))?;
    Ok(super::deleted(&id))
}

/// Lets one take the place of another: `{"contactId": …, "revision": …}` names the other.
pub(in crate::rest) async fn merge(
    State(state): State<AppState>,
    caller: Caller,
    id: Id,
    request: Request,
) -> Result<Response, Refusal> {
    let id = super::id_of(id, &caller)?;
    let headers = request.headers().clone();
    let body = super::body(&state, &caller, request).await?;
    let revision = super::revision(&headers, &caller)?;
    input::only(&body, &["contactId", "revision"], &caller.references)?;
    let missing = |field, sentence: &str| Refusal::field(&caller.references, field, sentence);
    let other = body.get("contactId").and_then(Value::as_str);
    let other =
        other.ok_or_else(|| missing("contactId", "contactId has to be the id of the other contact."))?;
    let theirs = body.get("revision").and_then(Value::as_i64);
    let theirs =
        theirs.ok_or_else(|| missing("revision", "revision has to be that of the other contact."))?;
    let engine = state.engine();
    let merged = engine.merge_contacts(&caller.scope, (&id, revision), (other, theirs)).await;
    merged.map_err(refused(&caller))?;
    let view = engine.contact(&caller.scope, &id).await.map_err(refused(&caller))?;
    Ok(super::shown(StatusCode::OK, view.revision, record(view)))
}

/// Erases what is kept of one. 202: something of it is on its way to Metakocka, and it is erased once that is settled.
pub(in crate::rest) async fn erase(
    State(state): State<AppState>,
    caller: Caller,
    id: Id,
    request: Request,
) -> Result<Response, Refusal> {
    let id = super::id_of(id, &caller)?;
    caller.scope.require(Role::Owner).map_err(refused(&caller))?;
    state.engine().erasing(&caller.scope, &id).await.map_err(refused(&caller))?;
    let revision = super::revision(request.headers(), &caller)?;
    let erasure = state.engine().erase_contact(&caller.scope, &id, revision).await;
    let (status, erased) = match erasure.map_err(refused(&caller))? {
        Erasure::Done => (StatusCode::OK, true),
        Erasure::Waits => (StatusCode::ACCEPTED, false),
    };
    Ok((status, Json(json!({ "id": id, "erased": erased, "waits": !erased }))).into_response())
}

super::history_of!(RecordKind::Contact);

fn row(row: ContactRow) -> Value {
    json!({
        "id": row.id,
        "revision": row.revision,
        "name": row.name,
        "company": row.company,
        "taxNumber": row.tax_number,
        "email": row.email,
        "city": row.city,
        "country": row.country,
        "sync": super::sync(row.sync),
    })
}

fn record(view: ContactView) -> Value {
    let mut record = serde_json::to_value(view.form).unwrap_or_default();
    record["id"] = json!(view.id);
    record["revision"] = json!(view.revision);
    record["metakockaCode"] = json!(view.remote_code);
    record["paymentDays"] = json!(view.payment_days);
    record["blocking"] = super::blocking(view.blocking);
    record["sync"] = super::sync(view.sync);
    record["createdAt"] = json!(view.created_at);
    record["updatedAt"] = json!(view.updated_at);
    record[super::NOTES] = json!(view.internal_notes);
    record["erasedAt"] = json!(view.erased_at);
    record["eraseAskedAt"] = json!(view.erase_asked_at);
    record
}
