//! `cargo xtask simulate`: seeds of the simulated world, in a release build.

use std::process::ExitCode;

use clap::Args;

use crate::failure::Result;
use crate::tools;
use crate::workspace::Workspace;

/// Seeds of the test command: seconds on two cores.
const SEEDS_OF_A_TEST: u64 = 20_000;

/// Which seeds.
#[derive(Args)]
pub(crate) struct Selection {
    /// How many seeds.
    #[arg(long, default_value_t = SEEDS_OF_A_TEST)]
    seeds: u64,
    /// One seed alone, in words.
    #[arg(long, conflicts_with = "seeds")]
    seed: Option<u64>,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// How soon each deliberate bug is found.
    #[arg(long, conflicts_with_all = ["seeds", "seed"])]
    bugs: bool,
}

/// Runs the program and ends as it does.
pub(crate) fn run(workspace: &Workspace, seeds: &Selection) -> Result<ExitCode> {
    let mut words = vec!["--from".to_owned(), seeds.from.to_string()];
    match seeds.seed {
        Some(seed) => words.extend(["--seed".to_owned(), seed.to_string()]),
        None => words.extend(["--seeds".to_owned(), seeds.seeds.to_string()]),
    }
    if seeds.bugs {
        words.push("--bugs".to_owned());
    }
    simulate(workspace, &words).map(|()| ExitCode::SUCCESS)
}

/// The seeds of the test command.
pub(crate) fn test(workspace: &Workspace) -> Result<()> {
    simulate(workspace, &["--seeds".to_owned(), SEEDS_OF_A_TEST.to_string()])
}

fn simulate(workspace: &Workspace, words: &[String]) -> Result<()> {
    let program = ["run", "--release", "--quiet", "--package", "sync-simulation", "--bin", "simulate", "--"];
    tools::run(workspace.cargo(&program).args(words))
}
