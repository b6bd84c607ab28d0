//! Policy G: each condition, and all at once.

use std::collections::BTreeSet;

use super::*;
use crate::record::fixtures::{dec, document, line, net, tax};
use crate::record::{
    Address, AddressRow, Amount, CountryCode, Currency, DocumentType, Line, Price, ProductLine,
    SalesDocument, TaxCode, TextLine,
};

const LIMITS: TextLimits = TextLimits {
    contact_name: 10,
    street: 150,
    post_number: 20,
    place: 100,
    product_code: 5,
    product_name: 200,
    description: 700,
    title: 80,
    buyer_order: 30,
};

fn facts<'a>(
    lines: &'a [LineFacts],
    currencies: &'a BTreeSet<Currency>,
    tax_codes: &'a BTreeSet<TaxCode>,
) -> DocumentFacts<'a> {
    DocumentFacts {
        customer: NamedParty::Linked,
        lines,
        credit_kind: Some(CreditKind::Goods),
        credited: Credited::Invoice { gross: dec("12.20") },
        currencies,
        tax_codes,
        status_mapped: true,
        limits: &LIMITS,
        body_bytes: 1_000,
    }
}

fn goods() -> LineFacts {
    LineFacts { product: NamedParty::Linked, unit: Some("kos".to_owned()), service: false }
}

/// The problems of a document whose facts and content were changed.
fn problems(
    change: impl FnOnce(&mut SalesDocument, &mut DocumentFacts<'_>, &mut Vec<LineFacts>),
) -> Vec<Problem> {
    let (currencies, tax_codes) =
        (BTreeSet::from([Currency::euro()]), BTreeSet::from([TaxCode::parse("EX4").unwrap()]));
    let mut document = document(vec![Line::Product(line("A", "1", net("10"), ""))]);
    let mut lines = vec![goods()];
    let mut changed = facts(&[], &currencies, &tax_codes);
    change(&mut document, &mut changed, &mut lines);
    document_problems(&document, &DocumentFacts { lines: &lines, ..changed })
}

fn set_line(document: &mut SalesDocument, change: impl FnOnce(ProductLine) -> ProductLine) {
    document.lines = vec![Line::Product(change(line("A", "1", net("10"), "")))];
}

#[test]
fn a_document_that_can_be_sent_has_no_problem() {
    assert_eq!(problems(|_, _, _| {}), []);
}

/// What is changed, the problems found, and those expected.
type Case = (&'static str, Vec<Problem>, Vec<Problem>);

#[rustfmt::skip]
fn cases_of_heads() -> Vec<Case> {
    let missing = |field| vec![Problem::Missing { field }];
    let dollar = || Currency::parse("USD").unwrap();
    let credit = |change: fn(&mut DocumentFacts<'_>)| problems(|d, f, _| { d.doc_type = DocumentType::CreditNote; change(f); });
    vec![
        ("no customer", problems(|_, f, _| f.customer = NamedParty::None), vec![Problem::NoCustomer]),
        ("customer", problems(|_, f, _| f.customer = NamedParty::NotCreatable), vec![Problem::CustomerNotCreatable]),
        ("a customer to be created", problems(|_, f, _| f.customer = NamedParty::Creatable), vec![]),
        ("currency", problems(|d, _, _| d.currency = dollar()), vec![Problem::UnknownCurrency { currency: dollar() }]),
        ("no status", problems(|d, f, _| { d.status = None; f.status_mapped = false; }), vec![]),
        ("status", problems(|_, f, _| f.status_mapped = false), vec![Problem::StatusNotMapped { label: "Novo naročilo".into() }]),
        ("title", problems(|d, _, _| d.title = Some("č".repeat(81))), vec![Problem::TooLong { field: Field::Title, most: 80, has: 81 }]),
        ("order number", problems(|d, _, _| d.buyer_order = Some("1".repeat(31))), vec![Problem::TooLong { field: Field::BuyerOrder, most: 30, has: 31 }]),
        ("body", problems(|_, f, _| f.body_bytes = MAX_BODY_BYTES + 1), vec![Problem::BodyTooLarge { has: MAX_BODY_BYTES + 1 }]),
        ("credit kind", credit(|f| f.credit_kind = None), missing(Field::CreditKind)),
        ("no invoice", credit(|f| f.credited = Credited::Missing), missing(Field::CreditedInvoice)),
        ("two invoices", credit(|f| f.credited = Credited::Ambiguous), vec![Problem::AmbiguousInvoice]),
        ("above its invoice", credit(|f| f.credited = Credited::Invoice { gross: dec("12.19") }), vec![Problem::AboveInvoice]),
        ("up to its invoice", credit(|_| {}), vec![]),
    ]
}

#[rustfmt::skip]
fn cases_of_lines() -> Vec<Case> {
    let old = || TaxCode::parse("220").unwrap();
    let text = || Line::Text(TextLine { row: None, text: "x".into() });
    let amount = |amount: &str| Amount(dec(amount));
    vec![
        ("product", problems(|_, _, l| l[0].product = NamedParty::NotCreatable), vec![Problem::ProductNotCreatable { line: 1 }]),
        ("no product", problems(|_, _, l| l.clear()), vec![Problem::LineWithoutProduct { line: 1 }]),
        ("text line", problems(|d, _, _| d.lines.insert(0, text())), vec![Problem::LineWithoutProduct { line: 1 }]),
        ("unit", problems(|_, _, l| l[0].unit = Some("kg".into())), vec![Problem::OtherUnit { line: 1, expected: "kg".into() }]),
        ("zero", problems(|d, _, _| set_line(d, |l| ProductLine { amount: amount("0.0"), ..l })), vec![Problem::ZeroAmount { line: 1 }]),
        ("negative", problems(|d, _, _| set_line(d, |l| ProductLine { amount: amount("-1"), ..l })), vec![Problem::NegativeAmount { line: 1 }]),
        ("price", problems(|d, _, _| set_line(d, |l| ProductLine { price: Price::Gross(dec("-1")), ..l })), vec![Problem::NegativePrice { line: 1 }]),
        ("tax", problems(|d, _, _| set_line(d, |l| ProductLine { tax: tax("220", "22"), ..l })), vec![Problem::TaxNotConfirmed { line: 1, code: old() }]),
        ("no lines", problems(|d, _, _| d.lines.clear()), vec![Problem::NoLines]),
        ("200 lines", problems(|d, _, l| { d.lines = vec![d.lines[0].clone(); 200]; *l = vec![goods(); 200]; }), vec![]),
        ("201 lines", problems(|d, _, l| { d.lines = vec![d.lines[0].clone(); 201]; *l = vec![goods(); 201]; }), vec![Problem::TooManyLines { has: 201 }]),
    ]
}

#[test]
fn each_condition_of_a_document_is_checked() {
    for (name, problems, expected) in cases_of_heads().into_iter().chain(cases_of_lines()) {
        assert_eq!(problems, expected, "{name}");
    }
}

#[test]
fn a_service_may_be_negative() {
    for change in [
        ProductLine { amount: Amount(dec("-1")), ..line("A", "1", net("1"), "") },
        line("A", "1", net("-1"), ""),
    ] {
        let found = problems(|d, _, l| {
            d.lines = vec![Line::Product(change)];
            l[0].service = true;
        });
        assert_eq!(found, []);
    }
}

#[test]
fn an_invoice_needs_its_dates_and_every_reason_is_given_at_once() {
    let found = problems(|d, f, l| {
        d.doc_type = DocumentType::InvoiceDomestic;
        f.customer = NamedParty::None;
        l[0].unit = Some("kg".to_owned());
    });
    let fields: Vec<String> = found.iter().map(Problem::field).collect();
    assert_eq!(fields, ["customer", "lines[1].unit", "dates.due", "dates.service_to"]);
    for problem in found {
        assert!(problem.to_string().ends_with('.') && problem.remedy().ends_with('.'), "{problem}");
    }
}

#[test]
fn a_contact_needs_a_name_and_a_whole_address() {
    let fields = |contact: &Contact| -> Vec<String> {
        contact_problems(contact, &LIMITS).iter().map(Problem::field).collect()
    };
    let nobody = Contact::default();
    assert_eq!(
        fields(&nobody),
        ["name", "address.street", "address.post_number", "address.place", "address.country"]
    );
    let text = |text: &str| Some(text.to_owned());
    let address = Address {
        street: text("Žale 5"),
        post_number: text("1000"),
        place: text("Ljubljana"),
        province: None,
        country: Some(CountryCode::slovenia()),
        country_name: None,
    };
    let whole =
        Contact { name: "Ana".to_owned(), address: Some(AddressRow { row: None, address }), ..nobody };
    assert_eq!(fields(&whole), Vec::<String>::new());
    let long = Contact { name: "Ana Kovač d.o.o.".to_owned(), ..whole };
    assert_eq!(
        contact_problems(&long, &LIMITS),
        [Problem::TooLong { field: Field::Name, most: 10, has: 16 }]
    );
}

#[test]
fn a_product_needs_code_name_and_unit() {
    let product = Product {
        code: "ABCDEF".into(),
        name: " ".into(),
        description: None,
        unit: None,
        barcode: None,
        service: false,
        sold: true,
        active: true,
        price: None,
        remote_code: None,
    };
    let found = product_problems(&product, &LIMITS);
    let expected = [
        Problem::TooLong { field: Field::Code, most: 5, has: 6 },
        Problem::Missing { field: Field::Name },
        Problem::Missing { field: Field::Unit },
    ];
    assert_eq!(found, expected);
}
