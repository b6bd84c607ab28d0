//! Whole records edited on both sides at once: what does not touch merges, what does is asked about with three values,
//! and no edit is lost.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rust_decimal::Decimal;

use super::edits::{Remote, Scene, Sided, scene};
use super::fields::fields_of_lines;
use super::*;
use crate::money::{document_totals, tolerance};
use crate::plan::Direction;
use crate::record::fixtures::{any_contact, document, line, net};
use crate::record::{
    Address, AddressRow, Canonical, Contact, DocumentType, ExternalId, Line, ListPrice, Party, Person, Price,
    Product, ProductLine, RecordKind, RowId, SalesDocument, Status, TaxNumber,
};

/// Pairs of concurrent edits that are generated.
const PAIRS: u32 = 10_000;

/// Fewest of a hundred that must merge, and fewest that must open: both are looked at in earnest.
const LEAST_PERCENT: u32 = 25;

type Values = BTreeMap<FieldName, Option<FieldValue>>;
type Pair = (SalesDocument, SalesDocument);

fn document_rules() -> Rules {
    Rules::of_kind(RecordKind::SalesDocument)
}

fn merged(
    base: Option<&SalesDocument>,
    (local, remote): (&SalesDocument, &SalesDocument),
) -> RecordMerge<SalesDocument> {
    merge_record(base, local, remote, &BTreeMap::new(), &document_rules())
}

fn changed(before: &Fields, after: &Fields) -> Values {
    let names: BTreeSet<&FieldName> = before.keys().chain(after.keys()).collect();
    let moved = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    moved.map(|name| (name.clone(), after.get(name).cloned())).collect()
}

fn fields_of(line: &Line) -> Fields {
    fields_of_lines(std::slice::from_ref(line)).remove(0).fields
}

/// What was edited where, told from how the sides were made and not from how they are merged.
struct Told {
    /// Of each side its head and each line of the base; a line that it removed has none.
    here: Vec<Option<Values>>,
    there: Vec<Option<Values>>,
    /// What a person has to be asked about.
    open: BTreeSet<String>,
}

impl Told {
    fn of(agreed: &Pair, here: &Sided, there: &Sided) -> Self {
        let side = |agreed: &SalesDocument, side: &Sided| {
            let mut head = changed(&agreed.head(), &side.head.head());
            // The remote's own: nobody edits them.
            head.retain(|name, _| !["booked", "number"].contains(&name.as_str()));
            let line = |(old, new): (&Line, &Option<Line>)| {
                Some(changed(&fields_of(old), &fields_of(new.as_ref()?)))
            };
            let lines = agreed.lines.iter().zip(&side.lines).map(line);
            std::iter::once(Some(head)).chain(lines).collect::<Vec<_>>()
        };
        let (ours, theirs) = (side(&agreed.0, here), side(&agreed.1, there));
        let mut open = BTreeSet::new();
        for (at, pair) in ours.iter().zip(&theirs).enumerate() {
            match pair {
                (Some(mine), Some(other)) => {
                    let both = mine.keys().filter(|name| other.contains_key(*name));
                    let lines =
                        at.checked_sub(1).map(|at| (here.lines[at].as_ref(), there.lines[at].as_ref()));
                    let differ = both
                        .filter(|name| !is_same(name, mine[*name].as_ref(), other[*name].as_ref(), lines));
                    open.extend(differ.map(|name| format!("{at} {name}")));
                }
                (Some(edits), None) | (None, Some(edits)) if !edits.is_empty() => {
                    open.insert(at.to_string());
                }
                _ => {}
            }
        }
        Self { here: ours, there: theirs, open }
    }
}

fn is_same(
    name: &FieldName,
    mine: Option<&FieldValue>,
    other: Option<&FieldValue>,
    lines: Option<(Option<&Line>, Option<&Line>)>,
) -> bool {
    match lines {
        Some((Some(Line::Product(one)), Some(Line::Product(two)))) if name.as_str() == "price" => {
            one.tax.rate == two.tax.rate && one.price.agrees(two.price, one.tax.rate) || mine == other
        }
        _ => mine == other,
    }
}

/// The same places as [`Told::open`] names them.
fn opened(merge: &RecordMerge<SalesDocument>) -> BTreeSet<String> {
    let base = |at: usize| merge.lines.as_ref().unwrap().lines[at].base.unwrap() + 1;
    let name = |part: OpenPart| match part.place {
        Place::Head(name) => format!("0 {name}"),
        Place::LineField(place, name) => format!("{} {name}", base(place.at)),
        Place::Line(place) => base(place.at).to_string(),
    };
    merge.open().into_iter().map(name).collect()
}

/// What is left to do, whatever the places of the lines.
fn left(merge: &RecordMerge<SalesDocument>) -> (Merge, Vec<String>, Vec<String>) {
    let mut head = merge.head.clone();
    head.settled.clear();
    let lines = &merge.lines.as_ref().unwrap().lines;
    let mut sent: Vec<String> = lines
        .iter()
        .filter_map(|line| match &line.outcome {
            LineOutcome::Send => Some(format!("{:?}", fields_of(&merge.local.lines[line.local.unwrap()]))),
            LineOutcome::RemoveThere => Some(format!("remove {:?}", line.remote)),
            LineOutcome::Merged(fields) if !fields.send.is_empty() => {
                Some(format!("{:?} {:?}", line.remote, fields.send))
            }
            _ => None,
        })
        .collect();
    let mut open: Vec<String> = merge
        .open()
        .into_iter()
        .filter(|part| !matches!(part.place, Place::Head(_)))
        .map(|part| format!("{:?} {:?} {:?} {:?}", part.why, part.base, part.local, part.remote))
        .collect();
    sent.sort();
    open.sort();
    (head, sent, open)
}

/// After taking there is nothing to take, and exactly the same to send and to ask.
fn leaves_the_same(merge: &RecordMerge<SalesDocument>) {
    let (taken, base) = (merge.taken(), merge.base_after());
    let again = merged(base.as_ref(), (&taken, &merge.remote));
    assert!(!again.takes(), "taken twice: {:?} {:?}", again.head.take, again.lines);
    let (mut before, mut after) = (left(merge), left(&again));
    before.0.take.clear();
    after.0.take.clear();
    assert_eq!(before, after);
    assert_eq!(again.taken(), taken, "taking nothing changes nothing");
}

/// Every edit of a side is in both records, or asked about with its value.
fn nothing_is_lost(
    told: &Told,
    merge: &RecordMerge<SalesDocument>,
    (local, remote): (&SalesDocument, &SalesDocument),
) {
    let open = opened(merge);
    let lines = &merge.lines.as_ref().unwrap().lines;
    for (at, (mine, theirs)) in told.here.iter().zip(&told.there).enumerate() {
        let row = at.checked_sub(1).map(|at| RowId::parse(&(at + 1).to_string()).unwrap());
        let fields = |document: &SalesDocument| match &row {
            None => Some(document.head()),
            Some(row) => document.lines.iter().find(|line| line.row() == Some(row)).map(fields_of),
        };
        let is_open = open.contains(&at.to_string());
        for edits in [mine, theirs] {
            let Some(edits) = edits else {
                let gone = fields(local).is_none() && fields(remote).is_none();
                assert!(gone || is_open, "line {at} was removed and is neither gone nor asked about");
                continue;
            };
            for (name, value) in edits {
                let asked = is_open || open.contains(&format!("{at} {name}"));
                let has =
                    |fields: Option<Fields>| fields.is_some_and(|fields| fields.get(name) == value.as_ref());
                let agrees = name.as_str() == "price" && has_price(local, remote, row.as_ref());
                let both = has(fields(local)) && has(fields(remote));
                assert!(asked || both || agrees, "lost: {at} {name} {value:?} of {lines:?}");
            }
        }
    }
}

/// Whether both have one price in a row.
fn has_price(local: &SalesDocument, remote: &SalesDocument, row: Option<&RowId>) -> bool {
    let find = |document: &SalesDocument| {
        let line = document.lines.iter().find(|line| line.row() == row);
        line.and_then(Line::as_product).map(|line| (line.price, line.tax.rate))
    };
    matches!((find(local), find(remote)), (Some((one, rate)), Some((two, _))) if one.agrees(two, rate))
}

/// The three values of what is open are those of the three sides.
fn shows_three_values(merge: &RecordMerge<SalesDocument>) {
    for part in merge.open() {
        let values = match &part.place {
            Place::Head(name) => {
                let of = |document: &SalesDocument| document.head().get(name).cloned();
                (merge.base.as_ref().and_then(of), of(&merge.local), of(&merge.remote))
            }
            Place::LineField(place, name) => {
                let line = &merge.lines.as_ref().unwrap().lines[place.at];
                let of = |document: &SalesDocument, at: Option<usize>| {
                    fields_of(&document.lines[at.unwrap()]).get(name).cloned()
                };
                (
                    of(merge.base.as_ref().unwrap(), line.base),
                    of(&merge.local, line.local),
                    of(&merge.remote, line.remote),
                )
            }
            Place::Line(_) => {
                assert!(part.base.is_some() && part.local.is_some() != part.remote.is_some());
                continue;
            }
        };
        assert_eq!((part.base, part.local, part.remote), values);
    }
}

/// Both sides after everything was taken and sent: equal, and so are their totals.
fn ends_equal(scene: &Scene, merge: &RecordMerge<SalesDocument>) -> Pair {
    let mut remote = Remote { document: merge.remote.clone(), reads_net: scene.reads_net };
    let local = merge.taken();
    remote.send(merge, &merge.local);
    // What is left to take is what the remote itself makes of what it was sent.
    let after = merged(merge.base_after().as_ref(), (&local, &remote.document));
    assert!(!after.sends() && !after.is_open(), "{:?} {:?}", after.head, after.lines);
    assert!(after.head.take.keys().all(|name| name.as_str() == "booked"), "{:?}", after.head.take);
    assert!(!after.lines.as_ref().unwrap().takes(), "{:?}", after.lines);
    let local = after.taken();
    let base = after.base_after().unwrap();
    let third = merged(Some(&base), (&local, &remote.document));
    assert!(!third.takes() && !third.sends() && !third.is_open());
    assert_eq!(spelt_as(&local, &remote.document).canonical(), remote.document.canonical());
    (local, remote.document)
}

/// A document with the prices of another where they agree.
fn spelt_as(document: &SalesDocument, other: &SalesDocument) -> SalesDocument {
    let mut document = document.clone();
    for (line, other) in document.lines.iter_mut().zip(&other.lines) {
        if let (Line::Product(line), Line::Product(other)) = (line, other)
            && line.price.agrees(other.price, line.tax.rate)
        {
            line.price = other.price;
        }
    }
    document
}

/// To the cent; where the remote keeps prices without the tax they were written with, within what that rounds: of each
/// unit price, and a cent more in the net and the tax of each line.
fn totals_are_equal(scene: &Scene, (local, remote): &Pair) {
    let (mine, theirs) = (document_totals(local).unwrap(), document_totals(remote).unwrap());
    if scene.reads_net {
        let lines = Decimal::from(2 * local.lines.len());
        let rounded = tolerance(&local.lines).unwrap() + lines * Decimal::new(1, 2);
        assert!((mine.gross - theirs.gross).abs() <= rounded, "{mine:?} {theirs:?}");
    } else {
        assert_eq!(mine, theirs);
    }
}

/// What came of a pair of edits.
enum Came {
    /// One side's edits came to nothing: there was nothing to merge.
    Single,
    /// Both sides' edits were merged.
    Merged,
    /// A person was asked.
    Opened,
}

/// Tries one pair of edits.
fn tried(scene: &Scene) -> Came {
    let agreed = scene.agreed();
    let base = scene.base(&agreed);
    let (here, there) = (scene.edited_here(&agreed), scene.edited_there(&agreed));
    let told = Told::of(&(agreed.clone(), scene.there_of(&agreed)), &here, &there);
    let (local, remote) = (here.document(), there.document());
    let mut merge = merged(Some(&base), (&local, &remote));
    assert_eq!(opened(&merge), told.open);
    shows_three_values(&merge);
    leaves_the_same(&merge);
    leaves_the_same(&merged(None, (&local, &remote)));

    let mut sent = Remote { document: merge.remote.clone(), reads_net: scene.reads_net };
    sent.send(&merge, &local);
    nothing_is_lost(&told, &merge, (&merge.taken(), &sent.document));

    let asked = merge.open();
    for (at, part) in asked.iter().enumerate() {
        let side = if scene.choices >> (at % 32) & 1 == 0 { Side::Here } else { Side::There };
        assert!(merge.decide(&part.place, side) && !merge.decide(&part.place, side));
    }
    leaves_the_same(&merge);
    totals_are_equal(scene, &ends_equal(scene, &merge));
    let moved = |side: &SalesDocument, agreed: &SalesDocument| side.canonical() != agreed.canonical();
    match asked.is_empty() {
        false => Came::Opened,
        true if moved(&local, &agreed) && moved(&remote, &scene.there_of(&agreed)) => Came::Merged,
        true => Came::Single,
    }
}

#[test]
fn ten_thousand_pairs_of_concurrent_edits_merge_or_are_asked_about() {
    let config = Config { cases: PAIRS, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let counts = [Cell::new(0_u32), Cell::new(0), Cell::new(0)];
    let result = runner.run(&scene(), |scene| {
        let count = &counts[tried(&scene) as usize];
        count.set(count.get() + 1);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    let [single, merged, opened] = counts.map(Cell::into_inner);
    println!(
        "{PAIRS} pairs of concurrent edits: merged {merged}, opened {opened}, lost 0; {single} were no pair in the end"
    );
    assert_eq!(single + merged + opened, PAIRS);
    assert!(merged.min(opened) * 100 >= PAIRS * LEAST_PERCENT, "too few of one class");
}

/// A document with every field filled.
fn full_document() -> SalesDocument {
    let party =
        |id: &str| Party { external_id: ExternalId::parse(id).ok(), name: id.to_owned(), ..Party::default() };
    let day = |day| jiff::civil::date(2027, 1, day);
    SalesDocument {
        doc_type: DocumentType::CreditNote,
        number: Some("X".to_owned()),
        dates: crate::record::Dates {
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
        currency: crate::record::Currency::parse("USD").unwrap(),
        status: Some(Status { code: None, label: "l".to_owned() }),
        lines: Vec::new(),
        document_discount: Some(crate::record::DocumentDiscount::Percent(5.into())),
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
        tax: crate::record::fixtures::tax("EX3", "9.5"),
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
