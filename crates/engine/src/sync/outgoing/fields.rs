//! Records as the fields that a write sends, and when two values of one field are the same there and here (policy C).
//!
//! What only Metakocka has (numbers, totals, codes, days to pay) is no field of a write. The lines of a document are one
//! field: an array of canonical lines without name, unit and remote code of their product.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sync_core::money::gross_equals_net;
use sync_core::record::{
    Canonical, Contact, Line, Party, Price, Product, ProductLine, ProductRef, SalesDocument, Tax,
};
use sync_core::three_way::{FieldName, FieldValue, Fields, contact_fields, document_fields, product_fields};

use super::SentRecord;

/// The lines of a document, as one field.
pub(super) const LINES: &str = "lines";
/// Fields of a document that Metakocka alone makes, and its type, which is fixed.
const NOT_OF_DOCUMENTS: &[&str] = &["doc_type", "number", "booked", "document_discount"];
/// Fields of a contact that Metakocka alone makes.
const NOT_OF_CONTACTS: &[&str] = &["remote_code", "payment_days"];
/// Fields of a product that Metakocka alone makes; a price goes the other way until the owner chose a list.
const NOT_OF_PRODUCTS: &[&str] = &["remote_code", "price"];
/// Fields of a contact that a reply may leave out: compared only once it has carried them (policy H).
const PERHAPS_TOLD: &[&str] = &["company", "taxpayer", "buyer", "supplier", "registration_number"];
/// What [`document_fields`] puts before the name of each date.
const DATE: &str = "dates.";

/// The fields of a record of any kind.
pub(in crate::sync) fn of(record: &SentRecord) -> Fields {
    match record {
        SentRecord::Document(document) => of_document(document),
        SentRecord::Contact(contact) => of_contact(contact),
        SentRecord::Product(product) => of_product(product),
    }
}

/// Head and lines of a document.
pub(in crate::sync) fn of_document(document: &SalesDocument) -> Fields {
    let mut fields = without(document_fields(document), NOT_OF_DOCUMENTS);
    let lines: Vec<Line> = document.canonical().lines.into_iter().map(comparable).collect();
    // Lines are plain structs and always serialise.
    if let Some(lines) = serde_json::to_value(lines).ok().and_then(FieldValue::of) {
        fields.insert(FieldName::new(LINES), lines);
    }
    fields
}

/// The fields of a contact.
pub(in crate::sync) fn of_contact(contact: &Contact) -> Fields {
    without(contact_fields(contact), NOT_OF_CONTACTS)
}

/// The fields of a product.
pub(in crate::sync) fn of_product(product: &Product) -> Fields {
    without(product_fields(product), NOT_OF_PRODUCTS)
}

fn without(mut fields: Fields, names: &[&str]) -> Fields {
    fields.retain(|name, _| !names.contains(&name.as_str()));
    fields
}

/// A canonical line without what is never written in one.
fn comparable(line: Line) -> Line {
    match line {
        Line::Text(_) => line,
        Line::Product(line) => Line::Product(ProductLine {
            name: String::new(),
            unit: None,
            product: ProductRef { remote_code: None, ..line.product },
            tax: Tax { code: line.tax.code.folded(), rate: line.tax.rate },
            ..line
        }),
    }
}

/// Whether two values of a field are one.
pub(super) fn same(name: &FieldName, one: Option<&FieldValue>, other: Option<&FieldValue>) -> bool {
    if one == other {
        return true;
    }
    match name.as_str() {
        LINES => match (lines(one), lines(other)) {
            (Some(one), Some(other)) => same_lines(&one, &other),
            _ => false,
        },
        "customer" | "receiver" => match (read::<Party>(one), read::<Party>(other)) {
            (Some(one), Some(other)) => same_party(&one, &other),
            _ => false,
        },
        _ => false,
    }
}

/// The same for a value that was read back: a reply may leave out what it does not tell.
pub(super) fn arrived(name: &FieldName, sent: Option<&FieldValue>, read: Option<&FieldValue>) -> bool {
    same(name, sent, read) || (read.is_none() && PERHAPS_TOLD.contains(&name.as_str()))
}

fn read<T: DeserializeOwned>(value: Option<&FieldValue>) -> Option<T> {
    serde_json::from_value(value?.json().clone()).ok()
}

/// No value is no lines.
fn lines(value: Option<&FieldValue>) -> Option<Vec<Line>> {
    if value.is_none() { Some(Vec::new()) } else { read(value) }
}

/// Older replies leave the address of a partner out (`metakocka-api.md §3.4`); then the partner alone tells.
fn same_party(one: &Party, other: &Party) -> bool {
    let addresses = one.address_id.is_none() || other.address_id.is_none();
    addresses && one.external_id.is_some() && one.external_id == other.external_id
}

/// Whether both have the same lines, in whatever order: Metakocka's is its own (policy C).
fn same_lines(one: &[Line], other: &[Line]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut free: Vec<&Line> = other.iter().collect();
    one.iter().all(|line| {
        let like = free.iter().position(|other| same_line(line, other));
        like.map(|at| free.swap_remove(at)).is_some()
    })
}

/// Whether two lines say the same, in comparable or in any other form.
pub(super) fn same_line(one: &Line, other: &Line) -> bool {
    match (one, other) {
        (Line::Product(one), Line::Product(other)) => {
            one.product.is_same(&other.product)
                && one.amount.0 == other.amount.0
                && same_price(one, other)
                && one.discount == other.discount
                && one.tax.code.same(&other.tax.code)
                && same_text(one.text.as_deref(), other.text.as_deref())
        }
        (Line::Text(one), Line::Text(other)) => same_text(Some(&one.text), Some(&other.text)),
        _ => false,
    }
}

fn same_text(one: Option<&str>, other: Option<&str>) -> bool {
    let text = |text: Option<&str>| sync_core::record::text::html_text(text.unwrap_or_default());
    text(one) == text(other)
}

/// A gross price is read back as a net one (`metakocka-api.md §4.3`); the rate of either side may be the one it was
/// computed with.
fn same_price(one: &ProductLine, other: &ProductLine) -> bool {
    match (one.price, other.price) {
        (Price::Net(one), Price::Net(other)) | (Price::Gross(one), Price::Gross(other)) => one == other,
        (Price::Gross(gross), Price::Net(net)) | (Price::Net(net), Price::Gross(gross)) => [one, other]
            .iter()
            .any(|line| gross_equals_net(gross, net.normalize(), line.tax.rate).unwrap_or(false)),
    }
}

/// The names of the fields that either has, and that are not the same in both.
pub(super) fn differing(one: &Fields, other: &Fields) -> BTreeSet<FieldName> {
    let names = one.keys().chain(other.keys());
    names.filter(|name| !same(name, one.get(*name), other.get(*name))).cloned().collect()
}

/// These fields with their values, absent where they are empty.
pub(super) fn values<'a>(
    fields: &Fields,
    names: impl IntoIterator<Item = &'a FieldName>,
) -> BTreeMap<FieldName, Option<FieldValue>> {
    names.into_iter().map(|name| (name.clone(), fields.get(name).cloned())).collect()
}

/// A record with these fields of another one, in their whole form: lines with their rows, parties with their names.
pub(super) fn with_fields<'a, R: Serialize + DeserializeOwned + Clone>(
    record: &R,
    from: &R,
    names: impl IntoIterator<Item = &'a FieldName>,
) -> R {
    let (Ok(Value::Object(mut into)), Ok(Value::Object(from))) =
        (serde_json::to_value(record), serde_json::to_value(from))
    else {
        return record.clone();
    };
    for name in names {
        match name.as_str().strip_prefix(DATE) {
            Some(date) => {
                let value = from.get("dates").and_then(|dates| dates.get(date));
                if let Some(Value::Object(dates)) = into.get_mut("dates") {
                    put(dates, date, value);
                }
            }
            None => put(&mut into, name.as_str(), from.get(name.as_str())),
        }
    }
    // Both were records of this type, and each field is taken whole.
    serde_json::from_value(Value::Object(into)).unwrap_or_else(|_| record.clone())
}

fn put(fields: &mut Map<String, Value>, name: &str, value: Option<&Value>) {
    fields.insert(name.to_owned(), value.cloned().unwrap_or(Value::Null));
}
