//! One contact: how it stands towards Metakocka, its form, its history; and the form of a new one.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use sync_core::record::RecordKind;

use super::alarms::Alarms;
use super::form::{Back, Form, Refusal, use_form, wrong};
use super::live::{Live, follow};
use super::notes::Notes;
use super::plan::PreviewLink;
use super::push::{SendOne, use_push};
use super::record::{Blocking, Decide, Delete, Head, History, Missing, Save, first, ticked};
use super::signed_in::Who;
use super::trouble::Trouble;
use crate::api::error::{ApiError, ErrorCode};
use crate::api::flash::FormFlash;
use crate::api::parties::{SaveContact, load_contact};
use crate::api::push::PushRecord;
use crate::components::format::when;
use crate::components::metakocka::SyncSection;
use crate::components::{Banner, Empty, Entry, IconName, Loading, Tick};
use crate::i18n::{language, td_string};
use crate::model::{Contact, ContactForm, MyRole, RecordRef, Tone, When, one_plan_path};

/// `/contacts/:id`.
#[component]
pub fn ContactPage() -> impl IntoView {
    let live = Live::expect();
    let form = use_form::<SaveContact>("save-contact");
    let push = use_push().action;
    let parameters = use_params_map();
    let id = Memo::new(move |_| parameters.with(|map| map.get("id").unwrap_or_default()));
    let loaded = Resource::new(
        move || (id.try_get().unwrap_or_default(), live.documents.get()),
        |(id, _)| load_contact(id),
    );
    let lang = language();
    view! {
        <Transition fallback=Loading>
            {move || {
                let (loaded, form) = (follow(loaded)?, form.clone());
                Some(Suspend::new(async move {
                    let may_edit = Who::is().await.is_ok_and(|me| me.role > MyRole::ReadOnly);
                    match loaded.await {
                        Ok(contact) => {
                            view! { <Shown contact=contact may_edit=may_edit form=form push=push /> }.into_any()
                        }
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

/// `/contacts/new`.
#[component]
pub fn NewContactPage() -> impl IntoView {
    let lang = language();
    let form = use_form::<SaveContact>("save-contact");
    let stored = ContactForm { company: true, ..ContactForm::default() };
    view! {
        <Title text=td_string!(lang, parties.new_contact) />
        <Head list="/contacts" title=td_string!(lang, parties.contacts) name=td_string!(lang, parties.new_contact).to_owned() />
        <section class="panel pad narrow">
            <Fields id=String::new() revision=0 stored=stored may_edit=true form=form />
        </section>
    }
}

#[component]
fn Shown(
    contact: Contact,
    may_edit: bool,
    form: Form<SaveContact>,
    push: ServerAction<PushRecord>,
) -> impl IntoView {
    let lang = language();
    let record = RecordRef { kind: "contact".to_owned(), id: contact.id.clone() };
    let new_order = format!("/sales-documents/new?contact={}", contact.id);
    let name = contact.form.name.clone();
    let (id, state) = (contact.id.clone(), contact.sync.state);
    let (erased_at, asked_at) = (contact.erased_at.clone(), contact.erase_asked_at.clone());
    let is_kept = erased_at.is_none() && asked_at.is_none();
    let may_edit = may_edit && is_kept;
    let erase = format!("/contacts/{id}/erase");
    let decide = view! { <Decide kind=RecordKind::Contact id=id.clone() state=state /> };
    let preview = view! { <PreviewLink href=one_plan_path(RecordKind::Contact, &id) /> };
    let send = may_edit.then(|| view! { <SendOne kind=RecordKind::Contact id=id state=state action=push /> });
    view! {
        <Title text=name.clone() />
        <Head list="/contacts" title=td_string!(lang, parties.contacts) name=name />
        <div class="cols">
            <section class="panel pad" aria-label=td_string!(lang, parties.contacts)>
                {match erased_at {
                    Some(at) => view! { <Erased at=at /> }.into_any(),
                    None => {
                        view! {
                            <WillBeErased at=asked_at />
                            <Fields
                                id=contact.id
                                revision=contact.revision
                                stored=contact.form
                                may_edit=may_edit
                                form=form
                            />
                        }
                            .into_any()
                    }
                }}
            </section>
            <div class="stack">
                <SyncSection sync=contact.sync>
                    {decide}
                    {send}
                    {preview}
                    {may_edit
                        .then(|| {
                            view! {
                                <a class="btn" data-size="small" href=new_order>
                                    {td_string!(lang, record.new_order)}
                                </a>
                            }
                        })}
                </SyncSection>
                <Alarms kind=RecordKind::Contact id=record.id.clone() />
                {is_kept.then(|| view! { <Notes kind=RecordKind::Contact id=record.id.clone() /> })}
                <Blocking reasons=contact.blocking />
                <History record=record.clone() />
                {may_edit.then(|| view! { <Delete record=record revision=contact.revision /> })}
                {may_edit
                    .then(|| {
                        view! {
                            <p class="small">
                                <a href=erase>{td_string!(lang, erase.open)}</a>
                            </p>
                        }
                    })}
            </div>
        </div>
    }
}

/// Instead of the form of a contact that was erased.
#[component]
fn Erased(at: When) -> impl IntoView {
    let lang = language();
    let body = td_string!(lang, erase.gone_body, time = when(lang, &at)).to_string();
    view! { <Empty icon=IconName::Minus title=td_string!(lang, erase.gone_title) body=body /> }
}

/// Over the form of a contact that waits to be erased.
#[component]
fn WillBeErased(at: Option<When>) -> impl IntoView {
    let lang = language();
    at.map(|at| {
        let title = td_string!(lang, erase.asked_at, time = when(lang, &at)).to_string();
        view! {
            <Banner tone=Tone::Wait icon=IconName::Clock title=title body=td_string!(lang, erase.wait_hint) />
        }
    })
}

#[component]
fn Fields(
    id: String,
    revision: i64,
    stored: ContactForm,
    may_edit: bool,
    form: Form<SaveContact>,
) -> impl IntoView {
    let Form { action, error, typed } = form;
    view! {
        <ActionForm action=action attr:class="form">
            <Back />
            <Refusal error=error />
            <input type="hidden" name="id" value=id />
            <input type="hidden" name="revision" value=revision.to_string() />
            <Inputs stored=stored error=error typed=typed />
            <Save may_edit=may_edit />
        </ActionForm>
    }
}

#[component]
fn Inputs(stored: ContactForm, error: Signal<Option<ApiError>>, typed: FormFlash) -> impl IntoView {
    let lang = language();
    let entry = |label: &'static str, name: &'static str, kind: &'static str, stored: &str| {
        let value = first(&typed, name, stored);
        let required = name == "form[name]";
        view! { <Entry label=label name=name value=value kind=kind error=wrong(error, name) required=required /> }
    };
    let tick = |label: &'static str, name: &'static str, stored: bool| {
        view! { <Tick label=label name=name checked=ticked(&typed, name, stored) /> }
    };
    view! {
        {entry(td_string!(lang, form.name), "form[name]", "text", &stored.name)}
        <div class="ticks">
            {tick(td_string!(lang, form.company), "form[company]", stored.company)}
            {tick(td_string!(lang, form.taxpayer), "form[taxpayer]", stored.taxpayer)}
        </div>
        <div class="pair">
            {entry(td_string!(lang, form.tax_number), "form[tax_number]", "text", &stored.tax_number)}
            {entry(td_string!(lang, form.street), "form[street]", "text", &stored.street)}
            {entry(td_string!(lang, form.post_number), "form[post_number]", "text", &stored.post_number)}
            {entry(td_string!(lang, form.place), "form[place]", "text", &stored.place)}
            {entry(td_string!(lang, form.country), "form[country]", "text", &stored.country)}
            {entry(td_string!(lang, form.person), "form[person]", "text", &stored.person)}
            {entry(td_string!(lang, form.email), "form[email]", "email", &stored.email)}
            {entry(td_string!(lang, form.phone), "form[phone]", "tel", &stored.phone)}
            {entry(td_string!(lang, form.mobile), "form[mobile]", "tel", &stored.mobile)}
        </div>
    }
}
