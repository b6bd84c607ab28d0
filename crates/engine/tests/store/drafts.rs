//! Making, editing and deleting sales documents: forms, revisions, totals, what is refused and what only blocks sending.

use engine::access::Role;
use engine::crm::{
    ContactInput, DocumentInput, LineInput, ListCursor, ListQuery, PriceBasis, ProductInput, ReceiverInput,
    Sort, SortBy,
};
use engine::test_support::TestDb;
use engine::{EngineError, access::TenantScope};
use sync_core::record::DocumentType;
use sync_core::state::{Excluded, SyncState};

use crate::support::{World, blocked, day, decimal};

engine::each_engine!(
    a_draft_is_made_with_what_it_names_and_adds_up,
    a_draft_may_lack_nearly_everything,
    nonsense_is_refused_with_every_reason_at_once,
    an_edit_keeps_what_the_form_does_not_show,
    an_edit_of_an_older_revision_changes_nothing,
    a_form_that_changes_nothing_raises_no_revision,
    a_deleted_document_stays_as_a_tombstone,
    only_staff_writes,
    another_workspaces_records_can_not_be_named,
    lists_go_on_behind_a_cursor_without_gaps_or_repeats,
);

pub(crate) async fn contact(world: &World, scope: &TenantScope, name: &str) -> String {
    let input = ContactInput { name: name.to_owned(), ..ContactInput::default() };
    world.engine.create_contact(scope, &input).await.unwrap()
}

pub(crate) async fn product(world: &World, scope: &TenantScope, code: &str) -> String {
    let input = ProductInput {
        code: code.to_owned(),
        name: "Lipova deska".to_owned(),
        unit: Some("kos".to_owned()),
        ..ProductInput::default()
    };
    world.engine.create_product(scope, &input).await.unwrap()
}

pub(crate) fn line(product: &str, amount: &str, price: &str) -> LineInput {
    LineInput {
        product_id: Some(product.to_owned()),
        amount: Some(decimal(amount)),
        price: Some(decimal(price)),
        tax_code: Some("EX4".to_owned()),
        ..LineInput::default()
    }
}

pub(crate) fn order(contact: &str, lines: Vec<LineInput>) -> DocumentInput {
    DocumentInput {
        doc_type: Some(DocumentType::Order),
        contact_id: Some(contact.to_owned()),
        title: Some("Ograja".to_owned()),
        lines,
        ..DocumentInput::default()
    }
}

async fn a_draft_is_made_with_what_it_names_and_adds_up(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let (contact, product) =
        (contact(&world, &scope, "Hribar d.o.o.").await, product(&world, &scope, "LIP-1").await);
    let words = LineInput { text: Some("Montaža na mestu".to_owned()), ..LineInput::default() };
    let cheaper = LineInput { discounts: vec![decimal("10"), decimal("20")], ..line(&product, "2", "50") };
    let gross = LineInput { price_basis: Some(PriceBasis::Gross), ..line(&product, "1", "12.20") };
    let id = world
        .engine
        .create_sales_document(&scope, &order(&contact, vec![cheaper, words, gross]))
        .await
        .unwrap();
    let made = world.engine.sales_document(&scope, &id).await.unwrap();
    assert_eq!((made.revision, made.date), (1, day("2026-11-24")), "today in Ljubljana");
    assert_eq!((made.customer_name.as_str(), made.number.as_str()), ("Hribar d.o.o.", ""));
    assert_eq!((made.net, made.gross), (decimal("82.00"), decimal("100.04")));
    assert_eq!(made.lines[0].name, "Lipova deska");
    assert_eq!((made.lines[0].net, made.lines[1].amount), (Some(decimal("72.00")), None));
    assert_eq!((made.taxes.len(), made.taxes[0].tax), (1, decimal("18.04")));
    assert_eq!(made.sync.state, Some(SyncState::Excluded(Excluded::OnlyHere)));
    let query = ListQuery { customer: Some(contact), ..ListQuery::default() };
    assert_eq!(world.engine.sales_documents(&scope, &query).await.unwrap().total, 1);
}

async fn a_draft_may_lack_nearly_everything(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let bare = DocumentInput { doc_type: Some(DocumentType::Offer), ..DocumentInput::default() };
    let id = world.engine.create_sales_document(&scope, &bare).await.unwrap();
    let made = world.engine.sales_document(&scope, &id).await.unwrap();
    let fields: Vec<&str> = made.blocking.iter().map(|reason| reason.field.as_str()).collect();
    assert_eq!(fields, ["customer", "lines"], "what blocks sending is told");
    assert!(made.blocking.iter().all(|reason| !reason.sentence.is_empty() && !reason.remedy.is_empty()));
    assert_eq!(made.currency, "EUR");
}

async fn nonsense_is_refused_with_every_reason_at_once(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let input = DocumentInput {
        doc_type: None,
        contact_id: Some(world.id()),
        currency: Some("evro".to_owned()),
        title: Some("č".repeat(81)),
        receiver: Some(ReceiverInput {
            name: " ".to_owned(),
            address: engine::crm::AddressInput {
                country: Some("Slovenija".to_owned()),
                street: Some("Glavna 1".to_owned()),
                ..engine::crm::AddressInput::default()
            },
        }),
        lines: vec![
            LineInput { discounts: vec![decimal("101")], tax_code: None, ..line(&world.id(), "1", "1") },
            LineInput { tax_code: Some("XY".to_owned()), product_id: None, ..line("", "1", "1") },
            LineInput { row: Some("77".to_owned()), text: Some("x".to_owned()), ..LineInput::default() },
        ],
        ..DocumentInput::default()
    };
    let mut fields = blocked(world.engine.create_sales_document(&scope, &input).await);
    fields.sort();
    assert_eq!(
        fields,
        [
            "contactId",
            "currency",
            "lines[1].discounts",
            "lines[1].productId",
            "lines[1].taxCode",
            "lines[2].taxRate",
            "lines[3].row",
            "receiver.address.country",
            "receiver.name",
            "title",
            "type",
        ]
    );
    let huge = LineInput { price: Some(decimal("79228162514264337593543950335")), ..line("", "9", "1") };
    let huge = DocumentInput { contact_id: None, ..order("", vec![LineInput { product_id: None, ..huge }]) };
    assert_eq!(blocked(world.engine.create_sales_document(&scope, &huge).await), ["lines[1].amount"]);
    for doc_type in [DocumentType::InvoiceRetail, DocumentType::InvoicePrepaid] {
        let input = DocumentInput { doc_type: Some(doc_type), ..DocumentInput::default() };
        assert_eq!(blocked(world.engine.create_sales_document(&scope, &input).await), ["type"]);
    }
    assert_eq!(world.engine.sales_documents(&scope, &ListQuery::default()).await.unwrap().all, 0);
}

async fn an_edit_keeps_what_the_form_does_not_show(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let mut planted = world.document("PP-1");
    planted.lines.push(crate::support::text_line("Montaža"));
    world.store(&scope, std::slice::from_ref(&planted)).await;
    let mut form = world.engine.sales_document_form(&scope, &planted.id).await.unwrap();
    form.due = Some(day("2026-12-31"));
    form.lines[0].amount = Some(decimal("4"));
    let revision = world.engine.replace_sales_document(&scope, &planted.id, 1, &form).await.unwrap();
    let after = world.engine.sales_document(&scope, &planted.id).await.unwrap();
    assert_eq!((revision, after.revision, after.head.due), (2, 2, Some(day("2026-12-31"))));
    assert_eq!((after.number.as_str(), after.customer_name.as_str()), ("PP-1", "Hribar d.o.o."));
    assert_eq!(after.lines[0].code, "LIP-1", "a product that is not here stays what the document says");
    assert_eq!(after.form.lines[0].row.as_deref(), Some("9001"));
    assert_eq!(after.lines[1].text, "Montaža");
    // 4 · 50 · 0.9 · 0.8 = 144.
    assert_eq!((after.net, after.gross), (decimal("144.00"), decimal("175.68")));
    let wrong = DocumentInput { doc_type: Some(DocumentType::Offer), ..form };
    assert_eq!(blocked(world.engine.replace_sales_document(&scope, &planted.id, 2, &wrong).await), ["type"]);
}

async fn an_edit_of_an_older_revision_changes_nothing(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let contact = contact(&world, &scope, "Hribar d.o.o.").await;
    let id = world.engine.create_sales_document(&scope, &order(&contact, Vec::new())).await.unwrap();
    let mut form = world.engine.sales_document_form(&scope, &id).await.unwrap();
    form.title = Some("prvi".to_owned());
    world.engine.replace_sales_document(&scope, &id, 1, &form).await.unwrap();
    form.title = Some("drugi".to_owned());
    let late = world.engine.replace_sales_document(&scope, &id, 1, &form).await;
    assert!(matches!(late, Err(EngineError::Stale { revision: 2 })), "{late:?}");
    let late = world.engine.delete_sales_document(&scope, &id, 1).await;
    assert!(matches!(late, Err(EngineError::Stale { revision: 2 })), "{late:?}");
    assert_eq!(world.engine.sales_document(&scope, &id).await.unwrap().title, "prvi");
}

async fn a_form_that_changes_nothing_raises_no_revision(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let planted = world.document("PP-1");
    world.store(&scope, std::slice::from_ref(&planted)).await;
    let form = world.engine.sales_document_form(&scope, &planted.id).await.unwrap();
    assert_eq!(world.engine.replace_sales_document(&scope, &planted.id, 1, &form).await.unwrap(), 1);
    let contact = contact(&world, &scope, "Hribar d.o.o.").await;
    let form = world.engine.contact(&scope, &contact).await.unwrap().form;
    assert_eq!(world.engine.edit_contact(&scope, &contact, 1, &form).await.unwrap(), 1);
}

async fn a_deleted_document_stays_as_a_tombstone(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let planted = world.document("PP-1");
    world.store(&scope, std::slice::from_ref(&planted)).await;
    world.engine.delete_sales_document(&scope, &planted.id, 1).await.unwrap();
    let gone = world.engine.sales_document(&scope, &planted.id).await;
    assert!(matches!(gone, Err(EngineError::NotFound)));
    let again = world.engine.delete_sales_document(&scope, &planted.id, 2).await;
    assert!(matches!(again, Err(EngineError::NotFound)));
    let mut connection = world.db.read().await.unwrap();
    let stored =
        engine::store::sales_documents::document(&mut connection, &scope, &planted.id).await.unwrap();
    assert_eq!(stored.map(|stored| (stored.revision, stored.deleted_at.is_some())), Some((2, true)));
}

async fn only_staff_writes(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let (contact, product) =
        (contact(&world, &scope, "Hribar").await, product(&world, &scope, "LIP-1").await);
    let id = world.engine.create_sales_document(&scope, &order(&contact, Vec::new())).await.unwrap();
    let reader = world.member(&scope, Role::ReadOnly).await;
    let engine = &world.engine;
    let refused = |answer: Result<(), EngineError>| {
        assert!(matches!(answer, Err(EngineError::Forbidden)), "{answer:?}");
    };
    refused(engine.create_sales_document(&reader, &order(&contact, Vec::new())).await.map(drop));
    refused(engine.delete_sales_document(&reader, &id, 1).await);
    refused(engine.create_contact(&reader, &ContactInput::default()).await.map(drop));
    refused(engine.edit_contact(&reader, &contact, 1, &ContactInput::default()).await.map(drop));
    refused(engine.delete_contact(&reader, &contact, 1).await);
    refused(engine.merge_contacts(&reader, (&contact, 1), (&id, 1)).await.map(drop));
    refused(engine.create_product(&reader, &ProductInput::default()).await.map(drop));
    refused(engine.edit_product(&reader, &product, 1, &ProductInput::default()).await.map(drop));
    refused(engine.delete_product(&reader, &product, 1).await);
    assert_eq!(engine.contact(&reader, &contact).await.unwrap().revision, 1, "who may look sees it");
}

async fn another_workspaces_records_can_not_be_named(test: TestDb) {
    let world = World::new(&test);
    let (ours, theirs) = (world.workspace("Lipa").await, world.workspace("Breza").await);
    let (contact, product) =
        (contact(&world, &theirs, "Hribar").await, product(&world, &theirs, "LIP-1").await);
    let input = order(&contact, vec![line(&product, "1", "1")]);
    let fields = blocked(world.engine.create_sales_document(&ours, &input).await);
    assert_eq!(fields, ["contactId", "lines[1].productId"]);
    for found in [
        world.engine.contact(&ours, &contact).await.map(drop),
        world.engine.product(&ours, &product).await.map(drop),
        world.engine.delete_contact(&ours, &contact, 1).await,
        world
            .engine
            .history(&ours, sync_core::record::RecordKind::Contact, &contact, None, 10)
            .await
            .map(drop),
    ] {
        assert!(matches!(found, Err(EngineError::NotFound)), "{found:?}");
    }
}

async fn lists_go_on_behind_a_cursor_without_gaps_or_repeats(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let planted: Vec<_> = (0..25)
        .map(|number| {
            let mut one = world.document(&format!("PP-{number}"));
            one.fields.gross = decimal(&format!("{}", number % 4));
            one
        })
        .collect();
    world.store(&scope, &planted).await;
    for by in [SortBy::Date, SortBy::Number, SortBy::Customer, SortBy::Total] {
        for descending in [false, true] {
            let query = ListQuery { sort: Sort { by, descending }, per_page: 4, ..ListQuery::default() };
            let whole = ListQuery { per_page: 200, ..query.clone() };
            let all = world.engine.sales_documents(&scope, &whole).await.unwrap().rows;
            let (mut walked, mut after, mut pages) = (Vec::new(), None, 0);
            loop {
                let page = world.engine.sales_documents_after(&scope, &query, after).await.unwrap();
                walked.extend(page.rows.into_iter().map(|row| row.id));
                pages += 1;
                let Some(next) = page.next else { break };
                after = ListCursor::parse(&next.to_text());
                assert!(after.is_some());
            }
            let all: Vec<String> = all.into_iter().map(|row| row.id).collect();
            assert_eq!((walked, pages), (all, 7), "{by:?} {descending}");
        }
    }
    let query = ListQuery { per_page: 1, ..ListQuery::default() };
    let next = world.engine.sales_documents_after(&scope, &query, None).await.unwrap().next;
    let other = ListQuery { sort: Sort { by: SortBy::Total, descending: true }, ..query };
    let wrong = world.engine.sales_documents_after(&scope, &other, next).await;
    assert!(matches!(wrong, Err(EngineError::Invalid { field: "cursor", .. })), "{wrong:?}");
}
