//! Progress that is real, and the sign that a page is on its way.

use leptos::prelude::*;

use crate::i18n::{language, td_string};

/// A bar.
#[component]
pub fn Progress(
    /// What makes progress, for screen readers.
    #[prop(into)]
    label: String,
    /// How far it is, in percent.
    percent: u64,
) -> impl IntoView {
    view! {
        <div
            class="bar"
            role="progressbar"
            aria-label=label
            aria-valuenow=percent.to_string()
            aria-valuemin="0"
            aria-valuemax="100"
        >
            <i style=format!("--p:{percent}%")></i>
        </div>
    }
}

/// Stands where a page will be, while the browser fetches it.
#[component]
pub fn Loading() -> impl IntoView {
    let lang = language();
    view! {
        <div class="loading">
            <span aria-hidden="true">
                <thaw::Spinner />
            </span>
            <span class="sr">{td_string!(lang, common.loading)}</span>
        </div>
    }
}
