//! Scans: everything in scope is read again, and what is gone is found out (policy A).

use std::time::Duration;

use engine::sync::{Cause, ConnectionState, RunState, RunView};
use engine::test_support::TestDb;
use metakocka_simulator::{DocType, Effect, FaultRule, Kind, RecordRef, TruthDocument};

use crate::house::{COMPANY, House, KIND, patient};
use crate::tables::execute;
use crate::truth;

const DOCUMENTS: usize = 300;

engine::each_engine!(
    a_scan_finds_what_was_deleted_there_and_asks,
    a_look_that_misses_a_record_does_not_call_it_gone,
    very_many_missing_records_pause_the_connection,
    an_unchanged_scan_leaves_everything_as_it_is,
    a_scan_that_fails_is_begun_again_in_the_same_night_and_not_every_minute,
    the_scans_of_a_night_share_its_calls,
);

async fn scan(house: &House) -> RunView {
    let run = house.engine.start_scan(&house.scope, KIND, Cause::Schedule).await.unwrap();
    house.finish(&run).await
}

fn delete(house: &House, document: &TruthDocument) {
    let record = RecordRef {
        company: Some(COMPANY.to_owned()),
        kind: Kind::Document,
        doc_type: Some(document.doc_type),
        id: document.id.clone(),
    };
    house.simulator.delete(&record).unwrap();
}

async fn a_scan_finds_what_was_deleted_there_and_asks(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let order = house.find(DocType::SalesOrder, |_| true);
    delete(&house, &order);
    let run = scan(&house).await;
    assert_eq!(run.state, RunState::Done, "{run:?}");
    let (rows, total) = house.waiting().await;
    assert_eq!(total, Some(1), "{rows:#?}");
    assert_eq!((rows[0].number.as_str(), rows[0].record_id.is_some()), (order.number.as_str(), true));
    assert_eq!(rows[0].sentence.as_deref(), Some("Metakocka no longer has it; what is here is kept."));
}

async fn a_look_that_misses_a_record_does_not_call_it_gone(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    delete(&house, &house.find(DocType::SalesOrder, |_| true));
    house.look().await;
    assert_eq!(house.waiting().await.1, Some(0));
}

async fn very_many_missing_records_pause_the_connection(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    for document in house.truth().into_iter().filter(|one| one.doc_type == DocType::SalesOrder).take(20) {
        delete(&house, &document);
    }
    let run = scan(&house).await;
    assert_eq!((run.state, run.error_code.as_deref()), (RunState::Failed, Some("paused")), "{run:?}");
    let connection = house.engine.connection(&house.scope).await.unwrap().unwrap();
    assert_eq!(connection.state, ConnectionState::Paused);
    assert_eq!(house.waiting().await.1, Some(0));
}

async fn an_unchanged_scan_leaves_everything_as_it_is(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let run = scan(&house).await;
    assert_eq!((run.state, run.total, run.created, run.updated), (RunState::Done, 0, 0, 0), "{run:?}");
    assert_eq!(house.waiting().await.1, Some(0));
}

/// From the hour at which a house begins to two in the morning of Ljubljana.
const TO_THE_NIGHT: Duration = Duration::from_hours(16);
const DAY: Duration = Duration::from_hours(24);

/// Lets minutes of schedule and work pass.
async fn pass_minutes(house: &House, minutes: u32) {
    for _ in 0..minutes {
        house.engine.start_due_runs().await.unwrap();
        house.engine.run_pending_jobs(&patient()).await.unwrap();
        house.advance(Duration::from_mins(1));
    }
}

/// How many scans the schedule has begun, and how many of them are done.
async fn scans(house: &House) -> (i64, i64) {
    let begun = "SELECT COUNT(*) FROM sync_runs WHERE tenant_id = $1 AND scans = 1 AND cause = 'schedule'";
    let done = "SELECT COUNT(*) FROM sync_runs WHERE tenant_id = $1 AND scans = 1 AND cause = 'schedule' \
                AND state = 'done'";
    (truth::number(&house.db, &house.scope, begun).await, truth::number(&house.db, &house.scope, done).await)
}

async fn a_scan_that_fails_is_begun_again_in_the_same_night_and_not_every_minute(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    house.advance(TO_THE_NIGHT);
    pass_minutes(&house, 1).await;
    assert_eq!(scans(&house).await, (0, 0), "nothing is due: it was all read today");
    house.advance(DAY);
    house.simulator.add_fault(FaultRule::always("search", Effect::Garbage)).unwrap();
    pass_minutes(&house, 60).await;
    let (begun, done) = scans(&house).await;
    assert!((2..=5).contains(&begun) && done == 0, "{begun} begun, {done} done");
    house.simulator.clear_faults();
    pass_minutes(&house, 60).await;
    let (again, done) = scans(&house).await;
    assert_eq!((again, done), (begun + 1, 1));
}

async fn the_scans_of_a_night_share_its_calls(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    house.simulator.clear_requests();
    scan(&house).await;
    let whole = house.simulator.request_counts()["search"];
    house.advance(TO_THE_NIGHT + DAY);
    house.simulator.add_fault(FaultRule::always("search", Effect::Garbage)).unwrap();
    pass_minutes(&house, 1).await;
    let (begun, _) = scans(&house).await;
    // It had made nearly all of the night's calls before it failed.
    execute(&house.db, "UPDATE sync_runs SET calls = 1996 WHERE state = 'failed'").await;
    house.simulator.clear_faults();
    house.simulator.clear_requests();
    let looked_at = house.engine.waiting(&house.scope, KIND, None, 1).await.unwrap().checked_at;
    pass_minutes(&house, 120).await;
    assert_eq!(scans(&house).await.0, begun + 1);
    let first = house.simulator.request_counts();
    assert_eq!(first.values().sum::<u64>(), 4, "{first:?}");

    house.advance(Duration::from_hours(22));
    pass_minutes(&house, 60).await;
    assert_eq!(scans(&house).await.0, begun + 2);
    // The first night ended in the midst of a list, and the second went on there.
    let second = house.simulator.request_counts()["search"] - first["search"];
    assert_eq!(second, whole - 1);
    let now = house.engine.waiting(&house.scope, KIND, None, 1).await.unwrap();
    assert_eq!((now.total, now.checked_at), (Some(0), looked_at), "not all of it was read in one night");
}
