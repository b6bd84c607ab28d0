//! Starts and stops the application: opens database and key, binds the listener, starts the worker, serves until it is
//! told to end. `main`, `demo` and the tests all start it here.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use engine::clock::SystemClock;
use engine::ids::Ids;
use engine::store::connections::any_sealed;
use engine::store::{Db, OpenError, StoreError};
use engine::sync::{AllowedHosts, CountError, HttpSetupError, Lineage, Remote, WorkerSettings};
use engine::vault::{KeyError, Vault, VaultError, VaultKey};
use engine::{Engine, Parts};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::assets::Assets;
use super::configuration::{Configuration, PublicUrl};
use super::router::router;
use super::state::{AppState, StateParts};
use engine::error::chain;

/// Of the time to end, so much is kept for closing the database.
const CLOSING: Duration = Duration::from_secs(2);

/// The file beside the key that has the start counter.
const COUNTER: &str = "starts";
/// How often it is counted while the server works: a copy that is older than this is noticed when it is put back.
const COUNTING: Duration = Duration::from_mins(1);

/// How often ended sessions are removed; they open nothing meanwhile.
const HOUSEKEEPING: Duration = Duration::from_hours(1);

/// Why the application did not start: one sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be made.
    #[error("the data folder {} cannot be made", .0.display())]
    DataDir(PathBuf, #[source] io::Error),
    /// The database.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The database did not answer.
    #[error("the database does not answer")]
    Store(#[from] StoreError),
    /// The installation's key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// There is no key.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The start counter.
    #[error("whether the database was restored from a copy is not known")]
    Count(#[from] CountError),
    /// The connection to Metakocka.
    #[error(transparent)]
    Remote(#[from] HttpSetupError),
    /// The file with further certificates cannot be read.
    #[error("the certificate file {} cannot be read", .0.display())]
    CaFile(PathBuf, #[source] io::Error),
    /// Somebody else listens there, or the address is not of this machine.
    #[error("the server cannot listen on {0}: choose another address with --listen")]
    Listen(SocketAddr, #[source] io::Error),
}

/// Opens what the use cases need.
pub async fn open_engine(configuration: &Configuration) -> Result<Engine, StartError> {
    let dir = &configuration.data_dir;
    make_folder(dir).map_err(|error| StartError::DataDir(dir.clone(), error))?;
    let db = Db::open(&configuration.database).await?;
    let vault = open_vault(configuration, &db).await?;
    let remote = open_remote(configuration)?;
    Ok(Engine::new(Parts { db, clock: Arc::new(SystemClock), ids: Ids::from_os(), vault, remote }))
}

/// Counts the start, before anything works with the database: one that was restored or copied pauses every connection until
/// its owner confirms (docs/adr/0007).
pub async fn count(engine: &Engine, data_dir: &Path) -> Result<Lineage, StartError> {
    Ok(engine.count_start(&data_dir.join(COUNTER)).await?)
}

/// Makes a folder for its owner only: other users of the machine have no business with a company's records.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// A key file is made only where nothing is sealed yet.
async fn open_vault(configuration: &Configuration, db: &Db) -> Result<Vault, StartError> {
    let keys = if let Some(key) = &configuration.key {
        VaultKey::from_environment(key)?
    } else {
        let path = configuration.data_dir.join("key");
        if any_sealed(db).await?.is_none() {
            VaultKey::make_file(&path)?;
        }
        VaultKey::from_file(&path)?
    };
    Ok(Vault::new(keys)?)
}

fn open_remote(configuration: &Configuration) -> Result<Remote, StartError> {
    let read = |path: &PathBuf| std::fs::read(path).map_err(|error| StartError::CaFile(path.clone(), error));
    let certificates = configuration.ca_file.as_ref().map(read).transpose()?;
    let hosts: Vec<String> = configuration.metakocka_hosts.iter().map(ToString::to_string).collect();
    let remote = Remote::open(AllowedHosts::new(&hosts), certificates)?;
    Ok(remote.within_calls_an_hour(configuration.calls_per_hour))
}

/// A server that runs.
#[derive(Debug)]
pub struct Running {
    /// Where it listens; the port is the real one also when 0 was asked for.
    pub address: SocketAddr,
    /// What its handlers share.
    pub state: AppState,
    server: JoinHandle<io::Result<()>>,
    worker: JoinHandle<()>,
    counter: JoinHandle<()>,
}

/// Binds, starts the worker and serves. `demo` shows what belongs to a demo only.
pub async fn start(
    engine: Engine,
    mut configuration: Configuration,
    demo: bool,
    stop: CancellationToken,
) -> Result<Running, StartError> {
    let asked = configuration.listen;
    let listener = TcpListener::bind(asked).await.map_err(|error| StartError::Listen(asked, error))?;
    let address = listener.local_addr().map_err(|error| StartError::Listen(asked, error))?;
    if asked.port() == 0 && configuration.public_url == PublicUrl::of_listener(asked) {
        configuration.public_url = PublicUrl::of_listener(address);
    }
    configuration.listen = address;
    count(&engine, &configuration.data_dir).await?;
    let counter = tokio::spawn(count_on(engine.clone(), configuration.data_dir.clone(), stop.clone()));
    let worker = spawn_worker(&engine, &configuration, stop.clone());
    let parts = StateParts { engine, configuration, assets: Assets::load(), stop: stop.clone(), demo };
    if !parts.assets.has_client() {
        tracing::warn!(
            category = "general",
            "no client was built into this server: pages work without scripts only"
        );
    }
    let state = AppState::new(parts);
    tokio::spawn(keep_house(state.clone()));
    let service = router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let server = tokio::spawn(async move {
        axum::serve(listener, service).with_graceful_shutdown(async move { stop.cancelled().await }).await
    });
    tracing::info!(category = "general", %address, public_url = %state.configuration().public_url, "listening");
    Ok(Running { address, state, server, worker, counter })
}

fn spawn_worker(engine: &Engine, configuration: &Configuration, stop: CancellationToken) -> JoinHandle<()> {
    let engine = engine.clone();
    let name = format!("{}-{}", std::process::id(), engine.now().as_microsecond());
    let mut settings = WorkerSettings::standard(name);
    settings.lease = configuration.worker.lease;
    settings.jobs = configuration.worker.jobs;
    settings.horizon = configuration.worker.horizon;
    tokio::spawn(async move { engine.work(&settings, &stop).await })
}

/// Counts on from time to time, and once more at the end.
async fn count_on(engine: Engine, data_dir: PathBuf, stop: CancellationToken) {
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(COUNTING) => {}
        }
        if let Err(error) = count(&engine, &data_dir).await {
            tracing::warn!(category = "general", error = %chain(&error), "the start counter was not raised");
        }
    }
}

/// Removes what is left of ended sessions and forgets old sign-ins, from time to time.
async fn keep_house(state: AppState) {
    loop {
        state.sign_ins().forget();
        if let Err(error) = state.engine().sessions_delete_expired().await {
            tracing::warn!(category = "auth", error = %chain(&error), "ended sessions were not removed");
        }
        tokio::select! {
            () = state.stop().cancelled() => return,
            () = tokio::time::sleep(HOUSEKEEPING) => {}
        }
    }
}

impl Running {
    /// Waits until the server has been told to end and has ended: no new work, calls in flight finish, then the
    /// database is closed. What is not done in time is left to the leases.
    pub async fn finished(self) -> io::Result<()> {
        let stop = self.state.stop().clone();
        stop.cancelled().await;
        let patience = self.state.configuration().shutdown.saturating_sub(CLOSING);
        let ended = tokio::time::timeout(patience, async {
            (self.server.await, self.worker.await, self.counter.await)
        })
        .await;
        let outcome = match ended {
            Ok((Ok(served), Ok(()), _)) => served,
            Ok((served, worked, _)) => Err(io::Error::other(
                served.err().or(worked.err()).map_or_else(String::new, |error| error.to_string()),
            )),
            Err(_) => {
                tracing::warn!(
                    category = "general",
                    "not everything ended in time; leases take over what is left"
                );
                Ok(())
            }
        };
        if tokio::time::timeout(CLOSING, self.state.engine().close()).await.is_err() {
            tracing::warn!(category = "general", "the database did not close in time");
        }
        tracing::info!(category = "general", "ended");
        outcome
    }
}

/// Completes when the process is told to end: SIGTERM, or Ctrl-C.
pub async fn told_to_end() -> io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let mut interrupt = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
