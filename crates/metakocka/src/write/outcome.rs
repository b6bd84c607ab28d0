//! What became of a write, and the only ways back from "nobody knows".

use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

use super::payload::{Payload, Write};
use super::refusal::Refusal;
use crate::error::{Error, Next};
use crate::lookup::{Lookup, NotThere};

/// What became of a write.
#[must_use = "a write whose outcome nobody looks at may be lost or done twice"]
#[derive(Debug)]
pub enum WriteOutcome<R> {
    /// Metakocka did it and said so.
    Stored(R),
    /// Metakocka understood and declined: codes 2, 6, 8, and 5 with another text than the quota's
    /// (`metakocka-api.md §1.4`). A partner may have been made all the same (Q8).
    Refused(Box<Refusal>),
    /// It is proven that nothing was done.
    NotSent(Box<NotSent<R>>),
    /// It may have been done or not: no complete answer, an answer that is none of Metakocka's, or its
    /// code 1. The reason may ask for a pause all the same: an HTTP status 429 that nothing of Metakocka's
    /// came with is unknown, and [`Next::WaitForQuota`].
    Unknown(Box<Unknown<R>>),
}

/// A write that was not sent, or that Metakocka itself turned away at the door: no connection, the own budget,
/// its codes 3 and 4, its quota.
#[derive(Debug)]
pub struct NotSent<R> {
    /// Why.
    pub reason: Error,
    /// The write, to be sent when [`Self::next`] says.
    pub write: Write<R>,
}

impl<R> NotSent<R> {
    /// When to send it again: [`Next::Retry`] later, [`Next::PauseKey`] when a person has changed something,
    /// [`Next::WaitForQuota`] after that time.
    pub fn next(&self) -> Next {
        self.reason.next()
    }
}

/// A write of which nobody knows what became.
#[derive(Debug)]
pub struct Unknown<R> {
    /// Why nobody knows.
    pub reason: Error,
    /// The write, to be settled.
    pub unsettled: Unsettled<R>,
}

/// A write that was perhaps done. It is no [`Write`]: it cannot be sent.
pub struct Unsettled<R> {
    write: Write<R>,
    ended: Instant,
}

/// Why a write is still unsettled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotYet {
    /// The look-up began before the server was certainly done. A negative look-up right after a time-out is
    /// no proof (`metakocka-api.md §9.1`).
    #[error("the look-up came too early: look again in {} s", .0.as_secs_f64().ceil())]
    TooEarly(Duration),
    /// The look-up was for something else.
    #[error("the look-up was for another write")]
    OtherLookup,
}

/// What could not be settled, given back.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub struct StillUnsettled<R> {
    /// Why not.
    #[source]
    pub why: NotYet,
    /// The write as it was.
    pub unsettled: Unsettled<R>,
}

impl<R> WriteOutcome<R> {
    /// The name of the variant, for a log.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Stored(_) => "stored",
            Self::Refused(_) => "refused",
            Self::NotSent(_) => "not_sent",
            Self::Unknown(_) => "unknown",
        }
    }

    /// What was stored, if it was.
    pub fn stored(self) -> Option<R> {
        match self {
            Self::Stored(reply) => Some(reply),
            _ => None,
        }
    }

    /// The outcome of a call that ended with an error. `refusal` is what Metakocka said when it declined.
    pub(crate) fn failed(
        reason: Error,
        refusal: Option<Box<Refusal>>,
        write: Write<R>,
        ended: Instant,
    ) -> Self {
        match refusal {
            Some(refusal) if matches!(reason, Error::Refused { .. }) => Self::Refused(refusal),
            _ if proves_nothing_was_done(&reason) => Self::NotSent(Box::new(NotSent { reason, write })),
            _ => Self::Unknown(Box::new(Unknown { reason, unsettled: Unsettled { write, ended } })),
        }
    }
}

/// Whether an error proves that nothing was done: nothing left this program, or Metakocka itself says that
/// it turned the call away at the door (codes 3, 4, and 5 of the quota). An HTTP status 401, 403 or 429
/// without such a code is a gateway's: no source knows Metakocka to answer with one
/// (`metakocka-api.md §1.1`, `§1.6`), and a gateway can say it after it passed the call on.
fn proves_nothing_was_done(reason: &Error) -> bool {
    match reason {
        Error::NoConnection { .. } | Error::BudgetSpent { .. } => true,
        Error::KeyRefused { reply, .. } => matches!(reply.code.as_str(), "3" | "4"),
        Error::Quota { reply, .. } => reply.code == "5",
        _ => false,
    }
}

impl<R> Unsettled<R> {
    pub(crate) fn new(write: Write<R>, ended: Instant) -> Self {
        Self { write, ended }
    }

    /// Where to look for it ([`Client::look_up`](crate::Client::look_up)).
    pub fn lookup(&self) -> &Lookup {
        self.write.lookup()
    }

    /// What it says, to compare with what is found.
    pub fn payload(&self) -> &Payload {
        self.write.payload()
    }

    /// The write again, after a look-up that found nothing of it and began at least `horizon` after the
    /// call had ended: longer than the longest server time, ten minutes for example.
    pub fn not_stored(self, proof: &NotThere, horizon: Duration) -> Result<Write<R>, Box<StillUnsettled<R>>> {
        let open = self.ended + horizon;
        let why = if proof.lookup() != self.lookup() {
            NotYet::OtherLookup
        } else if proof.began() < open {
            NotYet::TooEarly(open - proof.began())
        } else {
            return Ok(self.write);
        };
        Err(Box::new(StillUnsettled { why, unsettled: self }))
    }
}

impl<R> fmt::Debug for Unsettled<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unsettled").field("payload", self.payload()).finish_non_exhaustive()
    }
}
