//! Finding out what the remote has, without I/O: which page to ask for next, when a pass over a list
//! can be trusted, what its watermark is, and what absence proves (design §6, policy A).
//!
//! A [`Pass`] walks one list. The worker asks it for a [`Command`], executes it and tells it what
//! came; the simulation drives the same machine. Kept as text between two pages, it goes on in another
//! process.

mod absence;
mod instants;
mod order;
mod pass;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::record::ExternalId;
use crate::time::UtcMicros;

pub use absence::{AnotherCompany, absent, another_company};
pub use instants::{WriteTimes, may_apply};
pub use pass::{Pass, PassError, Verdict};

/// How long before its watermark a look by time of change starts: the remote's clock is read as
/// Ljubljana's and may be off by the difference of summer and winter (`metakocka-api.md §1.5`).
pub const WATERMARK_OVERLAP: std::time::Duration = std::time::Duration::from_hours(2);

/// How often a pass starts again because the list moved under it. Lists move while people work, so
/// once is normal; more than this many times in one look is left to the next one.
pub const MAX_RESTARTS: u32 = 5;

/// Which part of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// All of it.
    All,
    /// What changed at or after an instant; the client crate writes it as the remote's clock time.
    ChangedSince(UtcMicros),
    /// What is dated on or after a day.
    DatedSince(jiff::civil::Date),
    /// What is dated within these days, both included; a scan by months.
    DatedBetween {
        /// First day.
        from: jiff::civil::Date,
        /// Last day.
        to: jiff::civil::Date,
    },
    /// What is not paid yet.
    Unpaid,
    /// What is not paid yet and dated before a day.
    UnpaidBefore(jiff::civil::Date),
}

/// In which order a list is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Walk {
    /// From the start to the end, oldest first where the remote can.
    Whole,
    /// From the newest until a page is wholly known. Where the remote does not sort newest first the
    /// pass finds out and walks backwards from the end; where it does not sort at all, it walks all.
    NewestUntilKnown,
}

/// One request for a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fetch {
    /// First row, counted from zero.
    pub offset: u64,
    /// Most rows.
    pub limit: u32,
    /// Which part of the list.
    pub filter: Filter,
    /// Ask for the newest first.
    pub newest_first: bool,
}

/// What the worker does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Sends this request now. While it is under way, the page before it is written.
    Fetch(Fetch),
    /// Waits for the answer that is under way.
    AwaitPage,
    /// Writes the oldest accepted page first, then reports it by [`Pass::stored`].
    AwaitStore,
    /// All pages are stored: sets the watermark, the start of the first request of this pass.
    Finish {
        /// The watermark.
        watermark: UtcMicros,
    },
}

/// A page as it arrived.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// The ids of its rows, in the order received. Their count moves the offset, whatever the remote
    /// says it is (`metakocka-api.md §5`).
    pub ids: &'a [ExternalId],
    /// Rows of the whole list, as the remote says.
    pub total: u64,
}
