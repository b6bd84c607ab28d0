//! A document that Metakocka has twice (policy B 8): both side by side, looking again, and "it is a record of its own".

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map};
use sync_core::record::RecordKind;

use super::form::{Back, BackTo, use_form};
use super::live::{Live, follow};
use super::signed_in::Who;
use super::sync_control::announce;
use super::trouble::{Absent, Trouble};
use crate::api::error::ErrorCode;
use crate::api::inbox::{AdoptTwin, LookAtTwin, load_twins};
use crate::components::format::when;
use crate::components::metakocka::{place_words, type_name};
use crate::components::{Banner, Button, IconName, Loading, TypeTag};
use crate::i18n::{language, td_string};
use crate::model::{Duplicate, MyRole, Tone, Twin, Twins, record_path};

/// What can be done about the other one.
#[derive(Clone, Copy)]
struct Deeds {
    look: ServerAction<LookAtTwin>,
    adopt: ServerAction<AdoptTwin>,
    may: bool,
}

/// `/review/duplicate/:kind/:id`.
#[component]
pub fn DuplicatePage() -> impl IntoView {
    let live = Live::expect();
    let parameters = use_params_map();
    let id = Memo::new(move |_| parameters.with(|map| map.get("id").unwrap_or_default()));
    let loaded = Resource::new(
        move || (id.try_get().unwrap_or_default(), live.documents.get()),
        |(id, _)| load_twins(id),
    );
    let (look, adopt) = (use_form::<LookAtTwin>("look-at-twin"), use_form::<AdoptTwin>("adopt-twin"));
    announce(look.error);
    announce(adopt.error);
    let (look, adopt) = (look.action, adopt.action);
    let navigate = use_navigate();
    Effect::new(move |_| {
        if look.value().with(|done| matches!(done, Some(Ok(_)))) {
            live.reload();
        }
        if adopt.value().with(|done| matches!(done, Some(Ok(_)))) {
            let path = record_path(RecordKind::SalesDocument, &id.get_untracked());
            navigate(&path, NavigateOptions::default());
        }
    });
    view! {
        <Transition fallback=Loading>
            {move || {
                let loaded = follow(loaded)?;
                Some(Suspend::new(async move {
                    let may = Who::is().await.is_ok_and(|me| me.role > MyRole::ReadOnly);
                    match loaded.await {
                        Ok(Duplicate::Twins(twins)) => {
                            view! { <Shown twins=twins deeds=Deeds { look, adopt, may } /> }.into_any()
                        }
                        Ok(Duplicate::TwiceHere { sentence, advice }) => {
                            let record = id.try_get_untracked().unwrap_or_default();
                            view! { <TwiceHere record=record sentence=sentence advice=advice /> }.into_any()
                        }
                        Err(error) if error.code == ErrorCode::NotFound => view! { <Over /> }.into_any(),
                        Err(error) => view! { <Trouble error=error /> }.into_any(),
                    }
                }))
            }}
        </Transition>
    }
}

/// One document there that is two records here: a person deletes one of them here.
#[component]
fn TwiceHere(record: String, sentence: String, advice: Option<String>) -> impl IntoView {
    let lang = language();
    let href = record_path(RecordKind::SalesDocument, &record);
    view! {
        <Title text=td_string!(lang, decision.duplicate) />
        <div class="head">
            <h1>{td_string!(lang, decision.duplicate)}</h1>
        </div>
        <Banner tone=Tone::Ask icon=IconName::Decide title=sentence body=advice.unwrap_or_default()>
            <a class="btn" href=href>
                {td_string!(lang, review.open_record)}
            </a>
        </Banner>
    }
}

#[component]
fn Over() -> impl IntoView {
    let lang = language();
    view! {
        <Absent
            icon=IconName::Check
            title=td_string!(lang, twins.over)
            body=td_string!(lang, twins.over_body)
            href="/sales-documents"
            back=td_string!(lang, document.back)
        />
    }
}

#[component]
fn Shown(twins: Twins, deeds: Deeds) -> impl IntoView {
    let lang = language();
    let number = twins.linked.number.clone();
    let title = td_string!(lang, twins.title, number = number.clone()).to_string();
    let record = twins.record.clone();
    let linked = twins.linked.clone();
    let others = twins.others.into_iter().map(|other| {
        view! { <Compared record=record.clone() linked=linked.clone() other=other deeds=deeds /> }
    });
    view! {
        <Title text=title.clone() />
        <div class="head">
            <div>
                <p class="crumb">
                    <a href=record_path(RecordKind::SalesDocument, &twins.record)>{number}</a>
                    " ›"
                </p>
                <h1>{title}</h1>
            </div>
        </div>
        <Banner
            tone=Tone::Ask
            icon=IconName::Decide
            title=td_string!(lang, twins.what)
            body=td_string!(lang, twins.what_next)
        />
        <div class="stack">{others.collect_view()}</div>
    }
}

/// The linked one beside another, with what can be done.
#[component]
fn Compared(record: String, linked: Twin, other: Twin, deeds: Deeds) -> impl IntoView {
    let lang = language();
    let (one, two) = (linked.number.clone(), other.number.clone());
    let rows = other.differs.clone().into_iter().map(|(field, here, there)| {
        view! {
            <tr>
                <th scope="row">{place_words(&field)}</th>
                <td data-label=one.clone()>{or_nothing(here)}</td>
                <td data-label=two.clone()>{or_nothing(there)}</td>
            </tr>
        }
    });
    let same = other.differs.is_empty();
    let compared = td_string!(lang, twins.compared, number = other.number.clone()).to_string();
    let (id, asked) = (other.id.clone(), other.id.clone());
    let back = record_path(RecordKind::SalesDocument, &record);
    view! {
        <section class="panel stack" data-twin=id.clone()>
            <div class="scroll" tabindex="0" role="region" aria-label=compared>
                <table class="cmp">
                    <thead>
                        <tr>
                            <th scope="col">
                                <span class="sr">{td_string!(lang, twins.field)}</span>
                            </th>
                            <th scope="col"><Heading words=td_string!(lang, twins.linked) twin=linked /></th>
                            <th scope="col"><Heading words=td_string!(lang, twins.other) twin=other /></th>
                        </tr>
                    </thead>
                    <tbody>
                        {rows.collect_view()}
                        {same
                            .then(|| {
                                view! {
                                    <tr>
                                        <td colspan="3" class="dim">{td_string!(lang, twins.no_difference)}</td>
                                    </tr>
                                }
                            })}
                    </tbody>
                </table>
            </div>
            {deeds.may.then(|| view! { <Answers record=record other=asked back=back deeds=deeds /> })}
        </section>
    }
}

fn or_nothing(value: String) -> String {
    if value.is_empty() { "—".to_owned() } else { value }
}

#[component]
fn Heading(words: &'static str, twin: Twin) -> impl IntoView {
    let lang = language();
    let read = td_string!(lang, twins.read, time = when(lang, &twin.read)).to_string();
    view! {
        <span class="small dim">{words}</span>
        <br />
        <span class="main">{twin.number}</span>
        " "
        {twin.kind.map(|kind| view! { <TypeTag text=type_name(kind) /> })}
        <br />
        <span class="small dim">{read}</span>
    }
}

#[component]
fn Answers(record: String, other: String, back: String, deeds: Deeds) -> impl IntoView {
    let lang = language();
    let (looked, looked_at) = (record.clone(), other.clone());
    view! {
        <div class="apply">
            <div>
                <p class="small dim">{td_string!(lang, twins.hint)}</p>
            </div>
            <div class="acts">
                <ActionForm action=deeds.look>
                    <Back />
                    <input type="hidden" name="id" value=looked />
                    <input type="hidden" name="other" value=looked_at />
                    <Button icon=IconName::Sync submit=true disabled=deeds.look.pending()>
                        {td_string!(lang, twins.look)}
                    </Button>
                </ActionForm>
                <ActionForm action=deeds.adopt>
                    <BackTo path=back />
                    <input type="hidden" name="id" value=record />
                    <input type="hidden" name="other" value=other />
                    <Button submit=true disabled=deeds.adopt.pending()>
                        {td_string!(lang, twins.adopt)}
                    </Button>
                </ActionForm>
            </div>
        </div>
    }
}
