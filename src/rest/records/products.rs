//! `/api/products`.

use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use engine::access::Role;
use engine::crm::{ProductInput, ProductQuery, ProductRow, ProductSort, ProductSortBy, ProductView};
use serde_json::{Value, json};
use sync_core::record::RecordKind;

use super::{Id, Pairs, refused};
use crate::rest::input;
use crate::server::identity::Caller;
use crate::server::refusal::Refusal;
use crate::server::state::AppState;

/// Parameters of the list.
const KNOWN: [&str; 7] = ["search", "state", "active", "sort", "order", "limit", "cursor"];

/// The list, by name unless asked for otherwise.
pub(in crate::rest) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Pairs,
) -> Result<Response, Refusal> {
    super::only(&query, &KNOWN, &caller)?;
    let by = super::choice(&query, "sort", &caller, |text| match text {
        "name" => Some(ProductSortBy::Name),
        "code" => Some(ProductSortBy::Code),
        _ => None,
    })?;
    let asked = ProductQuery {
        search: super::search(&query),
        state: super::state(&query, &caller)?,
        active: super::choice(&query, "active", &caller, |text| text.parse().ok())?,
        sort: ProductSort {
            by: by.unwrap_or_default(),
            descending: super::descending(&query, &caller, false)?,
        },
        page: 1,
        per_page: input::limit(&query, &caller.references)?,
    };
    let after = super::cursor(&query, &caller)?;
    let page = state.engine().products_after(&caller.scope, &asked, after).await.map_err(refused(&caller))?;
    let rows: Vec<Value> = page.rows.into_iter().map(row).collect();
    Ok(super::listed("products", &rows, page.next.as_ref()))
}

/// Makes one.
pub(in crate::rest) async fn make(
    State(state): State<AppState>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    let body = super::body(&state, &caller, request).await?;
    let form = super::patched(&ProductInput::default(), body, &caller)?;
    let engine = state.engine();
    let id = engine.create_product(&caller.scope, &form).await.map_err(refused(&caller))?;
    let view = engine.product(&caller.scope, &id).await.map_err(refused(&caller))?;
    Ok(super::made("products", &id, view.revision, record(view)))
}

/// One.
pub(in crate::rest) async fn one(
    State(state): State<AppState>,
    caller: Caller,
    id: Id,
) -> Result<Response, Refusal> {
    let id = super::id_of(id, &caller)?;
    let view = state.engine().product(&caller.scope, &id).await.map_err(refused(&caller))?;
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
    let before = engine.product(&caller.scope, &id).await.map_err(refused(&caller))?;
    let form = super::patched(&before.form, body, &caller)?;
    let edited = engine.edit_product(&caller.scope, &id, revision, &form).await;
    let revision = edited.map_err(refused(&caller))?;
    super::keep_notes(engine, &caller, (RecordKind::Product, &id), (revision, notes)).await?;
    let view = engine.product(&caller.scope, &id).await.map_err(refused(&caller))?;
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
    state.engine().delete_product(&caller.scope, &id, revision).await.map_err(refused(&caller))?;
    Ok(super::deleted(&id))
}

super::history_of!(RecordKind::Product);

fn row(row: ProductRow) -> Value {
    json!({
        "id": row.id,
        "revision": row.revision,
        "code": row.code,
        "name": row.name,
        "unit": row.unit,
        "service": row.service,
        "active": row.active,
        "sync": super::sync(row.sync),
    })
}

fn record(view: ProductView) -> Value {
    let mut record = serde_json::to_value(view.form).unwrap_or_default();
    record["id"] = json!(view.id);
    record["revision"] = json!(view.revision);
    record["metakockaNumber"] = json!(view.remote_code);
    record["blocking"] = super::blocking(view.blocking);
    record["sync"] = super::sync(view.sync);
    record["createdAt"] = json!(view.created_at);
    record["updatedAt"] = json!(view.updated_at);
    record[super::NOTES] = json!(view.internal_notes);
    record
}
