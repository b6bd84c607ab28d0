//! What stands in Metakocka but is not equal here: why, take one, take those that are ticked.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use sync_core::record::RecordKind;

use super::form::{Back, Form, use_form, wrong};
use super::live::{Deed, Live, follow};
use super::signed_in::Who;
use super::sync_control::{SyncControl, announce, use_button};
use super::trouble::Trouble;
use crate::api::sync::{TakeFromMetakocka, load_waiting};
use crate::components::format::{Style, when};
use crate::components::metakocka::WaitingTable;
use crate::components::{Banner, Button, ButtonKind, Empty, IconName, Loading};
use crate::i18n::{language, td_string};
use crate::model::{MyRole, Tone, WaitingPage as Page};

/// The page.
#[component]
pub fn WaitingPage() -> impl IntoView {
    let lang = language();
    let live = Live::expect();
    let parameters = use_query_map();
    let cursor = Memo::new(move |_| parameters.with(|map| map.get("after")));
    let page = Resource::new(
        move || (cursor.try_get().flatten(), live.documents.get()),
        |(cursor, _)| load_waiting(cursor),
    );
    let button = use_button(RecordKind::SalesDocument);
    let form = use_taking(live);
    view! {
        <Title text=td_string!(lang, waiting.title) />
        <div class="head">
            <div>
                <p class="crumb">
                    <a href="/sales-documents">{td_string!(lang, documents.title)}</a>
                    " ›"
                </p>
                <h1>{td_string!(lang, waiting.title)}</h1>
            </div>
            <div class="acts">
                <SyncControl button=button kind=RecordKind::SalesDocument />
            </div>
        </div>
        <Transition fallback=Loading>
            {move || {
                let page = follow(page)?;
                let form = form.clone();
                Some(Suspend::new(async move {
                    let may_take = Who::is().await.is_ok_and(|me| me.role >= MyRole::Staff);
                    match page.await {
                        Ok(page) => view! { <List page=page may_take=may_take form=form /> }.into_any(),
                        Err(error) => view! { <Trouble error=error /> }.into_any(),
                    }
                }))
            }}
        </Transition>
    }
}

/// The form that takes. It belongs to the page: the list is drawn anew while documents arrive.
fn use_taking(live: Live) -> Form<TakeFromMetakocka> {
    let form = use_form::<TakeFromMetakocka>("take-from-metakocka");
    let action = form.action;
    // What is wrong with the choice stands at the list.
    let error = form.error;
    announce(Signal::derive(move || error.get().filter(|error| error.for_field(KEYS).is_none())));
    let last = StoredValue::new(TakeFromMetakocka { keys: Vec::new(), only: None });
    Effect::new(move |_| {
        if let Some(asked) = action.input().get() {
            last.set_value(asked);
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(done)) = action.value().get()
            && let Some(run) = done.run
        {
            let TakeFromMetakocka { keys, only } = last.get_value();
            live.started(run, Deed::Take { keys, only });
        }
    });
    form
}

/// The field that carries what is ticked, as an error names it.
const KEYS: &str = "keys";

#[component]
fn List(page: Page, may_take: bool, form: Form<TakeFromMetakocka>) -> impl IntoView {
    let lang = language();
    let summary = page.total.map(|total| {
        let count =
            td_string!(lang, waiting.lead, count = total, n = Style::of(lang).count(total)).to_string();
        let looked = page
            .checked
            .as_ref()
            .map(|at| td_string!(lang, documents.looked, time = when(lang, at)).to_string());
        [Some(count), looked].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    });
    let failed = page.last_error.clone();
    let body = match page.total {
        None => never_looked().into_any(),
        Some(_) if page.rows.is_empty() => nothing().into_any(),
        Some(_) => view! { <Rows page=page may_take=may_take form=form /> }.into_any(),
    };
    view! {
        {failed
            .map(|sentence| {
                view! {
                    <Banner
                        tone=Tone::Bad
                        icon=IconName::Stop
                        title=td_string!(lang, waiting.last_failed)
                        body=sentence
                    />
                }
            })}
        {summary.map(|summary| view! { <p class="dim small lead">{summary}</p> })}
        <section class="panel" aria-label=td_string!(lang, waiting.title)>
            {body}
        </section>
    }
}

fn never_looked() -> impl IntoView {
    let lang = language();
    view! {
        <Empty
            icon=IconName::Search
            title=td_string!(lang, waiting.never_title)
            body=td_string!(lang, waiting.never_body)
        >
            <a class="btn" href="/sales-documents">
                {td_string!(lang, waiting.never_go)}
            </a>
        </Empty>
    }
}

fn nothing() -> impl IntoView {
    let lang = language();
    view! {
        <Empty icon=IconName::Check title=td_string!(lang, waiting.none_title) body=td_string!(lang, waiting.none_body) />
    }
}

#[component]
fn Rows(page: Page, may_take: bool, form: Form<TakeFromMetakocka>) -> impl IntoView {
    let lang = language();
    let Form { action, error, .. } = form;
    let refused = wrong(error, KEYS);
    let takes = may_take && page.rows.iter().any(|row| row.reason.can_be_taken());
    let next = page.next.map(|after| format!("/sales-documents/waiting?after={after}"));
    view! {
        <ActionForm action=action>
            <Back />
            {takes
                .then(|| {
                    view! {
                        <div class="selbar">
                            <Button kind=ButtonKind::Primary icon=IconName::Down submit=true>
                                {td_string!(lang, waiting.take_selected)}
                            </Button>
                            <span class="dim small">{td_string!(lang, waiting.take_hint)}</span>
                            <span class="wrong" role="alert">
                                {move || refused.get()}
                            </span>
                        </div>
                    }
                })}
            <WaitingTable rows=page.rows may_take=may_take />
        </ActionForm>
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
    }
}
