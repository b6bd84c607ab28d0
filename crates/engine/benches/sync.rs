//! How fast documents arrive: `cargo xtask bench` runs this in a release build with the simulator in its own process.
//!
//! Each measurement begins with an empty database on the disk with full durability, looks and takes in one run, and
//! prints documents per second at 0 ms a page, and the share of the floor (searches are served one after another, so no
//! client can be faster than their number times the latency) at 50 ms.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement is what it prints, and ends where it fails"
)]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use engine::access::{Language, NewUser, Role, TenantScope, WorkspaceChoice};
use engine::clock::{Clock, SystemClock};
use engine::ids::Ids;
use engine::store::{DatabaseUrl, Db};
use engine::sync::{AllowedHosts, Cause, ConnectionInput, Remote, RunState, RunView, WorkerSettings};
use engine::vault::{Vault, VaultKey};
use engine::{Engine, Parts};
use metakocka::{HttpClient, HttpConfig};
use sync_core::record::RecordKind;

const DOCUMENTS: i64 = 2_000;
const RUNS: usize = 5;
const PORT: u16 = 3911;
const KEY: &str = "skrivnost-7f3a";
/// A look of 2,000 documents may not take longer than this, or something is broken.
const PATIENCE: Duration = Duration::from_mins(2);

#[tokio::main]
async fn main() {
    // `cargo test --benches` compiles and starts this too; without the simulator's path there is nothing to measure.
    let Ok(program) = std::env::var("METAKOCKA_SIMULATOR") else {
        println!("skipped: METAKOCKA_SIMULATOR is not set; run `cargo xtask bench`");
        return;
    };
    let simulator = Simulator::start(&program).await;
    let mut rates = Vec::new();
    let mut shares = Vec::new();
    for _ in 0..RUNS {
        simulator.latency(0).await;
        let (run, seconds) = measure().await;
        rates.push(f64::from(i32::try_from(run.created).unwrap_or(i32::MAX)) / seconds);
    }
    for _ in 0..RUNS {
        simulator.latency(50).await;
        let (run, seconds) = measure().await;
        let floor = f64::from(i32::try_from(run.calls).unwrap_or(i32::MAX)) * 0.05;
        shares.push(floor / seconds);
    }
    println!("0 ms a page: {} documents/s", spread(&mut rates));
    println!("50 ms a page: {} of the floor", spread(&mut shares));
}

/// Median, and the extremes in brackets.
fn spread(values: &mut [f64]) -> String {
    values.sort_by(f64::total_cmp);
    let (low, median, high) = (values[0], values[values.len() / 2], values[values.len() - 1]);
    format!("median {median:.2} [{low:.2} … {high:.2}]")
}

struct Simulator {
    child: Child,
    http: reqwest::Client,
}

impl Simulator {
    async fn start(program: &str) -> Self {
        let port = PORT.to_string();
        let documents = DOCUMENTS.to_string();
        let arguments = [
            "--port",
            &port,
            "--seed",
            "7",
            "--documents",
            &documents,
            "--company-id",
            "16",
            "--secret-key",
            KEY,
        ];
        let child = Command::new(program).args(arguments).stdout(Stdio::null()).spawn().unwrap();
        rustls::crypto::ring::default_provider().install_default().unwrap();
        let http = reqwest::Client::builder().build().unwrap();
        let simulator = Self { child, http };
        for _ in 0..100 {
            if simulator.http.get(format!("{}/_sim/requests", url())).send().await.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        simulator
    }

    async fn latency(&self, milliseconds: u64) {
        let body = format!(r#"{{"latencyMs":{{"*":{milliseconds}}}}}"#);
        let request = self.http.put(format!("{}/_sim/settings", url()));
        let reply = request.header("content-type", "application/json").body(body).send().await.unwrap();
        assert!(reply.status().is_success(), "{}", reply.text().await.unwrap());
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn url() -> String {
    format!("http://127.0.0.1:{PORT}")
}

/// One run from an empty database; returns it with its seconds.
async fn measure() -> (RunView, f64) {
    let dir = tempfile::tempdir().unwrap();
    let (engine, scope) = house(dir.path()).await;
    let settings = WorkerSettings::standard("bench".to_owned());
    let begin = SystemClock.now();
    let run = engine.start_sync(&scope, RecordKind::SalesDocument, Cause::Command).await.unwrap();
    tokio::time::timeout(PATIENCE, engine.run_pending_jobs(&settings)).await.unwrap().unwrap();
    let run = engine.run(&scope, &run).await.unwrap();
    let seconds = SystemClock.now().duration_since(begin).as_secs_f64();
    assert_eq!((run.state, run.created), (RunState::Done, DOCUMENTS), "{run:?}");
    engine.close().await;
    (run, seconds)
}

async fn house(dir: &Path) -> (Engine, TenantScope) {
    let engine = Engine::new(Parts {
        db: Db::open(&DatabaseUrl::Sqlite(dir.join("crm.db"))).await.unwrap(),
        clock: Arc::new(SystemClock),
        ids: Ids::seeded(1),
        vault: Vault::new(vec![VaultKey::from_bytes([7; 32])]).unwrap(),
        remote: Remote::new(
            HttpClient::new(&HttpConfig::default()).unwrap(),
            AllowedHosts::new(&[format!("127.0.0.1:{PORT}")]),
        ),
    });
    let owner = NewUser {
        email: "ana@example.test".to_owned(),
        name: "Ana Kovač".to_owned(),
        password: "geslo-geslo".to_owned().into(),
        language: Language::default(),
        role: Role::Owner,
        workspace: WorkspaceChoice::New("Lesna oprema".to_owned()),
    };
    engine.add_user(owner).await.unwrap();
    let scope = engine.scope_for_operator("Lesna oprema", None).await.unwrap();
    let input = ConnectionInput {
        company_id: "16".to_owned(),
        base_url: format!("{}/rest/eshop/v1/", url()),
        secret_key: Some(KEY.to_owned().into()),
    };
    engine.save_connection(&scope, &input).await.unwrap();
    (engine, scope)
}
