//! The application on a free port with a database of its own, and a simulator with a company of its own.

use crm_mind::server::configuration::{Configuration, Layers, Origin, table};
use crm_mind::server::start::{self, Running};
use engine::Engine;
use engine::access::{Language, NewUser, Role, WorkspaceChoice};
use engine::sync::ConnectionInput;
use metakocka_simulator::{Clock, CompanySpec, RunningSimulator, Simulator, SimulatorOptions};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::actor::Actor;
use super::log;

/// Seed of the sample company.
const SEED: u64 = 7;
/// Number and key of the company in the simulator.
const COMPANY: (&str, &str) = ("16", "the-secret-key-of-the-test");
/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse battery";
/// The connected workspace, and another one that nobody may see from it.
const WORKSPACES: [&str; 2] = ["Lipa", "Javor"];

/// A running application.
pub(crate) struct TestApp {
    pub(crate) url: String,
    pub(crate) engine: Engine,
    pub(crate) simulator: RunningSimulator,
    pub(crate) http: reqwest::Client,
    stop: CancellationToken,
    running: Running,
    _folder: TempDir,
}

impl TestApp {
    /// With a few documents in Metakocka.
    pub(crate) async fn start() -> Self {
        Self::with(30, &[]).await
    }

    /// With so many documents and these settings.
    pub(crate) async fn with(documents: usize, settings: &[(&str, &str)]) -> Self {
        log::open();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let simulator = Simulator::start(SimulatorOptions {
            clock: Clock::real(),
            companies: vec![CompanySpec::new(COMPANY.0, COMPANY.1, SEED, documents)],
            ..SimulatorOptions::default()
        })
        .await
        .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let configuration = configuration(&folder, &simulator, settings);
        let engine = start::open_engine(&configuration).await.unwrap();
        people(&engine).await;
        connect(&engine, &simulator).await;
        let stop = CancellationToken::new();
        let running = start::start(engine.clone(), configuration, true, stop.clone()).await.unwrap();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self {
            url: format!("http://{}", running.address),
            engine,
            simulator,
            http,
            stop,
            running,
            _folder: folder,
        }
    }

    /// Nobody.
    pub(crate) fn anonymous(&self) -> Actor<'_> {
        Actor::new(self)
    }

    /// The owner of the connected workspace, in a browser.
    pub(crate) async fn owner(&self) -> Actor<'_> {
        self.signed_in("owner@lipa.example").await
    }

    /// A member who may work.
    pub(crate) async fn staff(&self) -> Actor<'_> {
        self.signed_in("staff@lipa.example").await
    }

    /// A member who may look.
    pub(crate) async fn read_only(&self) -> Actor<'_> {
        self.signed_in("read_only@lipa.example").await
    }

    /// The owner of another workspace.
    pub(crate) async fn other_tenant(&self) -> Actor<'_> {
        self.signed_in("owner@javor.example").await
    }

    /// A program with a member's token.
    pub(crate) async fn token(&self) -> Actor<'_> {
        let scope = self.engine.scope_for_operator(WORKSPACES[0], Some("staff@lipa.example")).await.unwrap();
        let token = self.engine.add_token(&scope, "test").await.unwrap();
        Actor::with_token(self, secrecy::ExposeSecret::expose_secret(&token.plain))
    }

    async fn signed_in(&self, email: &str) -> Actor<'_> {
        let mut actor = Actor::new(self);
        let answer = actor.script("sign-in", &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        actor
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

fn configuration(folder: &TempDir, simulator: &RunningSimulator, settings: &[(&str, &str)]) -> Configuration {
    let mut layers = Layers::default();
    let host = simulator.url().trim_start_matches("http://").to_owned();
    let data_dir = folder.path().to_str().unwrap();
    let own = [("listen", "127.0.0.1:0"), ("data-dir", data_dir), ("metakocka-hosts", host.as_str())];
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

async fn connect(engine: &Engine, simulator: &RunningSimulator) {
    let owner = engine.scope_for_operator(WORKSPACES[0], None).await.unwrap();
    let input = ConnectionInput {
        company_id: COMPANY.0.to_owned(),
        base_url: simulator.url(),
        secret_key: Some(COMPANY.1.into()),
    };
    engine.save_connection(&owner, &input).await.unwrap();
}
