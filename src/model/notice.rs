//! Short messages about what was done.

use serde::{Deserialize, Serialize};

/// A short message, shown as a toast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// How it went.
    pub kind: NoticeKind,
    /// The sentence.
    pub title: String,
    /// What else there is to say.
    pub body: Option<String>,
}

/// How something went. What did not go well stays on the screen until it is dismissed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// It worked.
    Done,
    /// It worked in part; somebody has to look.
    Problem,
    /// It did not work.
    Failed,
}

impl NoticeKind {
    /// As the attribute that the style reads.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Problem => "problem",
            Self::Failed => "failed",
        }
    }
}
