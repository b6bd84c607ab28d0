//! The state of one record, contract §2a: one closed enum, stored and published as two strings.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::record::UnknownName;

/// What is true of one record between CRM and remote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Strings", into = "Strings")]
pub enum SyncState {
    /// Both sides are equal.
    Synced,
    /// Something is to be done and will be, by itself or by a click.
    Pending(Pending),
    /// It is being sent or fetched.
    Running,
    /// Whether a write arrived is not known; it is looked up.
    Unknown,
    /// A person has to decide.
    NeedsReview(Review),
    /// It can't go on until something is changed.
    Error(Trouble),
    /// It is left out, on purpose.
    Excluded(Excluded),
    /// Deleted in the CRM; the remote keeps its own.
    Deleted,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pending {
    /// Newer in the remote.
    ToTake,
    /// Not sent yet.
    ToSend,
    /// Changed on both sides in a way that merges by itself.
    ToMerge,
    /// Waits for something else.
    Waiting,
}

/// What a person has to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Review {
    /// Which of the found records is the one that was sent.
    Candidates,
    /// Which remote record a CRM record is.
    Match,
    /// A field was changed on both sides.
    Conflict,
    /// A second record with our marker turned up.
    Duplicate,
    /// It is gone in the remote.
    Gone,
    /// It was deleted here and changed there.
    DeletedHere,
    /// The remote keeps something else than what was sent.
    Difference,
}

/// Why it can't go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Trouble {
    /// Our own check forbids it.
    Blocked,
    /// The remote refused it.
    Refused,
    /// The remote record can't be read.
    Unreadable,
}

/// Why it is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Excluded {
    /// It lives only in the CRM.
    OnlyHere,
    /// A change here is not sent.
    NotSent,
    /// A record or change there is not taken.
    NotTaken,
    /// Outside of what the owner chose.
    OutOfScope,
    /// The kind is switched off.
    Off,
    /// A person said: keep only here.
    Detached,
    /// Erased for privacy.
    Erased,
}

/// The drawing that stands for a state; each has its own shape, so that colour is never the only
/// sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Icon {
    /// A tick.
    Check,
    /// An arrow down: newer there.
    Down,
    /// An arrow up: not sent.
    Up,
    /// Lines that join.
    Merge,
    /// A clock.
    Clock,
    /// An open ring.
    Run,
    /// A dashed ring with a question mark.
    Question,
    /// A triangle.
    Hand,
    /// An octagon.
    Bad,
    /// A minus.
    Off,
}

impl Icon {
    /// The name of the drawing in the user interface.
    pub fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Down => "down",
            Self::Up => "up",
            Self::Merge => "merge",
            Self::Clock => "clock",
            Self::Run => "run",
            Self::Question => "q",
            Self::Hand => "hand",
            Self::Bad => "bad",
            Self::Off => "off",
        }
    }
}

impl SyncState {
    /// Every state.
    pub const ALL: [Self; 25] = [
        Self::Synced,
        Self::Pending(Pending::ToTake),
        Self::Pending(Pending::ToSend),
        Self::Pending(Pending::ToMerge),
        Self::Pending(Pending::Waiting),
        Self::Running,
        Self::Unknown,
        Self::NeedsReview(Review::Candidates),
        Self::NeedsReview(Review::Match),
        Self::NeedsReview(Review::Conflict),
        Self::NeedsReview(Review::Duplicate),
        Self::NeedsReview(Review::Gone),
        Self::NeedsReview(Review::DeletedHere),
        Self::NeedsReview(Review::Difference),
        Self::Error(Trouble::Blocked),
        Self::Error(Trouble::Refused),
        Self::Error(Trouble::Unreadable),
        Self::Excluded(Excluded::OnlyHere),
        Self::Excluded(Excluded::NotSent),
        Self::Excluded(Excluded::NotTaken),
        Self::Excluded(Excluded::OutOfScope),
        Self::Excluded(Excluded::Off),
        Self::Excluded(Excluded::Detached),
        Self::Excluded(Excluded::Erased),
        Self::Deleted,
    ];

    /// `syncStatus` and `reason` of the contract; four states have no reason of their own, `unknown`
    /// always says `settling`.
    pub fn as_strs(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Synced => ("synced", None),
            Self::Pending(pending) => ("pending", Some(pending.as_str())),
            Self::Running => ("running", None),
            Self::Unknown => ("unknown", Some("settling")),
            Self::NeedsReview(review) => ("needs_review", Some(review.as_str())),
            Self::Error(trouble) => ("error", Some(trouble.as_str())),
            Self::Excluded(excluded) => ("excluded", Some(excluded.as_str())),
            Self::Deleted => ("deleted", None),
        }
    }

    /// Reads the two strings back; an empty reason is none.
    pub fn from_strs(status: &str, reason: Option<&str>) -> Result<Self, UnknownName> {
        let reason = reason.filter(|reason| !reason.is_empty());
        Self::ALL
            .into_iter()
            .find(|state| state.as_strs() == (status, reason))
            .ok_or_else(|| UnknownName::new("sync state", &format!("{status}/{}", reason.unwrap_or("–"))))
    }

    /// `syncStatus`.
    pub fn status(self) -> &'static str {
        self.as_strs().0
    }

    /// `reason`.
    pub fn reason(self) -> Option<&'static str> {
        self.as_strs().1
    }

    /// The name that styles and tests use (`data-state`): the reason where pending states differ in
    /// their looks, else the status.
    pub fn data_state(self) -> &'static str {
        match self {
            Self::Pending(pending) => pending.as_str(),
            other => other.status(),
        }
    }

    /// The drawing that stands for it.
    pub fn icon(self) -> Icon {
        match self {
            Self::Synced => Icon::Check,
            Self::Pending(Pending::ToTake) => Icon::Down,
            Self::Pending(Pending::ToSend) => Icon::Up,
            Self::Pending(Pending::ToMerge) => Icon::Merge,
            Self::Pending(Pending::Waiting) => Icon::Clock,
            Self::Running => Icon::Run,
            Self::Unknown => Icon::Question,
            Self::NeedsReview(_) => Icon::Hand,
            Self::Error(_) => Icon::Bad,
            Self::Excluded(_) | Self::Deleted => Icon::Off,
        }
    }

    /// Whether it ends by itself while the remote answers and nothing is paused (policy B).
    pub fn is_passing(self) -> bool {
        matches!(self, Self::Running | Self::Unknown | Self::Pending(Pending::Waiting))
    }
}

impl Pending {
    fn as_str(self) -> &'static str {
        match self {
            Self::ToTake => "to_take",
            Self::ToSend => "to_send",
            Self::ToMerge => "to_merge",
            Self::Waiting => "waiting",
        }
    }
}

impl Review {
    /// Every reason, in the order in which people are asked: what holds back most comes first.
    pub const ALL: [Self; 7] = [
        Self::Conflict,
        Self::Difference,
        Self::Gone,
        Self::DeletedHere,
        Self::Candidates,
        Self::Match,
        Self::Duplicate,
    ];

    /// Reads the contract's word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|review| review.as_str() == text)
    }

    /// The contract's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Candidates => "candidates",
            Self::Match => "match",
            Self::Conflict => "conflict",
            Self::Duplicate => "duplicate",
            Self::Gone => "gone",
            Self::DeletedHere => "deleted_here",
            Self::Difference => "difference",
        }
    }
}

impl Trouble {
    fn as_str(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::Refused => "refused",
            Self::Unreadable => "unreadable",
        }
    }
}

impl Excluded {
    fn as_str(self) -> &'static str {
        match self {
            Self::OnlyHere => "only_here",
            Self::NotSent => "not_sent",
            Self::NotTaken => "not_taken",
            Self::OutOfScope => "out_of_scope",
            Self::Off => "off",
            Self::Detached => "detached",
            Self::Erased => "erased",
        }
    }
}

impl fmt::Display for SyncState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_strs() {
            (status, Some(reason)) => write!(f, "{status}/{reason}"),
            (status, None) => f.write_str(status),
        }
    }
}

/// The serialised form.
#[derive(Serialize, Deserialize)]
struct Strings {
    status: String,
    reason: Option<String>,
}

impl From<SyncState> for Strings {
    fn from(state: SyncState) -> Self {
        let (status, reason) = state.as_strs();
        Self { status: status.to_owned(), reason: reason.map(str::to_owned) }
    }
}

impl TryFrom<Strings> for SyncState {
    type Error = UnknownName;

    fn try_from(strings: Strings) -> Result<Self, UnknownName> {
        Self::from_strs(&strings.status, strings.reason.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_state_is_read_back_from_its_two_strings() {
        for state in SyncState::ALL {
            let (status, reason) = state.as_strs();
            assert_eq!(SyncState::from_strs(status, reason), Ok(state));
            let json = serde_json::to_string(&state).unwrap();
            assert_eq!(serde_json::from_str::<SyncState>(&json).unwrap(), state);
        }
    }

    #[test]
    fn no_two_states_share_their_strings() {
        let names: BTreeSet<_> = SyncState::ALL.into_iter().map(SyncState::as_strs).collect();
        assert_eq!(names.len(), SyncState::ALL.len());
    }

    #[test]
    fn strings_that_are_no_state_are_refused() {
        assert!(SyncState::from_strs("pending", None).is_err());
        assert!(SyncState::from_strs("synced", Some("gone")).is_err());
        assert!(SyncState::from_strs("unknown", Some("")).is_err());
        assert_eq!(SyncState::from_strs("synced", Some("")), Ok(SyncState::Synced));
    }

    #[test]
    fn styles_tell_the_pending_states_apart() {
        let names: BTreeSet<_> = SyncState::ALL.into_iter().map(SyncState::data_state).collect();
        let expected = [
            "deleted",
            "error",
            "excluded",
            "needs_review",
            "running",
            "synced",
            "to_merge",
            "to_send",
            "to_take",
            "unknown",
            "waiting",
        ];
        assert!(names.into_iter().eq(expected));
    }
}
