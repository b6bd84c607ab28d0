//! What lies there until somebody does something, and runs that a person ends early.

use std::time::Duration;

use engine::EngineError;
use engine::access::{Language, NewUser, Role, TenantScope, WorkspaceChoice};
use engine::crm::DocumentInput;
use engine::sync::{
    Again, AlarmKind, Cause, FailureKind, LookedAgain, Outgoing, QuestionFilter, RunState, RunView, Selection,
};
use engine::test_support::TestDb;
use metakocka_simulator::{DocType, Effect, FaultRule, Quota, RecordRef, Settings, TruthDocument};
use serde_json::json;

use crate::house::{COMPANY, House, KIND, company, patient};
use crate::pushes::{new_orders, order, push, status};
use crate::tables::execute;

const DOCUMENTS: usize = 40;
const ORDERS: usize = 10;

engine::each_engine!(
    a_run_that_waits_is_cancelled_and_has_done_nothing,
    what_is_on_its_way_ends_and_nothing_new_begins,
    a_cancelled_look_reads_no_further,
    what_did_not_go_through_is_listed_and_sent_again,
    what_the_last_run_could_not_do_is_listed_until_it_is_done,
    an_alarm_is_shown_until_somebody_has_seen_it,
    a_copy_that_carries_the_sign_is_asked_about_until_it_is_gone,
    a_copy_that_is_a_record_of_its_own_is_taken_and_never_asked_about_again,
    who_only_reads_cancels_and_answers_nothing,
);

fn sums(run: &RunView) -> i64 {
    run.created + run.updated + run.unchanged + run.failed + run.unknown + run.review + run.skipped
}

async fn a_run_that_waits_is_cancelled_and_has_done_nothing(db: TestDb) {
    let house = House::beside(db, company(DOCUMENTS)).await;
    house.look().await;
    let run = house.engine.start_pull(&house.scope, KIND, Selection::All, Cause::Manual).await.unwrap();
    let asked = house.engine.cancel_run(&house.scope, &run).await.unwrap();
    assert!(!asked.is_ended() && asked.cancel_asked_at.is_some(), "{asked:?}");
    let run = house.finish(&run).await;
    let all = i64::try_from(DOCUMENTS).unwrap();
    assert_eq!(
        (run.state, run.total, run.skipped, run.created),
        (RunState::Cancelled, all, all, 0),
        "{run:?}"
    );
    let problems = house.engine.run_problems(&house.scope, &run.id).await.unwrap();
    assert!(problems.iter().all(|item| item.code.as_deref() == Some("cancelled")), "{problems:?}");
    // One that has ended stays as it is, and the next one takes everything.
    let again = house.engine.cancel_run(&house.scope, &run.id).await.unwrap();
    assert_eq!(again, run);
    let pull = house.pull().await;
    assert_eq!((pull.state, pull.created), (RunState::Done, all), "{pull:?}");
    let late = house.engine.cancel_run(&house.scope, &pull.id).await.unwrap();
    assert_eq!(late, pull);
}

async fn fresh_orders(house: &House, how_many: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for at in 0..how_many {
        let input = DocumentInput { title: Some(format!("Naročilo {at}")), ..order(house).await };
        ids.push(house.engine.create_sales_document(&house.scope, &input).await.unwrap());
    }
    ids
}

/// Waits until so many records of a run are settled, while somebody else works on it.
async fn settled(house: &House, run: &str, how_many: i64) {
    while house.engine.run(&house.scope, run).await.unwrap().done < how_many {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn what_is_on_its_way_ends_and_nothing_new_begins(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let before = house.truth();
    fresh_orders(&house, ORDERS).await;
    let latency_ms = [("put_document".to_owned(), 100)].into();
    house.simulator.set_settings(Settings { latency_ms, ..Settings::default() }).unwrap();
    let run = house.engine.start_push(&house.scope, KIND, Outgoing::All, Cause::Manual).await.unwrap();
    let settings = patient();
    let cancelling = async {
        settled(&house, &run, 1).await;
        house.engine.cancel_run(&house.scope, &run).await.unwrap();
    };
    let (worked, ()) = tokio::join!(house.engine.run_pending_jobs(&settings), cancelling);
    worked.unwrap();
    let run = house.engine.run(&house.scope, &run).await.unwrap();
    let all = i64::try_from(ORDERS).unwrap();
    assert_eq!((run.state, run.total, sums(&run)), (RunState::Cancelled, all, all), "{run:?}");
    assert!(run.created >= 1 && run.skipped >= 1, "{run:?}");
    assert_eq!(run.cancelled_by, None, "the operator has no name");
    assert_eq!(i64::try_from(new_orders(&house, &before).len()).unwrap(), run.created);
    // Nothing is half-written: the others go with the next run, each once.
    let run = house.engine.start_push(&house.scope, KIND, Outgoing::All, Cause::Manual).await.unwrap();
    house.finish(&run).await;
    assert_eq!(new_orders(&house, &before).len(), ORDERS);
}

async fn a_cancelled_look_reads_no_further(db: TestDb) {
    let house = House::beside(db, company(600)).await;
    let latency_ms = [("search".to_owned(), 100)].into();
    house.simulator.set_settings(Settings { latency_ms, ..Settings::default() }).unwrap();
    let run = house.engine.start_look(&house.scope, KIND, Cause::Manual).await.unwrap();
    let settings = patient();
    let cancelling = async {
        while house.engine.run(&house.scope, &run).await.unwrap().calls < 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        house.engine.cancel_run(&house.scope, &run).await.unwrap();
    };
    let (worked, ()) = tokio::join!(house.engine.run_pending_jobs(&settings), cancelling);
    worked.unwrap();
    assert_eq!(house.engine.run(&house.scope, &run).await.unwrap().state, RunState::Cancelled);
    // The next look begins anew and sees everything.
    house.look().await;
    assert_eq!(house.waiting().await.1, Some(600));
}

async fn what_did_not_go_through_is_listed_and_sent_again(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (engine, scope) = (&house.engine, &house.scope);
    let refused = fresh_orders(&house, 1).await.remove(0);
    let blocked = DocumentInput { lines: Vec::new(), ..order(&house).await };
    let blocked = engine.create_sales_document(scope, &blocked).await.unwrap();
    let said = Effect::OprCode { code: "2".to_owned(), text: "Wrong tax".to_owned() };
    house.simulator.add_fault(FaultRule::nth("put_document", 1, said)).unwrap();
    assert_eq!(push(&house, KIND, &refused).await.outcome, "failed");
    assert_eq!(push(&house, KIND, &blocked).await.outcome, "failed");
    let unreadable = house.find(DocType::SalesOrder, |_| true);
    let malformation = Some(metakocka_simulator::Malformation::Total);
    house.simulator.malform(COMPANY, unreadable.doc_type, &unreadable.id, malformation).unwrap();
    house.edit_there(&unreadable, json!({ "title": "Drugače" }));
    house.look().await;

    let page = engine.failures(scope, None, None, 50).await.unwrap();
    let mut found: Vec<(FailureKind, bool)> =
        page.rows.iter().map(|row| (row.what, row.sentence.is_empty() || row.advice.is_empty())).collect();
    found.sort_by_key(|(what, _)| what.as_str());
    let expected = [FailureKind::Blocked, FailureKind::Refused, FailureKind::Unreadable];
    assert_eq!(found, expected.map(|what| (what, false)), "{page:#?}");
    let row = page.rows.iter().find(|row| row.record_id.as_ref() == Some(&refused)).unwrap();
    assert!(row.sentence.contains("Wrong tax") && row.attempts == 1, "{row:?}");
    // One by one it is the same list.
    let mut one_by_one = Vec::new();
    let mut place = None;
    loop {
        let page = engine.failures(scope, None, place.as_deref(), 1).await.unwrap();
        one_by_one.extend(page.rows);
        place = page.next;
        if place.is_none() {
            break;
        }
    }
    assert_eq!(one_by_one, page.rows);
    assert!(matches!(
        engine.failures(scope, None, Some("nonsense"), 1).await,
        Err(EngineError::Invalid { field: "cursor", .. })
    ));

    let run = engine.send_again(scope, KIND, Again::All, Cause::Manual).await.unwrap().unwrap();
    let run = house.finish(&run).await;
    assert_eq!((run.created, run.failed), (1, 1), "what was refused once goes through, {run:?}");
    assert_eq!(status(&house, &refused).await.status, "synced");
    let left = engine.failures(scope, Some(KIND), None, 50).await.unwrap().rows;
    assert!(left.iter().all(|row| row.record_id.as_ref() != Some(&refused)), "{left:?}");
    let none = Again::These(Vec::new());
    assert_eq!(engine.send_again(scope, KIND, none, Cause::Manual).await.unwrap(), None);
}

async fn what_the_last_run_could_not_do_is_listed_until_it_is_done(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (engine, scope) = (&house.engine, &house.scope);
    let id = fresh_orders(&house, 1).await.remove(0);
    let quota = Some(Quota { calls: 0, per_ms: 60_000 });
    house.simulator.set_settings(Settings { quota, ..Settings::default() }).unwrap();
    let which = Outgoing::These(vec![id.clone()]);
    let run = engine.start_push(scope, KIND, which, Cause::Manual).await.unwrap();
    assert_eq!(house.finish(&run).await.state, RunState::Failed);
    let failed = engine.failures(scope, Some(KIND), None, 50).await.unwrap().rows;
    let told: Vec<_> =
        failed.iter().map(|row| (row.record_id.as_ref(), row.what, row.code.as_str())).collect();
    assert_eq!(told, [(Some(&id), FailureKind::NotDone, "quota")], "{failed:?}");
    house.simulator.set_settings(Settings::default()).unwrap();
    let again = Again::These(vec![id.clone()]);
    let run = engine.send_again(scope, KIND, again, Cause::Manual).await.unwrap().unwrap();
    house.finish(&run).await;
    assert_eq!(status(&house, &id).await.status, "synced");
    assert!(engine.failures(scope, None, None, 50).await.unwrap().rows.is_empty());
}

async fn an_alarm_is_shown_until_somebody_has_seen_it(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (engine, scope) = (&house.engine, &house.scope);
    let id = fresh_orders(&house, 1).await.remove(0);
    let alarm = "019ab000-0000-7000-8000-000000000001";
    let values = format!(
        "'{}', '{alarm}', 'sales_document', '{id}', 'x', 'lost_field', '[\"notes\"]', 1",
        scope.tenant()
    );
    let columns = "tenant_id, id, kind, record_id, intent_id, what, detail, at";
    execute(&house.db, &format!("INSERT INTO alarms ({columns}) VALUES ({values})")).await;
    let shown = engine.alarms(scope, KIND, &id).await.unwrap();
    assert_eq!(shown[0].what, AlarmKind::LostField(vec!["notes".to_owned()]), "{shown:?}");
    engine.dismiss_alarm(scope, &shown[0].id).await.unwrap();
    assert!(engine.alarms(scope, KIND, &id).await.unwrap().is_empty());
    assert!(matches!(engine.dismiss_alarm(scope, alarm).await, Err(EngineError::NotFound)), "once");
}

/// A linked order, and a copy of it that somebody made there.
async fn copied(house: &House) -> (String, TruthDocument, TruthDocument) {
    let before = house.truth();
    let id = fresh_orders(house, 1).await.remove(0);
    assert_eq!(push(house, KIND, &id).await.outcome, "created");
    let made = new_orders(house, &before).remove(0);
    let before = house.truth();
    let copy = json!({ "kind": "document", "docType": "sales_order", "copyOf": made.id,
        "set": { "notes": "Kopija" } });
    house.simulator.create(&serde_json::from_value(copy).unwrap()).unwrap();
    house.advance(Duration::from_mins(1));
    house.look().await;
    (id, made, new_orders(house, &before).remove(0))
}

async fn a_copy_that_carries_the_sign_is_asked_about_until_it_is_gone(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (engine, scope) = (&house.engine, &house.scope);
    let (id, made, copy) = copied(&house).await;
    let alarms = engine.alarms(scope, KIND, &id).await.unwrap();
    assert!(
        matches!(&alarms[..], [one] if matches!(&one.what, AlarmKind::LateDuplicate(key) if key.id == copy.id)),
        "{alarms:?}"
    );
    assert!(matches!(engine.dismiss_alarm(scope, &alarms[0].id).await, Err(EngineError::NotFound)));
    let twins = engine.twins(scope, &id).await.unwrap();
    assert_eq!((&twins.linked.external_id, &twins.others[0].external_id), (&made.id, &copy.id));
    let differ: Vec<&String> = twins.others[0]
        .fields
        .iter()
        .filter(|field| !twins.linked.fields.contains(field))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(differ, ["notes"], "{twins:#?}");
    let asked = engine.questions(scope, QuestionFilter::default(), None, 50).await.unwrap();
    let twice = asked.rows.iter().find(|row| row.external_id.as_ref() == Some(&copy.id)).unwrap();
    assert_eq!(twice.record_id.as_ref(), Some(&id), "the list leads to the record: {asked:?}");
    // A pull of everything takes neither, and looking again changes nothing while it is there.
    house.pull().await;
    assert_eq!(engine.look_at_twin(scope, &id, &copy.id).await.unwrap(), LookedAgain::StillThere);
    house.look().await;
    assert_eq!(engine.alarms(scope, KIND, &id).await.unwrap().len(), 1, "asked once");
    assert_eq!(status(&house, &id).await.mapping.unwrap().external_id, made.id);
    let record = RecordRef {
        company: Some(COMPANY.to_owned()),
        kind: metakocka_simulator::Kind::Document,
        doc_type: Some(copy.doc_type),
        id: copy.id.clone(),
    };
    house.simulator.delete(&record).unwrap();
    assert_eq!(engine.look_at_twin(scope, &id, &copy.id).await.unwrap(), LookedAgain::Gone);
    assert!(engine.alarms(scope, KIND, &id).await.unwrap().is_empty());
    assert!(matches!(engine.twins(scope, &id).await, Err(EngineError::NotFound)));
    assert_eq!(house.waiting().await.1, Some(0));
}

async fn a_copy_that_is_a_record_of_its_own_is_taken_and_never_asked_about_again(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (engine, scope) = (&house.engine, &house.scope);
    let (id, made, copy) = copied(&house).await;
    assert!(matches!(
        engine.adopt_twin(scope, &id, &made.id, Cause::Manual).await,
        Err(EngineError::NotFound)
    ));
    let run = engine.adopt_twin(scope, &id, &copy.id, Cause::Manual).await.unwrap();
    let run = house.finish(&run).await;
    assert_eq!((run.created, run.failed, run.review), (1, 0, 0), "{run:?}");
    assert_ne!(house.here(&copy).await.id, id);
    assert_eq!(house.here(&made).await.id, id);
    house.edit_there(&copy, json!({ "title": "Po svoje" }));
    house.look().await;
    house.pull().await;
    assert_eq!(house.here(&copy).await.title, "Po svoje");
    assert!(engine.alarms(scope, KIND, &id).await.unwrap().is_empty());
}

async fn reader(house: &House) -> TenantScope {
    let email = "bere@example.test".to_owned();
    let user = NewUser {
        email: email.clone(),
        name: "Bere".to_owned(),
        password: "geslo-geslo".to_owned().into(),
        language: Language::default(),
        role: Role::ReadOnly,
        workspace: WorkspaceChoice::Existing("Lesna oprema".to_owned()),
    };
    house.engine.add_user(user).await.unwrap();
    house.engine.scope_for_operator("Lesna oprema", Some(&email)).await.unwrap()
}

async fn who_only_reads_cancels_and_answers_nothing(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (id, _, copy) = copied(&house).await;
    let (engine, reader) = (&house.engine, reader(&house).await);
    let run = engine.start_look(&house.scope, KIND, Cause::Manual).await.unwrap();
    assert!(matches!(engine.cancel_run(&reader, &run).await, Err(EngineError::Forbidden)));
    let again = engine.send_again(&reader, KIND, Again::All, Cause::Manual).await;
    assert!(matches!(again, Err(EngineError::Forbidden)));
    assert!(matches!(engine.look_at_twin(&reader, &id, &copy.id).await, Err(EngineError::Forbidden)));
    let adopted = engine.adopt_twin(&reader, &id, &copy.id, Cause::Manual).await;
    assert!(matches!(adopted, Err(EngineError::Forbidden)));
    assert!(matches!(engine.dismiss_alarm(&reader, &id).await, Err(EngineError::Forbidden)));
    assert_eq!(engine.twins(&reader, &id).await.unwrap().others.len(), 1, "but looks");
    house.finish(&run).await;
}
