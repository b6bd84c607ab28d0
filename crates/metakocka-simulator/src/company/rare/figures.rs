//! Lines with ten places, and lines with a negative amount of a service.

use super::catalogue::net_of_cents;
use super::{TEN_PLACES, documents, some};
use crate::company::arithmetic::cents;
use crate::company::model::{
    Article, DocType, Document, Line, LineContent, MkId, PriceReading, PricedLine, Product, UnitPrice,
};
use crate::company::store::Company;
use crate::company::tax::TaxCode;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rust_decimal::{Decimal, RoundingStrategy};

/// One of so many documents is shown with all ten places, as `4.0000000000`.
const PADDED_ONE_IN: usize = 60;
/// One of so many documents that nobody has paid has a price, or an amount, that needs ten places.
const FINE_ONE_IN: usize = 40;
/// One of so many of them takes something off by a service.
const NEGATIVE_ONE_IN: usize = 40;

pub(super) fn add(company: &mut Company, rng: &mut ChaCha8Rng) {
    let all = documents(company, |document| priced_lines(document).next().is_some());
    for key in some(&all, PADDED_ONE_IN, rng) {
        edit(company, key, pad);
    }
    let open = documents(company, |document| is_untouched(document) && is_read_as_entered(document));
    let is_gross = |document: &Document| {
        priced_lines(document).next().is_some_and(|line| matches!(line.price, UnitPrice::Gross(_)))
    };
    let gross = documents(company, |one| is_untouched(one) && is_read_as_entered(one) && is_gross(one));
    for key in some(&open, FINE_ONE_IN, rng).into_iter().chain(some(&gross, FINE_ONE_IN, rng)) {
        edit(company, key, fine_price);
    }
    for key in some(&open, FINE_ONE_IN, rng) {
        edit(company, key, fine_amount);
    }
    let services: Vec<MkId> = company.products.iter().filter(|one| one.service).map(|one| one.id).collect();
    for key in some(&open, NEGATIVE_ONE_IN, rng) {
        if let Some(service) = some(&services, services.len(), rng).first() {
            take_off(company, key, *service, rng);
        }
    }
}

/// Nobody paid it, credited it or made another document of it: its total may be another.
fn is_untouched(document: &Document) -> bool {
    document.payments.is_empty()
        && document.credited.is_zero()
        && document.credit_of.is_none()
        && document.links.is_empty()
        && document.sums.total > Decimal::ZERO
}

/// Whether every price is read back as it was entered. Where it is not, what its rounding may do to the total
/// grows with the amounts, and smaller ones would leave it no room.
fn is_read_as_entered(document: &Document) -> bool {
    document.price_reading == PriceReading::AsEntered
        || priced_lines(document).all(|line| matches!(line.price, UnitPrice::Net(_)))
}

fn priced_lines(document: &Document) -> impl Iterator<Item = &PricedLine> {
    document.lines.iter().filter_map(|line| match &line.content {
        LineContent::Priced(priced) => Some(priced),
        _ => None,
    })
}

/// Changes the first priced line, and the sums with it.
fn edit(company: &mut Company, (doc_type, id): (DocType, MkId), change: impl FnOnce(&mut PricedLine)) {
    let Some(document) = company.document_mut(doc_type, id) else { return };
    let first = document.lines.iter_mut().find_map(|line| match &mut line.content {
        LineContent::Priced(priced) => Some(priced),
        _ => None,
    });
    if let Some(priced) = first {
        change(priced);
        document.sum_up();
    }
}

/// The same numbers with all their places.
fn pad(line: &mut PricedLine) {
    line.amount.rescale(TEN_PLACES);
    line.price = match line.price {
        UnitPrice::Net(mut price) => {
            price.rescale(TEN_PLACES);
            UnitPrice::Net(price)
        }
        UnitPrice::Gross(mut price) => {
            price.rescale(TEN_PLACES);
            UnitPrice::Gross(price)
        }
    };
}

/// A net price that was made of one with tax, a gross one that was made of another currency.
fn fine_price(line: &mut PricedLine) {
    line.price = match line.price {
        UnitPrice::Net(price) => UnitPrice::Net(net_of_cents(price, TaxCode::EX4.factor())),
        UnitPrice::Gross(price) => UnitPrice::Gross(net_of_cents(price, TaxCode::EX3.factor())),
    };
}

/// A part of a package: a seventh, which seldom ends before the tenth place, and then that of one more does not.
fn fine_amount(line: &mut PricedLine) {
    let seventh = |amount: Decimal| {
        let part = amount / Decimal::from(7);
        part.round_dp_with_strategy(TEN_PLACES, RoundingStrategy::MidpointAwayFromZero)
    };
    let part = seventh(line.amount);
    let ends = part.normalize().scale() < TEN_PLACES;
    line.amount = if ends { seventh(line.amount + Decimal::ONE) } else { part };
}

/// A line with a negative amount of a service, at most a fifth of the document, so that the whole stays positive.
fn take_off(company: &mut Company, (doc_type, id): (DocType, MkId), service: MkId, rng: &mut ChaCha8Rng) {
    let row_id = company.next_row_id();
    let Some(price) = company.product(service).map(Product::net_price) else { return };
    let Some(document) = company.document_mut(doc_type, id) else { return };
    let Some(tax) = priced_lines(document).map(|line| line.tax).next() else { return };
    let most = document.sums.basic / Decimal::from(5);
    let amount = if rng.random_ratio(1, 3) { Decimal::new(5, 1) } else { Decimal::ONE };
    let price = cents(price.min(most / amount));
    let priced = PricedLine {
        article: Article::Product(service),
        amount: -amount,
        price: UnitPrice::Net(price),
        discounts: Vec::new(),
        tax,
        description: Some("Že plačano s predujmom".to_owned()),
        extra: None,
    };
    document.lines.push(Line { row_id, content: LineContent::Priced(priced) });
    document.sum_up();
}
