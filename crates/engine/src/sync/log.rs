//! What happened in the sync, for people and programs: filtered, paged from the newest, as CSV, marked as resolved
//! (design §8).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use sync_core::record::RecordKind;

use super::views::instant;
use crate::access::{Role, TenantScope};
use crate::store::StoreError;
use crate::store::log::{self, LogRow, Which};
use crate::{Engine, EngineError};

/// Lines of one question to the database while a file is made.
const PAGE: u32 = 1_000;
/// A name has a word, an id and a number.
const LONGEST_NAME: usize = 100;
/// Lines of a file at most.
pub const LOG_FILE_LINES: usize = 50_000;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// It did not go through and stays so until somebody does something.
    Error,
    /// It was tried again, or waits for a person.
    Warning,
    /// It went as it should.
    Info,
}

impl LogLevel {
    /// All of them, the worst first.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Info];

    /// As the JSON API spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// Which lines; none means all.
#[derive(Clone, Debug, Default)]
pub struct LogFilter {
    /// Of one level.
    pub level: Option<LogLevel>,
    /// Of one kind.
    pub kind: Option<RecordKind>,
    /// Of one run.
    pub run: Option<String>,
    /// About one record here.
    pub record: Option<String>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Names it.
    pub entry: String,
    /// When.
    pub at: Timestamp,
    /// How bad it is.
    pub level: LogLevel,
    /// run, record, attempt or write: what it tells of.
    pub source: String,
    /// What came of that.
    pub what: String,
    /// Of which kind; none: the settling of a connection.
    pub kind: Option<RecordKind>,
    /// The run.
    pub run: Option<String>,
    /// The record here.
    pub record: Option<String>,
    /// Number or name, as it was then.
    pub label: Option<String>,
    /// The remote's document type.
    pub remote_type: Option<String>,
    /// The remote's id.
    pub external_id: Option<String>,
    /// The write.
    pub intent: Option<String>,
    /// Which try of the job.
    pub attempt: Option<i64>,
    /// Of contract §7.
    pub code: Option<String>,
    /// For people.
    pub sentence: Option<String>,
    /// Found exactly once in the program's own log.
    pub reference: Option<String>,
    /// When somebody marked it as resolved, and who.
    pub resolved: Option<(Timestamp, Option<String>)>,
}

/// A page of lines.
#[derive(Clone, Debug)]
pub struct LogPage {
    /// The newest first.
    pub lines: Vec<LogLine>,
    /// Names the next page.
    pub next: Option<String>,
}

impl Engine {
    /// A page of the log, behind a place that an earlier page gave. [`EngineError::Invalid`]: the place is none.
    pub async fn log(
        &self,
        scope: &TenantScope,
        filter: &LogFilter,
        after: Option<&str>,
        limit: u32,
    ) -> Result<LogPage, EngineError> {
        let (at, entry) = match after {
            None => (i64::MAX, String::new()),
            Some(text) => place_of(text).ok_or_else(|| {
                EngineError::invalid("cursor", "cursor has to be the nextCursor of an earlier answer.")
            })?,
        };
        let which = Which {
            level: filter.level.map_or("", LogLevel::as_str),
            kind: filter.kind.map_or("", RecordKind::as_str),
            run: filter.run.as_deref().unwrap_or_default(),
            record: filter.record.as_deref().unwrap_or_default(),
        };
        let mut rows = log::page(self.db(), scope, which, (at, &entry), i64::from(limit) + 1).await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let goes_on = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| goes_on).map(|row| cursor(row.at, &row.entry));
        let lines = rows.into_iter().map(line).collect::<Result<_, _>>()?;
        Ok(LogPage { lines, next })
    }

    /// The newest lines, at most [`LOG_FILE_LINES`], as CSV (RFC 4180) with a head line.
    pub async fn log_file(&self, scope: &TenantScope, filter: &LogFilter) -> Result<Vec<u8>, EngineError> {
        let mut file = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        let mut written = write(&mut file, HEAD.map(str::to_owned));
        let (mut after, mut lines) = (None, 0);
        while written.is_ok() && lines < LOG_FILE_LINES {
            let page = self.log(scope, filter, after.as_deref(), PAGE).await?;
            lines += page.lines.len();
            written = page.lines.into_iter().try_for_each(|line| write(&mut file, cells(line)));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        // A file in memory cannot fail, and every line has the cells of the head.
        written
            .and_then(|()| file.into_inner().map_err(|error| error.into_error().into()))
            .map_err(|_| EngineError::from(StoreError::Corrupt { column: "the log" }))
    }

    /// Marks a line as resolved, or takes the mark away. Staff. [`EngineError::NotFound`]: there is no such line.
    pub async fn resolve_log_line(
        &self,
        scope: &TenantScope,
        entry: &str,
        resolved: bool,
    ) -> Result<(), EngineError> {
        scope.require(Role::Staff)?;
        if !is_name(entry) || !log::exists(self.db(), scope, entry).await? {
            return Err(EngineError::NotFound);
        }
        let mut tx = self.db().begin().await?;
        if resolved {
            log::resolve(&mut tx, scope, entry, self.now().as_microsecond()).await?;
        } else {
            log::reopen(&mut tx, scope, entry).await?;
        }
        tx.commit().await.map_err(StoreError::from)?;
        Ok(())
    }
}

/// The columns of the file.
const HEAD: [&str; 16] = [
    "at",
    "level",
    "source",
    "what",
    "kind",
    "label",
    "code",
    "sentence",
    "run",
    "record",
    "metakockaType",
    "metakockaId",
    "write",
    "attempt",
    "reference",
    "resolvedAt",
];

fn write<const N: usize>(file: &mut csv::Writer<Vec<u8>>, cells: [String; N]) -> Result<(), csv::Error> {
    file.write_record(cells)
}

fn cells(line: LogLine) -> [String; 16] {
    let text = |text: Option<String>| harmless(text.unwrap_or_default());
    [
        line.at.to_string(),
        line.level.as_str().to_owned(),
        line.source,
        line.what,
        line.kind.map_or("", RecordKind::as_str).to_owned(),
        text(line.label),
        text(line.code),
        text(line.sentence),
        text(line.run),
        text(line.record),
        text(line.remote_type),
        text(line.external_id),
        text(line.intent),
        line.attempt.map(|attempt| attempt.to_string()).unwrap_or_default(),
        text(line.reference),
        line.resolved.map(|(at, _)| at.to_string()).unwrap_or_default(),
    ]
}

/// A spreadsheet takes what begins so for a formula, and names come from outside.
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

fn line(row: LogRow) -> Result<LogLine, StoreError> {
    let level = LogLevel::ALL.into_iter().find(|level| level.as_str() == row.level);
    let kind = row.kind.map(|kind| kind.parse()).transpose();
    let resolved = row.resolved_at.map(|at| instant(at, "log_resolved.resolved_at")).transpose()?;
    Ok(LogLine {
        at: instant(row.at, "the log")?,
        level: level.ok_or(StoreError::Corrupt { column: "the log" })?,
        kind: kind.map_err(|_| StoreError::Corrupt { column: "sync_runs.kind" })?,
        entry: row.entry,
        source: row.source,
        what: row.what,
        run: row.run_id,
        record: row.record_id,
        label: row.label.filter(|label| !label.is_empty()),
        remote_type: row.remote_type.filter(|kind| !kind.is_empty()),
        external_id: row.external_id.filter(|id| !id.is_empty()),
        intent: row.intent_id,
        attempt: row.attempt,
        code: row.code,
        sentence: row.sentence,
        reference: row.reference,
        resolved: resolved.map(|at| (at, row.resolved_by)),
    })
}

/// Whether a text could name a line.
fn is_name(text: &str) -> bool {
    text.len() <= LONGEST_NAME && text.chars().all(|sign| sign.is_ascii_graphic())
}

fn cursor(at: i64, entry: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{at} {entry}"))
}

fn place_of(text: &str) -> Option<(i64, String)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (at, entry) = text.split_once(' ')?;
    is_name(entry).then_some((at.parse().ok()?, entry.to_owned()))
}
