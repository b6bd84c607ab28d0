//! One seeded world: a clock, people on both sides, workers that die and sleep, and the order in which
//! everything happens. Everything random comes from its seed.

use std::collections::{BTreeMap, BTreeSet};

use sync_core::intent::{Control, Marker};
use sync_core::record::RecordId;
use sync_core::three_way::Fields;
use sync_core::time::UtcMicros;

use crate::calls::Call;
use crate::counts::{Boundary, Counts, Fault};
use crate::decide::AllRules;
use crate::model::{Kind, MINUTE, SECOND, put};
use crate::naive::Naive;
use crate::remote::{Habits, Origin, Record, Remote};
use crate::store::{CrmRecord, JobKey, Store};
use crate::trace::Trace;
use crate::truth::{By, Truth, Violation};
use crate::wiring::Wiring;
use crate::worker::Worker;

/// How long people work and things go wrong.
const BUSY: i64 = 100 * MINUTE;

/// Longest time in which everything has to come to rest after that: settle horizon, one more write
/// and its horizon, and what a clock that went back adds.
const REST: i64 = 60 * MINUTE;

/// More events than any run needs; one that has them goes in circles.
const MAX_EVENTS: u64 = 60_000;

/// What happens at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    /// A worker goes on, if it was not told otherwise since.
    Step(usize, u64),
    /// A request arrives.
    Arrives(usize),
    /// An answer arrives.
    Answers(usize),
    /// People do something.
    People(u64),
    /// What runs by schedule.
    Schedule,
    /// A dead worker comes back.
    Restart(usize),
    /// The clock is set.
    Clock,
    /// The database is copied.
    Backup,
    /// The database is restored from its copy.
    Restore,
    /// People tidy up or copy what was just made.
    Tidy(u32),
}

/// How a run ended.
#[derive(Debug)]
pub struct Outcome {
    /// The first broken promise.
    pub violation: Option<Violation>,
    /// What it covered.
    pub counts: Counts,
    /// How the client did.
    pub score: crate::truth::Score,
    /// What happened.
    pub trace: Trace,
    /// The numbers of what happened by chance.
    pub fired: Vec<u32>,
}

/// The world.
pub(crate) struct World<'w> {
    /// True time in microseconds.
    pub(crate) now: i64,
    pub(crate) offset: i64,
    pub(crate) jumps: u32,
    pub(crate) dice: crate::dice::Dice,
    pub(crate) trace: Trace,
    pub(crate) truth: Truth,
    pub(crate) remote: Remote,
    pub(crate) store: Store,
    pub(crate) rules: AllRules,
    pub(crate) wiring: &'w dyn Wiring,
    pub(crate) workers: Vec<Worker>,
    pub(crate) calls: Vec<Call>,
    pub(crate) counts: Counts,
    pub(crate) naive: Option<Naive>,
    /// Records of which a person said that they were not stored.
    pub(crate) said_not_stored: BTreeSet<u32>,
    pub(crate) backup: Option<Box<(i64, Store)>>,
    events: BTreeMap<(i64, u64), Event>,
    order: u64,
    runs: u64,
    turns: BTreeMap<u64, u64>,
    /// A broken promise does not end the run.
    patient: bool,
}

impl<'w> World<'w> {
    /// The world of a seed, at its start.
    pub(crate) fn new(seed: u64, left_out: BTreeSet<u32>, keep: bool, wiring: &'w dyn Wiring) -> Self {
        let mut dice = crate::dice::Dice::new(seed, left_out);
        let habits = Habits {
            unique_numbers: dice.below(3) == 0,
            sorts: dice.below(2) == 0,
            keeps_prefix: dice.below(2) == 0,
        };
        let workers = 2 + usize::from(dice.below(3) == 0);
        let mut world = Self {
            now: 0,
            offset: 0,
            jumps: 0,
            dice,
            trace: Trace::new(keep),
            truth: Truth::default(),
            remote: Remote::new(habits),
            store: Store::default(),
            rules: AllRules::default(),
            wiring,
            workers: (0..workers).map(Worker::new).collect(),
            calls: Vec::new(),
            counts: Counts::default(),
            naive: None,
            said_not_stored: BTreeSet::new(),
            backup: None,
            events: BTreeMap::new(),
            order: 0,
            runs: 0,
            turns: BTreeMap::new(),
            patient: false,
        };
        world.furnish();
        world
    }

    /// Runs the world to its end and looks at what is left.
    pub(crate) fn run(mut self) -> Outcome {
        self.go_until(BUSY);
        self.dice.calm();
        for worker in 0..self.workers.len() {
            self.revive(worker);
        }
        let rounds = 3;
        let calm_since = self.now;
        for round in 0..rounds {
            self.everything_is_due();
            self.go_until(i64::MAX);
            if round == 0 && self.now - calm_since > REST {
                self.truth.violate("it did not come to rest in time", 0, 0);
            }
        }
        self.judge();
        self.second_run();
        self.counts.late_runs = u64::from(self.counts.of(Fault::LateStore) > 0);
        let fired = self.dice.fired().to_vec();
        Outcome {
            violation: self.truth.violation,
            counts: self.counts,
            score: self.truth.score,
            trace: self.trace,
            fired,
        }
    }

    /// Runs the world with the naive client instead of the workers; only the score counts.
    pub(crate) fn run_naive(mut self) -> Outcome {
        for worker in &mut self.workers {
            worker.retire();
        }
        self.naive = Some(Naive::of(&self.store));
        self.at(crate::naive::FIRST_RUN, Event::Schedule);
        self.patient = true;
        self.go_until(i64::MAX);
        self.truth.settle_debts(|id| self.remote.alive(id).is_some());
        Outcome {
            violation: None,
            counts: self.counts,
            score: self.truth.score,
            trace: self.trace,
            fired: Vec::new(),
        }
    }

    /// The wall clock of every process here.
    pub(crate) fn wall(&self) -> UtcMicros {
        UtcMicros(self.now + self.offset)
    }

    /// The wall clock so much later.
    pub(crate) fn wall_in(&self, length: i64) -> UtcMicros {
        UtcMicros(self.now + self.offset + length)
    }

    pub(crate) fn at(&mut self, time: i64, event: Event) {
        self.order += 1;
        self.events.insert((time.max(self.now), self.order), event);
    }

    /// Whether a fault of this chance happens; it is counted and noted.
    pub(crate) fn fault(&mut self, fault: Fault, millionths: u64) -> bool {
        let fires = self.dice.fires(millionths);
        if fires {
            self.counts.fault(fault);
            self.trace.note(self.now, fault.name(), fault as u64, 0);
        }
        fires
    }

    /// Makes a job due and wakes who waits for work.
    pub(crate) fn schedule(&mut self, key: JobKey, due: UtcMicros) {
        self.store.schedule(key, due);
        self.rouse();
    }

    fn go_until(&mut self, end: i64) {
        while (self.patient || self.truth.violation.is_none()) && self.counts.events < MAX_EVENTS {
            let Some(entry) = self.events.first_entry() else { break };
            if entry.key().0 > end {
                break;
            }
            let ((time, _), event) = entry.remove_entry();
            self.now = time;
            self.counts.events += 1;
            self.happens(event);
        }
        if self.counts.events >= MAX_EVENTS {
            self.truth.violate("it never comes to rest", 0, 0);
        }
        if end != i64::MAX {
            self.now = self.now.max(end);
        }
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Step(worker, wake) => self.step(worker, wake),
            Event::Arrives(call) => self.arrives(call),
            Event::Answers(call) if self.naive.is_some() => self.naive_hears(call),
            Event::Answers(call) => self.answered(call),
            Event::People(act) => {
                self.dice.focus(1, act);
                self.people();
            }
            Event::Schedule if self.naive.is_some() => self.naive_run(),
            Event::Schedule => self.runs_are_due(),
            Event::Restart(worker) => self.revive(worker),
            Event::Clock => {
                self.dice.focus(2, self.now.unsigned_abs());
                self.set_clock();
            }
            Event::Tidy(id) => self.tidy(id),
            Event::Backup => self.back_up(),
            Event::Restore => self.restore(),
        }
    }

    /// The clock is set forward by minutes, or back by a few; never far from the truth, because the
    /// look overlaps by no more.
    fn set_clock(&mut self) {
        let by = match self.dice.below(3) {
            0 => -self.dice.between(1, 4) * MINUTE,
            _ => self.dice.between(2, 15) * MINUTE,
        };
        let moved = self.offset + by;
        if (-5 * MINUTE..=16 * MINUTE).contains(&moved) && self.fault(Fault::ClockJumped, 1_000_000) {
            self.offset = moved;
            self.jumps += 1;
            self.rouse();
        }
    }

    /// Records on both sides, some of them linked, some only here or only there.
    fn furnish(&mut self) {
        let proven = if self.dice.below(5_000) == 0 { Control::NotYet } else { Control::Proven };
        self.store.control = [Some(proven); 4];
        self.store.scanned = [true; 4];
        let customer = self.start_record(Kind::Contact, None);
        let mut about = vec![(Kind::Contact, None), (Kind::Product, None)];
        about.extend([(Kind::Order, Some(customer)), (Kind::Offer, Some(customer))]);
        for _ in 0..=self.dice.below(3) {
            let Some((kind, customer)) = self.dice.pick(&about) else { continue };
            self.start_record(kind, customer);
        }
        if self.dice.below(5) == 0 {
            // It was there long before anybody looks.
            self.now = -60 * MINUTE;
            self.remote_twin();
            self.now = 0;
        }
        self.plan_the_day();
    }

    /// A record that is here at the start, perhaps already linked.
    fn start_record(&mut self, kind: Kind, customer: Option<u32>) -> u32 {
        let linked = self.dice.below(2) == 0
            && customer.is_none_or(|customer| self.store.links.contains_key(&customer));
        let record = self.new_crm_record(kind, customer, By::Start);
        if linked {
            let Some(crm) = self.store.record(record).cloned() else { return record };
            let ext = self.remote.insert(Record {
                kind,
                fields: crm.fields.clone(),
                customer: customer.and_then(|c| self.store.links.get(&c)).map(|link| link.ext),
                key: crm.key.clone(),
                marker: kind.is_document().then(|| crm.marker.clone()),
                text_line: None,
                invoiced: false,
                deleted: false,
                changed_at: 0,
                born: 0,
                origin: Origin::Ours { record },
                log: Vec::new(),
            });
            let Some(seen) = self.remote.read(ext) else { return record };
            for value in seen.fields.values() {
                if let Some(value) = crate::model::number_of(Some(value)) {
                    self.truth.in_remote(value, 0);
                }
            }
            if let Some(crm) = self.store.records.get_mut(record as usize) {
                crm.fields = seen.fields.clone();
            }
            // A new record and a new id: neither is linked yet.
            let _ = self.store.link(record, ext, Some(seen.fields.clone()));
            let asked = self.store.stamp(UtcMicros(0));
            self.store.mirror(seen, asked, &crate::wiring::Right);
            self.store.known.insert(ext);
        } else {
            let due = UtcMicros(self.dice.between(1, 20) * SECOND);
            self.store.schedule(JobKey::Record(record), due);
        }
        record
    }

    /// A new record of the CRM.
    pub(crate) fn new_crm_record(&mut self, kind: Kind, customer: Option<u32>, by: By) -> u32 {
        let number = u32::try_from(self.store.records.len()).unwrap_or(u32::MAX);
        let mut fields = Fields::new();
        for name in kind.fields() {
            let value = self.truth.new_value(by);
            self.truth.in_crm(value, self.now);
            put(&mut fields, name, value);
        }
        let marker = marker_of(number);
        let key = format!("{:08}", 10_000_000 + number);
        self.store.records.push(CrmRecord {
            kind,
            fields,
            customer,
            key,
            marker,
            revision: 1,
            deleted: false,
        });
        self.trace.note(self.now, "made in the CRM", u64::from(number), kind as u64);
        number
    }

    /// When people act, when runs are due, when the clock is set.
    fn plan_the_day(&mut self) {
        let acts = 6 + self.dice.below(8);
        let mut last = 0;
        for act in 0..acts {
            let at = if last > 0 && self.dice.below(2) == 0 {
                last + self.dice.between(1, 90) * SECOND
            } else {
                self.dice.between(5, BUSY / SECOND - 5) * SECOND
            };
            self.at(at.min(BUSY - SECOND), Event::People(act));
            last = at;
        }
        for _ in 0..self.dice.below(3) {
            let at = self.dice.between(60, BUSY / SECOND - 60) * SECOND;
            self.at(at, Event::Clock);
        }
        if self.dice.below(20) == 0 {
            let at = self.dice.between(1, 60) * MINUTE;
            self.at(at, Event::Backup);
            let later = at + self.dice.between(5, 30 * 60) * SECOND;
            self.at(later, Event::Restore);
        }
        let first = self.dice.between(10, 300) * SECOND;
        self.at(first, Event::Schedule);
        for worker in 0..self.workers.len() {
            self.revive(worker);
        }
    }

    /// A run by schedule: looks, now and then scans, and what is to be sent.
    fn runs_are_due(&mut self) {
        self.runs += 1;
        self.dice.focus(3, self.runs);
        let now = self.wall();
        for kind in Kind::ALL {
            let scan = self.dice.below(4) == 0 || !kind.is_document();
            let often = kind.is_document() || self.dice.below(2) == 0;
            if often {
                self.store.schedule(if scan { JobKey::Scan(kind) } else { JobKey::Look(kind) }, now);
            }
        }
        for record in 0..self.store.records.len() {
            let record = u32::try_from(record).unwrap_or(u32::MAX);
            self.store.schedule(JobKey::Record(record), now);
        }
        self.rouse();
        let again = self.now + self.dice.between(12, 25) * MINUTE;
        if again < BUSY {
            self.at(again, Event::Schedule);
        }
    }

    /// Everything is scanned and every record brought forward.
    pub(crate) fn everything_is_due(&mut self) {
        let now = self.wall();
        for kind in Kind::ALL {
            self.store.schedule(JobKey::Scan(kind), now);
        }
        for record in 0..self.store.records.len() {
            self.store.schedule(JobKey::Record(u32::try_from(record).unwrap_or(u32::MAX)), now);
        }
        self.rouse();
    }

    /// Once everything is equal, another run writes nothing on either side.
    fn second_run(&mut self) {
        if self.truth.violation.is_some() {
            return;
        }
        let before = (self.truth.sent.len(), self.revisions(), self.store.records.len());
        self.everything_is_due();
        self.go_until(i64::MAX);
        if before != (self.truth.sent.len(), self.revisions(), self.store.records.len()) {
            self.truth.violate("a second run wrote something", 0, 0);
        }
    }

    fn revisions(&self) -> i64 {
        self.store.records.iter().map(|record| record.revision).sum()
    }

    /// Begins the numbers of the next turn of an actor.
    pub(crate) fn turn_of(&mut self, actor: u64) {
        let turn = self.turns.entry(actor).or_default();
        *turn += 1;
        let turn = *turn;
        self.dice.focus(actor, turn);
    }

    /// A worker dies at a boundary, if chance will have it.
    pub(crate) fn dies_at(&mut self, worker: usize, boundary: Boundary) -> bool {
        // Questions and refusals are rare, so their boundaries would be, too.
        let rare = matches!(boundary, Boundary::BeforeNeedsPerson | Boundary::BeforeRefused);
        let dies = self.dice.fires(if rare { 200_000 } else { 7_000 });
        if dies {
            self.counts.boundaries[boundary as usize] += 1;
            self.trace.note(self.now, boundary.name(), worker as u64, 0);
            let back = self.now + self.dice.between(1, 150) * SECOND;
            self.at(back, Event::Restart(worker));
        }
        dies
    }
}

/// The marker of a record; the world's ids are always readable.
fn marker_of(number: u32) -> String {
    let id = format!("00000000-0000-7000-8000-{number:012x}");
    RecordId::parse(&id).map(|id| Marker::of("connection", &id).as_str().to_owned()).unwrap_or_default()
}
