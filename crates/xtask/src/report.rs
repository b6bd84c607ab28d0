//! What ran, how it ended and how long it took, as a table for people and a closing line for programs.

use std::fmt::Write;
use std::time::{Duration, Instant};

/// Measures how long something takes. The only clock of this tool, and only for messages.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "measuring a step for a message decides nothing")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// How a stage ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It ran and found nothing; the note is a figure worth showing, or empty.
    Passed { note: String },
    /// It ran and something is wrong.
    Failed { why: String },
    /// It did not run; the remedy is the command that would let it run, or empty when that was asked for.
    Skipped { why: String, remedy: String },
}

impl Outcome {
    pub(crate) fn passed() -> Self {
        Self::Passed { note: String::new() }
    }
}

/// One line of the table.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) stage: &'static str,
    pub(crate) outcome: Outcome,
    pub(crate) took: Duration,
    /// What the stage may take with warm caches on two cores; more is a warning, never a failure.
    pub(crate) budget: Duration,
}

impl Row {
    fn result(&self) -> String {
        match &self.outcome {
            Outcome::Passed { note } if note.is_empty() => "ok".to_owned(),
            Outcome::Passed { note } => format!("ok: {note}"),
            Outcome::Failed { why } => format!("failed: {why}"),
            Outcome::Skipped { why, remedy } if remedy.is_empty() => format!("skipped: {why}"),
            Outcome::Skipped { why, remedy } => format!("skipped: {why}; to run it: {remedy}"),
        }
    }

    fn warning(&self) -> String {
        if self.took > self.budget {
            format!("  (over its budget of {} s)", self.budget.as_secs())
        } else {
            String::new()
        }
    }
}

/// All rows of a run.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) rows: Vec<Row>,
}

impl Report {
    /// The table: stage, seconds, result.
    pub(crate) fn table(&self) -> String {
        let width = self.rows.iter().map(|row| row.stage.len()).max().unwrap_or_default();
        let mut table = String::new();
        for row in &self.rows {
            let seconds = row.took.as_secs_f64();
            let (result, warning) = (row.result(), row.warning());
            let _ = writeln!(table, "{:width$}  {seconds:7.1} s  {result}{warning}", row.stage);
        }
        table
    }

    /// The line that the build server reads: stages, alone on a line.
    pub(crate) fn closing_line(&self) -> String {
        let [passed, failed, skipped] = self.counts();
        format!("{passed} passed, {failed} failed, {skipped} skipped")
    }

    /// Whether the run as a whole is good; with `require_all` a skipped stage is not.
    pub(crate) fn is_good(&self, require_all: bool) -> bool {
        let [passed, failed, skipped] = self.counts();
        passed > 0 && failed == 0 && (skipped == 0 || !require_all)
    }

    fn counts(&self) -> [usize; 3] {
        let count =
            |wanted: fn(&Outcome) -> bool| self.rows.iter().filter(|row| wanted(&row.outcome)).count();
        [
            count(|outcome| matches!(outcome, Outcome::Passed { .. })),
            count(|outcome| matches!(outcome, Outcome::Failed { .. })),
            count(|outcome| matches!(outcome, Outcome::Skipped { .. })),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(stage: &'static str, outcome: Outcome, seconds: u64) -> Row {
        let budget = Duration::from_secs(10);
        Row { stage, outcome, took: Duration::from_secs(seconds), budget }
    }

    fn skipped() -> Outcome {
        Outcome::Skipped { why: "no browser".to_owned(), remedy: "apt-get install chromium".to_owned() }
    }

    #[test]
    fn the_table_says_what_was_skipped_why_and_what_would_help() {
        let report =
            Report { rows: vec![row("format", Outcome::passed(), 11), row("end to end", skipped(), 0)] };
        assert_eq!(
            report.table(),
            "format         11.0 s  ok  (over its budget of 10 s)\n\
             end to end      0.0 s  skipped: no browser; to run it: apt-get install chromium\n"
        );
        assert_eq!(report.closing_line(), "1 passed, 0 failed, 1 skipped");
    }

    #[test]
    fn a_skipped_stage_is_good_unless_all_are_required() {
        let report = Report { rows: vec![row("format", Outcome::passed(), 1), row("browser", skipped(), 0)] };
        assert!(report.is_good(false));
        assert!(!report.is_good(true));
    }

    #[test]
    fn a_failed_stage_or_none_at_all_is_never_good() {
        let failed = Outcome::Failed { why: "clippy found something".to_owned() };
        assert!(
            !Report { rows: vec![row("clippy", failed, 1), row("format", Outcome::passed(), 1)] }
                .is_good(false)
        );
        assert!(!Report::default().is_good(false));
    }
}
