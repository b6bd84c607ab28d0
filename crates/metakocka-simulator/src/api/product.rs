//! Writes products (`metakocka-api.md` §2.2). Measures have a decimal comma.

use super::json_text::JsonText;
use crate::company::{PRICE_LISTS, Product, WAREHOUSES};
use rust_decimal::{Decimal, RoundingStrategy};

/// The fields that need no switch; the caller opens and closes.
pub(super) fn write_base(json: &mut JsonText, product: &Product) {
    json.field("count_code", &product.number);
    json.number("mk_id", product.id);
    json.field("code", &product.code);
    json.field("name", &product.name);
    json.optional("name_desc", product.description.as_deref());
    json.field("unit", &product.unit);
    json.optional("barcode", product.barcode.as_deref());
    json.bool("service", product.service);
    json.bool("sales", product.sales);
    json.bool("activated", product.active);
    json.bool("purchasing", product.purchasing);
    json.bool("eshop_sync", product.eshop_sync);
    if product.id.0.is_multiple_of(5) {
        // One translation comes as an object instead of a list (§1.5).
        json.key("localization");
        json.open();
        json.field("language", "Angleški");
        json.field("name", &product.code);
        json.close();
    }
    if let Some(weight) = product.weight {
        json.comma_decimal("weight", weight);
    }
}

/// One row per price tier; `price_def` is an object (§2.2).
pub(super) fn write_prices(json: &mut JsonText, product: &Product, with_tax_factor: bool) {
    json.key("pricelist");
    json.open_list();
    let price = |percent: u32| {
        let factor = Decimal::ONE - Decimal::from(percent) / Decimal::ONE_HUNDRED;
        (product.net_price * factor).round_dp_with_strategy(4, RoundingStrategy::MidpointAwayFromZero)
    };
    let tier = product.tier;
    let first = Tier { from: None, to: tier.map(|(from, _)| from), price: price(0) };
    write_tier(json, product, PRICE_LISTS[0], "price", &first, with_tax_factor);
    if let Some((from, percent)) = tier {
        let second = Tier { from: Some(from), to: None, price: price(percent) };
        write_tier(json, product, PRICE_LISTS[0], "price", &second, with_tax_factor);
    }
    if !product.service {
        let gross = Tier { from: None, to: None, price: product.gross_price };
        write_tier(json, product, PRICE_LISTS[1], "price_with_tax", &gross, with_tax_factor);
    }
    json.close_list();
}

struct Tier {
    from: Option<u32>,
    to: Option<u32>,
    price: Decimal,
}

fn write_tier(
    json: &mut JsonText,
    product: &Product,
    (code, title): (&str, &str),
    price_key: &str,
    tier: &Tier,
    with_tax_factor: bool,
) {
    json.open();
    json.field("count_code", code);
    json.key("price_def");
    json.open();
    if let Some(from) = tier.from {
        json.number("amount_from", from);
    }
    if let Some(to) = tier.to {
        json.number("amount_to", to);
    }
    json.field("tax", product.tax.code());
    json.field("tax_desc", product.tax.percent_text());
    // Prices of price lists may have a decimal comma (§1.5).
    if product.id.0.is_multiple_of(3) {
        json.comma_decimal(price_key, tier.price);
    } else {
        json.decimal(price_key, tier.price);
    }
    if with_tax_factor {
        json.decimal("tax_factor", product.tax.factor());
    }
    json.close();
    json.field("title", title);
    // `sales_purchase` may be missing (§2.2).
    if !product.id.0.is_multiple_of(11) {
        json.field("sales_purchase", "sales");
    }
    json.field("currency_code", "EUR");
    json.close();
}

/// `"0"` for products that were never in stock (§2.2).
pub(super) fn write_stock(json: &mut JsonText, product: &Product) {
    json.comma_decimal("amount", product.stock);
    if product.stock.is_zero() {
        return;
    }
    json.key("amount_detail");
    json.open_list();
    json.open();
    json.field("warehouse_mark", WAREHOUSES[0].mark);
    json.field("warehouse_name", WAREHOUSES[0].name);
    json.comma_decimal("amount", product.stock);
    json.close();
    json.close_list();
}

pub(super) fn write_category(json: &mut JsonText, product: &Product) {
    json.key("category_tree_list");
    json.open_list();
    json.open();
    json.number("tree_node_id", 1_300_000 + product.category.len());
    json.field("tree_node_label", product.category);
    json.close();
    json.close_list();
}
