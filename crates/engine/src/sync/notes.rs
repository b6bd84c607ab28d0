//! Keeps the history of what a run changes, here and in the mirror, in the transaction that changes it.

use std::collections::HashMap;

use serde_json::Value;
use sync_core::record::{RecordKind, changes};

use crate::Engine;
use crate::access::TenantScope;
use crate::store::history::{self, Deed, Written};
use crate::store::mirror::{Known, MirrorRow, Place};
use crate::store::{Connection, StoreError, Tx, records, sales_documents};

/// Who keeps history: the run, if there is one, in which something changes.
#[derive(Clone, Copy)]
pub(super) struct Noting<'a> {
    pub engine: &'a Engine,
    pub scope: &'a TenantScope,
    pub run: Option<&'a str>,
}

/// Notes that records came to be.
pub(super) async fn created(
    noting: Noting<'_>,
    tx: &mut Tx,
    kind: RecordKind,
    ids: impl Iterator<Item = &str>,
) -> Result<(), StoreError> {
    let Noting { engine, scope, run } = noting;
    let written = ids
        .map(|record| Written {
            id: engine.new_id(),
            record,
            revision: 1,
            deed: Deed::Created,
            changes: Vec::new(),
            other: None,
        })
        .collect();
    history::note(tx, scope, kind, run, written, engine.now()).await
}

/// A document as its history keeps it; none: it does not exist.
pub(super) async fn document(
    connection: &mut Connection,
    scope: &TenantScope,
    id: &str,
) -> Result<Option<Value>, StoreError> {
    let Some(stored) = sales_documents::document(connection, scope, id).await? else { return Ok(None) };
    let lines = sales_documents::lines(connection, scope, id).await?;
    sales_documents::snapshot(&stored.fields, &lines).map(Some)
}

/// Notes what a pull changed in a document, from what it was before.
pub(super) async fn updated(
    noting: Noting<'_>,
    tx: &mut Tx,
    (id, revision): (&str, i64),
    before: Option<Value>,
) -> Result<(), StoreError> {
    let Noting { engine, scope, run } = noting;
    let after = document(tx, scope, id).await?;
    let (Some(before), Some(after)) = (before, after) else { return Ok(()) };
    let written = Written {
        id: engine.new_id(),
        record: id,
        revision,
        deed: Deed::Changed,
        changes: changes(&before, &after),
        other: None,
    };
    history::note(tx, scope, RecordKind::SalesDocument, run, vec![written], engine.now()).await
}

/// Notes what a merge changed in a contact or product here.
pub(super) async fn changed_here<R: serde::Serialize>(
    noting: Noting<'_>,
    tx: &mut Tx,
    kind: RecordKind,
    (id, revision): (&str, i64),
    (before, after): (&R, &R),
) -> Result<(), StoreError> {
    let Noting { engine, scope, run } = noting;
    let value = |record: &R| {
        serde_json::to_value(record).map_err(|_| StoreError::Corrupt { column: "history.changes" })
    };
    let written = Written {
        id: engine.new_id(),
        record: id,
        revision,
        deed: Deed::Changed,
        changes: changes(&value(before)?, &value(after)?),
        other: None,
    };
    history::note(tx, scope, kind, run, vec![written], engine.now()).await
}

/// Replaces the internal notes of a record that still has this revision, and notes that; returns the new revision.
pub(super) async fn internal(
    engine: &Engine,
    tx: &mut Tx,
    scope: &TenantScope,
    (kind, record, expected): (RecordKind, &str, i64),
    text: Option<&str>,
) -> Result<i64, StoreError> {
    let before = records::internal_notes(tx, scope, kind, record).await?;
    let now = engine.now();
    let written = records::set_internal_notes(tx, scope, kind, (record, expected), text, now).await?;
    let revision = written.ok_or(StoreError::Corrupt { column: "revision" })?;
    let change = history::of_internal_notes(before.as_deref(), text);
    let (id, deed, changes) = (engine.new_id(), Deed::Changed, vec![change]);
    let written = vec![Written { id, record, revision, deed, changes, other: None }];
    history::note(tx, scope, kind, None, written, now).await?;
    Ok(revision)
}

/// Notes what a person did with a record as a whole.
pub(super) async fn deed(
    engine: &Engine,
    tx: &mut Tx,
    scope: &TenantScope,
    kind: RecordKind,
    (record, revision, deed): (&str, i64, Deed),
) -> Result<(), StoreError> {
    let written = Written { id: engine.new_id(), record, revision, deed, changes: Vec::new(), other: None };
    history::note(tx, scope, kind, None, vec![written], engine.now()).await
}

/// Notes what changed in Metakocka, before the mirror is written over. A row that is new has no past.
pub(super) async fn changed_there(
    noting: Noting<'_>,
    tx: &mut Tx,
    place: Place<'_>,
    known: &[&Known],
    rows: &[MirrorRow],
) -> Result<(), StoreError> {
    let Noting { engine, scope, run } = noting;
    let known: HashMap<&str, &Known> = known.iter().map(|one| (one.external_id.as_str(), *one)).collect();
    let moved = |row: &&MirrorRow| {
        known
            .get(row.external_id.as_str())
            .is_some_and(|known| known.content_hash != row.content_hash && known.read_at <= row.read_at)
    };
    let moved: Vec<&MirrorRow> = rows.iter().filter(moved).collect();
    let ids: Vec<String> = moved.iter().map(|row| row.external_id.clone()).collect();
    let before = history::contents(tx, scope, place, &ids).await?;
    for row in moved {
        let (Some(old), Some(new)) = (before.get(&row.external_id), &row.content) else { continue };
        let (Some(old), Some(new)) = (parsed(old), parsed(new)) else { continue };
        let changes = changes(&old, &new);
        let key = (engine.new_id(), row.external_id.as_str());
        history::note_there(tx, scope, place, key, &changes, run, engine.now()).await?;
    }
    Ok(())
}

/// What the mirror holds is JSON that this program wrote.
fn parsed(content: &str) -> Option<Value> {
    serde_json::from_str(content).ok()
}
