//! `json/product_add`, `json/product_update`, `json/product_delete` (`metakocka-api.md` §2.3).

use super::json_text::JsonText;
use super::params::Params;
use super::writing::products::{Changes, NewProduct, Switch};
use super::writing::{id, text};
use super::{Call, MkError};
use crate::company::{Article, Company, Document, LineContent, MkId, PricedLine, Product};
use crate::quirks::Quirk;

/// Refused when number and code are known; one code under two numbers is accepted (§9).
pub(super) fn add(company: &mut Company, params: &Params, call: Call<'_>) -> Result<String, MkError> {
    let new = NewProduct::parse(company, params, call)?;
    let same_number = |product: &&Product| new.number() == Some(product.number.as_str());
    let same_code = |product: &&Product| product.code == new.code() && !call.quirks.hold(Quirk::CodesRepeat);
    if let Some(known) = company.products.iter().find(|product| same_number(product) || same_code(product)) {
        let (number, code) = (&known.number, &known.code);
        return Err(MkError::parameter(format!(
            "Product with count_code {number} and code {code} already exists"
        )));
    }
    if call.quirks.hold(Quirk::CodesRepeat) || new.code().chars().count() <= 20 {
        let id = new.store(company);
        return Ok(reply(company, id, call));
    }
    Err(super::params::wrong_form("code"))
}

/// Only what was sent changes; of two ids `mk_id` selects.
pub(super) fn update(company: &mut Company, params: &Params, call: Call<'_>) -> Result<String, MkError> {
    let id = find(company, params)?;
    let changes = Changes::parse(company, params, call)?;
    let before = company.product(id).map(|product| (product.service, product.sales));
    let (service, sales) = before.unwrap_or_default();
    let used = || company.all_documents().any(|document| is_on(document, id));
    let confirmed = params.flag("confirm_save_change_product_service");
    if changes.switch(Switch::Service).is_some_and(|on| on != service) && !confirmed && used() {
        return Err(MkError::application(
            "Product is used on documents, change of service must be confirmed.",
        ));
    }
    if sales && changes.switch(Switch::Sales) == Some(false) && used() {
        return Err(MkError::application("Product is used on sales documents, sales cannot be removed."));
    }
    let new_codes =
        company.product(id).and_then(|product| product.extra.as_ref()).map_or(0, |e| e.partner_codes.len());
    if let Some(product) = company.product_mut(id) {
        changes.apply(product);
    }
    number_partner_codes(company, id, new_codes);
    Ok(reply(company, id, call))
}

/// Gives the added partner codes their ids.
fn number_partner_codes(company: &mut Company, id: MkId, from: usize) {
    let count =
        company.product(id).and_then(|p| p.extra.as_ref()).map_or(0, |extra| extra.partner_codes.len());
    let ids: Vec<MkId> = (from..count).map(|_| company.next_row_id()).collect();
    if ids.is_empty() {
        return;
    }
    if let Some(product) = company.product_mut(id) {
        for (row, id) in product.extra_mut().partner_codes.iter_mut().skip(from).zip(ids) {
            row.id = id;
        }
    }
}

/// Refused when the product is on any document.
pub(super) fn delete(company: &mut Company, params: &Params, call: Call<'_>) -> Result<String, MkError> {
    let id = find(company, params)?;
    if company.all_documents().any(|document| is_on(document, id)) {
        return Err(MkError::application("Product is used on documents and cannot be deleted."));
    }
    let reply = reply(company, id, call);
    company.products.retain(|product| product.id != id);
    Ok(reply)
}

fn is_on(document: &Document, id: MkId) -> bool {
    document.lines.iter().any(|line| {
        matches!(&line.content, LineContent::Priced(PricedLine { article: Article::Product(of), .. }) if *of == id)
    })
}

fn find(company: &Company, params: &Params) -> Result<MkId, MkError> {
    let (id, number) = (id(params, "mk_id")?, text(params, "count_code")?);
    let (found, named) = match (id, number) {
        (Some(id), _) => (company.product(id), format!("mk_id {id}")),
        (None, Some(number)) => {
            (company.products.iter().find(|product| product.number == number), format!("count_code {number}"))
        }
        (None, None) => return Err(MkError::parameter("Paramether mk_id must be set")),
    };
    found
        .map(|product| product.id)
        .ok_or_else(|| MkError::parameter(format!("Product with {named} not found")))
}

fn reply(company: &Company, id: MkId, call: Call<'_>) -> String {
    let mut json = JsonText::new(call.quirks);
    json.open();
    json.field("opr_code", "0");
    json.number("opr_time_ms", call.time_ms);
    json.number("mk_id", id);
    if let Some(product) = company.product(id) {
        json.field("count_code", &product.number);
        if let Some(extra) = product.extra.as_ref().filter(|extra| !extra.partner_codes.is_empty()) {
            json.key("product_partner_info_mk_id");
            let ids: Vec<String> = extra.partner_codes.iter().map(|row| row.id.to_string()).collect();
            json.open_list();
            for id in &ids {
                json.text(id);
            }
            json.close_list();
        }
    }
    json.close();
    json.into_text()
}
