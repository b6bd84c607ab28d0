//! The words and the icon of each state of a record (contract §2a).

use sync_core::state::{Excluded, Icon, Pending, Review, SyncState, Trouble};

use crate::components::IconName;
use crate::components::format::when;
use crate::i18n::{Locale, language, td_string};
use crate::model::{RecordSync, Tone};

/// The icon: each family of states has its own shape.
#[must_use]
pub fn state_icon(state: SyncState) -> IconName {
    match state.icon() {
        Icon::Check => IconName::Check,
        Icon::Down => IconName::Down,
        Icon::Up => IconName::Up,
        Icon::Merge => IconName::Merge,
        Icon::Clock => IconName::Clock,
        Icon::Run => IconName::Running,
        Icon::Question => IconName::Question,
        Icon::Hand => IconName::Decide,
        Icon::Bad => IconName::Stop,
        Icon::Off => IconName::Minus,
    }
}

/// The colour family.
#[must_use]
pub fn state_tone(state: SyncState) -> Tone {
    match state {
        SyncState::Synced => Tone::Ok,
        SyncState::Pending(Pending::ToTake | Pending::ToSend) | SyncState::Running => Tone::Flow,
        SyncState::Pending(Pending::ToMerge) => Tone::Merge,
        SyncState::Pending(Pending::Waiting) => Tone::Wait,
        SyncState::Unknown => Tone::Unknown,
        SyncState::NeedsReview(_) => Tone::Ask,
        SyncState::Error(_) => Tone::Bad,
        SyncState::Excluded(_) | SyncState::Deleted => Tone::Off,
    }
}

/// The name of a state without its particulars, as chips show it.
#[must_use]
pub fn state_name(state: SyncState) -> &'static str {
    let lang = language();
    match state {
        SyncState::Synced => td_string!(lang, state.synced),
        SyncState::Pending(Pending::ToTake) => td_string!(lang, state.to_take),
        SyncState::Pending(Pending::ToSend) => td_string!(lang, state.to_send),
        SyncState::Pending(Pending::ToMerge) => td_string!(lang, state.to_merge),
        SyncState::Pending(Pending::Waiting) => td_string!(lang, state.waiting),
        SyncState::Running => td_string!(lang, state.running),
        SyncState::Unknown => td_string!(lang, state.unknown),
        SyncState::NeedsReview(_) => td_string!(lang, state.needs_review),
        SyncState::Error(Trouble::Blocked) => td_string!(lang, state.blocked),
        SyncState::Error(Trouble::Refused) => td_string!(lang, state.refused),
        SyncState::Error(Trouble::Unreadable) => td_string!(lang, state.unreadable),
        SyncState::Excluded(Excluded::OnlyHere) => td_string!(lang, state.only_here),
        SyncState::Excluded(Excluded::NotSent) => td_string!(lang, state.not_sent),
        SyncState::Excluded(Excluded::NotTaken) => td_string!(lang, state.not_taken),
        SyncState::Excluded(Excluded::OutOfScope) => td_string!(lang, state.out_of_scope),
        SyncState::Excluded(Excluded::Off) => td_string!(lang, state.off),
        SyncState::Excluded(Excluded::Detached) => td_string!(lang, state.detached),
        SyncState::Excluded(Excluded::Erased) => td_string!(lang, state.erased),
        SyncState::Deleted => td_string!(lang, state.deleted),
    }
}

/// What has to be decided about a record in this state; of one that needs no decision, its name.
#[must_use]
pub fn decision_words(state: SyncState) -> &'static str {
    match state {
        SyncState::NeedsReview(review) => decision(language(), review),
        other => state_name(other),
    }
}

/// What a review is about.
fn decision(lang: Locale, review: Review) -> &'static str {
    match review {
        Review::Candidates => td_string!(lang, decision.candidates),
        Review::Match => td_string!(lang, decision.same),
        Review::Conflict => td_string!(lang, decision.conflict),
        Review::Duplicate => td_string!(lang, decision.duplicate),
        Review::Gone => td_string!(lang, decision.gone),
        Review::DeletedHere => td_string!(lang, decision.deleted_here),
        Review::Difference => td_string!(lang, decision.difference),
    }
}

/// The words on the badge, with their particulars.
pub(super) fn label(sync: &RecordSync) -> String {
    let lang = language();
    let name = state_name(sync.state);
    match (sync.state, &sync.at, &sync.asks_at, &sync.detail) {
        (SyncState::Running, Some(at), _, _) => {
            td_string!(lang, state.running_since, time = when(lang, at)).to_string()
        }
        (SyncState::Unknown, Some(at), Some(asks), _) => {
            td_string!(lang, state.settling, time = when(lang, at), asks = when(lang, asks)).to_string()
        }
        (SyncState::Pending(Pending::Waiting), _, _, Some(what)) => {
            td_string!(lang, state.waits_for, what = what_for(what)).to_string()
        }
        (SyncState::Excluded(Excluded::NotSent | Excluded::NotTaken), _, _, Some(why)) => {
            format!("{name}: {why}")
        }
        _ => name.to_owned(),
    }
}

/// What a record waits for, out of a sentence that says it whole.
fn what_for(sentence: &str) -> String {
    let what = sentence.strip_suffix('.').unwrap_or(sentence);
    what.strip_prefix("Waits for ").unwrap_or(what).to_owned()
}

/// The short reason under the badge; none where the badge says it all.
pub(super) fn reason(sync: &RecordSync) -> Option<String> {
    let lang = language();
    match sync.state {
        SyncState::Pending(Pending::Waiting)
        | SyncState::Excluded(Excluded::NotSent | Excluded::NotTaken) => None,
        SyncState::NeedsReview(review) => {
            sync.detail.clone().or_else(|| Some(decision(lang, review).to_owned()))
        }
        _ => sync.detail.clone(),
    }
}

/// Everything that the tooltip says: number there, when both sides were equal, and the reason.
pub(super) fn explanation(sync: &RecordSync) -> String {
    let lang = language();
    let number = sync.number.as_ref().filter(|number| !number.is_empty());
    let number =
        number.map(|number| td_string!(lang, sync.number_there, number = number.clone()).to_string());
    let equal = match &sync.equal_at {
        Some(at) => td_string!(lang, sync.equal_at, time = when(lang, at)).to_string(),
        None => td_string!(lang, sync.never_equal).to_owned(),
    };
    let parts: Vec<String> = [Some(equal), number, reason(sync)].into_iter().flatten().collect();
    parts.join(" · ")
}

/// Why records in this state are not sent now.
#[must_use]
pub fn left_out_because(state: SyncState) -> &'static str {
    let lang = language();
    match state {
        SyncState::Pending(Pending::ToTake) => td_string!(lang, push.why_to_take),
        SyncState::Pending(Pending::Waiting) => td_string!(lang, push.why_waiting),
        SyncState::Excluded(Excluded::OnlyHere) => td_string!(lang, push.why_only_here),
        SyncState::Excluded(_) => td_string!(lang, push.why_excluded),
        other => what_next(other),
    }
}

/// What a person can do about a state, and what happens by itself.
pub(super) fn what_next(state: SyncState) -> &'static str {
    let lang = language();
    match state {
        SyncState::Synced => td_string!(lang, next.nothing),
        SyncState::Pending(Pending::ToTake) => td_string!(lang, next.take),
        SyncState::Pending(Pending::ToSend | Pending::ToMerge) => td_string!(lang, next.send),
        SyncState::Pending(Pending::Waiting) | SyncState::Running | SyncState::Unknown => {
            td_string!(lang, next.by_itself)
        }
        SyncState::NeedsReview(_) => td_string!(lang, next.decide),
        SyncState::Error(Trouble::Blocked | Trouble::Refused) => td_string!(lang, next.correct_here),
        SyncState::Error(Trouble::Unreadable) => td_string!(lang, next.correct_there),
        SyncState::Excluded(_) | SyncState::Deleted => td_string!(lang, next.left_out),
    }
}
