//! Checks of quirks of what is read.

use super::Verdict;
use crate::kit::{ensure, get, known_partner, many, order, service, stored};
use crate::support::{Lab, ids};
use metakocka_simulator::CompanySpec;
use serde_json::{Value, json};

pub(super) async fn payments_and_measures_are_slovenian(lab: &Lab) -> Verdict {
    let paid = json!([{"payment_type": "Transakcijski račun", "date": "01.09.2026", "amount": "1234.5"}]);
    let body = json!({"mark_paid": paid, "product_list": [service("1", "2000")]});
    let made = stored(lab, order(lab, &body)).await?;
    let body = json!({"doc_type": "sales_order", "doc_id": made["mk_id"], "show_payment_detail": "true"});
    let read = lab.call("v1/get_document", body).await;
    let amount = &read["mark_paid"][0]["amount"];
    ensure!(amount == "1.234,50", "a payment reads {amount}");
    let add = json!({"code": "TEHTA", "name": "Tehta", "unit": "kos", "weight": "1.5"});
    lab.call("v1/json/product_add", add).await;
    let listed = lab.call("v1/json/product_list", json!({"code": "TEHTA"})).await;
    let weight = &many(&listed["product_list"])[0]["weight"];
    ensure!(weight == "1,5", "a weight reads {weight}");
    Ok(())
}

pub(super) async fn a_list_of_one_is_an_object(lab: &Lab) -> Verdict {
    let one = lab.call("v1/json/product_list", json!({"code": "DOSTAVA"})).await;
    ensure!(one["product_list"].is_object(), "one product comes as {}", one["product_list"]);
    let orders = lab.all("sales_order", json!({})).await;
    let empty = orders.iter().any(|order| order["notes"] == "");
    let absent = orders.iter().any(|order| order.get("notes").is_none());
    ensure!(empty && absent, "notes are never empty, or never absent");
    Ok(())
}

pub(super) async fn one_count_is_of_the_page_and_the_other_of_everything(lab: &Lab) -> Verdict {
    let page = lab.call("v1/json/product_list", json!({"limit": "3"})).await;
    ensure!(page["product_list_count"] == "3", "products: {}", page["product_list_count"]);
    let page = lab.search(json!({"doc_type": "sales_order", "limit": "2"})).await;
    ensure!(page["result_all_records"] != "2", "orders: {page}");
    Ok(())
}

pub(super) async fn nothing_found_is_an_error(lab: &Lab) -> Verdict {
    let nobody = lab.call("v1/get_partner", json!({"partner_id": "1"})).await;
    ensure!(nobody["opr_code"] == "2", "no partner: {nobody}");
    let nothing = lab.search(json!({"doc_type": "complaint"})).await;
    ensure!(nothing["opr_code"] == "6", "no complaint: {nothing}");
    Ok(())
}

pub(super) async fn keys_and_texts_are_misspelt(lab: &Lab) -> Verdict {
    let partner = known_partner(lab)["mk_id"].clone();
    let read = lab.call("v1/get_partner", json!({"partner_id": partner})).await;
    ensure!(read["partner_list"][0].get("foreign_county").is_some(), "a right key: {read}");
    let listed = lab.call("v1/json/product_list", json!({"return_warehouse_stock": "true"})).await;
    let stock = many(&listed["product_list"]).iter().any(|product| product.get("amount").is_some());
    ensure!(!stock, "the right spelling works");
    let refused = lab.search(json!({})).await;
    let text = refused["opr_desc"].as_str().unwrap_or_default();
    ensure!(text.contains("Paramether"), "a right text: {text}");
    Ok(())
}

pub(super) async fn a_key_with_a_space_is_another_key(lab: &Lab) -> Verdict {
    let made = stored(lab, order(lab, &json!({}))).await?;
    let body = json!({"doc_type": "sales_order", "doc_id": made["mk_id"], "show_tax_factor ": "true"});
    let read = lab.call("v1/get_document", body).await;
    let line = &read["product_list"][0];
    ensure!(line.get("tax_factor").is_none(), "the space is ignored: {line}");
    Ok(())
}

pub(super) async fn offers_have_no_date_filter(lab: &Lab) -> Verdict {
    let map = lab.call("v1/search_query_advance_discovery", json!({"doc_type": "sales_offer"})).await;
    let filters = many(&map["sales_offer"]);
    ensure!(!filters.iter().any(|filter| filter["type"] == "doc_date_from"), "discovery names one: {map}");
    let found = lab.filtered("sales_offer", "doc_date_from", "01.01.2030").await;
    let filtered = found["opr_code"] == "0" && found.get("result").is_none();
    ensure!(!filtered, "it works: {found}");
    Ok(())
}

pub(super) async fn an_unsupported_filter_is_refused(lab: &Lab) -> Verdict {
    let found = lab.filtered("sales_bill_domestic", "last_change_from", "2026-01-01T00:00:00+02:00").await;
    ensure!(found["opr_code"] == "1", "it is accepted: {found}");
    Ok(())
}

pub(super) async fn a_line_may_be_text_alone(lab: &Lab) -> Verdict {
    let partner = known_partner(lab)["mk_id"].clone();
    let line = json!({"product": "DOSTAVA", "amount": 1, "price": "1", "tax": "EX4"});
    let set = json!({"partner": partner, "addLines": [line, {"text": "Samo besedilo"}]});
    let made = lab.post("create", json!({"kind": "document", "docType": "sales_order", "set": set})).await;
    let read = get(lab, "sales_order", &made["id"]).await;
    let text = json!({"doc_desc": "Samo besedilo"});
    ensure!(many(&read["product_list"]).contains(&text), "no line without a product: {read}");
    Ok(())
}

pub(super) async fn ids_of_two_types_may_be_equal(lab: &Lab) -> Verdict {
    let spec = CompanySpec { colliding_ids: true, ..CompanySpec::new("17", "colliding", 7, 60) };
    lab.simulator.add_company(spec).map_err(|refusal| refusal.to_string())?;
    let url = format!("{}/rest/eshop/v1/search", lab.simulator.url());
    let mut found = Vec::new();
    for doc_type in ["sales_offer", "sales_order"] {
        let body =
            json!({"company_id": "17", "secret_key": "colliding", "doc_type": doc_type, "limit": "100"});
        let response = lab.http.post(&url).json(&body).send().await.map_err(|e| e.to_string())?;
        let page: Value = response.json().await.map_err(|e| e.to_string())?;
        found.push(ids(&page));
    }
    let shared = found[0].iter().filter(|id| found[1].contains(id)).count();
    ensure!(shared > 0, "no id is shared");
    Ok(())
}
