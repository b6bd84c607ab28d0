//! The key that was entered is one of another company, or the company behind it became another one (contract §8, policy A).

use engine::EngineError;
use engine::sync::{Cause, ConnectionInput, ConnectionState, RunState};
use engine::test_support::TestDb;
use metakocka_simulator::{DocType, Kind, RecordRef};

use crate::house::{COMPANY, House, KEY, KIND, company, connection, state_code};

engine::each_engine!(
    another_company_is_refused_where_records_are_linked,
    another_company_is_taken_where_nothing_is_linked_yet,
    records_that_are_missing_of_several_types_are_counted_together,
);

/// Another company's id with this one's address.
fn other(house: &House) -> ConnectionInput {
    ConnectionInput { company_id: "17".to_owned(), ..connection(&house.simulator.url(), KEY) }
}

async fn another_company_is_refused_where_records_are_linked(db: TestDb) {
    let house = House::synced(db, 40).await;
    let refused = house.engine.save_connection(&house.scope, &other(&house)).await;
    let Err(EngineError::State(conflict)) = &refused else { panic!("{refused:?}") };
    assert!(conflict.sentence.contains("linked to another Metakocka company"), "{}", conflict.sentence);
    assert!(conflict.sentence.contains("Use another workspace"), "{}", conflict.sentence);
    assert_eq!(state_code(refused), "other_company");
    let kept = house.engine.connection(&house.scope).await.unwrap().unwrap();
    assert_eq!((kept.company_id.as_str(), kept.state), (COMPANY, ConnectionState::Active));
    assert_eq!(house.look().await.state, RunState::Done);
}

async fn another_company_is_taken_where_nothing_is_linked_yet(db: TestDb) {
    let house = House::beside(db, company(40)).await;
    house.look().await;
    assert_eq!(house.waiting().await.1, Some(40));
    house.engine.save_connection(&house.scope, &other(&house)).await.unwrap();
    assert_eq!(house.waiting().await.1, None, "what the other company has says nothing about this one");
}

/// More than 5 and more than 2 % of the links of a kind, whichever types they are of: a company that is restored or exchanged
/// misses a few of each.
async fn records_that_are_missing_of_several_types_are_counted_together(db: TestDb) {
    let house = House::synced(db, 120).await;
    for doc_type in [DocType::SalesOrder, DocType::SalesOffer, DocType::SalesBillDomestic] {
        for document in house.truth().into_iter().filter(|one| one.doc_type == doc_type).take(3) {
            let company = Some(COMPANY.to_owned());
            let record =
                RecordRef { company, kind: Kind::Document, doc_type: Some(doc_type), id: document.id };
            house.simulator.delete(&record).unwrap();
        }
    }
    let run = house.engine.start_scan(&house.scope, KIND, Cause::Schedule).await.unwrap();
    let run = house.finish(&run).await;
    assert_eq!((run.state, run.error_code.as_deref()), (RunState::Failed, Some("paused")), "{run:?}");
    assert!(run.error.as_deref().is_some_and(|said| said.contains("Is this another company?")), "{run:?}");
    let paused = house.engine.connection(&house.scope).await.unwrap().unwrap();
    assert_eq!((paused.state, paused.reason.as_deref()), (ConnectionState::Paused, Some("another_company")));
    let refused = house.engine.start_look(&house.scope, KIND, Cause::Manual).await;
    let Err(EngineError::State(conflict)) = &refused else { panic!("{refused:?}") };
    assert!(conflict.sentence.contains("another company"), "{}", conflict.sentence);
    assert_eq!(state_code(refused), "paused");
    // The owner says that it is the same: work goes on.
    let same = connection(&house.simulator.url(), KEY);
    house.engine.save_connection(&house.scope, &same).await.unwrap();
    assert_eq!(house.look().await.state, RunState::Done);
}
