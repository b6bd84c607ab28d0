//! Contacts and products: forms, lists, merging; and the history that every write leaves.

use engine::EngineError;
use engine::crm::{
    AddressInput, AsOf, ContactInput, ContactQuery, ListQuery, PersonInput, ProductInput, ProductQuery,
    ProductSort, ProductSortBy,
};
use engine::test_support::TestDb;
use serde_json::Value;
use std::time::Duration;
use sync_core::record::{FieldChange, RecordKind};

use crate::drafts::{contact, line, order, product};
use crate::support::{World, blocked, decimal, start};

engine::each_engine!(
    a_contact_keeps_what_its_form_says,
    a_wrong_form_of_a_contact_is_refused_with_every_reason,
    a_product_needs_code_and_name_and_says_what_blocks_sending,
    contacts_are_searched_and_filtered,
    products_are_sorted_and_filtered,
    a_merged_contact_hands_its_documents_over_and_is_gone,
    a_contact_can_not_be_merged_with_itself_or_on_an_old_revision,
    a_history_says_who_changed_what_from_what_to_what,
    every_past_state_of_a_record_can_be_rebuilt,
    a_deleted_record_keeps_its_history,
);

fn hribar() -> ContactInput {
    ContactInput {
        name: " Hribar  d.o.o. ".to_owned(),
        company: Some(true),
        taxpayer: Some(true),
        tax_number: Some("SI 150-125.57".to_owned()),
        person: Some(PersonInput { email: Some("ana@hribar.si".to_owned()), ..PersonInput::default() }),
        address: Some(AddressInput {
            street: Some("Glavna 1".to_owned()),
            post_number: Some("4000".to_owned()),
            place: Some("Kranj".to_owned()),
            country: Some("si".to_owned()),
            ..AddressInput::default()
        }),
        ..ContactInput::default()
    }
}

async fn a_contact_keeps_what_its_form_says(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let id = world.engine.create_contact(&scope, &hribar()).await.unwrap();
    let made = world.engine.contact(&scope, &id).await.unwrap();
    assert_eq!((made.revision, made.form.name.as_str()), (1, "Hribar  d.o.o."));
    assert_eq!(made.form.tax_number.as_deref(), Some("15012557"));
    assert_eq!(made.form.address.as_ref().and_then(|row| row.country.as_deref()), Some("SI"));
    assert_eq!(made.blocking, []);
    let mut form = made.form;
    form.address = None;
    form.person = None;
    form.delivery_addresses =
        vec![AddressInput { place: Some("Bled".to_owned()), ..AddressInput::default() }];
    assert_eq!(world.engine.edit_contact(&scope, &id, 1, &form).await.unwrap(), 2);
    let after = world.engine.contact(&scope, &id).await.unwrap();
    assert_eq!(after.form, form);
    let fields: Vec<_> = after.blocking.iter().map(|reason| reason.field.as_str()).collect();
    assert_eq!(fields, ["address.street", "address.post_number", "address.place", "address.country"]);
    let late = world.engine.edit_contact(&scope, &id, 1, &form).await;
    assert!(matches!(late, Err(EngineError::Stale { revision: 2 })));
}

async fn a_wrong_form_of_a_contact_is_refused_with_every_reason(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let wrong = ContactInput {
        name: "  ".to_owned(),
        tax_number: Some("15012558".to_owned()),
        person: Some(PersonInput { email: Some("ana".to_owned()), ..PersonInput::default() }),
        address: Some(AddressInput { country: Some("SVN".to_owned()), ..AddressInput::default() }),
        ..ContactInput::default()
    };
    let mut fields = blocked(world.engine.create_contact(&scope, &wrong).await);
    fields.sort();
    assert_eq!(fields, ["address.country", "name", "person.email", "taxNumber"]);
    assert_eq!(world.engine.contacts(&scope, &ContactQuery::default()).await.unwrap().all, 0);
}

async fn a_product_needs_code_and_name_and_says_what_blocks_sending(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let bare = ProductInput { code: "č".repeat(51), ..ProductInput::default() };
    assert_eq!(blocked(world.engine.create_product(&scope, &bare).await), ["code", "name"]);
    let input =
        ProductInput { code: "LIP-1".to_owned(), name: "Deska".to_owned(), ..ProductInput::default() };
    let id = world.engine.create_product(&scope, &input).await.unwrap();
    let made = world.engine.product(&scope, &id).await.unwrap();
    assert_eq!(made.form, input);
    assert_eq!((made.blocking.len(), made.blocking[0].field.as_str()), (1, "unit"));
    world.engine.delete_product(&scope, &id, 1).await.unwrap();
    assert!(matches!(world.engine.product(&scope, &id).await, Err(EngineError::NotFound)));
}

async fn contacts_are_searched_and_filtered(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    world.engine.create_contact(&scope, &hribar()).await.unwrap();
    for name in ["Žagar s.p.", "Čebela d.o.o.", "Ananas GmbH"] {
        contact(&world, &scope, name).await;
    }
    let names = async |query: ContactQuery| -> Vec<String> {
        let page = world.engine.contacts(&scope, &query).await.unwrap();
        page.rows.into_iter().map(|row| row.name).collect()
    };
    let all = names(ContactQuery::default()).await;
    assert_eq!(all, ["Ananas GmbH", "Čebela d.o.o.", "Hribar  d.o.o.", "Žagar s.p."]);
    assert_eq!(
        names(ContactQuery { search: Some("cebela".to_owned()), ..ContactQuery::default() }).await.len(),
        1
    );
    let slovene = ContactQuery { country: Some("si".to_owned()), ..ContactQuery::default() };
    assert_eq!(names(slovene).await, ["Hribar  d.o.o."]);
    let query = ContactQuery { per_page: 3, descending: true, ..ContactQuery::default() };
    let first = world.engine.contacts_after(&scope, &query, None).await.unwrap();
    let second = world.engine.contacts_after(&scope, &query, first.next).await.unwrap();
    assert_eq!((first.rows.len(), second.rows.len(), second.next), (3, 1, None));
    assert_eq!(second.rows[0].name, "Ananas GmbH");
}

async fn products_are_sorted_and_filtered(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    for (code, name, active) in [("B-1", "Ananas", true), ("A-2", "Žaga", true), ("C-3", "Omara", false)] {
        let input =
            ProductInput { code: code.to_owned(), name: name.to_owned(), active, ..ProductInput::default() };
        world.engine.create_product(&scope, &input).await.unwrap();
    }
    let codes = async |query: ProductQuery| -> Vec<String> {
        let page = world.engine.products(&scope, &query).await.unwrap();
        page.rows.into_iter().map(|row| row.code).collect()
    };
    assert_eq!(codes(ProductQuery::default()).await, ["B-1", "C-3", "A-2"]);
    let by_code = ProductSort { by: ProductSortBy::Code, descending: true };
    assert_eq!(codes(ProductQuery { sort: by_code, ..ProductQuery::default() }).await, ["C-3", "B-1", "A-2"]);
    assert_eq!(codes(ProductQuery { active: Some(false), ..ProductQuery::default() }).await, ["C-3"]);
}

async fn a_merged_contact_hands_its_documents_over_and_is_gone(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let (keep, other) =
        (contact(&world, &scope, "Hribar d.o.o.").await, contact(&world, &scope, "HRIBAR").await);
    let mut documents = Vec::new();
    for owner in [&keep, &other, &other] {
        documents.push(world.engine.create_sales_document(&scope, &order(owner, Vec::new())).await.unwrap());
    }
    let revision = world.engine.merge_contacts(&scope, (&keep, 1), (&other, 1)).await.unwrap();
    assert_eq!(revision, 2);
    assert!(matches!(world.engine.contact(&scope, &other).await, Err(EngineError::NotFound)));
    let query = ListQuery { customer: Some(keep.clone()), ..ListQuery::default() };
    assert_eq!(world.engine.sales_documents(&scope, &query).await.unwrap().total, 3);
    let moved = world.engine.sales_document(&scope, &documents[2]).await.unwrap();
    assert_eq!((moved.revision, moved.customer_name.as_str()), (2, "HRIBAR"), "it shows what it showed");
    let past = world
        .engine
        .record_as_of(&scope, (RecordKind::SalesDocument, &documents[2]), AsOf::Revision(1))
        .await
        .unwrap()
        .state;
    assert_eq!(past["contact_id"].as_str(), Some(other.as_str()));
    let history = world.engine.history(&scope, RecordKind::Contact, &other, None, 10).await.unwrap();
    let last = &history.entries[0];
    assert_eq!((last.deed.as_str(), last.other_id.as_ref()), ("merged", Some(&keep)));
}

async fn a_contact_can_not_be_merged_with_itself_or_on_an_old_revision(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let (keep, other) = (contact(&world, &scope, "Hribar").await, contact(&world, &scope, "Hribar").await);
    let itself = world.engine.merge_contacts(&scope, (&keep, 1), (&keep, 1)).await;
    assert_eq!(blocked(itself), ["contactId"]);
    for (mine, theirs) in [(2, 1), (1, 2)] {
        let late = world.engine.merge_contacts(&scope, (&keep, mine), (&other, theirs)).await;
        assert!(matches!(late, Err(EngineError::Stale { revision: 1 })), "{late:?}");
    }
    assert_eq!(world.engine.contact(&scope, &other).await.unwrap().revision, 1);
}

async fn a_history_says_who_changed_what_from_what_to_what(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let id = world.engine.create_contact(&scope, &hribar()).await.unwrap();
    let mut form = world.engine.contact(&scope, &id).await.unwrap().form;
    "Hribar in sin d.o.o.".clone_into(&mut form.name);
    form.address.as_mut().unwrap().place = Some("Bled".to_owned());
    world.wait(Duration::from_mins(1));
    world.engine.edit_contact(&scope, &id, 1, &form).await.unwrap();
    let page = world.engine.history(&scope, RecordKind::Contact, &id, None, 1).await.unwrap();
    let edit = &page.entries[0];
    assert_eq!((edit.deed.as_str(), edit.revision, edit.there), ("changed", Some(2), false));
    assert_eq!((edit.by.as_deref(), edit.run_id.as_deref()), (Some("Ana Novak"), None));
    assert_eq!(edit.at, start() + Duration::from_mins(1));
    let fields: Vec<String> = edit.changes.iter().map(FieldChange::field).collect();
    assert_eq!(fields, ["address.address.place", "name"]);
    assert_eq!(edit.changes[0].from, Some(Value::from("Kranj")));
    assert_eq!(edit.changes[0].to, Some(Value::from("Bled")));
    let rest = world.engine.history(&scope, RecordKind::Contact, &id, page.next, 1).await.unwrap();
    assert_eq!((rest.entries[0].deed.as_str(), rest.entries.len(), rest.next), ("created", 1, None));
}

async fn every_past_state_of_a_record_can_be_rebuilt(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let (customer, other) = (contact(&world, &scope, "Hribar").await, contact(&world, &scope, "Žagar").await);
    let board = product(&world, &scope, "LIP-1").await;
    let id = world.engine.create_sales_document(&scope, &order(&customer, Vec::new())).await.unwrap();
    let kind = RecordKind::SalesDocument;
    let mut states =
        vec![world.engine.record_as_of(&scope, (kind, &id), AsOf::Revision(1)).await.unwrap().state];
    // Lines come, change, move and go; fields are filled and emptied.
    for step in 0_u32..8 {
        let mut form = world.engine.sales_document_form(&scope, &id).await.unwrap();
        form.title = (step % 3 > 0).then(|| format!("naslov {step}"));
        form.contact_id = Some(if step % 2 == 0 { other.clone() } else { customer.clone() });
        match step % 4 {
            0 => form.lines.push(line(&board, "1", "2.50")),
            1 => form.lines.insert(0, line(&board, "3", "1")),
            2 => form.lines[0].amount = Some(decimal("7")),
            _ => drop(form.lines.pop()),
        }
        let revision = i64::from(step) + 1;
        world.engine.replace_sales_document(&scope, &id, revision, &form).await.unwrap();
        states.push(
            world.engine.record_as_of(&scope, (kind, &id), AsOf::Revision(revision + 1)).await.unwrap().state,
        );
    }
    world.engine.delete_sales_document(&scope, &id, 9).await.unwrap();
    for (revision, state) in (1..).zip(&states) {
        let rebuilt =
            world.engine.record_as_of(&scope, (kind, &id), AsOf::Revision(revision)).await.unwrap().state;
        assert_eq!(&rebuilt, state, "revision {revision}");
    }
    assert!(states.windows(2).all(|pair| pair[0] != pair[1]), "each step changed something");
    assert_eq!(states[0]["lines"], Value::Array(Vec::new()));
    for never in [0, -1, 11] {
        assert!(matches!(
            world.engine.record_as_of(&scope, (kind, &id), AsOf::Revision(never)).await,
            Err(EngineError::NotFound)
        ));
    }
}

async fn a_deleted_record_keeps_its_history(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let id = product(&world, &scope, "LIP-1").await;
    world.engine.delete_product(&scope, &id, 1).await.unwrap();
    let page = world.engine.history(&scope, RecordKind::Product, &id, None, 10).await.unwrap();
    let deeds: Vec<&str> = page.entries.iter().map(|entry| entry.deed.as_str()).collect();
    assert_eq!(deeds, ["deleted", "created"]);
    let past =
        world.engine.record_as_of(&scope, (RecordKind::Product, &id), AsOf::Revision(1)).await.unwrap().state;
    assert_eq!(past["code"].as_str(), Some("LIP-1"));
}
