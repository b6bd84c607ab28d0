//! The workspace's connection as programs see it: `~/credentials` and `~/test-connection`. The key goes in and never comes
//! out.

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use engine::EngineError;
use engine::access::Role;
use engine::sync::{ConnectionInput, ConnectionView};
use serde_json::{Map, Value, json};

use super::input;
use crate::server::identity::Caller;
use crate::server::refusal::Refusal;
use crate::server::state::AppState;

/// What the owner enters.
const FIELDS: [&str; 3] = ["companyId", "apiEndpoint", "secretKey"];
/// Longest value of a field, in bytes: keys have about fifty.
const LONGEST: usize = 500;

/// `GET ~/credentials`.
pub(super) async fn shown(State(state): State<AppState>, caller: Caller) -> Result<Response, Refusal> {
    let view = state.engine().connection(&caller.scope).await.map_err(refused(&caller))?;
    Ok(Json(credentials(view.as_ref())).into_response())
}

/// `PUT ~/credentials`: stores what the owner entered; without `secretKey` the stored one stays.
pub(super) async fn save(
    State(state): State<AppState>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    let body = body(&state, &caller, request).await?;
    let entered = entered(&body, &caller)?;
    let view = state.engine().save_connection(&caller.scope, &entered).await;
    Ok(Json(credentials(Some(&view.map_err(refused(&caller))?))).into_response())
}

/// `DELETE ~/credentials`: disconnects; records and links stay.
pub(super) async fn disconnect(State(state): State<AppState>, caller: Caller) -> Result<Response, Refusal> {
    let view = state.engine().disconnect(&caller.scope).await.map_err(refused(&caller))?;
    Ok(Json(credentials(Some(&view))).into_response())
}

/// `POST ~/test-connection`: asks Metakocka whether the entered values work; without a body, the stored ones.
pub(super) async fn test(
    State(state): State<AppState>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    let body = body(&state, &caller, request).await?;
    let entered = if body.is_empty() { None } else { Some(entered(&body, &caller)?) };
    let answer = state.engine().test_connection(&caller.scope, entered.as_ref()).await;
    let answer = answer.map_err(refused(&caller))?;
    let reply = json!({ "success": answer.works, "result": answer.kind, "message": answer.sentence });
    Ok(Json(reply).into_response())
}

/// Asked first: what a role may not do does not depend on how the body is written.
async fn body(state: &AppState, caller: &Caller, request: Request) -> Result<Map<String, Value>, Refusal> {
    caller.scope.require(Role::Owner).map_err(refused(caller))?;
    let body = input::object(request, state.configuration().body_limit, &caller.references).await?;
    input::only(&body, &FIELDS, &caller.references)?;
    Ok(body)
}

fn entered(body: &Map<String, Value>, caller: &Caller) -> Result<ConnectionInput, Refusal> {
    let text = |field: &str| match body.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.len() <= LONGEST => Ok(Some(text.clone())),
        Some(_) => {
            let sentence = format!("{field} has to be a text of at most {LONGEST} characters.");
            Err(Refusal::field(&caller.references, field, sentence))
        }
    };
    let needed = |field: &str| {
        text(field)?.ok_or_else(|| Refusal::field(&caller.references, field, format!("{field} is missing.")))
    };
    Ok(ConnectionInput {
        company_id: needed("companyId")?,
        base_url: needed("apiEndpoint")?,
        secret_key: text("secretKey")?.filter(|key| !key.trim().is_empty()).map(Into::into),
    })
}

fn credentials(view: Option<&ConnectionView>) -> Value {
    json!({
        "exists": view.is_some(),
        "companyId": view.map(|view| &view.company_id),
        "apiEndpoint": view.map(|view| &view.base_url),
        "secretKeyLast4": view.map(|view| &view.secret_last4),
        "state": view.map_or("not_connected", |view| view.state.as_str()),
    })
}

/// Turns an engine's no into an answer.
fn refused(caller: &Caller) -> impl Fn(EngineError) -> Refusal + '_ {
    |error| Refusal::of_engine(&error, &caller.references)
}
