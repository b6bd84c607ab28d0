//! What the pages of all records share: what blocks sending, the history, deleting, and that there is none.

use leptos::form::ActionForm;
use leptos::prelude::*;
use sync_core::record::RecordKind;
use sync_core::state::{Review, SyncState};

use super::form::{Back, Refusal, use_form};
use super::live::follow;
use super::trouble::{Absent, Trouble};
use crate::api::records::{DeleteRecord, load_history};
use crate::components::format::when;
use crate::components::{Button, ButtonKind, IconName, Loading};
use crate::i18n::{language, td_string};
use crate::model::{Happening, RecordRef, list_path, question_path};

/// The head of a record's page: the way back to its list, and its name.
#[component]
pub(super) fn Head(
    /// Address of the list.
    list: &'static str,
    /// Its name.
    title: &'static str,
    /// The record's.
    name: String,
) -> impl IntoView {
    view! {
        <div class="head">
            <div>
                <p class="crumb">
                    <a href=list>{title}</a>
                    " ›"
                </p>
                <h1>{name}</h1>
            </div>
        </div>
    }
}

/// The end of a record's form: saving, or that this role only looks.
#[component]
pub(super) fn Save(may_edit: bool) -> impl IntoView {
    let lang = language();
    if !may_edit {
        return view! { <p class="dim">{td_string!(lang, record.only_look)}</p> }.into_any();
    }
    view! {
        <div class="form-acts">
            <Button kind=ButtonKind::Primary submit=true>
                {td_string!(lang, common.save)}
            </Button>
        </div>
    }
    .into_any()
}

/// Leads to the question about a record, where there is one.
#[component]
pub(super) fn Decide(kind: RecordKind, id: String, state: SyncState) -> impl IntoView {
    let lang = language();
    let SyncState::NeedsReview(review) = state else { return None };
    // Which of the candidates it is has a page of its own, which the sync section leads to.
    if review == Review::Candidates {
        return None;
    }
    let path = move || question_path(kind, &id, review);
    Some(view! {
        <a class="btn" data-size="small" data-kind="ask" href=path>
            {td_string!(lang, review.decide)}
        </a>
    })
}

/// Why a record can't be sent as it is; nothing when it can.
#[component]
pub(super) fn Blocking(reasons: Vec<(String, String)>) -> impl IntoView {
    let lang = language();
    (!reasons.is_empty()).then(|| {
        let reasons = reasons.into_iter().map(|(sentence, remedy)| {
            view! {
                <li>
                    {sentence} " " <span class="dim">{remedy}</span>
                </li>
            }
        });
        view! {
            <section class="panel pad stack" aria-labelledby="blocking-title">
                <h2 id="blocking-title">{td_string!(lang, record.blocking)}</h2>
                <ul class="plain">{reasons.collect_view()}</ul>
            </section>
        }
    })
}

/// What happened to a record.
#[component]
pub(super) fn History(record: RecordRef) -> impl IntoView {
    let lang = language();
    let base = record.kind.parse().map(|kind| format!("{}/{}", list_path(kind), record.id));
    let base = base.unwrap_or_default();
    let loaded = Resource::new(move || record.clone(), |record| load_history(record.kind, record.id));
    view! {
        <section class="panel pad stack" aria-labelledby="history-title">
            <h2 id="history-title">{td_string!(lang, record.history)}</h2>
            <Transition fallback=Loading>
                {move || {
                    let (loaded, base) = (follow(loaded)?, base.clone());
                    Some(Suspend::new(async move {
                        match loaded.await {
                            Ok(all) if all.is_empty() => {
                                view! { <p class="dim">{td_string!(lang, record.no_history)}</p> }.into_any()
                            }
                            Ok(all) => {
                                // Of what was before it was erased nothing is known.
                                let erased = all.iter().find(|one| one.deed == "erased").and_then(|one| one.revision);
                                view! {
                                    <ol class="history">
                                        {all
                                            .into_iter()
                                            .map(|one| view! { <Happened one=without_past(one, erased) base=base.clone() /> })
                                            .collect_view()}
                                    </ol>
                                }
                                    .into_any()
                            }
                            Err(error) => view! { <Trouble error=error /> }.into_any(),
                        }
                    }))
                }}
            </Transition>
        </section>
    }
}

/// What happened, without the way to a state that was erased.
fn without_past(one: Happening, erased: Option<i64>) -> Happening {
    let revision = one.revision.filter(|revision| erased.is_none_or(|erased| *revision >= erased));
    Happening { revision, ..one }
}

/// What happened, in a word.
pub(super) fn deed_words(deed: &str) -> &'static str {
    let lang = language();
    match deed {
        "created" => td_string!(lang, record.created),
        "deleted" => td_string!(lang, record.was_deleted),
        "restored" => td_string!(lang, record.restored),
        "merged" => td_string!(lang, record.merged),
        "absorbed" => td_string!(lang, record.absorbed),
        "erased" => td_string!(lang, record.was_erased),
        _ => td_string!(lang, record.changed),
    }
}

#[component]
fn Happened(one: Happening, base: String) -> impl IntoView {
    let lang = language();
    let deed = deed_words(&one.deed);
    let by = match (one.there, one.by) {
        (true, _) => td_string!(lang, record.metakocka).to_owned(),
        (false, Some(name)) => name,
        (false, None) => td_string!(lang, record.application).to_owned(),
    };
    let past = one.revision.map(|revision| {
        let href = format!("{base}/history/{revision}");
        view! {
            " · "
            <a href=href>{td_string!(lang, record.as_then)}</a>
        }
    });
    let nothing = td_string!(lang, record.nothing);
    let shown = move |text: String| if text.is_empty() { nothing.to_owned() } else { text };
    let changes = one.changes.into_iter().map(move |(field, from, to)| {
        view! {
            <li>
                <span class="main">{field}</span>
                ": "
                <del>{shown(from)}</del>
                " → "
                <ins>{shown(to)}</ins>
            </li>
        }
    });
    view! {
        <li>
            <p class="small">
                <span class="main">{deed}</span>
                " · "
                {by}
                " · "
                <time datetime=one.at.utc.clone()>{when(lang, &one.at)}</time>
                {past}
            </p>
            <ul class="plain small">{changes.collect_view()}</ul>
        </li>
    }
}

/// The form that deletes a record here.
#[component]
pub(super) fn Delete(record: RecordRef, revision: i64) -> impl IntoView {
    let lang = language();
    let form = use_form::<DeleteRecord>("delete-record");
    view! {
        <section class="panel pad">
            <ActionForm action=form.action attr:class="form">
                <Back />
                <Refusal error=form.error />
                <input type="hidden" name="kind" value=record.kind />
                <input type="hidden" name="id" value=record.id />
                <input type="hidden" name="revision" value=revision.to_string() />
                <p class="dim small">{td_string!(lang, record.delete_hint)}</p>
                <div class="form-acts">
                    <Button kind=ButtonKind::Bad submit=true>
                        {td_string!(lang, record.delete)}
                    </Button>
                </div>
            </ActionForm>
        </section>
    }
}

/// A record that does not exist, or not here.
#[component]
pub(super) fn Missing(
    /// Path of the list.
    list: &'static str,
    /// Its name.
    name: &'static str,
) -> impl IntoView {
    let lang = language();
    view! {
        <Absent
            icon=IconName::Document
            title=td_string!(lang, record.not_found)
            body=td_string!(lang, record.not_found_body)
            href=list
            back=name
        />
    }
}

/// What stands in a field at first: what was typed before, when a plain form was refused, else what is stored.
pub(super) fn first(typed: &crate::api::flash::FormFlash, name: &str, stored: &str) -> String {
    typed.values.get(name).cloned().unwrap_or_else(|| stored.to_owned())
}

/// Whether a box is ticked at first: a plain form that was refused does not send what is not ticked.
pub(super) fn ticked(typed: &crate::api::flash::FormFlash, name: &str, stored: bool) -> bool {
    if typed.values.is_empty() { stored } else { typed.values.contains_key(name) }
}
