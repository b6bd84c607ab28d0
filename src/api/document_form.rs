//! The form of a sales document: a new one, or what can be edited of one.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of the arguments, whose fields it cannot document"
)]

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::ApiError;
use super::flash::Done;
use crate::model::DocumentForm;

/// A form with what it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentToEdit {
    /// The document; empty: a new one.
    pub id: String,
    /// Its number, when it has one.
    pub number: String,
    /// The revision that the form shows.
    pub revision: i64,
    /// What stands in it.
    pub form: DocumentForm,
}

/// The form of a document.
#[server(endpoint = "document-form", input = server_fn::codec::GetUrl)]
pub async fn load_document_form(id: String) -> Result<DocumentToEdit, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let view = engine.sales_document(&scope, &id).await?;
    Ok(on_server::form(view))
}

/// The form of a new document, for this contact when one is named.
#[server(endpoint = "new-document-form", input = server_fn::codec::GetUrl)]
pub async fn new_document_form(contact: Option<String>) -> Result<DocumentToEdit, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let named = match contact.filter(|id| !id.is_empty()) {
        Some(id) => Some(engine.contact(&scope, &id).await?),
        None => None,
    };
    Ok(on_server::new_form(named, engine.now()))
}

/// Makes a document, or edits the one with this id.
#[server(endpoint = "save-document")]
pub async fn save_document(
    #[server(default)] id: String,
    #[server(default)] revision: i64,
    form: DocumentForm,
) -> Result<Done, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    scope.require(engine::access::Role::Staff)?;
    let input = on_server::input(&engine, &scope, form).await?;
    let id = if id.is_empty() {
        engine.create_sales_document(&scope, &input).await.map_err(on_server::refused)?
    } else {
        let input = on_server::over(&engine.sales_document_form(&scope, &id).await?, input);
        engine.replace_sales_document(&scope, &id, revision, &input).await.map_err(on_server::refused)?;
        id
    };
    Ok(on_server::saved(&id))
}

#[cfg(feature = "ssr")]
mod on_server {
    use engine::access::TenantScope;
    use engine::crm::{
        AddressInput, ContactView, DocumentInput, DocumentView, LineInput, LineView, PriceBasis,
        ReceiverInput,
    };
    use engine::{Engine, EngineError};
    use jiff::Timestamp;
    use jiff::civil::Date;
    use rust_decimal::Decimal;
    use sync_core::record::text::html_text;

    use super::DocumentToEdit;
    use crate::api::error::{ApiError, ErrorCode, FieldError};
    use crate::api::flash::Done;
    use crate::api::translate::{given, named, when};
    use crate::i18n::{chosen, td_string};
    use crate::model::{DocumentForm, LineForm, Notice, NoticeKind};

    pub(super) fn form(view: DocumentView) -> DocumentToEdit {
        let input = view.form;
        let text = |text: Option<String>| text.unwrap_or_default();
        let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        let receiver = input.receiver.unwrap_or_default();
        let lines = input.lines.into_iter().zip(&view.lines).map(|(line, shown)| line_form(line, shown));
        DocumentToEdit {
            id: view.id,
            number: view.number,
            revision: view.revision,
            form: DocumentForm {
                kind: input.doc_type.map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
                date: day(input.date),
                contact_id: text(input.contact_id),
                customer_was: view.customer_name.clone(),
                customer: view.customer_name,
                due: day(input.due),
                service_from: day(input.service_from),
                service_to: day(input.service_to),
                valid_to: day(input.valid_to),
                delivery_deadline: day(input.delivery_deadline),
                customer_order: text(input.customer_order),
                title: text(input.title),
                notes: input.notes.as_deref().map(html_text).unwrap_or_default(),
                currency: text(input.currency),
                status: text(input.status),
                receiver: receiver.name,
                street: text(receiver.address.street),
                post_number: text(receiver.address.post_number),
                place: text(receiver.address.place),
                country: text(receiver.address.country),
                lines: lines.collect(),
            },
        }
    }

    fn line_form(line: LineInput, shown: &LineView) -> LineForm {
        let number =
            |number: Option<Decimal>| number.map(|number| number.normalize().to_string()).unwrap_or_default();
        let steps: Vec<String> = line.discounts.iter().map(ToString::to_string).collect();
        LineForm {
            row: line.row.unwrap_or_default(),
            product_id: line.product_id.unwrap_or_default(),
            code_was: shown.code.clone(),
            code: shown.code.clone(),
            text: line.text.as_deref().map(html_text).unwrap_or_default(),
            amount: number(line.amount),
            price: number(line.price),
            gross: line.price_basis == Some(PriceBasis::Gross),
            discount: steps.join(";"),
            tax: line.tax_code.unwrap_or_default(),
            rate: number(line.tax_rate),
        }
    }

    pub(super) fn new_form(contact: Option<ContactView>, now: Timestamp) -> DocumentToEdit {
        let (contact_id, customer) =
            contact.map(|contact| (contact.id, contact.form.name)).unwrap_or_default();
        DocumentToEdit {
            id: String::new(),
            number: String::new(),
            revision: 0,
            form: DocumentForm {
                kind: "order".to_owned(),
                date: when(now, now).day.iso(),
                contact_id,
                customer_was: customer.clone(),
                customer,
                currency: "EUR".to_owned(),
                ..DocumentForm::default()
            },
        }
    }

    /// What was typed, as the engine takes it; a word that is no number, day or record is told at its field.
    pub(super) async fn input(
        engine: &Engine,
        scope: &TenantScope,
        form: DocumentForm,
    ) -> Result<DocumentInput, ApiError> {
        let mut wrong = Vec::new();
        let contact_id = customer(engine, scope, &form, &mut wrong).await?;
        let mut lines = Vec::new();
        for (at, line) in form.lines.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
            lines.push(read_line(engine, scope, at, line, &mut wrong).await?);
        }
        let mut day = |name: &str, text: &str| read_day(name, text, &mut wrong);
        let input = DocumentInput {
            date: day("date", &form.date),
            due: day("due", &form.due),
            service_from: day("service_from", &form.service_from),
            service_to: day("service_to", &form.service_to),
            valid_to: day("valid_to", &form.valid_to),
            delivery_deadline: day("delivery_deadline", &form.delivery_deadline),
            doc_type: form.kind.parse().ok(),
            contact_id,
            receiver: receiver(&form),
            title: given(form.title),
            customer_order: given(form.customer_order),
            notes: given(form.notes),
            currency: given(form.currency),
            status: given(form.status),
            lines,
        };
        if wrong.is_empty() {
            return Ok(input);
        }
        let all: Vec<&str> = wrong.iter().map(|wrong| wrong.sentence.as_str()).collect();
        Err(ApiError { error: all.join(" "), fields: wrong, ..ApiError::plain(ErrorCode::Invalid, "") })
    }

    fn receiver(form: &DocumentForm) -> Option<ReceiverInput> {
        let receiver = ReceiverInput {
            name: form.receiver.trim().to_owned(),
            address: AddressInput {
                street: given(form.street.clone()),
                post_number: given(form.post_number.clone()),
                place: given(form.place.clone()),
                country: given(form.country.clone()),
                ..AddressInput::default()
            },
        };
        (receiver != ReceiverInput::default()).then_some(receiver)
    }

    /// The name that stood in the form means the same contact; another one is looked up.
    async fn customer(
        engine: &Engine,
        scope: &TenantScope,
        form: &DocumentForm,
        wrong: &mut Vec<FieldError>,
    ) -> Result<Option<String>, EngineError> {
        if form.customer.trim() == form.customer_was.trim() {
            return Ok(given(form.contact_id.clone()));
        }
        let Some(words) = given(form.customer.clone()) else { return Ok(None) };
        let found = engine.contact_meant(scope, &words).await?;
        if found.is_none() {
            let sentence = td_string!(chosen(), form.no_contact).to_owned();
            wrong.push(FieldError { field: "form[customer]".to_owned(), sentence });
        }
        Ok(found)
    }

    async fn read_line(
        engine: &Engine,
        scope: &TenantScope,
        at: usize,
        line: &LineForm,
        wrong: &mut Vec<FieldError>,
    ) -> Result<LineInput, EngineError> {
        let field = |part: &str| format!("form[lines][{at}][{part}]");
        let product_id = match given(line.code.clone()) {
            _ if line.code.trim() == line.code_was.trim() => given(line.product_id.clone()),
            None => None,
            Some(code) => {
                let found = engine.product_meant(scope, &code).await?;
                if found.is_none() {
                    let sentence = td_string!(chosen(), form.no_product).to_owned();
                    wrong.push(FieldError { field: field("code"), sentence });
                }
                found
            }
        };
        let mut number = |part: &str, text: &str| read_number(field(part), text, wrong);
        let (amount, price) = (number("amount", &line.amount), number("price", &line.price));
        let rate = number("rate", &line.rate);
        let steps: Vec<Option<Decimal>> = line
            .discount
            .split(';')
            .filter(|step| !step.trim().is_empty())
            .map(|step| number("discount", step))
            .collect();
        let counts = amount.is_some() || price.is_some() || product_id.is_some();
        Ok(LineInput {
            row: given(line.row.clone()),
            product_id,
            text: given(line.text.clone()),
            amount,
            price,
            price_basis: counts.then_some(if line.gross { PriceBasis::Gross } else { PriceBasis::Net }),
            discounts: steps.into_iter().flatten().collect(),
            tax_code: given(line.tax.clone()).filter(|_| counts),
            tax_rate: rate,
        })
    }

    fn read_day(name: &str, text: &str, wrong: &mut Vec<FieldError>) -> Option<Date> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let day = text.parse().ok();
        if day.is_none() {
            let sentence = td_string!(chosen(), form.no_day).to_owned();
            wrong.push(FieldError { field: format!("form[{name}]"), sentence });
        }
        day
    }

    fn read_number(field: String, text: &str, wrong: &mut Vec<FieldError>) -> Option<Decimal> {
        let text = text.trim().replace(',', ".");
        if text.is_empty() {
            return None;
        }
        let number = text.parse().ok();
        if number.is_none() {
            wrong.push(FieldError { field, sentence: td_string!(chosen(), form.no_number_typed).to_owned() });
        }
        number
    }

    /// Texts that Metakocka keeps as HTML are shown as plain text: what was not touched stays as it is.
    pub(super) fn over(before: &DocumentInput, mut input: DocumentInput) -> DocumentInput {
        let same = |old: &Option<String>, new: &Option<String>| {
            old.as_deref().map(html_text).unwrap_or_default()
                == new.as_deref().map(html_text).unwrap_or_default()
        };
        if same(&before.notes, &input.notes) {
            input.notes.clone_from(&before.notes);
        }
        if let (Some(old), Some(new)) = (&before.receiver, &mut input.receiver) {
            new.address.province.clone_from(&old.address.province);
            if new.address.country.is_none() {
                new.address.country_name.clone_from(&old.address.country_name);
            }
        }
        for line in &mut input.lines {
            let old = before.lines.iter().find(|old| old.row.is_some() && old.row == line.row);
            if let Some(old) = old.filter(|old| same(&old.text, &line.text)) {
                line.text.clone_from(&old.text);
            }
        }
        input
    }

    pub(super) fn refused(error: EngineError) -> ApiError {
        named(error, |field| match field {
            "type" => Some("form[kind]"),
            "date" => Some("form[date]"),
            "contactId" => Some("form[customer]"),
            "title" => Some("form[title]"),
            "customerOrder" => Some("form[customer_order]"),
            "notes" => Some("form[notes]"),
            "currency" => Some("form[currency]"),
            "status" => Some("form[status]"),
            "receiver.name" => Some("form[receiver]"),
            "receiver.address.street" => Some("form[street]"),
            "receiver.address.postNumber" => Some("form[post_number]"),
            "receiver.address.place" => Some("form[place]"),
            "receiver.address.country" => Some("form[country]"),
            _ => None,
        })
    }

    pub(super) fn saved(id: &str) -> Done {
        let title = td_string!(chosen(), record.saved).to_owned();
        Done {
            notice: Some(Notice { kind: NoticeKind::Done, title, body: None }),
            ..Done::going(format!("/sales-documents/{id}"))
        }
    }
}
