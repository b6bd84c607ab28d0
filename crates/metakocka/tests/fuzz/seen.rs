//! What was seen, counted, and whether it is as it must be.

use std::process::ExitCode;
use std::time::Duration;

use metakocka::Limits;
use metakocka::fuzz::Reached;

use crate::memory::Memory;
use crate::planted::Shown;

/// Replies that are shown when something is wrong, for each kind of wrong.
const SHOWN: u64 = 5;
/// A reply that takes longer to read than this hangs.
pub(crate) const LONGEST: Duration = Duration::from_secs(1);
/// What reading a reply may take beside what grows with its length, in bytes: the tables of one record.
const AT_REST: u64 = 64 * 1024;
/// How many times its length reading a reply may take at once. The most that was measured is 100: a list of
/// objects with one field without a name.
const PER_BYTE: u64 = 150;
/// What reading any reply may take at once, in bytes: four times as much as a client lets come. The most that was
/// measured is 64 MiB: a text of the limit's length, and what it becomes without the key.
const MOST: u64 = 128 * 1024 * 1024;
/// Replies from this length on tell what reading takes for each of their bytes.
const TELLING: usize = 8 * 1024;

/// One reply, read.
pub(crate) struct Reading<'a> {
    pub(crate) run: u64,
    pub(crate) reply: &'a [u8],
    pub(crate) took: Duration,
    /// What reading took.
    pub(crate) memory: Memory,
    pub(crate) outcome: Outcome,
}

/// What came of it.
pub(crate) enum Outcome {
    Read(Reached, Option<Shown>),
    Broken(String),
    Panicked,
}

/// What one thread saw.
#[derive(Default)]
pub(crate) struct Seen {
    typed: u64,
    pages: u64,
    refusals: u64,
    errors: u64,
    panics: u64,
    broken: u64,
    slow: u64,
    greedy: u64,
    planted: u64,
    redacted: u64,
    leaked: u64,
    no_text: u64,
    largest_reply: usize,
    slowest: (Duration, u64),
    /// The most bytes at once, of a reply of a length, in a run.
    peak: (u64, usize, u64),
    /// The largest single allocation in bytes, and the run.
    largest_piece: (u64, u64),
    too_large: u64,
    /// The most bytes at once for a thousand bytes of the reply, and the run.
    per_thousand: (u64, u64),
}

/// What reading a reply of a length may take at once, in bytes.
fn allowed(length: usize) -> u64 {
    (AT_REST + PER_BYTE * length as u64).min(MOST)
}

impl Seen {
    pub(crate) fn note(&mut self, reading: &Reading<'_>) {
        let Reading { run, reply, took, memory: Memory { peak, largest }, .. } = *reading;
        self.largest_reply = self.largest_reply.max(reply.len());
        self.slowest = self.slowest.max((took, run));
        self.peak = self.peak.max((peak, reply.len(), run));
        self.largest_piece = self.largest_piece.max((largest, run));
        if reply.len() >= TELLING {
            self.per_thousand = self.per_thousand.max((peak * 1_000 / reply.len() as u64, run));
        }
        self.no_text += u64::from(std::str::from_utf8(reply).is_err());
        if took > LONGEST {
            complain(&mut self.slow, reading, &format!("it took {} ms", took.as_millis()));
        }
        if peak > allowed(reply.len()) {
            complain(&mut self.greedy, reading, &format!("it took {peak} bytes for its {}", reply.len()));
        }
        if largest > Limits::default().max_reply_bytes as u64 {
            complain(&mut self.too_large, reading, &format!("it took {largest} bytes in one go"));
        }
        self.note_outcome(reading);
    }

    fn note_outcome(&mut self, reading: &Reading<'_>) {
        match &reading.outcome {
            Outcome::Read(reached, shown) => {
                self.planted += u64::from(shown.is_some());
                self.redacted += u64::from(*shown == Some(Shown::Redacted));
                if *shown == Some(Shown::Key) {
                    complain(&mut self.leaked, reading, "it shows the key");
                }
                *match reached {
                    Reached::Typed { .. } => &mut self.typed,
                    Reached::NoRecord { .. } => &mut self.pages,
                    Reached::Refusal => &mut self.refusals,
                    Reached::Error(_) => &mut self.errors,
                } += 1;
            }
            Outcome::Broken(why) => complain(&mut self.broken, reading, why),
            Outcome::Panicked => complain(&mut self.panics, reading, "it panicked"),
        }
    }

    /// What two threads saw together.
    pub(crate) fn and(self, other: &Self) -> Self {
        Self {
            typed: self.typed + other.typed,
            pages: self.pages + other.pages,
            refusals: self.refusals + other.refusals,
            errors: self.errors + other.errors,
            panics: self.panics + other.panics,
            broken: self.broken + other.broken,
            slow: self.slow + other.slow,
            greedy: self.greedy + other.greedy,
            planted: self.planted + other.planted,
            redacted: self.redacted + other.redacted,
            leaked: self.leaked + other.leaked,
            no_text: self.no_text + other.no_text,
            largest_reply: self.largest_reply.max(other.largest_reply),
            slowest: self.slowest.max(other.slowest),
            peak: self.peak.max(other.peak),
            largest_piece: self.largest_piece.max(other.largest_piece),
            too_large: self.too_large + other.too_large,
            per_thousand: self.per_thousand.max(other.per_thousand),
        }
    }

    fn made(&self) -> u64 {
        self.typed + self.pages + self.refusals + self.errors + self.panics + self.broken
    }

    #[expect(clippy::print_stdout, reason = "the figures are what this program is for")]
    fn print(&self, seed: u64, took: Duration) {
        let (made, percent) = (self.made(), self.typed * 1_000 / self.made().max(1));
        println!("{made} replies from seed {seed} in {:.1} s", took.as_secs_f64());
        println!(
            "{} reached a typed record ({}.{} %), {} were pages without one, {} refusals, {} errors",
            self.typed,
            percent / 10,
            percent % 10,
            self.pages,
            self.refusals,
            self.errors
        );
        let (slowest, slowest_run) = self.slowest;
        println!(
            "{} panics, {} hangs (longer than {} ms; the longest {:.1} ms, run {slowest_run}), {} read in two ways",
            self.panics,
            self.slow,
            LONGEST.as_millis(),
            slowest.as_secs_f64() * 1_000.0,
            self.broken
        );
        let (peak, length, peak_run) = self.peak;
        println!(
            "largest reply {} bytes; most memory at once {peak} bytes for a reply of {length}, run {peak_run}; \
             {} above {PER_BYTE} × length + {AT_REST} or {MOST}",
            self.largest_reply, self.greedy
        );
        let (largest_piece, piece_run) = self.largest_piece;
        println!(
            "largest single allocation {largest_piece} bytes, run {piece_run}; {} above the limit of a reply",
            self.too_large
        );
        let (per_thousand, dense_run) = self.per_thousand;
        println!(
            "most memory for a byte of a reply from {TELLING} bytes on: {}.{:03} bytes, run {dense_run}",
            per_thousand / 1_000,
            per_thousand % 1_000
        );
        println!(
            "{} had the secret key in them, {} show that it was there, {} show it; {} were no UTF-8",
            self.planted, self.redacted, self.leaked, self.no_text
        );
    }

    /// Prints what was seen; a failure unless all of it is right. Of a single run no shares are asked.
    #[expect(clippy::print_stdout, reason = "the figures are what this program is for")]
    pub(crate) fn report(&self, seed: u64, took: Duration, is_single: bool) -> ExitCode {
        self.print(seed, took);
        let checks = [
            ("no_reply_panics", self.panics == 0),
            ("no_reply_is_read_in_two_ways", self.broken == 0),
            ("no_reply_takes_longer_than_its_limit", self.slow == 0),
            ("no_reply_takes_more_memory_than_its_length_allows", self.greedy == 0),
            ("no_allocation_is_larger_than_a_reply_may_be", self.too_large == 0),
            ("no_reply_shows_the_secret_key", self.leaked == 0),
            ("at_least_half_reach_a_typed_record", is_single || self.typed * 2 >= self.made()),
            (
                "some_replies_have_a_key_and_some_are_no_text",
                is_single || self.redacted.min(self.no_text) > 0,
            ),
        ];
        for (name, holds) in checks {
            println!("test fuzz::{name} ... {}", if holds { "ok" } else { "FAILED" });
        }
        if checks.iter().all(|(_, holds)| *holds) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

fn complain(counter: &mut u64, reading: &Reading<'_>, why: &str) {
    *counter += 1;
    if *counter <= SHOWN {
        let reply: String = String::from_utf8_lossy(reading.reply).chars().take(2_000).collect();
        eprintln!("run {}: {why}: {reply}", reading.run);
    }
}
