//! Documents that are replaced whole.

use metakocka_simulator::{DocType, EditRequest};
use serde_json::json;

use super::orders::{Change, change_of, goes, order, there};
use super::*;

#[tokio::test]
async fn each_field_of_an_offer_is_changed_by_a_replacement() {
    let changes: [(&[&str], Change); 9] = [
        (&["title"], |_, offer| offer.title = Some("drug naslov".to_owned())),
        (&["title"], |_, offer| offer.title = None),
        (&["notes"], |_, offer| offer.notes = None),
        (&["dates.due", "dates.valid_to"], |_, offer| {
            offer.dates.valid_to = Some(date(2027, 1, 20));
            offer.dates.due = Some(date(2027, 1, 25));
        }),
        (&["dates.due"], |_, offer| offer.dates.due = None),
        (&["customer"], |desk, offer| offer.customer = party_of(&desk.partners()[2])),
        (&["currency"], |_, offer| offer.currency = Currency::parse("USD").unwrap()),
        (&["lines"], |desk, offer| {
            offer.lines.remove(0);
            offer.lines.push(Line::Product(line(desk.goods()[5].clone(), "4", Price::Net(dec("2.5")))));
        }),
        (&["notes", "status"], |_, offer| {
            offer.notes = Some("nove".to_owned());
            offer.status = Some(Status { code: Some("sent".to_owned()), label: String::new() });
        }),
    ];
    let desk = desk().await;
    let (id, _) = desk.make(&desk.document(DocumentType::Offer), 'A').await;
    for (names, change) in changes {
        goes(&desk, DocumentType::Offer, &id, ("put_document", names, change)).await;
    }
}

#[tokio::test]
async fn the_status_of_an_offer_goes_along_only() {
    let desk = desk().await;
    let (id, _) = desk.make(&desk.document(DocumentType::Offer), 'A').await;
    let (fresh, base) = there(&desk, DocumentType::Offer, &id).await;
    let status = Some(Status { code: Some("sent".to_owned()), label: String::new() });
    let reasons = change_of(&fresh, &base, &SalesDocument { status, ..base.clone() }).unwrap_err();
    assert_eq!(reasons.sentences(), ["Status: It is sent with the next change of another field."]);
}

#[tokio::test]
async fn an_invoice_of_ours_that_is_not_issued_is_replaced_and_then_gets_its_status() {
    let desk = desk().await;
    let (id, _) = desk.make(&desk.document(DocumentType::InvoiceDomestic), 'A').await;
    let (fresh, base) = there(&desk, DocumentType::InvoiceDomestic, &id).await;
    let mut wanted = base.clone();
    wanted.notes = Some("popravek".to_owned());
    wanted.status = Some(Status { code: Some("checked".to_owned()), label: String::new() });
    let first_issue_seen = Some(date(2026, 1, 1).at(8, 0, 0, 0));
    let draft = ChangeFacts { ours: true, first_issue_seen };
    let change = |fresh: &metakocka::Document, base: &SalesDocument, facts| {
        change_document(fresh, NOW, base, &wanted, facts, &marker('A'))
    };
    // What was not made from here, or when nothing tells issued from draft, is treated as issued.
    for facts in [ChangeFacts { ours: false, ..draft }, ChangeFacts { first_issue_seen: None, ..draft }] {
        let reasons = change(&fresh, &base, facts).unwrap_err().sentences();
        assert_eq!(reasons, ["Notes: Issued invoices are corrected by a credit note."]);
    }
    let first = change(&fresh, &base, draft).unwrap();
    assert_eq!(endpoint(&first.request), "put_document");
    let (_, sent, found) = desk.confirm(first).await;
    let base = base_after(&sent, Some(&SentRecord::Document(Box::new(base))), &found).unwrap();
    let SentRecord::Document(base) = base else { panic!() };
    let second = change(&desk.fresh(DocumentType::InvoiceDomestic, &id).await, &base, draft).unwrap();
    assert_eq!(endpoint(&second.request), "update_document");
    desk.confirm(second).await;
}

#[tokio::test]
async fn what_is_not_ours_survives_and_its_loss_is_told() {
    let desk = desk().await;
    let (id, fresh, base) = order(&desk).await;
    let mut wanted = base.clone();
    wanted.dates.document = date(2026, 11, 20);
    let prepared = change_of(&fresh, &base, &wanted).unwrap();
    assert!(prepared.sent.kept.contains_key("warehouse") && prepared.sent.kept.contains_key("profit_center"));
    let (_, sent, _) = desk.confirm(prepared).await;
    desk.simulator
        .edit(&EditRequest::document(DocType::SalesOrder, id.as_str(), json!({ "warehouse": "splet" })))
        .unwrap();
    let found = desk.read(&sent, &id).await;
    let intent::ReadBack::Found { lost, .. } = compare(&sent, &found) else { panic!() };
    assert_eq!(lost, ["warehouse"]);
}

#[tokio::test]
async fn what_would_be_lost_is_a_reason() {
    let desk = desk().await;
    let (id, ..) = order(&desk).await;
    let edit =
        |set| desk.simulator.edit(&EditRequest::document(DocType::SalesOrder, id.as_str(), set)).unwrap();
    edit(json!({ "addLines": [{ "text": "opomba" }], "pay": [{ "amount": "5" }] }));
    let (fresh, base) = there(&desk, DocumentType::Order, &id).await;
    let mut wanted = base.clone();
    wanted.title = Some("drug".to_owned());
    let reasons = change_of(&fresh, &base, &wanted).unwrap_err().sentences();
    assert_eq!(
        reasons,
        [
            "Line 3 has no product and would be lost; change the document in Metakocka.",
            "It has a payment; change it in Metakocka."
        ]
    );
    // Fields that need no replacement are changed all the same.
    let wanted = SalesDocument { notes: Some("nove".to_owned()), ..base.clone() };
    desk.confirm(change_of(&fresh, &base, &wanted).unwrap()).await;
}

#[tokio::test]
async fn a_change_that_somebody_made_inside_the_window_is_told() {
    let desk = desk().await;
    let (id, fresh, base) = order(&desk).await;
    let mut wanted = base.clone();
    wanted.title = Some("naš naslov".to_owned());
    let prepared = change_of(&fresh, &base, &wanted).unwrap();
    desk.simulator
        .edit(&EditRequest::document(DocType::SalesOrder, id.as_str(), json!({ "notes": "njihove" })))
        .unwrap();
    let (_, sent) = desk.write(prepared).await;
    let found = desk.read(&sent, &id).await;
    let intent::ReadBack::Found { foreign, .. } = compare(&sent, &found) else { panic!() };
    assert_eq!(foreign.len(), 1, "{foreign:?}");
    assert!(foreign[0].starts_with("CHANGE: "), "{foreign:?}");
}
