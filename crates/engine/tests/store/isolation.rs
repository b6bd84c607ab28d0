//! The database itself keeps workspaces apart.

use engine::EngineError;
use engine::crm::{Edit, ListQuery};
use engine::store::contacts;
use engine::store::products;
use engine::store::records::shown;
use engine::store::sales_documents::{document, lines, replace_lines, taxes, update_document};
use engine::test_support::TestDb;
use sync_core::record::RecordKind;

use crate::support::{World, document_fields, is_foreign_key_refusal, line, start};

engine::each_engine!(
    a_document_cannot_name_a_contact_of_another_workspace,
    a_line_cannot_name_a_product_of_another_workspace,
    an_update_cannot_point_into_another_workspace,
    lines_cannot_be_hung_on_a_document_of_another_workspace,
    records_of_another_workspace_do_not_exist,
    records_of_another_workspace_are_not_changed,
);

async fn a_document_cannot_name_a_contact_of_another_workspace(test: TestDb) {
    let world = World::new(&test);
    let (lipa, breza) = (world.workspace("Lipa").await, world.workspace("Breza").await);
    let theirs = world.contact(&breza, "Hribar d.o.o.").await;
    let ours = world.contact(&lipa, "Hribar d.o.o.").await;
    let mut planted = world.document("PP-1");
    planted.fields.contact_id = Some(theirs);
    let refused = world.try_store(&lipa, std::slice::from_ref(&planted)).await.unwrap_err();
    assert!(is_foreign_key_refusal(&refused), "{refused:?}");
    planted.fields.contact_id = Some(ours);
    world.store(&lipa, &[planted]).await;
}

async fn a_line_cannot_name_a_product_of_another_workspace(test: TestDb) {
    let world = World::new(&test);
    let (lipa, breza) = (world.workspace("Lipa").await, world.workspace("Breza").await);
    let theirs = world.product(&breza, "LIP-1").await;
    let ours = world.product(&lipa, "LIP-1").await;
    let mut planted = world.document("PP-1");
    planted.lines[0].product_id = Some(theirs);
    let refused = world.try_store(&lipa, std::slice::from_ref(&planted)).await.unwrap_err();
    assert!(is_foreign_key_refusal(&refused), "{refused:?}");
    planted.lines[0].product_id = Some(ours);
    world.store(&lipa, &[planted]).await;
}

async fn an_update_cannot_point_into_another_workspace(test: TestDb) {
    let world = World::new(&test);
    let (lipa, breza) = (world.workspace("Lipa").await, world.workspace("Breza").await);
    let planted = world.document("PP-1");
    world.store(&lipa, std::slice::from_ref(&planted)).await;
    let mut fields = document_fields("PP-1");
    fields.contact_id = Some(world.contact(&breza, "Hribar d.o.o.").await);
    let mut tx = world.db.begin().await.unwrap();
    let refused = update_document(&mut tx, &lipa, &planted.id, 1, &fields, start()).await.unwrap_err();
    assert!(is_foreign_key_refusal(&refused), "{refused:?}");
}

async fn lines_cannot_be_hung_on_a_document_of_another_workspace(test: TestDb) {
    let world = World::new(&test);
    let (lipa, breza) = (world.workspace("Lipa").await, world.workspace("Breza").await);
    let planted = world.document("PP-1");
    world.store(&lipa, std::slice::from_ref(&planted)).await;
    let mut tx = world.db.begin().await.unwrap();
    let theirs = [line("A", "1", "1")];
    let refused = replace_lines(&mut tx, &breza, &planted.id, &theirs, &[]).await.unwrap_err();
    assert!(is_foreign_key_refusal(&refused), "{refused:?}");
    drop(tx);
    let mut connection = world.db.read().await.unwrap();
    assert_eq!(lines(&mut connection, &lipa, &planted.id).await.unwrap(), planted.lines);
}

async fn records_of_another_workspace_do_not_exist(test: TestDb) {
    let world = World::new(&test);
    let (lipa, breza) = (world.workspace("Lipa").await, world.workspace("Breza").await);
    let planted = world.document("PP-1");
    world.store(&lipa, std::slice::from_ref(&planted)).await;
    let contact = world.contact(&lipa, "Hribar d.o.o.").await;
    let product = world.product(&lipa, "LIP-1").await;
    let id = planted.id.as_str();
    assert!(matches!(world.engine.sales_document(&breza, id).await, Err(EngineError::NotFound)));
    let page = world.engine.sales_documents(&breza, &ListQuery::default()).await.unwrap();
    assert_eq!((page.all, page.total, page.rows.len(), page.chips.len()), (0, 0, 0, 0));
    let mut connection = world.db.read().await.unwrap();
    assert_eq!(document(&mut connection, &breza, id).await.unwrap(), None);
    assert_eq!(shown(&mut connection, &breza, RecordKind::SalesDocument, id).await.unwrap(), None);
    assert_eq!(lines(&mut connection, &breza, id).await.unwrap(), []);
    assert_eq!(taxes(&mut connection, &breza, id).await.unwrap(), []);
    assert_eq!(contacts::contact(&mut connection, &breza, &contact).await.unwrap(), None);
    assert_eq!(products::products(&mut connection, &breza, &[product]).await.unwrap(), []);
}

async fn records_of_another_workspace_are_not_changed(test: TestDb) {
    let world = World::new(&test);
    let (lipa, breza) = (world.workspace("Lipa").await, world.workspace("Breza").await);
    let planted = world.document("PP-1");
    world.store(&lipa, std::slice::from_ref(&planted)).await;
    let edit = Edit { title: Some("tuje".to_owned()), notes: None };
    let refused = world.engine.edit_sales_document(&breza, &planted.id, 1, edit).await;
    assert!(matches!(refused, Err(EngineError::NotFound)));
    let mut tx = world.db.begin().await.unwrap();
    let updated =
        update_document(&mut tx, &breza, &planted.id, 1, &document_fields("X"), start()).await.unwrap();
    assert_eq!(updated, None);
    tx.commit().await.unwrap();
    let mut connection = world.db.read().await.unwrap();
    let stored = document(&mut connection, &lipa, &planted.id).await.unwrap().unwrap();
    assert_eq!((stored.revision, stored.fields), (1, planted.fields));
}
