//! Everything that a person is asked, as one list (`/review`).

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use sync_core::state::SyncState;

use super::live::{Live, follow};
use super::trouble::Trouble;
use crate::api::review::load_review;
use crate::components::format::Style;
use crate::components::metakocka::{ReviewList, decision_words, state_icon, state_tone};
use crate::components::{Chip, ChipStrip, Empty, IconName, Loading};
use crate::i18n::{language, td_string};
use crate::model::{REVIEW, ReviewCount, ReviewPage as Page};

/// The page.
#[component]
pub fn ReviewPage() -> impl IntoView {
    let lang = language();
    let live = Live::expect();
    let parameters = use_query_map();
    let asked = Memo::new(move |_| parameters.with(|map| (map.get("reason"), map.get("after"))));
    let page = Resource::new(
        move || (asked.try_get().unwrap_or_default(), live.documents.get()),
        |((reason, after), _)| load_review(reason, after),
    );
    view! {
        <Title text=td_string!(lang, review.title) />
        <Transition fallback=Loading>
            {move || {
                let page = follow(page)?;
                Some(Suspend::new(async move {
                    match page.await {
                        Ok(page) => view! { <List page=page /> }.into_any(),
                        Err(error) => view! { <Trouble error=error /> }.into_any(),
                    }
                }))
            }}
        </Transition>
    }
}

#[component]
fn List(page: Page) -> impl IntoView {
    let lang = language();
    let style = Style::of(lang);
    let total: u64 = page.counts.iter().map(|one| one.count).sum();
    let lead = td_string!(lang, review.lead, count = total, n = style.count(total)).to_string();
    let strip = (total > 0).then(|| {
        let chips = chips(&page, total);
        view! { <ChipStrip label=td_string!(lang, review.groups) chips=chips /> }
    });
    let next = page.next.as_ref().map(|after| {
        let reason = page.only.and_then(SyncState::reason).unwrap_or_default();
        format!("{REVIEW}?reason={reason}&after={after}")
    });
    let body = if page.rows.is_empty() {
        view! {
            <Empty
                icon=IconName::Check
                title=td_string!(lang, review.none_title)
                body=td_string!(lang, review.none_body)
            />
        }
        .into_any()
    } else {
        view! { <ReviewList rows=page.rows /> }.into_any()
    };
    view! {
        <div class="head">
            <div>
                <h1>{td_string!(lang, review.title)}</h1>
                <p class="sub">{lead}</p>
            </div>
        </div>
        {strip}
        <section class="panel" aria-label=td_string!(lang, review.title)>
            {body}
            {next
                .map(|href| {
                    view! {
                        <div class="pager">
                            <span class="end">
                                <a class="btn" data-size="small" href=href rel="next">
                                    {td_string!(lang, review.more)}
                                </a>
                            </span>
                        </div>
                    }
                })}
        </section>
    }
}

fn chips(page: &Page, total: u64) -> Vec<Chip> {
    let lang = language();
    let all = Chip {
        label: td_string!(lang, review.all).to_owned(),
        count: Some(total),
        href: REVIEW.to_owned(),
        current: page.only.is_none(),
        sign: None,
    };
    let of = |one: &ReviewCount| Chip {
        label: decision_words(one.state).to_owned(),
        count: Some(one.count),
        href: format!("{REVIEW}?reason={}", one.state.reason().unwrap_or_default()),
        current: page.only == Some(one.state),
        sign: Some((state_icon(one.state), state_tone(one.state))),
    };
    [all].into_iter().chain(page.counts.iter().map(of)).collect()
}
