//! Which record in Metakocka is this one: the candidates beside the record, with what differs, and a button for each
//! answer.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use sync_core::record::RecordKind;

use super::form::{Back, Refusal, use_form};
use super::live::{Live, follow};
use super::matching::{PATH, Side, kind_name};
use super::record::Missing;
use super::signed_in::Who;
use super::trouble::Trouble;
use crate::api::error::{ApiError, ErrorCode};
use crate::api::matching::{AnswerMatch, MatchSaid, load_match_question};
use crate::components::metakocka::{field_words, key_words};
use crate::components::{Banner, Button, ButtonKind, Empty, IconName, Loading};
use crate::i18n::{language, td_string};
use crate::model::{MatchCandidate, MatchQuestion, MyRole, Tone, kind_of_path, list_path};

/// `/review/match/:kind/:id`.
#[component]
pub fn MatchQuestionPage() -> impl IntoView {
    let lang = language();
    let live = Live::expect();
    let form = use_form::<AnswerMatch>("answer-match");
    let (action, error) = (form.action, form.error);
    let parameters = use_params_map();
    let named = Memo::new(move |_| {
        parameters.with(|map| {
            let kind = map.get("kind").as_deref().and_then(kind_of_path);
            (kind, map.get("id").unwrap_or_default())
        })
    });
    let version = move || (named.try_get().unwrap_or_default(), live.documents.get(), action.version().get());
    let loaded = Resource::new(version, |((kind, id), ..)| load(kind, id));
    view! {
        <Transition fallback=Loading>
            {move || {
                let loaded = follow(loaded)?;
                Some(Suspend::new(async move {
                    let may_answer = Who::is().await.is_ok_and(|me| me.role >= MyRole::Staff);
                    match loaded.await {
                        Ok(question) => {
                            view! {
                                <Shown question=question may_answer=may_answer action=action error=error />
                            }
                                .into_any()
                        }
                        Err(error) if error.code == ErrorCode::NotFound => {
                            view! { <Missing list=PATH name=td_string!(lang, matching.title) /> }.into_any()
                        }
                        Err(error) => view! { <Trouble error=error /> }.into_any(),
                    }
                }))
            }}
        </Transition>
    }
}

async fn load(kind: Option<RecordKind>, id: String) -> Result<MatchQuestion, ApiError> {
    let Some(kind) = kind else {
        // A stranger is led to the sign-in whatever the address says.
        Who::is().await?;
        return Err(ApiError::plain(ErrorCode::NotFound, "There is no such kind of record."));
    };
    load_match_question(kind, id).await
}

#[component]
fn Shown(
    question: MatchQuestion,
    may_answer: bool,
    action: ServerAction<AnswerMatch>,
    error: Signal<Option<ApiError>>,
) -> impl IntoView {
    let lang = language();
    let MatchQuestion { kind, record, linked_to, candidates } = question;
    let twin = linked_to.is_some();
    let title = if twin { td_string!(lang, matching.ask_twin) } else { td_string!(lang, matching.ask) };
    let lead =
        if twin { td_string!(lang, matching.ask_twin_lead) } else { td_string!(lang, matching.ask_lead) };
    let address = format!("{}/{}", list_path(kind), record.id);
    let id = record.id.clone();
    let several = candidates.len() > 1;
    let is_empty = candidates.is_empty();
    let cards = candidates.into_iter().map(|candidate| {
        let id = id.clone();
        view! { <Candidate kind=kind id=id candidate=candidate twin=twin may_answer=may_answer action=action /> }
    });
    let cards = cards.collect_view();
    let none = (several && may_answer).then(|| view! { <NoneOfThem kind=kind id=id action=action /> });
    view! {
        <Title text=title />
        <div class="head">
            <div>
                <p class="crumb">
                    <a href=PATH>{td_string!(lang, matching.title)}</a>
                    " › "
                    {kind_name(kind)}
                    " ›"
                </p>
                <h1>{title}</h1>
                {(!is_empty).then(|| view! { <p class="sub">{lead}</p> })}
            </div>
        </div>
        <div class="stack">
            <Refusal error=error />
            <section class="panel pad stack" aria-label=td_string!(lang, matching.here)>
                <p class="small dim">{td_string!(lang, matching.here)}</p>
                <a href=address.clone()>
                    <Side side=record />
                </a>
                {linked_to
                    .map(|side| {
                        view! {
                            <p class="small">
                                {td_string!(lang, matching.linked_to, name = side.name).to_string()}
                                " "
                                <span class="dim">{side.detail}</span>
                            </p>
                        }
                    })}
            </section>
            {if is_empty {
                view! { <Nothing address=address /> }.into_any()
            } else {
                view! {
                    <div class="candidates">{cards}</div>
                    {none}
                }
                    .into_any()
            }}
            {(!may_answer)
                .then(|| {
                    view! {
                        <Banner tone=Tone::Off icon=IconName::Minus title=td_string!(lang, tip.read_only) />
                    }
                })}
        </div>
    }
}

/// Everything has been answered.
#[component]
fn Nothing(address: String) -> impl IntoView {
    let lang = language();
    view! {
        <section class="panel">
            <Empty
                icon=IconName::Check
                title=td_string!(lang, matching.nothing)
                body=td_string!(lang, matching.nothing_body)
            >
                <div class="form-acts">
                    <a class="btn" data-kind="primary" href=PATH>
                        {td_string!(lang, matching.back)}
                    </a>
                    <a class="btn" href=address>
                        {td_string!(lang, matching.open_record)}
                    </a>
                </div>
            </Empty>
        </section>
    }
}

#[component]
fn Candidate(
    kind: RecordKind,
    id: String,
    candidate: MatchCandidate,
    twin: bool,
    may_answer: bool,
    action: ServerAction<AnswerMatch>,
) -> impl IntoView {
    let lang = language();
    let MatchCandidate { there, by, differs, same } = candidate;
    let remote = format!("{}:{}", there.remote_type, there.id);
    let (name, there_id) = (there.name.clone(), there.id.clone());
    let what: Vec<&str> = by.into_iter().map(key_words).collect();
    let stands = td_string!(lang, matching.stands_on, what = what.join(", ")).to_string();
    let equal = differs.is_empty();
    let rows = differs.into_iter().map(|(field, here, there)| {
        view! {
            <tr>
                <th scope="row">{field_words(&field)}</th>
                <td data-label=td_string!(lang, matching.here)>{value(here)}</td>
                <td data-label=td_string!(lang, matching.there)>{value(there)}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    let same = same.into_iter().map(|(field, value)| {
        view! {
            <dt>{field_words(&field)}</dt>
            <dd>{value}</dd>
        }
    });
    let same = same.collect_view();
    view! {
        <section class="panel pad stack candidate" aria-label=name data-remote=there_id>
            <p class="small dim">{td_string!(lang, matching.there)}</p>
            <Side side=there />
            <p class="fine">{stands}</p>
            {if equal {
                view! { <p class="small">{td_string!(lang, matching.all_equal)}</p> }.into_any()
            } else {
                view! {
                    <table class="compare">
                        <thead>
                            <tr>
                                <th scope="col">{td_string!(lang, matching.differs)}</th>
                                <th scope="col">{td_string!(lang, matching.here)}</th>
                                <th scope="col">{td_string!(lang, matching.there)}</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                }
                    .into_any()
            }}
            <details>
                <summary>{td_string!(lang, matching.same)}</summary>
                <dl class="kv">{same}</dl>
            </details>
            {may_answer.then(|| view! { <Answers kind=kind id=id remote=remote twin=twin action=action /> })}
        </section>
    }
}

/// A value, or that there is none.
fn value(text: String) -> AnyView {
    if text.is_empty() { view! { <span class="dim">"–"</span> }.into_any() } else { text.into_any() }
}

/// The buttons of one candidate, each with what it does.
#[component]
fn Answers(
    kind: RecordKind,
    id: String,
    remote: String,
    twin: bool,
    action: ServerAction<AnswerMatch>,
) -> impl IntoView {
    let lang = language();
    let pending = action.pending();
    let (said, words, will) = match (twin, kind) {
        (false, _) => {
            (Some(MatchSaid::ItIs), td_string!(lang, matching.it_is), td_string!(lang, matching.it_is_will))
        }
        (true, RecordKind::Contact) => (
            Some(MatchSaid::AnotherRow),
            td_string!(lang, matching.another_row),
            td_string!(lang, matching.another_row_will),
        ),
        (true, _) => (None, "", td_string!(lang, matching.twin_product)),
    };
    let main = said.map(|said| {
        view! {
            <Button
                kind=ButtonKind::Primary
                icon=IconName::Check
                submit=true
                disabled=pending
                attr:name="said"
                attr:value=said.as_str()
            >
                {words}
            </Button>
        }
    });
    view! {
        <ActionForm action=action>
            <Back />
            <input type="hidden" name="kind" value=kind.as_str() />
            <input type="hidden" name="id" value=id />
            <input type="hidden" name="remote" value=remote />
            <div class="form-acts">
                {main}
                <Button
                    icon=IconName::Minus
                    submit=true
                    disabled=pending
                    attr:name="said"
                    attr:value=MatchSaid::NotThis.as_str()
                >
                    {td_string!(lang, matching.not_this)}
                </Button>
            </div>
            <p class="small dim">{will}</p>
        </ActionForm>
    }
}

#[component]
fn NoneOfThem(kind: RecordKind, id: String, action: ServerAction<AnswerMatch>) -> impl IntoView {
    let lang = language();
    let pending = action.pending();
    view! {
        <section class="panel pad">
            <ActionForm action=action>
                <Back />
                <input type="hidden" name="kind" value=kind.as_str() />
                <input type="hidden" name="id" value=id />
                <input type="hidden" name="said" value=MatchSaid::None.as_str() />
                <div class="form-acts">
                    <Button icon=IconName::Minus submit=true disabled=pending>
                        {td_string!(lang, matching.none)}
                    </Button>
                    <p class="small dim">{td_string!(lang, matching.none_will)}</p>
                </div>
            </ActionForm>
        </section>
    }
}
