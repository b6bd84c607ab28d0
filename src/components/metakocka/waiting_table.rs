//! The table of what waits in Metakocka.

use leptos::prelude::*;

use super::type_name;
use crate::components::format::Style;
use crate::components::{Button, Icon, IconName, TypeTag};
use crate::i18n::{Locale, language, td_string};
use crate::model::{Tone, WaitingReason, WaitingRow};

/// Why a remote record waits: icon, words, colour.
#[component]
pub fn WaitingReasonBadge(
    /// The reason.
    reason: WaitingReason,
) -> impl IntoView {
    let (icon, tone, words) = signs(language(), reason);
    view! {
        <span class="state" data-tone=tone.as_str()>
            <Icon name=icon />
            <span>{words}</span>
        </span>
    }
}

fn signs(lang: Locale, reason: WaitingReason) -> (IconName, Tone, &'static str) {
    match reason {
        WaitingReason::New => (IconName::Down, Tone::Flow, td_string!(lang, waiting.fresh)),
        WaitingReason::Changed => (IconName::Down, Tone::Flow, td_string!(lang, waiting.changed)),
        WaitingReason::Conflict => (IconName::Decide, Tone::Ask, td_string!(lang, waiting.conflict)),
        WaitingReason::Review => (IconName::Decide, Tone::Ask, td_string!(lang, waiting.review)),
        WaitingReason::Unreadable => (IconName::Stop, Tone::Bad, td_string!(lang, waiting.unreadable)),
    }
}

/// The table. It stands in the form that takes records: a ticked row sends `keys[]`, a row's button sends `only`.
#[component]
pub fn WaitingTable(
    /// The rows.
    rows: Vec<WaitingRow>,
    /// Whether the person may take records.
    may_take: bool,
) -> impl IntoView {
    let lang = language();
    view! {
        <table class="cards">
            <thead>
                <tr>
                    <th scope="col" class="tick">
                        <span class="sr">{td_string!(lang, waiting.select)}</span>
                    </th>
                    <th scope="col">{td_string!(lang, waiting.reason)}</th>
                    <th scope="col">{td_string!(lang, documents.number)}</th>
                    <th scope="col">{td_string!(lang, documents.customer)}</th>
                    <th scope="col">{td_string!(lang, documents.date)}</th>
                    <th scope="col" class="amount">
                        {td_string!(lang, documents.total)}
                    </th>
                    <th scope="col">
                        <span class="sr">{td_string!(lang, waiting.take)}</span>
                    </th>
                </tr>
            </thead>
            <tbody>
                {rows.into_iter().map(|row| view! { <Row row=row may_take=may_take /> }).collect_view()}
            </tbody>
        </table>
    }
}

#[component]
fn Row(row: WaitingRow, may_take: bool) -> impl IntoView {
    let lang = language();
    let style = Style::of(lang);
    let takes = may_take && row.reason.can_be_taken();
    let number = if row.number.is_empty() { "—".to_owned() } else { row.number.clone() };
    let total = row.total.as_ref().map(|total| style.money(total, row.currency.as_deref().unwrap_or("EUR")));
    let number_view = match &row.document {
        Some(id) => view! { <a class="main link" href=format!("/sales-documents/{id}")>{number.clone()}</a> }
            .into_any(),
        None => view! { <span class="main">{number.clone()}</span> }.into_any(),
    };
    view! {
        <tr data-key=row.key.clone() data-reason=reason_name(row.reason)>
            <td class="tick at-tick">
                {takes
                    .then(|| {
                        view! {
                            <label>
                                <input type="checkbox" name="keys[]" value=row.key.clone() />
                                <span class="sr">{td_string!(lang, waiting.select_row, number = number.clone())}</span>
                            </label>
                        }
                    })}
            </td>
            <td class="at-state">
                <WaitingReasonBadge reason=row.reason />
                {row.sentence.map(|why| view! { <span class="why">{why}</span> })}
            </td>
            <td class="keep at-number">{number_view} " " {row.kind.map(|kind| view! { <TypeTag text=type_name(kind) /> })}</td>
            <td class="at-name">{row.name}</td>
            <td class="keep num at-date">{row.date.map(|day| style.day(day))}</td>
            <td class="amount at-total">{total}</td>
            <td class="at-act">
                {takes
                    .then(|| {
                        view! {
                            <Button
                                small=true
                                submit=true
                                attr:name="only"
                                attr:value=row.key.clone()
                                attr:aria-label=td_string!(lang, waiting.take_row, number = number)
                            >
                                {td_string!(lang, waiting.take)}
                            </Button>
                        }
                    })}
            </td>
        </tr>
    }
}

fn reason_name(reason: WaitingReason) -> &'static str {
    match reason {
        WaitingReason::New => "new",
        WaitingReason::Changed => "changed",
        WaitingReason::Conflict => "conflict",
        WaitingReason::Review => "review",
        WaitingReason::Unreadable => "unreadable",
    }
}
