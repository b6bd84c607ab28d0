//! `update_document`, `change_document_status`, `delete_document`, `mark_orders_as_shipped`
//! (metakocka-api.md §4.7).

use crate::kit::{bill, get, is_nothing, many, order, service, stored, with};
use crate::support::{Lab, lab_of};
use metakocka_simulator::Settings;
use serde_json::{Value, json};

async fn update(lab: &Lab, id: &Value, more: Value) -> Value {
    let body = with(json!({"doc_type": "sales_order", "mk_id": id}), &more);
    lab.call("v1/update_document", body).await
}

async fn rows(lab: &Lab, id: &Value) -> Vec<Value> {
    let body = json!({"doc_type": "sales_order", "doc_id": id, "show_product_detail": "true"});
    many(&lab.call("v1/get_document", body).await["product_list"])
}

#[tokio::test]
async fn only_listed_fields_change_and_others_are_ignored_without_a_word() {
    let lab = lab_of(20).await;
    let made = stored(&lab, order(&lab, &json!({"title": "Prej", "notes": "Prej", "notes_header": "Prej"})))
        .await
        .unwrap();
    let id = &made["mk_id"];
    let reply = update(&lab, id, json!({"title": "Potem", "buyer_order": "Potem", "currency_code": "USD",
        "notes": "Potem", "delivery_type": "GLS", "warehouse": "nikjer", "parcel_shop_id": "PS", "status_code": "shipped",
        "shipped_date": "02.09.2026", "extra_column": {"name": "a", "value": "b"}, "discount_value": "5"})).await;
    assert_eq!(reply.as_object().unwrap().keys().collect::<Vec<_>>(), ["opr_code", "opr_time_ms"]);
    let read = get(&lab, "sales_order", id).await;
    let shown =
        ["title", "notes", "delivery_type", "warehouse", "parcel_shop_id", "status_desc", "sum_basic"];
    let expected = ["Prej", "Potem", "GLS", "glavno", "PS", "shipped", "5"];
    assert_eq!(shown.map(|key| read[key].clone()), expected.map(|value| json!(value)));
    assert!(read.get("buyer_order").is_none() && read["currency_code"] == "EUR");
    assert_eq!(read["shipped_date"], "2026-09-02+02:00");
    update(&lab, id, json!({"clear": ["notes", "notes_header"]})).await;
    let read = get(&lab, "sales_order", id).await;
    assert!(is_nothing(&read["notes"]) && read.get("notes_header").is_none());
    assert_eq!(update(&lab, id, json!({"clear": ["title"]})).await["opr_code"], "2");
}

#[tokio::test]
async fn lines_are_added_changed_reduced_and_removed() {
    let lab = lab_of(20).await;
    let lines = json!([service("5", "10"), {"code": "MONTAZA", "amount": "2", "price": "20", "tax": "EX4"}, service("3", "10")]);
    let made = stored(&lab, order(&lab, &json!({"product_list": lines}))).await.unwrap();
    let id = &made["mk_id"];
    let codes = async || {
        let amount =
            |row: &Value| format!("{} {}", row["amount"].as_str().unwrap(), row["code"].as_str().unwrap());
        rows(&lab, id).await.iter().map(amount).collect::<Vec<_>>()
    };
    update(&lab, id, json!({"product_remove": {"code": "DOSTAVA", "amount": "6"}})).await;
    assert_eq!(codes().await, ["2 MONTAZA", "2 DOSTAVA"], "the amount goes off line after line");
    let row = rows(&lab, id).await[0]["mk_row_id"].clone();
    update(&lab, id, json!({"product_add": [{"mk_row_id": row, "amount": "7"}, service("1", "1")]})).await;
    assert_eq!(codes().await, ["7 MONTAZA", "2 DOSTAVA", "1 DOSTAVA"]);
    update(&lab, id, json!({"product_list": [{"mk_row_id": row, "mark_delete": "true"}]})).await;
    update(&lab, id, json!({"product_remove": [{"code": "DOSTAVA"}], "product_add": [service("4", "2")]}))
        .await;
    assert_eq!(codes().await, ["4 DOSTAVA"]);
    assert_eq!(get(&lab, "sales_order", id).await["sum_all"], "9.76");
    let missing = update(&lab, id, json!({"product_remove": [{"code": "MONTAZA"}]})).await;
    assert_eq!(missing["opr_desc"], "Cannot find product with code = MONTAZA");
}

#[tokio::test]
async fn code_1_for_an_unknown_status_leaves_the_other_fields_stored() {
    let lab = lab_of(20).await;
    let made = stored(&lab, order(&lab, &json!({"notes": "Prej"}))).await.unwrap();
    let change = async |keep: bool, notes: &str| {
        let settings = Settings { refusals_keep_parts: keep, ..Settings::default() };
        lab.simulator.set_settings(settings).unwrap();
        let more = json!({"notes": notes, "status_code": "nov", "create_invoice": "true"});
        assert_eq!(update(&lab, &made["mk_id"], more).await["opr_code"], "1");
        let read = get(&lab, "sales_order", &made["mk_id"]).await;
        assert_eq!((read.get("status_desc"), read.get("doc_link_list")), (None, None));
        read["notes"].clone()
    };
    assert_eq!(change(false, "Vmes").await, "Prej");
    assert_eq!(change(true, "Potem").await, "Potem");
}

#[tokio::test]
async fn a_refused_update_changes_nothing() {
    let lab = lab_of(20).await;
    let made = stored(&lab, order(&lab, &json!({"notes": "Prej"}))).await.unwrap();
    let id = &made["mk_id"];
    let before = get(&lab, "sales_order", id).await;
    for (more, code) in [
        (json!({"notes": "Potem", "tracking_code": "T-1"}), "6"),
        (
            json!({"notes": "Potem", "product_add": [{"code": "NEZNAN", "amount": "1", "price": "1", "tax": "EX4"}]}),
            "8",
        ),
        (json!({"notes": "Potem", "discount_value": "11"}), "6"),
        (json!({"notes": "Potem", "partner": {"customer": "Nekdo"}}), "2"),
        (json!({"notes": "Potem", "product_add": [{"mk_row_id": "1", "amount": "1"}]}), "2"),
    ] {
        let reply = update(&lab, id, more).await;
        assert_eq!(reply["opr_code"], code, "{reply}");
        assert_eq!(get(&lab, "sales_order", id).await, before);
    }
    assert_eq!(update(&lab, &json!("1"), json!({})).await["opr_code"], "2");
    assert_eq!(lab.call("v1/update_document", json!({"doc_type": "sales_order"})).await["opr_code"], "2");
}

#[tokio::test]
async fn an_order_is_renumbered_and_makes_its_invoice_later() {
    let lab = lab_of(20).await;
    let made = stored(&lab, order(&lab, &json!({"buyer_order": "KASNEJE"}))).await.unwrap();
    let other = stored(&lab, order(&lab, &json!({}))).await.unwrap();
    let taken = update(&lab, &made["mk_id"], json!({"count_code_new": other["count_code"]})).await;
    assert_eq!(taken["opr_code"], "6");
    let body = json!({"doc_type": "sales_order", "buyer_order": "KASNEJE", "count_code_new": "PP-9999", "create_invoice": "true"});
    let reply = lab.call("v1/update_document", body).await;
    assert_eq!(reply.get("attachment_list"), None, "the reply does not name the invoice");
    let read = get(&lab, "sales_order", &made["mk_id"]).await;
    assert_eq!(read["count_code"], "PP-9999");
    assert_eq!(read["doc_link_list"][0]["doc_type"], "sales_bill_domestic");
    let tracked =
        update(&lab, &made["mk_id"], json!({"tracking_code": "T-1", "tracking_intermediate_code": "T-2"}))
            .await;
    assert_eq!(tracked["opr_code"], "0");
    for code in [json!({"tracking_code": "T-1"}), json!({"sticker_code": "T-2"})] {
        assert_eq!(lab.call("v1/search_tracking_code", code).await["mk_id"], made["mk_id"]);
    }
    let unknown = lab.call("v1/search_tracking_code", json!({"tracking_code": "T-3"})).await;
    assert_eq!(
        (&unknown["opr_code"], &unknown["opr_desc"]),
        (&json!("6"), &json!("Tracking code T-3 not found"))
    );
    let body = json!({"doc_type": "sales_order", "doc_id": made["mk_id"], "show_tracking_url": "true"});
    let names: Vec<Value> = many(&lab.call("v1/get_document", body).await["extra_column"])
        .iter()
        .map(|c| c["name"].clone())
        .collect();
    assert_eq!(names, ["tracking_number", "tracking_url", "tracking_page_url"]);
}

#[tokio::test]
async fn of_a_bill_only_the_status_changes_and_an_empty_one_clears() {
    let lab = lab_of(20).await;
    let made = stored(&lab, bill(&lab, &json!({}))).await.unwrap();
    let change = async |status: &str| {
        let body = json!({"doc_type": "sales_bill_domestic", "count_code": made["count_code"], "status_code": status,
            "notes": "Potem"});
        lab.call("v1/update_document", body).await["opr_code"].clone()
    };
    assert_eq!(change("checked").await, "0");
    let read = get(&lab, "sales_bill_domestic", &made["mk_id"]).await;
    assert!(read["status_code"] == "Pregledan" && is_nothing(&read["notes"]), "{read}");
    assert_eq!(change("shipped").await, "1");
    assert_eq!(change("").await, "0");
    assert!(get(&lab, "sales_bill_domestic", &made["mk_id"]).await.get("status_code").is_none());
}

#[tokio::test]
async fn the_status_of_many_orders_changes_up_to_the_first_bad_one_or_for_none() {
    let lab = lab_of(20).await;
    let [first, second] = [
        stored(&lab, order(&lab, &json!({}))).await.unwrap()["mk_id"].clone(),
        stored(&lab, order(&lab, &json!({"buyer_order": "S"}))).await.unwrap()["mk_id"].clone(),
    ];
    let change = async |more: Value| {
        let body = with(json!({"doc_type": "sales_order", "status_code": "shipped"}), &more);
        lab.call("v1/change_document_status", body).await["opr_code"].clone()
    };
    let status = async |id: &Value| get(&lab, "sales_order", id).await.get("status_desc").cloned();
    let bad = json!({"mk_id_list": [first, "1", second]});
    let as_a_whole = Settings { refusals_keep_parts: false, ..Settings::default() };
    lab.simulator.set_settings(as_a_whole).unwrap();
    assert_eq!(change(bad.clone()).await, "2");
    assert_eq!((status(&first).await, status(&second).await), (None, None));
    lab.simulator.set_settings(Settings::default()).unwrap();
    assert_eq!(change(bad).await, "2");
    assert_eq!((status(&first).await, status(&second).await), (Some(json!("shipped")), None));
    assert_eq!(change(json!({"mk_id": first, "status_code": "nov"})).await, "2");
    assert_eq!(change(json!({"mk_id": first, "api_user_email": "x@y.example"})).await, "6");
    assert_eq!(change(json!({"mk_id": first, "doc_type": "sales_offer"})).await, "2");
    assert_eq!(change(json!({"mk_id_list": [first, second]})).await, "0");
    assert_eq!(change(json!({"buyer_order": "S", "status_code": "created"})).await, "0");
    assert_eq!(
        [status(&first).await, status(&second).await],
        [Some(json!("shipped")), Some(json!("created"))]
    );
    let body = json!({"doc_type": "sales_order", "query_advance": [
        {"type": "status_change_from", "value": "2026-09-01T10:00:00+02:00"},
        {"type": "status_change_to", "value": "2026-09-01T10:00:00+02:00"},
        {"type": "status_change_list", "value": "created"}]});
    assert_eq!(many(&lab.search(body).await["result"]).len(), 1);
}

#[tokio::test]
async fn orders_are_marked_as_shipped_by_exactly_one_way_of_naming_them() {
    let lab = lab_of(20).await;
    let made =
        stored(&lab, order(&lab, &json!({"buyer_order": "POST-1", "status_code": "created"}))).await.unwrap();
    let mark = async |body: Value| lab.call("v1/mark_orders_as_shipped", body).await;
    let both = json!({"sales_order_id_list": [made["mk_id"]], "customer_order_list": "POST-1"});
    assert_eq!(mark(both).await["opr_code"], "2");
    assert_eq!(mark(json!({})).await["opr_code"], "2");
    assert_eq!(mark(json!({"country": "SI"})).await["opr_code"], "2");
    assert_eq!(
        mark(json!({"customer_order_list": "POST-2"})).await["opr_desc"],
        "Cannot find sales order with buyer order 'POST-2'"
    );
    let list = json!({"sales_order_id_list": [made["mk_id"], "1"]});
    let as_a_whole = Settings { refusals_keep_parts: false, ..Settings::default() };
    lab.simulator.set_settings(as_a_whole).unwrap();
    assert_eq!(mark(list.clone()).await["opr_code"], "2");
    assert_eq!(get(&lab, "sales_order", &made["mk_id"]).await["status_desc"], "created");
    lab.simulator.set_settings(Settings::default()).unwrap();
    assert_eq!(mark(list).await["opr_code"], "2");
    assert_eq!(get(&lab, "sales_order", &made["mk_id"]).await["status_desc"], "shipped");
    assert_eq!(mark(json!({"customer_order_list": "POST-1"})).await["opr_code"], "0");
    let read = get(&lab, "sales_order", &made["mk_id"]).await;
    assert_eq!(
        (&read["status_desc"], &read["shipped_date"]),
        (&json!("shipped"), &json!("2026-09-01+02:00"))
    );
    let another = stored(&lab, order(&lab, &json!({"status_code": "created"}))).await.unwrap();
    assert_eq!(mark(json!({"country": "Slovenia", "status_code": "created"})).await["opr_code"], "0");
    assert_eq!(get(&lab, "sales_order", &another["mk_id"]).await["status_desc"], "shipped");
}

#[tokio::test]
async fn drafts_of_bills_are_deleted_only_where_the_settings_say_so() {
    let lab = lab_of(20).await;
    let made = stored(&lab, bill(&lab, &json!({}))).await.unwrap();
    let delete = async || {
        let body = json!({"doc_type": "sales_bill_domestic", "mk_id": made["mk_id"]});
        lab.call("v1/delete_document", body).await["opr_code"].clone()
    };
    assert_eq!(delete().await, "6");
    lab.simulator.set_settings(Settings { delete_bills: true, ..Settings::default() }).unwrap();
    assert_eq!(delete().await, "0");
    assert_eq!(get(&lab, "sales_bill_domestic", &made["mk_id"]).await["opr_code"], "2");
}

#[tokio::test]
async fn an_order_with_a_parcel_is_found_by_the_carriers_last_event() {
    let lab = lab_of(20).await;
    let made = stored(&lab, order(&lab, &json!({"create_invoice": "true"}))).await.unwrap();
    lab.simulator.clock().set(Some("2026-09-03T08:00:00Z".parse().unwrap()));
    update(&lab, &made["mk_id"], json!({"tracking_code": "T-1"})).await;
    let found = async |from: &str, to: &str| {
        let body = json!({"doc_type": "sales_order", "query_advance": [
            {"type": "tracking_last_event_date_from", "value": from}, {"type": "tracking_last_event_date_to", "value": to}]});
        many(&lab.search(body).await["result"]).len()
    };
    assert_eq!(found("2026-09-03T10:00:00+02:00", "2026-09-03T10:00:00+02:00").await, 1);
    assert_eq!(found("2026-09-03T10:00:01+02:00", "2026-09-04T00:00:00+02:00").await, 0);
}

#[tokio::test]
async fn split_orders_and_credits_of_invoices_are_shown_on_their_order_with_their_flags() {
    let lab = lab_of(20).await;
    let made = stored(&lab, order(&lab, &json!({"create_invoice": "true"}))).await.unwrap();
    let invoice = get(&lab, "sales_bill_domestic", &made["attachment_list"][0]["bill_mk_id"]).await;
    let note = bill(
        &lab,
        &json!({"doc_type": "sales_bill_credit_note", "credit_note_type": "goods",
        "credit_note_bill": invoice["count_code"]}),
    );
    stored(&lab, note).await.unwrap();
    let flags = json!({"doc_type": "sales_order", "doc_id": made["mk_id"], "show_sum_credit": "true"});
    assert_eq!(lab.call("v1/get_document", flags).await["sum_credit"], "12.2");
    let plain = get(&lab, "sales_order", &made["mk_id"]).await;
    assert!(plain.get("sum_credit").is_none() && plain.get("split_orders").is_none());
}
