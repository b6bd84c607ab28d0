//! Requests on their way: when they arrive, what is answered, and what goes wrong in between.

use sync_core::discovery::Fetch;
use sync_core::intent::{Hold, Query};

use crate::counts::Fault;
use crate::model::{Kind, MINUTE, SECOND, Snapshot, TIME_OUT, WriteReply};
use crate::remote::{Origin, WriteBody};
use crate::truth::{Sent, Truth};
use crate::world::{Event, World};

/// What a request asks for.
#[derive(Debug)]
pub(crate) enum Ask {
    /// A write.
    Write {
        /// What it does.
        body: WriteBody,
        /// For which CRM record.
        record: u32,
        /// Its number among those that left.
        sent: usize,
        /// A field of it is dropped.
        drops: bool,
    },
    /// A look-up: all queries.
    Look(Kind, Vec<Query>),
    /// A read by id.
    Read(u32),
    /// A page.
    Page(Kind, Fetch),
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) enum Heard {
    /// To a write.
    Write(WriteReply),
    /// To a look-up.
    Found(Vec<Snapshot>),
    /// To a read; none when it is not there.
    Record(Option<Snapshot>),
    /// To a page: the rows and the length of the list.
    Page(Vec<Snapshot>, u64),
    /// Nothing.
    Silence,
}

/// A request on its way.
#[derive(Debug)]
pub(crate) struct Call {
    /// Whose.
    pub(crate) worker: usize,
    /// In which life of the worker.
    pub(crate) life: u32,
    ask: Ask,
    /// What the client hears instead of the remote's own answer.
    instead: Option<Heard>,
    heard: Option<Heard>,
}

/// What is to become of a write: when it is carried out, when the client hears, and what instead.
struct Fate {
    carried: Option<i64>,
    heard: i64,
    instead: Option<WriteReply>,
}

impl World<'_> {
    /// Sends a write, and says under which number its answer comes.
    pub(crate) fn send_write(&mut self, worker: usize, record: u32, body: WriteBody) -> usize {
        self.turn_of(50_000_000 + u64::from(record));
        let fate = self.fate();
        let drops = matches!(&body, WriteBody::Create { kind: Kind::Order, .. })
            && self.fault(Fault::Dropped, 20_000);
        let creates = matches!(body, WriteBody::Create { .. });
        let sent = self.truth.leaves(Sent {
            record,
            creates,
            left_at: self.now,
            stored_at: fate.carried,
            forgotten: false,
        });
        self.trace.note(
            self.now,
            "a write leaves",
            u64::from(record),
            fate.carried.map_or(0, i64::unsigned_abs),
        );
        let ask = Ask::Write { body, record, sent, drops };
        let call = self.open(worker, ask, fate.instead.map(Heard::Write));
        if let Some(at) = fate.carried {
            self.at(at, Event::Arrives(call));
        }
        self.at(fate.heard, Event::Answers(call));
        call
    }

    /// Asks something.
    pub(crate) fn ask(&mut self, worker: usize, ask: Ask) -> usize {
        let fails = self.fault(Fault::ReadFailed, 30_000);
        let there = self.now + self.dice.between(20, 400) * SECOND / 1_000;
        let slow = self.dice.below(8) == 0 && matches!(ask, Ask::Page(..));
        let longest = if slow { 25_000 } else { 400 };
        let back = there + self.dice.between(20, longest) * SECOND / 1_000;
        let call = self.open(worker, ask, fails.then_some(Heard::Silence));
        self.at(there, Event::Arrives(call));
        self.at(if fails { self.now + TIME_OUT } else { back }, Event::Answers(call));
        call
    }

    fn open(&mut self, worker: usize, ask: Ask, instead: Option<Heard>) -> usize {
        let life = self.life_of(worker);
        self.calls.push(Call { worker, life, ask, instead, heard: None });
        self.calls.len() - 1
    }

    /// What becomes of a write.
    fn fate(&mut self) -> Fate {
        let there = self.now + self.dice.between(20, 300) * SECOND / 1_000;
        let back = there + self.dice.between(20, 300) * SECOND / 1_000;
        let late = self.now + TIME_OUT;
        let fate = |carried, heard, instead| Fate { carried, heard, instead: Some(instead) };
        if self.fault(Fault::LostBefore, 40_000) {
            fate(None, late, WriteReply::TimedOut)
        } else if self.fault(Fault::LostReply, 40_000) {
            fate(Some(there), late, WriteReply::TimedOut)
        } else if self.fault(Fault::LateStore, 50_000) {
            // Most are slow by seconds, some by minutes.
            let longest = self.dice.pick(&[20, 60, 60, 560]).unwrap_or(60);
            let at = late + self.dice.between(1, longest) * SECOND;
            fate(Some(at), late, WriteReply::TimedOut)
        } else if self.fault(Fault::BeyondHorizon, 1_000) {
            let at = late + 12 * MINUTE + self.dice.between(0, 20) * MINUTE;
            fate(Some(at), late, WriteReply::TimedOut)
        } else if self.fault(Fault::CodeOneNotStored, 25_000) {
            fate(None, back, WriteReply::InternalError)
        } else if self.fault(Fault::CodeOneStored, 25_000) {
            fate(Some(there), back, WriteReply::InternalError)
        } else if self.fault(Fault::Cut, 20_000) {
            fate(Some(there), back, WriteReply::Cut)
        } else if self.fault(Fault::Nonsense, 20_000) {
            let carried = (self.dice.below(2) == 0).then_some(there);
            fate(carried, back, WriteReply::Nonsense)
        } else if self.fault(Fault::NoConnection, 30_000) {
            fate(None, there, WriteReply::TurnedAway(Hold::NoConnection))
        } else if self.fault(Fault::Quota, 20_000) {
            fate(None, there, WriteReply::TurnedAway(Hold::Quota { retry_after: None }))
        } else if self.fault(Fault::Key, 5_000) {
            fate(None, there, WriteReply::TurnedAway(Hold::Key))
        } else if self.fault(Fault::Refused, 10_000) {
            fate(None, back, WriteReply::Refused { customer: None })
        } else {
            Fate { carried: Some(there), heard: back, instead: None }
        }
    }

    /// A request arrives at the remote.
    pub(crate) fn arrives(&mut self, at: usize) {
        let Some(call) = self.calls.get_mut(at) else { return };
        let heard = match &call.ask {
            Ask::Write { .. } => None,
            Ask::Look(kind, queries) => {
                let mut ids: Vec<u32> =
                    queries.iter().flat_map(|query| self.remote.ask(*kind, query)).collect();
                ids.sort_unstable();
                ids.dedup();
                Some(Heard::Found(ids.into_iter().filter_map(|id| self.remote.read(id)).collect()))
            }
            Ask::Read(id) => Some(Heard::Record(self.remote.read(*id))),
            Ask::Page(kind, fetch) => {
                let (ids, total) = self.remote.page(*kind, *fetch);
                Some(Heard::Page(ids.into_iter().filter_map(|id| self.remote.read(id)).collect(), total))
            }
        };
        match heard {
            Some(heard) => call.heard = Some(heard),
            None => self.carry_out(at),
        }
    }

    /// A write is carried out, and what it did is seen from above.
    fn carry_out(&mut self, at: usize) {
        let Some(Call { ask: Ask::Write { body, record, sent, drops }, .. }) = self.calls.get(at) else {
            return;
        };
        let (record, sent) = (*record, *sent);
        let Some(sent) = self.truth.sent.get(sent).copied() else { return };
        let left_at = sent.left_at;
        let (ext, logged) = match body {
            WriteBody::Update { id, .. } => {
                (*id, self.remote.alive(*id).is_some_and(|r| Truth::is_logged(r.kind)))
            }
            WriteBody::Create { .. } => (0, false),
        };
        let (reply, effects) = self.remote.write(body, *drops, self.now);
        self.trace.note(
            self.now,
            "a write is carried out",
            u64::from(record),
            effects.created.map_or(0, u64::from),
        );
        for value in effects.written {
            self.truth.in_remote(value, self.now);
        }
        for value in effects.overwritten {
            self.truth.written_over(value, sent, ext, logged);
        }
        if effects.lost_text.is_some_and(|since| since < left_at - crate::truth::WINDOW) {
            self.truth.violate("a line of text was lost", u64::from(record), 0);
        }
        if let Some(id) = effects.created {
            self.made(record, id, left_at);
            self.at_once(id);
        }
        if let Some(call) = self.calls.get_mut(at) {
            call.heard = Some(Heard::Write(reply));
        }
    }

    /// One of our creates made a record: it has to be the only one.
    fn made(&mut self, record: u32, id: u32, left_at: i64) {
        let Some(new) = self.remote.alive(id).cloned() else { return };
        let mut twin = false;
        let mut overlooked = false;
        for (other, one) in &self.remote.records {
            if *other == id || one.deleted || one.kind != new.kind {
                continue;
            }
            twin |= one.origin == Origin::Ours { record };
            overlooked |= !new.kind.is_document()
                && one.origin == Origin::People
                && crate::decide::bare(&one.key) == crate::decide::bare(&new.key)
                && one.born < left_at - 70 * SECOND;
        }
        if twin && self.truth.doubled(record, id) {
            self.counts.told_duplicates += 1;
        }
        if overlooked {
            self.truth.score.doubled += 1;
            self.truth.violate("a record was made that was there already", u64::from(record), u64::from(id));
        }
    }

    /// What a client hears; nothing while nothing was heard.
    pub(crate) fn heard(&mut self, at: usize) -> Option<Heard> {
        let call = self.calls.get_mut(at)?;
        Some(call.instead.take().or_else(|| call.heard.take()).unwrap_or(Heard::Silence))
    }
}
