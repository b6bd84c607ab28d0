//! The write protocol, design §5, as a machine without I/O: one intent is one write that the remote
//! is to get once, although it has no idempotency keys.
//!
//! ```text
//! prepared → sending → stored → confirmed
//!     ↑         ├→ refused
//!     └ turned ─┤
//!        away   └→ unknown ⇄ settling → stored | confirmed | not_stored | needs_person
//! needs_person → stored | not_stored
//! ```
//!
//! The executor gives an [`Event`] to [`Intent::on`] and gets a [`Step`]. It commits what
//! [`Step::to_commit`] says, with its fencing token, and only then asks [`Step::committed`] for the
//! commands. If the commit fails the step is dropped: the database decides, and whoever comes next
//! wakes the row with [`Dormant::wake`]. An intent that was read from the database can do nothing
//! before it is woken, so a row in `sending` that nobody holds can only become `unknown`.
//!
//! A second request for a create can't be expressed: [`Send`] is made only by a `Prepared` state,
//! which is consumed; `Prepared` comes only from a [`Slot`], which an unfinished intent refuses, or
//! from a reply that proves that nothing was stored. What the machine must not do: know how anything
//! is sent, found or compared; `translate` does.

mod command;
mod ended;
mod late;
mod lookup;
mod reply;
mod row;
mod settle;
mod states;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use command::{Alarm, Command, Effect, Leave, Persist, Send, Step};
pub use ended::{Ended, NotStored};
pub use late::{Sighting, is_late_duplicate, late_values};
pub use lookup::{Answer, Control, Hit, Identity, Lookup, Marker, Query, positive_control};
pub use reply::{Hold, Refusal, Reply, Unclear};
pub use row::{Dormant, Settles, Slot, Unfinished, Waking};

use crate::record::{ContentHash, ExternalId};
use crate::time::UtcMicros;
use settle::{NeedsPerson, Settling, Unknown};
use states::{Prepared, Sending, Stored};

/// Default of the longest time after which a request that left may still be stored: the longest
/// server time seen is 48 s (`metakocka-api.md §1.6`), and a server that restarts takes minutes.
pub const SETTLE_HORIZON: Duration = Duration::from_mins(10);

/// When an unknown outcome is looked up before the horizon: soon, because most requests are stored
/// within seconds, and rarer for those that were slow. The sooner ours is found, the less people have
/// changed on it.
const EARLY_LOOKS: [Duration; 5] = [
    Duration::from_secs(10),
    Duration::from_secs(45),
    Duration::from_mins(2),
    Duration::from_mins(4),
    Duration::from_mins(7),
];

/// When something that got no answer is asked again.
const ASK_AGAIN: Duration = Duration::from_secs(30);

/// How long a read is fresh: what changes in the remote between it and our write is the window in
/// which we overwrite unseen (policy E), so it is short.
pub const FRESH: Duration = Duration::from_secs(5);

/// A write that is to be made once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// What it does.
    pub target: Target,
    /// The hash of the exact request, which is stored beside the intent.
    pub payload: ContentHash,
    /// The settle horizon in force when it was made.
    pub horizon: Duration,
}

/// What a write does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Makes a record.
    Create {
        /// How it is found again.
        lookup: Lookup,
        /// Whether the same look-up runs before.
        before: Before,
    },
    /// Changes a record, narrowly or by replacement.
    Update {
        /// Which.
        id: ExternalId,
        /// When the fresh read arrived that it was built on. A request that could not leave within
        /// [`FRESH`] of it reads and compares again first, however often it was held.
        read_at: UtcMicros,
    },
}

/// The look-up before a create.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Before {
    /// It runs. These records were known when it was planned that none of them is ours.
    Look {
        /// The records.
        known: Vec<ExternalId>,
    },
    /// It is left out: a marker that was never used goes into a searched field. Not after a restore.
    Skip,
}

/// When something happens, and until when the executor may send. The time is the wall clock of this
/// process; it tells the machine by [`Event::ClockJumped`] when it jumped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Now.
    pub now: UtcMicros,
    /// The end of the lease as it was last prolonged.
    pub lease_until: UtcMicros,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A time that was waited for has come, or a hold has ended.
    Tick,
    /// A write was answered, or was not.
    Reply(Reply),
    /// A look-up was answered, or was not.
    Looked(Answer),
    /// A record was read by its id, or was not.
    Read(ReadBack),
    /// The clock of this process was set: what was waited for is waited for anew.
    ClockJumped,
    /// A person decided.
    Person(PersonSaid),
    /// A person cancelled what has not left yet.
    Cancel,
}

/// What a read by id brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadBack {
    /// It is there.
    Found {
        /// Against what was to be written. Rows and lines that were added are compared by content.
        compared: Compared,
        /// What somebody changed between our fresh read and our write, where the remote tells.
        foreign: Vec<String>,
        /// Fields of a replacement that are not ours and were lost.
        lost: Vec<String>,
    },
    /// "Cannot find…", for it and for its sibling types.
    NotFound,
    /// No answer.
    Failed {
        /// The remote could not be reached; the settle horizon counts anew.
        unreachable: bool,
    },
}

/// A record as it was read, against a write of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// Every sent field has the value sent.
    Wanted,
    /// Every sent field has the value before.
    Before,
    /// Neither.
    Mixed,
}

/// What a person said about an outcome that is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonSaid {
    /// "It is this one."
    ItIs {
        /// Which.
        id: ExternalId,
        /// Its number.
        number: Option<String>,
    },
    /// "It was not stored, send again." It is looked up once more.
    NotStored,
}

/// The name of a state, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateName {
    /// Committed, nothing left yet.
    Prepared,
    /// Leaving, or out.
    Sending,
    /// The remote has it, its id is known.
    Stored,
    /// Read back; over.
    Confirmed,
    /// The remote will not have it; over until something changes.
    Refused,
    /// Whether the remote has it is not known.
    Unknown,
    /// It is being looked up. Only in memory: the row says unknown.
    Settling,
    /// The remote has it not; over, it is planned again.
    NotStored,
    /// A person has to say.
    NeedsPerson,
}

impl StateName {
    /// Whether the intent is over.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Confirmed | Self::Refused | Self::NotStored)
    }

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prepared => "prepared",
            Self::Sending => "sending",
            Self::Stored => "stored",
            Self::Confirmed => "confirmed",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::Settling => "settling",
            Self::NotStored => "not_stored",
            Self::NeedsPerson => "needs_person",
        }
    }
}

impl std::fmt::Display for StateName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An event that can't happen in a state: a reply that was delivered twice, a person who was too late.
/// Nothing changed; the row in the database is the truth.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} can't happen while the write is {state}: nothing was changed")]
pub struct Illegal {
    /// Where the intent is.
    pub state: StateName,
    /// What was tried.
    pub what: &'static str,
}

/// Where an intent stands. Each state is a type whose moves consume it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Prepared(Prepared),
    Sending(Sending),
    Unknown(Unknown),
    Settling(Settling),
    Stored(Stored),
    NeedsPerson(NeedsPerson),
    Ended(Ended),
}

impl State {
    fn name(&self) -> StateName {
        match self {
            Self::Prepared(_) => StateName::Prepared,
            Self::Sending(_) => StateName::Sending,
            Self::Unknown(_) => StateName::Unknown,
            Self::Settling(_) => StateName::Settling,
            Self::Stored(_) => StateName::Stored,
            Self::NeedsPerson(_) => StateName::NeedsPerson,
            Self::Ended(Ended::Confirmed { .. }) => StateName::Confirmed,
            Self::Ended(Ended::Refused { .. }) => StateName::Refused,
            Self::Ended(Ended::NotStored(_)) => StateName::NotStored,
        }
    }
}

/// A write on its way, in the hands of the one executor that holds its lease.
#[derive(Debug)]
pub struct Intent(State);

impl Intent {
    /// Begins a write. Commit the step, then tick it.
    pub fn prepare(slot: Slot, write: Write) -> Step {
        let settled = slot.settled_error.filter(|(payload, _)| *payload == write.payload);
        let prepared = Prepared::new(write, settled.map(|(_, text)| text));
        Step {
            from: None,
            intent: Self(State::Prepared(prepared)),
            persist: Some(Effect::None),
            alarms: Vec::new(),
            then: Vec::new(),
        }
    }

    /// One event. What can't happen here is refused and changes nothing: the row is woken again.
    pub fn on(self, event: Event, turn: Turn) -> Result<Step, Illegal> {
        let state = self.0;
        let from = state.name();
        let moved = match (state, event) {
            (State::Prepared(at), Event::Tick) => at.start(turn),
            (State::Prepared(at), Event::Looked(answer)) => at.looked(answer, turn),
            (State::Prepared(at), Event::Read(read)) => at.read(&read, turn)?,
            (State::Prepared(_), Event::Cancel) => NotStored::end(NotStored::Cancelled, Effect::None),
            (State::Sending(at), Event::Reply(reply)) => at.reply(reply, turn.now),
            (State::Unknown(at), Event::Tick) => at.look(turn.now),
            (State::Settling(at), Event::Looked(answer)) if at.is_create() => at.looked(answer, turn.now),
            (State::Settling(at), Event::Read(read)) if !at.is_create() => at.read(read, turn.now),
            (State::Stored(at), Event::Tick) => at.read_again(),
            (State::Stored(at), Event::Read(read)) => at.read(read, turn.now),
            (State::NeedsPerson(at), Event::Person(said)) => at.said(said, turn.now)?,
            (State::NeedsPerson(at), Event::Looked(answer)) => at.looked(&answer, turn.now),
            (State::NeedsPerson(at), Event::Tick) => at.ask_again(),
            (State::Unknown(at), Event::ClockJumped) => at.count_anew(turn.now),
            (State::Settling(at), Event::ClockJumped) => at.give_up().count_anew(turn.now),
            (State::NeedsPerson(at), Event::ClockJumped) => at.count_anew(turn.now),
            (State::Prepared(at), Event::ClockJumped) => Move::stay(State::Prepared(at.not_fresh())),
            (state @ (State::Sending(_) | State::Stored(_)), Event::ClockJumped)
            | (state @ State::Sending(_), Event::Tick) => Move::stay(state),
            (state, event) => return Err(Illegal { state: state.name(), what: event.name() }),
        };
        Ok(moved.step(Some(from)))
    }

    /// Where it is.
    pub fn state(&self) -> StateName {
        self.0.name()
    }

    /// The row that would be stored for it. An intent that is being looked up is stored as unknown.
    fn to_row(&self) -> Dormant {
        match &self.0 {
            State::Settling(at) => Dormant(State::Unknown(at.clone().give_up())),
            state => Dormant(state.clone()),
        }
    }
}

impl Event {
    fn name(&self) -> &'static str {
        match self {
            Self::Tick => "going on",
            Self::Reply(_) => "a reply",
            Self::Looked(_) => "the answer of a look-up",
            Self::Read(_) => "the answer of a read",
            Self::ClockJumped => "a new time",
            Self::Person(_) => "a person's decision",
            Self::Cancel => "cancelling",
        }
    }
}

/// Where a move ends, what it writes and what it asks for.
struct Move {
    state: State,
    persist: Option<Effect>,
    alarms: Vec<Alarm>,
    then: Vec<Command>,
}

impl Move {
    /// Nothing changes and nothing is to be done.
    fn stay(state: State) -> Self {
        Self { state, persist: None, alarms: Vec::new(), then: Vec::new() }
    }

    /// Nothing is written; a command follows.
    fn ask(state: State, command: Command) -> Self {
        Self { state, persist: None, alarms: Vec::new(), then: vec![command] }
    }

    /// A new state, with what is written beside it.
    fn to(state: State, effect: Effect) -> Self {
        Self { state, persist: Some(effect), alarms: Vec::new(), then: Vec::new() }
    }

    fn alarm(mut self, alarm: Alarm) -> Self {
        self.alarms.push(alarm);
        self
    }

    fn then(mut self, command: Command) -> Self {
        self.then.push(command);
        self
    }

    fn step(self, from: Option<StateName>) -> Step {
        let Self { state, persist, alarms, then } = self;
        // A look-up is out only in memory; its row still says unknown.
        let from = from.map(|name| if name == StateName::Settling { StateName::Unknown } else { name });
        Step { from, intent: Intent(state), persist, alarms, then }
    }
}
