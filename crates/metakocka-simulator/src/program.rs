//! The simulator as a program of its own; another program can be it by calling [`run`].

use crate::clock::Clock;
use crate::simulator::{Simulator, SimulatorOptions, StartError};
use crate::world::CompanySpec;
use std::net::Ipv4Addr;

/// Options of the command line.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "metakocka-simulator", about = "A faithful stand-in for the Metakocka ERP API")]
pub struct Options {
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 3001)]
    pub port: u16,
    /// Seed of the company: the same seed and day give the same data.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Documents of the company.
    #[arg(long, default_value_t = 2_000)]
    pub documents: usize,
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
}

/// Runs until Ctrl-C or SIGTERM. Prints one line when it is ready.
pub async fn run(options: Options) -> Result<(), RunError> {
    let company = CompanySpec {
        today: options.today,
        malformed: options.malformed,
        ..CompanySpec::new(&options.company_id, &options.secret_key, options.seed, options.documents)
    };
    let simulator = Simulator::start(SimulatorOptions {
        listen: (Ipv4Addr::LOCALHOST, options.port).into(),
        clock: Clock::real(),
        companies: vec![company],
    })
    .await?;
    print_ready(&simulator.url(), &options);
    wait_for_signal().await.map_err(RunError::Signal)?;
    simulator.stop().await;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the ready line is what a starting program waits for")]
fn print_ready(url: &str, options: &Options) {
    println!(
        "metakocka-simulator ready at {url}, company {}, {} documents",
        options.company_id, options.documents
    );
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
