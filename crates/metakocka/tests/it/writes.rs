//! Writes: the client sends exactly the sample exchanges of `metakocka-api.md §10`, and tells the four
//! outcomes apart.

use jiff::civil::date;
use metakocka::{
    AddressKind, ContactPerson, ContactRow, CreditNoteDetails, CreditNoteKind, DiscountChain,
    DocumentDeletion, DocumentDetails, DocumentDraft, DocumentType, DraftAddress, DraftLine, DraftParty,
    DraftPrice, DraftPriceList, DraftTax, DraftTier, MkId, OfferDetails, OrderChange, OrderDetails, OrderKey,
    PartnerChange, PartnerDraft, PartnerFields, PartnerKey, PostalAddress, ProductChange, ProductDraft,
    ProductFields, ProductKey, ProductRef, StatusChange, TaxCode, TrackingType, WritableStatus,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::support::{Answer, Server};

pub(crate) fn id(text: &str) -> MkId {
    MkId::parse(text).unwrap()
}

pub(crate) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[expect(clippy::unnecessary_wraps, reason = "it stands beside optional texts")]
fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub(crate) fn buyer() -> DraftParty {
    DraftParty::linked(id("1600710"), id("1600711"))
}

pub(crate) fn line(code: &str, amount: &str, price: DraftPrice, tax: &str) -> DraftLine {
    let product = ProductRef { mk_id: None, code: text(code), count_code: None };
    DraftLine::new(product, decimal(amount), price, DraftTax::Code(TaxCode::new(tax)))
}

pub(crate) fn order() -> DocumentDraft {
    let mut screw = line("VIJAK-M6", "10", DraftPrice::Net(decimal("1.20")), "EX4");
    screw.product.count_code = text("4451");
    screw.product.mk_id = Some(id("1600551"));
    screw.discount = DiscountChain::parse("5").unwrap();
    let delivery = line("DOSTAVA", "1", DraftPrice::Gross(decimal("4.88")), "EX4");
    let details = OrderDetails {
        buyer_order: text("APP-000123"),
        status_code: text("created"),
        ..OrderDetails::default()
    };
    let details = DocumentDetails::Order(Box::new(details));
    let mut order = DocumentDraft::new(details, date(2026, 9, 3), buyer(), vec![screw, delivery]);
    order.title = text("Web order 123");
    order
}

async fn answering(reply: &Value) -> Server {
    Server::always(Answer::json(reply.to_string())).await
}

fn asked(server: &Server, path: &str, request: &Value) {
    assert_eq!(server.only_question(), *request);
    assert_eq!(server.questions()[0].path, format!("/rest/eshop/v1/{path}"));
}

#[tokio::test]
async fn an_order_is_sent_as_the_sample_and_its_id_is_read() {
    let server = answering(&json!({
        "opr_code": "0", "opr_time_ms": "118", "document_type_short": "PR_SO",
        "partner": { "mk_id": "1600710" }, "mk_id": "400000701", "count_code": "PP-301",
        "total_price": "18.79", "attachment_list": { "bill_mk_id": "1600903" }, "new_field": "kept",
    }))
    .await;
    let stored = server.client().send(order().prepare().unwrap()).await.stored().unwrap();
    asked(
        &server,
        "put_document",
        &json!({
            "doc_type": "sales_order", "doc_date": "03.09.2026", "buyer_order": "APP-000123",
            "title": "Web order 123", "status_code": "created",
            "partner": { "mk_id": "1600710", "mk_address_id": "1600711" },
            "product_list": [
                { "code": "VIJAK-M6", "count_code": "4451", "mk_id": "1600551", "amount": "10",
                  "price": "1.20", "discount": "5", "tax": "EX4" },
                { "code": "DOSTAVA", "amount": "1", "price_with_tax": "4.88", "tax": "EX4" },
            ],
        }),
    );
    assert_eq!((stored.mk_id.as_str(), stored.number.as_deref()), ("400000701", Some("PP-301")));
    assert_eq!((stored.total, stored.partner_id), (Some(decimal("18.79")), Some(id("1600710"))));
    assert_eq!((stored.short_type.as_deref(), stored.bill_id), (Some("PR_SO"), Some(id("1600903"))));
    assert_eq!(stored.other.keys().collect::<Vec<_>>(), ["new_field"]);
}

#[tokio::test]
async fn offers_bills_and_credit_notes_are_sent_as_the_samples() {
    let reply =
        json!({ "opr_code": "0", "opr_time_ms": "104", "mk_id": "400000802", "count_code": "PON-42" });
    let screw = line("VIJAK-M6", "100", DraftPrice::Net(decimal("1.2")), "EX4");
    let offer = DocumentDetails::Offer(OfferDetails::default());
    let mut offer = DocumentDraft::new(offer, date(2026, 9, 1), buyer(), vec![screw]);
    offer.title = text("APP-78");
    let book = |amount| line("KNJIGA-1", amount, DraftPrice::Net(decimal("15.5")), "EX3");
    let bill = DocumentDetails::Bill(Box::new(metakocka::BillDetails {
        doc_type: DocumentType::BillDomestic,
        due_date: date(2026, 9, 20),
        service_from: None,
        service_to: date(2026, 9, 5),
        location_of_service: None,
        buyer_order: None,
        warehouse: None,
        delivery_type: None,
        offers: Vec::new(),
        orders: Vec::new(),
    }));
    let bill = DocumentDraft::new(bill, date(2026, 9, 5), buyer(), vec![book("4")]);
    let note = DocumentDetails::CreditNote(CreditNoteDetails {
        kind: CreditNoteKind::Goods("R26-55".to_owned()),
        due_date: date(2026, 9, 12),
        service_to: date(2026, 9, 12),
    });
    let mut note = DocumentDraft::new(note, date(2026, 9, 12), buyer(), vec![book("1")]);
    note.partner = None;
    let pb = json!({ "mk_id": "1600710", "mk_address_id": "1600711" });
    for (draft, request) in [
        (
            offer,
            json!({ "doc_type": "sales_offer", "doc_date": "01.09.2026", "title": "APP-78", "partner": pb,
                "product_list": [{ "code": "VIJAK-M6", "amount": "100", "price": "1.2", "tax": "EX4" }] }),
        ),
        (
            bill,
            json!({ "doc_type": "sales_bill_domestic", "doc_date": "05.09.2026", "service_to_date": "05.09.2026",
                "duo_payment": "20.09.2026", "partner": pb,
                "product_list": [{ "code": "KNJIGA-1", "amount": "4", "price": "15.5", "tax": "EX3" }] }),
        ),
        (
            note,
            json!({ "doc_type": "sales_bill_credit_note", "doc_date": "12.09.2026",
                "service_to_date": "12.09.2026", "duo_payment": "12.09.2026", "credit_note_type": "goods",
                "credit_note_bill": "R26-55",
                "product_list": [{ "code": "KNJIGA-1", "amount": "1", "price": "15.5", "tax": "EX3" }] }),
        ),
    ] {
        let server = answering(&reply).await;
        assert!(server.client().send(draft.prepare().unwrap()).await.stored().is_some());
        asked(&server, "put_document", &request);
    }
}

#[tokio::test]
async fn changes_statuses_and_deletions_are_sent_as_the_samples() {
    let mut change = OrderChange::of(OrderKey::BuyerOrder("APP-000123".to_owned()));
    change.status_code = text("shipped");
    change.shipped_date = Some(date(2026, 9, 6));
    change.tracking_code = text("SI2001");
    let mut parcels = OrderChange::of(OrderKey::Id(id("400000701")));
    parcels.intermediate_tracking_code = text("AT77");
    parcels.tracking_type = Some(TrackingType::PackingList);
    let mut by_bill = OrderChange::of(OrderKey::Id(id("400000701")));
    by_bill.tracking_type = Some(TrackingType::Bill);
    let status = StatusChange {
        of: WritableStatus::Orders(vec![id("400000701"), id("400000702")]),
        status_code: "created".to_owned(),
        user_email: None,
    };
    let deletion = DocumentDeletion { doc_type: DocumentType::Order, id: id("400000702") };
    for (write, path, request) in [
        (
            change.prepare().unwrap(),
            "update_document",
            json!({ "doc_type": "sales_order", "buyer_order": "APP-000123", "status_code": "shipped",
                "shipped_date": "2026-09-06+02:00", "tracking_code": "SI2001" }),
        ),
        (
            parcels.prepare().unwrap(),
            "update_document",
            json!({ "doc_type": "sales_order", "mk_id": "400000701",
                "tracking_intermediate_code": "AT77", "salesOrderTrackingType": "packing_list" }),
        ),
        (
            by_bill.prepare().unwrap(),
            "update_document",
            json!({ "doc_type": "sales_order", "mk_id": "400000701", "salesOrderTrackingType": "bill" }),
        ),
        (
            status.prepare().unwrap(),
            "change_document_status",
            json!({ "doc_type": "sales_order", "status_code": "created",
                "mk_id_list": ["400000701", "400000702"] }),
        ),
        (
            deletion.prepare().unwrap(),
            "delete_document",
            json!({ "doc_type": "sales_order", "mk_id": "400000702" }),
        ),
    ] {
        let server = answering(&json!({ "opr_code": "0", "opr_time_ms": "5210" })).await;
        assert!(server.client().send(write).await.stored().unwrap().other.is_empty());
        asked(&server, path, &request);
    }
}

#[tokio::test]
async fn products_are_sent_as_the_samples() {
    let tier = DraftTier {
        amount_from: Some(Decimal::ZERO),
        amount_to: None,
        discount: None,
        price: DraftPrice::Net(decimal("0.1")),
        tax: DraftTax::Factor(decimal("0.22")),
    };
    let draft = ProductDraft {
        code: "PODL-M6".to_owned(),
        count_code: None,
        name: "Podložka M6".to_owned(),
        unit: "kos".to_owned(),
        fields: ProductFields {
            sales: Some(true),
            prices: vec![DraftPriceList { code: "MPC".to_owned(), tiers: vec![tier] }],
            ..ProductFields::default()
        },
    };
    let mut change = ProductChange::of(ProductKey::Id(id("1600554")));
    change.name = text("Podložka M6 A2");
    change.remove_barcode = true;
    for (write, path, request) in [
        (
            draft.prepare().unwrap(),
            "json/product_add",
            json!({ "code": "PODL-M6", "name": "Podložka M6", "unit": "kos", "sales": "true",
                "pricelist": [{ "count_code": "MPC",
                    "price_def": [{ "amount_from": "0", "tax_factor": "0.22", "price": "0.1" }] }] }),
        ),
        (
            change.prepare().unwrap(),
            "json/product_update",
            json!({ "mk_id": "1600554", "name": "Podložka M6 A2", "barcode": "$REMOVE_STRING_VALUE$" }),
        ),
    ] {
        let reply = json!({ "opr_code": "0", "opr_time_ms": "33", "mk_id": "1600554", "count_code": "4454" });
        let server = answering(&reply).await;
        let stored = server.client().send(write).await.stored().unwrap();
        assert_eq!((stored.mk_id, stored.count_code.as_deref()), (id("1600554"), Some("4454")));
        asked(&server, path, &request);
    }
}

fn person(name: &str, mobile: &str, email: Option<&str>) -> ContactPerson {
    ContactPerson {
        name: text(name),
        mobile: text(mobile),
        email: email.map(ToOwned::to_owned),
        ..ContactPerson::default()
    }
}

fn address(street: &str, post_number: &str, town: &str) -> PostalAddress {
    PostalAddress {
        street: text(street),
        post_number: text(post_number),
        town: text(town),
        country: text("Slovenija"),
        ..PostalAddress::default()
    }
}

#[tokio::test]
async fn a_partner_is_made_as_the_sample_without_a_code_in_the_reply() {
    let draft = PartnerDraft {
        fields: PartnerFields {
            name: text("Kupec d.o.o."),
            business_entity: Some(true),
            taxpayer: Some(true),
            foreign: Some(false),
            buyer: Some(true),
            tax_number: text("SI12345678"),
            ..PartnerFields::default()
        },
        address: address("Cesta 1", "1000", "Ljubljana"),
        contact: Some(person("Ana", "041000000", Some("ana@kupec.example"))),
        delivery: Some(DraftAddress {
            mk_id: None,
            kind: AddressKind::Delivery,
            address: address("Polje 5", "1000", "Ljubljana"),
        }),
    };
    let server = answering(&json!({
        "mk_id": "1600710", "mk_contact_id": "1600712",
        "mk_address_id_list": [{ "mk_id": "1600711", "street": "Cesta 1" }, { "mk_id": "1600713", "street": "Polje 5" }],
    }))
    .await;
    let stored = server.client().send(draft.prepare().unwrap()).await.stored().unwrap();
    asked(
        &server,
        "add_partner",
        &json!({ "partner": {
            "business_entity": "true", "taxpayer": "true", "foreign_county": "false", "buyer": "true",
            "tax_id_number": "SI12345678", "customer": "Kupec d.o.o.", "street": "Cesta 1",
            "post_number": "1000", "place": "Ljubljana", "country": "Slovenija",
            "partner_contact": { "name": "Ana", "gsm": "041000000", "email": "ana@kupec.example" },
            "partner_delivery_address": { "address_type": "Dobava", "street": "Polje 5",
                "post_number": "1000", "city": "Ljubljana", "country": "Slovenija" },
        } }),
    );
    assert_eq!((stored.mk_id, stored.contact_id), (id("1600710"), Some(id("1600712"))));
    assert_eq!(stored.addresses[1].mk_id, Some(id("1600713")));
}

#[tokio::test]
async fn a_partner_is_changed_as_the_sample_and_comes_back_whole() {
    let mut change = PartnerChange::of(PartnerKey::Id(id("1600710")));
    change.contacts.push(ContactRow {
        mk_id: None,
        address_id: Some(id("1600713")),
        person: person("Sklad", "040333444", None),
    });
    change.addresses.push(DraftAddress {
        mk_id: Some(id("1600713")),
        kind: AddressKind::Delivery,
        address: address("Polje 5", "2000", "Maribor"),
    });
    let server =
        Server::always(Answer::json(include_str!("samples/get_partner.reply.json").to_owned())).await;
    let updated = server.client().send(change.prepare().unwrap()).await.stored().unwrap();
    asked(
        &server,
        "update_partner",
        &json!({ "partner": { "mk_id": "1600710",
            "partner_contact_list": [{ "mk_address_id": "1600713", "name": "Sklad", "gsm": "040333444" }],
            "partner_delivery_address_list": [{ "mk_id": "1600713", "address_type": "Dobava",
                "street": "Polje 5", "post_number": "2000", "city": "Maribor", "country": "Slovenija" }] } }),
    );
    let partner = updated.partner.unwrap().into_result().unwrap().value;
    assert_eq!((partner.mk_id, partner.addresses.len()), (id("1600710"), 2));
}
