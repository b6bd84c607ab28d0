//! Seeds the lines of a document.

use super::Maker;
use crate::company::Company;
use crate::company::arithmetic::cents;
use crate::company::model::{Article, Line, LineContent, PricedLine, Product, UnitPrice};
use crate::company::names::{LINE_DESCRIPTIONS, TEXT_LINES};
use crate::company::tax::TaxCode;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rust_decimal::Decimal;

/// How the lines of a document are priced and taxed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pricing {
    Net,
    Gross,
    /// Net, but the service lines gross.
    Mixed,
    /// Net, tax code of supplies inside the EU.
    Export,
}

/// One document in this many has text lines: about 80 of 2,000.
const TEXT_LINES_ONE_IN: u32 = 20;

/// Two to eight lines, few of them long.
pub(super) fn line_set(company: &mut Company, pricing: Pricing, rng: &mut ChaCha8Rng) -> Vec<Line> {
    const COUNTS: [usize; 12] = [1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 6, 8];
    let count = COUNTS[rng.random_range(0..COUNTS.len())];
    let mut lines = Vec::with_capacity(count + 2);
    if rng.random_ratio(1, TEXT_LINES_ONE_IN) {
        lines.push(text_line(company, rng));
    }
    for _ in 0..count {
        let row_id = company.next_row_id();
        let product = &company.products[rng.random_range(0..company.products.len())];
        let content = LineContent::Priced(priced_line(product, pricing, rng));
        lines.push(Line { row_id, content });
    }
    if rng.random_ratio(1, 60) {
        lines.push(free_line(company, pricing, rng));
    }
    lines
}

fn text_line(company: &mut Company, rng: &mut ChaCha8Rng) -> Line {
    let text = TEXT_LINES[rng.random_range(0..TEXT_LINES.len())];
    let content = if rng.random_bool(0.5) {
        LineContent::DocDesc(text.to_owned())
    } else {
        LineContent::NameDesc(format!("<p>{text}</p>"))
    };
    Line { row_id: company.next_row_id(), content }
}

/// A priced line that names no product.
fn free_line(company: &mut Company, pricing: Pricing, rng: &mut ChaCha8Rng) -> Line {
    let price = Decimal::new(rng.random_range(500..30_000), 2);
    let content = LineContent::Priced(PricedLine {
        article: Article::Free { name: "Dodatna dela po zapisniku".to_owned() },
        amount: Decimal::from(rng.random_range(1..5)),
        price: if pricing == Pricing::Gross { UnitPrice::Gross(price) } else { UnitPrice::Net(price) },
        discounts: Vec::new(),
        tax: if pricing == Pricing::Export { TaxCode::EX5 } else { TaxCode::EX4 },
        description: None,
        extra: None,
    });
    Line { row_id: company.next_row_id(), content }
}

fn priced_line(product: &Product, pricing: Pricing, rng: &mut ChaCha8Rng) -> PricedLine {
    let gross = pricing == Pricing::Gross || (pricing == Pricing::Mixed && product.service);
    let price =
        if gross { UnitPrice::Gross(product.gross_price()) } else { UnitPrice::Net(product.net_price()) };
    PricedLine {
        article: Article::Product(product.id),
        amount: amount(product, rng),
        price,
        discounts: discounts(product, rng),
        tax: if pricing == Pricing::Export { TaxCode::EX5 } else { product.tax() },
        description: rng
            .random_ratio(1, 14)
            .then(|| LINE_DESCRIPTIONS[rng.random_range(0..LINE_DESCRIPTIONS.len())].to_owned()),
        extra: None,
    }
}

fn amount(product: &Product, rng: &mut ChaCha8Rng) -> Decimal {
    let measured = matches!(product.unit.as_str(), "kg" | "m2" | "m" | "ura");
    if measured {
        return Decimal::new(rng.random_range(25..6_000), 2);
    }
    if product.net_price() < Decimal::ONE {
        return Decimal::from(rng.random_range(1..40) * 25);
    }
    Decimal::from(rng.random_range(1..13))
}

fn discounts(product: &Product, rng: &mut ChaCha8Rng) -> Vec<Decimal> {
    if product.service {
        return Vec::new();
    }
    match rng.random_range(0..100) {
        0..6 => vec![Decimal::TEN, Decimal::from(rng.random_range(1..6) * 5)],
        6..8 => vec![Decimal::from(5), Decimal::new(25, 1), Decimal::from(3)],
        8..30 => vec![Decimal::from(rng.random_range(1..6) * 5)],
        30..34 => vec![Decimal::new(rng.random_range(5..400), 1)],
        _ => Vec::new(),
    }
}

impl Maker<'_> {
    /// One or two product lines of an invoice, up to the amounts that were invoiced.
    pub(super) fn returned_lines(&mut self, company: &mut Company, lines: &[Line]) -> Vec<Line> {
        let priced = lines.iter().filter(|line| matches!(line.content, LineContent::Priced(_)));
        let mut returned: Vec<Line> =
            priced.take(1 + usize::from(self.rng.random_bool(0.3))).cloned().collect();
        for line in &mut returned {
            line.row_id = company.next_row_id();
            if let LineContent::Priced(priced) = &mut line.content {
                let half = cents(priced.amount / Decimal::TWO).trunc();
                if half > Decimal::ZERO && self.rng.random_bool(0.6) {
                    priced.amount = half;
                }
            }
        }
        returned
    }
}
