//! `get_document` (`metakocka-api.md` §4.5): one document at top level, without `opr_time_ms`.

use super::document::{Flags, Place, write_document};
use super::json_text::JsonText;
use super::params::required;
use super::{Call, MkError, Params};
use crate::company::{Company, DocType, Document, MkId};
use crate::quirks::Quirk;

pub(super) fn answer(company: &Company, params: &Params, call: Call<'_>) -> Result<String, MkError> {
    let name = params.text("doc_type").ok_or_else(|| required("doc_type"))?;
    let Some(doc_type) = DocType::of_name(&name) else {
        return Err(MkError::parameter(format!("Unknown document type : {name}")));
    };
    let document = find(company, doc_type, params, call)?;
    let mut json = JsonText::new(call.quirks);
    write_document(&mut json, company, document, Flags::parse(params, Place::GetDocument, doc_type), call);
    Ok(json.into_text())
}

/// By `doc_id`, and orders by `buyer_order`; `mk_id` is not read at all (Q5).
fn find<'a>(
    company: &'a Company,
    doc_type: DocType,
    params: &Params,
    call: Call<'_>,
) -> Result<&'a Document, MkError> {
    let lenient = || params.text("mk_id").filter(|_| !call.quirks.hold(Quirk::KeyNames));
    let id = params.text("doc_id").or_else(lenient);
    let gone = |id: &str| id.parse().is_ok_and(|id| company.deleted.contains(&(doc_type, MkId(id))));
    if !call.quirks.hold(Quirk::DeletionsUnreported) && id.as_deref().is_some_and(gone) {
        return Err(MkError::application("The document was deleted"));
    }
    let found = match (&id, params.text("buyer_order")) {
        (Some(id), _) => id.parse().ok().and_then(|id| company.document(doc_type, MkId(id))),
        // Several may share the number; the lowest id is as arbitrary as any (§9).
        (None, Some(number)) if doc_type == DocType::SalesOrder => {
            company.documents(doc_type).iter().find(|d| d.buyer_order.as_deref() == Some(&*number))
        }
        (None, _) => None,
    };
    found.ok_or_else(|| {
        let id = id.as_deref().unwrap_or("null");
        MkError::parameter(format!(
            "Cannot find document type {doc_type} with id = {id}",
            doc_type = doc_type.name()
        ))
    })
}
