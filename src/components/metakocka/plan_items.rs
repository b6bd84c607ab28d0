//! The records of a plan: what is done with each, which fields change, and the requests behind it.

use leptos::prelude::*;

use super::place_words::{place_words, value_words};
use crate::components::format::Style;
use crate::components::{Icon, IconName};
use crate::i18n::{language, td_string};
use crate::model::{PlanChange, PlanDeed, PlanItem, PlanRequest, PlanWay, Tone};

/// Which way records go, in words.
#[must_use]
pub fn way_name(way: PlanWay) -> &'static str {
    let lang = language();
    match way {
        PlanWay::To => td_string!(lang, plan.to),
        PlanWay::From => td_string!(lang, plan.from),
        PlanWay::Both => td_string!(lang, plan.both),
    }
}

/// What is done, as icon, words and colour.
fn deed_sign(deed: PlanDeed) -> (Tone, IconName, &'static str) {
    let lang = language();
    match deed {
        PlanDeed::CreateThere => (Tone::Flow, IconName::Up, td_string!(lang, plan.create_there)),
        PlanDeed::UpdateThere => (Tone::Flow, IconName::Up, td_string!(lang, plan.update_there)),
        PlanDeed::Merge => (Tone::Merge, IconName::Merge, td_string!(lang, plan.merge)),
        PlanDeed::Link => (Tone::Merge, IconName::Merge, td_string!(lang, plan.link)),
        PlanDeed::CreateHere => (Tone::Flow, IconName::Down, td_string!(lang, plan.create_here)),
        PlanDeed::UpdateHere => (Tone::Flow, IconName::Down, td_string!(lang, plan.update_here)),
        PlanDeed::Nothing => (Tone::Off, IconName::Minus, td_string!(lang, plan.nothing)),
    }
}

/// The list.
#[component]
pub fn PlanItems(
    /// The items, in their order.
    items: Vec<PlanItem>,
) -> impl IntoView {
    view! {
        <ul class="plain rows">
            {items.into_iter().map(|item| view! { <Item item=item /> }).collect_view()}
        </ul>
    }
}

#[component]
fn Item(item: PlanItem) -> impl IntoView {
    let lang = language();
    let style = Style::of(lang);
    let (tone, icon, words) = deed_sign(item.deed);
    let name = match item.href {
        Some(href) => view! { <a class="main link" href=href>{item.label}</a> }.into_any(),
        None => view! { <span class="main">{item.label}</span> }.into_any(),
    };
    let brought = item.brought.then(|| view! { <p class="small dim">{td_string!(lang, plan.brought)}</p> });
    let calls = (item.deed != PlanDeed::Nothing)
        .then(|| td_string!(lang, plan.n_calls, count = item.calls, n = style.count(item.calls)).to_string());
    let said = item.reasons.into_iter().chain(item.notes).map(|text| view! { <p>{text}</p> });
    view! {
        <li class="failure" data-deed=format!("{:?}", item.deed)>
            <div class="stack plan-item">
                <p>
                    {name} " "
                    <span class="state" data-tone=tone.as_str()>
                        <Icon name=icon />
                        <span>{words}</span>
                    </span>
                    " "
                    <span class="small dim num">{calls}</span>
                </p>
                {brought}
                {said.collect_view()}
                <Changes changes=item.changes />
                {item.requests.into_iter().map(|request| view! { <Request request=request /> }).collect_view()}
            </div>
        </li>
    }
}

#[component]
fn Changes(changes: Vec<PlanChange>) -> impl IntoView {
    let lang = language();
    if changes.is_empty() {
        return ().into_any();
    }
    let both = changes.iter().any(|change| change.here) && changes.iter().any(|change| !change.here);
    let rows = changes.into_iter().map(|change| {
        let side = both
            .then(|| if change.here { td_string!(lang, plan.here) } else { td_string!(lang, plan.there) });
        let shown = |value| value_words(&change.place, value).join(" · ");
        view! {
            <tr>
                <th scope="row">
                    <span class="place">{place_words(&change.place)}</span>
                    {side.map(|side| view! { <span class="why">{side}</span> })}
                </th>
                <td class="dim" data-label=td_string!(lang, plan.now)>
                    {shown(&change.from)}
                </td>
                <td data-label=td_string!(lang, plan.then)>{shown(&change.to)}</td>
            </tr>
        }
    });
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=td_string!(lang, plan.changes)>
            <table class="cmp">
                <thead>
                    <tr>
                        <th scope="col">
                            <span class="sr">{td_string!(lang, review.place)}</span>
                        </th>
                        <th scope="col">{td_string!(lang, plan.now)}</th>
                        <th scope="col">{td_string!(lang, plan.then)}</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn Request(request: PlanRequest) -> impl IntoView {
    let lang = language();
    let fresh = request.fresh_read.then(|| {
        view! { <p class="small dim">{td_string!(lang, plan.fresh_read)}</p> }
    });
    view! {
        <details>
            <summary>
                {td_string!(lang, plan.request)} " " <code>{request.line}</code>
            </summary>
            {fresh}
            <pre class="body" tabindex="0">
                {request.body}
            </pre>
        </details>
    }
}
