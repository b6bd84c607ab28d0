//! Reads request bodies the way Metakocka does: strings, but numbers and booleans pass too
//! (`metakocka-api.md` §1.5). Parses dates and times; accepts only what Metakocka accepts.

use super::MkError;
use crate::quirks::{Quirk, Quirks};
use jiff::civil::{Date, DateTime};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A parsed request body.
#[derive(Debug)]
pub(crate) struct Params {
    body: Map<String, Value>,
    quirks: Quirks,
}

impl Params {
    pub(crate) fn new(body: Map<String, Value>, quirks: Quirks) -> Self {
        Self { body, quirks }
    }

    /// The body as it was sent.
    pub(crate) fn body(&self) -> &Map<String, Value> {
        &self.body
    }

    /// The value of a key. A key with a space at its end is another key (Q23).
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        let found = self.body.get(key);
        if found.is_some() || self.quirks.hold(Quirk::KeysAreExact) {
            return found;
        }
        self.body.iter().find(|(sent, _)| sent.trim() == key).map(|(_, value)| value)
    }

    /// An object; anything else counts as absent.
    pub(crate) fn object(&self, key: &str) -> Option<Self> {
        let object = self.get(key)?.as_object()?;
        Some(Self::new(object.clone(), self.quirks))
    }

    /// The objects of a list, which may come as one object without its list.
    pub(crate) fn objects(&self, key: &str) -> Result<Vec<Self>, MkError> {
        let object = |value: &Value| value.as_object().map(|object| Self::new(object.clone(), self.quirks));
        self.list(key).iter().map(|value| object(value).ok_or_else(|| wrong_form(key))).collect()
    }

    /// The same list under `key`, but only the rows that `keep` wants.
    pub(crate) fn only_rows(&self, key: &str, keep: impl Fn(&Map<String, Value>) -> bool) -> Self {
        let rows = self.list(key).iter().filter(|row| row.as_object().is_none_or(&keep)).cloned().collect();
        Self::new(Map::from_iter([(key.to_owned(), Value::Array(rows))]), self.quirks)
    }

    /// Every key with its value.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.body.iter()
    }

    /// Whether the key was sent at all, even if empty.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// A scalar as text; empty and null count as absent.
    pub(crate) fn text(&self, key: &str) -> Option<Cow<'_, str>> {
        scalar(self.get(key)?)
    }

    pub(crate) fn flag(&self, key: &str) -> bool {
        self.text(key).as_deref() == Some("true")
    }

    /// A switch that selects when sent at all: `Some(false)` is not absence.
    pub(crate) fn selector(&self, key: &str) -> Option<bool> {
        self.text(key).map(|text| text == "true")
    }

    /// A whole number between 0 and `max`.
    pub(crate) fn count(&self, key: &str, default: usize, max: usize) -> Result<usize, MkError> {
        let Some(text) = self.text(key) else { return Ok(default) };
        let number = text.parse().ok().filter(|number| *number <= max);
        number.ok_or_else(|| wrong_form(key))
    }

    pub(crate) fn list(&self, key: &str) -> &[Value] {
        match self.get(key) {
            Some(Value::Array(items)) => items,
            Some(Value::Null) | None => &[],
            // One element may be sent without its list.
            Some(single) => std::slice::from_ref(single),
        }
    }
}

pub(crate) fn scalar(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

pub(crate) fn wrong_form(key: &str) -> MkError {
    MkError::parameter(format!("Paramether '{key}' is in wrong form"))
}

pub(crate) fn required(key: &str) -> MkError {
    MkError::parameter(format!("Paramether '{key}' is required paramether"))
}

/// `dd.mm.yyyy`, or `YYYY-MM-DD+02:00` with exactly this offset; anything else is refused (§1.5, Q12).
pub(crate) fn parse_date(key: &str, text: &str, quirks: Quirks) -> Result<Date, MkError> {
    let lenient = || text.get(..10).filter(|_| !quirks.hold(Quirk::StrictDates)).and_then(iso_date);
    dotted_date(text)
        .or_else(|| text.strip_suffix("+02:00").and_then(iso_date))
        .or_else(lenient)
        .ok_or_else(|| MkError::application(format!("Not valid date for {key} : {text}")))
}

/// `YYYY-MM-DDTHH:MM:SS+02:00` read as wall time, or a date as [`parse_date`] takes it.
pub(crate) fn parse_time(key: &str, text: &str, quirks: Quirks) -> Result<DateTime, MkError> {
    if let Some(wall) = text.strip_suffix("+02:00").filter(|wall| wall.len() == 19)
        && wall.as_bytes()[10] == b'T'
        && let Ok(wall) = wall.parse()
    {
        return Ok(wall);
    }
    parse_date(key, text, quirks).map(crate::company::start_of_day)
}

fn iso_date(text: &str) -> Option<Date> {
    (text.len() == 10).then(|| text.parse().ok())?
}

fn dotted_date(text: &str) -> Option<Date> {
    // A parsed number may have a sign; a date has none.
    if !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let mut parts = text.split('.');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || (day.len(), month.len(), year.len()) != (2, 2, 4) {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_taken_in_the_two_forms_that_metakocka_takes() {
        for text in ["03.09.2026", "2026-09-03+02:00"] {
            assert_eq!(
                parse_date("doc_date", text, Quirks::default()).unwrap(),
                jiff::civil::date(2026, 9, 3),
                "{text}"
            );
        }
        for text in [
            "2026-09-03",
            "2026-09-03Z",
            "2026-09-03+00:00",
            "2026-09-03+01:00",
            "2026-09-03+0200",
            "2026-09-03T10:00:00+02:00",
            "31.02.2026",
            "3.9.26",
            "3.9.2026",
            "03.9.2026",
            "+3.09.2026",
            "x",
        ] {
            assert_eq!(parse_date("doc_date", text, Quirks::default()).unwrap_err().code, "6", "{text}");
        }
    }

    #[test]
    fn times_are_wall_time_with_a_constant_offset() {
        let wall = parse_time("last_change_from", "2026-01-03T10:15:00+02:00", Quirks::default()).unwrap();
        assert_eq!(wall, jiff::civil::date(2026, 1, 3).at(10, 15, 0, 0));
        for text in [
            "2026-01-03T10:15:00+01:00",
            "2026-01-03T10:15:00Z",
            "2026-01-03T10:15:00",
            "2026-01-03 10:15:00+02:00",
        ] {
            assert!(parse_time("last_change_from", text, Quirks::default()).is_err(), "{text}");
        }
    }
}
