//! What every real company has a few of is in a seeded one too, and moves nothing else.

use std::collections::BTreeSet;

use crate::support::{COMPANY, Lab, lab_of};
use metakocka_simulator::DocType;
use serde_json::{Value, json};

/// Every document with all that a search may show.
async fn everything(lab: &Lab) -> Vec<Value> {
    let flags = json!({"show_product_detail": "true", "show_payment_detail": "true", "show_product_metadata": "true",
        "show_tracking_url": "true", "return_stickers_url": "true", "return_delivery_service_events": "true",
        "show_split_orders": "true", "show_sum_credit": "true",
        "read_product_serial_from_linked_invoice": "true"});
    let mut all = Vec::new();
    for doc_type in DocType::ALL {
        all.extend(lab.all(doc_type.name(), flags.clone()).await);
    }
    all
}

fn list<'a>(value: &'a Value, key: &str) -> Vec<&'a Value> {
    match &value[key] {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

fn has_ten_places(value: &Value) -> bool {
    let decimals = value.as_str().and_then(|text| text.split_once(['.', ','])).map(|(_, decimals)| decimals);
    decimals.is_some_and(|decimals| decimals.len() == 10)
}

fn is_padded(value: &Value) -> bool {
    has_ten_places(value) && value.as_str().is_some_and(|text| text.ends_with("00000000"))
}

#[tokio::test]
async fn figures_may_have_ten_places_and_services_negative_amounts() {
    let lab = lab_of(2_000).await;
    let documents = everything(&lab).await;
    let lines: Vec<&Value> = documents.iter().flat_map(|document| list(document, "product_list")).collect();
    let count = |wanted: &dyn Fn(&Value) -> bool| lines.iter().filter(|line| wanted(line)).count();
    let found = [
        count(&|line| has_ten_places(&line["price"]) && !is_padded(&line["price"])),
        count(&|line| has_ten_places(&line["price_with_tax"]) && !is_padded(&line["price_with_tax"])),
        count(&|line| has_ten_places(&line["amount"]) && !is_padded(&line["amount"])),
        count(&|line| is_padded(&line["amount"])),
    ];
    assert!(found.iter().all(|found| (1..100).contains(found)), "{found:?}");
    let negative: Vec<&&Value> = lines
        .iter()
        .filter(|line| line["amount"].as_str().is_some_and(|text| text.starts_with('-')))
        .collect();
    assert!((3..100).contains(&negative.len()), "{negative:?}");
    assert!(negative.iter().all(|line| line["type"] == "service"), "{negative:?}");
    let total = |document: &Value| document["sum_all"].as_str().unwrap().parse::<f64>().unwrap();
    assert!(documents.iter().all(|document| total(document) > 0.0));
}

#[tokio::test]
async fn payments_come_in_go_back_and_go_out_some_with_notes() {
    let lab = lab_of(2_000).await;
    let documents = everything(&lab).await;
    let payments: Vec<&Value> = documents.iter().flat_map(|document| list(document, "mark_paid")).collect();
    let tips: BTreeSet<&str> =
        payments.iter().map(|payment| payment["payment_tip"].as_str().unwrap()).collect();
    assert_eq!(tips.into_iter().collect::<Vec<_>>(), ["Izdatek", "Prejemek", "Vračilo"]);
    let notes = payments.iter().filter(|payment| payment.get("notes").is_some()).count();
    assert!((10..200).contains(&notes), "{notes}");
    // A refund leaves the bill paid to the cent.
    let refunded = documents.iter().filter(|document| {
        list(document, "mark_paid").iter().any(|payment| payment["payment_tip"] == "Vračilo")
    });
    let mut refunds = 0;
    for bill in refunded {
        assert_eq!(bill["sum_paid"], bill["sum_all"], "{bill}");
        refunds += 1;
    }
    assert!(refunds >= 3, "{refunds}");
    let paid_out = documents.iter().filter(|document| {
        list(document, "mark_paid").iter().any(|payment| payment["payment_tip"] == "Izdatek")
    });
    assert!(paid_out.map(|note| assert_eq!(note["doc_type"], "sales_bill_credit_note")).count() >= 3);
}

#[tokio::test]
async fn price_lists_have_buyers_rows_without_tax_and_fine_prices() {
    let lab = lab_of(2_000).await;
    let body =
        json!({"return_pricelist": "true", "show_tax_factor": "true", "return_product_compound": "true"});
    let reply = lab.call("v1/json/product_list", body).await;
    let products = list(&reply, "product_list");
    let rows: Vec<&Value> = products.iter().flat_map(|product| list(product, "pricelist")).collect();
    let count = |wanted: &dyn Fn(&Value) -> bool| rows.iter().filter(|row| wanted(row)).count();
    let untaxed = |row: &Value| row["price_def"].get("tax").is_none();
    let found = [
        count(&|row| untaxed(row) && row.get("buyer").is_none()),
        count(&|row| untaxed(row) && row.get("buyer").is_some()),
        count(&|row| !untaxed(row) && row.get("buyer").is_some() && row.get("valid_from").is_some()),
        count(&|row| row.get("valid_to").is_some()),
        count(&|row| has_ten_places(&row["price_def"]["price"])),
    ];
    assert!(found.iter().all(|found| (1..100).contains(found)), "{found:?}");
    for row in rows.iter().filter(|row| untaxed(row)) {
        assert!(
            row["price_def"].get("tax_factor").is_none() && row["price_def"].get("tax_desc").is_none(),
            "{row}"
        );
    }
    assert!(count(&|row| !untaxed(row)) > 300);
    let compounds = products.iter().filter(|product| !list(product, "compounds").is_empty()).count();
    assert!((1..50).contains(&compounds), "{compounds}");
}

#[tokio::test]
async fn every_switch_of_an_order_finds_something() {
    let lab = lab_of(2_000).await;
    let documents = everything(&lab).await;
    let with =
        |key: &str| documents.iter().filter(|document| document.get(key).is_some()).collect::<Vec<_>>();
    for key in
        ["delivery_service_events", "sticker_list", "split_orders", "meta_data", "shipped_date", "sum_credit"]
    {
        assert!((1..300).contains(&with(key).len()), "{key}: {}", with(key).len());
    }
    let lots = documents.iter().filter(|document| {
        document["doc_type"] == "sales_order"
            && list(document, "product_list").iter().any(|line| line.get("lot_number_value").is_some())
    });
    assert!(lots.count() > 0);
    let line_meta = documents.iter().flat_map(|document| list(document, "product_list"));
    assert!(line_meta.filter(|line| line.get("meta_data").is_some()).count() > 0);
    for order in with("delivery_service_events") {
        let id = &order["mk_id"];
        let body = json!({"doc_type": "sales_order", "doc_id": id, "return_delivery_stats": "true",
            "show_tracking_url": "true", "return_document_info": "true"});
        let read = lab.call("v1/get_document", body).await;
        let last = list(order, "delivery_service_events").pop().unwrap()["event_date"].clone();
        assert_eq!(read["delivery_stats"]["tracking_last_event"], last, "{read}");
        assert!(list(&read, "extra_column").iter().any(|column| column["name"] == "tracking_url"), "{read}");
        let history = list(&read, "document_info");
        assert!(history.iter().any(|change| change["operation_type"] == "CUSTOM"), "{read}");
        let code = list(&read, "extra_column").into_iter().find(|column| column["name"] == "tracking_number");
        let found =
            lab.call("v1/search_tracking_code", json!({"tracking_code": code.unwrap()["value"]})).await;
        assert_eq!(&found["mk_id"], id);
    }
    let mut attachments = 0;
    for order in
        lab.simulator.documents(COMPANY).unwrap().iter().filter(|d| d.doc_type == DocType::SalesOrder)
    {
        let body = json!({"doc_type": "sales_order", "doc_id": order.id, "show_attachments": "true"});
        attachments += list(&lab.call("v1/get_document", body).await, "attachment_list").len();
    }
    assert!((1..100).contains(&attachments), "{attachments}");
}

#[tokio::test]
async fn events_of_a_carrier_lie_in_the_past_and_in_order() {
    let lab = lab_of(2_000).await;
    for document in everything(&lab).await {
        let times: Vec<&str> = list(&document, "delivery_service_events")
            .iter()
            .map(|event| event["event_date"].as_str().unwrap())
            .collect();
        assert!(times.is_sorted(), "{times:?}");
        assert!(times.iter().all(|time| *time < "2026-09-01"), "{times:?}");
    }
}

/// FNV-1a: a fingerprint needs no more.
fn fingerprint(texts: impl Iterator<Item = String>) -> u64 {
    texts
        .flat_map(String::into_bytes)
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The fingerprints are those of the seed before it had any rarities.
#[tokio::test]
async fn rarities_move_no_other_draw_of_the_seed() {
    let lab = lab_of(2_000).await;
    let documents = lab.simulator.documents(COMPANY).unwrap();
    let heads = documents.iter().map(|d| {
        format!("{}|{}|{}|{}|{:?}|{:?}", d.id, d.number, d.date, d.partner_id, d.title, d.status_code)
    });
    let partners = lab.simulator.partners(COMPANY).unwrap();
    let names = partners.iter().map(|p| format!("{}|{}|{:?}", p.id, p.name, p.tax_number));
    let products = lab.simulator.products(COMPANY).unwrap();
    let codes = products.iter().map(|p| format!("{}|{}|{}|{}", p.id, p.code, p.name, p.gross_price));
    assert_eq!(
        [fingerprint(heads), fingerprint(names), fingerprint(codes)],
        [4_656_654_041_465_558_291, 12_445_307_085_972_999_576, 48_201_863_601_477_661]
    );
}
