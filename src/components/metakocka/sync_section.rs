//! The card beside a document: how it stands towards Metakocka, and what comes next.

use leptos::prelude::*;
use sync_core::state::{Review, SyncState, Trouble};

use super::RecordStateBadge;
use super::state_words::what_next;
use crate::components::format::when;
use crate::i18n::{language, td_string};
use crate::model::{RecordSync, When};

/// The card. The children are its actions.
#[component]
pub fn SyncSection(
    /// The state.
    sync: RecordSync,
    /// Actions.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let lang = language();
    let number = sync.number.clone().filter(|number| !number.is_empty());
    let equal = match &sync.equal_at {
        Some(at) => view! { <time datetime=at.utc.clone()>{when(lang, at)}</time> }.into_any(),
        None => td_string!(lang, time.never).into_any(),
    };
    let next = sync.advice.clone().unwrap_or_else(|| what_next(sync.state).to_owned());
    let detail = sync.detail.clone().map(|detail| view! { <Reason state=sync.state detail=detail /> });
    let (since, looks) = match sync.state {
        SyncState::Running => (sync.at.clone(), None),
        _ => (None, sync.at.clone()),
    };
    let asks = sync.asks_at.clone();
    let answer = answered_at(&sync).map(|(href, words)| {
        view! {
            <a class="btn" data-size="small" data-kind="primary" href=href>
                {words}
            </a>
        }
    });
    view! {
        <section class="panel pad stack" id="sync" aria-labelledby="sync-title">
            <h2 id="sync-title">"Metakocka"</h2>
            <div>
                <RecordStateBadge sync=sync id="sync-tip" />
            </div>
            {detail}
            <dl class="kv">
                <dt>{td_string!(lang, sync.number)}</dt>
                <dd>{number.unwrap_or_else(|| "—".to_owned())}</dd>
                <dt>{td_string!(lang, sync.last_equal)}</dt>
                <dd>{equal}</dd>
                <Time name=td_string!(lang, sync.since) at=since />
                <Time name=td_string!(lang, sync.looks) at=looks />
                <Time name=td_string!(lang, sync.asks) at=asks />
                <dt>{td_string!(lang, sync.next)}</dt>
                <dd>{next}</dd>
            </dl>
            <div class="form-acts">{answer} {children.map(|children| children())}</div>
        </section>
    }
}

/// The page on which somebody does something about the state, and the words that lead there.
fn answered_at(sync: &RecordSync) -> Option<(String, &'static str)> {
    let lang = language();
    match sync.state {
        SyncState::Unknown => {
            let write = sync.write.as_ref()?;
            Some((format!("/review/unknown/{write}"), td_string!(lang, sync.what_is_known)))
        }
        SyncState::NeedsReview(Review::Candidates) => {
            let write = sync.write.as_ref()?;
            Some((format!("/review/unknown/{write}"), td_string!(lang, sync.decide)))
        }
        SyncState::Error(Trouble::Refused | Trouble::Blocked) => {
            Some(("/failures".to_owned(), td_string!(lang, sync.all_failures)))
        }
        _ => None,
    }
}

/// Why; what Metakocka refused is told in its own words.
#[component]
fn Reason(state: SyncState, detail: String) -> impl IntoView {
    let lang = language();
    if state == SyncState::Error(Trouble::Refused) {
        view! {
            <p>
                <span class="dim">{td_string!(lang, sync.says)}</span>
                " "
                <q>{detail}</q>
            </p>
        }
        .into_any()
    } else {
        view! { <p>{detail}</p> }.into_any()
    }
}

/// A row with a time, when there is one.
#[component]
fn Time(name: &'static str, at: Option<When>) -> impl IntoView {
    at.map(|at| {
        view! {
            <dt>{name}</dt>
            <dd>
                <time datetime=at.utc.clone()>{when(language(), &at)}</time>
            </dd>
        }
    })
}
