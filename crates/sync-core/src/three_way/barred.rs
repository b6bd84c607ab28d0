//! Policy row 22: what direction or E forbids to write stays open beside what can be merged.

use std::collections::BTreeMap;

use super::*;
use crate::capabilities::{Change, Locked, Subject, is_barred};
use crate::plan::MergeOutlook;
use crate::record::fixtures::{document, line, net};
use crate::record::{Amount, Canonical, DocumentType, Line, Product, RecordKind, SalesDocument};

/// Merges what was edited on both sides of an order with this lock.
fn merged(
    base: &SalesDocument,
    ours: &SalesDocument,
    theirs: &SalesDocument,
    lock: Option<Locked>,
) -> RecordMerge<SalesDocument> {
    let rules = Rules::of_kind(RecordKind::SalesDocument);
    let mut merge = merge_record(Some(base), ours, theirs, &BTreeMap::new(), &rules);
    merge.bar(|field, empties| {
        let field = field.to_owned();
        let change = match (field.as_str(), empties) {
            ("lines", _) => Change::Lines,
            (_, true) => Change::Empty(field),
            (_, false) => Change::Set(field),
        };
        is_barred(Subject::Document(DocumentType::Order), lock, &change)
    });
    merge
}

fn order(title: &str, notes: &str) -> SalesDocument {
    let lines = vec![Line::Product(line("A", "1", net("10"), ""))];
    SalesDocument { title: Some(title.to_owned()), notes: Some(notes.to_owned()), ..document(lines) }
}

#[test]
fn row_22_what_a_lock_forbids_is_open_and_the_rest_is_merged() {
    let (base, theirs) = (order("a", "n"), order("a", "theirs"));
    let ours = order("ours", "n");
    assert_eq!(merged(&base, &ours, &theirs, None).outlook(), MergeOutlook::Sends);
    let merge = merged(&base, &ours, &theirs, Some(Locked::Invoiced));
    assert_eq!(merge.outlook(), MergeOutlook::Open);
    let open = merge.open();
    assert_eq!((open.len(), open[0].why), (1, Why::Field(OpenWhy::MayNotSend)));
    let value =
        |part: &Option<FieldValue>| part.as_ref().and_then(|value| value.json().as_str().map(str::to_owned));
    assert_eq!(
        (value(&open[0].base), value(&open[0].local), value(&open[0].remote)),
        (Some("a".to_owned()), Some("ours".to_owned()), Some("a".to_owned()))
    );
    assert_eq!(merge.taken().notes.as_deref(), Some("theirs"), "theirs is taken beside it");
}

#[test]
fn row_22_what_both_changed_may_not_be_sent_over_a_lock() {
    let merge = merged(&order("a", "n"), &order("ours", "n"), &order("theirs", "n"), Some(Locked::Shipped));
    assert_eq!(merge.open()[0].why, Why::Field(OpenWhy::MayNotSend));
    let merge = merged(&order("a", "n"), &order("a", "ours"), &order("a", "theirs"), Some(Locked::Shipped));
    assert_eq!(merge.open()[0].why, Why::Field(OpenWhy::BothChanged), "notes are not locked");
}

#[test]
fn row_22_lines_that_a_lock_forbids_are_open_and_go_the_other_way() {
    let (base, theirs) = (order("a", "n"), order("a", "theirs"));
    let mut ours = base.clone();
    if let Some(Line::Product(line)) = ours.lines.first_mut() {
        line.amount = Amount(7.into());
    }
    ours.lines.push(Line::Product(line("B", "1", net("5"), "")));
    let mut merge = merged(&base, &ours, &theirs, Some(Locked::Invoiced));
    let open = merge.open();
    let whys: Vec<Why> = open.iter().map(|part| part.why).collect();
    assert_eq!(whys, [Why::Field(OpenWhy::MayNotSend), Why::Line(LineConflict::Forbidden)]);
    for part in open {
        assert!(merge.decide(&part.place, Side::There));
    }
    assert_eq!(merge.outlook(), MergeOutlook::Takes);
    assert_eq!(merge.taken().canonical().lines, base.canonical().lines, "the lines are as they are there");
}

#[test]
fn row_22_what_cannot_be_emptied_there_is_open() {
    let product = |unit: Option<&str>, name: &str| Product {
        code: "A".to_owned(),
        name: name.to_owned(),
        unit: unit.map(str::to_owned),
        description: None,
        barcode: None,
        service: false,
        sold: true,
        active: true,
        price: None,
        remote_code: None,
    };
    let rules = Rules::of_kind(RecordKind::Product);
    let (base, ours, theirs) = (product(Some("kos"), "a"), product(None, "a"), product(Some("kos"), "b"));
    let mut merge = merge_record(Some(&base), &ours, &theirs, &BTreeMap::new(), &rules);
    merge
        .bar(|field, empties| empties && is_barred(Subject::Product, None, &Change::Empty(field.to_owned())));
    assert_eq!(merge.open().len(), 1);
    assert_eq!(merge.open()[0].why, Why::Field(OpenWhy::MayNotSend));
}
