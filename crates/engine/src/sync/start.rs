//! Starts runs: one unfinished run of a kind at most; equal wishes join it, others are told that it is in progress.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use blake2::digest::consts::U16;
use blake2::{Blake2b, Digest};
use sync_core::record::RecordKind;
use sync_core::state::PauseCause;

use super::run;
use super::service::not_connected;
use super::views::{Cause, ConnectionState, ExternalKey, Outgoing, Selection};
use super::worker::micros;
use crate::access::{Role, TenantScope};
use crate::error::StateCode;
use crate::store::connections::{self, ConnectionRow};
use crate::store::runs::{self, Counts, Item, NewRun, RunRow};
use crate::store::{Tx, jobs, plans, run_feeds};
use crate::{Engine, EngineError};

/// A scan goes on with what an earlier one left unfinished so long ago: a few nights. What was seen then says less and
/// less about what is there now.
const CARRIED_FOR: Duration = Duration::from_hours(4 * 24);

/// What somebody asks for.
#[derive(Debug)]
pub(super) struct Wish {
    /// Of which records.
    pub kind: RecordKind,
    /// Who asks.
    pub cause: Cause,
    /// Look in the remote.
    pub looks: bool,
    /// Read everything in scope.
    pub scans: bool,
    /// Take these.
    pub pulls: Option<Selection>,
    /// Send these.
    pub pushes: Option<Outgoing>,
    /// It is the automatic try after a failed look, and somebody else may have started it.
    pub is_due_try: bool,
    /// The records are those of this plan, taken and sent as the two fields above say.
    pub plan: Option<String>,
}

/// The selection of a run that names no records.
pub(super) const EVERYTHING: &str = "all";
/// The selection of a run that carries out a plan begins so; the plan's id follows.
const PLAN: &str = "plan ";

impl Wish {
    /// What a plan shows: whether it takes, and whether it sends.
    pub(super) fn planned(kind: RecordKind, cause: Cause, plan: &str, (takes, sends): (bool, bool)) -> Self {
        Self {
            kind,
            cause,
            looks: false,
            scans: false,
            pulls: takes.then_some(Selection::All),
            pushes: sends.then_some(Outgoing::All),
            is_due_try: false,
            plan: Some(plan.to_owned()),
        }
    }

    fn task(&self) -> &'static str {
        match (self.looks, &self.pulls, &self.pushes) {
            (true, ..) => "look",
            // What is taken comes before what is sent.
            (false, Some(_), _) | (false, None, None) => "pull",
            (false, None, Some(_)) => "push",
        }
    }

    /// `all`, the plan, or a digest of the records asked for, so that equal wishes are recognised.
    fn selection(&self) -> String {
        if let Some(plan) = &self.plan {
            return format!("{PLAN}{plan}");
        }
        match (&self.pulls, &self.pushes) {
            (Some(Selection::These(keys)), _) => {
                let keys = keys.iter();
                digest(keys.map(|key| format!("{}/{}", key.remote_type.as_deref().unwrap_or(""), key.id)))
            }
            (_, Some(Outgoing::These(ids))) => digest(ids.iter().cloned()),
            _ => EVERYTHING.to_owned(),
        }
    }

    fn is_what(&self, run: &RunRow) -> bool {
        self.looks == (run.looks == 1)
            && self.scans == (run.scans == 1)
            && self.pulls.is_some() == (run.pulls == 1)
            && self.pushes.is_some() == (run.pushes == 1)
            && self.selection() == run.selection
    }
}

impl Engine {
    pub(super) async fn start(&self, scope: &TenantScope, wish: Wish) -> Result<String, EngineError> {
        scope.require(Role::Staff)?;
        let connection = connections::connection(self.db(), scope).await?.ok_or_else(not_connected)?;
        self.check_ready(scope, &connection, &wish).await?;
        let mut tx = self.db().begin().await?;
        let Some(id) = self.start_in(&mut tx, scope, &connection, &wish).await? else {
            drop(tx);
            return self.join(scope, &wish).await;
        };
        tx.commit().await.map_err(crate::store::StoreError::from)?;
        self.remote().wake();
        tracing::info!(
            category = "sync",
            tenant = scope.tenant(),
            connection = connection.id,
            run = id,
            cause = wish.cause.as_str(),
            "run queued"
        );
        Ok(id)
    }

    /// Starts a run in the transaction of what makes it due. None: another run of the kind is working.
    pub(super) async fn start_in(
        &self,
        tx: &mut Tx,
        scope: &TenantScope,
        connection: &ConnectionRow,
        wish: &Wish,
    ) -> Result<Option<String>, EngineError> {
        let id = self.new_id();
        let now = self.now().as_microsecond();
        let selection = wish.selection();
        let new = NewRun {
            id: &id,
            connection: &connection.id,
            kind: wish.kind.as_str(),
            cause: wish.cause.as_str(),
            looks: wish.looks,
            scans: wish.scans,
            pulls: wish.pulls.is_some(),
            pushes: wish.pushes.is_some(),
            selection: &selection,
            now,
        };
        if !runs::insert(tx, scope, &new).await? {
            return Ok(None);
        }
        if wish.is_due_try
            && !connections::take_due_try(tx, scope, &connection.id, wish.kind.as_str(), now).await?
        {
            return Err(EngineError::state(StateCode::RunInProgress, "This try was started already."));
        }
        if wish.scans {
            let since = now - micros(CARRIED_FOR);
            let of = (connection.id.as_str(), wish.kind.as_str());
            run_feeds::carry_over(tx, scope, &id, of, since).await?;
        }
        if !wish.looks {
            self.plan_items(tx, scope, &id, connection, wish).await?;
        }
        let job = self.new_id();
        jobs::enqueue(tx, scope, &job, &connection.id, &id, wish.task(), now).await?;
        run::announce(tx, scope, &id, now).await?;
        Ok(Some(id))
    }

    pub(super) async fn check_ready(
        &self,
        scope: &TenantScope,
        connection: &ConnectionRow,
        wish: &Wish,
    ) -> Result<(), EngineError> {
        match ConnectionState::parse(&connection.state)? {
            ConnectionState::Active => {}
            ConnectionState::KeyRefused => {
                return Err(EngineError::state(
                    StateCode::KeyRefused,
                    "Metakocka refused the key. The owner can enter a new one in the settings.",
                ));
            }
            ConnectionState::Paused => {
                return Err(EngineError::state(StateCode::Paused, paused_words(connection)));
            }
        }
        let kind = self.kind_row(scope, connection, wish.kind).await?;
        let now = self.now().as_microsecond();
        let held = kind.next_try_at.filter(|at| kind.check_outcome.as_deref() == Some("quota") && *at > now);
        if let (true, Some(at)) = (wish.looks, held) {
            return Err(EngineError::Quota {
                sentence: kind.check_sentence.unwrap_or_default(),
                retry_after: Duration::from_micros(u64::try_from(at - now).unwrap_or_default()),
            });
        }
        // Looking is what the matching is made from.
        if wish.pulls.is_some() || wish.pushes.is_some() {
            self.check_confirmed(scope, connection, wish.kind).await?;
        }
        Ok(())
    }

    /// Joins the unfinished run when it does what is wished.
    pub(super) async fn join(&self, scope: &TenantScope, wish: &Wish) -> Result<String, EngineError> {
        match runs::unfinished(self.db(), scope, wish.kind.as_str()).await? {
            Some(run) if wish.is_what(&run) => Ok(run.id),
            _ => Err(EngineError::state(
                StateCode::RunInProgress,
                "Another run is working on these records. Wait until it has ended.",
            )),
        }
    }

    async fn plan_items(
        &self,
        tx: &mut Tx,
        scope: &TenantScope,
        run: &str,
        connection: &ConnectionRow,
        wish: &Wish,
    ) -> Result<(), EngineError> {
        let total = match (&wish.pulls, &wish.pushes) {
            _ if wish.plan.is_some() => {
                plans::into_run(tx, scope, wish.plan.as_deref().unwrap_or_default(), run).await?
            }
            (Some(Selection::These(keys)), _) => {
                let items = items_of(keys);
                runs::put_items(tx, scope, run, &items).await?;
                items.len() as u64
            }
            (_, Some(Outgoing::These(ids))) => self.plan_named(tx, scope, run, wish.kind, ids).await?,
            (_, Some(Outgoing::All)) => runs::plan_push(tx, scope, run, wish.kind, None).await?,
            _ => runs::plan_all(tx, scope, run, &connection.id, wish.kind.as_str()).await?,
        };
        let counts = Counts { total: i64::try_from(total).unwrap_or(i64::MAX), ..Counts::default() };
        runs::add(tx, scope, run, &counts).await?;
        Ok(())
    }

    /// Plans the records that are here, and settles at once those that are not: nothing that was named is left out.
    async fn plan_named(
        &self,
        tx: &mut Tx,
        scope: &TenantScope,
        run: &str,
        kind: RecordKind,
        ids: &[String],
    ) -> Result<u64, EngineError> {
        let named: BTreeSet<&String> = ids.iter().collect();
        let here = runs::plan_push(tx, scope, run, kind, Some(ids)).await?;
        let planned: BTreeSet<String> = runs::records_of(tx, scope, run).await?.into_iter().collect();
        let now = self.now().as_microsecond();
        let first = i64::try_from(here).unwrap_or(i64::MAX);
        let missing: Vec<Item> = (first..)
            .zip(named.into_iter().filter(|id| !planned.contains(*id)))
            .map(|(position, id)| absent(position, id, now))
            .collect();
        if missing.is_empty() {
            return Ok(here);
        }
        runs::put_items(tx, scope, run, &missing).await?;
        let failed = i64::try_from(missing.len()).unwrap_or(i64::MAX);
        runs::add(tx, scope, run, &Counts { failed, ..Counts::default() }).await?;
        Ok(here + missing.len() as u64)
    }
}

/// What to do about a pause.
pub(super) fn paused_words(connection: &ConnectionRow) -> &'static str {
    match connection.state_reason.as_deref() {
        Some(reason) if reason == PauseCause::Restored.as_str() => {
            "The database was restored from a copy, so nothing is sent or fetched. The owner can go on in the settings."
        }
        Some(reason) if reason == PauseCause::AnotherCompany.as_str() => {
            "So many records are missing in Metakocka that it may be another company. The owner decides in the settings."
        }
        _ => "The connection to Metakocka is paused.",
    }
}

/// A record that somebody wants to be sent and that is not here.
fn absent(position: i64, id: &str, now: i64) -> Item {
    Item {
        position,
        remote_type: String::new(),
        external_id: String::new(),
        label: id.to_owned(),
        record_id: Some(id.to_owned()),
        outcome: Some("failed"),
        code: Some("not_found"),
        sentence: Some("There is no such record here.".to_owned()),
        advice: None,
        finished_at: Some(now),
    }
}

/// Equal for the same records in whatever order, and however often each is named.
fn digest(names: impl Iterator<Item = String>) -> String {
    let sorted: BTreeSet<String> = names.collect();
    let mut digest = Blake2b::<U16>::new();
    for name in sorted {
        digest.update(format!("{name}\n"));
    }
    URL_SAFE_NO_PAD.encode(digest.finalize())
}

/// The plan that a run with this selection carries out.
pub(super) fn plan_of(selection: &str) -> Option<&str> {
    selection.strip_prefix(PLAN)
}

/// What has to be settled. A record that was named without its type is looked for when its turn comes.
fn items_of(keys: &[ExternalKey]) -> Vec<Item> {
    let mut sorted: Vec<&ExternalKey> = keys.iter().collect();
    sorted.sort();
    sorted.dedup();
    let item = |(position, key): (i64, &ExternalKey)| Item {
        position,
        remote_type: key.remote_type.clone().unwrap_or_default(),
        external_id: key.id.clone(),
        label: key.id.clone(),
        record_id: None,
        outcome: None,
        code: None,
        sentence: None,
        advice: None,
        finished_at: None,
    };
    (0..).zip(sorted).map(item).collect()
}
