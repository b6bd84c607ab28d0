//! The states of a write whose outcome is known, and their moves. Each move consumes the state it
//! starts from.

use serde::{Deserialize, Serialize};

use super::ended::{Ended, NotStored};
use super::lookup::{Answer, Hit, Identity, Lookup};
use super::settle::{NeedsPerson, Unknown};
use super::{
    ASK_AGAIN, Before, Command, Compared, Effect, FRESH, Illegal, Move, ReadBack, Reply, Send, State,
    StateName, Target, Turn, Unclear, Write,
};
use crate::lease;
use crate::record::ExternalId;
use crate::time::UtcMicros;

/// Committed; nothing has left, or it is proven that nothing was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Prepared {
    write: Write,
    /// The text of an internal error that was settled as not stored, for the same payload.
    settled_error: Option<String>,
}

impl Prepared {
    pub(super) fn new(write: Write, settled_error: Option<String>) -> Self {
        Self { write, settled_error }
    }

    /// Looks before a create, reads again what an update was built on too long ago, or sends.
    pub(super) fn start(self, turn: Turn) -> Move {
        match &self.write.target {
            Target::Create { lookup, before: Before::Look { .. } } => {
                let lookup = lookup.clone();
                Move::ask(State::Prepared(self), Command::Lookup(lookup))
            }
            Target::Create { before: Before::Skip, .. } => self.send(Vec::new(), turn.lease_until),
            Target::Update { read_at, .. } if is_fresh(*read_at, turn.now) => {
                let until = turn.lease_until.min(read_at.plus(FRESH));
                self.send(Vec::new(), until)
            }
            Target::Update { id, .. } => {
                let id = id.clone();
                Move::ask(State::Prepared(self), Command::Read(id))
            }
        }
    }

    /// What an update was built on, read again: it goes only if it is still as it was.
    pub(super) fn read(self, read: &ReadBack, turn: Turn) -> Result<Move, Illegal> {
        let Target::Update { id, .. } = &self.write.target else {
            return Err(Illegal { state: StateName::Prepared, what: "the answer of a read" });
        };
        Ok(match read {
            ReadBack::Found { compared: Compared::Before, .. } => {
                let until = turn.lease_until.min(turn.now.plus(FRESH));
                self.send(Vec::new(), until)
            }
            ReadBack::Found { .. } => NotStored::end(NotStored::Mixed, Effect::Mirror),
            ReadBack::NotFound => NotStored::end(NotStored::Gone, Effect::Gone { id: id.clone() }),
            ReadBack::Failed { .. } => {
                let again = turn.now.plus(ASK_AGAIN);
                Move::ask(State::Prepared(self), Command::WaitUntil(again))
            }
        })
    }

    /// The time of its read means nothing any more.
    pub(super) fn not_fresh(mut self) -> Self {
        if let Target::Update { read_at, .. } = &mut self.write.target {
            *read_at = UtcMicros(i64::MIN);
        }
        self
    }

    /// What the look-up before found: ours already, a reason to plan again, or what was there before.
    pub(super) fn looked(self, answer: Answer, turn: Turn) -> Move {
        let Answer::Found { hits, .. } = answer else {
            let again = turn.now.plus(ASK_AGAIN);
            return Move::ask(State::Prepared(self), Command::WaitUntil(again));
        };
        let Target::Create { lookup, before } = &self.write.target else {
            return Move::stay(State::Prepared(self));
        };
        let known: &[ExternalId] = match before {
            Before::Look { known } => known,
            Before::Skip => &[],
        };
        match lookup.identity {
            Identity::Content if hits.iter().any(|hit| !known.contains(&hit.id)) => {
                NotStored::end(NotStored::FoundBefore, Effect::Mirror)
            }
            Identity::Content => self.send(ids(&hits), turn.lease_until),
            Identity::Marker => {
                let marked: Vec<Hit> = hits.iter().filter(|hit| hit.marked).cloned().collect();
                match marked.as_slice() {
                    [] => self.send(ids(&hits), turn.lease_until),
                    [one] => Stored::enter(self.write, one.id.clone(), one.number.clone()),
                    _ => {
                        let unknown = self.unknown(Vec::new(), Unclear::Restored, turn.now);
                        NeedsPerson::enter(unknown, marked)
                    }
                }
            }
        }
    }

    /// What was prepared in a copy may have been sent by the original.
    pub(super) fn restored(self, now: UtcMicros) -> Move {
        self.unknown(Vec::new(), Unclear::Restored, now).enter(now)
    }

    /// The only place where the right to send is made: it consumes the prepared state, and the step
    /// commits `sending` first.
    fn send(self, before: Vec<ExternalId>, not_after: UtcMicros) -> Move {
        let send = Send { payload: self.write.payload.clone(), not_after };
        let sending = Sending { prepared: self, before, not_after };
        Move::to(State::Sending(sending), Effect::None).then(Command::Send(send))
    }

    fn unknown(self, before: Vec<ExternalId>, cause: Unclear, since: UtcMicros) -> Unknown {
        let Self { write, settled_error } = self;
        Unknown { write, before, settled_error, cause, since, looks_at: since, foreign: Vec::new() }
    }
}

/// Committed to be sent: the request is leaving, out, or its answer on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sending {
    prepared: Prepared,
    before: Vec<ExternalId>,
    /// When the right to send ends.
    not_after: UtcMicros,
}

impl Sending {
    /// The reply classes of design §5.4.
    pub(super) fn reply(self, reply: Reply, now: UtcMicros) -> Move {
        match reply {
            Reply::Done { id, number } => self.done(id, number, now),
            Reply::TurnedAway(hold) => {
                Move::to(State::Prepared(self.prepared), Effect::None).then(Command::Hold(hold))
            }
            Reply::Refused(refusal) => Ended::refused(refusal),
            Reply::NumberExists { used_by, refusal } => {
                let mut unknown = self.unknown(Unclear::NumberExists, now);
                unknown.write.target =
                    Target::Create { lookup: Lookup::these(used_by), before: Before::Skip };
                unknown.before.clear();
                unknown.settled_error = Some(refusal.sentence);
                unknown.enter(now)
            }
            Reply::CannotFind(refusal) => match self.prepared.write.target {
                Target::Create { .. } => Ended::refused(refusal),
                Target::Update { .. } => {
                    let mut unknown = self.unknown(Unclear::CannotFind, now);
                    unknown.settled_error = Some(refusal.sentence);
                    unknown.enter(now)
                }
            },
            Reply::Unclear(cause) => self.lost(cause, now),
        }
    }

    /// A crash, a cut connection: whether it arrived is not known.
    pub(super) fn lost(self, cause: Unclear, since: UtcMicros) -> Move {
        self.unknown(cause, since).enter(since)
    }

    /// Whoever had it is gone, or sleeps and may let its request leave as long as its right to send lasts: never longer than
    /// the longest lease, by whichever clock that was counted.
    pub(super) fn abandoned(self, now: UtcMicros) -> Move {
        let since = self.not_after.min(now.plus(lease::LENGTH)).max(now);
        self.lost(Unclear::Crashed, since)
    }

    fn done(self, id: Option<ExternalId>, number: Option<String>, now: UtcMicros) -> Move {
        match (id, &self.prepared.write.target) {
            (None, Target::Update { id, .. }) => {
                let id = id.clone();
                Stored::enter(self.prepared.write, id, number)
            }
            // A replacement keeps its id; another one would be a second record.
            (Some(other), Target::Update { id, .. }) if other != *id => self.lost(Unclear::NotReadable, now),
            (Some(id), _) => Stored::enter(self.prepared.write, id, number),
            (None, Target::Create { .. }) => self.lost(Unclear::NotReadable, now),
        }
    }

    fn unknown(self, cause: Unclear, since: UtcMicros) -> Unknown {
        self.prepared.unknown(self.before, cause, since)
    }
}

/// The remote has it, under this id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stored {
    write: Write,
    id: ExternalId,
}

impl Stored {
    /// Commits the link at once, before the read-back.
    pub(super) fn enter(write: Write, id: ExternalId, number: Option<String>) -> Move {
        let effect = Effect::Link { id: id.clone(), number };
        let read = Command::Read(id.clone());
        Move::to(State::Stored(Self { write, id }), effect).then(read)
    }

    pub(super) fn id(&self) -> &ExternalId {
        &self.id
    }

    /// Recovery reads back by id; it never looks up and never sends.
    pub(super) fn read_again(self) -> Move {
        let id = self.id.clone();
        Move::ask(State::Stored(self), Command::Read(id))
    }

    pub(super) fn read(self, read: ReadBack, now: UtcMicros) -> Move {
        match read {
            ReadBack::Found { foreign, lost, .. } => {
                let lookup = match self.write.target {
                    Target::Create { lookup, .. } => Some(lookup),
                    Target::Update { .. } => None,
                };
                Ended::confirmed(self.id, lookup, foreign, lost)
            }
            ReadBack::Failed { .. } => {
                let again = now.plus(ASK_AGAIN);
                Move::ask(State::Stored(self), Command::WaitUntil(again))
            }
            ReadBack::NotFound => match self.write.target {
                Target::Update { id, .. } => NotStored::end(NotStored::Gone, Effect::Gone { id }),
                Target::Create { .. } => {
                    let unknown =
                        Prepared::new(self.write, None).unknown(Vec::new(), Unclear::CannotFind, now);
                    NeedsPerson::enter(unknown, Vec::new())
                }
            },
        }
    }
}

fn ids(hits: &[Hit]) -> Vec<ExternalId> {
    hits.iter().map(|hit| hit.id.clone()).collect()
}

/// Whether what was read then may be written on now; a clock that went back makes it old.
fn is_fresh(read_at: UtcMicros, now: UtcMicros) -> bool {
    read_at <= now && now < read_at.plus(FRESH)
}
