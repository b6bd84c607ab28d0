//! What did not go through and stays so until somebody does something: why, what to do, and "Send again".

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use sync_core::record::RecordKind;

use super::form::{Back, use_form};
use super::live::{Live, follow};
use super::signed_in::Who;
use super::sync_control::announce;
use super::trouble::Trouble;
use crate::api::inbox::{SendAgain, load_failures};
use crate::components::format::{Style, when};
use crate::components::metakocka::kind_name;
use crate::components::{Button, Empty, Icon, IconName, Loading};
use crate::i18n::{language, td_string};
use crate::model::{Failure, FailurePage as Page, FailureWhy, MyRole, Tone, record_path};

/// `/failures`.
#[component]
pub fn FailuresPage() -> impl IntoView {
    let lang = language();
    let live = Live::expect();
    let parameters = use_query_map();
    let cursor = Memo::new(move |_| parameters.with(|map| map.get("after")));
    let page = Resource::new(
        move || (cursor.try_get().flatten(), live.documents.get()),
        |(cursor, _)| load_failures(cursor),
    );
    let form = use_form::<SendAgain>("send-again");
    announce(form.error);
    let action = form.action;
    Effect::new(move |_| {
        if action.value().with(|done| matches!(done, Some(Ok(_)))) {
            live.reload();
        }
    });
    view! {
        <Title text=td_string!(lang, failures.title) />
        <div class="head">
            <div>
                <p class="crumb">
                    <a href="/runs">{td_string!(lang, runs.title)}</a>
                    " ›"
                </p>
                <h1>{td_string!(lang, failures.title)}</h1>
            </div>
        </div>
        <Transition fallback=Loading>
            {move || {
                let page = follow(page)?;
                Some(Suspend::new(async move {
                    let may = Who::is().await.is_ok_and(|me| me.role > MyRole::ReadOnly);
                    match page.await {
                        Ok(page) => view! { <List page=page action=may.then_some(action) /> }.into_any(),
                        Err(error) => view! { <Trouble error=error /> }.into_any(),
                    }
                }))
            }}
        </Transition>
    }
}

#[component]
fn List(page: Page, action: Option<ServerAction<SendAgain>>) -> impl IntoView {
    let lang = language();
    if page.rows.is_empty() {
        return view! {
            <section class="panel">
                <Empty
                    icon=IconName::Check
                    title=td_string!(lang, failures.none_title)
                    body=td_string!(lang, failures.none_body)
                />
            </section>
        }
        .into_any();
    }
    let kinds = [RecordKind::SalesDocument, RecordKind::Contact, RecordKind::Product];
    let groups = kinds.into_iter().filter_map(|kind| {
        let rows: Vec<Failure> = page.rows.iter().filter(|row| row.kind == kind).cloned().collect();
        (!rows.is_empty()).then(|| view! { <Group kind=kind rows=rows action=action /> })
    });
    let next = page.next.clone().map(|after| format!("/failures?after={after}"));
    view! {
        <p class="dim small lead">{td_string!(lang, failures.lead)}</p>
        <div class="stack">
            {groups.collect_view()}
            {next
                .map(|href| {
                    view! {
                        <div class="pager">
                            <span class="end">
                                <a class="btn" data-size="small" href=href rel="next">
                                    {td_string!(lang, waiting.more)}
                                </a>
                            </span>
                        </div>
                    }
                })}
        </div>
    }
    .into_any()
}

#[component]
fn Group(kind: RecordKind, rows: Vec<Failure>, action: Option<ServerAction<SendAgain>>) -> impl IntoView {
    let lang = language();
    let sends = rows.iter().any(can_be_sent);
    let title = format!("{}-failures", kind.as_str());
    let heading = title.clone();
    view! {
        <section class="panel" aria-labelledby=title>
            <div class="tools">
                <h2 id=heading>{kind_name(kind)}</h2>
                {action
                    .filter(|_| sends)
                    .map(|action| {
                        view! {
                            <span class="end">
                                <Again
                                    kind=kind
                                    record=None
                                    words=td_string!(lang, failures.all_again).to_owned()
                                    action=action
                                />
                            </span>
                        }
                    })}
            </div>
            <ul class="plain rows">
                {rows.into_iter().map(|row| view! { <Row row=row action=action /> }).collect_view()}
            </ul>
        </section>
    }
}

fn can_be_sent(row: &Failure) -> bool {
    row.record.is_some() && row.why != FailureWhy::Unreadable
}

#[component]
fn Row(row: Failure, action: Option<ServerAction<SendAgain>>) -> impl IntoView {
    let lang = language();
    let style = Style::of(lang);
    let sends = can_be_sent(&row);
    let label =
        if row.label.is_empty() { td_string!(lang, documents.no_number).to_owned() } else { row.label };
    let name = match &row.record {
        Some(id) => {
            view! { <a class="main link" href=record_path(row.kind, id)>{label.clone()}</a> }.into_any()
        }
        None => view! { <span class="main">{label.clone()}</span> }.into_any(),
    };
    let since = when(lang, &row.since);
    let history = if row.attempts > 0 {
        td_string!(lang, failures.tried, time = since, count = row.attempts, n = style.count(row.attempts))
            .to_string()
    } else {
        td_string!(lang, failures.since, time = since).to_string()
    };
    let again = td_string!(lang, failures.again_one, name = label).to_string();
    let (id, kind, record) = (row.record.clone(), row.kind, row.record.clone());
    view! {
        <li class="failure" data-id=id data-why=row.why.as_str()>
            <div>
                <p>
                    {name} " "
                    <span class="state" data-tone=Tone::Bad.as_str()>
                        <Icon name=IconName::Stop />
                        <span>{why(row.why)}</span>
                    </span>
                </p>
                <p>{row.sentence}</p>
                <p class="small dim">{row.advice} " " {history}</p>
            </div>
            {action
                .filter(|_| sends)
                .map(|action| {
                    view! {
                        <Again
                            kind=kind
                            record=record
                            words=td_string!(lang, failures.again).to_owned()
                            label=again
                            action=action
                        />
                    }
                })}
        </li>
    }
}

fn why(why: FailureWhy) -> &'static str {
    let lang = language();
    match why {
        FailureWhy::Refused => td_string!(lang, state.refused),
        FailureWhy::Blocked => td_string!(lang, state.blocked),
        FailureWhy::Unreadable => td_string!(lang, state.unreadable),
        FailureWhy::NotDone => td_string!(lang, failures.not_done),
    }
}

/// "Send again": one record, or, without one, all of the kind.
#[component]
fn Again(
    kind: RecordKind,
    record: Option<String>,
    words: String,
    #[prop(optional)] label: Option<String>,
    action: ServerAction<SendAgain>,
) -> impl IntoView {
    let record = record.map(|id| view! { <input type="hidden" name="id" value=id /> });
    let label = label.unwrap_or_else(|| words.clone());
    view! {
        <ActionForm action=action>
            <Back />
            <input type="hidden" name="kind" value=kind.as_str() />
            {record}
            <Button small=true icon=IconName::Up submit=true disabled=action.pending() attr:aria-label=label>
                {words}
            </Button>
        </ActionForm>
    }
}
