//! The words for places of a record, and its values as a language writes them.

use crate::components::format::Style;
use crate::i18n::{Locale, language, td_string};
use crate::model::{ReviewLine, ReviewValue};

/// A place in words: subject; line 2, amount.
#[must_use]
pub fn place_words(place: &str) -> String {
    let lang = language();
    let Some(line) = place.strip_prefix("line ") else { return field_words(lang, place).to_owned() };
    match line.split_once(' ') {
        Some((number, field)) => {
            let (n, field) = (number.to_owned(), field_words(lang, field).to_owned());
            td_string!(lang, place.line_field, n = n, field = field).to_string()
        }
        None => td_string!(lang, place.line, n = line.to_owned()).to_string(),
    }
}

/// Several places in words, with commas between them.
#[must_use]
pub fn places_words(places: &[String]) -> String {
    places.iter().map(|place| place_words(place)).collect::<Vec<_>>().join(", ")
}

/// The name of a field; one that has no words is named as it is.
fn field_words(lang: Locale, field: &str) -> &str {
    of_document(lang, field)
        .or_else(|| of_party(lang, field))
        .or_else(|| of_line(lang, field))
        .unwrap_or(field)
}

fn of_document(lang: Locale, field: &str) -> Option<&'static str> {
    Some(match field {
        "lines" => td_string!(lang, place.lines),
        "total" => td_string!(lang, place.total),
        "doc_type" => td_string!(lang, place.doc_type),
        "title" => td_string!(lang, place.title),
        "notes" => td_string!(lang, place.notes),
        "status" => td_string!(lang, place.status),
        "currency" => td_string!(lang, place.currency),
        "dates.document" => td_string!(lang, place.date),
        "dates.due" => td_string!(lang, place.due),
        "dates.service_from" => td_string!(lang, place.service_from),
        "dates.service_to" => td_string!(lang, place.service_to),
        "dates.valid_to" => td_string!(lang, place.valid_to),
        "dates.delivery_deadline" => td_string!(lang, place.delivery_deadline),
        "customer" => td_string!(lang, place.customer),
        "receiver" => td_string!(lang, place.receiver),
        "buyer_order" => td_string!(lang, place.buyer_order),
        "document_discount" => td_string!(lang, place.document_discount),
        _ => return None,
    })
}

fn of_party(lang: Locale, field: &str) -> Option<&'static str> {
    Some(match field {
        "name" => td_string!(lang, place.name),
        "address" => td_string!(lang, place.address),
        "delivery_addresses" => td_string!(lang, place.delivery_addresses),
        "person" => td_string!(lang, place.person),
        "tax_number" => td_string!(lang, place.tax_number),
        "registration_number" => td_string!(lang, place.registration_number),
        "company" => td_string!(lang, place.company),
        "taxpayer" => td_string!(lang, place.taxpayer),
        "buyer" => td_string!(lang, place.buyer),
        "supplier" => td_string!(lang, place.supplier),
        "payment_days" => td_string!(lang, place.payment_days),
        "code" => td_string!(lang, place.code),
        "unit" => td_string!(lang, place.unit),
        "description" => td_string!(lang, place.description),
        "barcode" => td_string!(lang, place.barcode),
        "service" => td_string!(lang, place.service),
        "sold" => td_string!(lang, place.sold),
        "active" => td_string!(lang, place.active),
        _ => return None,
    })
}

fn of_line(lang: Locale, field: &str) -> Option<&'static str> {
    Some(match field {
        "price" => td_string!(lang, place.price),
        "amount" => td_string!(lang, place.amount),
        "discount" => td_string!(lang, place.discount),
        "tax" => td_string!(lang, place.tax),
        "text" => td_string!(lang, place.text),
        "product" => td_string!(lang, place.product),
        _ => return None,
    })
}

/// A value in words; of several lines each in a row of its own.
#[must_use]
pub fn value_words(place: &str, value: &ReviewValue) -> Vec<String> {
    let lang = language();
    let style = Style::of(lang);
    let is_money = place.ends_with("price") || place.ends_with("total");
    let one = match value {
        ReviewValue::Nothing => td_string!(lang, record.nothing).to_owned(),
        ReviewValue::Text(text) => text.clone(),
        ReviewValue::Number(number) if is_money => style.amount(number),
        ReviewValue::Number(number) => style.decimal(number, 0),
        ReviewValue::Day(day) => style.day(*day),
        ReviewValue::Truth(true) => td_string!(lang, review.yes).to_owned(),
        ReviewValue::Truth(false) => td_string!(lang, review.no).to_owned(),
        ReviewValue::Lines(lines) => return lines.iter().map(|line| line_words(lang, line)).collect(),
    };
    vec![one]
}

fn line_words(lang: Locale, line: &ReviewLine) -> String {
    let style = Style::of(lang);
    let (Some(amount), Some(price)) = (&line.amount, &line.price) else { return line.name.clone() };
    let (amount, price) = (style.decimal(amount, 0), style.amount(price));
    let name = line.name.clone();
    td_string!(lang, review.lines_count, amount = amount, name = name, price = price).to_string()
}
