//! The processes of a run, and the workspace they share. Everything ends with the value that holds it: the handles
//! kill when they are dropped, and where `setpriv` exists the kernel does when this program is gone.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use engine::access::{Language, NewUser, Role, TenantScope, WorkspaceChoice};
use engine::clock::SystemClock;
use engine::ids::Ids;
use engine::store::{DatabaseUrl, Db};
use engine::sync::{AllowedHosts, ConnectionInput, Remote};
use engine::vault::{Vault, VaultKey};
use engine::{Engine, Parts};
use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};

use crate::Arguments;
use crate::net::{Answer, Net, Trouble};

/// A killed instance's jobs are taken over after this; the application allows no shorter one.
pub(crate) const LEASE_SECONDS: u64 = 5;
/// How long a process may take to be ready.
const READY: Duration = Duration::from_mins(1);
/// `company_id` of the simulated company.
pub(crate) const COMPANY: &str = "16";
const KEY: &str = "skrivnost-7f3a";
/// The installation's key, in base64: 32 times 7.
const VAULT_KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
const WORKSPACE: &str = "Lesna oprema";
/// Tells the simulator's process to end with its standard input.
const PARENT: &str = "CRM_MIND_DEMO_CHILD";

/// One instance of the application.
#[derive(Debug)]
pub(crate) struct Instance {
    pub(crate) url: String,
    port: u16,
    child: Option<Child>,
}

/// Everything that a run needs.
pub(crate) struct Place {
    pub(crate) net: Net,
    pub(crate) token: String,
    pub(crate) engine: Engine,
    pub(crate) scope: TenantScope,
    pub(crate) db: Db,
    pub(crate) simulator: String,
    pub(crate) folder: PathBuf,
    program: PathBuf,
    database: Option<String>,
    horizon: u64,
    keeper: Option<TempDir>,
    _simulator: Child,
    _lifeline: Option<ChildStdin>,
}

impl Place {
    /// Starts the simulator and makes a workspace that is connected to it.
    pub(crate) async fn make(arguments: &Arguments, seed: u64) -> Result<Self, Trouble> {
        let keeper = tempfile::Builder::new().prefix(&format!("crm-mind-chaos-{seed}-")).tempdir()?;
        let folder = keeper.path().to_owned();
        let (mut child, simulator) = start_simulator(arguments, seed, &folder).await?;
        let lifeline = child.stdin.take();
        let database = match &arguments.postgres {
            Some(server) => Some(make_database(server, seed).await?),
            None => None,
        };
        let url = match &database {
            Some(url) => DatabaseUrl::Postgres(url.clone()),
            None => DatabaseUrl::Sqlite(folder.join("crm-mind.db")),
        };
        let db = Db::open(&url).await.map_err(|error| Trouble::said(engine::error::chain(&error)))?;
        let engine = engine(&db, &simulator)?;
        let scope = workspace(&engine, &simulator).await?;
        let token = engine.add_token(&scope, "chaos").await?.plain.expose_secret().to_owned();
        Ok(Self {
            net: Net::new()?,
            token,
            engine,
            scope,
            db,
            simulator,
            folder,
            program: arguments.server.clone(),
            database,
            horizon: arguments.horizon,
            keeper: Some(keeper),
            _simulator: child,
            _lifeline: lifeline,
        })
    }

    /// Keeps the folder when the run is over.
    pub(crate) fn keep(&mut self) {
        if let Some(keeper) = self.keeper.take() {
            let _ = keeper.keep();
        }
    }

    /// A call of the public API.
    pub(crate) async fn api(
        &self,
        method: Method,
        url: &str,
        path: &str,
        revision: Option<i64>,
        body: Option<&impl Serialize>,
    ) -> Result<Answer, Trouble> {
        self.net.call(method, &format!("{url}/api{path}"), (Some(&self.token), revision), body).await
    }

    /// Asks for something of the public API.
    pub(crate) async fn get(&self, url: &str, path: &str) -> Result<Answer, Trouble> {
        self.api(Method::GET, url, path, None, None::<&Value>).await
    }

    /// A call of the simulator's control.
    pub(crate) async fn sim(
        &self,
        method: Method,
        call: &str,
        body: Option<&impl Serialize>,
    ) -> Result<Value, Trouble> {
        let url = format!("{}/_sim/{call}", self.simulator);
        let answer = self.net.call(method, &url, (None, None), body).await?;
        if answer.is_good() {
            return Ok(answer.body);
        }
        Err(Trouble::Said(format!("the simulator refused {call}: {}", answer.body)))
    }

    /// An instance that does not run yet.
    pub(crate) fn instance() -> Result<Instance, Trouble> {
        let port = free_port()?;
        Ok(Instance { url: format!("http://127.0.0.1:{port}"), port, child: None })
    }

    /// Starts an instance, and does not wait until it is ready.
    pub(crate) fn start(&self, instance: &mut Instance) -> Result<(), Trouble> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.join(format!("server-{}.log", instance.port)))?;
        let mut command = dying_with_us(&self.program);
        command
            .args(["serve", "--listen", &format!("127.0.0.1:{}", instance.port)])
            .args(["--data-dir", &self.folder.to_string_lossy()])
            .args(["--metakocka-hosts", self.simulator.trim_start_matches("http://")])
            .args(["--settle-horizon-seconds", &self.horizon.to_string()])
            .args(["--lease-seconds", &LEASE_SECONDS.to_string()])
            .args(["--wait-seconds", "8"])
            .args(["--log", "info,sqlx=error,tower_sessions_core=off"])
            .env("CRM_MIND_KEY", VAULT_KEY)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true);
        match &self.database {
            Some(url) => command.env("DATABASE_URL", url),
            None => command.env_remove("DATABASE_URL"),
        };
        instance.child = Some(command.spawn()?);
        Ok(())
    }

    /// Waits until an instance answers.
    pub(crate) async fn ready(&self, instance: &Instance) -> Result<(), Trouble> {
        let url = format!("{}/health/live", instance.url);
        let answers = async {
            while !self
                .net
                .call(Method::GET, &url, (None, None), None::<&Value>)
                .await
                .is_ok_and(|answer| answer.is_good())
            {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(READY, answers)
            .await
            .map_err(|_| Trouble::said("the server does not get ready: see its log"))
    }
}

impl Instance {
    /// SIGKILL, and its body is buried.
    pub(crate) async fn kill(&mut self) -> Result<(), Trouble> {
        if let Some(mut child) = self.child.take() {
            child.kill().await?;
        }
        Ok(())
    }

    /// Sends a signal by name.
    pub(crate) async fn signal(&self, name: &str) -> Result<(), Trouble> {
        if let Some(id) = self.child.as_ref().and_then(Child::id) {
            Command::new("kill").args([&format!("-{name}"), &id.to_string()]).status().await?;
        }
        Ok(())
    }

    /// Whether it has ended by itself, which it must not.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| !matches!(child.try_wait(), Ok(None)))
    }
}

fn dying_with_us(program: &Path) -> Command {
    let setpriv = Path::new("/usr/bin/setpriv");
    if !setpriv.exists() {
        return Command::new(program);
    }
    let mut command = Command::new(setpriv);
    command.args(["--pdeathsig", "KILL"]).arg(program);
    command
}

async fn start_simulator(
    arguments: &Arguments,
    seed: u64,
    folder: &Path,
) -> Result<(Child, String), Trouble> {
    let log = File::create(folder.join("simulator.log"))?;
    let mut child = Command::new(&arguments.server)
        .args(["simulator", "--port", "0", "--seed", &(seed % 50 + 1).to_string()])
        .args(["--documents", &arguments.documents.to_string(), "--company-id", COMPANY])
        .env("METAKOCKA_SIMULATOR_SECRET_KEY", KEY)
        .env(PARENT, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()?;
    let output = child.stdout.take().ok_or_else(|| Trouble::said("the simulator has no output"))?;
    let mut lines = BufReader::new(output).lines();
    let ready = async {
        while let Ok(Some(line)) = lines.next_line().await {
            let url = line.split_once("ready at ").and_then(|(_, rest)| rest.split(',').next());
            if let Some(url) = url {
                return Ok(url.to_owned());
            }
        }
        Err(Trouble::said("the simulator did not start"))
    };
    let url = tokio::time::timeout(READY, ready)
        .await
        .map_err(|_| Trouble::said("the simulator does not get ready"))??;
    Ok((child, url))
}

async fn make_database(server: &str, seed: u64) -> Result<String, Trouble> {
    sqlx::any::install_default_drivers();
    let pool = sqlx::AnyPool::connect(server).await?;
    let name = format!("chaos_{}_{seed}", std::process::id());
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await?;
    pool.close().await;
    let (place, _) = server.rsplit_once('/').ok_or_else(|| Trouble::said("no address of a database"))?;
    Ok(format!("{place}/{name}"))
}

fn engine(db: &Db, simulator: &str) -> Result<Engine, Trouble> {
    let said = |error: &dyn std::error::Error| Trouble::Said(error.to_string());
    let hosts = AllowedHosts::new(&[simulator.trim_start_matches("http://").to_owned()]);
    Ok(Engine::new(Parts {
        db: db.clone(),
        clock: Arc::new(SystemClock),
        ids: Ids::from_os(),
        vault: Vault::new(vec![VaultKey::from_bytes([7; 32])]).map_err(|error| said(&error))?,
        remote: Remote::open(hosts, None).map_err(|error| said(&error))?,
    }))
}

async fn workspace(engine: &Engine, simulator: &str) -> Result<TenantScope, Trouble> {
    let owner = NewUser {
        email: "ana@example.test".to_owned(),
        name: "Ana Kovač".to_owned(),
        password: "geslo-geslo".to_owned().into(),
        language: Language::default(),
        role: Role::Owner,
        workspace: WorkspaceChoice::New(WORKSPACE.to_owned()),
    };
    engine.add_user(owner).await?;
    let scope = engine.scope_for_operator(WORKSPACE, Some("ana@example.test")).await?;
    let connection = ConnectionInput {
        company_id: COMPANY.to_owned(),
        base_url: format!("{simulator}/rest/eshop/v1/"),
        secret_key: Some(KEY.to_owned().into()),
    };
    engine.save_connection(&scope, &connection).await?;
    Ok(scope)
}

fn free_port() -> Result<u16, Trouble> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
