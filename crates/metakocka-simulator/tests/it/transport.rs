//! Paths, keys, bodies, quota, the order of searches.

use crate::support::{COMPANY, KEY, assert_only_strings, lab};
use metakocka_simulator::{Effect, FaultRule, Quota, Settings};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_wrong_path_family_answers_an_html_page() {
    let lab = lab().await;
    for path in ["v1/product_list", "v1/json/search", "search", "v1/json/get_partner", "v1/nothing"] {
        let response = lab.request(path, json!({})).send().await.unwrap();
        assert_eq!(response.status(), 404, "{path}");
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        assert!(kind.starts_with("text/html"), "{kind}");
        assert!(response.text().await.unwrap().contains("<html>"));
    }
}

#[tokio::test]
async fn get_instead_of_post_answers_an_html_page() {
    let lab = lab().await;
    let url = format!("{}/rest/eshop/v1/search", lab.simulator.url());
    assert_eq!(lab.http.get(url).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_bad_key_is_status_200_with_code_3() {
    let lab = lab().await;
    let url = format!("{}/rest/eshop/v1/search", lab.simulator.url());
    for body in [
        json!({"company_id": COMPANY, "secret_key": "wrong"}),
        json!({"company_id": "17", "secret_key": KEY}),
        json!({"company_id": COMPANY}),
        json!({}),
    ] {
        let response = lab.http.post(&url).json(&body).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["opr_code"], "3");
        assert_eq!(answer["opr_desc"], "Invalid value for secret_key and company_id");
    }
}

#[tokio::test]
async fn the_company_id_may_be_a_number() {
    let lab = lab().await;
    let url = format!("{}/rest/eshop/v1/search", lab.simulator.url());
    let body = json!({"company_id": 16, "secret_key": KEY, "doc_type": "sales_order", "limit": 1});
    let answer: Value = lab.http.post(url).json(&body).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["opr_code"], "0");
}

#[tokio::test]
async fn without_the_json_content_type_the_body_is_not_read() {
    let lab = lab().await;
    let url = format!("{}/rest/eshop/v1/search", lab.simulator.url());
    let body = json!({"company_id": COMPANY, "secret_key": KEY, "doc_type": "sales_order"}).to_string();
    let answer: Value = lab.http.post(url).body(body).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["opr_code"], "1");
}

#[tokio::test]
async fn every_scalar_is_a_string() {
    let lab = lab().await;
    lab.list_partners();
    for (path, body) in [
        (
            "v1/search",
            json!({"doc_type": "sales_order", "result_type": "doc", "show_product_detail": "true"}),
        ),
        ("v1/search", json!({"doc_type": "purchase_product", "result_type": "doc"})),
        ("v1/get_partner", json!({"limit": "50"})),
        ("v1/json/product_list", json!({"return_pricelist": "true", "return_warehause_stock": "true"})),
        ("v1/json/warehouse_list", json!({})),
        ("v1/search_query_advance_discovery", json!({})),
    ] {
        assert_only_strings(&lab.call(path, body).await);
    }
}

#[tokio::test]
async fn calls_over_the_quota_are_refused_until_the_period_is_over() {
    let lab = lab().await;
    let quota = Some(Quota { calls: 3, per_ms: 60_000 });
    lab.simulator.set_settings(Settings { quota, ..Settings::default() }).unwrap();
    let mut codes = Vec::new();
    for _ in 0..5 {
        codes.push(
            lab.search(json!({"doc_type": "sales_offer"})).await["opr_code"].as_str().unwrap().to_owned(),
        );
    }
    assert_eq!(codes, ["0", "0", "0", "5", "5"]);
    let later = lab.simulator.clock().now() + jiff::SignedDuration::from_secs(60);
    lab.simulator.clock().set(Some(later));
    assert_eq!(lab.search(json!({"doc_type": "sales_offer"})).await["opr_code"], "0");
}

#[tokio::test]
async fn searches_of_a_company_run_one_after_another_and_other_calls_do_not_wait() {
    let lab = lab().await;
    let mut settings = Settings::default();
    settings.latency_ms.insert("search".to_owned(), 60);
    lab.simulator.set_settings(settings).unwrap();
    let search = || lab.search(json!({"doc_type": "sales_offer"}));
    let start = now();
    let (.., partner) = tokio::join!(search(), search(), search(), async {
        lab.call("v1/get_partner", json!({"limit": "1"})).await;
        start.elapsed()
    });
    let serial = start.elapsed();
    assert!(serial >= Duration::from_millis(180), "{serial:?}");
    assert!(partner < serial, "{partner:?} against {serial:?}");

    // With more than one at a time a search overtakes one that takes a minute.
    lab.simulator.set_settings(Settings { search_parallelism: 2, ..Settings::default() }).unwrap();
    lab.simulator.clear_requests();
    lab.simulator.add_fault(FaultRule::nth("search", 1, Effect::DelayMs { ms: 60_000 })).unwrap();
    let second = async {
        while lab.simulator.request_counts().is_empty() {
            tokio::task::yield_now().await;
        }
        search().await
    };
    tokio::select! {
        biased;
        _ = search() => panic!("the first search takes a minute"),
        _ = second => {}
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_answered_with_a_sentence_and_logged() {
    let lab = lab().await;
    let body = json!({"doc_type": "sales_order", "title": "x".repeat(10 * 1024 * 1024)});
    let response = lab.request("v1/put_document", body).send().await.unwrap();
    assert_eq!(response.status(), 413);
    let said: serde_json::Value = response.json().await.unwrap();
    assert!(said["error"].as_str().unwrap().contains("1048576 bytes"), "{said}");
    let (_, log) = lab.control(reqwest::Method::GET, "requests", json!(null)).await;
    assert_eq!((&log["counts"], &log["requests"][0]["body"]), (&json!({"put_document": 1}), &json!(null)));
    assert_eq!(log["requests"][0]["reply"]["status"], 413);
}

#[expect(clippy::disallowed_methods, reason = "the test measures how long calls take")]
fn now() -> Instant {
    Instant::now()
}

#[tokio::test]
async fn a_content_type_that_only_begins_like_json_is_none() {
    let lab = lab().await;
    for (kind, code) in
        [("application/json; charset=UTF-8", "0"), ("application/jsonx", "1"), ("text/plain", "1")]
    {
        let request = lab.request("v1/search", json!({"doc_type": "sales_order"}));
        let mut request = request.build().unwrap();
        request.headers_mut().insert("content-type", kind.parse().unwrap());
        let answer: serde_json::Value = lab.http.execute(request).await.unwrap().json().await.unwrap();
        assert_eq!(answer["opr_code"], code, "{kind}");
    }
}

#[tokio::test]
async fn a_connection_that_drops_before_storing_drops_at_once() {
    let lab = lab().await;
    let mut settings = Settings::default();
    settings.latency_ms.insert("*".to_owned(), 60_000);
    lab.simulator.set_settings(settings).unwrap();
    lab.simulator.add_fault(FaultRule::always("search", Effect::DropBeforeStore)).unwrap();
    let error = lab.request("v1/search", json!({"doc_type": "sales_order"})).send().await.unwrap_err();
    assert!(!error.is_timeout(), "{error}");
}

#[tokio::test]
async fn a_clock_that_is_moved_back_does_not_lock_the_quota_for_longer_than_its_period() {
    let lab = lab().await;
    let quota = Some(Quota { calls: 1, per_ms: 60_000 });
    lab.simulator.set_settings(Settings { quota, ..Settings::default() }).unwrap();
    let code = async || lab.search(json!({"doc_type": "sales_order"})).await["opr_code"].clone();
    assert_eq!(code().await, "0");
    let second = jiff::SignedDuration::from_secs(1);
    lab.simulator.clock().advance(second * -86_400).unwrap();
    assert_eq!(code().await, "5", "the call was made a moment ago");
    lab.simulator.clock().advance(second * 60).unwrap();
    assert_eq!(code().await, "0");
}
