//! What a person is asked about linked records, and what becomes of each answer (policy rows 18, 22, 23 and 25).

use engine::EngineError;
use engine::access::{Role, TenantScope};
use engine::crm::Edit;
use engine::sync::{Answer, Cause, Counts, Outgoing, QuestionFilter, QuestionView, QuestionsPage, Step};
use engine::test_support::TestDb;
use metakocka_simulator::{DocType, Effect, FaultRule, Kind, RecordRef, TruthDocument};
use serde_json::{Value, json};
use std::time::Duration;
use sync_core::record::RecordKind;
use sync_core::state::Review;

use crate::house::{COMPANY, House, KEY, KIND, START, patient, state_code, workspace};
use crate::pushes::{new_orders, order, push, status};
use crate::tables::execute;
use crate::truth;

const DOCUMENTS: usize = 40;

engine::each_engine!(
    every_question_is_in_one_list,
    a_conflict_is_answered_part_by_part_and_both_sides_are_equal,
    an_answer_to_what_has_moved_decides_nothing,
    only_staff_answers_and_only_what_is_asked,
    what_metakocka_kept_otherwise_is_taken_or_sent_again,
    a_total_that_somebody_took_is_not_asked_about_again,
    a_record_that_is_gone_lives_on_only_here_until_somebody_sends_it,
    a_record_that_is_gone_is_created_again_once,
    a_record_that_is_back_is_not_created_again,
    a_record_that_is_gone_is_deleted_here_too,
    an_invoice_that_is_gone_is_not_offered_to_be_created,
    a_deleted_record_comes_back_with_what_metakocka_has,
    a_deleted_record_stays_deleted_until_something_changes_again,
);

/// Among the partners of every company are some that could be one: those questions are not what is asked about here.
const OF_DOCUMENTS: QuestionFilter = QuestionFilter { kind: Some(KIND), reason: None };

/// An order that was made here and is equal on both sides.
async fn sent_order(house: &House) -> (String, TruthDocument) {
    let before = house.truth();
    let input = order(house).await;
    let id = house.engine.create_sales_document(&house.scope, &input).await.unwrap();
    assert_eq!(push(house, KIND, &id).await.outcome, "created");
    (id, new_orders(house, &before).remove(0))
}

async fn edit(house: &House, id: &str, title: Option<&str>, notes: Option<&str>) {
    let here = house.engine.sales_document(&house.scope, id).await.unwrap();
    let edit = Edit { title: title.map(str::to_owned), notes: notes.map(str::to_owned) };
    house.engine.edit_sales_document(&house.scope, id, here.revision, edit).await.unwrap();
}

fn delete_there(house: &House, document: &TruthDocument) {
    let record = RecordRef {
        company: Some(COMPANY.to_owned()),
        kind: Kind::Document,
        doc_type: Some(document.doc_type),
        id: document.id.clone(),
    };
    house.simulator.delete(&record).unwrap();
}

async fn question(house: &House, id: &str) -> QuestionView {
    house.engine.question(&house.scope, KIND, id).await.unwrap()
}

async fn answer(house: &House, id: &str, answer: Answer) -> Result<Option<String>, EngineError> {
    let version = question(house, id).await.version;
    house.engine.answer(&house.scope, (KIND, id), &version, &answer).await
}

async fn list(house: &House, filter: QuestionFilter) -> QuestionsPage {
    house.engine.questions(&house.scope, filter, None, 200).await.unwrap()
}

async fn says(house: &House, id: &str) -> (String, String) {
    let now = status(house, id).await;
    (now.status, now.reason.unwrap_or_default())
}

fn words(status: &str, reason: &str) -> (String, String) {
    (status.to_owned(), reason.to_owned())
}

fn there(house: &House, document: &TruthDocument) -> TruthDocument {
    house.find(document.doc_type, |one| one.id == document.id)
}

/// An order that was edited here and in Metakocka.
async fn conflict(house: &House) -> (String, TruthDocument) {
    let (id, made) = sent_order(house).await;
    edit(house, &id, Some("Moj predmet"), Some("Moja opomba")).await;
    house.edit_there(&made, json!({ "title": "Njihov predmet", "notes": "Njihova opomba" }));
    house.look().await;
    (id, made)
}

/// An order that was edited here, and turned out to be gone in Metakocka when it was sent.
async fn gone(house: &House) -> (String, TruthDocument) {
    let (id, made) = sent_order(house).await;
    edit(house, &id, None, Some("Moja opomba")).await;
    delete_there(house, &made);
    assert_eq!(push(house, KIND, &id).await.outcome, "review");
    assert_eq!(says(house, &id).await, words("needs_review", "gone"));
    (id, made)
}

/// An order that was deleted here and changed in Metakocka since.
async fn deleted_here(house: &House) -> (String, TruthDocument) {
    let (id, made) = sent_order(house).await;
    let here = house.engine.sales_document(&house.scope, &id).await.unwrap();
    house.engine.delete_sales_document(&house.scope, &id, here.revision).await.unwrap();
    house.edit_there(&made, json!({ "title": "Njihov predmet" }));
    house.look().await;
    (id, made)
}

async fn every_question_is_in_one_list(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let apart = house.find(DocType::SalesOrder, |one| one.linked.is_empty());
    let apart_here = house.here(&apart).await.id;
    house.engine.forget_link(&house.scope, &apart_here).await.unwrap();
    let (conflict, _) = conflict(&house).await;
    let (gone, _) = gone(&house).await;
    let (deleted, _) = deleted_here(&house).await;

    let all = list(&house, OF_DOCUMENTS).await;
    let seen: Vec<(Review, Option<&str>)> =
        all.rows.iter().map(|row| (row.reason, row.record_id.as_deref())).collect();
    let expected = [
        (Review::Conflict, Some(conflict.as_str())),
        (Review::Gone, Some(gone.as_str())),
        (Review::DeletedHere, Some(deleted.as_str())),
        (Review::Match, Some(apart_here.as_str())),
    ];
    assert_eq!(seen, expected, "{all:#?}");
    assert!(all.rows.iter().all(|row| row.sentence.is_some() && row.advice.is_some()), "{all:#?}");
    assert!(all.rows.iter().all(|row| row.since >= START), "{all:#?}");
    assert_eq!(all.rows.iter().map(|row| row.deleted).collect::<Vec<_>>(), [false, false, true, false]);
    assert_eq!(all.rows[3].external_id.as_ref(), Some(&apart.id));
    let of_documents = all.counts.iter().filter(|one| one.kind == KIND);
    assert_eq!(of_documents.map(|one| one.count).collect::<Vec<_>>(), [1, 1, 1, 1]);

    // Page by page it is the same list.
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let engine = &house.engine;
        let page = engine.questions(&house.scope, OF_DOCUMENTS, after.as_ref(), 1).await.unwrap();
        rows.extend(page.rows);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(rows, all.rows);
    let of_gone = list(&house, QuestionFilter { reason: Some(Review::Gone), kind: Some(KIND) }).await;
    assert_eq!((of_gone.rows.len(), &of_gone.counts), (1, &all.counts));
    let of_products = list(&house, QuestionFilter { kind: Some(RecordKind::Product), reason: None }).await;
    assert!(of_products.rows.is_empty());
    let everything = list(&house, QuestionFilter::default()).await;
    let counted: u64 = all.counts.iter().map(|one| one.count).sum();
    assert_eq!(u64::try_from(everything.rows.len()).unwrap(), counted);
    let url = house.simulator.url();
    let other: TenantScope = workspace(&house.engine, "Druga", &url, KEY).await;
    let theirs = house.engine.questions(&other, OF_DOCUMENTS, None, 50).await.unwrap();
    assert!(theirs.rows.is_empty() && theirs.counts.is_empty());
    let foreign = house.engine.question(&other, KIND, &conflict).await;
    assert!(matches!(foreign, Err(EngineError::NotFound)));
}

async fn a_conflict_is_answered_part_by_part_and_both_sides_are_equal(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (id, made) = conflict(&house).await;
    let asked = question(&house, &id).await;
    assert_eq!((asked.reason, asked.number.as_str()), (Some(Review::Conflict), made.number.as_str()));
    assert!(asked.changed_here.is_some() && asked.changed_there.is_some(), "{asked:?}");
    let parts: Vec<_> =
        asked.parts.iter().map(|part| (part.place.as_str(), &part.here, &part.there)).collect();
    let text = |text: &str| Some(Value::from(text));
    assert_eq!(
        parts,
        [
            ("notes", &text("Moja opomba"), &text("Njihova opomba")),
            ("title", &text("Moj predmet"), &text("Njihov predmet"))
        ]
    );
    // One part is answered, the other one stays open.
    answer(&house, &id, Answer::Parts(vec![("title".to_owned(), Counts::Here)])).await.unwrap();
    let left = question(&house, &id).await;
    assert_eq!((left.reason, left.parts.len()), (Some(Review::Conflict), 1), "{left:?}");
    assert_eq!(left.sent.iter().map(|change| change.place.as_str()).collect::<Vec<_>>(), ["title"]);
    answer(&house, &id, Answer::Parts(vec![("notes".to_owned(), Counts::There)])).await.unwrap();
    let none = question(&house, &id).await;
    assert_eq!((none.reason, none.parts.len(), none.sentence), (None, 0, None));
    assert_eq!(says(&house, &id).await, words("pending", "to_send"));
    assert_eq!(push(&house, KIND, &id).await.outcome, "updated");
    let (here, there) = (house.engine.sales_document(&house.scope, &id).await.unwrap(), there(&house, &made));
    assert_eq!((here.title.as_str(), here.head.notes.as_deref()), ("Moj predmet", Some("Njihova opomba")));
    assert_eq!(
        (there.title, there.notes),
        (Some("Moj predmet".to_owned()), Some("Njihova opomba".to_owned()))
    );
    assert!(list(&house, OF_DOCUMENTS).await.rows.is_empty());
}

async fn an_answer_to_what_has_moved_decides_nothing(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (id, made) = conflict(&house).await;
    let theirs = Answer::Parts(vec![("title".to_owned(), Counts::There)]);
    let asked = question(&house, &id).await.version;
    house.edit_there(&made, json!({ "title": "Spet drugače" }));
    house.look().await;
    let late = house.engine.answer(&house.scope, (KIND, &id), &asked, &theirs).await;
    assert_eq!(state_code(late), "changed_meanwhile");
    let asked = question(&house, &id).await.version;
    edit(&house, &id, Some("Tudi jaz"), None).await;
    let late = house.engine.answer(&house.scope, (KIND, &id), &asked, &theirs).await;
    assert_eq!(state_code(late), "changed_meanwhile");
    let asked = question(&house, &id).await;
    assert_eq!(asked.parts[1].there, Some(json!("Spet drugače")));
    assert_eq!(asked.parts[1].here, Some(json!("Tudi jaz")));
}

async fn only_staff_answers_and_only_what_is_asked(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (id, _) = conflict(&house).await;
    let reader = engine::access::NewUser {
        email: "bralec@example.test".to_owned(),
        name: "Bralec".to_owned(),
        password: "geslo-geslo".to_owned().into(),
        language: engine::access::Language::default(),
        role: Role::ReadOnly,
        workspace: engine::access::WorkspaceChoice::Existing("Lesna oprema".to_owned()),
    };
    house.engine.add_user(reader).await.unwrap();
    let reader = house.engine.scope_for_operator("Lesna oprema", Some("bralec@example.test")).await.unwrap();
    let asked = house.engine.question(&reader, KIND, &id).await.unwrap();
    let theirs = Answer::Parts(vec![("title".to_owned(), Counts::There)]);
    let refused = house.engine.answer(&reader, (KIND, &id), &asked.version, &theirs).await;
    assert!(matches!(refused, Err(EngineError::Forbidden)));
    for step in Step::ALL {
        let refused = answer(&house, &id, Answer::Whole(step)).await;
        assert!(matches!(refused, Err(EngineError::Invalid { field: "step", .. })), "{step:?} {refused:?}");
    }
    let unknown = Answer::Parts(vec![("currency".to_owned(), Counts::There)]);
    let refused = answer(&house, &id, unknown).await;
    assert!(matches!(refused, Err(EngineError::Invalid { field: "place", .. })));
}

/// An order whose subject somebody changed in Metakocka between our write and our reading of it.
async fn kept_otherwise(house: &House) -> (String, TruthDocument) {
    let before = house.truth();
    let input = order(house).await;
    let id = house.engine.create_sales_document(&house.scope, &input).await.unwrap();
    house.simulator.add_fault(FaultRule::nth("put_document", 1, Effect::DropAfterStore)).unwrap();
    assert_eq!(push(house, KIND, &id).await.outcome, "unknown");
    house.simulator.clear_faults();
    let made = new_orders(house, &before).remove(0);
    house.edit_there(&made, json!({ "title": "Njihov predmet" }));
    for _ in 0..20 {
        house.advance(Duration::from_mins(1));
        house.engine.run_pending_jobs(&patient()).await.unwrap();
    }
    assert_eq!(says(house, &id).await, words("needs_review", "difference"));
    (id, made)
}

async fn what_metakocka_kept_otherwise_is_taken_or_sent_again(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    for (counts, title) in [(Counts::There, "Njihov predmet"), (Counts::Here, "Obnova skladišča")] {
        let (id, made) = kept_otherwise(&house).await;
        let asked = question(&house, &id).await;
        let sentence = "Metakocka keeps something else than what was sent: the subject.";
        assert_eq!((asked.reason, asked.sentence.as_deref()), (Some(Review::Difference), Some(sentence)));
        assert_eq!((asked.parts.len(), asked.parts[0].place.as_str()), (1, "title"), "{asked:?}");
        answer(&house, &id, Answer::Parts(vec![("title".to_owned(), counts)])).await.unwrap();
        if counts == Counts::Here {
            assert_eq!(says(&house, &id).await, words("pending", "to_send"));
            assert_eq!(push(&house, KIND, &id).await.outcome, "updated");
        }
        assert_eq!(says(&house, &id).await, words("synced", ""));
        let here = house.engine.sales_document(&house.scope, &id).await.unwrap();
        assert_eq!((here.title.as_str(), there(&house, &made).title.as_deref()), (title, Some(title)));
    }
}

async fn a_total_that_somebody_took_is_not_asked_about_again(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (id, made) = sent_order(&house).await;
    let raw: String =
        sqlx::query_scalar("SELECT raw FROM mirror WHERE external_id = $1 AND kind = 'sales_document'")
            .bind(made.id.as_str())
            .fetch_one(house.db.reader())
            .await
            .unwrap();
    let mut raw: Value = serde_json::from_str(&raw).unwrap();
    raw["sum_all"] = json!("999.99");
    let raw = raw.to_string().replace('\'', "''");
    let sql = format!(
        "UPDATE mirror SET raw = '{raw}' WHERE external_id = '{}' AND kind = 'sales_document'",
        made.id
    );
    execute(&house.db, &sql).await;
    edit(&house, &id, Some("Drugo"), None).await;
    edit(&house, &id, Some("Obnova skladišča"), None).await;
    assert_eq!(says(&house, &id).await, words("needs_review", "difference"));
    let asked = question(&house, &id).await;
    assert_eq!((asked.parts[0].place.as_str(), asked.parts[0].sends), ("total", false), "{asked:?}");
    assert_eq!(asked.parts[0].there, Some(json!("999.99")));
    let again = answer(&house, &id, Answer::Parts(vec![("total".to_owned(), Counts::Here)])).await;
    assert!(
        matches!(again, Err(EngineError::Invalid { field: "counts", .. })),
        "nothing differs that could be sent"
    );
    answer(&house, &id, Answer::Parts(vec![("total".to_owned(), Counts::There)])).await.unwrap();
    assert_eq!(says(&house, &id).await, words("synced", ""));
    edit(&house, &id, Some("Drugo"), None).await;
    edit(&house, &id, Some("Obnova skladišča"), None).await;
    assert_eq!(says(&house, &id).await, words("synced", ""), "it was taken");
}

async fn a_record_that_is_gone_lives_on_only_here_until_somebody_sends_it(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (id, made) = gone(&house).await;
    let asked = question(&house, &id).await;
    assert_eq!(asked.steps, [Step::KeepHere, Step::CreateAgain, Step::DeleteHere]);
    let unsent: Vec<_> = asked.unsent.iter().map(|change| (change.place.as_str(), &change.to)).collect();
    assert_eq!(unsent, [("notes", &Some(json!("Moja opomba")))]);
    answer(&house, &id, Answer::Whole(Step::KeepHere)).await.unwrap();
    let before = house.truth();
    for _ in 0..2 {
        assert_eq!(says(&house, &id).await, words("excluded", "detached"));
        house.sync().await;
        let all = house.engine.start_push(&house.scope, KIND, Outgoing::All, Cause::Manual).await.unwrap();
        house.finish(&all).await;
    }
    assert!(new_orders(&house, &before).is_empty(), "sending all does not send it");
    assert_eq!(push(&house, KIND, &id).await.outcome, "created");
    let again = new_orders(&house, &before);
    assert_eq!((again.len(), again[0].notes.as_deref()), (1, Some("Moja opomba")));
    assert_ne!(again[0].id, made.id);
    assert_eq!(says(&house, &id).await, words("synced", ""));
}

async fn a_record_that_is_gone_is_created_again_once(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (id, made) = gone(&house).await;
    let before = house.truth();
    house.simulator.clear_requests();
    let run = answer(&house, &id, Answer::Whole(Step::CreateAgain)).await.unwrap().unwrap();
    let run = house.finish(&run).await;
    assert_eq!((run.created, run.failed), (1, 0), "{run:?}");
    let again = new_orders(&house, &before);
    assert_eq!((again.len(), again[0].notes.as_deref()), (1, Some("Moja opomba")));
    let calls = house.simulator.request_counts();
    assert!(calls["get_document"] >= 1 && calls["search"] >= 1, "looked for by id and by sign: {calls:?}");
    let now = status(&house, &id).await;
    assert_eq!(now.status, "synced");
    assert_eq!(now.mapping.unwrap().external_id, again[0].id);
    // The one that is gone is no question, and comes back to nobody.
    house.sync().await;
    assert!(list(&house, OF_DOCUMENTS).await.rows.is_empty());
    let stored = truth::documents(&house.db, &house.scope).await;
    assert!(!stored.contains_key(&truth::key(&made)));
}

async fn a_record_that_is_back_is_not_created_again(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (id, made) = sent_order(&house).await;
    // It looked as if it were gone.
    let sql = format!(
        "UPDATE mirror SET gone_at = 1 WHERE external_id = '{}' AND kind = 'sales_document'",
        made.id
    );
    execute(&house.db, &sql).await;
    edit(&house, &id, None, Some("Moja opomba")).await;
    assert_eq!(says(&house, &id).await, words("needs_review", "gone"));
    let before = house.truth();
    let run = answer(&house, &id, Answer::Whole(Step::CreateAgain)).await.unwrap().unwrap();
    let run = house.finish(&run).await;
    assert_eq!((run.created, run.updated), (0, 1), "{run:?}");
    assert!(new_orders(&house, &before).is_empty());
    assert_eq!(there(&house, &made).notes.as_deref(), Some("Moja opomba"));
    assert_eq!(says(&house, &id).await, words("synced", ""));
}

async fn a_record_that_is_gone_is_deleted_here_too(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (id, _) = gone(&house).await;
    answer(&house, &id, Answer::Whole(Step::DeleteHere)).await.unwrap();
    assert!(matches!(house.engine.sales_document(&house.scope, &id).await, Err(EngineError::NotFound)));
    let history = house.engine.history(&house.scope, KIND, &id, None, 1).await.unwrap();
    assert_eq!(history.entries[0].deed, "deleted");
    house.sync().await;
    assert!(list(&house, OF_DOCUMENTS).await.rows.is_empty());
    assert_eq!(house.waiting().await.1, Some(0));
}

async fn an_invoice_that_is_gone_is_not_offered_to_be_created(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let bill = house.find(DocType::SalesBillDomestic, |one| one.sum_paid < one.sum_all);
    let id = house.here(&bill).await.id;
    delete_there(&house, &bill);
    house.look().await;
    assert_eq!(question(&house, &id).await.steps, [Step::KeepHere, Step::DeleteHere]);
    let refused = answer(&house, &id, Answer::Whole(Step::CreateAgain)).await;
    assert!(matches!(refused, Err(EngineError::Invalid { field: "step", .. })));
}

async fn a_deleted_record_comes_back_with_what_metakocka_has(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (id, made) = deleted_here(&house).await;
    let asked = question(&house, &id).await;
    assert_eq!(
        (asked.reason, asked.steps),
        (Some(Review::DeletedHere), vec![Step::Restore, Step::LeaveDeleted])
    );
    let news: Vec<_> = asked.news.iter().map(|change| (change.place.as_str(), &change.to)).collect();
    assert_eq!(news, [("title", &Some(json!("Njihov predmet")))]);
    answer(&house, &id, Answer::Whole(Step::Restore)).await.unwrap();
    let here = house.engine.sales_document(&house.scope, &id).await.unwrap();
    assert_eq!((here.title.as_str(), here.number.as_str()), ("Njihov predmet", made.number.as_str()));
    assert_eq!(says(&house, &id).await, words("synced", ""));
    let history = house.engine.history(&house.scope, KIND, &id, None, 10).await.unwrap();
    let deeds: Vec<&str> = history.entries.iter().map(|entry| entry.deed.as_str()).collect();
    assert!(deeds.contains(&"restored") && deeds.contains(&"deleted"), "{deeds:?}");
    let run = house.sync().await;
    assert_eq!((run.created, run.updated), (0, 0), "{run:?}");
}

async fn a_deleted_record_stays_deleted_until_something_changes_again(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (id, made) = deleted_here(&house).await;
    answer(&house, &id, Answer::Whole(Step::LeaveDeleted)).await.unwrap();
    for _ in 0..2 {
        assert!(list(&house, OF_DOCUMENTS).await.rows.is_empty());
        assert!(matches!(house.engine.sales_document(&house.scope, &id).await, Err(EngineError::NotFound)));
        house.sync().await;
    }
    house.edit_there(&made, json!({ "title": "Spet drugače" }));
    house.sync().await;
    let asked = list(&house, OF_DOCUMENTS).await;
    assert_eq!((asked.rows.len(), asked.rows[0].reason), (1, Review::DeletedHere), "{asked:?}");
}
