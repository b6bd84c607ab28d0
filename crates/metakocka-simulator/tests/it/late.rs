//! Writes whose answer is lost: before storing, after it, and long after it.

use crate::support::{Lab, lab};
use metakocka_simulator::{Effect, FaultRule};
use serde_json::{Value, json};

async fn order(lab: &Lab, number: &str) -> Value {
    let partner = lab.all("sales_order", json!({})).await[0]["partner"].clone();
    json!({
        "doc_type": "sales_order", "doc_date": "01.09.2026", "buyer_order": number,
        "partner": {"mk_id": partner["mk_id"], "mk_address_id": partner["mk_address_id"]},
        "product_list": [{"code": "DOSTAVA", "amount": "1", "price": "4", "tax": "EX4"}],
    })
}

async fn found(lab: &Lab, number: &str) -> u64 {
    let page = lab.filtered("sales_order", "customer_order", number).await;
    page["result_all_records"].as_str().unwrap().parse().unwrap()
}

/// Puts an order while a fault is armed for it.
async fn put_with(lab: &Lab, number: &str, rule: Value) -> Result<reqwest::Response, reqwest::Error> {
    let body = order(lab, number).await;
    lab.simulator.clear_faults();
    lab.post("faults", rule).await;
    lab.request("v1/put_document", body).send().await
}

fn advance(lab: &Lab, ms: i64) {
    let now = lab.simulator.clock().now() + jiff::SignedDuration::from_millis(ms);
    lab.simulator.clock().set(Some(now));
}

#[tokio::test]
async fn what_is_lost_before_storing_is_not_there_and_after_storing_it_is() {
    let lab = lab().await;
    for (number, effect, stored) in
        [("L-1", "drop_before_store", 0), ("L-2", "drop_after_store", 1), ("L-3", "cut_body", 1)]
    {
        let answer = put_with(&lab, number, json!({"endpoint": "put_document", "effect": effect})).await;
        let lost = match answer {
            Err(_) => true,
            Ok(response) => response.bytes().await.is_err(),
        };
        assert!(lost, "{effect}");
        assert_eq!(found(&lab, number).await, stored, "{effect}");
    }
}

#[tokio::test]
async fn a_late_write_appears_when_its_time_comes_with_the_time_it_is_then() {
    let lab = lab().await;
    let rule = json!({"endpoint": "put_document", "effect": "delayed_commit_ms", "ms": 30_000});
    assert!(put_with(&lab, "LATE-1", rule).await.is_err());
    assert_eq!(found(&lab, "LATE-1").await, 0);
    advance(&lab, 29_999);
    assert_eq!(found(&lab, "LATE-1").await, 0, "a look-up right after proves nothing");
    advance(&lab, 1);
    assert_eq!(found(&lab, "LATE-1").await, 1);
    let body = json!({"doc_type": "sales_order", "buyer_order": "LATE-1"});
    let stored = lab.call("v1/get_document", body).await;
    assert_eq!(stored["created_ts"], "2026-09-01T10:00:30+02:00");
    let deeds = lab.simulator.deeds();
    assert_eq!(
        (deeds.len(), deeds[0].action.as_str(), deeds[0].refused.as_deref()),
        (1, "late put_document", None)
    );
}

#[tokio::test]
async fn two_late_writes_come_in_the_order_of_their_times_even_in_one_jump() {
    let lab = lab().await;
    for (number, ms) in [("SLOW", 60_000), ("FAST", 20_000)] {
        let rule = json!({"endpoint": "put_document", "effect": "delayed_commit_ms", "ms": ms});
        assert!(put_with(&lab, number, rule).await.is_err());
    }
    advance(&lab, 3_600_000);
    let id = async |number: &str| {
        let body = json!({"doc_type": "sales_order", "buyer_order": number});
        lab.call("v1/get_document", body).await["mk_id"].as_str().unwrap().parse::<u64>().unwrap()
    };
    assert!(id("FAST").await < id("SLOW").await);
}

#[tokio::test]
async fn a_late_write_with_a_wrong_key_or_of_nonsense_stores_nothing() {
    let lab = lab().await;
    let effect = Effect::DelayedCommitMs { ms: 1_000 };
    let mut wrong = order(&lab, "LATE-2").await;
    lab.simulator.add_fault(FaultRule::always("put_document", effect)).unwrap();
    wrong["doc_date"] = json!("2026-09-01");
    assert!(lab.request("v1/put_document", wrong.clone()).send().await.is_err());
    wrong["company_id"] = json!("16");
    wrong["secret_key"] = json!("wrong");
    let url = format!("{}/rest/eshop/v1/put_document", lab.simulator.url());
    assert!(lab.http.post(url).json(&wrong).send().await.is_err());
    advance(&lab, 5_000);
    assert_eq!(found(&lab, "LATE-2").await, 0);
    let deeds = lab.simulator.deeds();
    assert_eq!((deeds.len(), deeds[0].refused.as_deref()), (1, Some("opr_code 6")));
}

#[tokio::test]
async fn a_late_read_is_just_lost() {
    let lab = lab().await;
    let rule = FaultRule::always("search", Effect::DelayedCommitMs { ms: 1_000 });
    lab.simulator.add_fault(rule).unwrap();
    assert!(lab.request("v1/search", json!({"doc_type": "sales_order"})).send().await.is_err());
    advance(&lab, 5_000);
    assert_eq!(lab.simulator.deeds(), []);
}

#[tokio::test]
async fn an_answer_that_is_spoiled_stores_as_the_rule_says() {
    let lab = lab().await;
    let cases = [
        (json!({"effect": "opr_code", "code": "1"}), 0),
        (json!({"effect": "opr_code", "code": "1", "stored": true}), 1),
        (json!({"effect": "http_status", "status": 504}), 0),
        (json!({"effect": "http_status", "status": 504, "stored": true}), 1),
        (json!({"effect": "html_503"}), 0),
        (json!({"effect": "garbage"}), 1),
        (json!({"effect": "garbage", "stored": false}), 0),
        (json!({"effect": "truncated"}), 1),
        (json!({"effect": "content_type", "value": "text/html"}), 1),
    ];
    for (at, (mut rule, stored)) in cases.into_iter().enumerate() {
        let number = format!("S-{at}");
        rule["endpoint"] = json!("put_document");
        put_with(&lab, &number, rule.clone()).await.unwrap();
        assert_eq!(found(&lab, &number).await, stored, "{rule}");
    }
}

#[tokio::test]
async fn a_write_goes_on_when_the_caller_gives_up() {
    let lab = lab().await;
    let body = order(&lab, "GONE").await;
    lab.control(reqwest::Method::PUT, "settings", json!({"latencyMs": {"put_document": 1_500}})).await;
    let request = lab.request("v1/put_document", body).timeout(std::time::Duration::from_millis(50));
    assert!(request.send().await.unwrap_err().is_timeout());
    assert_eq!(found(&lab, "GONE").await, 0);
    for _ in 0..200 {
        if found(&lab, "GONE").await == 1 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the write that was given up is never stored");
}

#[tokio::test]
async fn a_late_write_stays_when_the_clock_is_moved_on_and_back() {
    let lab = lab().await;
    let rule = json!({"endpoint": "put_document", "effect": "delayed_commit_ms", "ms": 60_000});
    assert!(put_with(&lab, "LATE-3", rule).await.is_err());
    for ms in [120_000, -120_000] {
        let (status, _) = lab.control(reqwest::Method::PUT, "clock", json!({"advanceMs": ms})).await;
        assert_eq!(status, 200);
    }
    assert_eq!(found(&lab, "LATE-3").await, 1);
}

/// Puts an order that takes a while, and does `meanwhile` when it is on its way.
async fn put_while(
    lab: &Lab,
    number: &str,
    meanwhile: impl AsyncFnOnce(),
) -> Result<reqwest::Response, reqwest::Error> {
    let body = order(lab, number).await;
    lab.control(reqwest::Method::PUT, "settings", json!({"latencyMs": {"put_document": 400}})).await;
    lab.simulator.clear_requests();
    let meanwhile = async {
        while lab.simulator.request_counts().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        meanwhile().await;
    };
    tokio::join!(lab.request("v1/put_document", body).send(), meanwhile).0
}

#[tokio::test]
async fn a_write_on_its_way_is_cut_when_its_company_is_reset_or_replaced() {
    let lab = lab().await;
    let same = json!({"companyId": "16", "secretKey": crate::support::KEY, "seed": 7, "documents": 200});
    let answer = put_while(&lab, "WAY-1", async || drop(lab.post("reset", json!({})).await)).await;
    assert!(answer.is_err(), "reset: {answer:?}");
    let answer = put_while(&lab, "WAY-2", async || drop(lab.post("companies", same).await)).await;
    assert!(answer.is_err(), "replaced: {answer:?}");
    let reply = lab.simulator.requests(1).remove(0).reply.unwrap();
    assert_eq!((reply.status, reply.opr_code), (None, None));
    let answer = put_while(&lab, "WAY-3", async || {}).await.unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap()["opr_code"], "0");
    for (number, count) in [("WAY-1", 0), ("WAY-2", 0), ("WAY-3", 1)] {
        assert_eq!(found(&lab, number).await, count, "{number}");
    }
}

#[tokio::test]
async fn late_writes_of_a_company_that_is_replaced_are_dropped_and_others_are_not() {
    let lab = lab().await;
    let other =
        |id: &str| json!({"companyId": id, "secretKey": crate::support::KEY, "seed": 7, "documents": 200});
    let rule = json!({"endpoint": "put_document", "effect": "delayed_commit_ms", "ms": 30_000});
    assert!(put_with(&lab, "LATE-4", rule.clone()).await.is_err());
    lab.post("companies", other("17")).await;
    advance(&lab, 30_000);
    assert_eq!(found(&lab, "LATE-4").await, 1, "another company was added");

    assert!(put_with(&lab, "LATE-5", rule).await.is_err());
    lab.post("companies", other("16")).await;
    let answer = put_while(&lab, "LATE-6", async || drop(lab.post("companies", other("16")).await)).await;
    assert!(answer.is_err());
    advance(&lab, 60_000);
    for number in ["LATE-4", "LATE-5", "LATE-6"] {
        assert_eq!(found(&lab, number).await, 0, "{number}");
    }
}
