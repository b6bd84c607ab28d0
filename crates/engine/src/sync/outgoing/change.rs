//! What is to be changed of a record: the fields in which the record here differs from what both sides agreed on, and
//! that Metakocka does not have so already.

use std::collections::BTreeSet;

use sync_core::capabilities::{self, Change, Locked, NoWay, Subject, Way};
use sync_core::three_way::{FieldName, Fields};

use super::fields::{self, LINES};
use super::words;

/// Why no request was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sync) enum NotMade {
    /// It can't be written: every reason, each with what to do instead.
    Blocked(Vec<String>),
    /// A field that is to be sent was changed there since: it is planned again on this read.
    Stale,
    /// Metakocka has everything as it is wanted: nothing is to be sent, the base can be taken from this read.
    Nothing,
}

#[cfg(test)]
impl NotMade {
    /// The sentences for people.
    pub(in crate::sync) fn sentences(&self) -> Vec<String> {
        match self {
            Self::Blocked(reasons) => reasons.clone(),
            Self::Stale => vec![sync_core::replace::Obstacle::Stale.to_string()],
            Self::Nothing => Vec::new(),
        }
    }
}

impl From<Vec<String>> for NotMade {
    fn from(reasons: Vec<String>) -> Self {
        Self::Blocked(reasons)
    }
}

/// The three states of the record in question, as fields.
pub(super) struct Sides {
    /// What both sides last agreed on, or what was decided on.
    pub base: Fields,
    /// What Metakocka has now.
    pub now: Fields,
    /// What it is to have.
    pub wanted: Fields,
}

impl Sides {
    /// The fields that are to be sent.
    pub(super) fn to_send(&self) -> Result<BTreeSet<FieldName>, NotMade> {
        let mut names = fields::differing(&self.base, &self.wanted);
        names.retain(|name| !fields::same(name, self.wanted.get(name), self.now.get(name)));
        if names.is_empty() {
            return Err(NotMade::Nothing);
        }
        let moved = |name: &FieldName| !fields::arrived(name, self.base.get(name), self.now.get(name));
        if names.iter().any(moved) { Err(NotMade::Stale) } else { Ok(names) }
    }

    /// The narrowest ways that change these fields.
    pub(super) fn ways(
        &self,
        subject: Subject,
        locked: Option<Locked>,
        names: &BTreeSet<FieldName>,
    ) -> Result<BTreeSet<Way>, NotMade> {
        let changes: BTreeSet<Change> = names.iter().map(|name| self.change(name)).collect();
        capabilities::ways(subject, locked, &changes)
            .map_err(|reasons| NotMade::Blocked(reasons.iter().map(words::no_way).collect()))
    }

    fn change(&self, name: &FieldName) -> Change {
        match (name.as_str(), self.wanted.contains_key(name)) {
            (LINES, _) => Change::Lines,
            (name, true) => Change::Set(name.to_owned()),
            (name, false) => Change::Empty(name.to_owned()),
        }
    }
}

/// The sentence for a part of a field that can only be emptied there.
pub(super) fn cannot_be_emptied(field: &str) -> String {
    let why = capabilities::Why::CannotBeEmptied;
    words::no_way(&NoWay { field: field.to_owned(), why })
}
