//! Edits of a sales document here.

use super::sales_document::{live, read_head};
use crate::access::{Role, TenantScope};
use crate::store::{StoreError, sales_documents};
use crate::sync::after_edit;
use crate::{Engine, EngineError};

/// Most characters of a subject: longer ones could not be sent (policy F).
const MAX_TITLE_CHARS: usize = 80;
/// Most characters of notes: some pages.
const MAX_NOTES_CHARS: usize = 10_000;

/// What to change; `None` leaves it. An empty text empties the field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// Subject.
    pub title: Option<String>,
    /// Notes.
    pub notes: Option<String>,
}

impl Engine {
    /// Changes a document that still has the expected revision; returns the new revision. Staff.
    pub async fn edit_sales_document(
        &self,
        scope: &TenantScope,
        id: &str,
        expected_revision: i64,
        edit: Edit,
    ) -> Result<i64, EngineError> {
        scope.require(Role::Staff)?;
        check(&edit)?;
        let mut tx = self.db().begin().await?;
        let stored = live(&mut tx, scope, id).await?;
        let mut head = read_head(&stored)?;
        let mut fields = stored.fields;
        if let Some(title) = edit.title {
            fields.title.clone_from(&title);
            head.title = given(title);
        }
        if let Some(notes) = edit.notes {
            head.notes = given(notes);
        }
        fields.head = serde_json::to_string(&head).map_err(|_| StoreError::Corrupt { column: "head" })?;
        let revision =
            sales_documents::update_document(&mut tx, scope, id, expected_revision, &fields, self.now())
                .await?
                .ok_or_else(stale)?;
        after_edit(self, &mut tx, scope, id).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(revision)
    }
}

fn given(text: String) -> Option<String> {
    Some(text).filter(|text| !text.trim().is_empty())
}

fn check(edit: &Edit) -> Result<(), EngineError> {
    check_text("title", edit.title.as_deref(), MAX_TITLE_CHARS, &[])?;
    check_text("notes", edit.notes.as_deref(), MAX_NOTES_CHARS, &['\n', '\r', '\t'])
}

fn check_text(
    field: &'static str,
    text: Option<&str>,
    most: usize,
    controls: &[char],
) -> Result<(), EngineError> {
    let text = text.unwrap_or_default();
    if text.chars().count() > most {
        return Err(EngineError::invalid(field, format!("At most {most} characters fit here.")));
    }
    if text.chars().any(|c| c.is_control() && !controls.contains(&c)) {
        return Err(EngineError::invalid(field, "There is a sign in it that is no text: remove it."));
    }
    Ok(())
}

fn stale() -> EngineError {
    EngineError::invalid("revision", "Somebody changed it in the meantime: reload it and edit again.")
}
