//! The use cases of the sync that every caller shares: pages, JSON API, scheduler, command line.

use std::time::Duration;

use sync_core::record::RecordKind;
use sync_core::state::{
    self, Button, ButtonInputs, Connection, Counts, LastLook, Matching, PauseCause, Progress,
};
use sync_core::time::UtcMicros;

use super::start;
use super::views::{
    Cause, ConnectionState, Cursor, ExternalKey, Moved, Outgoing, RunItem, RunView, Selection, Waiting,
    WaitingPage, instant,
};
use crate::access::{Role, TenantScope};
use crate::error::StateCode;
use crate::ids::is_id;
use crate::store::connections::{self, ConnectionRow, KindRow};
use crate::store::events::{self, Event};
use crate::store::{StoreError, runs, waiting};
use crate::{Engine, EngineError};

/// Problems that a run shows at once; the others are on its page.
const PROBLEMS: i64 = 200;
/// How often a waiting caller reads the run when nothing woke it: another instance may be working on it.
const POLL: Duration = Duration::from_millis(500);

impl Engine {
    /// What the button says, and the run behind it.
    pub async fn button(&self, scope: &TenantScope, kind: RecordKind) -> Result<Button, EngineError> {
        let Some(connection) = connections::connection(self.db(), scope).await? else {
            return Ok(state::button(&self.inputs(scope, Connection::NotConnected).await?));
        };
        let standing = standing(&connection)?;
        let mut inputs = self.inputs(scope, standing).await?;
        let row = self.kind_row(scope, &connection, kind).await?;
        if let Some(run) = runs::unfinished(self.db(), scope, kind.as_str()).await? {
            if run.pulls == 1 || run.pushes == 1 {
                inputs.progress = Some(progress(&RunView::from_row(run)?));
            } else {
                inputs.looking_since = Some(UtcMicros(run.started_at.unwrap_or(run.created_at)));
            }
        }
        if row.check_outcome.as_deref() == Some("quota") {
            inputs.quota_until = row.next_try_at.map(UtcMicros);
        }
        inputs.last_look = last_look(&row);
        inputs.counts = self.counts(scope, &connection, kind).await?;
        let unconfirmed = self.unconfirmed(scope, &connection, kind).await?;
        if !unconfirmed.is_empty() {
            let records = self.to_compare(scope, &unconfirmed).await?;
            inputs.matching = Matching::Open { records };
        }
        Ok(state::button(&inputs))
    }

    async fn inputs(&self, scope: &TenantScope, connection: Connection) -> Result<ButtonInputs, EngineError> {
        Ok(ButtonInputs {
            connection,
            matching: Matching::Confirmed,
            progress: None,
            looking_since: None,
            quota_until: None,
            last_look: LastLook::Never,
            counts: Counts::default(),
            role: match scope.role() {
                Role::ReadOnly => state::Role::ReadOnly,
                Role::Staff => state::Role::Staff,
                Role::Owner => state::Role::Owner,
            },
            owner: self.owner_name(scope).await?,
        })
    }

    async fn counts(
        &self,
        scope: &TenantScope,
        connection: &ConnectionRow,
        kind: RecordKind,
    ) -> Result<Counts, EngineError> {
        let counts = waiting::counts(self.db(), scope, &connection.id, kind.as_str()).await?;
        let (not_sent, unknown) = waiting::outgoing(self.db(), scope).await?;
        Ok(Counts {
            n_new: count(counts.new),
            n_changed: count(counts.changed),
            k_review: count(counts.review),
            s_not_sent: count(not_sent),
            u_unknown: count(unknown),
        })
    }

    pub(super) async fn kind_row(
        &self,
        scope: &TenantScope,
        connection: &ConnectionRow,
        kind: RecordKind,
    ) -> Result<KindRow, EngineError> {
        let row = connections::kind(self.db(), scope, &connection.id, kind.as_str()).await?;
        Ok(row.ok_or(StoreError::Corrupt { column: "connection_kinds" })?)
    }

    /// Looks in Metakocka: starts a run, or joins the one that is already looking. Returns the run's id.
    pub async fn start_look(
        &self,
        scope: &TenantScope,
        kind: RecordKind,
        cause: Cause,
    ) -> Result<String, EngineError> {
        self.start(
            scope,
            start::Wish {
                kind,
                cause,
                looks: true,
                scans: false,
                pulls: None,
                pushes: None,
                is_due_try: false,
                plan: None,
            },
        )
        .await
    }

    /// Takes what waits: starts a run, or joins the one that takes the same. Returns the run's id.
    pub async fn start_pull(
        &self,
        scope: &TenantScope,
        kind: RecordKind,
        selection: Selection,
        cause: Cause,
    ) -> Result<String, EngineError> {
        self.start(
            scope,
            start::Wish {
                kind,
                cause,
                looks: false,
                scans: false,
                pulls: Some(selection),
                pushes: None,
                is_due_try: false,
                plan: None,
            },
        )
        .await
    }

    /// Takes one record, and waits for it, but not longer than `patience`. Named without its type it is found by the
    /// mirror, else as each type in turn; one that is found as two is [`StateCode::AmbiguousType`], with the types in the
    /// sentence, and one that does not exist [`EngineError::NotFound`].
    pub async fn pull_one(
        &self,
        scope: &TenantScope,
        kind: RecordKind,
        key: ExternalKey,
        cause: Cause,
        patience: Duration,
    ) -> Result<Moved, EngineError> {
        let run = self.start_pull(scope, kind, Selection::These(vec![key]), cause).await?;
        let run = self.wait_for_run(scope, &run, patience).await?;
        self.moved(scope, run).await
    }

    /// What came of the one record of a run, as far as the run is. Refused like [`Engine::pull_one`].
    pub async fn moved(&self, scope: &TenantScope, run: RunView) -> Result<Moved, EngineError> {
        if !run.is_ended() {
            return Ok(Moved { run, item: None });
        }
        let item = runs::first_item(self.db(), scope, &run.id).await?.ok_or(EngineError::NotFound)?;
        match item.code.as_deref() {
            Some("not_found") => Err(EngineError::NotFound),
            Some("ambiguous_type") => {
                Err(EngineError::state(StateCode::AmbiguousType, item.sentence.unwrap_or_default()))
            }
            _ => Ok(Moved { run, item: Some(RunItem::from_row(item)) }),
        }
    }

    /// Sends what waits here: starts a run, or joins the one that sends the same. Returns the run's id. Staff.
    pub async fn start_push(
        &self,
        scope: &TenantScope,
        kind: RecordKind,
        which: Outgoing,
        cause: Cause,
    ) -> Result<String, EngineError> {
        let wish = start::Wish {
            kind,
            cause,
            looks: false,
            scans: false,
            pulls: None,
            pushes: Some(which),
            is_due_try: false,
            plan: None,
        };
        self.start(scope, wish).await
    }

    /// Sends one record, and waits for it, but not longer than `patience`. [`EngineError::NotFound`] when it does not
    /// exist.
    pub async fn push_one(
        &self,
        scope: &TenantScope,
        kind: RecordKind,
        id: &str,
        cause: Cause,
        patience: Duration,
    ) -> Result<Moved, EngineError> {
        if !is_id(id) || self.sync_status(scope, kind, id).await?.is_none() {
            return Err(EngineError::NotFound);
        }
        let run = self.start_push(scope, kind, Outgoing::These(vec![id.to_owned()]), cause).await?;
        let run = self.wait_for_run(scope, &run, patience).await?;
        self.moved(scope, run).await
    }

    /// Reads everything in scope again and finds out what is gone: nightly, and when the operator says so, who also
    /// takes what waits. Returns the run's id.
    pub async fn start_scan(
        &self,
        scope: &TenantScope,
        kind: RecordKind,
        cause: Cause,
    ) -> Result<String, EngineError> {
        let pulls = (cause == Cause::Command).then_some(Selection::All);
        self.start(
            scope,
            start::Wish {
                kind,
                cause,
                looks: true,
                scans: true,
                pulls,
                pushes: None,
                is_due_try: false,
                plan: None,
            },
        )
        .await
    }

    /// Looks and takes page by page in one run: the schedule and the command line. Returns the run's id.
    pub async fn start_sync(
        &self,
        scope: &TenantScope,
        kind: RecordKind,
        cause: Cause,
    ) -> Result<String, EngineError> {
        self.start(
            scope,
            start::Wish {
                kind,
                cause,
                looks: true,
                scans: false,
                pulls: Some(Selection::All),
                pushes: None,
                is_due_try: false,
                plan: None,
            },
        )
        .await
    }

    /// One run.
    pub async fn run(&self, scope: &TenantScope, id: &str) -> Result<RunView, EngineError> {
        if !is_id(id) {
            return Err(EngineError::NotFound);
        }
        let row = runs::run(self.db(), scope, id).await?.ok_or(EngineError::NotFound)?;
        Ok(RunView::from_row(row)?)
    }

    /// Runs before the one with this id, or the newest, newest first.
    pub async fn runs(
        &self,
        scope: &TenantScope,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<RunView>, EngineError> {
        let rows = runs::before(self.db(), scope, before, i64::from(limit)).await?;
        Ok(rows.into_iter().map(RunView::from_row).collect::<Result<_, _>>()?)
    }

    /// What did not go through in a run, the first ones first.
    pub async fn run_problems(&self, scope: &TenantScope, id: &str) -> Result<Vec<RunItem>, EngineError> {
        let rows = runs::problems(self.db(), scope, id, PROBLEMS).await?;
        Ok(rows.into_iter().map(RunItem::from_row).collect())
    }

    /// Waits until the run has ended, but not longer than `patience`.
    pub async fn wait_for_run(
        &self,
        scope: &TenantScope,
        id: &str,
        patience: Duration,
    ) -> Result<RunView, EngineError> {
        let mut woken = self.remote().wake.subscribe();
        let waited = tokio::time::timeout(patience, async {
            loop {
                let run = self.run(scope, id).await?;
                if run.is_ended() {
                    return Ok(run);
                }
                tokio::select! {
                    _ = woken.changed() => {}
                    () = tokio::time::sleep(POLL) => {}
                }
            }
        })
        .await;
        match waited {
            Ok(run) => run,
            Err(_) => self.run(scope, id).await,
        }
    }

    /// What waits in Metakocka, newest first.
    pub async fn waiting(
        &self,
        scope: &TenantScope,
        kind: RecordKind,
        after: Option<&Cursor>,
        limit: u32,
    ) -> Result<WaitingPage, EngineError> {
        let Some(connection) = connections::connection(self.db(), scope).await? else {
            return Err(not_connected());
        };
        let row = self.kind_row(scope, &connection, kind).await?;
        let checked_at = row.looked_at.map(|at| instant(at, "connection_kinds.looked_at")).transpose()?;
        let last_error = row.check_sentence.filter(|_| row.check_outcome.as_deref() != Some("ok"));
        if checked_at.is_none() {
            return Ok(WaitingPage { rows: Vec::new(), total: None, checked_at, last_error, next: None });
        }
        let counts = waiting::counts(self.db(), scope, &connection.id, kind.as_str()).await?;
        let place =
            after.map(|cursor| (cursor.key.as_str(), cursor.remote_type.as_str(), cursor.id.as_str()));
        let found =
            waiting::page(self.db(), scope, &connection.id, kind.as_str(), place, i64::from(limit) + 1)
                .await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let next = (found.len() > limit).then(|| found.get(limit - 1)).flatten().map(|last| Cursor {
            key: last.list_key.clone(),
            remote_type: last.remote_type.clone(),
            id: last.external_id.clone(),
        });
        Ok(WaitingPage {
            rows: found.into_iter().take(limit).map(Waiting::from_row).collect(),
            total: Some(counts.new + counts.changed + counts.review),
            checked_at,
            last_error,
            next,
        })
    }

    /// Events after `seq`, oldest first.
    pub async fn events_after(
        &self,
        scope: &TenantScope,
        seq: i64,
        limit: u32,
    ) -> Result<Vec<Event>, EngineError> {
        Ok(events::after(self.db(), scope, seq, i64::from(limit)).await?)
    }

    /// The number of the newest event.
    pub async fn last_event(&self, scope: &TenantScope) -> Result<i64, EngineError> {
        Ok(events::last(self.db(), scope).await?)
    }

    /// Changes whenever this process has written events or queued work; other instances are seen by asking again.
    #[must_use]
    pub fn event_signal(&self) -> tokio::sync::watch::Receiver<u64> {
        self.remote().wake.subscribe()
    }

    /// Starts the automatic try after a failed look, unless somebody else has.
    pub(super) async fn start_due_try(
        &self,
        scope: &TenantScope,
        kind: RecordKind,
    ) -> Result<String, EngineError> {
        let wish = start::Wish {
            kind,
            cause: Cause::Schedule,
            looks: true,
            scans: false,
            pulls: None,
            pushes: None,
            is_due_try: true,
            plan: None,
        };
        self.start(scope, wish).await
    }
}

pub(super) fn not_connected() -> EngineError {
    EngineError::state(StateCode::NotConnected, "This workspace is not connected to Metakocka yet.")
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn progress(run: &RunView) -> Progress {
    Progress {
        run: run.id.clone(),
        done: count(run.done),
        total: count(run.total),
        created: count(run.created),
        updated: count(run.updated),
        failed: count(run.failed),
    }
}

fn standing(connection: &ConnectionRow) -> Result<Connection, StoreError> {
    let since = UtcMicros(connection.state_since);
    Ok(match ConnectionState::parse(&connection.state)? {
        ConnectionState::Active => Connection::Connected,
        ConnectionState::KeyRefused => Connection::KeyRefused { since },
        ConnectionState::Paused => Connection::Paused {
            cause: PauseCause::ALL
                .into_iter()
                .find(|cause| Some(cause.as_str()) == connection.state_reason.as_deref())
                .unwrap_or(PauseCause::ByHand),
            since,
            by: connection.state_by_name.clone(),
        },
    })
}

fn last_look(row: &KindRow) -> LastLook {
    match (row.check_outcome.as_deref(), row.looked_at) {
        (Some("no_answer" | "quota"), _) => LastLook::NoAnswer {
            reason: row.check_sentence.clone().unwrap_or_default(),
            next_try: row.next_try_at.map(UtcMicros),
        },
        (Some("bad_answer"), _) => LastLook::BadAnswer {
            reason: row.check_sentence.clone().unwrap_or_default(),
            reference: row.check_reference.clone().unwrap_or_default(),
        },
        (_, None) => LastLook::Never,
        (_, Some(at)) => LastLook::Answered { at: UtcMicros(at) },
    }
}
