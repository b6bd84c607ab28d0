//! The line under a list: which rows of how many, and the pages before and after.

use leptos::prelude::*;

use super::format::Style;
use crate::i18n::{language, td_string};

/// The pager. A page that does not exist is no link.
#[component]
pub fn Pager(
    /// First row shown, from 1.
    from: u64,
    /// Last row shown.
    to: u64,
    /// Rows in all.
    total: u64,
    /// Link to the page before.
    previous: Option<String>,
    /// Link to the page after.
    next: Option<String>,
) -> impl IntoView {
    let lang = language();
    let style = Style::of(lang);
    let range = td_string!(
        lang,
        common.range,
        from = style.count(from),
        to = style.count(to),
        total = style.count(total)
    );
    view! {
        <nav class="pager" aria-label=td_string!(lang, common.pages)>
            <span class="num">{range}</span>
            <span class="end">
                <Step href=previous words=td_string!(lang, common.previous) rel="prev" />
                <Step href=next words=td_string!(lang, common.next) rel="next" />
            </span>
        </nav>
    }
}

#[component]
fn Step(href: Option<String>, words: &'static str, rel: &'static str) -> impl IntoView {
    match href {
        Some(href) => view! { <a class="btn" data-size="small" href=href rel=rel>{words}</a> }.into_any(),
        None => view! { <span class="btn" data-size="small" aria-disabled="true">{words}</span> }.into_any(),
    }
}
