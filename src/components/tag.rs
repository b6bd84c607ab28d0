//! The small label with a document's type.

use leptos::prelude::*;

/// A label that names a type.
#[component]
pub fn TypeTag(
    /// The words.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! { <thaw::Tag class="tag">{text}</thaw::Tag> }
}
