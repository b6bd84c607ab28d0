//! "Sync M to Metakocka": one button over a list that leads to what sending would do (contract §3).

use leptos::prelude::*;

use crate::components::format::Style;
use crate::components::{Button, Icon, IconName, Tooltip};
use crate::i18n::{Locale, language, td_string};

/// What the button says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushState {
    /// So many records can be sent.
    Ready(u64),
    /// A run sends.
    Sending {
        /// Settled so far.
        done: u64,
        /// To settle in all.
        total: u64,
        /// Created so far.
        created: u64,
        /// Updated so far.
        updated: u64,
        /// Failed so far.
        failed: u64,
    },
    /// There is nothing to send.
    Nothing,
}

impl PushState {
    /// The state's name, as `data-state` carries it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ready(_) => "to_send",
            Self::Sending { .. } => "sending",
            Self::Nothing => "nothing_to_send",
        }
    }
}

/// The button.
#[component]
pub fn SyncAllSalesDocumentsButton(
    /// What it says.
    state: PushState,
    /// Where a click leads: to the page that says what would be sent, and asks.
    href: String,
    /// Id for the tooltip's text; must be the only one on the page.
    #[prop(into)]
    id: String,
) -> impl IntoView {
    let lang = language();
    let (words, tip) = (label(lang, state), tooltip(lang, state));
    let (name, described) = (state.name(), id.clone());
    let percent = match state {
        PushState::Sending { done, total, .. } => {
            done.saturating_mul(100).checked_div(total).unwrap_or(0).min(100)
        }
        PushState::Ready(_) | PushState::Nothing => 0,
    };
    let content = match state {
        PushState::Ready(_) => view! {
            <a class="btn" data-push=name href=href aria-describedby=described>
                <Icon name=IconName::Up />
                <span>{words}</span>
            </a>
        }
        .into_any(),
        // Both stay focusable although they do nothing, so that the tooltip can be read with the keyboard.
        PushState::Sending { .. } => view! {
            <Button
                icon=IconName::Running
                spin=true
                attr:aria-disabled="true"
                attr:aria-describedby=described
                attr:data-push=name
                attr:data-progress=percent.to_string()
                attr:style=format!("--p:{percent}%")
            >
                {words}
            </Button>
        }
        .into_any(),
        PushState::Nothing => view! {
            <Button icon=IconName::Up attr:aria-disabled="true" attr:aria-describedby=described attr:data-push=name>
                {words}
            </Button>
        }
        .into_any(),
    };
    view! {
        <Tooltip id=id text=tip end=true>
            {content}
        </Tooltip>
    }
}

fn label(lang: Locale, state: PushState) -> String {
    let style = Style::of(lang);
    match state {
        PushState::Ready(count) => td_string!(lang, push.ready, n = style.count(count)).to_string(),
        PushState::Sending { done, total, .. } => {
            td_string!(lang, push.sending_of, done = style.count(done), total = style.count(total))
                .to_string()
        }
        PushState::Nothing => td_string!(lang, push.nothing).to_owned(),
    }
}

fn tooltip(lang: Locale, state: PushState) -> String {
    let style = Style::of(lang);
    match state {
        PushState::Ready(_) => td_string!(lang, push.ready_tip).to_owned(),
        PushState::Sending { created, updated, failed, .. } => td_string!(
            lang,
            tip.syncing,
            created = style.count(created),
            updated = style.count(updated),
            failed = style.count(failed)
        )
        .to_string(),
        PushState::Nothing => td_string!(lang, push.nothing_tip).to_owned(),
    }
}
