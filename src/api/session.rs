//! Signing in and out, and who is signed in.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of the arguments, whose fields it cannot document"
)]

use leptos::prelude::*;

use super::error::ApiError;
use super::flash::Done;
use crate::model::Me;

/// Where a person goes who did not ask for another page.
#[cfg(feature = "ssr")]
const FIRST_PAGE: &str = "/sales-documents";

/// Signs a person in and goes on to `next`, a same-origin path.
#[server(endpoint = "sign-in")]
pub async fn sign_in(
    email: String,
    password: String,
    #[server(default)] next: Option<String>,
) -> Result<Done, ApiError> {
    let engine = expect_context::<engine::Engine>();
    on_server::within_limits(&email)?;
    let signed = match engine.sign_in(&email, &password.into()).await {
        Ok(signed) => signed,
        Err(engine::EngineError::NotSignedIn) => return Err(on_server::wrong_credentials()),
        Err(other) => return Err(other.into()),
    };
    on_server::renew(&signed.user).await?;
    // The script follows it as it stands, so it must lead to a page of ours.
    let next = next.filter(|path| super::flash::is_local(path));
    Ok(Done::going(next.unwrap_or_else(|| FIRST_PAGE.to_owned())))
}

/// Ends the session.
#[server(endpoint = "sign-out")]
pub async fn sign_out() -> Result<Done, ApiError> {
    super::signed_in().await?;
    on_server::end().await?;
    Ok(Done::going("/sign-in"))
}

/// Goes on in another workspace of the person.
#[server(endpoint = "choose-workspace")]
pub async fn choose_workspace(tenant: String) -> Result<Done, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let person = scope.user().ok_or_else(on_server::nobody)?;
    let chosen = engine.scope_for_session(person, Some(&tenant)).await.map_err(on_server::no_member)?;
    on_server::keep_workspace(chosen.tenant()).await?;
    Ok(Done::going(FIRST_PAGE))
}

/// Who is signed in, and where.
#[server(endpoint = "me", input = server_fn::codec::GetUrl)]
pub async fn who_am_i() -> Result<Me, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let connection = engine.connection(&scope).await?;
    on_server::me(
        &scope,
        connection.map(|connection| connection.company_id),
        super::review::count_of(&engine, &scope).await?,
    )
}

#[cfg(feature = "ssr")]
mod on_server {
    use std::sync::Arc;

    use engine::EngineError;
    use engine::access::{Role, TenantScope, UserId};
    use leptos::prelude::use_context;
    use tower_sessions::Session;

    use crate::api::context::{RequestContext, SESSION_TENANT, SESSION_USER};
    use crate::api::error::{ApiError, ErrorCode};
    use crate::api::preferences::theme_of_request;
    use crate::api::sign_in_limits::SignInLimits;
    use crate::model::{Me, MyRole, Workspace};

    pub(super) fn wrong_credentials() -> ApiError {
        ApiError::plain(ErrorCode::NotSignedIn, "E-mail or password is wrong.")
    }

    pub(super) fn within_limits(email: &str) -> Result<(), ApiError> {
        let client = use_context::<RequestContext>().and_then(|request| request.client);
        match use_context::<Arc<SignInLimits>>() {
            Some(limits) if limits.allow(email, client) => Ok(()),
            _ => {
                let sentence = "Too many tries to sign in. Wait a minute and try again.";
                Err(ApiError::plain(ErrorCode::TooManyRequests, sentence))
            }
        }
    }

    pub(super) fn nobody() -> ApiError {
        ApiError::plain(ErrorCode::NotSignedIn, "Sign in first.")
    }

    /// Who is signed in but no member of a workspace is told that it does not exist, as with every other id.
    pub(super) fn no_member(error: EngineError) -> ApiError {
        match error {
            EngineError::NotSignedIn => EngineError::NotFound.into(),
            other => other.into(),
        }
    }

    /// A new session for the person: the old id is worth nothing afterwards.
    pub(super) async fn renew(user: &UserId) -> Result<(), ApiError> {
        let session = session().await?;
        session.cycle_id().await.map_err(lost)?;
        session.remove_value(SESSION_TENANT).await.map_err(lost)?;
        session.insert(SESSION_USER, user.as_str()).await.map_err(lost)
    }

    pub(super) async fn keep_workspace(tenant: &str) -> Result<(), ApiError> {
        session().await?.insert(SESSION_TENANT, tenant).await.map_err(lost)
    }

    pub(super) async fn end() -> Result<(), ApiError> {
        session().await?.flush().await.map_err(lost)
    }

    async fn session() -> Result<Session, ApiError> {
        leptos_axum::extract::<Session>().await.map_err(|_| lost("the request carries no session"))
    }

    fn lost(cause: impl std::fmt::Display) -> ApiError {
        let reference =
            use_context::<RequestContext>().map(|request| request.references.next()).unwrap_or_default();
        tracing::error!(category = "auth", reference, %cause, "the session could not be kept");
        let sentence = "The session could not be kept. Try again.".to_owned();
        ApiError {
            code: ErrorCode::Internal,
            error: sentence,
            reference,
            fields: Vec::new(),
            errors: Vec::new(),
        }
    }

    pub(super) fn me(scope: &TenantScope, company: Option<String>, questions: u64) -> Result<Me, ApiError> {
        let request = use_context::<RequestContext>().ok_or_else(nobody)?;
        let person = request.person.ok_or_else(nobody)?;
        let workspaces: Vec<Workspace> = person
            .workspaces
            .into_iter()
            .map(|workspace| Workspace { id: workspace.tenant, name: workspace.name })
            .collect();
        let here = workspaces.iter().find(|workspace| workspace.id == scope.tenant()).cloned();
        Ok(Me {
            name: person.name,
            role: role(scope.role()),
            workspace: here.ok_or_else(nobody)?,
            workspaces,
            company,
            theme: theme_of_request(),
            demo: request.demo,
            questions,
        })
    }

    fn role(role: Role) -> MyRole {
        match role {
            Role::ReadOnly => MyRole::ReadOnly,
            Role::Staff => MyRole::Staff,
            Role::Owner => MyRole::Owner,
        }
    }
}
