//! What people did in a run, on both sides: what the judge holds against what is left.

use std::collections::BTreeSet;

use jiff::Timestamp;

/// A field that people of both sides edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    /// Subject.
    Title,
    /// Notes.
    Notes,
    /// Quantity of the first line.
    Amount,
}

/// A document that was made here.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    /// The text of its first line: nobody edits it, so it tells the document on both sides.
    pub(crate) token: String,
    /// None: the call had no answer.
    pub(crate) id: Option<String>,
}

/// An edit here.
#[derive(Clone, Debug)]
pub(crate) struct Here {
    pub(crate) at: Timestamp,
    pub(crate) id: String,
    pub(crate) field: Field,
    pub(crate) value: String,
    /// What it replaced.
    pub(crate) saw: String,
    /// False: no answer, so it may have been done or not.
    pub(crate) answered: bool,
}

/// An edit in Metakocka.
#[derive(Clone, Debug)]
pub(crate) struct There {
    pub(crate) at: Timestamp,
    pub(crate) id: String,
    pub(crate) field: Field,
    pub(crate) value: String,
    /// What was there a moment before.
    pub(crate) saw: String,
}

/// An edit of a contact here: its phone number.
#[derive(Clone, Debug)]
pub(crate) struct Phone {
    pub(crate) id: String,
    pub(crate) value: String,
    pub(crate) answered: bool,
}

/// Everything.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) made: Vec<Made>,
    pub(crate) here: Vec<Here>,
    pub(crate) there: Vec<There>,
    pub(crate) phones: Vec<Phone>,
    /// Ids of documents that people in Metakocka copied or deleted.
    pub(crate) copies: BTreeSet<String>,
    pub(crate) deleted: BTreeSet<String>,
    /// Values count up, so that none comes twice.
    count: u64,
}

impl Ledger {
    /// A number that no other value of this run has.
    pub(crate) fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }
}
