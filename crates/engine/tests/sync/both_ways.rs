//! Everything in both directions: afterwards both sides are equal, or it is told why not; a second time nothing is
//! written on either side (issue 5, *Shows* 4).

use std::collections::BTreeMap;

use engine::crm::Edit;
use engine::sync::{Cause, Outgoing, RunState, RunView, SyncStatus};
use engine::test_support::TestDb;
use metakocka_simulator::{DocType, TruthDocument};
use serde_json::json;

use crate::house::{House, KIND, tell};
use crate::pushes::{order, status};
use crate::tables::{Counters, QUIET, written};
use crate::truth;

const DOCUMENTS: usize = 300;
/// Documents of each sort that are touched.
const EACH: usize = 12;

engine::each_engine!(both_ways_end_equal_or_with_a_reason);

/// What was done to a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Touch {
    Here,
    There,
    Apart,
    Against,
}

/// Sends everything, and waits until the run has ended.
async fn push_all(house: &House) -> RunView {
    let run = house.engine.start_push(&house.scope, KIND, Outgoing::All, Cause::Manual).await.unwrap();
    house.finish(&run).await
}

async fn edit_here(house: &House, id: &str, title: Option<String>, notes: Option<String>) {
    let here = house.engine.sales_document(&house.scope, id).await.unwrap();
    let edit = Edit { title, notes };
    house.engine.edit_sales_document(&house.scope, id, here.revision, edit).await.unwrap();
}

/// Touches offers and orders in each way; returns them with their records here.
async fn touch(house: &House) -> Vec<(Touch, TruthDocument, String)> {
    let stored = truth::documents(&house.db, &house.scope).await;
    let editable = |one: &TruthDocument| matches!(one.doc_type, DocType::SalesOrder | DocType::SalesOffer);
    let mut documents = house.truth().into_iter().filter(editable);
    let mut touched = Vec::new();
    for touch in [Touch::Here, Touch::There, Touch::Apart, Touch::Against] {
        for document in documents.by_ref().take(EACH) {
            let id = stored[&truth::key(&document)].id.clone();
            let mine = format!("Moje {}", document.id);
            match touch {
                Touch::Here => edit_here(house, &id, Some(mine), None).await,
                Touch::There => house.edit_there(&document, json!({ "title": "Njihovo" })),
                Touch::Apart => {
                    edit_here(house, &id, None, Some(mine)).await;
                    house.edit_there(&document, json!({ "title": "Njihovo" }));
                }
                Touch::Against => {
                    edit_here(house, &id, Some(mine), None).await;
                    house.edit_there(&document, json!({ "title": "Njihovo" }));
                }
            }
            touched.push((touch, document, id));
        }
    }
    touched
}

/// Both sides of a document, as far as it was touched.
async fn sides(house: &House, document: &TruthDocument, id: &str) -> [(String, String); 2] {
    let there = house.simulator.document(crate::house::COMPANY, document.doc_type, &document.id).unwrap();
    let here = house.engine.sales_document(&house.scope, id).await.unwrap();
    [
        (here.title, here.head.notes.unwrap_or_default()),
        (there.title.unwrap_or_default(), there.notes.unwrap_or_default()),
    ]
}

fn reason(status: &SyncStatus) -> String {
    format!("{}/{}", status.status, status.reason.as_deref().unwrap_or_default())
}

async fn both_ways_end_equal_or_with_a_reason(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let touched = touch(&house).await;
    let input = order(&house).await;
    let mut made = Vec::new();
    for _ in 0..EACH {
        made.push(house.engine.create_sales_document(&house.scope, &input).await.unwrap());
    }
    assert_eq!(house.sync().await.state, RunState::Done);
    let pushed = push_all(&house).await;
    assert_eq!(pushed.state, RunState::Done, "{pushed:?}");
    assert_eq!(usize::try_from(pushed.created).unwrap(), EACH, "{pushed:?}");
    check(&house, &touched).await;
    for id in &made {
        assert_eq!(status(&house, id).await.status, "synced");
    }
    again(&house).await;
}

/// Equal, or told why not; nothing of anybody's is lost.
async fn check(house: &House, touched: &[(Touch, TruthDocument, String)]) {
    let mut told: BTreeMap<(Touch, String), usize> = BTreeMap::new();
    for (touch, document, id) in touched {
        let now = status(house, id).await;
        let [here, there] = sides(house, document, id).await;
        let mine = format!("Moje {}", document.id);
        let (title, notes) = &here;
        match touch {
            Touch::There => assert_eq!(title, "Njihovo"),
            Touch::Here | Touch::Against => assert_eq!(*title, mine),
            Touch::Apart => assert_eq!((title.as_str(), notes.as_str()), ("Njihovo", mine.as_str())),
        }
        if now.status == "synced" {
            assert_eq!(here, there, "{touch:?} {document:?}");
        } else {
            assert!(now.detail.is_some(), "{now:?}");
        }
        *told.entry((*touch, reason(&now))).or_default() += 1;
    }
    tell(&format!("both ways: {told:?}"));
    let expected = |touch, reason: &str| told.get(&(touch, reason.to_owned())).copied().unwrap_or_default();
    assert_eq!(expected(Touch::There, "synced/"), EACH);
    assert_eq!(expected(Touch::Against, "needs_review/conflict"), EACH);
    assert!(expected(Touch::Here, "synced/") > 0 && expected(Touch::Apart, "synced/") > 0);
    for (touch, reason) in told.keys() {
        let fits = matches!(reason.as_str(), "synced/" | "error/blocked" | "needs_review/conflict");
        assert!(fits, "{touch:?} {reason}");
    }
}

/// A second time nothing is written on either side.
async fn again(house: &House) {
    let counters = Counters::on(&house.db, &house.url).await;
    house.simulator.clear_requests();
    let (pulled, pushed) = (house.sync().await, push_all(house).await);
    let counted = counters.take().await;
    let calls = house.simulator.request_counts();
    tell(&format!("again: calls {calls:?}, rows {counted:?}"));
    assert_eq!((pulled.created, pulled.updated), (0, 0), "{pulled:?}");
    assert_eq!((pushed.created, pushed.updated, pushed.failed), (0, 0, 0), "{pushed:?}");
    for table in QUIET {
        assert_eq!(written(&counted, table), 0, "{table}: {counted:?}");
    }
    let writes =
        ["put_document", "update_document", "add_partner", "update_partner", "product_add", "product_update"];
    assert!(writes.iter().all(|endpoint| !calls.contains_key(*endpoint)), "{calls:?}");
}
