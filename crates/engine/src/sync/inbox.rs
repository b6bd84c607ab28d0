//! What lies there until somebody does something: writes of which nobody knows what became, with all that is known of
//! them, and what did not go through.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::Value;
use sync_core::record::RecordKind;

use super::outgoing::{Sent, SentRecord};
use super::questions::{UnknownWrite, unknown_write};
use super::status::advice;
use super::views::{Cause, Outgoing, instant};
use crate::access::{Role, TenantScope};
use crate::ids::is_id;
use crate::store::failures::{self, FailureRow};
use crate::store::intents::{self, IntentRow};
use crate::store::{StoreError, records};
use crate::{Engine, EngineError};

/// Records that "send all of them again" takes at once: more than anybody can have corrected by then.
const MOST_AGAIN: u32 = 5_000;
/// Failures of one question to the database.
const PAGE: u32 = 500;
const KINDS: [RecordKind; 3] = [RecordKind::SalesDocument, RecordKind::Contact, RecordKind::Product];

/// Everything that is known of a write of which nobody knows what became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownDetail {
    /// What is asked.
    pub write: UnknownWrite,
    /// Number or name of the record.
    pub label: String,
    /// The customer of a document, as people know it: what was sent names it by its ids.
    pub customer: Option<String>,
    /// What was sent, field by field; none: the field was emptied.
    pub sent: Vec<(String, Option<Value>)>,
    /// What was done so far, oldest first.
    pub steps: Vec<WriteStep>,
}

/// One step of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteStep {
    /// prepared, sending, unknown, needs_person, …
    pub to: String,
    /// The answer behind it, for people.
    pub said: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// Why something did not go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// Metakocka refused it.
    Refused,
    /// It can't be sent as it is.
    Blocked,
    /// What Metakocka has can't be read.
    Unreadable,
    /// The last run about it could not do it.
    NotDone,
}

impl FailureKind {
    /// As the JSON API spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Blocked => "blocked",
            Self::Unreadable => "unreadable",
            Self::NotDone => "not_done",
        }
    }

    fn parse(text: &str) -> Result<Self, StoreError> {
        match text {
            "refused" => Ok(Self::Refused),
            "blocked" => Ok(Self::Blocked),
            "unreadable" => Ok(Self::Unreadable),
            "not_done" => Ok(Self::NotDone),
            _ => Err(StoreError::Corrupt { column: "sync_reason" }),
        }
    }

    /// What somebody can do, when nothing better is known.
    fn advice(self) -> &'static str {
        match self {
            Self::Refused => advice(5).unwrap_or_default(),
            Self::Blocked => "Correct what is named; then it can be sent.",
            Self::Unreadable => advice(6).unwrap_or_default(),
            Self::NotDone => "Send it again.",
        }
    }
}

/// Something that did not go through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Of what kind the record is.
    pub kind: RecordKind,
    /// The record here; none: only Metakocka has it.
    pub record_id: Option<String>,
    /// The remote's document type; empty for contacts and products, and before there is a link.
    pub remote_type: String,
    /// The remote's id; empty before there is a link.
    pub external_id: String,
    /// Number or name.
    pub label: String,
    /// Why.
    pub what: FailureKind,
    /// Of contract §7.
    pub code: String,
    /// Why, for people.
    pub sentence: String,
    /// What to do.
    pub advice: String,
    /// Since when.
    pub since: Timestamp,
    /// How often it was tried since it last went through.
    pub attempts: i64,
}

/// A page of what did not go through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailurePage {
    /// By kind, then by record.
    pub rows: Vec<Failed>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// Which failures are sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Again {
    /// All of the kind.
    All,
    /// These records.
    These(Vec<String>),
}

impl Engine {
    /// Writes of which nobody knows what became, behind the one with this id, the longest waiting first.
    pub async fn unknown_page(
        &self,
        scope: &TenantScope,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<UnknownDetail>, EngineError> {
        let mut reader = self.db().read().await?;
        let after = after.unwrap_or_default();
        let rows = intents::open_questions_after(&mut reader, scope, after, i64::from(limit)).await?;
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            all.push(detail(&mut reader, scope, row).await?);
        }
        Ok(all)
    }

    /// One of them; [`EngineError::NotFound`] when it was settled, or never was.
    pub async fn unknown_detail(&self, scope: &TenantScope, id: &str) -> Result<UnknownDetail, EngineError> {
        let mut reader = self.db().read().await?;
        let found = if is_id(id) { intents::intent(&mut reader, scope, id).await? } else { None };
        let found = found.filter(|row| matches!(row.state.as_str(), "unknown" | "needs_person"));
        Ok(detail(&mut reader, scope, found.ok_or(EngineError::NotFound)?).await?)
    }

    /// What did not go through, of one kind or of all, behind a place that an earlier page gave.
    /// [`EngineError::Invalid`]: the place is none.
    pub async fn failures(
        &self,
        scope: &TenantScope,
        only: Option<RecordKind>,
        after: Option<&str>,
        limit: u32,
    ) -> Result<FailurePage, EngineError> {
        let (first, mut place) = match after {
            None => (0, String::new()),
            Some(text) => place_of(text).ok_or_else(|| {
                EngineError::invalid("cursor", "cursor has to be the nextCursor of an earlier answer.")
            })?,
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut found: Vec<(RecordKind, FailureRow)> = Vec::new();
        for kind in KINDS.into_iter().skip(first) {
            let asked = only.is_none_or(|only| only == kind);
            let left = i64::try_from(limit + 1 - found.len()).unwrap_or(i64::MAX);
            if asked && left > 0 {
                let rows = failures::after(self.db(), scope, kind, &place, left).await?;
                found.extend(rows.into_iter().map(|row| (kind, row)));
            }
            place.clear();
        }
        let goes_on = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| goes_on).map(|(kind, row)| cursor(*kind, &row.place));
        let rows = found.into_iter().map(|(kind, row)| failed(kind, row)).collect::<Result<_, _>>()?;
        Ok(FailurePage { rows, next })
    }

    /// Has what did not go through be sent again: what Metakocka refused as it is, what was blocked if nothing blocks it any
    /// more. Staff. Returns the run that sends; none: there is nothing to send.
    pub async fn send_again(
        &self,
        scope: &TenantScope,
        kind: RecordKind,
        which: Again,
        cause: Cause,
    ) -> Result<Option<String>, EngineError> {
        scope.require(Role::Staff)?;
        let ids = match which {
            Again::These(ids) => ids,
            Again::All => self.failed_records(scope, kind).await?,
        };
        if ids.is_empty() {
            return Ok(None);
        }
        self.redrive(scope, kind, &ids).await?;
        Ok(Some(self.start_push(scope, kind, Outgoing::These(ids), cause).await?))
    }

    async fn failed_records(
        &self,
        scope: &TenantScope,
        kind: RecordKind,
    ) -> Result<Vec<String>, EngineError> {
        let (mut ids, mut place) = (Vec::new(), None);
        loop {
            let page = self.failures(scope, Some(kind), place.as_deref(), PAGE).await?;
            let sends = page.rows.into_iter().filter(|row| row.what != FailureKind::Unreadable);
            ids.extend(sends.filter_map(|row| row.record_id));
            place = page.next;
            if place.is_none() || ids.len() >= MOST_AGAIN as usize {
                ids.truncate(MOST_AGAIN as usize);
                return Ok(ids);
            }
        }
    }
}

fn cursor(kind: RecordKind, place: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{} {place}", kind.as_str()))
}

/// The kind at which a page begins, by its place among the kinds, and the place in it.
fn place_of(cursor: &str) -> Option<(usize, String)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (kind, place) = text.split_once(' ')?;
    let at = KINDS.iter().position(|known| known.as_str() == kind)?;
    (!place.contains(char::is_control)).then(|| (at, place.to_owned()))
}

fn failed(kind: RecordKind, row: FailureRow) -> Result<Failed, StoreError> {
    let what = FailureKind::parse(&row.what)?;
    let code = row.code.unwrap_or_else(|| what.as_str().to_owned());
    Ok(Failed {
        kind,
        record_id: row.record_id,
        remote_type: row.remote_type,
        external_id: row.external_id,
        label: row.label,
        what,
        code,
        sentence: row.sentence.unwrap_or_default(),
        advice: row.advice.unwrap_or_else(|| what.advice().to_owned()),
        since: instant(row.since, "failures.since")?,
        attempts: row.attempts,
    })
}

async fn detail(
    reader: &mut crate::store::Connection,
    scope: &TenantScope,
    row: IntentRow,
) -> Result<UnknownDetail, StoreError> {
    let sent: Sent =
        serde_json::from_str(&row.sent).map_err(|_| StoreError::Corrupt { column: "intents.sent" })?;
    let customer = match &sent.record {
        SentRecord::Document(document) => Some(document.customer.name.clone()),
        SentRecord::Contact(_) | SentRecord::Product(_) => None,
    };
    let sent = sent.fields.into_iter();
    let sent = sent.map(|(name, value)| (name.as_str().to_owned(), value.map(|value| value.json().clone())));
    let steps = intents::steps(reader, scope, &row.id).await?;
    let steps = steps.into_iter().map(|step| {
        Ok(WriteStep { to: step.to_state, said: step.said, at: instant(step.at, "intent_steps.at")? })
    });
    let steps = steps.collect::<Result<_, StoreError>>()?;
    let write = unknown_write(row)?;
    let label = records::name(reader, scope, write.kind, &write.record_id).await?;
    let label = label.unwrap_or_default();
    Ok(UnknownDetail { label, customer, sent: sent.collect(), steps, write })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_place_and_nonsense_to_none() {
        for kind in KINDS {
            let (at, place) = place_of(&cursor(kind, "tsales_order:17 b")).unwrap();
            assert_eq!((KINDS[at], place.as_str()), (kind, "tsales_order:17 b"));
        }
        for nonsense in
            ["", "x", "%%", &URL_SAFE_NO_PAD.encode("house h1"), &URL_SAFE_NO_PAD.encode("contact")]
        {
            assert_eq!(place_of(nonsense), None, "{nonsense}");
        }
    }
}
