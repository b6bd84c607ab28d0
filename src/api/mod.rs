//! Server functions and the errors and forms around them. Bodies of about ten lines: authorise, call the engine,
//! translate into `model`.
//!
//! To add one: a file per aggregate, `#[server(endpoint = "…")]`, and [`signed_in`] first. A function never sets a
//! status; the form layer of `server/` derives it from the error's code.

pub mod connection;
#[cfg(feature = "ssr")]
pub mod context;
pub mod document_form;
pub mod documents;
pub mod erase;
pub mod error;
pub mod flash;
pub mod inbox;
pub mod log;
pub mod matching;
pub mod notes;
pub mod parties;
pub mod plans;
pub mod preferences;
pub mod push;
pub mod records;
pub mod review;
#[cfg(feature = "ssr")]
mod review_value;
pub mod runs;
pub mod session;
#[cfg(feature = "ssr")]
pub mod sign_in_limits;
pub mod sync;
#[cfg(feature = "ssr")]
mod translate;

#[cfg(feature = "ssr")]
pub use authorise::signed_in;

#[cfg(feature = "ssr")]
mod authorise {
    use engine::Engine;
    use engine::access::TenantScope;
    use leptos::prelude::use_context;

    use super::context::RequestContext;
    use super::error::{ApiError, ErrorCode};

    /// The engine and the workspace of the person who asks: the only way in which a server function authorises.
    pub async fn signed_in() -> Result<(Engine, TenantScope), ApiError> {
        let scope = use_context::<RequestContext>().and_then(|request| request.scope);
        match (use_context::<Engine>(), scope) {
            (Some(engine), Some(scope)) => Ok((engine, scope)),
            _ => Err(ApiError::plain(ErrorCode::NotSignedIn, "Sign in first.")),
        }
    }
}
