//! `json/product_list` (`metakocka-api.md` §2.1): the count is that of the page, one product comes
//! as an object instead of a list, and `mk_id` does not select.

use super::json_text::JsonText;
use super::{Call, MkError, Params, product};
use crate::company::{Company, MkId, Product};
use crate::quirks::Quirk;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// Most, and default, rows of a page.
const MAX_LIMIT: usize = 1_000;

/// Request attributes that come back in the answer.
const ECHOED: [&str; 10] = [
    "count_code",
    "code",
    "category",
    "sales",
    "purchase",
    "service",
    "active",
    "eshop_sync",
    "return_warehause_stock",
    "return_category",
];

/// What selects products.
struct Selection {
    count_code: Option<String>,
    code: Option<String>,
    title: Option<String>,
    category: Option<String>,
    like: bool,
    sales: Option<bool>,
    purchase: Option<bool>,
    service: Option<bool>,
    active: Option<bool>,
    eshop_sync: Option<bool>,
}

impl Selection {
    fn parse(params: &Params) -> Self {
        let text = |key: &str| params.text(key).map(std::borrow::Cow::into_owned);
        let like = params.flag("search_with_like");
        Self {
            count_code: text("count_code"),
            code: text("code"),
            // By title only with LIKE.
            title: if like { text("title") } else { None },
            category: text("category"),
            like,
            sales: params.selector("sales"),
            purchase: params.selector("purchase"),
            service: params.selector("service"),
            active: params.selector("active"),
            eshop_sync: params.selector("eshop_sync"),
        }
    }

    fn matches(&self, product: &Product) -> bool {
        let text = |wanted: &Option<String>, value: &str| {
            wanted
                .as_deref()
                .is_none_or(|wanted| if self.like { like_prefix(value, wanted) } else { value == wanted })
        };
        let switch = |wanted: Option<bool>, value: bool| wanted.is_none_or(|wanted| wanted == value);
        text(&self.count_code, &product.number)
            && text(&self.code, &product.code)
            && text(&self.title, &product.name)
            && self
                .category
                .as_deref()
                .is_none_or(|category| product.categories.iter().flatten().any(|label| label == category))
            && switch(self.sales, product.sales)
            && switch(self.purchase, product.purchasing)
            && switch(self.service, product.service)
            && switch(self.active, product.active)
            && switch(self.eshop_sync, product.eshop_sync)
    }
}

/// The sample of the documentation matches from the start, in any case.
fn like_prefix(value: &str, wanted: &str) -> bool {
    value.to_lowercase().starts_with(&wanted.to_lowercase())
}

pub(super) fn answer(company: &Company, params: &Params, call: Call<'_>) -> Result<String, MkError> {
    let limit = params.count("limit", MAX_LIMIT, MAX_LIMIT)?.max(1);
    let offset = params.count("offset", 0, usize::MAX)?;
    let selection = Selection::parse(params);
    let mut matching: Vec<&Product> = company.products.iter().filter(|p| selection.matches(p)).collect();
    // By visible number; the order is undocumented.
    matching.sort_by_key(|product| (product.number.len(), &product.number));
    let total = matching.len();
    let rows: Vec<&Product> = matching.into_iter().skip(offset).take(limit).collect();
    let wants_reserved = params.flag("return_free_amount") || params.flag("return_warehouse_reservation");
    let reserved = if wants_reserved { company.reservations() } else { BTreeMap::new() };
    let mut json = JsonText::new(call.quirks);
    json.open();
    json.field("opr_code", "0");
    json.number("opr_time_ms", call.time_ms);
    json.number("opr_time_no_lock_ms", call.time_ms);
    for key in ECHOED {
        json.optional(key, params.text(key).as_deref());
    }
    json.number("limit", limit);
    json.number("offset", offset);
    json.number("product_list_count", if json.hold(Quirk::CountsDiffer) { rows.len() } else { total });
    if !rows.is_empty() {
        json.key("product_list");
        json.open_loose_list(rows.len());
        for row in &rows {
            write(&mut json, (company, row), params, &reserved);
        }
        json.close_loose_list(rows.len());
    }
    json.close();
    Ok(json.into_text())
}

fn write(
    json: &mut JsonText,
    (company, row): (&Company, &Product),
    params: &Params,
    reserved: &BTreeMap<MkId, Decimal>,
) {
    json.open();
    product::write_base(json, company, row);
    if params.flag("return_category") {
        product::write_category(json, row);
    }
    if params.flag("return_pricelist") {
        product::write_prices(json, company, row, params.flag("show_tax_factor"));
    }
    if params.flag("return_product_partner_info") {
        product::write_partner_codes(json, company, row);
    }
    if params.flag("return_product_compound") {
        product::write_compounds(json, company, row);
    }
    let corrected = !json.hold(Quirk::Misspellings) && params.flag("return_warehouse_stock");
    if params.flag("return_warehause_stock") || corrected {
        product::write_stock(json, company, row);
    }
    if let Some(price) = row.purchase_price().filter(|_| params.flag("return_last_purchase_price")) {
        json.decimal("last_purchase_price", price);
    }
    let held = reserved.get(&row.id).copied().unwrap_or_default();
    if params.flag("return_free_amount") {
        json.comma_decimal("free_amount", row.stock - held);
    }
    if params.flag("return_warehouse_reservation") && !held.is_zero() {
        product::write_in_warehouse(json, company, "reservation_detail", held);
    }
    json.close();
}
