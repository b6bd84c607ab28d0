//! Rows of a reply: read, or unreadable on its own. One bad record never costs the page.

use serde_json::value::RawValue;

use crate::identity::MkId;

/// The JSON of a record exactly as it was received, for a mirror. Only the secret key, had it been echoed,
/// is replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawJson(Box<str>);

impl RawJson {
    pub(crate) fn new(raw: &RawValue) -> Self {
        Self(raw.get().into())
    }

    /// The text; it is valid JSON.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A record that was read, and what it was read from.
#[derive(Clone, Debug)]
pub struct Record<T> {
    /// The record.
    pub value: T,
    /// Its JSON as received.
    pub raw: RawJson,
}

/// A record that could not be read, and why. It concerns this record alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {sentence}")]
pub struct Unreadable {
    /// The id, when at least that could be read.
    pub mk_id: Option<MkId>,
    /// The number that people see (`count_code`), when it could be read.
    pub number: Option<String>,
    /// The field that failed, as Metakocka names it, with the place in its lists: `product_list[2].amount`.
    /// Empty when the record as a whole is not what it should be.
    pub field: String,
    /// What is wrong, in a sentence for people.
    pub sentence: String,
    /// The JSON as received.
    pub raw: RawJson,
}

impl Unreadable {
    /// What was kept as a document is not even JSON.
    pub(crate) fn not_json() -> Self {
        Self {
            mk_id: None,
            number: None,
            field: String::new(),
            sentence: "this is not valid JSON".to_owned(),
            raw: RawJson("null".into()),
        }
    }
}

/// A row of a reply.
#[derive(Clone, Debug)]
pub enum Row<T> {
    /// It was read.
    Read(Box<Record<T>>),
    /// It was not; the others were.
    Unreadable(Box<Unreadable>),
}

impl<T> Row<T> {
    /// The record, if it was read.
    pub fn read(&self) -> Option<&Record<T>> {
        match self {
            Self::Read(record) => Some(record),
            Self::Unreadable(_) => None,
        }
    }

    /// The record, or why there is none.
    pub fn into_result(self) -> Result<Record<T>, Box<Unreadable>> {
        match self {
            Self::Read(record) => Ok(*record),
            Self::Unreadable(unreadable) => Err(unreadable),
        }
    }

    /// The JSON as received, of either.
    pub fn raw(&self) -> &RawJson {
        match self {
            Self::Read(record) => &record.raw,
            Self::Unreadable(unreadable) => &unreadable.raw,
        }
    }
}
