//! Calls about several records: a refusal does not prove that nothing was done, and the outcome says so.

use metakocka::{
    Client, Error, Hits, MkId, Next, OrderKey, RefusalKind, ShippedOrders, StatusChange, WritableStatus,
    WriteOutcome,
};
use serde_json::json;

use crate::support::{Answer, Server};
use crate::writes::id;
use crate::writing::{Stock, client, make, simulator};

const REFUSED: &str =
    r#"{"opr_code":"2","opr_desc":"Cannot find document type sales_order with id = 8","new":"kept"}"#;

fn status_of(of: WritableStatus) -> metakocka::Write<metakocka::Accepted> {
    StatusChange { of, status_code: "shipped".to_owned(), user_email: None }.prepare().unwrap()
}

async fn refusing() -> Client {
    Server::always(Answer::json(REFUSED)).await.client()
}

#[tokio::test]
async fn a_refused_list_is_unknown_and_keeps_what_metakocka_said() {
    let numbers = |numbers: &[&str]| numbers.iter().map(|number| (*number).to_owned()).collect();
    for write in [
        status_of(WritableStatus::Orders(vec![id("7"), id("8")])),
        status_of(WritableStatus::ReceivingNotes(vec![id("7"), id("8")])),
        ShippedOrders::Ids(vec![id("7"), id("8")]).prepare().unwrap(),
        ShippedOrders::BuyerOrders(numbers(&["A", "B"])).prepare().unwrap(),
    ] {
        let endpoint = write.endpoint();
        let outcome = refusing().await.send(write).await;
        let WriteOutcome::Unknown(unknown) = outcome else { panic!("{outcome:?}") };
        let refusal = unknown.refusal().unwrap();
        assert_eq!((refusal.endpoint, refusal.kind), (endpoint, RefusalKind::NotFound));
        assert_eq!(refusal.other["new"], "kept");
        assert_eq!((unknown.reason.kind(), unknown.reason.next()), ("partly_refused", Next::Refused));
        assert_eq!(unknown.reason.reply().unwrap().code, "2");
        assert!(unknown.reason.to_string().contains("others may have been changed"));
        assert!(matches!(unknown.reason, Error::PartlyRefused { .. }));
    }
}

#[tokio::test]
async fn a_refused_call_about_one_record_is_refused() {
    for write in [
        status_of(WritableStatus::Orders(vec![id("8")])),
        status_of(WritableStatus::OrderOf("A".to_owned())),
        ShippedOrders::Ids(vec![id("8")]).prepare().unwrap(),
        ShippedOrders::BuyerOrders(vec!["A".to_owned()]).prepare().unwrap(),
    ] {
        let outcome = refusing().await.send(write).await;
        let WriteOutcome::Refused(refusal) = outcome else { panic!("{outcome:?}") };
        assert_eq!(refusal.kind, RefusalKind::NotFound);
    }
    let mut change = metakocka::OrderChange::of(OrderKey::Id(id("8")));
    change.notes = Some("x".to_owned());
    assert_eq!(refusing().await.send(change.prepare().unwrap()).await.kind(), "refused");
}

#[tokio::test]
async fn a_refusal_of_all_orders_of_a_country_proves_nothing() {
    let kept =
        json!({ "endpoint": "mark_orders_as_shipped", "fields": { "country": "SI", "status_code": "x" } });
    let kept = metakocka::KeptWrite::parse(&kept.to_string()).unwrap();
    let outcome = refusing().await.send(kept.never_sent::<metakocka::Accepted>().unwrap()).await;
    assert_eq!(outcome.kind(), "unknown");
}

#[tokio::test]
async fn what_was_done_of_a_refused_list_is_seen_by_looking() {
    let simulator = simulator().await;
    let client = client(&simulator);
    let stock = Stock::of(&client).await;
    let order = make(&client, stock.order("L-1")).await;
    let nobody = MkId::parse("999999999999").unwrap();
    let write = status_of(WritableStatus::Orders(vec![order.mk_id.clone(), nobody]));
    let before = client.look_up(write.lookup()).await.unwrap();
    let outcome = client.send(write).await;
    let WriteOutcome::Unknown(unknown) = outcome else { panic!("{outcome:?}") };
    let after = client.settle(&unknown.unsettled).await.unwrap();
    let Hits::Documents(rows) = &after.hits else { panic!() };
    let first = &rows[0].read().unwrap().value;
    assert_eq!((&first.mk_id, first.status.code.as_deref()), (&order.mk_id, Some("shipped")));
    assert!(after.nothing_new_since(&before).is_err(), "a part was done: nothing leads back to sending it");
}
