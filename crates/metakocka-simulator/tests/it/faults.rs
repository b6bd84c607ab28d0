//! Every fault, as a client sees it.

use crate::support::{Lab, lab};
use metakocka_simulator::{Effect, FaultRule, Trigger};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn body() -> Value {
    json!({"doc_type": "sales_order", "result_type": "doc", "limit": "50"})
}

async fn with_fault(effect: Effect) -> (Lab, Result<reqwest::Response, reqwest::Error>) {
    let lab = lab().await;
    lab.simulator.add_fault(FaultRule::nth("search", 1, effect)).unwrap();
    let answer = lab.request("v1/search", body()).send().await;
    (lab, answer)
}

#[tokio::test]
async fn dropped_connections_end_without_an_answer_and_only_once() {
    for effect in [Effect::DropBeforeStore, Effect::DropAfterStore] {
        let (lab, answer) = with_fault(effect).await;
        assert!(answer.is_err());
        assert_eq!(lab.search(body()).await["opr_code"], "0");
    }
}

#[tokio::test]
async fn a_cut_body_is_an_error_of_the_transfer() {
    let (_lab, answer) = with_fault(Effect::CutBody).await;
    let response = answer.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.bytes().await.is_err());
}

#[tokio::test]
async fn a_truncated_body_arrives_whole_but_is_no_json() {
    let (_lab, answer) = with_fault(Effect::Truncated).await;
    let text = answer.unwrap().text().await.unwrap();
    assert!(text.starts_with("{\"opr_code\":\"0\""));
    assert!(serde_json::from_str::<Value>(&text).is_err());
}

#[tokio::test]
async fn a_dripping_body_is_slow_and_right() {
    #[expect(clippy::disallowed_methods, reason = "the test measures how long the body takes")]
    let start = Instant::now();
    let (_lab, answer) = with_fault(Effect::Drip { ms: 5 }).await;
    let page: Value = answer.unwrap().json().await.unwrap();
    assert_eq!(page["result"].as_array().unwrap().len(), 50);
    assert!(start.elapsed() >= Duration::from_millis(75));
}

#[tokio::test]
async fn a_delay_comes_on_top_of_other_effects() {
    let lab = lab().await;
    lab.simulator.add_fault(FaultRule::always("*", Effect::DelayMs { ms: 40 })).unwrap();
    lab.simulator.add_fault(FaultRule::always("search", Effect::Html404)).unwrap();
    #[expect(clippy::disallowed_methods, reason = "the test measures the delay")]
    let start = Instant::now();
    assert_eq!(lab.request("v1/search", body()).send().await.unwrap().status(), 404);
    assert!(start.elapsed() >= Duration::from_millis(40));
    lab.simulator.clear_faults();
    assert_eq!(lab.search(body()).await["opr_code"], "0");
}

#[tokio::test]
async fn other_content_types_statuses_pages_and_garbage() {
    let (_lab, answer) = with_fault(Effect::ContentType { value: "text/html".to_owned() }).await;
    assert_eq!(answer.unwrap().headers()["content-type"], "text/html");
    let (_lab, answer) = with_fault(Effect::HttpStatus { status: 503, retry_after: Some(7) }).await;
    let response = answer.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["retry-after"]),
        (503, &"7".parse().unwrap())
    );
    let (_lab, answer) = with_fault(Effect::Html404).await;
    assert!(answer.unwrap().text().await.unwrap().starts_with("<!DOCTYPE html>"));
    let (_lab, answer) = with_fault(Effect::Garbage).await;
    let response = answer.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.json::<Value>().await.is_err());
}

#[tokio::test]
async fn a_code_of_metakocka_comes_with_its_text() {
    let effect = Effect::OprCode { code: "5".to_owned(), text: "Quote exceeds".to_owned() };
    let (_lab, answer) = with_fault(effect).await;
    let page: Value = answer.unwrap().json().await.unwrap();
    assert_eq!((&page["opr_code"], &page["opr_desc"]), (&json!("5"), &json!("Quote exceeds")));
}

#[tokio::test]
async fn a_fault_of_an_endpoint_that_does_not_exist_is_refused() {
    let lab = lab().await;
    let refusal = lab.simulator.add_fault(FaultRule::always("serach", Effect::Garbage)).unwrap_err();
    assert!(refusal.to_string().contains("serach") && refusal.to_string().contains("search"), "{refusal}");
    let impossible = FaultRule {
        trigger: Trigger::Probability { chance: 2.0, seed: 1 },
        ..FaultRule::always("search", Effect::Garbage)
    };
    assert!(lab.simulator.add_fault(impossible).unwrap_err().to_string().contains("between 0 and 1"));
    assert_eq!(lab.search(body()).await["opr_code"], "0");
}

#[tokio::test]
async fn faults_over_http_choose_company_and_endpoint() {
    let lab = lab().await;
    let rules = json!([
        {"endpoint": "get_partner", "company": 16, "effect": "http_status", "status": 500},
        {"endpoint": "search", "company": "17", "effect": "garbage"},
    ]);
    lab.post("faults", rules).await;
    assert_eq!(lab.request("v1/get_partner", json!({})).send().await.unwrap().status(), 500);
    assert_eq!(lab.search(body()).await["opr_code"], "0");
    let (status, _) = lab.control(reqwest::Method::DELETE, "faults", json!(null)).await;
    assert_eq!(status, 200);
    assert_eq!(lab.request("v1/get_partner", json!({})).send().await.unwrap().status(), 200);
}
