//! The words and the icon of each state of a record (contract §2a).

use crate::components::IconName;
use crate::components::format::when;
use crate::i18n::{Locale, language, td_string};
use crate::model::{RecordState, RecordSync, StateGroup};

/// The icon: each family of states has its own shape.
#[must_use]
pub fn state_icon(state: RecordState) -> IconName {
    match state {
        RecordState::ToTake => IconName::Down,
        RecordState::ToSend => IconName::Up,
        RecordState::ToMerge => IconName::Merge,
        RecordState::Waiting => IconName::Clock,
        other => match other.group() {
            StateGroup::Synced => IconName::Check,
            StateGroup::Pending | StateGroup::Running => IconName::Running,
            StateGroup::Unknown => IconName::Question,
            StateGroup::NeedsReview => IconName::Decide,
            StateGroup::Error => IconName::Stop,
            StateGroup::Excluded | StateGroup::Deleted => IconName::Minus,
        },
    }
}

/// The name of a state without its particulars, as chips show it.
#[must_use]
pub fn state_name(state: RecordState) -> &'static str {
    let lang = language();
    match state {
        RecordState::Synced => td_string!(lang, state.synced),
        RecordState::ToTake => td_string!(lang, state.to_take),
        RecordState::ToSend => td_string!(lang, state.to_send),
        RecordState::ToMerge => td_string!(lang, state.to_merge),
        RecordState::Waiting => td_string!(lang, state.waiting),
        RecordState::Running => td_string!(lang, state.running),
        RecordState::Settling => td_string!(lang, state.unknown),
        RecordState::Candidates
        | RecordState::Match
        | RecordState::Conflict
        | RecordState::Duplicate
        | RecordState::Gone
        | RecordState::DeletedHere
        | RecordState::Difference => td_string!(lang, state.needs_review),
        RecordState::Blocked => td_string!(lang, state.blocked),
        RecordState::Refused => td_string!(lang, state.refused),
        RecordState::Unreadable => td_string!(lang, state.unreadable),
        RecordState::OnlyHere => td_string!(lang, state.only_here),
        RecordState::NotSent => td_string!(lang, state.not_sent),
        RecordState::NotTaken => td_string!(lang, state.not_taken),
        RecordState::OutOfScope => td_string!(lang, state.out_of_scope),
        RecordState::Off => td_string!(lang, state.off),
        RecordState::Detached => td_string!(lang, state.detached),
        RecordState::Erased => td_string!(lang, state.erased),
        RecordState::Deleted => td_string!(lang, state.deleted),
    }
}

/// What kind of decision a review waits for.
fn decision(lang: Locale, state: RecordState) -> Option<&'static str> {
    Some(match state {
        RecordState::Candidates => td_string!(lang, decision.candidates),
        RecordState::Match => td_string!(lang, decision.match_),
        RecordState::Conflict => td_string!(lang, decision.conflict),
        RecordState::Duplicate => td_string!(lang, decision.duplicate),
        RecordState::Gone => td_string!(lang, decision.gone),
        RecordState::DeletedHere => td_string!(lang, decision.deleted_here),
        RecordState::Difference => td_string!(lang, decision.difference),
        _ => return None,
    })
}

/// The words on the badge, with their particulars.
pub(super) fn label(sync: &RecordSync) -> String {
    let lang = language();
    let name = state_name(sync.state);
    match (sync.state, &sync.at, &sync.asks_at, &sync.detail) {
        (RecordState::Running, Some(at), _, _) => {
            td_string!(lang, state.running_since, time = when(lang, at)).to_string()
        }
        (RecordState::Settling, Some(at), Some(asks), _) => {
            td_string!(lang, state.settling, time = when(lang, at), asks = when(lang, asks)).to_string()
        }
        (RecordState::Waiting, _, _, Some(what)) => td_string!(lang, state.waits_for, what = what.clone()).to_string(),
        (RecordState::NotSent | RecordState::NotTaken, _, _, Some(why)) => format!("{name}: {why}"),
        _ => name.to_owned(),
    }
}

/// The short reason under the badge; none where the badge says it all.
pub(super) fn reason(sync: &RecordSync) -> Option<String> {
    let lang = language();
    match sync.state {
        RecordState::Waiting | RecordState::NotSent | RecordState::NotTaken => None,
        state => sync.detail.clone().or_else(|| decision(lang, state).map(str::to_owned)),
    }
}

/// Everything that the tooltip says: number there, when both sides were equal, and the reason.
pub(super) fn explanation(sync: &RecordSync) -> String {
    let lang = language();
    let number = sync.number.as_ref().filter(|number| !number.is_empty());
    let number = number.map(|number| td_string!(lang, sync.number_there, number = number.clone()).to_string());
    let equal = match &sync.equal_at {
        Some(at) => td_string!(lang, sync.equal_at, time = when(lang, at)).to_string(),
        None => td_string!(lang, sync.never_equal).to_owned(),
    };
    let parts: Vec<String> = [Some(equal), number, reason(sync)].into_iter().flatten().collect();
    parts.join(" · ")
}

/// What a person can do about a state, and what happens by itself.
pub(super) fn what_next(state: RecordState) -> &'static str {
    let lang = language();
    match state {
        RecordState::Synced => td_string!(lang, next.nothing),
        RecordState::ToTake => td_string!(lang, next.take),
        RecordState::ToSend | RecordState::ToMerge => td_string!(lang, next.send),
        RecordState::Waiting | RecordState::Running | RecordState::Settling => td_string!(lang, next.by_itself),
        RecordState::Candidates
        | RecordState::Match
        | RecordState::Conflict
        | RecordState::Duplicate
        | RecordState::Gone
        | RecordState::DeletedHere
        | RecordState::Difference => td_string!(lang, next.decide),
        RecordState::Blocked | RecordState::Refused => td_string!(lang, next.correct_here),
        RecordState::Unreadable => td_string!(lang, next.correct_there),
        RecordState::OnlyHere
        | RecordState::NotSent
        | RecordState::NotTaken
        | RecordState::OutOfScope
        | RecordState::Off
        | RecordState::Detached
        | RecordState::Erased
        | RecordState::Deleted => td_string!(lang, next.left_out),
    }
}
