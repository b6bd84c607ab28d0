//! `cargo xtask fuzz`: millions of made-up and damaged replies for the readers of `crates/metakocka`.

use std::process::ExitCode;

use clap::Args;

use crate::failure::Result;
use crate::tools;
use crate::workspace::Workspace;

/// How many, and which.
#[derive(Args)]
pub(crate) struct Replies {
    /// How many replies.
    #[arg(long, default_value_t = 5_000_000)]
    runs: u64,
    /// Same seed, same replies.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only the reply with this number, shown.
    #[arg(long)]
    only: Option<u64>,
}

/// Builds the fuzzer for speed and runs it; it prints its figures itself.
pub(crate) fn run(workspace: &Workspace, replies: &Replies) -> Result<ExitCode> {
    let (runs, seed) = (replies.runs.to_string(), replies.seed.to_string());
    let mut arguments = vec!["test", "--release", "-p", "metakocka", "--test", "fuzz", "--"];
    arguments.extend(["--runs", &runs, "--seed", &seed]);
    let only = replies.only.map(|only| only.to_string());
    if let Some(only) = &only {
        arguments.extend(["--only", only]);
    }
    tools::run(&mut workspace.cargo(&arguments)).map(|()| ExitCode::SUCCESS)
}
