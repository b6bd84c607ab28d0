//! The contract with Metakocka as named cases (`cases/*.toml`), each with the section of the reference that
//! says so, told over plain HTTP: neither the client nor its types take part.
//!
//! `cargo test -p metakocka --test contract` runs them against the simulator, on a winter and on a summer
//! clock, and then plants bugs that each must break a case. With `MK_CONTRACT_URL`, `MK_CONTRACT_COMPANY` and
//! `MK_CONTRACT_KEY` they run against that company instead; cases that write need
//! `MK_CONTRACT_WRITES=yes-write-into-this-company` besides. Whatever a case stored, also against what it expects,
//! is deleted at its end; what Metakocka cannot delete (partners, offers, bills, products that were used) is listed
//! with its id. A company that is not on this machine is reached over TLS only, with no redirects and two calls a
//! second. A word behind `--` runs only cases that contain it.

mod bugs;
mod case;
mod ledger;
mod local;
mod moments;
mod own;
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
    match runtime.block_on(tell(&suite, filter.is_empty())) {
        Ok(report) => {
            print(&report);
            if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
    }
}

/// Tells the company of the environment, or the simulator.
async fn tell(suite: &Suite, whole: bool) -> Result<Report, String> {
    let Some(target) = Target::of_environment(WORD)? else { return Ok(local::run(suite, whole).await) };
    let (mut report, left) = run::run(suite, &target, "company").await;
    for one in left {
        report.note(one.to_string());
    }
    Ok(report)
}

#[expect(clippy::print_stdout, reason = "the report is what this program is for")]
fn print(report: &Report) {
    println!("{report}");
}
