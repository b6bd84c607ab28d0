//! What the pages of all kinds of records share: deleting, history.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of the arguments, whose fields it cannot document"
)]

use leptos::prelude::*;

use super::error::ApiError;
use super::flash::Done;
use crate::model::Happening;

/// Deletes a record that still has this revision.
#[server(endpoint = "delete-record")]
pub async fn delete_record(kind: String, id: String, revision: i64) -> Result<Done, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let kind = on_server::kind(&kind)?;
    on_server::delete(&engine, &scope, kind, &id, revision).await?;
    Ok(on_server::deleted(kind))
}

/// What happened to a record, newest first.
#[server(endpoint = "history", input = server_fn::codec::GetUrl)]
pub async fn load_history(kind: String, id: String) -> Result<Vec<Happening>, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let page = engine.history(&scope, on_server::kind(&kind)?, &id, None, on_server::SHOWN).await?;
    Ok(page.entries.into_iter().map(|entry| on_server::happening(entry, engine.now())).collect())
}

#[cfg(feature = "ssr")]
mod on_server {
    use engine::access::TenantScope;
    use engine::crm::HistoryEntry;
    use engine::{Engine, EngineError};
    use jiff::Timestamp;
    use serde_json::Value;
    use sync_core::record::RecordKind;

    use crate::api::error::{ApiError, ErrorCode};
    use crate::api::flash::Done;
    use crate::api::translate::when;
    use crate::i18n::{chosen, td_string};
    use crate::model::{Happening, Notice, NoticeKind};

    /// Entries that a page shows; older ones are in the API.
    pub(super) const SHOWN: u32 = 50;
    /// Most characters of a value that a page shows.
    const VALUE: usize = 200;

    pub(super) fn kind(text: &str) -> Result<RecordKind, ApiError> {
        text.parse().map_err(|_| ApiError::plain(ErrorCode::Invalid, "There is no such kind of record."))
    }

    pub(super) async fn delete(
        engine: &Engine,
        scope: &TenantScope,
        kind: RecordKind,
        id: &str,
        revision: i64,
    ) -> Result<(), EngineError> {
        match kind {
            RecordKind::Contact => engine.delete_contact(scope, id, revision).await,
            RecordKind::Product => engine.delete_product(scope, id, revision).await,
            RecordKind::SalesDocument => engine.delete_sales_document(scope, id, revision).await,
        }
    }

    pub(super) fn deleted(kind: RecordKind) -> Done {
        let title = td_string!(chosen(), record.deleted).to_owned();
        let go = match kind {
            RecordKind::Contact => "/contacts",
            RecordKind::Product => "/products",
            RecordKind::SalesDocument => "/sales-documents",
        };
        Done { notice: Some(Notice { kind: NoticeKind::Done, title, body: None }), ..Done::going(go) }
    }

    pub(super) fn happening(entry: HistoryEntry, now: Timestamp) -> Happening {
        let changes = entry
            .changes
            .iter()
            .map(|change| (change.field(), value(change.from.as_ref()), value(change.to.as_ref())));
        Happening {
            at: when(entry.at, now),
            by: entry.by,
            there: entry.there,
            deed: entry.deed,
            changes: changes.collect(),
        }
    }

    /// A value as people read it: text as it is, nothing as nothing, the rest as JSON, not too long.
    fn value(value: Option<&Value>) -> String {
        let text = match value {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        if text.chars().count() > VALUE {
            let short: String = text.chars().take(VALUE).collect();
            return format!("{short}…");
        }
        text
    }
}
