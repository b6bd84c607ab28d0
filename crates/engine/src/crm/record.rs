//! What every write of a record ends with: its history, and planning it again, in the transaction of the write.

use serde_json::Value;
use sync_core::record::{FieldChange, RecordKind, changes};

use crate::access::TenantScope;
use crate::store::history::{self, Deed, Written};
use crate::store::{StoreError, Tx, records};
use crate::sync::{Edited, after_edit};
use crate::{Engine, EngineError};

/// A write that is to be noted.
#[derive(Clone, Debug)]
pub(super) struct Change<'a> {
    /// The record.
    pub(super) id: &'a str,
    /// The revision that the write made.
    pub(super) revision: i64,
    /// What it was.
    pub(super) deed: Deed,
    /// The fields that it changed.
    pub(super) fields: Vec<FieldChange>,
    /// Of a merge: the other contact.
    pub(super) other: Option<&'a str>,
    /// Of a document: what matching looked up before.
    pub(super) old_key: Option<String>,
}

impl<'a> Change<'a> {
    /// A write that changed no field of what was there.
    pub(super) fn plain(id: &'a str, revision: i64, deed: Deed) -> Self {
        Self { id, revision, deed, fields: Vec::new(), other: None, old_key: None }
    }

    /// A write that changed fields.
    pub(super) fn fields(id: &'a str, revision: i64, before: &Value, after: &Value) -> Self {
        Self { fields: changes(before, after), ..Self::plain(id, revision, Deed::Changed) }
    }

    /// A document that another contact owns now.
    pub(super) fn customer(id: &'a str, revision: i64, from: &str, to: &str) -> Self {
        let field =
            FieldChange { path: "/contact_id".to_owned(), from: Some(from.into()), to: Some(to.into()) };
        Self { fields: vec![field], ..Self::plain(id, revision, Deed::Changed) }
    }
}

/// Notes writes of one kind.
pub(super) async fn note(
    engine: &Engine,
    tx: &mut Tx,
    scope: &TenantScope,
    kind: RecordKind,
    changes: Vec<Change<'_>>,
) -> Result<(), StoreError> {
    let mut written = Vec::with_capacity(changes.len());
    for change in changes {
        written.push(Written {
            id: engine.new_id(),
            record: change.id,
            revision: change.revision,
            deed: change.deed,
            changes: change.fields,
            other: change.other,
        });
    }
    history::note(tx, scope, kind, None, written, engine.now()).await
}

/// Notes a write, plans the record again and commits.
pub(super) async fn finish(
    engine: &Engine,
    mut tx: Tx,
    scope: &TenantScope,
    kind: RecordKind,
    change: Change<'_>,
) -> Result<(), EngineError> {
    let (id, old_key) = (change.id, change.old_key.clone());
    note(engine, &mut tx, scope, kind, vec![change]).await?;
    after_edit(engine, &mut tx, scope, Edited { kind, id, old_key: old_key.as_deref() }).await?;
    tx.commit().await.map_err(StoreError::from)?;
    engine.remote().wake();
    Ok(())
}

/// Makes a tombstone of a record.
pub(super) async fn delete(
    engine: &Engine,
    tx: Tx,
    scope: &TenantScope,
    kind: RecordKind,
    (id, revision): (&str, i64),
    expected_revision: i64,
) -> Result<(), EngineError> {
    delete_with_key(engine, tx, scope, kind, (id, revision), expected_revision, None).await
}

/// The same of a document, with what matching looked up.
pub(super) async fn delete_with_key(
    engine: &Engine,
    mut tx: Tx,
    scope: &TenantScope,
    kind: RecordKind,
    (id, revision): (&str, i64),
    expected_revision: i64,
    old_key: Option<String>,
) -> Result<(), EngineError> {
    is_current(revision, expected_revision)?;
    let deleted = records::delete(&mut tx, scope, kind, id, expected_revision, engine.now()).await?;
    let tombstone = deleted.ok_or(EngineError::Stale { revision })?;
    let change = Change { old_key, ..Change::plain(id, tombstone, Deed::Deleted) };
    finish(engine, tx, scope, kind, change).await
}

/// Refuses what was made on an older revision.
pub(super) fn is_current(revision: i64, expected: i64) -> Result<(), EngineError> {
    if revision == expected { Ok(()) } else { Err(EngineError::Stale { revision }) }
}
