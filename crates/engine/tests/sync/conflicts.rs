//! Records that were changed here, there, or on both sides: nothing is overwritten, everything is shown (policy B, C).

use engine::crm::Edit;
use engine::sync::{Cause, ExternalKey, RunState, Selection, WaitingReason};
use engine::test_support::TestDb;
use metakocka_simulator::{DocType, Effect, FaultRule, TruthDocument, TruthLine};
use serde_json::json;
use std::time::Duration;
use sync_core::state::{ButtonState, Counts, Excluded, Pending, Review, SyncState};

use crate::house::{House, KIND};
use crate::tables::{edit_at_write_of_jobs, execute};
use crate::truth;

const DOCUMENTS: usize = 100;

engine::each_engine!(
    the_same_field_changed_on_both_sides_is_a_conflict,
    an_edit_here_waits_to_be_sent_and_is_not_overwritten,
    different_fields_changed_on_both_sides_will_merge,
    a_merge_that_becomes_a_conflict_is_told_as_one,
    a_forgotten_link_is_asked_about,
    an_edit_before_the_pull_takes_place_is_not_overwritten,
    an_edit_in_the_middle_of_the_pull_is_not_overwritten,
    a_read_that_began_before_our_write_ended_says_nothing,
    an_edit_while_a_page_is_settled_is_decided_as_it_is,
);

async fn row(house: &House, document: &TruthDocument) -> Option<i64> {
    truth::documents(&house.db, &house.scope).await[&truth::key(document)].plan_row
}

/// An order that may still be changed: nothing was made from it, and no line of it is without a product.
fn an_order(house: &House) -> TruthDocument {
    let is_product = |line: &TruthLine| matches!(line, TruthLine::Priced { product_id: Some(_), .. });
    house.find(DocType::SalesOrder, |one| {
        one.linked.is_empty() && one.sum_paid.is_zero() && one.lines.iter().all(is_product)
    })
}

async fn the_same_field_changed_on_both_sides_is_a_conflict(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let order = an_order(&house);
    house.edit_title_here(&order, "Naš naslov").await;
    house.edit_there(&order, json!({ "title": "Njihov naslov" }));

    for run in [house.look().await, house.sync().await, house.pull().await] {
        assert_eq!((run.state, run.total), (RunState::Done, 0), "{run:?}");
    }
    let here = house.here(&order).await;
    assert_eq!(here.title, "Naš naslov");
    assert_eq!(
        house.find(DocType::SalesOrder, |one| one.id == order.id).title.as_deref(),
        Some("Njihov naslov")
    );
    assert_eq!(here.sync.state, Some(SyncState::NeedsReview(Review::Conflict)));
    assert_eq!(here.sync.detail.as_deref(), Some("Changed here and in Metakocka: the subject."));
    assert_eq!(row(&house, &order).await, Some(22));
    let (rows, total) = house.waiting().await;
    assert_eq!((total, rows.len()), (Some(1), 1), "{rows:?}");
    assert_eq!((rows[0].reason, rows[0].record_id.as_ref()), (WaitingReason::Conflict, Some(&here.id)));
    assert!(matches!(house.button().await, ButtonState::Review { counts: Counts { k_review: 1, .. }, .. }));

    // Asked for by name it is not taken either, and the run says so.
    let key = ExternalKey { remote_type: Some(order.doc_type.name().to_owned()), id: order.id.clone() };
    let run = house.pull_these(Selection::These(vec![key])).await;
    assert_eq!((run.total, run.review), (1, 1), "{run:?}");
    let problems = house.engine.run_problems(&house.scope, &run.id).await.unwrap();
    assert_eq!((problems[0].outcome.as_str(), problems[0].code.as_deref()), ("review", Some("needs_review")));
    assert_eq!(house.here(&order).await.title, "Naš naslov");
}

async fn an_edit_here_waits_to_be_sent_and_is_not_overwritten(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let order = an_order(&house);
    let bill = house.find(DocType::SalesBillDomestic, |one| one.sum_paid < one.sum_all);
    for document in [&order, &bill] {
        house.edit_title_here(document, "Samo tu").await;
    }
    let to_send = Some(SyncState::Pending(Pending::ToSend));
    // Invoices come from Metakocka (policy D): an edit here is kept and not sent.
    let not_sent = Some(SyncState::Excluded(Excluded::NotSent));
    for round in 0..3 {
        let (order_here, bill_here) = (house.here(&order).await, house.here(&bill).await);
        assert_eq!((order_here.title.as_str(), order_here.sync.state), ("Samo tu", to_send), "{round}");
        assert_eq!((bill_here.title.as_str(), bill_here.sync.state), ("Samo tu", not_sent), "{round}");
        let run = if round == 0 { house.look().await } else { house.sync().await };
        assert_eq!((run.state, run.total), (RunState::Done, 0), "{run:?}");
    }
    assert_eq!(row(&house, &order).await, Some(21));
    assert!(matches!(
        house.button().await,
        ButtonState::AllSynced { counts: Counts { s_not_sent: 1, .. }, .. }
    ));
}

async fn different_fields_changed_on_both_sides_will_merge(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let order = an_order(&house);
    house.edit_title_here(&order, "Naš naslov").await;
    house.edit_there(&order, json!({ "notes": "Njihova opomba" }));

    let run = house.sync().await;
    assert_eq!((run.state, run.total), (RunState::Done, 0), "{run:?}");
    let here = house.here(&order).await;
    assert_eq!((here.title.as_str(), &here.head.notes), ("Naš naslov", &order.notes));
    assert_eq!(here.sync.state, Some(SyncState::Pending(Pending::ToMerge)));
    assert_eq!(row(&house, &order).await, Some(22));
    assert!(matches!(house.button().await, ButtonState::Review { counts: Counts { k_review: 1, .. }, .. }));
}

async fn a_merge_that_becomes_a_conflict_is_told_as_one(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let order = an_order(&house);
    house.edit_title_here(&order, "Naš naslov").await;
    house.edit_there(&order, json!({ "notes": "Njihova opomba" }));
    house.look().await;
    assert_eq!(house.here(&order).await.sync.state, Some(SyncState::Pending(Pending::ToMerge)));
    house.edit_there(&order, json!({ "title": "Njihov naslov" }));
    house.look().await;
    let here = house.here(&order).await;
    assert_eq!(here.sync.state, Some(SyncState::NeedsReview(Review::Conflict)));
    assert_eq!(house.waiting().await.0[0].reason, WaitingReason::Conflict);
    // Back to what both agreed on: nothing is open any more.
    house.edit_there(&order, json!({ "title": order.title, "notes": order.notes }));
    house.look().await;
    assert_eq!(house.here(&order).await.sync.state, Some(SyncState::Pending(Pending::ToSend)));
    assert_eq!(house.waiting().await.1, Some(0));
}

async fn a_forgotten_link_is_asked_about(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    // Not changed for long: no look reads it again.
    let order = an_order(&house);
    let here = house.here(&order).await;
    house.engine.forget_link(&house.scope, &here.id).await.unwrap();

    for run in [house.look().await, house.sync().await] {
        assert_eq!((run.state, run.created, run.updated), (RunState::Done, 0, 0), "{run:?}");
        let (rows, total) = house.waiting().await;
        assert_eq!((total, rows.len()), (Some(1), 1), "{rows:?}");
        assert_eq!((rows[0].reason, &rows[0].external_id), (WaitingReason::Review, &order.id));
        let now = house.engine.sales_document(&house.scope, &here.id).await.unwrap();
        assert_eq!(now.sync.state, Some(SyncState::Pending(Pending::ToMerge)), "row 14: {now:?}");
        assert_eq!(now.lines, here.lines);
    }
    let documents = "SELECT COUNT(*) FROM sales_documents WHERE tenant_id = $1";
    assert_eq!(truth::number(&house.db, &house.scope, documents).await, i64::try_from(DOCUMENTS).unwrap());
}

async fn an_edit_before_the_pull_takes_place_is_not_overwritten(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let order = an_order(&house);
    house.edit_there(&order, json!({ "title": "Njihov naslov" }));
    house.look().await;
    let run = house.engine.start_pull(&house.scope, KIND, Selection::All, Cause::Manual).await.unwrap();
    house.edit_title_here(&order, "Naš naslov").await;
    let run = house.finish(&run).await;
    assert_eq!((run.state, run.total, run.updated, run.review), (RunState::Done, 1, 0, 1), "{run:?}");
    let here = house.here(&order).await;
    assert_eq!(
        (here.title.as_str(), here.sync.state),
        ("Naš naslov", Some(SyncState::NeedsReview(Review::Conflict)))
    );
}

async fn an_edit_in_the_middle_of_the_pull_is_not_overwritten(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let order = an_order(&house);
    house.edit_there(&order, json!({ "title": "Njihov naslov" }));
    house.look().await;
    let id = house.here(&order).await.id;
    // The claim, the slice's beginning, and the transaction that writes: by then the record was read and decided.
    edit_at_write_of_jobs(&house.db, &house.url, 3, &id, "Naš naslov").await;
    let run = house.pull().await;
    assert_eq!((run.state, run.total, run.updated, run.skipped), (RunState::Done, 1, 0, 1), "{run:?}");
    let problems = house.engine.run_problems(&house.scope, &run.id).await.unwrap();
    assert_eq!(problems[0].code.as_deref(), Some("edited_meanwhile"), "{problems:?}");
    assert_eq!(house.here(&order).await.title, "Naš naslov");
}

async fn a_read_that_began_before_our_write_ended_says_nothing(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let order = an_order(&house);
    let five_minutes = Duration::from_mins(5);
    let ends = engine::clock::Clock::now(&*house.clock) + five_minutes;
    let id = &order.id;
    let sql = format!(
        "UPDATE links SET write_ended_at = {} WHERE external_id = '{id}' AND kind = 'sales_document'",
        ends.as_microsecond()
    );
    execute(&house.db, &sql).await;
    house.edit_there(&order, json!({ "title": "Novejše" }));
    house.look().await;
    assert_eq!(row(&house, &order).await, Some(19), "read before our write ended");
    house.advance(five_minutes);
    let run = house.sync().await;
    assert_eq!(run.updated, 1, "{run:?}");
    assert_eq!(house.here(&order).await.title, "Novejše");
}

async fn an_edit_while_a_page_is_settled_is_decided_as_it_is(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let order = an_order(&house);
    house.edit_title_here(&order, "Naš naslov").await;
    house.edit_there(&order, json!({ "notes": "Njihova opomba" }));
    // On the same page is one whose customer has to be asked for, which takes a while.
    let create = |value: serde_json::Value| {
        house.simulator.create(&serde_json::from_value(value).unwrap()).unwrap().to_string()
    };
    let partner = create(json!({ "kind": "partner", "set": { "name": "Nov kupec d.o.o." } }));
    create(json!({ "kind": "document", "docType": "sales_order", "set": {
        "partner": partner, "addLines": [{ "name": "Delo", "amount": "1", "price": "30", "tax": "EX4" }] } }));
    house.simulator.clear_requests();
    house.simulator.add_fault(FaultRule::nth("get_partner", 1, Effect::DelayMs { ms: 1_000 })).unwrap();
    let edits = async {
        while !house.simulator.request_counts().contains_key("get_partner") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let here = house.here(&order).await;
        let edit = Edit { title: None, notes: Some("Naša opomba".to_owned()) };
        house.engine.edit_sales_document(&house.scope, &here.id, here.revision, edit).await.unwrap();
    };
    let (run, ()) = tokio::join!(house.sync(), edits);
    assert_eq!((run.state, run.created, run.updated), (RunState::Done, 1, 0), "{run:?}");
    let here = house.here(&order).await;
    assert_eq!(here.head.notes.as_deref(), Some("Naša opomba"));
    assert_eq!(here.sync.state, Some(SyncState::NeedsReview(Review::Conflict)));
    assert_eq!(here.sync.detail.as_deref(), Some("Changed here and in Metakocka: the notes."));
}
