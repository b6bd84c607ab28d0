//! Changes as a person in Metakocka's user interface makes them: sums follow, the change log and
//! the time of the last change move.

mod document;
mod records;

use crate::company::{Company, DocType, Malformation, MkId, Moment};
use crate::settings::text_or_number;
use crate::world::Refusal;
use document::{copy_of, new_document};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// A document.
    Document,
    /// A partner.
    Partner,
    /// A product.
    Product,
}

/// Names a record: POST `/_sim/delete`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordRef {
    /// `company_id`; may be left out when there is one company.
    #[serde(default, deserialize_with = "optional_text")]
    pub company: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// Type of a document.
    #[serde(default)]
    pub doc_type: Option<DocType>,
    /// `mk_id`.
    #[serde(deserialize_with = "text_or_number")]
    pub id: String,
}

/// A change of a record: POST `/_sim/edit`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EditRequest {
    /// `company_id`; may be left out when there is one company.
    #[serde(default, deserialize_with = "optional_text")]
    pub company: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// Type of a document.
    #[serde(default)]
    pub doc_type: Option<DocType>,
    /// `mk_id`.
    #[serde(deserialize_with = "text_or_number")]
    pub id: String,
    /// Fields to change, as the README lists them.
    pub set: Value,
}

impl EditRequest {
    /// A change of a document of the only company; `set` as in the README.
    #[must_use]
    pub fn document(doc_type: DocType, id: &str, set: Value) -> Self {
        Self { company: None, kind: Kind::Document, doc_type: Some(doc_type), id: id.to_owned(), set }
    }
}

/// A new record: POST `/_sim/create`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateRequest {
    /// `company_id`; may be left out when there is one company.
    #[serde(default, deserialize_with = "optional_text")]
    pub company: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// Type of a document.
    #[serde(default)]
    pub doc_type: Option<DocType>,
    /// `mk_id` of a document of the same type to start from.
    #[serde(default, deserialize_with = "optional_text")]
    pub copy_of: Option<String>,
    /// Fields of the new record, as for an edit.
    #[serde(default)]
    pub set: Value,
}

/// Makes a document unreadable, or readable again: POST `/_sim/malform`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MalformRequest {
    /// `company_id`; may be left out when there is one company.
    #[serde(default, deserialize_with = "optional_text")]
    pub(crate) company: Option<String>,
    /// Type of the document.
    pub(crate) doc_type: DocType,
    /// `mk_id`.
    #[serde(deserialize_with = "text_or_number")]
    pub(crate) id: String,
    /// What is wrong with it; null mends it. The document date when left out.
    #[serde(default = "malformed_date")]
    pub(crate) malformation: Option<Malformation>,
}

#[expect(clippy::unnecessary_wraps, reason = "serde asks for the type of the field")]
const fn malformed_date() -> Option<Malformation> {
    Some(Malformation::DocDate)
}

pub(crate) fn optional_text<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Number(number) => Ok(Some(number.to_string())),
        other => Err(serde::de::Error::custom(format!("expected a text or a number, not {other}"))),
    }
}

/// Changes a record at `now`; `payments_bump`: whether a payment alone moves the last change.
pub(crate) fn edit(
    company: &mut Company,
    request: &EditRequest,
    now: Moment,
    payments_bump: bool,
) -> Result<(), Refusal> {
    let id = parse_id(&request.id)?;
    match request.kind {
        Kind::Document => {
            let doc_type = needed(request.doc_type)?;
            document::edit(company, (doc_type, id), &parse_set(&request.set)?, now, payments_bump)
        }
        Kind::Partner => records::edit_partner(company, id, &parse_set(&request.set)?),
        Kind::Product => records::edit_product(company, id, &parse_set(&request.set)?),
    }
}

/// Makes a record at `now`; gives its id.
pub(crate) fn create(company: &mut Company, request: &CreateRequest, now: Moment) -> Result<MkId, Refusal> {
    match request.kind {
        Kind::Document => {
            let doc_type = needed(request.doc_type)?;
            let set = parse_set(&request.set)?;
            let document = match &request.copy_of {
                Some(original) => copy_of(company, (doc_type, parse_id(original)?), now)?,
                None => new_document(company, doc_type, &set, now)?,
            };
            document::add(company, document, &set, now)
        }
        Kind::Partner => records::create_partner(company, &parse_set(&request.set)?),
        Kind::Product => records::create_product(company, &parse_set(&request.set)?),
    }
}

/// Removes a record. Metakocka never reports it (Q29).
pub(crate) fn delete(company: &mut Company, record: &RecordRef) -> Result<(), Refusal> {
    let id = parse_id(&record.id)?;
    let removed = match record.kind {
        Kind::Document => remove(company.documents_mut(needed(record.doc_type)?), |d| d.id == id),
        Kind::Partner => {
            if company
                .all_documents()
                .any(|d| d.partner.partner == id || d.receiver.is_some_and(|r| r.partner == id))
            {
                return Err(Refusal(format!("partner {id} is on documents")));
            }
            remove(&mut company.partners, |p| p.id == id)
        }
        Kind::Product => {
            if company.all_documents().any(|d| d.lines.iter().any(|line| document::is_of(line, id))) {
                return Err(Refusal(format!("product {id} is on documents")));
            }
            remove(&mut company.products, |p| p.id == id)
        }
    };
    if removed { Ok(()) } else { Err(Refusal(format!("there is no record {id} of this kind"))) }
}

/// Makes a document unreadable, or readable again; its time of change stays.
pub(crate) fn malform(company: &mut Company, request: &MalformRequest) -> Result<(), Refusal> {
    let id = parse_id(&request.id)?;
    let document = company.document_mut(request.doc_type, id).ok_or_else(|| missing(request.doc_type, id))?;
    document.malformed = request.malformation;
    Ok(())
}

fn remove<T>(rows: &mut Vec<T>, is_it: impl Fn(&T) -> bool) -> bool {
    let position = rows.iter().position(is_it);
    position.map(|at| rows.remove(at)).is_some()
}

fn parse_id(text: &str) -> Result<MkId, Refusal> {
    text.parse().map(MkId).map_err(|_| Refusal(format!("\"{text}\" is no id")))
}

fn needed(doc_type: Option<DocType>) -> Result<DocType, Refusal> {
    doc_type.ok_or_else(|| Refusal("a document needs docType".to_owned()))
}

fn missing(doc_type: DocType, id: MkId) -> Refusal {
    Refusal(format!("there is no {} {id}", doc_type.name()))
}

fn parse_set<T: DeserializeOwned + Default>(set: &Value) -> Result<T, Refusal> {
    if set.is_null() {
        return Ok(T::default());
    }
    serde_json::from_value(set.clone()).map_err(|e| Refusal(e.to_string()))
}
