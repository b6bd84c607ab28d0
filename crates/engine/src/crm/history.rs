//! What happened to a record, and what it was at any time.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use sync_core::record::{FieldChange, RecordKind, undo};

use super::list::per_page;
use crate::access::TenantScope;
use crate::ids::is_id;
use crate::store::history::{self, EntryRow, Last};
use crate::store::{Connection, StoreError, contacts, products, records, sales_documents};
use crate::{Engine, EngineError};

/// One thing that happened to a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// UUIDv7.
    pub id: String,
    /// True: in Metakocka; false: here.
    pub there: bool,
    /// Here: the revision that it made.
    pub revision: Option<i64>,
    /// created, changed, deleted, restored, merged, absorbed or erased.
    pub deed: String,
    /// Which fields changed; empty when it came to be.
    pub changes: Vec<FieldChange>,
    /// Of a merge: the other contact.
    pub other_id: Option<String>,
    /// Who did it; `None`: the application itself.
    pub by: Option<String>,
    /// The run in which it happened.
    pub run_id: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// Entries, newest first, and where they go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPage {
    /// The entries.
    pub entries: Vec<HistoryEntry>,
    /// `None`: these are the last.
    pub next: Option<HistoryCursor>,
}

/// Where a history goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryCursor(Last);

impl HistoryCursor {
    /// As text for a URL.
    #[must_use]
    pub fn to_text(&self) -> String {
        let (at, seq, id) = &self.0;
        URL_SAFE_NO_PAD.encode(format!("{at}\n{seq}\n{id}"))
    }

    /// From the text that [`HistoryCursor::to_text`] made.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = text.split('\n');
        let (at, seq, id) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?);
        is_id(id).then(|| Self((at, seq, id.to_owned())))
    }
}

impl Engine {
    /// What happened to a record, on both sides, newest first; also of one that was deleted.
    pub async fn history(
        &self,
        scope: &TenantScope,
        kind: RecordKind,
        id: &str,
        after: Option<HistoryCursor>,
        limit: u32,
    ) -> Result<HistoryPage, EngineError> {
        let mut connection = self.db().read().await?;
        now(&mut connection, scope, kind, id).await?;
        let limit = per_page(limit);
        let last = after.map(|cursor| cursor.0);
        let mut rows = history::entries(&mut connection, scope, kind, id, last, limit + 1).await?;
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let goes_on = rows.len() > most;
        rows.truncate(most);
        let next =
            rows.last().filter(|_| goes_on).map(|row| HistoryCursor((row.at, row.seq, row.id.clone())));
        Ok(HistoryPage { entries: rows.into_iter().map(entry).collect::<Result<_, _>>()?, next })
    }

    /// A record as it was, as JSON: the present state without what came later. Not found when it did not exist then, or was
    /// erased since.
    pub async fn record_as_of(
        &self,
        scope: &TenantScope,
        (kind, id): (RecordKind, &str),
        as_of: AsOf,
    ) -> Result<PastRecord, EngineError> {
        let mut connection = self.db().read().await?;
        let (latest, mut state) = now(&mut connection, scope, kind, id).await?;
        let of = match as_of {
            AsOf::Revision(revision) => history::AsOf::Revision(revision),
            AsOf::Instant(at) => history::AsOf::Instant(at.as_microsecond()),
        };
        let step = history::step(&mut connection, scope, kind, id, of).await?;
        let step = step.ok_or(EngineError::NotFound)?;
        for changes in history::after_revision(&mut connection, scope, kind, id, step.seq).await? {
            undo(&mut state, &changes.ok_or(EngineError::NotFound)?);
        }
        let at = Timestamp::from_microsecond(step.at);
        Ok(PastRecord {
            revision: step.seq,
            is_latest: step.seq == latest,
            deed: step.deed,
            by: step.user_name,
            at: at.map_err(|_| StoreError::Corrupt { column: "history.at" })?,
            state,
        })
    }
}

/// Which past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// What a write made.
    Revision(i64),
    /// What lay here at an instant.
    Instant(Timestamp),
}

/// A record as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastRecord {
    /// The revision that it had.
    pub revision: i64,
    /// Whether it is still so.
    pub is_latest: bool,
    /// What made it so: created, changed, deleted, …
    pub deed: String,
    /// Who did that; `None`: the application itself.
    pub by: Option<String>,
    /// When it became so.
    pub at: Timestamp,
    /// The whole record.
    pub state: Value,
}

/// A record's revision and state, deleted or not.
async fn now(
    connection: &mut Connection,
    scope: &TenantScope,
    kind: RecordKind,
    id: &str,
) -> Result<(i64, Value), EngineError> {
    if !is_id(id) {
        return Err(EngineError::NotFound);
    }
    let notes = records::internal_notes(connection, scope, kind, id).await?;
    let found = match kind {
        RecordKind::Contact => match contacts::contact(connection, scope, id).await? {
            Some(stored) => Some((stored.revision, of(&stored.fields.contact()?)?)),
            None => None,
        },
        RecordKind::Product => match products::products(connection, scope, &[id]).await?.pop() {
            Some(stored) => Some((stored.revision, of(&stored.fields.product())?)),
            None => None,
        },
        RecordKind::SalesDocument => match sales_documents::document(connection, scope, id).await? {
            Some(stored) => {
                let lines = sales_documents::lines(connection, scope, id).await?;
                Some((stored.revision, sales_documents::snapshot(&stored.fields, &lines)?))
            }
            None => None,
        },
    };
    let (revision, mut state) = found.ok_or(EngineError::NotFound)?;
    state["internal_notes"] = Value::from(notes);
    Ok((revision, state))
}

/// A contact or product as its history keeps it.
pub(super) fn of(record: &impl Serialize) -> Result<Value, StoreError> {
    serde_json::to_value(record).map_err(|_| StoreError::Corrupt { column: "record" })
}

fn entry(row: EntryRow) -> Result<HistoryEntry, StoreError> {
    let there = row.side == "there";
    Ok(HistoryEntry {
        there,
        revision: (!there).then_some(row.seq),
        changes: history::read_changes(&row.changes)?,
        at: Timestamp::from_microsecond(row.at).map_err(|_| StoreError::Corrupt { column: "history.at" })?,
        id: row.id,
        deed: row.deed,
        other_id: row.other_id,
        by: row.user_name,
        run_id: row.run_id,
    })
}
