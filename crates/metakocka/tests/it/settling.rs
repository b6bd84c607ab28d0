//! A write whose outcome is unknown, against the simulator: it is found, or comes back after a look.

use std::time::Duration;

use metakocka::{
    Client, DocumentDetails, DocumentDraft, Hits, KeptWrite, Next, SettleHorizon, StoredDocument, Unsettled,
    WriteOutcome,
};
use metakocka_simulator::{Effect, FaultRule};

use crate::writing::{Stock, client, count, simulator};

#[tokio::test]
async fn a_write_that_was_stored_never_comes_back_whatever_the_status_of_the_answer() {
    let simulator = simulator().await;
    let client = client(&simulator);
    let stock = Stock::of(&client).await;
    for status in [202, 301, 400, 401, 403, 404, 408, 409, 429, 500, 502, 503, 504] {
        simulator.clear_faults();
        let before = count(&simulator);
        let fault = FaultRule {
            stored: Some(true),
            ..FaultRule::always("put_document", Effect::HttpStatus { status, retry_after: Some(3) })
        };
        simulator.add_fault(fault).unwrap();
        let outcome = client.send(stock.order(&format!("S-{status}")).prepare().unwrap()).await;
        assert_eq!(count(&simulator), before + 1, "{status}: it is there");
        let WriteOutcome::Unknown(unknown) = outcome else { panic!("{status}: {outcome:?}") };
        let pause = match status {
            401 | 403 => Next::PauseKey,
            429 => Next::WaitForQuota(Some(Duration::from_secs(3))),
            _ => continue,
        };
        assert_eq!(unknown.reason.next(), pause, "{status}: the caller still pauses");
    }
}

async fn unknown(client: &Client, draft: DocumentDraft) -> Unsettled<StoredDocument> {
    match client.send(draft.prepare().unwrap()).await {
        WriteOutcome::Unknown(unknown) => unknown.unsettled,
        other => panic!("the reply was lost: {other:?}"),
    }
}

#[tokio::test]
async fn a_document_that_was_stored_without_a_reply_is_found() {
    let simulator = simulator().await;
    let client = client(&simulator);
    let stock = Stock::of(&client).await;
    let before = count(&simulator);
    simulator.add_fault(FaultRule::nth("put_document", 1, Effect::DropAfterStore)).unwrap();
    let unsettled = unknown(&client, stock.order("APP-3")).await;
    let found = client.settle(&unsettled).await.unwrap();
    let Hits::Documents(rows) = &found.hits else { panic!() };
    assert_eq!(rows[0].read().unwrap().value.title.as_deref(), Some("Spletno naročilo APP-3"));
    let found = found.nothing_found();
    assert!(found.is_err(), "it is there: nothing leads back to sending it");
    assert_eq!(count(&simulator), before + 1);
}

#[tokio::test]
async fn a_document_that_never_arrived_is_sent_again_after_a_look() {
    let simulator = simulator().await;
    let client = client(&simulator);
    let stock = Stock::of(&client).await;
    let before = count(&simulator);
    simulator.add_fault(FaultRule::nth("put_document", 1, Effect::DropBeforeStore)).unwrap();
    let unsettled = unknown(&client, stock.order("APP-4")).await;
    let proof = client.settle(&unsettled).await.unwrap().nothing_found().unwrap();
    let unsettled = unsettled.not_stored(proof, SettleHorizon::default()).unwrap_err().unsettled;
    let long_ago = tokio::time::Instant::now().checked_sub(SettleHorizon::default().get()).unwrap();
    let kept = KeptWrite::parse(&unsettled.payload().to_json()).unwrap();
    let unsettled = kept.perhaps_sent::<StoredDocument>(client.destination(), long_ago).unwrap();
    let proof = client.settle(&unsettled).await.unwrap().nothing_found().unwrap();
    let write = unsettled.not_stored(proof, SettleHorizon::default()).unwrap();
    assert!(client.send(write).await.stored().is_some());
    assert_eq!(count(&simulator), before + 1);
}

#[tokio::test]
async fn a_document_that_arrives_late_is_not_there_at_the_first_look() {
    let simulator = simulator().await;
    let client = client(&simulator);
    let stock = Stock::of(&client).await;
    let late = Effect::DelayedCommitMs { ms: 60_000 };
    simulator.add_fault(FaultRule::nth("put_document", 1, late)).unwrap();
    let unsettled = unknown(&client, stock.order("APP-5")).await;
    let early = client.settle(&unsettled).await.unwrap();
    assert!(early.hits.is_empty(), "a negative look right after a time-out is no proof");
    let proof = early.nothing_found().unwrap();
    assert!(unsettled.not_stored(proof, SettleHorizon::default()).is_err());
    simulator.clock().set(Some("2026-01-20T09:32:00Z".parse().unwrap()));
    let unsettled = KeptWrite::parse(&stock.order("APP-5").prepare().unwrap().payload().to_json())
        .unwrap()
        .perhaps_sent::<StoredDocument>(client.destination(), tokio::time::Instant::now())
        .unwrap();
    let found = client.settle(&unsettled).await.unwrap();
    assert!(!found.hits.is_empty());
}

#[tokio::test]
async fn an_offer_is_found_by_its_partner_and_title() {
    let simulator = simulator().await;
    let client = client(&simulator);
    let stock = Stock::of(&client).await;
    let mut offer = stock.order("x");
    offer.details = DocumentDetails::Offer(metakocka::OfferDetails::default());
    offer.title = Some("APP-6".to_owned());
    simulator.add_fault(FaultRule::nth("put_document", 1, Effect::DropAfterStore)).unwrap();
    let unsettled = unknown(&client, offer).await;
    let found = client.settle(&unsettled).await.unwrap();
    let Hits::Documents(rows) = found.hits else { panic!() };
    assert_eq!((rows.len(), rows[0].read().unwrap().value.title.as_deref()), (1, Some("APP-6")));
}
