//! Records for tests, and strategies that make any of them.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;

pub(crate) fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(crate) fn tax(code: &str, percent: &str) -> Tax {
    Tax { code: TaxCode::parse(code).unwrap(), rate: TaxRate::from_percent(dec(percent)).unwrap() }
}

/// A line of one product with 22 % tax.
pub(crate) fn line(code: &str, amount: &str, price: Price, discount: &str) -> ProductLine {
    ProductLine {
        row: None,
        product: ProductRef { code: Some(code.to_owned()), ..ProductRef::default() },
        name: format!("Izdelek {code}"),
        unit: Some("kos".to_owned()),
        amount: Amount(dec(amount)),
        price,
        discount: Discount::parse(discount).unwrap(),
        tax: tax("EX4", "22"),
        text: None,
    }
}

pub(crate) fn net(price: &str) -> Price {
    Price::Net(dec(price))
}

pub(crate) fn gross(price: &str) -> Price {
    Price::Gross(dec(price))
}

pub(crate) fn document(lines: Vec<Line>) -> SalesDocument {
    SalesDocument {
        doc_type: DocumentType::Order,
        number: Some("PP-2041".to_owned()),
        dates: Dates::of(jiff::civil::date(2026, 11, 23)),
        customer: Party {
            external_id: ExternalId::parse("16000001234").ok(),
            address_id: RowId::parse("77").ok(),
            name: "Kovinar Hribar d.o.o.".to_owned(),
            ..Party::default()
        },
        receiver: None,
        title: None,
        buyer_order: None,
        notes: None,
        currency: Currency::euro(),
        status: Some(Status { code: Some("new_order".to_owned()), label: "Novo naročilo".to_owned() }),
        lines,
        document_discount: None,
        booked: None,
    }
}

fn words() -> impl Strategy<Value = Option<String>> {
    prop::option::of("[ a-zčšž<>&;/b0-9\u{a0}]{0,12}")
}

fn number() -> impl Strategy<Value = Decimal> {
    (-1_000_000_i64..1_000_000, 0_u32..6).prop_map(|(value, scale)| Decimal::new(value, scale))
}

fn product_line() -> impl Strategy<Value = Line> {
    let price = (number(), any::<bool>())
        .prop_map(|(value, gross)| if gross { Price::Gross(value) } else { Price::Net(value) });
    let row = prop::option::of((1_u32..99).prop_map(|n| RowId::parse(&n.to_string()).unwrap()));
    let steps = prop::collection::vec((0_i64..=10_000).prop_map(|n| Decimal::new(n, 2)), 0..3);
    (words(), words(), number(), price, steps, row).prop_map(|(name, text, amount, price, steps, row)| {
        Line::Product(ProductLine {
            row,
            name: name.unwrap_or_default(),
            amount: Amount(amount),
            discount: Discount::chain(steps).unwrap(),
            text,
            ..line("A", "1", price, "")
        })
    })
}

/// Any document.
pub(crate) fn any_document() -> impl Strategy<Value = SalesDocument> {
    let text_line =
        words().prop_map(|text| Line::Text(TextLine { row: None, text: text.unwrap_or_default() }));
    let lines = prop::collection::vec(prop_oneof![3 => product_line(), 1 => text_line], 0..5);
    let booked = prop::option::of((number(), number()).prop_map(|(net, tax)| Booked {
        net,
        discount: Decimal::ZERO,
        taxes: [(TaxCode::parse("ex4").unwrap(), tax)].into(),
        gross: net + tax,
    }));
    (lines, words(), words(), words(), booked, prop::sample::select(&DocumentType::ALL[..])).prop_map(
        |(lines, number, notes, label, booked, doc_type)| SalesDocument {
            doc_type,
            number,
            notes,
            status: label.map(|label| Status { code: None, label }),
            booked,
            ..document(lines)
        },
    )
}

/// Any contact.
pub(crate) fn any_contact() -> impl Strategy<Value = Contact> {
    let address = (words(), words(), any::<bool>()).prop_map(|(street, place, slovenian)| AddressRow {
        row: RowId::parse("5").ok(),
        address: Address {
            street,
            place,
            country: slovenian.then(CountryCode::slovenia),
            country_name: Some("Slovenija".to_owned()),
            ..Address::default()
        },
    });
    let addresses = prop::collection::vec(address, 0..4);
    (words(), words(), addresses, prop::option::of(0_u32..40), prop::option::of(any::<bool>())).prop_map(
        |(name, email, mut delivery_addresses, payment_days, company)| Contact {
            name: name.unwrap_or_default(),
            company,
            person: Some(Person { email, ..Person::default() }),
            address: delivery_addresses.pop(),
            delivery_addresses,
            payment_days,
            ..Contact::default()
        },
    )
}
