//! What is checked before anything is sent: lengths, formats, and what Metakocka would do silently.

use jiff::civil::date;
use metakocka::{
    BillChange, BillKey, ContactPerson, ContactRow, CreditNoteDetails, CreditNoteKind, DiscountChain,
    Document, DocumentDetails, DocumentDraft, DocumentType, DraftDiscount, DraftLine, DraftParty,
    DraftPayment, DraftPrice, InlineParty, InvalidRequest, LineContent, NewProductInLine, OrderChange,
    OrderKey, OrderLineChange, PartnerChange, PartnerDraft, PartnerKey, Payments, ProductChange,
    ProductDraft, ProductFields, ProductKey, RowId, ShippedOrders, StatusChange, TransactionDocument,
    TransactionDraft, TransactionMode, WritableStatus,
};
use rust_decimal::Decimal;
use serde_json::json;

use crate::writes::{buyer, decimal, id, line, order};

fn fields(invalid: &InvalidRequest) -> Vec<&str> {
    invalid.problems.iter().map(|problem| problem.field.as_str()).collect()
}

/// The fields that a document is refused for after a change.
fn refused(change: impl FnOnce(&mut DocumentDraft)) -> Vec<String> {
    let mut draft = order();
    change(&mut draft);
    let invalid = draft.prepare().unwrap_err();
    assert!(invalid.problems.iter().all(|problem| !problem.sentence.is_empty()));
    fields(&invalid).into_iter().map(ToOwned::to_owned).collect()
}

fn first_line(change: impl FnOnce(&mut DraftLine)) -> Vec<String> {
    refused(|draft| change(&mut draft.lines[0]))
}

#[test]
fn a_document_that_metakocka_would_refuse_or_cut_is_not_made() {
    assert_eq!(refused(|draft| draft.title = Some("x".repeat(256))), ["title"]);
    assert_eq!(refused(|draft| draft.title = Some("a\nb".to_owned())), ["title"]);
    assert_eq!(refused(|draft| draft.number = Some("1".repeat(31))), ["count_code"]);
    assert_eq!(refused(|draft| draft.currency = Some("eur".to_owned())), ["currency_code"]);
    assert_eq!(refused(|draft| draft.change_note = Some("x".repeat(51))), ["document_change_log_notes"]);
    assert_eq!(refused(|draft| draft.date = date(202, 1, 1)), ["doc_date"]);
    assert_eq!(refused(|draft| draft.partner = None), ["partner"]);
    assert_eq!(refused(|draft| draft.receiver = Some(buyer())), ["receiver.customer"]);
    assert_eq!(refused(|draft| draft.lines.clear()), ["product_list"]);
    assert_eq!(refused(|draft| draft.lines = vec![draft.lines[0].clone(); 201]), ["product_list"]);
    assert_eq!(
        refused(|draft| draft.discount = Some(DraftDiscount::Percent(decimal("100.1")))),
        ["discount_percent"]
    );
    assert_eq!(refused(|draft| draft.payments = Payments::Replace(Vec::new())), ["mark_paid"]);
    let nothing = DraftPayment {
        kind: "Gotovina".to_owned(),
        date: date(2026, 9, 3),
        amount: Decimal::ZERO,
        cash_register: None,
    };
    assert_eq!(refused(|draft| draft.payments = Payments::Replace(vec![nothing])), ["mark_paid[0].amount"]);
    let secret = json!({ "secret_key": "x", "mk_id": "1", "pariteta": "DAP" });
    assert_eq!(
        refused(|draft| draft.other = secret.as_object().unwrap().clone()),
        ["mk_id", "secret_key"],
        "an insert cannot become a replacement by a field of one's own"
    );
    let unnamed = DraftParty::New(Box::default());
    assert_eq!(refused(|draft| draft.partner = Some(unnamed)), ["partner.customer", "partner.street"]);
    let DocumentDetails::Order(details) = order().details else { panic!() };
    let mut details = *details;
    details.buyer_order = Some("x".repeat(31));
    assert_eq!(refused(|draft| draft.details = DocumentDetails::Order(Box::new(details))), ["buyer_order"]);
}

#[test]
fn a_line_that_metakocka_would_refuse_or_misread_is_not_made() {
    assert_eq!(first_line(|line| line.amount = Decimal::ZERO), ["product_list[0].amount"]);
    assert_eq!(first_line(|line| line.amount = decimal("-1")), ["product_list[0].amount"]);
    assert_eq!(
        first_line(|line| line.price = DraftPrice::Net(decimal("1.00000000001"))),
        ["product_list[0].price"]
    );
    assert_eq!(
        first_line(|line| line.discount = DiscountChain::parse("10;101").unwrap()),
        ["product_list[0].discount"]
    );
    assert_eq!(
        first_line(|line| line.tax = metakocka::DraftTax::Factor(decimal("22"))),
        ["product_list[0].tax_factor"]
    );
    assert_eq!(
        first_line(|line| {
            line.product.code = None;
            line.product.count_code = None;
        }),
        ["product_list[0].code"],
        "the id alone is not found"
    );
    let unit = NewProductInLine { name: "Novo".to_owned(), unit: " ".to_owned(), service: false };
    assert_eq!(first_line(|line| line.make_product = Some(unit)), ["product_list[0].unit"]);
}

#[test]
fn a_service_may_be_negative_and_no_unit_goes_out_unasked() {
    let mut draft = order();
    draft.lines[0].amount = decimal("-1");
    draft.lines[0].service = true;
    let write = draft.prepare().unwrap();
    let line = &write.payload().fields()["product_list"][0];
    assert_eq!(line["amount"], "-1");
    assert!(line.get("unit").is_none() && line.get("service").is_none(), "no product is made by accident");
}

#[test]
fn payments_are_replaced_or_cleared_explicitly() {
    let mut draft = order();
    assert!(!draft.clone().prepare().unwrap().payload().fields().contains_key("mark_paid"));
    draft.payments = Payments::Clear { kind: "Gotovina".to_owned(), date: date(2026, 9, 3) };
    let write = draft.prepare().unwrap();
    assert_eq!(
        write.payload().fields()["mark_paid"],
        json!([{ "payment_type": "Gotovina", "date": "03.09.2026", "amount": "0.00" }])
    );
}

#[test]
fn credit_notes_and_bills_have_what_their_kind_needs() {
    let mut draft = order();
    draft.details = DocumentDetails::CreditNote(CreditNoteDetails {
        kind: CreditNoteKind::Standalone,
        due_date: date(2026, 9, 12),
        service_to: date(2026, 9, 12),
    });
    draft.partner = None;
    assert_eq!(fields(&draft.clone().prepare().unwrap_err()), ["partner"]);
    draft.partner = Some(buyer());
    let write = draft.prepare().unwrap();
    assert_eq!(write.payload().fields()["credit_note_type"], "standalone");
    assert!(!write.payload().fields().contains_key("credit_note_bill"));
    let bill = BillChange { doc_type: DocumentType::Order, bill: BillKey::Id(id("1")), status_code: None };
    assert_eq!(fields(&bill.clone().prepare().unwrap_err()), ["doc_type"]);
    let cleared = BillChange { doc_type: DocumentType::BillDomestic, ..bill }.prepare().unwrap();
    assert_eq!(cleared.payload().fields()["status_code"], "");
    let by_number = |number: &str| BillChange {
        doc_type: DocumentType::BillDomestic,
        bill: BillKey::Number(number.to_owned()),
        status_code: Some("placan".to_owned()),
    };
    assert_eq!(fields(&by_number(" ").prepare().unwrap_err()), ["count_code"]);
    assert_eq!(fields(&by_number(&"x".repeat(31)).prepare().unwrap_err()), ["count_code"]);
    let write = by_number("R26-55").prepare().unwrap();
    assert_eq!(write.payload().fields()["count_code"], "R26-55");
    assert!(!write.payload().fields().contains_key("mk_id"));
    let number = metakocka::DocumentName::Number("R26-55".to_owned());
    let looked_up = metakocka::Lookup::Document { doc_type: DocumentType::BillDomestic, document: number };
    assert_eq!(write.lookup(), &looked_up);
}

#[test]
fn a_change_that_changes_nothing_or_too_much_is_not_made() {
    let key = OrderKey::Id(id("1"));
    assert_eq!(fields(&OrderChange::of(key.clone()).prepare().unwrap_err()), [""]);
    let mut change = OrderChange::of(key);
    change.lines.push(OrderLineChange::Delete(RowId::parse("5").unwrap()));
    change.lines.push(OrderLineChange::Add(line("A", "0", DraftPrice::Net(Decimal::ONE), "EX4")));
    assert_eq!(fields(&change.prepare().unwrap_err()), ["product_add[1].amount"]);
    assert_eq!(fields(&PartnerChange::of(PartnerKey::Id(id("1"))).prepare().unwrap_err()), ["partner"]);
    assert_eq!(fields(&ProductChange::of(ProductKey::Id(id("1"))).prepare().unwrap_err()), [""]);
    assert_eq!(fields(&ShippedOrders::Ids(Vec::new()).prepare().unwrap_err()), ["sales_order_id_list"]);
    let many = StatusChange {
        of: WritableStatus::Orders(vec![id("1"); 201]),
        status_code: " ".to_owned(),
        user_email: None,
    };
    assert_eq!(fields(&many.prepare().unwrap_err()), ["status_code", "mk_id_list"]);
}

#[test]
fn partners_and_products_have_what_is_required() {
    let nobody = PartnerDraft::default().prepare().unwrap_err();
    assert_eq!(
        fields(&nobody),
        ["partner.customer", "partner.street", "partner.post_number", "partner.place", "partner.country"]
    );
    let mut long = PartnerDraft::default();
    long.fields.name = Some("x".repeat(101));
    assert_eq!(fields(&long.prepare().unwrap_err())[..2], ["partner.customer", "partner.street"]);
    let mut change = PartnerChange::of(PartnerKey::CountCode("120".to_owned()));
    let person = ContactPerson { email: Some("ana".to_owned()), ..ContactPerson::default() };
    change.contacts.push(ContactRow { mk_id: None, address_id: None, person });
    assert_eq!(
        fields(&change.prepare().unwrap_err()),
        ["partner.partner_contact_list[0].mk_address_id", "partner.partner_contact_list[0].email"]
    );
    let product = ProductDraft {
        code: "x".repeat(21),
        count_code: None,
        name: "x".repeat(201),
        unit: String::new(),
        fields: ProductFields { name_desc: Some("x".repeat(701)), ..ProductFields::default() },
    };
    assert_eq!(fields(&product.prepare().unwrap_err()), ["name_desc", "code", "name", "unit"]);
}

#[test]
fn a_transaction_is_named_in_one_way_and_is_more_than_nothing() {
    let transaction = TransactionDraft {
        doc_type: DocumentType::BillDomestic,
        document: TransactionDocument::BuyerOrder("A".to_owned()),
        mode: TransactionMode::Payment,
        kind: "Transakcijski račun".to_owned(),
        date: date(2026, 9, 8),
        amount: Decimal::ZERO,
        cash_register: None,
        notes: Some("x".repeat(101)),
    };
    assert_eq!(fields(&transaction.clone().prepare().unwrap_err()), ["buyer_order", "price", "notes"]);
    let good = TransactionDraft {
        document: TransactionDocument::Id(id("1600901")),
        amount: decimal("1200.12"),
        notes: None,
        ..transaction
    };
    let write = good.prepare().unwrap();
    assert_eq!(
        serde_json::Value::from(write.payload().fields().clone()),
        json!({ "doc_type": "sales_bill_domestic", "mk_id": "1600901", "payment_mode": "payment",
            "payment_type": "Transakcijski račun", "date": "2026-09-08", "price": "1200.12" })
    );
}

const ORDER: &str = include_str!("samples/search_documents.reply.json");

fn sample_order() -> Document {
    let page: serde_json::Value = serde_json::from_str(ORDER).unwrap();
    let mut row = page["result"][0].clone();
    row["pariteta"] = json!("DAP");
    row["product_list"][0]["lot_number_value"] = json!("L1");
    Document::from_json(DocumentType::Order, &row.to_string()).unwrap()
}

#[test]
fn a_replacement_made_from_a_read_says_everything_again() {
    let document = sample_order();
    let draft = DocumentDraft::from_document(&document, None).unwrap();
    let write = draft.prepare_replacement(&document.mk_id).unwrap();
    let body = serde_json::Value::from(write.payload().fields().clone());
    for (field, value) in [
        ("/mk_id", "400000701"),
        ("/doc_date", "03.09.2026"),
        ("/status_code", "created"),
        ("/buyer_order", "APP-000123"),
        ("/warehouse", "glavno"),
        ("/pariteta", "DAP"),
        ("/partner/mk_id", "1600710"),
        ("/receiver/mk_address_id", "1600713"),
        ("/receiver/partner_contact/gsm", "041000000"),
        ("/product_list/0/discount", "5"),
        ("/product_list/0/lot_number_value", "L1"),
        ("/product_list/1/price_with_tax", "4.88"),
    ] {
        assert_eq!(body.pointer(field).and_then(|value| value.as_str()), Some(value), "{field}");
    }
    for read_only in
        ["/sum_all", "/status_desc", "/created_ts", "/count_code", "/mark_paid", "/product_list/0/type"]
    {
        assert!(body.pointer(read_only).is_none(), "{read_only}");
    }
}

#[test]
fn a_line_that_no_call_can_write_stops_the_replacement() {
    let mut document = sample_order();
    document.lines[1].content = LineContent::Text;
    let refused = DocumentDraft::from_document(&document, None).unwrap_err();
    assert_eq!(refused.to_string(), "line 2 has only words and would be lost");
    let mut document = sample_order();
    document.status.code = None;
    assert!(DocumentDraft::from_document(&document, None).is_err(), "a label cannot be written");
    let mut document = sample_order();
    document.partner.as_mut().unwrap().address_id = None;
    assert!(DocumentDraft::from_document(&document, None).is_err());
}

#[test]
fn an_inline_partner_is_written_with_its_own_fields() {
    let party = InlineParty {
        name: "Kupec d.o.o.".to_owned(),
        address: metakocka::PostalAddress {
            street: Some("Cesta 1".to_owned()),
            country_iso: Some("SI".to_owned()),
            ..metakocka::PostalAddress::default()
        },
        ..InlineParty::default()
    };
    let mut draft = order();
    draft.partner = Some(DraftParty::New(Box::new(party)));
    let write = draft.prepare().unwrap();
    assert_eq!(
        write.payload().fields()["partner"],
        json!({ "customer": "Kupec d.o.o.", "street": "Cesta 1", "country": "SI" })
    );
}
