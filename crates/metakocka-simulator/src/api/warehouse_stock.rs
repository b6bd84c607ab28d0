//! `json/warehouse_stock` (`metakocka-api.md` §7): a row for each product and lot, amounts with a decimal
//! comma, perhaps several rows of one product. No total: a page that is not full is the last.

use super::json_text::JsonText;
use super::params::Params;
use super::writing::texts;
use super::{Call, MkError};
use crate::company::{Company, Product, Warehouse, cents};
use rust_decimal::Decimal;

/// Most, and default, rows of a page.
const MAX_LIMIT: usize = 1_000;

/// Request attributes that come back in the answer.
const ECHOED: [&str; 4] = ["wh_id_list", "product_code_list", "product_mk_id_list", "eshop_sync"];

/// One row of the stock.
struct Row<'a> {
    product: &'a Product,
    lot: Option<&'static str>,
    amount: Decimal,
    /// Only where orders hold something back, as one sample has it.
    reserved: Option<Decimal>,
}

pub(super) fn answer(company: &Company, params: &Params, call: Call<'_>) -> Result<String, MkError> {
    let limit = params.count("limit", MAX_LIMIT, MAX_LIMIT)?.max(1);
    let offset = params.count("offset", 0, usize::MAX)?;
    let rows = rows(company, params)?;
    let page: Vec<&Row<'_>> = rows.iter().skip(offset).take(limit).collect();
    let mut json = JsonText::new(call.quirks);
    json.open();
    json.field("opr_code", "0");
    json.number("opr_time_ms", call.time_ms);
    for key in ECHOED {
        json.optional(key, params.text(key).as_deref());
    }
    json.number("offset", offset);
    json.number("limit", limit);
    json.number("stock_list_count", page.len());
    if let Some(main) = company.registers.main_warehouse().filter(|_| !page.is_empty()) {
        json.key("stock_list");
        json.open_list();
        for row in page {
            write(&mut json, main, row);
        }
        json.close_list();
    }
    if params.flag("return_expect_order_delivery_date") {
        json.key("order_in_delivery");
        json.open_list();
        json.close_list();
    }
    json.close();
    Ok(json.into_text())
}

fn rows<'a>(company: &'a Company, params: &Params) -> Result<Vec<Row<'a>>, MkError> {
    let warehouses = texts(params, "wh_id_list")?;
    let (codes, ids) = (texts(params, "product_code_list")?, texts(params, "product_mk_id_list")?);
    let main = company.registers.main_warehouse();
    if !warehouses.is_empty() && !main.is_some_and(|main| warehouses.contains(&main.mk_id.to_string())) {
        return Ok(Vec::new());
    }
    let eshop = params.selector("eshop_sync");
    let without_amount =
        params.flag("return_reservation_without_amount") || params.flag("return_reservation_without_stock");
    let held = company.reservations();
    let mut rows = Vec::new();
    for product in company.products.iter().filter(|product| !product.service) {
        let listed = (codes.is_empty() || codes.contains(&product.code))
            && (ids.is_empty() || ids.contains(&product.id.to_string()))
            && eshop.is_none_or(|eshop| eshop == product.eshop_sync);
        let reserved = held.get(&product.id).copied();
        if listed && (!product.stock.is_zero() || (without_amount && reserved.is_some())) {
            rows.extend(rows_of(product, reserved));
        }
    }
    Ok(rows)
}

/// Some products lie in two lots; the reservation stands on the first row.
fn rows_of(product: &Product, reserved: Option<Decimal>) -> Vec<Row<'_>> {
    if !product.id.0.is_multiple_of(4) || product.stock < Decimal::TWO {
        return vec![Row { product, lot: None, amount: product.stock, reserved }];
    }
    let first = cents(product.stock / Decimal::TWO).trunc();
    vec![
        Row { product, lot: Some("A"), amount: first, reserved },
        Row { product, lot: Some("B"), amount: product.stock - first, reserved: None },
    ]
}

fn write(json: &mut JsonText, warehouse: &Warehouse, row: &Row<'_>) {
    json.open();
    json.number("warehouse_id", warehouse.mk_id);
    json.number("mk_id", row.product.id);
    json.field("count_code", &row.product.number);
    json.field("code", &row.product.code);
    json.field("title", &row.product.name);
    json.comma_decimal("amount", row.amount);
    if let Some(reserved) = row.reserved {
        json.comma_decimal("reserved_amount", reserved);
        json.comma_decimal("free_amount", row.amount - reserved);
    }
    json.field("unit", &row.product.unit);
    json.optional("lot_number", row.lot);
    json.close();
}
