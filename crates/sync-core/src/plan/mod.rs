//! The planner: one subject in, one decision out. It is table B of the policy, row by row; the first
//! row that fits decides.
//!
//! It must not look at fields (that is `three_way`) nor know how anything is sent. To add a row: add
//! it to [`Row`], to `plan` at its place in the order, and to the table of the tests.

mod action;
mod gate;
mod inputs;
#[cfg(test)]
mod tests;

pub use action::{Action, Decision, Exclusion, GateRow, Obstacle, Question, Row, Wait};
pub use gate::{Facts, Lock, Naming};
pub use inputs::{
    Direction, Inputs, LinkedLocal, LinkedRemote, Matches, MergeOutlook, Mode, OpenIntent, Policy, Subject,
    UnlinkedRemote,
};

use crate::state::{Excluded, Pending, Review, SyncState, Trouble};
use gate::{Write, gated};

/// Decides what is to be done with one subject (policy B).
pub fn plan(inputs: &Inputs) -> Decision {
    if let Some(decision) = left_alone(inputs).or_else(|| unfinished(inputs.intent)) {
        return decision;
    }
    match inputs.subject {
        Subject::Nothing | Subject::LocalDeleted => Decision::unlisted(Row::R7, Action::Nothing),
        Subject::RemoteOnly(remote) => remote_only(inputs, remote),
        Subject::LocalOnly(matches) => local_only(inputs, matches),
        Subject::Linked { local, remote, merge } => linked(inputs, local, remote, merge),
    }
}

/// Row 1: nothing is started for what a person or the owner took out.
fn left_alone(inputs: &Inputs) -> Option<Decision> {
    if !matches!(inputs.intent, OpenIntent::None | OpenIntent::Refused) {
        return None;
    }
    let why = match inputs.mode {
        Mode::Detached => Excluded::Detached,
        Mode::Erased => Excluded::Erased,
        Mode::Normal if inputs.policy.direction == Direction::Off => Excluded::Off,
        Mode::Normal if inputs.subject.is_linked() && !inputs.in_scope => Excluded::OutOfScope,
        Mode::Normal => return None,
    };
    Some(Decision::new(Row::R1, Action::Nothing, SyncState::Excluded(why)))
}

/// Rows 2 to 5: an unfinished write comes before everything else.
fn unfinished(intent: OpenIntent) -> Option<Decision> {
    let (row, action, state) = match intent {
        OpenIntent::None => return None,
        OpenIntent::Open { held: false } | OpenIntent::Stored => {
            (Row::R2, Action::Wait(Wait::Sending), SyncState::Running)
        }
        OpenIntent::Open { held: true } => {
            (Row::R2, Action::Wait(Wait::Held), SyncState::Pending(Pending::Waiting))
        }
        OpenIntent::Unknown => (Row::R3, Action::Wait(Wait::Settling), SyncState::Unknown),
        OpenIntent::NeedsPerson => {
            (Row::R4, Action::Ask(Question::WhichIsIt), SyncState::NeedsReview(Review::Candidates))
        }
        OpenIntent::Refused => {
            (Row::R5, Action::Blocked(Obstacle::Refused), SyncState::Error(Trouble::Refused))
        }
    };
    Some(Decision::new(row, action, state))
}

/// Row 6.
fn unreadable() -> Decision {
    let state = SyncState::Error(Trouble::Unreadable);
    Decision::new(Row::R6, Action::Blocked(Obstacle::Unreadable), state)
}

/// Rows 6 to 12: a remote record without a link.
fn remote_only(inputs: &Inputs, remote: UnlinkedRemote) -> Decision {
    let waiting = SyncState::Pending(Pending::Waiting);
    match remote {
        UnlinkedRemote::Unreadable => unreadable(),
        UnlinkedRemote::Gone => Decision::unlisted(Row::R7, Action::Nothing),
        UnlinkedRemote::LateDuplicate => Decision::new(
            Row::R8,
            Action::Ask(Question::LateDuplicate),
            SyncState::NeedsReview(Review::Duplicate),
        ),
        _ if !inputs.in_scope => Decision::excluded(Row::R9, Exclusion::OutOfScope),
        _ if !inputs.policy.may_create_here() => Decision::excluded(Row::R9, Exclusion::NotTaken),
        UnlinkedRemote::Candidate => {
            Decision::new(Row::R10, Action::Nothing, SyncState::NeedsReview(Review::Match))
        }
        _ if !inputs.matching_confirmed => Decision::new(Row::R11, Action::Wait(Wait::Matching), waiting),
        UnlinkedRemote::Free => {
            Decision::new(Row::R12, Action::CreateLocal, SyncState::Pending(Pending::ToTake))
        }
    }
}

/// Rows 13 to 16: a CRM record without a link.
fn local_only(inputs: &Inputs, matches: Matches) -> Decision {
    let waiting = SyncState::Pending(Pending::Waiting);
    match matches {
        Matches::NotKnown => Decision::new(Row::R13, Action::Wait(Wait::FirstScan), waiting),
        _ if !inputs.matching_confirmed => Decision::new(Row::R13, Action::Wait(Wait::Matching), waiting),
        Matches::Certain(merge) => merged(inputs, Row::R14, Action::Link, merge),
        Matches::Candidates => Decision::new(
            Row::R15,
            Action::Ask(Question::WhichMatches),
            SyncState::NeedsReview(Review::Match),
        ),
        Matches::None => gated(inputs, Row::R16, Write::Create),
    }
}

/// Rows 6 and 17 to 26: a linked pair.
fn linked(inputs: &Inputs, local: LinkedLocal, remote: LinkedRemote, merge: MergeOutlook) -> Decision {
    use {LinkedLocal as L, LinkedRemote as R};
    let waiting = SyncState::Pending(Pending::Waiting);
    let ask =
        |row, question, review| Decision::new(row, Action::Ask(question), SyncState::NeedsReview(review));
    match (local, remote) {
        (_, R::Unreadable) => unreadable(),
        (_, R::NotSeen) => Decision::new(Row::R17, Action::LookById, waiting),
        (L::Same, R::RecordedDifference) => ask(Row::R18, Question::Difference, Review::Difference),
        (L::Same, R::Same) => Decision::new(Row::R19, Action::Nothing, SyncState::Synced),
        (L::Same, R::Changed) if !inputs.policy.direction.takes() => {
            Decision::excluded(Row::R20, Exclusion::NotTaken)
        }
        (L::Same, R::Changed) => {
            Decision::new(Row::R20, Action::UpdateLocal, SyncState::Pending(Pending::ToTake))
        }
        (L::Edited, R::Same) => gated(inputs, Row::R21, Write::Update),
        (L::Edited, R::Changed | R::RecordedDifference) => merged(inputs, Row::R22, Action::Merge, merge),
        (L::Same | L::Edited, R::Gone) => ask(Row::R23, Question::Gone, Review::Gone),
        (L::Deleted, R::Same) => Decision::new(Row::R24, Action::KeepTombstone, SyncState::Deleted),
        (L::Deleted, R::Changed | R::RecordedDifference) => {
            ask(Row::R25, Question::DeletedHere, Review::DeletedHere)
        }
        (L::Deleted, R::Gone) => Decision::unlisted(Row::R26, Action::CloseLink),
    }
}

/// Rows 14 and 22: what three-way came to decides.
fn merged(inputs: &Inputs, row: Row, action: Action, merge: MergeOutlook) -> Decision {
    match merge {
        MergeOutlook::Open => {
            Decision::new(row, Action::Ask(Question::Conflict), SyncState::NeedsReview(Review::Conflict))
        }
        MergeOutlook::Takes => Decision::new(row, action, SyncState::Pending(Pending::ToMerge)),
        MergeOutlook::Sends => gated(inputs, row, Write::Merge(action)),
    }
}
