//! Replies that were made up or damaged, millions of them: nothing panics, nothing hangs, nothing takes more
//! memory than a reply may have, and what one of two spellings says the other says too.
//!
//! `cargo xtask fuzz --runs N --seed S` runs it; as a test it makes a few. Same seed, same replies, whatever
//! the number of threads; `--only R` makes one of them again.

mod chance;
mod grammar;
mod mutation;
mod samples;
mod watch;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cap::Cap;
use metakocka::fuzz::{Reached, ReplyKind, read};
use metakocka::{Document, DocumentType, Limits, Partner, Product, SecretKey};

use crate::chance::Chance;
use crate::watch::{Stopwatch, Watchdog};

#[global_allocator]
static MEMORY: Cap<std::alloc::System> = Cap::new(std::alloc::System, usize::MAX);

/// Replies that the test makes; `cargo xtask fuzz` makes more.
const FEW: u64 = 5_000;
/// A reply that takes longer to read than this hangs.
const PATIENCE: Duration = Duration::from_secs(5);

/// Replies end here, in bytes: far above a real page, and far below the memory that reading one may take, so
/// that no allocation can hide among those of the generator.
const MAX_REPLY: usize = 1024 * 1024;

/// What the command line says.
struct Options {
    runs: u64,
    seed: u64,
    only: Option<u64>,
}

/// What was seen, counted by all threads.
#[derive(Default)]
struct Seen {
    typed: AtomicU64,
    pages: AtomicU64,
    refusals: AtomicU64,
    errors: AtomicU64,
    panics: AtomicU64,
    broken: AtomicU64,
    largest_reply: AtomicU64,
    slowest_micros: AtomicU64,
}

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--list") || is_filtered_out() {
        return ExitCode::SUCCESS;
    }
    let options = Options::of_the_command_line();
    let samples = samples::load();
    let seen = Seen::default();
    let watch = Stopwatch::start();
    let before = MEMORY.allocated();
    let watchdog = Watchdog::start(PATIENCE);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (options, samples, seen, watchdog) = (&options, &samples, &seen, &watchdog);
            scope.spawn(move || work(thread, threads, options, samples, seen, watchdog));
        }
    });
    let peak = MEMORY.max_allocated().saturating_sub(before);
    seen.report(&options, watch.elapsed(), peak)
}

/// Whether `cargo test WORD` asks for other tests.
fn is_filtered_out() -> bool {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_word = |place: usize| {
        let follows_an_option = place > 0 && arguments[place - 1].starts_with("--");
        !arguments[place].starts_with('-') && !follows_an_option
    };
    (0..arguments.len())
        .filter(|place| is_word(*place))
        .any(|place| !"fuzz".contains(arguments[place].as_str()))
}

fn work(
    thread: usize,
    threads: usize,
    options: &Options,
    samples: &[(ReplyKind, String)],
    seen: &Seen,
    watchdog: &Watchdog,
) {
    let key = SecretKey::parse("a-key-that-no-reply-has").expect("this is a key");
    let mine = (0..options.runs).filter(|run| run % threads as u64 == thread as u64);
    for run in mine.filter(|run| options.only.is_none_or(|only| only == *run)) {
        let mut chance = Chance::of(options.seed, run);
        let (kind, mut reply) = make(&mut chance, samples);
        reply.truncate(MAX_REPLY);
        watchdog.begin(thread, run);
        let begin = Stopwatch::start();
        let result = catch_unwind(AssertUnwindSafe(|| look(kind, &reply, &key, &mut chance)));
        seen.slowest_micros.fetch_max(micros(begin.elapsed()), Ordering::Relaxed);
        seen.largest_reply.fetch_max(reply.len() as u64, Ordering::Relaxed);
        match result {
            Ok(Ok(reached)) => seen.count(&reached),
            Ok(Err(broken)) => Seen::complain(&seen.broken, run, &broken, &reply),
            Err(_) => Seen::complain(&seen.panics, run, "it panicked", &reply),
        }
        if options.only.is_some() {
            eprintln!("run {run}, {kind:?}: {}", String::from_utf8_lossy(&reply));
        }
    }
    watchdog.end(thread);
}

/// A reply: made up, or a sample that was changed, or one that was damaged.
fn make(chance: &mut Chance, samples: &[(ReplyKind, String)]) -> (ReplyKind, Vec<u8>) {
    match chance.below(10) {
        0..4 => {
            let (kind, mut reply) = grammar::reply(chance);
            if chance.one_in(4) {
                mutation::change(&mut reply, chance);
            }
            (kind, reply.to_string().into_bytes())
        }
        4..8 => {
            let (kind, sample) = chance.pick(samples);
            let mut reply = serde_json::from_str(sample).expect("samples are JSON");
            for _ in 0..=chance.below(4) {
                mutation::change(&mut reply, chance);
            }
            (*kind, reply.to_string().into_bytes())
        }
        8 => {
            let (kind, reply) = grammar::reply(chance);
            (kind, mutation::damage(reply.to_string().into_bytes(), chance))
        }
        _ => {
            let (kind, sample) = chance.pick(samples);
            (*kind, mutation::damage(sample.clone().into_bytes(), chance))
        }
    }
}

/// Reads a reply, and checks what must hold of what was read.
fn look(kind: ReplyKind, reply: &[u8], key: &SecretKey, chance: &mut Chance) -> Result<Reached, String> {
    let status = if chance.one_in(20) { [404, 429, 500, 503][chance.below(4)] } else { 200 };
    let reached = read(kind, status, reply, key);
    if chance.one_in(8) && read(kind, status, reply, key) != reached {
        return Err("it is read in two ways".to_owned());
    }
    if chance.one_in(8)
        && let Ok(text) = std::str::from_utf8(reply)
    {
        one_or_many(text)?;
        let _ = (Partner::from_json(text), Product::from_json(text));
    }
    values(chance)?;
    Ok(reached)
}

/// A document whose only line stands without its list says the same. Both are written anew, so that a name that
/// damage has doubled is in neither.
fn one_or_many(text: &str) -> Result<(), String> {
    let read = |json: &serde_json::Value| Document::from_json(DocumentType::BillDomestic, &json.to_string());
    let Ok(mut json) = serde_json::from_str::<serde_json::Value>(text) else { return Ok(()) };
    let Ok(document) = read(&json) else { return Ok(()) };
    for name in ["product_list", "mark_paid", "doc_link_list", "extra_column"] {
        let single = json.get(name).and_then(|list| list.as_array()).filter(|list| list.len() == 1);
        if let Some(only) = single.map(|list| list[0].clone()).filter(serde_json::Value::is_object) {
            json[name] = only;
        }
    }
    match read(&json) {
        Ok(other) if other == document => Ok(()),
        Ok(_) => Err("without its list it says something else".to_owned()),
        Err(error) => Err(format!("without its list it cannot be read: {error}")),
    }
}

/// Values in two spellings.
fn values(chance: &mut Chance) -> Result<(), String> {
    let (number, money) = grammar::number_and_money(chance);
    let date = grammar::date(chance);
    let right = metakocka::fuzz::same_decimal(number)
        && metakocka::fuzz::same_money(&money, number)
        && metakocka::fuzz::same_date(date);
    if right { Ok(()) } else { Err(format!("{number}, {money} or {date} is read in two ways")) }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

impl Seen {
    fn count(&self, reached: &Reached) {
        let counter = match reached {
            Reached::Typed { .. } => &self.typed,
            Reached::NoRecord { .. } => &self.pages,
            Reached::Refusal => &self.refusals,
            Reached::Error(_) => &self.errors,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn complain(counter: &AtomicU64, run: u64, why: &str, reply: &[u8]) {
        if counter.fetch_add(1, Ordering::Relaxed) < 5 {
            let reply: String = String::from_utf8_lossy(reply).chars().take(2_000).collect();
            eprintln!("run {run}: {why}: {reply}");
        }
    }

    #[expect(clippy::print_stdout, reason = "the figures are what this program is for")]
    fn report(&self, options: &Options, took: Duration, peak: usize) -> ExitCode {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (typed, panics, broken) = (get(&self.typed), get(&self.panics), get(&self.broken));
        let made = typed + get(&self.pages) + get(&self.refusals) + get(&self.errors) + panics + broken;
        let percent = typed * 1000 / made.max(1);
        let limit = Limits::default().max_reply_bytes;
        println!("{made} replies from seed {} in {:.1} s", options.seed, took.as_secs_f64());
        println!(
            "{typed} reached a typed record ({}.{} %), {} were pages without one, {} refusals, {} errors",
            percent / 10,
            percent % 10,
            get(&self.pages),
            get(&self.refusals),
            get(&self.errors)
        );
        println!("{panics} panics, 0 hangs, {broken} read in two ways");
        println!(
            "slowest reply {} µs; largest reply {} bytes; all allocations together at most {peak} bytes, one reply may have {limit}",
            get(&self.slowest_micros),
            get(&self.largest_reply)
        );
        let enough = options.only.is_some() || typed * 2 >= made;
        let checks = [
            ("no_reply_panics", panics == 0),
            ("no_reply_is_read_in_two_ways", broken == 0),
            ("at_least_half_reach_a_typed_record", enough),
            ("no_allocation_is_above_the_limit_of_a_reply", peak <= limit),
        ];
        for (name, holds) in checks {
            println!("test fuzz::{name} ... {}", if holds { "ok" } else { "FAILED" });
        }
        if checks.iter().all(|(_, holds)| *holds) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

impl Options {
    fn of_the_command_line() -> Self {
        let arguments: Vec<String> = std::env::args().collect();
        let value = |name: &str| {
            let place = arguments.iter().position(|argument| argument == name)?;
            arguments.get(place + 1)?.parse().ok()
        };
        Self {
            runs: value("--runs").unwrap_or(FEW),
            seed: value("--seed").unwrap_or(1),
            only: value("--only"),
        }
    }
}
