//! Which cases held, which did not, and which were not tried.

use std::fmt;

use crate::case::Case;

/// How a case ended.
pub(crate) enum Outcome {
    Held,
    Failed(String),
    NotTried(String),
}

impl Outcome {
    /// The same, said of a step.
    pub(crate) fn at(self, step: usize) -> Self {
        match self {
            Self::Held => Self::Held,
            Self::Failed(why) => Self::Failed(format!("step {}: {why}", step + 1)),
            Self::NotTried(why) => Self::NotTried(format!("step {}: {why}", step + 1)),
        }
    }
}

struct Row {
    name: String,
    source: String,
    outcome: Outcome,
}

/// All that was tried.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
    notes: Vec<String>,
}

impl Report {
    pub(crate) fn add(&mut self, where_told: &str, group: &str, case: &Case, outcome: Outcome) {
        let name = format!("{where_told}::{group}: {}", case.name);
        self.rows.push(Row { name, source: case.source.clone(), outcome });
    }

    /// Adds a check that is no case.
    pub(crate) fn check(&mut self, name: &str, result: Result<(), String>) {
        let outcome = result.map_or_else(Outcome::Failed, |()| Outcome::Held);
        self.rows.push(Row { name: name.to_owned(), source: "suite".to_owned(), outcome });
    }

    /// A line for the end.
    pub(crate) fn note(&mut self, line: String) {
        self.notes.push(line);
    }

    /// Puts another report behind this one.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.rows.append(&mut other.rows);
        self.notes.append(&mut other.notes);
    }

    fn count(&self, wanted: fn(&Outcome) -> bool) -> usize {
        self.rows.iter().filter(|row| wanted(&row.outcome)).count()
    }

    pub(crate) fn held(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Held))
    }

    pub(crate) fn failed(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Failed(_)))
    }

    pub(crate) fn not_tried(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::NotTried(_)))
    }

    pub(crate) fn is_good(&self) -> bool {
        self.failed() == 0 && self.held() > 0
    }
}

/// One line a case, as the tests of this workspace are counted by, then what failed, then the sums.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Row { name, source, outcome } in &self.rows {
            let told = match outcome {
                Outcome::Held => "ok",
                Outcome::Failed(_) => "FAILED",
                Outcome::NotTried(_) => "ignored",
            };
            writeln!(f, "test contract::{name} ({source}) ... {told}")?;
        }
        for Row { name, source, outcome } in &self.rows {
            match outcome {
                Outcome::Held => {}
                Outcome::Failed(why) => writeln!(f, "did not hold: {name} ({source}): {why}")?,
                Outcome::NotTried(why) => writeln!(f, "not tried: {name} ({source}): {why}")?,
            }
        }
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        write!(f, "contract: {} held, {} did not, {} not tried", self.held(), self.failed(), self.not_tried())
    }
}
