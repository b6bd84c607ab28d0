//! The real application and a simulated Metakocka as processes of their own; faults on the way between them, people at
//! work on both sides, and SIGKILL at any moment. When everything is quiet again, what is left is judged from outside.
//!
//! What is random follows from the seed; when it happens follows from the machine. So a seed that fails is a place to
//! look at, and the story that is printed with it is the evidence.

#![expect(clippy::print_stdout, reason = "a command line tool: what it prints is what it is for")]

mod act;
mod judge;
mod ledger;
mod net;
mod place;
mod run;
mod settle;
mod story;
mod weather;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use futures::{StreamExt as _, stream};

use crate::run::{Figures, Outcome};

/// Chaos on the real thing.
#[derive(Clone, Debug, Parser)]
struct Arguments {
    /// The server's program.
    #[arg(long)]
    server: PathBuf,
    /// How many runs, each with the next seed.
    #[arg(long, default_value_t = 20)]
    runs: u64,
    /// One seed alone.
    #[arg(long)]
    seed: Option<u64>,
    /// The first seed, so that parts add up.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Instances that share the work; more than one need PostgreSQL.
    #[arg(long, default_value_t = 1)]
    instances: usize,
    /// Address of a PostgreSQL server where databases may be made; left out, each run has an SQLite file.
    #[arg(long)]
    postgres: Option<String>,
    /// Runs at the same time: each mostly waits.
    #[arg(long, default_value_t = 3)]
    jobs: usize,
    /// Times that a server is killed in a run.
    #[arg(long, default_value_t = 10)]
    kills: u32,
    /// Seconds after which a write without an answer counts as not stored.
    #[arg(long, default_value_t = 4)]
    horizon: u64,
    /// Documents that the company has at the start.
    #[arg(long, default_value_t = 30)]
    documents: usize,
    /// Keep folders and logs of all runs, not only of those that failed.
    #[arg(long)]
    keep: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else { return ExitCode::FAILURE };
    runtime.block_on(async {
        tokio::select! {
            code = campaign(&arguments) => code,
            _ = tokio::signal::ctrl_c() => ExitCode::FAILURE,
        }
    })
}

async fn campaign(arguments: &Arguments) -> ExitCode {
    // Only to loopback and plain http; the client wants to know a provider nevertheless.
    let _ = rustls::crypto::ring::default_provider().install_default();
    println!(
        "settle horizon {} s, lease {} s, {} instance(s), {} kills a run, {} documents at the start",
        arguments.horizon,
        place::LEASE_SECONDS,
        arguments.instances,
        arguments.kills,
        arguments.documents
    );
    let seeds = match arguments.seed {
        Some(seed) => seed..seed + 1,
        None => arguments.from..arguments.from + arguments.runs,
    };
    let mut total = Figures::default();
    let mut bad = Vec::new();
    let runs =
        stream::iter(seeds).map(|seed| run::run(arguments, seed)).buffer_unordered(arguments.jobs.max(1));
    let mut runs = std::pin::pin!(runs);
    while let Some((seed, ended)) = runs.next().await {
        match ended {
            Ok(Outcome { figures, violations, story }) => {
                let word = if violations.is_empty() { "ok" } else { "VIOLATED" };
                println!("seed {seed}: {figures}: {word}");
                if !violations.is_empty() {
                    println!("{story}");
                    bad.push(seed);
                }
                total.add(&figures);
            }
            Err(trouble) => {
                println!("seed {seed}: could not be run: {trouble}");
                bad.push(seed);
            }
        }
    }
    println!("total: {total}");
    println!("chaos: {} runs, {} kills, {} violated {bad:?}", total.runs, total.kills, bad.len());
    if bad.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
