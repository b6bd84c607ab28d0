//! `delete_document` (`metakocka-api.md` §4.7): orders only, by `mk_id` and `doc_type`. Nothing ever reports
//! the deletion (Q29).

use super::params::Params;
use super::writing::{doc_type, id, not_found};
use super::{Call, MkError, done};
use crate::company::{Company, DocType};
use crate::quirks::Quirk;

pub(super) fn answer(company: &mut Company, params: &Params, call: Call<'_>) -> Result<String, MkError> {
    let lenient = || if call.quirks.hold(Quirk::KeyNames) { Ok(None) } else { id(params, "doc_id") };
    let id = match id(params, "mk_id")? {
        Some(id) => id,
        None => lenient()?.ok_or_else(|| MkError::parameter("Paramether mk_id must be set"))?,
    };
    if params.text("doc_type").is_none() {
        // Nobody knows why this is not code 2.
        return Err(MkError::internal("Unknown internal server error"));
    }
    let doc_type = doc_type(params)?;
    let document = company.document(doc_type, id).ok_or_else(|| not_found(doc_type, id))?;
    let draft = call.settings.delete_bills && document.published.is_none();
    let allowed = doc_type == DocType::SalesOrder || draft || !call.quirks.hold(Quirk::NoUpdateOrDelete);
    if !allowed {
        return Err(MkError::application(format!("Document {} cannot be deleted.", document.number)));
    }
    company.documents_mut(doc_type).retain(|document| document.id != id);
    company.deleted.insert((doc_type, id));
    Ok(done(call))
}
