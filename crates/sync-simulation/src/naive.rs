//! A client as most integrations are: it tries again when it hears an error, keeps the id it hears, and
//! lets the newer side win. It lives in the same world, with the same seeds, and is counted the same way.

use std::collections::{BTreeMap, BTreeSet};

use sync_core::three_way::{FieldName, Fields};

use crate::calls::Heard;
use crate::model::{MINUTE, NUMBER, SECOND, WriteReply, number_of};
use crate::remote::WriteBody;
use crate::wiring::Right;
use crate::world::{Event, Outcome, World};

/// How often a failed request is sent again at once.
const TRIES: u32 = 3;

/// What it keeps.
#[derive(Debug)]
pub(crate) struct Naive {
    /// The id it heard for each record.
    ids: BTreeMap<u32, u32>,
    /// What it last sent or took.
    last: BTreeMap<u32, Fields>,
    /// Requests whose answer it waits for: the record and the tries so far.
    out: BTreeMap<usize, (u32, u32)>,
}

impl Naive {
    /// It begins with the ids of what is linked already.
    pub(crate) fn of(store: &crate::store::Store) -> Self {
        let ids = store.links.iter().map(|(record, link)| (*record, link.ext)).collect();
        let last =
            store.links.iter().filter_map(|(record, link)| Some((*record, link.base.clone()?))).collect();
        Self { ids, last, out: BTreeMap::new() }
    }
}

/// Runs a seed with the naive client.
pub fn run(seed: u64) -> Outcome {
    World::new(seed, BTreeSet::new(), false, &Right).run_naive()
}

impl World<'_> {
    /// What runs by schedule, for the naive client: every record, once.
    pub(crate) fn naive_run(&mut self) {
        let Some(mut naive) = self.naive.take() else { return };
        for record in 0..self.store.records.len() {
            self.naive_record(&mut naive, u32::try_from(record).unwrap_or(u32::MAX));
        }
        self.naive = Some(naive);
        let again = self.now + 10 * MINUTE;
        if again < 120 * MINUTE {
            self.at(again, Event::Schedule);
        }
    }

    fn naive_record(&mut self, naive: &mut Naive, record: u32) {
        if naive.out.values().any(|(other, _)| *other == record) {
            return;
        }
        let Some(crm) = self.store.record(record).filter(|crm| !crm.deleted).cloned() else { return };
        let Some(id) = naive.ids.get(&record).copied() else { return self.naive_send(naive, record, 1) };
        let Some(seen) = self.remote.read(id) else { return };
        let last = naive.last.get(&record).cloned().unwrap_or_default();
        if seen.fields != last {
            // Newer there: it wins.
            for (name, value) in &seen.fields {
                let (old, new) = (number_of(crm.fields.get(name)), number_of(Some(value)));
                if let Some(old) = old.filter(|old| Some(*old) != new) {
                    self.truth.taken_over(old, new, u64::from(record));
                }
                if let Some(new) = new {
                    self.truth.in_crm(new, self.now);
                }
            }
            if let Some(crm) = self.store.records.get_mut(record as usize) {
                crm.fields = seen.fields.clone();
            }
            naive.last.insert(record, seen.fields);
        } else if crm.fields != last {
            self.naive_send(naive, record, 1);
        }
    }

    /// Sends the whole record, as a new one or as a replacement.
    fn naive_send(&mut self, naive: &mut Naive, record: u32, tries: u32) {
        let Some(crm) = self.store.record(record).cloned() else { return };
        let mut fields = crm.fields.clone();
        fields.remove(&FieldName::new(NUMBER));
        let body = match naive.ids.get(&record) {
            Some(id) => WriteBody::Update { id: *id, changes: BTreeMap::new(), whole: Some(fields) },
            None => WriteBody::Create {
                kind: crm.kind,
                fields,
                customer: None,
                key: crm.key.clone(),
                marker: None,
                record,
            },
        };
        let call = self.send_write(0, record, body);
        naive.out.insert(call, (record, tries));
    }

    /// What the naive client makes of an answer.
    pub(crate) fn naive_hears(&mut self, call: usize) {
        let Some(mut naive) = self.naive.take() else { return };
        if let Some((record, tries)) = naive.out.remove(&call) {
            match self.heard(call) {
                Some(Heard::Write(WriteReply::Done { id, .. })) => {
                    naive.ids.extend(id.map(|id| (record, id)));
                    if let Some(seen) = id.and_then(|id| self.remote.read(id)) {
                        naive.last.insert(record, seen.fields);
                    }
                    self.counts.created += 1;
                }
                Some(Heard::Write(WriteReply::Refused { .. } | WriteReply::CannotFind)) => {}
                _ if tries < TRIES => self.naive_send(&mut naive, record, tries + 1),
                _ => {}
            }
        }
        self.naive = Some(naive);
    }
}

/// How soon its first run comes.
pub(crate) const FIRST_RUN: i64 = 20 * SECOND;
