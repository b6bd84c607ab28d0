//! The lists of contacts and of products. Search, filter, sort and page all stand in the URL.

use leptos::ev::SubmitEvent;
use leptos::form::form_data_from_event;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use sync_core::record::RecordKind;

use super::live::{Live, follow};
use super::push::{ROWS_FORM, RowsForm, SyncAll, is_sending, use_push};
use super::signed_in::Who;
use super::sync_control::{SyncControl, use_button};
use super::trouble::Trouble;
use crate::api::parties::load_parties;
use crate::api::push::PushRecord;
use crate::components::format::Style;
use crate::components::metakocka::{SyncSalesDocumentButton, state_icon, state_name, state_tone};
use crate::components::{
    Button, Chip, ChipStrip, Empty, IconName, Loading, Pager, SearchBox, SortHead, Sorted,
};
use crate::i18n::{language, td_string};
use crate::model::{MyRole, PartyKind, PartyPage, PartyQuery, PartyRow};

/// `/contacts`.
#[component]
pub fn ContactsPage() -> impl IntoView {
    view! { <Parties kind=PartyKind::Contact /> }
}

/// `/products`.
#[component]
pub fn ProductsPage() -> impl IntoView {
    view! { <Parties kind=PartyKind::Product /> }
}

/// Name of the list.
fn title(kind: PartyKind) -> &'static str {
    match kind {
        PartyKind::Contact => td_string!(language(), parties.contacts),
        PartyKind::Product => td_string!(language(), parties.products),
    }
}

#[component]
fn Parties(kind: PartyKind) -> impl IntoView {
    let live = Live::expect();
    let parameters = use_query_map();
    let query = Memo::new(move |_| parameters.with(|map| PartyQuery::read(kind, |name| map.get(name))));
    let page = Resource::new(
        move || (query.try_get().unwrap_or_else(|| PartyQuery::all(kind)), live.documents.get()),
        |(query, _)| load_parties(query),
    );
    let push = use_push().action;
    let of = record_kind(kind);
    let button = use_button(of);
    view! {
        <Title text=title(kind) />
        <div class="head">
            <div>
                <h1>{title(kind)}</h1>
                <Summary kind=kind page=page />
            </div>
            <div class="acts">
                <New kind=kind />
                <SyncAll kind=of />
                <SyncControl button=button kind=of />
            </div>
        </div>
        <RowsForm kind=of action=push />
        <Transition fallback=Loading>
            {move || {
                let query = query.try_get()?;
                let page = follow(page)?;
                Some(Suspend::new(async move {
                    let may_send = Who::is().await.is_ok_and(|me| me.role > MyRole::ReadOnly);
                    let push = may_send.then_some(push);
                    match page.await {
                        Ok(page) => view! { <List query=query page=page push=push /> }.into_any(),
                        Err(error) => view! { <Trouble error=error /> }.into_any(),
                    }
                }))
            }}
        </Transition>
    }
}

/// Leads to the form of a new record, for those who may make one.
#[component]
fn New(kind: PartyKind) -> impl IntoView {
    let lang = language();
    let words = match kind {
        PartyKind::Contact => td_string!(lang, parties.new_contact),
        PartyKind::Product => td_string!(lang, parties.new_product),
    };
    let href = format!("{}/new", kind.path());
    view! {
        <Suspense>
            {move || {
                let href = href.clone();
                Suspend::new(async move {
                    let may = Who::is().await.is_ok_and(|me| me.role > MyRole::ReadOnly);
                    may.then(|| view! { <a class="btn" href=href>{words}</a> })
                })
            }}
        </Suspense>
    }
}

/// Sends one record; none for somebody who only looks.
type Push = Option<ServerAction<PushRecord>>;

fn record_kind(kind: PartyKind) -> RecordKind {
    match kind {
        PartyKind::Contact => RecordKind::Contact,
        PartyKind::Product => RecordKind::Product,
    }
}

type PageResource = Resource<Result<PartyPage, crate::api::error::ApiError>>;

#[component]
fn Summary(kind: PartyKind, page: PageResource) -> impl IntoView {
    let lang = language();
    let words = move |all: u64| {
        let n = Style::of(lang).count(all);
        match kind {
            PartyKind::Contact => td_string!(lang, parties.contact_count, count = all, n = n).to_string(),
            PartyKind::Product => td_string!(lang, parties.product_count, count = all, n = n).to_string(),
        }
    };
    view! {
        <p class="sub">
            <Transition>
                {move || {
                    let page = follow(page)?;
                    Some(Suspend::new(async move { page.await.ok().map(|page| words(page.all)) }))
                }}
            </Transition>
        </p>
    }
}

#[component]
fn List(query: PartyQuery, page: PartyPage, push: Push) -> impl IntoView {
    let lang = language();
    let chips = chips(&query, &page);
    let name = title(query.kind);
    let body = if page.rows.is_empty() {
        nothing(&query).into_any()
    } else {
        view! {
            <Table query=query.clone() rows=page.rows push=push />
            <Pages query=query.clone() total=page.total per_page=page.per_page page=page.page />
        }
        .into_any()
    };
    view! {
        <ChipStrip label=td_string!(lang, documents.states) chips=chips />
        <section class="panel" aria-label=name>
            <Tools query=query />
            {body}
        </section>
    }
}

fn chips(query: &PartyQuery, page: &PartyPage) -> Vec<Chip> {
    let all = Chip {
        label: td_string!(language(), documents.all).to_owned(),
        count: Some(page.all),
        href: query.in_state(None).href(),
        current: query.state.is_none(),
        sign: None,
    };
    let states = page.counts.iter().map(|counted| Chip {
        label: state_name(counted.state).to_owned(),
        count: Some(counted.count),
        href: query.in_state(Some(counted.state)).href(),
        current: query.state == Some(counted.state),
        sign: Some((state_icon(counted.state), state_tone(counted.state))),
    });
    std::iter::once(all).chain(states).collect()
}

/// Nothing here yet, or nothing that fits.
fn nothing(query: &PartyQuery) -> impl IntoView {
    let lang = language();
    let all = PartyQuery::all(query.kind).href();
    if query.filters() {
        return view! {
            <Empty
                icon=IconName::Search
                title=td_string!(lang, documents.none_title)
                body=td_string!(lang, parties.none_body)
            >
                <a class="btn" href=all>
                    {td_string!(lang, parties.none_clear)}
                </a>
            </Empty>
        }
        .into_any();
    }
    let (icon, title, body) = match query.kind {
        PartyKind::Contact => (
            IconName::Person,
            td_string!(lang, parties.no_contacts_title),
            td_string!(lang, parties.no_contacts_body),
        ),
        PartyKind::Product => (
            IconName::Box,
            td_string!(lang, parties.no_products_title),
            td_string!(lang, parties.no_products_body),
        ),
    };
    view! { <Empty icon=icon title=title body=body /> }.into_any()
}

/// Search: a GET form, so that the URL holds it with or without a script.
#[component]
fn Tools(query: PartyQuery) -> impl IntoView {
    let lang = language();
    let navigate = use_navigate();
    let kind = query.kind;
    let go = move |event: SubmitEvent| {
        if let Ok(typed) = form_data_from_event(&event) {
            event.prevent_default();
            let asked = PartyQuery::read(kind, |name| typed.get(name).as_string());
            navigate(&asked.href(), NavigateOptions::default());
        }
    };
    let label = match kind {
        PartyKind::Contact => td_string!(lang, parties.search_contacts),
        PartyKind::Product => td_string!(lang, parties.search_products),
    };
    let kept: Vec<(&'static str, String)> = query
        .parameters()
        .into_iter()
        .filter(|(name, _)| matches!(*name, "state" | "sort" | "dir"))
        .collect();
    let clear = query.filters().then(|| {
        view! {
            <a class="btn" data-kind="quiet" href=PartyQuery::all(kind).href()>
                {td_string!(lang, documents.clear)}
            </a>
        }
    });
    view! {
        <form method="get" action=kind.path() class="tools" role="search" on:submit=go>
            {kept
                .into_iter()
                .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
                .collect_view()}
            <SearchBox label=label name="q" value=query.search.clone().unwrap_or_default() />
            <Button submit=true>{td_string!(lang, documents.apply)}</Button>
            {clear}
        </form>
    }
}

#[component]
fn Table(query: PartyQuery, rows: Vec<PartyRow>, push: Push) -> impl IntoView {
    let lang = language();
    let order = if query.descending { Sorted::Descending } else { Sorted::Ascending };
    let head = |by_code: bool, label: &'static str| {
        let sorted = (query.by_code == by_code).then_some(order);
        view! { <SortHead label=label href=query.sorted(by_code).href() sorted=sorted /> }
    };
    let kind = query.kind;
    let (code, detail) = match kind {
        PartyKind::Contact => (
            view! { <th scope="col">{td_string!(lang, parties.tax_number)}</th> }.into_any(),
            td_string!(lang, parties.email),
        ),
        PartyKind::Product => {
            (head(true, td_string!(lang, parties.code)).into_any(), td_string!(lang, parties.unit))
        }
    };
    view! {
        <table class="cards">
            <thead>
                <tr>
                    <th scope="col">{td_string!(lang, documents.sync)}</th>
                    {head(false, td_string!(lang, parties.name))}
                    {code}
                    <th scope="col">{detail}</th>
                </tr>
            </thead>
            <tbody>
                {rows.into_iter().map(|row| view! { <Row kind=kind row=row push=push /> }).collect_view()}
            </tbody>
        </table>
    }
}

#[component]
fn Row(kind: PartyKind, row: PartyRow, push: Push) -> impl IntoView {
    let lang = language();
    let href = format!("{}/{}", kind.path(), row.id);
    let id = row.id.clone();
    let sending = push.map_or(Signal::stored(false), |push| is_sending(push, id));
    let place = row.place.filter(|place| !place.is_empty());
    let retired =
        row.retired.then(|| view! { <span class="dim">" · " {td_string!(lang, parties.retired)}</span> });
    view! {
        <tr data-id=row.id.clone()>
            <td class="at-state">
                <SyncSalesDocumentButton
                    sync=row.sync
                    record=row.id.clone()
                    href=href.clone()
                    form=push.map(|_| ROWS_FORM)
                    sending=sending
                />
            </td>
            <td class="at-name">
                <a class="main" href=href>
                    {row.name}
                </a>
                {place.map(|place| view! { <span class="dim">{format!(" · {place}")}</span> })} {retired}
            </td>
            <td class="keep num at-number">{row.code}</td>
            <td class="small at-status">{row.detail}</td>
        </tr>
    }
}

#[component]
fn Pages(query: PartyQuery, total: u64, per_page: u32, page: u32) -> impl IntoView {
    let size = u64::from(per_page.max(1));
    let before = u64::from(page.saturating_sub(1)).saturating_mul(size);
    let last = before.saturating_add(size).min(total);
    let previous = (page > 1).then(|| query.on_page(page - 1).href());
    let next = (last < total).then(|| query.on_page(page + 1).href());
    view! { <Pager from=before + 1 to=last total=total previous=previous next=next /> }
}
