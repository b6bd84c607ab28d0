//! Ends a run because a person said so. Nothing new begins; what is under way is heard to its end by the write protocol,
//! which goes on with it whether there is a run or not; the rest is counted as left out.

use super::failure::Failure;
use super::run::{Working, announce, is_nightly, put_off_the_scan};
use super::views::RunView;
use crate::access::{Role, TenantScope};
use crate::ids::is_id;
use crate::store::jobs::{self, Release};
use crate::store::runs::{self, Counts, RunRow};
use crate::store::{StoreError, events, run_feeds};
use crate::{Engine, EngineError};

/// Code and sentence of what a cancelled run has left out.
const LEFT_OUT: (&str, &str) = ("cancelled", "The run was cancelled before its turn came.");

impl Engine {
    /// Cancels a run: whoever works on it ends it at the next step, within seconds. One that has ended stays as it is. Staff.
    /// Returns the run as it is now.
    pub async fn cancel_run(&self, scope: &TenantScope, id: &str) -> Result<RunView, EngineError> {
        scope.require(Role::Staff)?;
        if !is_id(id) {
            return Err(EngineError::NotFound);
        }
        let now = self.now().as_microsecond();
        let mut tx = self.db().begin().await?;
        if runs::ask_to_cancel(&mut tx, scope, id, now).await? {
            announce(&mut tx, scope, id, now).await?;
        }
        let run = runs::run_in(&mut tx, scope, id).await?.ok_or(EngineError::NotFound)?;
        tx.commit().await.map_err(StoreError::from)?;
        self.remote().wake();
        Ok(RunView::from_row(run)?)
    }
}

/// Ends a cancelled run and its job.
pub(super) async fn end(working: &Working<'_>, run: &RunRow) -> Result<(), Failure> {
    let (scope, now) = (working.scope, working.now());
    let mut tx = working.begin().await?;
    if is_nightly(run) {
        put_off_the_scan(working, &mut tx, run).await?;
    }
    run_feeds::forget(&mut tx, scope, &run.id, run.scans == 1).await?;
    let left = runs::skip_items(&mut tx, scope, &run.id, LEFT_OUT, now).await?;
    let skipped = i64::try_from(left).unwrap_or(i64::MAX);
    runs::add(&mut tx, scope, &run.id, &Counts { skipped, ..Counts::default() }).await?;
    runs::cancel(&mut tx, scope, &run.id, now).await?;
    jobs::release(&mut tx, working.claim, &Release::Done, now).await?;
    announce(&mut tx, scope, &run.id, now).await?;
    events::trim(&mut tx, scope).await?;
    tx.commit().await.map_err(StoreError::from)?;
    working.engine.remote().wake();
    tracing::info!(
        category = "sync",
        tenant = scope.tenant(),
        connection = run.connection_id,
        run = run.id,
        left,
        "run cancelled"
    );
    Ok(())
}
