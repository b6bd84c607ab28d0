//! Runs as people and programs see them: who joins whom, what is counted, what is announced, and to whom.

use std::time::Duration;

use engine::EngineError;
use engine::access::{Language, NewUser, Role, WorkspaceChoice};
use engine::crm::ListQuery;
use engine::sync::{Cause, ExternalKey, Moved, RunState, RunView, Selection, WaitingReason};
use engine::test_support::TestDb;
use metakocka_simulator::{DocType, TruthDocument};
use serde_json::json;
use sync_core::state::{ButtonState, Click};
use tokio_util::sync::CancellationToken;

use crate::house::{COMPANY, House, KEY, KIND, company, patient, state_code, tell, workspace};
use crate::tables::execute;

const DOCUMENTS: usize = 120;

engine::each_engine!(
    equal_wishes_join_and_others_are_told_to_wait,
    records_named_one_by_one_are_each_accounted_for,
    an_id_without_its_type_is_found_though_nobody_has_looked,
    an_id_that_two_types_share_asks_for_its_type,
    events_have_no_gaps_and_tell_what_the_run_says,
    two_workspaces_with_one_company_do_not_see_each_other,
    who_only_reads_starts_nothing,
);

fn named(document: &TruthDocument) -> ExternalKey {
    ExternalKey { remote_type: Some(document.doc_type.name().to_owned()), id: document.id.clone() }
}

async fn equal_wishes_join_and_others_are_told_to_wait(db: TestDb) {
    let house = House::beside(db, company(DOCUMENTS)).await;
    let (engine, scope) = (&house.engine, &house.scope);
    let look = engine.start_look(scope, KIND, Cause::Manual).await.unwrap();
    assert_eq!(engine.start_look(scope, KIND, Cause::Api).await.unwrap(), look);
    let pull = engine.start_pull(scope, KIND, Selection::All, Cause::Manual).await;
    assert_eq!(state_code(pull), "run_in_progress");
    assert_eq!(state_code(engine.start_sync(scope, KIND, Cause::Schedule).await), "run_in_progress");
    house.finish(&look).await;

    let pull = engine.start_pull(scope, KIND, Selection::All, Cause::Manual).await.unwrap();
    assert_eq!(engine.start_pull(scope, KIND, Selection::All, Cause::Api).await.unwrap(), pull);
    let one = Selection::These(vec![named(&house.truth()[0])]);
    assert_eq!(state_code(engine.start_pull(scope, KIND, one.clone(), Cause::Api).await), "run_in_progress");
    assert_eq!(state_code(engine.start_look(scope, KIND, Cause::Manual).await), "run_in_progress");
    assert!(
        matches!(house.button().await, ButtonState::Syncing(progress) if progress.total == DOCUMENTS as u64)
    );
    house.finish(&pull).await;

    let these = engine.start_pull(scope, KIND, one.clone(), Cause::Api).await.unwrap();
    assert_ne!(these, pull);
    assert_eq!(engine.start_pull(scope, KIND, one, Cause::Api).await.unwrap(), these);
    house.finish(&these).await;
    assert!(matches!(engine.run(scope, "0").await, Err(EngineError::NotFound)));
}

async fn records_named_one_by_one_are_each_accounted_for(db: TestDb) {
    let house = House::beside(db, company(DOCUMENTS)).await;
    let orders: Vec<TruthDocument> =
        house.truth().into_iter().filter(|one| one.doc_type == DocType::SalesOrder).collect();
    let malformation = Some(metakocka_simulator::Malformation::Total);
    house.simulator.malform(COMPANY, DocType::SalesOrder, &orders[1].id, malformation).unwrap();
    house.look().await;
    house.pull_these(Selection::These(vec![named(&orders[2])])).await;

    let unknown = |remote_type: Option<&str>, id: &str| ExternalKey {
        remote_type: remote_type.map(str::to_owned),
        id: id.to_owned(),
    };
    let untyped = unknown(None, &orders[3].id);
    let keys = vec![
        named(&orders[0]),
        named(&orders[0]),
        named(&orders[1]),
        named(&orders[2]),
        untyped,
        unknown(Some("sales_order"), "999999999"),
        unknown(Some("sales_order"), "not-an-id"),
        unknown(Some("purchase_order"), "400000701"),
        unknown(None, "999999998"),
    ];
    let run = house.pull_these(Selection::These(keys)).await;
    assert_eq!((run.state, run.total, run.done), (RunState::Done, 8, 8), "{run:?}");
    assert_eq!((run.created, run.unchanged, run.failed), (2, 1, 5), "{run:?}");
    let mut problems: Vec<(String, String, Option<String>)> = house
        .engine
        .run_problems(&house.scope, &run.id)
        .await
        .unwrap()
        .into_iter()
        .map(|one| (one.external_id, one.outcome, one.code))
        .collect();
    problems.sort();
    let failed = |id: &str, code: &str| (id.to_owned(), "failed".to_owned(), Some(code.to_owned()));
    let mut expected = vec![
        failed(&orders[1].id, "unreadable"),
        failed("999999999", "not_found"),
        failed("not-an-id", "not_found"),
        failed("400000701", "not_found"),
        failed("999999998", "not_found"),
    ];
    expected.sort();
    assert_eq!(problems, expected);
    let (rows, total) = house.waiting().await;
    assert_eq!(total, i64::try_from(DOCUMENTS - 3).ok());
    let unreadable = rows.iter().filter(|row| row.reason == WaitingReason::Unreadable);
    assert_eq!(unreadable.map(|row| row.external_id.clone()).collect::<Vec<_>>(), [orders[1].id.clone()]);
}

fn bare(id: &str) -> ExternalKey {
    ExternalKey { remote_type: None, id: id.to_owned() }
}

/// Takes one record while a worker works.
async fn pull_one(house: &House, key: ExternalKey) -> Result<Moved, EngineError> {
    let patience = Duration::from_secs(20);
    let pull = house.engine.pull_one(&house.scope, KIND, key, Cause::Api, patience);
    let cancel = CancellationToken::new();
    let settings = patient();
    let answer = async {
        let answer = pull.await;
        cancel.cancel();
        answer
    };
    tokio::join!(answer, house.engine.work(&settings, &cancel)).0
}

async fn an_id_without_its_type_is_found_though_nobody_has_looked(db: TestDb) {
    let house = House::beside(db, company(DOCUMENTS)).await;
    let one_of = |doc_type| house.find(doc_type, |_| true);
    let types = [DocType::SalesOrder, DocType::SalesBillForeign, DocType::SalesOffer];
    let documents = types.map(one_of);
    let keys = documents.iter().map(|one| bare(&one.id)).chain([bare("999999998")]).collect();
    let run = house.pull_these(Selection::These(keys)).await;
    assert_eq!((run.state, run.total, run.created, run.failed), (RunState::Done, 4, 3, 1), "{run:?}");
    for document in &documents {
        assert_eq!(house.here(document).await.number, document.number);
    }
    let problems = house.engine.run_problems(&house.scope, &run.id).await.unwrap();
    assert_eq!(problems[0].code.as_deref(), Some("not_found"), "{problems:?}");

    let credit_note = one_of(DocType::SalesBillCreditNote);
    let Moved { item, run } = pull_one(&house, bare(&credit_note.id)).await.unwrap();
    let item = item.unwrap();
    assert_eq!((item.outcome.as_str(), run.created), ("created", 1), "{item:?}");
    assert_eq!((item.remote_type.as_str(), &item.label), (credit_note.doc_type.name(), &credit_note.number));
    assert_eq!(item.record_id, Some(house.here(&credit_note).await.id));
    let again = pull_one(&house, named(&credit_note)).await.unwrap();
    assert_eq!(again.item.unwrap().outcome, "unchanged");
    let missing = pull_one(&house, bare("999999998")).await;
    assert!(matches!(missing, Err(EngineError::NotFound)), "{missing:?}");
}

async fn an_id_that_two_types_share_asks_for_its_type(db: TestDb) {
    let house = House::beside(db, company(DOCUMENTS)).await;
    house.look().await;
    let order = house.find(DocType::SalesOrder, |_| true);
    let other = house.find(DocType::SalesOffer, |_| true);
    let sql = format!("UPDATE mirror SET external_id = '{}' WHERE external_id = '{}'", order.id, other.id);
    execute(&house.db, &sql).await;
    let shared = pull_one(&house, bare(&order.id)).await;
    let Err(EngineError::State(conflict)) = shared else { panic!("{shared:?}") };
    assert_eq!(conflict.code.as_str(), "ambiguous_type");
    assert!(conflict.sentence.contains("(sales_offer, sales_order)"), "{}", conflict.sentence);
    // One such id does not stop the others.
    let keys = vec![bare(&order.id), bare(&house.find(DocType::SalesBillRetail, |_| true).id)];
    let run = house.pull_these(Selection::These(keys)).await;
    assert_eq!((run.created, run.failed), (1, 1), "{run:?}");
    assert!(pull_one(&house, named(&order)).await.is_ok());
}

async fn events_have_no_gaps_and_tell_what_the_run_says(db: TestDb) {
    let house = House::beside(db, company(600)).await;
    house.look().await;
    let before = house.engine.last_event(&house.scope).await.unwrap();
    let pull = house.pull().await;
    let events = house.engine.events_after(&house.scope, before, 2_000).await.unwrap();
    let numbers: Vec<i64> = events.iter().map(|event| event.seq).collect();
    let expected: Vec<i64> = (before + 1..).take(numbers.len()).collect();
    assert_eq!(numbers, expected);
    assert_eq!(numbers.last().copied(), Some(house.engine.last_event(&house.scope).await.unwrap()));

    let told: Vec<RunView> = events
        .iter()
        .filter(|event| event.topic == "run")
        .map(|event| serde_json::from_str(&event.payload).unwrap())
        .collect();
    let progress: Vec<i64> = told.iter().map(|view| view.done).collect();
    assert!(progress.is_sorted(), "{progress:?}");
    let mut rising = progress.clone();
    rising.dedup();
    tell(&format!("progress that was told: {rising:?}"));
    assert!(rising.len() > 5, "{rising:?}");
    for view in &told {
        assert_eq!((view.id.as_str(), view.total), (pull.id.as_str(), 600));
        assert_eq!(
            view.created + view.updated + view.unchanged + view.failed + view.review + view.skipped,
            view.done
        );
    }
    assert_eq!(told.last(), Some(&pull));
    assert!(events.iter().any(|event| event.topic == "documents"));
    assert!(events.iter().any(|event| event.topic == "button"));
}

async fn two_workspaces_with_one_company_do_not_see_each_other(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let other = workspace(&house.engine, "Kovinarstvo", &house.simulator.url(), KEY).await;
    let (engine, own) = (&house.engine, &house.scope);
    assert_eq!(engine.button(&other, KIND).await.unwrap().state, ButtonState::NotLooked);
    assert_eq!(engine.sales_documents(&other, &ListQuery::default()).await.unwrap().all, 0);
    assert!(engine.events_after(&other, 0, 10).await.unwrap().is_empty());

    // Both bring all of it, at the same time.
    let order = house.find(DocType::SalesOrder, |_| true);
    house.edit_there(&order, json!({ "title": "Za oba" }));
    let mine = engine.start_sync(own, KIND, Cause::Schedule).await.unwrap();
    let theirs = engine.start_sync(&other, KIND, Cause::Schedule).await.unwrap();
    engine.run_pending_jobs(&patient()).await.unwrap();
    let (mine, theirs) = (engine.run(own, &mine).await.unwrap(), engine.run(&other, &theirs).await.unwrap());
    assert_eq!((mine.state, mine.total, mine.updated), (RunState::Done, 1, 1), "{mine:?}");
    let all = i64::try_from(DOCUMENTS).unwrap();
    assert_eq!((theirs.state, theirs.total, theirs.created), (RunState::Done, all, all), "{theirs:?}");

    assert!(matches!(engine.run(&other, &mine.id).await, Err(EngineError::NotFound)));
    assert!(engine.run_problems(&other, &mine.id).await.unwrap().is_empty());
    let here = house.here(&order).await;
    assert!(matches!(engine.sales_document(&other, &here.id).await, Err(EngineError::NotFound)));
    assert!(matches!(engine.forget_link(&other, &here.id).await, Err(EngineError::NotFound)));
    // An edit of one is no edit of the other.
    house.edit_title_here(&order, "Samo pri nas").await;
    let search = ListQuery { search: Some(order.number.clone()), ..ListQuery::default() };
    let rows = engine.sales_documents(&other, &search).await.unwrap().rows;
    assert!(rows.iter().all(|row| row.title != "Samo pri nas" && row.id != here.id), "{rows:?}");
    assert!(rows.iter().any(|row| row.title == "Za oba"), "{rows:?}");
}

async fn who_only_reads_starts_nothing(db: TestDb) {
    let house = House::beside(db, company(DOCUMENTS)).await;
    let reader = NewUser {
        email: "bine@example.test".to_owned(),
        name: "Bine Bralec".to_owned(),
        password: "geslo-geslo".to_owned().into(),
        language: Language::default(),
        role: Role::ReadOnly,
        workspace: WorkspaceChoice::Existing("Lesna oprema".to_owned()),
    };
    house.engine.add_user(reader).await.unwrap();
    let scope = house.engine.scope_for_operator("Lesna oprema", Some("bine@example.test")).await.unwrap();
    let look = house.engine.start_look(&scope, KIND, Cause::Manual).await;
    assert!(matches!(look, Err(EngineError::Forbidden)), "{look:?}");
    let button = house.engine.button(&scope, KIND).await.unwrap();
    assert_eq!((button.state, button.enabled, button.click), (ButtonState::NotLooked, false, Click::None));
    house.look().await;
    let pull = house.engine.start_pull(&scope, KIND, Selection::All, Cause::Manual).await;
    assert!(matches!(pull, Err(EngineError::Forbidden)), "{pull:?}");
}
