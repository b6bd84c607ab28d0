//! Settings › Metakocka: company, key, address, a test, and how things stand.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;

use super::form::{Back, Form, Refusal, use_form, wrong};
use super::signed_in::Who;
use super::trouble::Trouble;
use crate::api::connection::{SaveConnection, load_connection};
use crate::components::format::{Style, when};
use crate::components::{Banner, Button, ButtonKind, Field, FieldKind, Icon, IconName, Loading};
use crate::i18n::{language, td_string};
use crate::model::{Calls, Connection, ConnectionState, MyRole, Tone};

/// The page.
#[component]
pub fn ConnectionPage() -> impl IntoView {
    let lang = language();
    let form = use_form::<SaveConnection>("save-connection");
    let action = form.action;
    let loaded = Resource::new(move || action.version().get(), |_| load_connection());
    view! {
        <Title text=td_string!(lang, settings.title) />
        <div class="head">
            <div>
                <p class="crumb">{td_string!(lang, settings.crumb)} " ›"</p>
                <h1>{td_string!(lang, settings.title)}</h1>
                <p class="sub">{td_string!(lang, settings.lead)}</p>
            </div>
        </div>
        <Transition fallback=Loading>
            {move || {
                let form = form.clone();
                Suspend::new(async move {
                let is_owner = Who::is().await.is_ok_and(|me| me.role == MyRole::Owner);
                match loaded.await {
                    Ok(connection) => {
                        view! {
                            <div class="stack narrow">
                                <Standing connection=connection.clone() />
                                <Edit
                                    connection=connection.clone()
                                    is_owner=is_owner
                                    form=form.clone()
                                />
                                {connection.map(|connection| view! { <Made calls=connection.calls /> })}
                            </div>
                        }
                            .into_any()
                    }
                    Err(error) => view! { <Trouble error=error /> }.into_any(),
                }
            })}}
        </Transition>
    }
}

/// How the connection stands, in words.
#[component]
fn Standing(connection: Option<Connection>) -> impl IntoView {
    let lang = language();
    let Some(connection) = connection else {
        return view! {
            <Banner tone=Tone::Wait icon=IconName::Plus title=td_string!(lang, settings.none) />
        }
        .into_any();
    };
    let (tone, icon, title) = match connection.state {
        ConnectionState::Active => (Tone::Ok, IconName::Check, td_string!(lang, settings.active)),
        ConnectionState::Paused => (Tone::Wait, IconName::Clock, td_string!(lang, settings.paused)),
        ConnectionState::KeyRefused => (Tone::Bad, IconName::Stop, td_string!(lang, settings.key_refused)),
    };
    let since =
        connection.since.as_ref().map(|at| td_string!(lang, tip.since, time = when(lang, at)).to_string());
    let by = connection.by.map(|name| td_string!(lang, tip.by, name = name).to_string());
    let parts: Vec<String> = [connection.reason, since, by].into_iter().flatten().collect();
    view! {
        <Banner tone=tone icon=icon title=title body=parts.join(" · ")>
            <a class="btn" href=super::matching::PATH>
                <Icon name=IconName::Merge />
                <span>{td_string!(lang, matching.go)}</span>
            </a>
        </Banner>
    }
    .into_any()
}

/// The calls that were made, and how many an hour may have.
#[component]
fn Made(calls: Calls) -> impl IntoView {
    let lang = language();
    let style = Style::of(lang);
    let hour = match calls.limit {
        Some(limit) => td_string!(
            lang,
            settings.calls_of,
            made = style.count(calls.this_hour),
            limit = style.count(limit),
            time = when(lang, &calls.renewed_at)
        )
        .to_string(),
        None => style.count(calls.this_hour),
    };
    let lead = if calls.purposes.is_empty() {
        td_string!(lang, settings.calls_none)
    } else {
        td_string!(lang, settings.calls_lead)
    };
    let purposes = calls.purposes.into_iter().map(|(purpose, calls)| {
        view! {
            <dt>{purpose}</dt>
            <dd class="num">{style.count(calls)}</dd>
        }
    });
    view! {
        <section class="panel pad stack" aria-labelledby="calls-title">
            <h2 id="calls-title">{td_string!(lang, settings.calls)}</h2>
            <p class="dim">{lead}</p>
            <dl class="kv">
                {purposes.collect_view()} <dt>{td_string!(lang, settings.calls_hour)}</dt>
                <dd class="num">{hour}</dd>
            </dl>
        </section>
    }
}

/// The form. Whoever may not change it sees the same fields, closed.
#[component]
fn Edit(connection: Option<Connection>, is_owner: bool, form: Form<SaveConnection>) -> impl IntoView {
    let lang = language();
    let Form { action, error, typed } = form;
    let kept = connection.as_ref();
    let first = |name: &str, kept: Option<&String>| typed.values.get(name).or(kept).cloned();
    let company = first("company", kept.map(|kept| &kept.company));
    let address =
        first("address", kept.map(|kept| &kept.address)).unwrap_or_else(|| DEFAULT_ADDRESS.to_owned());
    let key_hint = match kept {
        Some(kept) => td_string!(lang, settings.key_hint_kept, last4 = kept.key_last4.clone()).to_string(),
        None => td_string!(lang, settings.key_hint_new).to_owned(),
    };
    let is_new = kept.is_none();
    let is_restored = kept.is_some_and(|kept| kept.is_restored);
    view! {
        <section class="panel pad">
            <ActionForm action=action attr:class="form">
                <Back />
                <Refusal error=error />
                <Field
                    label=td_string!(lang, settings.company)
                    name="company"
                    value=company
                    hint=td_string!(lang, settings.company_hint)
                    error=wrong(error, "company")
                    required=true
                    readonly=!is_owner
                />
                {is_owner
                    .then(|| {
                        view! {
                            <Field
                                label=td_string!(lang, settings.key)
                                name="secret"
                                kind=FieldKind::Secret
                                hint=key_hint
                                error=wrong(error, "secret")
                                required=is_new
                            />
                        }
                    })}
                <Field
                    label=td_string!(lang, settings.address)
                    name="address"
                    kind=FieldKind::Url
                    value=address
                    hint=td_string!(lang, settings.address_hint)
                    error=wrong(error, "address")
                    required=true
                    readonly=!is_owner
                />
                {if is_owner {
                    buttons(is_restored).into_any()
                } else {
                    view! {
                        <p class="dim">
                            <Icon name=IconName::Minus />
                            " "
                            {td_string!(lang, settings.only_owner)}
                        </p>
                    }
                        .into_any()
                }}
            </ActionForm>
        </section>
    }
}

/// Metakocka's own address; the operator may allow others.
const DEFAULT_ADDRESS: &str = "https://main.metakocka.si";

fn buttons(is_restored: bool) -> impl IntoView {
    let lang = language();
    view! {
        <div class="form-acts">
            {is_restored
                .then(|| {
                    view! {
                        <Button icon=IconName::Check submit=true attr:name="deed" attr:value="go_on">
                            {td_string!(lang, settings.go_on)}
                        </Button>
                    }
                })}
            <Button kind=ButtonKind::Primary submit=true attr:name="deed" attr:value="save">
                {td_string!(lang, common.save)}
            </Button>
            <Button icon=IconName::Sync submit=true attr:name="deed" attr:value="test">
                {td_string!(lang, settings.test)}
            </Button>
        </div>
    }
}
