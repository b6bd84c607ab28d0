//! The gate: rows g1 to g5, asked before every write to the remote, in this order.

use super::action::{Action, Decision, Exclusion, GateRow, Obstacle, Row, Wait};
use super::inputs::Inputs;
use crate::state::{Pending, SyncState, Trouble};

/// What the gate looks at. The sentences behind each are the caller's; it shows every one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Facts {
    /// The record can be sent as it is (policy G) and there is a way to send it (policy E).
    pub sendable: bool,
    /// The lock of the remote record.
    pub lock: Lock,
    /// The customer and the products that it names.
    pub naming: Naming,
    /// A create of the same type and customer with equal content is unknown.
    pub twin_unknown: bool,
}

impl Facts {
    /// Nothing stands in the way.
    pub const CLEAR: Self =
        Self { sendable: true, lock: Lock::None, naming: Naming::Ready, twin_unknown: false };
}

/// Whether the remote still lets the record be changed (policy E).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lock {
    /// It does.
    None,
    /// Issued, invoiced or shipped.
    Locked,
    /// Not read yet: a preview, which goes by the mirror's hint. The job that writes reads it first.
    NotRead,
}

/// How it stands with the records that this one names, the worst of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Naming {
    /// All are linked, or it names none.
    Ready,
    /// One is not linked yet, or is being sent, stored or unknown; a missing one is brought first.
    Coming,
    /// One waits for a person or is blocked.
    Stuck,
}

/// The write that asks to pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    /// A new remote record.
    Create,
    /// A change of a remote record.
    Update,
    /// What three-way decided, as a link or a merge.
    Merge(Action),
}

/// The decision for a write: the write itself (g5) or what stops it.
pub(super) fn gated(inputs: &Inputs, row: Row, write: Write) -> Decision {
    let (gate, action, state) = pass(inputs, write);
    Decision { gate: Some(gate), ..Decision::new(row, action, state) }
}

fn pass(inputs: &Inputs, write: Write) -> (GateRow, Action, SyncState) {
    let Facts { sendable, lock, naming, twin_unknown } = inputs.facts;
    if let Some(why) = forbidden(inputs, write) {
        return (GateRow::G1, Action::Exclude(why), SyncState::Excluded(why.into()));
    }
    let blocked = |gate, obstacle| (gate, Action::Blocked(obstacle), SyncState::Error(Trouble::Blocked));
    let changes = write != Write::Create;
    match (sendable, naming) {
        (false, _) => blocked(GateRow::G2, Obstacle::Invalid),
        _ if changes && lock == Lock::Locked => blocked(GateRow::G2, Obstacle::Locked),
        (_, Naming::Stuck) => blocked(GateRow::G3, Obstacle::Naming),
        (_, Naming::Coming) => waits(Wait::Naming),
        _ if !changes && twin_unknown => waits(Wait::Twin),
        (_, Naming::Ready) => written(write),
    }
}

/// Three-way keeps a field open that may not be sent, so a merge that gets here may be.
fn forbidden(inputs: &Inputs, write: Write) -> Option<Exclusion> {
    match write {
        Write::Create => (!inputs.policy.may_create_there()).then_some(Exclusion::OnlyHere),
        Write::Update | Write::Merge(_) => (!inputs.policy.direction.sends()).then_some(Exclusion::NotSent),
    }
}

fn waits(wait: Wait) -> (GateRow, Action, SyncState) {
    (GateRow::G4, Action::Wait(wait), SyncState::Pending(Pending::Waiting))
}

fn written(write: Write) -> (GateRow, Action, SyncState) {
    let (action, pending) = match write {
        Write::Create => (Action::CreateRemote, Pending::ToSend),
        Write::Update => (Action::UpdateRemote, Pending::ToSend),
        Write::Merge(action) => (action, Pending::ToMerge),
    };
    (GateRow::G5, action, SyncState::Pending(pending))
}
