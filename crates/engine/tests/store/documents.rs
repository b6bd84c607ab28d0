//! Writing, reading and editing documents.

use engine::EngineError;
use engine::access::Role;
use engine::crm::{Edit, ListQuery};
use engine::store::contacts::{self, update_contact};
use engine::store::products::{self, update_product};
use engine::store::sales_documents::{
    TotalCheck, document, documents, insert_documents, lines, refresh_extras, replace_lines, taxes,
    update_document,
};
use engine::test_support::TestDb;
use sync_core::record::DocumentType;

use crate::support::{
    World, blocked, contact_fields, day, decimal, document_fields, line, product_fields, start, text_line,
};

engine::each_engine!(
    many_documents_are_written_and_read_back,
    nothing_is_written_for_no_documents,
    an_update_applies_only_to_the_revision_it_was_made_on,
    replaced_lines_leave_no_old_ones,
    payment_and_issue_change_without_a_new_revision,
    contacts_and_products_keep_what_was_written,
    a_page_shows_everything_of_a_document,
    an_edit_raises_the_revision_and_is_found_by_the_search,
    an_edit_of_an_older_revision_is_refused,
    an_edit_needs_the_role_of_staff,
    an_edit_that_is_too_long_or_no_text_is_refused,
    a_document_that_does_not_exist_is_not_found,
    a_deleted_document_is_neither_shown_nor_listed_nor_edited,
);

async fn many_documents_are_written_and_read_back(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let contact = world.contact(&scope, "Hribar d.o.o.").await;
    let product = world.product(&scope, "LIP-1").await;
    let mut planted = Vec::new();
    for number in 0..700 {
        let mut one = world.document(&format!("PP-{number}"));
        one.fields.contact_id = Some(contact.clone());
        one.lines = (0..4)
            .map(|n| match n {
                0 => text_line("Montaža na mestu"),
                n => {
                    let mut line = line(&format!("LIP-{n}"), "1.5", &format!("{number}.{n}"));
                    line.product_id = Some(product.clone());
                    line
                }
            })
            .collect();
        planted.push(one);
    }
    world.store(&scope, &planted).await;
    let mut connection = world.db.read().await.unwrap();
    let ids: Vec<_> = planted.iter().map(|one| one.id.clone()).collect();
    let stored = documents(&mut connection, &scope, &ids).await.unwrap();
    assert_eq!(stored.len(), planted.len());
    for one in &planted {
        let head = stored.iter().find(|stored| stored.id == one.id).unwrap();
        assert_eq!((head.revision, &head.fields), (1, &one.fields));
        assert_eq!((head.created_at, head.updated_at, head.deleted_at), (start(), start(), None));
    }
    for one in planted.iter().step_by(97) {
        assert_eq!(lines(&mut connection, &scope, &one.id).await.unwrap(), one.lines);
        assert_eq!(taxes(&mut connection, &scope, &one.id).await.unwrap(), one.taxes);
    }
}

async fn nothing_is_written_for_no_documents(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    world.store(&scope, &[]).await;
    assert_eq!(world.engine.sales_documents(&scope, &ListQuery::default()).await.unwrap().all, 0);
}

async fn an_update_applies_only_to_the_revision_it_was_made_on(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let planted = world.document("PP-1");
    world.store(&scope, std::slice::from_ref(&planted)).await;
    let mut fields = document_fields("PP-1a");
    fields.gross = decimal("-0.015");
    fields.total_check = TotalCheck::Rounding;
    fields.paid = Some(decimal("10.50"));
    fields.doc_date = day("2025-01-31");
    let mut tx = world.db.begin().await.unwrap();
    let revision = update_document(&mut tx, &scope, &planted.id, 1, &fields, start()).await.unwrap();
    assert_eq!(revision, Some(2));
    let late = update_document(&mut tx, &scope, &planted.id, 1, &planted.fields, start()).await.unwrap();
    assert_eq!(late, None);
    tx.commit().await.unwrap();
    let mut connection = world.db.read().await.unwrap();
    let stored = document(&mut connection, &scope, &planted.id).await.unwrap().unwrap();
    assert_eq!((stored.revision, stored.fields), (2, fields));
}

async fn replaced_lines_leave_no_old_ones(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let mut planted = [world.document("PP-1"), world.document("PP-2")];
    planted[0].lines = vec![line("A", "1", "1"), line("B", "2", "2"), text_line("C")];
    world.store(&scope, &planted).await;
    let new = vec![text_line("najprej"), line("A", "1", "1")];
    let mut tx = world.db.begin().await.unwrap();
    replace_lines(&mut tx, &scope, &planted[0].id, &new, &[]).await.unwrap();
    tx.commit().await.unwrap();
    let mut connection = world.db.read().await.unwrap();
    assert_eq!(lines(&mut connection, &scope, &planted[0].id).await.unwrap(), new);
    assert_eq!(taxes(&mut connection, &scope, &planted[0].id).await.unwrap(), []);
    assert_eq!(lines(&mut connection, &scope, &planted[1].id).await.unwrap(), planted[1].lines);
    assert_eq!(taxes(&mut connection, &scope, &planted[1].id).await.unwrap(), planted[1].taxes);
}

async fn payment_and_issue_change_without_a_new_revision(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let planted = world.document("PP-1");
    world.store(&scope, std::slice::from_ref(&planted)).await;
    let (paid, issued) = (Some(decimal("122.00")), Some("2026-11-24T09:00:00".to_owned()));
    let mut tx = world.db.begin().await.unwrap();
    let later = start().as_microsecond() + 5;
    refresh_extras(&mut tx, &scope, &planted.id, paid, issued.clone(), later).await.unwrap();
    tx.commit().await.unwrap();
    let mut connection = world.db.read().await.unwrap();
    let stored = document(&mut connection, &scope, &planted.id).await.unwrap().unwrap();
    assert_eq!((stored.revision, stored.updated_at.as_microsecond()), (1, later));
    assert_eq!((stored.fields.paid, stored.fields.issued_at), (paid, issued));
}

async fn contacts_and_products_keep_what_was_written(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let contact = world.contact(&scope, "Hribar d.o.o.").await;
    let product = world.product(&scope, "LIP-1").await;
    let mut contact_now = contact_fields("Hribar in sin d.o.o.");
    contact_now.is_company = false;
    contact_now.payment_days = None;
    let mut product_now = product_fields("LIP-2");
    product_now.active = false;
    let mut tx = world.db.begin().await.unwrap();
    assert_eq!(update_contact(&mut tx, &scope, &contact, 1, &contact_now, start()).await.unwrap(), Some(2));
    assert_eq!(update_contact(&mut tx, &scope, &contact, 1, &contact_now, start()).await.unwrap(), None);
    assert_eq!(update_product(&mut tx, &scope, &product, 1, &product_now, start()).await.unwrap(), Some(2));
    assert_eq!(update_product(&mut tx, &scope, &product, 1, &product_now, start()).await.unwrap(), None);
    tx.commit().await.unwrap();
    let mut connection = world.db.read().await.unwrap();
    let stored = contacts::contact(&mut connection, &scope, &contact).await.unwrap().unwrap();
    assert_eq!((stored.revision, stored.fields), (2, contact_now));
    let stored = products::products(&mut connection, &scope, &[product]).await.unwrap().pop().unwrap();
    assert_eq!((stored.revision, stored.fields), (2, product_now));
}

async fn a_page_shows_everything_of_a_document(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let mut planted = world.document("PP-1");
    planted.fields.contact_id = Some(world.contact(&scope, "Hribar d.o.o.").await);
    planted.lines.push(text_line("Montaža"));
    world.store(&scope, std::slice::from_ref(&planted)).await;
    let shown = world.engine.sales_document(&scope, &planted.id).await.unwrap();
    assert_eq!((shown.doc_type, shown.number.as_str()), (DocumentType::Order, "PP-1"));
    assert_eq!((shown.net, shown.gross), (decimal("100.00"), decimal("122.00")));
    assert_eq!(shown.head.due, Some(day("2026-12-09")));
    assert_eq!(shown.head.buyer_order.as_deref(), Some("N-77"));
    let contact = shown.contact.unwrap();
    assert_eq!((contact.name.as_str(), contact.city.as_deref()), ("Hribar d.o.o.", Some("Škofja Loka")));
    assert_eq!(shown.lines.len(), 2);
    assert_eq!(shown.lines[0].discounts, [decimal("10"), decimal("20")]);
    assert_eq!((shown.lines[1].text.as_str(), shown.lines[1].amount), ("Montaža", None));
    assert_eq!(shown.taxes.len(), 1);
    assert_eq!((shown.taxes[0].code.as_str(), shown.taxes[0].tax), ("EX4", decimal("22.00")));
}

async fn an_edit_raises_the_revision_and_is_found_by_the_search(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let planted = world.document("PP-1");
    world.store(&scope, std::slice::from_ref(&planted)).await;
    let staff = world.member(&scope, Role::Staff).await;
    let edit = Edit { title: Some("Ograja Škofljica".to_owned()), notes: Some("Pokliči prej.".to_owned()) };
    assert_eq!(world.engine.edit_sales_document(&staff, &planted.id, 1, edit).await.unwrap(), 2);
    let shown = world.engine.sales_document(&scope, &planted.id).await.unwrap();
    assert_eq!((shown.revision, shown.title.as_str()), (2, "Ograja Škofljica"));
    assert_eq!(shown.head.notes.as_deref(), Some("Pokliči prej."));
    assert_eq!(shown.head.due, Some(day("2026-12-09")), "the other fields stay");
    let query = ListQuery { search: Some("skofljica".to_owned()), ..ListQuery::default() };
    assert_eq!(world.engine.sales_documents(&scope, &query).await.unwrap().total, 1);
    let empty = Edit { notes: Some(String::new()), ..Edit::default() };
    assert_eq!(world.engine.edit_sales_document(&staff, &planted.id, 2, empty).await.unwrap(), 3);
    let shown = world.engine.sales_document(&scope, &planted.id).await.unwrap();
    assert_eq!((shown.title.as_str(), shown.head.notes), ("Ograja Škofljica", None));
}

async fn an_edit_of_an_older_revision_is_refused(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let planted = world.document("PP-1");
    world.store(&scope, std::slice::from_ref(&planted)).await;
    let edit = |title: &str| Edit { title: Some(title.to_owned()), notes: None };
    world.engine.edit_sales_document(&scope, &planted.id, 1, edit("prvi")).await.unwrap();
    for revision in [0, 1, 3] {
        let late = world.engine.edit_sales_document(&scope, &planted.id, revision, edit("drugi")).await;
        assert!(matches!(late, Err(EngineError::Stale { revision: 2 })), "{late:?}");
    }
    assert_eq!(world.engine.sales_document(&scope, &planted.id).await.unwrap().title, "prvi");
}

async fn an_edit_needs_the_role_of_staff(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let planted = world.document("PP-1");
    world.store(&scope, std::slice::from_ref(&planted)).await;
    let reader = world.member(&scope, Role::ReadOnly).await;
    let edit = Edit { title: Some("prvi".to_owned()), notes: None };
    let refused = world.engine.edit_sales_document(&reader, &planted.id, 1, edit).await;
    assert!(matches!(refused, Err(EngineError::Forbidden)));
    let seen = world.engine.sales_document(&reader, &planted.id).await.unwrap();
    assert_eq!((seen.revision, seen.title.as_str()), (1, ""));
}

async fn an_edit_that_is_too_long_or_no_text_is_refused(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let planted = world.document("PP-1");
    world.store(&scope, std::slice::from_ref(&planted)).await;
    let edit = |chars| Edit { title: Some("č".repeat(chars)), notes: None };
    let refused = world.engine.edit_sales_document(&scope, &planted.id, 1, edit(81)).await;
    assert_eq!(blocked(refused), ["title"]);
    for title in ["a\0", "a\nb", "\u{1b}[2J"] {
        let edit = Edit { title: Some(title.to_owned()), notes: None };
        let refused = world.engine.edit_sales_document(&scope, &planted.id, 1, edit).await;
        assert_eq!(blocked(refused), ["title"], "{title:?}");
    }
    let notes = Edit { title: None, notes: Some("a\0".to_owned()) };
    let refused = world.engine.edit_sales_document(&scope, &planted.id, 1, notes).await;
    assert_eq!(blocked(refused), ["notes"]);
    let both = Edit { notes: Some("prva\r\n\tdruga".to_owned()), ..edit(80) };
    world.engine.edit_sales_document(&scope, &planted.id, 1, both).await.unwrap();
}

async fn a_document_that_does_not_exist_is_not_found(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    for id in [world.id().as_str(), "", "1", "' OR ''='", "\0", "00000000-0000-0000-0000-000000000000"] {
        assert!(matches!(world.engine.sales_document(&scope, id).await, Err(EngineError::NotFound)), "{id}");
    }
}

async fn a_deleted_document_is_neither_shown_nor_listed_nor_edited(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let planted = [world.document("PP-1"), world.document("PP-2")];
    world.store(&scope, &planted).await;
    let gone = &planted[0].id;
    let mut tx = world.db.begin().await.unwrap();
    sqlx::query("UPDATE sales_documents SET deleted_at = 1 WHERE id = $1")
        .bind(gone.clone())
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(world.engine.sales_document(&scope, gone).await, Err(EngineError::NotFound)));
    let edited = world.engine.edit_sales_document(&scope, gone, 1, Edit::default()).await;
    assert!(matches!(edited, Err(EngineError::NotFound)));
    let page = world.engine.sales_documents(&scope, &ListQuery::default()).await.unwrap();
    assert_eq!((page.all, page.rows.len(), page.rows[0].number.as_str()), (1, 1, "PP-2"));
    let mut tx = world.db.begin().await.unwrap();
    let updated = update_document(&mut tx, &scope, gone, 1, &document_fields("PP-1"), start()).await.unwrap();
    assert_eq!(updated, None);
    assert!(insert_documents(&mut tx, &scope, &planted[..1], start()).await.is_err(), "the id stays taken");
}
