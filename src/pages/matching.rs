//! Settings › Metakocka › Matching: what a confirmation will do, said before it happens, and what is to be decided.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use sync_core::record::RecordKind;

use super::form::{Back, Refusal, use_form};
use super::live::{Deed, Live, follow};
use super::signed_in::Who;
use super::trouble::Trouble;
use crate::api::matching::{ConfirmMatching, LookToMatch, load_matching};
use crate::api::sync::SyncDeed;
use crate::components::format::{Style, when};
use crate::components::metakocka::key_words;
use crate::components::{Banner, Button, ButtonKind, Empty, Icon, IconName, Loading};
use crate::i18n::{language, td_string};
use crate::model::{
    KindMatching, MatchBrief, MatchClass, MatchSample, MatchSide, MatchingPage as Found, MatchingState,
    MyRole, Tone, match_path,
};

/// Path of the page.
pub(super) const PATH: &str = "/settings/metakocka/matching";

/// `/settings/metakocka/matching`.
#[component]
pub fn MatchingPage() -> impl IntoView {
    let lang = language();
    let live = Live::expect();
    let look = use_form::<LookToMatch>("look-to-match");
    let confirm = use_form::<ConfirmMatching>("confirm-matching");
    let (looks, confirms) = (look.action, confirm.action);
    Effect::new(move |_| {
        if let Some(Ok(done)) = looks.value().get()
            && let Some(run) = done.run
        {
            live.started(run, Deed::From(SyncDeed::Look, RecordKind::SalesDocument));
        }
    });
    let version = move || (live.button.get(), live.documents.get(), confirms.version().get());
    let loaded = Resource::new(version, |_| load_matching());
    let error = Signal::derive(move || confirm.error.get().or_else(|| look.error.get()));
    view! {
        <Title text=td_string!(lang, matching.title) />
        <div class="head">
            <div>
                <p class="crumb">
                    <a href="/settings/metakocka">{td_string!(lang, settings.title)}</a>
                    " ›"
                </p>
                <h1>{td_string!(lang, matching.title)}</h1>
                <p class="sub">{td_string!(lang, matching.lead)}</p>
            </div>
        </div>
        <Refusal error=error />
        <Transition fallback=Loading>
            {move || {
                let loaded = follow(loaded)?;
                Some(Suspend::new(async move {
                    let role = Who::is().await.map_or(MyRole::ReadOnly, |me| me.role);
                    match loaded.await {
                        Ok(Some(found)) => {
                            view! { <Shown found=found role=role looks=looks confirms=confirms /> }.into_any()
                        }
                        Ok(None) => view! { <NotConnected /> }.into_any(),
                        Err(error) => view! { <Trouble error=error /> }.into_any(),
                    }
                }))
            }}
        </Transition>
    }
}

#[component]
fn NotConnected() -> impl IntoView {
    let lang = language();
    view! {
        <section class="panel">
            <Empty
                icon=IconName::Plus
                title=td_string!(lang, settings.none)
                body=td_string!(lang, tip.not_connected)
            >
                <a class="btn" href="/settings/metakocka">
                    {td_string!(lang, button.not_connected)}
                </a>
            </Empty>
        </section>
    }
}

#[component]
fn Shown(
    found: Found,
    role: MyRole,
    looks: ServerAction<LookToMatch>,
    confirms: ServerAction<ConfirmMatching>,
) -> impl IntoView {
    let Found { kinds, looking, questions } = found;
    let not_looked = kinds.iter().any(|kind| kind.state == MatchingState::NotLooked);
    let shown = kinds.into_iter().map(|kind| {
        view! { <Kind found=kind role=role confirms=confirms /> }
    });
    view! {
        <div class="stack narrow">
            {(not_looked || looking).then(|| view! { <Look looking=looking role=role action=looks /> })}
            <Questions questions=questions />
            {shown.collect_view()}
        </div>
    }
}

/// What there is to match is not known before somebody has looked.
#[component]
fn Look(looking: bool, role: MyRole, action: ServerAction<LookToMatch>) -> impl IntoView {
    let lang = language();
    let pending = action.pending();
    if looking {
        return view! {
            <Banner
                tone=Tone::Wait
                icon=IconName::Sync
                title=td_string!(lang, matching.looking)
                body=td_string!(lang, matching.looking_body)
            />
        }
        .into_any();
    }
    let may_look = role >= MyRole::Staff;
    view! {
        <Banner
            tone=Tone::Ask
            icon=IconName::Merge
            title=td_string!(lang, matching.not_looked)
            body=td_string!(lang, matching.not_looked_body)
        >
            {may_look
                .then(|| {
                    view! {
                        <ActionForm action=action>
                            <Back />
                            // Only a page without a script has this field, and waits for the end.
                            <noscript inner_html="<input type=\"hidden\" name=\"wait\" value=\"true\">"></noscript>
                            <Button kind=ButtonKind::Primary icon=IconName::Sync submit=true disabled=pending>
                                {td_string!(lang, matching.look)}
                            </Button>
                        </ActionForm>
                    }
                })}
        </Banner>
    }
    .into_any()
}

/// Records that somebody has to decide about.
#[component]
fn Questions(questions: Vec<MatchBrief>) -> impl IntoView {
    let lang = language();
    let style = Style::of(lang);
    (!questions.is_empty()).then(|| {
        let count = questions.len() as u64;
        let title = td_string!(lang, matching.questions, count = count, n = style.count(count)).to_string();
        let rows = questions.into_iter().map(|one| {
            let note = if one.is_linked {
                td_string!(lang, matching.twin).to_owned()
            } else {
                let n = style.count(one.candidates);
                td_string!(lang, matching.could_be, count = one.candidates, n = n).to_string()
            };
            view! {
                <li class="match-row">
                    <Side side=one.record.clone() />
                    <a class="btn" data-size="small" data-kind="ask" href=match_path(one.kind, &one.record.id)>
                        <Icon name=IconName::Merge />
                        <span>{note}</span>
                    </a>
                </li>
            }
        });
        view! {
            <section class="panel pad stack" aria-labelledby="questions-title">
                <h2 id="questions-title">{title}</h2>
                <ul class="plain match-list">{rows.collect_view()}</ul>
            </section>
        }
    })
}

/// The name of a kind.
pub(super) fn kind_name(kind: RecordKind) -> &'static str {
    let lang = language();
    match kind {
        RecordKind::Contact => td_string!(lang, parties.contacts),
        RecordKind::Product => td_string!(lang, parties.products),
        RecordKind::SalesDocument => td_string!(lang, documents.title),
    }
}

#[component]
fn Kind(found: KindMatching, role: MyRole, confirms: ServerAction<ConfirmMatching>) -> impl IntoView {
    let lang = language();
    let (kind, state) = (found.kind, found.state);
    let id = format!("matching-{}", kind.as_str());
    let titled = id.clone();
    let (tone, icon, words) = match state {
        MatchingState::Confirmed => {
            (Tone::Ok, IconName::Check, td_string!(lang, matching.confirmed).to_owned())
        }
        MatchingState::ToConfirm => {
            (Tone::Ask, IconName::Merge, td_string!(lang, matching.to_confirm).to_owned())
        }
        MatchingState::NotLooked => {
            (Tone::Wait, IconName::Clock, td_string!(lang, matching.waits_for_look).to_owned())
        }
    };
    let since = found.confirmed_at.as_ref().map(|at| when(lang, at));
    let classes = (state == MatchingState::ToConfirm).then(|| view! { <Classes found=found.clone() /> });
    view! {
        <section class="panel pad stack" aria-labelledby=titled data-kind=kind.as_str() data-state=state_of(state)>
            <div class="match-head">
                <h2 id=id>{kind_name(kind)}</h2>
                <p>
                    <span class="state" data-tone=tone.as_str()>
                        <Icon name=icon />
                        <span>{words}</span>
                    </span>
                    {since.map(|since| view! { " " <span class="small dim">{since}</span> })}
                </p>
            </div>
            {classes}
            {(state == MatchingState::ToConfirm)
                .then(|| view! { <Confirm found=found role=role action=confirms /> })}
        </section>
    }
}

fn state_of(state: MatchingState) -> &'static str {
    match state {
        MatchingState::NotLooked => "not_looked",
        MatchingState::ToConfirm => "to_confirm",
        MatchingState::Confirmed => "confirmed",
    }
}

/// The four classes with what will happen to each.
#[component]
fn Classes(found: KindMatching) -> impl IntoView {
    let lang = language();
    let style = Style::of(lang);
    let only_here = match found.kind {
        RecordKind::Contact => td_string!(lang, matching.only_here_contact),
        _ => td_string!(lang, matching.only_here_will),
    };
    let differing = (found.differing > 0).then(|| {
        let n = style.count(found.differing);
        td_string!(lang, matching.differing, count = found.differing, n = n).to_string()
    });
    let certain = match differing {
        Some(differing) => format!("{} {differing}", td_string!(lang, matching.certain_will)),
        None => td_string!(lang, matching.certain_will).to_owned(),
    };
    view! {
        <div class="classes">
            <Class name="certain" title=td_string!(lang, matching.certain) will=certain class=found.certain />
            <Class
                name="candidates"
                title=td_string!(lang, matching.candidates)
                will=td_string!(lang, matching.candidates_will).to_owned()
                class=found.candidates
            />
            <Class
                name="only_here"
                title=td_string!(lang, matching.only_here)
                will=only_here.to_owned()
                class=found.only_here
            />
            <Class
                name="only_there"
                title=td_string!(lang, matching.only_there)
                will=td_string!(lang, matching.only_there_will).to_owned()
                class=found.only_there
            />
        </div>
    }
}

#[component]
fn Class(name: &'static str, title: &'static str, will: String, class: MatchClass) -> impl IntoView {
    let lang = language();
    let style = Style::of(lang);
    let MatchClass { count, samples } = class;
    let shown = samples.into_iter().map(|sample| view! { <Sample sample=sample /> }).collect_view();
    view! {
        <div class="class" data-class=name>
            <p class="class-head">
                <b class="num">{style.count(count)}</b>
                " "
                <span>{title}</span>
            </p>
            <p class="small dim">{will}</p>
            {(count > 0)
                .then(|| {
                    view! {
                        <details>
                            <summary>{td_string!(lang, matching.examples)}</summary>
                            <ul class="plain match-list">{shown}</ul>
                        </details>
                    }
                })}
        </div>
    }
}

#[component]
fn Sample(sample: MatchSample) -> impl IntoView {
    let lang = language();
    let style = Style::of(lang);
    let MatchSample { here, there, of, by } = sample;
    let both = here.is_some() && there.is_some();
    let stands = (!by.is_empty()).then(|| {
        let what: Vec<&str> = by.into_iter().map(key_words).collect();
        td_string!(lang, matching.stands_on, what = what.join(", ")).to_string()
    });
    let more =
        (of > 1).then(|| td_string!(lang, matching.could_be, count = of, n = style.count(of)).to_string());
    let note: Vec<String> = [stands, more].into_iter().flatten().collect();
    view! {
        <li class="sample">
            {here.map(|side| view! { <Side side=side /> })}
            {both.then(|| view! { <span class="arrow" aria-hidden="true">"↔"</span> })}
            {there.map(|side| view! { <Side side=side /> })}
            {(!note.is_empty()).then(|| view! { <p class="fine">{note.join(" · ")}</p> })}
        </li>
    }
}

/// A record by its name and what tells it apart.
#[component]
pub(super) fn Side(side: MatchSide) -> impl IntoView {
    view! {
        <span class="who">
            <span class="main">{side.name}</span>
            <span class="small dim">{side.detail}</span>
        </span>
    }
}

#[component]
fn Confirm(found: KindMatching, role: MyRole, action: ServerAction<ConfirmMatching>) -> impl IntoView {
    let lang = language();
    let style = Style::of(lang);
    if role < MyRole::Owner {
        return view! { <p class="dim">{td_string!(lang, matching.only_owner)}</p> }.into_any();
    }
    if found.waits {
        return view! { <p class="dim">{td_string!(lang, matching.parties_first)}</p> }.into_any();
    }
    let pending = action.pending();
    let count = found.certain.count;
    let words = td_string!(lang, matching.confirm, count = count, n = style.count(count)).to_string();
    view! {
        <ActionForm action=action>
            <Back />
            <input type="hidden" name="kind" value=found.kind.as_str() />
            <div class="form-acts">
                <Button kind=ButtonKind::Primary icon=IconName::Check submit=true disabled=pending>
                    {words}
                </Button>
                <p class="small dim">{td_string!(lang, matching.confirm_hint)}</p>
            </div>
        </ActionForm>
    }
    .into_any()
}
