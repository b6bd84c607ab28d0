//! What happened in the sync: a page of lines, and marking one as resolved.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of the arguments, whose fields it cannot document"
)]

use leptos::prelude::*;

use super::error::ApiError;
use super::flash::Done;
use crate::model::{LogLevel, LogPage};

/// A page of the log behind a place.
#[server(endpoint = "log", input = server_fn::codec::GetUrl)]
pub async fn load_log(level: Option<LogLevel>, after: Option<String>) -> Result<LogPage, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let page = engine.log(&scope, &on_server::filter(level), after.as_deref(), on_server::LINES).await?;
    Ok(on_server::page(page, engine.now()))
}

/// Marks a line as resolved, or takes the mark away.
#[server(endpoint = "resolve-log-line")]
pub async fn resolve_log_line(entry: String, resolved: bool) -> Result<Done, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    engine.resolve_log_line(&scope, &entry, resolved).await?;
    Ok(Done::default())
}

#[cfg(feature = "ssr")]
mod on_server {
    use engine::sync::{LogFilter, LogLevel as EngineLevel, LogLine as EngineLine, LogPage as EnginePage};
    use jiff::Timestamp;

    use crate::api::translate::when;
    use crate::model::{LogLevel, LogLine, LogPage};

    /// Lines of a page.
    pub(super) const LINES: u32 = 100;

    pub(super) fn filter(level: Option<LogLevel>) -> LogFilter {
        let level = level.map(|level| match level {
            LogLevel::Error => EngineLevel::Error,
            LogLevel::Warning => EngineLevel::Warning,
            LogLevel::Info => EngineLevel::Info,
        });
        LogFilter { level, ..LogFilter::default() }
    }

    pub(super) fn page(page: EnginePage, now: Timestamp) -> LogPage {
        LogPage { lines: page.lines.into_iter().map(|line| one(line, now)).collect(), next: page.next }
    }

    fn one(line: EngineLine, now: Timestamp) -> LogLine {
        LogLine {
            entry: line.entry,
            at: when(line.at, now),
            level: match line.level {
                EngineLevel::Error => LogLevel::Error,
                EngineLevel::Warning => LogLevel::Warning,
                EngineLevel::Info => LogLevel::Info,
            },
            source: line.source,
            what: line.what,
            kind: line.kind,
            record: line.record,
            label: line.label.or(line.external_id),
            run: line.run,
            sentence: line.sentence,
            reference: line.reference,
            resolved: line.resolved.map(|(at, by)| (when(at, now), by)),
        }
    }
}
