//! The form of a sales document: a new one, or what can be edited of one. It works without JavaScript; a few empty lines
//! stand below the others.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use sync_core::record::DocumentType;

use super::form::{Back, Form, Refusal, use_form, wrong};
use super::live::follow;
use super::record::{Missing, first, ticked};
use super::signed_in::Who;
use super::trouble::Trouble;
use crate::api::document_form::{DocumentToEdit, SaveDocument, load_document_form, new_document_form};
use crate::api::error::{ApiError, ErrorCode};
use crate::api::flash::FormFlash;
use crate::components::metakocka::type_name;
use crate::components::{Area, Button, ButtonKind, Choice, Entry, Loading, Tick};
use crate::i18n::{language, td_string};
use crate::model::{DocumentForm, LineForm, MyRole};

/// Empty lines below those that are filled.
const SPARE_LINES: usize = 3;

type Loaded = Resource<Result<DocumentToEdit, ApiError>>;

/// `/sales-documents/new`, for a contact with `?contact=`.
#[component]
pub fn NewDocumentPage() -> impl IntoView {
    let parameters = use_query_map();
    let contact = Memo::new(move |_| parameters.with(|map| map.get("contact")));
    let loaded = Resource::new(move || contact.try_get().flatten(), new_document_form);
    view! { <Page loaded=loaded /> }
}

/// `/sales-documents/:id/edit`.
#[component]
pub fn EditDocumentPage() -> impl IntoView {
    let parameters = use_params_map();
    let id = Memo::new(move |_| parameters.with(|map| map.get("id").unwrap_or_default()));
    let loaded = Resource::new(move || id.try_get().unwrap_or_default(), load_document_form);
    view! { <Page loaded=loaded /> }
}

#[component]
fn Page(loaded: Loaded) -> impl IntoView {
    let lang = language();
    let form = use_form::<SaveDocument>("save-document");
    view! {
        <Transition fallback=Loading>
            {move || {
                let (loaded, form) = (follow(loaded)?, form.clone());
                Some(Suspend::new(async move {
                    let may_edit = Who::is().await.is_ok_and(|me| me.role > MyRole::ReadOnly);
                    match loaded.await {
                        Ok(edit) => view! { <Shown edit=edit may_edit=may_edit form=form /> }.into_any(),
                        Err(error) if error.code == ErrorCode::NotFound => {
                            view! { <Missing list="/sales-documents" name=td_string!(lang, documents.title) /> }
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
fn Shown(edit: DocumentToEdit, may_edit: bool, form: Form<SaveDocument>) -> impl IntoView {
    let lang = language();
    let title = if edit.id.is_empty() {
        td_string!(lang, form.new_document).to_owned()
    } else {
        let number =
            if edit.number.is_empty() { td_string!(lang, form.no_number).to_owned() } else { edit.number };
        td_string!(lang, form.edit_document, number = number).to_string()
    };
    let back = if edit.id.is_empty() {
        "/sales-documents".to_owned()
    } else {
        format!("/sales-documents/{}", edit.id)
    };
    let Form { action, error, typed } = form;
    let is_new = edit.id.is_empty();
    view! {
        <Title text=title.clone() />
        <div class="head">
            <div>
                <p class="crumb">
                    <a href="/sales-documents">{td_string!(lang, documents.title)}</a>
                    " ›"
                </p>
                <h1>{title}</h1>
            </div>
        </div>
        <section class="panel pad">
            <ActionForm action=action attr:class="form">
                <Back />
                <Refusal error=error />
                <input type="hidden" name="id" value=edit.id />
                <input type="hidden" name="revision" value=edit.revision.to_string() />
                <Head stored=edit.form.clone() is_new=is_new error=error typed=typed.clone() />
                <Lines lines=edit.form.lines error=error typed=typed />
                <div class="form-acts">
                    {may_edit
                        .then(|| {
                            view! {
                                <Button kind=ButtonKind::Primary submit=true>
                                    {td_string!(lang, common.save)}
                                </Button>
                            }
                        })}
                    <a class="btn" data-kind="quiet" href=back>
                        {td_string!(lang, form.cancel)}
                    </a>
                    {(!may_edit)
                        .then(|| view! { <span class="dim">{td_string!(lang, record.only_look)}</span> })}
                </div>
            </ActionForm>
        </section>
    }
}

/// What of a document has the type of an entry of the books is made in Metakocka.
fn kinds() -> Vec<(String, String)> {
    let made_here = DocumentType::ALL
        .into_iter()
        .filter(|kind| !matches!(kind, DocumentType::InvoiceRetail | DocumentType::InvoicePrepaid));
    made_here.map(|kind| (kind.as_str().to_owned(), type_name(kind).to_owned())).collect()
}

#[component]
fn Head(
    stored: DocumentForm,
    is_new: bool,
    error: Signal<Option<ApiError>>,
    typed: FormFlash,
) -> impl IntoView {
    let lang = language();
    let entry = |label: &'static str, name: &'static str, kind: &'static str, stored: &str| {
        let value = first(&typed, name, stored);
        view! { <Entry label=label name=name value=value kind=kind error=wrong(error, name) /> }
    };
    let kind = if is_new {
        let chosen = first(&typed, "form[kind]", &stored.kind);
        view! {
            <Choice
                label=td_string!(lang, form.kind)
                name="form[kind]"
                options=kinds()
                chosen=chosen
                error=wrong(error, "form[kind]")
            />
        }
        .into_any()
    } else {
        view! { <input type="hidden" name="form[kind]" value=stored.kind.clone() /> }.into_any()
    };
    let notes = first(&typed, "form[notes]", &stored.notes);
    view! {
        <input type="hidden" name="form[contact_id]" value=stored.contact_id.clone() />
        <input type="hidden" name="form[customer_was]" value=stored.customer_was.clone() />
        <div class="pair">
            {kind} {entry(td_string!(lang, form.customer), "form[customer]", "text", &stored.customer)}
            {entry(td_string!(lang, form.date), "form[date]", "date", &stored.date)}
            {entry(td_string!(lang, form.title), "form[title]", "text", &stored.title)}
            {entry(td_string!(lang, form.customer_order), "form[customer_order]", "text", &stored.customer_order)}
            {entry(td_string!(lang, form.currency), "form[currency]", "text", &stored.currency)}
            {entry(td_string!(lang, form.status), "form[status]", "text", &stored.status)}
            {entry(td_string!(lang, form.due), "form[due]", "date", &stored.due)}
            {entry(td_string!(lang, form.valid_to), "form[valid_to]", "date", &stored.valid_to)}
            {entry(
                td_string!(lang, form.delivery_deadline),
                "form[delivery_deadline]",
                "date",
                &stored.delivery_deadline,
            )} {entry(td_string!(lang, form.service_from), "form[service_from]", "date", &stored.service_from)}
            {entry(td_string!(lang, form.service_to), "form[service_to]", "date", &stored.service_to)}
            {entry(td_string!(lang, form.receiver), "form[receiver]", "text", &stored.receiver)}
            {entry(td_string!(lang, form.street), "form[street]", "text", &stored.street)}
            {entry(td_string!(lang, form.post_number), "form[post_number]", "text", &stored.post_number)}
            {entry(td_string!(lang, form.place), "form[place]", "text", &stored.place)}
            {entry(td_string!(lang, form.country), "form[country]", "text", &stored.country)}
        </div>
        <Area label=td_string!(lang, form.notes) name="form[notes]" value=notes error=wrong(error, "form[notes]") />
    }
}

/// The lines that are stored, those that were typed before, and a few empty ones.
#[component]
fn Lines(lines: Vec<LineForm>, error: Signal<Option<ApiError>>, typed: FormFlash) -> impl IntoView {
    let lang = language();
    let was_typed =
        |at: usize| typed.values.keys().any(|name| name.starts_with(&format!("form[lines][{at}]")));
    let mut count = lines.len() + SPARE_LINES;
    while was_typed(count) {
        count += 1;
    }
    let mut stored = lines;
    stored.resize_with(count, || LineForm { tax: String::new(), ..LineForm::default() });
    let rows = stored
        .into_iter()
        .enumerate()
        .map(|(at, line)| view! { <Line at=at line=line error=error typed=typed.clone() /> });
    view! {
        <fieldset class="lines-form">
            <legend>{td_string!(lang, form.lines)}</legend>
            <p class="dim small">{td_string!(lang, form.lines_hint)}</p>
            {rows.collect_view()}
        </fieldset>
    }
}

#[component]
fn Line(at: usize, line: LineForm, error: Signal<Option<ApiError>>, typed: FormFlash) -> impl IntoView {
    let lang = language();
    let name = move |part: &str| format!("form[lines][{at}][{part}]");
    let entry = |label: &'static str, part: &'static str, stored: &str| {
        let name = name(part);
        let value = first(&typed, &name, stored);
        view! { <Entry label=label name=name.clone() value=value error=wrong(error, name) /> }
    };
    let gross = ticked(&typed, &name("gross"), line.gross);
    view! {
        <div class="line-form">
            <input type="hidden" name=name("row") value=line.row.clone() />
            <input type="hidden" name=name("product_id") value=line.product_id.clone() />
            <input type="hidden" name=name("code_was") value=line.code_was.clone() />
            {entry(td_string!(lang, form.line_code), "code", &line.code)}
            {entry(td_string!(lang, form.line_text), "text", &line.text)}
            {entry(td_string!(lang, form.line_amount), "amount", &line.amount)}
            {entry(td_string!(lang, form.line_price), "price", &line.price)}
            <Tick label=td_string!(lang, form.line_gross) name=name("gross") checked=gross />
            {entry(td_string!(lang, form.line_discount), "discount", &line.discount)}
            {entry(td_string!(lang, form.line_tax), "tax", &line.tax)}
            {entry(td_string!(lang, form.line_rate), "rate", &line.rate)}
        </div>
    }
}
