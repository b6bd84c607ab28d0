//! Making, editing and deleting sales documents here.

use jiff::tz::TimeZone;
use sync_core::record::RecordKind;

use super::draft::{self, Draft, Standing};
use super::input::DocumentInput;
use super::record::{self, Change};
use super::sales_document::{form, live};
use crate::access::{Role, TenantScope};
use crate::store::history::Deed;
use crate::store::sales_documents::{self, NewDocument};
use crate::{Engine, EngineError};

const KIND: RecordKind = RecordKind::SalesDocument;
/// Where the companies keep their books: a new document has today's date there.
const BOOKS: &str = "Europe/Ljubljana";

/// What to change; `None` leaves it. An empty text empties the field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// Subject.
    pub title: Option<String>,
    /// Notes.
    pub notes: Option<String>,
}

impl Engine {
    /// Makes a document; returns its id. Staff. It may be incomplete; [`EngineError::Blocked`] tells everything that can't be
    /// meant.
    pub async fn create_sales_document(
        &self,
        scope: &TenantScope,
        input: &DocumentInput,
    ) -> Result<String, EngineError> {
        scope.require(Role::Staff)?;
        let (id, now) = (self.new_id(), self.now());
        let zone = TimeZone::get(BOOKS).unwrap_or(TimeZone::UTC);
        let today = zone.to_datetime(now).date();
        let mut tx = self.db().begin().await?;
        let Draft { fields, lines, taxes } = draft::build(&mut tx, scope, input, None, today).await?;
        let new = NewDocument { id: id.clone(), fields, lines, taxes };
        sales_documents::insert_documents(&mut tx, scope, &[new], now).await?;
        record::finish(self, tx, scope, KIND, Change::plain(&id, 1, Deed::Created)).await?;
        Ok(id)
    }

    /// Replaces what can be edited of a document that still has the expected revision; returns the new one. Staff.
    /// [`EngineError::Stale`]: somebody was faster, and nothing was changed.
    pub async fn replace_sales_document(
        &self,
        scope: &TenantScope,
        id: &str,
        expected_revision: i64,
        input: &DocumentInput,
    ) -> Result<i64, EngineError> {
        scope.require(Role::Staff)?;
        let mut tx = self.db().begin().await?;
        let stored = live(&mut tx, scope, id).await?;
        record::is_current(stored.revision, expected_revision)?;
        let old_lines = sales_documents::lines(&mut tx, scope, id).await?;
        let old_taxes = sales_documents::taxes(&mut tx, scope, id).await?;
        let before = sales_documents::snapshot(&stored.fields, &old_lines)?;
        let standing = Standing { document: &stored, lines: &old_lines, taxes: &old_taxes };
        let today = stored.fields.doc_date;
        let Draft { fields, lines, taxes } =
            draft::build(&mut tx, scope, input, Some(standing), today).await?;
        let after = sales_documents::snapshot(&fields, &lines)?;
        if after == before {
            return Ok(stored.revision);
        }
        let now = self.now();
        let updated =
            sales_documents::update_document(&mut tx, scope, id, expected_revision, &fields, now).await?;
        let revision = updated.ok_or(EngineError::Stale { revision: stored.revision })?;
        if lines != old_lines || taxes != old_taxes {
            sales_documents::replace_lines(&mut tx, scope, id, &lines, &taxes).await?;
        }
        let old_key = stored.fields.match_key.clone();
        let change = Change { old_key, ..Change::fields(id, revision, &before, &after) };
        record::finish(self, tx, scope, KIND, change).await?;
        Ok(revision)
    }

    /// Changes subject or notes of a document that still has the expected revision; returns the new revision. Staff.
    pub async fn edit_sales_document(
        &self,
        scope: &TenantScope,
        id: &str,
        expected_revision: i64,
        edit: Edit,
    ) -> Result<i64, EngineError> {
        scope.require(Role::Staff)?;
        let mut input = self.sales_document_form(scope, id).await?;
        if let Some(title) = edit.title {
            input.title = Some(title);
        }
        if let Some(notes) = edit.notes {
            input.notes = Some(notes);
        }
        self.replace_sales_document(scope, id, expected_revision, &input).await
    }

    /// The form that a document has now.
    pub async fn sales_document_form(
        &self,
        scope: &TenantScope,
        id: &str,
    ) -> Result<DocumentInput, EngineError> {
        let mut connection = self.db().read().await?;
        let stored = live(&mut connection, scope, id).await?;
        let lines = sales_documents::lines(&mut connection, scope, id).await?;
        Ok(form(&stored, &lines)?)
    }

    /// Deletes a document that still has the expected revision. Staff. It stays as a tombstone, so that a look does not bring
    /// it back; in Metakocka nothing is deleted.
    pub async fn delete_sales_document(
        &self,
        scope: &TenantScope,
        id: &str,
        expected_revision: i64,
    ) -> Result<(), EngineError> {
        scope.require(Role::Staff)?;
        let mut tx = self.db().begin().await?;
        let stored = live(&mut tx, scope, id).await?;
        let key = stored.fields.match_key.clone();
        record::delete_with_key(self, tx, scope, KIND, (id, stored.revision), expected_revision, key).await
    }
}
