//! Seeds the catalogue: goods in variants, and services.

use super::arithmetic::cents;
use super::model::{ListPrice, Measure, Product, UnitPrice};
use super::names::{GOODS, SERVICES, VARIANTS};
use super::seed::Seed;
use super::store::Company;
use super::tax::TaxCode;
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use rust_decimal::{Decimal, RoundingStrategy};

/// More products than this, unless they are asked for, would repeat every variant of every article.
const MAX_GOODS: usize = 300;

pub(super) fn seed_products(company: &mut Company, seed: Seed, rng: &mut ChaCha8Rng) {
    for (code, name, unit, price) in SERVICES {
        let tax = if code == "IZOBRAZ" { TaxCode::LEGACY_000 } else { TaxCode::EX4 };
        let mut product = product(company, tax, Decimal::new(i64::from(price), 2));
        code.clone_into(&mut product.code);
        name.clone_into(&mut product.name);
        unit.clone_into(&mut product.unit);
        product.categories = vec![vec!["Storitve".to_owned()]];
        product.service = true;
        product.purchasing = false;
        // Services have no price with tax.
        product.prices.retain(|row| matches!(row.price, UnitPrice::Net(_)));
        company.products.push(product);
    }
    let fitting = (40 + seed.documents / 16).min(MAX_GOODS);
    let goods = seed.products.map_or(fitting, |all| all.saturating_sub(SERVICES.len()).max(1));
    for at in 0..goods {
        let goods = good(company, at, rng);
        company.products.push(goods);
    }
}

fn good(company: &mut Company, at: usize, rng: &mut ChaCha8Rng) -> Product {
    let (name, stem, unit, category, low, high) = GOODS[at % GOODS.len()];
    let round = at / GOODS.len();
    let variant = VARIANTS[(at + round) % VARIANTS.len()];
    // A third of the cheap articles is priced to the hundredth of a cent, as bolts are.
    let price = rng.random_range(i64::from(low) * 100..=i64::from(high) * 100);
    let fine = high < 1000 && rng.random_ratio(1, 3);
    let price = if fine { Decimal::new(price, 4) } else { cents(Decimal::new(price, 4)) };
    let tax = match category {
        "Živila" => TaxCode::EX3,
        "Pisarna" if rng.random_ratio(1, 4) => TaxCode::LEGACY_220,
        _ => TaxCode::EX4,
    };
    let mut product = product(company, tax, price.max(Decimal::new(1, 2)));
    product.code = format!("{stem}-{:03}", at + 1);
    product.name = format!("{name} {variant}");
    unit.clone_into(&mut product.unit);
    product.categories = vec![vec![category.to_owned()]];
    product.active = !rng.random_ratio(1, 25);
    product.eshop_sync = rng.random_ratio(1, 3);
    product.barcode =
        rng.random_ratio(1, 2).then(|| format!("383{:010}", rng.random_range(0..9_999_999_999_u64)));
    product.description = rng.random_ratio(1, 5).then(|| format!("<p>{name}, izvedba <b>{variant}</b>.</p>"));
    if rng.random_ratio(2, 3) {
        product.measures.insert(Measure::Weight, Decimal::new(rng.random_range(1..25_000), 3));
    }
    if let Some(tier) = [Some((100, 10)), Some((50, 5)), None, None].choose(rng).copied().flatten() {
        add_tier(&mut product, tier);
    }
    product.stock = if unit == "kg" || unit == "m2" {
        Decimal::new(rng.random_range(0..90_000), 2)
    } else {
        Decimal::from(rng.random_range(0..900))
    };
    product
}

fn product(company: &mut Company, tax: TaxCode, net_price: Decimal) -> Product {
    let id = company.next_product_id();
    let gross = cents(net_price * (Decimal::ONE + tax.factor())).max(Decimal::new(1, 2));
    let mut product =
        Product::blank(id, company.next_product_number(), String::new(), String::new(), String::new());
    product.purchasing = true;
    product.prices = vec![
        ListPrice::new("VPC", UnitPrice::Net(net_price), tax),
        ListPrice::new("MPC", UnitPrice::Gross(gross), tax),
    ];
    product
}

/// Ends the first price at an amount and adds a second one, cheaper by some percent, from there on.
fn add_tier(product: &mut Product, (from, percent): (u32, u32)) {
    let Some(first) = product.prices.first_mut() else { return };
    let from = Decimal::from(from);
    let factor = Decimal::ONE - Decimal::from(percent) / Decimal::ONE_HUNDRED;
    let price =
        (first.price.value() * factor).round_dp_with_strategy(4, RoundingStrategy::MidpointAwayFromZero);
    first.to = Some(from);
    let second = ListPrice { price: UnitPrice::Net(price), from: Some(from), to: None, ..first.clone() };
    product.prices.insert(1, second);
}
