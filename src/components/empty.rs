//! What a list says when it has no rows: what the page is for, and the one next step.

use leptos::prelude::*;

use super::{Icon, IconName};

/// An empty state. The children are the next step.
#[component]
pub fn Empty(
    /// Its icon.
    icon: IconName,
    /// What is missing.
    #[prop(into)]
    title: String,
    /// What the page is for, or what to change.
    #[prop(into)]
    body: String,
    /// The next step.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <Icon name=icon />
            <h2>{title}</h2>
            <p>{body}</p>
            {children.map(|children| children())}
        </div>
    }
}
