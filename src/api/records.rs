//! What the pages of all kinds of records share: deleting, history.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of the arguments, whose fields it cannot document"
)]

use leptos::prelude::*;
use sync_core::record::RecordKind;

use super::error::ApiError;
use super::flash::Done;
use crate::model::{Happening, Past};

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

/// A record as it was when it had this revision.
#[server(endpoint = "past", input = server_fn::codec::GetUrl)]
pub async fn load_past(kind: RecordKind, id: String, revision: i64) -> Result<Past, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let as_of = engine::crm::AsOf::Revision(revision);
    let past = engine.record_as_of(&scope, (kind, &id), as_of).await?;
    Ok(on_server::past(kind, id, past, engine.now()))
}

#[cfg(feature = "ssr")]
mod on_server {
    use engine::access::TenantScope;
    use engine::crm::{HistoryEntry, PastRecord};
    use engine::{Engine, EngineError};
    use jiff::Timestamp;
    use serde_json::Value;
    use sync_core::record::RecordKind;

    use crate::api::error::{ApiError, ErrorCode};
    use crate::api::flash::Done;
    use crate::api::translate::when;
    use crate::i18n::{chosen, td_string};
    use crate::model::{Happening, Notice, NoticeKind, Past};

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
            revision: entry.revision,
        }
    }

    /// What is no value for people: ids, and rows there.
    fn is_technical(name: &str) -> bool {
        name == "row" || name == "id" || name.ends_with("_id")
    }

    pub(super) fn past(kind: RecordKind, id: String, past: PastRecord, now: Timestamp) -> Past {
        let mut fields = Vec::new();
        let state = past.state;
        let lines = state.get("lines").and_then(Value::as_array).cloned();
        for (name, value) in state.as_object().into_iter().flatten().filter(|(name, _)| *name != "lines") {
            flatten(&mut fields, name, value);
        }
        let text = |name: &str| state.get(name).and_then(Value::as_str).map(str::to_owned);
        let name = match kind {
            RecordKind::SalesDocument => text("number").or_else(|| text("title")),
            _ => text("name"),
        };
        Past {
            id,
            name: name.unwrap_or_else(|| td_string!(chosen(), documents.no_number).to_owned()),
            revision: past.revision,
            is_latest: past.is_latest,
            deed: past.deed,
            by: past.by,
            at: when(past.at, now),
            fields,
            no_lines: lines.is_none(),
            lines: lines.unwrap_or_default().iter().map(line).collect(),
        }
    }

    /// Every value that is filled, with its place: `address.street`.
    fn flatten(fields: &mut Vec<(String, String)>, place: &str, value: &Value) {
        match value {
            Value::Null => {}
            Value::Object(parts) => {
                for (name, value) in parts.iter().filter(|(name, _)| !is_technical(name)) {
                    // An address row holds its address: the place needs no such step.
                    let place = if place.ends_with(name.as_str()) {
                        place.to_owned()
                    } else {
                        format!("{place}.{name}")
                    };
                    flatten(fields, &place, value);
                }
            }
            Value::Array(rows) => {
                for (at, row) in (1..).zip(rows) {
                    flatten(fields, &format!("{place}[{at}]"), row);
                }
            }
            _ if is_technical(place) => {}
            other => {
                let text = value_whole(other);
                if !text.is_empty() {
                    fields.push((place.to_owned(), text));
                }
            }
        }
    }

    fn value_whole(value: &Value) -> String {
        match value {
            Value::String(text) => text.clone(),
            Value::Bool(true) => td_string!(chosen(), review.yes).to_owned(),
            Value::Bool(false) => td_string!(chosen(), review.no).to_owned(),
            other => other.to_string(),
        }
    }

    /// A line in one row: everything that it says.
    fn line(line: &Value) -> String {
        let mut parts = Vec::new();
        flatten(&mut parts, "", line);
        let said = |(place, value): (String, String)| format!("{}: {value}", place.trim_start_matches('.'));
        parts.into_iter().map(said).collect::<Vec<_>>().join(" · ")
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
