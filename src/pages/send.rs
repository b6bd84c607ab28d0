//! What sending everything of a list would do, and the button that does it (contract §3: a confirmation).

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use sync_core::record::RecordKind;
use sync_core::state::SyncState;

use super::form::{BackTo, use_form};
use super::live::{Deed, Live, follow};
use super::signed_in::Who;
use super::sync_control::announce;
use super::trouble::Trouble;
use crate::api::push::{PushAll, load_push_preview};
use crate::components::format::Style;
use crate::components::metakocka::{left_out_because, state_icon, state_name, state_tone};
use crate::components::{Button, ButtonKind, Empty, Icon, IconName, Loading};
use crate::i18n::{language, td_string};
use crate::model::{
    DocumentQuery, MyRole, PartyKind, PartyQuery, PlanWay, PushPreview, StateCount, list_path, new_plan_path,
};

/// `/sales-documents/send`.
#[component]
pub fn SendDocumentsPage() -> impl IntoView {
    view! { <SendPage kind=RecordKind::SalesDocument /> }
}

/// `/contacts/send`.
#[component]
pub fn SendContactsPage() -> impl IntoView {
    view! { <SendPage kind=RecordKind::Contact /> }
}

/// `/products/send`.
#[component]
pub fn SendProductsPage() -> impl IntoView {
    view! { <SendPage kind=RecordKind::Product /> }
}

/// Name of the list.
fn list_name(kind: RecordKind) -> &'static str {
    let lang = language();
    match kind {
        RecordKind::SalesDocument => td_string!(lang, documents.title),
        RecordKind::Contact => td_string!(lang, parties.contacts),
        RecordKind::Product => td_string!(lang, parties.products),
    }
}

#[component]
fn SendPage(kind: RecordKind) -> impl IntoView {
    let lang = language();
    let live = Live::expect();
    let preview =
        Resource::new(move || (live.button.get(), live.documents.get()), move |_| load_push_preview(kind));
    let action = use_sending(kind);
    view! {
        <Title text=td_string!(lang, push.title) />
        <div class="head">
            <div>
                <p class="crumb">
                    <a href=list_path(kind)>{list_name(kind)}</a>
                    " ›"
                </p>
                <h1>{td_string!(lang, push.title)}</h1>
            </div>
        </div>
        <Transition fallback=Loading>
            {move || {
                let preview = follow(preview)?;
                Some(Suspend::new(async move {
                    let may_send = Who::is().await.is_ok_and(|me| me.role >= MyRole::Staff);
                    match preview.await {
                        Ok(preview) => {
                            view! { <Preview kind=kind preview=preview may_send=may_send action=action /> }
                                .into_any()
                        }
                        Err(error) => view! { <Trouble error=error /> }.into_any(),
                    }
                }))
            }}
        </Transition>
    }
}

/// The form that sends; with a script the list is shown at once and the run's end is spoken of there.
fn use_sending(kind: RecordKind) -> ServerAction<PushAll> {
    let live = Live::expect();
    let form = use_form::<PushAll>("push-all");
    let action = form.action;
    announce(form.error);
    let navigate = use_navigate();
    Effect::new(move |_| {
        if let Some(Ok(done)) = action.value().get()
            && let Some(run) = done.run
        {
            live.started(run, Deed::Send(kind));
            navigate(list_path(kind), NavigateOptions::default());
        }
    });
    action
}

#[component]
fn Preview(
    kind: RecordKind,
    preview: PushPreview,
    may_send: bool,
    action: ServerAction<PushAll>,
) -> impl IntoView {
    let lang = language();
    let ready = preview.ready();
    let left_out = preview.left_out.clone();
    let body = if ready == 0 {
        view! {
            <section class="panel">
                <Empty
                    icon=IconName::Check
                    title=td_string!(lang, push.none_title)
                    body=td_string!(lang, push.none_body)
                >
                    <a class="btn" href=list_path(kind)>
                        {td_string!(lang, push.back)}
                    </a>
                </Empty>
            </section>
        }
        .into_any()
    } else {
        view! { <WillHappen kind=kind preview=preview may_send=may_send action=action /> }.into_any()
    };
    view! {
        <div class="stack narrow">{body} {(!left_out.is_empty()).then(|| view! { <LeftOut kind=kind counts=left_out /> })}</div>
    }
}

#[component]
fn WillHappen(
    kind: RecordKind,
    preview: PushPreview,
    may_send: bool,
    action: ServerAction<PushAll>,
) -> impl IntoView {
    let lang = language();
    let style = Style::of(lang);
    let ready = preview.ready();
    let pending = action.pending();
    let parts = [
        (td_string!(lang, push.created), preview.created),
        (td_string!(lang, push.updated), preview.updated),
        (td_string!(lang, push.merged), preview.merged),
    ];
    let parts = parts.into_iter().filter(|(_, count)| *count > 0).map(|(name, count)| {
        view! {
            <dt>{name}</dt>
            <dd class="num">{style.count(count)}</dd>
        }
    });
    let words = td_string!(lang, push.confirm, n = style.count(ready)).to_string();
    view! {
        <section class="panel pad stack" aria-label=td_string!(lang, push.title)>
            <p>{td_string!(lang, push.lead)}</p>
            <dl class="kv">{parts.collect_view()}</dl>
            {if may_send {
                view! {
                    <ActionForm action=action>
                        <BackTo path=list_path(kind) />
                        <input type="hidden" name="kind" value=kind.as_str() />
                        // Only a page without a script has this field, and waits for the end.
                        <noscript inner_html="<input type=\"hidden\" name=\"wait\" value=\"true\">"></noscript>
                        <div class="form-acts">
                            <Button kind=ButtonKind::Primary icon=IconName::Up submit=true disabled=pending>
                                {words}
                            </Button>
                            <a class="btn" href=new_plan_path(kind, PlanWay::To)>
                                {td_string!(lang, plan.preview_all)}
                            </a>
                            <a class="btn" data-kind="quiet" href=list_path(kind)>
                                {td_string!(lang, form.cancel)}
                            </a>
                        </div>
                    </ActionForm>
                }
                    .into_any()
            } else {
                view! { <p class="dim">{td_string!(lang, tip.read_only)}</p> }.into_any()
            }}
        </section>
    }
}

/// Each state that stays, how many, why, and a way to them.
#[component]
fn LeftOut(kind: RecordKind, counts: Vec<StateCount>) -> impl IntoView {
    let lang = language();
    let style = Style::of(lang);
    let rows = counts.into_iter().map(|StateCount { state, count }| {
        view! {
            <li>
                <a class="state" data-tone=state_tone(state).as_str() href=filtered(kind, state)>
                    <Icon name=state_icon(state) />
                    <span>{state_name(state)} " " <b>{style.count(count)}</b></span>
                </a>
                <p class="small dim">{left_out_because(state)}</p>
            </li>
        }
    });
    view! {
        <section class="panel pad stack" aria-labelledby="left-out-title">
            <h2 id="left-out-title">{td_string!(lang, push.left_out)}</h2>
            <ul class="plain stack">{rows.collect_view()}</ul>
        </section>
    }
}

/// The list of those in a state.
fn filtered(kind: RecordKind, state: SyncState) -> String {
    match kind {
        RecordKind::SalesDocument => DocumentQuery::default().in_state(Some(state)).href(),
        RecordKind::Contact => PartyQuery::all(PartyKind::Contact).in_state(Some(state)).href(),
        RecordKind::Product => PartyQuery::all(PartyKind::Product).in_state(Some(state)).href(),
    }
}
