//! Reading a JSON object field by field, with an error that names the field. All leniency of
//! `metakocka-api.md §1.5` is here: texts for every scalar, one-or-many-or-absent, absent like empty.

use std::borrow::Cow;
use std::fmt;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::identity::{MkId, RowId, TaxCode};
use crate::row::{RawJson, Record, Row, Unreadable};
use crate::values::{
    DiscountChain, InvalidValue, WallTime, parse_bool, parse_date, parse_decimal, parse_slovenian_money,
};

/// A field that could not be read: its path, and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldError {
    pub(crate) field: String,
    pub(crate) sentence: String,
}

impl FieldError {
    pub(crate) fn new(field: &str, sentence: impl Into<String>) -> Self {
        Self { field: field.to_owned(), sentence: sentence.into() }
    }

    /// The same error seen from the object that contains this one.
    fn under(mut self, parent: &str) -> Self {
        self.field =
            if self.field.is_empty() { parent.to_owned() } else { format!("{parent}.{}", self.field) };
        self
    }
}

pub(crate) type Read<T> = Result<T, FieldError>;

/// The fields of one JSON object, each taken once; what nobody takes is the rest.
pub(crate) struct Fields<'a> {
    entries: Vec<Entry<'a>>,
}

struct Entry<'a> {
    name: Cow<'a, str>,
    value: &'a RawValue,
    taken: bool,
}

impl<'a> Fields<'a> {
    /// Opens an object.
    pub(crate) fn open(json: &'a RawValue) -> Read<Self> {
        Self::open_text(json.get())
    }

    /// Opens the text of an object.
    pub(crate) fn open_text(json: &'a str) -> Read<Self> {
        if !json.trim_start().starts_with('{') {
            return Err(FieldError::new("", "this should be a record with fields"));
        }
        serde_json::from_str(json).map_err(|_| FieldError::new("", "this is not valid JSON"))
    }

    /// The value under a name, once; `null` is absent.
    fn take(&mut self, name: &str) -> Option<&'a RawValue> {
        let entry = self.entries.iter_mut().find(|entry| !entry.taken && entry.name == name)?;
        entry.taken = true;
        (entry.value.get() != "null").then_some(entry.value)
    }

    /// Whether a field is there and not `null`; it stays.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.name == name && entry.value.get() != "null")
    }

    /// Copies of some fields, which stay.
    pub(crate) fn copy_of(&self, names: &[&str]) -> Vec<(String, Value)> {
        let wanted = self.untaken().filter(|(name, _)| names.contains(name));
        wanted.map(|(name, value)| (name.to_owned(), kept(value))).collect()
    }

    /// The names of all fields that were not taken, with their values.
    pub(crate) fn untaken(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.entries.iter().filter(|entry| !entry.taken).map(|entry| (entry.name.as_ref(), entry.value))
    }

    /// A text as it is, blanks included; absent and empty are the same.
    pub(crate) fn text(&mut self, name: &str) -> Read<Option<String>> {
        Ok(self.scalar(name)?.map(Cow::into_owned))
    }

    fn scalar(&mut self, name: &str) -> Read<Option<Cow<'a, str>>> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let text = scalar(value).map_err(|sentence| FieldError::new(name, sentence))?;
        // No text of people contains it, and not every database stores it.
        let text = if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { text };
        Ok(if text.is_empty() { None } else { Some(text) })
    }

    /// A scalar that a function reads; blank is absent.
    fn parsed<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, InvalidValue>,
    ) -> Read<Option<T>> {
        match self.scalar(name)? {
            Some(text) if !text.trim().is_empty() => {
                read(&text).map(Some).map_err(|invalid| FieldError::new(name, invalid.to_string()))
            }
            _ => Ok(None),
        }
    }

    /// A bool written as a text.
    pub(crate) fn flag(&mut self, name: &str) -> Read<Option<bool>> {
        Ok(self.parsed(name, parse_bool)?.flatten())
    }

    /// A number with a dot or a comma.
    pub(crate) fn decimal(&mut self, name: &str) -> Read<Option<Decimal>> {
        self.parsed(name, parse_decimal)
    }

    /// A number, zero when it is not there (`metakocka-api.md §1.5`, *Absent*).
    pub(crate) fn decimal_or_zero(&mut self, name: &str) -> Read<Decimal> {
        Ok(self.decimal(name)?.unwrap_or_default())
    }

    /// An amount of a payment.
    pub(crate) fn slovenian_money(&mut self, name: &str) -> Read<Option<Decimal>> {
        self.parsed(name, parse_slovenian_money)
    }

    /// A whole number that is not negative.
    pub(crate) fn count(&mut self, name: &str) -> Read<Option<u64>> {
        self.parsed(name, |text| {
            text.trim().parse().map_err(|_| InvalidValue::new(text, "is not a whole number"))
        })
    }

    /// A date.
    pub(crate) fn date(&mut self, name: &str) -> Read<Option<Date>> {
        self.parsed(name, parse_date)
    }

    /// A date with a time.
    pub(crate) fn wall_time(&mut self, name: &str) -> Read<Option<WallTime>> {
        self.parsed(name, WallTime::parse)
    }

    /// A chain of discounts, empty when there is none.
    pub(crate) fn discounts(&mut self, name: &str) -> Read<DiscountChain> {
        Ok(self.parsed(name, DiscountChain::parse)?.unwrap_or_default())
    }

    /// A tax code.
    pub(crate) fn tax_code(&mut self, name: &str) -> Read<Option<TaxCode>> {
        self.parsed(name, |text| Ok(TaxCode::new(text)))
    }

    /// The id of a record; `0` is none.
    pub(crate) fn id(&mut self, name: &str) -> Read<Option<MkId>> {
        let id = self.parsed(name, |text| {
            MkId::parse(text.trim()).map_err(|_| InvalidValue::new(text, "is not an id made of digits"))
        })?;
        Ok(id.filter(|id| id.as_str() != "0"))
    }

    /// The id of a record that must have one.
    pub(crate) fn required_id(&mut self, name: &str) -> Read<MkId> {
        self.id(name)?.ok_or_else(|| FieldError::new(name, "the id is missing"))
    }

    /// The id of a line.
    pub(crate) fn row_id(&mut self, name: &str) -> Read<Option<RowId>> {
        self.parsed(name, |text| {
            RowId::parse(text.trim()).map_err(|_| InvalidValue::new(text, "is not an id made of digits"))
        })
    }

    /// An object, if there is one; an empty text is none.
    pub(crate) fn object<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Fields<'a>) -> Read<T>,
    ) -> Read<Option<T>> {
        let Some(value) = self.take(name).filter(|value| !is_empty_text(value)) else { return Ok(None) };
        Fields::open(value).and_then(read).map(Some).map_err(|error| error.under(name))
    }

    /// A list of objects; one object stands for a list of one, nothing for an empty list
    /// (`metakocka-api.md §1.5`, *Single or list*).
    pub(crate) fn list<T>(&mut self, name: &str, read: impl Fn(Fields<'a>) -> Read<T>) -> Read<Vec<T>> {
        let each = |(place, value): (usize, &'a RawValue)| {
            Fields::open(value).and_then(&read).map_err(|error| error.under(&format!("{name}[{place}]")))
        };
        self.raw_list(name)?.into_iter().filter(is_not_null).enumerate().map(each).collect()
    }

    /// A list of texts; one text stands for a list of one.
    pub(crate) fn texts(&mut self, name: &str) -> Read<Vec<String>> {
        let each = |value| match scalar(value) {
            Ok(text) => Ok(text.into_owned()),
            Err(sentence) => Err(FieldError::new(name, sentence)),
        };
        self.raw_list(name)?.into_iter().filter(is_not_null).map(each).collect()
    }

    /// The elements of one-or-many-or-absent, unread.
    pub(crate) fn raw_list(&mut self, name: &str) -> Read<Vec<&'a RawValue>> {
        let Some(value) = self.take(name).filter(|value| !is_empty_text(value)) else {
            return Ok(Vec::new());
        };
        if value.get().starts_with('[') {
            let Elements(elements) = serde_json::from_str(value.get()).map_err(|_| {
                FieldError::new(name, "this is not a valid list, or longer than any real one")
            })?;
            Ok(elements)
        } else {
            Ok(vec![value])
        }
    }

    /// Takes every field whose name begins so, with the rest of the name.
    pub(crate) fn decimals_by_prefix(&mut self, prefix: &str) -> Read<Vec<(String, Decimal)>> {
        let names: Vec<String> = self
            .untaken()
            .filter(|(name, _)| name.starts_with(prefix))
            .map(|(name, _)| name.to_owned())
            .collect();
        let mut found = Vec::with_capacity(names.len());
        for name in names {
            if let Some(value) = self.decimal(&name)? {
                found.push((name[prefix.len()..].to_owned(), value));
            }
        }
        Ok(found)
    }

    /// What nobody took, as it was received. What a reply says about the call itself (`opr_…`) is no part of
    /// the record.
    pub(crate) fn rest(self) -> Map<String, Value> {
        let untaken =
            self.entries.into_iter().filter(|entry| !entry.taken && !entry.name.starts_with("opr_"));
        untaken.map(|entry| (entry.name.into_owned(), kept(entry.value))).collect()
    }
}

/// A value that nobody took. One that is nested deeper than anything reads is kept as the text that it is.
fn kept(value: &RawValue) -> Value {
    serde_json::from_str(value.get()).unwrap_or_else(|_| Value::from(value.get()))
}

/// The text of a scalar: JSON strings, numbers and bools alike (`metakocka-api.md §1.5`, *Scalars*).
fn scalar(value: &RawValue) -> Result<Cow<'_, str>, &'static str> {
    let json = value.get();
    match json.as_bytes().first() {
        Some(b'"') => read_string(json).ok_or("this text cannot be read"),
        Some(b'{' | b'[') => Err("this should be a single value"),
        _ => Ok(Cow::Borrowed(json)),
    }
}

fn read_string(json: &str) -> Option<Cow<'_, str>> {
    let inside = json.strip_prefix('"')?.strip_suffix('"')?;
    if inside.contains('\\') {
        serde_json::from_str(json).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inside))
    }
}

fn is_not_null(value: &&RawValue) -> bool {
    value.get() != "null"
}

fn is_empty_text(value: &RawValue) -> bool {
    value.get() == "\"\""
}

/// Reads a row on its own: what goes wrong stays in it.
pub(crate) fn read_row<'a, T>(raw: &'a RawValue, read: impl FnOnce(Fields<'a>) -> Read<T>) -> Row<T> {
    match open_row(raw).and_then(read) {
        Ok(value) => Row::Read(Box::new(Record { value, raw: RawJson::new(raw) })),
        Err(error) => Row::Unreadable(Box::new(unreadable(raw, error))),
    }
}

/// Reads a record from text that was kept; the same judgement as when it arrived.
pub(crate) fn read_text<T>(
    json: &str,
    read: impl FnOnce(Fields<'_>) -> Read<T>,
) -> Result<T, Box<Unreadable>> {
    let row = match serde_json::from_str(json) {
        Ok(raw) => read_row(raw, read),
        Err(_) => Row::Unreadable(Box::new(Unreadable::not_json())),
    };
    row.into_result().map(|record| record.value)
}

/// Opens a row; one whose own reply code is not 0 is not a record (`metakocka-api.md §1.3`).
fn open_row(raw: &RawValue) -> Read<Fields<'_>> {
    let mut fields = Fields::open(raw)?;
    match fields.scalar("opr_code")? {
        Some(code) if code != "0" => {
            let said = fields.text("opr_desc")?.unwrap_or_default();
            Err(FieldError::new("opr_code", format!("Metakocka answered {code} for this record: {said}")))
        }
        _ => Ok(fields),
    }
}

fn unreadable(raw: &RawValue, error: FieldError) -> Unreadable {
    let fields = Fields::open(raw).ok();
    let (mk_id, number) = fields.map_or((None, None), |mut fields| {
        (fields.id("mk_id").ok().flatten(), fields.text("count_code").ok().flatten())
    });
    Unreadable { mk_id, number, field: error.field, sentence: error.sentence, raw: RawJson::new(raw) }
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object of at most {MAX_FIELDS} fields")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        // Documents have about thirty fields, lines about fifteen.
        let mut entries = Vec::with_capacity(16);
        while let Some(Name(name)) = map.next_key()? {
            if entries.len() == MAX_FIELDS {
                return Err(serde::de::Error::invalid_length(MAX_FIELDS + 1, &self));
            }
            entries.push(Entry { name, value: map.next_value()?, taken: false });
        }
        Ok(Fields { entries })
    }
}

/// The most fields of one object: documents have a few dozen. Each is looked for among all of them, so an
/// endless object must end before it is read.
const MAX_FIELDS: usize = 500;

/// The most elements of one list: pages have a thousand rows, documents a few hundred lines. What is read
/// takes a hundred times the room of `{}`, so an endless list must end before it is read.
const MAX_ELEMENTS: usize = 5_000;

/// The elements of a list, unread; more than any list has are an error before they take room.
struct Elements<'a>(Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Elements<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ElementsVisitor)
    }
}

struct ElementsVisitor;

impl<'de> Visitor<'de> for ElementsVisitor {
    type Value = Elements<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {MAX_ELEMENTS} elements")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<Self::Value, S::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element()? {
            if elements.len() == MAX_ELEMENTS {
                return Err(serde::de::Error::invalid_length(MAX_ELEMENTS + 1, &self));
            }
            elements.push(element);
        }
        Ok(Elements(elements))
    }
}

/// A field's name, borrowed when it has no escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field's name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Name(Cow::Borrowed(name)))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Name(Cow::Owned(name.to_owned())))
    }
}
