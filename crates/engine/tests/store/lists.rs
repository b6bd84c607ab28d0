//! Search, filters, order and pages of the list. The expected rows are written down once, for both engines.

use engine::access::TenantScope;
use engine::crm::{ListQuery, Sort, SortBy};
use engine::store::sales_documents::NewDocument;
use engine::test_support::TestDb;
use sync_core::record::DocumentType;

use crate::support::{World, day, decimal};

engine::each_engine!(
    a_search_finds_words_without_case_marks_and_order,
    signs_of_sql_in_a_search_are_only_text,
    every_order_is_the_same_everywhere,
    pages_hold_every_document_once,
    a_page_beyond_the_last_is_the_last_and_odd_sizes_are_no_error,
    filters_narrow_together,
    a_list_of_one_customer_holds_only_theirs,
);

/// Number, customer, day, gross total; in the order in which they are stored.
const ROWS: [(&str, &str, &str, &str); 8] = [
    ("PP-10", "Žaga d.o.o.", "2026-03-01", "100.00"),
    ("PP-9", "ceška d.o.o.", "2026-03-02", "99.90"),
    ("pp-9a", "Čebela d.o.o.", "2026-03-02", "-5.00"),
    ("2026/7", "Hribar 10", "2025-12-31", "1000000.00"),
    ("", "Hribar 9", "2026-03-01", "100.00"),
    ("R 100%", "O'Hara & sin_1", "2026-02-28", "0.01"),
    ("R 100", "ŠUŠTAR \"Šus\"", "2026-02-27", "0.00"),
    ("Č-1", "Sušec", "2026-02-26", "9.99"),
];

async fn planted(world: &World, scope: &TenantScope) -> Vec<NewDocument> {
    let documents: Vec<_> = ROWS
        .iter()
        .map(|(number, customer, date, gross)| {
            let mut document = world.document(number);
            (*customer).clone_into(&mut document.fields.customer_name);
            document.fields.customer_city = Some("Škofja Loka".to_owned());
            document.fields.doc_date = day(date);
            document.fields.gross = decimal(gross);
            document
        })
        .collect();
    world.store(scope, &documents).await;
    documents
}

async fn customers(world: &World, scope: &TenantScope, query: ListQuery) -> Vec<String> {
    let page = world.engine.sales_documents(scope, &query).await.unwrap();
    assert_eq!(page.total, page.rows.len() as u64, "one page holds them all");
    page.rows.into_iter().map(|row| row.customer_name).collect()
}

fn searching(text: &str) -> ListQuery {
    let sort = Sort { by: SortBy::Customer, descending: false };
    ListQuery { search: Some(text.to_owned()), sort, ..ListQuery::default() }
}

fn sorted(by: SortBy, descending: bool) -> ListQuery {
    ListQuery { sort: Sort { by, descending }, ..ListQuery::default() }
}

async fn a_search_finds_words_without_case_marks_and_order(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    planted(&world, &scope).await;
    for (search, found) in [
        ("cebela", vec!["Čebela d.o.o."]),
        ("ČEBELA", vec!["Čebela d.o.o."]),
        ("sustar", vec!["ŠUŠTAR \"Šus\""]),
        ("zaga", vec!["Žaga d.o.o."]),
        ("d.o.o. čeb", vec!["Čebela d.o.o."]),
        ("hribar 10", vec!["Hribar 10"]),
        ("PP-9", vec!["ceška d.o.o.", "Čebela d.o.o."]),
        ("loka  skofja hribar", vec!["Hribar 9", "Hribar 10"]),
        ("ni tega", vec![]),
    ] {
        assert_eq!(customers(&world, &scope, searching(search)).await, found, "{search}");
    }
    assert_eq!(customers(&world, &scope, searching("  ")).await.len(), ROWS.len());
}

async fn signs_of_sql_in_a_search_are_only_text(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    planted(&world, &scope).await;
    for (search, found) in [
        ("100%", vec!["O'Hara & sin_1"]),
        ("%", vec!["O'Hara & sin_1"]),
        ("_", vec!["O'Hara & sin_1"]),
        ("n_1", vec!["O'Hara & sin_1"]),
        ("'", vec!["O'Hara & sin_1"]),
        ("\"", vec!["ŠUŠTAR \"Šus\""]),
        ("!", vec![]),
        ("\\", vec![]),
        ("hri%ar", vec![]),
        ("hri_ar", vec![]),
        ("' OR '1'='1", vec![]),
        ("x'; DROP TABLE sales_documents; --", vec![]),
        ("$1", vec![]),
        ("?", vec![]),
        ("hribar\09", vec!["Hribar 9"]),
    ] {
        assert_eq!(customers(&world, &scope, searching(search)).await, found, "{search}");
    }
    assert_eq!(customers(&world, &scope, ListQuery::default()).await.len(), ROWS.len());
    for id in ["' OR ''='", "\0", ""] {
        let customer = ListQuery { customer: Some(id.to_owned()), ..ListQuery::default() };
        assert_eq!(customers(&world, &scope, customer).await.len(), 0);
    }
}

async fn every_order_is_the_same_everywhere(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let documents = planted(&world, &scope).await;
    for (by, order) in [
        // Equal days, totals and keys are told apart by the id.
        (SortBy::Date, [3, 7, 6, 5, 0, 4, 1, 2]),
        (SortBy::Number, [4, 3, 7, 1, 2, 0, 6, 5]),
        (SortBy::Customer, [1, 2, 4, 3, 5, 7, 6, 0]),
        (SortBy::Total, [2, 6, 5, 7, 1, 0, 4, 3]),
    ] {
        let ids = |page: engine::crm::ListPage| page.rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
        let expected = by_id_within_equals(&documents, by, &order);
        let ascending = world.engine.sales_documents(&scope, &sorted(by, false)).await.unwrap();
        assert_eq!(ids(ascending), expected, "{by:?}");
        let descending = world.engine.sales_documents(&scope, &sorted(by, true)).await.unwrap();
        let reversed: Vec<_> = expected.into_iter().rev().collect();
        assert_eq!(ids(descending), reversed, "{by:?} descending");
    }
}

/// The ids in the order of `order`; rows that compare equal stand by id, which chance decides.
fn by_id_within_equals(documents: &[NewDocument], by: SortBy, order: &[usize]) -> Vec<String> {
    let equal = |a: usize, b: usize| match by {
        SortBy::Date => ROWS[a].2 == ROWS[b].2,
        SortBy::Number => {
            sync_core::record::text::sort_key(ROWS[a].0) == sync_core::record::text::sort_key(ROWS[b].0)
        }
        SortBy::Customer => ROWS[a].1 == ROWS[b].1,
        SortBy::Total => ROWS[a].3 == ROWS[b].3,
    };
    let mut ids = Vec::new();
    for group in order.chunk_by(|a, b| equal(*a, *b)) {
        let mut group: Vec<_> = group.iter().map(|at| documents[*at].id.clone()).collect();
        group.sort();
        ids.extend(group);
    }
    ids
}

async fn pages_hold_every_document_once(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    // Many equal days, numbers, customers and totals: only the id tells them apart.
    let documents: Vec<_> = (0..103).map(|n| world.document(&format!("PP-{}", n % 3))).collect();
    world.store(&scope, &documents).await;
    let mut expected: Vec<_> = documents.iter().map(|document| document.id.clone()).collect();
    expected.sort();
    for by in [SortBy::Date, SortBy::Number, SortBy::Customer, SortBy::Total] {
        let mut seen = Vec::new();
        for page in 1..=11 {
            let query = ListQuery { page, per_page: 10, ..sorted(by, true) };
            let found = world.engine.sales_documents(&scope, &query).await.unwrap();
            assert_eq!((found.total, found.all, found.page), (103, 103, page));
            assert_eq!(found.rows.len(), if page == 11 { 3 } else { 10 });
            seen.extend(found.rows.into_iter().map(|row| row.id));
        }
        seen.sort();
        assert_eq!(seen, expected, "{by:?}");
    }
}

async fn a_page_beyond_the_last_is_the_last_and_odd_sizes_are_no_error(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    planted(&world, &scope).await;
    for (page, per_page, shown, rows) in
        [(2, 50, (1, 50), 8), (0, 0, (1, 1), 1), (1, 5000, (1, 200), 8), (u32::MAX, 3, (3, 3), 2)]
    {
        let query = ListQuery { page, per_page, ..ListQuery::default() };
        let found = world.engine.sales_documents(&scope, &query).await.unwrap();
        assert_eq!(((found.page, found.per_page), found.rows.len(), found.total), (shown, rows, 8));
    }
}

async fn filters_narrow_together(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let mut offer = world.document("PO-1");
    DocumentType::Offer.as_str().clone_into(&mut offer.fields.doc_type);
    "Hribar ponudba".clone_into(&mut offer.fields.customer_name);
    world.store(&scope, &[offer]).await;
    planted(&world, &scope).await;
    let march = ListQuery { from: Some(day("2026-03-01")), to: Some(day("2026-03-01")), ..searching("") };
    assert_eq!(customers(&world, &scope, march.clone()).await, ["Hribar 9", "Žaga d.o.o."]);
    let hribar = ListQuery { search: Some("hribar".to_owned()), ..march };
    assert_eq!(customers(&world, &scope, hribar).await, ["Hribar 9"]);
    let offers = ListQuery { doc_type: Some(DocumentType::Offer), ..searching("hribar") };
    assert_eq!(customers(&world, &scope, offers).await, ["Hribar ponudba"]);
    let invoices = ListQuery { doc_type: Some(DocumentType::InvoiceDomestic), ..ListQuery::default() };
    assert_eq!(customers(&world, &scope, invoices).await.len(), 0);
}

async fn a_list_of_one_customer_holds_only_theirs(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let contact = world.contact(&scope, "Hribar d.o.o.").await;
    let mut theirs = world.document("PP-1");
    theirs.fields.contact_id = Some(contact.clone());
    world.store(&scope, &[theirs, world.document("PP-2")]).await;
    let query = ListQuery { customer: Some(contact), ..ListQuery::default() };
    let page = world.engine.sales_documents(&scope, &query).await.unwrap();
    assert_eq!((page.total, page.rows[0].number.as_str()), (1, "PP-1"));
}
