//! Price lists of one buyer, price rows without tax or with ten places, products made of others.

use super::{TEN_PLACES, some};
use crate::company::arithmetic::cents;
use crate::company::model::{ListPrice, MkId, Part, Product, UnitPrice};
use crate::company::registers::PriceList;
use crate::company::seed::Seed;
use crate::company::store::Company;
use jiff::ToSpan;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rust_decimal::{Decimal, RoundingStrategy};

/// One of so many Slovenian companies has a price list of its own, at most [`MOST_LISTS`].
const BUYER_ONE_IN: usize = 20;
const MOST_LISTS: usize = 6;
/// One of so many goods stands on such a list.
const LISTED_ONE_IN: usize = 6;
/// One of so many goods has a price without tax on the list for everybody.
const UNTAXED_ONE_IN: usize = 25;
/// One of so many goods has a price of ten places.
const FINE_ONE_IN: usize = 25;
/// One of so many goods is made of others.
const COMPOUND_ONE_IN: usize = 40;

pub(super) fn add(company: &mut Company, seed: Seed, rng: &mut ChaCha8Rng) {
    let goods: Vec<MkId> = company.products.iter().filter(|one| !one.service).map(|one| one.id).collect();
    add_price_lists(company, seed, rng);
    let lists = company.registers.price_lists.iter().filter(|list| list.buyer.is_some());
    let lists: Vec<String> = lists.map(|list| list.code.clone()).collect();
    for ((at, id), list) in some(&goods, LISTED_ONE_IN, rng).into_iter().enumerate().zip(lists.iter().cycle())
    {
        edit(company, id, |product| list_it(product, list, at % 2 == 0));
    }
    for id in some(&goods, UNTAXED_ONE_IN, rng) {
        edit(company, id, |product| product.prices.iter_mut().take(1).for_each(|row| row.tax = None));
    }
    for id in some(&goods, FINE_ONE_IN, rng) {
        edit(company, id, make_fine);
    }
    for id in some(&goods, COMPOUND_ONE_IN, rng) {
        let parts = parts(company, id, &goods, rng);
        edit(company, id, |product| {
            product.compound = true;
            product.extra_mut().parts = parts;
        });
    }
}

fn edit(company: &mut Company, id: MkId, change: impl FnOnce(&mut Product)) {
    if let Some(product) = company.product_mut(id) {
        change(product);
    }
}

/// Lists behind those for everybody, each for one company and from a year ago on; some have ended.
fn add_price_lists(company: &mut Company, seed: Seed, rng: &mut ChaCha8Rng) {
    let local = company.partners.iter().filter(|partner| partner.business && !partner.foreign);
    let names: Vec<&str> = local.map(|partner| partner.name.as_str()).collect();
    let mut buyers = some(&names, BUYER_ONE_IN, rng);
    buyers.truncate(MOST_LISTS);
    let lists = buyers.into_iter().enumerate().map(|(at, buyer)| {
        let ended = at % 3 == 2;
        PriceList {
            buyer: Some(buyer.to_owned()),
            valid_from: Some(seed.today.saturating_sub(365.days())),
            valid_to: ended.then(|| seed.today.saturating_sub(30.days())),
            ..PriceList::new(&format!("PC_{}", 201 + at), &format!("Cenik {}", at + 1), false)
        }
    });
    let lists: Vec<PriceList> = lists.collect();
    company.registers.price_lists.extend(lists);
}

/// A net price 8 % below the ordinary one, behind all other rows.
fn list_it(product: &mut Product, list: &str, with_tax: bool) {
    let price = fine(product.net_price() * Decimal::new(92, 2), 4);
    let mut row = ListPrice::new(list, UnitPrice::Net(price), product.tax());
    row.tax = row.tax.filter(|_| with_tax);
    product.prices.push(row);
}

/// A net price that came about by taking the tax off one in whole cents.
fn make_fine(product: &mut Product) {
    let tax = product.tax();
    if let Some(row) = product.prices.iter_mut().find(|row| matches!(row.price, UnitPrice::Net(_))) {
        row.price = UnitPrice::Net(net_of_cents(row.price.value(), tax.factor()));
    }
}

/// The price without tax of about this one with tax in cents: 13.9344262295 for 17 at 22 %.
pub(super) fn net_of_cents(net: Decimal, tax: Decimal) -> Decimal {
    let with_tax = Decimal::ONE + tax;
    let cents = cents(net * with_tax).max(Decimal::new(1, 2));
    // Few quotients end before the tenth place; the next cents' does not.
    let price = fine(cents / with_tax, TEN_PLACES);
    let other = fine((cents + Decimal::new(1, 2)) / with_tax, TEN_PLACES);
    if price.normalize().scale() == TEN_PLACES { price } else { other }
}

fn fine(value: Decimal, places: u32) -> Decimal {
    value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

/// Two other goods.
fn parts(company: &mut Company, whole: MkId, goods: &[MkId], rng: &mut ChaCha8Rng) -> Vec<Part> {
    let others: Vec<MkId> = goods.iter().copied().filter(|id| *id != whole).collect();
    let made_of = some(&others, others.len().div_ceil(2).max(1), rng);
    made_of
        .into_iter()
        .map(|product| {
            let amount = Decimal::from(rng.random_range(1..5));
            Part { id: company.next_row_id(), product, amount }
        })
        .collect()
}
