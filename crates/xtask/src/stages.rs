//! `cargo xtask test`: the stages in order, what each needs, and the table at the end.
//!
//! Slow preparations (npm packages, the PostgreSQL cluster) start first and run beside the compiler. A stage
//! that fails does not stop the others: one run shows everything that is wrong.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use clap::Args;
use serde::Deserialize;

use crate::chaos;
use crate::client;
use crate::demo;
use crate::end2end;
use crate::failure::{Context, Failure, Result};
use crate::postgres::{self, Cluster};
use crate::report::{Outcome, Report, Row, Stopwatch};
use crate::simulate;
use crate::test_output::Totals;
use crate::tools;
use crate::workspace::{SELECTION, Workspace};

/// The database the tests use beside SQLite; set by hand it is used as it is.
const DATABASE_VARIABLE: &str = "TEST_DATABASE_URL";

/// What to run.
#[derive(Args)]
pub(crate) struct Selection {
    /// Leave out the browser and PostgreSQL.
    #[arg(long)]
    fast: bool,
    /// Fail when a stage was skipped.
    #[arg(long, conflicts_with = "fast")]
    require_all: bool,
    /// Only the stages whose name contains this word; may be repeated.
    #[arg(long, value_name = "WORD", conflicts_with = "require_all")]
    only: Vec<String>,
}

impl Selection {
    fn wants(&self, stage: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|word| stage.contains(word.as_str()))
    }
}

type Work = fn(&mut Run) -> Result<Outcome>;

/// Name, budget in seconds with warm dependencies on two cores (41 minutes in all), work.
const PLAN: [(&str, u64, Work); 11] = [
    ("format", 10, |run| run.cargo(&["fmt", "--all", "--check"])),
    ("tidy", 20, Run::tidy),
    ("clippy", 420, Run::clippy),
    ("clippy of the client", 180, Run::clippy_client),
    ("client and its size", 240, Run::client),
    ("tests of xtask", 60, Run::test_xtask),
    ("tests", 720, Run::tests),
    ("tests on PostgreSQL", 5, Run::postgres),
    ("simulation", 180, Run::simulation),
    ("chaos", 360, Run::chaos),
    ("end-to-end", 420, Run::end_to_end),
];

/// Runs the stages and prints the report.
pub(crate) fn run(workspace: &Workspace, selection: &Selection) -> Result<ExitCode> {
    tools::ensure_c_compiler()?;
    client::ensure_folder(workspace)?;
    let mut run = Run::prepare(workspace, selection);
    let mut report = Report::default();
    for (stage, budget, work) in PLAN.into_iter().filter(|(stage, ..)| selection.wants(stage)) {
        println!("\n==> {stage}");
        let took = Stopwatch::start();
        let outcome = work(&mut run).unwrap_or_else(|failure| Outcome::Failed { why: failure.with_causes() });
        if let Outcome::Failed { why } = &outcome {
            println!("{why}");
        }
        report.rows.push(Row { stage, outcome, took: took.elapsed(), budget: Duration::from_secs(budget) });
    }
    println!("\n{}", report.table());
    if let Some(totals) = run.totals {
        println!("tests: {} passed, {} failed, {} skipped", totals.passed, totals.failed, totals.skipped);
        println!("of these on SQLite: {}, on PostgreSQL: {}", totals.on_sqlite, totals.on_postgres);
    }
    println!("{}", report.closing_line());
    Ok(if report.is_good(selection.require_all) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What the stages share.
struct Run {
    workspace: Workspace,
    fast: bool,
    packages: Option<JoinHandle<Result<()>>>,
    cluster: Database,
    totals: Option<Totals>,
}

/// The second engine of the store tests.
enum Database {
    /// Not wanted in this run.
    LeftOut,
    /// On its way.
    Starting(JoinHandle<Result<Cluster>>),
    /// Ours, alive as long as this value.
    Own(Cluster),
    /// The one the environment names.
    Given(String),
    /// Could not be had, and why.
    Missing(String),
}

impl Run {
    fn prepare(workspace: &Workspace, selection: &Selection) -> Self {
        let for_packages = workspace.clone();
        let needs_packages = selection.wants("end-to-end") && !selection.fast || selection.wants("client");
        let packages =
            needs_packages.then(|| thread::spawn(move || tools::ensure_npm_packages(&for_packages)));
        let cluster = match env::var(DATABASE_VARIABLE) {
            _ if selection.fast || !selection.wants("tests on PostgreSQL") => Database::LeftOut,
            Ok(url) if !url.is_empty() => Database::Given(url),
            _ => Database::Starting(thread::spawn(Cluster::start)),
        };
        Self { workspace: workspace.clone(), fast: selection.fast, packages, cluster, totals: None }
    }

    fn cargo(&mut self, arguments: &[&str]) -> Result<Outcome> {
        tools::run(&mut self.workspace.cargo(arguments)).map(|()| Outcome::passed())
    }

    /// Compiles the rules alone, so that they answer before the workspace is compiled; `tests` runs them too.
    fn tidy(&mut self) -> Result<Outcome> {
        let root = &self.workspace.root;
        let program = self.workspace.target.join("tidy");
        fs::create_dir_all(&self.workspace.target).context(|| "the target directory cannot be made")?;
        let mut compile = Command::new("rustc");
        compile.args(["--test", "--edition", "2024", "tests/tidy/main.rs", "-o"]).arg(&program);
        tools::run(compile.current_dir(root).env("CARGO_MANIFEST_DIR", root))?;
        tools::run(Command::new(program).arg("--quiet").current_dir(root)).map(|()| Outcome::passed())
    }

    fn clippy(&mut self) -> Result<Outcome> {
        let mut arguments = vec!["clippy"];
        arguments.extend(SELECTION);
        arguments.extend(["--all-targets", "--", "-D", "warnings"]);
        self.cargo(&arguments)?;
        self.cargo(&["clippy", "-p", "xtask", "--all-targets", "--", "-D", "warnings"])
    }

    fn clippy_client(&mut self) -> Result<Outcome> {
        tools::ensure_wasm_target(&self.workspace)?;
        self.cargo(&["clippy", "-p", "web", "--target", tools::WASM_TARGET, "--", "-D", "warnings"])
    }

    fn client(&mut self) -> Result<Outcome> {
        if let Err(failure) = self.npm_packages() {
            println!("wasm-opt is not there: {}", failure.with_causes());
        }
        let client = client::build(&self.workspace)?;
        let budget = SizeBudget::read(&self.workspace)?;
        let limit = budget.brotli_kb * 1000;
        if client.brotli_bytes > limit {
            return Err(Failure::new(format!(
                "the client has {client}, {} bytes more than the budget in benches/client-size.toml",
                client.brotli_bytes - limit
            )));
        }
        Ok(Outcome::Passed { note: format!("{client} of {} kB", budget.brotli_kb) })
    }

    fn test_xtask(&mut self) -> Result<Outcome> {
        self.cargo(&["test", "-p", "xtask", "--quiet"])
    }

    fn tests(&mut self) -> Result<Outcome> {
        self.settle_database();
        let mut arguments = vec!["test"];
        arguments.extend(SELECTION);
        arguments.push("--no-fail-fast");
        let mut command = self.workspace.cargo(&arguments);
        match self.cluster.url() {
            Some(url) => command.env(DATABASE_VARIABLE, url),
            None => command.env_remove(DATABASE_VARIABLE),
        };
        let (totals, succeeded) = count_tests(&mut command)?;
        let totals = if self.cluster.url().is_some() { totals } else { totals.without_postgres() };
        self.totals = Some(totals);
        if !succeeded {
            return Err(Failure::new(format!(
                "{} tests failed, or something did not compile",
                totals.failed
            )));
        }
        Ok(Outcome::Passed { note: format!("{} tests", totals.passed) })
    }

    /// Says how the stage before went on the second engine: nothing is run here.
    fn postgres(&mut self) -> Result<Outcome> {
        let Totals { on_sqlite, on_postgres, .. } = self.totals.unwrap_or_default();
        match &self.cluster {
            Database::LeftOut => Ok(left_out()),
            Database::Missing(why) => {
                Ok(Outcome::Skipped { why: why.clone(), remedy: postgres::REMEDY.to_owned() })
            }
            _ if on_postgres == 0 => Err(Failure::new("no test ran on it")),
            _ if on_postgres != on_sqlite => {
                Err(Failure::new(format!("{on_postgres} tests ran on it, but {on_sqlite} on SQLite")))
            }
            _ => Ok(Outcome::Passed { note: format!("{on_postgres} of the tests above") }),
        }
    }

    /// Seeds of the simulated world, in a release build of two small crates.
    fn simulation(&mut self) -> Result<Outcome> {
        simulate::test(&self.workspace).map(|()| Outcome::passed())
    }

    /// The real application, killed in the midst of things.
    fn chaos(&mut self) -> Result<Outcome> {
        if self.fast {
            return Ok(left_out());
        }
        chaos::test(&self.workspace).map(|()| Outcome::Passed { note: format!("{} runs", chaos::TEST_RUNS) })
    }

    fn end_to_end(&mut self) -> Result<Outcome> {
        if self.fast {
            return Ok(left_out());
        }
        if let Err(failure) = self.npm_packages() {
            let why = failure.with_causes();
            return Ok(Outcome::Skipped { why, remedy: "npm ci in end2end".to_owned() });
        }
        let Some(browser) = end2end::find_browser(&self.workspace) else {
            let why = "there is no Chromium".to_owned();
            return Ok(Outcome::Skipped { why, remedy: end2end::REMEDY.to_owned() });
        };
        client::build(&self.workspace)?;
        demo::build_server(&self.workspace)?;
        end2end::run(&self.workspace, &browser).map(|()| Outcome::passed())
    }

    /// Waits for the packages that `prepare` began to install.
    fn npm_packages(&mut self) -> Result<()> {
        match self.packages.take() {
            Some(installing) => joined(installing),
            None => tools::ensure_npm_packages(&self.workspace),
        }
    }

    /// Waits for the cluster that `prepare` began to start.
    fn settle_database(&mut self) {
        let starting = std::mem::replace(&mut self.cluster, Database::LeftOut);
        self.cluster = match starting {
            Database::Starting(starting) => match joined(starting) {
                Ok(cluster) => Database::Own(cluster),
                Err(failure) => Database::Missing(failure.with_causes()),
            },
            settled => settled,
        };
    }
}

impl Database {
    fn url(&self) -> Option<String> {
        match self {
            Self::Own(cluster) => Some(cluster.url()),
            Self::Given(url) => Some(url.clone()),
            Self::LeftOut | Self::Starting(_) | Self::Missing(_) => None,
        }
    }
}

/// `benches/client-size.toml`.
#[derive(Deserialize)]
struct SizeBudget {
    brotli_kb: u64,
}

impl SizeBudget {
    fn read(workspace: &Workspace) -> Result<Self> {
        let text = fs::read_to_string(workspace.root.join("benches/client-size.toml"))
            .context(|| "benches/client-size.toml cannot be read")?;
        toml::from_str(&text).context(|| "benches/client-size.toml is not understood")
    }
}

fn left_out() -> Outcome {
    Outcome::Skipped { why: "left out by --fast".to_owned(), remedy: "cargo xtask test".to_owned() }
}

fn joined<T>(handle: JoinHandle<Result<T>>) -> Result<T> {
    handle.join().unwrap_or_else(|_| Err(Failure::new("a preparation panicked")))
}

/// Runs `cargo test`, passing its output on while counting; also says whether it succeeded.
fn count_tests(command: &mut Command) -> Result<(Totals, bool)> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context(|| "cargo test could not be started")?;
    let mut totals = Totals::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line.context(|| "the output of cargo test is not text")?;
            println!("{line}");
            totals.add_line(&line);
        }
    }
    let status = child.wait().context(|| "cargo test is lost")?;
    Ok((totals, status.success()))
}
