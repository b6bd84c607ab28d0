//! The words of runs and writes: what a run does, how it stands, how a record ended in it, what happened to a write, and what the log tells.

use sync_core::record::RecordKind;

use crate::components::IconName;
use crate::i18n::{language, td_string};
use crate::model::{Run, RunState, Tone};

/// Icon, colour and words of how something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sign {
    /// As the attribute that tests read.
    pub name: &'static str,
    /// The icon.
    pub icon: IconName,
    /// The colour family.
    pub tone: Tone,
    /// The words.
    pub words: &'static str,
}

/// The records of a kind.
#[must_use]
pub fn kind_name(kind: RecordKind) -> &'static str {
    let lang = language();
    match kind {
        RecordKind::SalesDocument => td_string!(lang, documents.title),
        RecordKind::Contact => td_string!(lang, parties.contacts),
        RecordKind::Product => td_string!(lang, parties.products),
    }
}

/// What a run does.
#[must_use]
pub fn run_deed(run: &Run) -> &'static str {
    let lang = language();
    if run.pushes {
        td_string!(lang, runs.sends)
    } else if run.pulls {
        td_string!(lang, runs.takes)
    } else {
        td_string!(lang, runs.looks)
    }
}

/// How a run stands.
#[must_use]
pub fn run_state(run: &Run) -> Sign {
    let lang = language();
    let sign = |name, icon, tone, words| Sign { name, icon, tone, words };
    match run.state {
        RunState::Queued => sign("queued", IconName::Clock, Tone::Wait, td_string!(lang, runs.queued)),
        RunState::Running => sign("running", IconName::Running, Tone::Flow, td_string!(lang, runs.running)),
        RunState::Done if run.clean() => sign("done", IconName::Check, Tone::Ok, td_string!(lang, runs.done)),
        RunState::Done => sign("done", IconName::Decide, Tone::Ask, td_string!(lang, runs.with_problems)),
        RunState::Failed => sign("failed", IconName::Stop, Tone::Bad, td_string!(lang, runs.failed)),
        RunState::Cancelled => {
            sign("cancelled", IconName::Minus, Tone::Off, td_string!(lang, runs.was_cancelled))
        }
    }
}

/// How a record ended in a run.
#[must_use]
pub fn outcome_name(outcome: &str) -> Sign {
    let lang = language();
    let sign = |name, icon, tone, words| Sign { name, icon, tone, words };
    match outcome {
        "unknown" => sign("unknown", IconName::Question, Tone::Unknown, td_string!(lang, state.unknown)),
        "review" => sign("review", IconName::Decide, Tone::Ask, td_string!(lang, state.needs_review)),
        "skipped" => sign("skipped", IconName::Minus, Tone::Off, td_string!(lang, runs.left_out)),
        _ => sign("failed", IconName::Stop, Tone::Bad, td_string!(lang, runs.not_done)),
    }
}

/// What a line of the log tells: of what, and what came of it.
#[must_use]
pub fn log_words(source: &str, what: &str) -> &'static str {
    let lang = language();
    match (source, what) {
        ("run", "done") => td_string!(lang, log.run_done),
        ("run", "cancelled") => td_string!(lang, log.run_cancelled),
        ("run", _) => td_string!(lang, log.run_failed),
        ("attempt", "retry") => td_string!(lang, log.tried_again),
        ("attempt", "lost") => td_string!(lang, log.taken_over),
        ("attempt", _) => td_string!(lang, log.given_up),
        ("write", "confirmed") => td_string!(lang, log.confirmed),
        ("write", "not_stored") => td_string!(lang, log.not_stored),
        ("write", "refused") => td_string!(lang, state.refused),
        ("write", to) => step_name(to),
        (_, outcome) => outcome_name(outcome).words,
    }
}

/// What happened to a write.
#[must_use]
pub fn step_name(to: &str) -> &'static str {
    let lang = language();
    match to {
        "prepared" => td_string!(lang, unknown.step_prepared),
        "sending" => td_string!(lang, unknown.step_sending),
        "stored" => td_string!(lang, unknown.step_stored),
        "needs_person" => td_string!(lang, unknown.step_asks),
        _ => td_string!(lang, unknown.step_unknown),
    }
}
