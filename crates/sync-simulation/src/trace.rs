//! What happened in a run: a hash that is equal for equal runs, and on demand the words.

use std::fmt::Write as _;

/// One note: when, what, about which record, and a detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// Microseconds since the start.
    pub at: i64,
    /// What happened.
    pub what: &'static str,
    /// The CRM record, worker or kind that it concerns.
    pub about: u64,
    /// A remote id, a value, a length.
    pub detail: u64,
}

/// The notes of a run.
#[derive(Debug, Clone)]
pub struct Trace {
    hash: u64,
    count: u64,
    kept: Option<Vec<Note>>,
}

impl Trace {
    /// A trace; `keep` keeps the notes besides their hash.
    pub fn new(keep: bool) -> Self {
        Self { hash: 0xCBF2_9CE4_8422_2325, count: 0, kept: keep.then(Vec::new) }
    }

    /// Adds a note.
    pub fn note(&mut self, at: i64, what: &'static str, about: u64, detail: u64) {
        self.count += 1;
        let mut eat = |value: u64| {
            self.hash = (self.hash ^ value).wrapping_mul(0x0000_0100_0000_01B3).rotate_left(23);
        };
        eat(at.unsigned_abs());
        for byte in what.bytes() {
            eat(u64::from(byte));
        }
        eat(about);
        eat(detail);
        if let Some(kept) = &mut self.kept {
            kept.push(Note { at, what, about, detail });
        }
    }

    /// The hash of all notes.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The notes in words, one a line, if they were kept; without the coming and going of workers.
    pub fn lines(&self) -> String {
        let mut text = String::new();
        let idle = |what: &str| matches!(what, "claims" | "lets go");
        for Note { at, what, about, detail } in self.kept.iter().flatten().filter(|note| !idle(note.what)) {
            let (seconds, millis) = (at / 1_000_000, at / 1_000 % 1_000);
            // Writing into a text can't fail.
            let _ = writeln!(text, "{seconds:>6}.{millis:03}  {what:<34} #{about} {detail}");
        }
        text
    }
}
