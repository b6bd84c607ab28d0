//! Internal notes of a record.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of the arguments, whose fields it cannot document"
)]

use leptos::prelude::*;
use sync_core::record::RecordKind;

use super::error::ApiError;
use super::flash::Done;
use crate::model::InternalNotes;

/// The internal notes of a record.
#[server(endpoint = "internal-notes", input = server_fn::codec::GetUrl)]
pub async fn load_notes(kind: RecordKind, id: String) -> Result<InternalNotes, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let notes = engine.internal_notes(&scope, kind, &id).await?;
    Ok(InternalNotes { revision: notes.revision, text: notes.text.unwrap_or_default() })
}

/// Replaces them, on a record that still has this revision.
#[server(endpoint = "save-notes")]
pub async fn save_notes(
    kind: RecordKind,
    id: String,
    revision: i64,
    #[server(default)] notes: String,
) -> Result<Done, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let saved = engine.set_internal_notes(&scope, (kind, &id), revision, Some(&notes)).await;
    saved.map_err(|error| super::translate::named(error, |_| Some("notes")))?;
    let title = crate::i18n::td_string!(crate::i18n::chosen(), record.saved);
    Ok(Done::saying(crate::model::NoticeKind::Done, title))
}
