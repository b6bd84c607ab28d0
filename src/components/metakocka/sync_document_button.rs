//! Beside each record of a list: its state, and what a click does about it (contract §3).

use leptos::prelude::*;
use sync_core::state::SyncState;

use super::RecordStateBadge;
use super::state_words::{explanation, label, reason, state_icon, state_tone};
use crate::components::{Icon, IconName, Tooltip};
use crate::i18n::{language, td_string};
use crate::model::{RecordSync, sends_at_once};

/// The state with its icon and tooltip. A click sends the record when it can be sent, else it opens the section of its
/// page that says how it stands.
#[component]
pub fn SyncSalesDocumentButton(
    /// The state.
    sync: RecordSync,
    /// The record.
    record: String,
    /// Address of its page.
    href: String,
    /// Id of the form that sends; none: this person only looks.
    form: Option<&'static str>,
    /// Whether it is being sent from this page.
    #[prop(into)]
    sending: Signal<bool>,
) -> impl IntoView {
    let tip = format!("sync-{record}");
    let section = href + "#sync";
    match form.filter(|_| sends_at_once(sync.state)) {
        Some(form) => {
            view! { <Press sync=sync record=record form=form tip=tip sending=sending /> }.into_any()
        }
        None => view! { <RecordStateBadge sync=sync id=tip href=section with_reason=true /> }.into_any(),
    }
}

#[component]
fn Press(
    sync: RecordSync,
    record: String,
    form: &'static str,
    tip: String,
    sending: Signal<bool>,
) -> impl IntoView {
    let lang = language();
    let words = label(&sync);
    let why = reason(&sync);
    let (status, because) = sync.state.as_strs();
    let explained = format!("{} · {}", td_string!(lang, push.press), explanation(&sync));
    let icon = state_icon(sync.state);
    view! {
        <Tooltip id=tip.clone() text=explained>
            <button
                type="submit"
                class="state"
                form=form
                name="id"
                value=record
                data-tone=state_tone(sync.state).as_str()
                data-status=status
                data-reason=because
                aria-describedby=tip
                aria-disabled=move || sending.get().then_some("true")
            >
                {move || {
                    if sending.get() {
                        view! { <Icon name=IconName::Running spin=true /> }
                    } else {
                        view! { <Icon name=icon spin=sync.state == SyncState::Running /> }
                    }
                }}
                <span>
                    {move || {
                        if sending.get() { td_string!(lang, push.sending).to_owned() } else { words.clone() }
                    }}
                </span>
            </button>
        </Tooltip>
        {why.map(|why| view! { <span class="why">{why}</span> })}
    }
}
