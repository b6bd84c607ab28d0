//! Everything one running simulator holds: companies, settings, faults, the log of requests.
//! Hands out access; decides nothing about Metakocka's answers.

use crate::clock::Clock;
use crate::company::{Company, Registers, Seed};
use crate::faults::Faults;
use crate::quirks::{Quirk, Quirks};
use crate::request_log::RequestLog;
use crate::settings::{Quota, Settings};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use tokio::sync::Semaphore;

/// More documents than this take longer to seed than a test should wait.
pub(crate) const MAX_DOCUMENTS: usize = 200_000;

/// A company to add.
#[derive(Debug, Clone, Deserialize)]
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

    fn seed(&self, today: Date, quirks: Quirks) -> Seed {
        Seed {
            number: self.seed,
            documents: self.documents,
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
    calls: Mutex<VecDeque<Timestamp>>,
    searches: Mutex<(usize, Arc<Semaphore>)>,
}

impl Tenant {
    fn new(spec: CompanySpec, today: Date, quirks: Quirks) -> Self {
        let mut company =
            if spec.sample { Company::sample() } else { Company::seeded(spec.seed(today, quirks)) };
        if let Some(registers) = &spec.registers {
            company.registers.clone_from(registers);
        }
        let data = Mutex::new(company);
        Self { spec, data, calls: Mutex::default(), searches: Mutex::new((1, Arc::new(Semaphore::new(1)))) }
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

    /// The gate searches queue at; as wide as the setting says.
    pub(crate) fn search_gate(&self, parallelism: usize) -> Arc<Semaphore> {
        let mut gate = self.searches.lock().unwrap_or_else(PoisonError::into_inner);
        if gate.0 != parallelism {
            *gate = (parallelism, Arc::new(Semaphore::new(parallelism)));
        }
        Arc::clone(&gate.1)
    }

    /// Counts a call; false when the quota of the period is used up.
    pub(crate) fn within_quota(&self, quota: Quota, now: Timestamp) -> bool {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = |at: &Timestamp| now.as_millisecond() - at.as_millisecond();
        while calls.front().is_some_and(|at| elapsed(at) >= i64::try_from(quota.per_ms).unwrap_or(i64::MAX)) {
            calls.pop_front();
        }
        let free = calls.len() < quota.calls;
        if free {
            calls.push_back(now);
        }
        free
    }
}

/// The whole simulator.
pub(crate) struct World {
    tenants: RwLock<BTreeMap<String, Arc<Tenant>>>,
    settings: RwLock<Arc<Settings>>,
    faults: Mutex<Faults>,
    log: Mutex<RequestLog>,
    pub(crate) clock: Clock,
    pub(crate) quirks: Quirks,
}

impl World {
    pub(crate) fn new(clock: Clock, quirks: Quirks) -> Self {
        Self {
            tenants: RwLock::default(),
            settings: RwLock::default(),
            faults: Mutex::default(),
            log: Mutex::default(),
            clock,
            quirks,
        }
    }

    pub(crate) fn today(&self) -> Date {
        crate::company::Moment::new(self.clock.now()).wall.date()
    }

    /// Adds a company, or replaces the one with this id.
    pub(crate) fn add_company(&self, spec: CompanySpec) -> Result<(), Refusal> {
        if spec.documents > MAX_DOCUMENTS {
            return Err(Refusal(format!("documents is {}, the most is {MAX_DOCUMENTS}", spec.documents)));
        }
        if spec.company_id.trim().is_empty() || spec.secret_key.trim().is_empty() {
            return Err(Refusal("companyId and secretKey must not be empty".to_owned()));
        }
        let tenant = Tenant::new(spec, self.today(), self.quirks);
        let id = tenant.spec.company_id.clone();
        self.tenants.write().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::new(tenant));
        Ok(())
    }

    pub(crate) fn tenant(&self, company_id: &str) -> Option<Arc<Tenant>> {
        self.tenants.read().unwrap_or_else(PoisonError::into_inner).get(company_id).cloned()
    }

    /// The named company; without a name the only one.
    pub(crate) fn tenant_or_only(&self, company_id: Option<&str>) -> Result<Arc<Tenant>, Refusal> {
        let tenants = self.tenants.read().unwrap_or_else(PoisonError::into_inner);
        match company_id {
            Some(id) => tenants.get(id).cloned().ok_or_else(|| Refusal(format!("there is no company {id}"))),
            None if tenants.len() == 1 => {
                tenants.values().next().cloned().ok_or_else(|| Refusal("there is no company".to_owned()))
            }
            None => Err(Refusal(format!("name the company: there are {}", tenants.len()))),
        }
    }

    pub(crate) fn company_ids(&self) -> Vec<String> {
        self.tenants.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// Every company as it was seeded; no faults, default settings, empty log. The clock stays.
    pub(crate) fn reset(&self) {
        let today = self.today();
        for tenant in self.tenants.write().unwrap_or_else(PoisonError::into_inner).values_mut() {
            *tenant = Arc::new(Tenant::new(tenant.spec.clone(), today, self.quirks));
        }
        *self.faults() = Faults::default();
        *self.log() = RequestLog::default();
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

    pub(crate) fn log(&self) -> MutexGuard<'_, RequestLog> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why the control side does not do what it was asked: one sentence, nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);
