//! What a worker tells the machine: replies as classes, hits compared with what was sent, records compared
//! with what was wanted. It is what `translate` is in the real engine.

use sync_core::intent::{
    Alarm, Answer, Compared, Control, Event as Told, Hit, ReadBack, Reply, Turn, Unclear, Waking,
    positive_control,
};
use sync_core::three_way::{FieldName, Fields};
use sync_core::time::UtcMicros;

use crate::calls::Heard;
use crate::decide::bare;
use crate::model::{Kind, Snapshot, external, number_of};
use crate::remote::WriteBody;
use crate::worker::Task;
use crate::world::World;

impl World<'_> {
    pub(crate) fn is_proven(&self, kind: Kind) -> bool {
        self.store.control[kind.index()] == Some(Control::Proven)
    }

    /// The positive control of a type.
    pub(crate) fn prove(&mut self, record: u32, heard: Heard, id: u32) {
        let (Some(kind), Some(confirmed)) = (self.store.record(record).map(|crm| crm.kind), external(id))
        else {
            return;
        };
        let before = self.store.control[kind.index()].unwrap_or(Control::NotYet);
        let answer = match heard {
            Heard::Found(found) => {
                Answer::Found { hits: self.hits_of(record, &found, true), control: before }
            }
            _ => Answer::Failed { unreachable: true },
        };
        self.store.control[kind.index()] = Some(positive_control(&answer, &confirmed, before));
    }

    /// The reply to a write, as a class.
    pub(crate) fn told_reply(&mut self, record: u32, heard: &Heard) -> Told {
        let reply = match heard {
            Heard::Write(reply) => self.wiring.class(reply),
            _ => Reply::Unclear(Unclear::TimedOut),
        };
        self.trace.note(self.now, "hears", u64::from(record), u64::from(matches!(reply, Reply::Done { .. })));
        Told::Reply(reply)
    }

    /// The answer of a look-up.
    pub(crate) fn told_hits(&mut self, task: &mut Task, record: u32, heard: Heard) -> Told {
        let Heard::Found(found) = heard else {
            return Told::Looked(Answer::Failed { unreachable: true });
        };
        let hits = self.wiring.hits(self.hits_of(record, &found, false));
        let kind = self.store.record(record).map_or(Kind::Order, |crm| crm.kind);
        let control = self.store.control[kind.index()].unwrap_or(Control::NotYet);
        task.found = found.into_iter().filter(|seen| self.store.linked_to(seen.id).is_none()).collect();
        self.trace.note(self.now, "finds", u64::from(record), hits.len() as u64);
        Told::Looked(Answer::Found { hits, control })
    }

    /// What was found, compared with what was sent. Documents without our marker are hits only when
    /// they look like ours; those that are linked to another record are not.
    fn hits_of(&self, record: u32, found: &[Snapshot], linked_too: bool) -> Vec<Hit> {
        let (Some(crm), Some(last)) = (self.store.record(record), self.store.last_intent(record)) else {
            return Vec::new();
        };
        let mut hits = Vec::new();
        for seen in found.iter().filter(|seen| seen.kind == crm.kind) {
            let Some(id) = external(seen.id) else { continue };
            let marked = crm.kind.is_document() && seen.marker.as_ref() == Some(&crm.marker);
            let alike = marked || bare(&seen.key) == crm.key || !crm.kind.is_document();
            if !alike || (!linked_too && self.store.linked_elsewhere(record, &id)) {
                continue;
            }
            let differs =
                last.payload.sent.iter().filter(|(name, value)| seen.fields.get(*name) != value.as_ref());
            let mut differs_in: Vec<String> = differs.map(|(name, _)| name.as_str().to_owned()).collect();
            if crm.kind.is_document() && !marked {
                differs_in.push("marker".to_owned());
            }
            if bare(&seen.key) != crm.key {
                differs_in.push("key".to_owned());
            }
            hits.push(Hit { id, number: None, marked, differs_in });
        }
        hits
    }

    /// A record that was read, against what was to be written.
    pub(crate) fn told_record(
        &mut self,
        task: &mut Task,
        record: u32,
        heard: Heard,
        asked: UtcMicros,
    ) -> Told {
        Told::Read(match heard {
            Heard::Record(Some(seen)) => {
                let (compared, foreign) = self.compare(record, &seen);
                task.read = Some((seen, asked));
                ReadBack::Found { compared, foreign, lost: Vec::new() }
            }
            Heard::Record(None) => ReadBack::NotFound,
            _ => ReadBack::Failed { unreachable: true },
        })
    }

    fn compare(&self, record: u32, seen: &Snapshot) -> (Compared, Vec<String>) {
        let Some(last) = self.store.last_intent(record) else { return (Compared::Mixed, Vec::new()) };
        let payload = &last.payload;
        let WriteBody::Update { changes, whole, .. } = &payload.body else {
            return (Compared::Wanted, Vec::new());
        };
        let none = Fields::new();
        let before = payload.before.as_ref().unwrap_or(&none);
        let wanted = changes.iter().all(|(name, value)| seen.fields.get(name) == value.as_ref());
        let same = match whole {
            // A replacement would lose what came since: an invoice, a line of text.
            Some(_) => seen.fields == *before && !seen.text_line && !seen.invoiced,
            None => changes.keys().all(|name| seen.fields.get(name) == before.get(name)),
        };
        let compared = match (wanted, same) {
            (true, _) => Compared::Wanted,
            (false, true) => Compared::Before,
            (false, false) => Compared::Mixed,
        };
        let logged = seen.log.iter().skip(payload.log_seen).map(|(_, value)| *value);
        let strange = |name: &&FieldName| {
            let value = seen.fields.get(*name);
            value != before.get(*name) && changes.get(*name).is_none_or(|sent| value != sent.as_ref())
        };
        let names: Vec<&FieldName> = match whole {
            Some(_) => seen.fields.keys().filter(strange).collect(),
            None => changes.keys().filter(strange).collect(),
        };
        let values = names.into_iter().filter_map(|name| number_of(seen.fields.get(name)));
        (compared, logged.chain(values).map(|value| value.to_string()).collect())
    }

    /// What somebody is shown.
    pub(crate) fn alarm(&mut self, alarm: &Alarm) {
        if let Alarm::ForeignChange { what } = alarm {
            for value in what.iter().filter_map(|value| value.parse().ok()) {
                self.truth.show(value);
            }
        }
    }

    /// The same reply reaches a second executor, which has only the row: it may change nothing.
    pub(crate) fn delivered_twice(&mut self, task: &Task, record: u32, told: Told) {
        let Some(last) = self.store.last_intent(record) else { return };
        let (intent, _) = last.row.clone().wake(Waking::Due, self.wall()).committed();
        let turn = Turn { now: self.wall(), lease_until: task.lease_until };
        if intent.on(told, turn).is_ok() {
            self.truth.violate("a reply was taken twice", u64::from(record), 0);
        }
    }
}
