//! Replacing documents (metakocka-api.md §4.2, §9).

use crate::kit::{bill, get, known_partner, many, order, put, service, stored};
use crate::support::lab_of;
use serde_json::json;

#[tokio::test]
async fn an_identical_replacement_keeps_id_and_number_and_makes_new_rows() {
    let lab = lab_of(20).await;
    let made = stored(&lab, order(&lab, &json!({"title": "Isto"}))).await.unwrap();
    let rows = async || {
        let body = json!({"doc_type": "sales_order", "doc_id": made["mk_id"], "show_product_detail": "true"});
        lab.call("v1/get_document", body).await["product_list"][0]["mk_row_id"].clone()
    };
    let before = rows().await;
    let again = order(&lab, &json!({"title": "Isto", "mk_id": made["mk_id"], "count_code": "DRUGA-1"}));
    let reply = stored(&lab, again).await.unwrap();
    assert_eq!((&reply["mk_id"], &reply["count_code"]), (&made["mk_id"], &made["count_code"]));
    assert_ne!(rows().await, before, "lines are deleted and inserted again");
}

#[tokio::test]
async fn a_replacement_needs_partner_and_date_again_and_loses_text_lines() {
    let lab = lab_of(20).await;
    let set = json!({"partner": known_partner(&lab)["mk_id"], "addLines": [
        {"product": "DOSTAVA", "amount": 1, "price": "10", "tax": "EX4"}, {"text": "Samo besedilo"}]});
    let made = lab.post("create", json!({"kind": "document", "docType": "sales_order", "set": set})).await;
    for missing in ["partner", "doc_date"] {
        let body = order(&lab, &json!({"mk_id": made["id"], missing: null}));
        assert_eq!(put(&lab, body).await["opr_code"], "2", "{missing}");
    }
    assert_eq!(
        many(&get(&lab, "sales_order", &made["id"]).await["product_list"]).len(),
        2,
        "a refusal changes nothing"
    );
    stored(&lab, order(&lab, &json!({"mk_id": made["id"]}))).await.unwrap();
    let read = get(&lab, "sales_order", &made["id"]).await;
    assert_eq!(many(&read["product_list"]).len(), 1);
}

#[tokio::test]
async fn the_change_log_grows_and_the_time_of_creation_stays() {
    let lab = lab_of(20).await;
    let made = stored(&lab, order(&lab, &json!({}))).await.unwrap();
    let created = get(&lab, "sales_order", &made["mk_id"]).await["created_ts"].clone();
    lab.simulator.clock().set(Some("2026-09-02T08:00:00Z".parse().unwrap()));
    let again = json!({"mk_id": made["mk_id"], "document_change_log_notes": "iz trgovine"});
    stored(&lab, order(&lab, &again)).await.unwrap();
    let body = json!({"doc_type": "sales_order", "doc_id": made["mk_id"], "return_document_info": "true"});
    let read = lab.call("v1/get_document", body).await;
    let log = many(&read["document_info"]);
    assert_eq!(log.iter().map(|row| row["operation_type"].clone()).collect::<Vec<_>>(), ["NEW", "CHANGE"]);
    assert_eq!(
        (&log[1]["notes"], &log[1]["operation_time"]),
        (&json!("iz trgovine"), &json!("2026-09-02T10:00:00+02:00"))
    );
    assert_eq!(read["created_ts"], created);
}

#[tokio::test]
async fn a_replaced_invoice_is_linked_to_the_orders_that_are_sent_again() {
    let lab = lab_of(20).await;
    let [first, second] = [
        stored(&lab, order(&lab, &json!({"buyer_order": "A"}))).await.unwrap(),
        stored(&lab, order(&lab, &json!({"buyer_order": "B"}))).await.unwrap(),
    ];
    let to = |number: &str| json!({"sales_order_list": [{"buyer_order": number}]});
    let invoice = stored(&lab, bill(&lab, &to("A"))).await.unwrap();
    let mut again = bill(&lab, &to("B"));
    again["mk_id"] = invoice["mk_id"].clone();
    stored(&lab, again).await.unwrap();
    assert!(get(&lab, "sales_order", &first["mk_id"]).await.get("doc_link_list").is_none());
    assert_eq!(
        get(&lab, "sales_order", &second["mk_id"]).await["doc_link_list"][0]["mk_id"],
        invoice["mk_id"]
    );
}

#[tokio::test]
async fn a_replacement_may_turn_the_sums_over() {
    let lab = lab_of(20).await;
    let made = stored(&lab, order(&lab, &json!({"discount_percent": "50"}))).await.unwrap();
    assert_eq!(made["total_price"], "6.10");
    let lines = json!({"mk_id": made["mk_id"], "product_list": [service("3", "10")]});
    assert_eq!(stored(&lab, order(&lab, &lines)).await.unwrap()["total_price"], "36.60");
}
