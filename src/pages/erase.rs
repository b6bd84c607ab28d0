//! Erasing a contact: what goes, what stays, and the form that does it (`/contacts/{id}/erase`).

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::form::{Back, Form, Refusal, use_form, wrong};
use super::live::{Live, follow};
use super::record::Missing;
use super::signed_in::Who;
use super::trouble::Trouble;
use crate::api::erase::{EraseContact, load_erasing};
use crate::api::error::ErrorCode;
use crate::components::format::when;
use crate::components::{Banner, Button, ButtonKind, Icon, IconName, Loading, Tick};
use crate::i18n::{language, td_string};
use crate::model::{Erasing, MyRole, Tone};

/// `/contacts/:id/erase`.
#[component]
pub fn EraseContactPage() -> impl IntoView {
    let lang = language();
    let live = Live::expect();
    let parameters = use_params_map();
    let id = Memo::new(move |_| parameters.with(|map| map.get("id").unwrap_or_default()));
    let loaded = Resource::new(
        move || (id.try_get().unwrap_or_default(), live.documents.get()),
        |(id, _)| load_erasing(id),
    );
    let form = use_form::<EraseContact>("erase-contact");
    view! {
        <Transition fallback=Loading>
            {move || {
                let (loaded, form) = (follow(loaded)?, form.clone());
                Some(Suspend::new(async move {
                    let may = Who::is().await.is_ok_and(|me| me.role >= MyRole::Owner);
                    match loaded.await {
                        Ok(erasing) => view! { <Shown erasing=erasing form=form may=may /> }.into_any(),
                        Err(error) if error.code == ErrorCode::NotFound => {
                            view! { <Missing list="/contacts" name=td_string!(lang, parties.contacts) /> }
                                .into_any()
                        }
                        Err(error) => view! { <Trouble error=error /> }.into_any(),
                    }
                }))
            }}
        </Transition>
    }
}

#[component]
fn Shown(erasing: Erasing, form: Form<EraseContact>, may: bool) -> impl IntoView {
    let lang = language();
    let title = td_string!(lang, erase.title, name = erasing.name.clone()).to_string();
    let href = format!("/contacts/{}", erasing.id);
    let name = erasing.name.clone();
    let is_over = erasing.erased_at.is_some() || erasing.asked_at.is_some();
    view! {
        <Title text=title.clone() />
        <div class="head">
            <div>
                <p class="crumb">
                    <a href=href>{name}</a>
                    " ›"
                </p>
                <h1>{title}</h1>
            </div>
        </div>
        <HowItStands erasing=erasing.clone() />
        <div class="cols">
            <section class="panel pad stack" aria-labelledby="goes-title">
                <h2 id="goes-title">{td_string!(lang, erase.goes)}</h2>
                <ul>
                    <li>{td_string!(lang, erase.goes_fields)}</li>
                    <li>{td_string!(lang, erase.goes_history)}</li>
                    <li>{td_string!(lang, erase.goes_read)}</li>
                    <li>{td_string!(lang, erase.goes_sent)}</li>
                </ul>
                <p>{td_string!(lang, erase.never_back)}</p>
                {(!is_over).then(|| view! { <Act erasing=erasing.clone() form=form may=may /> })}
            </section>
            <Stays erasing=erasing />
        </div>
    }
}

/// What was done, what is waited for, and why it can't be done.
#[component]
fn HowItStands(erasing: Erasing) -> impl IntoView {
    let lang = language();
    if let Some(at) = &erasing.erased_at {
        let title = td_string!(lang, erase.erased_at, time = when(lang, at)).to_string();
        return view! { <Banner tone=Tone::Ok icon=IconName::Check title=title /> }.into_any();
    }
    if let Some(sentence) = erasing.not_yet {
        return view! { <Banner tone=Tone::Ask icon=IconName::Decide title=sentence /> }.into_any();
    }
    let title = match &erasing.asked_at {
        Some(at) => td_string!(lang, erase.asked_at, time = when(lang, at)).to_string(),
        None if erasing.waits => td_string!(lang, erase.will_wait).to_owned(),
        None => return ().into_any(),
    };
    let question = erasing.question.map(|href| {
        view! {
            <a class="btn" data-kind="ask" href=href>
                {td_string!(lang, review.decide)}
            </a>
        }
    });
    view! {
        <Banner tone=Tone::Wait icon=IconName::Clock title=title body=td_string!(lang, erase.wait_hint)>
            {question}
        </Banner>
    }
    .into_any()
}

/// What erasing does not reach, and why.
#[component]
fn Stays(erasing: Erasing) -> impl IntoView {
    let lang = language();
    let documents = td_string!(lang, erase.stays_documents, n = erasing.documents.to_string()).to_string();
    let there = if erasing.partners > 0 {
        td_string!(lang, erase.stays_metakocka)
    } else {
        td_string!(lang, erase.stays_unlinked)
    };
    view! {
        <section class="panel pad stack" aria-labelledby="stays-title">
            <h2 id="stays-title">{td_string!(lang, erase.stays)}</h2>
            <ul>
                <li>{documents}</li>
                <li>{there}</li>
                <li>{td_string!(lang, erase.stays_later)}</li>
                <li>{td_string!(lang, erase.stays_backups)}</li>
            </ul>
        </section>
    }
}

#[component]
fn Act(erasing: Erasing, form: Form<EraseContact>, may: bool) -> impl IntoView {
    let lang = language();
    if !may {
        return view! { <p class="dim">{td_string!(lang, erase.only_owner)}</p> }.into_any();
    }
    if erasing.not_yet.is_some() {
        return ().into_any();
    }
    let Form { action, error, .. } = form;
    let untold = wrong(error, "understood");
    view! {
        <ActionForm action=action attr:class="form">
            <Back />
            <Refusal error=error />
            <input type="hidden" name="id" value=erasing.id />
            <input type="hidden" name="revision" value=erasing.revision.to_string() />
            <Tick label=td_string!(lang, erase.understood) name="understood" checked=false />
            {move || {
                untold
                    .get()
                    .map(|sentence| {
                        view! {
                            <span class="wrong">
                                <Icon name=IconName::Stop />
                                {sentence}
                            </span>
                        }
                    })
            }}
            <div class="form-acts">
                <Button kind=ButtonKind::Bad submit=true disabled=action.pending()>
                    {td_string!(lang, erase.act)}
                </Button>
            </div>
        </ActionForm>
    }
    .into_any()
}
