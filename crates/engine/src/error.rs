//! What a use case answers when it cannot do what was asked. Closed: the public error of `api/` and `rest/` is made
//! from it in one place, which also logs the cause chain once.

use crate::store::StoreError;

/// Why a use case did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A value that was sent is malformed. 400.
    #[error("{field}: {sentence}")]
    Invalid {
        /// Name of the field as the caller sent it.
        field: &'static str,
        /// What is wrong and what to do, for people.
        sentence: String,
    },
    /// A form that can be read, but not be taken: everything that is wrong with it. 422.
    #[error("{}", sentences(.0))]
    Blocked(Vec<Reason>),
    /// Somebody was faster: the record has another revision than the one that was edited. 412.
    #[error("the record has revision {revision} now")]
    Stale {
        /// The revision it has.
        revision: i64,
    },
    /// No valid credentials. 401.
    #[error("not signed in")]
    NotSignedIn,
    /// The role does not allow it. 403.
    #[error("the role does not allow it")]
    Forbidden,
    /// Does not exist, or belongs to another workspace. 404.
    #[error("not found")]
    NotFound,
    /// The state of things does not allow it now. 409.
    #[error("{}", .0.sentence)]
    State(StateConflict),
    /// Metakocka takes no more calls for now, and none is made before it does again. 503.
    #[error("{sentence}")]
    Quota {
        /// For people.
        sentence: String,
        /// When a new try makes sense.
        retry_after: std::time::Duration,
    },
    /// Our own database failed. 500.
    #[error("the database did not do what was asked")]
    Store(#[from] StoreError),
    /// A sealed secret could not be opened or made. 500.
    #[error("a sealed value could not be handled")]
    Vault(#[from] crate::vault::VaultError),
}

/// One thing that is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Reason {
    /// Name of the field as callers know it; lines are counted from one.
    pub field: String,
    /// What is wrong, for people.
    pub sentence: String,
    /// What to do about it.
    pub remedy: String,
}

fn sentences(reasons: &[Reason]) -> String {
    let all: Vec<String> =
        reasons.iter().map(|reason| format!("{}: {}", reason.field, reason.sentence)).collect();
    all.join(" ")
}

/// A state that stands in the way, with its public code (contract §1) and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateConflict {
    /// The public code.
    pub code: StateCode,
    /// For people.
    pub sentence: String,
}

/// Public codes of 409 answers that exist so far (contract §1, §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateCode {
    /// The workspace has no connection.
    NotConnected,
    /// Metakocka refused the key.
    KeyRefused,
    /// Somebody or the application paused the connection.
    Paused,
    /// The owner has not confirmed the matching of this kind.
    MatchingNotConfirmed,
    /// Another run is working.
    RunInProgress,
    /// The workspace has links to another company.
    OtherCompany,
    /// An id that two document types share was named without its type.
    AmbiguousType,
    /// What is asked for may be done later: a write may still arrive.
    NotYet,
    /// Either side has moved since somebody looked at what they decide about.
    ChangedMeanwhile,
    /// Something that a plan was made from has moved since.
    StalePlan,
    /// The contact was erased: nothing of it can be edited or used any more.
    Erased,
}

impl StateCode {
    /// The code as the contract spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotConnected => "not_connected",
            Self::KeyRefused => "key_refused",
            Self::Paused => "paused",
            Self::MatchingNotConfirmed => "matching_not_confirmed",
            Self::RunInProgress => "run_in_progress",
            Self::OtherCompany => "other_company",
            Self::AmbiguousType => "ambiguous_type",
            Self::NotYet => "not_yet",
            Self::ChangedMeanwhile => "changed_meanwhile",
            Self::StalePlan => "stale_plan",
            Self::Erased => "erased",
        }
    }
}

impl EngineError {
    /// A state conflict.
    pub(crate) fn state(code: StateCode, sentence: impl Into<String>) -> Self {
        Self::State(StateConflict { code, sentence: sentence.into() })
    }

    /// A malformed value.
    pub(crate) fn invalid(field: &'static str, sentence: impl Into<String>) -> Self {
        Self::Invalid { field, sentence: sentence.into() }
    }
}

/// An error and everything beneath it, in one line: for the log, never for a caller. JSON logs keep only the topmost of
/// an error that is handed to them as such.
#[must_use]
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes: Vec<String> =
        std::iter::successors(Some(error), |cause| cause.source()).map(ToString::to_string).collect();
    causes.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_tells_every_cause_in_order() {
        let error = EngineError::from(StoreError::Corrupt { column: "sync_runs.state" });
        assert_eq!(
            chain(&error),
            "the database did not do what was asked: column sync_runs.state holds something unexpected"
        );
    }
}
