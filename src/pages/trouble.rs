//! A page whose data could not be loaded.

use leptos::prelude::*;

use super::form::reference;
use crate::api::error::ApiError;
use crate::components::{Banner, IconName};
use crate::i18n::{language, td_string};
use crate::model::Tone;

/// Says what happened and offers to try again.
#[component]
pub(super) fn Trouble(
    /// Why.
    error: ApiError,
) -> impl IntoView {
    let lang = language();
    view! {
        <div role="alert">
            <Banner
                tone=Tone::Bad
                icon=IconName::Stop
                title=td_string!(lang, failed.title)
                body=error.error
                reference=reference(lang, &error.reference)
            >
                <a class="btn" href="" rel="external">
                    {td_string!(lang, common.try_again)}
                </a>
            </Banner>
        </div>
    }
}

/// Sets the status of the page that the server is rendering.
#[cfg(feature = "ssr")]
pub(super) fn answer_not_found() {
    if let Some(answer) = use_context::<leptos_axum::ResponseOptions>() {
        answer.set_status(axum::http::StatusCode::NOT_FOUND);
    }
}

/// The client has nothing to answer.
#[cfg(not(feature = "ssr"))]
pub(super) fn answer_not_found() {}
