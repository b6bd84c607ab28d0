//! People: staff in the CRM, people in the remote, and whoever answers the questions.

use sync_core::intent::{Event as Told, PersonSaid, Turn, Waking};
use sync_core::plan::{Action, Question};
use sync_core::three_way::FieldName;

use crate::commit::PATIENCE;
use crate::counts::Fault;
use crate::decide::{bare, decide};
use crate::model::{Kind, NUMBER, SECOND, external, number_of, put};
use crate::remote::{Origin, Record};
use crate::store::JobKey;
use crate::truth::By;
use crate::world::World;

impl World<'_> {
    /// Somebody does something.
    pub(crate) fn people(&mut self) {
        if !self.dice.fires(1_000_000) {
            return;
        }
        match self.dice.below(100) {
            0..=31 => self.staff_edit(),
            32..=37 => self.staff_make(),
            38..=39 => self.staff_delete(),
            40..=69 | 75..=77 => self.remote_edit(),
            70..=73 => self.remote_make(),
            74 if self.dice.below(4) == 0 => self.remote_twin(),
            78..=79 => self.remote_copy(),
            80..=81 => self.remote_delete(),
            82..=83 => self.remote_renumber(),
            84..=85 => self.remote_invoice(),
            86..=88 => self.remote_text(),
            _ => self.answer_questions(),
        }
    }

    fn some_record(&mut self) -> Option<u32> {
        let count = self.store.records.len() as u64;
        let at = u32::try_from(self.dice.below(count)).ok()?;
        self.store.record(at).filter(|record| !record.deleted).map(|_| at)
    }

    fn some_remote(&mut self) -> Option<u32> {
        let alive: Vec<u32> =
            self.remote.records.iter().filter(|(_, record)| !record.deleted).map(|(id, _)| *id).collect();
        // What was made last is what people look at.
        let newest = alive.last().copied();
        if self.dice.below(5) == 0 { newest } else { self.dice.pick(&alive) }
    }

    fn due_soon(&mut self, record: u32) {
        let due = self.wall_in(self.dice.clone().between(0, 20) * SECOND);
        let _ = self.dice.below(2);
        self.schedule(JobKey::Record(record), due);
    }

    fn staff_edit(&mut self) {
        let Some(record) = self.some_record() else { return };
        let value = self.truth.new_value(By::Staff);
        self.truth.in_crm(value, self.now);
        let field = usize::from(self.dice.below(2) == 0);
        if let Some(crm) = self.store.records.get_mut(record as usize) {
            put(&mut crm.fields, crm.kind.fields()[field], value);
            crm.revision += 1;
        }
        self.trace.note(self.now, "edited in the CRM", u64::from(record), value);
        self.due_soon(record);
    }

    fn staff_make(&mut self) {
        let contacts: Vec<u32> = (0..)
            .zip(&self.store.records)
            .filter(|(_, record)| record.kind == Kind::Contact && !record.deleted)
            .map(|(at, _)| at)
            .collect();
        let kind = self.dice.pick(&Kind::ALL).unwrap_or(Kind::Order);
        let customer = if kind.is_document() { self.dice.pick(&contacts) } else { None };
        if kind.is_document() && customer.is_none() {
            return;
        }
        let record = self.new_crm_record(kind, customer, By::Staff);
        self.due_soon(record);
    }

    fn staff_delete(&mut self) {
        let Some(record) = self.some_record() else { return };
        if let Some(crm) = self.store.records.get_mut(record as usize) {
            crm.deleted = true;
            crm.revision += 1;
        }
        self.trace.note(self.now, "deleted in the CRM", u64::from(record), 0);
        self.due_soon(record);
    }

    fn remote_edit(&mut self) {
        let Some(id) = self.some_remote() else { return };
        let field = usize::from(self.dice.below(2) == 0);
        self.edit(id, field);
    }

    fn edit(&mut self, id: u32, field: usize) {
        let value = self.truth.new_value(By::People);
        let strips = self.dice.below(20) == 0;
        let now = self.now;
        let Some(record) = self.remote.alive_mut(id) else { return };
        put(&mut record.fields, record.kind.fields()[field], value);
        record.log.push((now, value));
        record.changed_at = now;
        if record.kind == Kind::Offer && field == 0 && strips {
            record.marker = None;
        }
        self.truth.in_remote(value, now);
        self.seen(Fault::EditedThere, id, value);
    }

    /// People see what was just made: they tidy up a new contact, or copy a new offer.
    pub(crate) fn at_once(&mut self, id: u32) {
        let Some(kind) = self.remote.alive(id).map(|record| record.kind) else { return };
        let acts = match kind {
            Kind::Offer => self.dice.fires(28_000),
            Kind::Contact => self.dice.fires(2_000),
            Kind::Product | Kind::Order => false,
        };
        if acts {
            let at = self.now + self.dice.between(1, 40) * SECOND;
            self.at(at, crate::world::Event::Tidy(id));
        }
    }

    pub(crate) fn tidy(&mut self, id: u32) {
        match self.remote.alive(id).map(|record| record.kind) {
            Some(Kind::Offer) => self.copy(id),
            Some(_) => self.edit(id, 0),
            None => {}
        }
    }

    fn seen(&mut self, fault: Fault, id: u32, detail: u64) {
        self.counts.fault(fault);
        self.trace.note(self.now, fault.name(), u64::from(id), detail);
    }

    /// A record that only the remote has.
    fn remote_make(&mut self) {
        let kind = self.dice.pick(&Kind::ALL).unwrap_or(Kind::Contact);
        let key = format!("{}", 90_000_000 + self.dice.below(9_000_000));
        let id = self.remote_insert(kind, key);
        self.seen(Fault::MadeThere, id, 0);
    }

    /// A contact or product that the CRM has too, under the same key but with other texts.
    pub(crate) fn remote_twin(&mut self) {
        let free: Vec<(Kind, u32)> = (0..)
            .zip(&self.store.records)
            .filter(|(at, record)| {
                !record.kind.is_document() && !record.deleted && !self.store.links.contains_key(at)
            })
            .map(|(at, record)| (record.kind, at))
            .collect();
        let Some((kind, record)) = self.dice.pick(&free) else { return };
        let Some(key) = self.store.record(record).map(|record| record.key.clone()) else { return };
        if self.remote.records.values().any(|one| one.kind == kind && bare(&one.key) == key) {
            return;
        }
        let key = if kind == Kind::Contact && self.dice.below(2) == 0 { format!("SI{key}") } else { key };
        let id = self.remote_insert(kind, key);
        self.seen(Fault::TwinThere, id, u64::from(record));
    }

    fn remote_insert(&mut self, kind: Kind, key: String) -> u32 {
        let mut fields = sync_core::three_way::Fields::new();
        for name in kind.fields() {
            let value = self.truth.new_value(By::People);
            self.truth.in_remote(value, self.now);
            put(&mut fields, name, value);
        }
        let customers: Vec<u32> = self
            .remote
            .records
            .iter()
            .filter(|(_, record)| record.kind == Kind::Contact && !record.deleted)
            .map(|(id, _)| *id)
            .collect();
        let customer = if kind.is_document() { self.dice.pick(&customers) } else { None };
        self.remote.insert(Record {
            kind,
            fields,
            customer,
            key,
            marker: None,
            text_line: None,
            invoiced: false,
            deleted: false,
            changed_at: self.now,
            born: self.now,
            origin: Origin::People,
            log: Vec::new(),
        })
    }

    fn remote_copy(&mut self) {
        let Some(of) = self.some_remote() else { return };
        let order = self.remote.alive(of).is_some_and(|record| record.kind == Kind::Order);
        if !order || self.dice.below(4) == 0 {
            self.copy(of);
        }
    }

    fn copy(&mut self, of: u32) {
        let Some(original) = self.remote.alive(of).filter(|record| record.kind.is_document()).cloned() else {
            return;
        };
        let copy = Record {
            origin: Origin::Copy { of },
            born: self.now,
            changed_at: self.now,
            log: Vec::new(),
            invoiced: false,
            ..original
        };
        let id = self.remote.insert(copy);
        self.seen(Fault::Copied, id, u64::from(of));
    }

    fn remote_delete(&mut self) {
        let Some(id) = self.some_remote() else { return };
        let before = self.now - 60 * SECOND;
        let Some(record) = self.remote.alive_mut(id).filter(|record| record.born < before) else { return };
        record.deleted = true;
        self.seen(Fault::DeletedThere, id, 0);
    }

    fn remote_renumber(&mut self) {
        let Some(id) = self.some_remote() else { return };
        let now = self.now;
        let value = self.truth.new_value(By::Start);
        let Some(record) = self.remote.alive_mut(id).filter(|record| record.kind.is_document()) else {
            return;
        };
        put(&mut record.fields, NUMBER, value);
        record.changed_at = now;
        self.truth.in_remote(value, now);
        self.seen(Fault::Renumbered, id, value);
    }

    fn remote_invoice(&mut self) {
        let Some(id) = self.some_remote() else { return };
        let now = self.now;
        let Some(record) = self.remote.alive_mut(id).filter(|record| record.kind == Kind::Order) else {
            return;
        };
        record.invoiced = true;
        record.changed_at = now;
        self.seen(Fault::Invoiced, id, 0);
    }

    fn remote_text(&mut self) {
        let Some(id) = self.some_remote() else { return };
        let now = self.now;
        let Some(record) = self.remote.alive_mut(id).filter(|record| record.kind.is_document()) else {
            return;
        };
        record.text_line = Some(now);
        record.changed_at = now;
        self.seen(Fault::TextLine, id, 0);
    }

    /// Whoever answers looks into the remote and tells the truth.
    fn answer_questions(&mut self) {
        for record in 0..self.store.records.len() {
            let record = u32::try_from(record).unwrap_or(u32::MAX);
            let held = self.store.jobs.get(&JobKey::Record(record)).is_some_and(|job| job.lease.is_some());
            if held {
                continue;
            }
            let Some(planned) = decide(&self.store, &self.rules, &crate::wiring::Right, record, None) else {
                continue;
            };
            match planned.decision.action {
                Action::Ask(Question::WhichIsIt) => self.answer_which(record),
                Action::Ask(Question::Conflict | Question::Difference) => {
                    let theirs = self.dice.below(2) == 0;
                    self.resolve(record, &planned, theirs);
                }
                Action::Ask(Question::Gone) => {
                    if let Some(link) = self.store.links.get_mut(&record) {
                        link.detached = true;
                    }
                }
                _ => {}
            }
        }
    }

    fn answer_which(&mut self, record: u32) {
        let ours =
            self.remote.records.iter().find(|(_, one)| !one.deleted && one.origin == Origin::Ours { record });
        let Some(id) = ours.and_then(|(id, _)| external(*id)) else {
            // The job looks once more before it believes that.
            self.said_not_stored.insert(record);
            return self.due_soon(record);
        };
        let said = PersonSaid::ItIs { id, number: None };
        let Some(last) = self.store.last_intent(record) else { return };
        let expected = last.row.state();
        let (intent, _) = last.row.clone().wake(Waking::Due, self.wall()).committed();
        let turn = Turn { now: self.wall(), lease_until: self.wall_in(PATIENCE) };
        let Ok(step) = intent.on(Told::Person(said), turn) else { return };
        if let Some(persist) = step.to_commit() {
            // One transaction: what is linked already can't be chosen.
            if let sync_core::intent::Effect::Link { id, .. } = persist.effect
                && self.store.link(record, crate::model::internal(id), None).is_err()
            {
                return;
            }
            let row = persist.row;
            // Nobody holds the job, so the row is what it was a line ago.
            let _ = self.store.update_intent(record, expected, row);
        }
        self.due_soon(record);
    }

    /// A conflict or a difference is decided for one side.
    fn resolve(&mut self, record: u32, planned: &crate::decide::Planned, theirs: bool) {
        let (Some(merge), Some(ext)) = (&planned.merge, planned.ext) else { return };
        if !self.store.links.contains_key(&record)
            && self.store.link(record, ext, Some(sync_core::three_way::Fields::new())).is_err()
        {
            return;
        }
        let open: Vec<(FieldName, _)> =
            merge.open.iter().map(|(name, open)| (name.clone(), open.remote.clone())).collect();
        for (name, open) in &merge.open {
            let _ = name;
            for value in [&open.local, &open.remote] {
                if let Some(value) = number_of(value.as_ref()) {
                    self.truth.show(value);
                }
            }
        }
        if let Some(link) = self.store.links.get_mut(&record) {
            let base = link.base.get_or_insert_default();
            for (name, remote) in &open {
                match remote {
                    Some(value) => base.insert(name.clone(), value.clone()),
                    None => base.remove(name),
                };
                link.differences.remove(name);
            }
        }
        if theirs && let Some(crm) = self.store.records.get_mut(record as usize) {
            for (name, remote) in open {
                if let Some(value) = number_of(remote.as_ref()) {
                    self.truth.in_crm(value, self.now);
                }
                match remote {
                    Some(value) => crm.fields.insert(name, value),
                    None => crm.fields.remove(&name),
                };
            }
            crm.revision += 1;
        }
        self.trace.note(self.now, "decided", u64::from(record), u64::from(theirs));
        self.due_soon(record);
    }
}
