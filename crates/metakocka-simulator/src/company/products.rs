//! Seeds the catalogue: goods in variants, and services.

use super::arithmetic::cents;
use super::model::Product;
use super::names::{GOODS, SERVICES, VARIANTS};
use super::registers::TaxCode;
use super::seed::Seed;
use super::store::Company;
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use rust_decimal::Decimal;

/// More products than this, unless they are asked for, would repeat every variant of every article.
const MAX_GOODS: usize = 300;

pub(super) fn seed_products(company: &mut Company, seed: Seed, rng: &mut ChaCha8Rng) {
    for (code, name, unit, price) in SERVICES {
        let tax = if code == "IZOBRAZ" { TaxCode::Legacy000 } else { TaxCode::Ex4 };
        let mut product = product(company, tax, Decimal::new(i64::from(price), 2));
        code.clone_into(&mut product.code);
        name.clone_into(&mut product.name);
        unit.clone_into(&mut product.unit);
        product.category = "Storitve";
        product.service = true;
        product.purchasing = false;
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
        "Živila" => TaxCode::Ex3,
        "Pisarna" if rng.random_ratio(1, 4) => TaxCode::Legacy220,
        _ => TaxCode::Ex4,
    };
    let mut product = product(company, tax, price.max(Decimal::new(1, 2)));
    product.code = format!("{stem}-{:03}", at + 1);
    product.name = format!("{name} {variant}");
    unit.clone_into(&mut product.unit);
    product.category = category;
    product.active = !rng.random_ratio(1, 25);
    product.eshop_sync = rng.random_ratio(1, 3);
    product.barcode =
        rng.random_ratio(1, 2).then(|| format!("383{:010}", rng.random_range(0..9_999_999_999_u64)));
    product.description = rng.random_ratio(1, 5).then(|| format!("<p>{name}, izvedba <b>{variant}</b>.</p>"));
    product.weight = rng.random_ratio(2, 3).then(|| Decimal::new(rng.random_range(1..25_000), 3));
    product.tier = [Some((100, 10)), Some((50, 5)), None, None].choose(rng).copied().flatten();
    product.stock = if unit == "kg" || unit == "m2" {
        Decimal::new(rng.random_range(0..90_000), 2)
    } else {
        Decimal::from(rng.random_range(0..900))
    };
    product
}

fn product(company: &mut Company, tax: TaxCode, net_price: Decimal) -> Product {
    let id = company.next_product_id();
    Product {
        id,
        number: (4450 + id.0 - 1_500_500).to_string(),
        code: String::new(),
        name: String::new(),
        unit: String::new(),
        description: None,
        barcode: None,
        category: "",
        service: false,
        sales: true,
        purchasing: true,
        active: true,
        eshop_sync: false,
        tax,
        net_price,
        gross_price: cents(net_price * (Decimal::ONE + tax.factor())).max(Decimal::new(1, 2)),
        tier: None,
        weight: None,
        stock: Decimal::ZERO,
    }
}
