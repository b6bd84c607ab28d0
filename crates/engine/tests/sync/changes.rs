//! What looks find, type by type, and what they cannot find (design §6).

use engine::sync::{RunState, WaitingReason};
use engine::test_support::TestDb;
use metakocka_simulator::{DocType, Kind, RecordRef, TruthDocument};
use rust_decimal::Decimal;
use serde_json::json;
use sync_core::state::{ButtonState, Counts};

use crate::house::{COMPANY, House, TODAY, company};
use crate::tables::execute;
use crate::truth;

const DOCUMENTS: usize = 300;

engine::each_engine!(
    a_change_of_every_type_is_found_by_the_next_look,
    a_payment_refreshes_what_is_paid_and_is_not_counted,
    a_document_deleted_in_metakocka_stays_here,
    a_record_that_becomes_unreadable_is_reported_and_keeps_what_is_here,
    what_is_new_brings_its_new_customer,
    an_open_document_is_in_scope_however_old,
    a_bill_that_became_one_of_another_type_keeps_its_record_here,
    a_bill_that_is_here_twice_after_it_changed_its_type_is_asked_about,
);

/// Bills that are read by their date: the last five weeks.
fn is_recent(document: &TruthDocument) -> bool {
    document.date >= TODAY.saturating_sub(jiff::Span::new().days(30))
}

fn is_unpaid(document: &TruthDocument) -> bool {
    document.sum_paid + document.sum_credited < document.sum_all
}

/// A document of the type that the API lets a look find.
fn findable(house: &House, doc_type: DocType) -> TruthDocument {
    house.find(doc_type, |one| !doc_type.is_bill() || is_recent(one) || is_unpaid(one))
}

async fn a_change_of_every_type_is_found_by_the_next_look(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let changed: Vec<TruthDocument> =
        DocType::ALL.into_iter().map(|doc_type| findable(&house, doc_type)).collect();
    for document in &changed {
        house.edit_there(document, json!({ "title": format!("Novo {}", document.number) }));
    }
    assert_eq!(house.look().await.state, RunState::Done);
    let (rows, total) = house.waiting().await;
    assert_eq!(total, Some(7), "{rows:#?}");
    assert!(
        rows.iter().all(|row| row.reason == WaitingReason::Changed && row.record_id.is_some()),
        "{rows:#?}"
    );
    assert!(matches!(house.button().await, ButtonState::Ready { counts, .. } if counts.n_changed == 7));

    let pull = house.pull().await;
    assert_eq!((pull.total, pull.updated), (7, 7), "{pull:?}");
    for document in &changed {
        assert_eq!(house.here(document).await.title, format!("Novo {}", document.number));
    }
    assert!(matches!(house.button().await, ButtonState::AllSynced { .. }));
}

async fn a_payment_refreshes_what_is_paid_and_is_not_counted(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    // One that leaves the list of unpaid bills and is too old to be read by its date, and one that is paid in part.
    let old = house.find(DocType::SalesBillDomestic, |one| {
        is_unpaid(one) && !is_recent(one) && one.sum_all > Decimal::TEN
    });
    let in_part = house.find(DocType::SalesBillForeign, |one| is_unpaid(one) && one.sum_all > Decimal::TEN);
    // Edited here: a payment is no conflict with that.
    house.edit_title_here(&in_part, "Naš zapis").await;
    let state_before = house.here(&in_part).await.sync.state;
    house.edit_there(&old, json!({ "pay": [{}] }));
    house.edit_there(&in_part, json!({ "pay": [{ "amount": "1.25" }] }));

    let look = house.look().await;
    assert_eq!((look.state, look.total), (RunState::Done, 0), "{look:?}");
    assert_eq!(house.here(&old).await.paid, Some(old.sum_all));
    let part = house.here(&in_part).await;
    assert_eq!(part.paid, Some(in_part.sum_paid + Decimal::new(125, 2)));
    assert_eq!((part.title.as_str(), part.sync.state), ("Naš zapis", state_before));
    let (rows, total) = house.waiting().await;
    assert_eq!(total, Some(0), "{rows:#?}");
    assert_eq!(house.pull().await.total, 0);
}

async fn a_document_deleted_in_metakocka_stays_here(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let order = house.find(DocType::SalesOrder, |_| true);
    let bill = house.find(DocType::SalesBillDomestic, is_unpaid);
    let (order_here, bill_here) = (house.here(&order).await, house.here(&bill).await);
    for document in [&order, &bill] {
        let record = RecordRef {
            company: Some(COMPANY.to_owned()),
            kind: Kind::Document,
            doc_type: Some(document.doc_type),
            id: document.id.clone(),
        };
        house.simulator.delete(&record).unwrap();
    }
    for run in [house.look().await, house.sync().await] {
        assert_eq!(run.state, RunState::Done, "{run:?}");
    }
    // The API tells nobody that an order is gone; an open bill is read by its id, and that proves it.
    assert_eq!(house.here(&order).await, order_here);
    let gone = house.here(&bill).await;
    assert_eq!(
        (&gone.number, gone.gross, gone.lines.len()),
        (&bill_here.number, bill_here.gross, bill_here.lines.len())
    );
    assert_eq!(
        (gone.sync.status.as_str(), gone.sync.reason.as_deref()),
        ("needs_review", Some("gone")),
        "{gone:?}"
    );
    assert!(gone.sync.detail.is_some());
    let (rows, total) = house.waiting().await;
    assert_eq!((total, rows.len()), (Some(1), 1));
    assert_eq!((rows[0].reason, &rows[0].external_id), (WaitingReason::Review, &bill.id));
    assert!(matches!(house.button().await, ButtonState::Review { counts: Counts { k_review: 1, .. }, .. }));
}

async fn a_record_that_becomes_unreadable_is_reported_and_keeps_what_is_here(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let broken = house.find(DocType::SalesOrder, |_| true);
    let healthy = house.find(DocType::SalesOrder, |one| one.id != broken.id);
    let before = house.here(&broken).await;
    for document in [&broken, &healthy] {
        house.edit_there(document, json!({ "title": "Spremenjeno" }));
    }
    let malformation = Some(metakocka_simulator::Malformation::DocDate);
    house.simulator.malform(COMPANY, broken.doc_type, &broken.id, malformation).unwrap();

    let run = house.sync().await;
    assert_eq!((run.state, run.updated), (RunState::Done, 1), "{run:?}");
    assert_eq!(house.here(&healthy).await.title, "Spremenjeno");
    let after = house.here(&broken).await;
    assert_eq!((after.title, after.lines), (before.title, before.lines));
    assert_eq!((after.sync.status.as_str(), after.sync.reason.as_deref()), ("error", Some("unreadable")));
    let (rows, total) = house.waiting().await;
    assert_eq!((total, rows[0].reason), (Some(1), WaitingReason::Unreadable), "{rows:?}");

    house.simulator.malform(COMPANY, broken.doc_type, &broken.id, None).unwrap();
    let mended = house.sync().await;
    assert_eq!((mended.state, mended.updated), (RunState::Done, 1), "{mended:?}");
    assert_eq!(house.here(&broken).await.title, "Spremenjeno");
}

async fn what_is_new_brings_its_new_customer(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let create = |value: serde_json::Value| {
        let request: metakocka_simulator::CreateRequest = serde_json::from_value(value).unwrap();
        house.simulator.create(&request).unwrap().to_string()
    };
    let partner = create(
        json!({ "kind": "partner", "set": { "name": "Povsem nov kupec d.o.o.", "email": "nov@kupec.example" } }),
    );
    let id = create(json!({ "kind": "document", "docType": "sales_order", "set": {
        "partner": partner, "addLines": [{ "name": "Ročno delo", "amount": "2", "price": "30", "tax": "EX4" }] } }));

    let run = house.sync().await;
    assert_eq!((run.state, run.created), (RunState::Done, 1), "{run:?}");
    let order = house.find(DocType::SalesOrder, |one| one.id == id);
    let here = house.here(&order).await;
    assert_eq!(here.contact.map(|contact| contact.name), Some("Povsem nov kupec d.o.o.".to_owned()));
    assert_eq!((here.gross, here.lines.len()), (Decimal::new(7320, 2), 1));
}

const BEFORE: &str = "sales_bill_domestic";

/// Stores what was here before a bill became a foreign one.
async fn was_domestic(house: &House, bill: &TruthDocument) -> String {
    let here = house.here(bill).await.id;
    for sql in [
        format!(
            "UPDATE mirror SET remote_type = '{BEFORE}', content_hash = 'before' WHERE external_id = '{}'",
            bill.id
        ),
        format!(
            "UPDATE links SET remote_type = '{BEFORE}', base_hash = 'before', remote_hash = 'before' WHERE external_id = '{}'",
            bill.id
        ),
        format!("UPDATE sales_documents SET doc_type = 'invoice_domestic' WHERE id = '{here}'"),
    ] {
        execute(&house.db, &sql).await;
    }
    here
}

async fn a_bill_that_became_one_of_another_type_keeps_its_record_here(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    // One that the look of the old type asks for by its id, and one that first turns up in the look of the new type.
    let unpaid = house.find(DocType::SalesBillForeign, is_unpaid);
    let paid = house.find(DocType::SalesBillRetail, |one| is_recent(one) && !is_unpaid(one));
    let mut before = Vec::new();
    for bill in [&unpaid, &paid] {
        before.push(was_domestic(&house, bill).await);
    }
    assert_eq!(house.look().await.state, RunState::Done);
    let (rows, total) = house.waiting().await;
    assert_eq!(total, Some(2), "{rows:#?}");
    for row in &rows {
        assert_eq!(row.reason, WaitingReason::Changed, "{row:?}");
        assert!(["sales_bill_foreign", "sales_bill_retail"].contains(&row.remote_type.as_str()), "{row:?}");
    }
    let run = house.sync().await;
    let pull = house.pull().await;
    assert_eq!((run.updated + pull.updated, run.created + pull.created), (2, 0), "{run:?} {pull:?}");
    let types = ["invoice_foreign", "invoice_retail"];
    for ((bill, before), doc_type) in [&unpaid, &paid].into_iter().zip(before).zip(types) {
        let here = house.here(bill).await;
        assert_eq!((here.id, here.doc_type.as_str()), (before, doc_type));
    }
    let documents = "SELECT COUNT(*) FROM sales_documents WHERE tenant_id = $1";
    assert_eq!(truth::number(&house.db, &house.scope, documents).await, i64::try_from(DOCUMENTS).unwrap());
    assert_eq!(house.waiting().await.1, Some(0));
}

async fn a_bill_that_is_here_twice_after_it_changed_its_type_is_asked_about(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let bill = house.find(DocType::SalesBillForeign, is_unpaid);
    let other = house.find(DocType::SalesBillForeign, |one| is_unpaid(one) && one.id != bill.id);
    let twin = house.here(&other).await.id;
    for table in ["mirror", "links"] {
        let set = format!("SET remote_type = '{BEFORE}', external_id = '{}'", bill.id);
        execute(&house.db, &format!("UPDATE {table} {set} WHERE external_id = '{}'", other.id)).await;
    }
    let company = Some(COMPANY.to_owned());
    let record =
        RecordRef { company, kind: Kind::Document, doc_type: Some(other.doc_type), id: other.id.clone() };
    house.simulator.delete(&record).unwrap();
    for _ in 0..2 {
        house.look().await;
        let (rows, total) = house.waiting().await;
        assert_eq!((total, rows[0].reason), (Some(1), WaitingReason::Review), "{rows:#?}");
        assert_eq!(rows[0].record_id.as_ref(), Some(&twin));
        assert!(rows[0].sentence.as_ref().unwrap().contains("sales_bill_foreign"), "{rows:?}");
    }
    let twin = house.engine.sales_document(&house.scope, &twin).await.unwrap();
    assert_eq!(twin.sync.reason.as_deref(), Some("duplicate"));
    assert_eq!(house.here(&bill).await.sync.status, "synced");
}

/// Long before the first day of last year.
const LONG_AGO: &str = "2019-03-01";

async fn an_open_document_is_in_scope_however_old(db: TestDb) {
    let house = House::beside(db, company(DOCUMENTS)).await;
    let unpaid = house.find(DocType::SalesBillDomestic, |one| is_unpaid(one) && one.sum_paid.is_zero());
    let order = house.find(DocType::SalesOrder, |one| one.linked.is_empty());
    let invoiced = house.find(DocType::SalesOrder, |one| !one.linked.is_empty());
    let paid = house.find(DocType::SalesBillDomestic, |one| !is_unpaid(one));
    for document in [&unpaid, &order, &invoiced, &paid] {
        house.edit_there(document, json!({ "date": LONG_AGO }));
    }
    house.look().await;
    let all = i64::try_from(DOCUMENTS).unwrap();
    assert_eq!(house.pull().await.created, all - 3, "the unpaid bill came, the others did not");
    assert_eq!(house.here(&unpaid).await.date.to_string(), LONG_AGO);

    // The orders were not read; an open one comes with its next change.
    for document in [&order, &invoiced] {
        house.edit_there(document, json!({ "title": "Staro naročilo" }));
    }
    let run = house.sync().await;
    assert_eq!((run.state, run.total, run.created), (RunState::Done, 1, 1), "{run:?}");
    assert_eq!(house.here(&order).await.date.to_string(), LONG_AGO);
    assert_eq!(house.waiting().await.1, Some(0));
}
