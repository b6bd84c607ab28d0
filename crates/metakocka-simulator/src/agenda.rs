//! What happens by itself as time passes: writes whose answer was lost and that are stored later,
//! changes that were scripted, people at work.
//!
//! Nothing runs in the background. Whoever looks at the world first brings it up to date
//! ([`World::catch_up`]), in the order of time, each thing with the time at which it was due. So a
//! clock that stands still holds everything still, and a test that moves it knows what has happened.

use crate::api::{Call, Endpoint, Params, Reply};
use crate::company::Moment;
use crate::people::{Action, Deed, Office, PeopleRequest, Step, check_rate};
use crate::quirks::Quirks;
use crate::world::{Refusal, Tenant, World};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, VecDeque};

/// Things that happened by themselves and are still told; older ones are forgotten.
const KEPT_DEEDS: usize = 1_000;

/// Acts of the people of one company that one catching-up makes; a clock that jumps by a year does not
/// make them work through it.
const MAX_ACTS_AT_ONCE: usize = 10_000;

/// Things that may wait for their time.
const MAX_WAITING: usize = 100_000;

/// A call whose answer is lost and that is stored later.
#[derive(Debug)]
pub(crate) struct LateWrite {
    pub(crate) company: String,
    pub(crate) endpoint: Endpoint,
    pub(crate) params: Params,
}

/// Something that is due at a time.
#[derive(Debug)]
pub(crate) enum Task {
    Store(LateWrite),
    /// What a script says, for the company it names.
    Step(String, Box<Step>),
}

/// What is to happen, and what has.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    /// By time; of two at the same time the one that was entered first.
    waiting: BTreeMap<(Timestamp, u64), Task>,
    entered: u64,
    /// The people at work, by company.
    pub(crate) offices: BTreeMap<String, Office>,
    deeds: VecDeque<Deed>,
}

impl Agenda {
    pub(crate) fn enter(&mut self, at: Timestamp, task: Task) -> Result<(), Refusal> {
        if self.waiting.len() >= MAX_WAITING {
            return Err(Refusal(format!("{MAX_WAITING} things are waiting for their time already")));
        }
        self.entered += 1;
        self.waiting.insert((at, self.entered), task);
        Ok(())
    }

    /// Takes back what scripts have entered; lost answers stay lost.
    pub(crate) fn drop_scripts(&mut self) {
        self.waiting.retain(|_, task| matches!(task, Task::Store(_)));
    }

    /// Forgets the late writes of a company that another has replaced.
    pub(crate) fn drop_late_writes(&mut self, company: &str) {
        self.waiting.retain(|_, task| !matches!(task, Task::Store(write) if write.company == company));
    }

    /// What happened by itself, oldest first.
    pub(crate) fn deeds(&self) -> impl Iterator<Item = &Deed> {
        self.deeds.iter()
    }

    /// Who is at work, how much waits, what happened by itself (oldest first).
    pub(crate) fn shown(&self) -> Result<Value, Refusal> {
        let office = |(company, office): (&String, &Office)| {
            json!({
                "company": company, "seed": office.seed, "rate": office.rate, "only": office.only,
                "acts": office.acts(), "next": office.next,
            })
        };
        let offices: Vec<Value> = self.offices.iter().map(office).collect();
        let deeds = serde_json::to_value(&self.deeds).map_err(|e| Refusal(e.to_string()))?;
        Ok(json!({"people": offices, "waiting": self.waiting.len(), "deeds": deeds}))
    }

    pub(crate) fn note(&mut self, deed: Deed) {
        if self.deeds.len() >= KEPT_DEEDS {
            self.deeds.pop_front();
        }
        self.deeds.push_back(deed);
    }

    /// The next thing that waits, if it is due at `now`.
    fn next_task(&self, now: Timestamp) -> Option<Timestamp> {
        self.waiting.first_key_value().map(|((at, _), _)| *at).filter(|at| *at <= now)
    }

    /// The next act of people that is due at `now`.
    fn next_act(&self, now: Timestamp) -> Option<(Timestamp, &str)> {
        let acts = self.offices.iter().filter_map(|(company, office)| Some((office.next?, company.as_str())));
        acts.filter(|(at, _)| *at <= now).min()
    }
}

/// The agenda in a file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SavedAgenda {
    waiting: Vec<SavedTask>,
    people: Vec<SavedOffice>,
    deeds: VecDeque<Deed>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SavedTask {
    at: Timestamp,
    company: String,
    what: SavedWhat,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum SavedWhat {
    Store { endpoint: String, body: Map<String, Value> },
    Step(Box<Step>),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SavedOffice {
    company: String,
    seed: u64,
    rate: f64,
    only: Vec<Action>,
    acts: u64,
    next: Option<Timestamp>,
    /// A number of 128 bits, which JSON has none for.
    position: String,
}

impl Agenda {
    pub(crate) fn saved(&self) -> SavedAgenda {
        let task = |((at, _), task): (&(Timestamp, u64), &Task)| {
            let (company, what) = match task {
                Task::Store(write) => {
                    let mut body = write.params.body().clone();
                    // The call was let in already; its key need not lie in one more place.
                    body.remove("secret_key");
                    let endpoint = write.endpoint.name().to_owned();
                    (write.company.clone(), SavedWhat::Store { endpoint, body })
                }
                Task::Step(company, step) => (company.clone(), SavedWhat::Step(step.clone())),
            };
            SavedTask { at: *at, company, what }
        };
        let office = |(company, office): (&String, &Office)| SavedOffice {
            company: company.clone(),
            seed: office.seed,
            rate: office.rate,
            only: office.only.clone(),
            acts: office.acts(),
            next: office.next,
            position: office.position().to_string(),
        };
        SavedAgenda {
            waiting: self.waiting.iter().map(task).collect(),
            people: self.offices.iter().map(office).collect(),
            deeds: self.deeds.clone(),
        }
    }

    pub(crate) fn restored(saved: SavedAgenda, quirks: Quirks) -> Result<Self, Refusal> {
        let mut agenda = Self { deeds: saved.deeds, ..Self::default() };
        for SavedTask { at, company, what } in saved.waiting {
            let task = match what {
                SavedWhat::Step(step) => Task::Step(company, step),
                SavedWhat::Store { endpoint, body } => {
                    let endpoint = Endpoint::of_name(&endpoint)
                        .ok_or_else(|| Refusal(format!("there is no endpoint {endpoint}")))?;
                    Task::Store(LateWrite { company, endpoint, params: Params::new(body, quirks) })
                }
            };
            agenda.enter(at, task)?;
        }
        for saved in saved.people {
            check_rate(saved.rate)?;
            let position =
                saved.position.parse().map_err(|_| Refusal("a position is no number".to_owned()))?;
            // The time of the next act is set by what was saved.
            let mut office = Office::new(saved.seed, saved.rate, saved.only, Timestamp::UNIX_EPOCH);
            office.resume(position, saved.acts, saved.next);
            agenda.offices.insert(saved.company, office);
        }
        Ok(agenda)
    }
}

impl World {
    /// Lets everything happen that is due.
    pub(crate) fn catch_up(&self) {
        let mut agenda = self.agenda();
        // Read only now: a state that is loaded meanwhile brings its own clock.
        let now = self.clock.now();
        let mut acts = 0;
        loop {
            let act = agenda.next_act(now).map(|(at, company)| (at, company.to_owned()));
            match (agenda.next_task(now), act) {
                (Some(at), act) if act.as_ref().is_none_or(|(act_at, _)| at <= *act_at) => {
                    if let Some((_, task)) = agenda.waiting.pop_first() {
                        let deed = self.perform(at, task);
                        agenda.note(deed);
                    }
                }
                (_, Some((at, company))) => {
                    acts += 1;
                    self.let_act(&mut agenda, at, &company);
                    if acts == MAX_ACTS_AT_ONCE {
                        agenda.offices.values_mut().for_each(|office| office.rest_until(now));
                    }
                }
                _ => return,
            }
        }
    }

    /// One act of the people of a company.
    fn let_act(&self, agenda: &mut Agenda, at: Timestamp, company: &str) {
        let Some(office) = agenda.offices.get_mut(company) else { return };
        let Some(tenant) = self.find_tenant(company) else {
            // The company was taken away; its people go too.
            agenda.offices.remove(company);
            return;
        };
        let bump = self.settings().payments_bump_last_change;
        let deed = office.act(&mut tenant.data(), company, Moment::new(at), bump);
        office.go_on(at);
        agenda.note(deed);
    }

    fn perform(&self, at: Timestamp, task: Task) -> Deed {
        match task {
            Task::Store(write) => self.store_now(at, &write),
            Task::Step(company, step) => {
                let bump = self.settings().payments_bump_last_change;
                match self.find_tenant(&company) {
                    Some(tenant) => step.perform(&mut tenant.data(), &company, Moment::new(at), bump),
                    None => Deed::refused(at, &company, "scripted", "the company is gone"),
                }
            }
        }
    }

    fn store_now(&self, at: Timestamp, write: &LateWrite) -> Deed {
        let action = format!("late {}", write.endpoint.name());
        let Some(tenant) = self.find_tenant(&write.company) else {
            return Deed::refused(at, &write.company, &action, "the company is gone");
        };
        let settings = self.settings();
        let (quirks, company_id, now) = (self.quirks, tenant.company_id(), Moment::new(at));
        let call = Call { settings: &settings, quirks, company_id, now, time_ms: 0 };
        match write.endpoint.answer(&mut tenant.data(), &write.params, call) {
            Ok(_) => Deed::done(at, company_id, &action),
            Err(error) => {
                let answer = Reply::Json(error.body(0, quirks));
                let code = answer.opr_code().unwrap_or_default();
                Deed::refused(at, company_id, &action, &format!("opr_code {code}"))
            }
        }
    }

    /// Stores what a call writes `ms` milliseconds from now, unless its company has been replaced.
    pub(crate) fn store_later(&self, ms: u64, tenant: &Tenant, write: LateWrite) {
        let mut agenda = self.agenda();
        if tenant.is_closed() {
            return;
        }
        let delay = SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX));
        let at = self.clock.now().checked_add(delay).unwrap_or(Timestamp::MAX);
        if let Err(refusal) = agenda.enter(at, Task::Store(write)) {
            tracing::warn!(%refusal, "a delayed write is lost");
        }
    }

    /// Sets people to work; gives what they have done at once.
    pub(crate) fn set_people(&self, request: &PeopleRequest) -> Result<Vec<Deed>, Refusal> {
        request.check()?;
        let tenant = self.tenant_or_only(request.company.as_deref())?;
        let (company, now) = (tenant.company_id(), self.now());
        let mut agenda = self.agenda();
        for step in &request.script {
            agenda.enter(step.due(now.at), Task::Step(company.to_owned(), Box::new(step.clone())))?;
        }
        let office = || Office::new(request.seed, request.rate.unwrap_or(0.0), request.only.clone(), now.at);
        let mut at_once = office();
        let bump = self.settings().payments_bump_last_change;
        let acts = 0..request.acts;
        let deeds: Vec<Deed> = acts.map(|_| at_once.act(&mut tenant.data(), company, now, bump)).collect();
        for deed in &deeds {
            agenda.note(deed.clone());
        }
        match request.rate {
            None => {}
            Some(rate) if rate > 0.0 => {
                agenda.offices.insert(company.to_owned(), office());
            }
            Some(_) => {
                agenda.offices.remove(company);
            }
        }
        drop(agenda);
        // Steps without a delay are due now.
        self.catch_up();
        Ok(deeds)
    }
}
