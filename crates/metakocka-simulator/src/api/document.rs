//! Writes one document as Metakocka shows it (`metakocka-api.md` §4.3, §4.4, §10): the same in
//! `search` and `get_document`.

mod delivery;
mod flags;
mod lines;
mod sums;

pub(super) use flags::{Flag, Flags, Place};
pub(super) use lines::write_part;

use super::Call;
use super::json_text::JsonText;
use super::partner::write_in_document;
use crate::company::{
    Change, Company, DateField, DocType, Document, DocumentDiscount, DocumentExtra, Malformation, Moment,
    Operation, TextField, entry,
};
use crate::quirks::Quirk;
use jiff::ToSpan;
use jiff::civil::Date;

pub(super) fn write_document(
    json: &mut JsonText,
    company: &Company,
    document: &Document,
    flags: Flags,
    call: Call<'_>,
) {
    json.open();
    json.number("mk_id", document.id);
    json.field("doc_type", document.doc_type.name());
    json.field("opr_code", "0");
    json.field("count_code", &document.number);
    if document.malformed == Some(Malformation::DocDate) {
        json.field("doc_date", "2026-02-31+02:00");
    } else {
        write_date(json, "doc_date", Some(document.date));
    }
    json.optional("publish_ts", document.published.map(Moment::shown).as_deref());
    write_people(json, company, document);
    write_header(json, company, document, flags);
    write_fields(json, document);
    write_extra(json, document, flags);
    lines::write_lines(json, company, document, flags);
    if flags.has(Flag::Payments) {
        sums::write_payments(json, &document.payments);
    }
    write_links(json, document);
    sums::write_sums(json, company, document, flags, call);
    if document.doc_type == DocType::SalesOrder {
        json.field("created_ts", &document.created.shown());
    }
    if flags.has(Flag::DocumentInfo) && document.doc_type != DocType::SalesOffer {
        write_history(json, company, document);
    }
    if flags.has(Flag::CreditNotes) && document.doc_type.is_bill() {
        write_credit_notes(json, company, document);
    }
    if flags.has(Flag::SplitOrders) && document.doc_type == DocType::SalesOrder {
        write_split_orders(json, company, document, (flags, call));
    }
    json.close();
}

fn write_people(json: &mut JsonText, company: &Company, document: &Document) {
    let terse = document.terse_partner;
    write_in_document(json, company, "partner", document.partner, terse, false);
    if let Some(receiver) = document.receiver {
        let without_address = terse && json.hold(Quirk::LinesWithoutProduct);
        write_in_document(json, company, "receiver", receiver, terse, without_address);
    }
}

pub(super) fn write_date(json: &mut JsonText, key: &str, date: Option<Date>) {
    if let Some(date) = date {
        json.number(key, format_args!("{date}+02:00"));
    }
}

fn write_header(json: &mut JsonText, company: &Company, document: &Document, flags: Flags) {
    write_date(json, "service_to_date", document.service_to);
    write_date(json, "duo_payment", document.due);
    json.field("currency_code", &document.currency);
    json.optional("sales_pricelist_code", document.pricelist.as_deref());
    if let Some(code) = &document.status {
        let label = company.status_label(document.doc_type, code);
        json.field("status_code", if json.hold(Quirk::StatusLabels) { label } else { code });
        json.field("status_desc", code);
    }
    if let Some(days) = document.valid_days {
        json.number("valid_days", days);
        write_date(json, "valid_to", Some(document.date.saturating_add(i64::from(days).days())));
    }
    write_date(json, "delivery_deadline", document.delivery_deadline);
    json.optional("title", document.title.as_deref());
    json.optional("buyer_order", document.buyer_order.as_deref());
    json.optional("warehouse", document.warehouse.as_deref());
    json.optional("delivery_type", document.delivery_type.as_deref());
    if !document.doc_type.is_bill() || flags.has(Flag::OrderPaymentMethod) {
        json.optional("method_of_payment", document.method_of_payment.as_deref());
    }
    if let Some(code) = &document.profit_center {
        json.field("profit_center", code);
        let found = entry(&company.registers.profit_centers, code);
        json.optional("profit_center_desc", found.map(|entry| entry.label.as_str()));
    }
    // A shop that is linked by hand is named as it was written.
    let shop = document.texts.get(&TextField::WebStore).map(String::as_str);
    json.optional("eshop_name", shop.or(document.web_shop.then_some("Spletna trgovina")));
    if document.doc_type.is_bill() {
        json.field("last_change_user", "Ana Pisarna");
    }
    if document.doc_type == DocType::SalesBillRetail && document.published.is_some() {
        // The cash register's marks of an issued retail bill (§4.3).
        json.number("furs_zoi", format_args!("{:032x}", u128::from(document.id.0) * 0x9e37_79b9_7f4a_7c15));
        json.number("furs_eor", format_args!("{:08x}-sim", document.id.0));
    }
    match &document.notes {
        Some(notes) => json.field("notes", notes),
        // Absent and empty are the same to Metakocka, and it shows both (§1.5).
        None if document.id.0.is_multiple_of(5) && json.hold(Quirk::LooseShapes) => json.field("notes", ""),
        None => {}
    }
}

/// What is shown as it was written.
fn write_fields(json: &mut JsonText, document: &Document) {
    match document.discount {
        DocumentDiscount::None => {}
        DocumentDiscount::Percent(percent) => json.decimal("discount_percent", percent),
        DocumentDiscount::Value(value) => json.decimal("discount_value", value),
    }
    for (field, text) in &document.texts {
        json.field(TextField::name(*field), text);
    }
    for (field, date) in &document.dates {
        write_date(json, DateField::name(*field), Some(*date));
    }
}

fn write_extra(json: &mut JsonText, document: &Document, flags: Flags) {
    let none = DocumentExtra::default();
    let extra = document.extra.as_deref().unwrap_or(&none);
    let shop_time = document.web_shop.then_some(document.created);
    json.optional("order_create_ts", extra.order_created.or(shop_time).map(Moment::shown).as_deref());
    write_columns(json, document, extra, flags);
    write_pairs(json, "meta_data", ("key", "value_string"), &extra.meta);
    if !extra.offers.is_empty() {
        json.key("offer_list");
        json.open_loose_list(extra.offers.len());
        for number in &extra.offers {
            json.open();
            json.field("count_code", number);
            json.close();
        }
        json.close_loose_list(extra.offers.len());
    }
    if flags.has(Flag::Attachments) && !extra.attachments.is_empty() {
        json.key("attachment_list");
        json.open_list();
        for name in &extra.attachments {
            json.open();
            json.field("source_url", &format!("https://files.metakocka.example/{}/{name}", document.id));
            json.close();
        }
        json.close_list();
    }
    delivery::write_parcel(json, document, extra, flags);
}

/// Custom fields of the company, and what Metakocka adds to them (§4.3).
fn write_columns(json: &mut JsonText, document: &Document, extra: &DocumentExtra, flags: Flags) {
    let mut columns = extra.columns.clone();
    let mut add = |name: &str, value: &str| columns.push((name.to_owned(), value.to_owned()));
    if document.web_shop {
        add("izvor", "splet");
    }
    if let Some(code) = &extra.tracking_code {
        add("tracking_number", code);
        if flags.has(Flag::TrackingUrl) {
            add("tracking_url", &format!("https://carrier.example/track/{code}"));
            add("tracking_page_url", &format!("https://carrier.example/page/{code}"));
        }
        if flags.has(Flag::AssociatedTracking) {
            add("associated_tracking_numbers", code);
        }
    }
    write_pairs(json, "extra_column", ("name", "value"), &columns);
}

fn write_pairs(json: &mut JsonText, key: &str, (first, second): (&str, &str), pairs: &[(String, String)]) {
    if pairs.is_empty() {
        return;
    }
    json.key(key);
    json.open_list();
    for (name, value) in pairs {
        json.open();
        json.field(first, name);
        json.field(second, value);
        json.close();
    }
    json.close_list();
}

fn write_links(json: &mut JsonText, document: &Document) {
    if document.links.is_empty() {
        return;
    }
    json.key("doc_link_list");
    json.open_list();
    for link in &document.links {
        json.open();
        json.number("mk_id", link.id);
        json.field("count_code", &link.number);
        json.field("doc_type", link.doc_type.name());
        json.close();
    }
    json.close_list();
}

fn write_history(json: &mut JsonText, company: &Company, document: &Document) {
    json.key("document_info");
    json.open_list();
    for change in &document.history {
        write_change(json, company, document.doc_type, change);
    }
    json.close_list();
}

fn write_change(json: &mut JsonText, company: &Company, doc_type: DocType, change: &Change) {
    json.open();
    json.field("user_email", "pisarna@podjetje.example");
    json.field("name", "Ana");
    json.field("surname", "Pisarna");
    let operation = match &change.operation {
        Operation::New => "NEW",
        Operation::Change => "CHANGE",
        Operation::Custom => "CUSTOM",
        Operation::Status { .. } => "DOCUMENT_STATUS_CHANGE",
    };
    json.field("operation_type", operation);
    json.field("operation_time", &change.at.shown());
    if let Operation::Status { before, after } = &change.operation {
        let label = |code: &Option<String>| {
            code.as_deref().map(|code| company.status_label(doc_type, code).to_owned())
        };
        json.optional("value_previous", label(before).as_deref());
        json.optional("value_new", label(after).as_deref());
    }
    json.optional("notes", change.notes.as_deref());
    json.close();
}

fn write_credit_notes(json: &mut JsonText, company: &Company, bill: &Document) {
    let notes = company.documents(DocType::SalesBillCreditNote).iter();
    let mut notes = notes.filter(|note| note.credit_of.as_ref() == Some(&bill.number)).peekable();
    if notes.peek().is_none() {
        return;
    }
    json.key("credit_note_list");
    json.open_list();
    for note in notes {
        json.open();
        json.number("mk_id", note.id);
        json.field("count_code", &note.number);
        json.close();
    }
    json.close_list();
}

/// Whole orders that were split off this one.
fn write_split_orders(
    json: &mut JsonText,
    company: &Company,
    order: &Document,
    (flags, call): (Flags, Call<'_>),
) {
    let links = order.links.iter().filter(|link| link.doc_type == DocType::SalesOrder && link.id > order.id);
    let orders: Vec<&Document> = links.filter_map(|link| company.document(link.doc_type, link.id)).collect();
    if orders.is_empty() {
        return;
    }
    json.key("split_orders");
    json.open_list();
    for split in orders {
        write_document(json, company, split, flags.without(Flag::SplitOrders), call);
    }
    json.close_list();
}
