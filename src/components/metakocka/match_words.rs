//! What a match stands on, and the fields of two records that are compared, in words.

use sync_core::matching::KeyKind;

use crate::i18n::{language, td_string};

/// What two records have in common.
#[must_use]
pub fn key_words(key: KeyKind) -> &'static str {
    let lang = language();
    match key {
        KeyKind::Tax | KeyKind::TaxAlone => td_string!(lang, matching.key_tax),
        KeyKind::EmailAndName => td_string!(lang, matching.key_email_and_name),
        KeyKind::Email => td_string!(lang, matching.key_email),
        KeyKind::NameAndAddress => td_string!(lang, matching.key_name_and_address),
        KeyKind::Code => td_string!(lang, matching.key_code),
        KeyKind::CodeFolded => td_string!(lang, matching.key_code_folded),
        KeyKind::Barcode => td_string!(lang, matching.key_barcode),
        KeyKind::Name => td_string!(lang, matching.key_name),
        KeyKind::Marker => td_string!(lang, matching.key_marker),
        KeyKind::DocumentNumber => td_string!(lang, matching.key_document_number),
        KeyKind::CustomerDateTotal => td_string!(lang, matching.key_customer_date_total),
    }
}

/// The name of a field; one that has none in words is named as it is stored.
#[must_use]
pub fn field_words(field: &str) -> String {
    let lang = language();
    let words = match field {
        "name" => td_string!(lang, form.name),
        "company" => td_string!(lang, form.company),
        "taxpayer" => td_string!(lang, form.taxpayer),
        "tax_number" => td_string!(lang, form.tax_number),
        "person" => td_string!(lang, form.person),
        "address" => td_string!(lang, matching.address),
        "delivery_addresses" => td_string!(lang, matching.delivery_addresses),
        "registration_number" => td_string!(lang, matching.registration_number),
        "payment_days" => td_string!(lang, matching.payment_days),
        "remote_code" => td_string!(lang, matching.remote_code),
        "buyer" => td_string!(lang, matching.buyer),
        "supplier" => td_string!(lang, matching.supplier),
        "code" => td_string!(lang, form.code),
        "description" => td_string!(lang, form.description),
        "unit" => td_string!(lang, form.unit),
        "barcode" => td_string!(lang, form.barcode),
        "service" => td_string!(lang, form.service),
        "sold" => td_string!(lang, form.sold),
        "active" => td_string!(lang, form.active),
        "number" => td_string!(lang, documents.number),
        "dates.document" => td_string!(lang, form.date),
        "dates.due" => td_string!(lang, form.due),
        "dates.valid_to" => td_string!(lang, form.valid_to),
        "dates.delivery_deadline" => td_string!(lang, form.delivery_deadline),
        "dates.service_from" => td_string!(lang, form.service_from),
        "dates.service_to" => td_string!(lang, form.service_to),
        "customer" => td_string!(lang, document.customer),
        "receiver" => td_string!(lang, document.receiver),
        "buyer_order" => td_string!(lang, form.customer_order),
        "title" => td_string!(lang, form.title),
        "notes" => td_string!(lang, form.notes),
        "currency" => td_string!(lang, form.currency),
        "status" => td_string!(lang, form.status),
        "price" => td_string!(lang, document.price),
        "document_discount" => td_string!(lang, document.discount),
        other => return other.replace(['_', '.'], " "),
    };
    words.to_owned()
}
