//! What documents look like (metakocka-api.md §4).

use crate::support::{lab, lab_of, object};
use metakocka_simulator::{DocType, Settings};
use serde_json::{Value, json};

#[tokio::test]
async fn get_document_wants_doc_id_and_does_not_read_mk_id() {
    let lab = lab().await;
    let order = lab.all("sales_order", json!({})).await[0].clone();
    let by_doc_id = json!({"doc_type": "sales_order", "doc_id": order["mk_id"]});
    let found = lab.call("v1/get_document", by_doc_id).await;
    assert_eq!(found, order, "the same document as in the search, at top level");
    assert!(found.get("opr_time_ms").is_none());
    let by_mk_id =
        lab.call("v1/get_document", json!({"doc_type": "sales_order", "mk_id": order["mk_id"]})).await;
    assert_eq!(by_mk_id["opr_code"], "2");
    assert_eq!(by_mk_id["opr_desc"], "Cannot find document type sales_order with id = null");
    let wrong =
        lab.call("v1/get_document", json!({"doc_type": "sales_offer", "doc_id": order["mk_id"]})).await;
    let text =
        format!("Cannot find document type sales_offer with id = {}", order["mk_id"].as_str().unwrap());
    assert_eq!(wrong["opr_desc"], text.as_str());
}

#[tokio::test]
async fn buyer_order_finds_orders_only() {
    let lab = lab().await;
    let orders = lab.all("sales_order", json!({})).await;
    let order =
        orders.iter().find(|d| d["buyer_order"].as_str().is_some_and(|n| n.starts_with("WEB"))).unwrap();
    let body = |doc_type: &str| json!({"doc_type": doc_type, "buyer_order": order["buyer_order"]});
    assert_eq!(lab.call("v1/get_document", body("sales_order")).await["mk_id"], order["mk_id"]);
    assert_eq!(lab.call("v1/get_document", body("sales_bill_domestic")).await["opr_code"], "2");
}

#[tokio::test]
async fn labels_and_codes_of_the_status_are_both_read_or_neither() {
    let lab = lab().await;
    for order in lab.all("sales_order", json!({})).await {
        assert_eq!(order.get("status_code").is_some(), order.get("status_desc").is_some());
        if order["status_desc"] == "new_order" {
            assert_eq!(order["status_code"], "Novo naročilo");
        }
    }
}

#[tokio::test]
async fn payments_need_their_flag_and_are_slovenian_money() {
    let lab = lab_of(400).await;
    let plain = lab.all("sales_bill_domestic", json!({})).await;
    assert!(plain.iter().all(|bill| bill.get("mark_paid").is_none()));
    let bills = lab.all("sales_bill_domestic", json!({"show_payment_detail": "true"})).await;
    let amounts: Vec<String> = bills
        .iter()
        .filter_map(|bill| bill.get("mark_paid"))
        .flat_map(|rows| rows.as_array().unwrap())
        .map(|row| row["amount"].as_str().unwrap().to_owned())
        .collect();
    assert!(amounts.iter().any(|amount| amount.contains('.') && amount.contains(',')), "{amounts:?}");
    for bill in bills.iter().filter(|bill| bill.get("mark_paid").is_some()) {
        let rows = bill["mark_paid"].as_array().unwrap();
        let amount = |row: &Value| row["amount"].as_str().unwrap().replace('.', "").replace(',', ".");
        let sum: rust_decimal::Decimal =
            rows.iter().map(|row| amount(row).parse::<rust_decimal::Decimal>().unwrap()).sum();
        assert_eq!(sum.normalize().to_string(), bill["sum_paid"].as_str().unwrap());
        assert!(rows[0]["date"].as_str().unwrap().split('.').count() == 3);
    }
}

#[tokio::test]
async fn last_payment_and_change_log_need_their_flags() {
    let lab = lab().await;
    let flags = json!({"show_last_payment_date": "true", "return_document_info": "true"});
    let bills = lab.all("sales_bill_retail", flags.clone()).await;
    let paid = bills.iter().find(|bill| bill.get("sum_paid").is_some_and(|paid| paid != "0")).unwrap();
    assert_eq!(paid["last_paid_sum"], paid["sum_all"]);
    assert!(paid.get("document_info").is_none(), "a search has no change log");
    let mut body = json!({"doc_type": "sales_bill_retail", "doc_id": paid["mk_id"]});
    body.as_object_mut().unwrap().extend(object(&flags).clone());
    let read = lab.call("v1/get_document", body).await;
    assert_eq!(read["document_info"][0]["operation_type"], "NEW");
    let time = read["document_info"][0]["operation_time"].as_str().unwrap();
    assert!(time.ends_with("+02:00") && time.len() == 25, "{time}");
    let plain = lab.all("sales_bill_retail", json!({})).await;
    assert!(
        plain.iter().all(|bill| bill.get("document_info").is_none() && bill.get("last_paid_date").is_none())
    );
}

#[tokio::test]
async fn line_details_and_tax_factors_need_their_flags() {
    let lab = lab().await;
    let flags = json!({"show_product_detail": "true", "show_tax_factor": "true"});
    let with = lab.all("sales_order", flags).await;
    let plain = lab.all("sales_order", json!({})).await;
    let line =
        with.iter().find_map(|d| d["product_list"].as_array().unwrap().iter().find(|l| l["tax"] == "EX4"));
    let line = line.unwrap();
    assert_eq!((&line["tax_factor"], &line["tax_desc"]), (&json!("0.22"), &json!("22")));
    assert!(line.get("mk_row_id").is_some());
    for line in plain.iter().flat_map(|d| d["product_list"].as_array().unwrap()) {
        assert!(["mk_row_id", "type", "tax_factor"].iter().all(|key| line.get(key).is_none()));
    }
}

#[tokio::test]
async fn decimals_are_trimmed_and_dates_carry_their_offset() {
    let lab = lab().await;
    for doc_type in DocType::ALL {
        for document in lab.all(doc_type.name(), json!({})).await {
            let sum = document["sum_all"].as_str().unwrap();
            assert!(!sum.contains('.') || !sum.ends_with('0'), "{sum}");
            let date = document["doc_date"].as_str().unwrap();
            assert!(date.len() == 16 && date.ends_with("+02:00"), "{date}");
            assert_eq!(document.get("created_ts").is_some(), doc_type == DocType::SalesOrder);
        }
    }
}

#[tokio::test]
async fn drafts_have_no_publish_time_and_other_types_never() {
    let lab = lab_of(600).await;
    let bills = lab.all("sales_bill_domestic", json!({})).await;
    let drafts = bills.iter().filter(|bill| bill.get("publish_ts").is_none()).count();
    assert!(drafts > 0 && drafts < bills.len() / 4, "{drafts}");
    assert!(lab.all("sales_order", json!({})).await.iter().all(|order| order.get("publish_ts").is_none()));
}

#[tokio::test]
async fn sums_of_every_document_add_up_and_name_their_tax_codes() {
    let lab = lab_of(600).await;
    let decimal = |value: &Value| value.as_str().unwrap().parse::<rust_decimal::Decimal>().unwrap();
    let mut codes = std::collections::BTreeSet::new();
    for doc_type in DocType::ALL {
        for document in lab.all(doc_type.name(), json!({})).await {
            let taxes = object(&document).iter().filter(|(key, _)| key.starts_with("sum_tax_"));
            let tax: rust_decimal::Decimal = taxes.clone().map(|(_, value)| decimal(value)).sum();
            codes.extend(taxes.map(|(key, _)| key.clone()));
            assert_eq!(decimal(&document["sum_basic"]) + tax, decimal(&document["sum_all"]), "{document}");
        }
    }
    let expected = ["sum_tax_000", "sum_tax_220", "sum_tax_ex3", "sum_tax_ex4", "sum_tax_ex5"];
    assert_eq!(codes.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_malformed_document_is_alone_in_being_unreadable() {
    let lab = lab().await;
    let order = lab.all("sales_order", json!({})).await[2].clone();
    let body = |kind: Value| json!({"docType": "sales_order", "id": order["mk_id"], "malformation": kind});
    let read = async || {
        let documents = lab.all("sales_order", json!({})).await;
        (documents[2].clone(), documents.iter().filter(|d| d["doc_date"] == "2026-02-31+02:00").count())
    };
    lab.post("malform", json!({"docType": "sales_order", "id": order["mk_id"]})).await;
    assert_eq!(read().await.1, 1);
    lab.post("malform", body(json!("amount"))).await;
    assert_eq!(read().await.0["product_list"][0]["amount"], "dva");
    lab.post("malform", body(json!("total"))).await;
    assert_eq!(read().await.0["sum_all"], "NaN");
    lab.post("malform", body(Value::Null)).await;
    assert_eq!(read().await.0, order);
}

#[tokio::test]
async fn credit_notes_are_positive_and_can_be_negative() {
    let lab = lab().await;
    let read = async || lab.all("sales_bill_credit_note", json!({})).await;
    let is_negative = |note: &Value| note["sum_all"].as_str().unwrap().starts_with('-');
    assert!(!read().await.iter().any(is_negative));
    let settings = Settings { credit_notes_negative: true, ..Settings::default() };
    lab.simulator.set_settings(settings).unwrap();
    assert!(read().await.iter().all(is_negative));
    assert!(!lab.all("sales_bill_domestic", json!({})).await.iter().any(is_negative));
}

#[tokio::test]
async fn orders_name_their_invoices() {
    let lab = lab().await;
    let orders = lab.all("sales_order", json!({})).await;
    let link = orders.iter().find_map(|order| order.get("doc_link_list")).unwrap()[0].clone();
    let body = json!({"doc_type": link["doc_type"], "doc_id": link["mk_id"]});
    assert_eq!(lab.call("v1/get_document", body).await["count_code"], link["count_code"]);
}
