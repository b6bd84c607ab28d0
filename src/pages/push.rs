//! Sending to Metakocka from a page: one record, and everything of a list.

use leptos::form::ActionForm;
use leptos::prelude::*;
use sync_core::record::RecordKind;
use sync_core::state::SyncState;

use super::form::{Back, Form, use_form};
use super::live::{Live, follow};
use super::sync_control::announce;
use crate::api::error::ApiError;
use crate::api::push::{PushRecord, load_push_button};
use crate::components::metakocka::{PushState, SyncAllSalesDocumentsButton};
use crate::components::{Button, ButtonKind, IconName};
use crate::i18n::{language, td_string};
use crate::model::{PlanWay, PushButton, Run, Sending, list_path, new_plan_path};

/// Id of the form whose buttons stand in the rows of a list.
pub(super) const ROWS_FORM: &str = "push-one";

/// The form that sends one record. It belongs to the page: what it is drawn in is drawn anew when the record changes.
pub(super) fn use_push() -> Form<PushRecord> {
    let live = Live::expect();
    let form = use_form::<PushRecord>("push-record");
    announce(form.error);
    let action = form.action;
    // What came of it is said by the form's notice; the run's own toast would say it twice.
    Effect::new(move |_| {
        if action.value().with(|done| matches!(done, Some(Ok(_)))) {
            live.reload();
        }
    });
    form
}

/// Whether this page sends the record now.
pub(super) fn is_sending(action: ServerAction<PushRecord>, id: String) -> Signal<bool> {
    Signal::derive(move || {
        action.pending().get()
            && action.input().with(|asked| asked.as_ref().is_some_and(|asked| asked.id == id))
    })
}

/// The form of the buttons in a list's rows.
#[component]
pub(super) fn RowsForm(
    /// Of which records.
    kind: RecordKind,
    /// Sends one.
    action: ServerAction<PushRecord>,
) -> impl IntoView {
    view! {
        <ActionForm action=action attr:id=ROWS_FORM>
            <Back />
            <input type="hidden" name="kind" value=kind.as_str() />
        </ActionForm>
    }
}

/// "Send to Metakocka" or "Try again", where one of them does something.
#[component]
pub(super) fn SendOne(
    /// Of which records.
    kind: RecordKind,
    /// The record.
    id: String,
    /// How it stands.
    state: SyncState,
    /// Sends it.
    action: ServerAction<PushRecord>,
) -> impl IntoView {
    let lang = language();
    let sending = is_sending(action, id.clone());
    Sending::offered(kind, state).map(|offered| {
        let again = offered == Sending::Again;
        let words = if again { td_string!(lang, common.try_again) } else { td_string!(lang, push.send) };
        let look = if kind == RecordKind::SalesDocument { ButtonKind::Primary } else { ButtonKind::Plain };
        view! {
            <ActionForm action=action>
                <Back />
                <input type="hidden" name="kind" value=kind.as_str() />
                <input type="hidden" name="id" value=id />
                {again.then(|| view! { <input type="hidden" name="again" value="true" /> })}
                <Button kind=look small=true icon=IconName::Up submit=true disabled=sending>
                    {move || if sending.get() { td_string!(lang, push.sending) } else { words }}
                </Button>
            </ActionForm>
        }
    })
}

/// "Sync M to Metakocka" as the server says it, with the number of the reading.
pub(super) type PushResource = Resource<(u32, Result<Option<PushButton>, ApiError>)>;

/// Reads it, and again whenever an event says so.
pub(super) fn use_push_button(kind: RecordKind) -> PushResource {
    let live = Live::expect();
    Resource::new(
        move || (live.button.get(), live.documents.get()),
        move |(reading, _)| async move { (reading, load_push_button(kind).await) },
    )
}

/// "Sync M to Metakocka" over a list; nothing for somebody who may not send.
#[component]
pub(super) fn SyncAll(
    /// Of which records.
    kind: RecordKind,
) -> impl IntoView {
    let button = use_push_button(kind);
    view! {
        <Transition>
            {move || {
                let button = follow(button)?;
                Some(Suspend::new(async move {
                    let (reading, button) = button.await;
                    let button = button.ok().flatten()?;
                    Some(view! { <Current kind=kind reading=reading button=button /> })
                }))
            }}
        </Transition>
    }
}

/// What the events say goes before what was read.
#[component]
fn Current(kind: RecordKind, reading: u32, button: PushButton) -> impl IntoView {
    let live = Live::expect();
    move || {
        let state = match live.over(kind, reading).or_else(|| button.sending.clone()) {
            Some(run) if run.pushes && run.total > 0 => sending(&run),
            _ if button.ready > 0 => PushState::Ready(button.ready),
            _ => PushState::Nothing,
        };
        let href = format!("{}/send", list_path(kind));
        view! {
            <SyncAllSalesDocumentsButton state=state href=href id="push-button-tip" />
            <a class="btn" data-kind="quiet" href=new_plan_path(kind, PlanWay::To)>
                {td_string!(language(), plan.preview)}
            </a>
        }
    }
}

fn sending(run: &Run) -> PushState {
    PushState::Sending {
        done: run.done(),
        total: run.total,
        created: run.created,
        updated: run.updated,
        failed: run.failed,
    }
}
