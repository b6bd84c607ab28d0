//! Everything that the planner looks at, policy A. Combinations that can't be are not expressible: a
//! base exists exactly in [`Subject::Linked`], and only an unlinked CRM record has matches.

use super::gate::Facts;

/// One subject with everything that decides about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Inputs {
    /// W: the unfinished write.
    pub intent: OpenIntent,
    /// B, L, R and M.
    pub subject: Subject,
    /// What a person made of it.
    pub mode: Mode,
    /// What the owner chose for the kind.
    pub policy: Policy,
    /// Whether the remote record is within the owner's scope.
    pub in_scope: bool,
    /// Whether the matching of the kind is confirmed, or needs no confirmation.
    pub matching_confirmed: bool,
    /// What the gate looks at before a write.
    pub facts: Facts,
}

/// W: the write of this subject that is not finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OpenIntent {
    /// There is none.
    None,
    /// Prepared or being sent.
    Open {
        /// A pause or a quota holds it back.
        held: bool,
    },
    /// The remote has it, it is not read back yet.
    Stored,
    /// Whether the remote has it is not known.
    Unknown,
    /// A person has to say which record it is.
    NeedsPerson,
    /// Refused; CRM revision, mirror content and mappings are as they were, and nobody asked for
    /// another try.
    Refused,
}

/// What there is on either side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Neither side has anything left.
    Nothing,
    /// A deleted CRM record that was never linked.
    LocalDeleted,
    /// A CRM record without a link, and its matches.
    LocalOnly(Matches),
    /// A remote record without a link.
    RemoteOnly(UnlinkedRemote),
    /// A linked pair with a base.
    Linked {
        /// The CRM record against the base.
        local: LinkedLocal,
        /// The mirror against the base.
        remote: LinkedRemote,
        /// What three-way makes of them; looked at only where both sides moved.
        merge: MergeOutlook,
    },
}

impl Subject {
    /// Whether there is a link.
    pub fn is_linked(self) -> bool {
        matches!(self, Self::Linked { .. })
    }
}

/// M: which remote records an unlinked CRM record may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Matches {
    /// No complete scan of the scope, or look-up of this record, since connecting or restoring.
    NotKnown,
    /// No remote record.
    None,
    /// Exactly one, for certain: by its key, or by our marker where it fits (policy F).
    Certain(MergeOutlook),
    /// Some that a person has to choose from.
    Candidates,
}

/// R without a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnlinkedRemote {
    /// It can't be read.
    Unreadable,
    /// Proven to be gone.
    Gone,
    /// It carries the marker of a linked record, is of the same type and no descendant (policy F).
    LateDuplicate,
    /// It is a candidate of a CRM record.
    Candidate,
    /// Nothing here claims it.
    Free,
}

/// L of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkedLocal {
    /// No synced field differs from the base.
    Same,
    /// A synced field differs from the base.
    Edited,
    /// Deleted, a tombstone.
    Deleted,
}

/// R of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkedRemote {
    /// The mirror has no row, because it was rebuilt or restored.
    NotSeen,
    /// The content hash of the base.
    Same,
    /// Another content.
    Changed,
    /// Exactly what was recorded as a difference after our last write (C1, or the total).
    RecordedDifference,
    /// Proven to be gone.
    Gone,
    /// It can't be read.
    Unreadable,
}

/// What three-way came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MergeOutlook {
    /// Nothing is open and nothing is sent: at most the CRM changes.
    Takes,
    /// Nothing is open and something is sent.
    Sends,
    /// At least one field is open.
    Open,
}

/// What a person made of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// It is synced.
    Normal,
    /// "Keep only here".
    Detached,
    /// Erased for privacy.
    Erased,
}

/// In which direction a kind goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Both.
    Both,
    /// From the remote.
    FromRemote,
    /// To the remote.
    ToRemote,
    /// Neither.
    Off,
}

impl Direction {
    /// Whether changes there are taken.
    pub fn takes(self) -> bool {
        matches!(self, Self::Both | Self::FromRemote)
    }

    /// Whether changes here are sent.
    pub fn sends(self) -> bool {
        matches!(self, Self::Both | Self::ToRemote)
    }
}

/// What the owner chose for a kind (defaults: policy D).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Policy {
    /// The direction.
    pub direction: Direction,
    /// New records may be made there; for invoices, the opt-in.
    pub create_there: bool,
    /// New records may be made here.
    pub create_here: bool,
}

impl Policy {
    /// Whether a remote record may become a CRM record.
    pub fn may_create_here(self) -> bool {
        self.create_here && self.direction.takes()
    }

    /// Whether a CRM record may become a remote record.
    pub fn may_create_there(self) -> bool {
        self.create_there && self.direction.sends()
    }
}
