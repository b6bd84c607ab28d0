//! Searches for document types that a simulated company has none of (`metakocka-api.md` §4.1, §5): their
//! filters are checked like any other; the result is empty, and for complaints an error (Q17).

use super::search_filter::{requested, unsupported};
use super::{Call, MkError, Params};
use crate::quirks::Quirk;

const DATES: [&str; 2] = ["doc_date_from", "doc_date_to"];

/// The filters of a type; `None` when there is no such type.
pub(super) fn filters_of(name: &str) -> Option<Vec<&'static str>> {
    let with_dates = |more: &[&'static str]| Some(DATES.iter().chain(more).copied().collect());
    match name {
        "complaint" => Some(vec!["last_change_from", "last_change_to"]),
        "warehouse_packing_list" => with_dates(&["show_only_open", "status_list", "write_off"]),
        "warehouse_acceptance_note" => {
            with_dates(&["show_only_open", "show_only_real_acceptance_note", "status_list"])
        }
        "warehouse_delivery_note" | "warehouse_receiving_note" => with_dates(&["show_only_open"]),
        "purchase_bill_domestic" | "purchase_bill_foreign" => with_dates(&[
            "payment_status",
            "status_id_list",
            "partner_mk_id",
            "partner_code",
            "partner_query",
        ]),
        "purchase_order" | "transfer_order" | "workorder" => Some(Vec::new()),
        _ => None,
    }
}

/// Checks what can be checked; there is nothing to be found.
pub(super) fn check(name: &str, params: &Params, call: Call<'_>) -> Result<(), MkError> {
    let supported =
        filters_of(name).ok_or_else(|| MkError::parameter(format!("Unknown document type : {name}")))?;
    let requested = requested(params)?;
    let strange = requested.iter().find(|(kind, _)| !supported.contains(&kind.as_str()));
    if let Some((kind, _)) = strange.filter(|_| call.quirks.hold(Quirk::UnsupportedFilters)) {
        return Err(unsupported(kind));
    }
    if name == "complaint" && call.quirks.hold(Quirk::NothingIsAnError) {
        return Err(MkError::application("No complaints found"));
    }
    Ok(())
}
