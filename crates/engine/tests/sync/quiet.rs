//! A second run over a company where nothing happened writes nothing, and asks no more than a look has to ask
//! (issue 3, *Shows* 4).

use std::collections::BTreeMap;

use engine::sync::{RunState, RunView};
use engine::test_support::TestDb;
use metakocka_simulator::{DocType, Settings, TruthDocument};
use rust_decimal::Decimal;
use serde_json::json;
use sync_core::state::ButtonState;

use crate::house::{House, TODAY, tell};
use crate::tables::{Counters, QUIET, written};
use crate::truth;

const DOCUMENTS: usize = 400;
/// So many more offers that a look does not see all of them in lists, and reads some by their id.
const MORE_OFFERS: usize = 210;
/// Rows of a page, of which one is shared with the page before (design §6).
const PAGE: usize = 100;
/// How far back bills are read by date, in days.
const BILL_DAYS: i64 = 35;
/// Open offers that a look reads by their id.
const OFFERS_BY_ID: usize = 20;

engine::each_engine!(an_unchanged_company_costs_no_row_and_one_order_costs_one);

async fn an_unchanged_company_costs_no_row_and_one_order_costs_one(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let offer = house.find(DocType::SalesOffer, |_| true);
    for _ in 0..MORE_OFFERS {
        let copy = json!({ "kind": "document", "docType": "sales_offer", "copyOf": offer.id, "set": {} });
        house.simulator.create(&serde_json::from_value(copy).unwrap()).unwrap();
    }
    // This one also learns which filters there are; it is not the one that is measured.
    let run = house.sync().await;
    assert_eq!(usize::try_from(run.created).unwrap(), MORE_OFFERS, "{run:?}");
    let counters = Counters::on(&house.db, &house.url).await;

    // Nobody knows in which order Metakocka lists offers: both have to be cheap.
    for (name, sync, newest_first) in
        [("look", false, true), ("look and pull", true, true), ("look, oldest first", false, false)]
    {
        let settings = house.simulator.settings();
        house.simulator.set_settings(Settings { descending_elsewhere: newest_first, ..settings }).unwrap();
        house.simulator.clear_requests();
        let run = if sync { house.sync().await } else { house.look().await };
        let counted = counters.take().await;
        let calls = house.simulator.request_counts();
        tell(&format!("unchanged {name}: calls {calls:?}, rows {counted:?}"));
        check_quiet(&run, &counted);
        assert_eq!(calls, expected_calls(&house.truth(), newest_first), "{name}");
        assert_eq!(u64::try_from(run.calls).unwrap(), calls.values().sum::<u64>(), "{name}");
        assert!(matches!(house.button().await, ButtonState::AllSynced { .. }));
    }

    // One whose customer is certain: a twin is asked about again with each of its documents.
    let stored = truth::documents(&house.db, &house.scope).await;
    let order = house.find(DocType::SalesOrder, |one| stored[&truth::key(one)].contact_id.is_some());
    house.edit_there(&order, json!({ "title": "Dopolnjeno naročilo" }));
    let run = house.sync().await;
    let counted = counters.take().await;
    tell(&format!("one order changed: rows {counted:?}"));
    assert_eq!((run.state, run.total, run.updated), (RunState::Done, 1, 1), "{run:?}");
    for table in ["sales_documents", "mirror", "links", "sync_run_items"] {
        assert_eq!(written(&counted, table), 1, "{table}: {counted:?}");
    }
    for table in ["contacts", "products"] {
        assert_eq!(written(&counted, table), 0, "{table}: {counted:?}");
    }
    let here = house.here(&order).await;
    assert_eq!((here.title.as_str(), here.revision), ("Dopolnjeno naročilo", 2));
    let edited = truth::number(
        &house.db,
        &house.scope,
        "SELECT COUNT(*) FROM sales_documents WHERE tenant_id = $1 AND revision > 1",
    );
    assert_eq!(edited.await, 1);
}

fn check_quiet(run: &RunView, counted: &BTreeMap<String, i64>) {
    assert_eq!((run.state, run.total), (RunState::Done, 0), "{run:?}");
    for table in QUIET {
        assert_eq!(written(counted, table), 0, "{table}: {counted:?}");
    }
    let count = |name: &str| counted.get(name).copied().unwrap_or_default();
    assert_eq!((count("sync_runs insert"), count("jobs insert")), (1, 1), "{counted:?}");
    assert_eq!(count("connections update"), 0, "{counted:?}");
    assert_eq!(count("connection_kinds update"), 1, "{counted:?}");
    let types = i64::try_from(DocType::ALL.len()).unwrap();
    assert!(written(counted, "feeds") <= types, "{counted:?}");
    assert!(count("job_attempts insert") >= 1 && count("events insert") >= 1, "{counted:?}");
}

/// The calls of a look that finds nothing, from the rules of design §6.
fn expected_calls(truth: &[TruthDocument], newest_first: bool) -> BTreeMap<String, u64> {
    let recent = TODAY.saturating_sub(jiff::Span::new().days(BILL_DAYS));
    let (mut searches, mut reads) = (0, 0);
    for doc_type in DocType::ALL {
        let of_type = || truth.iter().filter(|document| document.doc_type == doc_type);
        match doc_type {
            // Nothing changed since the watermark, and one page says so.
            DocType::SalesOrder => searches += 1,
            DocType::SalesOffer => {
                let offers = of_type().count();
                let pages = pages_from_the_newest(offers, newest_first);
                searches += pages;
                reads += offers.saturating_sub(pages * PAGE).min(OFFERS_BY_ID);
            }
            _ => {
                searches += pages(of_type().filter(|bill| is_unpaid(bill)).count());
                searches += pages(of_type().filter(|bill| bill.date >= recent).count());
            }
        }
    }
    let counts = [("search", searches), ("get_document", reads)];
    counts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| (name.to_owned(), count as u64))
        .collect()
}

fn is_unpaid(bill: &TruthDocument) -> bool {
    bill.sum_paid + bill.sum_credited < bill.sum_all && bill.sum_all > Decimal::ZERO
}

fn pages(rows: usize) -> usize {
    1 + rows.saturating_sub(PAGE).div_ceil(PAGE - 1)
}

/// The newest page is known. In a list that is sorted oldest first it is the last one, and the first tells how long
/// the list is.
fn pages_from_the_newest(rows: usize, newest_first: bool) -> usize {
    if newest_first || rows <= PAGE { 1 } else { 2 }
}
