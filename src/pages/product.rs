//! One product: how it stands towards Metakocka, its form, its history; and the form of a new one.

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
use crate::api::parties::{SaveProduct, load_product};
use crate::api::push::PushRecord;
use crate::components::metakocka::SyncSection;
use crate::components::{Area, Entry, Loading, Tick};
use crate::i18n::{language, td_string};
use crate::model::{MyRole, Product, ProductForm, RecordRef, one_plan_path};

/// `/products/:id`.
#[component]
pub fn ProductPage() -> impl IntoView {
    let live = Live::expect();
    let form = use_form::<SaveProduct>("save-product");
    let push = use_push().action;
    let parameters = use_params_map();
    let id = Memo::new(move |_| parameters.with(|map| map.get("id").unwrap_or_default()));
    let loaded = Resource::new(
        move || (id.try_get().unwrap_or_default(), live.documents.get()),
        |(id, _)| load_product(id),
    );
    let lang = language();
    view! {
        <Transition fallback=Loading>
            {move || {
                let (loaded, form) = (follow(loaded)?, form.clone());
                Some(Suspend::new(async move {
                    let may_edit = Who::is().await.is_ok_and(|me| me.role > MyRole::ReadOnly);
                    match loaded.await {
                        Ok(product) => {
                            view! { <Shown product=product may_edit=may_edit form=form push=push /> }.into_any()
                        }
                        Err(error) if error.code == ErrorCode::NotFound => {
                            view! { <Missing list="/products" name=td_string!(lang, parties.products) /> }
                                .into_any()
                        }
                        Err(error) => view! { <Trouble error=error /> }.into_any(),
                    }
                }))
            }}
        </Transition>
    }
}

/// `/products/new`.
#[component]
pub fn NewProductPage() -> impl IntoView {
    let lang = language();
    let form = use_form::<SaveProduct>("save-product");
    let stored = ProductForm { sold: true, active: true, ..ProductForm::default() };
    view! {
        <Title text=td_string!(lang, parties.new_product) />
        <Head list="/products" title=td_string!(lang, parties.products) name=td_string!(lang, parties.new_product).to_owned() />
        <section class="panel pad narrow">
            <Fields id=String::new() revision=0 stored=stored may_edit=true form=form />
        </section>
    }
}

#[component]
fn Shown(
    product: Product,
    may_edit: bool,
    form: Form<SaveProduct>,
    push: ServerAction<PushRecord>,
) -> impl IntoView {
    let lang = language();
    let record = RecordRef { kind: "product".to_owned(), id: product.id.clone() };
    let name = product.form.name.clone();
    let (id, state) = (product.id.clone(), product.sync.state);
    let decide = view! { <Decide kind=RecordKind::Product id=id.clone() state=state /> };
    let preview = view! { <PreviewLink href=one_plan_path(RecordKind::Product, &id) /> };
    let send = may_edit.then(|| view! { <SendOne kind=RecordKind::Product id=id state=state action=push /> });
    view! {
        <Title text=name.clone() />
        <Head list="/products" title=td_string!(lang, parties.products) name=name />
        <div class="cols">
            <section class="panel pad" aria-label=td_string!(lang, parties.products)>
                <Fields
                    id=product.id
                    revision=product.revision
                    stored=product.form
                    may_edit=may_edit
                    form=form
                />
            </section>
            <div class="stack">
                <SyncSection sync=product.sync>{decide} {send} {preview}</SyncSection>
                <Alarms kind=RecordKind::Product id=record.id.clone() />
                <Notes kind=RecordKind::Product id=record.id.clone() />
                <Blocking reasons=product.blocking />
                <History record=record.clone() />
                {may_edit.then(|| view! { <Delete record=record revision=product.revision /> })}
            </div>
        </div>
    }
}

#[component]
fn Fields(
    id: String,
    revision: i64,
    stored: ProductForm,
    may_edit: bool,
    form: Form<SaveProduct>,
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
fn Inputs(stored: ProductForm, error: Signal<Option<ApiError>>, typed: FormFlash) -> impl IntoView {
    let lang = language();
    let entry = |label: &'static str, name: &'static str, stored: &str, required: bool| {
        let value = first(&typed, name, stored);
        view! { <Entry label=label name=name value=value error=wrong(error, name) required=required /> }
    };
    let tick = |label: &'static str, name: &'static str, stored: bool| {
        view! { <Tick label=label name=name checked=ticked(&typed, name, stored) /> }
    };
    let description = first(&typed, "form[description]", &stored.description);
    view! {
        <div class="pair">
            {entry(td_string!(lang, form.code), "form[code]", &stored.code, true)}
            {entry(td_string!(lang, form.name), "form[name]", &stored.name, true)}
            {entry(td_string!(lang, form.unit), "form[unit]", &stored.unit, false)}
            {entry(td_string!(lang, form.barcode), "form[barcode]", &stored.barcode, false)}
        </div>
        <Area
            label=td_string!(lang, form.description)
            name="form[description]"
            value=description
            error=wrong(error, "form[description]")
        />
        <div class="ticks">
            {tick(td_string!(lang, form.service), "form[service]", stored.service)}
            {tick(td_string!(lang, form.sold), "form[sold]", stored.sold)}
            {tick(td_string!(lang, form.active), "form[active]", stored.active)}
        </div>
    }
}
