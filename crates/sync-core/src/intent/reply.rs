//! What an answer to a write means (design §5.4). The client crate knows the codes of the remote;
//! here are only the classes that decide what may happen next.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::record::ExternalId;

/// The class of what came back after a request left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The remote says that it is done.
    Done {
        /// The id of the record itself, never that of its customer; a create without one is unclear.
        id: Option<ExternalId>,
        /// Its visible number.
        number: Option<String>,
    },
    /// Proven not stored: the request did not arrive or was turned away at the door.
    TurnedAway(Hold),
    /// The remote will not have it.
    Refused(Refusal),
    /// Refused because the customer's order number is taken; ours only with our marker.
    NumberExists {
        /// The documents that have it.
        used_by: Vec<ExternalId>,
        /// What the remote said besides.
        refusal: Refusal,
    },
    /// An update of something that the remote cannot find: perhaps it is gone.
    CannotFind(Refusal),
    /// Whether it was stored is not known.
    Unclear(Unclear),
}

/// Why nothing is sent for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// No connection was made: the company's queue waits.
    NoConnection,
    /// The remote refused the key or our address: the connection pauses until somebody changes it.
    Key,
    /// The limit of calls: the company's queue waits, at least as long as the remote asks.
    Quota {
        /// What it asked for.
        retry_after: Option<Duration>,
    },
    /// The request was still here when the right to send it ended.
    TooLate,
}

/// A refusal, with everything that staff can use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The remote's own sentence, to be quoted.
    pub sentence: String,
    /// A customer that a refused document made or named all the same (`metakocka-api.md §8`, Q8).
    pub customer: Option<ExternalId>,
}

impl Refusal {
    /// A refusal that is only a sentence.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), customer: None }
    }
}

/// Why it is not known whether a request was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unclear {
    /// No answer in time.
    TimedOut,
    /// The connection was cut while it was open.
    Cut,
    /// An HTTP status that means nothing for writes.
    Status(u16),
    /// An answer that is none, or a success without an id.
    NotReadable,
    /// "Internal error", which the remote says both before and after it has stored
    /// (`metakocka-api.md §1.4`).
    InternalError(String),
    /// We were gone before the answer came.
    Crashed,
    /// The database was restored or copied: what happened since is not in it.
    Restored,
    /// The customer's order number is taken, and its owners are looked at.
    NumberExists,
    /// The remote could not find what was to be changed, and it is read by its id.
    CannotFind,
}
