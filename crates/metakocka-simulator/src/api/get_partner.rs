//! `get_partner` (`metakocka-api.md` §3.1). No match is an error; a success has no `opr_code`.

use super::json_text::JsonText;
use super::partner::write_in_list;
use super::search_filter::has_phone;
use super::{Call, MkError, Params};
use crate::company::{Company, Partner};
use crate::quirks::Quirk;

/// Most partners in one answer (§3.1, undocumented).
const MAX_LIMIT: usize = 1_000;

const FILTERS: [&str; 5] =
    ["partner_id", "partner_name", "partner_tax_number", "partner_email", "partner_phone_number"];

pub(super) fn answer(company: &Company, params: &Params, call: Call<'_>) -> Result<String, MkError> {
    let limit = params.count("limit", MAX_LIMIT, MAX_LIMIT)?;
    let offset = params.count("offset", 0, usize::MAX)?;
    let mut given = FILTERS.into_iter().filter_map(|key| Some((key, params.text(key)?)));
    let filter = given.next();
    if let Some((second, _)) = given.next() {
        // One at a time: what two do together nobody has seen.
        return Err(super::params::wrong_form(second));
    }
    if filter.is_none() && !call.settings.list_all_partners {
        return Err(nobody());
    }
    let matching =
        |partner: &&Partner| filter.as_ref().is_none_or(|(key, value)| matches(partner, key, value));
    let rows: Vec<&Partner> = company.partners.iter().filter(matching).skip(offset).take(limit).collect();
    if rows.is_empty() && call.quirks.hold(Quirk::NothingIsAnError) {
        return Err(nobody());
    }
    let mut json = JsonText::new(call.quirks);
    json.open();
    if !json.hold(Quirk::CodeDecides) {
        json.field("opr_code", "0");
    }
    json.number("partner_list_count", rows.len());
    json.key("partner_list");
    json.open_list();
    for partner in rows {
        write_in_list(&mut json, partner, params.flag("show_partner_discount"));
    }
    json.close_list();
    json.close();
    Ok(json.into_text())
}

fn nobody() -> MkError {
    MkError::parameter("No partner with such properties.")
}

fn matches(partner: &Partner, key: &str, value: &str) -> bool {
    match key {
        "partner_id" => partner.id.to_string() == value,
        "partner_name" => partner.name.to_lowercase().contains(&value.to_lowercase()),
        // As stored: with the prefix or without (§3.1).
        "partner_tax_number" => partner.tax_number.as_deref() == Some(value),
        "partner_email" => has_similar_email(partner, value),
        _ => has_phone(partner, value),
    }
}

/// Fuzzy: the part before the @ is enough, so a client must check the contacts (§3.1).
fn has_similar_email(partner: &Partner, value: &str) -> bool {
    let wanted = value.to_lowercase();
    let local = wanted.split('@').next().unwrap_or(&wanted);
    !local.is_empty() && super::search_filter::has_email(partner, local)
}
