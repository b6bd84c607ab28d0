//! The states of a write whose outcome is not known: it is looked up or read, never sent again
//! (design §5.5, §5.6).

use serde::{Deserialize, Serialize};

use super::ended::{Ended, NotStored};
use super::lookup::{Answer, Control, Hit, Verdict, judge};
use super::states::Stored;
use super::{
    ASK_AGAIN, Command, Compared, EARLY_LOOKS, Effect, Illegal, Move, PersonSaid, ReadBack, Refusal, Settles,
    State, StateName, Target, Unclear, Write,
};
use crate::record::ExternalId;
use crate::time::UtcMicros;

/// What a person can't do yet.
const TOO_EARLY: &str = "\u{201c}it was not stored\u{201d} before the settle horizon";

/// Whether it was stored is not known. It is looked up, never sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unknown {
    pub(super) write: Write,
    pub(super) before: Vec<ExternalId>,
    pub(super) settled_error: Option<String>,
    pub(super) cause: Unclear,
    /// The last moment at which the remote, or we, could not be reached.
    pub(super) since: UtcMicros,
    pub(super) looks_at: UtcMicros,
    /// What somebody else changed there meanwhile, as the reads of an update saw it.
    pub(super) foreign: Vec<String>,
}

impl Unknown {
    /// Begins to wait for the first look-up.
    pub(super) fn enter(mut self, now: UtcMicros) -> Move {
        self.looks_at = self.next_look(now);
        let at = self.looks_at;
        Move::to(State::Unknown(self), Effect::None).then(Command::WaitUntil(at))
    }

    /// Waits for the next look-up; the row changes because people see when that is.
    pub(super) fn wait(mut self, now: UtcMicros) -> Move {
        self.looks_at = self.next_look(now);
        let at = self.looks_at;
        Move::to(State::Unknown(self), Effect::None).then(Command::WaitUntil(at))
    }

    /// The horizon counts from now.
    pub(super) fn count_anew(mut self, now: UtcMicros) -> Move {
        self.since = now;
        self.enter(now)
    }

    /// Early look-ups, then one at the end of the horizon, then again and again.
    fn next_look(&self, now: UtcMicros) -> UtcMicros {
        if self.needs_no_horizon() {
            return now;
        }
        let planned = EARLY_LOOKS.iter().map(|length| self.since.plus(*length));
        let before = planned.filter(|at| *at < self.horizon());
        before.chain([self.horizon()]).find(|at| *at > now).unwrap_or_else(|| now.plus(ASK_AGAIN))
    }

    /// The remote itself said that this request was not stored; only what it named is looked at.
    fn needs_no_horizon(&self) -> bool {
        matches!(self.cause, Unclear::NumberExists | Unclear::CannotFind)
    }

    pub(super) fn horizon(&self) -> UtcMicros {
        self.since.plus(self.write.horizon)
    }

    pub(super) fn settles(&self) -> Settles {
        Settles { looks_at: self.looks_at, asks_at: self.horizon() }
    }

    /// Looks it up. A tick that came too early is sent back to wait.
    pub(super) fn look(self, now: UtcMicros) -> Move {
        if now < self.looks_at {
            let at = self.looks_at;
            return Move::ask(State::Unknown(self), Command::WaitUntil(at));
        }
        let command = match &self.write.target {
            Target::Create { lookup, .. } => Command::Lookup(lookup.clone()),
            Target::Update { id, .. } => Command::Read(id.clone()),
        };
        Move::ask(State::Settling(Settling { unknown: self, asked_at: now }), command)
    }
}

/// A look-up or read of an unknown outcome is out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Settling {
    unknown: Unknown,
    asked_at: UtcMicros,
}

impl Settling {
    pub(super) fn is_create(&self) -> bool {
        matches!(self.unknown.write.target, Target::Create { .. })
    }

    /// Back to waiting, without an answer.
    pub(super) fn give_up(self) -> Unknown {
        self.unknown
    }

    /// Whether a negative answer counts: it was asked for after the horizon.
    fn is_late(&self) -> bool {
        self.unknown.needs_no_horizon() || self.asked_at >= self.unknown.horizon()
    }

    /// A look-up of a create was answered (design §5.5).
    pub(super) fn looked(self, answer: Answer, now: UtcMicros) -> Move {
        let (hits, control) = match answer {
            Answer::Found { hits, control } => (hits, control),
            Answer::Failed { unreachable } => return self.unanswered(unreachable, now),
        };
        if self.unknown.cause == Unclear::NumberExists {
            return self.number_exists(&hits);
        }
        match judge(&hits, &self.unknown.before) {
            Verdict::Ours(hit) => Stored::enter(self.unknown.write, hit.id, hit.number),
            Verdict::Unclear(candidates) if several_are_ours(&candidates) || self.is_late() => {
                NeedsPerson::enter(self.unknown, candidates)
            }
            Verdict::Nothing if self.is_late() && control == Control::Proven => self.settled_not_stored(),
            Verdict::Nothing if self.is_late() => NeedsPerson::enter(self.unknown, Vec::new()),
            Verdict::Nothing | Verdict::Unclear(_) => self.unknown.wait(now),
        }
    }

    /// The documents that have our number: with our marker one is ours, else it is refused.
    fn number_exists(self, hits: &[Hit]) -> Move {
        let marked: Vec<Hit> = hits.iter().filter(|hit| hit.marked).cloned().collect();
        match marked.as_slice() {
            [one] => Stored::enter(self.unknown.write, one.id.clone(), one.number.clone()),
            [] => {
                let names: Vec<&str> =
                    hits.iter().map(|hit| hit.number.as_deref().unwrap_or(hit.id.as_str())).collect();
                let said = self.unknown.settled_error.unwrap_or_default();
                Ended::refused(Refusal::new(format!("{said} (already used by {})", names.join(", "))))
            }
            _ => NeedsPerson::enter(self.unknown, marked),
        }
    }

    /// A read of an unknown update was answered (design §5.5).
    pub(super) fn read(self, read: ReadBack, now: UtcMicros) -> Move {
        match read {
            ReadBack::Failed { unreachable } => self.unanswered(unreachable, now),
            ReadBack::NotFound => {
                let Target::Update { id, .. } = &self.unknown.write.target else {
                    return self.unknown.wait(now);
                };
                let effect = Effect::Gone { id: id.clone() };
                NotStored::end(NotStored::Gone, effect)
            }
            ReadBack::Found { .. } if self.unknown.cause == Unclear::CannotFind => {
                let said = self.unknown.settled_error.unwrap_or_default();
                Ended::refused(Refusal::new(said))
            }
            ReadBack::Found { compared: Compared::Wanted, foreign, lost } => {
                let foreign = merged(self.unknown.foreign, foreign);
                match self.unknown.write.target {
                    Target::Update { id, .. } => Ended::confirmed(id, None, foreign, lost),
                    Target::Create { .. } => {
                        Ended::refused(Refusal::new("a create is not settled by a read"))
                    }
                }
            }
            ReadBack::Found { compared: Compared::Before, .. } if self.is_late() => self.settled_not_stored(),
            ReadBack::Found { compared: Compared::Mixed, foreign, .. } if self.is_late() => {
                let foreign = merged(self.unknown.foreign, foreign);
                Ended::mixed(foreign)
            }
            ReadBack::Found { foreign, .. } => {
                let mut unknown = self.unknown;
                unknown.foreign = merged(unknown.foreign, foreign);
                unknown.wait(now)
            }
        }
    }

    /// An internal error that was settled before and came again with the same words is a refusal (design
    /// §5.4), but only now: the second one may have been said after it was stored.
    fn settled_not_stored(self) -> Move {
        let error = match self.unknown.cause {
            Unclear::InternalError(text) if self.unknown.settled_error.as_ref() == Some(&text) => {
                return Ended::refused(Refusal::new(text));
            }
            Unclear::InternalError(text) => Some((self.unknown.write.payload, text)),
            _ => None,
        };
        NotStored::end(NotStored::LookedUp { error }, Effect::None)
    }

    fn unanswered(self, unreachable: bool, now: UtcMicros) -> Move {
        let mut unknown = self.unknown;
        if unreachable {
            unknown.since = unknown.since.max(now);
        }
        unknown.looks_at = now.plus(ASK_AGAIN);
        let at = unknown.looks_at;
        Move::to(State::Unknown(unknown), Effect::None).then(Command::WaitUntil(at))
    }
}

/// Both lists, each sentence once: what a late write of ours overwrites was seen by an earlier read.
fn merged(mut before: Vec<String>, now: Vec<String>) -> Vec<String> {
    for sentence in now {
        if !before.contains(&sentence) {
            before.push(sentence);
        }
    }
    before
}

/// Two records that both could be ours don't get fewer by waiting.
fn several_are_ours(candidates: &[Hit]) -> bool {
    candidates.iter().filter(|hit| hit.marked || hit.differs_in.is_empty()).count() > 1
}

/// A person has to say which record it is, or that it was not stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NeedsPerson {
    unknown: Unknown,
    candidates: Vec<Hit>,
    /// When a person said that it was not stored, and the last look-up was asked for.
    said_not_stored_at: Option<UtcMicros>,
}

impl NeedsPerson {
    pub(super) fn enter(unknown: Unknown, candidates: Vec<Hit>) -> Move {
        let ask = Command::AskPerson { candidates: candidates.clone(), not_stored_from: unknown.horizon() };
        let state = Self { unknown, candidates, said_not_stored_at: None };
        Move::to(State::NeedsPerson(state), Effect::None).then(ask)
    }

    pub(super) fn question(&self) -> (&[Hit], UtcMicros) {
        (&self.candidates, self.unknown.horizon())
    }

    /// "It is this one", or "it was not stored", which is believed after the horizon and one more look.
    pub(super) fn said(mut self, said: PersonSaid, now: UtcMicros) -> Result<Move, Illegal> {
        match said {
            PersonSaid::ItIs { id, number } => Ok(Stored::enter(self.unknown.write, id, number)),
            PersonSaid::NotStored if now < self.unknown.horizon() => {
                Err(Illegal { state: StateName::NeedsPerson, what: TOO_EARLY })
            }
            PersonSaid::NotStored => {
                let command = match &self.unknown.write.target {
                    Target::Create { lookup, .. } => Command::Lookup(lookup.clone()),
                    Target::Update { id, .. } => Command::Read(id.clone()),
                };
                self.said_not_stored_at = Some(now);
                Ok(Move::ask(State::NeedsPerson(self), command))
            }
        }
    }

    /// A look-up while a person is asked: the one at the click, or one that discovery stands for.
    pub(super) fn looked(mut self, answer: &Answer, now: UtcMicros) -> Move {
        let said = self.said_not_stored_at.take();
        let Answer::Found { hits, .. } = answer else {
            return Move::stay(State::NeedsPerson(self)).then(Command::WaitUntil(now.plus(ASK_AGAIN)));
        };
        let shown = |hit: &Hit| self.candidates.iter().any(|one| one.id == hit.id);
        match judge(hits, &self.unknown.before) {
            Verdict::Ours(hit) if !shown(&hit) => Stored::enter(self.unknown.write, hit.id, hit.number),
            Verdict::Ours(_) | Verdict::Nothing | Verdict::Unclear(_)
                if said.is_some()
                    && hits.iter().all(|hit| shown(hit) || self.unknown.before.contains(&hit.id)) =>
            {
                NotStored::end(NotStored::PersonSaid, Effect::None)
            }
            Verdict::Ours(hit) => Stored::enter(self.unknown.write, hit.id, hit.number),
            Verdict::Nothing => Move::stay(State::NeedsPerson(self)),
            Verdict::Unclear(candidates) => Self::enter(self.unknown, candidates),
        }
    }

    pub(super) fn ask_again(self) -> Move {
        let (candidates, not_stored_from) = (self.candidates.clone(), self.unknown.horizon());
        Move::ask(State::NeedsPerson(self), Command::AskPerson { candidates, not_stored_from })
    }

    pub(super) fn count_anew(mut self, now: UtcMicros) -> Move {
        self.unknown.since = now;
        Move::to(State::NeedsPerson(self), Effect::None)
    }
}
