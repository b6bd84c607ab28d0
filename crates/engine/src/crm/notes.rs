//! Internal notes: for people here, beside everything that both sides compare. Never sent, never a conflict (policy E).

use sync_core::record::RecordKind;

use super::check::{PAGES, Reasons};
use super::contact;
use super::record::{self, Change};
use crate::access::{Role, TenantScope};
use crate::ids::is_id;
use crate::store::history::{self, Deed};
use crate::store::{contacts, records};
use crate::{Engine, EngineError};

/// The internal notes of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InternalNotes {
    /// The revision on which they are edited.
    pub revision: i64,
    /// Their text, if there is any.
    pub text: Option<String>,
}

impl Engine {
    /// The internal notes of a record. Not found when it does not exist, was deleted, or belongs to another workspace.
    pub async fn internal_notes(
        &self,
        scope: &TenantScope,
        kind: RecordKind,
        id: &str,
    ) -> Result<InternalNotes, EngineError> {
        let mut reader = self.db().read().await?;
        let living = if is_id(id) { records::decision(&mut reader, scope, kind, id).await? } else { None };
        let revision = living.ok_or(EngineError::NotFound)?.revision;
        let text = records::internal_notes(&mut reader, scope, kind, id).await?;
        Ok(InternalNotes { revision, text })
    }

    /// Replaces the internal notes of a record that still has the expected revision; returns the new one. Staff. Without
    /// text there are none. [`EngineError::Stale`]: somebody was faster, and nothing was changed.
    pub async fn set_internal_notes(
        &self,
        scope: &TenantScope,
        (kind, id): (RecordKind, &str),
        expected_revision: i64,
        text: Option<&str>,
    ) -> Result<i64, EngineError> {
        scope.require(Role::Staff)?;
        let mut reasons = Reasons::default();
        let text = reasons.text("internalNotes", text, PAGES);
        let text = reasons.done(text)?;
        let mut tx = self.db().begin().await?;
        let living = if is_id(id) { records::decision(&mut tx, scope, kind, id).await? } else { None };
        let revision = living.ok_or(EngineError::NotFound)?.revision;
        record::is_current(revision, expected_revision)?;
        if kind == RecordKind::Contact
            && let Some(stored) = contacts::contact(&mut tx, scope, id).await?
        {
            contact::is_kept(&stored)?;
        }
        let before = records::internal_notes(&mut tx, scope, kind, id).await?;
        if before == text {
            return Ok(revision);
        }
        let at = (id, expected_revision);
        let written =
            records::set_internal_notes(&mut tx, scope, kind, at, text.as_deref(), self.now()).await?;
        let written = written.ok_or(EngineError::Stale { revision })?;
        let fields = vec![history::of_internal_notes(before.as_deref(), text.as_deref())];
        let change = Change { fields, ..Change::plain(id, written, Deed::Changed) };
        record::finish(self, tx, scope, kind, change).await?;
        Ok(written)
    }
}
