//! `cargo xtask chaos`: kills the real application while two sides write.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::{Args, ValueEnum};

use crate::client;
use crate::demo;
use crate::failure::Result;
use crate::postgres::Cluster;
use crate::tools;
use crate::workspace::Workspace;

/// Which runs.
#[derive(Args)]
pub(crate) struct Selection {
    /// How many runs, each with the next seed.
    #[arg(long, default_value_t = 20)]
    runs: u64,
    /// One seed alone.
    #[arg(long, conflicts_with = "runs")]
    seed: Option<u64>,
    /// The first seed, so that parts add up.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Where the application keeps its records.
    #[arg(long, value_enum, default_value = "sqlite")]
    engine: Engine,
    /// Instances that share the work; more than one need PostgreSQL.
    #[arg(long, default_value_t = 1)]
    instances: usize,
    /// Runs at the same time: each mostly waits.
    #[arg(long, default_value_t = 3)]
    jobs: usize,
    /// Times that a server is killed in a run.
    #[arg(long, default_value_t = 10)]
    kills: u32,
    /// Programs built for speed: worth it from about a hundred runs on, which then fit beside each other.
    #[arg(long)]
    release: bool,
    /// Keep folders and logs of all runs, not only of those that failed.
    #[arg(long)]
    keep: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Engine {
    Sqlite,
    Postgres,
}

/// Runs of the test command.
pub(crate) const TEST_RUNS: u64 = 20;
/// At the same time: each mostly waits, for leases that run out and for the settle horizon.
const TEST_JOBS: usize = 7;

/// The runs of the test command, on SQLite.
pub(crate) fn test(workspace: &Workspace) -> Result<()> {
    let selection = Selection {
        runs: TEST_RUNS,
        seed: None,
        from: 0,
        engine: Engine::Sqlite,
        instances: 1,
        jobs: TEST_JOBS,
        kills: 10,
        release: false,
        keep: false,
    };
    run(workspace, &selection).map(drop)
}

/// Builds both programs and ends as the runs do.
pub(crate) fn run(workspace: &Workspace, selection: &Selection) -> Result<ExitCode> {
    let programs = build(workspace, selection.release)?;
    let cluster = match selection.engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some(Cluster::start()?),
    };
    let mut chaos = Command::new(programs.join("chaos"));
    chaos.arg("--server").arg(programs.join("crm-mind")).current_dir(&workspace.root);
    let numbers = [
        ("--runs", selection.runs),
        ("--from", selection.from),
        ("--instances", u64::try_from(selection.instances).unwrap_or(1)),
        ("--jobs", u64::try_from(selection.jobs).unwrap_or(1)),
        ("--kills", u64::from(selection.kills)),
    ];
    for (name, number) in numbers.into_iter().chain(selection.seed.map(|seed| ("--seed", seed))) {
        chaos.args([name, &number.to_string()]);
    }
    if let Some(cluster) = &cluster {
        chaos.args(["--postgres", &cluster.url()]);
    }
    if selection.keep {
        chaos.arg("--keep");
    }
    tools::run(&mut chaos).map(|()| ExitCode::SUCCESS)
}

/// Builds both programs; where they are.
fn build(workspace: &Workspace, release: bool) -> Result<PathBuf> {
    if !release {
        demo::build_with(workspace, &["--bin", "chaos"])?;
        return Ok(workspace.target.join("debug"));
    }
    client::ensure_folder(workspace)?;
    tools::run(&mut workspace.cargo(&["build", "--release", "--features", "ssr", "--bin", "crm-mind"]))?;
    tools::run(&mut workspace.cargo(&["build", "--release", "--package", "chaos"]))?;
    Ok(workspace.target.join("release"))
}
