//! Build, demo, test and measure: what `cargo xtask` runs.
//!
//! Everything a developer or the build server does beyond plain `cargo` goes through here, so that the two
//! commands of the README are the whole set-up. A step that needs a program installs it where a package
//! manager of this project may (the wasm target, the npm packages of `end2end/`) and else says in one
//! sentence which command would. To add a stage to the tests, add a function and a line to `stages::PLAN`.

#![expect(clippy::print_stdout, reason = "a command line tool: what it prints is what it is for")]

mod bench;
mod chaos;
mod client;
mod compress;
mod demo;
mod end2end;
mod failure;
mod fuzz;
mod postgres;
mod report;
mod simulate;
mod stages;
mod styles;
mod test_output;
mod tools;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Result;
use crate::workspace::Workspace;

/// Build, demo and test.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the client and the styles into `target/site/pkg`; quick when nothing changed.
    Build,
    /// Build everything and run the demo; Ctrl-C ends it.
    Demo {
        /// Passed on to `crm-mind demo`, for example `--port 3100 --documents 2000`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Kill the real application at random moments while both sides write; nothing may be doubled or lost.
    Chaos(chaos::Selection),
    /// Measure a release build: documents per second, start, memory, size of the client.
    Bench,
    /// Feed made-up and damaged replies to the readers of the Metakocka client and print the figures.
    Fuzz(fuzz::Replies),
    /// Run seeds of the simulated world: every promise has to hold in each.
    Simulate(simulate::Selection),
    /// Run every check of this repository and print what ran, what was skipped and why.
    Test(stages::Selection),
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("error: {}", failure.with_causes());
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    let workspace = Workspace::locate()?;
    match command {
        Command::Build => client::build(&workspace).map(|client| {
            println!("client: {client}");
            ExitCode::SUCCESS
        }),
        Command::Bench => bench::run(&workspace),
        Command::Chaos(selection) => chaos::run(&workspace, &selection),
        Command::Fuzz(replies) => fuzz::run(&workspace, &replies),
        Command::Demo { arguments } => demo::run(&workspace, &arguments),
        Command::Simulate(seeds) => simulate::run(&workspace, &seeds),
        Command::Test(selection) => stages::run(&workspace, &selection),
    }
}
