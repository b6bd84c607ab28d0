//! The simulator as a program of its own; another program can be it by calling [`run`].

use crate::clock::Clock;
use crate::control::ControlToken;
use crate::quirks::Quirks;
use crate::saved::StateError;
use crate::settings::Settings;
use crate::simulator::{self, RunningSimulator, SimulatorOptions, StartError};
use crate::world::{CompanySpec, Refusal};
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

/// Shown below the options.
const EXAMPLES: &str = "\
Examples:
  metakocka-simulator
  metakocka-simulator --documents 200000 --partners 50000 --products 20000
  metakocka-simulator --latency-factor 1
  metakocka-simulator --listen 0.0.0.0 --token \"$(openssl rand -hex 16)\"

API:     POST http://127.0.0.1:3001/rest/eshop/v1/search and its like, with company_id and secret_key
         in the JSON body. --company-id and --secret-key are what callers must send.
Control: http://127.0.0.1:3001/_sim/ in a browser: faults, requests, records, people, clock, settings.
         The same calls as JSON are listed in the README of metakocka-simulator.";

/// Options of the command line.
#[derive(Debug, Clone, clap::Parser)]
#[command(
    name = "metakocka-simulator",
    version,
    about = "A faithful stand-in for the Metakocka ERP API, for tests and demonstrations",
    after_help = EXAMPLES
)]
pub struct Options {
    /// Port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 3001)]
    pub port: u16,
    /// Address to listen on; another than loopback needs --token.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub listen: IpAddr,
    /// What opens /_sim/ (at least 16 characters); not needed on loopback.
    #[arg(long, env = "METAKOCKA_SIMULATOR_TOKEN", hide_env_values = true, value_parser = token)]
    pub token: Option<ControlToken>,
    /// Seed of the company: the same seed and day give the same data.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Documents of the company.
    #[arg(long, default_value_t = 2_000)]
    pub documents: usize,
    /// Partners of the company, at least; left out, as many as fit the documents.
    #[arg(long)]
    pub partners: Option<usize>,
    /// Goods and services of the company; left out, as many as fit the documents.
    #[arg(long)]
    pub products: Option<usize>,
    /// `company_id` of the API calls.
    #[arg(long, default_value = "16")]
    pub company_id: String,
    /// `secret_key` of the API calls.
    #[arg(
        long,
        env = "METAKOCKA_SIMULATOR_SECRET_KEY",
        hide_env_values = true,
        default_value = "simulator-secret"
    )]
    pub secret_key: String,
    /// How many documents are unreadable.
    #[arg(long, default_value_t = 0)]
    pub malformed: usize,
    /// The day after the newest document; today when left out.
    #[arg(long)]
    pub today: Option<jiff::civil::Date>,
    /// How slow calls are: 0 not at all, 1 as slow as Metakocka [default: 0].
    #[arg(long)]
    pub latency_factor: Option<f64>,
    /// Folder of the states that /_sim/save and /_sim/load name.
    #[arg(long)]
    pub state_folder: Option<PathBuf>,
    /// File of a saved state to start with, in place of a seeded company.
    #[arg(long)]
    pub load: Option<PathBuf>,
}

impl Options {
    fn company(&self) -> CompanySpec {
        CompanySpec {
            today: self.today,
            malformed: self.malformed,
            partners: self.partners,
            products: self.products,
            ..CompanySpec::new(&self.company_id, &self.secret_key, self.seed, self.documents)
        }
    }
}

fn token(text: &str) -> Result<ControlToken, String> {
    ControlToken::new(text).ok_or_else(|| "a token has at least 16 visible ASCII characters".to_owned())
}

/// Why the program ended before it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// It could not wait for Ctrl-C.
    #[error("the simulator cannot wait for a signal to stop")]
    Signal(#[source] std::io::Error),
    /// The state to start with cannot be loaded.
    #[error(transparent)]
    State(#[from] StateError),
    /// An option makes no sense.
    #[error("{0}")]
    Option(#[from] Refusal),
}

/// Runs until Ctrl-C or SIGTERM. Prints one line when it is ready.
pub async fn run(options: Options) -> Result<(), RunError> {
    let start = SimulatorOptions {
        listen: (options.listen, options.port).into(),
        clock: Clock::real(),
        companies: if options.load.is_some() { Vec::new() } else { vec![options.company()] },
        control_token: options.token.clone(),
        state_folder: options.state_folder.clone(),
    };
    let simulator = start_with(start, &options).await?;
    print_ready(&simulator);
    wait_for_signal().await.map_err(RunError::Signal)?;
    simulator.stop().await;
    Ok(())
}

async fn start_with(start: SimulatorOptions, options: &Options) -> Result<RunningSimulator, RunError> {
    simulator::start(start, Quirks::default(), |world| {
        if let Some(file) = &options.load {
            world.load(file)?;
        }
        if let Some(latency_factor) = options.latency_factor {
            let settings = Settings { latency_factor, ..(*world.settings()).clone() };
            world.set_settings(settings.check()?);
        }
        Ok(())
    })
    .await
}

#[expect(clippy::print_stdout, reason = "the ready line is what a starting program waits for")]
fn print_ready(simulator: &RunningSimulator) {
    let holds = |(id, documents)| format!("company {id}, {documents} documents");
    let companies: Vec<String> = simulator.companies().into_iter().map(holds).collect();
    println!("metakocka-simulator ready at {}, {}", simulator.url(), companies.join("; "));
}

#[cfg(unix)]
async fn wait_for_signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn wait_for_signal() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
