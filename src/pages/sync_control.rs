//! "Sync from Metakocka" on a page: reads its state, follows the run, starts what it says.

use leptos::form::ActionForm;
use leptos::prelude::*;
use sync_core::record::RecordKind;
use sync_core::state::Click;

use super::form::{Back, use_form};
use super::live::{Deed, Live, follow};
use crate::api::error::ApiError;
use crate::api::sync::{SyncDeed, SyncFromMetakocka, load_sync_button};
use crate::components::metakocka::SyncFromMetakockaButton;
use crate::components::{Toast, Toaster};
use crate::i18n::{language, td_string};
use crate::model::{ButtonState, Notice, NoticeKind, Run, SyncButton};

/// The button's state, read from the server, with the number of the reading.
pub(super) type ButtonResource = Resource<(u32, Result<SyncButton, ApiError>)>;

/// Reads the button of a kind, and again whenever an event says so.
pub(super) fn use_button(kind: RecordKind) -> ButtonResource {
    let live = Live::expect();
    Resource::new(
        move || live.button.get(),
        move |reading| async move { (reading, load_sync_button(kind).await) },
    )
}

/// The button in its form.
#[component]
pub(super) fn SyncControl(
    /// Its state.
    button: ButtonResource,
    /// What it brings.
    kind: RecordKind,
) -> impl IntoView {
    let live = Live::expect();
    let form = use_form::<SyncFromMetakocka>("sync-from-metakocka");
    let action = form.action;
    announce(form.error);
    let last = StoredValue::new(SyncDeed::Look);
    Effect::new(move |_| {
        if let Some(asked) = action.input().get() {
            last.set_value(asked.deed);
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(done)) = action.value().get()
            && let Some(run) = done.run
        {
            live.started(run, Deed::From(last.get_value(), kind));
        }
    });
    view! {
        <div class="primary">
            <ActionForm action=action>
                <Back />
                <Transition>
                    {move || {
                        let button = follow(button)?;
                        Some(Suspend::new(async move {
                            let (reading, button) = button.await;
                            button
                                .ok()
                                .map(|button| {
                                    view! { <Current button=button reading=reading live=live kind=kind /> }
                                })
                        }))
                    }}
                </Transition>
            </ActionForm>
        </div>
    }
}

/// What the events say goes before what was read.
#[component]
fn Current(button: SyncButton, reading: u32, live: Live, kind: RecordKind) -> impl IntoView {
    move || {
        let shown = live.over(kind, reading).map_or_else(|| button.clone(), |run| during(&button, &run));
        let deed = if shown.click == Click::Pull { SyncDeed::Pull } else { SyncDeed::Look };
        view! {
            <input type="hidden" name="deed" value=deed.as_str() />
            <input type="hidden" name="kind" value=kind.as_str() />
            <SyncFromMetakockaButton button=shown kind=kind id="sync-button-tip" />
        }
    }
}

/// The button while a run works.
fn during(button: &SyncButton, run: &Run) -> SyncButton {
    let state = if (run.pulls || run.pushes) && run.total > 0 {
        ButtonState::Syncing {
            run: run.id.clone(),
            done: run.done(),
            total: run.total,
            created: run.created,
            updated: run.updated,
            failed: run.failed,
        }
    } else {
        match &button.state {
            looking @ ButtonState::Looking { .. } => looking.clone(),
            _ => ButtonState::Looking { since: None },
        }
    };
    SyncButton { state, click: Click::None, ..button.clone() }
}

/// A refusal of a form that has no place of its own for it becomes a toast.
pub(super) fn announce(error: Signal<Option<ApiError>>) {
    let lang = language();
    let toaster = Toaster::expect();
    let show = move |error: ApiError| {
        let title = td_string!(lang, common.did_not_work).to_owned();
        toaster.show(Toast::from(Notice { kind: NoticeKind::Failed, title, body: Some(error.error) }));
    };
    // What a plain form came to is part of the page that the server sends.
    if let Some(error) = error.get_untracked() {
        show(error);
    }
    Effect::new(move |before: Option<Option<ApiError>>| {
        let now = error.get();
        if let (Some(before), Some(error)) = (before, &now)
            && before.as_ref() != Some(error)
        {
            show(error.clone());
        }
        now
    });
}
