//! How large a company the simulator holds and how fast it is: seeds one, pages through it over HTTP,
//! prints figures, and fails when they miss what the README promises.
//!
//! ```sh
//! cargo run --release -p metakocka-simulator --example large_company
//! ```

#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

use metakocka_simulator::{CompanySpec, RunningSimulator, Simulator, SimulatorOptions};
use serde_json::{Value, json};
use std::error::Error;
use std::time::{Duration, Instant};

const DOCUMENTS: usize = 200_000;
const PARTNERS: usize = 50_000;
const PRODUCTS: usize = 20_000;

/// What is promised: seconds to seed, megabytes in memory, and for the slowest of a hundred pages.
const MAX_SEEDING: Duration = Duration::from_secs(10);
const MAX_MEGABYTES: u64 = 1_500;
const MAX_PAGE_P99: Duration = Duration::from_millis(5);

/// Callers at a time for the number of requests per second.
const CALLERS: usize = 8;
const CALLS_EACH: usize = 1_500;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[expect(clippy::disallowed_methods, reason = "it measures how long things take")]
fn now() -> Instant {
    Instant::now()
}

struct Caller {
    http: reqwest::Client,
    url: String,
}

impl Caller {
    fn new(simulator: &RunningSimulator) -> Result<Self> {
        // Another crate of the workspace may build the client with TLS, which wants a provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().timeout(Duration::from_mins(1)).build()?;
        Ok(Self { http, url: simulator.url() })
    }

    async fn call(&self, path: &str, mut body: Value) -> Result<String> {
        body["company_id"] = "16".into();
        body["secret_key"] = "secret".into();
        let url = format!("{}/rest/eshop/v1/{path}", self.url);
        Ok(self.http.post(url).json(&body).send().await?.text().await?)
    }

    async fn timed(&self, path: &str, body: Value) -> Result<Duration> {
        let start = now();
        let text = self.call(path, body).await?;
        let taken = start.elapsed();
        if !text.starts_with("{\"opr_code\":\"0\"") && !text.starts_with("{\"mk_id\"") {
            return Err(format!("a call failed: {}", &text[..text.len().min(200)]).into());
        }
        Ok(taken)
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let spec = CompanySpec {
        partners: Some(PARTNERS),
        products: Some(PRODUCTS),
        ..CompanySpec::new("16", "secret", 7, DOCUMENTS)
    };
    let start = now();
    let options = SimulatorOptions { companies: vec![spec], ..SimulatorOptions::default() };
    let simulator = Simulator::start(options).await?;
    let seeding = start.elapsed();
    let caller = Caller::new(&simulator)?;
    println!("{DOCUMENTS} documents, {PARTNERS} partners, {PRODUCTS} products: seeded in {seeding:.2?}");

    let pages = whole_pages(&caller).await?;
    let p99 = show("page of 100 whole documents", pages);
    for (name, kind, value) in [
        ("the same, filtered by last change", "last_change_from", "01.01.2020"),
        ("the same, filtered by partner", "partner_mk_id", "1600701"),
    ] {
        show(name, filtered_pages(&caller, kind, value).await?);
    }
    requests_per_second(&simulator).await?;
    show("put_document", puts(&caller).await?);
    let megabytes = peak_megabytes()?;
    save_and_load(&simulator)?;
    println!("most memory in use before saving: {megabytes} MB");
    if seeding > MAX_SEEDING || megabytes > MAX_MEGABYTES || p99 > MAX_PAGE_P99 {
        return Err(format!(
            "promised are {MAX_SEEDING:?}, {MAX_MEGABYTES} MB and {MAX_PAGE_P99:?} for the 99th percentile of pages"
        )
        .into());
    }
    Ok(())
}

/// Every page of every order.
async fn whole_pages(caller: &Caller) -> Result<Vec<Duration>> {
    let mut taken = Vec::new();
    for offset in (0..DOCUMENTS * 45 / 100).step_by(100) {
        let body = json!({
            "doc_type": "sales_order", "result_type": "doc", "limit": "100", "offset": offset.to_string(),
            "order_direction": "asc", "show_product_detail": "true", "show_tax_factor": "true",
        });
        taken.push(caller.timed("search", body).await?);
    }
    Ok(taken)
}

async fn filtered_pages(caller: &Caller, kind: &str, value: &str) -> Result<Vec<Duration>> {
    let mut taken = Vec::new();
    for page in 0..200 {
        let body = json!({
            "doc_type": "sales_order", "result_type": "doc", "limit": "100",
            "offset": (page * 400).to_string(), "query_advance": [{"type": kind, "value": value}],
        });
        taken.push(caller.timed("search", body).await?);
    }
    Ok(taken)
}

fn show(what: &str, mut taken: Vec<Duration>) -> Duration {
    taken.sort_unstable();
    let at = |percent: usize| taken[(taken.len() * percent / 100).min(taken.len() - 1)];
    let (p50, p99) = (at(50), at(99));
    println!("{what}: p50 {p50:.2?}, p99 {p99:.2?} of {} calls", taken.len());
    p99
}

async fn requests_per_second(simulator: &RunningSimulator) -> Result<()> {
    let ids = offer_ids(&Caller::new(simulator)?).await?;
    let start = now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..CALLERS {
        let (caller, ids) = (Caller::new(simulator)?, ids.clone());
        tasks.spawn(async move {
            for id in ids {
                caller.timed("get_document", json!({"doc_type": "sales_offer", "doc_id": id})).await?;
            }
            Ok::<_, Box<dyn Error + Send + Sync>>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    let seconds = start.elapsed().as_secs_f64();
    let calls = u32::try_from(CALLERS * CALLS_EACH)?;
    println!(
        "get_document, {CALLERS} callers at a time: {:.0} requests per second",
        f64::from(calls) / seconds
    );
    Ok(())
}

/// Orders without partner data, of a service.
async fn puts(caller: &Caller) -> Result<Vec<Duration>> {
    let page: Value = serde_json::from_str(
        &caller
            .call("search", json!({"doc_type": "sales_order", "result_type": "doc", "limit": "20"}))
            .await?,
    )?;
    let rows = page["result"].as_array().ok_or("there are no orders")?;
    let known = rows.iter().map(|row| &row["partner"]).find(|partner| partner.get("mk_address_id").is_some());
    let known = known.ok_or("no order names the address of its partner")?;
    let partner = json!({"mk_id": known["mk_id"], "mk_address_id": known["mk_address_id"]});
    let mut taken = Vec::new();
    for at in 0..500 {
        let body = json!({
            "doc_type": "sales_order", "doc_date": "01.09.2026", "buyer_order": format!("LC-{at}"),
            "partner": partner,
            "product_list": [{"code": "DOSTAVA", "amount": "1", "price": "4", "tax": "EX4"}],
        });
        taken.push(caller.timed("put_document", body).await?);
    }
    Ok(taken)
}

fn save_and_load(simulator: &RunningSimulator) -> Result<()> {
    let file = std::env::temp_dir().join(format!("metakocka-simulator-large-{}.json", std::process::id()));
    let start = now();
    simulator.save(&file)?;
    let saving = start.elapsed();
    let bytes = std::fs::metadata(&file)?.len();
    let start = now();
    let loaded = simulator.load(&file);
    let loading = start.elapsed();
    std::fs::remove_file(&file)?;
    loaded?;
    println!("saved in {saving:.2?} ({} MB), loaded in {loading:.2?}", bytes >> 20);
    Ok(())
}

async fn offer_ids(caller: &Caller) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    while ids.len() < CALLS_EACH {
        let body = json!({"doc_type": "sales_offer", "limit": "100", "offset": ids.len().to_string()});
        let page: Value = serde_json::from_str(&caller.call("search", body).await?)?;
        let rows = page["result"].as_array().ok_or("there are too few offers")?;
        ids.extend(rows.iter().filter_map(|row| row["mk_id"].as_str().map(str::to_owned)));
    }
    Ok(ids)
}

/// The most memory this process has used.
fn peak_megabytes() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes / 1_024)
}
