//! Every door from "nobody knows" back to a write, and that each is shut: the wrong write, the wrong company,
//! too early, not seen, not told apart.

use std::time::Duration;

use metakocka::{
    Accepted, Client, ClientConfig, CompanyId, DocumentDeletion, DocumentType, Hits, KeptWrite, Lookup,
    NotThere, NotYet, SettleHorizon, StillUnsettled, StoredDocument, Unsettled, Write, WriteOutcome,
};
use serde_json::json;
use tokio::time::Instant;

use crate::support::{Answer, Server, http};
use crate::writes::{id, order};

/// Longer than any server takes.
const HORIZON: Duration = Duration::from_mins(10);
const STORED: &str = r#"{"opr_code":"0","opr_time_ms":"118","mk_id":"400000701","count_code":"PP-301"}"#;
/// Answers of `search` in which nothing is found.
const NO_ORDERS: &str = r#"{"opr_code":"0","result_all_records":"0","result_count":"0"}"#;

async fn lost(client: &Client) -> Unsettled<StoredDocument> {
    let WriteOutcome::Unknown(unknown) = client.send(order().prepare().unwrap()).await else {
        panic!("the answer is lost")
    };
    unknown.unsettled
}

/// Loses the first call and finds nothing from then on.
async fn forgetful() -> Server {
    Server::one_by_one(vec![Answer::Close, Answer::json(NO_ORDERS)]).await
}

async fn proof(client: &Client, unsettled: &Unsettled<StoredDocument>) -> NotThere {
    client.settle(unsettled).await.unwrap().nothing_found().unwrap()
}

fn back<R>(unsettled: Unsettled<R>, proof: NotThere) -> Result<Write<R>, Box<StillUnsettled<R>>> {
    unsettled.not_stored(proof, SettleHorizon::default())
}

#[tokio::test(start_paused = true)]
async fn only_a_late_look_up_that_found_nothing_leads_back_to_a_write() {
    let answers = [Answer::Close, Answer::json(NO_ORDERS), Answer::json(NO_ORDERS), Answer::json(STORED)];
    let client = Server::one_by_one(answers.into()).await.client();
    let unsettled = lost(&client).await;
    assert_eq!(unsettled.lookup(), &Lookup::Orders { buyer_order: "APP-000123".to_owned() });
    let early = proof(&client, &unsettled).await;
    let still = back(unsettled, early).unwrap_err();
    assert!(matches!(still.why, NotYet::TooEarly(wait) if wait > Duration::from_mins(9)));
    tokio::time::advance(HORIZON).await;
    let late = proof(&client, &still.unsettled).await;
    let write = back(still.unsettled, late).unwrap();
    assert!(client.send(write).await.stored().is_some());
}

#[tokio::test(start_paused = true)]
async fn the_proof_for_one_write_gives_no_other_back_even_if_it_says_the_same() {
    let answers = [Answer::Close, Answer::Close, Answer::json(NO_ORDERS)];
    let client = Server::one_by_one(answers.into()).await.client();
    let (first, second) = (lost(&client).await, lost(&client).await);
    assert_eq!(first.payload(), second.payload());
    tokio::time::advance(HORIZON).await;
    let of_first = proof(&client, &first).await;
    assert_eq!(back(second, of_first).unwrap_err().why, NotYet::OtherWrite);
}

#[tokio::test(start_paused = true)]
async fn what_another_company_does_not_have_proves_nothing() {
    let server = forgetful().await;
    let client = server.client();
    let of = |company| ClientConfig { company_id: CompanyId::parse(company).unwrap(), ..server.config() };
    let other = Client::new(of("17"), http());
    let unsettled = lost(&client).await;
    tokio::time::advance(HORIZON).await;
    let elsewhere = proof(&other, &unsettled).await;
    let still = back(unsettled, elsewhere).unwrap_err();
    assert_eq!(still.why, NotYet::OtherCompany);
    let other_host = forgetful().await.client();
    let _lost = lost(&other_host).await;
    let elsewhere = proof(&other_host, &still.unsettled).await;
    let still = back(still.unsettled, elsewhere).unwrap_err();
    assert_eq!(still.why, NotYet::OtherCompany);
    let here = proof(&client, &still.unsettled).await;
    let write = back(still.unsettled, here).unwrap();
    let asked = server.questions().len();
    let WriteOutcome::NotSent(not_sent) = other.send(write).await else { panic!() };
    assert_eq!((not_sent.reason.kind(), server.questions().len()), ("other_company", asked));
}

#[test]
fn a_horizon_is_longer_than_any_write_takes_and_no_longer_than_a_week() {
    for (seconds, fits) in [(0, false), (48, false), (59, false), (60, true), (600, true), (604_801, false)] {
        assert_eq!(SettleHorizon::new(Duration::from_secs(seconds)).is_ok(), fits, "{seconds} s");
    }
    assert!(SettleHorizon::new(Duration::MAX).is_err());
}

#[tokio::test]
async fn what_was_found_or_not_seen_is_no_proof() {
    let found = include_str!("samples/search_documents.reply.json");
    let client = Server::one_by_one(vec![Answer::Close, Answer::json(found)]).await.client();
    let unsettled = lost(&client).await;
    let result = client.settle(&unsettled).await.unwrap();
    let Hits::Documents(rows) = &result.hits else { panic!() };
    assert_eq!(rows[0].read().unwrap().value.mk_id, id("400000701"));
    assert!(result.clone().each_denied(&[]).is_err() && result.clone().each_denied(&[id("7")]).is_err());
    assert!(result.clone().each_denied(&[id("400000701")]).is_ok(), "a person said so of each");
    assert!(result.nothing_found().is_err());
    let other = Lookup::Orders { buyer_order: "APP-00012".to_owned() };
    let result = client.look_up(&other).await.unwrap();
    assert!(result.hits.is_empty(), "only the very number counts");
    assert!(result.nothing_found().is_err(), "it was made for no write");
    let silent = Server::always(Answer::Close).await.client();
    assert!(silent.look_up(&other).await.is_err());
    let nowhere = json!({ "endpoint": "put_document", "fields": { "doc_type": "sales_order" } });
    let nowhere = kept::<StoredDocument>(&nowhere.to_string(), &client);
    let result = client.settle(&nowhere).await.unwrap();
    assert!(result.clone().nothing_found().is_err() && result.each_denied(&[]).is_err(), "nothing was seen");
}

fn kept<R: metakocka::WriteReply>(json: &str, client: &Client) -> Unsettled<R> {
    KeptWrite::parse(json).unwrap().perhaps_sent(client.destination(), Instant::now()).unwrap()
}

#[tokio::test]
async fn what_was_there_before_is_told_apart_from_what_was_made() {
    let one = include_str!("samples/search_documents.reply.json");
    let another = one.replace("400000701", "400000702");
    let answers = [Answer::json(one), Answer::json(one), Answer::json(another)];
    let client = Server::one_by_one(answers.into()).await.client();
    let write = order().prepare().unwrap();
    let before = client.look_up(write.lookup()).await.unwrap();
    let unsettled = kept::<StoredDocument>(&write.payload().to_json(), &client);
    assert!(client.settle(&unsettled).await.unwrap().nothing_new_since(&before).is_ok());
    assert!(client.settle(&unsettled).await.unwrap().nothing_new_since(&before).is_err());
}

#[tokio::test]
async fn a_deleted_document_is_no_proof_that_it_was_not_deleted() {
    let there = include_str!("samples/get_offer.reply.json");
    let changed = there.replace("APP-77", "APP-78");
    let gone = r#"{"opr_code":"2","opr_desc":"Cannot find document type sales_offer with id = 400000801"}"#;
    let answers = [there, there, &changed, gone, gone, gone].map(Answer::json);
    let client = Server::one_by_one(answers.into()).await.client();
    let write = DocumentDeletion { doc_type: DocumentType::Offer, id: id("400000801") };
    let write = write.prepare().unwrap();
    let before = client.look_up(write.lookup()).await.unwrap();
    let unsettled = kept::<Accepted>(&write.payload().to_json(), &client);
    let look = async || client.settle(&unsettled).await.unwrap();
    assert!(look().await.nothing_new_since(&before).is_ok(), "it is as it was");
    assert!(look().await.nothing_new_since(&before).is_err(), "it is another");
    assert!(look().await.nothing_new_since(&before).is_err(), "it is gone");
    assert!(look().await.nothing_found().is_err());
    assert!(look().await.each_denied(&[]).is_err());
}

#[tokio::test(start_paused = true)]
async fn a_payload_that_was_kept_is_unsettled_until_looked_up() {
    let json = order().prepare().unwrap().payload().to_json();
    assert!(!json.contains("secret_key") && !json.contains("company_id"));
    let client = Server::always(Answer::json(NO_ORDERS)).await.client();
    let unsettled = kept::<StoredDocument>(&json, &client);
    tokio::time::advance(HORIZON).await;
    let proof = proof(&client, &unsettled).await;
    assert_eq!(back(unsettled, proof).unwrap().payload().to_json(), json);
}

#[tokio::test]
async fn a_look_up_that_may_have_missed_something_is_not_complete() {
    let page = |total: &str, title: &str| {
        let row = json!({ "mk_id": "8", "doc_date": "2026-09-03", "title": title });
        Answer::json(json!({ "opr_code": "0", "result_all_records": total, "result": [row] }).to_string())
    };
    let offers = |partner: Option<&str>| Lookup::Documents {
        doc_type: DocumentType::Offer,
        partner: partner.map(id),
        date: None,
        title: Some("APP-77 a title".to_owned()),
    };
    let steady = Server::one_by_one(vec![page("2", "x"), page("2", "y")]).await.client();
    assert!(steady.look_up(&offers(Some("5"))).await.unwrap().complete);
    let moving = Server::one_by_one(vec![page("3", "x"), page("2", "y")]).await.client();
    assert!(!moving.look_up(&offers(Some("5"))).await.unwrap().complete, "the total changed");
    let by_text = Server::always(page("1", "x")).await.client();
    assert!(!by_text.look_up(&offers(None)).await.unwrap().complete, "free text may not see titles");
    for title in ["APP-77  a title", "APP-77 a ti", "app-77 a title "] {
        let changed = Server::always(page("1", title)).await.client();
        let found = changed.look_up(&offers(Some("5"))).await.unwrap();
        assert!(!found.hits.is_empty(), "{title}");
    }
    let row = json!({ "mk_id": "5", "customer": "K" });
    let full = json!({ "partner_list_count": "1000", "partner_list": vec![row; 1000] });
    let full = Server::always(Answer::json(full.to_string())).await.client();
    let partners = Lookup::Partners { tax_number: None, email: None, name: Some("K".to_owned()) };
    assert!(!full.look_up(&partners).await.unwrap().complete, "a full page may not be all");
}

#[tokio::test]
async fn a_partner_without_anything_to_look_for_is_nowhere() {
    let client = Server::always(Answer::json("{}")).await.client();
    let json = json!({ "endpoint": "add_partner", "fields": { "partner": { "street": "Cesta 1" } } });
    let unsettled = kept::<metakocka::StoredPartner>(&json.to_string(), &client);
    assert_eq!(unsettled.lookup(), &Lookup::Nowhere);
    assert!(client.settle(&unsettled).await.unwrap().nothing_found().is_err());
}
