//! What the last plain form came to: taken over from the server once, for the page that the form led to.

use leptos::prelude::*;

use crate::api::flash::FormFlash;
use crate::model::Notice;

/// The flash of this page load.
#[derive(Clone, Copy, Debug)]
pub struct Flash(StoredValue<Option<FormFlash>>);

impl Flash {
    /// What the server kept; the client reads it out of the page.
    #[must_use]
    pub fn of_request() -> Self {
        Self(StoredValue::new(SharedValue::new(kept).into_inner()))
    }

    /// What to say about a form that worked.
    #[must_use]
    pub fn notice(self) -> Option<Notice> {
        self.0.with_value(|flash| flash.as_ref().and_then(|flash| flash.notice.clone()))
    }

    /// What a form of the page came to, if it was the last one.
    pub(super) fn of_form(form: &str) -> Option<FormFlash> {
        let flash = use_context::<Self>()?;
        let found = flash.0.get_value().filter(|flash| flash.form == form);
        // Shown once: a later visit of the page within the same load starts with an empty form.
        if cfg!(feature = "hydrate") && found.is_some() {
            flash.0.set_value(None);
        }
        found
    }
}

#[cfg(feature = "ssr")]
fn kept() -> Option<FormFlash> {
    use_context::<crate::api::context::RequestContext>().and_then(|request| request.flash)
}

#[cfg(not(feature = "ssr"))]
fn kept() -> Option<FormFlash> {
    None
}
