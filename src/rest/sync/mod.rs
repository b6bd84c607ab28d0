//! The six endpoints of contract §2, the same for all three kinds: 1 and 2 send (`push`), 3 tells (`status`), 4 to 6 look
//! and take (`pull`). What differs between the kinds is in [`Synced`]: names, and what is shown of a record that waits.

mod one;
pub(super) mod pull;
pub(super) mod push;
pub(super) mod status;

use std::future::Future;

use axum::extract::Request;
use engine::access::{Role, TenantScope};
use engine::error::Reason;
use engine::sync::Waiting;
use engine::{Engine, EngineError};
use serde_json::{Map, Value, json};
use sync_core::record::RecordKind;

use super::input;
use crate::server::identity::Caller;
use crate::server::refusal::Refusal;
use crate::server::state::AppState;

/// A kind of record between here and Metakocka.
pub(super) trait Synced: Send + Sync + 'static {
    /// Which.
    const KIND: RecordKind;
    /// The field that names one record here.
    const ID: &'static str = id_name(Self::KIND);
    /// The field that names several.
    const IDS: &'static str;
    /// The name of the list of what waits.
    const LIST: &'static str;
    /// Metakocka's names of the types that a record can be of; contacts and products have none.
    const REMOTE_TYPES: &'static [&'static str] = &[];

    /// A record that waits in Metakocka.
    fn waiting(row: &Waiting) -> Value;

    /// Everything that is wrong with a record here, so that it can't be sent.
    fn blocking(
        engine: &Engine,
        scope: &TenantScope,
        id: &str,
    ) -> impl Future<Output = Result<Vec<Reason>, EngineError>> + Send;
}

/// The field that names a record of a kind.
pub(super) const fn id_name(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Contact => "contactId",
        RecordKind::Product => "productId",
        RecordKind::SalesDocument => "documentId",
    }
}

/// Sales documents.
pub(super) struct SalesDocuments;
/// Contacts.
pub(super) struct Contacts;
/// Products.
pub(super) struct Products;

impl Synced for SalesDocuments {
    const KIND: RecordKind = RecordKind::SalesDocument;
    const IDS: &'static str = "documentIds";
    const LIST: &'static str = "documents";
    const REMOTE_TYPES: &'static [&'static str] = &[
        "sales_offer",
        "sales_order",
        "sales_bill_domestic",
        "sales_bill_foreign",
        "sales_bill_retail",
        "sales_bill_prepaid",
        "sales_bill_credit_note",
    ];

    /// Totals are exact decimals, hence text.
    fn waiting(row: &Waiting) -> Value {
        json!({
            "mk_id": row.external_id,
            "type": row.remote_type,
            "number": row.number,
            "date": row.day,
            "partner": row.name,
            "total": row.total,
            "currency": row.currency,
            "reason": row.reason.as_str(),
        })
    }

    async fn blocking(engine: &Engine, scope: &TenantScope, id: &str) -> Result<Vec<Reason>, EngineError> {
        Ok(engine.sales_document(scope, id).await?.blocking)
    }
}

impl Synced for Contacts {
    const KIND: RecordKind = RecordKind::Contact;
    const IDS: &'static str = "contactIds";
    const LIST: &'static str = "contacts";

    fn waiting(row: &Waiting) -> Value {
        json!({
            "mk_id": row.external_id,
            "name": row.name,
            "taxNumber": row.tax_number,
            "email": row.email,
            "reason": row.reason.as_str(),
        })
    }

    async fn blocking(engine: &Engine, scope: &TenantScope, id: &str) -> Result<Vec<Reason>, EngineError> {
        Ok(engine.contact(scope, id).await?.blocking)
    }
}

impl Synced for Products {
    const KIND: RecordKind = RecordKind::Product;
    const IDS: &'static str = "productIds";
    const LIST: &'static str = "products";

    fn waiting(row: &Waiting) -> Value {
        json!({
            "mk_id": row.external_id,
            "code": row.number,
            "name": row.name,
            "unit": row.unit,
            "reason": row.reason.as_str(),
        })
    }

    async fn blocking(engine: &Engine, scope: &TenantScope, id: &str) -> Result<Vec<Reason>, EngineError> {
        Ok(engine.product(scope, id).await?.blocking)
    }
}

/// The body of somebody who may send and take. Asked first: what a role may not do does not depend on how the body is
/// written.
async fn body(state: &AppState, caller: &Caller, request: Request) -> Result<Map<String, Value>, Refusal> {
    caller.scope.require(Role::Staff).map_err(refused(caller))?;
    input::object(request, state.configuration().body_limit, &caller.references).await
}

/// Turns an engine's no into an answer.
fn refused(caller: &Caller) -> impl Fn(EngineError) -> Refusal + '_ {
    |error| Refusal::of_engine(&error, &caller.references)
}
