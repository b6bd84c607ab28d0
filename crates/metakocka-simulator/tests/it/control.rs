//! `/_sim/`: companies, log, truth, edits, clock, settings, and sentences for nonsense.

use crate::support::{COMPANY, KEY, lab};
use metakocka_simulator::{DocType, EditRequest, Settings, Simulator, SimulatorOptions, StartError};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn companies_are_added_over_http_and_are_apart() {
    let lab = lab().await;
    lab.post("companies", json!({"companyId": 17, "secretKey": "other", "seed": 8, "documents": 20})).await;
    let (_, listed) = lab.control(Method::GET, "companies", json!(null)).await;
    assert_eq!(listed, json!({"companies": ["16", "17"]}));
    let url = format!("{}/rest/eshop/v1/search", lab.simulator.url());
    let body = json!({"company_id": "17", "secret_key": "other", "doc_type": "sales_order"});
    let page: Value = lab.http.post(&url).json(&body).send().await.unwrap().json().await.unwrap();
    assert_eq!(page["result_all_records"], "9");
    let body = json!({"company_id": "17", "secret_key": KEY, "doc_type": "sales_order"});
    let page: Value = lab.http.post(&url).json(&body).send().await.unwrap().json().await.unwrap();
    assert_eq!(page["opr_code"], "3");
}

#[tokio::test]
async fn the_log_counts_calls_and_masks_the_key() {
    let lab = lab().await;
    lab.search(json!({"doc_type": "sales_order"})).await;
    lab.search(json!({"doc_type": "sales_offer"})).await;
    lab.call("v1/get_partner", json!({"limit": "1"})).await;
    let (_, log) = lab.control(Method::GET, "requests?limit=2", json!(null)).await;
    assert_eq!(log["total"], 3);
    assert_eq!(log["counts"], json!({"search": 2, "get_partner": 1}));
    assert_eq!(log["requests"].as_array().unwrap().len(), 2);
    assert_eq!(log["requests"][0]["body"]["doc_type"], "sales_offer");
    assert_eq!(log["requests"][0]["company"], COMPANY);
    assert!(!log.to_string().contains(KEY));
    lab.control(Method::DELETE, "requests", json!(null)).await;
    assert_eq!(lab.simulator.request_counts().len(), 0);
}

#[tokio::test]
async fn the_log_masks_a_key_that_strayed_into_other_fields() {
    let lab = lab().await;
    let other = json!({"companyId": "17", "secretKey": "key-of-seventeen", "documents": 5});
    lab.post("companies", other).await;
    let partner = json!({"secretKey": "unknown-key", "notes": ["key-of-seventeen", {"key": KEY}]});
    lab.call("v1/add_partner", json!({"partner": partner, "title": format!("is {KEY} right?")})).await;
    let swapped = json!({"company_id": KEY, "secret_key": COMPANY});
    let url = format!("{}/rest/eshop/v1/search", lab.simulator.url());
    lab.http.post(url).json(&swapped).send().await.unwrap();
    let (_, log) = lab.control(Method::GET, "requests", json!(null)).await;
    assert_eq!(log["requests"][0]["body"]["partner"]["notes"], json!(["***", {"key": "***"}]));
    assert_eq!(log["requests"][1]["company"], "***");
    for secret in [KEY, "key-of-seventeen", "unknown-key"] {
        assert!(!log.to_string().contains(secret), "{secret} in {log}");
    }
}

#[tokio::test]
async fn the_log_masks_the_former_key_of_a_company_that_was_replaced() {
    let lab = lab().await;
    lab.post("companies", json!({"companyId": COMPANY, "secretKey": "a-newer-key", "documents": 5})).await;
    let wrapped = json!({"secret_key": "foreign-key"}).to_string();
    lab.call("v1/get_partner", json!({"notes": format!("was {KEY}"), "wrapped": wrapped})).await;
    let (_, log) = lab.control(Method::GET, "requests", json!(null)).await;
    assert_eq!(log["requests"][0]["body"]["notes"], "was ***");
    for secret in [KEY, "foreign-key"] {
        assert!(!log.to_string().contains(secret), "{secret} in {log}");
    }
}

#[tokio::test]
async fn the_state_pages_through_every_kind() {
    let lab = lab().await;
    for (kind, expected) in [
        ("document", 200),
        ("partner", lab.simulator.partners(COMPANY).unwrap().len()),
        ("product", lab.simulator.products(COMPANY).unwrap().len()),
    ] {
        let (mut seen, mut cursor) = (0, json!(0));
        while !cursor.is_null() {
            let path = format!("state?kind={kind}&limit=30&cursor={cursor}");
            let (status, page) = lab.control(Method::GET, &path, json!(null)).await;
            assert_eq!(status, 200, "{page}");
            seen += page["items"].as_array().unwrap().len();
            cursor = page["nextCursor"].clone();
            assert_eq!(page["total"], expected);
        }
        assert_eq!(seen, expected, "{kind}");
    }
}

#[tokio::test]
async fn an_edit_recomputes_the_sums_and_moves_the_change_log() {
    let lab = lab().await;
    let partner = lab.simulator.partners(COMPANY).unwrap()[0].id.clone();
    let line = json!({"product": "DOSTAVA", "amount": 3, "price": "10", "discount": "10;20", "tax": "EX4"});
    let set = json!({"partner": partner, "title": "Ročno", "addLines": [line, {"text": "opomba"}]});
    let id =
        lab.post("create", json!({"kind": "document", "docType": "sales_order", "set": set})).await["id"]
            .clone();
    let get = async || {
        let body = json!({"doc_type": "sales_order", "doc_id": id, "return_document_info": "true"});
        lab.call("v1/get_document", body).await
    };
    let made = get().await;
    assert_eq!((&made["sum_basic"], &made["sum_all"]), (&json!("21.6"), &json!("26.35")));
    assert_eq!(made["product_list"][1], json!({"doc_desc": "opomba"}));

    lab.control(Method::PUT, "clock", json!({"advanceMs": 3_600_000})).await;
    let set =
        json!({"title": null, "statusCode": "shipped", "lines": [{"index": 0, "amount": "4"}], "pay": [{}]});
    lab.post("edit", json!({"kind": "document", "docType": "sales_order", "id": id, "set": set})).await;
    let edited = get().await;
    assert_eq!((&edited["sum_basic"], &edited["sum_all"]), (&json!("28.8"), &json!("35.14")));
    assert_eq!((&edited["sum_paid"], edited.get("title")), (&json!("35.14"), None));
    let last = edited["document_info"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["operation_type"], &last["value_new"]),
        (&json!("DOCUMENT_STATUS_CHANGE"), &json!("Odpremljeno"))
    );
    assert_eq!(last["operation_time"], "2026-09-01T11:00:00+02:00");
    let since = lab.filtered("sales_order", "last_change_from", "2026-09-01T11:00:00+02:00").await;
    assert_eq!(since["result_all_records"], "1");
}

#[tokio::test]
async fn a_payment_alone_may_leave_the_last_change() {
    let lab = lab().await;
    let order =
        lab.simulator.documents(COMPANY).unwrap().into_iter().find(|d| d.doc_type == DocType::SalesOrder);
    let order = order.unwrap();
    let pay = || EditRequest::document(order.doc_type, &order.id, json!({"pay": [{"amount": "1"}]}));
    let last_change = || lab.simulator.document(COMPANY, order.doc_type, &order.id).unwrap().last_change;
    lab.simulator.set_settings(Settings { payments_bump_last_change: false, ..Settings::default() }).unwrap();
    lab.simulator.edit(&pay()).unwrap();
    assert_eq!(last_change(), order.last_change);
    lab.simulator.set_settings(Settings::default()).unwrap();
    lab.simulator.edit(&pay()).unwrap();
    assert_eq!(last_change(), lab.simulator.clock().now());
}

#[tokio::test]
async fn partners_and_products_are_edited_made_and_deleted() {
    let lab = lab().await;
    let set =
        json!({"name": "Nova d.o.o.", "taxNumber": "SI50223054", "city": "Celje", "email": "a@nova.example"});
    let id = lab.post("create", json!({"kind": "partner", "set": set})).await["id"].clone();
    lab.post("edit", json!({"kind": "partner", "id": id, "set": {"street": "Cesta 9"}})).await;
    let found = lab.call("v1/get_partner", json!({"partner_tax_number": "SI50223054"})).await;
    let address = &found["partner_list"][0]["partner_delivery_address_list"][0];
    assert_eq!((&address["street"], &address["city"]), (&json!("Cesta 9"), &json!("Celje")));
    lab.post("delete", json!({"kind": "partner", "id": id})).await;
    assert_eq!(lab.call("v1/get_partner", json!({"partner_id": id})).await["opr_code"], "2");

    let set = json!({"code": "NOV-1", "name": "Nov", "unit": "kos", "netPrice": "2.5"});
    let id = lab.post("create", json!({"kind": "product", "set": set})).await["id"].clone();
    lab.post("edit", json!({"kind": "product", "id": id, "set": {"name": "Novejši"}})).await;
    let found = lab.call("v1/json/product_list", json!({"code": "NOV-1"})).await;
    assert_eq!(found["product_list"]["name"], "Novejši");
}

#[tokio::test]
async fn a_deleted_document_is_gone_without_a_trace() {
    let lab = lab().await;
    let order = lab.all("sales_order", json!({})).await[5].clone();
    lab.post("delete", json!({"kind": "document", "docType": "sales_order", "id": order["mk_id"]})).await;
    let body = json!({"doc_type": "sales_order", "doc_id": order["mk_id"]});
    assert_eq!(lab.call("v1/get_document", body).await["opr_code"], "2");
    assert_eq!(lab.all("sales_order", json!({})).await.len(), 89);
}

#[tokio::test]
async fn a_reset_brings_everything_back() {
    let lab = lab().await;
    let before = lab.simulator.documents(COMPANY).unwrap();
    let (_, settings) = lab.control(Method::PUT, "settings", json!({"pageDefault": 3})).await;
    assert_eq!(settings["pageDefault"], 3);
    lab.post("faults", json!({"effect": "garbage"})).await;
    lab.post("delete", json!({"kind": "document", "docType": before[50].doc_type, "id": before[50].id}))
        .await;
    lab.post("reset", json!({})).await;
    assert_eq!(lab.simulator.documents(COMPANY).unwrap(), before);
    let page = lab.search(json!({"doc_type": "sales_order"})).await;
    assert_eq!(page["result"].as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn nonsense_is_answered_with_400_and_a_sentence() {
    let lab = lab().await;
    let first = lab.all("sales_order", json!({})).await[0]["mk_id"].clone();
    let order = json!({"kind": "document", "docType": "sales_order", "id": first});
    let edit = |set: Value| {
        let mut body = order.clone();
        body["set"] = set;
        body
    };
    let cases = [
        (Method::POST, "companies", json!({"companyId": "1"}), "secretKey"),
        (
            Method::POST,
            "companies",
            json!({"companyId": "1", "secretKey": "k", "documents": 9_999_999}),
            "200000",
        ),
        (Method::POST, "companies", json!({"companyId": "1", "secretKey": "k", "document": 1}), "document"),
        (Method::POST, "faults", json!({"effect": "explode"}), "explode"),
        (Method::POST, "faults", json!({"effect": "garbage", "endpoint": 5}), "endpoint"),
        (Method::POST, "faults", json!({"effect": "garbage", "endpoint": null}), "endpoint"),
        (Method::POST, "faults", json!({"effect": "garbage", "ms": 5}), "no field ms"),
        (Method::POST, "faults", json!({"effect": "delay_ms", "ms": 5, "value": "x"}), "no field value"),
        (Method::POST, "faults", json!({"effect": "garbage", "seed": 5}), "probability"),
        (Method::POST, "faults", json!({"effect": "garbage", "count": 0}), "at least 1"),
        (Method::POST, "faults", json!({"effect": "content_type", "value": "a\nb"}), "content type"),
        (Method::POST, "edit", json!({"kind": "document", "id": "1", "set": {}}), "docType"),
        (Method::POST, "edit", json!({"kind": "partner", "id": "x", "set": {}}), "no id"),
        (Method::POST, "edit", edit(json!({"titel": "x"})), "titel"),
        (Method::POST, "edit", edit(json!({"statusCode": "nowhere"})), "new_order"),
        (Method::POST, "edit", edit(json!({"lines": [{"index": 99}]})), "no such line"),
        (Method::POST, "edit", edit(json!({"issued": true})), "only bills"),
        (
            Method::POST,
            "edit",
            edit(json!({"lines": [{"index": 0, "price": "9999999999999999", "amount": "9999999999999999"}]})),
            "no decimal",
        ),
        (Method::POST, "edit", edit(json!({"lines": [{"index": 0, "discount": "-9e20"}]})), "no discount"),
        (Method::POST, "people", json!({"rate": 1e-300}), "rate"),
        (Method::POST, "people", json!({"rate": -1}), "rate"),
        (Method::POST, "create", json!({"kind": "document", "docType": "sales_order"}), "partner"),
        (
            Method::POST,
            "delete",
            json!({"kind": "document", "docType": "sales_order", "id": "1"}),
            "no record",
        ),
        (Method::PUT, "clock", json!({}), "one of"),
        (Method::PUT, "settings", json!({"latency": 1}), "latency"),
        (Method::PUT, "settings", json!({"searchParallelism": 0}), "between 1 and 16"),
        (Method::PUT, "settings", json!({"latencyMs": {"nowhere": 1}}), "nowhere"),
        (Method::PUT, "settings", json!({"filters": {"sales_ofer": []}}), "sales_ofer"),
        (Method::GET, "state?kind=nothing", json!(null), "nothing"),
        (Method::GET, "state?kind=document&limit=0", json!(null), "limit"),
        (Method::GET, "state?kind=document&company=99", json!(null), "99"),
    ];
    for (method, path, body, part) in cases {
        let (status, answer) = lab.control(method, path, body.clone()).await;
        let error = answer["error"].as_str().unwrap_or_default();
        assert!(status == 400 && error.contains(part), "{path} {body}: {status} {answer}");
    }
    let (status, _) = lab.control(Method::POST, "nowhere", json!({})).await;
    assert_eq!(status, 404);
    let (status, answer) = lab.control(Method::PUT, "reset", json!({})).await;
    assert!(status == 405 && answer["error"].as_str().unwrap().contains("method"), "{status} {answer}");
    let huge = json!({"effect": "x".repeat(2 * 1024 * 1024 + 1)});
    let (status, answer) = lab.control(Method::POST, "faults", huge).await;
    assert!(status == 413 && answer["error"].as_str().unwrap().contains("2 MB"), "{status} {answer}");
}

#[tokio::test]
async fn it_listens_on_loopback_only_and_stops_when_asked() {
    let options = SimulatorOptions { listen: "0.0.0.0:0".parse().unwrap(), ..SimulatorOptions::default() };
    assert!(matches!(Simulator::start(options).await, Err(StartError::NotLoopback(_))));
    let lab = lab().await;
    let url = lab.simulator.url();
    let taken = SimulatorOptions { listen: url[7..].parse().unwrap(), ..SimulatorOptions::default() };
    assert!(matches!(Simulator::start(taken).await, Err(StartError::Listen { .. })));
    lab.simulator.stop().await;
    assert!(crate::support::http().get(url).send().await.is_err());
}
