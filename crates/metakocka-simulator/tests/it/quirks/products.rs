//! Checks of quirks of products and of the lines that name them.

use super::Verdict;
use crate::kit::{ensure, many, order, put, service, stored};
use crate::support::{COMPANY, Lab};
use serde_json::{Value, json};

async fn listed(lab: &Lab, code: &str) -> Vec<Value> {
    many(&lab.call("v1/json/product_list", json!({"code": code})).await["product_list"])
}

pub(super) async fn a_line_with_a_unit_makes_its_product(lab: &Lab) -> Verdict {
    let line = json!({"code": "NOV-1", "name": "Novi izdelek", "unit": "kos", "amount": "1", "price": "1", "tax": "EX4"});
    let reply = put(lab, order(lab, &json!({"product_list": [line]}))).await;
    ensure!(reply["opr_code"] == "0", "it is refused: {reply}");
    ensure!(listed(lab, "NOV-1").await.len() == 1, "there is no new product");
    Ok(())
}

pub(super) async fn an_empty_text_changes_nothing(lab: &Lab) -> Verdict {
    let add = json!({"code": "CRTNA", "name": "S črtno kodo", "unit": "kos", "barcode": "3830001"});
    let made = lab.call("v1/json/product_add", add).await;
    ensure!(made["opr_code"] == "0", "a right product is refused: {made}");
    let change = |barcode: &str| json!({"mk_id": made["mk_id"], "barcode": barcode});
    lab.call("v1/json/product_update", change("")).await;
    let kept = listed(lab, "CRTNA").await[0]["barcode"].clone();
    ensure!(kept == "3830001", "an empty text clears: {kept}");
    lab.call("v1/json/product_update", change("$REMOVE_STRING_VALUE$")).await;
    let cleared = listed(lab, "CRTNA").await[0].get("barcode").cloned();
    ensure!(cleared.is_none(), "the word for it does not clear: {cleared:?}");
    Ok(())
}

pub(super) async fn a_line_without_tax_is_refused(lab: &Lab) -> Verdict {
    let line = json!({"code": "DOSTAVA", "amount": "1", "price": "1"});
    let reply = put(lab, order(lab, &json!({"product_list": [line]}))).await;
    ensure!(reply["opr_code"] == "6", "it is accepted: {reply}");
    Ok(())
}

pub(super) async fn unknown_products_are_code_2_or_8(lab: &Lab) -> Verdict {
    let line = |code: &str| json!({"code": code, "amount": "1", "price": "1", "tax": "EX4"});
    let one = put(lab, order(lab, &json!({"product_list": [line("X1")]}))).await;
    let two = put(lab, order(lab, &json!({"product_list": [line("X1"), line("X2")]}))).await;
    ensure!(one["opr_code"] == "8" && two["opr_code"] == "2", "one code: {one} {two}");
    ensure!(many(&two["product_not_found_list"]).len() == 2, "not all are named: {two}");
    Ok(())
}

pub(super) async fn two_products_may_have_one_long_code(lab: &Lab) -> Verdict {
    let code = "D".repeat(50);
    let add = |number: &str| json!({"code": code, "count_code": number, "name": "Dvojni", "unit": "kos"});
    for number in ["D-1", "D-2"] {
        let reply = lab.call("v1/json/product_add", add(number)).await;
        ensure!(reply["opr_code"] == "0", "it is refused: {reply}");
    }
    let again = lab.call("v1/json/product_add", add("D-1")).await;
    ensure!(again["opr_code"] == "2", "the same twice: {again}");
    Ok(())
}

pub(super) async fn negative_amounts_are_for_services(lab: &Lab) -> Verdict {
    let products = lab.simulator.products(COMPANY).unwrap();
    let goods = products.iter().find(|product| !product.service).ok_or("no goods")?;
    let line = json!({"code": goods.code, "amount": "-1", "price": "1", "tax": "EX4"});
    let reply = put(lab, order(lab, &json!({"product_list": [line]}))).await;
    ensure!(reply["opr_code"] == "6", "goods are taken back: {reply}");
    stored(lab, order(lab, &json!({"product_list": [service("-1", "1")]}))).await?;
    Ok(())
}
