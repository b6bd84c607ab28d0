//! The card beside a document: how it stands towards Metakocka, and what comes next.

use leptos::prelude::*;

use super::RecordStateBadge;
use super::state_words::what_next;
use crate::components::format::when;
use crate::i18n::{language, td_string};
use crate::model::RecordSync;

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
    let next = what_next(sync.state);
    let detail = sync.detail.clone();
    view! {
        <section class="panel pad stack" id="sync" aria-labelledby="sync-title">
            <h2 id="sync-title">"Metakocka"</h2>
            <div>
                <RecordStateBadge sync=sync id="sync-tip" />
            </div>
            {detail.map(|detail| view! { <p>{detail}</p> })}
            <dl class="kv">
                <dt>{td_string!(lang, sync.number)}</dt>
                <dd>{number.unwrap_or_else(|| "—".to_owned())}</dd>
                <dt>{td_string!(lang, sync.last_equal)}</dt>
                <dd>{equal}</dd>
                <dt>{td_string!(lang, sync.next)}</dt>
                <dd>{next}</dd>
            </dl>
            {children.map(|children| view! { <div class="form-acts">{children()}</div> })}
        </section>
    }
}
