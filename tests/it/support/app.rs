//! The application on a free port with a database of its own, and a simulator with a company of its own.

use std::sync::Mutex;

use crm_mind::server::configuration::{Configuration, Layers, Origin, table};
use crm_mind::server::start::{self, Running};
use engine::Engine;
use engine::access::{Language, NewUser, Role, WorkspaceChoice};
use engine::store::DatabaseUrl;
use engine::sync::ConnectionInput;
use engine::test_support::TestDb;
use metakocka_simulator::{Clock, CompanySpec, FaultRule, RunningSimulator, Simulator, SimulatorOptions};
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::actor::Actor;
use super::{PASSWORD, log};

/// The key of the company in the simulator.
pub(crate) const SECRET: &str = "the-secret-key-of-the-test";
/// Number and seed of the company, and of another one.
const COMPANIES: [(&str, u64); 2] = [("16", 7), ("17", 8)];
/// The connected workspace, and another one that nobody may see from it.
const WORKSPACES: [&str; 2] = ["Lipa", "Javor"];
/// Number of the other workspace's company, once it is connected.
pub(crate) const OTHER: &str = COMPANIES[1].0;

/// A running application.
pub(crate) struct TestApp {
    pub(crate) url: String,
    pub(crate) engine: Engine,
    simulator_url: String,
    simulator: Mutex<Option<RunningSimulator>>,
    stop: CancellationToken,
    running: Running,
    _folder: TempDir,
}

impl TestApp {
    /// With a file of its own, for what does not touch the database's engine.
    pub(crate) async fn start() -> Self {
        Self::open(None, 30, &[]).await
    }

    /// On a test's database, with a few documents in Metakocka.
    pub(crate) async fn on(db: &TestDb) -> Self {
        Self::on_with(db, 30, &[]).await
    }

    /// On a test's database, with so many documents and these settings.
    pub(crate) async fn on_with(db: &TestDb, documents: usize, settings: &[(&str, &str)]) -> Self {
        Self::open(Some(&db.url), documents, settings).await
    }

    async fn open(database: Option<&DatabaseUrl>, documents: usize, settings: &[(&str, &str)]) -> Self {
        log::open();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let simulator = Simulator::start(SimulatorOptions {
            clock: Clock::real(),
            companies: vec![CompanySpec::new(COMPANIES[0].0, SECRET, COMPANIES[0].1, documents)],
            ..SimulatorOptions::default()
        })
        .await
        .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let configuration = configuration(&folder, &simulator, database, settings);
        let engine = start::open_engine(&configuration).await.unwrap();
        people(&engine).await;
        connect(&engine, WORKSPACES[0], COMPANIES[0].0, &simulator.url()).await;
        let stop = CancellationToken::new();
        let running = start::start(engine.clone(), configuration, true, stop.clone()).await.unwrap();
        Self {
            url: format!("http://{}", running.address),
            engine,
            simulator_url: simulator.url(),
            simulator: Mutex::new(Some(simulator)),
            stop,
            running,
            _folder: folder,
        }
    }

    /// Nobody.
    pub(crate) fn anonymous(&self) -> Actor {
        Actor::new(&self.url)
    }

    /// The owner of the connected workspace, in a browser.
    pub(crate) async fn owner(&self) -> Actor {
        self.anonymous().signed_in("owner@lipa.example").await
    }

    /// A member who may work.
    pub(crate) async fn staff(&self) -> Actor {
        self.anonymous().signed_in("staff@lipa.example").await
    }

    /// A member who may look.
    pub(crate) async fn read_only(&self) -> Actor {
        self.anonymous().signed_in("read_only@lipa.example").await
    }

    /// The owner of another workspace.
    pub(crate) async fn other_tenant(&self) -> Actor {
        self.anonymous().signed_in("owner@javor.example").await
    }

    /// A program with a member's token.
    pub(crate) async fn token(&self) -> Actor {
        let scope = self.engine.scope_for_operator(WORKSPACES[0], Some("staff@lipa.example")).await.unwrap();
        let token = self.engine.add_token(&scope, "test").await.unwrap();
        self.anonymous().with_token(secrecy::ExposeSecret::expose_secret(&token.plain))
    }

    /// Connects the other workspace, to a company of its own.
    pub(crate) async fn connect_other(&self, documents: usize) {
        let (company, seed) = COMPANIES[1];
        self.simulator(|simulator| {
            simulator.add_company(CompanySpec::new(company, SECRET, seed, documents)).unwrap();
        });
        connect(&self.engine, WORKSPACES[1], company, &self.simulator_url).await;
    }

    /// Does something with the simulated Metakocka.
    pub(crate) fn simulator<T>(&self, deed: impl FnOnce(&RunningSimulator) -> T) -> T {
        deed(self.simulator.lock().unwrap().as_ref().expect("the simulator was stopped"))
    }

    /// Arms a fault, written as the simulator's control takes it.
    pub(crate) fn fault(&self, rule: &Value) {
        self.simulator(|simulator| simulator.add_fault(FaultRule::parse(rule).unwrap()).unwrap());
    }

    /// Metakocka stops to answer.
    pub(crate) async fn stop_simulator(&self) {
        let simulator = self.simulator.lock().unwrap().take();
        simulator.expect("it was stopped before").stop().await;
    }

    /// The address of the simulated Metakocka.
    pub(crate) fn simulator_url(&self) -> &str {
        &self.simulator_url
    }

    /// Ends the application as SIGTERM does, and checks that it ends.
    pub(crate) async fn end(self) {
        self.stop.cancel();
        self.running.finished().await.unwrap();
    }

    /// Tells it to end without waiting.
    pub(crate) fn tell_to_end(&self) {
        self.stop.cancel();
    }
}

fn configuration(
    folder: &TempDir,
    simulator: &RunningSimulator,
    database: Option<&DatabaseUrl>,
    settings: &[(&str, &str)],
) -> Configuration {
    let mut layers = Layers::default();
    let host = simulator.url().trim_start_matches("http://").to_owned();
    let data_dir = folder.path().to_str().unwrap();
    let database = match database {
        Some(DatabaseUrl::Sqlite(path)) => format!("sqlite://{}", path.display()),
        Some(DatabaseUrl::Postgres(url)) => url.clone(),
        None => String::new(),
    };
    let own = [
        ("listen", "127.0.0.1:0"),
        ("data-dir", data_dir),
        ("metakocka-hosts", host.as_str()),
        ("database-url", database.as_str()),
    ];
    for (name, value) in own.iter().chain(settings) {
        layers.set(table::find(name).unwrap(), (*value).to_owned(), Origin::Flag);
    }
    Configuration::parse(&layers).unwrap()
}

async fn people(engine: &Engine) {
    let mut known = Vec::new();
    for (workspace, role) in [
        (WORKSPACES[0], Role::Owner),
        (WORKSPACES[0], Role::Staff),
        (WORKSPACES[0], Role::ReadOnly),
        (WORKSPACES[1], Role::Owner),
    ] {
        let name = workspace.to_owned();
        let is_new = !known.contains(&workspace);
        known.push(workspace);
        let user = NewUser {
            email: format!("{}@{}.example", role.as_str(), workspace.to_lowercase()),
            name: format!("{} of {workspace}", role.as_str()),
            password: PASSWORD.into(),
            language: Language::En,
            role,
            workspace: if is_new { WorkspaceChoice::New(name) } else { WorkspaceChoice::Existing(name) },
        };
        engine.add_user(user).await.unwrap();
    }
}

async fn connect(engine: &Engine, workspace: &str, company: &str, address: &str) {
    let owner = engine.scope_for_operator(workspace, None).await.unwrap();
    let input = ConnectionInput {
        company_id: company.to_owned(),
        base_url: address.to_owned(),
        secret_key: Some(SECRET.into()),
    };
    engine.save_connection(&owner, &input).await.unwrap();
}
