//! A worker: it claims jobs, asks the machines what to do and does it, one action at a time. Between
//! any two actions it may die or sleep.

use std::collections::VecDeque;

use sync_core::intent::{Command, Event as Told, Intent, StateName, Step, Turn, Waking};
use sync_core::lease::FencingToken;
use sync_core::plan::{Action, Wait};
use sync_core::time::UtcMicros;

use crate::calls::{Ask, Heard};
use crate::commit::Owed;
use crate::counts::{Boundary, Fault};
use crate::decide::{Planned, decide};
use crate::model::{SECOND, Snapshot};
use crate::pass::PassTask;
use crate::store::{JobKey, Payload};
use crate::world::{Event, World};

/// A lease is prolonged when it has less than this left.
const HEARTBEAT_AT: i64 = 45 * SECOND;

/// A worker of one process.
#[derive(Debug)]
pub(crate) struct Worker {
    name: String,
    up: bool,
    life: u32,
    wake: u64,
    wakes_at: i64,
    jumps: u32,
    task: Option<Task>,
}

impl Worker {
    /// Takes the worker out of the world: somebody else does its work, badly.
    pub(crate) fn retire(&mut self) {
        self.up = false;
        self.wake += 1;
        self.life += 1;
    }
}

/// A job in the hands of a worker.
#[derive(Debug)]
pub(crate) struct Task {
    /// Which.
    pub(crate) key: JobKey,
    /// Under which token.
    pub(crate) token: FencingToken,
    pub(crate) lease_until: UtcMicros,
    pub(crate) jumps: u32,
    stage: Stage,
    /// The last read by id, and the instant of its request.
    pub(crate) read: Option<(Snapshot, UtcMicros)>,
    /// What the last look-up found.
    pub(crate) found: Vec<Snapshot>,
    /// The request of the intent that is being prepared.
    pub(crate) payload: Option<Payload>,
    /// What a wrong executor writes later.
    pub(crate) owed: Option<Owed>,
    call: Option<usize>,
    pub(crate) due: Option<UtcMicros>,
}

/// Where a job stands.
#[derive(Debug, Default)]
pub(crate) enum Stage {
    /// Just claimed; `true` when somebody let it fall.
    Begin(bool),
    /// A step of the machine is to be committed.
    Commit(Box<Step>),
    /// Commands are to be executed.
    Do(Box<Intent>, VecDeque<Command>),
    /// An answer is waited for, then the remaining commands are executed.
    Out(Box<Intent>, VecDeque<Command>, Question),
    /// The remote record is being read before an update is planned.
    Fresh(UtcMicros),
    /// A record is being read by its id.
    ById(UtcMicros),
    /// A change here is to be committed; it was planned on this revision.
    Local(Box<Planned>, i64),
    /// A pass over a list.
    Pass(Box<PassTask>),
    /// Nothing.
    #[default]
    Done,
}

/// What is waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Question {
    /// The reply to a write.
    Write,
    /// The answer of a look-up.
    Looked,
    /// A read by id, asked at an instant.
    Read(UtcMicros),
    /// The positive control, by this record.
    Proof(u32),
}

/// What a stage came to.
pub(crate) enum Flow {
    /// Goes on soon.
    Go(Stage),
    /// Goes on when the answer of this call comes.
    Wait(Stage, usize),
    /// Lets go of the job.
    Done(Option<UtcMicros>),
    /// Stops without a word: the job is in other hands.
    Drop,
}

impl Worker {
    /// A worker that is not up yet.
    pub(crate) fn new(number: usize) -> Self {
        Self { name: format!("w{number}"), up: false, life: 0, wake: 0, wakes_at: 0, jumps: 0, task: None }
    }
}

impl World<'_> {
    pub(crate) fn life_of(&self, worker: usize) -> u32 {
        self.workers.get(worker).map_or(0, |worker| worker.life)
    }

    /// A worker starts; what it had is in the database.
    pub(crate) fn revive(&mut self, worker: usize) {
        let jumps = self.jumps;
        let Some(one) = self.workers.get_mut(worker) else { return };
        if !one.up {
            one.up = true;
            one.life += 1;
            one.jumps = jumps;
            one.task = None;
            self.recount();
            self.wake(worker, 0);
        }
    }

    pub(crate) fn kill(&mut self, worker: usize) {
        if let Some(one) = self.workers.get_mut(worker) {
            one.up = false;
            one.life += 1;
            one.task = None;
        }
    }

    fn wake(&mut self, worker: usize, after: i64) {
        let at = self.now + after;
        let Some(one) = self.workers.get_mut(worker) else { return };
        one.wake += 1;
        one.wakes_at = at;
        let wake = one.wake;
        self.at(at, Event::Step(worker, wake));
    }

    /// Idle workers look at the queue when its next job is due.
    pub(crate) fn rouse(&mut self) {
        let Some(due) = self.store.next_due() else { return };
        let at = (due.0 - self.offset).max(self.now);
        for worker in 0..self.workers.len() {
            let one = &self.workers[worker];
            if one.up && one.task.is_none() && (one.wakes_at > at || one.wakes_at < self.now) {
                let wait = at - self.now + self.dice.between(1, 20) * SECOND / 1_000;
                self.wake(worker, wait);
            }
        }
    }

    /// An answer arrives at a worker that still waits for it.
    pub(crate) fn answered(&mut self, call: usize) {
        let Some((worker, life)) = self.calls.get(call).map(|call| (call.worker, call.life)) else { return };
        let waits = self.workers.get(worker).is_some_and(|one| {
            one.life == life && one.task.as_ref().is_some_and(|task| task.call == Some(call))
        });
        if waits {
            self.wake(worker, 0);
        }
    }

    /// One action of a worker.
    pub(crate) fn step(&mut self, worker: usize, wake: u64) {
        let jumps = self.jumps;
        let Some(one) = self.workers.get_mut(worker).filter(|one| one.up && one.wake == wake) else { return };
        let jumped = std::mem::replace(&mut one.jumps, jumps) != jumps;
        let task = one.task.take();
        if jumped {
            self.recount();
        }
        match task {
            None => self.claim(worker),
            Some(task) => self.go_on(worker, task),
        }
    }

    /// A process that starts, or sees its clock jump, has every wait counted anew.
    fn recount(&mut self) {
        let now = self.wall();
        for at in 0..self.store.intents.len() {
            let Some(intent) = self.store.intents.get(at) else { continue };
            let (record, expected) = (intent.record, intent.row.state());
            let step = intent.row.clone().wake(Waking::ClockJumped, now);
            if let Some(persist) = step.to_commit() {
                // Somebody else may have moved the row since: then it counts anew by itself.
                let _ = self.store.update_intent(record, expected, persist.row);
                self.store.schedule(JobKey::Record(record), now);
            }
        }
    }

    fn claim(&mut self, worker: usize) {
        let now = self.wall();
        let name = self.workers[worker].name.clone();
        let Some((key, lease, abandoned)) = self.store.claim(&name, now) else {
            if let Some(due) = self.store.next_due() {
                let wait = (due.0 - now.0).max(0) + self.dice.between(1, 30) * SECOND / 1_000;
                self.wake(worker, wait);
            }
            return;
        };
        self.trace.note(self.now, "claims", worker as u64, key_number(key));
        let task = Task {
            key,
            token: lease.token,
            lease_until: lease.expires_at,
            jumps: self.jumps,
            stage: Stage::Begin(abandoned),
            read: None,
            found: Vec::new(),
            payload: None,
            owed: None,
            call: None,
            due: None,
        };
        self.keep(worker, task);
    }

    fn keep(&mut self, worker: usize, task: Task) {
        let wait = self.dice.between(2, 40) * SECOND / 1_000;
        if let Some(one) = self.workers.get_mut(worker) {
            one.task = Some(task);
        }
        self.wake(worker, wait);
    }

    fn go_on(&mut self, worker: usize, mut task: Task) {
        self.turn_of(100 + key_number(task.key));
        if task.jumps != self.jumps && reads(&task.stage) {
            // What was asked for before the clock was set is not believed; it begins again.
            let now = self.wall();
            self.store.release(task.key, task.token, Some(now));
            return self.wake(worker, SECOND / 100);
        }
        if self.dies_at(worker, boundary(&task)) {
            return self.kill(worker);
        }
        if self.fault(Fault::Paused, 4_000) {
            let nap = self.dice.between(5, 900) * SECOND;
            task.call = None;
            if let Some(one) = self.workers.get_mut(worker) {
                one.task = Some(task);
            }
            return self.wake(worker, nap);
        }
        let now = self.wall();
        if task.lease_until.0 - now.0 < HEARTBEAT_AT
            && let Some(until) = self.store.heartbeat(task.key, task.token, now)
        {
            task.lease_until = until;
        }
        if let Some(owed) = task.owed.take() {
            self.pay(&task, owed);
        }
        let stage = std::mem::take(&mut task.stage);
        match self.act(worker, &mut task, stage) {
            Flow::Go(stage) => {
                task.stage = stage;
                self.keep(worker, task);
            }
            Flow::Wait(stage, call) => {
                (task.stage, task.call) = (stage, Some(call));
                if let Some(one) = self.workers.get_mut(worker) {
                    one.task = Some(task);
                }
            }
            Flow::Done(due) => {
                let due = [due, task.due].into_iter().flatten().min();
                self.store.release(task.key, task.token, due);
                self.trace.note(self.now, "lets go", worker as u64, key_number(task.key));
                self.wake(worker, SECOND / 100);
                self.rouse();
            }
            Flow::Drop => {
                self.trace.note(self.now, "lost its lease", worker as u64, key_number(task.key));
                self.wake(worker, SECOND / 100);
            }
        }
    }

    fn act(&mut self, worker: usize, task: &mut Task, stage: Stage) -> Flow {
        match stage {
            Stage::Begin(abandoned) => self.begin(worker, task, abandoned),
            Stage::Commit(step) => self.commit_step(worker, task, *step),
            Stage::Do(intent, commands) => self.execute(worker, task, *intent, commands),
            Stage::Out(intent, commands, question) => self.hears(task, *intent, commands, question),
            Stage::Fresh(asked) => self.has_read(worker, task, asked, true),
            Stage::ById(asked) => self.has_read(worker, task, asked, false),
            Stage::Local(planned, revision) => self.change_here(worker, task, &planned, revision),
            Stage::Pass(pass) => self.pass(worker, task, pass),
            Stage::Done => Flow::Done(None),
        }
    }

    /// The answer that was waited for.
    pub(crate) fn hear(&mut self, task: &mut Task) -> Heard {
        task.call.take().and_then(|call| self.heard(call)).unwrap_or(Heard::Silence)
    }

    fn begin(&mut self, worker: usize, task: &mut Task, abandoned: bool) -> Flow {
        let record = match task.key {
            JobKey::Record(record) => record,
            JobKey::Take(ext) => return self.take(task, ext),
            JobKey::Look(kind) => return self.begin_pass(kind, false),
            JobKey::Scan(kind) => return self.begin_pass(kind, true),
        };
        match self.store.last_intent(record) {
            Some(last) if !last.row.state().is_over() && self.wiring.one_intent_per_record() => {
                let why = if abandoned { Waking::Abandoned } else { Waking::Due };
                let step = last.row.clone().wake(why, self.wall());
                Flow::Go(Stage::Commit(Box::new(step)))
            }
            _ => self.plan(worker, task, record, None),
        }
    }

    /// Plans a record and begins what was decided.
    pub(crate) fn plan(
        &mut self,
        worker: usize,
        task: &mut Task,
        record: u32,
        fresh: Option<&(Snapshot, i64)>,
    ) -> Flow {
        let seen = fresh.map(|(seen, _)| seen);
        let Some(planned) = decide(&self.store, &self.rules, self.wiring, record, seen) else {
            return Flow::Done(None);
        };
        let action = planned.decision.action;
        self.trace.note(
            self.now,
            planned.decision.row.as_str(),
            u64::from(record),
            planned.ext.map_or(0, u64::from),
        );
        let revision = self.store.record(record).map_or(0, |crm| crm.revision);
        match action {
            Action::CreateRemote => self.prepare_create(task, record),
            Action::UpdateLocal => Flow::Go(Stage::Local(Box::new(planned), revision)),
            Action::Link | Action::Merge | Action::UpdateRemote => match (fresh, planned.ext) {
                (None, Some(_)) if !self.wiring.reads_first() => {
                    let stale = planned.ext.and_then(|ext| self.store.mirror.get(&ext));
                    let Some(seen) = stale.map(|row| row.seen.clone()) else { return Flow::Done(None) };
                    let stale = (seen, self.now);
                    self.plan(worker, task, record, Some(&stale))
                }
                (None, Some(ext)) => {
                    let asked = self.stamp();
                    Flow::Wait(Stage::Fresh(asked), self.ask(worker, Ask::Read(ext)))
                }
                (Some(fresh), _) if action == Action::UpdateRemote => {
                    self.prepare_update(task, record, &planned, fresh)
                }
                _ => Flow::Go(Stage::Local(Box::new(planned), revision)),
            },
            Action::LookById => {
                let Some(ext) = planned.ext else { return Flow::Done(None) };
                let asked = self.stamp();
                Flow::Wait(Stage::ById(asked), self.ask(worker, Ask::Read(ext)))
            }
            Action::Wait(Wait::Naming) => self.bring_customer(record),
            Action::Wait(_) => Flow::Done(Some(self.wall_in(30 * SECOND))),
            Action::Ask(_) => {
                self.show(&planned);
                Flow::Done(None)
            }
            _ => Flow::Done(None),
        }
    }

    /// A missing customer is brought first.
    fn bring_customer(&mut self, record: u32) -> Flow {
        if let Some(customer) = self.store.record(record).and_then(|crm| crm.customer) {
            let now = self.wall();
            self.store.schedule(JobKey::Record(customer), now);
        }
        Flow::Done(Some(self.wall_in(30 * SECOND)))
    }

    /// A person sees both values of what is open.
    fn show(&mut self, planned: &Planned) {
        for open in planned.merge.iter().flat_map(|merge| merge.open.values()) {
            for value in [&open.local, &open.remote] {
                if let Some(value) = crate::model::number_of(value.as_ref()) {
                    self.truth.show(value);
                }
            }
        }
    }

    /// An instant that rises whatever the clocks say.
    pub(crate) fn stamp(&mut self) -> UtcMicros {
        let wall = self.wall();
        self.store.stamp(wall)
    }

    /// A record was read by its id, before an update or because it was missing.
    fn has_read(&mut self, worker: usize, task: &mut Task, asked: UtcMicros, fresh: bool) -> Flow {
        let JobKey::Record(record) = task.key else { return Flow::Done(None) };
        if self.store.fence(task.key, task.token, self.wiring).is_err() {
            return Flow::Drop;
        }
        let Some(ext) = self.store.links.get(&record).map(|link| link.ext).or_else(|| {
            decide(&self.store, &self.rules, self.wiring, record, None).and_then(|planned| planned.ext)
        }) else {
            return Flow::Done(None);
        };
        match self.hear(task) {
            Heard::Record(Some(seen)) => {
                let believed = self.store.mirror(seen.clone(), asked, self.wiring);
                if !believed {
                    return Flow::Done(Some(self.wall_in(SECOND)));
                }
                self.late_writes(record);
                let read = (seen, self.now);
                self.plan(worker, task, record, fresh.then_some(&read))
            }
            Heard::Record(None) => {
                self.mark_gone(ext);
                self.plan(worker, task, record, None)
            }
            _ => Flow::Done(Some(self.wall_in(30 * SECOND))),
        }
    }

    /// What the machine says when it is told something.
    pub(crate) fn tell(&mut self, task: &mut Task, intent: Intent, told: Told) -> Flow {
        let turn = Turn { now: self.wall(), lease_until: task.lease_until };
        match intent.on(told, turn) {
            Ok(step) => Flow::Go(Stage::Commit(Box::new(step))),
            Err(_) => Flow::Done(None),
        }
    }
}

/// Where a worker would die now.
fn boundary(task: &Task) -> Boundary {
    match &task.stage {
        Stage::Begin(_) | Stage::Done => match task.key {
            JobKey::Take(_) => Boundary::BeforeTaken,
            _ => Boundary::Claimed,
        },
        Stage::Commit(step) => match step.to_commit().map(|persist| persist.row.state()) {
            Some(StateName::Prepared) => Boundary::BeforePrepared,
            Some(StateName::Sending) => Boundary::BeforeSending,
            Some(StateName::Unknown | StateName::Settling) => Boundary::BeforeUnknown,
            Some(StateName::Stored) => Boundary::BeforeStored,
            Some(StateName::Confirmed) => Boundary::BeforeConfirmed,
            Some(StateName::Refused) => Boundary::BeforeRefused,
            Some(StateName::NotStored) => Boundary::BeforeNotStored,
            Some(StateName::NeedsPerson) => Boundary::BeforeNeedsPerson,
            None => Boundary::BeforeLookup,
        },
        Stage::Do(..) if leaves_next(&task.stage) => Boundary::BeforeSend,
        Stage::Do(..) => Boundary::BeforeLookup,
        Stage::Out(_, _, Question::Write) => Boundary::Out,
        Stage::Out(..) | Stage::Fresh(_) | Stage::ById(_) => Boundary::Asking,
        Stage::Local(..) => Boundary::BeforeLocal,
        Stage::Pass(pass) => pass.boundary(),
    }
}

/// Whether what was heard meanwhile depends on when it was asked for.
fn reads(stage: &Stage) -> bool {
    match stage {
        Stage::Commit(_) | Stage::Out(_, _, Question::Write) => false,
        other => !leaves_next(other),
    }
}

fn leaves_next(stage: &Stage) -> bool {
    matches!(stage, Stage::Do(_, commands) if matches!(commands.front(), Some(Command::Send(_))))
}

/// A number for a job in traces.
fn key_number(key: JobKey) -> u64 {
    match key {
        JobKey::Record(record) => u64::from(record),
        JobKey::Take(ext) => 1_000_000 + u64::from(ext),
        JobKey::Look(kind) => 2_000_000 + kind as u64,
        JobKey::Scan(kind) => 3_000_000 + kind as u64,
    }
}
