//! The program is told to end in the middle of a run, and the next start goes on with it.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use engine::store::DatabaseUrl;
use engine::test_support::TestDb;
use metakocka_simulator::{CompanySpec, Settings, Simulator, SimulatorOptions};
use serde_json::Value;

use crate::support::{Actor, PULL, Program, RUNS, SECRET, WAITING, add_owner, say};

/// Documents of the company: enough that the run is still at it when the program is told to end.
const DOCUMENTS: usize = 60;
/// How long Metakocka takes for each search.
const SEARCH_MS: u64 = 400;
/// Longest a test waits for something that has to come.
const PATIENCE: Duration = Duration::from_secs(30);
const OWNER: &str = "ana@lipa.example";

async fn run_with(actor: &mut Actor, run: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let waiting = async {
        loop {
            let view = actor.get(&format!("{RUNS}/{run}")).await.json();
            if wanted(&view) {
                return view;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("the run does not get there")
}

async fn connect(owner: &mut Actor, simulator: &str) {
    let fields = [("company", "16"), ("secret", SECRET), ("address", simulator), ("deed", "save")];
    let answer = owner.script("save-connection", &fields).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

async fn sigterm_ends_the_program_within_half_a_minute_and_the_next_start_continues_its_run(db: TestDb) {
    let simulator = Simulator::start(SimulatorOptions {
        companies: vec![CompanySpec::new("16", SECRET, 7, DOCUMENTS)],
        ..SimulatorOptions::default()
    })
    .await
    .unwrap();
    let latency_ms = BTreeMap::from([("search".to_owned(), SEARCH_MS)]);
    simulator.set_settings(Settings { latency_ms, ..Settings::default() }).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let database = match &db.url {
        DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
        DatabaseUrl::Postgres(url) => url.clone(),
    };
    let host = simulator.url().trim_start_matches("http://").to_owned();
    let settings = ["--metakocka-hosts", host.as_str(), "--wait-seconds", "1"];
    let serve = || Program::serve(folder.path(), Some(&database), &settings);
    add_owner(folder.path(), Some(&database), OWNER, "Lipa").await;

    let first = serve().await;
    let mut owner = first.anonymous().signed_in(OWNER).await;
    connect(&mut owner, &simulator.url()).await;
    let begun = owner.post(PULL, "").await;
    assert_eq!(begun.status, 202, "{}", begun.text);
    let run = begun.json()["runId"].as_str().unwrap().to_owned();
    let before = run_with(&mut owner, &run, |view| view["done"].as_i64().unwrap() > 0).await;
    assert_eq!(before["state"], "running", "{before}");
    let told = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    first.end().await;
    let took = SystemTime::UNIX_EPOCH.elapsed().unwrap().saturating_sub(told);
    assert!(took < Duration::from_secs(30), "{took:?}");

    let second = serve().await;
    let mut owner = second.anonymous().signed_in(OWNER).await;
    let after = run_with(&mut owner, &run, |view| view["state"] == "done").await;
    assert_eq!((after["created"].as_u64(), after["total"].as_u64()), (Some(60), Some(60)), "{after}");
    let done = before["done"].as_u64().unwrap();
    assert!(done > 0 && done < 60, "told to end at {done} of 60");
    say(&format!("told to end at {done} of {DOCUMENTS} documents, ended after {took:?}"));
    let left = owner.get(&format!("{WAITING}?refresh=true")).await;
    if left.status == 200 {
        assert_eq!(left.json()["total"], 0, "{}", left.text);
    }
    let page = owner.page("/sales-documents").await.text;
    assert!(page.contains("of 60"), "60 documents, none twice: {page}");
    second.end().await;
}

/// The file beside the key is ahead of the database, as after an older copy was put back.
async fn a_restored_database_waits_for_its_owner(db: TestDb) {
    let simulator = Simulator::start(SimulatorOptions {
        companies: vec![CompanySpec::new("16", SECRET, 7, DOCUMENTS)],
        ..SimulatorOptions::default()
    })
    .await
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let database = match &db.url {
        DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
        DatabaseUrl::Postgres(url) => url.clone(),
    };
    let host = simulator.url().trim_start_matches("http://").to_owned();
    let settings = ["--metakocka-hosts", host.as_str()];
    add_owner(folder.path(), Some(&database), OWNER, "Lipa").await;
    let first = Program::serve(folder.path(), Some(&database), &settings).await;
    let mut owner = first.anonymous().signed_in(OWNER).await;
    connect(&mut owner, &simulator.url()).await;
    first.end().await;

    let counter = folder.path().join("starts");
    let noted = std::fs::read_to_string(&counter).unwrap();
    let (place, count) = noted.trim().split_once(' ').unwrap();
    let count: i64 = count.parse().unwrap();
    assert!(count >= 2, "at the start and at the end: {noted}");
    std::fs::write(&counter, format!("{place} {}\n", count + 100)).unwrap();

    let second = Program::serve(folder.path(), Some(&database), &settings).await;
    let mut owner = second.anonymous().signed_in(OWNER).await;
    let refused = owner.post(PULL, "").await;
    assert_eq!((refused.status, refused.error().0.as_str()), (503, "paused"), "{}", refused.text);
    assert!(refused.text.contains("restored from a copy"), "{}", refused.text);
    let page = owner.page("/settings/metakocka").await.text;
    assert!(page.contains("restored from a copy") && page.contains("Go on"), "{page}");
    let fields = [("company", "16"), ("secret", ""), ("address", &simulator.url()), ("deed", "go_on")];
    let answer = owner.script("save-connection", &fields).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let pulled = owner.post(PULL, "").await;
    assert!(matches!(pulled.status, 200 | 202), "{}", pulled.text);
    second.end().await;
}

engine::each_engine!(
    sigterm_ends_the_program_within_half_a_minute_and_the_next_start_continues_its_run,
    a_restored_database_waits_for_its_owner,
);
