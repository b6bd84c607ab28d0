//! `product_list`, products in `search`, `warehouse_list` (metakocka-api.md §2, §7).

use crate::support::lab;
use serde_json::{Value, json};

#[tokio::test]
async fn the_count_is_that_of_the_page_and_the_last_page_has_no_list() {
    let lab = lab().await;
    let mut seen = 0;
    loop {
        let page = lab.call("v1/json/product_list", json!({"limit": "7", "offset": seen})).await;
        let count: usize = page["product_list_count"].as_str().unwrap().parse().unwrap();
        if count == 0 {
            assert!(page.get("product_list").is_none());
            break;
        }
        seen += count;
    }
    assert_eq!(seen, lab.simulator.products("16").unwrap().len());
}

#[tokio::test]
async fn one_product_is_an_object_and_mk_id_does_not_select() {
    let lab = lab().await;
    let one = lab.call("v1/json/product_list", json!({"code": "DOSTAVA"})).await;
    assert_eq!(one["product_list"]["code"], "DOSTAVA");
    let by_id = lab.call("v1/json/product_list", json!({"mk_id": one["product_list"]["mk_id"]})).await;
    assert!(by_id["product_list"].as_array().unwrap().len() > 1);
}

#[tokio::test]
async fn like_matches_beginnings_and_titles() {
    let lab = lab().await;
    let like = |key: &str, value: &str| json!({"search_with_like": "true", key: value});
    let by_code = lab.call("v1/json/product_list", like("code", "dostava")).await;
    assert_eq!(by_code["product_list_count"], "2");
    let by_title = lab.call("v1/json/product_list", like("title", "Hitra")).await;
    assert_eq!(by_title["product_list"]["code"], "DOSTAVA-EX");
    let exact = lab.call("v1/json/product_list", json!({"code": "dostava"})).await;
    assert_eq!(exact["product_list_count"], "0");
}

#[tokio::test]
async fn switches_add_prices_stock_and_categories() {
    let lab = lab().await;
    let plain = lab.call("v1/json/product_list", json!({})).await;
    for key in ["pricelist", "amount", "category_tree_list"] {
        assert!(plain["product_list"].as_array().unwrap().iter().all(|p| p.get(key).is_none()), "{key}");
    }
    let body = json!({"sales": "true", "return_pricelist": "true", "show_tax_factor": "true",
        "return_warehause_stock": "true", "return_category": "true"});
    let page = lab.call("v1/json/product_list", body).await;
    assert_eq!((&page["sales"], &page["return_warehause_stock"]), (&json!("true"), &json!("true")));
    let products = page["product_list"].as_array().unwrap();
    let prices: Vec<&Value> = products.iter().flat_map(|p| p["pricelist"].as_array().unwrap()).collect();
    assert!(prices.iter().all(|row| row["price_def"].is_object()));
    let untaxed = prices.iter().filter(|row| row["price_def"].get("tax_factor").is_none());
    assert!(untaxed.inspect(|row| assert!(row["price_def"].get("tax").is_none(), "{row}")).count() < 20);
    assert!(prices.iter().any(|row| row["price_def"].get("price_with_tax").is_some()));
    assert!(prices.iter().any(|row| row["price_def"].get("amount_from").is_some()), "a second tier");
    let comma = |value: &Value| value.as_str().is_some_and(|text| text.contains(','));
    assert!(prices.iter().any(|row| comma(&row["price_def"]["price"])));
    assert!(products.iter().any(|p| comma(&p["weight"])));
    assert!(products.iter().any(|p| p["amount"] == "0"));
}

#[tokio::test]
async fn products_in_search_have_their_own_key_and_no_code_of_their_own() {
    let lab = lab().await;
    let body = json!({"doc_type": "purchase_product", "result_type": "doc", "limit": "100",
        "query_advance": [{"type": "eshop_sync", "value": "true"}]});
    let page = lab.search(body).await;
    assert!(page.get("result").is_none());
    let rows = page["result_product"].as_array().unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| row.get("opr_code").is_none()));
    let listed = lab.call("v1/json/product_list", json!({"eshop_sync": "true"})).await;
    let codes = |list: &[Value]| list.iter().map(|row| row["code"].clone()).collect::<Vec<_>>();
    assert_eq!(codes(rows), codes(listed["product_list"].as_array().unwrap()));
}

#[tokio::test]
async fn warehouses_are_listed_with_their_marks() {
    let lab = lab().await;
    let page = lab.call("v1/json/warehouse_list", json!({})).await;
    let marks: Vec<&str> =
        page["warehouse_list"].as_array().unwrap().iter().map(|w| w["mark"].as_str().unwrap()).collect();
    assert_eq!(marks, ["glavno", "trgovina", "splet"]);
}
