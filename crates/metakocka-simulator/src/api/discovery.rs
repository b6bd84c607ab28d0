//! `search_query_advance_discovery` (`metakocka-api.md` §5): a bare map of document type to the
//! filters it takes, without `opr_code`.

use super::json_text::JsonText;
use super::search_filter::supported;
use super::{Call, MkError, Params};
use crate::company::DocType;

pub(super) fn answer(params: &Params, call: Call<'_>) -> Result<String, MkError> {
    let wanted = params.text("doc_type");
    if let Some(name) =
        wanted.as_deref().filter(|name| *name != "purchase_product" && DocType::of_name(name).is_none())
    {
        return Err(MkError::parameter(format!("Unknown document type : {name}")));
    }
    let is_wanted = |name: &str| wanted.as_deref().is_none_or(|wanted| wanted == name);
    let mut json = JsonText::new(call.quirks);
    json.open();
    for doc_type in DocType::ALL.into_iter().filter(|doc_type| is_wanted(doc_type.name())) {
        write(&mut json, doc_type.name(), &supported(doc_type, call));
    }
    if is_wanted("purchase_product") {
        write(&mut json, "purchase_product", &["eshop_sync"]);
    }
    json.close();
    Ok(json.into_text())
}

fn write(json: &mut JsonText, name: &str, filters: &[&str]) {
    json.key(name);
    json.open_list();
    for filter in filters {
        json.open();
        json.field("type", filter);
        json.field("label", &filter.replace('_', " "));
        json.field("value_desc", value_of(filter));
        json.close();
    }
    json.close_list();
}

fn value_of(filter: &str) -> &'static str {
    match filter {
        "doc_date_from" | "doc_date_to" => "date",
        "payment_status" | "eshop_sync" => "boolean",
        other if other.ends_with("_list") => "comma separated list",
        other if other.contains("_change_") || other.contains("_event_") => "timestamp",
        _ => "string",
    }
}
