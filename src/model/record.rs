//! The states of a record (contract §2a), one for each reason.

use serde::{Deserialize, Serialize};

use super::When;

/// State and reason of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordState {
    /// Both sides are equal.
    Synced,
    /// Metakocka has something newer.
    ToTake,
    /// Not sent yet.
    ToSend,
    /// Changed on both sides, and the changes fit together.
    ToMerge,
    /// Waits for something that comes by itself.
    Waiting,
    /// A write is on its way.
    Running,
    /// The outcome of a write is not known yet.
    Settling,
    /// A write cannot be told apart from other records.
    Candidates,
    /// It may be a record that is here already.
    Match,
    /// Changed on both sides, and the changes contradict.
    Conflict,
    /// It exists twice there.
    Duplicate,
    /// It is gone there.
    Gone,
    /// It was deleted here and changed there.
    DeletedHere,
    /// What was sent and what was read differ.
    Difference,
    /// It cannot be sent as it is.
    Blocked,
    /// Metakocka refused it.
    Refused,
    /// It can't be read.
    Unreadable,
    /// It exists only here.
    OnlyHere,
    /// It is not sent.
    NotSent,
    /// It is not taken.
    NotTaken,
    /// It lies outside what the owner chose.
    OutOfScope,
    /// The kind is switched off.
    Off,
    /// A person said to keep it only here.
    Detached,
    /// Its content was erased for privacy.
    Erased,
    /// It was deleted here.
    Deleted,
}

/// The public status, under which several reasons stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateGroup {
    /// Both sides are equal.
    Synced,
    /// Goes on by itself.
    Pending,
    /// On its way.
    Running,
    /// The outcome is not known yet.
    Unknown,
    /// A person has to decide.
    NeedsReview,
    /// It does not go on as it is.
    Error,
    /// Left out on purpose.
    Excluded,
    /// Deleted here.
    Deleted,
}

/// The colour family of a state; the icon and the words always say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Well.
    Ok,
    /// On its way, in either direction.
    Flow,
    /// Merging.
    Merge,
    /// Waiting.
    Wait,
    /// Not known.
    Unknown,
    /// Somebody has to decide.
    Ask,
    /// Not possible.
    Bad,
    /// Left out.
    Off,
}

impl Tone {
    /// As the attribute that the style reads.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Flow => "flow",
            Self::Merge => "merge",
            Self::Wait => "wait",
            Self::Unknown => "unknown",
            Self::Ask => "ask",
            Self::Bad => "bad",
            Self::Off => "off",
        }
    }
}

impl RecordState {
    /// All of them, in the order of the contract's table.
    pub const ALL: [Self; 25] = [
        Self::Synced,
        Self::ToTake,
        Self::ToSend,
        Self::ToMerge,
        Self::Waiting,
        Self::Running,
        Self::Settling,
        Self::Candidates,
        Self::Match,
        Self::Conflict,
        Self::Duplicate,
        Self::Gone,
        Self::DeletedHere,
        Self::Difference,
        Self::Blocked,
        Self::Refused,
        Self::Unreadable,
        Self::OnlyHere,
        Self::NotSent,
        Self::NotTaken,
        Self::OutOfScope,
        Self::Off,
        Self::Detached,
        Self::Erased,
        Self::Deleted,
    ];

    /// The state of a `syncStatus` and `reason`; none: the pair is not in the contract.
    #[must_use]
    pub fn parse(status: &str, reason: Option<&str>) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.group().as_str() == status && state.reason() == reason)
    }

    /// The reason, as the contract spells it; none where the status alone says it.
    #[must_use]
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::Synced | Self::Running | Self::Deleted => None,
            Self::ToTake => Some("to_take"),
            Self::ToSend => Some("to_send"),
            Self::ToMerge => Some("to_merge"),
            Self::Waiting => Some("waiting"),
            Self::Settling => Some("settling"),
            Self::Candidates => Some("candidates"),
            Self::Match => Some("match"),
            Self::Conflict => Some("conflict"),
            Self::Duplicate => Some("duplicate"),
            Self::Gone => Some("gone"),
            Self::DeletedHere => Some("deleted_here"),
            Self::Difference => Some("difference"),
            Self::Blocked => Some("blocked"),
            Self::Refused => Some("refused"),
            Self::Unreadable => Some("unreadable"),
            Self::OnlyHere => Some("only_here"),
            Self::NotSent => Some("not_sent"),
            Self::NotTaken => Some("not_taken"),
            Self::OutOfScope => Some("out_of_scope"),
            Self::Off => Some("off"),
            Self::Detached => Some("detached"),
            Self::Erased => Some("erased"),
        }
    }

    /// The public status it stands under.
    #[must_use]
    pub fn group(self) -> StateGroup {
        match self {
            Self::Synced => StateGroup::Synced,
            Self::ToTake | Self::ToSend | Self::ToMerge | Self::Waiting => StateGroup::Pending,
            Self::Running => StateGroup::Running,
            Self::Settling => StateGroup::Unknown,
            Self::Candidates
            | Self::Match
            | Self::Conflict
            | Self::Duplicate
            | Self::Gone
            | Self::DeletedHere
            | Self::Difference => StateGroup::NeedsReview,
            Self::Blocked | Self::Refused | Self::Unreadable => StateGroup::Error,
            Self::OnlyHere
            | Self::NotSent
            | Self::NotTaken
            | Self::OutOfScope
            | Self::Off
            | Self::Detached
            | Self::Erased => StateGroup::Excluded,
            Self::Deleted => StateGroup::Deleted,
        }
    }

    /// Its colour family.
    #[must_use]
    pub fn tone(self) -> Tone {
        match self {
            Self::ToMerge => Tone::Merge,
            Self::Waiting => Tone::Wait,
            other => match other.group() {
                StateGroup::Synced => Tone::Ok,
                StateGroup::Pending | StateGroup::Running => Tone::Flow,
                StateGroup::Unknown => Tone::Unknown,
                StateGroup::NeedsReview => Tone::Ask,
                StateGroup::Error => Tone::Bad,
                StateGroup::Excluded | StateGroup::Deleted => Tone::Off,
            },
        }
    }
}

impl StateGroup {
    /// As the contract spells `syncStatus`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Synced => "synced",
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Unknown => "unknown",
            Self::NeedsReview => "needs_review",
            Self::Error => "error",
            Self::Excluded => "excluded",
            Self::Deleted => "deleted",
        }
    }
}

/// State of a record with everything that a person is told about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordSync {
    /// State and reason.
    pub state: RecordState,
    /// Why, as a sentence.
    pub detail: Option<String>,
    /// Since when, or when the next look is made.
    pub at: Option<When>,
    /// When a person is asked, of an unknown outcome.
    pub asks_at: Option<When>,
    /// The number there.
    pub number: Option<String>,
    /// When both sides were last equal.
    pub equal_at: Option<When>,
}

impl RecordSync {
    /// A bare state.
    #[must_use]
    pub fn of(state: RecordState) -> Self {
        Self { state, detail: None, at: None, asks_at: None, number: None, equal_at: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_found_again_by_its_status_and_reason() {
        for state in RecordState::ALL {
            assert_eq!(RecordState::parse(state.group().as_str(), state.reason()), Some(state), "{state:?}");
        }
    }

    #[test]
    fn a_pair_that_is_not_in_the_contract_is_no_state() {
        assert_eq!(RecordState::parse("synced", Some("to_take")), None);
        assert_eq!(RecordState::parse("pending", None), None);
    }
}
