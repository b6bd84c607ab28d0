//! The demo (contract §6): the application with a simulated Metakocka and sample records, both on loopback.
//!
//! This binary starts itself once more as the simulator. The first start makes people, workspaces and a connection,
//! and plants what a person should see; later starts in the same folder find all of it again. It does everything
//! through the engine and the simulator's control, like anybody else; it must not reach into the database.

mod child;
mod files;
mod memory;
mod people;
mod plant;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use engine::access::TenantScope;
use engine::sync::ConnectionInput;
use engine::{Engine, EngineError};
use secrecy::ExposeSecret as _;
use tokio_util::sync::CancellationToken;

use crate::server::configuration::{Configuration, ConfigurationError, Layers, Origin, table};
use crate::server::operator::say;
use crate::server::start::{self, StartError};
use crate::server::telemetry::{self, TelemetryError};
use child::Simulator;
use memory::Memory;

pub use child::{PARENT, parent_gone};

/// What a demo is asked for.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// Where records and credentials are kept; the same folder finds them again
    #[arg(long, default_value = ".demo")]
    pub data_dir: PathBuf,
    /// Port of the application on 127.0.0.1
    #[arg(long, default_value_t = 3000)]
    pub port: u16,
    /// Port of the simulated Metakocka on 127.0.0.1
    #[arg(long, default_value_t = 3001)]
    pub simulator_port: u16,
    /// Seed of the sample records [default: 7]
    #[arg(long)]
    pub seed: Option<u64>,
    /// Sample documents in Metakocka [default: 2000]
    #[arg(long)]
    pub documents: Option<usize>,
}

/// Why there is no demo: one sentence.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Somebody listens there.
    #[error("port {port} is busy: end the program that listens there, or choose another with {flag}")]
    Busy {
        /// The port.
        port: u16,
        /// The flag that chooses another.
        flag: &'static str,
    },
    /// The folder holds something else.
    #[error("{} {what}; choose another folder with --data-dir", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A file could not be read or written.
    #[error("the file {} could not be read or written", .0.display())]
    File(PathBuf, #[source] std::io::Error),
    /// The simulator did not do what it was asked.
    #[error("the simulated Metakocka {0}")]
    Simulator(String),
    /// The simulator's control could not be reached.
    #[error("the simulated Metakocka did not answer")]
    Control(#[from] reqwest::Error),
    /// The application did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The configuration.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// The log.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// The engine refused.
    #[error("the sample records could not be made")]
    Engine(#[from] EngineError),
    /// Output or signals.
    #[error("the demo could not go on")]
    Io(#[from] std::io::Error),
}

/// Runs a demo until Ctrl-C or SIGTERM, or until one of its two processes ends.
pub async fn run(arguments: Arguments) -> Result<(), DemoError> {
    refuse_busy(arguments.port, "--port")?;
    refuse_busy(arguments.simulator_port, "--simulator-port")?;
    let folder = &arguments.data_dir;
    start::make_folder(folder).map_err(|error| DemoError::File(folder.clone(), error))?;
    let _alone = files::lock(folder)?;
    files::remove(folder, files::DEMO)?;
    let memory = Memory::open(&arguments)?;
    let simulator = Simulator::start(&memory, arguments.simulator_port).await?;
    let configuration = configuration(&arguments, &simulator)?;
    telemetry::open(&configuration)?;
    let engine = start::open_engine(&configuration).await?;
    let memory = match memory {
        Memory::New(wish) => {
            let made = make(&engine, &simulator, *wish).await?;
            made.keep(folder)?;
            made
        }
        Memory::Known(known) => {
            plant::again(&simulator, &known).await?;
            reconnect(&engine, &simulator, &known).await?;
            *known
        }
    };
    serve(engine, configuration, simulator, &memory, folder).await
}

/// Makes everything that a new demo consists of.
async fn make(
    engine: &Engine,
    simulator: &Simulator,
    wish: memory::Wish,
) -> Result<memory::Known, DemoError> {
    let people = people::make(engine).await?;
    let owner = engine.scope_for_operator(people::FIRST, Some(&people.owner().email)).await?;
    connect(engine, &owner, simulator, &wish.company_id, Some(&wish.secret_key)).await?;
    let planted = plant::plant(engine, &owner, simulator, &wish).await?;
    Ok(memory::Known { wish, people, planted })
}

async fn connect(
    engine: &Engine,
    owner: &TenantScope,
    simulator: &Simulator,
    company_id: &str,
    secret_key: Option<&str>,
) -> Result<(), EngineError> {
    let input = ConnectionInput {
        company_id: company_id.to_owned(),
        base_url: simulator.url().to_owned(),
        secret_key: secret_key.map(Into::into),
    };
    engine.save_connection(owner, &input).await?;
    Ok(())
}

/// The simulator may listen on another port than the last time.
async fn reconnect(engine: &Engine, simulator: &Simulator, known: &memory::Known) -> Result<(), DemoError> {
    let owner = engine.scope_for_operator(people::FIRST, Some(&known.people.owner().email)).await?;
    let moved =
        engine.connection(&owner).await?.is_some_and(|connection| connection.base_url != simulator.url());
    if moved {
        connect(engine, &owner, simulator, &known.wish.company_id, None).await?;
    }
    Ok(())
}

async fn serve(
    engine: Engine,
    configuration: Configuration,
    mut simulator: Simulator,
    memory: &memory::Known,
    folder: &Path,
) -> Result<(), DemoError> {
    let stop = CancellationToken::new();
    let running = start::start(engine, configuration, true, stop.clone()).await?;
    let url = format!("http://{}", running.address);
    files::write_ready(folder, &url, simulator.url(), memory)?;
    say(&greeting(&url, simulator.url(), memory))?;
    let ended = tokio::select! {
        told = start::told_to_end() => told.map_err(DemoError::from),
        ended = simulator.ended() => Err(ended),
    };
    stop.cancel();
    running.finished().await?;
    simulator.stop().await;
    ended
}

fn greeting(url: &str, simulator_url: &str, memory: &memory::Known) -> String {
    let owner = memory.people.owner();
    let planted = &memory.planted;
    format!(
        "In Metakocka: {new} new, {changed} changed, {review} for review; edited only here: {here}.\n\
         Metakocka (simulated)  {simulator_url}\n\
         URL                    {url}\n\
         E-mail                 {email}\n\
         Password               {password}\n\
         Ctrl-C ends both.",
        new = planted.new,
        changed = planted.changed(),
        review = planted.review(),
        here = planted.here(),
        email = owner.email,
        password = owner.password,
    )
}

fn configuration(arguments: &Arguments, simulator: &Simulator) -> Result<Configuration, DemoError> {
    let mut layers = Layers::default();
    // Of the environment only how it logs, and how soon it asks what became of a write: a demo never touches another
    // database or key.
    layers.read_environment(|name| {
        let taken = name.starts_with("CRM_MIND_LOG") || name == "CRM_MIND_SETTLE_HORIZON_SECONDS";
        taken.then(|| std::env::var(name).ok()).flatten()
    });
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port)).to_string();
    let host = simulator.url().trim_start_matches("http://").to_owned();
    let data_dir = arguments.data_dir.to_string_lossy().into_owned();
    // Scripts sign in again and again, and the password stands in a file.
    let tries = "1000".to_owned();
    let settings =
        [("listen", listen), ("data-dir", data_dir), ("metakocka-hosts", host), ("sign-in-tries", tries)];
    for (name, value) in settings {
        if let Some(setting) = table::find(name) {
            layers.set(setting, value, Origin::Flag);
        }
    }
    if let Some(log) = table::find("log").filter(|log| layers.get(log).1 == Origin::Default) {
        layers.set(log, "warn,tower_sessions_core=off".to_owned(), Origin::Flag);
    }
    Ok(Configuration::parse(&layers)?)
}

fn refuse_busy(port: u16, flag: &'static str) -> Result<(), DemoError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map(drop).map_err(|_| DemoError::Busy { port, flag })
}

impl memory::Known {
    fn keep(&self, folder: &Path) -> Result<(), DemoError> {
        files::write(folder, files::MEMORY, &files::json(self))
    }
}

/// A secret as text, for the files of a demo: they are what the demo shows.
fn shown(secret: &secrecy::SecretString) -> String {
    secret.expose_secret().to_owned()
}
