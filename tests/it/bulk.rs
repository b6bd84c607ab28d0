//! Bulk calls that take their time: they say where to ask, are joined by equal ones, and stand in the way of others.

use std::time::Duration;

use engine::test_support::TestDb;
use metakocka_simulator::Settings;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, PULL, TestApp, WAITING};

/// Longest a test waits for a run.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longer than the calls of these tests wait.
const SLOW_MS: u64 = 1_500;
const COUNTERS: [&str; 7] = ["created", "updated", "unchanged", "failed", "unknown", "review", "skipped"];

/// An application whose calls wait for a second, and whose Metakocka answers partners slowly and one by one.
async fn slow(db: &TestDb) -> TestApp {
    let app = TestApp::on_with(db, 30, &[("wait-seconds", "1")]).await;
    app.simulator(|simulator| {
        simulator.set_settings(Settings { list_all_partners: false, ..Settings::default() }).unwrap();
    });
    app
}

async fn ended(program: &mut Actor, going: &Answer) -> Value {
    let url = going.json()["statusUrl"].as_str().unwrap().to_owned();
    let waiting = async {
        loop {
            let run = program.get(&url).await.json();
            if !matches!(run["state"].as_str(), Some("queued" | "running")) {
                return run;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("the run goes on")
}

fn run_of(answer: &Answer) -> String {
    assert_eq!((answer.status, answer.json()["status"].as_str()), (202, Some("running")), "{}", answer.text);
    let run = answer.json()["runId"].as_str().unwrap().to_owned();
    assert!(answer.json()["statusUrl"].as_str().unwrap().ends_with(&format!("/runs/{run}")));
    run
}

fn sum(reply: &Value) -> i64 {
    COUNTERS.iter().map(|name| reply[name].as_i64().unwrap_or_else(|| panic!("no {name}: {reply}"))).sum()
}

async fn equal_ids_join_the_run_and_others_are_told_that_it_is_in_progress(db: TestDb) {
    let app = slow(&db).await;
    let mut program = app.token().await;
    let list = program.get(&format!("{WAITING}?refresh=true")).await.json();
    let ids: Vec<&str> =
        list["documents"].as_array().unwrap().iter().map(|row| row["mk_id"].as_str().unwrap()).collect();
    app.fault(&json!({"endpoint": "get_partner", "effect": "delay_ms", "ms": SLOW_MS, "count": 1}));
    let first = program.post(PULL, &json!({"metakockaIds": [ids[0], ids[1]]}).to_string()).await;
    let run = run_of(&first);
    let busy = [
        program.post(PULL, &json!({"metakockaIds": [ids[2]]}).to_string()).await,
        program.post(PULL, "").await,
        program.get(&format!("{WAITING}?refresh=true")).await,
    ];
    for other in busy {
        assert_eq!((other.status, other.error().0.as_str()), (409, "run_in_progress"), "{}", other.text);
    }
    let equal = program.post(PULL, &json!({"metakockaIds": [ids[1], ids[0], ids[1]]}).to_string()).await;
    match equal.status {
        202 => assert_eq!(run_of(&equal), run),
        _ => assert_eq!((equal.status, equal.json()["runId"].as_str()), (200, Some(run.as_str()))),
    }
    let end = ended(&mut program, &first).await;
    assert_eq!((&end["state"], &end["total"], sum(&end)), (&json!("done"), &json!(2), 2), "{end}");
    app.end().await;
}

async fn a_first_pull_of_all_looks_and_takes_and_is_joined_by_the_next_one(db: TestDb) {
    let app = slow(&db).await;
    let mut program = app.token().await;
    app.fault(&json!({"endpoint": "search", "effect": "delay_ms", "ms": SLOW_MS, "count": 1}));
    let first = program.post(PULL, "").await;
    let run = run_of(&first);
    let second = program.post(PULL, "{}").await;
    assert_eq!(second.json()["runId"], run.as_str(), "{}", second.text);
    let end = ended(&mut program, &first).await;
    assert_eq!((&end["state"], &end["created"], sum(&end)), (&json!("done"), &json!(30), 30), "{end}");
    app.end().await;
}

async fn the_counters_sum_to_the_total_whatever_happened_to_the_documents(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = app.token().await;
    let documents = app.simulator(|simulator| simulator.documents("16").unwrap());
    let found = program.get(&format!("{WAITING}?refresh=true")).await;
    assert_eq!(found.json()["total"], 30);
    let some: Vec<&str> = documents.iter().take(3).map(|document| document.id.as_str()).collect();
    program.post(PULL, &json!({"metakockaIds": some}).to_string()).await;
    let mut all: Vec<&str> = documents.iter().map(|document| document.id.as_str()).collect();
    all.extend(["1", "2", "2"]);
    let reply = program.post(PULL, &json!({"metakockaIds": all}).to_string()).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let reply = reply.json();
    assert_eq!((&reply["total"], sum(&reply)), (&json!(32), 32), "{reply}");
    assert_eq!((&reply["created"], &reply["failed"]), (&json!(27), &json!(2)), "{reply}");
    assert_eq!((&reply["success"], reply["errors"].as_array().unwrap().len()), (&json!(false), 2), "{reply}");
    for problem in reply["errors"].as_array().unwrap() {
        assert!(problem["code"] == "not_found" && problem["error"].is_string(), "{problem}");
    }
    app.end().await;
}

async fn a_call_that_waits_does_not_hold_up_the_end_of_the_application(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = app.token().await;
    app.fault(&json!({"endpoint": "search", "effect": "delay_ms", "ms": SLOW_MS, "count": 1}));
    let tell = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        app.tell_to_end();
    };
    let (answer, ()) = tokio::join!(
        program.get("/api/integrations/metakocka/sales-documents/sync-from-metakocka?refresh=true"),
        tell
    );
    run_of(&answer);
    app.end().await;
}

engine::each_engine!(
    equal_ids_join_the_run_and_others_are_told_that_it_is_in_progress,
    a_first_pull_of_all_looks_and_takes_and_is_joined_by_the_next_one,
    the_counters_sum_to_the_total_whatever_happened_to_the_documents,
    a_call_that_waits_does_not_hold_up_the_end_of_the_application,
);
