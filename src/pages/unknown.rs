//! A write of which nobody knows what became: what was sent, what could be it in Metakocka, and the two answers.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map};

use super::form::{BackTo, Refusal, use_form};
use super::live::{Live, follow};
use super::signed_in::Who;
use super::trouble::{Absent, Trouble};
use crate::api::error::{ApiError, ErrorCode};
use crate::api::inbox::{SettleUnknown, load_unknown};
use crate::components::format::when;
use crate::components::metakocka::{place_words, places_words, step_name};
use crate::components::{Banner, Button, ButtonKind, IconName, Loading};
use crate::i18n::{language, td_string};
use crate::model::{Candidate, MyRole, Tone, UnknownWrite, When, record_path};

/// How this page answers.
#[derive(Clone, Copy)]
struct Answering {
    action: ServerAction<SettleUnknown>,
    error: Signal<Option<ApiError>>,
    may: bool,
}

/// `/review/unknown/:intent`.
#[component]
pub fn UnknownPage() -> impl IntoView {
    let live = Live::expect();
    let parameters = use_params_map();
    let id = Memo::new(move |_| parameters.with(|map| map.get("intent").unwrap_or_default()));
    let loaded = Resource::new(
        move || (id.try_get().unwrap_or_default(), live.documents.get()),
        |(id, _)| load_unknown(id),
    );
    let form = use_form::<SettleUnknown>("settle-unknown");
    let (action, error) = (form.action, form.error);
    let asked_of = StoredValue::new(String::new());
    let navigate = use_navigate();
    Effect::new(move |_| {
        if action.value().with(|done| matches!(done, Some(Ok(_)))) {
            navigate(&asked_of.get_value(), NavigateOptions::default());
        }
    });
    view! {
        <Transition fallback=Loading>
            {move || {
                let loaded = follow(loaded)?;
                Some(Suspend::new(async move {
                    let may = Who::is().await.is_ok_and(|me| me.role > MyRole::ReadOnly);
                    match loaded.await {
                        Ok(write) => {
                            asked_of.set_value(record_path(write.kind, &write.record));
                            view! { <Shown write=write answering=Answering { action, error, may } /> }.into_any()
                        }
                        Err(error) if error.code == ErrorCode::NotFound => view! { <Settled /> }.into_any(),
                        Err(error) => view! { <Trouble error=error /> }.into_any(),
                    }
                }))
            }}
        </Transition>
    }
}

/// The question is over, or never was.
#[component]
fn Settled() -> impl IntoView {
    let lang = language();
    view! {
        <Absent
            icon=IconName::Check
            title=td_string!(lang, unknown.over)
            body=td_string!(lang, unknown.over_body)
            href="/sales-documents"
            back=td_string!(lang, document.back)
        />
    }
}

#[component]
fn Shown(write: UnknownWrite, answering: Answering) -> impl IntoView {
    let lang = language();
    let title = td_string!(lang, unknown.title, name = write.label.clone()).to_string();
    let href = record_path(write.kind, &write.record);
    let since = when(lang, &write.since);
    let body = write.said.clone().unwrap_or_default();
    let what = if write.creates {
        td_string!(lang, unknown.sent_new, time = since).to_string()
    } else {
        td_string!(lang, unknown.sent_change, time = since).to_string()
    };
    view! {
        <Title text=title.clone() />
        <div class="head">
            <div>
                <p class="crumb">
                    <a href=href>{write.label.clone()}</a>
                    " ›"
                </p>
                <h1>{title}</h1>
            </div>
        </div>
        <Banner tone=Tone::Unknown icon=IconName::Question title=what body=body />
        <div class="cols">
            <div class="stack">
                <Question write=write.clone() answering=answering />
            </div>
            <div class="stack">
                <Sent fields=write.sent />
                <Steps steps=write.steps />
            </div>
        </div>
    }
}

/// What could be it, and the answers.
#[component]
fn Question(write: UnknownWrite, answering: Answering) -> impl IntoView {
    let lang = language();
    let back = record_path(write.kind, &write.record);
    let (id, asks) = (write.id.clone(), write.asks);
    let answers = answering.may && asks;
    let lead = match (asks, write.candidates.len()) {
        (false, _) => td_string!(lang, unknown.by_itself),
        (true, 0) => td_string!(lang, unknown.no_candidate),
        (true, _) => td_string!(lang, unknown.which),
    };
    let looks = (!asks).then_some(write.looks.clone()).flatten();
    let candidates = write.candidates.iter().cloned().map(|one| {
        view! { <Could one=one id=id.clone() back=back.clone() answers=answers answering=answering /> }
    });
    view! {
        <section class="panel pad stack" aria-labelledby="question-title">
            <h2 id="question-title">{td_string!(lang, unknown.question)}</h2>
            <div>
                <Refusal error=answering.error />
                <p>{lead}</p>
            </div>
            {looks.map(|at| view! { <p class="dim">{td_string!(lang, unknown.looks, time = when(lang, &at)).to_string()}</p> })}
            {(!write.candidates.is_empty()).then(|| view! { <ul class="plain stack">{candidates.collect_view()}</ul> })}
            <SendAgain write=write.clone() back=back.clone() answers=answers answering=answering />
            {(!answering.may).then(|| view! { <p class="dim">{td_string!(lang, tip.read_only)}</p> })}
        </section>
    }
}

/// "It is this one".
#[component]
fn Could(one: Candidate, id: String, back: String, answers: bool, answering: Answering) -> impl IntoView {
    let lang = language();
    let number = one.number.clone().unwrap_or_else(|| one.id.clone());
    let differs = if one.differs_in.is_empty() {
        td_string!(lang, unknown.same).to_owned()
    } else {
        td_string!(lang, unknown.differs, what = places_words(&one.differs_in)).to_string()
    };
    let sign = one.marked.then(|| td_string!(lang, unknown.has_sign));
    let candidate = one.id.clone();
    let label = td_string!(lang, unknown.it_is, number = number.clone()).to_string();
    view! {
        <li class="choice" data-candidate=candidate>
            <div>
                <p class="main">{number}</p>
                <p class="small dim">{differs} {sign.map(|sign| format!(" {sign}"))}</p>
            </div>
            {answers
                .then(|| {
                    view! {
                        <ActionForm action=answering.action>
                            <BackTo path=back />
                            <input type="hidden" name="id" value=id />
                            <input type="hidden" name="it_is" value=one.id />
                            <Button kind=ButtonKind::Primary small=true submit=true disabled=answering.action.pending()>
                                {label}
                            </Button>
                        </ActionForm>
                    }
                })}
        </li>
    }
}

/// "It was not stored, send again": only from its time on.
#[component]
fn SendAgain(write: UnknownWrite, back: String, answers: bool, answering: Answering) -> impl IntoView {
    let lang = language();
    if write.asks && !write.may_be_sent_again {
        let from = write.not_stored_from.map(|at| when(lang, &at)).unwrap_or_default();
        return view! { <p class="dim">{td_string!(lang, unknown.not_before, time = from).to_string()}</p> }
            .into_any();
    }
    if !answers {
        return ().into_any();
    }
    view! {
        <div class="stack">
            <p class="small dim">{td_string!(lang, unknown.not_stored_hint)}</p>
            <ActionForm action=answering.action>
                <BackTo path=back />
                <input type="hidden" name="id" value=write.id />
                <Button icon=IconName::Up submit=true disabled=answering.action.pending()>
                    {td_string!(lang, unknown.not_stored)}
                </Button>
            </ActionForm>
        </div>
    }
    .into_any()
}

#[component]
fn Sent(fields: Vec<(String, String)>) -> impl IntoView {
    let lang = language();
    let rows = fields.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| {
        view! {
            <dt>{place_words(&name)}</dt>
            <dd>{value}</dd>
        }
    });
    view! {
        <section class="panel pad stack" aria-labelledby="sent-title">
            <h2 id="sent-title">{td_string!(lang, unknown.sent)}</h2>
            <dl class="kv">{rows.collect_view()}</dl>
        </section>
    }
}

#[component]
fn Steps(steps: Vec<(String, Option<String>, When)>) -> impl IntoView {
    let lang = language();
    let rows = steps.into_iter().map(|(to, said, at)| {
        view! {
            <li>
                <p class="small">
                    <span class="main">{step_name(&to)}</span>
                    " · "
                    <time datetime=at.utc.clone()>{when(lang, &at)}</time>
                </p>
                {said.map(|said| view! { <p class="small dim">{said}</p> })}
            </li>
        }
    });
    view! {
        <section class="panel pad stack" aria-labelledby="steps-title">
            <h2 id="steps-title">{td_string!(lang, unknown.steps)}</h2>
            <ol class="history">{rows.collect_view()}</ol>
        </section>
    }
}
