//! Replies that were made up or damaged, millions of them: nothing panics, nothing hangs, nothing takes more
//! memory than its length allows, nothing shows the secret key, and what one of two spellings says the other
//! says too.
//!
//! `cargo xtask fuzz --runs N --seed S` runs it; as a test it makes a few. Same seed, same replies, whatever
//! the number of threads; `--only R` makes one of them again.

mod chance;
mod grammar;
mod large;
mod memory;
mod mutation;
mod planted;
mod samples;
mod seen;
mod watch;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Duration;

use metakocka::fuzz::{Reached, ReplyKind, read};
use metakocka::{Document, DocumentType, Partner, Product, SecretKey};

use crate::chance::Chance;
use crate::memory::Memory;
use crate::planted::{KEY, Shown};
use crate::seen::{LONGEST, Outcome, Reading, Seen};
use crate::watch::{Stopwatch, Watchdog};

/// Replies that the test makes; `cargo xtask fuzz` makes more.
const FEW: u64 = 5_000;
/// A reply that is not read after this is not waited for. Those that merely take too long are counted.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the command line says.
struct Options {
    runs: u64,
    seed: u64,
    only: Option<u64>,
}

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--list") || is_filtered_out() {
        return ExitCode::SUCCESS;
    }
    memory::watch();
    let options = Options::of_the_command_line();
    let samples = samples::load();
    let watch = Stopwatch::start();
    let watchdog = Watchdog::start(PATIENCE);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let seen = std::thread::scope(|scope| {
        let begin = |thread| {
            let (options, samples, watchdog) = (&options, &samples, &watchdog);
            scope.spawn(move || work(thread, threads, options, samples, watchdog))
        };
        let workers: Vec<_> = (0..threads).map(begin).collect();
        let all = workers.into_iter().map(|worker| worker.join().expect("a worker catches what panics"));
        all.fold(Seen::default(), |seen, more| seen.and(&more))
    });
    seen.report(options.seed, watch.elapsed(), options.only.is_some())
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
    watchdog: &Watchdog,
) -> Seen {
    let key = SecretKey::parse(KEY).expect("this is a key");
    let mut seen = Seen::default();
    let mine = (0..options.runs).filter(|run| run % threads as u64 == thread as u64);
    for run in mine.filter(|run| options.only.is_none_or(|only| only == *run)) {
        let mut chance = Chance::of(options.seed, run);
        let made = make(run, &mut chance, samples);
        watchdog.begin(thread, run);
        if options.only.is_some() {
            let shown: String = String::from_utf8_lossy(&made.reply).chars().take(100_000).collect();
            eprintln!("run {run}, {:?}, HTTP status {}: {shown}", made.kind, made.status);
        }
        seen.note(&measured(run, &made, &key, &mut chance));
    }
    watchdog.end(thread);
    seen
}

/// A reply that was made, and what it is read as.
struct Made {
    kind: ReplyKind,
    status: u16,
    reply: Vec<u8>,
    has_key: bool,
    is_large: bool,
}

fn make(run: u64, chance: &mut Chance, samples: &[(ReplyKind, String)]) -> Made {
    if let Some((kind, reply)) = large::reply(run, chance) {
        return Made { kind, status: 200, reply, has_key: false, is_large: true };
    }
    let (kind, mut reply) = usual(chance, samples);
    let status = if chance.one_in(20) { [404, 429, 500, 503][chance.below(4)] } else { 200 };
    if chance.one_in(40) {
        mutation::break_text(&mut reply, chance);
    }
    let has_key = chance.one_in(8);
    if has_key {
        planted::plant(&mut reply, chance);
    }
    Made { kind, status, reply, has_key, is_large: false }
}

/// A reply that was read: how far it came with what it told, unless it panicked, in which time, with which
/// memory.
struct Timed {
    reached: Option<(Reached, String)>,
    took: Duration,
    memory: Memory,
}

fn timed(made: &Made, key: &SecretKey) -> Timed {
    let mut reached = None;
    let mut took = Duration::ZERO;
    let memory = memory::of(|| {
        let begin = Stopwatch::start();
        let reading = || read(made.kind, made.status, &made.reply, key, false);
        reached = catch_unwind(AssertUnwindSafe(reading)).ok();
        took = begin.elapsed();
    });
    // The message of a panic takes megabytes, and is a failure anyway.
    let memory = if reached.is_some() { memory } else { Memory::default() };
    Timed { reached, took, memory }
}

/// Reads a reply under measurement, then looks whether what was read holds.
fn measured<'a>(run: u64, made: &'a Made, key: &SecretKey, chance: &mut Chance) -> Reading<'a> {
    let Timed { reached, mut took, memory } = timed(made, key);
    if took > LONGEST {
        // A busy machine may have held it up; what hangs does so again.
        took = took.min(timed(made, key).took);
    }
    let outcome = match reached {
        None => Outcome::Panicked,
        Some((reached, told)) => {
            let look = || look(made, &reached, &told, key, chance);
            match catch_unwind(AssertUnwindSafe(look)) {
                Ok(Ok(shown)) => Outcome::Read(reached, shown),
                Ok(Err(why)) => Outcome::Broken(why),
                Err(_) => Outcome::Panicked,
            }
        }
    };
    Reading { run, reply: &made.reply, took, memory, outcome }
}

/// Checks what must hold of a reply that was read; what it shows of the key, if it has one.
fn look(
    made: &Made,
    reached: &Reached,
    told: &str,
    key: &SecretKey,
    chance: &mut Chance,
) -> Result<Option<Shown>, String> {
    values(chance)?;
    if made.is_large {
        return Ok((planted::shown(told) == Shown::Key).then_some(Shown::Key));
    }
    if chance.one_in(8)
        && let Ok(text) = std::str::from_utf8(&made.reply)
    {
        one_or_many(text)?;
        let _ = (Partner::from_json(text), Product::from_json(text));
    }
    if !made.has_key && !chance.one_in(16) {
        return Ok(None);
    }
    let (again, everything) = read(made.kind, made.status, &made.reply, key, true);
    if again != *reached {
        return Err("it is read in two ways".to_owned());
    }
    Ok(made.has_key.then(|| planted::shown(&everything)))
}

/// A reply: made up, or a sample that was changed, or one that was damaged.
fn usual(chance: &mut Chance, samples: &[(ReplyKind, String)]) -> (ReplyKind, Vec<u8>) {
    match chance.below(20) {
        0..9 => {
            let (kind, mut reply) = grammar::reply(chance);
            if chance.one_in(4) {
                mutation::change(&mut reply, chance);
            }
            (kind, reply.to_string().into_bytes())
        }
        9..18 => {
            let (kind, sample) = chance.pick(samples);
            let mut reply = serde_json::from_str(sample).expect("samples are JSON");
            for _ in 0..=chance.below(4) {
                mutation::change(&mut reply, chance);
            }
            (*kind, reply.to_string().into_bytes())
        }
        18 => {
            let (kind, reply) = grammar::reply(chance);
            (kind, mutation::damage(reply.to_string().into_bytes(), chance))
        }
        _ => {
            let (kind, sample) = chance.pick(samples);
            (*kind, mutation::damage(sample.clone().into_bytes(), chance))
        }
    }
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
