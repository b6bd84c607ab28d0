//! What became of a write, and the only ways back from "nobody knows".

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::payload::{Destination, Payload, Write};
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
    /// (`metakocka-api.md §1.4`). A partner may have been made all the same (Q8). A call about several
    /// records never ends here: see [`Self::Unknown`].
    Refused(Box<Refusal>),
    /// It is proven that nothing was done.
    NotSent(Box<NotSent<R>>),
    /// It may have been done, in part or not at all: no complete answer, an answer that is none of
    /// Metakocka's or about another record than was asked for, its code 1, or a refusal of a call about
    /// several records ([`Error::PartlyRefused`]): those before the one that it declined may be done. The reason may ask for a pause all the same: an HTTP status 429 that nothing of Metakocka's
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

impl<R> Unknown<R> {
    /// What Metakocka said when it declined one of several records; others may have been changed.
    pub fn refusal(&self) -> Option<&Refusal> {
        match &self.reason {
            Error::PartlyRefused { refusal, .. } => Some(refusal),
            _ => None,
        }
    }
}

/// A write that was perhaps done. It is no [`Write`]: it cannot be sent.
///
/// ```compile_fail,E0308
/// # async fn again(client: &metakocka::Client, unsettled: metakocka::Unsettled<metakocka::Accepted>) {
/// let outcome = client.send(unsettled).await; // perhaps a second time
/// # }
/// ```
pub struct Unsettled<R> {
    write: Write<R>,
    destination: Destination,
    ended: Instant,
    identity: Identity,
}

/// Which unsettled write a look-up was for. Two of them are never the same, whatever they say.
#[derive(Clone, Debug)]
pub(crate) struct Identity(Arc<()>);

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// How long after a call a look-up that finds nothing begins to prove something: longer than the longest
/// server time. Writes take up to 48 s (`metakocka-api.md §1.6`, `§9.1`).
///
/// ```compile_fail,E0308
/// # use metakocka::{Accepted, NotThere, Unsettled};
/// # fn at_once(unsettled: Unsettled<Accepted>, proof: NotThere) {
/// let write = unsettled.not_stored(proof, std::time::Duration::ZERO); // too early
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettleHorizon(Duration);

/// A time that is no horizon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a write is settled between a minute and a week after its call, not after {} s", .0.as_secs_f64())]
pub struct InvalidHorizon(Duration);

impl SettleHorizon {
    /// The least: a minute, above the 48 s that writes are known to take.
    pub const LEAST: Self = Self(Duration::from_mins(1));
    /// The most: a week, far above any outage in which Metakocka goes on working.
    pub const MOST: Self = Self(Duration::from_hours(7 * 24));

    /// Parses a time between a minute and a week.
    pub fn new(after: Duration) -> Result<Self, InvalidHorizon> {
        let fits = (Self::LEAST.0..=Self::MOST.0).contains(&after);
        if fits { Ok(Self(after)) } else { Err(InvalidHorizon(after)) }
    }

    /// The time.
    pub fn get(self) -> Duration {
        self.0
    }
}

impl Default for SettleHorizon {
    /// Ten minutes.
    fn default() -> Self {
        Self(Duration::from_mins(10))
    }
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
    OtherWrite,
    /// The look-up was made in another company or at another host.
    #[error("the look-up was made in another company")]
    OtherCompany,
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
        destination: Destination,
        ended: Instant,
    ) -> Self {
        let reason = match (reason, refusal) {
            (Error::Refused { endpoint, .. }, Some(refusal)) if write.payload().may_be_done_in_part() => {
                Error::PartlyRefused { endpoint, refusal }
            }
            (Error::Refused { .. }, Some(refusal)) => return Self::Refused(refusal),
            (reason, _) => reason,
        };
        if proves_nothing_was_done(&reason) {
            return Self::NotSent(Box::new(NotSent { reason, write }));
        }
        let unsettled = Unsettled::new(write, destination, ended);
        Self::Unknown(Box::new(Unknown { reason, unsettled }))
    }
}

/// Whether an error proves that nothing was done: nothing left this program, or Metakocka itself says that
/// it turned the call away at the door (codes 3, 4, and 5 of the quota). An HTTP status 401, 403 or 429
/// without such a code is a gateway's: no source knows Metakocka to answer with one
/// (`metakocka-api.md §1.1`, `§1.6`), and a gateway can say it after it passed the call on.
fn proves_nothing_was_done(reason: &Error) -> bool {
    match reason {
        Error::NoConnection { .. } | Error::BudgetSpent { .. } | Error::OtherCompany { .. } => true,
        Error::KeyRefused { reply, .. } => matches!(reply.code.as_str(), "3" | "4"),
        Error::Quota { reply, .. } => reply.code == "5",
        _ => false,
    }
}

impl<R> Unsettled<R> {
    pub(crate) fn new(write: Write<R>, destination: Destination, ended: Instant) -> Self {
        Self { write, destination, ended, identity: Identity(Arc::new(())) }
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Where to look for it ([`Client::settle`](crate::Client::settle)).
    pub fn lookup(&self) -> &Lookup {
        self.write.lookup()
    }

    /// What it says, to compare with what is found.
    pub fn payload(&self) -> &Payload {
        self.write.payload()
    }

    /// Whom it was perhaps sent to.
    pub fn destination(&self) -> &Destination {
        &self.destination
    }

    /// The write again, after a look-up for it, in the same company, that found nothing of it and began at
    /// least `horizon` after the call had ended. It goes to that company only.
    pub fn not_stored(
        self,
        proof: NotThere,
        horizon: SettleHorizon,
    ) -> Result<Write<R>, Box<StillUnsettled<R>>> {
        let NotThere { about, from, began } = proof;
        let waited = began.saturating_duration_since(self.ended);
        let why = if about != self.identity {
            NotYet::OtherWrite
        } else if from != self.destination {
            NotYet::OtherCompany
        } else if waited < horizon.get() {
            NotYet::TooEarly(horizon.get().saturating_sub(waited))
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
