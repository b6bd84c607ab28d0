//! Several workers on one database: they share the work, none does it twice, and one that was believed dead changes
//! nothing when it comes back (design §6).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use engine::clock::ManualClock;
use engine::sync::{Cause, RunState, Selection, WorkerSettings};
use engine::test_support::TestDb;
use metakocka_simulator::{DocType, Effect, FaultRule, Kind, RecordRef, TruthDocument};
use tokio_util::sync::CancellationToken;

use crate::house::{COMPANY, House, KEY, KIND, company, engine, patient, workspace};
use crate::tables::execute;
use crate::truth;

const DOCUMENTS: usize = 400;
const NAMES: [&str; 2] = ["one", "two"];

engine::each_engine!(
    two_workers_share_a_pull_and_double_nothing,
    a_worker_that_was_believed_dead_changes_nothing,
    a_worker_that_is_told_to_stop_gives_its_job_back,
    a_feed_is_read_once_in_a_run_whatever_the_clocks_say,
    a_walk_goes_on_at_its_page_whoever_goes_on_with_it,
    a_long_slice_delays_nothing_that_is_due,
    a_worker_that_is_stuck_is_seen_by_its_heartbeat,
);

/// A worker that lets the other have the job after every transaction.
fn sharing(owner: &str) -> WorkerSettings {
    let (slice, idle) = (Duration::ZERO, Duration::from_millis(1));
    WorkerSettings { owner: owner.to_owned(), slice, idle, jobs: 2, ..patient() }
}

async fn count(house: &House, sql: &'static str) -> i64 {
    truth::number(&house.db, &house.scope, sql).await
}

async fn has_worked(house: &House, worker: &str) -> bool {
    let attempts: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM job_attempts WHERE worker = $1")
        .bind(worker)
        .fetch_one(house.db.reader())
        .await
        .unwrap();
    attempts > 0
}

async fn two_workers_share_a_pull_and_double_nothing(db: TestDb) {
    let house = House::beside(db, company(DOCUMENTS)).await;
    let second = engine(house.db.clone(), &house.simulator.url(), house.clock.clone(), 2);
    house.look().await;
    let run = house.engine.start_pull(&house.scope, KIND, Selection::All, Cause::Manual).await.unwrap();
    let stop = [CancellationToken::new(), CancellationToken::new()];
    let settings = NAMES.map(sharing);
    // Whoever has begun goes home after the first records; the other one was there all the time. Asked again and again:
    // the signal of one engine does not tell what the other one does.
    let watch = async {
        while house.engine.run(&house.scope, &run).await.unwrap().done == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let first = usize::from(has_worked(&house, NAMES[1]).await && !has_worked(&house, NAMES[0]).await);
        stop[first].cancel();
        let view = house.engine.wait_for_run(&house.scope, &run, Duration::from_mins(1)).await.unwrap();
        stop[1 - first].cancel();
        view
    };
    let ((), (), view) =
        tokio::join!(house.engine.work(&settings[0], &stop[0]), second.work(&settings[1], &stop[1]), watch);
    let all = i64::try_from(DOCUMENTS).unwrap();
    assert_eq!((view.state, view.total, view.created), (RunState::Done, all, all), "{view:?}");
    assert_eq!(truth::documents(&house.db, &house.scope).await.len(), DOCUMENTS);
    let documents = "SELECT COUNT(*) FROM sales_documents WHERE tenant_id = $1";
    assert_eq!(count(&house, documents).await, all);
    assert!(has_worked(&house, NAMES[0]).await && has_worked(&house, NAMES[1]).await);
}

async fn a_worker_that_was_believed_dead_changes_nothing(db: TestDb) {
    let house = House::beside(db, company(DOCUMENTS)).await;
    let second = engine(house.db.clone(), &house.simulator.url(), house.clock.clone(), 2);
    let run = house.engine.start_look(&house.scope, KIND, Cause::Manual).await.unwrap();
    house.simulator.add_fault(FaultRule::nth("search", 2, Effect::DelayMs { ms: 1_500 })).unwrap();
    let settings = patient();
    let slow = house.engine.run_pending_jobs(&settings);
    let takes_over = async {
        while house.simulator.request_counts().get("search").copied().unwrap_or_default() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        house.advance(patient().lease + Duration::from_secs(1));
        let other = WorkerSettings { owner: "other".to_owned(), ..patient() };
        second.run_pending_jobs(&other).await.unwrap();
        let ended = house.engine.run(&house.scope, &run).await.unwrap();
        (ended, house.waiting().await)
    };
    let (_, (ended, waiting)) = tokio::join!(slow, takes_over);
    assert_eq!(ended.state, RunState::Done, "{ended:?}");
    assert_eq!(waiting.1, i64::try_from(DOCUMENTS).ok());
    // The first one has come back since: it found that the job is not its own any more.
    assert_eq!(house.engine.run(&house.scope, &run).await.unwrap(), ended);
    assert_eq!(house.waiting().await, waiting);
    let lost =
        "SELECT COUNT(*) FROM job_attempts WHERE tenant_id = $1 AND outcome = 'lost' AND worker = 'test'";
    assert_eq!(count(&house, lost).await, 1);
    assert_eq!(house.pull().await.created, i64::try_from(DOCUMENTS).unwrap());
}

async fn a_worker_that_is_told_to_stop_gives_its_job_back(db: TestDb) {
    let house = House::beside(db, company(DOCUMENTS)).await;
    house.look().await;
    let run = house.engine.start_pull(&house.scope, KIND, Selection::All, Cause::Manual).await.unwrap();
    let cancel = CancellationToken::new();
    let mut signal = house.engine.event_signal();
    let stop = async {
        while house.engine.run(&house.scope, &run).await.unwrap().done == 0 {
            signal.changed().await.unwrap();
        }
        cancel.cancel();
    };
    let settings = patient();
    tokio::join!(house.engine.work(&settings, &cancel), stop);
    let view = house.engine.run(&house.scope, &run).await.unwrap();
    assert!(view.done > 0, "{view:?}");
    if !view.is_ended() {
        let free =
            "SELECT COUNT(*) FROM jobs WHERE tenant_id = $1 AND state = 'queued' AND lease_owner IS NULL";
        assert_eq!(count(&house, free).await, 1);
        assert!(view.done < view.total);
    }
    let view = house.finish(&run).await;
    assert_eq!((view.state, view.created), (RunState::Done, i64::try_from(DOCUMENTS).unwrap()), "{view:?}");
}

async fn a_feed_is_read_once_in_a_run_whatever_the_clocks_say(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    house.look().await; // Learns which filters there are.
    // One instance is ten minutes ahead of the other, and has just looked and scanned.
    let behind = Arc::new(ManualClock::new(house.engine.now()));
    let other = engine(house.db.clone(), &house.simulator.url(), behind, 2);
    house.advance(Duration::from_mins(10));
    let mut counts = Vec::new();
    for engine in [&house.engine, &other] {
        house.simulator.clear_requests();
        for scans in [false, true] {
            let run = if scans {
                engine.start_scan(&house.scope, KIND, Cause::Schedule).await.unwrap()
            } else {
                engine.start_look(&house.scope, KIND, Cause::Manual).await.unwrap()
            };
            engine.run_pending_jobs(&patient()).await.unwrap();
            assert_eq!(engine.run(&house.scope, &run).await.unwrap().state, RunState::Done);
            counts.push(house.simulator.request_counts());
        }
    }
    assert_eq!(counts[..2], counts[2..]);
}

/// A worker that gives the job back after every call, and one whose calls fail half of the time.
async fn a_walk_goes_on_at_its_page_whoever_goes_on_with_it(db: TestDb) {
    let house = House::synced(db, DOCUMENTS + 200).await;
    let deleted = delete_some(&house);
    let scan = async || house.engine.start_scan(&house.scope, KIND, Cause::Schedule).await.unwrap();
    house.simulator.clear_requests();
    let run = scan().await;
    house.finish(&run).await;
    let quiet = house.simulator.request_counts();
    assert!(quiet["search"] >= 12 && house.waiting().await.1 == i64::try_from(deleted).ok(), "{quiet:?}");

    house.simulator.clear_requests();
    let run = scan().await;
    let settings = WorkerSettings { slice: Duration::ZERO, ..patient() };
    let slices = house.engine.run_pending_jobs(&settings);
    let slices = tokio::time::timeout(Duration::from_mins(1), slices).await.expect("the run ends").unwrap();
    let calls = house.simulator.request_counts();
    let without = |calls: &BTreeMap<String, u64>| (calls["search"], calls["product_list"]);
    assert_eq!(without(&calls), without(&quiet));
    assert!(slices as u64 > calls["search"], "{slices} slices");
    assert_eq!(house.engine.run(&house.scope, &run).await.unwrap().state, RunState::Done);

    house.simulator.clear_requests();
    for n in (2..).step_by(2).take(40) {
        house.simulator.add_fault(FaultRule::nth("search", n, Effect::CutBody)).unwrap();
    }
    let run = scan().await;
    let view = house.finish(&run).await;
    assert_eq!(view.state, RunState::Done, "{view:?}");
    assert!(house.simulator.request_counts()["search"] <= 2 * quiet["search"]);
    assert_eq!(house.waiting().await.1, i64::try_from(deleted).ok());
}

/// Fewer than would be called another company.
fn delete_some(house: &House) -> usize {
    let orders = house.truth().into_iter().filter(|one| one.doc_type == DocType::SalesOrder);
    let some: Vec<TruthDocument> = orders.take(4).collect();
    for document in &some {
        let (company, doc_type) = (Some(COMPANY.to_owned()), Some(document.doc_type));
        let record = RecordRef { company, kind: Kind::Document, doc_type, id: document.id.clone() };
        house.simulator.delete(&record).unwrap();
    }
    some.len()
}

async fn a_long_slice_delays_nothing_that_is_due(db: TestDb) {
    let house = House::beside(db, company(100)).await;
    let other = workspace(&house.engine, "Kovinarstvo", &house.simulator.url(), KEY).await;
    house.simulator.add_fault(FaultRule::always("*", Effect::CutBody)).unwrap();
    let failed = house.engine.start_look(&other, KIND, Cause::Manual).await.unwrap();
    for _ in 0..5 {
        house.engine.run_pending_jobs(&patient()).await.unwrap();
        house.advance(Duration::from_secs(5));
    }
    assert_eq!(house.engine.run(&other, &failed).await.unwrap().state, RunState::Failed);
    house.simulator.clear_faults();
    house.simulator.clear_requests();
    // Not due yet when the only hand of the worker begins.
    let later = house.engine.now() + Duration::from_hours(1);
    execute(
        &house.db,
        &format!(
            "UPDATE connection_kinds SET next_try_at = {} WHERE next_try_at IS NOT NULL",
            later.as_microsecond()
        ),
    )
    .await;
    house.simulator.add_fault(FaultRule::nth("search", 1, Effect::DelayMs { ms: 3_000 })).unwrap();
    let long = house.engine.start_look(&house.scope, KIND, Cause::Manual).await.unwrap();
    let cancel = CancellationToken::new();
    let settings = WorkerSettings { jobs: 1, idle: Duration::from_millis(10), ..patient() };
    let watch = async {
        while !house.simulator.request_counts().contains_key("search") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        house.advance(Duration::from_hours(1));
        let started = "SELECT COUNT(*) FROM sync_runs WHERE tenant_id = $1 AND cause = 'schedule'";
        while truth::number(&house.db, &other, started).await == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(!house.engine.run(&house.scope, &long).await.unwrap().is_ended());
        cancel.cancel();
    };
    tokio::join!(house.engine.work(&settings, &cancel), watch);
}

async fn a_worker_that_is_stuck_is_seen_by_its_heartbeat(db: TestDb) {
    let house = House::beside(db, company(100)).await;
    assert_eq!(house.engine.worker_heartbeat_age(), None);
    let cancel = CancellationToken::new();
    let settings = WorkerSettings { jobs: 1, idle: Duration::from_millis(5), ..patient() };
    let watch = async {
        // The worker begins before this does.
        assert_eq!(house.engine.worker_heartbeat_age(), Some(Duration::ZERO));
        house.advance(Duration::from_mins(2));
        while house.engine.worker_heartbeat_age() != Some(Duration::ZERO) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        house.engine.start_look(&house.scope, KIND, Cause::Manual).await.unwrap();
        // Somebody holds every connection that writes.
        let mut held = vec![house.db.begin().await.unwrap()];
        while let Ok(tx) = tokio::time::timeout(Duration::from_millis(200), house.db.begin()).await {
            held.push(tx.unwrap());
        }
        house.advance(Duration::from_mins(2));
        tokio::time::sleep(Duration::from_millis(100)).await;
        let age = house.engine.worker_heartbeat_age();
        drop(held);
        assert!(age >= Some(Duration::from_mins(2)), "{age:?}");
        cancel.cancel();
    };
    tokio::join!(house.engine.work(&settings, &cancel), watch);
    assert_eq!(house.engine.worker_heartbeat_age(), None);
}
