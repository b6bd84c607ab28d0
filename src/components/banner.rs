//! A banner: what happened, what happens next, what can be done.

use leptos::prelude::*;

use super::{Icon, IconName};
use crate::model::Tone;

/// A message over a page or a form. The children are its buttons.
#[component]
pub fn Banner(
    /// Its colour family.
    tone: Tone,
    /// Its icon.
    icon: IconName,
    /// What happened, in one sentence.
    #[prop(into)]
    title: String,
    /// What happens next, or what was kept.
    #[prop(optional, into)]
    body: Option<String>,
    /// The error's reference, in small print.
    #[prop(optional, into)]
    reference: Option<String>,
    /// Buttons and links.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <thaw::MessageBar class="banner" attr:data-tone=tone.as_str()>
            <Icon name=icon />
            <thaw::MessageBarBody>
                <div class="words">
                    <thaw::MessageBarTitle>{title}</thaw::MessageBarTitle>
                    {body.map(|body| view! { <p>{body}</p> })}
                    {reference.filter(|text| !text.is_empty()).map(|text| view! { <p class="fine">{text}</p> })}
                </div>
                {children.map(|children| view! { <div class="acts">{children()}</div> })}
            </thaw::MessageBarBody>
        </thaw::MessageBar>
    }
}
