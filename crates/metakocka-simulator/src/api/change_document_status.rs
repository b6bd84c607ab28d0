//! `change_document_status` (`metakocka-api.md` §4.7): one order or many; of a list those before
//! the first bad one are changed, and the answer is its refusal.

use super::params::{Params, required};
use super::update_document::{find_order, log_update};
use super::writing::header::check_user;
use super::writing::{not_found, registered, text, texts};
use super::{Call, MkError, done};
use crate::company::{Company, DocType, MkId};

/// Documents of one call, at most: the API has no limit that anybody knows.
const MAX_IDS: usize = 1_000;

pub(super) fn answer(company: &mut Company, params: &Params, call: Call<'_>) -> Result<String, MkError> {
    let name = text(params, "doc_type")?.ok_or_else(|| required("doc_type"))?;
    if name == "warehouse_receiving_note" {
        // The simulated company has none.
        return Err(MkError::parameter(format!("Cannot find document type {name} with id = null")));
    }
    if name != DocType::SalesOrder.name() {
        return Err(MkError::parameter(format!("Unknown document type : {name}")));
    }
    let code = text(params, "status_code")?.ok_or_else(|| required("status_code"))?;
    let code = registered(company.statuses(DocType::SalesOrder), "status_code", &code)?.code.clone();
    check_user(company, "api_user_email", text(params, "api_user_email")?.as_deref())?;
    let (orders, refusal) = before_the_bad_one(orders(company, params)?, call)?;
    for id in orders {
        set_status(company, id, &code, call);
    }
    refusal.map_or_else(|| Ok(done(call)), Err)
}

/// The orders of a list up to the first that is refused, and that refusal; none when the settings say that a
/// list is changed as a whole.
pub(super) fn before_the_bad_one(
    orders: Vec<Result<MkId, MkError>>,
    call: Call<'_>,
) -> Result<(Vec<MkId>, Option<MkError>), MkError> {
    let mut found = Vec::new();
    for order in orders {
        match order {
            Ok(id) => found.push(id),
            Err(refusal) if call.settings.refusals_keep_parts => return Ok((found, Some(refusal))),
            Err(refusal) => return Err(refusal),
        }
    }
    Ok((found, None))
}

fn orders(company: &Company, params: &Params) -> Result<Vec<Result<MkId, MkError>>, MkError> {
    let ids = texts(params, "mk_id_list")?;
    if ids.is_empty() {
        return find_order(company, params).map(|id| vec![Ok(id)]);
    }
    if ids.len() > MAX_IDS {
        return Err(super::params::wrong_form("mk_id_list"));
    }
    let find = |text: &String| {
        let known = text.parse().ok().and_then(|id| company.document(DocType::SalesOrder, MkId(id)));
        known.map(|order| order.id).ok_or_else(|| not_found(DocType::SalesOrder, text))
    };
    Ok(ids.iter().map(find).collect())
}

/// Gives an order a status as the API does.
pub(super) fn set_status(company: &mut Company, id: MkId, code: &str, call: Call<'_>) {
    if let Some(order) = company.document_mut(DocType::SalesOrder, id) {
        let before = order.status.replace(code.to_owned());
        log_update(order, before, call);
    }
}
