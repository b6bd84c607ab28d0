//! The one list of all questions: by reason, each with a link to the page where it is answered.

use leptos::prelude::*;

use super::state_words::{decision_words, state_icon, state_tone};
use crate::components::format::when;
use crate::components::{Icon, TypeTag};
use crate::i18n::{language, td_string};
use crate::model::ReviewRow;
use sync_core::record::RecordKind;
use sync_core::state::SyncState;

/// Questions of one reason after the other.
#[component]
pub fn ReviewList(
    /// The questions, those of one reason together.
    rows: Vec<ReviewRow>,
) -> impl IntoView {
    let mut groups: Vec<(SyncState, Vec<ReviewRow>)> = Vec::new();
    for row in rows {
        match groups.last_mut() {
            Some((state, rows)) if *state == row.state => rows.push(row),
            _ => groups.push((row.state, vec![row])),
        }
    }
    let groups = groups.into_iter().enumerate().map(|(at, (state, rows))| {
        let id = format!("group-{at}");
        let named = id.clone();
        view! {
            <section class="group" aria-labelledby=id>
                <h2 id=named>{decision_words(state)}</h2>
                <ul class="plain">
                    {rows.into_iter().map(|row| view! { <Row row=row /> }).collect_view()}
                </ul>
            </section>
        }
    });
    groups.collect_view()
}

#[component]
fn Row(row: ReviewRow) -> impl IntoView {
    let lang = language();
    let kind = match row.kind {
        RecordKind::SalesDocument => td_string!(lang, nav.documents),
        RecordKind::Contact => td_string!(lang, nav.contacts),
        RecordKind::Product => td_string!(lang, nav.products),
    };
    let name = row.title.clone();
    let title = match row.href {
        Some(href) => {
            let label = td_string!(lang, review.decide_row, name = name.clone()).to_string();
            view! { <a class="link main" href=href aria-label=label>{name}</a> }.into_any()
        }
        None => view! { <span class="main">{name}</span> }.into_any(),
    };
    view! {
        <li class="item" data-tone=state_tone(row.state).as_str() data-reason=row.state.reason()>
            <Icon name=state_icon(row.state) />
            <div>
                <p>{title} " " <TypeTag text=kind /> {row.about.map(|about| view! { " " <span>{about}</span> })}</p>
                {row.sentence.map(|sentence| view! { <p class="small dim">{sentence}</p> })}
            </div>
            <time class="small dim" datetime=row.since.utc.clone()>
                {when(lang, &row.since)}
            </time>
        </li>
    }
}
