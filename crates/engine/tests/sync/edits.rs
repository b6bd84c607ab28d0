//! What people make, edit and delete here, beside what Metakocka has: planned at once, and kept in the history of both
//! sides (policy B; docs/adr/0002).

use engine::crm::{
    AddressInput, AsOf, ContactInput, ContactQuery, DocumentInput, LineInput, ProductInput, ProductQuery,
};
use engine::sync::{RunState, WaitingReason};
use engine::test_support::TestDb;
use metakocka_simulator::DocType;
use serde_json::{Value, json};
use sync_core::record::{DocumentType, FieldChange, RecordKind};
use sync_core::state::{Excluded, Pending, SyncState, Trouble};

use crate::house::{House, KIND};

const DOCUMENTS: usize = 40;

engine::each_engine!(
    what_changes_there_and_comes_here_is_in_the_history_with_its_runs,
    a_linked_contact_that_is_edited_waits_to_be_sent_and_is_back_when_it_is_undone,
    a_new_document_goes_waits_or_is_blocked_by_what_it_names,
    a_deleted_document_releases_the_one_there_that_it_could_have_been,
    a_linked_document_that_is_deleted_here_does_not_come_back,
    merged_contacts_find_the_documents_of_both,
);

fn line(product: &str) -> LineInput {
    LineInput {
        product_id: Some(product.to_owned()),
        amount: Some("2".parse().unwrap()),
        price: Some("10".parse().unwrap()),
        tax_code: Some("EX4".to_owned()),
        ..LineInput::default()
    }
}

async fn what_changes_there_and_comes_here_is_in_the_history_with_its_runs(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let order = house.find(DocType::SalesOrder, |_| true);
    let id = house.here(&order).await.id;
    let first = house.engine.record_as_of(&house.scope, (KIND, &id), AsOf::Revision(1)).await.unwrap().state;
    house.edit_there(&order, json!({ "title": "Njihov naslov" }));
    let look = house.look().await;
    let page = house.engine.history(&house.scope, KIND, &id, None, 10).await.unwrap();
    let there = &page.entries[0];
    assert_eq!((there.there, there.deed.as_str(), there.run_id.as_ref()), (true, "changed", Some(&look.id)));
    let fields: Vec<String> = there.changes.iter().map(FieldChange::field).collect();
    assert_eq!(fields, ["title"]);
    assert_eq!(there.changes[0].to, Some(Value::from("Njihov naslov")));
    let pull = house.pull().await;
    assert_eq!((pull.state, pull.updated), (RunState::Done, 1));
    let page = house.engine.history(&house.scope, KIND, &id, None, 10).await.unwrap();
    let here = &page.entries[0];
    assert_eq!((here.there, here.revision, here.run_id.as_ref()), (false, Some(2), Some(&pull.id)));
    assert!(here.changes.iter().any(|change| change.field() == "title"), "{here:?}");
    let deeds: Vec<(bool, &str)> =
        page.entries.iter().map(|entry| (entry.there, entry.deed.as_str())).collect();
    assert_eq!(deeds, [(false, "changed"), (true, "changed"), (false, "created")]);
    let rebuilt =
        house.engine.record_as_of(&house.scope, (KIND, &id), AsOf::Revision(1)).await.unwrap().state;
    assert_eq!(rebuilt, first);
    assert_eq!(
        house.engine.record_as_of(&house.scope, (KIND, &id), AsOf::Revision(2)).await.unwrap().state["title"],
        "Njihov naslov"
    );
}

async fn a_linked_contact_that_is_edited_waits_to_be_sent_and_is_back_when_it_is_undone(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let row = house.engine.contacts(&house.scope, &ContactQuery::default()).await.unwrap().rows.remove(0);
    assert_eq!(row.sync.state, Some(SyncState::Synced));
    let before = house.engine.contact(&house.scope, &row.id).await.unwrap();
    let mut form = before.form.clone();
    "Drugo ime d.o.o.".clone_into(&mut form.name);
    house.engine.edit_contact(&house.scope, &row.id, 1, &form).await.unwrap();
    let state = async || house.engine.contact(&house.scope, &row.id).await.unwrap().sync.state;
    assert_eq!(state().await, Some(SyncState::Pending(Pending::ToSend)));
    house.engine.edit_contact(&house.scope, &row.id, 2, &before.form).await.unwrap();
    assert_eq!(state().await, Some(SyncState::Synced));
    form.address = Some(AddressInput { street: Some("Glavna 1".to_owned()), ..AddressInput::default() });
    house.engine.edit_contact(&house.scope, &row.id, 3, &form).await.unwrap();
    assert_eq!(state().await, Some(SyncState::Error(Trouble::Blocked)), "the address is not complete");
    house.engine.delete_contact(&house.scope, &row.id, 4).await.unwrap();
    assert_eq!(house.sync().await.state, RunState::Done);
}

async fn a_new_document_goes_waits_or_is_blocked_by_what_it_names(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (engine, scope) = (&house.engine, &house.scope);
    let known = engine.contacts(scope, &ContactQuery::default()).await.unwrap().rows.remove(0).id;
    let goods = engine.products(scope, &ProductQuery::default()).await.unwrap().rows.remove(0).id;
    let order = |contact: &str, product: &str| DocumentInput {
        doc_type: Some(DocumentType::Order),
        contact_id: Some(contact.to_owned()),
        lines: vec![line(product)],
        ..DocumentInput::default()
    };
    let sync = async |id: &str| engine.sales_document(scope, id).await.unwrap().sync;
    let goes = engine.create_sales_document(scope, &order(&known, &goods)).await.unwrap();
    assert_eq!(sync(&goes).await.state, Some(SyncState::Pending(Pending::ToSend)), "{:?}", sync(&goes).await);
    let new = ContactInput { name: "Nova stranka".to_owned(), ..ContactInput::default() };
    let new_id = engine.create_contact(scope, &new).await.unwrap();
    let contact = engine.contact(scope, &new_id).await.unwrap();
    assert_eq!(contact.sync.state, Some(SyncState::Excluded(Excluded::OnlyHere)), "{:?}", contact.sync);
    let blocked = engine.create_sales_document(scope, &order(&new_id, &goods)).await.unwrap();
    let seen = sync(&blocked).await;
    assert_eq!(seen.state, Some(SyncState::Error(Trouble::Blocked)));
    assert_eq!(seen.detail.as_deref(), Some("The customer can't be created in Metakocka yet."));
    let address = AddressInput {
        street: Some("Glavna 1".to_owned()),
        post_number: Some("4000".to_owned()),
        place: Some("Kranj".to_owned()),
        country: Some("SI".to_owned()),
        ..AddressInput::default()
    };
    engine.edit_contact(scope, &new_id, 1, &ContactInput { address: Some(address), ..new }).await.unwrap();
    let seen = sync(&blocked).await;
    assert_eq!(
        seen.state,
        Some(SyncState::Pending(Pending::Waiting)),
        "planned with the edit of the contact"
    );
    assert_eq!(seen.detail.as_deref(), Some("Waits for what is sent first: Nova stranka."));
    let bare = ProductInput { code: "NOV-1".to_owned(), name: "Novo".to_owned(), ..ProductInput::default() };
    let bare = engine.create_product(scope, &bare).await.unwrap();
    let product = engine.product(scope, &bare).await.unwrap();
    assert_eq!(product.sync.state, Some(SyncState::Error(Trouble::Blocked)), "a product needs a unit");
    // What was planned stays true after a look.
    house.look().await;
    assert_eq!(sync(&goes).await.state, Some(SyncState::Pending(Pending::ToSend)));
    assert_eq!(sync(&blocked).await.state, Some(SyncState::Pending(Pending::Waiting)));
}

async fn a_deleted_document_releases_the_one_there_that_it_could_have_been(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let order = house.find(DocType::SalesOrder, |_| true);
    let here = house.here(&order).await;
    house.engine.forget_link(&house.scope, &here.id).await.unwrap();
    assert_eq!(house.waiting().await.0[0].reason, WaitingReason::Review);
    house.engine.delete_sales_document(&house.scope, &here.id, here.revision).await.unwrap();
    let (rows, total) = house.waiting().await;
    assert_eq!((total, rows[0].reason, &rows[0].external_id), (Some(1), WaitingReason::New, &order.id));
    assert_eq!(house.pull().await.created, 1);
    assert_ne!(house.here(&order).await.id, here.id);
}

async fn a_linked_document_that_is_deleted_here_does_not_come_back(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let order = house.find(DocType::SalesOrder, |_| true);
    let here = house.here(&order).await;
    house.engine.delete_sales_document(&house.scope, &here.id, here.revision).await.unwrap();
    let run = house.sync().await;
    assert_eq!((run.created, run.updated, house.waiting().await.1), (0, 0, Some(0)), "row 24: {run:?}");
    house.edit_there(&order, json!({ "title": "Njihov naslov" }));
    house.sync().await;
    let (rows, total) = house.waiting().await;
    assert_eq!((total, rows[0].reason), (Some(1), WaitingReason::Review), "row 25: {rows:?}");
    assert_eq!(rows[0].record_id.as_ref(), Some(&here.id));
    assert_eq!(rows[0].sentence.as_deref(), Some("Deleted here, and changed in Metakocka since."));
}

async fn merged_contacts_find_the_documents_of_both(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (engine, scope) = (&house.engine, &house.scope);
    let rows = engine.contacts(scope, &ContactQuery::default()).await.unwrap().rows;
    let (keep, other) = (&rows[0].id, &rows[1].id);
    let of = async |contact: &str| {
        let query = engine::crm::ListQuery {
            customer: Some(contact.to_owned()),
            ..engine::crm::ListQuery::default()
        };
        engine.sales_documents(scope, &query).await.unwrap().rows
    };
    let (mine, theirs) = (of(keep).await, of(other).await);
    engine.merge_contacts(scope, (keep, 1), (other, 1)).await.unwrap();
    let both = of(keep).await;
    assert_eq!(both.len(), mine.len() + theirs.len());
    assert!(
        both.iter().all(|row| row.sync.state == Some(SyncState::Synced)),
        "nothing that is compared changed"
    );
    let run = house.sync().await;
    assert_eq!((run.state, run.updated, run.created), (RunState::Done, 0, 0));
    if let Some(document) = theirs.first() {
        house.engine.forget_link(scope, &document.id).await.unwrap();
        house.engine.delete_sales_document(scope, &document.id, document.revision + 1).await.unwrap();
        assert_eq!(house.pull().await.created, 1);
        assert_eq!(of(keep).await.len(), both.len(), "found by the alias");
    }
    let history = engine.history(scope, RecordKind::Contact, keep, None, 1).await.unwrap();
    assert_eq!(history.entries[0].deed, "absorbed");
}
