//! What direction or E forbids to write is asked about beside what can be merged, and what is given up can be kept as an
//! internal note (policy row 22). Internal notes are never sent and never a conflict.

use engine::EngineError;
use engine::crm::ProductQuery;
use engine::sync::{Answer, Cause, Counts, Disagreement};
use engine::test_support::TestDb;
use metakocka_simulator::DocType;
use serde_json::{Value, json};
use sync_core::record::RecordKind::{self, Product};

use crate::house::{House, KIND};
use crate::matching::writes;
use crate::pushes::push;
use crate::unknowns::{edit, invoice, says, sent_order, words};

const DOCUMENTS: usize = 40;

engine::each_engine!(
    row_22_what_direction_forbids_to_send_is_taken_with_ours_as_a_note,
    row_22_what_a_lock_forbids_to_send_is_asked_about_beside_a_merge,
    row_22_what_cannot_be_emptied_there_is_taken_again,
    what_can_be_sent_is_not_offered_as_a_note,
    internal_notes_are_never_sent_and_never_a_conflict,
);

async fn parts(house: &House, kind: RecordKind, id: &str) -> Vec<Disagreement> {
    house.engine.conflict(&house.scope, kind, id).await.unwrap().parts
}

/// What may be chosen for a place: here, there, note.
fn allowed(part: &Disagreement) -> (&str, bool, bool, bool) {
    (part.place.as_str(), part.sends, part.takes, part.notes)
}

async fn answer(
    house: &House,
    kind: RecordKind,
    id: &str,
    place: &str,
    counts: Counts,
) -> Result<(), EngineError> {
    let question = house.engine.question(&house.scope, kind, id).await.unwrap();
    let answers = Answer::Parts(vec![(place.to_owned(), counts)]);
    house.engine.answer(&house.scope, (kind, id), &question.version, &answers).await.map(drop)
}

async fn notes(house: &House, kind: RecordKind, id: &str) -> Option<String> {
    house.engine.internal_notes(&house.scope, kind, id).await.unwrap().text
}

async fn row_22_what_direction_forbids_to_send_is_taken_with_ours_as_a_note(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    // Invoices come from Metakocka (policy D).
    let bill = house.find(DocType::SalesBillDomestic, |one| one.sum_paid < one.sum_all);
    house.edit_title_here(&bill, "Naš predmet").await;
    house.edit_there(&bill, json!({ "notes": "Njihova opomba" }));
    house.look().await;
    let id = house.here(&bill).await.id;
    assert_eq!(says(&house, &id).await, words("needs_review", "conflict"));
    let open = parts(&house, KIND, &id).await;
    assert_eq!(open.iter().map(allowed).collect::<Vec<_>>(), [("title", false, true, true)]);
    let refused = answer(&house, KIND, &id, "title", Counts::Here).await;
    assert!(matches!(refused, Err(EngineError::Invalid { .. })), "{refused:?}");
    house.simulator.clear_requests();
    answer(&house, KIND, &id, "title", Counts::ThereWithNote).await.unwrap();

    let here = house.here(&bill).await;
    assert_eq!(
        (Some(here.title.as_str()), here.head.notes.as_deref()),
        (bill.title.as_deref().or(Some("")), Some("Njihova opomba"))
    );
    assert_eq!(says(&house, &id).await, words("synced", ""));
    let kept = notes(&house, KIND, &id).await.unwrap();
    assert_eq!(kept, "2026-11-24: Subject was “Naš predmet” here and could not be sent to Metakocka.");
    assert_eq!(here.internal_notes.as_deref(), Some(kept.as_str()));
    assert_eq!(writes(&house), Vec::<String>::new(), "nothing was sent");
    let history = house.engine.history(&house.scope, KIND, &id, None, 10).await.unwrap().entries;
    let noted =
        history.iter().find(|entry| entry.changes.iter().any(|change| change.field() == "internal_notes"));
    let noted = noted.unwrap_or_else(|| panic!("the history tells of it: {history:?}"));
    assert_eq!(noted.changes[0].to, Some(Value::from(kept)));
}

async fn row_22_what_a_lock_forbids_to_send_is_asked_about_beside_a_merge(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (id, made) = sent_order(&house).await;
    invoice(&house, &made.id).await;
    house.look().await;
    edit(&house, &id, Some("Naš predmet"), None).await;
    house.edit_there(&made, json!({ "notes": "Njihova opomba" }));
    house.look().await;
    assert_eq!(says(&house, &id).await, words("needs_review", "conflict"));
    let open = parts(&house, KIND, &id).await;
    assert_eq!(open.iter().map(allowed).collect::<Vec<_>>(), [("title", false, true, true)]);
    assert_eq!(open[0].here, Some(json!("Naš predmet")));
    answer(&house, KIND, &id, "title", Counts::ThereWithNote).await.unwrap();
    let here = house.engine.sales_document(&house.scope, &id).await.unwrap();
    assert_eq!(
        (here.title.as_str(), here.head.notes.as_deref()),
        ("Obnova skladišča", Some("Njihova opomba"))
    );
    assert!(here.internal_notes.unwrap().contains("“Naš predmet”"));
    assert_eq!(says(&house, &id).await, words("synced", ""));
    assert_eq!(push(&house, KIND, &id).await.outcome, "unchanged");
}

async fn row_22_what_cannot_be_emptied_there_is_taken_again(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (engine, scope) = (&house.engine, &house.scope);
    let rows = engine.products(scope, &ProductQuery::default()).await.unwrap().rows;
    let row = rows.into_iter().find(|row| row.sync.external_id.is_some() && !row.unit.is_empty()).unwrap();
    let view = engine.product(scope, &row.id).await.unwrap();
    let mut input = view.form;
    input.unit = None;
    engine.edit_product(scope, &row.id, view.revision, &input).await.unwrap();
    let set = json!({ "description": "Njihov opis" });
    let edit = json!({ "kind": "product", "id": row.sync.external_id, "set": set });
    house.simulator.edit(&serde_json::from_value(edit).unwrap()).unwrap();
    let look = engine.start_look(scope, Product, Cause::Manual).await.unwrap();
    house.finish(&look).await;
    let open = parts(&house, Product, &row.id).await;
    assert_eq!(
        open.iter().map(allowed).collect::<Vec<_>>(),
        [("unit", false, true, false)],
        "nothing to keep"
    );
    let refused = answer(&house, Product, &row.id, "unit", Counts::ThereWithNote).await;
    assert!(matches!(refused, Err(EngineError::Invalid { .. })), "{refused:?}");
    answer(&house, Product, &row.id, "unit", Counts::There).await.unwrap();
    let here = engine.product(scope, &row.id).await.unwrap();
    assert_eq!(
        (here.form.unit.as_deref(), here.form.description.as_deref()),
        (Some(row.unit.as_str()), Some("Njihov opis"))
    );
    assert_eq!((here.sync.status.as_str(), here.internal_notes), ("synced", None));
}

async fn what_can_be_sent_is_not_offered_as_a_note(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (id, made) = sent_order(&house).await;
    edit(&house, &id, Some("Naš predmet"), None).await;
    house.edit_there(&made, json!({ "title": "Njihov predmet" }));
    house.look().await;
    let open = parts(&house, KIND, &id).await;
    assert_eq!(open.iter().map(allowed).collect::<Vec<_>>(), [("title", true, true, false)]);
    let refused = answer(&house, KIND, &id, "title", Counts::ThereWithNote).await;
    assert!(matches!(refused, Err(EngineError::Invalid { .. })), "{refused:?}");
    assert_eq!(notes(&house, KIND, &id).await, None);
}

async fn internal_notes_are_never_sent_and_never_a_conflict(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (engine, scope) = (&house.engine, &house.scope);
    let (id, made) = sent_order(&house).await;
    let before = engine.internal_notes(scope, KIND, &id).await.unwrap();
    house.simulator.clear_requests();
    let set = |revision, text| engine.set_internal_notes(scope, (KIND, &id), revision, Some(text));
    let revision = set(before.revision, "Samo za nas").await.unwrap();
    assert_eq!(revision, before.revision + 1);
    assert!(matches!(set(before.revision, "Prepozno").await, Err(EngineError::Stale { .. })));
    assert_eq!(says(&house, &id).await, words("synced", ""));
    assert_eq!(push(&house, KIND, &id).await.outcome, "unchanged");
    assert_eq!(writes(&house), Vec::<String>::new());
    house.edit_there(&made, json!({ "title": "Njihov predmet" }));
    house.sync().await;
    assert_eq!(says(&house, &id).await, words("synced", ""), "theirs was taken");
    assert_eq!(notes(&house, KIND, &id).await.as_deref(), Some("Samo za nas"));
    let revision = engine.internal_notes(scope, KIND, &id).await.unwrap().revision;
    set(revision, "  ").await.unwrap();
    assert_eq!(notes(&house, KIND, &id).await, None);
}
