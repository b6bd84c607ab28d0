//! Writes products (`metakocka-api.md` §2.2). Measures have a decimal comma.

use super::document::{write_date, write_part};
use super::json_text::JsonText;
use crate::company::{Company, ListPrice, Localization, Product, ProductExtra, UnitPrice};
use crate::quirks::Quirk;
use rust_decimal::Decimal;

/// A row of `search`: what its sample shows (§10).
pub(super) fn write_found(json: &mut JsonText, product: &Product) {
    write_names(json, product);
    json.bool("service", product.service);
    json.bool("sales", product.sales);
    json.bool("purchasing", product.purchasing);
    write_measures(json, product);
}

/// The fields that need no switch; the caller opens and closes.
pub(super) fn write_base(json: &mut JsonText, company: &Company, product: &Product) {
    write_names(json, product);
    json.bool("service", product.service);
    json.bool("sales", product.sales);
    json.bool("activated", product.active);
    json.bool("purchasing", product.purchasing);
    json.bool("eshop_sync", product.eshop_sync);
    if product.compound || product.norm {
        json.bool("compound", product.compound);
        json.bool("norm", product.norm);
    }
    write_localizations(json, product);
    write_measures(json, product);
    if let Some(extra) = &product.extra {
        write_extra(json, company, extra);
    }
}

fn write_names(json: &mut JsonText, product: &Product) {
    json.field("count_code", &product.number);
    json.number("mk_id", product.id);
    json.field("code", &product.code);
    json.field("name", &product.name);
    json.optional("name_desc", product.description.as_deref());
    json.field("unit", &product.unit);
    json.optional("barcode", product.barcode.as_deref());
}

fn write_measures(json: &mut JsonText, product: &Product) {
    for (measure, value) in &product.measures {
        json.comma_decimal(measure.name(), *value);
    }
}

/// One translation comes as an object instead of a list (§1.5).
fn write_localizations(json: &mut JsonText, product: &Product) {
    let rows = product.extra.as_deref().map_or(&[][..], |extra| &extra.localizations);
    let seeded =
        Localization { language: "Angleški".to_owned(), name: product.code.clone(), description: None };
    let rows = if rows.is_empty() && product.id.0.is_multiple_of(5) { &[seeded][..] } else { rows };
    if rows.is_empty() {
        return;
    }
    json.key("localization");
    json.open_loose_list(rows.len());
    for row in rows {
        json.open();
        json.field("language", &row.language);
        json.field("name", &row.name);
        json.optional("name_desc", row.description.as_deref());
        json.close();
    }
    json.close_loose_list(rows.len());
}

fn write_extra(json: &mut JsonText, company: &Company, extra: &ProductExtra) {
    json.optional("customs_fee", extra.customs_fee.as_deref());
    json.optional("country", extra.country.map(crate::company::Country::iso));
    if !extra.columns.is_empty() {
        json.key("extra_column");
        json.open_list();
        for (name, value) in &extra.columns {
            json.open();
            json.field("name", name);
            json.field("value", value);
            json.close();
        }
        json.close_list();
    }
    if let Some(supplier) = extra.supplier {
        json.key("supplier_info");
        json.open();
        json.number("partner_id", supplier);
        json.optional("partner_name", company.partner(supplier).map(|partner| partner.name.as_str()));
        json.close();
    }
}

/// The codes of the product at partners: `return_product_partner_info`.
pub(super) fn write_partner_codes(json: &mut JsonText, company: &Company, product: &Product) {
    let rows = product.extra.as_deref().map_or(&[][..], |extra| &extra.partner_codes);
    if rows.is_empty() {
        return;
    }
    json.key("product_partner_info");
    json.open_list();
    for row in rows {
        json.open();
        json.number("mk_id", row.id);
        json.number("product_id", product.id);
        json.field("product_code", &row.code);
        json.optional("product_name", row.name.as_deref());
        json.number("partner_id", row.partner);
        json.optional("partner_name", company.partner(row.partner).map(|partner| partner.name.as_str()));
        json.close();
    }
    json.close_list();
}

/// The parts of the product: `return_product_compound`.
pub(super) fn write_compounds(json: &mut JsonText, company: &Company, product: &Product) {
    let parts = product.extra.as_deref().map_or(&[][..], |extra| &extra.parts);
    if parts.is_empty() {
        return;
    }
    json.field("compound_type", if product.norm { "norm" } else { "compound" });
    json.key("compounds");
    json.open_list();
    for part in parts {
        write_part(json, company, part);
    }
    json.close_list();
}

/// One row per price tier; `price_def` is an object (§2.2).
pub(super) fn write_prices(json: &mut JsonText, company: &Company, product: &Product, with_tax_factor: bool) {
    if product.prices.is_empty() {
        return;
    }
    json.key("pricelist");
    json.open_list();
    for row in &product.prices {
        write_tier(json, company, product, row, with_tax_factor);
    }
    json.close_list();
}

fn write_tier(
    json: &mut JsonText,
    company: &Company,
    product: &Product,
    row: &ListPrice,
    with_tax_factor: bool,
) {
    json.open();
    json.field("count_code", &row.list);
    json.key("price_def");
    json.open();
    let mut bound = |key: &str, value: Option<Decimal>| {
        if let Some(value) = value {
            json.decimal(key, value);
        }
    };
    bound("amount_from", row.from);
    bound("amount_to", row.to);
    bound("discount", row.discount);
    if let Some(tax) = row.tax {
        json.field("tax", tax.code());
        json.field("tax_desc", &tax.percent_text());
    }
    let key = if matches!(row.price, UnitPrice::Gross(_)) { "price_with_tax" } else { "price" };
    // Prices of price lists may have a decimal comma (§1.5).
    if product.id.0 % 3 == 1 {
        json.comma_decimal(key, row.price.value());
    } else {
        json.decimal(key, row.price.value());
    }
    if let Some(lowest) = row.lowest_30_days {
        json.decimal("lowest_price_30_days", lowest);
    }
    if let Some(tax) = row.tax.filter(|_| with_tax_factor) {
        json.decimal("tax_factor", tax.factor());
    }
    json.close();
    if let Some(list) = company.registers.price_list(&row.list) {
        json.field("title", &list.title);
        json.optional("buyer", list.buyer.as_deref());
        write_date(json, "valid_from", list.valid_from);
        write_date(json, "valid_to", list.valid_to);
    }
    // `sales_purchase` may be missing (§2.2).
    if !product.id.0.is_multiple_of(11) || !json.hold(Quirk::LooseShapes) {
        json.field("sales_purchase", "sales");
    }
    json.field("currency_code", "EUR");
    json.close();
}

/// `"0"` for products that were never in stock (§2.2).
pub(super) fn write_stock(json: &mut JsonText, company: &Company, product: &Product) {
    json.comma_decimal("amount", product.stock);
    if !product.stock.is_zero() {
        write_in_warehouse(json, company, "amount_detail", product.stock);
    }
}

/// A list with one amount, in the main warehouse.
pub(super) fn write_in_warehouse(json: &mut JsonText, company: &Company, key: &str, amount: Decimal) {
    let Some(main) = company.registers.main_warehouse() else { return };
    json.key(key);
    json.open_list();
    json.open();
    json.field("warehouse_mark", &main.mark);
    json.field("warehouse_name", &main.name);
    json.comma_decimal("amount", amount);
    json.close();
    json.close_list();
}

pub(super) fn write_category(json: &mut JsonText, product: &Product) {
    if product.categories.is_empty() {
        return;
    }
    json.key("category_tree_list");
    json.open_list();
    for path in &product.categories {
        write_node(json, path);
    }
    json.close_list();
}

fn write_node(json: &mut JsonText, path: &[String]) {
    let Some((label, below)) = path.split_first() else { return };
    json.open();
    json.number("tree_node_id", 1_300_000 + label.len());
    json.field("tree_node_label", label);
    if !below.is_empty() {
        json.key("tree_node_list");
        json.open_list();
        write_node(json, below);
        json.close_list();
    }
    json.close();
}
