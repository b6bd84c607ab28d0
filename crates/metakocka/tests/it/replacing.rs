//! A draft made from a document that was read: every field is written again or a reason to refuse.

use metakocka::{CreditNoteKind, Document, DocumentDraft, DocumentType};
use serde_json::{Value, json};

use crate::writes::id;

/// What a document has at least.
fn with(doc_type: DocumentType, more: &Value) -> Document {
    let mut all = json!({
        "mk_id": "7", "doc_date": "2026-09-03", "duo_payment": "2026-09-20", "service_to_date": "2026-09-05",
        "partner": { "mk_id": "5", "mk_address_id": "6" },
        "product_list": [{ "code": "A", "amount": "1", "price": "1", "tax": "EX4" }],
    });
    for (name, value) in more.as_object().unwrap() {
        all[name] = value.clone();
    }
    Document::from_json(doc_type, &all.to_string()).unwrap()
}

fn written(doc_type: DocumentType, more: &Value) -> Option<Value> {
    let credited = Some(CreditNoteKind::Standalone);
    let draft = DocumentDraft::from_document(&with(doc_type, more), credited).ok()?;
    let write = draft.prepare_replacement(&id("7")).unwrap();
    Some(Value::Object(write.payload().fields().clone()))
}

#[test]
fn every_field_of_a_document_is_written_again_or_refused() {
    let line = |more: Value| {
        let mut line = json!({ "code": "A", "amount": "1", "tax": "EX4" });
        line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "product_list": [line] })
    };
    let (order, bill) = (DocumentType::Order, DocumentType::BillDomestic);
    let from_order =
        json!({ "doc_link_list": [{ "mk_id": "8", "count_code": "PP-1", "doc_type": "sales_order" }] });
    let columns = json!({ "extra_column": [{ "name": "ip", "value": "x" }, { "name": "a", "value": "b" }] });
    for (doc_type, more, path, expected) in [
        (
            order,
            json!({ "prepayment_percent": "10", "prepayment_value": "5.4" }),
            "/prepayment_percent",
            "10",
        ),
        (order, json!({ "prepayment_value": "5.4" }), "/prepayment_value", "5.4"),
        (order, json!({ "duo_payment": "", "duo_payment_days": "15" }), "/duo_payment_days", "15"),
        (order, json!({ "pariteta": "EXW" }), "/pariteta", "EXW"),
        (order, columns, "/extra_column/0/name", "a"),
        (bill, from_order, "/sales_order_list/0/count_code", "PP-1"),
        (
            order,
            line(json!({ "price": "1", "lot_number_value": "L" })),
            "/product_list/0/lot_number_value",
            "L",
        ),
        (
            order,
            line(json!({ "price": "1", "price_with_tax": "1.22", "tax_factor": "0.22" })),
            "/product_list/0/price",
            "1",
        ),
    ] {
        let sent = written(doc_type, &more).unwrap_or_else(|| panic!("{more} is refused"));
        assert_eq!(sent.pointer(path), Some(&json!(expected)), "{more}: {sent}");
    }
    for (doc_type, more) in [
        (bill, json!({ "prepayment_percent": "10" })),
        (bill, json!({ "status_code": "Poslano", "status_desc": "sent" })),
        (bill, json!({ "doc_link_list": [{ "mk_id": "8", "doc_type": "sales_order" }] })),
        (order, json!({ "something_new": "x" })),
        (order, line(json!({}))),
        (order, line(json!({ "price": "200", "price_with_tax": "299" }))),
        (order, line(json!({ "price": "1", "price_with_tax": "1.5", "tax_factor": "0.22" }))),
        (order, line(json!({ "price": "1", "something_new": "x" }))),
    ] {
        assert_eq!(written(doc_type, &more), None, "{more} would be lost");
    }
}

#[test]
fn what_metakocka_makes_itself_is_not_sent_back() {
    let made = json!({
        "attachment_list": [{ "bill_mk_id": "9" }], "sticker_list": [{ "x": "y" }], "bank_ref_number": "1",
        "last_change_ts": "x", "something_empty": "",
    });
    let sent = written(DocumentType::Order, &made).unwrap();
    for name in made.as_object().unwrap().keys() {
        assert!(sent.get(name).is_none(), "{name} is sent back");
    }
}
