//! Orders that are changed field by field and line by line.

use metakocka_simulator::{DocType, EditRequest};
use serde_json::json;

use super::*;
use crate::sync::translate;

pub(super) const OURS: ChangeFacts = ChangeFacts { ours: true, first_issue_seen: None };

pub(super) type Change = fn(&Desk, &mut SalesDocument);

/// An order that was made from here, as it is there.
pub(super) async fn order(desk: &Desk) -> (ExternalId, metakocka::Document, SalesDocument) {
    let (id, _) = desk.make(&desk.document(DocumentType::Order), 'A').await;
    let (fresh, base) = there(desk, DocumentType::Order, &id).await;
    (id, fresh, base)
}

pub(super) async fn there(
    desk: &Desk,
    doc_type: DocumentType,
    id: &ExternalId,
) -> (metakocka::Document, SalesDocument) {
    let fresh = desk.fresh(doc_type, id).await;
    let base = translate::document(&fresh).unwrap().document;
    (fresh, base)
}

pub(super) fn change_of(
    fresh: &metakocka::Document,
    base: &SalesDocument,
    wanted: &SalesDocument,
) -> Result<Prepared, NotMade> {
    change_document(fresh, NOW, base, wanted, OURS, &marker('A'))
}

/// Changes a field, and asserts that it went that way, that it arrived, and that nothing else moved.
pub(super) async fn goes(
    desk: &Desk,
    doc_type: DocumentType,
    id: &ExternalId,
    (way, names, change): (&str, &[&str], Change),
) {
    let (fresh, base) = there(desk, doc_type, id).await;
    let mut wanted = base.clone();
    change(desk, &mut wanted);
    let prepared = change_of(&fresh, &base, &wanted).unwrap_or_else(|why| panic!("{names:?}: {why:?}"));
    assert_eq!(endpoint(&prepared.request), way, "{names:?}");
    let sent: Vec<&str> = prepared.sent.fields.keys().map(FieldName::as_str).collect();
    assert_eq!(sent, names);
    let (_, sent, found) = desk.confirm(prepared).await;
    let old = SentRecord::Document(Box::new(base));
    assert!(others_untouched(&sent, Some(&old), &found), "{names:?}");
    let intent::ReadBack::Found { foreign, lost, .. } = compare(&sent, &found) else { panic!() };
    assert_eq!((foreign, lost), (Vec::<String>::new(), Vec::<String>::new()), "{names:?}");
    let after = document_in(found);
    assert_eq!(marker_on(&after), Some(marker('A')), "{names:?}: the marker stays");
    assert_eq!((&after.mk_id, &after.number), (&fresh.mk_id, &fresh.number), "{names:?}");
}

fn products(document: &mut SalesDocument) -> Vec<&mut ProductLine> {
    let lines = document.lines.iter_mut();
    lines
        .filter_map(|line| match line {
            Line::Product(line) => Some(line),
            Line::Text(_) => None,
        })
        .collect()
}

#[tokio::test]
async fn each_field_of_an_order_goes_the_narrowest_way() {
    let changes: [(&str, &[&str], Change); 19] = [
        ("update_document", &["status"], |_, order| {
            order.status = Some(Status { code: Some("in_progress".to_owned()), label: String::new() });
        }),
        ("update_document", &["notes"], |_, order| order.notes = Some("novo\nv dveh".to_owned())),
        ("update_document", &["notes"], |_, order| order.notes = None),
        ("update_document", &["receiver"], |desk, order| {
            order.receiver = Some(party_of(&desk.partners()[2]));
        }),
        ("update_document", &["customer"], |desk, order| order.customer = party_of(&desk.partners()[3])),
        ("update_document", &["lines"], |_, order| products(order)[0].amount = Amount(dec("7"))),
        ("update_document", &["lines"], |_, order| products(order)[0].price = Price::Net(dec("9.99"))),
        ("update_document", &["lines"], |_, order| products(order)[0].price = Price::Gross(dec("12.2"))),
        ("update_document", &["lines"], |_, order| {
            products(order)[0].discount = Discount::parse("5;2.5").unwrap();
        }),
        ("update_document", &["lines"], |_, order| products(order)[0].text = Some("po meri".to_owned())),
        ("update_document", &["lines"], |desk, order| {
            let new = line(desk.goods()[2].clone(), "1", Price::Net(dec("4")));
            order.lines.insert(0, Line::Product(new));
        }),
        ("update_document", &["lines"], |desk, order| {
            let at = order.lines.len() - 1;
            let new = line(desk.goods()[3].clone(), "2", Price::Net(dec("5")));
            order.lines[at] = Line::Product(new);
        }),
        ("update_document", &["lines"], |_, order| drop(order.lines.pop())),
        ("put_document", &["dates.document"], |_, order| order.dates.document = date(2026, 11, 20)),
        ("put_document", &["dates.delivery_deadline", "dates.due"], |_, order| {
            order.dates.due = Some(date(2027, 1, 5));
            order.dates.delivery_deadline = Some(date(2027, 1, 4));
        }),
        ("put_document", &["buyer_order", "title"], |_, order| {
            order.title = Some("drug naslov".to_owned());
            order.buyer_order = Some("N-55".to_owned());
        }),
        ("put_document", &["buyer_order"], |_, order| order.buyer_order = None),
        ("put_document", &["receiver"], |_, order| order.receiver = None),
        // Without a receiver of its own the order goes to its new buyer.
        ("update_document", &["customer"], |desk, order| order.customer = party_of(&desk.partners()[4])),
    ];
    let desk = desk().await;
    let (id, ..) = order(&desk).await;
    let partners = desk.partners().len();
    for change in changes {
        goes(&desk, DocumentType::Order, &id, change).await;
    }
    assert_eq!(desk.partners().len(), partners, "no partner was made");
}

#[tokio::test]
async fn rows_that_stay_keep_their_ids_and_are_not_named() {
    let desk = desk().await;
    let (id, fresh, base) = order(&desk).await;
    let mut wanted = base.clone();
    products(&mut wanted)[1].amount = Amount(dec("9"));
    let prepared = change_of(&fresh, &base, &wanted).unwrap();
    let rows = body(&prepared.request)["product_add"].as_array().unwrap().clone();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["mk_row_id"], fresh.lines[1].row_id.as_ref().unwrap().as_str());
    desk.confirm(prepared).await;
    let after = desk.fresh(DocumentType::Order, &id).await;
    let ids = |document: &metakocka::Document| {
        document.lines.iter().map(|line| line.row_id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&after), ids(&fresh));
}

#[tokio::test]
async fn a_line_is_added_without_name_and_unit_and_removed_by_its_row() {
    let desk = desk().await;
    let (_, fresh, base) = order(&desk).await;
    let mut wanted = base.clone();
    wanted.lines[0] = Line::Product(line(desk.goods()[4].clone(), "1", Price::Net(dec("4"))));
    let prepared = change_of(&fresh, &base, &wanted).unwrap();
    let rows = body(&prepared.request)["product_add"].as_array().unwrap().clone();
    let removed = rows.iter().find(|row| row.get("mark_delete").is_some()).unwrap();
    assert_eq!(removed["mk_row_id"], fresh.lines[0].row_id.as_ref().unwrap().as_str());
    let added = rows.iter().find(|row| row.get("mk_row_id").is_none()).unwrap();
    assert!(added.get("name").is_none() && added.get("unit").is_none(), "{added}");
    assert_eq!(rows.len(), 2);
    desk.confirm(prepared).await;
}

#[tokio::test]
async fn what_is_as_wanted_is_not_sent_and_what_moved_is_planned_again() {
    let desk = desk().await;
    let (id, fresh, base) = order(&desk).await;
    assert_eq!(change_of(&fresh, &base, &base).unwrap_err(), NotMade::Nothing);
    let wanted = SalesDocument { notes: Some("naše".to_owned()), ..base.clone() };
    let edit =
        |set| desk.simulator.edit(&EditRequest::document(DocType::SalesOrder, id.as_str(), set)).unwrap();
    edit(json!({ "notes": "njihove" }));
    let fresh = desk.fresh(DocumentType::Order, &id).await;
    assert_eq!(change_of(&fresh, &base, &wanted).unwrap_err(), NotMade::Stale);
    edit(json!({ "notes": "<p>naše</p>" }));
    let fresh = desk.fresh(DocumentType::Order, &id).await;
    assert_eq!(change_of(&fresh, &base, &wanted).unwrap_err(), NotMade::Nothing);
    // A field that somebody else changed there and we did not is left as it is.
    edit(json!({ "notes": base.notes, "title": "njihov naslov" }));
    let fresh = desk.fresh(DocumentType::Order, &id).await;
    let (_, sent, found) = desk.confirm(change_of(&fresh, &base, &wanted).unwrap()).await;
    let old = SentRecord::Document(Box::new(base));
    assert!(!others_untouched(&sent, Some(&old), &found));
    let Some(SentRecord::Document(after)) = base_after(&sent, Some(&old), &found) else { panic!() };
    let SentRecord::Document(old) = old else { panic!() };
    assert_eq!(
        (after.notes.as_deref(), &after.title),
        (Some("naše"), &old.title),
        "the edit is still an edit"
    );
    assert_eq!(document_in(found).title.as_deref(), Some("njihov naslov"));
}

#[tokio::test]
async fn an_invoiced_order_takes_status_and_notes_only() {
    let desk = desk().await;
    let (id, fresh, _) = order(&desk).await;
    let mut invoice = metakocka::OrderChange::of(metakocka::OrderKey::Id(fresh.mk_id.clone()));
    invoice.create_invoice = true;
    assert!(desk.client.send(invoice.prepare().unwrap()).await.stored().is_some());
    let (fresh, base) = there(&desk, DocumentType::Order, &id).await;
    let mut wanted = base.clone();
    (wanted.title, wanted.notes) = (Some("drug".to_owned()), Some("nove".to_owned()));
    products(&mut wanted)[0].amount = Amount(dec("9"));
    let reasons = change_of(&fresh, &base, &wanted).unwrap_err().sentences();
    assert_eq!(
        reasons,
        [
            "Subject: The order is invoiced; change it in Metakocka.",
            "Lines: The order is invoiced; change it in Metakocka."
        ]
    );
    let wanted = SalesDocument { notes: Some("nove".to_owned()), ..base.clone() };
    desk.confirm(change_of(&fresh, &base, &wanted).unwrap()).await;
}

#[tokio::test]
async fn what_can_only_be_emptied_there_is_a_reason_of_an_order_too() {
    let desk = desk().await;
    let (_, fresh, base) = order(&desk).await;
    let wanted = SalesDocument { status: None, ..base.clone() };
    let reasons = change_of(&fresh, &base, &wanted).unwrap_err().sentences();
    assert_eq!(reasons, ["Status: Empty it in Metakocka."]);
    let mut wanted = base.clone();
    products(&mut wanted)[1].discount = Discount::NONE;
    let reasons = change_of(&fresh, &base, &wanted).unwrap_err().sentences();
    assert_eq!(reasons, ["The discount of line 2 can only be emptied in Metakocka."]);
}
