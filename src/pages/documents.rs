//! The list of sales documents. Search, filter, sort and page all stand in the URL.

use leptos::ev::{self, SubmitEvent};
use leptos::form::form_data_from_event;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use leptos::web_sys::HtmlElement;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use sync_core::record::{DocumentType, RecordKind};

use super::live::{Live, follow};
use super::push::{ROWS_FORM, RowsForm, SyncAll, is_sending, use_push};
use super::signed_in::Who;
use super::sync_control::{ButtonResource, SyncControl, use_button};
use super::trouble::Trouble;
use crate::api::documents::load_documents;
use crate::api::push::PushRecord;
use crate::components::format::{Style, when};
use crate::components::metakocka::{SyncSalesDocumentButton, state_icon, state_name, state_tone, type_name};
use crate::components::{
    Button, Chip, ChipStrip, Empty, IconName, Loading, Pager, SearchBox, SortHead, Sorted, TypeTag,
};
use crate::i18n::{language, td_string};
use crate::model::{Day, DocumentPage, DocumentQuery, DocumentRow, DocumentSort, MyRole};

/// The page.
#[component]
pub fn DocumentsPage() -> impl IntoView {
    let lang = language();
    let live = Live::expect();
    let parameters = use_query_map();
    let query = Memo::new(move |_| parameters.with(|map| DocumentQuery::read(|name| map.get(name))));
    let page = Resource::new(
        move || (query.try_get().unwrap_or_default(), live.documents.get()),
        |(query, _)| load_documents(query),
    );
    let button = use_button(RecordKind::SalesDocument);
    let push = use_push().action;
    Effect::new(|_| search_by_key());
    view! {
        <Title text=td_string!(lang, documents.title) />
        <div class="head">
            <div>
                <h1>{td_string!(lang, documents.title)}</h1>
                <Summary page=page button=button />
            </div>
            <div class="acts">
                <NewLink />
                <a class="btn" href="/sales-documents/waiting">
                    {td_string!(lang, documents.waiting)}
                </a>
                <SyncAll kind=RecordKind::SalesDocument />
                <SyncControl button=button kind=RecordKind::SalesDocument />
            </div>
        </div>
        <RowsForm kind=RecordKind::SalesDocument action=push />
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

/// Leads to the form of a new document, for those who may make one.
#[component]
fn NewLink() -> impl IntoView {
    let lang = language();
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                let may = Who::is().await.is_ok_and(|me| me.role > MyRole::ReadOnly);
                may.then(|| {
                    view! {
                        <a class="btn" href="/sales-documents/new">
                            {td_string!(lang, documents.make)}
                        </a>
                    }
                })
            })}
        </Suspense>
    }
}

/// `/` goes to the search field, unless somebody is typing.
fn search_by_key() {
    let listener = window_event_listener(ev::keydown, |event| {
        let typing = document()
            .active_element()
            .is_some_and(|element| matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"));
        let plain = !event.ctrl_key() && !event.meta_key() && !event.alt_key();
        if event.key() != "/" || typing || !plain {
            return;
        }
        if let Some(field) = document().query_selector("#q").ok().flatten() {
            event.prevent_default();
            // Focus is refused only to what is not shown, and then there is nothing to search in.
            let _ = field.unchecked_into::<HtmlElement>().focus();
        }
    });
    on_cleanup(move || listener.remove());
}

/// Sends one record; none for somebody who only looks.
type Push = Option<ServerAction<PushRecord>>;

type PageResource = Resource<Result<DocumentPage, crate::api::error::ApiError>>;

/// How many documents there are, and when Metakocka was last looked at.
#[component]
fn Summary(page: PageResource, button: ButtonResource) -> impl IntoView {
    let lang = language();
    view! {
        <p class="sub">
            <Transition>
                {move || {
                    let (page, button) = (follow(page)?, follow(button)?);
                    Some(Suspend::new(async move {
                        let count = page.await.ok().map(|page| {
                            td_string!(lang, documents.count, count = page.all, n = Style::of(lang).count(page.all))
                                .to_string()
                        });
                        let looked = button.await.1.ok().and_then(|button| {
                            button
                                .state
                                .looked()
                                .map(|at| td_string!(lang, documents.looked, time = when(lang, at)).to_string())
                        });
                        let parts: Vec<String> = [count, looked].into_iter().flatten().collect();
                        parts.join(" · ")
                    }))
                }}
            </Transition>
        </p>
    }
}

#[component]
fn List(query: DocumentQuery, page: DocumentPage, push: Push) -> impl IntoView {
    let lang = language();
    let chips = chips(&query, &page);
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
        <section class="panel" aria-label=td_string!(lang, documents.title)>
            <Tools query=query />
            {body}
        </section>
    }
}

fn chips(query: &DocumentQuery, page: &DocumentPage) -> Vec<Chip> {
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
fn nothing(query: &DocumentQuery) -> impl IntoView {
    let lang = language();
    if query.filters() {
        view! {
            <Empty
                icon=IconName::Search
                title=td_string!(lang, documents.none_title)
                body=td_string!(lang, documents.none_body)
            >
                <a class="btn" href=DocumentQuery::default().href()>
                    {td_string!(lang, documents.none_clear)}
                </a>
            </Empty>
        }
        .into_any()
    } else {
        view! {
            <Empty
                icon=IconName::Document
                title=td_string!(lang, documents.empty_title)
                body=td_string!(lang, documents.empty_body)
            />
        }
        .into_any()
    }
}

/// Search and filters: a GET form, so that the URL holds them with or without a script; with one, without the fields
/// that are empty.
#[component]
fn Tools(query: DocumentQuery) -> impl IntoView {
    let lang = language();
    let navigate = use_navigate();
    let go = move |event: SubmitEvent| {
        if let Ok(typed) = form_data_from_event(&event) {
            event.prevent_default();
            let asked = DocumentQuery::read(|name| typed.get(name).as_string());
            navigate(&asked.href(), NavigateOptions::default());
        }
    };
    let kept = query.clone();
    let kept: Vec<(&'static str, String)> =
        kept.parameters().into_iter().filter(|(name, _)| matches!(*name, "state" | "sort" | "dir")).collect();
    let kinds = DocumentType::ALL.map(|kind| {
        let selected = query.kind == Some(kind);
        view! { <option value=kind.as_str() selected=selected>{type_name(kind)}</option> }
    });
    let clear = query.filters().then(|| {
        view! {
            <a class="btn" data-kind="quiet" href=DocumentQuery::default().href()>
                {td_string!(lang, documents.clear)}
            </a>
        }
    });
    view! {
        <form method="get" action="/sales-documents" class="tools" role="search" on:submit=go>
            {kept
                .into_iter()
                .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
                .collect_view()}
            <SearchBox
                label=td_string!(lang, documents.search)
                name="q"
                value=query.search.clone().unwrap_or_default()
            />
            <select class="control" name="type" aria-label=td_string!(lang, documents.kind)>
                <option value="" selected=query.kind.is_none()>
                    {td_string!(lang, documents.any_kind)}
                </option>
                {kinds.into_iter().collect_view()}
            </select>
            <label class="small">
                {td_string!(lang, documents.from)}
                <input class="control" type="date" name="from" value=query.from.map(Day::iso) />
            </label>
            <label class="small">
                {td_string!(lang, documents.to)}
                <input class="control" type="date" name="to" value=query.to.map(Day::iso) />
            </label>
            <Button submit=true>{td_string!(lang, documents.apply)}</Button>
            {clear}
        </form>
    }
}

#[component]
fn Table(query: DocumentQuery, rows: Vec<DocumentRow>, push: Push) -> impl IntoView {
    let lang = language();
    let head = move |sort: DocumentSort, label: &'static str| {
        let order = if query.descending { Sorted::Descending } else { Sorted::Ascending };
        let sorted = (query.sort == sort).then_some(order);
        let amount = sort == DocumentSort::Total;
        view! { <SortHead label=label href=query.sorted_by(sort).href() sorted=sorted amount=amount /> }
    };
    view! {
        <table class="cards">
            <thead>
                <tr>
                    <th scope="col">{td_string!(lang, documents.sync)}</th>
                    {head(DocumentSort::Number, td_string!(lang, documents.number))}
                    {head(DocumentSort::Customer, td_string!(lang, documents.customer))}
                    {head(DocumentSort::Date, td_string!(lang, documents.date))}
                    {head(DocumentSort::Total, td_string!(lang, documents.total))}
                    <th scope="col">{td_string!(lang, documents.status)}</th>
                </tr>
            </thead>
            <tbody>{rows.into_iter().map(|row| view! { <Row row=row push=push /> }).collect_view()}</tbody>
        </table>
    }
}

#[component]
fn Row(row: DocumentRow, push: Push) -> impl IntoView {
    let lang = language();
    let style = Style::of(lang);
    let href = format!("/sales-documents/{}", row.id);
    let number =
        if row.number.is_empty() { td_string!(lang, documents.no_number).to_owned() } else { row.number };
    let id = row.id.clone();
    let sending = push.map_or(Signal::stored(false), |push| is_sending(push, id));
    let city = row.city.filter(|city| !city.is_empty());
    let paid = row.paid.then(|| view! { <span class="paid small">{td_string!(lang, documents.paid)}</span> });
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
            <td class="keep at-number">
                <a class="main" href=href>
                    {number}
                </a>
                " "
                <TypeTag text=type_name(row.kind) />
            </td>
            <td class="at-name">
                {row.customer} {city.map(|city| view! { <span class="dim">{format!(" · {city}")}</span> })}
            </td>
            <td class="keep num at-date">
                <time datetime=row.date.iso()>{style.day(row.date)}</time>
            </td>
            <td class="amount at-total">{style.money(&row.total, &row.currency)}</td>
            <td class="small at-status">{row.status} " " {paid}</td>
        </tr>
    }
}

#[component]
fn Pages(query: DocumentQuery, total: u64, per_page: u32, page: u32) -> impl IntoView {
    let size = u64::from(per_page.max(1));
    let before = u64::from(page.saturating_sub(1)).saturating_mul(size);
    let last = before.saturating_add(size).min(total);
    let previous = (page > 1).then(|| query.on_page(page - 1).href());
    let next = (last < total).then(|| query.on_page(page + 1).href());
    view! { <Pager from=before + 1 to=last total=total previous=previous next=next /> }
}
