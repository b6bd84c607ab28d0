//! Documents that are made.

use super::*;

const TYPES: [DocumentType; 5] = [
    DocumentType::Order,
    DocumentType::Offer,
    DocumentType::Proforma,
    DocumentType::InvoiceDomestic,
    DocumentType::InvoiceForeign,
];

fn prepare(document: &SalesDocument) -> Result<Prepared, Vec<String>> {
    create_document(document, &[], &marker('A'), Before::Skip)
}

#[tokio::test]
async fn each_type_is_made_read_back_and_carries_our_marker() {
    let desk = desk().await;
    for doc_type in TYPES {
        let document = desk.document(doc_type);
        let (_, sent, found) = desk.confirm(prepare(&document).unwrap()).await;
        assert!(sent.fields.len() > 5, "{doc_type}: {:?}", sent.fields.keys());
        let base = base_after(&sent, None, &found).unwrap();
        let read = document_in(found);
        assert_eq!(marker_on(&read), Some(marker('A')), "{doc_type}");
        let SentRecord::Document(base) = base else { panic!("a document") };
        assert_eq!(base.title.as_deref(), Some("Vijaki in matice"), "{doc_type}");
        assert_eq!(base.number, read.number, "{doc_type}");
        assert_eq!(base.booked.as_ref().map(|booked| booked.gross), Some(read.sums.all), "{doc_type}");
    }
}

#[tokio::test]
async fn a_line_says_product_amount_one_price_discounts_and_tax_and_never_name_or_unit() {
    let desk = desk().await;
    let body = body(&prepare(&desk.document(DocumentType::Order)).unwrap().request);
    let lines = body["product_list"].as_array().unwrap();
    for line in lines {
        for never in ["name", "unit", "tax_factor", "barcode"] {
            assert!(line.get(never).is_none(), "{never} in {line}");
        }
        for always in ["mk_id", "code", "count_code", "amount", "tax"] {
            assert!(line.get(always).is_some(), "no {always} in {line}");
        }
    }
    assert_eq!((&lines[0]["price"], lines[0].get("price_with_tax")), (&"12.5".into(), None));
    assert_eq!((&lines[1]["price_with_tax"], &lines[1]["discount"]), (&"24.4".into(), &"10;5".into()));
    let keys: Vec<&String> = body["partner"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["mk_address_id", "mk_id"], "the buyer goes by ids");
    assert!(body.get("receiver").is_none() && body.get("mark_paid").is_none());
}

#[tokio::test]
async fn a_customers_own_number_takes_the_place_of_the_marker_but_not_of_the_data() {
    let desk = desk().await;
    let document =
        SalesDocument { buyer_order: Some("N-17".to_owned()), ..desk.document(DocumentType::Order) };
    let prepared = prepare(&document).unwrap();
    assert_eq!(body(&prepared.request)["buyer_order"], "N-17");
    let (_, _, found) = desk.confirm(prepared).await;
    assert_eq!(marker_on(&document_in(found)), Some(marker('A')));
    let without = body(&prepare(&desk.document(DocumentType::Order)).unwrap().request);
    assert_eq!(without["buyer_order"], marker('A').as_str());
}

#[tokio::test]
async fn a_receiver_goes_whole_with_its_ids() {
    let desk = desk().await;
    let receiver = party_of(&desk.partners()[1]);
    let document = SalesDocument { receiver: Some(receiver), ..desk.document(DocumentType::Order) };
    let prepared = prepare(&document).unwrap();
    for part in ["mk_id", "mk_address_id", "customer", "street", "post_number", "place", "country"] {
        assert!(body(&prepared.request)["receiver"].get(part).is_some(), "{part}");
    }
    let partners = desk.partners().len();
    desk.confirm(prepared).await;
    assert_eq!(desk.partners().len(), partners, "no partner was made");
}

#[tokio::test]
async fn a_discount_on_the_whole_is_the_last_step_of_each_chain() {
    let desk = desk().await;
    let document = SalesDocument {
        document_discount: Some(sync_core::record::DocumentDiscount::Percent(dec("3"))),
        ..desk.document(DocumentType::Order)
    };
    let prepared = prepare(&document).unwrap();
    let body = body(&prepared.request);
    assert_eq!(body["product_list"][0]["discount"], "3");
    assert_eq!(body["product_list"][1]["discount"], "10;5;3");
    assert!(body.get("discount_percent").is_none());
    desk.confirm(prepared).await;
}

#[tokio::test]
async fn an_invoice_names_the_order_and_the_order_the_offer_that_it_is_made_from() {
    let desk = desk().await;
    let (offer, _) = desk.make(&desk.document(DocumentType::Offer), 'A').await;
    let offer = desk.fresh(DocumentType::Offer, &offer).await;
    let origin = |kind, document: &metakocka::Document| sync_core::record::LinkedDocument {
        kind: sync_core::record::LinkKind::Sales(kind),
        external_id: id(document.mk_id.as_str()),
        number: document.number.clone().unwrap(),
    };
    let origins = [origin(DocumentType::Offer, &offer)];
    let order = create_document(&desk.document(DocumentType::Order), &origins, &marker('B'), Before::Skip);
    let (order, _, found) = desk.confirm(order.unwrap()).await;
    let read = document_in(found);
    assert_eq!(read.offer_numbers, [offer.number.clone().unwrap()]);
    let origins = [origin(DocumentType::Order, &read)];
    let bill = desk.document(DocumentType::InvoiceDomestic);
    let bill = create_document(&bill, &origins, &marker('C'), Before::Skip).unwrap();
    let (bill, ..) = desk.confirm(bill).await;
    let order = desk.fresh(DocumentType::Order, &order).await;
    assert_eq!(order.links[0].mk_id.as_ref().unwrap().as_str(), bill.as_str());
}

#[tokio::test]
async fn every_reason_against_a_document_comes_at_once() {
    let desk = desk().await;
    let mut document = desk.document(DocumentType::Offer);
    document.customer.address_id = None;
    document.title = Some("č".repeat(64));
    document.status = Some(Status { code: None, label: "Neznan".to_owned() });
    document.dates.service_from = Some(TODAY);
    document.lines.push(Line::Text(sync_core::record::TextLine { row: None, text: "opomba".to_owned() }));
    if let Line::Product(line) = &mut document.lines[0] {
        line.product = ProductRef::default();
    }
    let reasons = prepare(&document).unwrap_err();
    for part in [
        "which address of the customer",
        "longer than 63 characters",
        "status “Neznan”",
        "first day of the service",
        "Line 3 has no product",
        "Line 1 has no product that Metakocka knows",
    ] {
        assert!(reasons.iter().any(|reason| reason.contains(part)), "{part}: {reasons:#?}");
    }
    assert_eq!(reasons.len(), 6, "{reasons:#?}");
}

#[tokio::test]
async fn what_is_made_in_metakocka_only_is_not_made_from_here() {
    let desk = desk().await;
    for doc_type in [DocumentType::InvoiceRetail, DocumentType::InvoicePrepaid, DocumentType::CreditNote] {
        let reasons = prepare(&desk.document(doc_type)).unwrap_err();
        assert_eq!(reasons, ["Documents of this type are made in Metakocka only."], "{doc_type}");
    }
    let mut bill = desk.document(DocumentType::InvoiceDomestic);
    (bill.dates.due, bill.dates.service_to) = (None, None);
    assert_eq!(prepare(&bill).unwrap_err().len(), 2);
}

#[tokio::test]
async fn the_status_of_an_invoice_is_not_sent_with_it() {
    let desk = desk().await;
    let status = Some(Status { code: Some("checked".to_owned()), label: "Pregledan".to_owned() });
    let bill = SalesDocument { status, ..desk.document(DocumentType::InvoiceDomestic) };
    let prepared = prepare(&bill).unwrap();
    assert!(body(&prepared.request).get("status_code").is_none());
    let (_, sent, found) = desk.confirm(prepared).await;
    assert!(!sent.fields.contains_key(&FieldName::new("status")));
    assert!(!others_untouched(&sent, None, &found), "the status is still to come");
}
