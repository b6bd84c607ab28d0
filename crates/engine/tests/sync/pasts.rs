//! Any past state of a record can be rebuilt (issue 5, *Deliver* 9): whatever people and runs do to it, the state of every
//! revision is what was stored then.

use std::collections::BTreeMap;

use engine::EngineError;
use engine::crm::{AddressInput, AsOf, ContactQuery, ProductQuery};
use engine::sync::{Answer, Cause, Counts, MatchAnswer, RemoteKey, Selection};
use engine::test_support::TestDb;
use jiff::Timestamp;
use metakocka_simulator::DocType;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use sync_core::record::RecordKind::{self, Contact, Product, SalesDocument};

use crate::house::{House, KIND, TODAY};
use crate::matching::{create, order_there, push};
use crate::pushes::order;

const DOCUMENTS: usize = 12;
/// Things that happen to the records of one test.
const STEPS: usize = 60;

engine::each_engine!(
    every_state_of_every_kind_can_be_rebuilt_whatever_happened,
    a_line_that_found_its_product_later_had_none_before,
);

/// What each revision of each record was when it was the latest, and when it was seen.
#[derive(Default)]
struct Seen(BTreeMap<(&'static str, String, i64), (Timestamp, Value)>);

impl Seen {
    async fn look(&mut self, house: &House, kind: RecordKind, id: &str) {
        let now = engine::clock::Clock::now(&*house.clock);
        let latest = house.engine.record_as_of(&house.scope, (kind, id), AsOf::Instant(now)).await.unwrap();
        assert!(latest.is_latest, "what is told of now is what lies here: {latest:?}");
        self.0.entry((kind.as_str(), id.to_owned(), latest.revision)).or_insert((now, latest.state));
    }

    async fn check(&self, house: &House) {
        for ((kind, id, revision), (at, state)) in &self.0 {
            let of = (kind.parse().unwrap(), id.as_str());
            for as_of in [AsOf::Revision(*revision), AsOf::Instant(*at)] {
                let past = house.engine.record_as_of(&house.scope, of, as_of).await.unwrap();
                assert_eq!((past.revision, &past.state), (*revision, state), "{kind} {id} {as_of:?}");
            }
        }
    }
}

/// The records of a test.
struct Cast {
    document: String,
    external: String,
    contact: String,
    partner: String,
    product: String,
}

async fn every_state_of_every_kind_can_be_rebuilt_whatever_happened(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (engine, scope) = (&house.engine, &house.scope);
    let input = order(&house).await;
    let document = engine.create_sales_document(scope, &input).await.unwrap();
    push(&house, SalesDocument, &document).await;
    let external = engine.sales_document(scope, &document).await.unwrap().sync.external_id.unwrap();
    let contact = input.contact_id.unwrap();
    let partner = engine.contact(scope, &contact).await.unwrap().sync.external_id.unwrap();
    let product = input.lines[0].product_id.clone().unwrap();
    let cast = Cast { document, external, contact, partner, product };
    let mut seen = Seen::default();
    let strategy = proptest::collection::vec((0_u32..12, 0_u32..5), STEPS);
    let steps = strategy.new_tree(&mut TestRunner::deterministic()).unwrap().current();
    for (deed, word) in steps {
        happen(&house, &cast, deed, word).await;
        let records = [(SalesDocument, &cast.document), (Contact, &cast.contact), (Product, &cast.product)];
        for (kind, id) in records {
            seen.look(&house, kind, id).await;
        }
        house.advance(std::time::Duration::from_secs(1));
    }
    let revisions = |kind: RecordKind| seen.0.keys().filter(|(of, ..)| *of == kind.as_str()).count();
    assert!(
        revisions(SalesDocument) > 15 && revisions(Contact) > 5 && revisions(Product) > 3,
        "much happened"
    );
    seen.check(&house).await;
    // A tombstone, too, was something before.
    let revision = engine.sales_document(scope, &cast.document).await.unwrap().revision;
    engine.delete_sales_document(scope, &cast.document, revision).await.unwrap();
    seen.check(&house).await;
    let before =
        engine.record_as_of(scope, (KIND, &cast.document), AsOf::Instant(Timestamp::UNIX_EPOCH)).await;
    assert!(matches!(before, Err(EngineError::NotFound)), "{before:?}");
}

/// One thing that happens.
async fn happen(house: &House, cast: &Cast, deed: u32, word: u32) {
    let (engine, scope) = (&house.engine, &house.scope);
    match deed {
        0..=3 => edit_document(house, &cast.document, deed, word).await,
        4 => {
            let view = engine.contact(scope, &cast.contact).await.unwrap();
            let mut input = view.form;
            let address = AddressInput { street: Some(format!("Ulica {word}")), ..AddressInput::default() };
            if word.is_multiple_of(2) {
                input.delivery_addresses.push(address);
            } else {
                input.address = Some(address);
            }
            input.delivery_addresses.truncate(2);
            engine.edit_contact(scope, &cast.contact, view.revision, &input).await.unwrap();
        }
        5 => {
            let view = engine.product(scope, &cast.product).await.unwrap();
            let mut input = view.form;
            input.description = (word > 0).then(|| format!("Opis {word}"));
            engine.edit_product(scope, &cast.product, view.revision, &input).await.unwrap();
        }
        6 => {
            let (kind, id) = [(KIND, &cast.document), (Contact, &cast.contact), (Product, &cast.product)]
                [(word % 3) as usize];
            let revision = engine.internal_notes(scope, kind, id).await.unwrap().revision;
            let notes = format!("Opomba {word}");
            engine.set_internal_notes(scope, (kind, id), revision, Some(&notes)).await.unwrap();
        }
        7 => {
            let set = json!({ "title": format!("Njihov {word}"), "notes": format!("Njihove {word}") });
            let edit =
                json!({ "kind": "document", "docType": "sales_order", "id": cast.external, "set": set });
            house.simulator.edit(&serde_json::from_value(edit).unwrap()).unwrap();
            drop(house.sync().await);
        }
        8 => {
            let set = json!({ "contactName": format!("Oseba {word}"), "street": format!("Njihova {word}") });
            let edit = json!({ "kind": "partner", "id": cast.partner, "set": set });
            house.simulator.edit(&serde_json::from_value(edit).unwrap()).unwrap();
            let run = engine.start_pull(scope, Contact, Selection::All, Cause::Api).await.unwrap();
            house.finish(&run).await;
            let look = engine.start_look(scope, Contact, Cause::Manual).await.unwrap();
            house.finish(&look).await;
        }
        9 => {
            for (kind, id) in
                [(SalesDocument, &cast.document), (Contact, &cast.contact), (Product, &cast.product)]
            {
                drop(push(house, kind, id).await);
            }
        }
        10 => decide(house, cast, word).await,
        _ => merge_into(house, &cast.contact).await,
    }
}

async fn edit_document(house: &House, id: &str, deed: u32, word: u32) {
    let (engine, scope) = (&house.engine, &house.scope);
    let revision = engine.sales_document(scope, id).await.unwrap().revision;
    let mut form = engine.sales_document_form(scope, id).await.unwrap();
    match deed {
        0 => form.title = (word > 0).then(|| format!("Predmet {word}")),
        1 => form.due = (word > 0).then(|| TODAY.saturating_add(jiff::Span::new().days(i64::from(word)))),
        2 => {
            let mut line = engine::crm::LineInput { row: None, ..form.lines[0].clone() };
            line.amount = Some((word + 1).into());
            if form.lines.len() > 2 { drop(form.lines.pop()) } else { form.lines.push(line) }
        }
        _ => form.lines[0].text = Some(format!("Besedilo {word}")),
    }
    engine.replace_sales_document(scope, id, revision, &form).await.unwrap();
}

/// Answers what is asked about any of them.
async fn decide(house: &House, cast: &Cast, word: u32) {
    let (engine, scope) = (&house.engine, &house.scope);
    for (kind, id) in [(SalesDocument, &cast.document), (Contact, &cast.contact), (Product, &cast.product)] {
        let Ok(question) = engine.question(scope, kind, id).await else { continue };
        let choice = |part: &engine::sync::Disagreement| match word % 2 {
            _ if part.notes => Some(Counts::ThereWithNote),
            0 if part.sends => Some(Counts::Here),
            _ if part.takes => Some(Counts::There),
            _ => None,
        };
        let answers = question.parts.iter().filter_map(|part| Some((part.place.clone(), choice(part)?)));
        let answers: Vec<(String, Counts)> = answers.collect();
        if !answers.is_empty() {
            let answers = Answer::Parts(answers);
            engine.answer(scope, (kind, id), &question.version, &answers).await.unwrap();
        }
    }
}

/// Another contact with a document gives its place up.
async fn merge_into(house: &House, keep: &str) {
    let (engine, scope) = (&house.engine, &house.scope);
    let rows = engine.contacts(scope, &ContactQuery::default()).await.unwrap().rows;
    let Some(other) = rows.iter().find(|row| row.id != keep) else { return };
    let revision = engine.contact(scope, keep).await.unwrap().revision;
    engine.merge_contacts(scope, (keep, revision), (&other.id, other.revision)).await.unwrap();
}

/// Who a product is was not decided when its document came.
async fn a_line_that_found_its_product_later_had_none_before(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (engine, scope) = (&house.engine, &house.scope);
    let input = engine::crm::ProductInput {
        code: "dvojnik-1".to_owned(),
        name: "Dvojnik".to_owned(),
        unit: Some("kos".to_owned()),
        ..engine::crm::ProductInput::default()
    };
    let here = engine.create_product(scope, &input).await.unwrap();
    let set = json!({ "code": "DVOJNIK-1", "name": "Dvojnik", "unit": "kos", "sales": true });
    let there = create(&house, "product", &set);
    let partner = engine.contacts(scope, &ContactQuery::default()).await.unwrap().rows;
    let partner = partner.into_iter().find_map(|row| row.sync.external_id).unwrap();
    let request = json!({ "kind": "document", "docType": "sales_order", "set": { "partner": partner,
        "addLines": [{ "product": "DVOJNIK-1", "amount": "1", "price": "9", "tax": "EX4" }] } });
    let made = house.simulator.create(&serde_json::from_value(request).unwrap()).unwrap().to_string();
    drop(order_there(&house, &partner, "12"));
    house.sync().await;
    let truth = house.find(DocType::SalesOrder, |one| one.id == made);
    let view = house.here(&truth).await;
    assert_eq!(view.lines[0].product_id, None, "{:?}", view.lines);
    let key = RemoteKey { remote_type: String::new(), id: there };
    engine.answer_match(scope, (Product, &here), &MatchAnswer::ItIs(key)).await.unwrap();
    let found = house.here(&truth).await;
    assert_eq!((found.lines[0].product_id.as_ref(), found.revision), (Some(&here), view.revision + 1));
    assert_eq!(found.sync.status, "synced", "that is no edit");
    let then = engine.record_as_of(scope, (KIND, &view.id), AsOf::Revision(view.revision)).await.unwrap();
    assert_eq!(then.state["lines"][0]["product_id"], Value::Null);
    let query = ProductQuery::default();
    assert!(engine.products(scope, &query).await.unwrap().rows.iter().any(|row| row.id == here));
}
