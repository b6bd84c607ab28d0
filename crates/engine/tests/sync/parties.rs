//! Contacts and products that are taken by themselves: named, or all that are newer in Metakocka (endpoints 5 and 6 of
//! the contract, rows 10, 12, 20 and 22 of the policy).

use engine::EngineError;
use engine::crm::{ContactInput, ContactQuery, ProductQuery};
use engine::sync::{Cause, ExternalKey, Moved, RunState, RunView, Selection};
use engine::test_support::TestDb;
use metakocka_simulator::{CreateRequest, EditRequest, Kind};
use serde_json::{Value, json};
use std::time::Duration;
use sync_core::record::RecordKind;

use crate::house::House;

const DOCUMENTS: usize = 40;

engine::each_engine!(
    a_named_partner_becomes_a_contact,
    a_named_product_becomes_a_product_here_though_nobody_has_looked,
    a_partner_that_could_be_a_contact_here_is_asked_about,
    what_is_newer_there_is_taken_and_the_second_time_nothing_is,
    an_edit_here_is_not_overwritten_by_what_is_newer_there,
    a_name_that_nobody_has_is_not_found,
    a_look_that_takes_brings_what_is_newer,
);

fn create(house: &House, kind: Kind, set: Value) -> String {
    let request = CreateRequest { company: None, kind, doc_type: None, copy_of: None, set };
    house.simulator.create(&request).unwrap().to_string()
}

fn edit(house: &House, kind: Kind, id: &str, set: Value) {
    let request = EditRequest { company: None, kind, doc_type: None, id: id.to_owned(), set };
    house.simulator.edit(&request).unwrap();
}

fn a_partner() -> Value {
    json!({
        "name": "Mizarstvo Hrast d.o.o.", "taxNumber": "SI90000016", "business": true, "taxpayer": true,
        "street": "Hrastova 4", "postNumber": "4000", "city": "Kranj", "country": "SI",
        "contactName": "Tine Hrast", "email": "tine@hrast.example",
    })
}

async fn take(house: &House, kind: RecordKind, ids: &[&str]) -> RunView {
    let keys = ids.iter().map(|id| ExternalKey { remote_type: None, id: (*id).to_owned() }).collect();
    pull(house, kind, Selection::These(keys)).await
}

async fn pull(house: &House, kind: RecordKind, which: Selection) -> RunView {
    let run = house.engine.start_pull(&house.scope, kind, which, Cause::Api).await.unwrap();
    house.finish(&run).await
}

async fn look(house: &House, kind: RecordKind) -> RunView {
    let run = house.engine.start_look(&house.scope, kind, Cause::Manual).await.unwrap();
    house.finish(&run).await
}

async fn came(house: &House, run: RunView) -> Result<Moved, EngineError> {
    house.engine.moved(&house.scope, run).await
}

async fn contact_named(house: &House, name: &str) -> Vec<String> {
    let query = ContactQuery { search: Some(name.to_owned()), ..ContactQuery::default() };
    let page = house.engine.contacts(&house.scope, &query).await.unwrap();
    page.rows.into_iter().map(|row| row.id).collect()
}

async fn a_named_partner_becomes_a_contact(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let id = create(&house, Kind::Partner, a_partner());
    let run = take(&house, RecordKind::Contact, &[&id]).await;
    assert_eq!((run.state, run.total, run.created), (RunState::Done, 1, 1), "{run:?}");
    let item = came(&house, run).await.unwrap().item.unwrap();
    assert_eq!((item.outcome.as_str(), item.external_id.as_str()), ("created", id.as_str()));
    let contact = item.record_id.unwrap();
    let here = house.engine.contact(&house.scope, &contact).await.unwrap();
    assert_eq!(here.form.name, "Mizarstvo Hrast d.o.o.");
    let status =
        house.engine.sync_status(&house.scope, RecordKind::Contact, &contact).await.unwrap().unwrap();
    assert_eq!(status.status, "synced");

    let again = take(&house, RecordKind::Contact, &[&id]).await;
    assert_eq!((again.total, again.unchanged), (1, 1), "{again:?}");
    assert_eq!(contact_named(&house, "Mizarstvo Hrast").await, [contact]);
}

async fn a_named_product_becomes_a_product_here_though_nobody_has_looked(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let product = json!({ "code": "HRAST-40", "name": "Hrastova deska 40 mm", "unit": "kos", "sales": true });
    let id = create(&house, Kind::Product, product);
    let run = take(&house, RecordKind::Product, &[&id]).await;
    assert_eq!((run.state, run.total, run.created), (RunState::Done, 1, 1), "{run:?}");
    let query = ProductQuery { search: Some("HRAST-40".to_owned()), ..ProductQuery::default() };
    let page = house.engine.products(&house.scope, &query).await.unwrap();
    assert_eq!(page.rows.len(), 1);
    assert_eq!(page.rows[0].sync.external_id.as_deref(), Some(id.as_str()));
}

async fn a_partner_that_could_be_a_contact_here_is_asked_about(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let first = create(&house, Kind::Partner, a_partner());
    take(&house, RecordKind::Contact, &[&first]).await;
    let twin = create(&house, Kind::Partner, a_partner());
    let run = take(&house, RecordKind::Contact, &[&twin]).await;
    assert_eq!((run.total, run.review, run.created), (1, 1, 0), "{run:?}");
    let item = came(&house, run).await.unwrap().item.unwrap();
    assert_eq!(item.sentence.as_deref(), Some("Could be a record that is here already."));
    assert_eq!(contact_named(&house, "Mizarstvo Hrast").await.len(), 1);
}

async fn what_is_newer_there_is_taken_and_the_second_time_nothing_is(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let partner = create(&house, Kind::Partner, a_partner());
    take(&house, RecordKind::Contact, &[&partner]).await;
    edit(&house, Kind::Partner, &partner, json!({ "name": "Mizarstvo Hrast in sin d.o.o." }));
    look(&house, RecordKind::Contact).await;
    let run = pull(&house, RecordKind::Contact, Selection::All).await;
    assert_eq!((run.total, run.updated), (1, 1), "{run:?}");
    assert_eq!(contact_named(&house, "Hrast in sin").await.len(), 1);
    let again = pull(&house, RecordKind::Contact, Selection::All).await;
    assert_eq!(again.total, 0, "{again:?}");
}

async fn an_edit_here_is_not_overwritten_by_what_is_newer_there(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let partner = create(&house, Kind::Partner, a_partner());
    take(&house, RecordKind::Contact, &[&partner]).await;
    let id = contact_named(&house, "Mizarstvo Hrast").await.remove(0);
    let before = house.engine.contact(&house.scope, &id).await.unwrap();
    let form = ContactInput { name: "Hrast & Co.".to_owned(), ..before.form };
    house.engine.edit_contact(&house.scope, &id, before.revision, &form).await.unwrap();
    edit(&house, Kind::Partner, &partner, json!({ "name": "Mizarstvo Hrast in sin d.o.o." }));
    look(&house, RecordKind::Contact).await;
    let run = take(&house, RecordKind::Contact, &[&partner]).await;
    assert_eq!((run.total, run.review), (1, 1), "{run:?}");
    assert_eq!(house.engine.contact(&house.scope, &id).await.unwrap().form.name, "Hrast & Co.");
}

async fn a_name_that_nobody_has_is_not_found(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    for kind in [RecordKind::Contact, RecordKind::Product] {
        let run = take(&house, kind, &["999999999"]).await;
        assert_eq!((run.total, run.failed), (1, 1), "{run:?}");
        assert!(matches!(came(&house, run).await, Err(EngineError::NotFound)));
    }
}

async fn a_look_that_takes_brings_what_is_newer(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let product = house.simulator.products(crate::house::COMPANY).unwrap();
    let query = ProductQuery::default();
    let page = house.engine.products(&house.scope, &query).await.unwrap();
    let known = page.rows.iter().find_map(|row| row.sync.external_id.clone()).unwrap();
    assert!(product.iter().any(|one| one.id == known));
    edit(&house, Kind::Product, &known, json!({ "name": "Novo ime izdelka" }));
    house.advance(Duration::from_mins(1));
    let run = house.engine.start_sync(&house.scope, RecordKind::Product, Cause::Command).await.unwrap();
    let run = house.finish(&run).await;
    assert_eq!((run.state, run.total, run.updated), (RunState::Done, 1, 1), "{run:?}");
    let query = ProductQuery { search: Some("Novo ime".to_owned()), ..ProductQuery::default() };
    assert_eq!(house.engine.products(&house.scope, &query).await.unwrap().rows.len(), 1);
}
