//! Code lists of a company's own (metakocka-api.md §1.2, §4.7).

use crate::kit::many;
use crate::support::lab_of;
use serde_json::{Value, json};

#[tokio::test]
async fn a_company_may_have_code_lists_of_its_own() {
    let lab = lab_of(7).await;
    let registers = json!({
        "orderStatuses": [{"code": "novo", "label": "Čisto novo"}],
        "taxes": [{"code": "EX9", "percent": "5"}, {"code": "EX4", "percent": "22"}],
        "units": ["škatla"],
        "paymentTypes": [{"label": "Zlato"}],
        "warehouses": [{"mkId": 9, "mark": "klet", "name": "Klet", "main": true}],
        "defaultProfitCenter": null,
    });
    let spec = json!({"companyId": "18", "secretKey": "eighteen", "documents": 7, "registers": registers});
    lab.post("companies", spec).await;
    let call = async |path: &str, mut body: Value| {
        body["company_id"] = json!("18");
        body["secret_key"] = json!("eighteen");
        let url = format!("{}/rest/eshop/v1/{path}", lab.simulator.url());
        lab.http.post(url).json(&body).send().await.unwrap().json::<Value>().await.unwrap()
    };
    let warehouses = call("json/warehouse_list", json!({})).await;
    assert_eq!(many(&warehouses["warehouse_list"])[0]["mark"], "klet");
    let partner = lab.simulator.partners("18").unwrap()[0].clone();
    let line = json!({"code": "DOSTAVA", "amount": "1", "price": "100", "tax_factor": "0.05"});
    let order = json!({"doc_type": "sales_order", "doc_date": "01.09.2026", "status_code": "novo", "product_list": [line],
        "partner": {"mk_id": partner.id, "mk_address_id": partner.addresses[0].id},
        "mark_paid": [{"payment_type": "Zlato", "date": "01.09.2026", "amount": "1"}]});
    let made = call("put_document", order.clone()).await;
    assert_eq!(made["total_price"], "105.00", "{made}");
    let read = call("get_document", json!({"doc_type": "sales_order", "doc_id": made["mk_id"]})).await;
    assert_eq!((&read["status_code"], &read["sum_tax_ex9"]), (&json!("Čisto novo"), &json!("5")));
    assert_eq!((&read["warehouse"], read.get("profit_center")), (&json!("klet"), None));
    let unit = call("json/product_add", json!({"code": "X", "name": "X", "unit": "kos"})).await;
    assert_eq!(unit["opr_desc"], "Paramether 'unit' has invalid value : kos. Valid values : škatla");
    let mut wrong = order;
    wrong["status_code"] = json!("created");
    let refused = call("put_document", wrong).await;
    assert_eq!(
        refused["opr_desc"],
        "Paramether 'status_code' has invalid value : created. Valid values : novo"
    );
}

#[tokio::test]
async fn code_lists_that_make_no_sense_are_refused() {
    let lab = lab_of(0).await;
    for registers in [json!({"taxes": [{"code": "EX4", "percent": "220"}]}), json!({"colours": []})] {
        let spec = json!({"companyId": "18", "secretKey": "eighteen", "registers": registers});
        let (status, _) = lab.control(reqwest::Method::POST, "companies", spec).await;
        assert_eq!(status, 400, "{registers}");
    }
}
