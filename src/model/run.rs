//! A run as the event stream and the run call tell it.

use serde::{Deserialize, Serialize};

/// How far a run is. The fields are those of the public run, so that an event's data reads into it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Its id.
    pub id: String,
    /// Kind of record.
    pub kind: String,
    /// Whether it takes records; else it only looks.
    pub pulls: bool,
    /// Whether it sends records.
    #[serde(default)]
    pub pushes: bool,
    /// Where it stands.
    pub state: RunState,
    /// Records to settle; 0 while it still looks.
    pub total: u64,
    /// Created.
    pub created: u64,
    /// Updated.
    pub updated: u64,
    /// Found equal.
    pub unchanged: u64,
    /// Failed.
    pub failed: u64,
    /// Outcome unknown.
    pub unknown: u64,
    /// Waiting for a person.
    pub review: u64,
    /// Left out.
    pub skipped: u64,
    /// Why the whole run failed.
    #[serde(default)]
    pub error: Option<String>,
    /// Found once in the log.
    #[serde(default)]
    pub reference: Option<String>,
    /// Set when a person cancelled it: nothing new begins.
    #[serde(default)]
    pub cancel_asked_at: Option<String>,
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Not begun.
    Queued,
    /// At work.
    Running,
    /// Ended.
    Done,
    /// Ended without doing its work.
    Failed,
    /// Ended by a person.
    Cancelled,
}

impl Run {
    /// Records settled so far.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.created + self.updated + self.unchanged + self.failed + self.unknown + self.review + self.skipped
    }

    /// Whether it ended.
    #[must_use]
    pub fn ended(&self) -> bool {
        matches!(self.state, RunState::Done | RunState::Failed | RunState::Cancelled)
    }

    /// Whether it ended and everything went through.
    #[must_use]
    pub fn clean(&self) -> bool {
        self.state == RunState::Done && self.failed + self.unknown + self.review == 0
    }
}
