//! How fast documents arrive and leave: `cargo xtask bench` runs this in a release build with the simulator in its own
//! process.
//!
//! Each measurement begins with an empty database on the disk with full durability. Documents arrive by a look that takes,
//! in one run: documents per second at 0 ms a page, and the share of the floor (searches are served one after another, so
//! no client can be faster than their number times the latency) at 50 ms. Then orders leave at 100 ms a call: made, changed
//! by the narrowest way, replaced; the share of the floor that two calls in flight set, and the calls of each.

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
use engine::crm::{ContactQuery, DocumentInput, Edit, LineInput, ProductQuery};
use engine::ids::Ids;
use engine::store::{DatabaseUrl, Db};
use engine::sync::{
    AllowedHosts, Cause, ConnectionInput, Outgoing, Remote, RunState, RunView, WorkerSettings,
};
use engine::vault::{Vault, VaultKey};
use engine::{Engine, Parts};
use metakocka::{HttpClient, HttpConfig};
use rust_decimal::Decimal;
use sync_core::record::{DocumentType, RecordKind};

const DOCUMENTS: i64 = 2_000;
const RUNS: usize = 5;
/// Orders that are sent in one measurement.
const ORDERS: i32 = 60;
/// How long each call takes while they are sent, in milliseconds.
const CALL_MS: u64 = 100;
/// Calls that may be in flight for a company.
const IN_FLIGHT: f64 = 2.0;
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
    println!("0 ms a page: {} documents/s", spread(&mut rates));
    for _ in 0..RUNS {
        simulator.latency(50).await;
        let (run, seconds) = measure().await;
        let floor = f64::from(i32::try_from(run.calls).unwrap_or(i32::MAX)) * 0.05;
        shares.push(floor / seconds);
    }
    println!("50 ms a page: {} of the floor", spread(&mut shares));
    let mut sent: [(Vec<f64>, Vec<f64>); 3] = Default::default();
    for _ in 0..RUNS {
        for (all, one) in sent.iter_mut().zip(measure_sending(&simulator).await) {
            all.0.push(one.share);
            all.1.push(one.calls);
        }
    }
    for (what, (shares, calls)) in ["made", "changed", "replaced"].into_iter().zip(&mut sent) {
        println!(
            "{CALL_MS} ms a call, orders {what}: {} of the floor, {} calls each",
            spread(shares),
            spread(calls)
        );
    }
}

/// How orders were sent.
struct Sent {
    /// Of the floor that the calls in flight set.
    share: f64,
    /// Calls for each order.
    calls: f64,
}

/// Sends new orders, then their notes, which have a call of their own, then their subjects, which have none.
async fn measure_sending(simulator: &Simulator) -> [Sent; 3] {
    let dir = tempfile::tempdir().unwrap();
    simulator.latency(0).await;
    let (engine, scope) = house(dir.path()).await;
    let settings = WorkerSettings::standard("bench".to_owned());
    engine.start_sync(&scope, RecordKind::SalesDocument, Cause::Command).await.unwrap();
    engine.run_pending_jobs(&settings).await.unwrap();
    let ids = make_orders(&engine, &scope).await;
    // The first write of a type proves its look-up, and is not measured.
    send(&engine, &scope, &settings, Outgoing::These(vec![ids[0].clone()])).await;
    let rest = &ids[1..];
    simulator.latency(CALL_MS).await;
    let made = send(&engine, &scope, &settings, Outgoing::These(rest.to_vec())).await;
    edit(&engine, &scope, rest, &Edit { title: None, notes: Some("Pokličite pred dostavo.".to_owned()) })
        .await;
    let changed = send(&engine, &scope, &settings, Outgoing::These(rest.to_vec())).await;
    edit(&engine, &scope, rest, &Edit { title: Some("Obnova skladišča, drugi del".to_owned()), notes: None })
        .await;
    let replaced = send(&engine, &scope, &settings, Outgoing::These(rest.to_vec())).await;
    engine.close().await;
    [made, changed, replaced]
}

async fn make_orders(engine: &Engine, scope: &TenantScope) -> Vec<String> {
    let contacts = engine.contacts(scope, &ContactQuery::default()).await.unwrap();
    let products = engine.products(scope, &ProductQuery::default()).await.unwrap();
    let contact = contacts.rows.iter().find(|row| row.sync.external_id.is_some()).unwrap();
    let product = products.rows.iter().find(|row| row.sync.external_id.is_some()).unwrap();
    let mut ids = Vec::new();
    for amount in 1..=ORDERS + 1 {
        let line = LineInput {
            product_id: Some(product.id.clone()),
            amount: Some(Decimal::from(amount)),
            price: Some(Decimal::new(1_250, 2)),
            tax_code: Some("EX4".to_owned()),
            tax_rate: Some(Decimal::from(22)),
            ..LineInput::default()
        };
        let order = DocumentInput {
            doc_type: Some(DocumentType::Order),
            contact_id: Some(contact.id.clone()),
            title: Some(format!("Obnova skladišča {amount}")),
            lines: vec![line],
            ..DocumentInput::default()
        };
        ids.push(engine.create_sales_document(scope, &order).await.unwrap());
    }
    ids
}

async fn edit(engine: &Engine, scope: &TenantScope, ids: &[String], change: &Edit) {
    for id in ids {
        let revision = engine.sales_document(scope, id).await.unwrap().revision;
        engine.edit_sales_document(scope, id, revision, change.clone()).await.unwrap();
    }
}

async fn send(engine: &Engine, scope: &TenantScope, settings: &WorkerSettings, which: Outgoing) -> Sent {
    let begin = SystemClock.now();
    let run = engine.start_push(scope, RecordKind::SalesDocument, which, Cause::Command).await.unwrap();
    tokio::time::timeout(PATIENCE, engine.run_pending_jobs(settings)).await.unwrap().unwrap();
    let seconds = SystemClock.now().duration_since(begin).as_secs_f64();
    let run = engine.run(scope, &run).await.unwrap();
    assert_eq!((run.state, run.created + run.updated), (RunState::Done, run.total), "{run:?}");
    let number = |count: i64| f64::from(i32::try_from(count).unwrap_or(i32::MAX));
    let floor = number(run.calls) * Duration::from_millis(CALL_MS).as_secs_f64() / IN_FLIGHT;
    Sent { share: floor / seconds, calls: number(run.calls) / number(run.total) }
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
