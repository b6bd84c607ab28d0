//! What a person answers to a question about a linked record (rows 18, 22, 23 and 25): on what was looked at, in one
//! transaction, and planned again in it.

use sync_core::record::RecordKind;

use super::conflict::{Counts, Pair, Terms, told};
use super::notes;
use super::replan::{self, Edited};
use super::start::Wish;
use super::views::{Cause, Outgoing};
use crate::access::{Role, TenantScope};
use crate::error::StateCode;
use crate::store::history::Deed;
use crate::store::links::{self, Mode};
use crate::store::{StoreError, Tx, connections, records, sales_documents};
use crate::{Engine, EngineError};

/// Something that can be done with a record as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Gone there: it lives on only here, until a person sends it.
    KeepHere,
    /// Gone there: it is made there again, after it was looked for once more.
    CreateAgain,
    /// Gone there: it is deleted here too.
    DeleteHere,
    /// Deleted here: it comes back, with what Metakocka has.
    Restore,
    /// Deleted here: it stays deleted, whatever was changed there so far.
    LeaveDeleted,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 5] =
        [Self::KeepHere, Self::CreateAgain, Self::DeleteHere, Self::Restore, Self::LeaveDeleted];

    /// As programs and forms spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::KeepHere => "keep_here",
            Self::CreateAgain => "create_again",
            Self::DeleteHere => "delete_here",
            Self::Restore => "restore",
            Self::LeaveDeleted => "leave_deleted",
        }
    }

    /// Reads the spelling back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == text)
    }
}

/// What a person answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Whose value counts, by place; places that are not named stay open.
    Parts(Vec<(String, Counts)>),
    /// What becomes of the record as a whole.
    Whole(Step),
}

impl Engine {
    /// Answers what is asked about a linked record. Staff. `version` is the one that was looked at; when either side has
    /// moved since, nothing is done ([`StateCode::ChangedMeanwhile`]). Returns the run that makes the record again, when
    /// that was the answer.
    pub async fn answer(
        &self,
        scope: &TenantScope,
        (kind, id): (RecordKind, &str),
        version: &str,
        answer: &Answer,
    ) -> Result<Option<String>, EngineError> {
        scope.require(Role::Staff)?;
        let mut tx = self.db().begin().await?;
        let pair = self.pair(&mut tx, scope, kind, id).await?.ok_or(EngineError::NotFound)?;
        if pair.version() != version {
            let sentence = "It was changed here or in Metakocka since you looked. Nothing was decided; look at it again.";
            return Err(EngineError::state(StateCode::ChangedMeanwhile, sentence));
        }
        let run = match answer {
            Answer::Parts(answers) => {
                self.decide_parts(&mut tx, scope, &pair, answers).await?;
                None
            }
            Answer::Whole(step) => self.take_step(&mut tx, scope, &pair, *step).await?,
        };
        tx.commit().await.map_err(StoreError::from)?;
        self.remote().wake();
        Ok(run)
    }

    async fn take_step(
        &self,
        tx: &mut Tx,
        scope: &TenantScope,
        pair: &Pair,
        step: Step,
    ) -> Result<Option<String>, EngineError> {
        if !self.steps(scope, pair, pair.reason()).await?.contains(&step) {
            let sentence = "This does not answer what is asked about the record.";
            return Err(EngineError::invalid("step", sentence));
        }
        match step {
            Step::KeepHere => self.keep_here(tx, scope, pair).await?,
            Step::CreateAgain => return self.create_again(tx, scope, pair).await.map(Some),
            Step::DeleteHere => self.delete_here(tx, scope, pair).await?,
            Step::Restore => self.restore(tx, scope, pair).await?,
            Step::LeaveDeleted => {
                links::keep_as_read(tx, scope, &pair.link.id, &pair.seen.content_hash).await?;
                self.plan_again(tx, scope, pair).await?;
            }
        }
        Ok(None)
    }

    async fn plan_again(&self, tx: &mut Tx, scope: &TenantScope, pair: &Pair) -> Result<(), StoreError> {
        replan::again(self, tx, scope, pair.kind, &pair.link.record_id).await?;
        replan::tell(self, tx, scope, pair.kind).await
    }

    async fn keep_here(&self, tx: &mut Tx, scope: &TenantScope, pair: &Pair) -> Result<(), StoreError> {
        links::set_mode(tx, scope, &pair.link.id, Mode::Detached).await?;
        self.plan_again(tx, scope, pair).await
    }

    /// A record that is kept only here is made again by whoever sends it; here somebody does both at once.
    async fn create_again(
        &self,
        tx: &mut Tx,
        scope: &TenantScope,
        pair: &Pair,
    ) -> Result<String, EngineError> {
        let connection = connections::connection(self.db(), scope).await?;
        let connection = connection.ok_or_else(super::service::not_connected)?;
        let wish = Wish {
            kind: pair.kind,
            cause: Cause::Manual,
            looks: false,
            scans: false,
            pulls: None,
            pushes: Some(Outgoing::These(vec![pair.link.record_id.clone()])),
            is_due_try: false,
            plan: None,
        };
        self.check_ready(scope, &connection, &wish).await?;
        self.keep_here(tx, scope, pair).await?;
        let run = self.start_in(tx, scope, &connection, &wish).await?;
        let busy =
            "Another run is working on these records. Nothing was decided; try again when it has ended.";
        run.ok_or_else(|| EngineError::state(StateCode::RunInProgress, busy))
    }

    async fn delete_here(&self, tx: &mut Tx, scope: &TenantScope, pair: &Pair) -> Result<(), EngineError> {
        let (kind, id) = (pair.kind, pair.link.record_id.as_str());
        let old_key = match kind {
            RecordKind::SalesDocument => {
                sales_documents::document(tx, scope, id).await?.and_then(|stored| stored.fields.match_key)
            }
            _ => None,
        };
        let deleted = records::delete(tx, scope, kind, id, pair.revision, self.now()).await?;
        let revision = deleted.ok_or(EngineError::Stale { revision: pair.revision })?;
        notes::deed(self, tx, scope, kind, (id, revision, Deed::Deleted)).await?;
        replan::after_edit(self, tx, scope, Edited { kind, id, old_key: old_key.as_deref() }).await?;
        Ok(())
    }

    /// Brings the record back, and takes whatever Metakocka has of it.
    async fn restore(&self, tx: &mut Tx, scope: &TenantScope, pair: &Pair) -> Result<(), EngineError> {
        let (kind, id) = (pair.kind, pair.link.record_id.as_str());
        let restored = records::restore(tx, scope, kind, id, pair.revision, self.now()).await?;
        let revision = restored.ok_or(EngineError::Stale { revision: pair.revision })?;
        notes::deed(self, tx, scope, kind, (id, revision, Deed::Restored)).await?;
        let alive = self.pair(tx, scope, kind, id).await?.ok_or(EngineError::NotFound)?;
        self.bring_together(tx, scope, &alive, Terms::TheirsAll).await.map_err(told)?;
        replan::after_edit(self, tx, scope, Edited { kind, id, old_key: None }).await?;
        Ok(())
    }
}
