//! The simulator as a program: parses the command line, nothing else.

use clap::Parser;
use metakocka_simulator::program::{Options, run};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "{error}");
            ExitCode::FAILURE
        }
    }
}
