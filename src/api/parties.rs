//! Contacts and products: lists, pages, forms.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of the arguments, whose fields it cannot document"
)]

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use sync_core::record::RecordKind;

use super::error::ApiError;
use super::flash::Done;
use crate::model::{Contact, ContactForm, PartyPage, PartyQuery, Product, ProductForm};

/// One page of a list.
#[server(endpoint = "parties", input = server_fn::codec::Json)]
pub async fn load_parties(query: PartyQuery) -> Result<PartyPage, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let kind = on_server::kind(query.kind);
    let mut page = on_server::page(&engine, &scope, query).await?;
    on_server::say_when(&engine, &scope, kind, &mut page).await?;
    Ok(page)
}

/// One contact.
#[server(endpoint = "contact", input = server_fn::codec::GetUrl)]
pub async fn load_contact(id: String) -> Result<Contact, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let view = engine.contact(&scope, &id).await?;
    let status = engine.sync_status(&scope, RecordKind::Contact, &id).await?;
    let mut contact = on_server::contact(view, engine.now());
    contact.sync = super::translate::with_status(contact.sync, status, engine.now());
    Ok(contact)
}

/// One product.
#[server(endpoint = "product", input = server_fn::codec::GetUrl)]
pub async fn load_product(id: String) -> Result<Product, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let view = engine.product(&scope, &id).await?;
    let status = engine.sync_status(&scope, RecordKind::Product, &id).await?;
    let mut product = on_server::product(view, engine.now());
    product.sync = super::translate::with_status(product.sync, status, engine.now());
    Ok(product)
}

/// Makes a contact, or edits the one with this id.
#[server(endpoint = "save-contact")]
pub async fn save_contact(
    #[server(default)] id: String,
    #[server(default)] revision: i64,
    form: ContactForm,
) -> Result<Done, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let id = if id.is_empty() {
        let input = on_server::contact_input(form, None);
        engine.create_contact(&scope, &input).await.map_err(on_server::contact_refused)?
    } else {
        let before = engine.contact(&scope, &id).await?.form;
        let input = on_server::contact_input(form, Some(before));
        engine.edit_contact(&scope, &id, revision, &input).await.map_err(on_server::contact_refused)?;
        id
    };
    Ok(on_server::saved(format!("/contacts/{id}")))
}

/// Makes a product, or edits the one with this id.
#[server(endpoint = "save-product")]
pub async fn save_product(
    #[server(default)] id: String,
    #[server(default)] revision: i64,
    form: ProductForm,
) -> Result<Done, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let input = on_server::product_input(form);
    let id = if id.is_empty() {
        engine.create_product(&scope, &input).await.map_err(on_server::product_refused)?
    } else {
        engine.edit_product(&scope, &id, revision, &input).await.map_err(on_server::product_refused)?;
        id
    };
    Ok(on_server::saved(format!("/products/{id}")))
}

#[cfg(feature = "ssr")]
mod on_server {
    use engine::access::TenantScope;
    use engine::crm::{
        AddressInput, Chip, ContactInput, ContactQuery, ContactRow, ContactView, PersonInput, ProductInput,
        ProductQuery, ProductRow, ProductSort, ProductSortBy, ProductView,
    };
    use engine::{Engine, EngineError};
    use jiff::Timestamp;
    use sync_core::record::RecordKind;

    use crate::api::error::ApiError;
    use crate::api::flash::Done;
    use crate::api::translate::{blocking, given, named, says_when, sync, when, with_status};
    use crate::i18n::{chosen, td_string};
    use crate::model::{
        Contact, ContactForm, Notice, NoticeKind, PartyKind, PartyPage, PartyQuery, PartyRow, Product,
        ProductForm, StateCount,
    };

    pub(super) async fn page(
        engine: &Engine,
        scope: &TenantScope,
        query: PartyQuery,
    ) -> Result<PartyPage, ApiError> {
        let now = engine.now();
        Ok(match query.kind {
            PartyKind::Contact => {
                let asked = ContactQuery {
                    search: query.search,
                    state: query.state,
                    descending: query.descending,
                    page: query.page,
                    ..ContactQuery::default()
                };
                let page = engine.contacts(scope, &asked).await?;
                PartyPage {
                    rows: page.rows.into_iter().map(|row| contact_row(row, now)).collect(),
                    total: page.total,
                    all: page.all,
                    counts: counts(page.chips),
                    page: page.page,
                    per_page: page.per_page,
                }
            }
            PartyKind::Product => {
                let by = if query.by_code { ProductSortBy::Code } else { ProductSortBy::Name };
                let asked = ProductQuery {
                    search: query.search,
                    state: query.state,
                    sort: ProductSort { by, descending: query.descending },
                    page: query.page,
                    ..ProductQuery::default()
                };
                let page = engine.products(scope, &asked).await?;
                PartyPage {
                    rows: page.rows.into_iter().map(|row| product_row(row, now)).collect(),
                    total: page.total,
                    all: page.all,
                    counts: counts(page.chips),
                    page: page.page,
                    per_page: page.per_page,
                }
            }
        })
    }

    pub(super) fn kind(kind: PartyKind) -> RecordKind {
        match kind {
            PartyKind::Contact => RecordKind::Contact,
            PartyKind::Product => RecordKind::Product,
        }
    }

    /// Adds to the rows that are on their way when they go on.
    pub(super) async fn say_when(
        engine: &Engine,
        scope: &TenantScope,
        kind: RecordKind,
        page: &mut PartyPage,
    ) -> Result<(), EngineError> {
        let moving = page.rows.iter().filter(|row| says_when(&row.sync)).map(|row| row.id.clone());
        let moving: Vec<String> = moving.collect();
        let mut known = engine.sync_statuses(scope, kind, &moving).await?;
        for row in page.rows.iter_mut().filter(|row| says_when(&row.sync)) {
            row.sync = with_status(row.sync.clone(), known.remove(&row.id), engine.now());
        }
        Ok(())
    }

    fn counts(chips: Vec<Chip>) -> Vec<StateCount> {
        chips.into_iter().map(|chip| StateCount { state: chip.state, count: chip.count }).collect()
    }

    fn contact_row(row: ContactRow, now: Timestamp) -> PartyRow {
        PartyRow {
            id: row.id,
            name: row.name,
            code: row.tax_number.unwrap_or_default(),
            detail: row.email.unwrap_or_default(),
            place: row.city,
            retired: false,
            sync: sync(row.sync, now),
        }
    }

    fn product_row(row: ProductRow, now: Timestamp) -> PartyRow {
        PartyRow {
            id: row.id,
            name: row.name,
            code: row.code,
            detail: row.unit,
            place: None,
            retired: !row.active,
            sync: sync(row.sync, now),
        }
    }

    pub(super) fn contact(view: ContactView, now: Timestamp) -> Contact {
        let (person, address) = (view.form.person.unwrap_or_default(), view.form.address.unwrap_or_default());
        Contact {
            id: view.id,
            revision: view.revision,
            form: ContactForm {
                name: view.form.name,
                company: view.form.company.unwrap_or(false),
                taxpayer: view.form.taxpayer.unwrap_or(false),
                tax_number: view.form.tax_number.unwrap_or_default(),
                person: person.name.unwrap_or_default(),
                email: person.email.unwrap_or_default(),
                phone: person.phone.unwrap_or_default(),
                mobile: person.mobile.unwrap_or_default(),
                street: address.street.unwrap_or_default(),
                post_number: address.post_number.unwrap_or_default(),
                place: address.place.unwrap_or_default(),
                country: address.country.unwrap_or_default(),
            },
            blocking: blocking(view.blocking),
            sync: sync(view.sync, now),
            erased_at: view.erased_at.map(|at| when(at, now)),
            erase_asked_at: view.erase_asked_at.map(|at| when(at, now)),
        }
    }

    pub(super) fn product(view: ProductView, now: Timestamp) -> Product {
        Product {
            id: view.id,
            revision: view.revision,
            form: ProductForm {
                code: view.form.code,
                name: view.form.name,
                description: view.form.description.unwrap_or_default(),
                unit: view.form.unit.unwrap_or_default(),
                barcode: view.form.barcode.unwrap_or_default(),
                service: view.form.service,
                sold: view.form.sold,
                active: view.form.active,
            },
            blocking: blocking(view.blocking),
            sync: sync(view.sync, now),
        }
    }

    /// What the form shows is set; what it does not show stays.
    pub(super) fn contact_input(form: ContactForm, before: Option<ContactInput>) -> ContactInput {
        let before = before.unwrap_or_default();
        let country_name = before
            .address
            .as_ref()
            .and_then(|address| address.country_name.clone())
            .filter(|_| form.country.is_empty());
        let province = before.address.as_ref().and_then(|address| address.province.clone());
        let told =
            |before: Option<bool>, ticked: bool| if ticked { Some(true) } else { before.map(|_| false) };
        ContactInput {
            name: form.name,
            company: told(before.company, form.company),
            taxpayer: told(before.taxpayer, form.taxpayer),
            tax_number: given(form.tax_number),
            person: Some(PersonInput {
                name: given(form.person),
                email: given(form.email),
                phone: given(form.phone),
                mobile: given(form.mobile),
            })
            .filter(|person| before.person.is_some() || *person != PersonInput::default()),
            address: Some(AddressInput {
                street: given(form.street),
                post_number: given(form.post_number),
                place: given(form.place),
                province,
                country: given(form.country),
                country_name,
            })
            .filter(|address| before.address.is_some() || *address != AddressInput::default()),
            ..before
        }
    }

    pub(super) fn product_input(form: ProductForm) -> ProductInput {
        ProductInput {
            code: form.code,
            name: form.name,
            description: given(form.description),
            unit: given(form.unit),
            barcode: given(form.barcode),
            service: form.service,
            sold: form.sold,
            active: form.active,
        }
    }

    pub(super) fn contact_refused(error: EngineError) -> ApiError {
        named(error, |field| match field {
            "name" => Some("form[name]"),
            "taxNumber" => Some("form[tax_number]"),
            "person.name" => Some("form[person]"),
            "person.email" => Some("form[email]"),
            "person.phone" => Some("form[phone]"),
            "person.mobile" => Some("form[mobile]"),
            "address.street" => Some("form[street]"),
            "address.postNumber" => Some("form[post_number]"),
            "address.place" => Some("form[place]"),
            "address.country" => Some("form[country]"),
            _ => None,
        })
    }

    pub(super) fn product_refused(error: EngineError) -> ApiError {
        named(error, |field| match field {
            "code" => Some("form[code]"),
            "name" => Some("form[name]"),
            "description" => Some("form[description]"),
            "unit" => Some("form[unit]"),
            "barcode" => Some("form[barcode]"),
            _ => None,
        })
    }

    pub(super) fn saved(go: String) -> Done {
        let title = td_string!(chosen(), record.saved).to_owned();
        Done { notice: Some(Notice { kind: NoticeKind::Done, title, body: None }), ..Done::going(go) }
    }
}
