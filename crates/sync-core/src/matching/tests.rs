//! Table F: what is certain and what only a candidate.

use super::*;
use crate::record::{Address, AddressRow, Booked, Currency, Dates, Person, TaxNumber};

fn id(text: &str) -> ExternalId {
    ExternalId::parse(text).unwrap()
}

fn contact() -> Contact {
    let address = Address {
        street: Some("Cesta na Žale 5".into()),
        post_number: Some("1000".into()),
        place: Some("Ljubljana".into()),
        ..Address::default()
    };
    Contact {
        name: "Šuštar d.o.o.".into(),
        company: Some(true),
        tax_number: TaxNumber::parse("SI15012557", None).ok(),
        person: Some(Person { email: Some("Info@Sustar.si".into()), ..Person::default() }),
        address: Some(AddressRow { row: None, address }),
        ..Contact::default()
    }
}

fn kinds(keys: &[Key]) -> Vec<KeyKind> {
    keys.iter().map(|key| key.kind).collect()
}

/// Classifies one record against one on the other side, each alone with its keys.
fn alone(mine: &[Key], theirs: &[Key]) -> Class {
    let hits: Vec<Hits> = mine
        .iter()
        .map(|key| Hits {
            kind: key.kind,
            here: 1,
            there: theirs
                .iter()
                .filter(|other| *other == key)
                .map(|_| Hit { id: id("7"), linked: false })
                .collect(),
        })
        .collect();
    classify(&hits)
}

fn candidate() -> Class {
    Class::Candidates(BTreeSet::from([id("7")]))
}

#[test]
fn a_contact_matches_as_table_f_says() {
    let other_name = || Contact { name: "Drugo".into(), address: None, ..contact() };
    let cases = [
        ("the same", contact(), Class::Certain(id("7"))),
        (
            "tax number without SI",
            Contact { tax_number: TaxNumber::parse("15012557", None).ok(), person: None, ..other_name() },
            Class::Certain(id("7")),
        ),
        (
            "a company and a person",
            Contact { company: Some(false), person: None, ..other_name() },
            candidate(),
        ),
        ("not known whether a company", Contact { company: None, person: None, ..other_name() }, candidate()),
        (
            "e-mail and folded name",
            Contact { name: "SUSTAR  d.o.o.".into(), tax_number: None, address: None, ..contact() },
            Class::Certain(id("7")),
        ),
        ("e-mail only", Contact { tax_number: None, ..other_name() }, candidate()),
        ("name and address", Contact { tax_number: None, person: None, ..contact() }, candidate()),
        ("nothing in common", Contact { tax_number: None, person: None, ..other_name() }, Class::None),
    ];
    for (name, theirs, expected) in cases {
        assert_eq!(alone(&contact_keys(&contact()), &contact_keys(&theirs)), expected, "{name}");
    }
}

#[test]
fn a_tax_number_with_a_wrong_check_digit_is_no_key() {
    let wrong = Contact { tax_number: TaxNumber::parse("15012558", None).ok(), ..contact() };
    assert_eq!(
        kinds(&contact_keys(&wrong)),
        [KeyKind::EmailAndName, KeyKind::Email, KeyKind::NameAndAddress]
    );
}

#[test]
fn a_product_matches_as_table_f_says() {
    let product = |code: &str, name: &str, barcode: Option<&str>| Product {
        code: code.into(),
        name: name.into(),
        description: None,
        unit: None,
        barcode: barcode.map(str::to_owned),
        service: false,
        sold: true,
        active: true,
        price: None,
        remote_code: None,
    };
    let mine = product("BRS-9", "Brusni papir", Some("383"));
    let cases = [
        ("code", product(" BRS-9 ", "x", None), Class::Certain(id("7"))),
        ("code after folding", product("brs-9", "x", None), candidate()),
        ("barcode", product("X", "x", Some("383")), candidate()),
        ("name", product("X", "BRUSNI PAPIR", None), candidate()),
        ("nothing", product("X", "x", Some("384")), Class::None),
    ];
    for (name, theirs, expected) in cases {
        assert_eq!(alone(&product_keys(&mine), &product_keys(&theirs)), expected, "{name}");
    }
}

fn document(doc_type: DocumentType, number: Option<&str>) -> SalesDocument {
    let totals = Booked {
        net: Decimal::ONE_HUNDRED,
        discount: Decimal::ZERO,
        taxes: std::collections::BTreeMap::new(),
        gross: Decimal::new(12200, 2),
    };
    SalesDocument {
        doc_type,
        number: number.map(str::to_owned),
        dates: Dates::of(jiff::civil::date(2026, 11, 23)),
        customer: Party::default(),
        receiver: None,
        title: None,
        buyer_order: None,
        notes: None,
        currency: Currency::euro(),
        status: None,
        lines: Vec::new(),
        document_discount: None,
        booked: Some(totals),
    }
}

#[test]
fn a_document_matches_as_table_f_says() {
    use DocumentType::{Offer, Order, Proforma};
    let keys =
        |doc_type, number, customer, marker| document_keys(&document(doc_type, number), customer, marker);
    let cases = [
        (
            "marker",
            keys(Proforma, None, None, Some("CM1")),
            keys(Offer, Some("1"), None, Some("CM1")),
            Class::Certain(id("7")),
        ),
        (
            "marker on another type",
            keys(Offer, None, None, Some("CM1")),
            keys(Order, None, None, Some("CM1")),
            Class::None,
        ),
        (
            "number",
            keys(Order, Some("PP-1"), Some("c"), None),
            keys(Order, Some(" PP-1"), Some("c"), None),
            Class::Certain(id("7")),
        ),
        (
            "another customer",
            keys(Order, Some("PP-1"), Some("c"), None),
            keys(Order, Some("PP-1"), Some("d"), None),
            Class::None,
        ),
        (
            "a draft",
            keys(Order, None, Some("c"), None),
            keys(Order, Some("PP-1"), Some("c"), None),
            candidate(),
        ),
        (
            "customer not linked",
            keys(Order, Some("PP-1"), None, None),
            keys(Order, Some("PP-1"), None, None),
            Class::None,
        ),
    ];
    for (name, mine, theirs, expected) in cases {
        assert_eq!(alone(&mine, &theirs), expected, "{name}");
    }
}

#[test]
fn a_key_with_two_records_on_either_side_is_never_certain() {
    let hit = |text: &str, linked| Hit { id: id(text), linked };
    let code = |here, there| classify(&[Hits { kind: KeyKind::Code, here, there }]);
    assert_eq!(code(1, vec![hit("7", false)]), Class::Certain(id("7")));
    assert_eq!(code(2, vec![hit("7", false)]), candidate());
    assert_eq!(code(1, vec![hit("7", false), hit("8", true)]), candidate());
    assert_eq!(code(1, vec![hit("8", true)]), Class::None);
    let both = [
        Hits { kind: KeyKind::Tax, here: 1, there: vec![hit("7", false)] },
        Hits { kind: KeyKind::EmailAndName, here: 1, there: vec![hit("8", false)] },
    ];
    assert_eq!(classify(&both), Class::Candidates(BTreeSet::from([id("7"), id("8")])));
}

#[test]
fn kinds_of_keys_are_read_back_from_their_names() {
    for kind in KeyKind::ALL {
        assert_eq!(kind.as_str().parse(), Ok(kind));
    }
}
