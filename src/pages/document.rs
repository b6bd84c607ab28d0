//! One sales document: head, lines, totals, and how it stands towards Metakocka.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use sync_core::record::RecordKind;
use sync_core::state::SyncState;

use super::alarms::Alarms;
use super::live::{Live, follow};
use super::notes::Notes;
use super::plan::PreviewLink;
use super::push::{SendOne, use_push};
use super::record::{Blocking, Decide, History};
use super::signed_in::Who;
use super::trouble::{Absent, Trouble};
use crate::api::documents::load_document;
use crate::api::error::ErrorCode;
use crate::api::push::PushRecord;
use crate::components::format::Style;
use crate::components::metakocka::{SyncSection, state_icon, state_name, state_tone, type_name};
use crate::components::{Banner, IconName, Loading, TypeTag};
use crate::i18n::{language, td_string};
use crate::model::{Document, DocumentLine, MyRole, RecordRef, RecordSync, TotalCheck, one_plan_path};

/// The page.
#[component]
pub fn DocumentPage() -> impl IntoView {
    let live = Live::expect();
    let parameters = use_params_map();
    let id = Memo::new(move |_| parameters.with(|map| map.get("id").unwrap_or_default()));
    let loaded = Resource::new(
        move || (id.try_get().unwrap_or_default(), live.documents.get()),
        |(id, _)| load_document(id),
    );
    let push = use_push().action;
    view! {
        <Transition fallback=Loading>
            {move || {
                let loaded = follow(loaded)?;
                Some(Suspend::new(async move {
                    let may_send = Who::is().await.is_ok_and(|me| me.role > MyRole::ReadOnly);
                    let push = may_send.then_some(push);
                    match loaded.await {
                        Ok(document) => view! { <Shown document=document push=push /> }.into_any(),
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
            icon=IconName::Document
            title=td_string!(lang, document.not_found)
            body=td_string!(lang, document.not_found_body)
            href="/sales-documents"
            back=td_string!(lang, document.back)
        />
    }
}

#[component]
fn Shown(document: Document, push: Option<ServerAction<PushRecord>>) -> impl IntoView {
    let lang = language();
    let row = &document.row;
    let number = if row.number.is_empty() {
        td_string!(lang, documents.no_number).to_owned()
    } else {
        row.number.clone()
    };
    let kind = type_name(row.kind);
    let sync = row.sync.clone();
    let record = RecordRef { kind: "sales_document".to_owned(), id: row.id.clone() };
    let (blocking, alarmed) = (document.blocking.clone(), row.id.clone());
    let (id, state) = (row.id.clone(), row.sync.state);
    let decide = view! { <Decide kind=RecordKind::SalesDocument id=id.clone() state=state /> };
    let preview = view! { <PreviewLink href=one_plan_path(RecordKind::SalesDocument, &id) /> };
    let send = push.map(|action| {
        view! { <SendOne kind=RecordKind::SalesDocument id=id state=state action=action /> }
    });
    view! {
        <Title text=number.clone() />
        <div class="head">
            <div>
                <p class="crumb">
                    <a href="/sales-documents">{td_string!(lang, documents.title)}</a>
                    " ›"
                </p>
                <h1>{number} " " <TypeTag text=kind /></h1>
            </div>
            <div class="acts">
                <EditLink href=format!("/sales-documents/{}/edit", row.id) />
            </div>
        </div>
        <StateBanner sync=sync.clone() />
        <div class="cols">
            <section class="panel" aria-label=kind>
                <div class="pad">
                    <Facts document=document.clone() />
                </div>
                <Lines lines=document.lines.clone() />
                <Totals document=document />
            </section>
            <div class="stack">
                <SyncSection sync=sync>
                    {decide}
                    {send}
                    {preview}
                    <a class="btn" data-size="small" href="/sales-documents/waiting">
                        {td_string!(lang, document.open_waiting)}
                    </a>
                </SyncSection>
                <Alarms kind=RecordKind::SalesDocument id=alarmed.clone() />
                <Notes kind=RecordKind::SalesDocument id=alarmed />
                <Blocking reasons=blocking />
                <History record=record />
            </div>
        </div>
    }
}

/// Leads to the form, for those who may edit.
#[component]
fn EditLink(href: String) -> impl IntoView {
    let lang = language();
    view! {
        <Suspense>
            {move || {
                let href = href.clone();
                Suspend::new(async move {
                    let may = Who::is().await.is_ok_and(|me| me.role > MyRole::ReadOnly);
                    may.then(|| view! { <a class="btn" href=href>{td_string!(lang, document.edit)}</a> })
                })
            }}
        </Suspense>
    }
}

/// Over the page only when somebody is needed; what is well is quiet.
#[component]
fn StateBanner(sync: RecordSync) -> impl IntoView {
    let needs_somebody =
        matches!(sync.state, SyncState::NeedsReview(_) | SyncState::Error(_) | SyncState::Unknown);
    needs_somebody.then(|| {
        view! {
            <Banner
                tone=state_tone(sync.state)
                icon=state_icon(sync.state)
                title=state_name(sync.state)
                body=sync.detail.unwrap_or_default()
            />
        }
    })
}

#[component]
fn Facts(document: Document) -> impl IntoView {
    let lang = language();
    let style = Style::of(lang);
    let row = document.row;
    let facts = [
        (td_string!(lang, document.customer), Some(row.customer)),
        (td_string!(lang, document.address), document.address),
        (td_string!(lang, document.date), Some(style.day(row.date))),
        (td_string!(lang, document.due), document.due.map(|day| style.day(day))),
        (td_string!(lang, document.customer_order), document.customer_order),
        (td_string!(lang, document.receiver), document.receiver),
        (td_string!(lang, document.tax_number), document.tax_number),
        (td_string!(lang, document.status), row.status),
        (td_string!(lang, document.currency), Some(row.currency)),
        (td_string!(lang, document.subject), document.title),
        (td_string!(lang, document.notes), document.notes),
    ];
    let known = facts.into_iter().filter_map(|(name, value)| {
        let value = value.filter(|value| !value.is_empty())?;
        Some(view! {
            <div>
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        })
    });
    view! { <dl class="facts">{known.collect_view()}</dl> }
}

#[component]
fn Lines(lines: Vec<DocumentLine>) -> impl IntoView {
    let lang = language();
    if lines.is_empty() {
        return view! { <p class="pad dim">{td_string!(lang, document.no_lines)}</p> }.into_any();
    }
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=td_string!(lang, document.lines)>
            <table class="lines">
                <thead>
                    <tr>
                        <th scope="col">{td_string!(lang, document.product)}</th>
                        <th scope="col" class="amount">
                            {td_string!(lang, document.amount)}
                        </th>
                        <th scope="col" class="amount">
                            {td_string!(lang, document.price)}
                        </th>
                        <th scope="col" class="amount">
                            {td_string!(lang, document.discount)}
                        </th>
                        <th scope="col">{td_string!(lang, document.tax)}</th>
                        <th scope="col" class="amount">
                            {td_string!(lang, document.net)}
                        </th>
                    </tr>
                </thead>
                <tbody>{lines.into_iter().map(|line| view! { <Line line=line /> }).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// A product's line, or a line of text in italics whose other cells are empty.
#[component]
fn Line(line: DocumentLine) -> impl IntoView {
    let lang = language();
    let style = Style::of(lang);
    let is_text = line.amount.is_none();
    let amount = line.amount.map(|amount| {
        let unit = line.unit.unwrap_or_default();
        format!("{} {unit}", style.decimal(&amount, 0)).trim_end().to_owned()
    });
    let gross =
        line.gross_price.then(|| view! { <span class="why">{td_string!(lang, document.price_gross)}</span> });
    let price = line.price.map(|price| style.amount(&price));
    let discounts: Vec<String> = line.discounts.iter().map(|step| style.percent(step)).collect();
    let tax: Vec<String> =
        [line.tax_code, line.tax_rate.map(|rate| style.percent(&rate))].into_iter().flatten().collect();
    let text = line.text.filter(|text| !text.is_empty());
    let code = Some(line.code).filter(|code| !code.is_empty());
    let name = if is_text {
        view! { <em class="dim">{line.name}</em> }.into_any()
    } else {
        view! { <span class="main">{line.name}</span> }.into_any()
    };
    view! {
        <tr>
            <td>
                {name} {code.map(|code| view! { <span class="why">{code}</span> })}
                {text.map(|text| view! { <span class="why">{text}</span> })}
            </td>
            <td class="amount">{amount}</td>
            <td class="amount">{price} {gross}</td>
            <td class="amount">{(!discounts.is_empty()).then(|| discounts.join(" + "))}</td>
            <td class="keep dim">{tax.join(" ")}</td>
            <td class="amount">{line.net.map(|net| style.amount(&net))}</td>
        </tr>
    }
}

#[component]
fn Totals(document: Document) -> impl IntoView {
    let lang = language();
    let style = Style::of(lang);
    let currency = document.row.currency;
    let has_discount = document.discount.bytes().any(|digit| matches!(digit, b'1'..=b'9'));
    let taxes = document.taxes.into_iter().map(|tax| {
        let name = match tax.rate {
            Some(rate) => td_string!(lang, document.sum_tax, rate = style.percent(&rate)).to_string(),
            None => td_string!(lang, document.sum_tax_code, code = tax.code).to_string(),
        };
        view! {
            <dt>{name}</dt>
            <dd>{style.amount(&tax.tax)}</dd>
        }
    });
    let difference = style.money(document.difference.trim_start_matches('-'), &currency);
    let check = match document.check {
        TotalCheck::Exact => None,
        TotalCheck::Rounding => {
            Some(td_string!(lang, document.rounding, difference = difference).to_string())
        }
        TotalCheck::Different => {
            Some(td_string!(lang, document.different, difference = difference).to_string())
        }
    };
    view! {
        <dl class="totals">
            {has_discount
                .then(|| {
                    view! {
                        <dt>{td_string!(lang, document.sum_discount)}</dt>
                        <dd>{style.amount(&document.discount)}</dd>
                    }
                })}
            <dt>{td_string!(lang, document.sum_net)}</dt>
            <dd>{style.amount(&document.net)}</dd>
            {taxes.collect_view()}
            <dt class="sum">{td_string!(lang, document.sum_total)}</dt>
            <dd class="sum">{style.money(&document.row.total, &currency)}</dd>
            {document
                .paid
                .map(|paid| {
                    view! {
                        <dt>{td_string!(lang, document.sum_paid)}</dt>
                        <dd>{style.amount(&paid)}</dd>
                    }
                })}
            {check.map(|check| view! { <dd class="wide-row fine">{check}</dd> })}
        </dl>
    }
}
