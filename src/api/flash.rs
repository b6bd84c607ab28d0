//! What a form hands back: to the browser's script as JSON, without a script as a one-time flash in the session.
//!
//! The agreement with the form layer of `server/`:
//! - a form posts urlencoded to `/_ui/<endpoint>`, with a hidden field [`BACK`] that holds a same-origin path;
//! - every server function that is a form's target answers [`Done`] or an `ApiError`, both as JSON;
//! - for `Accept: text/html` the layer answers 303 to `Done.go`, else to [`BACK`], and keeps a [`FormFlash`]: on success
//!   with the notice, on failure with the error and the typed values, those named in [`SECRETS`] left out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::ApiError;
pub use crate::model::{Notice, NoticeKind};

/// Where server functions live.
pub const PREFIX: &str = "/_ui/";

/// Name of the hidden field with the page to go back to.
pub const BACK: &str = "back";

/// Fields whose values are never kept, logged or filled in again.
pub const SECRETS: [&str; 2] = ["password", "secret"];

/// The fate of the last form that was sent, shown once on the page it leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormFlash {
    /// The form's endpoint: `sign-in`, `save-connection`, …
    pub form: String,
    /// Why it was refused.
    pub error: Option<ApiError>,
    /// What was typed, without secrets.
    pub values: BTreeMap<String, String>,
    /// What to say when it worked.
    pub notice: Option<Notice>,
}

/// What a form's server function answers when it did its work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// What to tell the person, if anything.
    pub notice: Option<Notice>,
    /// Same-origin path to go to; none: stay on the page.
    pub go: Option<String>,
    /// The run that was started or joined.
    pub run: Option<String>,
}

impl Done {
    /// Done, and this is worth a sentence.
    #[must_use]
    pub fn saying(kind: NoticeKind, title: impl Into<String>) -> Self {
        Self { notice: Some(Notice { kind, title: title.into(), body: None }), ..Self::default() }
    }

    /// Done; go there.
    #[must_use]
    pub fn going(path: impl Into<String>) -> Self {
        Self { go: Some(path.into()), ..Self::default() }
    }
}

/// Whether a path leads to a page of ours: one slash, no second one or backslash that a browser would read as a host.
#[cfg(feature = "ssr")]
#[must_use]
pub fn is_local(path: &str) -> bool {
    let mut signs = path.chars();
    signs.next() == Some('/')
        && !matches!(signs.next(), Some('/' | '\\'))
        && !path.chars().any(char::is_control)
        && !path.starts_with(PREFIX)
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_ours_are_followed() {
        for path in ["/", "/sales-documents?page=2#x"] {
            assert!(is_local(path), "{path}");
        }
        for path in
            ["", "//evil", "/\\evil", "https://evil", "/a\r\nSet-Cookie: x", "/\t/evil", "/_ui/sign-out"]
        {
            assert!(!is_local(path), "{path}");
        }
    }
}
