//! The state of a record: icon, words, colour, and a tooltip with what else there is to know.

use leptos::prelude::*;
use sync_core::state::SyncState;

use super::state_words::{explanation, label, reason, state_icon, state_tone};
use crate::components::{Icon, Tooltip};
use crate::model::RecordSync;

/// The badge. With `href` it is a link and takes the focus, so that its tooltip can be read with the keyboard.
#[component]
pub fn RecordStateBadge(
    /// The state.
    sync: RecordSync,
    /// Id for the tooltip's text; must be the only one on the page.
    #[prop(into)]
    id: String,
    /// Where the badge leads.
    #[prop(optional, into)]
    href: Option<String>,
    /// Whether the reason stands under the badge.
    #[prop(optional)]
    with_reason: bool,
) -> impl IntoView {
    let why = with_reason.then(|| reason(&sync)).flatten();
    let tip = explanation(&sync);
    let tone = state_tone(sync.state).as_str();
    let (status, because) = sync.state.as_strs();
    let content = move || {
        view! {
            <Icon name=state_icon(sync.state) spin=sync.state == SyncState::Running />
            <span>{label(&sync)}</span>
        }
    };
    let badge = match href {
        Some(href) => view! {
            <a class="state" data-tone=tone data-status=status data-reason=because href=href aria-describedby=id.clone()>
                {content()}
            </a>
        }
        .into_any(),
        None => view! {
            <span class="state" data-tone=tone data-status=status data-reason=because aria-describedby=id.clone() tabindex="0">
                {content()}
            </span>
        }
        .into_any(),
    };
    view! {
        <Tooltip id=id text=tip>
            {badge}
        </Tooltip>
        {why.map(|why| view! { <span class="why">{why}</span> })}
    }
}
