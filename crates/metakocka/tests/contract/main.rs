//! The contract with Metakocka as named cases (`cases/*.toml`), each with the section of the reference that
//! says so, told over plain HTTP: neither the client nor its types take part.
//!
//! `cargo test -p metakocka --test contract` runs them against the simulator, on a winter and on a summer
//! clock, and then plants bugs that each must break a case. With `MK_CONTRACT_URL`, `MK_CONTRACT_COMPANY` and
//! `MK_CONTRACT_KEY` they run against that company instead; cases that write need
//! `MK_CONTRACT_WRITES=yes-write-into-this-company` besides, and leave behind what Metakocka cannot delete:
//! partners, offers, bills, products that were used. A word behind `--` runs only cases that contain it.

mod bugs;
mod case;
mod local;
mod moments;
mod pattern;
mod report;
mod run;
mod target;

use std::env;
use std::process::ExitCode;

use crate::case::Suite;
use crate::report::Report;
use crate::target::Target;

/// The word that lets cases write into a real company.
const WORD: &str = "yes-write-into-this-company";

fn main() -> ExitCode {
    let filter = env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    if env::args().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let suite = match Suite::load() {
        Ok(suite) => suite.with_word(&filter),
        Err(sentence) => {
            eprintln!("the cases cannot be read: {sentence}");
            return ExitCode::FAILURE;
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("a runtime can be made");
    let report = runtime.block_on(async {
        match Target::of_environment(WORD) {
            Some(target) => run::run(&suite, &target, "company").await,
            None => local::run(&suite, filter.is_empty()).await,
        }
    });
    print(&report);
    if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::print_stdout, reason = "the report is what this program is for")]
fn print(report: &Report) {
    println!("{report}");
}
