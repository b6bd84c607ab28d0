//! What has to hold at the end: no duplicate that nobody was told of, no lost edit, nothing left
//! undone, and what is called synced is equal.

use sync_core::plan::Row;
use sync_core::state::SyncState;

use crate::decide::{decide, decide_remote, is_asked_about};
use crate::remote::Origin;
use crate::wiring::Right;
use crate::world::World;

impl World<'_> {
    pub(crate) fn judge(&mut self) {
        if self.truth.violation.is_some() {
            return;
        }
        self.truth.settle_debts(|id| self.remote.alive(id).is_some());
        for record in 0..self.store.records.len() {
            self.judge_record(u32::try_from(record).unwrap_or(u32::MAX));
        }
        let ids: Vec<u32> = self.remote.records.keys().copied().collect();
        for id in ids {
            self.judge_remote(id);
        }
    }

    fn judge_record(&mut self, record: u32) {
        let about = u64::from(record);
        let Some(planned) = decide(&self.store, &self.rules, &Right, record, None) else { return };
        if let Some(job) = self.store.jobs.get(&crate::store::JobKey::Record(record))
            && job.lease.is_some()
        {
            self.truth.violate("a job was never let go of", about, 0);
        }
        match planned.decision.state {
            Some(SyncState::Synced) => self.judge_synced(record),
            Some(state) if state.is_passing() => {
                self.truth.violate("still passing at the end", about, planned.decision.row as u64);
            }
            Some(SyncState::Pending(_)) if !self.is_stopped(record) => {
                self.truth.violate("left undone", about, planned.decision.row as u64);
            }
            _ => {}
        }
        let refused = planned.decision.row == Row::R5;
        let there = |one: &crate::remote::Record| !one.deleted && one.origin == Origin::Ours { record };
        if refused && !self.store.links.contains_key(&record) && self.remote.records.values().any(there) {
            self.truth.violate("called refused, but it is there", about, 0);
        }
    }

    /// Whether the job that writes found, on a fresh read, that the gate stops it; its reason is shown.
    fn is_stopped(&self, record: u32) -> bool {
        let Some(ext) = self.store.links.get(&record).map(|link| link.ext) else { return false };
        let Some(fresh) = self.remote.read(ext) else { return false };
        decide(&self.store, &self.rules, &Right, record, Some(&fresh))
            .and_then(|planned| planned.decision.state)
            .is_some_and(|state| matches!(state, SyncState::Error(_)))
    }

    fn judge_synced(&mut self, record: u32) {
        let (Some(crm), Some(link)) = (self.store.record(record), self.store.links.get(&record)) else {
            return;
        };
        let ext = link.ext;
        match self.remote.read(ext) {
            Some(seen) if seen.fields == crm.fields => {}
            Some(_) => {
                self.truth.violate("called synced, but it is not equal", u64::from(record), u64::from(ext));
            }
            None => self.truth.violate("called synced, but it is gone", u64::from(record), u64::from(ext)),
        }
    }

    fn judge_remote(&mut self, id: u32) {
        let Some(there) = self.remote.alive(id) else { return };
        let (origin, linked) = (there.origin, self.store.linked_to(id));
        let shown = decide_remote(&self.store, id).and_then(|decision| decision.state);
        if linked.is_some() {
            return;
        }
        let candidate = self.is_candidate(id);
        match (origin, shown) {
            (Origin::Ours { record }, None) if !candidate => {
                self.truth.violate("a duplicate that nobody was told of", u64::from(record), u64::from(id));
            }
            (_, Some(SyncState::Pending(_))) => {
                self.truth.violate("never taken", u64::from(id), 0);
            }
            (_, None) if !candidate => self.truth.violate("never seen", u64::from(id), 0),
            _ => {}
        }
    }

    fn is_candidate(&self, id: u32) -> bool {
        is_asked_about(&self.store, id)
            || self.store.intents.iter().any(|intent| {
                intent
                    .row
                    .question()
                    .is_some_and(|(hits, _)| hits.iter().any(|hit| crate::model::internal(&hit.id) == id))
            })
    }
}
