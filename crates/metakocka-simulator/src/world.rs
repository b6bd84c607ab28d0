//! Everything one running simulator holds: companies, settings, faults, the log of requests.
//! Hands out access; decides nothing about Metakocka's answers.

use crate::agenda::Agenda;
use crate::clock::{Clock, Hand};
use crate::company::{Company, Moment, Registers, Seed};
use crate::control::ControlToken;
use crate::faults::Faults;
use crate::latency::Latencies;
use crate::quirks::{Quirk, Quirks};
use crate::quota::{CallWindow, Quota};
use crate::request_log::RequestLog;
use crate::saved::StateFolder;
use crate::settings::Settings;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockWriteGuard};
use tokio::sync::Semaphore;

/// More documents than this take longer to seed than a test should wait.
pub(crate) const MAX_DOCUMENTS: usize = 200_000;

/// More partners than this, or more products, no test has asked for.
const MAX_RECORDS: usize = 200_000;

/// A company to add.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CompanySpec {
    /// `company_id` of its API calls.
    #[serde(deserialize_with = "crate::settings::text_or_number")]
    pub company_id: String,
    /// `secret_key` of its API calls.
    pub secret_key: String,
    /// Same seed, counts and day: same bytes.
    #[serde(default)]
    pub seed: u64,
    /// How many documents, at most 200,000.
    #[serde(default = "default_documents")]
    pub documents: usize,
    /// How many partners, at most 200,000; left out, or when there are fewer than the documents need, as
    /// many as fit the documents.
    #[serde(default)]
    pub partners: Option<usize>,
    /// How many goods and services, at most 200,000; left out, as many as fit the documents.
    #[serde(default)]
    pub products: Option<usize>,
    /// The day after the newest document; the clock's day when left out.
    #[serde(default)]
    pub today: Option<Date>,
    /// Whether every document type counts its ids alone, so that ids of two types collide.
    #[serde(default)]
    pub colliding_ids: bool,
    /// How many documents are made unreadable.
    #[serde(default)]
    pub malformed: usize,
    /// Code lists of its own; those of every simulated company when left out.
    #[serde(default)]
    pub registers: Option<Registers>,
    /// The company of the worked exchanges instead of one from the seed.
    #[serde(default)]
    pub sample: bool,
}

const fn default_documents() -> usize {
    2_000
}

impl CompanySpec {
    /// A company with `documents` documents from `seed`.
    #[must_use]
    pub fn new(company_id: &str, secret_key: &str, seed: u64, documents: usize) -> Self {
        Self {
            company_id: company_id.to_owned(),
            secret_key: secret_key.to_owned(),
            seed,
            documents,
            partners: None,
            products: None,
            today: None,
            colliding_ids: false,
            malformed: 0,
            registers: None,
            sample: false,
        }
    }

    /// The company of the worked exchanges of `metakocka-api.md` §10, before the first of them.
    #[must_use]
    pub fn sample(company_id: &str, secret_key: &str) -> Self {
        Self { sample: true, ..Self::new(company_id, secret_key, 0, 0) }
    }

    /// Whether a company can be made from it.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        if self.documents > MAX_DOCUMENTS {
            return Err(Refusal(format!("documents is {}, the most is {MAX_DOCUMENTS}", self.documents)));
        }
        for (name, count) in [("partners", self.partners), ("products", self.products)] {
            if let Some(count) = count.filter(|count| *count > MAX_RECORDS) {
                return Err(Refusal(format!("{name} is {count}, the most is {MAX_RECORDS}")));
            }
        }
        if self.company_id.trim().is_empty() || self.secret_key.trim().is_empty() {
            return Err(Refusal("companyId and secretKey must not be empty".to_owned()));
        }
        Ok(())
    }

    fn seed(&self, today: Date, quirks: Quirks) -> Seed {
        Seed {
            number: self.seed,
            documents: self.documents,
            partners: self.partners,
            products: self.products,
            today: self.today.unwrap_or(today),
            colliding_ids: self.colliding_ids && quirks.hold(Quirk::CollidingIds),
            malformed: self.malformed,
        }
    }
}

/// One company with what guards its calls.
pub(crate) struct Tenant {
    spec: CompanySpec,
    data: Mutex<Company>,
    /// Whether another company, or a new one of the same seed, has taken its place.
    closed: AtomicBool,
    calls: Mutex<CallWindow>,
    /// A gate for each lock group, as wide as the setting says.
    searches: Mutex<BTreeMap<(usize, usize), Arc<Semaphore>>>,
}

impl Tenant {
    fn new(spec: CompanySpec, today: Date, quirks: Quirks) -> Self {
        let mut company =
            if spec.sample { Company::sample() } else { Company::seeded(spec.seed(today, quirks)) };
        if let Some(registers) = &spec.registers {
            company.registers.clone_from(registers);
        }
        Self::with(spec, company)
    }

    /// A company that was seeded from `spec` and is `data` by now.
    pub(crate) fn with(spec: CompanySpec, data: Company) -> Self {
        Self {
            spec,
            data: Mutex::new(data),
            closed: AtomicBool::new(false),
            calls: Mutex::default(),
            searches: Mutex::default(),
        }
    }

    /// Lets no call do anything in it any more; waits for the one that is at it.
    fn close(&self) {
        let data = self.data();
        self.closed.store(true, Ordering::Release);
        drop(data);
    }

    /// Whether another has taken its place. Who holds its data and finds it open may work to the end.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// What it was seeded from.
    pub(crate) fn spec(&self) -> &CompanySpec {
        &self.spec
    }

    pub(crate) fn company_id(&self) -> &str {
        &self.spec.company_id
    }

    pub(crate) fn accepts(&self, secret_key: &str) -> bool {
        self.spec.secret_key == secret_key
    }

    /// Readers and writers hold this only while they render or edit, never across a delay.
    pub(crate) fn data(&self) -> MutexGuard<'_, Company> {
        self.data.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The gate at which searches of a lock group queue; groups that the server does not have are the
    /// common one (§1.6).
    pub(crate) fn search_gate(&self, settings: &Settings, group: usize) -> Arc<Semaphore> {
        let group = if group <= settings.search_lock_groups { group } else { 0 };
        let width = settings.search_parallelism;
        let mut gates = self.searches.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(gates.entry((group, width)).or_insert_with(|| Arc::new(Semaphore::new(width))))
    }

    /// Counts a call; false when the quota of the period is used up.
    pub(crate) fn within_quota(&self, quota: Quota, now: Timestamp) -> bool {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).admits(quota, now)
    }
}

/// The whole simulator.
pub(crate) struct World {
    tenants: RwLock<BTreeMap<String, Arc<Tenant>>>,
    settings: RwLock<Arc<Settings>>,
    faults: Mutex<Faults>,
    log: Mutex<RequestLog>,
    latencies: Mutex<Latencies>,
    agenda: Mutex<Agenda>,
    keys: Mutex<BTreeSet<String>>,
    saving: Mutex<()>,
    pub(crate) clock: Clock,
    pub(crate) quirks: Quirks,
    /// What opens the control side; none where loopback does.
    pub(crate) control_token: Option<ControlToken>,
    /// Where the control side saves and loads; none where it may not.
    pub(crate) states: Option<StateFolder>,
}

/// A state to be put in place of the one there is.
pub(crate) struct TakenUp {
    pub(crate) tenants: BTreeMap<String, Arc<Tenant>>,
    pub(crate) settings: Settings,
    pub(crate) faults: Faults,
    pub(crate) agenda: Agenda,
    pub(crate) clock: Hand,
}

/// Who may use the control side, and where it may write.
pub(crate) struct ControlOptions {
    pub(crate) token: Option<ControlToken>,
    pub(crate) states: Option<StateFolder>,
}

impl World {
    pub(crate) fn new(clock: Clock, quirks: Quirks, control: ControlOptions) -> Self {
        Self {
            tenants: RwLock::default(),
            settings: RwLock::default(),
            faults: Mutex::default(),
            log: Mutex::default(),
            latencies: Mutex::default(),
            agenda: Mutex::default(),
            keys: Mutex::default(),
            saving: Mutex::default(),
            clock,
            quirks,
            control_token: control.token,
            states: control.states,
        }
    }

    /// The time in Metakocka.
    pub(crate) fn now(&self) -> Moment {
        Moment::new(self.clock.now())
    }

    pub(crate) fn today(&self) -> Date {
        self.now().wall.date()
    }

    /// Adds a company, or replaces the one with this id.
    pub(crate) fn add_company(&self, spec: CompanySpec) -> Result<(), Refusal> {
        spec.check()?;
        let tenant = Tenant::new(spec, self.today(), self.quirks);
        let id = tenant.spec.company_id.clone();
        self.keys().insert(tenant.spec.secret_key.clone());
        let mut agenda = self.agenda();
        if let Some(replaced) = self.find_tenant(&id) {
            replaced.close();
            agenda.drop_late_writes(&id);
        }
        self.tenants_mut().insert(id, Arc::new(tenant));
        Ok(())
    }

    fn tenants_mut(&self) -> RwLockWriteGuard<'_, BTreeMap<String, Arc<Tenant>>> {
        self.tenants.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The company with this id as it was left; who reads it catches up first.
    pub(crate) fn find_tenant(&self, company_id: &str) -> Option<Arc<Tenant>> {
        self.tenants.read().unwrap_or_else(PoisonError::into_inner).get(company_id).cloned()
    }

    /// The named company, up to date; without a name the only one.
    pub(crate) fn tenant_or_only(&self, company_id: Option<&str>) -> Result<Arc<Tenant>, Refusal> {
        self.catch_up();
        let tenants = self.tenants.read().unwrap_or_else(PoisonError::into_inner);
        match company_id {
            Some(id) => tenants.get(id).cloned().ok_or_else(|| Refusal(format!("there is no company {id}"))),
            None if tenants.len() == 1 => {
                tenants.values().next().cloned().ok_or_else(|| Refusal("there is no company".to_owned()))
            }
            None => Err(Refusal(format!("name the company: there are {}", tenants.len()))),
        }
    }

    /// Every company, by id.
    pub(crate) fn all_tenants(&self) -> Vec<Arc<Tenant>> {
        self.tenants.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Puts a saved state in place of this one.
    pub(crate) fn take_up(&self, state: TakenUp) {
        // Until it is let go nothing can become due, by the old clock or the new one.
        let mut agenda = self.agenda();
        self.all_tenants().iter().for_each(|tenant| tenant.close());
        *agenda = state.agenda;
        self.clock.restore(state.clock);
        self.keys().extend(state.tenants.values().map(|tenant| tenant.spec.secret_key.clone()));
        *self.tenants_mut() = state.tenants;
        *self.faults() = state.faults;
        *self.latencies() = Latencies::default();
        self.log().clear();
        self.set_settings(state.settings);
    }

    /// The key of every company there is or was, to be kept out of sight: who has not heard of a new one
    /// sends the old one.
    pub(crate) fn secret_keys(&self) -> Vec<String> {
        self.keys().iter().cloned().collect()
    }

    fn keys(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn company_ids(&self) -> Vec<String> {
        self.tenants.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// Every company as it was seeded; no faults, default settings, empty log, nobody at work. The clock
    /// stays.
    pub(crate) fn reset(&self) {
        let mut agenda = self.agenda();
        *agenda = Agenda::default();
        *self.latencies() = Latencies::default();
        let today = self.today();
        for tenant in self.all_tenants() {
            tenant.close();
            let seeded = Tenant::new(tenant.spec.clone(), today, self.quirks);
            self.tenants_mut().insert(seeded.spec.company_id.clone(), Arc::new(seeded));
        }
        *self.faults() = Faults::default();
        self.log().clear();
        self.set_settings(Settings::default());
    }

    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set_settings(&self, settings: Settings) {
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn latencies(&self) -> MutexGuard<'_, Latencies> {
        self.latencies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who holds this may take the companies and the data of one; never the other way round.
    pub(crate) fn agenda(&self) -> MutexGuard<'_, Agenda> {
        self.agenda.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Held by the one that saves.
    pub(crate) fn saving(&self) -> MutexGuard<'_, ()> {
        self.saving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, RequestLog> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why the control side does not do what it was asked: one sentence, nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);
