//! Which records here are which in Metakocka: the dry run, its confirmation, and the question about one record.

use serde::{Deserialize, Serialize};
use sync_core::matching::KeyKind;
use sync_core::record::RecordKind;

use super::When;

/// Everything that the page of the matching shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchingPage {
    /// One for each kind of record, in the order in which they are confirmed.
    pub kinds: Vec<KindMatching>,
    /// Somebody looks in Metakocka just now.
    pub looking: bool,
    /// The records that somebody has to decide about.
    pub questions: Vec<MatchBrief>,
}

/// How far the matching of a kind is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchingState {
    /// Nobody has looked in Metakocka yet.
    NotLooked,
    /// The owner has to confirm it.
    ToConfirm,
    /// It is confirmed, or needed no confirmation.
    Confirmed,
}

/// The dry run of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindMatching {
    /// Which kind.
    pub kind: RecordKind,
    /// How far it is.
    pub state: MatchingState,
    /// When it was confirmed.
    pub confirmed_at: Option<When>,
    /// Another kind has to be confirmed first.
    pub waits: bool,
    /// Records that are one for certain.
    pub certain: MatchClass,
    /// Of these, those that say different things on either side.
    pub differing: u64,
    /// Records that somebody has to decide about.
    pub candidates: MatchClass,
    /// Records that are only here.
    pub only_here: MatchClass,
    /// Records that are only in Metakocka.
    pub only_there: MatchClass,
}

/// One class of records.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchClass {
    /// How many there are.
    pub count: u64,
    /// Some of them.
    pub samples: Vec<MatchSample>,
}

/// A record, or a pair of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchSample {
    /// The record here.
    pub here: Option<MatchSide>,
    /// The record in Metakocka; of several the first.
    pub there: Option<MatchSide>,
    /// How many it could be.
    pub of: u64,
    /// What both have in common.
    pub by: Vec<KeyKind>,
}

/// A record as people tell it apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchSide {
    /// Its id: of the record here, or Metakocka's.
    pub id: String,
    /// Metakocka's document type; empty for others.
    pub remote_type: String,
    /// Number and name.
    pub name: String,
    /// What tells it apart from others of its name.
    pub detail: String,
}

/// A question in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchBrief {
    /// Of which kind the record is.
    pub kind: RecordKind,
    /// The record here.
    pub record: MatchSide,
    /// How many it could be.
    pub candidates: u64,
    /// It is linked: asked is whether the others are the same customer.
    pub is_linked: bool,
}

/// The question about one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchQuestion {
    /// Of which kind the record is.
    pub kind: RecordKind,
    /// The record here.
    pub record: MatchSide,
    /// What it is linked to already.
    pub linked_to: Option<MatchSide>,
    /// What it could be.
    pub candidates: Vec<MatchCandidate>,
}

/// A record in Metakocka that one here could be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchCandidate {
    /// It.
    pub there: MatchSide,
    /// What both have in common.
    pub by: Vec<KeyKind>,
    /// Fields that differ, with both values: name of the field, here, there.
    pub differs: Vec<(String, String, String)>,
    /// Fields that say the same on both sides, with the value.
    pub same: Vec<(String, String)>,
}

/// The path of the question about a record.
#[must_use]
pub fn match_path(kind: RecordKind, id: &str) -> String {
    format!("/review/match{}/{id}", super::list_path(kind))
}

/// The kind that a path names; none: it names none.
#[must_use]
pub fn kind_of_path(name: &str) -> Option<RecordKind> {
    RecordKind::ALL.into_iter().find(|kind| super::list_path(*kind).trim_start_matches('/') == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_question_names_its_kind() {
        for kind in RecordKind::ALL {
            let path = match_path(kind, "7");
            let parts: Vec<&str> = path.split('/').collect();
            assert_eq!((parts[1], parts[2], parts[4]), ("review", "match", "7"), "{path}");
            assert_eq!(kind_of_path(parts[3]), Some(kind));
        }
        assert_eq!(kind_of_path("settings"), None);
    }
}
