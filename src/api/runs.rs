//! Runs: the list, one with what it could not do, and ending one early.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of the arguments, whose fields it cannot document"
)]

use leptos::prelude::*;

use super::error::ApiError;
use super::flash::Done;
use crate::model::{RunDetail, RunPage};

/// Runs before the one that is named, newest first.
#[server(endpoint = "runs", input = server_fn::codec::GetUrl)]
pub async fn load_runs(before: Option<String>) -> Result<RunPage, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let found = engine.runs(&scope, before.as_deref(), on_server::ROWS + 1).await?;
    Ok(on_server::page(found, engine.now()))
}

/// One run, with what did not go through in it.
#[server(endpoint = "run-detail", input = server_fn::codec::GetUrl)]
pub async fn load_run_detail(id: String) -> Result<RunDetail, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let run = engine.run(&scope, &id).await?;
    let problems = engine.run_problems(&scope, &id).await?;
    Ok(on_server::detail(run, problems, engine.now()))
}

/// Cancels a run: nothing new begins, what is on its way is heard to its end.
#[server(endpoint = "cancel-run")]
pub async fn cancel_run(id: String) -> Result<Done, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    engine.cancel_run(&scope, &id).await?;
    Ok(on_server::cancelled(&engine.wait_for_run(&scope, &id, on_server::PATIENCE).await?))
}

#[cfg(feature = "ssr")]
mod on_server {
    use std::time::Duration;

    use engine::sync::{RunItem, RunView};
    use jiff::Timestamp;
    use sync_core::record::RecordKind;

    use crate::api::flash::Done;
    use crate::api::translate::{run as run_of, when};
    use crate::i18n::{chosen, td_string};
    use crate::model::{NoticeKind, RunDetail, RunPage, RunProblem, record_path};

    /// Runs of a page.
    pub(super) const ROWS: u32 = 50;
    /// How long a form waits until the run has ended.
    pub(super) const PATIENCE: Duration = Duration::from_secs(10);

    pub(super) fn page(mut found: Vec<RunView>, now: Timestamp) -> RunPage {
        let goes_on = found.len() > ROWS as usize;
        found.truncate(ROWS as usize);
        let next = found.last().filter(|_| goes_on).map(|run| run.id.clone());
        RunPage { rows: found.into_iter().map(|run| detail(run, Vec::new(), now)).collect(), next }
    }

    pub(super) fn detail(view: RunView, problems: Vec<RunItem>, now: Timestamp) -> RunDetail {
        let kind = view.kind.parse().ok();
        RunDetail {
            looks: view.looks,
            cause: view.cause.clone(),
            by: view.requested_by.clone(),
            created: when(view.created_at, now),
            ended: view.finished_at.map(|at| when(at, now)),
            cancelled_by: view.cancelled_by.clone(),
            run: run_of(view),
            problems: problems.into_iter().map(|item| problem(kind, item)).collect(),
        }
    }

    fn problem(kind: Option<RecordKind>, item: RunItem) -> RunProblem {
        let href = kind.zip(item.record_id.as_ref()).map(|(kind, id)| record_path(kind, id));
        RunProblem {
            label: item.label,
            href,
            outcome: item.outcome,
            sentence: item.sentence,
            advice: item.advice,
        }
    }

    pub(super) fn cancelled(run: &RunView) -> Done {
        let lang = chosen();
        let title = if run.is_ended() {
            td_string!(lang, runs.was_cancelled)
        } else {
            td_string!(lang, runs.is_cancelled)
        };
        Done::saying(NoticeKind::Done, title)
    }
}
