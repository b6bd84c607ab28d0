//! An intent as it lies in the database: shown, woken, and followed by the next one.

use serde::{Deserialize, Serialize};

use super::ended::Ended;
use super::lookup::Hit;
use super::{Effect, Move, State, StateName, Step, Unclear};
use crate::plan::OpenIntent;
use crate::record::{ContentHash, ExternalId};
use crate::time::UtcMicros;

/// An intent as it lies in the database: it can be read and shown, and woken, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Dormant(pub(super) State);

/// Why a row is taken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Waking {
    /// Its time has come; whoever had it let go of it in good order.
    Due,
    /// Whoever had it is gone: a crash, or a lease that ran out.
    Abandoned,
    /// The database was restored or copied: what was done since is not in it.
    Restored,
    /// The clock was set while nobody had it in hand, or this process just started and cannot know
    /// whether it was: what it waits for is waited for anew. Every process does this with every row when
    /// it starts, and when its monotonic clock tells it that the wall clock jumped.
    ClockJumped,
}

impl Dormant {
    /// Takes the row up. What was found in `sending` after a crash, and anything that had not been
    /// answered when the database was restored, is unknown.
    pub fn wake(self, why: Waking, now: UtcMicros) -> Step {
        let from = self.0.name();
        let moved = match (why, self.0) {
            (Waking::Restored | Waking::ClockJumped, State::Unknown(at)) => at.count_anew(now),
            (Waking::Restored | Waking::ClockJumped, State::NeedsPerson(at)) => at.count_anew(now),
            (Waking::Restored, State::Prepared(at)) => at.restored(now),
            (Waking::Restored, State::Sending(at)) => at.lost(Unclear::Restored, now),
            (Waking::ClockJumped, State::Prepared(at)) => {
                Move::to(State::Prepared(at.not_fresh()), Effect::None)
            }
            (Waking::ClockJumped, state) => Move::stay(state),
            (_, State::Sending(at)) => at.abandoned(now),
            (_, State::Settling(at)) => at.give_up().count_anew(now),
            (_, state) => Move::stay(state),
        };
        moved.step(Some(from))
    }

    /// Where it is.
    pub fn state(&self) -> StateName {
        self.0.name()
    }

    /// The row of a write that is over without the words that the remote said about it.
    #[must_use]
    pub fn wordless(self) -> Self {
        Self(match self.0 {
            State::Ended(ended) => State::Ended(ended.wordless()),
            state => state,
        })
    }

    /// How it ended, if it has.
    pub fn ended(&self) -> Option<&Ended> {
        match &self.0 {
            State::Ended(ended) => Some(ended),
            _ => None,
        }
    }

    /// W of the planner (policy A). `held`: a pause or a quota holds the queue; `refusal_stands`: CRM
    /// revision, mirror content and mappings are as they were, and nobody asked for another try.
    pub fn open_intent(&self, held: bool, refusal_stands: bool) -> OpenIntent {
        match self.state() {
            StateName::Prepared => OpenIntent::Open { held },
            StateName::Sending => OpenIntent::Open { held: false },
            StateName::Stored => OpenIntent::Stored,
            StateName::Unknown | StateName::Settling => OpenIntent::Unknown,
            StateName::NeedsPerson => OpenIntent::NeedsPerson,
            StateName::Refused if refusal_stands => OpenIntent::Refused,
            StateName::Refused | StateName::Confirmed | StateName::NotStored => OpenIntent::None,
        }
    }

    /// "Looks again at {time}, asks you at {time}" (contract §2a); only while it is unknown.
    pub fn settles(&self) -> Option<Settles> {
        match &self.0 {
            State::Unknown(at) => Some(at.settles()),
            _ => None,
        }
    }

    /// The candidates that a person is shown, and since when "it was not stored" may be said.
    pub fn question(&self) -> Option<(&[Hit], UtcMicros)> {
        match &self.0 {
            State::NeedsPerson(at) => Some(at.question()),
            _ => None,
        }
    }

    /// The remote record, once its id is known.
    pub fn external_id(&self) -> Option<&ExternalId> {
        match &self.0 {
            State::Stored(at) => Some(at.id()),
            State::Ended(Ended::Confirmed { id, .. }) => Some(id),
            _ => None,
        }
    }
}

/// When an unknown outcome is looked up next, and from when a person may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settles {
    /// The next look-up.
    pub looks_at: UtcMicros,
    /// The end of the settle horizon.
    pub asks_at: UtcMicros,
}

/// The record has a write that is not over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the record has a write that is {state}: a second one is not begun before it is over")]
pub struct Unfinished {
    /// Where it is.
    pub state: StateName,
}

/// The place for the next intent of a record: there is none while one is unfinished.
#[derive(Debug, PartialEq, Eq)]
pub struct Slot {
    pub(super) settled_error: Option<(ContentHash, String)>,
}

impl Slot {
    /// The place after the last intent of the record, as the database has it.
    pub fn after(last: Option<&Dormant>) -> Result<Self, Unfinished> {
        match last.map(|last| &last.0) {
            None => Ok(Self { settled_error: None }),
            Some(State::Ended(ended)) => Ok(Self { settled_error: ended.settled_error() }),
            Some(state) => Err(Unfinished { state: state.name() }),
        }
    }
}
