//! What a worker writes: steps of the machine with everything that belongs to them, changes of CRM
//! records, records that are taken.

use std::collections::VecDeque;

use sync_core::intent::{Effect, Event as Told, StateName, Step, Turn, late_values};
use sync_core::plan::Action;
use sync_core::three_way::{FieldName, Fields, apply, differences_after_write};

use crate::decide::{Planned, bare, decide_remote};
use crate::model::{Changes, NUMBER, SECOND, Snapshot, internal, number_of};
use crate::remote::WriteBody;
use crate::store::{IntentRow, JobKey, MirrorRow, Stopped};
use crate::truth::By;
use crate::worker::{Flow, Stage, Task};
use crate::world::World;

/// What a wrong executor writes in a second transaction.
#[derive(Debug)]
pub(crate) struct Owed {
    record: u32,
    row: Option<(StateName, sync_core::intent::Dormant)>,
    effect: Effect,
}

impl World<'_> {
    /// Commits a step of the machine, then asks it for its commands.
    pub(crate) fn commit_step(&mut self, worker: usize, task: &mut Task, step: Step) -> Flow {
        let JobKey::Record(record) = task.key else { return Flow::Done(None) };
        let Some(persist) = step.to_commit() else { return self.after_commit(task, step) };
        let (expected, row, effect) = (persist.expected, persist.row, persist.effect.clone());
        let alarms = persist.alarms.to_vec();
        self.count_step(record, &row);
        if !self.wiring.commits_first() && row.state() == StateName::Sending {
            task.owed = expected.map(|expected| Owed { record, row: Some((expected, row)), effect });
            let (intent, commands) = step.committed();
            return self.execute(worker, task, intent, commands.into());
        }
        let splits = !self.wiring.links_in_one_transaction() && matches!(effect, Effect::Link { .. });
        let now_effect = if splits { Effect::None } else { effect.clone() };
        if let Err(stopped) = self.write_step(task, record, expected, row, &now_effect) {
            self.trace.note(self.now, "is not committed", u64::from(record), stopped as u64);
            return Flow::Drop;
        }
        for alarm in &alarms {
            self.alarm(alarm);
        }
        if splits {
            task.owed = Some(Owed { record, row: None, effect });
        }
        self.after_commit(task, step)
    }

    fn after_commit(&mut self, task: &mut Task, step: Step) -> Flow {
        let (intent, commands) = step.committed();
        if task.jumps != self.jumps && commands.iter().all(|one| !is_send(one)) {
            task.jumps = self.jumps;
            let turn = Turn { now: self.wall(), lease_until: task.lease_until };
            if !intent.state().is_over() {
                return match intent.on(Told::ClockJumped, turn) {
                    Ok(step) => Flow::Go(Stage::Commit(Box::new(step))),
                    Err(_) => Flow::Done(None),
                };
            }
        }
        Flow::Go(Stage::Do(Box::new(intent), VecDeque::from(commands)))
    }

    fn write_step(
        &mut self,
        task: &mut Task,
        record: u32,
        expected: Option<StateName>,
        row: sync_core::intent::Dormant,
        effect: &Effect,
    ) -> Result<(), Stopped> {
        self.store.fence(task.key, task.token, self.wiring)?;
        let state = row.state();
        self.trace.note(self.now, state.as_str(), u64::from(record), 0);
        match (expected, task.payload.take()) {
            (None, Some(payload)) => {
                self.store.insert_intent(IntentRow { record, row, payload }, self.wiring)?;
            }
            (None, None) => return Err(Stopped::Moved),
            (Some(expected), _) => self.store.update_intent(record, expected, row)?,
        }
        self.write_effect(task, record, effect)?;
        if state.is_over() {
            self.ended(record, state);
        }
        self.check(record);
        Ok(())
    }

    fn ended(&mut self, record: u32, state: StateName) {
        let ours = crate::remote::Origin::Ours { record };
        let is_there = self.remote.records.values().any(|one| !one.deleted && one.origin == ours);
        let linked = self.store.links.contains_key(&record);
        if state == StateName::Refused && is_there && !linked && !self.truth.is_beyond(record) {
            self.truth.violate("called refused, but it is there", u64::from(record), 0);
        }
        let wall = self.wall();
        self.store.write_ended(record, wall);
        let mirror = self
            .store
            .links
            .get(&record)
            .and_then(|link| self.store.mirror.get(&link.ext))
            .map(|row| row.seen.fields.clone());
        if state == StateName::Refused
            && let Some(last) = self.store.intents.iter_mut().rev().find(|one| one.record == record)
        {
            last.payload.mirror = mirror;
        }
        if state == StateName::NotStored && self.store.links.get(&record).is_some_and(|l| l.base.is_none()) {
            self.store.links.remove(&record);
        }
    }

    /// A wrong executor's second transaction.
    pub(crate) fn pay(&mut self, task: &Task, owed: Owed) {
        let Owed { record, row, effect } = owed;
        if self.store.fence(task.key, task.token, self.wiring).is_err() {
            return;
        }
        if let Some((expected, row)) = row {
            // Its row may have moved: that is the bug.
            let _ = self.store.update_intent(record, expected, row);
        }
        // A refused link is the bug, too.
        let _ = self.write_effect(task, record, &effect);
    }

    fn write_effect(&mut self, task: &Task, record: u32, effect: &Effect) -> Result<(), Stopped> {
        match effect {
            Effect::None | Effect::KeepCustomer { .. } => {}
            Effect::Link { id, .. } => {
                let ext = internal(id);
                let is_linked = self.store.links.get(&record).is_some_and(|link| link.ext == ext);
                if !is_linked {
                    self.store.link(record, ext, None)?;
                }
            }
            Effect::Confirm { id } => self.confirm(task, record, internal(id)),
            Effect::Mirror => {
                let seen: Vec<Snapshot> =
                    task.read.iter().map(|(seen, _)| seen).chain(&task.found).cloned().collect();
                for seen in seen {
                    let row = MirrorRow { seen, gone: false, suspect: false };
                    self.store.mirror.insert(row.seen.id, row);
                }
            }
            Effect::Gone { id } => self.mark_gone(internal(id)),
        }
        Ok(())
    }

    /// Base, mirror, differences and number, from the read-back.
    fn confirm(&mut self, task: &Task, record: u32, ext: u32) {
        let Some((seen, _)) = task.read.clone().filter(|(seen, _)| seen.id == ext) else { return };
        let Some(last) = self.store.last_intent(record) else { return };
        let (sent, creates) =
            (last.payload.sent.clone(), matches!(last.payload.body, WriteBody::Create { .. }));
        if let Some(link) = self.store.links.get_mut(&record) {
            let before = if creates { None } else { link.base.as_ref() };
            link.base = Some(self.wiring.base_after_write(before, &sent, &seen.fields));
            link.differences = differences_after_write(&sent, &seen.fields);
        }
        let number = FieldName::new(NUMBER);
        if creates
            && let Some(crm) = self.store.records.get_mut(record as usize)
            && let Some(value) = seen.fields.get(&number)
        {
            crm.fields.insert(number, value.clone());
        }
        if creates {
            self.counts.created += 1;
        } else {
            self.counts.updated += 1;
        }
        self.store.mirror.insert(ext, MirrorRow { seen, gone: false, suspect: false });
    }

    /// What one of our own writes brought back late is no edit: the base becomes it, and what is newer
    /// here is sent again.
    pub(crate) fn late_writes(&mut self, record: u32) {
        let Some(link) = self.store.links.get(&record) else { return };
        let Some(row) = self.store.mirror.get(&link.ext).filter(|row| !row.gone) else { return };
        let Some(base) = &link.base else { return };
        if row.seen.fields == *base {
            return;
        }
        let not_stored =
            |intent: &&IntentRow| intent.record == record && intent.row.state() == StateName::NotStored;
        let sent: Vec<Changes> =
            self.store.intents.iter().filter(not_stored).map(|intent| intent.payload.all_sent()).collect();
        let late = late_values(&sent, base, &row.seen.fields);
        if late.is_empty() {
            return;
        }
        self.trace.note(self.now, "our own late write", u64::from(record), late.len() as u64);
        if let Some(base) = self.store.links.get_mut(&record).and_then(|link| link.base.as_mut()) {
            apply(base, &late);
        }
    }

    /// A record is proven to be gone.
    pub(crate) fn mark_gone(&mut self, ext: u32) {
        if self.remote.alive(ext).is_some() {
            self.truth.violate("marked as gone, but it is there", u64::from(ext), 0);
        }
        if let Some(row) = self.store.mirror.get_mut(&ext) {
            row.gone = true;
            row.suspect = false;
        } else if let Some((record, link)) = self.store.links.iter().find(|(_, link)| link.ext == ext)
            && let Some(crm) = self.store.record(*record)
        {
            let seen = Snapshot {
                id: ext,
                kind: crm.kind,
                fields: link.base.clone().unwrap_or_default(),
                customer: None,
                key: crm.key.clone(),
                marker: None,
                text_line: false,
                invoiced: false,
                log: Vec::new(),
            };
            self.store.mirror.insert(ext, MirrorRow { seen, gone: true, suspect: false });
        }
    }

    /// Takes what three-way takes, settles what it settles, links what is to be linked; only on the
    /// revision it was planned on.
    pub(crate) fn change_here(
        &mut self,
        worker: usize,
        task: &mut Task,
        planned: &Planned,
        revision: i64,
    ) -> Flow {
        let JobKey::Record(record) = task.key else { return Flow::Done(None) };
        let (Some(merge), Some(ext)) = (&planned.merge, planned.ext) else { return Flow::Done(None) };
        if self.store.fence(task.key, task.token, self.wiring).is_err() {
            return Flow::Drop;
        }
        if self.store.record(record).is_none_or(|crm| crm.revision != revision) {
            return Flow::Done(Some(self.wall()));
        }
        if planned.decision.action == Action::Link
            && self.store.link(record, ext, Some(Fields::new())).is_err()
        {
            return Flow::Done(None);
        }
        self.take_values(record, &merge.take);
        if let Some(link) = self.store.links.get_mut(&record) {
            let mut base = link.base.take().unwrap_or_default();
            apply(&mut base, &merge.settled);
            apply(&mut base, &merge.take);
            link.base = Some(base);
            link.differences
                .retain(|name, _| !merge.take.contains_key(name) && !merge.settled.contains_key(name));
        }
        self.check(record);
        if merge.send.is_empty() {
            Flow::Done(Some(self.wall()))
        } else {
            self.plan(worker, task, record, None)
        }
    }

    fn take_values(&mut self, record: u32, take: &Changes) {
        let Some(crm) = self.store.records.get_mut(record as usize) else { return };
        for (name, value) in take {
            let new = number_of(value.as_ref());
            if let Some(old) = number_of(crm.fields.get(name)) {
                self.truth.taken_over(old, new, u64::from(record));
            }
            if let Some(new) = new {
                self.truth.in_crm(new, self.now);
            }
        }
        if !take.is_empty() {
            apply(&mut crm.fields, take);
            crm.revision += 1;
            self.trace.note(self.now, "takes", u64::from(record), take.len() as u64);
        }
    }

    /// A remote record without a link becomes one of the CRM, or shows its question.
    pub(crate) fn take(&mut self, task: &Task, ext: u32) -> Flow {
        let now = self.wall();
        let Some(decision) = decide_remote(&self.store, ext) else { return Flow::Done(None) };
        let Some(seen) = self.store.mirror.get(&ext).map(|row| row.seen.clone()) else {
            return Flow::Done(None);
        };
        if decision.action != Action::CreateLocal {
            let key = bare(&seen.key).to_owned();
            for record in 0..self.store.records.len() {
                if self.store.records[record].key == key {
                    self.store.schedule(JobKey::Record(u32::try_from(record).unwrap_or(u32::MAX)), now);
                }
            }
            return Flow::Done(None);
        }
        if self.store.fence(task.key, task.token, self.wiring).is_err() {
            return Flow::Drop;
        }
        let record = self.new_crm_record(seen.kind, None, By::People);
        let customer = seen.customer.and_then(|customer| self.store.linked_to(customer));
        for value in seen.fields.values().filter_map(|value| number_of(Some(value))) {
            self.truth.in_crm(value, self.now);
        }
        if let Some(crm) = self.store.records.get_mut(record as usize) {
            crm.fields = seen.fields.clone();
            crm.customer = customer;
            bare(&seen.key).clone_into(&mut crm.key);
        }
        // Just made, and the remote record was not linked a line ago.
        let _ = self.store.link(record, ext, Some(seen.fields));
        self.trace.note(self.now, "takes a record", u64::from(record), u64::from(ext));
        self.check(record);
        Flow::Done(None)
    }

    /// Figures about unknown outcomes.
    fn count_step(&mut self, record: u32, row: &sync_core::intent::Dormant) {
        let Some(kind) = self.store.record(record).map(|crm| crm.kind) else { return };
        let Some(last) = self.store.last_intent(record) else { return };
        if !matches!(last.payload.body, WriteBody::Create { .. }) {
            return;
        }
        let was = last.row.state();
        match row.state() {
            StateName::Unknown if was == StateName::Sending => self.counts.unknown[kind.index()] += 1,
            StateName::NeedsPerson if was != StateName::NeedsPerson => {
                let Some((candidates, _)) = row.question() else { return };
                let ours = candidates.iter().filter(|hit| hit.marked || hit.differs_in.is_empty()).count();
                let cause = match (was, candidates.len(), ours) {
                    (StateName::Stored, ..) => 3,
                    (_, 0, _) => 2,
                    (_, _, 2..) => 0,
                    _ => 1,
                };
                self.counts.asked[kind.index()][cause] += 1;
            }
            _ => {}
        }
    }

    /// What has to hold after every transaction that concerns a record.
    fn check(&mut self, record: u32) {
        if self.store.unfinished(record) > 1 {
            self.truth.violate("two unfinished intents of one record", u64::from(record), 0);
        }
        let Some(link) = self.store.links.get(&record) else {
            let stored = self.store.last_intent(record).is_some_and(|last| last.row.external_id().is_some());
            if stored {
                self.truth.violate("stored, but not linked", u64::from(record), 0);
            }
            return;
        };
        let (ext, kind) = (link.ext, self.store.record(record).map(|crm| crm.kind));
        let twice = self.store.links.values().filter(|link| link.ext == ext).count() > 1;
        let Some(there) = self.remote.records.get(&ext) else {
            return self.truth.violate("linked to nothing", u64::from(record), u64::from(ext));
        };
        if twice || Some(there.kind) != kind {
            self.truth.violate("linked to what is not it", u64::from(record), u64::from(ext));
        }
        if let crate::remote::Origin::Copy { of } = there.origin
            && self.remote.alive(of).is_some_and(|one| one.origin == crate::remote::Origin::Ours { record })
            && self.store.linked_to(of).is_none()
        {
            self.truth.violate("linked to a copy of it", u64::from(record), u64::from(ext));
        }
    }
}

fn is_send(command: &sync_core::intent::Command) -> bool {
    matches!(command, sync_core::intent::Command::Send(_))
}

/// So long a question of a person stays open.
pub(crate) const PATIENCE: i64 = 60 * SECOND;
