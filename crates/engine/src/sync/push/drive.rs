//! Executes the machine of one intent: what it says is committed first and done then.

use std::collections::HashSet;

use sync_core::capabilities::Subject;
use sync_core::intent::{
    Answer, Command, Control, Event, Hold, Intent, Lookup, Marker, PersonSaid, ReadBack, Refusal, Reply,
    Send, StateName, Step, Turn, Unclear, Waking, Write, positive_control,
};
use sync_core::record::{ExternalId, RecordKind};
use sync_core::time::UtcMicros;

use super::super::failure::Failure;
use super::super::outbound::dormant;
use super::super::outgoing::{self, Found, Prepared, Request, Sent, SentRecord, Unanswered};
use super::super::worker::micros;
use super::{Desk, subject_name};
use crate::store::intents::{self, IntentRow};
use crate::store::{StoreError, jobs, links};

/// Why nobody knows what became of a write, for people.
pub(super) const RESTORED: &str = "The database was restored from a copy; what was sent since is not in it.";
/// How long what got no connection waits before it is tried again by itself, in microseconds.
const HELD_FOR: i64 = 60_000_000;

/// The write of one record, in the hands of this executor.
pub(super) struct Driving<'a> {
    pub desk: &'a Desk<'a>,
    pub kind: RecordKind,
    pub record: String,
    pub subject: Subject,
    pub remote_type: String,
    pub marker: Option<Marker>,
    pub id: String,
    /// The version of the row; 0: it is not stored yet.
    pub version: i64,
    pub request: String,
    pub sent: Sent,
    pub revision: i64,
    pub creates: bool,
    /// What was last read by id.
    pub found: Option<Box<Found>>,
    /// What the look-up before a create found.
    pub could_be: Vec<ExternalId>,
    /// What was last answered, for people.
    pub said: Option<String>,
    /// The end of the lease as it was last prolonged.
    pub lease_until: i64,
    /// The pause that an answer asked for although it left open what was done (ADR 5).
    pub asked_to_hold: Option<Hold>,
}

/// Where the execution rests.
#[derive(Debug)]
pub(super) enum Rest {
    /// The intent is over: plan again.
    Over {
        /// Records that could be this one and were there already; nothing was sent.
        could_be: Vec<ExternalId>,
    },
    /// It goes on by itself later.
    Later,
    /// A person has to say.
    Asks,
    /// Nothing is sent for now.
    Held(Hold),
}

/// What follows from commands.
enum Next {
    Event(Event),
    Rest(Rest),
}

/// A record whose write begins.
pub(super) struct Beginning<'a> {
    pub kind: RecordKind,
    pub record: &'a str,
    pub remote_type: String,
    pub marker: Option<Marker>,
    pub revision: i64,
    /// Its last intent.
    pub last: Option<&'a IntentRow>,
}

/// Begins an intent and executes it.
pub(super) async fn begin(desk: &Desk<'_>, what: Beginning<'_>, prepared: Prepared) -> Result<Rest, Failure> {
    let last = what.last.map(|last| dormant(&last.machine)).transpose()?;
    // A record with an unfinished write is gone on with, never begun anew; whoever comes here saw none.
    let Ok(slot) = sync_core::intent::Slot::after(last.as_ref()) else { return Err(Failure::Stopped) };
    let request = prepared.request.kept();
    let write = Write {
        target: prepared.target,
        payload: Request::hash(&request),
        horizon: desk.working.settings.horizon,
    };
    let creates = matches!(write.target, sync_core::intent::Target::Create { .. });
    let step = Intent::prepare(slot, write);
    let driving = Driving {
        desk,
        kind: what.kind,
        record: what.record.to_owned(),
        subject: prepared.sent.record.subject(),
        remote_type: what.remote_type,
        marker: what.marker,
        id: desk.working.engine.new_id(),
        version: 0,
        request,
        sent: prepared.sent,
        revision: what.revision,
        creates,
        found: None,
        could_be: Vec::new(),
        said: None,
        lease_until: 0,
        asked_to_hold: None,
    };
    Box::pin(driving.execute(step)).await
}

/// Goes on with an intent.
pub(super) async fn resume(desk: &Desk<'_>, row: IntentRow, why: Waking) -> Result<Rest, Failure> {
    let (driving, machine) = taken_up(desk, row).await?;
    let step = machine.wake(why, driving.now());
    Box::pin(driving.execute(step)).await
}

/// Takes back what has not left yet, because its record was edited since.
pub(super) async fn cancel(desk: &Desk<'_>, row: IntentRow) -> Result<Rest, Failure> {
    let (mut driving, machine) = taken_up(desk, row).await?;
    let step = machine.wake(Waking::Due, driving.now());
    Box::pin(driving.commit(&step)).await?;
    let (intent, _) = step.committed();
    match intent.on(Event::Cancel, driving.turn()) {
        Ok(step) => Box::pin(driving.execute(step)).await,
        Err(_) => Err(Failure::Stopped),
    }
}

/// Tells the machine what a person said.
pub(super) async fn hear(desk: &Desk<'_>, row: IntentRow, said: PersonSaid) -> Result<Rest, Failure> {
    let id = row.id.clone();
    let (mut driving, machine) = taken_up(desk, row).await?;
    let step = machine.wake(Waking::Due, driving.now());
    Box::pin(driving.commit(&step)).await?;
    let (intent, _) = step.committed();
    let heard = match intent.on(Event::Person(said), driving.turn()) {
        Ok(step) => Box::pin(driving.execute(step)).await,
        // Too early, or somebody else has settled it: the row says what is true.
        Err(_) => Ok(Rest::Asks),
    };
    let mut tx = desk.working.begin().await?;
    intents::heard(&mut tx, desk.working.scope, &id).await?;
    tx.commit().await.map_err(StoreError::from)?;
    heard
}

async fn taken_up<'a>(
    desk: &'a Desk<'a>,
    row: IntentRow,
) -> Result<(Driving<'a>, sync_core::intent::Dormant), Failure> {
    let machine = dormant(&row.machine)?;
    let corrupt = |column| StoreError::Corrupt { column };
    let sent: Sent = serde_json::from_str(&row.sent).map_err(|_| corrupt("intents.sent"))?;
    let mut driving = Driving {
        desk,
        kind: row.kind.parse().map_err(|_| corrupt("intents.kind"))?,
        record: row.record_id,
        subject: sent.record.subject(),
        remote_type: row.remote_type,
        marker: Marker::parse(&row.marker).ok(),
        id: row.id,
        version: row.version,
        request: row.request,
        sent,
        revision: row.revision,
        creates: row.creates == 1,
        found: None,
        could_be: Vec::new(),
        said: None,
        lease_until: 0,
        asked_to_hold: None,
    };
    driving.extend().await?;
    Ok((driving, machine))
}

impl Driving<'_> {
    /// Commits a step, does what it says, and goes on with what came of that, until it rests.
    async fn execute(mut self, mut step: Step) -> Result<Rest, Failure> {
        loop {
            Box::pin(self.commit(&step)).await?;
            let (intent, commands) = step.committed();
            let event = match self.obey(&intent, commands).await? {
                Next::Event(event) => event,
                Next::Rest(rest) => return Ok(rest),
            };
            // What can't happen here changed nothing; the row in the database is the truth.
            step = intent.on(event, self.turn()).map_err(|_| Failure::Stopped)?;
        }
    }

    /// Does what is to be done, up to the first thing that is answered or waited for.
    async fn obey(&mut self, intent: &Intent, commands: Vec<Command>) -> Result<Next, Failure> {
        for command in commands {
            match command {
                Command::Send(send) => return Ok(Next::Event(self.send(send).await)),
                Command::Lookup(lookup) => {
                    return Ok(Next::Event(Event::Looked(self.look_up(&lookup).await?)));
                }
                Command::Read(id) => return Ok(Next::Event(Event::Read(self.read(&id).await))),
                Command::WaitUntil(at) => {
                    self.put_off(at.0).await?;
                    return Ok(Next::Rest(self.asked_to_hold.map_or(Rest::Later, Rest::Held)));
                }
                Command::Hold(hold) => {
                    self.put_off(self.now().0 + held_for(hold)).await?;
                    return Ok(Next::Rest(Rest::Held(hold)));
                }
                Command::AskPerson { .. } => return Ok(Next::Rest(Rest::Asks)),
                Command::Prove { lookup, id } => self.prove(&lookup, &id).await?,
                // Was done in the transaction of the step.
                Command::PlanAgain => {}
            }
        }
        Ok(match intent.state() {
            state if state.is_over() => {
                Next::Rest(Rest::Over { could_be: std::mem::take(&mut self.could_be) })
            }
            StateName::NeedsPerson => Next::Rest(Rest::Asks),
            _ => Next::Event(Event::Tick),
        })
    }

    async fn send(&mut self, send: Send) -> Event {
        let request = match Request::parse(&self.request) {
            Ok(request) => request,
            // Nothing left, and nothing will: the text that was stored cannot be sent.
            Err(error) => return Event::Reply(Reply::Refused(Refusal::new(error.to_string()))),
        };
        match send.leave(self.now()) {
            Err(event) => event,
            Ok(_leave) => {
                let reply = request.send(&self.desk.client).await;
                self.said = said(&reply);
                self.asked_to_hold = outgoing::asks_to_hold(&reply);
                Event::Reply(reply)
            }
        }
    }

    async fn look_up(&mut self, lookup: &Lookup) -> Result<Answer, Failure> {
        let control = self.control().await?;
        let hits = self.hits(lookup).await?;
        if let Ok(hits) = &hits {
            self.could_be = hits.iter().map(|hit| hit.id.clone()).collect();
        }
        Ok(match hits {
            Ok(hits) => Answer::Found { hits, control },
            Err(unanswered) => Answer::Failed { unreachable: unanswered.unreachable },
        })
    }

    async fn hits(
        &self,
        lookup: &Lookup,
    ) -> Result<Result<Vec<sync_core::intent::Hit>, Unanswered>, Failure> {
        let linked = self.linked_elsewhere().await?;
        let (client, marker) = (&self.desk.client, self.marker.as_ref());
        Ok(outgoing::look_up(client, lookup, self.subject, &self.sent, marker, &linked).await)
    }

    /// Records of the remote that belong to other records here: none of them is ours.
    async fn linked_elsewhere(&self) -> Result<HashSet<ExternalId>, StoreError> {
        let working = self.desk.working;
        let place = self.place();
        let ids = links::elsewhere(working.engine.db(), working.scope, place, &self.record).await?;
        Ok(ids.iter().filter_map(|id| ExternalId::parse(id).ok()).collect())
    }

    async fn read(&mut self, id: &ExternalId) -> ReadBack {
        match outgoing::read_by_id(&self.desk.client, self.subject, id, self.code(), self.now()).await {
            outgoing::ReadBack::Missing => ReadBack::NotFound,
            outgoing::ReadBack::Unanswered(unanswered) => {
                self.said = Some(unanswered.sentence);
                ReadBack::Failed { unreachable: unanswered.unreachable }
            }
            outgoing::ReadBack::Found(found) => {
                let compared = outgoing::compare(&self.sent, &found);
                self.found = Some(found);
                compared
            }
        }
    }

    /// Looks up what was just confirmed, once for each type: only a look-up that finds it proves anything when it
    /// finds nothing.
    async fn prove(&mut self, lookup: &Lookup, id: &ExternalId) -> Result<(), Failure> {
        let before = self.control().await?;
        if before == Control::Proven {
            return Ok(());
        }
        let answer = match self.hits(lookup).await? {
            Ok(hits) => Answer::Found { hits, control: before },
            Err(unanswered) => Answer::Failed { unreachable: unanswered.unreachable },
        };
        let state = match positive_control(&answer, id, before) {
            Control::Proven => "proven",
            Control::Failed => "failed",
            Control::NotYet => return Ok(()),
        };
        let working = self.desk.working;
        let mut tx = working.begin().await?;
        intents::set_control(&mut tx, working.scope, self.controlled(), state, self.now().0).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(())
    }

    async fn control(&self) -> Result<Control, StoreError> {
        let working = self.desk.working;
        let mut reader = working.engine.db().read().await?;
        let stored = intents::control(&mut reader, working.scope, self.controlled()).await?;
        Ok(match stored.as_deref() {
            Some("proven") => Control::Proven,
            Some("failed") => Control::Failed,
            _ => Control::NotYet,
        })
    }

    fn controlled(&self) -> (&str, &str) {
        (&self.desk.connection.id, subject_name(self.kind, &self.remote_type))
    }

    /// Notes when the executor goes on, and that somebody does.
    async fn put_off(&mut self, at: i64) -> Result<(), Failure> {
        let working = self.desk.working;
        let mut tx = working.begin().await?;
        if !intents::put_off(&mut tx, working.scope, (&self.id, self.version), at).await? {
            return Err(Failure::Stopped);
        }
        let job = (working.engine.new_id(), self.desk.connection.id.as_str());
        jobs::settle_at(&mut tx, working.scope, (&job.0, job.1), at, self.now().0).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(())
    }

    async fn extend(&mut self) -> Result<(), StoreError> {
        let working = self.desk.working;
        let tx = working.begin().await?;
        self.lease_until = self.now().0 + micros(working.settings.lease);
        tx.commit().await.map_err(StoreError::from)
    }

    /// The code of a product, by which it is read.
    fn code(&self) -> Option<&str> {
        match &self.sent.record {
            SentRecord::Product(product) => Some(&product.code),
            _ => None,
        }
    }

    pub(super) fn now(&self) -> UtcMicros {
        UtcMicros(self.desk.working.now())
    }

    fn turn(&self) -> Turn {
        Turn { now: self.now(), lease_until: UtcMicros(self.lease_until) }
    }

    pub(super) fn place(&self) -> crate::store::mirror::Place<'_> {
        crate::store::mirror::Place {
            connection: &self.desk.connection.id,
            kind: self.kind.as_str(),
            remote_type: &self.remote_type,
        }
    }
}

fn held_for(hold: Hold) -> i64 {
    match hold {
        Hold::Quota { retry_after: Some(after) } => micros(after).max(HELD_FOR),
        Hold::TooLate => 0,
        Hold::NoConnection | Hold::Key | Hold::Quota { retry_after: None } => HELD_FOR,
    }
}

/// The answer in a sentence.
fn said(reply: &Reply) -> Option<String> {
    match reply {
        Reply::Done { .. } => None,
        Reply::TurnedAway(hold) => Some(held_words(*hold).to_owned()),
        Reply::Refused(refusal) | Reply::CannotFind(refusal) | Reply::NumberExists { refusal, .. } => {
            Some(refusal.sentence.clone())
        }
        Reply::Unclear(unclear) => Some(unclear_words(unclear)),
    }
}

/// Why nothing was sent, and when it is, for people.
fn held_words(hold: Hold) -> &'static str {
    match hold {
        Hold::NoConnection | Hold::TooLate => {
            "Metakocka could not be reached; it is sent as soon as it can be."
        }
        Hold::Key => "Metakocka refused the key; it is sent when the owner has entered a right one.",
        Hold::Quota { .. } => {
            "The calls to Metakocka are used up for now; it is sent when there are new ones."
        }
    }
}

/// Why it is not known whether it arrived, for people.
fn unclear_words(unclear: &Unclear) -> String {
    match unclear {
        Unclear::TimedOut => "Metakocka did not answer in time.".to_owned(),
        Unclear::Cut => "The connection was cut while Metakocka was answering.".to_owned(),
        Unclear::Status(status) => format!("A server on the way answered with HTTP status {status}."),
        Unclear::NotReadable => "Metakocka's answer could not be read.".to_owned(),
        Unclear::InternalError(text) => format!("Metakocka had an error of its own: {text}"),
        Unclear::Crashed => "This program ended before the answer came.".to_owned(),
        Unclear::Restored => RESTORED.to_owned(),
        Unclear::NumberExists => "The customer's order number is taken; it is looked at by whom.".to_owned(),
        Unclear::CannotFind => "Metakocka did not find it; it is looked for by its id.".to_owned(),
    }
}
