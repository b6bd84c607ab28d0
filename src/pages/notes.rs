//! The internal notes beside a record's form: for people here, never sent.

use leptos::form::ActionForm;
use leptos::prelude::*;
use sync_core::record::RecordKind;

use super::form::{Back, Form, Refusal, use_form, wrong};
use super::live::{Live, follow};
use super::record::first;
use super::signed_in::Who;
use crate::api::notes::{SaveNotes, load_notes};
use crate::components::{Area, Button};
use crate::i18n::{language, td_string};
use crate::model::{InternalNotes, MyRole};

/// The notes of a record; nothing while there is no such record.
#[component]
pub(super) fn Notes(
    /// Of which record.
    kind: RecordKind,
    /// The record.
    id: String,
) -> impl IntoView {
    let live = Live::expect();
    let record = id.clone();
    let loaded = Resource::new(move || live.documents.get(), move |_| load_notes(kind, record.clone()));
    let form = use_form::<SaveNotes>("save-notes");
    let action = form.action;
    Effect::new(move |_| {
        if action.value().with(|done| matches!(done, Some(Ok(_)))) {
            live.reload();
        }
    });
    view! {
        <Transition>
            {move || {
                let (loaded, form, id) = (follow(loaded)?, form.clone(), id.clone());
                Some(Suspend::new(async move {
                    let may = Who::is().await.is_ok_and(|me| me.role > MyRole::ReadOnly);
                    loaded
                        .await
                        .ok()
                        .map(|notes| view! { <Shown kind=kind id=id notes=notes form=form may=may /> })
                }))
            }}
        </Transition>
    }
}

#[component]
fn Shown(
    kind: RecordKind,
    id: String,
    notes: InternalNotes,
    form: Form<SaveNotes>,
    may: bool,
) -> impl IntoView {
    let lang = language();
    let Form { action, error, typed } = form;
    let body = if may {
        view! {
            <ActionForm action=action attr:class="form">
                <Back />
                <Refusal error=error />
                <input type="hidden" name="kind" value=kind.as_str() />
                <input type="hidden" name="id" value=id />
                <input type="hidden" name="revision" value=notes.revision.to_string() />
                <Area
                    label=td_string!(lang, record.internal_hint)
                    name="notes"
                    value=first(&typed, "notes", &notes.text)
                    error=wrong(error, "notes")
                />
                <div class="form-acts">
                    <Button small=true submit=true disabled=action.pending()>
                        {td_string!(lang, record.keep_notes)}
                    </Button>
                </div>
            </ActionForm>
        }
        .into_any()
    } else {
        let rows = notes.text.lines().map(|line| view! { <p>{line.to_owned()}</p> }).collect_view();
        view! { <div>{rows}</div> }.into_any()
    };
    view! {
        <section class="panel pad stack" aria-labelledby="internal-title">
            <h2 id="internal-title">{td_string!(lang, record.internal_notes)}</h2>
            {body}
        </section>
    }
}
