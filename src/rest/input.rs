//! Reads queries and bodies strictly: a refusal names the field that is wrong.

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use crate::api::context::References;
use crate::api::error::ErrorCode;
use crate::server::body;
use crate::server::refusal::Refusal;

/// Records that one call may name.
pub(super) const IDS: usize = 500;
/// Longest id or cursor, in characters: Metakocka's have about a dozen.
const ID_LENGTH: usize = 100;
/// Rows of a page when nobody says how many.
pub(super) const PAGE: u32 = 50;
/// Rows that a page may have.
const LONGEST_PAGE: u32 = 200;

/// The body as a JSON object; an absent one is an empty object.
pub(super) async fn object(
    request: Request,
    limit: usize,
    references: &References,
) -> Result<Map<String, Value>, Refusal> {
    let is_json = is_json(&request);
    let request = body::limited(request, limit, references).await?;
    let bytes = to_bytes(request.into_body(), limit).await.unwrap_or_default();
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    if !is_json {
        let sentence = "The body has to be JSON, sent with Content-Type: application/json.";
        return Err(Refusal::new(references, ErrorCode::UnsupportedMediaType, sentence));
    }
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Refusal::field(references, "body", "The body has to be a JSON object.")),
        Err(error) => {
            let sentence =
                format!("The body is not valid JSON (line {}, column {}).", error.line(), error.column());
            Err(Refusal::field(references, "body", sentence))
        }
    }
}

fn is_json(request: &Request) -> bool {
    let Some(kind) = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

/// Refuses fields that the call does not know: a misspelt one would otherwise mean "all".
pub(super) fn only(
    object: &Map<String, Value>,
    known: &[&str],
    references: &References,
) -> Result<(), Refusal> {
    match object.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => {
            let shown: String = name.chars().take(ID_LENGTH).collect();
            Err(Refusal::field(references, &shown, format!("There is no field {shown:?} here.")))
        }
        None => Ok(()),
    }
}

/// A list of ids; none when the field is absent.
pub(super) fn ids(
    object: &Map<String, Value>,
    field: &str,
    references: &References,
) -> Result<Option<Vec<String>>, Refusal> {
    let Some(value) = object.get(field) else { return Ok(None) };
    let wrong = |sentence: String| Refusal::field(references, field, sentence);
    let Value::Array(items) = value else { return Err(wrong(format!("{field} has to be a list of ids."))) };
    if items.is_empty() || items.len() > IDS {
        return Err(wrong(format!("{field} has to name 1 to {IDS} ids; leave it out for all.")));
    }
    let ids = items.iter().map(|item| item.as_str().filter(|id| is_id(id)).map(ToOwned::to_owned));
    match ids.collect::<Option<Vec<_>>>() {
        Some(ids) => Ok(Some(ids)),
        None => Err(wrong(format!("{field} has to hold ids: texts of 1 to {ID_LENGTH} characters."))),
    }
}

/// One id; none when the field is absent.
pub(super) fn id(
    object: &Map<String, Value>,
    field: &str,
    references: &References,
) -> Result<Option<String>, Refusal> {
    let Some(value) = object.get(field) else { return Ok(None) };
    let wrong = || {
        let sentence = format!("{field} has to be an id: a text of 1 to {ID_LENGTH} characters.");
        Refusal::field(references, field, sentence)
    };
    value.as_str().filter(|id| is_id(id)).map(|id| Some(id.to_owned())).ok_or_else(wrong)
}

/// Whether a text could be an id of ours or of Metakocka.
fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= ID_LENGTH && text.chars().all(|sign| sign.is_ascii_graphic())
}

/// `?limit=`, 1 to 200.
pub(super) fn limit(query: &[(String, String)], references: &References) -> Result<u32, Refusal> {
    let Some(text) = value(query, "limit") else { return Ok(PAGE) };
    match text.parse() {
        Ok(limit @ 1..=LONGEST_PAGE) => Ok(limit),
        _ => Err(Refusal::field(
            references,
            "limit",
            format!("limit has to be a number from 1 to {LONGEST_PAGE}."),
        )),
    }
}

/// `?cursor=`, where it is the id of the last row that is known.
pub(super) fn id_cursor<'a>(
    query: &'a [(String, String)],
    references: &References,
) -> Result<Option<&'a str>, Refusal> {
    let cursor = value(query, "cursor").filter(|text| !text.is_empty());
    if cursor.is_some_and(|text| !text.chars().all(|sign| sign.is_ascii_hexdigit() || sign == '-')) {
        let sentence = "cursor has to be the nextCursor of an earlier answer.";
        return Err(Refusal::field(references, "cursor", sentence));
    }
    Ok(cursor)
}

/// `?name=true` or `false`.
pub(super) fn flag(query: &[(String, String)], name: &str, references: &References) -> Result<bool, Refusal> {
    match value(query, name) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Refusal::field(references, name, format!("{name} has to be true or false."))),
    }
}

/// The value of a query parameter; of a repeated one the first.
pub(super) fn value<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    query.iter().find(|pair| pair.0 == name).map(|pair| pair.1.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ids_of(value: Value) -> Result<Option<Vec<String>>, Refusal> {
        let object = Map::from_iter([("metakockaIds".to_owned(), value)]);
        ids(&object, "metakockaIds", &References::default())
    }

    #[test]
    fn a_list_of_ids_has_between_one_and_five_hundred_texts() {
        assert_eq!(ids_of(json!(["1600203", "x"])).unwrap().unwrap().len(), 2);
        for wrong in
            [json!([]), json!("1"), json!([1]), json!([""]), json!(["a b"]), json!(vec!["1"; IDS + 1])]
        {
            assert!(ids_of(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_misspelt_field_does_not_mean_all() {
        let object = Map::from_iter([("metakockaIDs".to_owned(), json!(["1"]))]);
        assert!(only(&object, &["metakockaIds"], &References::default()).is_err());
    }

    #[test]
    fn a_page_has_between_one_and_two_hundred_rows() {
        let limit_of = |text: &str| limit(&[("limit".to_owned(), text.to_owned())], &References::default());
        assert_eq!(limit(&[], &References::default()).unwrap(), PAGE);
        assert_eq!(limit_of("200").unwrap(), 200);
        for wrong in ["0", "201", "-1", "x", ""] {
            assert!(limit_of(wrong).is_err(), "{wrong}");
        }
    }
}
