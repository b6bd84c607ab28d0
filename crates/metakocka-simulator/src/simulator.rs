//! A running simulator: starts on a port of its own, is driven from Rust, stops when dropped.

use crate::clock::Clock;
use crate::company::{Malformation, Moment};
use crate::connection::{CuttableListener, Cutter};
use crate::control::{
    self, ControlToken, CreateRequest, EditRequest, MalformRequest, RecordRef, TruthDocument, TruthPartner,
    TruthProduct,
};
use crate::faults::FaultRule;
use crate::people::{Deed, PeopleRequest};
use crate::quirks::Quirks;
use crate::request_log::LoggedRequest;
use crate::saved::{StateError, StateFolder};
use crate::settings::Settings;
use crate::world::{CompanySpec, ControlOptions, Refusal, World};
use crate::{DocType, MkId, page, rest};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A call that a fault delays for longer is cut: who stops the simulator does not wait for it.
const STOP_GRACE: Duration = Duration::from_secs(2);

/// How a simulator starts.
#[derive(Debug, Clone)]
pub struct SimulatorOptions {
    /// Address to listen on; port 0 takes a free one. Another than loopback needs a token.
    pub listen: SocketAddr,
    /// What time it is there.
    pub clock: Clock,
    /// Companies from the start; more can be added later.
    pub companies: Vec<CompanySpec>,
    /// What opens `/_sim/`; on loopback it may be left out.
    pub control_token: Option<ControlToken>,
    /// Folder of the states that `/_sim/save` and `/_sim/load` name; none: they are refused.
    pub state_folder: Option<PathBuf>,
}

impl Default for SimulatorOptions {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            clock: Clock::real(),
            companies: Vec::new(),
            control_token: None,
            state_folder: None,
        }
    }
}

/// Why a simulator does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// `/_sim/` has no sign-in, so from outside it is reachable with a token only.
    #[error("the simulator listens on {0} only with a control token; set one or choose 127.0.0.1")]
    NotLoopback(SocketAddr),
    /// Usually the port is taken.
    #[error("the simulator cannot listen on {address}; choose another port")]
    Listen {
        /// Where it was to listen.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A company of the options makes no sense.
    #[error("a company cannot be added: {0}")]
    Company(#[from] Refusal),
}

/// The simulated Metakocka.
#[derive(Debug)]
pub struct Simulator;

impl Simulator {
    /// Starts a simulator on the current tokio runtime.
    pub async fn start(options: SimulatorOptions) -> Result<RunningSimulator, StartError> {
        start(options, Quirks::default(), |_| Ok(())).await
    }

    /// Starts a simulator that lacks some quirks, to show that a test notices.
    #[cfg(feature = "quirk-switches")]
    pub async fn start_with(
        options: SimulatorOptions,
        quirks: Quirks,
    ) -> Result<RunningSimulator, StartError> {
        start(options, quirks, |_| Ok(())).await
    }
}

/// Starts a simulator that listens only when `prepare` has made it what it is to be: nobody meets it half
/// done.
pub(crate) async fn start<E: From<StartError>>(
    options: SimulatorOptions,
    quirks: Quirks,
    prepare: impl FnOnce(&World) -> Result<(), E>,
) -> Result<RunningSimulator, E> {
    let address = options.listen;
    if !address.ip().is_loopback() && options.control_token.is_none() {
        return Err(StartError::NotLoopback(address).into());
    }
    let states = options.state_folder.map(StateFolder::new);
    let control = ControlOptions { token: options.control_token, states };
    let world = Arc::new(World::new(options.clock, quirks, control));
    for company in options.companies {
        world.add_company(company).map_err(StartError::Company)?;
    }
    prepare(&world)?;
    let listen_error = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(listen_error)?;
    let address = listener.local_addr().map_err(listen_error)?;
    let (stop, stopped) = watch::channel(false);
    let task = tokio::spawn(serve(listener, Arc::clone(&world), stopped));
    Ok(RunningSimulator { address, world, stop, task: Some(task) })
}

async fn serve(listener: TcpListener, world: Arc<World>, mut stopped: watch::Receiver<bool>) {
    let app = axum::Router::new()
        .merge(page::router())
        .nest("/_sim", control::router(Arc::clone(&world)))
        .fallback(rest::handle)
        .with_state(world)
        .into_make_service_with_connect_info::<Cutter>();
    let stop = async move {
        // An error means that the handle is gone, which stops the simulator too.
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    let served = axum::serve(CuttableListener(listener), app).with_graceful_shutdown(stop).await;
    if let Err(error) = served {
        tracing::error!(%error, "the simulator stopped serving");
    }
}

/// A simulator that serves until it is stopped or dropped.
pub struct RunningSimulator {
    address: SocketAddr,
    world: Arc<World>,
    stop: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

impl RunningSimulator {
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The clock, to be moved. What is due happens when somebody looks: a clock that is moved on and back
    /// with nothing in between has let nothing happen.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.world.clock
    }

    /// Adds a company, or replaces the one with this id.
    pub fn add_company(&self, spec: CompanySpec) -> Result<(), Refusal> {
        self.world.add_company(spec)
    }

    /// The id of every company and how many documents it holds.
    #[must_use]
    pub fn companies(&self) -> Vec<(String, usize)> {
        self.world.catch_up();
        let tenants = self.world.all_tenants();
        tenants.iter().map(|t| (t.company_id().to_owned(), t.data().all_documents().count())).collect()
    }

    /// Every company as it was seeded; no faults, default settings, empty log.
    pub fn reset(&self) {
        self.world.reset();
    }

    /// Arms a fault; refused when it makes no sense, as when it names an endpoint that does not exist.
    pub fn add_fault(&self, rule: FaultRule) -> Result<(), Refusal> {
        let rule = rule.checked()?;
        self.world.faults().add(rule);
        Ok(())
    }

    /// Disarms all faults.
    pub fn clear_faults(&self) {
        self.world.faults().clear();
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> Settings {
        (*self.world.settings()).clone()
    }

    /// Replaces the settings; refused when one makes no sense.
    pub fn set_settings(&self, settings: Settings) -> Result<(), Refusal> {
        self.world.set_settings(settings.check()?);
        Ok(())
    }

    /// Calls per endpoint since the log was cleared.
    #[must_use]
    pub fn request_counts(&self) -> BTreeMap<String, u64> {
        self.world.log().counts()
    }

    /// The newest `limit` calls, oldest first.
    #[must_use]
    pub fn requests(&self, limit: usize) -> Vec<LoggedRequest> {
        self.world.log().newest(limit)
    }

    /// Empties the log and its counts.
    pub fn clear_requests(&self) {
        self.world.log().clear();
    }

    /// Every document of a company, by type and id.
    pub fn documents(&self, company: &str) -> Result<Vec<TruthDocument>, Refusal> {
        let tenant = self.world.tenant_or_only(Some(company))?;
        let company = tenant.data();
        Ok(company.all_documents().map(|document| company.truth_of(document)).collect())
    }

    /// One document of a company.
    pub fn document(&self, company: &str, doc_type: DocType, id: &str) -> Result<TruthDocument, Refusal> {
        let tenant = self.world.tenant_or_only(Some(company))?;
        let company = tenant.data();
        let document = id.parse().ok().and_then(|number| company.document(doc_type, MkId(number)));
        let missing = || Refusal(format!("there is no {} {id}", doc_type.name()));
        document.map(|document| company.truth_of(document)).ok_or_else(missing)
    }

    /// Every partner of a company, by id.
    pub fn partners(&self, company: &str) -> Result<Vec<TruthPartner>, Refusal> {
        let tenant = self.world.tenant_or_only(Some(company))?;
        Ok(tenant.data().partners.iter().map(control::truth_of_partner).collect())
    }

    /// Every product of a company, by id.
    pub fn products(&self, company: &str) -> Result<Vec<TruthProduct>, Refusal> {
        let tenant = self.world.tenant_or_only(Some(company))?;
        Ok(tenant.data().products.iter().map(control::truth_of_product).collect())
    }

    /// Changes a record as a person in Metakocka would.
    pub fn edit(&self, request: &EditRequest) -> Result<(), Refusal> {
        let tenant = self.world.tenant_or_only(request.company.as_deref())?;
        let payments_bump = self.world.settings().payments_bump_last_change;
        control::edit(&mut tenant.data(), request, self.now(), payments_bump)
    }

    /// Makes a record as a person in Metakocka would.
    pub fn create(&self, request: &CreateRequest) -> Result<MkId, Refusal> {
        let tenant = self.world.tenant_or_only(request.company.as_deref())?;
        control::create(&mut tenant.data(), request, self.now())
    }

    /// Deletes a record as a person in Metakocka would.
    pub fn delete(&self, record: &RecordRef) -> Result<(), Refusal> {
        let tenant = self.world.tenant_or_only(record.company.as_deref())?;
        control::delete(&mut tenant.data(), record)
    }

    /// Makes a document unreadable; `None` mends it.
    pub fn malform(
        &self,
        company: &str,
        doc_type: DocType,
        id: &str,
        malformation: Option<Malformation>,
    ) -> Result<(), Refusal> {
        let tenant = self.world.tenant_or_only(Some(company))?;
        let request =
            MalformRequest { company: Some(company.to_owned()), doc_type, id: id.to_owned(), malformation };
        control::malform(&mut tenant.data(), &request)
    }

    /// Writes companies, clock, settings, faults, and what waits to a file, whole or not at all. It holds
    /// the secret keys, so only its owner may read it.
    pub fn save(&self, file: &Path) -> Result<(), StateError> {
        self.world.save(file)
    }

    /// Takes up the state of a file; refused, everything stays as it is.
    pub fn load(&self, file: &Path) -> Result<(), StateError> {
        self.world.load(file)
    }

    /// Sets people in Metakocka to work; gives what they have done at once.
    pub fn people(&self, request: &PeopleRequest) -> Result<Vec<Deed>, Refusal> {
        self.world.set_people(request)
    }

    /// What happened without a call, oldest first: acts of people, scripts, late writes.
    #[must_use]
    pub fn deeds(&self) -> Vec<Deed> {
        self.world.catch_up();
        self.world.agenda().deeds().cloned().collect()
    }

    fn now(&self) -> Moment {
        self.world.now()
    }

    /// Stops listening and waits for the calls in flight, at most two seconds.
    pub async fn stop(mut self) {
        // Without a receiver the task has ended already.
        let _ = self.stop.send(true);
        if let Some(mut task) = self.task.take()
            && tokio::time::timeout(STOP_GRACE, &mut task).await.is_err()
        {
            task.abort();
        }
    }
}

impl Drop for RunningSimulator {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            let _ = self.stop.send(true);
            task.abort();
        }
    }
}
