//! The log of the sync: what happened, the newest first, by level, as a file, marked as resolved.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::form::{Back, use_form};
use super::live::{Live, follow};
use super::signed_in::Who;
use super::sync_control::announce;
use super::trouble::Trouble;
use crate::api::log::{ResolveLogLine, load_log};
use crate::components::format::when;
use crate::components::metakocka::{kind_name, log_words};
use crate::components::{Button, Chip, ChipStrip, Empty, Icon, IconName, Loading};
use crate::i18n::{language, td_string};
use crate::model::{LogLevel, LogLine, LogPage as Page, MyRole, Tone, record_path};

/// Where it is.
const PATH: &str = "/log";
/// The same as a file.
const FILE: &str = "/api/integrations/metakocka/logs/export";

/// `/log`.
#[component]
pub fn LogPage() -> impl IntoView {
    let lang = language();
    let live = Live::expect();
    let parameters = use_query_map();
    let place = Memo::new(move |_| parameters.with(|map| (level(map.get_str("level")), map.get("after"))));
    let form = use_form::<ResolveLogLine>("resolve-log-line");
    announce(form.error);
    let action = form.action;
    let page = Resource::new(
        move || (place.try_get().unwrap_or_default(), live.documents.get(), action.version().get()),
        |((level, after), ..)| load_log(level, after),
    );
    view! {
        <Title text=td_string!(lang, log.title) />
        <div class="head">
            <div>
                <p class="crumb">
                    <a href="/runs">{td_string!(lang, runs.title)}</a>
                    " ›"
                </p>
                <h1>{td_string!(lang, log.title)}</h1>
                <p class="sub">{td_string!(lang, log.lead)}</p>
            </div>
            <div class="acts">
                <a class="btn" rel="external" href=move || with_level(FILE, place.get().0)>
                    {td_string!(lang, log.file)}
                </a>
            </div>
        </div>
        {move || view! { <ChipStrip label=td_string!(lang, log.levels) chips=chips(place.get().0) /> }}
        <Transition fallback=Loading>
            {move || {
                let page = follow(page)?;
                let (level, _) = place.get();
                Some(Suspend::new(async move {
                    let may = Who::is().await.is_ok_and(|me| me.role > MyRole::ReadOnly);
                    match page.await {
                        Ok(page) => {
                            view! { <Lines page=page level=level action=may.then_some(action) /> }.into_any()
                        }
                        Err(error) => view! { <Trouble error=error /> }.into_any(),
                    }
                }))
            }}
        </Transition>
    }
}

fn level(text: Option<&str>) -> Option<LogLevel> {
    LogLevel::ALL.into_iter().find(|level| Some(level.as_str()) == text)
}

fn with_level(path: &str, level: Option<LogLevel>) -> String {
    level.map_or_else(|| path.to_owned(), |level| format!("{path}?level={}", level.as_str()))
}

fn chips(current: Option<LogLevel>) -> Vec<Chip> {
    let lang = language();
    let chip = |level: Option<LogLevel>| Chip {
        label: level.map_or(td_string!(lang, log.all), |level| words(level).1).to_owned(),
        count: None,
        href: with_level(PATH, level),
        current: level == current,
        sign: level.map(|level| (icon(level), words(level).0)),
    };
    [None].into_iter().chain(LogLevel::ALL.map(Some)).map(chip).collect()
}

fn words(level: LogLevel) -> (Tone, &'static str) {
    let lang = language();
    match level {
        LogLevel::Error => (Tone::Bad, td_string!(lang, log.errors)),
        LogLevel::Warning => (Tone::Ask, td_string!(lang, log.warnings)),
        LogLevel::Info => (Tone::Ok, td_string!(lang, log.infos)),
    }
}

fn icon(level: LogLevel) -> IconName {
    match level {
        LogLevel::Error => IconName::Stop,
        LogLevel::Warning => IconName::Decide,
        LogLevel::Info => IconName::Check,
    }
}

#[component]
fn Lines(page: Page, level: Option<LogLevel>, action: Option<ServerAction<ResolveLogLine>>) -> impl IntoView {
    let lang = language();
    if page.lines.is_empty() {
        return view! {
            <section class="panel">
                <Empty icon=IconName::Check title=td_string!(lang, log.none_title) body=td_string!(lang, log.none_body) />
            </section>
        }
        .into_any();
    }
    let next = page.next.map(|after| {
        let path = with_level(PATH, level);
        let joint = if path.contains('?') { '&' } else { '?' };
        format!("{path}{joint}after={after}")
    });
    view! {
        <section class="panel" aria-label=td_string!(lang, log.title)>
            <ul class="plain rows">
                {page.lines.into_iter().map(|line| view! { <Line line=line action=action /> }).collect_view()}
            </ul>
            {next
                .map(|href| {
                    view! {
                        <div class="pager">
                            <span class="end">
                                <a class="btn" data-size="small" href=href rel="next">
                                    {td_string!(lang, log.older)}
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
fn Line(line: LogLine, action: Option<ServerAction<ResolveLogLine>>) -> impl IntoView {
    let lang = language();
    let (tone, entry) = (words(line.level).0, line.entry.clone());
    let about = line.label.clone().or_else(|| line.kind.map(|kind| kind_name(kind).to_owned()));
    let name = match (line.kind, &line.record, &line.run) {
        (Some(kind), Some(id), _) => Some(record_path(kind, id)),
        (_, None, Some(run)) => Some(format!("/runs/{run}")),
        _ => None,
    };
    let about = about.map(|about| match name {
        Some(href) => view! { <a class="main link" href=href>{about}</a> }.into_any(),
        None => view! { <span class="main">{about}</span> }.into_any(),
    });
    let resolved = line.resolved.as_ref().map(|(at, by)| match by {
        Some(by) => td_string!(lang, log.resolved_by, time = when(lang, at), name = by.clone()).to_string(),
        None => td_string!(lang, log.resolved, time = when(lang, at)).to_string(),
    });
    let reference = line
        .reference
        .clone()
        .map(|reference| td_string!(lang, log.reference, reference = reference).to_string());
    let details = [resolved.clone(), reference].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    view! {
        <li class="failure" data-entry=entry data-level=line.level.as_str()>
            <div>
                <p>
                    {about} " "
                    <span class="state" data-tone=tone.as_str()>
                        <Icon name=icon(line.level) />
                        <span>{log_words(&line.source, &line.what)}</span>
                    </span>
                </p>
                {line.sentence.clone().map(|sentence| view! { <p>{sentence}</p> })}
                <p class="small dim">
                    <time datetime=line.at.utc.clone()>{when(lang, &line.at)}</time>
                    {(!details.is_empty()).then(|| format!(" · {details}"))}
                </p>
            </div>
            {action
                .filter(|_| line.level != LogLevel::Info)
                .map(|action| view! { <Mark entry=line.entry resolved=resolved.is_some() action=action /> })}
        </li>
    }
}

#[component]
fn Mark(entry: String, resolved: bool, action: ServerAction<ResolveLogLine>) -> impl IntoView {
    let lang = language();
    let words = if resolved { td_string!(lang, log.reopen) } else { td_string!(lang, log.resolve) };
    view! {
        <ActionForm action=action>
            <Back />
            <input type="hidden" name="entry" value=entry />
            <input type="hidden" name="resolved" value=(!resolved).to_string() />
            <Button small=true submit=true disabled=action.pending()>
                {words}
            </Button>
        </ActionForm>
    }
}
