//! What the server provides to server functions and pages for one request.
//!
//! `server/` puts an [`engine::Engine`] and a [`RequestContext`] into the reactive context of every page and server
//! function; the bodies in `api/` take them only through [`crate::api::signed_in`].

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use engine::access::{Role, TenantScope, UserId};

pub use super::flash::FormFlash;

/// Key of the session under which the signed-in person's id is kept.
pub const SESSION_USER: &str = "user";
/// Key of the session under which the workspace in use is kept.
pub const SESSION_TENANT: &str = "tenant";

/// Who asks, in which workspace, and what their last form came to.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// The workspace in use; none: not signed in.
    pub scope: Option<TenantScope>,
    /// The person; none: not signed in.
    pub person: Option<SignedInPerson>,
    /// The fate of the last plain form, taken out of the session.
    pub flash: Option<FormFlash>,
    /// Whether this is a demo: the style guide is shown and the sign-in page names the demo's person.
    pub demo: bool,
    /// Where the request came from, as far as it is known.
    pub client: Option<IpAddr>,
    /// The instant of the request.
    pub now: jiff::Timestamp,
    /// Gives out the references of the errors of this request.
    pub references: Arc<References>,
}

/// A person as the session knows them.
#[derive(Clone, Debug)]
pub struct SignedInPerson {
    /// Their id.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// `en` or `sl`.
    pub language: String,
    /// Where they are members, by name.
    pub workspaces: Vec<WorkspaceOfPerson>,
}

/// A workspace of which the person is a member.
#[derive(Clone, Debug)]
pub struct WorkspaceOfPerson {
    /// Its id.
    pub tenant: String,
    /// Its name.
    pub name: String,
    /// What the person may do there.
    pub role: Role,
}

/// Gives each error of one request its own reference: the request's id and a number.
#[derive(Debug, Default)]
pub struct References {
    request: String,
    used: AtomicU32,
}

impl References {
    /// References that begin with the request's id, which must be unique in the log.
    #[must_use]
    pub fn new(request: String) -> Self {
        Self { request, used: AtomicU32::new(0) }
    }

    /// One that was not given out before.
    #[must_use]
    pub fn next(&self) -> String {
        let number = self.used.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        format!("{}-{number}", self.request)
    }
}
