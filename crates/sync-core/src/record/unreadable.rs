//! Why a value or a record can't be read, in words for people.

use serde::{Deserialize, Serialize};

/// Most characters of a refused value that are quoted: enough to recognise it, short enough for a
/// table cell.
const QUOTED_CHARS: usize = 60;

/// A text that is not a value of its type. What happens next is up to the caller: [`Self::at`]
/// makes the record [`Unreadable`], a form shows the sentence beside its field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{given}” is not {what}: {rule}")]
pub struct InvalidValue {
    what: &'static str,
    given: String,
    rule: &'static str,
}

impl InvalidValue {
    /// Refuses `given`; `what` names the type with its article, `rule` says what would be right.
    pub fn new(what: &'static str, given: &str, rule: &'static str) -> Self {
        Self { what, given: given.chars().take(QUOTED_CHARS).collect(), rule }
    }

    /// The same, for the field of a record that came from the remote.
    pub fn at(&self, field: impl Into<String>) -> Unreadable {
        Unreadable { field: field.into(), sentence: self.to_string() }
    }
}

/// A record that can't be read. It alone is reported, with the field and a sentence; nothing is
/// written on either side until the remote record changes (policy row 6).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{field}: {sentence}")]
pub struct Unreadable {
    /// The field in our words, lines counted from one: `lines[3].tax`.
    pub field: String,
    /// What is wrong with it.
    pub sentence: String,
}

impl Unreadable {
    /// A reason that concerns a field.
    pub fn new(field: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self { field: field.into(), sentence: sentence.into() }
    }

    /// The same reason, inside of something: `tax` becomes `lines[3].tax`.
    #[must_use]
    pub fn inside(self, outer: &str) -> Self {
        Self { field: format!("{outer}.{}", self.field), sentence: self.sentence }
    }
}
