//! The database of the simulated installation. Every function is one transaction: it happens whole or,
//! when the worker dies before, not at all. What the real database enforces is enforced here too.

use std::collections::{BTreeMap, BTreeSet};

use sync_core::discovery::WriteTimes;
use sync_core::intent::{Control, Dormant};
use sync_core::lease::{FencingToken, Lease, LeaseLost};
use sync_core::record::{ContentHash, ExternalId};
use sync_core::three_way::{Difference, FieldName, Fields};
use sync_core::time::UtcMicros;

use crate::model::{Changes, Kind, Snapshot};
use crate::remote::WriteBody;
use crate::wiring::Wiring;

/// A record of the CRM.
#[derive(Debug, Clone)]
pub(crate) struct CrmRecord {
    /// Its kind.
    pub(crate) kind: Kind,
    /// Its fields.
    pub(crate) fields: Fields,
    /// The contact that it names.
    pub(crate) customer: Option<u32>,
    /// Tax number without prefix, code, or total.
    pub(crate) key: String,
    /// Our marker for it.
    pub(crate) marker: String,
    /// Raised on every edit.
    pub(crate) revision: i64,
    /// A tombstone.
    pub(crate) deleted: bool,
}

/// A link.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    /// The remote record.
    pub(crate) ext: u32,
    /// What both sides last agreed on; none while the read-back is pending.
    pub(crate) base: Option<Fields>,
    /// What was sent and read back as something else.
    pub(crate) differences: BTreeMap<FieldName, Difference>,
    /// A person said: keep only here.
    pub(crate) detached: bool,
}

/// A row of the mirror.
#[derive(Debug, Clone)]
pub(crate) struct MirrorRow {
    /// What was read.
    pub(crate) seen: Snapshot,
    /// Proven to be gone.
    pub(crate) gone: bool,
    /// It has to be read by its id: a scan missed it, or a read of it was not believed.
    pub(crate) suspect: bool,
}

/// The exact request of an intent, and what it was built on.
#[derive(Debug, Clone)]
pub(crate) struct Payload {
    /// Its hash.
    pub(crate) hash: ContentHash,
    /// What is sent.
    pub(crate) body: WriteBody,
    /// The fields as they are sent, for the base.
    pub(crate) sent: Changes,
    /// The record there as it was read before, for an update.
    pub(crate) before: Option<Fields>,
    /// How long its change log was then.
    pub(crate) log_seen: usize,
    /// The revision that was sent.
    pub(crate) revision: i64,
    /// What was unlike the base when it was refused.
    pub(crate) mirror: Option<Fields>,
}

impl Payload {
    /// Every field that it carried.
    pub(crate) fn all_sent(&self) -> Changes {
        match &self.body {
            WriteBody::Update { whole: Some(whole), .. } => {
                whole.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect()
            }
            _ => self.sent.clone(),
        }
    }
}

/// The row of an intent.
#[derive(Debug, Clone)]
pub(crate) struct IntentRow {
    /// Of which record.
    pub(crate) record: u32,
    /// Where it stands.
    pub(crate) row: Dormant,
    /// What it sends.
    pub(crate) payload: Payload,
}

/// A piece of work; one row while it is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum JobKey {
    /// Brings a CRM record forward.
    Record(u32),
    /// Takes a remote record.
    Take(u32),
    /// Looks for what is new.
    Look(Kind),
    /// Reads a whole kind.
    Scan(Kind),
}

/// A job.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    /// When it may be claimed, by the wall clock.
    pub(crate) due: UtcMicros,
    /// Who has it.
    pub(crate) lease: Option<Lease>,
    /// The last token.
    pub(crate) token: FencingToken,
    /// It became due again while somebody had it.
    again: Option<UtcMicros>,
}

/// What a commit ran into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// The lease is in other hands.
    LeaseLost,
    /// The row is not what it was.
    Moved,
    /// A unique index refused it.
    Unique,
}

impl From<LeaseLost> for Stopped {
    fn from(_: LeaseLost) -> Self {
        Self::LeaseLost
    }
}

/// The database.
#[derive(Debug, Default, Clone)]
pub(crate) struct Store {
    /// CRM records by number.
    pub(crate) records: Vec<CrmRecord>,
    /// Links by CRM record.
    pub(crate) links: BTreeMap<u32, Link>,
    /// Mirror rows by remote id.
    pub(crate) mirror: BTreeMap<u32, MirrorRow>,
    /// Intents, newest last.
    pub(crate) intents: Vec<IntentRow>,
    /// Jobs.
    pub(crate) jobs: BTreeMap<JobKey, Job>,
    /// Watermarks by kind.
    pub(crate) watermarks: [Option<UtcMicros>; 4],
    /// Kinds of which a complete scan was made.
    pub(crate) scanned: [bool; 4],
    /// Ids that a finished pass has stored.
    pub(crate) known: BTreeSet<u32>,
    /// The positive control of each kind.
    pub(crate) control: [Option<Control>; 4],
    /// It was restored from a copy: a marker that it has never used may have been used all the same.
    pub(crate) restored: bool,
    ended: BTreeMap<u32, UtcMicros>,
    stamp: i64,
}

impl Store {
    /// An instant that rises with every call, whatever the clocks say: read instants are made of it.
    pub(crate) fn stamp(&mut self, wall: UtcMicros) -> UtcMicros {
        self.stamp = wall.0.max(self.stamp + 1);
        UtcMicros(self.stamp)
    }

    /// A CRM record.
    pub(crate) fn record(&self, record: u32) -> Option<&CrmRecord> {
        self.records.get(record as usize)
    }

    /// The CRM record that is linked to a remote id.
    pub(crate) fn linked_to(&self, ext: u32) -> Option<u32> {
        self.links.iter().find(|(_, link)| link.ext == ext).map(|(record, _)| *record)
    }

    /// The CRM record whose marker this is.
    pub(crate) fn marked(&self, marker: &str) -> Option<u32> {
        let at = self.records.iter().position(|record| record.marker == marker)?;
        u32::try_from(at).ok()
    }

    /// The last intent of a record.
    pub(crate) fn last_intent(&self, record: u32) -> Option<&IntentRow> {
        self.intents.iter().rev().find(|intent| intent.record == record)
    }

    /// How many intents of a record are not over.
    pub(crate) fn unfinished(&self, record: u32) -> usize {
        self.intents.iter().filter(|one| one.record == record && !one.row.state().is_over()).count()
    }

    /// Makes a job due, or due again when somebody has it.
    pub(crate) fn schedule(&mut self, key: JobKey, due: UtcMicros) {
        let job = self.jobs.entry(key).or_insert(Job {
            due: UtcMicros(i64::MAX),
            lease: None,
            token: FencingToken::NONE,
            again: None,
        });
        if job.lease.is_some() {
            job.again = Some(job.again.map_or(due, |again| again.min(due)));
        } else {
            job.due = job.due.min(due);
        }
    }

    /// Claims the job that is longest due; says whether somebody let it fall.
    pub(crate) fn claim(&mut self, holder: &str, now: UtcMicros) -> Option<(JobKey, Lease, bool)> {
        let due = self.jobs.iter().filter(|(_, job)| job.due <= now);
        let free = due.filter(|(_, job)| job.lease.as_ref().is_none_or(|lease| !lease.holds_at(now)));
        let key = free.min_by_key(|(_, job)| job.due).map(|(key, _)| *key)?;
        let job = self.jobs.get_mut(&key)?;
        let lease = Lease::claim(job.lease.as_ref(), job.token, holder, now).ok()?;
        let abandoned = job.lease.is_some();
        job.token = lease.token;
        job.lease = Some(lease.clone());
        Some((key, lease, abandoned))
    }

    /// When the next job can be claimed.
    pub(crate) fn next_due(&self) -> Option<UtcMicros> {
        let at = |job: &Job| match &job.lease {
            Some(lease) => lease.expires_at.max(job.due),
            None => job.due,
        };
        self.jobs.values().map(at).filter(|due| due.0 != i64::MAX).min()
    }

    /// Whether who holds this token may write.
    pub(crate) fn fence(&self, key: JobKey, token: FencingToken, wiring: &dyn Wiring) -> Result<(), Stopped> {
        let lease = self.jobs.get(&key).and_then(|job| job.lease.as_ref());
        let allowed = lease.ok_or(LeaseLost).and_then(|lease| lease.may_write(token));
        if wiring.fenced() { allowed.map_err(Stopped::from) } else { Ok(()) }
    }

    /// Prolongs a lease.
    pub(crate) fn heartbeat(
        &mut self,
        key: JobKey,
        token: FencingToken,
        now: UtcMicros,
    ) -> Option<UtcMicros> {
        let job = self.jobs.get_mut(&key)?;
        let prolonged = job.lease.as_ref()?.heartbeat(token, now).ok()?;
        let until = prolonged.expires_at;
        job.lease = Some(prolonged);
        Some(until)
    }

    /// Lets go of a job in good order.
    pub(crate) fn release(&mut self, key: JobKey, token: FencingToken, due: Option<UtcMicros>) {
        let Some(job) = self.jobs.get_mut(&key) else { return };
        if job.lease.as_ref().is_none_or(|lease| lease.may_write(token).is_err()) {
            return;
        }
        job.lease = None;
        let due = due.unwrap_or(UtcMicros(i64::MAX));
        job.due = job.again.take().map_or(due, |again| again.min(due));
    }

    /// Our writes of the record that a remote id is linked to.
    pub(crate) fn write_times(&self, ext: u32) -> WriteTimes {
        let Some(record) = self.linked_to(ext) else { return WriteTimes::default() };
        WriteTimes { open: self.unfinished(record) > 0, last_ended: self.ended.get(&record).copied() }
    }

    /// A write of a record ended.
    pub(crate) fn write_ended(&mut self, record: u32, wall: UtcMicros) {
        let at = self.stamp(wall);
        self.ended.insert(record, at);
    }

    /// Puts a row into the mirror if its read may be believed; else it has to be read again.
    pub(crate) fn mirror(&mut self, seen: Snapshot, asked_at: UtcMicros, wiring: &dyn Wiring) -> bool {
        let believed = wiring.may_apply(asked_at, self.write_times(seen.id));
        let id = seen.id;
        if believed {
            self.mirror.insert(id, MirrorRow { seen, gone: false, suspect: false });
        } else if let Some(row) = self.mirror.get_mut(&id) {
            row.suspect = true;
        }
        believed
    }

    /// Links a record; the external key (kind and id) and the record are unique.
    pub(crate) fn link(&mut self, record: u32, ext: u32, base: Option<Fields>) -> Result<(), Stopped> {
        let kind = self.record(record).map(|crm| crm.kind);
        let of_kind = |other: &u32| self.record(*other).map(|crm| crm.kind) == kind;
        if self.links.iter().any(|(other, link)| link.ext == ext && *other != record && of_kind(other)) {
            return Err(Stopped::Unique);
        }
        self.links.insert(record, Link { ext, base, differences: BTreeMap::new(), detached: false });
        Ok(())
    }

    /// Inserts an intent; at most one of a record may be unfinished.
    pub(crate) fn insert_intent(&mut self, row: IntentRow, wiring: &dyn Wiring) -> Result<(), Stopped> {
        if wiring.one_intent_per_record() && self.unfinished(row.record) > 0 {
            return Err(Stopped::Unique);
        }
        self.intents.push(row);
        Ok(())
    }

    /// Replaces the row of the unfinished intent of a record, if it still has the expected state.
    pub(crate) fn update_intent(
        &mut self,
        record: u32,
        expected: sync_core::intent::StateName,
        row: Dormant,
    ) -> Result<(), Stopped> {
        let found = self
            .intents
            .iter_mut()
            .rev()
            .find(|intent| intent.record == record && !intent.row.state().is_over());
        match found {
            Some(intent) if intent.row.state() == expected => {
                intent.row = row;
                Ok(())
            }
            _ => Err(Stopped::Moved),
        }
    }

    /// The remote ids that are linked to another record.
    pub(crate) fn linked_elsewhere(&self, record: u32, id: &ExternalId) -> bool {
        self.linked_to(crate::model::internal(id)).is_some_and(|other| other != record)
    }
}
