//! What happened in the sync, line by line.

use serde::{Deserialize, Serialize};
use sync_core::record::RecordKind;

use super::When;

/// How bad a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// It stays so until somebody does something.
    Error,
    /// It was tried again, or waits for a person.
    Warning,
    /// It went as it should.
    Info,
}

impl LogLevel {
    /// All of them, the worst first.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Info];

    /// As addresses and forms spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Names it.
    pub entry: String,
    /// When.
    pub at: When,
    /// How bad it is.
    pub level: LogLevel,
    /// run, record, attempt or write: what it tells of.
    pub source: String,
    /// What came of that.
    pub what: String,
    /// Of which kind.
    pub kind: Option<RecordKind>,
    /// The record here, and its page.
    pub record: Option<String>,
    /// Number or name.
    pub label: Option<String>,
    /// The run.
    pub run: Option<String>,
    /// For people.
    pub sentence: Option<String>,
    /// Found exactly once in the program's own log.
    pub reference: Option<String>,
    /// When somebody marked it as resolved, and who.
    pub resolved: Option<(When, Option<String>)>,
}

/// A page of lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPage {
    /// The newest first.
    pub lines: Vec<LogLine>,
    /// Names the next page.
    pub next: Option<String>,
}
