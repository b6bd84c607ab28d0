//! Executing the commands of the machine, one at a time.

use std::collections::VecDeque;

use sync_core::intent::{Command, Event as Told, Intent, Leave, PersonSaid, StateName};
use sync_core::time::UtcMicros;

use crate::calls::Ask;
use crate::counts::Fault;
use crate::model::{SECOND, internal};
use crate::store::JobKey;
use crate::worker::{Flow, Question, Stage, Task};
use crate::world::World;

impl World<'_> {
    /// Executes the next command.
    pub(crate) fn execute(
        &mut self,
        worker: usize,
        task: &mut Task,
        intent: Intent,
        mut commands: VecDeque<Command>,
    ) -> Flow {
        let JobKey::Record(record) = task.key else { return Flow::Done(None) };
        let kind = self.store.record(record).map(|crm| crm.kind);
        match commands.pop_front() {
            None if intent.state().is_over() || task.due.is_some() => Flow::Done(None),
            None if intent.state() == StateName::NeedsPerson => {
                if !self.said_not_stored.remove(&record) {
                    return Flow::Done(None);
                }
                self.tell(task, intent, Told::Person(PersonSaid::NotStored))
            }
            None => self.tell(task, intent, Told::Tick),
            Some(Command::Send(send)) => {
                let now = match (self.wiring.fenced(), task.jumps == self.jumps) {
                    (false, _) => UtcMicros(i64::MIN),
                    (true, true) => self.wall(),
                    (true, false) => UtcMicros(i64::MAX),
                };
                match send.leave(now) {
                    Ok(leave) => self.leaves(worker, record, intent, commands, &leave),
                    Err(told) => self.tell(task, intent, told),
                }
            }
            Some(Command::Lookup(lookup)) => {
                let Some(kind) = kind else { return Flow::Done(None) };
                let queries = self.wiring.queries(&lookup);
                let call = self.ask(worker, Ask::Look(kind, queries));
                Flow::Wait(Stage::Out(Box::new(intent), commands, Question::Looked), call)
            }
            Some(Command::Prove { lookup, id }) => {
                let Some(kind) = kind.filter(|kind| !self.is_proven(*kind)) else {
                    return Flow::Go(Stage::Do(Box::new(intent), commands));
                };
                let queries = self.wiring.queries(&lookup);
                let call = self.ask(worker, Ask::Look(kind, queries));
                Flow::Wait(Stage::Out(Box::new(intent), commands, Question::Proof(internal(&id))), call)
            }
            Some(Command::Read(id)) => {
                let asked = self.stamp();
                let call = self.ask(worker, Ask::Read(internal(&id)));
                Flow::Wait(Stage::Out(Box::new(intent), commands, Question::Read(asked)), call)
            }
            Some(command) => {
                self.note_command(task, &command);
                Flow::Go(Stage::Do(Box::new(intent), commands))
            }
        }
    }

    /// Commands that only say when to come back or what to show.
    fn note_command(&mut self, task: &mut Task, command: &Command) {
        let mut again = |due: UtcMicros| task.due = Some(task.due.map_or(due, |at| at.min(due)));
        match command {
            Command::WaitUntil(at) => again(*at),
            Command::Hold(_) => again(self.wall_in(20 * SECOND)),
            Command::PlanAgain => again(self.wall()),
            _ => {}
        }
    }

    /// The request leaves: its row has to say so already.
    fn leaves(
        &mut self,
        worker: usize,
        record: u32,
        intent: Intent,
        commands: VecDeque<Command>,
        leave: &Leave,
    ) -> Flow {
        let Some(last) = self.store.last_intent(record) else {
            self.truth.violate("a request left before it was written down", u64::from(record), 0);
            return Flow::Done(None);
        };
        let written = last.row.state() == StateName::Sending && last.payload.hash == *leave.payload();
        let body = last.payload.body.clone();
        if !written && self.wiring.commits_first() && self.wiring.one_intent_per_record() {
            self.truth.violate("a request left that is not being sent", u64::from(record), 0);
        }
        let call = self.send_write(worker, record, body);
        Flow::Wait(Stage::Out(Box::new(intent), commands, Question::Write), call)
    }

    /// An answer came, or did not.
    pub(crate) fn hears(
        &mut self,
        task: &mut Task,
        intent: Intent,
        commands: VecDeque<Command>,
        question: Question,
    ) -> Flow {
        let JobKey::Record(record) = task.key else { return Flow::Done(None) };
        let heard = self.hear(task);
        let told = match question {
            Question::Write => self.told_reply(record, &heard),
            Question::Looked => self.told_hits(task, record, heard),
            Question::Read(asked) => self.told_record(task, record, heard, asked),
            Question::Proof(id) => {
                self.prove(record, heard, id);
                return Flow::Go(Stage::Do(Box::new(intent), commands));
            }
        };
        if matches!(question, Question::Write) && self.fault(Fault::DeliveredTwice, 10_000) {
            self.delivered_twice(task, record, told.clone());
        }
        self.tell(task, intent, told)
    }
}
