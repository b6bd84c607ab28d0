//! Plans: what a run would do with each record, shown before it is done (issue 5, policy A: a preview plans with what was
//! last read, and asks nothing of Metakocka).
//!
//! A plan is made of items. Each says what happens to a record, with the very requests that the executor would send
//! (`writing`, which both use), and keeps what it was made from: `basis`. Applying compares that with what is true then,
//! in the transaction that starts the run; a plan of which anything moved is refused and says what. The run's job compares
//! each record once more, and leaves alone what moved after that: nobody has seen what would be done with it.
//!
//! `sending` follows the steps of `push/bring`, `taking` those of `pull`; whoever changes one of them changes the other.

mod basis;
mod calls;
mod draft;
mod pairs;
mod refusals;
mod sending;
mod stand_ins;
mod taking;
mod views;

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use sync_core::record::RecordKind;

use super::service::not_connected;
use super::start::Wish;
use super::views::Cause;
use super::whole::StandIn;
use super::worker::micros;
use crate::access::{Role, TenantScope};
use crate::error::StateCode;
use crate::ids::is_id;
use crate::store::connections::{self, ConnectionRow};
use crate::store::plans::{self, NewPlan, PlanRow, Takeable};
use crate::store::{Connection, StoreError, mirror};
use crate::{Engine, EngineError};

pub(super) use basis::{CHANGED_THERE, Planned, moved_there, planned};
pub use views::{
    Applied, PlanAction, PlanDirection, PlanItem, PlanRequest, PlanSide, PlanView, PlanWish, PlannedChange,
};

use basis::{AT_ONCE, PlanHash, StandsOn};
use draft::Draft;

/// Records of a plan of everything: what somebody can still look through, and what a database keeps for a week.
const MOST_RECORDS: usize = 10_000;
/// How long a plan is kept. What it was made from has moved long before.
const KEPT_FOR: Duration = Duration::from_hours(7 * 24);
/// Plans that a workspace keeps without having applied them.
const MOST_PLANS: i64 = 50;

/// A plan that is being made.
struct Making<'a> {
    engine: &'a Engine,
    scope: &'a TenantScope,
    connection: ConnectionRow,
    /// What stands in for ids that are known only later.
    numbers: stand_ins::Numbers,
    calls: calls::Calls,
    /// Customers and products that documents of the plan bring first, or why they can't.
    brought: HashMap<(RecordKind, String), Result<StandIn, String>>,
    /// Remote customers and products that documents name.
    known: HashMap<(RecordKind, String), taking::Acquaintance>,
}

/// A record that a plan is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum About {
    /// It is taken.
    There(Takeable),
    /// It is sent.
    Here(String),
}

impl Engine {
    /// Makes a plan: says of each record what a run would do with it. Asks nothing of Metakocka and changes nothing. The
    /// reply has as many of its items as `limit`.
    pub async fn make_plan(
        &self,
        scope: &TenantScope,
        wish: &PlanWish,
        limit: u32,
    ) -> Result<PlanView, EngineError> {
        let connection = connections::connection(self.db(), scope).await?.ok_or_else(not_connected)?;
        let about = self.about(scope, &connection, wish).await?;
        self.make(scope, connection, wish, about, limit).await
    }

    /// Makes a plan of the same records as another one: of everything, when that was. [`EngineError::NotFound`] when it does
    /// not exist any more.
    pub async fn make_plan_again(
        &self,
        scope: &TenantScope,
        id: &str,
        limit: u32,
    ) -> Result<PlanView, EngineError> {
        let before = self.plan(scope, id, 0, 0).await?;
        let connection = connections::connection(self.db(), scope).await?.ok_or_else(not_connected)?;
        let ids = (!before.whole).then(Vec::new);
        let wish = PlanWish { kind: before.kind, direction: before.direction, ids };
        let about = if before.whole {
            self.about(scope, &connection, &wish).await?
        } else {
            self.about_of(scope, &connection, &wish, id).await?
        };
        self.make(scope, connection, &wish, about, limit).await
    }

    /// The records of a plan; with both ways open, one of ours may go the other way by now.
    async fn about_of(
        &self,
        scope: &TenantScope,
        connection: &ConnectionRow,
        wish: &PlanWish,
        plan: &str,
    ) -> Result<Vec<About>, StoreError> {
        let mut reader = self.db().read().await?;
        let all = i64::try_from(MOST_RECORDS).unwrap_or(i64::MAX);
        let items = plans::standing(&mut reader, scope, plan, 0, all).await?;
        let mut about = Vec::new();
        for item in items.into_iter().filter(|item| item.brought == 0) {
            let is_ours = item.side == "there" || wish.direction == PlanDirection::Both;
            about.push(match item.record_id.filter(|_| is_ours) {
                Some(id) => self.named(&mut reader, scope, connection, wish, &id).await?,
                None => {
                    About::There(Takeable { remote_type: item.remote_type, external_id: item.external_id })
                }
            });
        }
        Ok(about)
    }

    async fn make(
        &self,
        scope: &TenantScope,
        connection: ConnectionRow,
        wish: &PlanWish,
        about: Vec<About>,
        limit: u32,
    ) -> Result<PlanView, EngineError> {
        let id = self.new_id();
        let hash = self.draw(scope, connection, (&id, wish), about).await?;
        let mut tx = self.db().begin().await?;
        plans::finish(&mut tx, scope, &id, &hash).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.plan(scope, &id, 0, limit).await
    }

    /// Draws the items, some at a time: a plan is never whole in memory. Returns its hash.
    async fn draw(
        &self,
        scope: &TenantScope,
        connection: ConnectionRow,
        (id, wish): (&str, &PlanWish),
        about: Vec<About>,
    ) -> Result<String, EngineError> {
        let mut reader = self.db().read().await?;
        let policy = plans::policy(&mut reader, scope, &connection.id).await?;
        let now = self.now().as_microsecond();
        let mut tx = self.db().begin().await?;
        plans::remove_old(&mut tx, scope, now - micros(KEPT_FOR), MOST_PLANS).await?;
        let new = NewPlan {
            id,
            connection: &connection.id,
            kind: wish.kind,
            direction: wish.direction.stored(),
            whole: wish.ids.is_none(),
            policy: &policy,
            now,
        };
        plans::begin(&mut tx, scope, &new).await?;
        tx.commit().await.map_err(StoreError::from)?;
        let mut hash = PlanHash::of(&policy);
        let mut making = Making {
            engine: self,
            scope,
            connection,
            numbers: stand_ins::Numbers::default(),
            calls: calls::Calls::default(),
            brought: HashMap::new(),
            known: HashMap::new(),
        };
        let mut position = 0;
        for some in about.chunks(usize::try_from(AT_ONCE).unwrap_or(1)) {
            let drafts = making.drafts(&mut reader, wish.kind, some).await?;
            let rows: Vec<plans::ItemRow> =
                (position..).zip(drafts).map(|(at, draft)| draft.into_row(at)).collect();
            position += i64::try_from(rows.len()).unwrap_or(i64::MAX);
            for row in &rows {
                hash.add(&row.stands_on);
            }
            let mut tx = self.db().begin().await?;
            plans::put_items(&mut tx, scope, id, rows).await?;
            tx.commit().await.map_err(StoreError::from)?;
        }
        Ok(hash.into_text())
    }

    /// Which records a plan is about, what is taken before what is sent.
    async fn about(
        &self,
        scope: &TenantScope,
        connection: &ConnectionRow,
        wish: &PlanWish,
    ) -> Result<Vec<About>, EngineError> {
        let mut about = Vec::new();
        if let Some(ids) = &wish.ids {
            let ids: BTreeSet<&String> = ids.iter().collect();
            let mut reader = self.db().read().await?;
            for id in ids {
                about.push(self.named(&mut reader, scope, connection, wish, id).await?);
            }
            about.sort();
            about.dedup();
            return Ok(about);
        }
        let most = i64::try_from(MOST_RECORDS).unwrap_or(i64::MAX).saturating_add(1);
        let mut reader = self.db().read().await?;
        if wish.direction.takes() {
            let of = (connection.id.as_str(), wish.kind);
            about.extend(plans::takeable(&mut reader, scope, of, most).await?.into_iter().map(About::There));
        }
        if wish.direction.sends() {
            let ids = plans::sendable(&mut reader, scope, wish.kind, most).await?;
            about.extend(ids.into_iter().map(About::Here));
        }
        if about.len() > MOST_RECORDS {
            let sentence = format!(
                "More than {MOST_RECORDS} records wait, and nobody looks through so many. Name those that you want to \
                 see first."
            );
            return Err(EngineError::invalid("ids", sentence));
        }
        Ok(about)
    }

    /// A record that somebody names: by our id what is sent, by Metakocka's what is taken. When both ways are asked for, a
    /// record of ours that only Metakocka has changed is taken.
    async fn named(
        &self,
        reader: &mut Connection,
        scope: &TenantScope,
        connection: &ConnectionRow,
        wish: &PlanWish,
        id: &str,
    ) -> Result<About, StoreError> {
        let is_ours = is_id(id);
        if wish.direction == PlanDirection::ToRemote || is_ours && wish.direction == PlanDirection::Both {
            let here = About::Here(id.to_owned());
            if wish.direction == PlanDirection::ToRemote {
                return Ok(here);
            }
            let ids = [id.to_owned()];
            let basis = plans::of_records(reader, scope, wish.kind, &ids).await?.pop();
            let taken = basis.filter(|basis| basis.reason.as_deref() == Some("to_take"));
            return Ok(taken
                .and_then(|basis| basis.external_id.zip(basis.remote_type))
                .map_or(here, |(external_id, remote_type)| {
                    About::There(Takeable { remote_type, external_id })
                }));
        }
        let (at, kind) = (connection.id.as_str(), wish.kind.as_str());
        let types = mirror::types_of(self.db(), scope, at, kind, id).await?;
        // An id that two types share, or that was never read, is no record of the mirror's.
        let remote_type = match types.as_slice() {
            [one] => one.clone(),
            _ => String::new(),
        };
        Ok(About::There(Takeable { remote_type, external_id: id.to_owned() }))
    }

    /// A plan with its items from a position on. [`EngineError::NotFound`] when it does not exist any more.
    pub async fn plan(
        &self,
        scope: &TenantScope,
        id: &str,
        from: i64,
        limit: u32,
    ) -> Result<PlanView, EngineError> {
        if !is_id(id) {
            return Err(EngineError::NotFound);
        }
        let mut reader = self.db().read().await?;
        let row = plans::plan(&mut reader, scope, id).await?.ok_or(EngineError::NotFound)?;
        let stale = match row.run_id {
            None => basis::moves(&mut reader, scope, &row).await?.sentence(),
            Some(_) => None,
        };
        let mut rows = plans::items(&mut reader, scope, id, from, i64::from(limit) + 1).await?;
        let next = rows.get(usize::try_from(limit).unwrap_or(usize::MAX)).map(|row| row.position);
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let items = rows.into_iter().map(PlanItem::from_row).collect::<Result<_, _>>()?;
        Ok(PlanView { stale, items, next, ..PlanView::from_row(row)? })
    }

    /// Starts the run that does what a plan shows, or names the one that does already. Staff. [`StateCode::StalePlan`]:
    /// something that it was made from has moved since.
    pub async fn apply_plan(
        &self,
        scope: &TenantScope,
        id: &str,
        cause: Cause,
    ) -> Result<Applied, EngineError> {
        scope.require(Role::Staff)?;
        if !is_id(id) {
            return Err(EngineError::NotFound);
        }
        let mut reader = self.db().read().await?;
        let plan = plans::plan(&mut reader, scope, id).await?.ok_or(EngineError::NotFound)?;
        drop(reader);
        if let Some(run) = plan.run_id {
            return Ok(Applied::By(run));
        }
        if plan.active == 0 {
            return Ok(Applied::Nothing);
        }
        let connection = connections::connection(self.db(), scope).await?.ok_or_else(not_connected)?;
        self.begin_plan(scope, &connection, plan, cause).await
    }

    async fn begin_plan(
        &self,
        scope: &TenantScope,
        connection: &ConnectionRow,
        plan: PlanRow,
        cause: Cause,
    ) -> Result<Applied, EngineError> {
        let kind = plan.kind.parse().map_err(|_| StoreError::Corrupt { column: "plans.kind" })?;
        let mut reader = self.db().read().await?;
        let (pulls, pushes) = plans::ways(&mut reader, scope, &plan.id).await?;
        drop(reader);
        let wish = Wish::planned(kind, cause, &plan.id, (pulls, pushes));
        self.check_ready(scope, connection, &wish).await?;
        let mut tx = self.db().begin().await?;
        // As the transaction sees it: somebody may have been faster.
        let plan = plans::plan(&mut tx, scope, &plan.id).await?.ok_or(EngineError::NotFound)?;
        if let Some(run) = plan.run_id {
            return Ok(Applied::By(run));
        }
        if let Some(sentence) = basis::moves(&mut tx, scope, &plan).await?.sentence() {
            return Err(EngineError::state(StateCode::StalePlan, sentence));
        }
        let Some(run) = self.start_in(&mut tx, scope, connection, &wish).await? else {
            drop(tx);
            return self.join(scope, &wish).await.map(Applied::By);
        };
        if !plans::apply(&mut tx, scope, (&plan.id, &run), self.now().as_microsecond()).await? {
            return Err(EngineError::state(StateCode::RunInProgress, "Somebody has just applied this plan."));
        }
        tx.commit().await.map_err(StoreError::from)?;
        self.remote().wake();
        tracing::info!(
            category = "sync",
            tenant = scope.tenant(),
            connection = connection.id,
            run,
            plan = plan.id,
            "plan applied"
        );
        Ok(Applied::By(run))
    }
}

impl Making<'_> {
    /// The items of some records.
    async fn drafts(
        &mut self,
        reader: &mut Connection,
        kind: RecordKind,
        about: &[About],
    ) -> Result<Vec<Draft>, StoreError> {
        let (mut ids, mut keys) = (Vec::new(), Vec::new());
        for one in about {
            match one {
                About::Here(id) => ids.push(id.clone()),
                About::There(key) => keys.push(key.clone()),
            }
        }
        // Read before what is made from it: who edits in between finds the plan stale.
        let here = basis::of_records(reader, self.scope, kind, &ids).await?;
        let at = self.connection.id.clone();
        let there = basis::of_remote(reader, self.scope, (&at, kind), &keys).await?;
        let mut drafts = Vec::new();
        for one in about {
            match one {
                About::Here(id) => {
                    let stands_on: StandsOn = here.get(id).cloned().unwrap_or_default();
                    drafts.extend(self.sent(reader, (kind, id), stands_on).await?);
                }
                About::There(key) => {
                    let stands_on = there.get(key).cloned().unwrap_or_default();
                    drafts.push(self.taken(reader, (kind, key.clone()), stands_on).await?);
                }
            }
        }
        Ok(drafts)
    }
}
