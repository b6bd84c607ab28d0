//! Table B, row by row, and every combination of its inputs.

use std::collections::BTreeSet;

use super::*;
use crate::state::SyncState as S;

const BASE: Inputs = Inputs {
    intent: OpenIntent::None,
    subject: Subject::Nothing,
    mode: Mode::Normal,
    policy: Policy { direction: Direction::Both, create_there: true, create_here: true },
    in_scope: true,
    matching_confirmed: true,
    facts: Facts::CLEAR,
};

fn remote(remote: UnlinkedRemote) -> Inputs {
    Inputs { subject: Subject::RemoteOnly(remote), ..BASE }
}

fn local(matches: Matches) -> Inputs {
    Inputs { subject: Subject::LocalOnly(matches), ..BASE }
}

fn pair(local: LinkedLocal, remote: LinkedRemote) -> Inputs {
    merging(local, remote, MergeOutlook::Sends)
}

fn merging(local: LinkedLocal, remote: LinkedRemote, merge: MergeOutlook) -> Inputs {
    Inputs { subject: Subject::Linked { local, remote, merge }, ..BASE }
}

fn towards(direction: Direction, inputs: Inputs) -> Inputs {
    Inputs { policy: Policy { direction, ..inputs.policy }, ..inputs }
}

fn with(intent: OpenIntent) -> Inputs {
    Inputs { intent, ..pair(LinkedLocal::Edited, LinkedRemote::Changed) }
}

/// Row, what is special about the case, inputs, action, state.
type Case = (&'static str, &'static str, Inputs, Action, Option<SyncState>);

#[rustfmt::skip]
fn cases_without_a_link() -> Vec<Case> {
    use Action as A;
    let free = remote(UnlinkedRemote::Free);
    let waiting = Some(S::Pending(Pending::Waiting));
    let matching = Some(S::NeedsReview(Review::Match));
    vec![
        ("1", "erased", Inputs { mode: Mode::Erased, ..free }, A::Nothing, Some(S::Excluded(Excluded::Erased))),
        ("1", "off", towards(Direction::Off, free), A::Nothing, Some(S::Excluded(Excluded::Off))),
        ("6", "new", remote(UnlinkedRemote::Unreadable), A::Blocked(Obstacle::Unreadable), Some(S::Error(Trouble::Unreadable))),
        ("7", "nothing", BASE, A::Nothing, None),
        ("7", "deleted", Inputs { subject: Subject::LocalDeleted, ..BASE }, A::Nothing, None),
        ("7", "gone", remote(UnlinkedRemote::Gone), A::Nothing, None),
        ("8", "marker", remote(UnlinkedRemote::LateDuplicate), A::Ask(Question::LateDuplicate), Some(S::NeedsReview(Review::Duplicate))),
        ("9", "scope", Inputs { in_scope: false, ..free }, A::Exclude(Exclusion::OutOfScope), Some(S::Excluded(Excluded::OutOfScope))),
        ("9", "not here", Inputs { policy: Policy { create_here: false, ..BASE.policy }, ..free }, A::Exclude(Exclusion::NotTaken), Some(S::Excluded(Excluded::NotTaken))),
        ("9", "only to", towards(Direction::ToRemote, free), A::Exclude(Exclusion::NotTaken), Some(S::Excluded(Excluded::NotTaken))),
        ("10", "candidate", remote(UnlinkedRemote::Candidate), A::Nothing, matching),
        ("11", "unconfirmed", Inputs { matching_confirmed: false, ..free }, A::Wait(Wait::Matching), waiting),
        ("12", "new", free, A::CreateLocal, Some(S::Pending(Pending::ToTake))),
        ("13", "no scan", local(Matches::NotKnown), A::Wait(Wait::FirstScan), waiting),
        ("13", "unconfirmed", Inputs { matching_confirmed: false, ..local(Matches::None) }, A::Wait(Wait::Matching), waiting),
        ("14", "merges", local(Matches::Certain(MergeOutlook::Sends)), A::Link, Some(S::Pending(Pending::ToMerge))),
        ("14", "equal", local(Matches::Certain(MergeOutlook::Takes)), A::Link, Some(S::Pending(Pending::ToMerge))),
        ("14", "open", local(Matches::Certain(MergeOutlook::Open)), A::Ask(Question::Conflict), Some(S::NeedsReview(Review::Conflict))),
        ("15", "several", local(Matches::Candidates), A::Ask(Question::WhichMatches), matching),
        ("16", "new", local(Matches::None), A::CreateRemote, Some(S::Pending(Pending::ToSend))),
    ]
}

#[rustfmt::skip]
fn cases_of_links() -> Vec<Case> {
    use {Action as A, LinkedLocal as L, LinkedRemote as R};
    let waiting = Some(S::Pending(Pending::Waiting));
    let conflict = Some(S::NeedsReview(Review::Conflict));
    let merge = Some(S::Pending(Pending::ToMerge));
    let gone = Some(S::NeedsReview(Review::Gone));
    let deleted_here = Some(S::NeedsReview(Review::DeletedHere));
    let synced = pair(L::Same, R::Same);
    vec![
        ("1", "detached", Inputs { mode: Mode::Detached, ..synced }, A::Nothing, Some(S::Excluded(Excluded::Detached))),
        ("1", "scope", Inputs { in_scope: false, ..synced }, A::Nothing, Some(S::Excluded(Excluded::OutOfScope))),
        ("1", "refused", Inputs { mode: Mode::Detached, ..with(OpenIntent::Refused) }, A::Nothing, Some(S::Excluded(Excluded::Detached))),
        ("2", "detached but open", Inputs { mode: Mode::Detached, ..with(OpenIntent::Stored) }, A::Wait(Wait::Sending), Some(S::Running)),
        ("2", "sending", with(OpenIntent::Open { held: false }), A::Wait(Wait::Sending), Some(S::Running)),
        ("2", "held", with(OpenIntent::Open { held: true }), A::Wait(Wait::Held), waiting),
        ("2", "stored", with(OpenIntent::Stored), A::Wait(Wait::Sending), Some(S::Running)),
        ("3", "unknown", with(OpenIntent::Unknown), A::Wait(Wait::Settling), Some(S::Unknown)),
        ("4", "needs a person", with(OpenIntent::NeedsPerson), A::Ask(Question::WhichIsIt), Some(S::NeedsReview(Review::Candidates))),
        ("5", "refused", with(OpenIntent::Refused), A::Blocked(Obstacle::Refused), Some(S::Error(Trouble::Refused))),
        ("6", "linked", pair(L::Same, R::Unreadable), A::Blocked(Obstacle::Unreadable), Some(S::Error(Trouble::Unreadable))),
        ("17", "same", pair(L::Same, R::NotSeen), A::LookById, waiting),
        ("17", "deleted", pair(L::Deleted, R::NotSeen), A::LookById, waiting),
        ("18", "difference", pair(L::Same, R::RecordedDifference), A::Ask(Question::Difference), Some(S::NeedsReview(Review::Difference))),
        ("19", "synced", synced, A::Nothing, Some(S::Synced)),
        ("20", "changed", pair(L::Same, R::Changed), A::UpdateLocal, Some(S::Pending(Pending::ToTake))),
        ("20", "only to", towards(Direction::ToRemote, pair(L::Same, R::Changed)), A::Exclude(Exclusion::NotTaken), Some(S::Excluded(Excluded::NotTaken))),
        ("21", "edited", pair(L::Edited, R::Same), A::UpdateRemote, Some(S::Pending(Pending::ToSend))),
        ("22", "merges", pair(L::Edited, R::Changed), A::Merge, merge),
        ("22", "only takes", merging(L::Edited, R::Changed, MergeOutlook::Takes), A::Merge, merge),
        ("22", "open", merging(L::Edited, R::Changed, MergeOutlook::Open), A::Ask(Question::Conflict), conflict),
        ("22", "a difference, edited", merging(L::Edited, R::RecordedDifference, MergeOutlook::Open), A::Ask(Question::Conflict), conflict),
        ("23", "same", pair(L::Same, R::Gone), A::Ask(Question::Gone), gone),
        ("23", "edited", pair(L::Edited, R::Gone), A::Ask(Question::Gone), gone),
        ("24", "deleted", pair(L::Deleted, R::Same), A::KeepTombstone, Some(S::Deleted)),
        ("25", "changed", pair(L::Deleted, R::Changed), A::Ask(Question::DeletedHere), deleted_here),
        ("25", "difference", pair(L::Deleted, R::RecordedDifference), A::Ask(Question::DeletedHere), deleted_here),
        ("26", "both gone", pair(L::Deleted, R::Gone), A::CloseLink, None),
    ]
}

#[test]
fn every_row_decides_as_the_policy_says() {
    let cases: Vec<Case> = cases_without_a_link().into_iter().chain(cases_of_links()).collect();
    for (row, name, inputs, action, state) in &cases {
        let decision = plan(inputs);
        let got = (decision.row.as_str(), decision.action, decision.state);
        assert_eq!(got, (*row, *action, *state), "row {row}, {name}");
    }
    let covered: BTreeSet<&str> = cases.iter().map(|case| case.0).collect();
    assert_eq!(covered.len(), Row::ALL.len());
}

#[test]
fn every_row_of_the_gate_decides_as_the_policy_says() {
    use Action as A;
    let create = local(Matches::None);
    let update = pair(LinkedLocal::Edited, LinkedRemote::Same);
    let facts = |inputs: Inputs, facts: Facts| Inputs { facts, ..inputs };
    let no_opt_in = Inputs { policy: Policy { create_there: false, ..BASE.policy }, ..create };
    let invalid = Facts { sendable: false, ..Facts::CLEAR };
    let locked = Facts { lock: Lock::Locked, ..Facts::CLEAR };
    let unread = Facts { lock: Lock::NotRead, ..Facts::CLEAR };
    let stuck = Facts { naming: Naming::Stuck, ..Facts::CLEAR };
    let coming = Facts { naming: Naming::Coming, ..Facts::CLEAR };
    let twin = Facts { twin_unknown: true, ..Facts::CLEAR };
    let cases = [
        ("g1", "no opt-in", no_opt_in, A::Exclude(Exclusion::OnlyHere)),
        ("g1", "before invalid", facts(no_opt_in, invalid), A::Exclude(Exclusion::OnlyHere)),
        ("g1", "only from", towards(Direction::FromRemote, create), A::Exclude(Exclusion::OnlyHere)),
        ("g1", "an edit, only from", towards(Direction::FromRemote, update), A::Exclude(Exclusion::NotSent)),
        ("g2", "invalid", facts(create, invalid), A::Blocked(Obstacle::Invalid)),
        ("g2", "locked", facts(update, locked), A::Blocked(Obstacle::Locked)),
        (
            "g2",
            "before stuck",
            facts(update, Facts { naming: Naming::Stuck, ..locked }),
            A::Blocked(Obstacle::Locked),
        ),
        ("g3", "customer stuck", facts(create, stuck), A::Blocked(Obstacle::Naming)),
        ("g4", "customer comes", facts(create, coming), A::Wait(Wait::Naming)),
        ("g4", "unknown twin", facts(create, twin), A::Wait(Wait::Twin)),
        ("g5", "create", create, A::CreateRemote),
        ("g5", "update", update, A::UpdateRemote),
        ("g5", "a preview has not read the lock", facts(update, unread), A::UpdateRemote),
        ("g5", "an update has no twin", facts(update, twin), A::UpdateRemote),
    ];
    for (gate, name, inputs, action) in cases {
        let decision = plan(&inputs);
        assert_eq!(decision.gate.map(GateRow::as_str), Some(gate), "{gate}, {name}");
        assert_eq!(decision.action, action, "{gate}, {name}");
    }
}

/// Every combination of policy A that can be.
fn every_combination() -> Vec<Inputs> {
    let mut all = Vec::new();
    for intent in intents() {
        for subject in subjects() {
            for mode in [Mode::Normal, Mode::Detached, Mode::Erased] {
                for policy in policies() {
                    for (in_scope, matching_confirmed) in
                        [(true, true), (true, false), (false, true), (false, false)]
                    {
                        for facts in facts() {
                            all.push(Inputs {
                                intent,
                                subject,
                                mode,
                                policy,
                                in_scope,
                                matching_confirmed,
                                facts,
                            });
                        }
                    }
                }
            }
        }
    }
    all
}

fn intents() -> [OpenIntent; 7] {
    [
        OpenIntent::None,
        OpenIntent::Open { held: false },
        OpenIntent::Open { held: true },
        OpenIntent::Stored,
        OpenIntent::Unknown,
        OpenIntent::NeedsPerson,
        OpenIntent::Refused,
    ]
}

fn subjects() -> Vec<Subject> {
    use {LinkedLocal as L, LinkedRemote as R, MergeOutlook as M, UnlinkedRemote as U};
    let outlooks = [M::Takes, M::Sends, M::Open];
    let mut all = vec![Subject::Nothing, Subject::LocalDeleted];
    let unlinked = [U::Unreadable, U::Gone, U::LateDuplicate, U::Candidate, U::Free];
    all.extend(unlinked.map(Subject::RemoteOnly));
    all.extend([Matches::NotKnown, Matches::None, Matches::Candidates].map(Subject::LocalOnly));
    all.extend(outlooks.map(|merge| Subject::LocalOnly(Matches::Certain(merge))));
    for local in [L::Same, L::Edited, L::Deleted] {
        for remote in [R::NotSeen, R::Same, R::Changed, R::RecordedDifference, R::Gone, R::Unreadable] {
            all.extend(outlooks.map(|merge| Subject::Linked { local, remote, merge }));
        }
    }
    all
}

fn policies() -> Vec<Policy> {
    let directions = [Direction::Both, Direction::FromRemote, Direction::ToRemote, Direction::Off];
    let flags = [(true, true), (true, false), (false, true), (false, false)];
    directions
        .into_iter()
        .flat_map(|direction| {
            flags.map(|(create_there, create_here)| Policy { direction, create_there, create_here })
        })
        .collect()
}

fn facts() -> Vec<Facts> {
    let mut all = Vec::new();
    for sendable in [true, false] {
        for lock in [Lock::None, Lock::Locked, Lock::NotRead] {
            for naming in [Naming::Ready, Naming::Coming, Naming::Stuck] {
                for twin_unknown in [true, false] {
                    all.push(Facts { sendable, lock, naming, twin_unknown });
                }
            }
        }
    }
    all
}

#[test]
fn every_combination_is_decided_and_every_row_decides_at_least_one() {
    let mut rows = BTreeSet::new();
    let mut gates = BTreeSet::new();
    for inputs in every_combination() {
        let decision = plan(&inputs);
        rows.insert(decision.row);
        gates.extend(decision.gate);
    }
    assert!(rows.iter().eq(Row::ALL));
    assert!(gates.iter().eq(GateRow::ALL));
}

#[test]
fn no_write_is_planned_while_another_is_unfinished_or_refused() {
    for inputs in every_combination() {
        let action = plan(&inputs).action;
        let writes = action.may_write_there() || matches!(action, Action::CreateLocal | Action::UpdateLocal);
        assert!(!writes || inputs.intent == OpenIntent::None, "{inputs:?}");
    }
}

#[test]
fn nothing_is_sent_where_the_direction_forbids_it_and_nothing_is_taken_either() {
    for inputs in every_combination() {
        let decision = plan(&inputs);
        let sends = matches!(decision.action, Action::CreateRemote | Action::UpdateRemote);
        assert!(!sends || inputs.policy.direction.sends(), "{inputs:?}");
        let takes = matches!(decision.action, Action::CreateLocal | Action::UpdateLocal);
        assert!(!takes || inputs.policy.direction.takes(), "{inputs:?}");
    }
}

#[test]
fn everything_but_what_is_left_of_nothing_has_a_state_and_every_state_is_reached() {
    let mut reached = BTreeSet::new();
    for inputs in every_combination() {
        let decision = plan(&inputs);
        let unlisted = matches!(decision.row, Row::R7 | Row::R26);
        assert_eq!(decision.state.is_none(), unlisted, "{inputs:?}");
        reached.extend(decision.state);
    }
    assert!(SyncState::ALL.iter().all(|state| reached.contains(state)));
}

#[test]
fn rows_are_read_back_from_their_names() {
    for row in Row::ALL {
        assert_eq!(row.as_str().parse(), Ok(*row));
    }
    assert!("27".parse::<Row>().is_err());
}
