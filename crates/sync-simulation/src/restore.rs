//! A database that is restored from a copy: it has forgotten what was sent since (design §5.2). The start
//! counter tells; every unfinished intent is unknown, no match is known, and nothing runs before the owner
//! has confirmed, which takes longer than the settle horizon.

use sync_core::intent::Waking;
use sync_core::lease::FencingToken;
use sync_core::three_way::Fields;
use sync_core::time::UtcMicros;

use crate::counts::Fault;
use crate::model::{Kind, MINUTE, SECOND};
use crate::store::{CrmRecord, JobKey};
use crate::world::{Event, World};

/// When the owner confirms: after the settle horizon and whatever a lease still allows.
const CONFIRMED_AFTER: i64 = 12 * MINUTE;

impl World<'_> {
    /// The database is copied.
    pub(crate) fn back_up(&mut self) {
        if self.naive.is_none() {
            self.backup = Some(Box::new((self.now, self.store.clone())));
        }
    }

    /// The database is what it was when it was copied.
    pub(crate) fn restore(&mut self) {
        self.dice.focus(4, 0);
        let Some(copy) = self.backup.take() else { return };
        if !self.fault(Fault::Restored, 1_000_000) {
            return;
        }
        let (then, copy) = *copy;
        for worker in 0..self.workers.len() {
            self.kill(worker);
            self.at(self.now + CONFIRMED_AFTER, Event::Restart(worker));
        }
        self.truth.forget_staff_since(then);
        self.truth.forget_requests_since(then, self.now);
        let lost = std::mem::replace(&mut self.store, copy);
        self.forget(lost.records.len());
        // Clocks never let a read instant of the lost time come again.
        let _ = self.store.stamp(UtcMicros(self.now + self.offset + SECOND));
    }

    /// What a restored database does not know any more.
    fn forget(&mut self, records: usize) {
        let store = &mut self.store;
        store.restored = true;
        store.scanned = [false; 4];
        store.watermarks = [None; 4];
        store.known.clear();
        // The numbers of lost records are never given again.
        while store.records.len() < records {
            store.records.push(CrmRecord {
                kind: Kind::Contact,
                fields: Fields::new(),
                customer: None,
                key: String::new(),
                marker: String::new(),
                revision: 1,
                deleted: true,
            });
        }
        for job in store.jobs.values_mut() {
            job.lease = None;
            job.token = FencingToken(job.token.0 + 1_000_000);
        }
        let wall = self.wall();
        for at in 0..self.store.intents.len() {
            let Some(intent) = self.store.intents.get(at) else { continue };
            let (record, expected) = (intent.record, intent.row.state());
            let step = intent.row.clone().wake(Waking::Restored, wall);
            if let Some(persist) = step.to_commit() {
                // Nobody else is up: the row is what it was a line ago.
                let _ = self.store.update_intent(record, expected, persist.row);
            }
        }
        let due = self.wall_in(CONFIRMED_AFTER);
        for kind in Kind::ALL {
            self.store.schedule(JobKey::Scan(kind), due);
        }
        for record in 0..self.store.records.len() {
            self.store.schedule(JobKey::Record(u32::try_from(record).unwrap_or(u32::MAX)), due);
        }
    }
}
