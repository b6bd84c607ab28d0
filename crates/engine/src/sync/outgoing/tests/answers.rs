//! What each answer to a write means.

use metakocka_simulator::{Effect, FaultRule, Quota, Settings, UniqueBuyerOrder};
use sync_core::intent::{Hold, Unclear};

use super::*;

fn order(desk: &Desk) -> Prepared {
    create_document(&desk.document(DocumentType::Order), &[], &marker('A'), Before::Skip).unwrap()
}

#[tokio::test]
async fn an_unknown_product_is_refused_with_metakockas_sentence_and_the_customer_that_it_named() {
    let desk = desk().await;
    let mut document = desk.document(DocumentType::Order);
    if let Line::Product(line) = &mut document.lines[0] {
        line.product = ProductRef { code: Some("NI-GA".to_owned()), ..ProductRef::default() };
    }
    let prepared = create_document(&document, &[], &marker('A'), Before::Skip).unwrap();
    let (reply, _) = desk.send(prepared).await;
    let Reply::Refused(refusal) = reply else { panic!("{reply:?}") };
    assert!(refusal.sentence.contains("NI-GA"), "{}", refusal.sentence);
    assert_eq!(refusal.customer, document.customer.external_id);
}

#[tokio::test]
async fn a_customers_number_that_is_taken_names_who_has_it() {
    let desk = desk().await;
    let unique = [(COMPANY.to_owned(), UniqueBuyerOrder::Orders)].into();
    desk.simulator.set_settings(Settings { unique_buyer_order: unique, ..Settings::default() }).unwrap();
    let document =
        SalesDocument { buyer_order: Some("N-1".to_owned()), ..desk.document(DocumentType::Order) };
    let (first, _) = desk.make(&document, 'A').await;
    let prepared = create_document(&document, &[], &marker('B'), Before::Skip).unwrap();
    let (reply, sent) = desk.send(prepared).await;
    let Reply::NumberExists { used_by, .. } = reply else { panic!("{reply:?}") };
    assert_eq!(used_by, std::slice::from_ref(&first));
    // The owners are looked at: this one carries another record's marker.
    let these = Lookup { queries: vec![intent::Query::These(used_by)], identity: intent::Identity::Marker };
    let hits = desk.look(&these, &sent, Some(&marker('B'))).await;
    assert_eq!((&hits[0].id, hits[0].marked), (&first, false));
    assert!(hits[0].number.is_some());
    let hits = desk.look(&these, &sent, Some(&marker('A'))).await;
    assert!(hits[0].marked);
}

#[tokio::test]
async fn what_is_gone_cannot_be_found_by_a_change() {
    let desk = desk().await;
    let (order, _) = desk.make(&desk.document(DocumentType::Order), 'A').await;
    let fresh = desk.fresh(DocumentType::Order, &order).await;
    let base = crate::sync::translate::document(&fresh).unwrap().document;
    let wanted = SalesDocument { notes: Some("novo".to_owned()), ..base.clone() };
    let facts = ChangeFacts { ours: true, first_issue_seen: None };
    let prepared = change_document(&fresh, NOW, &base, &wanted, facts, &marker('A')).unwrap();
    let record = metakocka_simulator::RecordRef {
        company: None,
        kind: metakocka_simulator::Kind::Document,
        doc_type: Some(metakocka_simulator::DocType::SalesOrder),
        id: order.as_str().to_owned(),
    };
    desk.simulator.delete(&record).unwrap();
    let (reply, sent) = desk.send(prepared).await;
    assert!(matches!(reply, Reply::CannotFind(_)), "{reply:?}");
    let read = read_by_id(&desk.client, sent.record.subject(), &order, None, NOW).await;
    assert!(matches!(read, ReadBack::Missing), "{read:?}");
}

#[tokio::test]
async fn a_wrong_key_is_turned_away_and_asks_for_the_pause() {
    let desk = desk().await;
    let (reply, _) = Desk { client: client(&desk.simulator.url(), "drug-kljuc"), ..desk }.send_order().await;
    assert_eq!(reply, Reply::TurnedAway(Hold::Key));
    assert_eq!(asks_to_hold(&reply), Some(Hold::Key));
}

#[tokio::test]
async fn a_spent_quota_is_turned_away() {
    let desk = desk().await;
    let quota: Quota = serde_json::from_value(serde_json::json!({ "calls": 1, "perMs": 60_000 })).unwrap();
    desk.simulator.set_settings(Settings { quota: Some(quota), ..Settings::default() }).unwrap();
    let order = order(&desk);
    read_by_id(&desk.client, Subject::Contact, &id("1"), None, NOW).await;
    let (reply, _) = desk.send(order).await;
    assert_eq!(reply, Reply::TurnedAway(Hold::Quota { retry_after: None }));
}

#[tokio::test]
async fn no_connection_is_turned_away() {
    let desk = desk().await;
    let order = order(&desk);
    let Desk { simulator, client } = desk;
    simulator.stop().await;
    assert_eq!(order.request.send(&client).await, Reply::TurnedAway(Hold::NoConnection));
}

#[tokio::test]
async fn every_other_fault_leaves_open_what_was_stored() {
    let desk = desk().await;
    let code_one = Effect::OprCode { code: "1".to_owned(), text: "Unknown internal server error".to_owned() };
    let status = |status| Effect::HttpStatus { status, retry_after: None };
    for (effect, cause) in [
        (Effect::DelayMs { ms: 900 }, Unclear::TimedOut),
        (Effect::DropAfterStore, Unclear::Cut),
        (Effect::DropBeforeStore, Unclear::Cut),
        (Effect::CutBody, Unclear::Cut),
        (Effect::Garbage, Unclear::NotReadable),
        (code_one, Unclear::InternalError("Unknown internal server error".to_owned())),
        (status(503), Unclear::Status(503)),
        (status(429), Unclear::Status(429)),
        (status(401), Unclear::Status(401)),
    ] {
        desk.simulator.add_fault(FaultRule::always("put_document", effect.clone())).unwrap();
        let (reply, _) = desk.send(order(&desk)).await;
        assert_eq!(reply, Reply::Unclear(cause), "{effect:?}");
        desk.simulator.clear_faults();
    }
    assert_eq!(asks_to_hold(&Reply::Unclear(Unclear::Status(401))), Some(Hold::Key));
    let quota = Hold::Quota { retry_after: None };
    assert_eq!(asks_to_hold(&Reply::Unclear(Unclear::Status(429))), Some(quota));
    assert_eq!(asks_to_hold(&Reply::Unclear(Unclear::TimedOut)), None);
}

#[test]
fn what_is_no_request_of_ours_is_not_sent() {
    for kept in ["", "{}", r#"{"endpoint":"delete_document","fields":{}}"#] {
        assert!(Request::parse(kept).is_err(), "{kept}");
    }
}

impl Desk {
    async fn send_order(&self) -> (Reply, Sent) {
        self.send(order(self)).await
    }
}
