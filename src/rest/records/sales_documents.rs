//! `/api/sales-documents`. Amounts are exact decimals, hence text.

use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use engine::access::Role;
use engine::crm::{DocumentInput, DocumentRow, DocumentView, LineView, ListQuery, Sort, SortBy, TotalCheck};
use serde_json::{Map, Value, json};
use sync_core::record::RecordKind;

use super::{Id, Pairs, refused};
use crate::rest::input;
use crate::server::identity::Caller;
use crate::server::refusal::Refusal;
use crate::server::state::AppState;

/// Parameters of the list.
const KNOWN: [&str; 10] =
    ["search", "state", "type", "from", "to", "contactId", "sort", "order", "limit", "cursor"];
/// Of a line that is sent back: what follows from its product and amounts.
const DERIVED: [&str; 4] = ["code", "name", "unit", "net"];

/// The list, newest first unless asked for otherwise.
pub(in crate::rest) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Pairs,
) -> Result<Response, Refusal> {
    super::only(&query, &KNOWN, &caller)?;
    let by = super::choice(&query, "sort", &caller, |text| match text {
        "date" => Some(SortBy::Date),
        "number" => Some(SortBy::Number),
        "customer" => Some(SortBy::Customer),
        "total" => Some(SortBy::Total),
        _ => None,
    })?
    .unwrap_or_default();
    let largest_first = matches!(by, SortBy::Date | SortBy::Total);
    let asked = ListQuery {
        search: super::search(&query),
        state: super::state(&query, &caller)?,
        doc_type: super::choice(&query, "type", &caller, |text| text.parse().ok())?,
        from: super::choice(&query, "from", &caller, |text| text.parse().ok())?,
        to: super::choice(&query, "to", &caller, |text| text.parse().ok())?,
        customer: input::value(&query, "contactId").filter(|text| !text.is_empty()).map(str::to_owned),
        sort: Sort { by, descending: super::descending(&query, &caller, largest_first)? },
        page: 1,
        per_page: input::limit(&query, &caller.references)?,
    };
    let after = super::cursor(&query, &caller)?;
    let page =
        state.engine().sales_documents_after(&caller.scope, &asked, after).await.map_err(refused(&caller))?;
    let rows: Vec<Value> = page.rows.into_iter().map(row).collect();
    Ok(super::listed("documents", &rows, page.next.as_ref()))
}

/// Makes one.
pub(in crate::rest) async fn make(
    State(state): State<AppState>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    let body = super::body(&state, &caller, request).await?;
    let form = super::patched(&DocumentInput::default(), without_derived(body), &caller)?;
    let engine = state.engine();
    let id = engine.create_sales_document(&caller.scope, &form).await.map_err(refused(&caller))?;
    let view = engine.sales_document(&caller.scope, &id).await.map_err(refused(&caller))?;
    Ok(super::made("sales-documents", &id, view.revision, record(view)))
}

/// One.
pub(in crate::rest) async fn one(
    State(state): State<AppState>,
    caller: Caller,
    id: Id,
) -> Result<Response, Refusal> {
    let id = super::id_of(id, &caller)?;
    let view = state.engine().sales_document(&caller.scope, &id).await.map_err(refused(&caller))?;
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
    let before = engine.sales_document_form(&caller.scope, &id).await.map_err(refused(&caller))?;
    let form = super::patched(&before, without_derived(body), &caller)?;
    let edited = engine.replace_sales_document(&caller.scope, &id, revision, &form).await;
    let revision = edited.map_err(refused(&caller))?;
    super::keep_notes(engine, &caller, (RecordKind::SalesDocument, &id), (revision, notes)).await?;
    let view = engine.sales_document(&caller.scope, &id).await.map_err(refused(&caller))?;
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
    state.engine().delete_sales_document(&caller.scope, &id, revision).await.map_err(refused(&caller))?;
    Ok(super::deleted(&id))
}

super::history_of!(RecordKind::SalesDocument);

/// A line may be sent back as it was received.
fn without_derived(mut body: Map<String, Value>) -> Map<String, Value> {
    let lines = body.get_mut("lines").and_then(Value::as_array_mut);
    for line in lines.into_iter().flatten().filter_map(Value::as_object_mut) {
        line.retain(|name, _| !DERIVED.contains(&name.as_str()));
    }
    body
}

fn row(row: DocumentRow) -> Value {
    json!({
        "id": row.id,
        "revision": row.revision,
        "type": row.doc_type,
        "number": row.number,
        "date": row.date,
        "contactId": row.contact_id,
        "customer": row.customer_name,
        "city": row.customer_city,
        "title": row.title,
        "total": row.gross,
        "currency": row.currency,
        "status": row.status_label,
        "paid": row.paid,
        "issuedAt": row.issued_at,
        "sync": super::sync(row.sync),
    })
}

fn record(view: DocumentView) -> Value {
    let mut record = serde_json::to_value(&view.form).unwrap_or_default();
    if let Some(lines) = record["lines"].as_array_mut() {
        for (line, shown) in lines.iter_mut().zip(&view.lines) {
            describe(line, shown);
        }
    }
    let taxes = view.taxes.iter().map(|tax| json!({ "code": tax.code, "rate": tax.rate, "tax": tax.tax }));
    let own = json!({
        "id": view.id,
        "revision": view.revision,
        "number": view.number,
        "customer": view.customer_name,
        "customerAddress": view.head.customer_address,
        "net": view.net,
        "discount": view.discount,
        "total": view.gross,
        "totalCheck": match view.total_check {
            TotalCheck::Exact => "exact",
            TotalCheck::Rounding => "rounding",
            TotalCheck::Different => "different",
        },
        "totalDifference": view.total_difference,
        "taxes": taxes.collect::<Vec<_>>(),
        "paid": view.paid,
        "issuedAt": view.issued_at,
        "blocking": super::blocking(view.blocking),
        "sync": super::sync(view.sync),
        "createdAt": view.created_at,
        "updatedAt": view.updated_at,
        super::NOTES: view.internal_notes,
    });
    if let (Some(record), Value::Object(own)) = (record.as_object_mut(), own) {
        record.extend(own);
    }
    record
}

fn describe(line: &mut Value, shown: &LineView) {
    line["code"] = json!(shown.code);
    line["name"] = json!(shown.name);
    line["unit"] = json!(shown.unit);
    line["net"] = json!(shown.net);
}
