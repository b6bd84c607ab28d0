//! Time and load: drawn delays, lock groups, callers that give up, large companies.

use crate::support::{COMPANY, KEY, clock, http, lab};
use metakocka_simulator::{CompanySpec, Effect, FaultRule, Latency, Settings, Simulator, SimulatorOptions};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

#[expect(clippy::disallowed_methods, reason = "the test measures how long calls take")]
fn now() -> Instant {
    Instant::now()
}

#[tokio::test]
async fn drawn_delays_are_waited_for_and_reported() {
    let lab = lab().await;
    let latencies = [("get_partner".to_owned(), Latency { fast_ms: 400, usual_ms: 500, slow_ms: 600 })];
    let settings = Settings { latency_factor: 0.1, latencies: latencies.into(), ..Settings::default() };
    lab.simulator.set_settings(settings).unwrap();
    let start = now();
    lab.call("v1/get_partner", json!({"limit": "1"})).await;
    let taken = start.elapsed();
    assert!(taken >= Duration::from_millis(40), "{taken:?}");
    let reply = lab.simulator.requests(1)[0].reply.clone().unwrap();
    assert!((40..=60).contains(&reply.time_ms), "{reply:?}");
}

#[tokio::test]
async fn settings_of_delays_that_make_no_sense_are_refused() {
    let lab = lab().await;
    for (body, part) in [
        (json!({"latencyFactor": 101}), "between 0 and 100"),
        (json!({"latencies": {"search": {"fastMs": 5, "usualMs": 4, "slowMs": 9}}}), "in this order"),
        (json!({"latencies": {"serach": {"fastMs": 1, "usualMs": 2, "slowMs": 3}}}), "serach"),
        (json!({"searchLockGroups": 17}), "16"),
    ] {
        let (status, answer) = lab.control(Method::PUT, "settings", body.clone()).await;
        assert!(status == 400 && answer["error"].as_str().unwrap().contains(part), "{body}: {answer}");
    }
    let body = json!({"latencies": {"create_invoice": {"fastMs": 1, "usualMs": 2, "slowMs": 3}}});
    assert_eq!(lab.control(Method::PUT, "settings", body).await.0, 200);
}

/// Whether a search of lock group 1 is answered while one of the common group takes its minute.
async fn a_search_of_group_1_overtakes(search_lock_groups: usize) -> bool {
    let lab = lab().await;
    lab.simulator.set_settings(Settings { search_lock_groups, ..Settings::default() }).unwrap();
    lab.simulator.add_fault(FaultRule::nth("search", 1, Effect::DelayMs { ms: 60_000 })).unwrap();
    let search = async |group: &str| {
        let request = lab.request("v1/search", json!({"doc_type": "sales_offer"}));
        request.header("searchGroup", group).send().await.unwrap();
    };
    let arrived = async |count: u64| {
        while lab.simulator.request_counts().get("search") != Some(&count) {
            tokio::task::yield_now().await;
        }
    };
    let second = async {
        arrived(1).await;
        search("1").await;
    };
    // Many times as long as a search takes that does not wait.
    let meanwhile = async {
        arrived(2).await;
        for _ in 0..100 {
            lab.call("v1/get_partner", json!({"limit": "1"})).await;
        }
    };
    tokio::select! {
        biased;
        () = search("0") => panic!("the first search takes a minute"),
        () = second => true,
        () = meanwhile => false,
    }
}

#[tokio::test]
async fn lock_groups_queue_apart_only_where_the_server_has_them() {
    assert!(!a_search_of_group_1_overtakes(0).await);
    assert!(a_search_of_group_1_overtakes(1).await);
}

#[tokio::test]
async fn metakocka_works_on_when_the_caller_gives_up() {
    let lab = lab().await;
    lab.simulator.add_fault(FaultRule::nth("search", 1, Effect::DelayMs { ms: 1_500 })).unwrap();
    let body = json!({"doc_type": "sales_offer"});
    let gone = lab.request("v1/search", body.clone()).timeout(Duration::from_millis(50)).send().await;
    assert!(gone.unwrap_err().is_timeout());
    assert_eq!(lab.simulator.requests(1)[0].reply, None, "it is still worked on");
    // The next search waits until the abandoned one is done.
    lab.search(body).await;
    let log = lab.simulator.requests(2);
    let codes: Vec<_> = log.iter().map(|request| request.reply.as_ref()?.opr_code.as_deref()).collect();
    assert_eq!(codes[0], Some("0"), "the abandoned search was answered before the next");
}

#[tokio::test]
async fn the_log_says_what_was_answered_and_which_fault_struck() {
    let lab = lab().await;
    lab.search(json!({"doc_type": "sales_offer"})).await;
    lab.post("faults", json!({"effect": "drop_after_store", "nth": 1})).await;
    lab.request("v1/search", json!({"doc_type": "sales_offer"})).send().await.unwrap_err();
    lab.request("v1/nothing", json!({})).send().await.unwrap();
    let (_, log) = lab.control(Method::GET, "requests", json!(null)).await;
    let replies: Vec<Value> =
        log["requests"].as_array().unwrap().iter().map(|request| request["reply"].clone()).collect();
    assert_eq!(
        replies,
        [
            json!({"status": 200, "oprCode": "0", "fault": null, "timeMs": 0}),
            json!({"status": null, "oprCode": "0", "fault": "drop_after_store", "timeMs": 0}),
            json!({"status": 404, "oprCode": null, "fault": null, "timeMs": 0}),
        ]
    );
    let (_, faults) = lab.control(Method::GET, "faults", json!(null)).await;
    let rule = &faults["faults"][0];
    assert_eq!((&rule["seen"], &rule["struck"], &rule["nth"]), (&json!(1), &json!(1), &json!(1)));
}

#[tokio::test]
async fn a_company_has_as_many_partners_and_products_as_asked() {
    let spec =
        CompanySpec { partners: Some(500), products: Some(450), ..CompanySpec::new(COMPANY, KEY, 7, 300) };
    let options = SimulatorOptions { clock: clock(), companies: vec![spec], ..SimulatorOptions::default() };
    let lab = crate::support::Lab { simulator: Simulator::start(options).await.unwrap(), http: http() };
    assert_eq!(lab.simulator.partners(COMPANY).unwrap().len(), 500);
    assert_eq!(lab.simulator.products(COMPANY).unwrap().len(), 450);
    assert_eq!(lab.simulator.documents(COMPANY).unwrap().len(), 300);
    let page = lab.call("v1/json/product_list", json!({"limit": "1000"})).await;
    assert_eq!(page["product_list_count"], "450");
    let body = json!({"companyId": "1", "secretKey": "k", "partners": 200_001});
    let (status, answer) = lab.control(Method::POST, "companies", body).await;
    assert!(status == 400 && answer["error"].as_str().unwrap().contains("200000"), "{answer}");
}
