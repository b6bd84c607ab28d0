//! The money rules against cases computed by hand.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::record::fixtures::*;
use crate::record::{Amount, DocumentType, TextLine};

fn lines(products: impl IntoIterator<Item = ProductLine>) -> Vec<Line> {
    products.into_iter().map(Line::Product).collect()
}

fn totals(products: impl IntoIterator<Item = ProductLine>) -> Totals {
    compute_totals(&lines(products)).unwrap()
}

fn with_tax(line: ProductLine, code: &str, percent: &str) -> ProductLine {
    ProductLine { tax: tax(code, percent), ..line }
}

fn summary(totals: &Totals) -> [Decimal; 4] {
    let tax = totals.taxes.iter().map(|total| total.tax).sum();
    [totals.net, totals.discount, tax, totals.gross]
}

fn booked(net: &str, tax: &str, gross: &str) -> Booked {
    let taxes = BTreeMap::from([(TaxCode::parse("ex4").unwrap(), dec(tax))]);
    Booked { net: dec(net), discount: Decimal::ZERO, taxes, gross: dec(gross) }
}

#[test]
fn halves_are_rounded_away_from_zero() {
    for (value, rounded) in [("0.005", "0.01"), ("-0.005", "-0.01"), ("2.675", "2.68"), ("2.6749", "2.67")] {
        assert_eq!(round_cents(dec(value)), dec(rounded), "{value}");
    }
}

#[test]
fn a_price_of_209_with_tax_is_171_31_without() {
    let rate = tax("EX4", "22").rate;
    assert_eq!(net_of(dec("209"), rate).unwrap(), dec("171.31"));
    assert_eq!(gross_equals_net(dec("209"), dec("171.31"), rate), Ok(true));
    assert_eq!(gross_equals_net(dec("209"), dec("171.32"), rate), Ok(false));
    assert_eq!(other_basis(gross("209"), rate), Ok(net("171.31")));
    assert_eq!(other_basis(net("171.31"), rate), Ok(gross("209.00")));
}

#[test]
fn totals_are_those_computed_by_hand() {
    let cases = [
        (
            "the installment bill of the documentation",
            totals([line("A", "2", net("89.9"), "15"), line("B", "6", net("15.5"), "5")]),
            ["241.18", "31.62", "53.06", "294.24"],
        ),
        ("a chain", totals([line("A", "1", net("100"), "10;20")]), ["72", "28", "15.84", "87.84"]),
        ("gross", totals([line("A", "1", gross("209"), "")]), ["171.31", "0", "37.69", "209"]),
        (
            "gross is summed first",
            totals([line("A", "1", gross("0.99"), ""), line("B", "1", gross("0.99"), "")]),
            ["1.62", "0", "0.36", "1.98"],
        ),
        (
            "tax on the sum",
            totals([line("A", "1", net("0.02"), ""), line("B", "1", net("0.02"), "")]),
            ["0.04", "0", "0.01", "0.05"],
        ),
        (
            "two codes",
            totals([line("A", "1", net("10"), ""), with_tax(line("B", "1", net("10"), ""), "EX3", "9.5")]),
            ["20", "0", "3.15", "23.15"],
        ),
        (
            "net and gross of one code",
            totals([line("A", "1", net("10"), ""), line("B", "1", gross("12.20"), "")]),
            ["20", "0", "4.40", "24.40"],
        ),
        (
            "no tax",
            totals([with_tax(line("A", "3", net("1.005"), ""), "EX7", "0")]),
            ["3.02", "0", "0", "3.02"],
        ),
        (
            "gross with discount",
            totals([line("A", "1", gross("122"), "10")]),
            ["90", "10", "19.80", "109.80"],
        ),
        ("a negative price", totals([line("A", "1", net("-10"), "")]), ["-10", "0", "-2.20", "-12.20"]),
        ("all off", totals([line("A", "1", net("10"), "100")]), ["0", "10", "0", "0"]),
        ("nothing", totals([]), ["0", "0", "0", "0"]),
    ];
    for (name, totals, expected) in cases {
        assert_eq!(summary(&totals), expected.map(dec), "{name}");
    }
}

#[test]
fn text_lines_count_for_nothing_and_codes_are_told_apart_by_rate() {
    let mut all =
        lines([line("A", "1", net("10"), ""), with_tax(line("B", "1", net("10"), ""), "ex4", "20")]);
    all.push(Line::Text(TextLine { row: None, text: "Hvala".to_owned() }));
    let totals = compute_totals(&all).unwrap();
    let taxes: Vec<Decimal> = totals.taxes.iter().map(|total| total.tax).collect();
    assert_eq!(taxes, [dec("2"), dec("2.2")]);
    assert_eq!(Booked::from(totals).taxes, BTreeMap::from([(TaxCode::parse("EX4").unwrap(), dec("4.2"))]));
}

#[test]
fn a_discount_on_the_document_is_one_more_step_or_a_share_of_each_line() {
    let base = document(lines([
        line("A", "1", net("100"), "10"),
        with_tax(line("B", "1", net("10"), ""), "EX7", "0"),
    ]));
    let with = |discount| SalesDocument { document_discount: Some(discount), ..base.clone() };
    let percent = document_totals(&with(DocumentDiscount::Percent(dec("20")))).unwrap();
    assert_eq!(summary(&percent), ["80", "30", "15.84", "95.84"].map(dec));
    let value = document_totals(&with(DocumentDiscount::Value(dec("50")))).unwrap();
    assert_eq!(summary(&value), ["50", "60", "9.90", "59.90"].map(dec));
    assert!(document_totals(&with(DocumentDiscount::Percent(dec("101")))).is_err());
    // The purchase order of the documentation: 100 net less 50 is 61 with tax.
    let order = SalesDocument {
        document_discount: Some(DocumentDiscount::Value(dec("50"))),
        ..document(lines([line("A", "1", net("100"), "")]))
    };
    assert_eq!(summary(&document_totals(&order).unwrap()), ["50", "50", "11", "61"].map(dec));
}

#[test]
fn booked_totals_are_exact_rounded_or_different() {
    let one = lines([line("A", "1", net("10"), "")]);
    let returned = lines([line("A", "-100", net("171.31"), "")]);
    let hundred = lines([line("A", "100", net("171.31"), "")]);
    let rounding = |difference| TotalCheck::Rounding { difference: dec(difference) };
    let cases = [
        ("equal", &one, booked("10", "2.20", "12.20"), Some(TotalCheck::Exact)),
        ("a cent of tax", &one, booked("10", "2.21", "12.21"), Some(rounding("0.01"))),
        ("two cents", &one, booked("10", "2.22", "12.22"), None),
        ("two wrongs that make the gross right", &one, booked("11", "1.20", "12.20"), None),
        (
            "booked from the gross price 209",
            &hundred,
            booked("17131.15", "3768.85", "20900"),
            Some(rounding("0.18")),
        ),
        (
            "the same, taken back",
            &returned,
            booked("-17131.15", "-3768.85", "-20900"),
            Some(rounding("-0.18")),
        ),
        ("a unit price too far off", &hundred, booked("17132", "3769.04", "20901.04"), None),
    ];
    for (name, lines, booked, expected) in cases {
        let computed = compute_totals(lines).unwrap();
        let check = compare_totals(&computed, &booked, lines).unwrap();
        let expected = expected.unwrap_or(TotalCheck::Different { computed, booked });
        assert_eq!(check, expected, "{name}");
    }
}

#[test]
fn a_tax_that_only_one_side_has_is_a_difference() {
    let one = lines([line("A", "1", net("10"), "")]);
    let mut other_code = booked("10", "2.20", "12.20");
    other_code.taxes = BTreeMap::from([(TaxCode::parse("EX3").unwrap(), dec("2.20"))]);
    let check = compare_totals(&compute_totals(&one).unwrap(), &other_code, &one).unwrap();
    assert!(matches!(check, TotalCheck::Different { .. }));
}

#[test]
fn a_credit_note_is_compared_without_its_sign() {
    let mut note = document(lines([line("A", "1", net("10"), "")]));
    assert_eq!(check_document(&note), Ok(None));
    note.booked = Some(booked("-10", "-2.20", "-12.20"));
    assert!(matches!(check_document(&note), Ok(Some(TotalCheck::Different { .. }))));
    note.doc_type = DocumentType::CreditNote;
    assert_eq!(check_document(&note), Ok(Some(TotalCheck::Exact)));
}

#[test]
fn cents_are_whole_numbers() {
    for (value, cents) in [("12.345", 1_235), ("-0.015", -2), ("0", 0), ("100", 10_000)] {
        assert_eq!(minor_units(dec(value)), Ok(cents), "{value}");
    }
    assert_eq!(minor_units(Decimal::MAX), Err(MoneyError::TooLarge));
}

proptest! {
    #[test]
    fn net_and_tax_make_gross_and_booking_what_was_computed_is_exact(document in any_document()) {
        let totals = compute_totals(&document.lines).unwrap();
        prop_assert_eq!(totals.taxes.iter().map(|t| t.base + t.tax).sum::<Decimal>(), totals.gross);
        prop_assert_eq!(totals.taxes.iter().map(|t| t.base).sum::<Decimal>(), totals.net);
        let booked = Booked::from(totals.clone());
        prop_assert_eq!(compare_totals(&totals, &booked, &document.lines), Ok(TotalCheck::Exact));
    }

    #[test]
    fn absurd_numbers_give_an_error_and_never_a_panic(
        mantissas in prop::collection::vec((any::<i128>(), 0_u32..=28, any::<bool>()), 1..6),
        off in prop::option::of(any::<i64>()),
    ) {
        let number = |(mantissa, scale): (i128, u32)| {
            Decimal::try_from_i128_with_scale(mantissa >> 31, scale).unwrap_or(Decimal::MAX)
        };
        let all = lines(mantissas.into_iter().map(|(mantissa, scale, is_gross)| {
            let value = number((mantissa, scale));
            let price = if is_gross { Price::Gross(value) } else { Price::Net(value) };
            ProductLine { amount: Amount(value), ..line("A", "1", price, "33.333;12.5") }
        }));
        let mut absurd = document(all);
        absurd.document_discount = off.map(|off| DocumentDiscount::Value(Decimal::from(off)));
        absurd.booked = Some(Booked { net: Decimal::MAX, discount: Decimal::MIN, taxes: BTreeMap::new(), gross: Decimal::MIN });
        if let Err(error) = check_document(&absurd) {
            prop_assert_eq!(error, MoneyError::TooLarge);
        }
    }
}
