//! Products (metakocka-api.md §2), stock (§7), and the printed document (§1.2).

use crate::kit::{bill, get, many, order, put, service, stored, with};
use crate::support::{COMPANY, Lab, lab_of};
use serde_json::{Value, json};

async fn add(lab: &Lab, more: Value) -> Value {
    lab.call("v1/json/product_add", with(json!({"code": "IZD", "name": "Izdelek", "unit": "kos"}), &more))
        .await
}

async fn update(lab: &Lab, more: Value) -> Value {
    lab.call("v1/json/product_update", more).await
}

async fn listed(lab: &Lab, code: &str) -> Value {
    let body = json!({"code": code, "return_pricelist": "true", "return_category": "true",
        "return_product_partner_info": "true", "return_product_compound": "true"});
    lab.call("v1/json/product_list", body).await["product_list"].clone()
}

#[tokio::test]
async fn an_added_product_is_read_back_with_all_it_was_given() {
    let lab = lab_of(20).await;
    let made = add(&lab, json!({"sales": "true", "name_desc": "Opis", "barcode": "383", "weight": "7,3",
        "customs_fee": "73181595", "country": "Avstrija", "categories": [{"category": ["A", "B"]}, {"category": "C"}],
        "localization": {"language": "Angleški", "name": "Thing"}, "extra_column": [{"name": "declaration", "value": "d"}],
        "compound": "true", "compounds": [{"product_code": "DOSTAVA", "amount": "2"}, {"product_code": "NOV-DEL", "amount": "1"}],
    })).await;
    assert_eq!(made["opr_code"], "0", "{made}");
    let read = listed(&lab, "IZD").await;
    assert_eq!(
        (&read["mk_id"], &read["weight"], &read["country"]),
        (&made["mk_id"], &json!("7,3"), &json!("AT"))
    );
    assert_eq!(read["category_tree_list"][0]["tree_node_list"][0]["tree_node_label"], "B");
    assert_eq!(read["localization"]["name"], "Thing", "one translation comes as an object");
    let parts: Vec<Value> =
        many(&read["compounds"]).iter().map(|part| part["product_code"].clone()).collect();
    assert_eq!(parts, ["DOSTAVA", "NOV-DEL"]);
    assert_eq!(listed(&lab, "NOV-DEL").await["unit"], "kos", "an unknown part is made");
}

#[tokio::test]
async fn a_product_lacks_or_has_nothing_wrong() {
    let lab = lab_of(20).await;
    for (more, code) in [
        (json!({"code": null}), "2"),
        (json!({"name": null}), "2"),
        (json!({"unit": null}), "2"),
        (json!({"unit": "prgišče"}), "2"),
        (json!({"code": "x".repeat(51)}), "2"),
        (json!({"name": "x".repeat(201)}), "2"),
        (json!({"sales": "da"}), "2"),
        (json!({"supplier_info": {"partner_id": "1"}}), "2"),
        (json!({"count_code": "4451", "code": "DOSTAVA"}), "2"),
    ] {
        let reply = add(&lab, more.clone()).await;
        assert_eq!(reply["opr_code"], code, "{more}: {reply}");
    }
    assert_eq!(add(&lab, json!({"code": "DOSTAVA"})).await["opr_code"], "0", "one code under another number");
}

#[tokio::test]
async fn prices_belong_to_a_list_that_is_net_or_gross_and_have_their_tax() {
    let lab = lab_of(20).await;
    let price = |list: &str, def: Value| json!({"pricelist": [{"count_code": list, "price_def": [def]}]});
    for (more, code) in [
        (price("VPC", json!({"price_with_tax": "1", "tax": "EX4"})), "2"),
        (price("MPC", json!({"price": "1", "tax": "EX4"})), "2"),
        (price("NI-CENIKA", json!({"price": "1", "tax": "EX4"})), "2"),
        (price("VPC", json!({"price": "1"})), "2"),
    ] {
        assert_eq!(add(&lab, more.clone()).await["opr_code"], code, "{more}");
    }
    let text = add(&lab, price("VPC", json!({"price": "1"}))).await;
    assert!(text["opr_desc"].as_str().unwrap().contains("not a valid tax"), "{text}");
    let made = add(&lab, price("VPC", json!({"price": "1", "tax": "EX4"}))).await;
    let id = json!({"mk_id": made["mk_id"]});
    update(&lab, with(price("MPC", json!({"price_with_tax": "1,5", "tax_factor": "0.22"})), &id)).await;
    update(&lab, with(price("VPC", json!({"price": "2", "tax": "EX4"})), &id)).await;
    update(&lab, with(price("VPC", json!({"price": "1.8", "tax": "EX4", "amount_from": "10"})), &id)).await;
    let rows = async || {
        let rows = many(&listed(&lab, "IZD").await["pricelist"]);
        let shown = |row: &Value| {
            let def = &row["price_def"];
            let price =
                def.get("price").or(def.get("price_with_tax")).unwrap().as_str().unwrap().replace(',', ".");
            format!("{} {price}", row["count_code"].as_str().unwrap())
        };
        rows.iter().map(shown).collect::<Vec<_>>()
    };
    assert_eq!(rows().await, ["VPC 2", "MPC 1.5", "VPC 1.8"], "each list and tier has one price");
    let anew = json!({"pricelist_remove_product_before_add": "true"});
    update(&lab, with(with(price("VPC", json!({"price": "3", "tax": "EX4"})), &id), &anew)).await;
    assert_eq!(rows().await, ["MPC 1.5", "VPC 3"]);
    update(&lab, with(price("VPC", json!({"price": "4", "tax": "N20"})), &id)).await;
    assert_eq!(rows().await, ["MPC 1.5"], "a wrong code makes the price vanish");
}

#[tokio::test]
async fn a_used_product_is_not_deleted_and_not_turned_into_something_else() {
    let lab = lab_of(20).await;
    let made = add(&lab, json!({"sales": "true"})).await;
    let id = made["mk_id"].clone();
    let line = json!({"code": "IZD", "amount": "1", "price": "1", "tax": "EX4"});
    let document = stored(&lab, order(&lab, &json!({"product_list": [line]}))).await.unwrap();
    for (body, code) in [
        (json!({"mk_id": id, "service": "true"}), "6"),
        (json!({"mk_id": id, "sales": "false"}), "6"),
        (json!({"mk_id": id, "service": "true", "confirm_save_change_product_service": "true"}), "0"),
        (json!({"mk_id": "1", "name": "x"}), "2"),
        (json!({"name": "x"}), "2"),
        (json!({"mk_id": id, "count_code": "4451", "name": "Po mk_id", "activated": "false"}), "0"),
    ] {
        assert_eq!(update(&lab, body.clone()).await["opr_code"], code, "{body}");
    }
    let read = listed(&lab, "IZD").await;
    assert_eq!((&read["name"], &read["activated"]), (&json!("Po mk_id"), &json!("false")));
    let delete = async || lab.call("v1/json/product_delete", json!({"mk_id": id})).await;
    assert_eq!(delete().await["opr_code"], "6");
    lab.call("v1/delete_document", json!({"doc_type": "sales_order", "mk_id": document["mk_id"]})).await;
    assert_eq!(
        delete().await,
        json!({"opr_code": "0", "opr_time_ms": "0", "mk_id": id, "count_code": made["count_code"]})
    );
    assert_eq!(delete().await["opr_code"], "2");
    let unsold = add(&lab, json!({"code": "NI-NAPRODAJ"})).await;
    assert_eq!(unsold["opr_code"], "0");
    let line = json!({"code": "NI-NAPRODAJ", "amount": "1", "price": "1", "tax": "EX4"});
    assert_eq!(put(&lab, order(&lab, &json!({"product_list": [line]}))).await["opr_code"], "6");
}

#[tokio::test]
async fn a_line_changes_the_barcode_of_its_product_and_not_its_name() {
    let lab = lab_of(20).await;
    let line = with(
        service("1", "1"),
        &json!({"name": "Drugačno ime", "barcode": "3831", "customs_fee": "99999999"}),
    );
    let made = stored(&lab, order(&lab, &json!({"product_list": [line]}))).await.unwrap();
    assert_eq!(get(&lab, "sales_order", &made["mk_id"]).await["product_list"][0]["name"], "Dostava");
    let read = listed(&lab, "DOSTAVA").await;
    assert_eq!((&read["barcode"], &read["customs_fee"]), (&json!("3831"), &json!("99999999")));
}

#[tokio::test]
async fn stock_has_a_row_for_each_lot_and_orders_reserve_it() {
    let lab = lab_of(60).await;
    let all = lab.call("v1/json/warehouse_stock", json!({})).await;
    let rows = many(&all["stock_list"]);
    assert_eq!(all["stock_list_count"], rows.len().to_string().as_str());
    let mut codes: Vec<&str> = rows.iter().map(|row| row["code"].as_str().unwrap()).collect();
    codes.dedup();
    assert!(codes.len() < rows.len(), "some product has several rows");
    assert!(rows.iter().any(|row| row["amount"].as_str().unwrap().contains(',')));
    let code = rows.iter().find(|row| row.get("reserved_amount").is_none()).unwrap()["code"].clone();
    let line = json!({"code": code, "amount": "2", "price": "1", "tax": "EX4"});
    let made = stored(&lab, order(&lab, &json!({"product_list": [line]}))).await.unwrap();
    let row = async || {
        let body = json!({"product_code_list": code, "return_reservation_without_stock": "true"});
        lab.call("v1/json/warehouse_stock", body).await["stock_list"][0].clone()
    };
    assert_eq!(row().await["reserved_amount"], "2");
    let shipped = json!({"doc_type": "sales_order", "mk_id": made["mk_id"], "status_code": "shipped"});
    lab.call("v1/change_document_status", shipped).await;
    assert!(row().await.get("reserved_amount").is_none());
    let page = lab.call("v1/json/warehouse_stock", json!({"limit": "2", "offset": "1"})).await;
    assert_eq!(many(&page["stock_list"]), rows[1..3]);
    let elsewhere = lab.call("v1/json/warehouse_stock", json!({"wh_id_list": "1400002"})).await;
    assert!(elsewhere.get("stock_list").is_none());
}

#[tokio::test]
async fn a_report_is_a_pdf_and_its_error_is_json() {
    let lab = lab_of(20).await;
    let made = stored(&lab, bill(&lab, &json!({}))).await.unwrap();
    let body = |form: &str| json!({"mk_id": made["mk_id"], "report_id": form, "params": [{"type": "lang", "value": "sl"}]});
    let response = lab.request("v1/report", body("38")).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/pdf");
    let file = response.bytes().await.unwrap();
    assert!(file.starts_with(b"%PDF-1.4") && file.ends_with(b"%%EOF\n"));
    for form in ["37", "99"] {
        let reply = lab.call("v1/report", body(form)).await;
        assert_eq!(reply["opr_code"], "2", "{reply}");
    }
    assert_eq!(lab.simulator.documents(COMPANY).unwrap().len(), 21);
}
