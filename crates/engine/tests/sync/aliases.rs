//! Customers that Metakocka has more than once, and documents that are here without a link (policy F).

use engine::access::Role;
use engine::crm::{ContactQuery, ListQuery};
use engine::sync::{MatchAnswer, RemoteKey, RunState};
use engine::test_support::TestDb;
use metakocka_simulator::DocType;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::json;
use sync_core::record::RecordKind::{Contact, SalesDocument};
use sync_core::state::{Pending, Review, SyncState};

use crate::house::{House, KEY, connection};
use crate::matching::{create, order_there, push, tax, unconnected, writes};
use crate::pushes::order;
use crate::truth;

const DOCUMENTS: usize = 40;

engine::each_engine!(
    a_twin_that_is_another_customer_gets_its_contact_and_its_documents,
    a_forgotten_document_is_linked_by_a_push_or_by_an_answer,
    a_document_of_the_same_customer_day_and_total_is_only_a_candidate,
    merging_two_linked_contacts_makes_the_second_an_alias_that_is_only_read,
    people_who_only_look_answer_nothing,
    generated_contacts_are_never_linked_twice,
);

async fn names_of_documents(house: &House) -> Vec<Option<String>> {
    let query = ListQuery::default();
    let rows = house.engine.sales_documents(&house.scope, &query).await.unwrap().rows;
    rows.into_iter().map(|row| row.contact_id).collect()
}

async fn a_twin_that_is_another_customer_gets_its_contact_and_its_documents(db: TestDb) {
    let house = unconnected(db).await;
    let (engine, scope) = (&house.engine, &house.scope);
    engine.save_connection(scope, &connection(&house.simulator.url(), KEY)).await.unwrap();
    for name in ["Alfa d.o.o.", "Alfa poslovalnica", "Alfa skladišče"] {
        let set = json!({ "name": name, "taxNumber": tax(3_000_001), "business": true });
        let partner = create(&house, "partner", &set);
        order_there(&house, &partner, "30");
    }
    let run = house.sync().await;
    assert_eq!(run.created, 3, "a document does not wait for its customer: {run:?}");
    let owners = names_of_documents(&house).await;
    assert_eq!(owners.iter().filter(|owner| owner.is_some()).count(), 1, "{owners:?}");
    let questions = engine.match_questions(scope, None).await.unwrap();
    assert_eq!(
        (questions.len(), questions[0].candidates, questions[0].is_linked),
        (1, 2, true),
        "{questions:?}"
    );

    let id = questions[0].record.id.clone();
    let question = engine.match_question(scope, Contact, &id).await.unwrap();
    let [one, two] = question.candidates.as_slice() else { panic!("{question:?}") };
    let key = |id: &String| RemoteKey { remote_type: String::new(), id: id.clone() };
    engine.answer_match(scope, (Contact, &id), &MatchAnswer::AnotherRow(key(&one.there.id))).await.unwrap();
    let owners = names_of_documents(&house).await;
    assert_eq!(owners.iter().filter(|owner| **owner == Some(id.clone())).count(), 2, "{owners:?}");
    engine.answer_match(scope, (Contact, &id), &MatchAnswer::NoneOf(vec![key(&two.there.id)])).await.unwrap();
    let owners = names_of_documents(&house).await;
    assert!(owners.iter().all(Option::is_some), "the other customer is here with its document: {owners:?}");
    let contacts = engine.contacts(scope, &ContactQuery::default()).await.unwrap().rows;
    assert_eq!(contacts.len(), 2);
    assert!(contacts.iter().all(|row| row.sync.state == Some(SyncState::Synced)), "{contacts:?}");
    assert!(engine.match_questions(scope, None).await.unwrap().is_empty());
    let run = house.sync().await;
    assert_eq!((run.state, run.total), (RunState::Done, 0), "nothing was edited by it: {run:?}");
    let documents = engine.sales_documents(scope, &ListQuery::default()).await.unwrap().rows;
    assert!(documents.iter().all(|row| row.sync.state == Some(SyncState::Synced)), "{documents:?}");
}

async fn a_forgotten_document_is_linked_by_a_push_or_by_an_answer(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (engine, scope) = (&house.engine, &house.scope);
    let mut orders = house.truth().into_iter().filter(|one| one.doc_type == DocType::SalesOrder);
    let (pushed, answered) = (orders.next().unwrap(), orders.next().unwrap());
    for document in [&pushed, &answered] {
        let here = house.here(document).await;
        engine.forget_link(scope, &here.id).await.unwrap();
        let lone = format!("UPDATE sales_documents SET plan_row = NULL WHERE id = '{}'", here.id);
        crate::tables::execute(&house.db, &lone).await;
    }
    house.look().await;
    let waits = engine.match_questions(scope, Some(SalesDocument)).await.unwrap();
    assert_eq!(waits.len(), 2, "{waits:?}");
    house.simulator.clear_requests();
    let rows = engine.sales_documents(scope, &ListQuery::default()).await.unwrap().rows;
    let of = |number: &str| rows.iter().find(|row| row.number == number).unwrap().id.clone();
    let (first, second) = (of(&pushed.number), of(&answered.number));
    let state = |id: String| async move { engine.sales_document(scope, &id).await.unwrap().sync.state };
    assert_eq!(state(first.clone()).await, Some(SyncState::Pending(Pending::ToMerge)), "row 14");

    let run = push(&house, SalesDocument, &first).await;
    assert_eq!((run.state, run.unchanged), (RunState::Done, 1), "{run:?}");
    assert_eq!(state(first).await, Some(SyncState::Synced));
    let key = RemoteKey { remote_type: answered.doc_type.name().to_owned(), id: answered.id.clone() };
    engine.answer_match(scope, (SalesDocument, &second), &MatchAnswer::ItIs(key)).await.unwrap();
    assert_eq!(state(second).await, Some(SyncState::Synced));
    assert_eq!(writes(&house), Vec::<String>::new());
    assert_eq!((house.waiting().await.1, house.truth().len()), (Some(0), DOCUMENTS));
}

async fn a_document_of_the_same_customer_day_and_total_is_only_a_candidate(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (engine, scope) = (&house.engine, &house.scope);
    let input = order(&house).await;
    let id = engine.create_sales_document(scope, &input).await.unwrap();
    let contact = engine.contact(scope, input.contact_id.as_deref().unwrap()).await.unwrap();
    // 3 × 12.50 with 22 %: what the order here comes to.
    let theirs = order_there(&house, contact.sync.external_id.as_deref().unwrap(), "37.5");
    house.look().await;
    let state = engine.sales_document(scope, &id).await.unwrap().sync.state;
    assert_eq!(state, Some(SyncState::NeedsReview(Review::Match)), "row 15");
    assert_eq!(house.pull().await.created, 0, "row 10: the question stands here");
    let run = push(&house, SalesDocument, &id).await;
    assert_eq!((run.created, run.review), (0, 1), "{run:?}");

    let question = engine.match_question(scope, SalesDocument, &id).await.unwrap();
    assert_eq!((question.candidates.len(), &question.candidates[0].there.id), (1, &theirs));
    engine.answer_match(scope, (SalesDocument, &id), &MatchAnswer::NoneOf(Vec::new())).await.unwrap();
    assert_eq!(house.pull().await.created, 1, "theirs is a document of its own");
    let run = push(&house, SalesDocument, &id).await;
    assert_eq!(run.created, 1, "{run:?}");
    let run = house.sync().await;
    assert_eq!((run.total, house.waiting().await.1), (0, Some(0)), "{run:?}");
    assert_eq!(house.truth().len(), DOCUMENTS + 2);
}

async fn merging_two_linked_contacts_makes_the_second_an_alias_that_is_only_read(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (engine, scope) = (&house.engine, &house.scope);
    let rows = engine.contacts(scope, &ContactQuery::default()).await.unwrap().rows;
    let (keep, other) = (&rows[0], &rows[1]);
    let partner = other.sync.external_id.clone().unwrap();
    engine.merge_contacts(scope, (&keep.id, 1), (&other.id, 1)).await.unwrap();
    let aliases = "SELECT COUNT(*) FROM links WHERE tenant_id = $1 AND kind = 'contact' AND role = 'alias'";
    assert_eq!(truth::number(&house.db, scope, aliases).await, 1);

    let edit = json!({ "kind": "partner", "id": partner, "set": { "name": "Preimenovan kupec" } });
    house.simulator.edit(&serde_json::from_value(edit).unwrap()).unwrap();
    order_there(&house, &partner, "30");
    let run = house.sync().await;
    assert_eq!((run.state, run.created), (RunState::Done, 1), "{run:?}");
    let view = engine.contact(scope, &keep.id).await.unwrap();
    assert_eq!((&view.form.name, view.sync.state), (&keep.name, Some(SyncState::Synced)));
    let query = ListQuery { customer: Some(keep.id.clone()), ..ListQuery::default() };
    let documents = engine.sales_documents(scope, &query).await.unwrap().rows;
    assert!(documents.iter().any(|row| row.date == crate::house::TODAY), "found by the alias: {documents:?}");
    assert_eq!(writes(&house), Vec::<String>::new());
}

async fn people_who_only_look_answer_nothing(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let engine = &house.engine;
    engine
        .add_user(engine::access::NewUser {
            email: "oko@example.test".to_owned(),
            name: "Oko".to_owned(),
            password: "geslo-geslo".to_owned().into(),
            language: engine::access::Language::default(),
            role: Role::ReadOnly,
            workspace: engine::access::WorkspaceChoice::Existing("Lesna oprema".to_owned()),
        })
        .await
        .unwrap();
    let scope = engine.scope_for_operator("Lesna oprema", Some("oko@example.test")).await.unwrap();
    let contact = engine.contacts(&scope, &ContactQuery::default()).await.unwrap().rows.remove(0);
    let none = MatchAnswer::NoneOf(Vec::new());
    let answer = engine.answer_match(&scope, (Contact, &contact.id), &none).await;
    assert!(matches!(answer, Err(engine::EngineError::Forbidden)), "{answer:?}");
    let confirm = engine.confirm_matching(&scope, Contact).await;
    assert!(matches!(confirm, Err(engine::EngineError::Forbidden)), "{confirm:?}");
    assert!(engine.matching(&scope, Contact).await.is_ok(), "looking is allowed");
}

/// Contacts here and partners there with few different numbers, addresses and names: many collide.
async fn generated_contacts_are_never_linked_twice(db: TestDb) {
    let house = unconnected(db).await;
    let (engine, scope) = (&house.engine, &house.scope);
    let strategy = proptest::collection::vec((0_u32..12, 0_u32..12, 0_u32..6), 40..60);
    let mut runner = TestRunner::deterministic();
    let mut sets = || strategy.new_tree(&mut runner).unwrap().current();
    for (number, email, name) in sets() {
        let input = crate::matching::contact(
            &format!("Kupec {name}"),
            (number < 9).then(|| tax(4_000_000 + 10 * number)),
            (email < 9).then(|| format!("k{email}@kupec.example")).as_deref(),
        );
        engine.create_contact(scope, &input).await.unwrap();
    }
    for (number, email, name) in sets() {
        let tax = (number < 9).then(|| tax(4_000_000 + 10 * number));
        let mut set = json!({ "name": format!("Kupec {name}"), "business": true });
        if let Some(tax) = tax {
            set["taxNumber"] = tax.into();
        }
        if email < 9 {
            set["email"] = format!("k{email}@kupec.example").into();
        }
        create(&house, "partner", &set);
    }
    engine.save_connection(scope, &connection(&house.simulator.url(), KEY)).await.unwrap();
    house.look().await;
    let dry = engine.matching(scope, Contact).await.unwrap();
    let confirmed = engine.confirm_matching(scope, Contact).await.unwrap();
    assert_eq!(
        (confirmed.linked, confirmed.asked),
        (dry.certain.count, dry.candidates.count),
        "as the dry run said"
    );
    assert!(dry.candidates.count > 10, "the sets collide: {dry:?}");
    // Every question is answered by its first candidate, whatever the others are.
    loop {
        let questions = engine.match_questions(scope, Some(Contact)).await.unwrap();
        let Some(brief) = questions.iter().find(|brief| !brief.is_linked) else { break };
        let question = engine.match_question(scope, Contact, &brief.record.id).await.unwrap();
        let id = question.candidates[0].there.id.clone();
        let key = RemoteKey { remote_type: String::new(), id };
        engine.answer_match(scope, (Contact, &brief.record.id), &MatchAnswer::ItIs(key)).await.unwrap();
    }
    let twice = "SELECT COUNT(*) FROM (SELECT external_id FROM links WHERE tenant_id = $1 GROUP BY external_id \
         HAVING COUNT(*) > 1 UNION ALL SELECT contact_id FROM links WHERE tenant_id = $1 GROUP BY contact_id \
         HAVING COUNT(*) > 1) t";
    assert_eq!(truth::number(&house.db, scope, twice).await, 0);
    assert_eq!(writes(&house), Vec::<String>::new());
}
