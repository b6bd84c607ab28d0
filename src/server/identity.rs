//! Who asks: resolves the session of a browser, or the token of a program, into a scope. No header or parameter ever
//! signs anybody in another way.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::Method;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use engine::access::{TenantScope, UserId};
use engine::{Engine, EngineError};
use serde_json::{Map, Value};
use tower_sessions::Session;
use tower_sessions::session::Id;

use super::refusal::Refusal;
use super::state::AppState;
use super::{csrf, forms, telemetry};
use crate::api::context::{References, RequestContext, SESSION_TENANT, SignedInPerson, WorkspaceOfPerson};
use crate::api::error::ErrorCode;
use crate::api::flash::FormFlash;

/// Puts a [`RequestContext`] into the request: what pages, server functions and the JSON API know of the caller.
pub async fn identify(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let references = request.extensions().get::<Arc<References>>().cloned().unwrap_or_default();
    let session = request.extensions().get::<Session>().cloned();
    let is_page =
        request.method() == Method::GET && !request.uri().path().starts_with(crate::api::flash::PREFIX);
    match context(&state, session, is_page, &references).await {
        Ok(mut context) => {
            context.client = telemetry::client(&request, &state.configuration().trusted_proxies);
            request.extensions_mut().insert(context);
            next.run(request).await
        }
        Err(error) => Refusal::of_engine(&error, &references).into_response(),
    }
}

async fn context(
    state: &AppState,
    session: Option<Session>,
    is_page: bool,
    references: &Arc<References>,
) -> Result<RequestContext, EngineError> {
    let engine = state.engine();
    let mut context = RequestContext {
        scope: None,
        person: None,
        flash: None,
        demo: state.is_demo(),
        client: None,
        now: engine.now(),
        references: Arc::clone(references),
    };
    let Some((session, id)) = session.and_then(|session| session.id().map(|id| (session, id.to_string())))
    else {
        return Ok(context);
    };
    let Some(row) = engine.session_load(&id).await? else { return Ok(context) };
    engine.session_touch(&id, &row).await?;
    let data: Map<String, Value> = serde_json::from_str(&row.data).unwrap_or_default();
    if is_page && data.contains_key(forms::FLASH) {
        context.flash = session.remove::<FormFlash>(forms::FLASH).await.ok().flatten();
    }
    let tenant = data.get(SESSION_TENANT).and_then(Value::as_str);
    if let Some(user) = &row.user
        && let Some((person, scope)) = signed_in(engine, user, tenant).await?
    {
        telemetry::name_caller(scope.tenant(), Some(person.user.as_str()));
        context.person = Some(person);
        context.scope = Some(scope);
    }
    Ok(context)
}

/// The person and workspace of a session; none when the person was disabled or is no member any more.
async fn signed_in(
    engine: &Engine,
    user: &UserId,
    tenant: Option<&str>,
) -> Result<Option<(SignedInPerson, TenantScope)>, EngineError> {
    let found = async {
        let scope = engine.scope_for_session(user, tenant).await?;
        Ok((person_of(engine.person(user).await?), scope))
    };
    match found.await {
        Ok(found) => Ok(Some(found)),
        Err(EngineError::NotSignedIn) => Ok(None),
        Err(error) => Err(error),
    }
}

fn person_of(person: engine::access::Person) -> SignedInPerson {
    let workspaces = person.workspaces.into_iter();
    SignedInPerson {
        user: person.user,
        name: person.name,
        email: person.email,
        language: person.language.as_str().to_owned(),
        workspaces: workspaces
            .map(|member| WorkspaceOfPerson { tenant: member.tenant, name: member.name, role: member.role })
            .collect(),
    }
}

/// The caller of the JSON API: signed in by token or session, else refused with 401.
#[derive(Clone, Debug)]
pub struct Caller {
    /// What they may touch.
    pub scope: TenantScope,
    /// How they are signed in.
    pub by: SignedInBy,
    /// Where the references of their errors come from.
    pub references: Arc<References>,
}

/// How a caller is signed in, and how it is checked later that they still are.
#[derive(Clone, Debug)]
pub enum SignedInBy {
    /// A browser's session.
    Session {
        /// The session.
        id: Id,
        /// Its person.
        user: UserId,
    },
    /// A bearer token.
    Token(secrecy::SecretString),
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Refusal> {
        let references = parts.extensions.get::<Arc<References>>().cloned().unwrap_or_default();
        if parts.headers.contains_key(axum::http::header::AUTHORIZATION) {
            return by_token(parts, state, references).await;
        }
        let context = parts.extensions.get::<RequestContext>();
        let session = parts.extensions.get::<Session>().and_then(Session::id);
        match (context.and_then(|context| context.scope.clone().zip(context.person.clone())), session) {
            (Some((scope, person)), Some(id)) => {
                Ok(Self { scope, by: SignedInBy::Session { id, user: person.user }, references })
            }
            _ => Err(not_signed_in(&references)),
        }
    }
}

async fn by_token(parts: &Parts, state: &AppState, references: Arc<References>) -> Result<Caller, Refusal> {
    let Some(token) = csrf::bearer(&parts.headers) else { return Err(not_signed_in(&references)) };
    match state.engine().scope_for_token(token).await {
        Ok(scope) => {
            telemetry::name_caller(scope.tenant(), scope.user().map(UserId::as_str));
            Ok(Caller { scope, by: SignedInBy::Token(token.to_owned().into()), references })
        }
        Err(EngineError::NotSignedIn) => Err(not_signed_in(&references)),
        Err(error) => Err(Refusal::of_engine(&error, &references)),
    }
}

fn not_signed_in(references: &References) -> Refusal {
    let sentence = "Sign in, or send a valid API token as: Authorization: Bearer TOKEN.";
    Refusal::new(references, ErrorCode::NotSignedIn, sentence)
}
