//! Runs: the list, and one with its real progress and, first of all, what did not go through.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::form::{Back, use_form};
use super::live::{Live, follow};
use super::signed_in::Who;
use super::sync_control::announce;
use super::trouble::{Absent, Trouble};
use crate::api::error::ErrorCode;
use crate::api::runs::{CancelRun, load_run_detail, load_runs};
use crate::components::format::{Style, when};
use crate::components::metakocka::{kind_name, outcome_name, run_deed, run_state};
use crate::components::{Banner, Button, ButtonKind, Empty, Icon, IconName, Loading, Progress};
use crate::i18n::{language, td_string};
use crate::model::{MyRole, Run, RunDetail, RunPage as Page, RunProblem, RunState, Tone};

/// `/runs`.
#[component]
pub fn RunsPage() -> impl IntoView {
    let lang = language();
    let live = Live::expect();
    let parameters = use_query_map();
    let before = Memo::new(move |_| parameters.with(|map| map.get("before")));
    let page = Resource::new(
        move || (before.try_get().flatten(), live.button.get()),
        |(before, _)| load_runs(before),
    );
    view! {
        <Title text=td_string!(lang, runs.title) />
        <div class="head">
            <h1>{td_string!(lang, runs.title)}</h1>
            <div class="acts">
                <a class="btn" href="/log">
                    {td_string!(lang, log.title)}
                </a>
                <a class="btn" href="/failures">
                    {td_string!(lang, failures.title)}
                </a>
            </div>
        </div>
        <Transition fallback=Loading>
            {move || {
                let page = follow(page)?;
                Some(Suspend::new(async move {
                    match page.await {
                        Ok(page) => view! { <List page=page /> }.into_any(),
                        Err(error) => view! { <Trouble error=error /> }.into_any(),
                    }
                }))
            }}
        </Transition>
    }
}

#[component]
fn List(page: Page) -> impl IntoView {
    let lang = language();
    if page.rows.is_empty() {
        return view! {
            <section class="panel">
                <Empty icon=IconName::Sync title=td_string!(lang, runs.none_title) body=td_string!(lang, runs.none_body) />
            </section>
        }
        .into_any();
    }
    let next = page.next.clone().map(|before| format!("/runs?before={before}"));
    view! {
        <section class="panel" aria-label=td_string!(lang, runs.title)>
            <ul class="plain rows">
                {page.rows.into_iter().map(|one| view! { <Listed one=one /> }).collect_view()}
            </ul>
            {next
                .map(|href| {
                    view! {
                        <div class="pager">
                            <span class="end">
                                <a class="btn" data-size="small" href=href rel="next">
                                    {td_string!(lang, runs.older)}
                                </a>
                            </span>
                        </div>
                    }
                })}
        </section>
    }
    .into_any()
}

#[component]
fn Listed(one: RunDetail) -> impl IntoView {
    let lang = language();
    let href = format!("/runs/{}", one.run.id);
    let state = run_state(&one.run);
    view! {
        <li class="failure" data-run=one.run.id.clone()>
            <div>
                <p>
                    <a class="main link" href=href>
                        {name(&one)}
                    </a>
                    " "
                    <span class="state" data-tone=state.tone.as_str()>
                        <Icon name=state.icon />
                        <span>{state.words}</span>
                    </span>
                </p>
                <p class="small dim">{asked(&one)} " · " {counted(&one.run)}</p>
            </div>
            <time class="small dim num" datetime=one.created.utc.clone()>
                {when(lang, &one.created)}
            </time>
        </li>
    }
}

/// "Taken from Metakocka · Sales documents".
fn name(one: &RunDetail) -> String {
    let kind = one.run.kind.parse().map_or("", kind_name);
    format!("{} · {kind}", run_deed(&one.run))
}

/// Who or what asked for it.
fn asked(one: &RunDetail) -> String {
    let lang = language();
    match (one.cause.as_str(), &one.by) {
        (_, Some(name)) => td_string!(lang, runs.by, name = name.clone()).to_string(),
        ("schedule", None) => td_string!(lang, runs.by_schedule).to_owned(),
        _ => td_string!(lang, runs.by_operator).to_owned(),
    }
}

/// "3 of 12", or nothing when there was nothing to settle.
fn counted(run: &Run) -> String {
    let (lang, style) = (language(), Style::of(language()));
    if run.total == 0 {
        return td_string!(lang, runs.nothing_to_do).to_owned();
    }
    td_string!(lang, runs.done_of, done = style.count(run.done()), total = style.count(run.total)).to_string()
}

/// `/runs/:id`.
#[component]
pub fn RunPage() -> impl IntoView {
    let live = Live::expect();
    let parameters = use_params_map();
    let id = Memo::new(move |_| parameters.with(|map| map.get("id").unwrap_or_default()));
    let loaded = Resource::new(
        move || (id.try_get().unwrap_or_default(), live.documents.get(), live.button.get()),
        |(id, ..)| load_run_detail(id),
    );
    let form = use_form::<CancelRun>("cancel-run");
    announce(form.error);
    let action = form.action;
    view! {
        <Transition fallback=Loading>
            {move || {
                let loaded = follow(loaded)?;
                Some(Suspend::new(async move {
                    let may = Who::is().await.is_ok_and(|me| me.role > MyRole::ReadOnly);
                    match loaded.await {
                        Ok(one) => view! { <Shown one=one cancel=may.then_some(action) /> }.into_any(),
                        Err(error) if error.code == ErrorCode::NotFound => view! { <Missing /> }.into_any(),
                        Err(error) => view! { <Trouble error=error /> }.into_any(),
                    }
                }))
            }}
        </Transition>
    }
}

#[component]
fn Missing() -> impl IntoView {
    let lang = language();
    view! {
        <Absent
            icon=IconName::Sync
            title=td_string!(lang, runs.missing)
            body=td_string!(lang, runs.missing_body)
            href="/runs"
            back=td_string!(lang, runs.title)
        />
    }
}

#[component]
fn Shown(one: RunDetail, cancel: Option<ServerAction<CancelRun>>) -> impl IntoView {
    let lang = language();
    let live = Live::expect();
    let title = name(&one);
    let (asked, created) = (asked(&one), when(lang, &one.created));
    let ended = one.ended.as_ref().map(|at| td_string!(lang, runs.ended, time = when(lang, at)).to_string());
    let read = one.run.clone();
    // What the events say goes before what was read.
    let run = Memo::new(move |_| {
        live.of(&read.id).filter(|heard| heard.done() >= read.done()).unwrap_or(read.clone())
    });
    view! {
        <Title text=title.clone() />
        <div class="head">
            <div>
                <p class="crumb">
                    <a href="/runs">{td_string!(lang, runs.title)}</a>
                    " ›"
                </p>
                <h1>{title}</h1>
                <p class="sub">{[Some(asked), Some(created), ended].into_iter().flatten().collect::<Vec<_>>().join(" · ")}</p>
            </div>
            <div class="acts">{cancel.map(|action| view! { <Cancel run=run action=action /> })}</div>
        </div>
        <Ending one=one.clone() />
        <div class="stack">
            <Counters run=run />
            <Problems problems=one.problems />
        </div>
    }
}

/// Why a run failed as a whole, or that somebody ended it.
#[component]
fn Ending(one: RunDetail) -> impl IntoView {
    let lang = language();
    match one.run.state {
        RunState::Failed => {
            let body = one.run.error.unwrap_or_else(|| td_string!(lang, toast.no_reason).to_owned());
            let reference = super::form::reference(lang, &one.run.reference.unwrap_or_default());
            let title = td_string!(lang, runs.failed);
            view! { <Banner tone=Tone::Bad icon=IconName::Stop title=title body=body reference=reference /> }
                .into_any()
        }
        RunState::Cancelled => {
            let title = match one.cancelled_by {
                Some(name) => td_string!(lang, runs.cancelled_by, name = name).to_string(),
                None => td_string!(lang, runs.was_cancelled).to_owned(),
            };
            let body = td_string!(lang, runs.cancelled_body);
            view! { <Banner tone=Tone::Off icon=IconName::Minus title=title body=body /> }.into_any()
        }
        RunState::Queued | RunState::Running | RunState::Done => ().into_any(),
    }
}

#[component]
fn Cancel(run: Memo<Run>, action: ServerAction<CancelRun>) -> impl IntoView {
    let lang = language();
    move || {
        let run = run.get();
        (!run.ended()).then(|| {
            let asked = run.cancel_asked_at.is_some();
            let words =
                if asked { td_string!(lang, runs.is_cancelled) } else { td_string!(lang, runs.cancel) };
            view! {
                <ActionForm action=action>
                    <Back />
                    <input type="hidden" name="id" value=run.id />
                    <Button kind=ButtonKind::Bad icon=IconName::Close submit=true disabled=asked>
                        {words}
                    </Button>
                </ActionForm>
            }
        })
    }
}

/// How far it is, and how the records ended.
#[component]
fn Counters(run: Memo<Run>) -> impl IntoView {
    let lang = language();
    move || {
        let run = run.get();
        let style = Style::of(lang);
        let percent = run.done().saturating_mul(100).checked_div(run.total).unwrap_or(0).min(100);
        let state = run_state(&run);
        let counters = [
            (td_string!(lang, runs.created), run.created),
            (td_string!(lang, runs.updated), run.updated),
            (td_string!(lang, runs.unchanged), run.unchanged),
            (td_string!(lang, runs.n_failed), run.failed),
            (td_string!(lang, runs.n_unknown), run.unknown),
            (td_string!(lang, runs.n_review), run.review),
            (td_string!(lang, runs.n_skipped), run.skipped),
        ];
        let counters = counters.into_iter().map(|(words, count)| {
            view! {
                <div class="counter">
                    <dt>{words}</dt>
                    <dd class="num">{style.count(count)}</dd>
                </div>
            }
        });
        view! {
            <section class="panel pad stack" aria-label=td_string!(lang, runs.progress) data-state=state.name>
                <p>
                    <span class="state" data-tone=state.tone.as_str()>
                        <Icon name=state.icon spin=!run.ended() />
                        <span>{state.words}</span>
                    </span>
                    " "
                    <span class="num">{counted(&run)}</span>
                </p>
                {(run.total > 0).then(|| view! { <Progress label=td_string!(lang, runs.progress) percent=percent /> })}
                <dl class="counters">{counters.collect_view()}</dl>
            </section>
        }
    }
}

/// What did not go through, each with its sentence and a link to its page.
#[component]
fn Problems(problems: Vec<RunProblem>) -> impl IntoView {
    let lang = language();
    if problems.is_empty() {
        return ().into_any();
    }
    let rows = problems.into_iter().map(|one| {
        let name = match one.href {
            Some(href) => view! { <a class="main link" href=href>{one.label}</a> }.into_any(),
            None => view! { <span class="main">{one.label}</span> }.into_any(),
        };
        let sign = outcome_name(&one.outcome);
        view! {
            <li class="failure" data-outcome=one.outcome.clone()>
                <div>
                    <p>
                        {name} " "
                        <span class="state" data-tone=sign.tone.as_str()>
                            <Icon name=sign.icon />
                            <span>{sign.words}</span>
                        </span>
                    </p>
                    {one.sentence.map(|sentence| view! { <p>{sentence}</p> })}
                    {one.advice.map(|advice| view! { <p class="small dim">{advice}</p> })}
                </div>
            </li>
        }
    });
    view! {
        <section class="panel" aria-labelledby="problems-title">
            <div class="tools">
                <h2 id="problems-title">{td_string!(lang, runs.problems)}</h2>
            </div>
            <ul class="plain rows">{rows.collect_view()}</ul>
        </section>
    }
    .into_any()
}
