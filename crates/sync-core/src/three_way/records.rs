//! Whole records of every kind: each field can be taken, ids and what no reply carries stay, what is open has words.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::concurrent::{document_rules, merged};
use super::*;
use crate::money::document_totals;
use crate::plan::Direction;
use crate::record::fixtures::{any_contact, document, line, net, tax};
use crate::record::{
    Address, AddressRow, Canonical, Contact, Currency, Dates, DocumentDiscount, DocumentType, ExternalId,
    Line, ListPrice, Party, Person, Price, Product, ProductLine, RecordKind, RowId, SalesDocument, Status,
    TaxNumber,
};

/// A document with every field filled.
fn full_document() -> SalesDocument {
    let party =
        |id: &str| Party { external_id: ExternalId::parse(id).ok(), name: id.to_owned(), ..Party::default() };
    let day = |day| jiff::civil::date(2027, 1, day);
    SalesDocument {
        doc_type: DocumentType::CreditNote,
        number: Some("X".to_owned()),
        dates: Dates {
            document: day(1),
            due: Some(day(2)),
            service_from: Some(day(3)),
            service_to: Some(day(4)),
            valid_to: Some(day(5)),
            delivery_deadline: Some(day(6)),
        },
        customer: party("1"),
        receiver: Some(party("2")),
        title: Some("t".to_owned()),
        buyer_order: Some("b".to_owned()),
        notes: Some("n".to_owned()),
        currency: Currency::parse("USD").unwrap(),
        status: Some(Status { code: None, label: "l".to_owned() }),
        lines: Vec::new(),
        document_discount: Some(DocumentDiscount::Percent(5.into())),
        booked: document_totals(&document(vec![Line::Product(line("A", "1", net("1"), ""))]))
            .ok()
            .map(Into::into),
    }
}

fn full_contact() -> Contact {
    let address = |street: &str| AddressRow {
        row: RowId::parse("7").ok(),
        address: Address { street: Some(street.to_owned()), ..Address::default() },
    };
    Contact {
        name: "n".to_owned(),
        company: Some(true),
        taxpayer: Some(true),
        buyer: Some(true),
        supplier: Some(true),
        tax_number: TaxNumber::parse("15012557", None).ok(),
        registration_number: Some("r".to_owned()),
        person: Some(Person { name: Some("p".to_owned()), ..Person::default() }),
        address: Some(address("a")),
        delivery_addresses: vec![address("d")],
        remote_code: Some("c".to_owned()),
        payment_days: Some(8),
    }
}

fn product(code: &str, said: Option<&str>) -> Product {
    let said = said.map(str::to_owned);
    Product {
        code: code.to_owned(),
        name: code.to_owned(),
        description: said.clone(),
        unit: said.clone(),
        barcode: said.clone(),
        service: said.is_some(),
        sold: said.is_some(),
        active: said.is_some(),
        price: said.clone().map(|list| ListPrice { list, price: Price::Net(5.into()), tax: None }),
        remote_code: said,
    }
}

fn copies_every_field<R: Mergeable + PartialEq + std::fmt::Debug>(mut empty: R, full: &R) {
    let names: BTreeSet<FieldName> = empty.head().into_keys().chain(full.head().into_keys()).collect();
    for name in &names {
        empty.copy(name.as_str(), full);
    }
    assert_eq!(empty.head(), full.head());
}

#[test]
fn every_field_of_every_kind_can_be_taken() {
    copies_every_field(document(Vec::new()), &full_document());
    copies_every_field(Contact::default(), &full_contact());
    copies_every_field(product("A", None), &product("B", Some("x")));
}

#[test]
fn every_field_of_a_line_can_be_taken() {
    let full = ProductLine {
        text: Some("x".to_owned()),
        unit: Some("m".to_owned()),
        tax: tax("EX3", "9.5"),
        row: RowId::parse("1").ok(),
        ..line("B", "2", net("7"), "5")
    };
    let old = ProductLine { row: RowId::parse("1").ok(), ..line("A", "1", net("1"), "") };
    let (old, new) = (document(vec![Line::Product(old)]), document(vec![Line::Product(full)]));
    assert_eq!(merged(Some(&old), (&old, &new)).taken(), new);
}

#[test]
fn what_is_open_is_named_in_words() {
    let lines = |amount: &str, price: &str| {
        let row = |row| RowId::parse(row).ok();
        let first = Line::Product(ProductLine { row: row("1"), ..line("A", "1", net("1"), "") });
        vec![first, Line::Product(ProductLine { row: row("2"), ..line("B", amount, net(price), "") })]
    };
    let titled = |title: &str, lines| SalesDocument { title: Some(title.to_owned()), ..document(lines) };
    let base = titled("a", lines("1", "1"));
    let merge = merged(Some(&base), (&titled("b", lines("2", "2")), &titled("c", lines("3", "3"))));
    assert_eq!(merge.open_words(), ["the subject", "line 2 (amount, price)"]);
    assert_eq!(merge.outlook(), MergeOutlook::Open);
    let mut removed = base.clone();
    removed.lines.pop();
    let merge = merged(Some(&base), (&titled("a", lines("2", "1")), &removed));
    assert_eq!(merge.open_words(), ["line 2 (removed there)"]);
}

#[test]
fn a_direction_narrows_what_is_sent_and_taken_and_leaves_what_is_the_remotes_own() {
    let base = document(Vec::new());
    let local = SalesDocument { title: Some("ours".to_owned()), ..base.clone() };
    let remote =
        SalesDocument { notes: Some("theirs".to_owned()), number: Some("X".to_owned()), ..base.clone() };
    let case = |direction| {
        let rules = Rules::for_direction(RecordKind::SalesDocument, direction);
        let merge = merge_record(Some(&base), &local, &remote, &BTreeMap::new(), &rules);
        let names =
            |part: Vec<&FieldName>| part.into_iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let Merge { take, send, open, .. } = &merge.head;
        [names(take.keys().collect()), names(send.keys().collect()), names(open.keys().collect())]
    };
    assert_eq!(case(Direction::Both), ["notes,number", "title", ""]);
    assert_eq!(case(Direction::FromRemote), ["notes,number", "", "title"]);
    assert_eq!(case(Direction::ToRemote), ["number", "title", "notes"]);
    assert_eq!(case(Direction::Off), ["", "", "notes,number,title"]);
}

#[test]
fn one_customer_at_one_address_is_no_conflict_and_its_ids_are_taken_over() {
    let remote = document(Vec::new());
    let local = SalesDocument {
        doc_type: remote.doc_type,
        customer: Party { address_id: None, remote_code: None, ..remote.customer.clone() },
        ..remote.clone()
    };
    let merge = merged(None, (&local, &remote));
    assert!(!merge.is_open() && !merge.sends() && !merge.takes(), "{:?}", merge.head);
    assert_eq!(merge.taken().customer, remote.customer);
    let elsewhere = Address { street: Some("Drugje 1".to_owned()), ..Address::default() };
    let moved = SalesDocument { customer: Party { address: elsewhere, ..local.customer.clone() }, ..local };
    assert!(merged(Some(&remote), (&moved, &remote)).sends());
}

#[test]
fn a_proforma_invoice_stays_one_here() {
    let remote = SalesDocument { doc_type: DocumentType::Offer, ..document(Vec::new()) };
    let local = SalesDocument { doc_type: DocumentType::Proforma, ..remote.clone() };
    let merge = merged(Some(&remote), (&local, &remote));
    assert!(!merge.is_open() && !merge.sends() && !merge.takes(), "{:?}", merge.head);
    assert_eq!(merge.taken(), local);
}

#[test]
fn what_no_reply_carries_is_not_taken_for_emptied() {
    let base = full_contact();
    let silent = Contact { buyer: None, registration_number: None, ..base.clone() };
    let rules = Rules::of_kind(RecordKind::Contact);
    let none = BTreeMap::new();
    let merge = merge_record(Some(&base), &base, &silent, &none, &rules);
    assert!(!merge.takes() && !merge.sends() && !merge.is_open(), "{:?}", merge.head);
    let edited = Contact { registration_number: Some("s".to_owned()), ..base.clone() };
    let merge = merge_record(Some(&base), &edited, &silent, &none, &rules);
    assert_eq!(merge.head.send.len(), 1);
    let again = merge_record(merge.base_after().as_ref(), &merge.taken(), &silent, &none, &rules);
    assert_eq!((again.head.send.len(), again.takes()), (1, false));
}

#[test]
fn what_a_stored_reading_does_not_know_stays_known_here() {
    let base = full_contact();
    let street = |contact: &mut Contact, street: &str| {
        contact.address.as_mut().unwrap().address.street = Some(street.to_owned());
    };
    let mut remote = base.canonical();
    street(&mut remote, "Nova 2");
    let merge =
        merge_record(Some(&base), &base, &remote, &BTreeMap::new(), &Rules::of_kind(RecordKind::Contact));
    let mut expected = base.clone();
    street(&mut expected, "Nova 2");
    assert_eq!(merge.taken(), expected, "with the ids of its rows");
}

#[test]
fn a_recorded_difference_of_a_line_is_asked_for() {
    let row = RowId::parse("4").unwrap();
    let with = |amount: &str| {
        document(vec![Line::Product(ProductLine {
            row: Some(row.clone()),
            ..line("A", amount, net("1"), "")
        })])
    };
    let (sent, read) = (FieldValue::of("2".into()), FieldValue::of("1".into()));
    let name = line_field(&row, &FieldName::new("amount"));
    let known = BTreeMap::from([(name, Difference { sent, read_back: read })]);
    let merge = merge_record(Some(&with("2")), &with("2"), &with("1"), &known, &document_rules());
    assert_eq!(merge.open_words(), ["line 1 (amount)"]);
    assert_eq!(merge.open()[0].why, Why::Field(OpenWhy::Difference));
}

proptest! {
    #[test]
    fn contacts_edited_on_both_sides_leave_exactly_what_is_to_be_sent_and_asked(
        base in prop::option::of(any_contact()), local in any_contact(), remote in any_contact(), pick in any::<u16>(),
    ) {
        // Some fields of each side are still those of the base.
        let mixed = |mut side: Contact, bits: u16| {
            for (at, name) in full_contact().head().into_keys().enumerate() {
                if let (Some(base), true) = (&base, bits >> (at % 16) & 1 == 1) {
                    side.copy(name.as_str(), base);
                }
            }
            side
        };
        let (local, remote) = (mixed(local, pick), mixed(remote, !pick | pick << 3));
        let rules = Rules::of_kind(RecordKind::Contact);
        let none = BTreeMap::new();
        let merge = merge_record(base.as_ref(), &local, &remote, &none, &rules);
        let again = merge_record(merge.base_after().as_ref(), &merge.taken(), &remote, &none, &rules);
        prop_assert!(!again.takes(), "{:?}", again.head.take);
        prop_assert_eq!(&again.head.send, &merge.head.send);
        prop_assert_eq!(&again.head.open, &merge.head.open);
    }
}
