//! Runs seeds of the simulated world and prints what they covered; what fails is printed as its
//! shortest trace. The last line is the summary.

#![expect(clippy::print_stdout, reason = "a command line tool: what it prints is what it is for")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use sync_simulation::bugs;
use sync_simulation::campaign::{Total, campaign, search};
use sync_simulation::counts::{ASKED, Boundary, Counts, Fault};
use sync_simulation::wiring::{Right, Wiring};

/// How often each bug is searched for; the mean of so few searches is within a third of the truth.
const SEARCHES: u64 = 10;

/// A search that takes more seeds than this is given up.
const MOST_SEEDS: u64 = 20_000;

/// A bug has to be found within so many seeds on average.
const FOUND_WITHIN: u64 = 2_000;

/// Names of the kinds in the figures.
const KINDS: [&str; 4] = ["contacts", "products", "orders", "offers"];

/// What the command line asks for.
struct Arguments {
    seeds: u64,
    seed: Option<u64>,
    from: u64,
    bugs: bool,
}

fn main() -> ExitCode {
    match arguments(std::env::args().skip(1)) {
        Ok(Arguments { seed: Some(seed), .. }) => one(seed),
        Ok(arguments) if arguments.bugs => all_bugs(arguments.from),
        Ok(arguments) => many(arguments.from, arguments.seeds),
        Err(sentence) => {
            println!("{sentence}");
            ExitCode::FAILURE
        }
    }
}

fn arguments(mut words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments = Arguments { seeds: 20_000, seed: None, from: 0, bugs: false };
    while let Some(word) = words.next() {
        let mut number = || -> Result<u64, String> {
            let text = words.next().ok_or_else(|| format!("{word} needs a number"))?;
            text.replace('_', "").parse().map_err(|_| format!("{word} needs a number, not “{text}”"))
        };
        match word.as_str() {
            "--seeds" => arguments.seeds = number()?,
            "--seed" => arguments.seed = Some(number()?),
            "--from" => arguments.from = number()?,
            "--bugs" => arguments.bugs = true,
            _ => return Err(format!("“{word}” is none of --seeds N, --seed S, --from S, --bugs")),
        }
    }
    Ok(arguments)
}

/// One seed, in words.
fn one(seed: u64) -> ExitCode {
    let outcome = sync_simulation::replay(seed, std::collections::BTreeSet::new(), &Right);
    print!("{}", outcome.trace.lines());
    let again = sync_simulation::run(seed, &Right);
    let same = again.trace.hash() == outcome.trace.hash();
    println!("trace {:016x}, the same when run again: {same}", outcome.trace.hash());
    if outcome.violation.is_some() {
        show_shortest(seed, &Right);
    }
    println!("seed {seed}: {} events, {}", outcome.counts.events, verdict(outcome.violation.is_some()));
    if outcome.violation.is_none() && same { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn verdict(broken: bool) -> &'static str {
    if broken { "a promise was broken" } else { "every promise was kept" }
}

/// Many seeds, their figures, and the naive client beside them.
fn many(from: u64, seeds: u64) -> ExitCode {
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let (total, took) = timed(|| campaign(from, seeds, threads, &|seed| sync_simulation::run(seed, &Right)));
    let (naive, _) = timed(|| campaign(from, seeds, threads, &sync_simulation::naive::run));
    figures(&total.counts);
    for (seed, violation) in total.failed.iter().take(5) {
        println!("seed {seed}: {} (#{}, {})", violation.what, violation.about, violation.detail);
    }
    if let Some((seed, _)) = total.failed.first() {
        show_shortest(*seed, &Right);
    }
    let told = total.counts.told_duplicates;
    let events = total.counts.events / total.seeds.max(1);
    println!("events a seed: {events} on average, {} to {}", total.events.0, total.events.1);
    println!("{}", naive_line(&naive));
    println!(
        "{} edits of people fell into the seconds between our read and our write, where the remote tells \
         nothing; {} were overwritten by requests that a restored database knew nothing of; {told} duplicates by \
         requests beyond the horizon, all told",
        total.score.in_window, total.score.by_forgotten
    );
    println!(
        "{} seeds from {from} in {:.1} s ({:.0}/s, {threads} threads): {} doubled, {} lost edits, {} failed, trace {:016x}",
        total.seeds,
        took.as_secs_f64(),
        per_second(total.seeds, took),
        total.score.doubled,
        total.score.lost,
        total.failed.len(),
        total.hash,
    );
    if total.failed.is_empty() && total.seeds == seeds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn naive_line(naive: &Total) -> String {
    format!(
        "naive client, same seeds: {} records made twice or more, {} lost edits, {} creates",
        naive.score.doubled, naive.score.lost, naive.counts.created
    )
}

#[expect(clippy::cast_precision_loss, reason = "figures for people: three digits count")]
fn per_second(seeds: u64, took: Duration) -> f64 {
    seeds as f64 / took.as_secs_f64().max(0.001)
}

#[expect(clippy::disallowed_methods, reason = "it measures how long the program itself takes")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

fn figures(counts: &Counts) {
    println!("faults:");
    for (fault, count) in Fault::ALL.iter().zip(counts.faults) {
        println!("  {:<34} {count:>10}", fault.name());
    }
    println!("deaths of workers:");
    for (boundary, count) in Boundary::ALL.iter().zip(counts.boundaries) {
        println!("  {:<46} {count:>8}", boundary.name());
    }
    println!(
        "creates {}, updates {}, seeds with a late store {}",
        counts.created, counts.updated, counts.late_runs
    );
    for ((kind, unknown), asked) in KINDS.iter().zip(counts.unknown).zip(counts.asked) {
        let causes: Vec<String> = ASKED
            .iter()
            .zip(asked)
            .filter(|(_, count)| *count > 0)
            .map(|(cause, count)| format!("{cause} {count}"))
            .collect();
        let all: u64 = asked.iter().sum();
        println!("unknown {kind}: {unknown}, asked {all} ({}){}", percent(all, unknown), list(&causes));
    }
}

fn list(causes: &[String]) -> String {
    if causes.is_empty() { String::new() } else { format!(": {}", causes.join(", ")) }
}

/// A share in hundredths of a percent.
fn percent(part: u64, whole: u64) -> String {
    let hundredths = part * 10_000 / whole.max(1);
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}

fn show_shortest(seed: u64, wiring: &dyn Wiring) {
    if let Some(shrunk) = sync_simulation::shrink(seed, wiring) {
        let (before, after) = shrunk.happenings;
        println!("seed {seed}, {after} of {before} happenings left:");
        print!("{}", shrunk.outcome.trace.lines());
        println!("  → {} (#{}, {})", shrunk.violation.what, shrunk.violation.about, shrunk.violation.detail);
    }
}

/// How soon each deliberate bug is found.
fn all_bugs(from: u64) -> ExitCode {
    let mut late = 0;
    for (name, wiring) in bugs::ALL {
        let found = search(wiring, from, SEARCHES, MOST_SEEDS);
        let missed = found.iter().filter(|one| one.is_none()).count();
        let sum: u64 = found.iter().map(|one| one.unwrap_or(MOST_SEEDS)).sum();
        let mean = sum / SEARCHES;
        late += u64::from(mean > FOUND_WITHIN);
        println!("{name:<40} found in {mean:>6} seeds on average, {missed} of {SEARCHES} searches given up");
    }
    println!("{} bugs, {late} not found within {FOUND_WITHIN} seeds on average", bugs::ALL.len());
    if late == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
