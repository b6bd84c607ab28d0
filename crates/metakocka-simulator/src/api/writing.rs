//! What the calls that write have in common: reading fields of a request strictly, finding partners and
//! products, making lines. Each reads everything first and stores afterwards, so that a refusal leaves
//! nothing behind, except where Metakocka leaves something too.

pub(super) mod header;
pub(super) mod lines;
pub(super) mod payments;
pub(super) mod people;
pub(super) mod products;

use super::params::{Params, parse_date, required, scalar, wrong_form};
use super::{Call, MkError};
use crate::company::{DocType, Entry, MkId, codes, entry};
use crate::quirks::Quirk;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::Value;

/// Numbers above this are typing errors; products of two of them still fit a decimal.
pub(crate) const MAX_NUMBER: i64 = 1_000_000_000;

/// The document type of a call.
pub(super) fn doc_type(params: &Params) -> Result<DocType, MkError> {
    let name = params.text("doc_type").ok_or_else(|| required("doc_type"))?;
    DocType::of_name(&name).ok_or_else(|| MkError::parameter(format!("Unknown document type : {name}")))
}

/// A text that may be left out; a list or an object is in the wrong form.
pub(super) fn text(params: &Params, key: &str) -> Result<Option<String>, MkError> {
    match params.get(key) {
        Some(Value::Array(_) | Value::Object(_)) => Err(wrong_form(key)),
        Some(value) => Ok(scalar(value).map(std::borrow::Cow::into_owned)),
        None => Ok(None),
    }
}

/// A text of at most `max` characters; a longer one is refused (§9), or cut when the settings say so.
pub(super) fn limited(
    params: &Params,
    key: &str,
    max: usize,
    call: Call<'_>,
) -> Result<Option<String>, MkError> {
    let Some(text) = text(params, key)? else { return Ok(None) };
    if text.chars().count() <= max {
        return Ok(Some(text));
    }
    if call.settings.truncate_long_fields || !call.quirks.hold(Quirk::TooLongRefused) {
        return Ok(Some(text.chars().take(max).collect()));
    }
    Err(wrong_form(key))
}

pub(super) fn required_text(
    params: &Params,
    key: &str,
    max: usize,
    call: Call<'_>,
) -> Result<String, MkError> {
    limited(params, key, max, call)?.ok_or_else(|| required(key))
}

/// A number with a dot or a comma (§1.5).
pub(crate) fn parse_decimal(text: &str) -> Option<Decimal> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"-.,".contains(&byte));
    let number: Decimal = plain.then(|| text.replacen(',', ".", 1).parse().ok())??;
    (number.abs() <= Decimal::from(MAX_NUMBER)).then_some(number)
}

pub(super) fn decimal(params: &Params, key: &str) -> Result<Option<Decimal>, MkError> {
    let Some(text) = text(params, key)? else { return Ok(None) };
    parse_decimal(&text).map(Some).ok_or_else(|| wrong_form(key))
}

pub(super) fn flag(params: &Params, key: &str) -> Result<Option<bool>, MkError> {
    match text(params, key)?.as_deref() {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(wrong_form(key)),
    }
}

pub(super) fn date(params: &Params, key: &str, call: Call<'_>) -> Result<Option<Date>, MkError> {
    text(params, key)?.map(|text| parse_date(key, &text, call.quirks)).transpose()
}

pub(super) fn id(params: &Params, key: &str) -> Result<Option<MkId>, MkError> {
    let Some(text) = text(params, key)? else { return Ok(None) };
    text.trim().parse().map(|id| Some(MkId(id))).map_err(|_| wrong_form(key))
}

/// A comma list, or a list of texts.
pub(super) fn texts(params: &Params, key: &str) -> Result<Vec<String>, MkError> {
    let mut texts = Vec::new();
    for value in params.list(key) {
        let text = scalar(value).ok_or_else(|| wrong_form(key))?;
        texts.extend(text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()));
    }
    Ok(texts)
}

pub(super) fn not_found(doc_type: DocType, id: impl std::fmt::Display) -> MkError {
    MkError::parameter(format!("Cannot find document type {} with id = {id}", doc_type.name()))
}

pub(super) fn invalid_value(key: &str, value: &str, valid: &str) -> MkError {
    MkError::parameter(format!("Paramether '{key}' has invalid value : {value}. Valid values : {valid}"))
}

/// The entry of a code list, or the refusal that names the valid ones.
pub(super) fn registered<'a>(list: &'a [Entry], key: &str, code: &str) -> Result<&'a Entry, MkError> {
    entry(list, code).ok_or_else(|| invalid_value(key, code, &codes(list)))
}

/// `[{name, value}]` under other keys: custom fields, meta data.
pub(super) fn pairs(
    params: &Params,
    key: &str,
    (first, second): (&str, &str),
) -> Result<Vec<(String, String)>, MkError> {
    let rows = params.objects(key)?;
    rows.iter()
        .map(|row| {
            Ok((text(row, first)?.ok_or_else(|| required(first))?, text(row, second)?.unwrap_or_default()))
        })
        .collect()
}

/// The file names of `attachment_list`; each has content or an address to take it from.
pub(super) fn attachments(params: &Params) -> Result<Vec<String>, MkError> {
    let mut names: Vec<String> = Vec::new();
    for row in params.objects("attachment_list")? {
        let name = text(&row, "file_name")?.ok_or_else(|| MkError::documented("file_name is required"))?;
        if text(&row, "source_url")?.is_none() && text(&row, "data_b64")?.is_none() {
            return Err(required("source_url"));
        }
        if text(&row, "data_b64")?.is_some_and(|data| !is_base64(&data)) {
            return Err(wrong_form("data_b64"));
        }
        // The same name replaces the earlier file (§2.2).
        names.retain(|known| *known != name);
        names.push(name);
    }
    Ok(names)
}

/// Whether a text is Base64 with its padding; lines may be broken, as encoders of e-mail do.
fn is_base64(text: &str) -> bool {
    let digits: Vec<u8> = text.bytes().filter(|byte| !b"\r\n".contains(byte)).collect();
    let padding = digits.iter().rev().take_while(|byte| **byte == b'=').count();
    let plain = &digits[..digits.len() - padding];
    padding <= 2
        && digits.len().is_multiple_of(4)
        && plain.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_has_its_alphabet_and_its_padding() {
        for text in ["QQ==", "QUI=", "QUJD", "QUJD\r\nQUJD", "+/+/"] {
            assert!(is_base64(text), "{text}");
        }
        for text in ["QQ", "QQ=", "Q===", "=", "QQ==QQ==", "QUJ*", "QU JD", "č===", "-_-_"] {
            assert!(!is_base64(text), "{text}");
        }
    }

    #[test]
    fn numbers_have_a_dot_or_a_comma_and_nothing_else() {
        for (text, number) in [("19,99", "19.99"), ("-3", "-3"), ("0.00", "0.00"), ("1200.12", "1200.12")] {
            assert_eq!(parse_decimal(text).map(|number| number.to_string()).as_deref(), Some(number));
        }
        for text in ["10%", "1e5", "1.200,50", "", "-", "NaN", "99999999999", " 5", "0x1"] {
            assert_eq!(parse_decimal(text), None, "{text}");
        }
    }
}
