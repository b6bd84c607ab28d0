//! What callers are shown of runs and of what waits: the same shapes for pages, JSON, events and the command line.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store::StoreError;
use crate::store::runs::{ItemRow, RunRow};
use crate::store::waiting::WaitingRow;

/// Who or what asked for a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A person, in the browser.
    Manual,
    /// A program, through the JSON API.
    Api,
    /// The application itself.
    Schedule,
    /// The operator, on the command line.
    Command,
}

impl Cause {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Api => "api",
            Self::Schedule => "schedule",
            Self::Command => "command",
        }
    }
}

/// A remote record as a caller names it. Without a type it is resolved through the mirror.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExternalKey {
    /// The remote's document type.
    pub remote_type: Option<String>,
    /// The remote's id.
    pub id: String,
}

/// Which records a pull takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Everything that can be taken now.
    All,
    /// These.
    These(Vec<ExternalKey>),
}

/// Which records a push sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// Everything that can be sent now.
    All,
    /// These, by their ids.
    These(Vec<String>),
}

/// Whether a run still works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Waits for a worker.
    Queued,
    /// A worker has it.
    Running,
    /// Ended; single records may have failed.
    Done,
    /// Ended as a whole.
    Failed,
    /// Somebody cancelled it.
    Cancelled,
}

/// A run, as everybody is shown it. The outcomes sum to `total` when it has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunView {
    /// UUIDv7.
    pub id: String,
    /// contact, product or sales_document.
    pub kind: String,
    /// manual, api, schedule or command.
    pub cause: String,
    /// Looks in the remote.
    pub looks: bool,
    /// Takes what can be taken.
    pub pulls: bool,
    /// Sends what can be sent.
    pub pushes: bool,
    /// Whether it still works.
    pub state: RunState,
    /// Records to settle; grows while a run that also looks finds more.
    pub total: i64,
    /// Records settled so far.
    pub done: i64,
    /// Created here.
    pub created: i64,
    /// Updated here.
    pub updated: i64,
    /// Were equal already.
    pub unchanged: i64,
    /// Failed.
    pub failed: i64,
    /// Outcome unknown.
    pub unknown: i64,
    /// Wait for a person.
    pub review: i64,
    /// Left out.
    pub skipped: i64,
    /// Requests sent to the remote.
    pub calls: i64,
    /// Code of a run that failed as a whole (contract §7).
    pub error_code: Option<String>,
    /// Its sentence.
    pub error: Option<String>,
    /// Found exactly once in the log.
    pub reference: Option<String>,
    /// Name of the person who asked for it.
    pub requested_by: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When a worker began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// When a person cancelled it: what is under way is heard to its end, nothing new begins.
    #[serde(default)]
    pub cancel_asked_at: Option<Timestamp>,
    /// Name of that person.
    #[serde(default)]
    pub cancelled_by: Option<String>,
}

impl RunView {
    /// True when nothing more will happen.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        !matches!(self.state, RunState::Queued | RunState::Running)
    }

    pub(crate) fn from_row(row: RunRow) -> Result<Self, StoreError> {
        let done =
            row.created + row.updated + row.unchanged + row.failed + row.unknown + row.review + row.skipped;
        Ok(Self {
            state: match row.state.as_str() {
                "queued" => RunState::Queued,
                "running" => RunState::Running,
                "done" => RunState::Done,
                "failed" => RunState::Failed,
                "cancelled" => RunState::Cancelled,
                _ => return Err(StoreError::Corrupt { column: "sync_runs.state" }),
            },
            id: row.id,
            kind: row.kind,
            cause: row.cause,
            looks: row.looks == 1,
            pulls: row.pulls == 1,
            pushes: row.pushes == 1,
            total: row.total,
            done,
            created: row.created,
            updated: row.updated,
            unchanged: row.unchanged,
            failed: row.failed,
            unknown: row.unknown,
            review: row.review,
            skipped: row.skipped,
            calls: row.calls,
            error_code: row.error_code,
            error: row.error,
            reference: row.reference,
            requested_by: row.requested_by_name,
            created_at: instant(row.created_at, "sync_runs.created_at")?,
            started_at: row.started_at.map(|at| instant(at, "sync_runs.started_at")).transpose()?,
            finished_at: row.finished_at.map(|at| instant(at, "sync_runs.finished_at")).transpose()?,
            cancel_asked_at: row
                .cancel_asked_at
                .map(|at| instant(at, "sync_runs.cancel_asked_at"))
                .transpose()?,
            cancelled_by: row.cancelled_by_name,
        })
    }
}

/// One record of a run, as far as it was settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunItem {
    /// The remote's document type.
    pub remote_type: String,
    /// The remote's id.
    pub external_id: String,
    /// Number or name.
    pub label: String,
    /// The local record.
    pub record_id: Option<String>,
    /// created, updated, unchanged, failed, unknown, review or skipped; empty: not settled yet.
    pub outcome: String,
    /// Of contract §7.
    pub code: Option<String>,
    /// What happened.
    pub sentence: Option<String>,
    /// What to do.
    pub advice: Option<String>,
}

impl RunItem {
    pub(crate) fn from_row(row: ItemRow) -> Self {
        Self {
            remote_type: row.remote_type,
            external_id: row.external_id,
            label: row.label,
            record_id: row.record_id,
            outcome: row.outcome.unwrap_or_default(),
            code: row.code,
            sentence: row.sentence,
            advice: row.advice,
        }
    }
}

/// How the pull or the push of one record went (endpoints 1 and 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The run; it carries the reference when it failed as a whole.
    pub run: RunView,
    /// What came of the record: created, updated or unchanged, or why not. None: the run goes on.
    pub item: Option<RunItem>,
}

/// Why a remote record waits (endpoint 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitingReason {
    /// New there.
    New,
    /// Changed there only.
    Changed,
    /// Changed on both sides.
    Conflict,
    /// Needs another decision.
    Review,
    /// Can't be read.
    Unreadable,
}

impl WaitingReason {
    fn of_row(plan_row: i64) -> Self {
        match plan_row {
            12 => Self::New,
            20 => Self::Changed,
            22 => Self::Conflict,
            6 => Self::Unreadable,
            _ => Self::Review,
        }
    }

    /// As the contract spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Conflict => "conflict",
            Self::Review => "review",
            Self::Unreadable => "unreadable",
        }
    }

    /// True when a pull takes it.
    #[must_use]
    pub fn is_taken_by_a_pull(self) -> bool {
        matches!(self, Self::New | Self::Changed)
    }
}

/// A remote record that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The remote's document type.
    pub remote_type: String,
    /// The remote's id.
    pub external_id: String,
    /// Number, or what is known of it.
    pub number: String,
    /// The customer of a document, the name of a contact or product.
    pub name: String,
    /// A document's date, ISO.
    pub day: Option<String>,
    /// A document's gross total, exact.
    pub total: Option<String>,
    /// ISO code.
    pub currency: Option<String>,
    /// A contact's tax number.
    pub tax_number: Option<String>,
    /// The e-mail address of a contact's person.
    pub email: Option<String>,
    /// A product's unit.
    pub unit: Option<String>,
    /// Why it waits.
    pub reason: WaitingReason,
    /// Why, for people.
    pub sentence: Option<String>,
    /// The local record, when there is one.
    pub record_id: Option<String>,
}

impl Waiting {
    pub(crate) fn from_row(row: WaitingRow) -> Self {
        let content = row.content.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let content: serde_json::Value = content.unwrap_or_default();
        let text = |place: &str| content.pointer(place).and_then(|text| text.as_str()).map(str::to_owned);
        Self {
            tax_number: text("/tax_number"),
            email: text("/person/email"),
            unit: text("/unit"),
            reason: WaitingReason::of_row(row.plan_row),
            remote_type: row.remote_type,
            external_id: row.external_id,
            number: row.number,
            name: row.name,
            day: row.day,
            total: row.total,
            currency: row.currency,
            sentence: row.sync_detail,
            record_id: row.record_id,
        }
    }
}

/// A page of what waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingPage {
    /// Newest first.
    pub rows: Vec<Waiting>,
    /// N + k; none: never looked.
    pub total: Option<i64>,
    /// When the last complete look ended.
    pub checked_at: Option<Timestamp>,
    /// Why the last look failed, if it did.
    pub last_error: Option<String>,
    /// Where the next page begins.
    pub next: Option<Cursor>,
}

/// A place in the waiting list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) key: String,
    pub(crate) remote_type: String,
    pub(crate) id: String,
}

impl Cursor {
    /// As text for a URL.
    #[must_use]
    pub fn to_text(&self) -> String {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD
            .encode(format!("{}\n{}\n{}", self.key, self.remote_type, self.id))
    }

    /// From the text that [`Cursor::to_text`] made.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        use base64::Engine as _;
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let mut parts = text.split('\n');
        let mut part = || parts.next().filter(|part| !part.contains(char::is_control)).map(str::to_owned);
        Some(Self { key: part()?, remote_type: part()?, id: part()? })
    }
}

/// The workspace's connection, without its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionView {
    /// Metakocka's company id.
    pub company_id: String,
    /// Address of the API.
    pub base_url: String,
    /// Last four characters of the key.
    pub secret_last4: String,
    /// How things stand.
    pub state: ConnectionState,
    /// Why it is not active, for people.
    pub reason: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// Who paused it.
    pub by: Option<String>,
}

impl ConnectionView {
    /// Whether it is paused because the database was restored from a copy ([`crate::Engine::confirm_restored`]).
    #[must_use]
    pub fn is_restored(&self) -> bool {
        self.state == ConnectionState::Paused
            && self.reason.as_deref() == Some(sync_core::state::PauseCause::Restored.as_str())
    }
}

/// How things stand with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionState {
    /// Works, as far as is known.
    Active,
    /// Nothing is sent or fetched until the owner resumes.
    Paused,
    /// Metakocka refused the key.
    KeyRefused,
}

impl ConnectionState {
    /// As stored and published.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::KeyRefused => "key_refused",
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, StoreError> {
        match text {
            "active" => Ok(Self::Active),
            "paused" => Ok(Self::Paused),
            "key_refused" => Ok(Self::KeyRefused),
            _ => Err(StoreError::Corrupt { column: "connections.state" }),
        }
    }
}

pub(crate) fn instant(micros: i64, column: &'static str) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|_| StoreError::Corrupt { column })
}
