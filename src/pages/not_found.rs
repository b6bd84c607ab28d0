//! The page for an address that leads nowhere.

use leptos::prelude::*;
use leptos_meta::Title;

use super::trouble::answer_not_found;
use crate::components::{Empty, IconName};
use crate::i18n::{language, td_string};

/// Says so, answers 404, and shows the way back.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    let lang = language();
    answer_not_found();
    view! {
        <Title text=td_string!(lang, not_found.title) />
        <div class="gate">
            <main>
                <div class="panel">
                    <h1 class="sr">{td_string!(lang, not_found.title)}</h1>
                    <Empty
                        icon=IconName::Question
                        title=td_string!(lang, not_found.title)
                        body=td_string!(lang, not_found.body)
                    >
                        <a class="btn" data-kind="primary" href="/sales-documents">
                            {td_string!(lang, not_found.go)}
                        </a>
                    </Empty>
                </div>
            </main>
        </div>
    }
}
