//! The pace: each search in flight names a queue of its own, and no time is too long to be counted.

use std::time::Duration;

use metakocka::{
    Allowance, CallBudget, Client, DocumentSearch, DocumentType, HttpClient, HttpConfig, Limits, Next, Pace,
    Pacer,
};
use metakocka_simulator::{Effect, FaultRule, Settings};

use crate::support::{Answer, Server, config, http, short_timeout};
use crate::writing::simulator;

fn searches(count: usize) -> Pacer {
    Pacer::new(Pace { calls_in_flight: 8, searches_in_flight: count, ..Pace::default() })
}

/// What the searches of a client that are in flight at once said in the header, in its order.
async fn groups(pacer: Pacer) -> Vec<Option<String>> {
    let server = Server::always(Answer::Silence).await;
    let client = Client::new(server.config().within(short_timeout()).paced_by(pacer), http());
    let search = DocumentSearch::all(DocumentType::Order);
    let (one, two, three, _) = tokio::join!(
        client.search_short(&search),
        client.search_short(&search),
        client.search_short(&search),
        client.warehouses()
    );
    assert!(one.is_err() && two.is_err() && three.is_err());
    let group = |head: &str| {
        head.lines().find_map(|line| line.strip_prefix("searchgroup: ").map(|value| value.trim().to_owned()))
    };
    let questions = server.questions();
    assert_eq!(questions.len(), 4);
    let mut groups: Vec<_> = questions.iter().map(|question| group(&question.head)).collect();
    groups.sort();
    groups
}

#[tokio::test]
async fn each_search_in_flight_names_a_queue_of_its_own() {
    let named = |group: &str| Some(group.to_owned());
    assert_eq!(groups(searches(1)).await, [None, None, None, None]);
    assert_eq!(groups(searches(2)).await[..2], [None, None], "the third takes the place of one");
    assert_eq!(groups(searches(3)).await, [None, None, named("1"), named("2")]);
    assert_eq!(groups(searches(usize::MAX)).await, [None, None, named("1"), named("2")]);
}

#[tokio::test]
async fn a_second_search_overtakes_the_first_where_metakocka_has_a_second_queue() {
    let simulator = simulator().await;
    simulator.set_settings(Settings { search_lock_groups: 1, ..simulator.settings() }).unwrap();
    simulator.add_fault(FaultRule::nth("search", 1, Effect::DelayMs { ms: 60_000 })).unwrap();
    let client = Client::new(config(&simulator.url()).paced_by(searches(2)), http());
    let search = DocumentSearch::all(DocumentType::Order);
    let first = tokio::spawn({
        let (client, search) = (client.clone(), search.clone());
        async move { client.search_short(&search).await }
    });
    while simulator.request_counts().get("search") != Some(&1) {
        tokio::task::yield_now().await;
    }
    let second = tokio::time::timeout(Duration::from_secs(10), client.search_short(&search)).await;
    assert!(second.expect("it does not wait for the first").is_ok());
    assert!(!first.is_finished());
    first.abort();
}

#[tokio::test]
async fn no_call_beyond_the_allowance_is_made() {
    let simulator = simulator().await;
    let allowance = Allowance { calls: 2, renewed_after: Duration::from_mins(5) };
    let pacer = Pacer::default();
    let client = Client::new(config(&simulator.url()).paced_by(pacer.clone()), http()).allowed(allowance);
    let clone = client.clone();
    let (one, two) = tokio::join!(client.warehouses(), clone.warehouses());
    assert!(one.is_ok() && two.is_ok());
    let spent = client.warehouses().await.unwrap_err();
    let Next::WaitForQuota(Some(wait)) = spent.next() else { panic!("{spent:?}") };
    assert!(wait <= Duration::from_mins(5) && wait > Duration::from_mins(4), "{wait:?}");
    assert_eq!((client.calls_begun(), pacer.counts().total()), (2, 2));
    assert_eq!(simulator.request_counts().values().sum::<u64>(), 2);
    let other = Client::new(config(&simulator.url()).paced_by(pacer), http());
    assert!(other.warehouses().await.is_ok(), "another client has its own allowance, or none");
    assert_eq!((other.calls_begun(), client.calls_begun()), (1, 2));
}

#[tokio::test]
async fn no_time_is_too_long() {
    let server = Server::always(Answer::json(r#"{"opr_code":"0","warehouse_list_count":"0"}"#)).await;
    let limits = Limits { call_timeout: Duration::MAX, write_timeout: Duration::MAX, ..Limits::default() };
    let budget = Some(CallBudget { calls: 1, per: Duration::MAX });
    let pacer = Pacer::new(Pace { calls_in_flight: usize::MAX, budget, ..Pace::default() });
    let http = HttpClient::new(&HttpConfig { connect_timeout: Duration::MAX, ..HttpConfig::default() });
    let client = Client::new(server.config().within(limits).paced_by(pacer), http.unwrap());
    assert!(client.warehouses().await.is_ok());
    let spent = client.warehouses().await.unwrap_err();
    let Next::WaitForQuota(Some(wait)) = spent.next() else { panic!("{spent:?}") };
    assert!(wait > Duration::MAX / 2 && !spent.to_string().is_empty());
    let pacer = Pacer::new(Pace { min_interval: Duration::MAX, ..Pace::default() });
    let client = Client::new(server.config().paced_by(pacer), crate::support::http());
    assert!(client.warehouses().await.is_ok());
    let never = tokio::time::timeout(Duration::from_millis(50), client.warehouses()).await;
    assert!(never.is_err(), "the second call waits");
}
