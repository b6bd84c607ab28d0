//! What the planner can decide.

use std::fmt;

use crate::record::UnknownName;
use crate::state::{Excluded, SyncState};

/// A decision: which row of the policy fits, what is to be done, and what people see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decision {
    /// The row of table B.
    pub row: Row,
    /// The row of the gate, when a write asked to pass.
    pub gate: Option<GateRow>,
    /// What is to be done.
    pub action: Action,
    /// The state that is shown; nothing for what is not listed.
    pub state: Option<SyncState>,
}

impl Decision {
    pub(super) fn new(row: Row, action: Action, state: SyncState) -> Self {
        Self { row, gate: None, action, state: Some(state) }
    }

    pub(super) fn unlisted(row: Row, action: Action) -> Self {
        Self { row, gate: None, action, state: None }
    }

    pub(super) fn excluded(row: Row, why: Exclusion) -> Self {
        Self::new(row, Action::Exclude(why), SyncState::Excluded(why.into()))
    }
}

/// What is to be done with a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Nothing.
    Nothing,
    /// Nothing yet; it goes on by itself.
    Wait(Wait),
    /// A person is asked.
    Ask(Question),
    /// It can't go on until something is changed.
    Blocked(Obstacle),
    /// It is left out, on purpose.
    Exclude(Exclusion),
    /// Makes a CRM record of the remote one.
    CreateLocal,
    /// Changes the CRM record, only on the revision that was planned on.
    UpdateLocal,
    /// Makes a remote record of the CRM's.
    CreateRemote,
    /// Changes the remote record in the narrowest way.
    UpdateRemote,
    /// Links the pair and merges it from an empty base.
    Link,
    /// Takes and sends what three-way decided.
    Merge,
    /// Reads the remote record by its id: found, or proven to be gone.
    LookById,
    /// Keeps the link of a deleted record, so that it is not made anew.
    KeepTombstone,
    /// Closes the link: both sides are gone.
    CloseLink,
}

impl Action {
    /// Whether the remote is written to.
    pub fn may_write_there(self) -> bool {
        matches!(self, Self::CreateRemote | Self::UpdateRemote | Self::Link | Self::Merge)
    }
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wait {
    /// It is being sent or read back.
    Sending,
    /// A pause or a quota holds it back.
    Held,
    /// Whether it arrived is being looked up.
    Settling,
    /// The first complete scan of the kind.
    FirstScan,
    /// The owner's confirmation of the matching.
    Matching,
    /// A customer or product that it names.
    Naming,
    /// An equal record whose outcome is unknown.
    Twin,
}

/// What a person is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Question {
    /// Which of the found records is the one that was sent?
    WhichIsIt,
    /// Which remote record is this?
    WhichMatches,
    /// A second record with our marker: what about it?
    LateDuplicate,
    /// Take theirs, or keep ours, field by field?
    Conflict,
    /// Take theirs, or send again?
    Difference,
    /// Keep only here, create again, or delete here?
    Gone,
    /// Restore with what the remote has, or leave deleted?
    DeletedHere,
}

/// What stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Obstacle {
    /// The remote refused it.
    Refused,
    /// The remote record can't be read.
    Unreadable,
    /// It is not valid, or there is no way to send it.
    Invalid,
    /// The remote record is locked.
    Locked,
    /// A customer or product that it names is stuck.
    Naming,
}

/// Why something is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exclusion {
    /// The CRM record may not be made there.
    OnlyHere,
    /// A change here may not be sent.
    NotSent,
    /// A record or change there is not taken.
    NotTaken,
    /// Outside of the owner's scope.
    OutOfScope,
}

impl From<Exclusion> for Excluded {
    fn from(why: Exclusion) -> Self {
        match why {
            Exclusion::OnlyHere => Self::OnlyHere,
            Exclusion::NotSent => Self::NotSent,
            Exclusion::NotTaken => Self::NotTaken,
            Exclusion::OutOfScope => Self::OutOfScope,
        }
    }
}

/// Makes an enum whose variants are numbered from one.
macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident, $what:literal, $($variant:ident $text:literal $says:literal),+ $(,)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(#[doc = $says] $variant),+
        }

        impl $name {
            /// All of them, in their order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name in the policy, which is also stored.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text),+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|one| one.as_str() == name).ok_or_else(|| UnknownName::new($what, name))
            }
        }
    };
}

numbered! {
    /// A row of table B of the policy.
    Row, "row of the policy",
    R1 "1" "Left alone.",
    R2 "2" "Being sent.",
    R3 "3" "Unknown.",
    R4 "4" "A person has to say which record it is.",
    R5 "5" "Refused.",
    R6 "6" "Unreadable.",
    R7 "7" "Nothing left.",
    R8 "8" "Late duplicate.",
    R9 "9" "Not to be created here.",
    R10 "10" "Candidate of a CRM record.",
    R11 "11" "Matching not confirmed, a remote record waits.",
    R12 "12" "Create here.",
    R13 "13" "Matches not known, a CRM record waits.",
    R14 "14" "Link.",
    R15 "15" "Several may match.",
    R16 "16" "Create there.",
    R17 "17" "Look by id.",
    R18 "18" "A recorded difference.",
    R19 "19" "Synced.",
    R20 "20" "Update here.",
    R21 "21" "Update there.",
    R22 "22" "Merge or conflict.",
    R23 "23" "Gone there.",
    R24 "24" "Deleted here.",
    R25 "25" "Deleted here, changed there.",
    R26 "26" "Deleted here, gone there.",
}

numbered! {
    /// A row of the gate before every write.
    GateRow, "row of the gate",
    G1 "g1" "Forbidden.",
    G2 "g2" "Invalid or locked.",
    G3 "g3" "What it names is stuck.",
    G4 "g4" "What it names is on its way.",
    G5 "g5" "Written.",
}
