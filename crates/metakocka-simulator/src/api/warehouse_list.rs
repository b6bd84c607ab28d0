//! `json/warehouse_list` (`metakocka-api.md` §7).

use super::json_text::JsonText;
use super::{Call, MkError, Params};
use crate::company::Company;

/// Most, and default, rows of a page.
const MAX_LIMIT: usize = 1_000;

pub(super) fn answer(company: &Company, params: &Params, call: Call<'_>) -> Result<String, MkError> {
    let limit = params.count("limit", MAX_LIMIT, MAX_LIMIT)?.max(1);
    let offset = params.count("offset", 0, usize::MAX)?;
    let rows: Vec<_> = company.registers.warehouses.iter().skip(offset).take(limit).collect();
    let mut json = JsonText::new(call.quirks);
    json.open();
    json.field("opr_code", "0");
    json.number("opr_time_ms", call.time_ms);
    json.number("offset", offset);
    json.number("limit", limit);
    json.number("warehouse_list_count", rows.len());
    if !rows.is_empty() {
        json.key("warehouse_list");
        json.open_list();
        for warehouse in rows {
            json.open();
            json.number("mk_id", warehouse.mk_id);
            json.field("mark", &warehouse.mark);
            json.field("name", &warehouse.name);
            json.bool("active", true);
            json.bool("main_warehouse", warehouse.main);
            json.field("warehouse_type", "material");
            json.bool("include_in_stock_info", true);
            json.bool("same_address_as_company", true);
            json.close();
        }
        json.close_list();
    }
    json.close();
    Ok(json.into_text())
}
