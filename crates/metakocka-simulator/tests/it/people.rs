//! People in Metakocka: by chance from a seed, by a script, at the pace of the clock.

use crate::support::{COMPANY, Lab, lab};
use metakocka_simulator::{Action, Deed, DocType, PeopleRequest, TruthDocument};
use reqwest::Method;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

fn documents(lab: &Lab) -> BTreeMap<(DocType, String), TruthDocument> {
    let all = lab.simulator.documents(COMPANY).unwrap();
    all.into_iter().map(|document| ((document.doc_type, document.id.clone()), document)).collect()
}

fn acts(acts: usize, only: &[Action]) -> PeopleRequest {
    PeopleRequest { seed: 3, acts, only: only.to_vec(), ..PeopleRequest::default() }
}

fn advance(lab: &Lab, seconds: i64) {
    let now = lab.simulator.clock().now() + jiff::SignedDuration::from_secs(seconds);
    lab.simulator.clock().set(Some(now));
}

#[tokio::test]
async fn the_same_seed_does_the_same_to_the_same_company() {
    let (one, two) = (lab().await, lab().await);
    let request = acts(80, &[]);
    assert_eq!(one.simulator.people(&request).unwrap(), two.simulator.people(&request).unwrap());
    assert_eq!(documents(&one), documents(&two));
    let other = PeopleRequest { seed: 4, ..request };
    assert_ne!(two.simulator.people(&other).unwrap(), one.simulator.deeds());
}

#[tokio::test]
async fn every_kind_of_act_happens_and_does_what_its_name_says() {
    for action in Action::ALL {
        let lab = lab().await;
        let before = documents(&lab);
        let deed = lab.simulator.people(&acts(1, &[action])).unwrap().remove(0);
        assert_eq!(deed.refused, None, "{action:?}");
        let after = documents(&lab);
        let key = deed.doc_type.map(|doc_type| (doc_type, deed.id.clone().unwrap_or_default()));
        let (was, is) =
            (key.as_ref().and_then(|key| before.get(key)), key.as_ref().and_then(|key| after.get(key)));
        let made = deed.made.clone().and_then(|id| after.get(&(deed.doc_type.unwrap(), id)));
        let changed = was.zip(is);
        let kept = changed.is_some_and(|(was, is)| was.sum_all == is.sum_all);
        let right = match action {
            Action::Create => made.is_some_and(|made| !made.lines.is_empty()),
            Action::Copy => made.is_some_and(|made| made.lines.len() == was.unwrap().lines.len()),
            Action::Edit => changed.is_some_and(|(was, is)| was != is),
            Action::Renumber => changed.is_some_and(|(was, is)| was.number != is.number) && kept,
            Action::Issue => changed.is_some_and(|(was, is)| was.issued.is_none() && is.issued.is_some()),
            Action::Pay => changed.is_some_and(|(was, is)| was.sum_paid < is.sum_paid),
            Action::Cancel => changed.is_some_and(|(was, is)| was.status_code != is.status_code),
            Action::Delete => is.is_none() && after.len() == before.len() - 1,
            Action::Split => {
                let parts = made.unwrap().lines.len() + is.unwrap().lines.len();
                parts == was.unwrap().lines.len()
            }
            Action::Reformat => {
                changed.is_some_and(|(was, is)| (&was.title, &was.notes) != (&is.title, &is.notes)) && kept
            }
            Action::EditPartner | Action::EditProduct => deed.id.is_some() && after.len() == before.len(),
        };
        assert!(right, "{action:?}: {deed:?}\n{was:?}\n{is:?}\n{made:?}");
    }
}

#[tokio::test]
async fn people_never_touch_an_issued_invoice_but_to_pay_it() {
    let lab = lab().await;
    let issued = |lab: &Lab| -> Vec<TruthDocument> {
        let all = documents(lab).into_values();
        let issued = all.filter(|document| document.issued.is_some());
        let mut unpaid: Vec<_> = issued.collect();
        for document in &mut unpaid {
            document.payments.clear();
            document.sum_paid = rust_decimal::Decimal::ZERO;
            document.last_change = document.created;
            // A person's name may change on it; the invoice does not.
            document.partner_name.clear();
            document.lines.clear();
        }
        unpaid
    };
    let before = issued(&lab);
    let only: Vec<Action> = Action::ALL.into_iter().filter(|action| *action != Action::Issue).collect();
    lab.simulator.people(&acts(600, &only)).unwrap();
    assert_eq!(issued(&lab), before);
}

#[tokio::test]
async fn people_work_at_the_pace_of_the_clock_and_go_home_when_told() {
    let lab = lab().await;
    lab.post("people", json!({"seed": 1, "rate": 30})).await;
    assert_eq!(lab.simulator.deeds(), [], "the clock stands still");
    advance(&lab, 600);
    let deeds = lab.simulator.deeds();
    assert!((250..350).contains(&deeds.len()), "{} acts in ten minutes", deeds.len());
    assert!(deeds.windows(2).all(|pair| pair[0].at <= pair[1].at));
    let (_, shown) = lab.control(Method::GET, "people", json!(null)).await;
    assert_eq!(shown["people"][0]["acts"], deeds.len());
    lab.post("people", json!({"rate": 0})).await;
    advance(&lab, 600);
    assert_eq!(lab.simulator.deeds().len(), deeds.len());
}

#[tokio::test]
async fn what_people_did_is_seen_by_the_next_search() {
    let lab = lab().await;
    lab.post("people", json!({"seed": 1, "rate": 60, "only": ["edit"]})).await;
    advance(&lab, 60);
    let since = lab.filtered("sales_order", "last_change_from", "2026-09-01T10:00:00+02:00").await;
    let edited: BTreeSet<String> = lab
        .simulator
        .deeds()
        .into_iter()
        .filter(|deed| deed.doc_type == Some(DocType::SalesOrder))
        .filter_map(|deed| deed.id)
        .collect();
    assert!(!edited.is_empty());
    assert_eq!(since["result_all_records"], edited.len().to_string());
}

#[tokio::test]
async fn a_jump_of_the_clock_does_not_make_people_work_through_it() {
    let lab = lab().await;
    lab.post("people", json!({"seed": 1, "rate": 600, "only": ["pay"]})).await;
    advance(&lab, 60 * 60 * 24);
    assert!(!lab.simulator.deeds().is_empty());
    let (_, shown) = lab.control(Method::GET, "people", json!(null)).await;
    assert_eq!(shown["people"][0]["acts"], 10_000);
    advance(&lab, 60);
    assert!(!lab.simulator.deeds().is_empty());
    let (_, shown) = lab.control(Method::GET, "people", json!(null)).await;
    let acts = shown["people"][0]["acts"].as_u64().unwrap();
    assert!((10_400..10_800).contains(&acts), "{acts}");
}

#[tokio::test]
async fn a_script_happens_at_its_times_and_tells_what_it_could_not_do() {
    let lab = lab().await;
    let order = lab.all("sales_order", json!({})).await[0]["mk_id"].clone();
    let edit = |title: &str| json!({"kind": "document", "docType": "sales_order", "id": order, "set": {"title": title}});
    let script = json!([
        {"afterMs": 60_000, "edit": edit("second")},
        {"afterMs": 30_000, "edit": edit("first")},
        {"afterMs": 90_000, "delete": {"kind": "document", "docType": "sales_order", "id": "1"}},
    ]);
    lab.post("people", json!({"script": script})).await;
    let title = async || {
        let body = json!({"doc_type": "sales_order", "doc_id": order});
        lab.call("v1/get_document", body).await["title"].clone()
    };
    advance(&lab, 31);
    assert_eq!(title().await, "first");
    advance(&lab, 120);
    assert_eq!(title().await, "second");
    let deeds: Vec<Deed> = lab.simulator.deeds();
    let told: Vec<_> = deeds.iter().map(|deed| (deed.action.as_str(), deed.refused.is_some())).collect();
    assert_eq!(told, [("scripted edit", false), ("scripted edit", false), ("scripted delete", true)]);
    assert_eq!(deeds[1].at.to_string(), "2026-09-01T08:01:00Z");
}

#[tokio::test]
async fn nonsense_is_refused_with_a_sentence() {
    let lab = lab().await;
    for (body, part) in [
        (json!({}), "rate, acts or script"),
        (json!({"rate": -1}), "between 0"),
        (json!({"acts": 10_001}), "10000"),
        (json!({"acts": 1, "only": ["sleep"]}), "sleep"),
        (json!({"script": [{"afterMs": 5}]}), "one of edit"),
        (json!({"rate": 1, "company": "99"}), "99"),
    ] {
        let (status, answer) = lab.control(Method::POST, "people", body.clone()).await;
        assert!(status == 400 && answer["error"].as_str().unwrap().contains(part), "{body}: {answer}");
    }
    let empty = PeopleRequest { acts: 1, only: vec![Action::Issue], ..PeopleRequest::default() };
    let lab = crate::support::lab_of(0).await;
    let deeds = lab.simulator.people(&empty).unwrap();
    assert_eq!((deeds[0].action.as_str(), deeds[0].refused.is_some()), ("idle", true));
}

#[tokio::test]
async fn a_step_with_absurd_numbers_is_noted_as_refused_and_harms_nobody_else() {
    let lab = lab().await;
    let order = lab.all("sales_order", json!({})).await[0]["mk_id"].clone();
    let most = "999999999";
    for (number, refused) in [("9999999999999999", true), (most, false)] {
        let line = json!({"index": 0, "price": number, "amount": number, "discount": "-100;-100"});
        let edit =
            json!({"kind": "document", "docType": "sales_order", "id": order, "set": {"lines": [line]}});
        lab.post("people", json!({"script": [{"afterMs": 1_000, "edit": edit}]})).await;
        advance(&lab, 1);
        let page = lab.search(json!({"doc_type": "sales_order", "limit": "1"})).await;
        assert_eq!(page["opr_code"], "0");
        let deed = lab.simulator.deeds().pop().unwrap();
        assert_eq!(deed.refused.is_some(), refused, "{deed:?}");
    }
}

#[tokio::test]
async fn the_slowest_rate_that_is_taken_works() {
    let lab = lab().await;
    lab.post("people", json!({"rate": 0.000_001})).await;
    advance(&lab, 60);
    let (_, shown) = lab.control(Method::GET, "people", json!(null)).await;
    assert!(shown["people"][0]["next"].is_string(), "{shown}");
}
