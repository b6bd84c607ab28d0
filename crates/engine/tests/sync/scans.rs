//! Scans: everything in scope is read again, and what is gone is found out (policy A).

use engine::sync::{Cause, ConnectionState, RunState, RunView};
use engine::test_support::TestDb;
use metakocka_simulator::{DocType, Kind, RecordRef, TruthDocument};

use crate::house::{COMPANY, House, KIND};

const DOCUMENTS: usize = 300;

engine::each_engine!(
    a_scan_finds_what_was_deleted_there_and_asks,
    a_look_that_misses_a_record_does_not_call_it_gone,
    very_many_missing_records_pause_the_connection,
    an_unchanged_scan_leaves_everything_as_it_is,
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
