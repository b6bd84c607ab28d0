//! What the executor is told to do. A [`Step`] gives its commands away only after it was committed,
//! and a [`Send`] exists only in the step that committed `sending`: so nothing leaves before it is
//! written down, and nothing leaves twice.

use super::lookup::{Hit, Lookup};
use super::reply::Hold;
use super::{Dormant, Event, Intent, StateName};
use crate::record::{ContentHash, ExternalId};
use crate::time::UtcMicros;

/// One move of the machine: what is to be committed, and what is to be done then.
#[derive(Debug)]
#[must_use = "a step that is not committed has not happened"]
pub struct Step {
    pub(super) from: Option<StateName>,
    pub(super) intent: Intent,
    pub(super) persist: Option<Effect>,
    pub(super) alarms: Vec<Alarm>,
    pub(super) then: Vec<Command>,
}

/// One transaction: the row of the intent and everything that belongs to it (design §5.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Persist<'a> {
    /// The state that the row must still have; none for a new row. If it has another, or the lease was
    /// lost, nothing is written and the step is dropped.
    pub expected: Option<StateName>,
    /// The row from now on.
    pub row: Dormant,
    /// What is written in the same transaction.
    pub effect: &'a Effect,
    /// What somebody has to see, in the same transaction: a process that dies after it must not take it
    /// along.
    pub alarms: &'a [Alarm],
}

/// What a transaction of the intent writes besides its own row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    None,
    /// The link to this record, base pending.
    Link {
        /// The remote's id.
        id: ExternalId,
        /// Its visible number.
        number: Option<String>,
    },
    /// Base (`three_way::base_after_write`), mirror, differences and outcome, from the read-back; the
    /// link becomes synced.
    Confirm {
        /// The remote's id.
        id: ExternalId,
    },
    /// The mirror row of what was read; then it is planned again from there.
    Mirror,
    /// The record is gone in the remote: mirror row and link say so.
    Gone {
        /// The remote's id.
        id: ExternalId,
    },
    /// A customer that a refused document made is kept as a mirror row without a link.
    KeepCustomer {
        /// The customer.
        customer: ExternalId,
    },
}

/// What is to be done next.
#[derive(Debug)]
pub enum Command {
    /// Sends the request, by [`Send::leave`]. Answers with [`Event::Reply`].
    Send(Send),
    /// Asks every query. Answers with [`Event::Looked`].
    Lookup(Lookup),
    /// Reads the record by its id, and the sibling types when it is not found. Answers with
    /// [`Event::Read`].
    Read(ExternalId),
    /// Comes back with [`Event::Tick`] at this time, or earlier.
    WaitUntil(UtcMicros),
    /// The queue of the company, or its connection, waits.
    Hold(Hold),
    /// Shows a person the candidates, what each differs in, and since when "it was not stored" may be
    /// said.
    AskPerson {
        /// The candidates.
        candidates: Vec<Hit>,
        /// When "it was not stored, send again" opens.
        not_stored_from: UtcMicros,
    },
    /// The planner looks at the record again.
    PlanAgain,
    /// Runs the look-up of the confirmed create once, unless it was proven before, and judges it by
    /// [`super::positive_control`].
    Prove {
        /// The look-up.
        lookup: Lookup,
        /// The record that it has to find.
        id: ExternalId,
    },
}

/// What somebody has to see and no state shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alarm {
    /// Between our fresh read and our write somebody changed the record there; the values that were
    /// overwritten are kept.
    ForeignChange {
        /// What was changed, in words of the remote's change log.
        what: Vec<String>,
    },
    /// A replacement lost a field that is not ours; the kept snapshot has it.
    LostField {
        /// The fields.
        fields: Vec<String>,
    },
}

/// The right to send one request once. It can't be copied, and it is made only where `sending` was
/// committed.
#[derive(Debug)]
pub struct Send {
    pub(super) payload: ContentHash,
    pub(super) not_after: UtcMicros,
}

impl Send {
    /// The request that may be sent: the payload with this hash.
    pub fn payload(&self) -> &ContentHash {
        &self.payload
    }

    /// Uses the right up, immediately before the request leaves. A process that slept meanwhile gets an
    /// event instead: it sent nothing, whoever took over has the intent.
    pub fn leave(self, now: UtcMicros) -> Result<Leave, Event> {
        if now < self.not_after {
            Ok(Leave { payload: self.payload })
        } else {
            Err(Event::Reply(super::Reply::TurnedAway(Hold::TooLate)))
        }
    }
}

/// What the client is given to send; it takes it by value.
#[derive(Debug)]
pub struct Leave {
    payload: ContentHash,
}

impl Leave {
    /// The request that leaves.
    pub fn payload(&self) -> &ContentHash {
        &self.payload
    }
}

impl Step {
    /// What is to be written, in one transaction, before anything else; nothing when the row stays.
    pub fn to_commit(&self) -> Option<Persist<'_>> {
        let effect = self.persist.as_ref()?;
        let alarms = &self.alarms;
        Some(Persist { expected: self.from, row: self.intent.to_row(), effect, alarms })
    }

    /// The step is committed, or has nothing to commit: the intent as it is now, and what is to be done.
    pub fn committed(self) -> (Intent, Vec<Command>) {
        (self.intent, self.then)
    }
}
