//! A page whose data could not be loaded, or is not there.

use leptos::prelude::*;
use leptos_meta::Title;

use super::form::reference;
use crate::api::error::ApiError;
use crate::components::{Banner, Empty, IconName};
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

/// Says that what the address names is not there, or no longer; answers 404 and shows the way back.
#[component]
pub(super) fn Absent(
    /// Of what it is about.
    icon: IconName,
    /// What is so.
    title: &'static str,
    /// Why, and what can be done.
    body: &'static str,
    /// Where the way back leads.
    href: &'static str,
    /// Its name.
    back: &'static str,
) -> impl IntoView {
    answer_not_found();
    view! {
        <Title text=title />
        <h1 class="sr">{title}</h1>
        <section class="panel">
            <Empty icon=icon title=title body=body>
                <a class="btn" href=href>
                    {back}
                </a>
            </Empty>
        </section>
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
