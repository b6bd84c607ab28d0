//! Policy E as tables.

use super::*;
use crate::record::{ExternalId, FiscalNumbers, LinkedDocument};

const DAY: Date = jiff::civil::date(2026, 11, 23);

fn linked(kind: LinkKind) -> DocumentExtras {
    let external_id = ExternalId::parse("1").unwrap();
    DocumentExtras {
        links: vec![LinkedDocument { kind, external_id, number: "R-1".into() }],
        ..DocumentExtras::default()
    }
}

#[test]
fn an_order_is_locked_by_an_invoice_or_by_being_on_its_way() {
    use DocumentType::*;
    let shipped = DocumentExtras { shipped_on: Some(DAY), ..DocumentExtras::default() };
    let cases = [
        ("nothing", DocumentExtras::default(), false, None),
        ("invoice", linked(LinkKind::Sales(InvoiceDomestic)), false, Some(Locked::Invoiced)),
        ("prepayment", linked(LinkKind::Sales(InvoicePrepaid)), false, Some(Locked::Invoiced)),
        ("another order", linked(LinkKind::Sales(Order)), false, None),
        ("packed", linked(LinkKind::PackingList), false, Some(Locked::Shipped)),
        ("shipped", shipped, false, Some(Locked::Shipped)),
        ("tracked", DocumentExtras::default(), true, Some(Locked::Shipped)),
    ];
    for (name, extras, tracked, expected) in cases {
        let facts = LockFacts {
            doc_type: Order,
            date: DAY,
            extras: &extras,
            tracked,
            ours: false,
            first_issue_seen: None,
        };
        assert_eq!(locked(&facts), expected, "{name}");
    }
}

#[test]
fn an_invoice_is_a_draft_only_when_everything_says_so() {
    let issued = DAY.at(9, 0, 0, 0);
    let earlier = Some(DAY.yesterday().unwrap().at(9, 0, 0, 0));
    let none = DocumentExtras::default();
    let with = |change: fn(&mut DocumentExtras)| {
        let mut extras = DocumentExtras::default();
        change(&mut extras);
        extras
    };
    let cases = [
        ("a draft of ours", none.clone(), true, earlier, None),
        ("not ours", none.clone(), false, earlier, Some(Locked::Issued)),
        ("no instant of issue ever seen", none.clone(), true, None, Some(Locked::Issued)),
        ("dated on the first one seen", none, true, Some(issued), Some(Locked::Issued)),
        ("issued", with(|e| e.issued_at = Some(DAY.at(9, 0, 0, 0))), true, earlier, Some(Locked::Issued)),
        ("fiscal", with(|e| e.fiscal = Some(FiscalNumbers::default())), true, earlier, Some(Locked::Issued)),
        ("paid", with(|e| e.paid = Some(1.into())), true, earlier, Some(Locked::Issued)),
        ("credited", with(|e| e.credited = Some(1.into())), true, earlier, Some(Locked::Issued)),
        (
            "has a credit note",
            linked(LinkKind::Sales(DocumentType::CreditNote)),
            true,
            earlier,
            Some(Locked::Issued),
        ),
    ];
    for (name, extras, ours, first_issue_seen, expected) in cases {
        let facts = LockFacts {
            doc_type: DocumentType::InvoiceDomestic,
            date: DAY,
            extras: &extras,
            tracked: false,
            ours,
            first_issue_seen,
        };
        assert_eq!(locked(&facts), expected, "{name}");
        for doc_type in [DocumentType::CreditNote, DocumentType::InvoicePrepaid] {
            assert_eq!(locked(&LockFacts { doc_type, ..facts }), Some(Locked::Issued), "{name}");
        }
        assert_eq!(locked(&LockFacts { doc_type: DocumentType::Offer, ..facts }), None, "{name}");
    }
}

fn set(field: &str) -> Change {
    Change::Set(field.to_owned())
}

fn empty(field: &str) -> Change {
    Change::Empty(field.to_owned())
}

/// Name, subject, lock, changes, ways or the first reason why not.
type Case = (&'static str, Subject, Option<Locked>, Vec<Change>, Result<Vec<Way>, Why>);

#[rustfmt::skip]
fn cases() -> Vec<Case> {
    use {DocumentType as D, Locked as L, Subject::*};
    let order = Document(D::Order);
    let offer = Document(D::Offer);
    let bill = Document(D::InvoiceDomestic);
    vec![
        ("nothing", order, None, vec![], Ok(vec![])),
        ("order: single fields", order, None, vec![set("status"), set("notes"), set("receiver"), set("customer"), Change::Lines], Ok(vec![Way::Fields])),
        ("order: date", order, None, vec![set("dates.document")], Ok(vec![Way::Replacement])),
        ("order: a replacement carries the rest", order, None, vec![set("title"), set("notes"), Change::Lines], Ok(vec![Way::Replacement])),
        ("order: notes emptied", order, None, vec![empty("notes")], Ok(vec![Way::Fields])),
        ("order: subject emptied", order, None, vec![empty("title")], Ok(vec![Way::Replacement])),
        ("order: receiver emptied", order, None, vec![empty("receiver")], Ok(vec![Way::Replacement])),
        ("order: status emptied", order, None, vec![empty("status")], Err(Why::CannotBeEmptied)),
        ("order: customer emptied", order, None, vec![empty("customer")], Err(Why::CannotBeEmptied)),
        ("order: type", order, None, vec![set("doc_type")], Err(Why::Fixed)),
        ("invoiced order: status and notes", order, Some(L::Invoiced), vec![set("status"), set("notes"), empty("notes")], Ok(vec![Way::Fields])),
        ("invoiced order: lines", order, Some(L::Invoiced), vec![Change::Lines], Err(Why::Locked(L::Invoiced))),
        ("shipped order: title", order, Some(L::Shipped), vec![set("title")], Err(Why::Locked(L::Shipped))),
        ("invoiced order: status emptied", order, Some(L::Invoiced), vec![empty("status")], Err(Why::Locked(L::Invoiced))),
        ("offer", offer, None, vec![set("title"), Change::Lines, empty("notes")], Ok(vec![Way::Replacement])),
        ("offer: status alone", offer, None, vec![set("status")], Err(Why::NotAlone)),
        ("offer: status with a replacement", offer, None, vec![set("status"), set("title")], Ok(vec![Way::Replacement])),
        ("offer: status emptied", offer, None, vec![empty("status"), set("title")], Err(Why::CannotBeEmptied)),
        ("draft invoice", bill, None, vec![set("title"), set("status")], Ok(vec![Way::StatusAlone, Way::Replacement])),
        ("issued invoice: status", bill, Some(L::Issued), vec![set("status"), empty("status")], Ok(vec![Way::StatusAlone])),
        ("issued invoice: anything else", bill, Some(L::Issued), vec![set("notes")], Err(Why::Locked(L::Issued))),
        ("contact", Contact, None, vec![set("name"), set("address")], Ok(vec![Way::Fields])),
        ("contact: emptied", Contact, None, vec![empty("tax_number")], Err(Why::CannotBeEmptied)),
        ("product", Product, None, vec![set("name"), empty("description"), empty("barcode")], Ok(vec![Way::Fields])),
        ("product: unit emptied", Product, None, vec![empty("unit")], Err(Why::CannotBeEmptied)),
    ]
}

#[test]
fn each_change_goes_the_narrowest_way_or_says_why_not() {
    for (name, subject, locked, changes, expected) in cases() {
        let changes: BTreeSet<Change> = changes.into_iter().collect();
        let found = ways(subject, locked, &changes)
            .map(|ways| ways.into_iter().collect::<Vec<Way>>())
            .map_err(|missing| missing[0].why);
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn every_reason_is_told_at_once_with_what_to_do() {
    let changes = BTreeSet::from([set("title"), Change::Lines, set("notes")]);
    let order = Subject::Document(DocumentType::Order);
    let missing = ways(order, Some(Locked::Invoiced), &changes).unwrap_err();
    let texts: Vec<String> = missing.iter().map(ToString::to_string).collect();
    let remedy = "The order is invoiced; change it in Metakocka.";
    assert_eq!(texts, [format!("title: {remedy}"), format!("lines: {remedy}")]);
}
