//! Opening, migrating and transactions.

use engine::store::{DatabaseUrl, Db, OpenError};
use engine::test_support::TestDb;

use crate::support::World;

engine::each_engine!(
    migrating_twice_changes_nothing,
    a_dropped_transaction_leaves_nothing,
    a_row_that_points_to_nothing_is_refused,
    two_writers_wait_for_each_other,
    readiness_is_an_answer_of_the_database,
);

async fn migrating_twice_changes_nothing(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    world.store(&scope, &[world.document("PP-1")]).await;
    let again = Db::open(&test.url).await.unwrap();
    let (count,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM sales_documents").fetch_one(again.reader()).await.unwrap();
    assert_eq!(count, 1);
    again.close().await;
}

async fn a_dropped_transaction_leaves_nothing(test: TestDb) {
    let world = World::new(&test);
    let mut tx = test.db.begin().await.unwrap();
    sqlx::query("INSERT INTO workspaces (id, name, created_at) VALUES ('w', 'Lipa', 0)")
        .execute(&mut *tx)
        .await
        .unwrap();
    drop(tx);
    assert!(world.engine.scope_for_operator("Lipa", None).await.is_err());
    world.engine.add_workspace("Lipa").await.unwrap();
    assert!(world.engine.scope_for_operator("Lipa", None).await.is_ok());
}

async fn a_row_that_points_to_nothing_is_refused(test: TestDb) {
    let mut tx = test.db.begin().await.unwrap();
    let refused = sqlx::query(
        "INSERT INTO members (tenant_id, user_id, role, created_at) VALUES ('nowhere', 'nobody', 'owner', 0)",
    )
    .execute(&mut *tx)
    .await
    .unwrap_err();
    assert!(
        refused.as_database_error().is_some_and(sqlx::error::DatabaseError::is_foreign_key_violation),
        "{refused}"
    );
}

async fn two_writers_wait_for_each_other(test: TestDb) {
    let world = World::new(&test);
    let other = Db::open(&test.url).await.unwrap();
    let scope = world.workspace("Lipa").await;
    let document = world.document("PP-1");
    world.store(&scope, std::slice::from_ref(&document)).await;
    let raise = async |db: &Db| {
        for _ in 0..20 {
            let mut tx = db.begin().await.unwrap();
            sqlx::query("UPDATE sales_documents SET revision = revision + 1")
                .execute(&mut *tx)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
    };
    tokio::join!(raise(&world.db), raise(&other), raise(&world.db));
    assert_eq!(world.engine.sales_document(&scope, &document.id).await.unwrap().revision, 61);
    other.close().await;
}

async fn readiness_is_an_answer_of_the_database(test: TestDb) {
    let world = World::new(&test);
    world.engine.ping().await.unwrap();
    test.db.close().await;
    world.engine.ping().await.unwrap_err();
}

#[test]
fn an_address_of_no_known_database_is_refused() {
    for wrong in ["", "mysql://host/db", "/var/lib/crm-mind.db", "sqlite:memory"] {
        assert!(matches!(wrong.parse::<DatabaseUrl>(), Err(OpenError::Url)), "{wrong}");
    }
    assert_eq!("sqlite:///tmp/a.db".parse::<DatabaseUrl>().unwrap(), DatabaseUrl::Sqlite("/tmp/a.db".into()));
}
