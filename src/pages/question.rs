//! One question about a linked record: what differs, what will happen, and the answer (`/review/{kind}/{id}`).

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use sync_core::record::RecordKind;
use sync_core::state::{Review, SyncState};

use super::form::{Back, Form, Refusal, use_form};
use super::live::{Live, follow};
use super::record::Missing;
use super::signed_in::Who;
use super::trouble::Trouble;
use crate::api::error::ErrorCode;
use crate::api::review::{AnswerQuestion, load_question};
use crate::components::metakocka::{
    ReviewTable, WillHappen, decision_words, place_words, state_icon, state_tone, value_words,
};
use crate::components::{Banner, Button, ButtonKind, Empty, IconName, Loading};
use crate::i18n::{language, td_string};
use crate::model::{MyRole, REVIEW, ReviewChange, ReviewQuestion, ReviewStep, list_path};

/// `/review/sales-documents/:id`.
#[component]
pub fn ReviewDocumentPage() -> impl IntoView {
    view! { <QuestionPage kind=RecordKind::SalesDocument /> }
}

/// `/review/contacts/:id`.
#[component]
pub fn ReviewContactPage() -> impl IntoView {
    view! { <QuestionPage kind=RecordKind::Contact /> }
}

/// `/review/products/:id`.
#[component]
pub fn ReviewProductPage() -> impl IntoView {
    view! { <QuestionPage kind=RecordKind::Product /> }
}

#[component]
fn QuestionPage(kind: RecordKind) -> impl IntoView {
    let lang = language();
    let live = Live::expect();
    let parameters = use_params_map();
    let id = Memo::new(move |_| parameters.with(|map| map.get("id").unwrap_or_default()));
    let loaded = Resource::new(
        move || (id.try_get().unwrap_or_default(), live.documents.get()),
        move |(id, _)| load_question(kind, id),
    );
    let form = use_answer(live);
    view! {
        <Transition fallback=Loading>
            {move || {
                let (loaded, form) = (follow(loaded)?, form.clone());
                Some(Suspend::new(async move {
                    let may_decide = Who::is().await.is_ok_and(|me| me.role >= MyRole::Staff);
                    match loaded.await {
                        Ok(question) => {
                            view! { <Shown question=question form=form may_decide=may_decide /> }.into_any()
                        }
                        Err(error) if error.code == ErrorCode::NotFound => {
                            view! { <Missing list=REVIEW name=td_string!(lang, review.title) /> }.into_any()
                        }
                        Err(error) => view! { <Trouble error=error /> }.into_any(),
                    }
                }))
            }}
        </Transition>
    }
}

/// The form that answers. It belongs to the page: the question is drawn anew when it was answered.
fn use_answer(live: Live) -> Form<AnswerQuestion> {
    let form = use_form::<AnswerQuestion>("answer-question");
    let action = form.action;
    Effect::new(move |_| {
        if action.value().with(Option::is_some) {
            live.reload();
        }
    });
    form
}

#[component]
fn Shown(question: ReviewQuestion, form: Form<AnswerQuestion>, may_decide: bool) -> impl IntoView {
    let lang = language();
    let title = match &question.about {
        Some(about) => format!("{} · {about}", question.title),
        None => question.title.clone(),
    };
    let record = format!("{}/{}", list_path(question.kind), question.id);
    let is_here = question.state != Some(SyncState::NeedsReview(Review::DeletedHere));
    let banner = question.state.map(|state| {
        let body = question.sentence.clone().unwrap_or_default();
        view! { <Banner tone=state_tone(state) icon=state_icon(state) title=decision_words(state) body=body /> }
    });
    let body = match question.state {
        None => view! { <Settled record=record.clone() /> }.into_any(),
        Some(_) if question.steps.is_empty() => {
            view! { <Parts question=question form=form may_decide=may_decide /> }.into_any()
        }
        Some(_) => view! { <Whole question=question form=form may_decide=may_decide /> }.into_any(),
    };
    view! {
        <Title text=title.clone() />
        <div class="head">
            <div>
                <p class="crumb">
                    <a href=REVIEW>{td_string!(lang, review.title)}</a>
                    " ›"
                </p>
                <h1>{title}</h1>
            </div>
            <div class="acts">
                {is_here
                    .then(|| {
                        view! {
                            <a class="btn" href=record>
                                {td_string!(lang, review.open_record)}
                            </a>
                        }
                    })}
            </div>
        </div>
        {banner}
        {body}
    }
}

#[component]
fn Settled(record: String) -> impl IntoView {
    let lang = language();
    view! {
        <section class="panel">
            <Empty
                icon=IconName::Check
                title=td_string!(lang, review.settled_title)
                body=td_string!(lang, review.settled_body)
            >
                <a class="btn" href=record>
                    {td_string!(lang, review.open_record)}
                </a>
            </Empty>
        </section>
    }
}

/// The hidden fields of every answer.
#[component]
fn Names(kind: RecordKind, id: String, version: String) -> impl IntoView {
    view! {
        <Back />
        <input type="hidden" name="kind" value=kind.as_str() />
        <input type="hidden" name="id" value=id />
        <input type="hidden" name="version" value=version />
    }
}

/// Place by place.
#[component]
fn Parts(question: ReviewQuestion, form: Form<AnswerQuestion>, may_decide: bool) -> impl IntoView {
    let lang = language();
    let Form { action, error, typed } = form;
    let places: Vec<String> = question.parts.iter().map(|part| part.place.clone()).collect();
    let typed = |at: usize| typed.values.get(&format!("answers[{at}][counts]")).cloned().unwrap_or_default();
    let chosen = RwSignal::new((0..places.len()).map(typed).collect::<Vec<String>>());
    let pending = action.pending();
    view! {
        <section class="panel" aria-label=td_string!(lang, review.region)>
            <ActionForm action=action>
                <Names kind=question.kind id=question.id version=question.version />
                <div class="pad">
                    <Refusal error=error />
                    <p class="dim">{td_string!(lang, review.only_differs)}</p>
                </div>
                <div class="scroll" tabindex="0" role="region" aria-label=td_string!(lang, review.region)>
                    <ReviewTable
                        parts=question.parts
                        here=question.here
                        there=question.there
                        chosen=chosen
                        may_decide=may_decide
                    />
                </div>
                <div class="apply">
                    {if may_decide {
                        view! {
                            <WillHappen places=places taken=question.taken sent=question.sent chosen=chosen />
                            <div class="acts">
                                <a class="btn" data-kind="quiet" href=REVIEW>
                                    {td_string!(lang, review.later)}
                                </a>
                                <Button kind=ButtonKind::Primary submit=true disabled=pending>
                                    {td_string!(lang, review.apply)}
                                </Button>
                            </div>
                        }
                            .into_any()
                    } else {
                        view! { <p class="dim">{td_string!(lang, review.only_look)}</p> }.into_any()
                    }}
                </div>
            </ActionForm>
        </section>
    }
}

/// The record as a whole.
#[component]
fn Whole(question: ReviewQuestion, form: Form<AnswerQuestion>, may_decide: bool) -> impl IntoView {
    let lang = language();
    let Form { action, error, .. } = form;
    let pending = action.pending();
    let is_gone = question.state == Some(SyncState::NeedsReview(Review::Gone));
    let news = (!is_gone).then(|| {
        let (name, none) = (td_string!(lang, review.news), td_string!(lang, review.no_news));
        view! { <Changes id="news" name=name none=none changes=question.news /> }
    });
    let steps = question.steps.into_iter().map(move |step| view! { <Step step=step pending=pending /> });
    view! {
        <div class="cols">
            <section class="panel pad stack" aria-labelledby="steps-title">
                <h2 id="steps-title">{td_string!(lang, review.steps)}</h2>
                <ActionForm action=action attr:class="form">
                    <Names kind=question.kind id=question.id version=question.version />
                    <Refusal error=error />
                    {if may_decide {
                        view! { <ul class="plain steps">{steps.collect_view()}</ul> }.into_any()
                    } else {
                        view! { <p class="dim">{td_string!(lang, review.only_look)}</p> }.into_any()
                    }}
                </ActionForm>
            </section>
            <div class="stack">
                {news}
                <Changes
                    id="unsent"
                    name=td_string!(lang, review.unsent)
                    none=td_string!(lang, review.no_unsent)
                    changes=question.unsent
                />
            </div>
        </div>
    }
}

#[component]
fn Step(step: ReviewStep, #[prop(into)] pending: Signal<bool>) -> impl IntoView {
    let lang = language();
    let (kind, name, body) = match step {
        ReviewStep::KeepHere => {
            (ButtonKind::Plain, td_string!(lang, review.keep_here), td_string!(lang, review.keep_here_body))
        }
        ReviewStep::CreateAgain => (
            ButtonKind::Primary,
            td_string!(lang, review.create_again),
            td_string!(lang, review.create_again_body),
        ),
        ReviewStep::DeleteHere => {
            (ButtonKind::Bad, td_string!(lang, review.delete_here), td_string!(lang, review.delete_here_body))
        }
        ReviewStep::Restore => {
            (ButtonKind::Primary, td_string!(lang, review.restore), td_string!(lang, review.restore_body))
        }
        ReviewStep::LeaveDeleted => (
            ButtonKind::Plain,
            td_string!(lang, review.leave_deleted),
            td_string!(lang, review.leave_deleted_body),
        ),
    };
    view! {
        <li>
            <Button kind=kind submit=true disabled=pending attr:name="step" attr:value=step.as_str()>
                {name}
            </Button>
            <p class="small dim">{body}</p>
        </li>
    }
}

#[component]
fn Changes(
    id: &'static str,
    name: &'static str,
    none: &'static str,
    changes: Vec<ReviewChange>,
) -> impl IntoView {
    let body = if changes.is_empty() {
        view! { <p class="dim">{none}</p> }.into_any()
    } else {
        let rows = changes.into_iter().map(|change| {
            let shown = |value| value_words(&change.place, value).join(" · ");
            view! {
                <li>
                    <span class="main">{place_words(&change.place)}</span>
                    ": "
                    <del>{shown(&change.from)}</del>
                    " → "
                    <ins>{shown(&change.to)}</ins>
                </li>
            }
        });
        view! { <ul class="plain">{rows.collect_view()}</ul> }.into_any()
    };
    view! {
        <section class="panel pad stack" aria-labelledby=id>
            <h2 id=id>{name}</h2>
            {body}
        </section>
    }
}
