//! `search_tracking_code` (`metakocka-api.md` §5): the order of a parcel.

use super::json_text::JsonText;
use super::params::{Params, required};
use super::writing::text;
use super::{Call, MkError};
use crate::company::{Company, DocType, Document};

pub(super) fn answer(company: &Company, params: &Params, call: Call<'_>) -> Result<String, MkError> {
    let code = text(params, "tracking_code")?.or(text(params, "sticker_code")?);
    let code = code.ok_or_else(|| required("tracking_code"))?;
    let has_code = |order: &&Document| {
        order.extra.as_ref().is_some_and(|extra| {
            [&extra.tracking_code, &extra.intermediate_code]
                .into_iter()
                .any(|known| known.as_ref() == Some(&code))
        })
    };
    let order = company.documents(DocType::SalesOrder).iter().find(has_code);
    let order = order.ok_or_else(|| MkError::documented(format!("Tracking code {code} not found")))?;
    let mut json = JsonText::new(call.quirks);
    json.open();
    json.field("opr_code", "0");
    json.number("mk_id", order.id);
    json.field("count_code", &order.number);
    json.optional("buyer_order", order.buyer_order.as_deref());
    json.optional("tracking_code", order.extra.as_ref().and_then(|extra| extra.tracking_code.as_deref()));
    json.close();
    Ok(json.into_text())
}
