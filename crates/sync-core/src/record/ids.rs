//! Names of records on both sides, each a type of its own so that they can't be mixed up.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::InvalidValue;

/// Most characters of an id; the remote's have up to 13 digits (`metakocka-api.md §1.5`), the rest
/// is room for change.
const MAX_ID_CHARS: usize = 64;

/// Makes a text type that can only be built by parsing.
macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidValue;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidValue;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}
pub(super) use text_type;

text_type! {
    /// The remote's own id of a record: unique within one connection and, for documents, one type.
    ExternalId
}

text_type! {
    /// The remote's id of a row inside a record: a document line, an address, a contact person.
    RowId
}

text_type! {
    /// The CRM's id of a record: a UUID in its lower-case text form.
    RecordId
}

impl ExternalId {
    /// Reads an id: 1 to 64 visible ASCII characters.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        visible_ascii("an id of the remote", text).map(Self)
    }

    /// Order in which the remote gave out its ids: numbers by value, anything else by text.
    pub fn cmp_by_age(&self, other: &Self) -> std::cmp::Ordering {
        match (self.0.parse::<u128>(), other.0.parse::<u128>()) {
            (Ok(mine), Ok(theirs)) => mine.cmp(&theirs),
            _ => self.0.cmp(&other.0),
        }
    }
}

impl RowId {
    /// Reads an id: 1 to 64 visible ASCII characters.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        visible_ascii("an id of a row", text).map(Self)
    }
}

impl RecordId {
    /// Reads a UUID in its text form with four hyphens; upper case becomes lower case.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let lower = text.trim().to_ascii_lowercase();
        let right = lower.len() == 36
            && lower.char_indices().all(|(at, c)| match at {
                8 | 13 | 18 | 23 => c == '-',
                _ => c.is_ascii_hexdigit(),
            });
        right.then_some(Self(lower)).ok_or_else(|| {
            InvalidValue::new("a record id", text, "36 characters, hexadecimal with four hyphens")
        })
    }
}

fn visible_ascii(what: &'static str, text: &str) -> Result<String, InvalidValue> {
    let text = text.trim();
    let right = (1..=MAX_ID_CHARS).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    right
        .then(|| text.to_owned())
        .ok_or_else(|| InvalidValue::new(what, text, "1 to 64 visible ASCII characters"))
}

/// How often a CRM record was changed; raised by one on every edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub i64);

impl Revision {
    /// The revision of a record that was just made.
    pub const FIRST: Self = Self(1);

    /// The revision after one more edit.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
