//! What a document shows about Metakocka, and the chips that count it.

use engine::access::TenantScope;
use engine::crm::ListQuery;
use engine::test_support::TestDb;
use sync_core::state::{Excluded, Pending, Review, SyncState};

use crate::support::{World, start};

engine::each_engine!(
    a_document_without_link_and_decision_is_only_here,
    a_document_without_link_shows_its_own_decision,
    a_linked_document_shows_its_links_decision_and_number,
    a_linked_document_without_decision_waits,
    chips_count_every_state_whatever_state_is_asked_for,
    chips_count_only_what_the_search_finds,
    an_alias_link_does_not_double_a_row,
);

const CONNECTION: &str = "connection";

/// Stores a connection; the columns that these tests do not read hold anything.
async fn connect(world: &World, scope: &TenantScope) {
    execute(
        world,
        "INSERT INTO connections (tenant_id, id, company_id, base_url, secret_sealed, secret_last4, state, \
         state_since, scope_from, scope_types, created_at, updated_at) \
         VALUES ($1, $2, '16', 'https://example.invalid', 'sealed', '1234', 'active', 0, '2025-01-01', '', 0, 0)",
        &[scope.tenant(), CONNECTION],
    )
    .await;
}

/// Links a document and lets it show this state.
async fn link(world: &World, scope: &TenantScope, document: &str, state: Option<SyncState>, role: &str) {
    let external = format!("{role} of {document}");
    execute(
        world,
        "INSERT INTO mirror (tenant_id, connection_id, kind, remote_type, external_id, number, name, detail, raw, \
         content_hash, extras_hash, open, read_at, first_seen_at, changed_at, list_key) \
         VALUES ($1, $2, 'sales_document', 'sales_order', $3, 'MK-1', 'Hribar', '{}', '{}', '', '', 0, 0, 0, 0, '')",
        &[scope.tenant(), CONNECTION, &external],
    )
    .await;
    let equal_at = start().as_microsecond();
    let insert = format!(
        "INSERT INTO links (tenant_id, connection_id, id, kind, remote_type, external_id, role, document_id, mode, \
         created_at, equal_at) \
         VALUES ($1, $2, $3, 'sales_document', 'sales_order', $4, $5, $6, 'normal', 0, {equal_at})"
    );
    let id = world.id();
    execute(world, &insert, &[scope.tenant(), CONNECTION, &id, &external, role, document]).await;
    if let Some(state) = state {
        let (status, reason) = state.as_strs();
        execute(
            world,
            "UPDATE links SET sync_status = $2, sync_reason = NULLIF($3, ''), sync_detail = 'because' WHERE id = $1",
            &[&id, status, reason.unwrap_or_default()],
        )
        .await;
    }
}

async fn execute(world: &World, sql: &str, values: &[&str]) {
    let mut tx = world.db.begin().await.unwrap();
    let mut query = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned()));
    for value in values {
        query = query.bind((*value).to_owned());
    }
    query.execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

async fn a_document_without_link_and_decision_is_only_here(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let document = world.document("PP-1");
    world.store(&scope, std::slice::from_ref(&document)).await;
    let sync = world.engine.sales_document(&scope, &document.id).await.unwrap().sync;
    assert_eq!(sync.state, Some(SyncState::Excluded(Excluded::OnlyHere)));
    assert_eq!((sync.status.as_str(), sync.reason.as_deref()), ("excluded", Some("only_here")));
    assert_eq!(sync.detail.as_deref(), Some("Not sent to Metakocka yet"));
    assert_eq!((sync.external_id, sync.external_number, sync.equal_at), (None, None, None));
}

async fn a_document_without_link_shows_its_own_decision(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let document = world.document("PP-1");
    world.store(&scope, std::slice::from_ref(&document)).await;
    execute(
        &world,
        "UPDATE sales_documents SET sync_status = 'pending', sync_reason = 'to_send', sync_detail = 'because' \
         WHERE id = $1",
        &[&document.id],
    )
    .await;
    let page = world.engine.sales_documents(&scope, &ListQuery::default()).await.unwrap();
    assert_eq!(page.rows[0].sync.state, Some(SyncState::Pending(Pending::ToSend)));
    assert_eq!(page.rows[0].sync.detail.as_deref(), Some("because"));
}

async fn a_linked_document_shows_its_links_decision_and_number(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let documents = [world.document("PP-1"), world.document("PP-2")];
    world.store(&scope, &documents).await;
    connect(&world, &scope).await;
    link(&world, &scope, &documents[0].id, Some(SyncState::NeedsReview(Review::Conflict)), "primary").await;
    link(&world, &scope, &documents[1].id, Some(SyncState::Synced), "primary").await;
    let sync = world.engine.sales_document(&scope, &documents[0].id).await.unwrap().sync;
    assert_eq!(sync.state, Some(SyncState::NeedsReview(Review::Conflict)));
    assert_eq!(sync.detail.as_deref(), Some("because"));
    assert_eq!(sync.external_id, Some(format!("primary of {}", documents[0].id)));
    assert_eq!(sync.external_type.as_deref(), Some("sales_order"));
    assert_eq!(sync.external_number.as_deref(), Some("MK-1"));
    assert_eq!(sync.equal_at, Some(start()));
    let sync = world.engine.sales_document(&scope, &documents[1].id).await.unwrap().sync;
    assert_eq!((sync.state, sync.reason), (Some(SyncState::Synced), None));
}

async fn a_linked_document_without_decision_waits(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let document = world.document("PP-1");
    world.store(&scope, std::slice::from_ref(&document)).await;
    connect(&world, &scope).await;
    link(&world, &scope, &document.id, None, "primary").await;
    let sync = world.engine.sales_document(&scope, &document.id).await.unwrap().sync;
    assert_eq!(sync.state, Some(SyncState::Pending(Pending::Waiting)));
}

async fn chips_count_every_state_whatever_state_is_asked_for(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    connect(&world, &scope).await;
    let mut expected = Vec::new();
    for (at, state) in SyncState::ALL.into_iter().enumerate() {
        let count = at % 3;
        let documents: Vec<_> = (0..count).map(|n| world.document(&format!("PP-{at}-{n}"))).collect();
        world.store(&scope, &documents).await;
        for document in &documents {
            link(&world, &scope, &document.id, Some(state), "primary").await;
        }
        if count > 0 {
            expected.push((state, count as u64));
        }
    }
    let all: u64 = expected.iter().map(|(_, count)| count).sum();
    let states = SyncState::ALL.into_iter().map(Some).chain([None]);
    for state in states {
        let query = ListQuery { state, ..ListQuery::default() };
        let page = world.engine.sales_documents(&scope, &query).await.unwrap();
        let chips: Vec<_> = page.chips.iter().map(|chip| (chip.state, chip.count)).collect();
        assert_eq!((page.all, chips), (all, expected.clone()));
        let count_of = |state| expected.iter().find(|(of, _)| *of == state).map_or(0, |(_, count)| *count);
        assert_eq!(page.total, state.map_or(all, count_of), "{state:?}");
        assert_eq!(page.rows.len() as u64, page.total, "{state:?}");
        assert!(page.rows.iter().all(|row| state.is_none() || row.sync.state == state), "{state:?}");
    }
}

async fn chips_count_only_what_the_search_finds(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    connect(&world, &scope).await;
    let documents = [world.document("A-1"), world.document("A-2"), world.document("B-1")];
    world.store(&scope, &documents).await;
    link(&world, &scope, &documents[0].id, Some(SyncState::Synced), "primary").await;
    link(&world, &scope, &documents[2].id, Some(SyncState::Synced), "primary").await;
    let query =
        ListQuery { search: Some("a-".to_owned()), state: Some(SyncState::Synced), ..ListQuery::default() };
    let page = world.engine.sales_documents(&scope, &query).await.unwrap();
    let chips: Vec<_> = page.chips.iter().map(|chip| (chip.state, chip.count)).collect();
    assert_eq!(chips, [(SyncState::Synced, 1), (SyncState::Excluded(Excluded::OnlyHere), 1)]);
    assert_eq!((page.all, page.total, page.rows.len()), (2, 1, 1));
}

async fn an_alias_link_does_not_double_a_row(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    connect(&world, &scope).await;
    let document = world.document("PP-1");
    world.store(&scope, std::slice::from_ref(&document)).await;
    link(&world, &scope, &document.id, Some(SyncState::Synced), "primary").await;
    link(&world, &scope, &document.id, Some(SyncState::Unknown), "alias").await;
    let page = world.engine.sales_documents(&scope, &ListQuery::default()).await.unwrap();
    assert_eq!((page.all, page.rows.len(), page.rows[0].sync.state), (1, 1, Some(SyncState::Synced)));
}
