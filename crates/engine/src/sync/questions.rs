//! What only a person can say about a write: which record an unknown one made, and whether a refused one is tried again.

use std::time::Duration;

use jiff::Timestamp;
use sync_core::intent::{Hit, PersonSaid, StateName};
use sync_core::record::RecordKind;

use super::outbound::dormant;
use super::views::instant;
use super::{push, replan};
use crate::access::{Role, TenantScope};
use crate::error::StateCode;
use crate::ids::is_id;
use crate::store::intents::{self, IntentRow};
use crate::store::{StoreError, connections, jobs};
use crate::{Engine, EngineError};

/// Questions of one list.
const AT_ONCE: i64 = 200;

/// A write of which nobody knows what became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWrite {
    /// The intent.
    pub id: String,
    /// Of what kind the record is.
    pub kind: RecordKind,
    /// The record here.
    pub record_id: String,
    /// Whether it makes a record there; else it changes one.
    pub creates: bool,
    /// Whether a person is asked; else it is still looked for by itself.
    pub asks: bool,
    /// What is known of why, for people.
    pub said: Option<String>,
    /// When it was begun.
    pub since: Timestamp,
    /// When it is looked for next.
    pub looks_at: Option<Timestamp>,
    /// From when "it was not stored" may be said.
    pub not_stored_from: Option<Timestamp>,
    /// Records there that could be it.
    pub candidates: Vec<Hit>,
}

/// What a person says about one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// "It is this one": the id of a candidate.
    ItIs(String),
    /// "It was not stored, send again." It is looked for once more first.
    NotStored,
}

impl Engine {
    /// The writes of which nobody knows what became, the longest waiting first.
    pub async fn unknown_writes(&self, scope: &TenantScope) -> Result<Vec<UnknownWrite>, EngineError> {
        let mut reader = self.db().read().await?;
        let rows = intents::open_questions(&mut reader, scope, AT_ONCE).await?;
        Ok(rows.into_iter().map(unknown_write).collect::<Result<_, _>>()?)
    }

    /// One of them; [`EngineError::NotFound`] when it was settled, or never was.
    pub async fn unknown_write(&self, scope: &TenantScope, id: &str) -> Result<UnknownWrite, EngineError> {
        let mut reader = self.db().read().await?;
        let found = if is_id(id) { intents::intent(&mut reader, scope, id).await? } else { None };
        let found = found.filter(|row| matches!(row.state.as_str(), "unknown" | "needs_person"));
        Ok(unknown_write(found.ok_or(EngineError::NotFound)?)?)
    }

    /// Takes what a person says about an unknown write and waits until that was acted on, but not longer than `patience`.
    /// Staff. [`StateCode::NotYet`]: that it was not stored may not be said yet, or not of this one.
    pub async fn settle(
        &self,
        scope: &TenantScope,
        id: &str,
        settlement: Settlement,
        patience: Duration,
    ) -> Result<(), EngineError> {
        scope.require(Role::Staff)?;
        let write = self.unknown_write(scope, id).await?;
        let said = self.said(&write, settlement)?;
        let mut tx = self.db().begin().await?;
        let row = intents::intent(&mut tx, scope, id).await?.ok_or(EngineError::NotFound)?;
        let now = self.now().as_microsecond();
        if !intents::say(&mut tx, scope, (id, row.version), &push::kept(said)?, now).await? {
            return Err(EngineError::NotFound);
        }
        let connection = connections::connection(self.db(), scope).await?;
        let connection = connection.ok_or_else(super::service::not_connected)?;
        let job = self.new_id();
        jobs::settle_at(&mut tx, scope, (&job, &connection.id), now, now).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.remote().wake();
        self.until_heard(scope, id, patience).await
    }

    fn said(&self, write: &UnknownWrite, settlement: Settlement) -> Result<PersonSaid, EngineError> {
        if !write.asks {
            let sentence = "It is still looked for by itself; you are asked when that does not find out.";
            return Err(EngineError::state(StateCode::NotYet, sentence));
        }
        match settlement {
            Settlement::ItIs(id) => {
                let hit = write.candidates.iter().find(|hit| hit.id.as_str() == id);
                let hit =
                    hit.ok_or_else(|| EngineError::invalid("metakockaId", "It is none of the candidates."))?;
                Ok(PersonSaid::ItIs { id: hit.id.clone(), number: hit.number.clone() })
            }
            Settlement::NotStored if write.not_stored_from.is_some_and(|from| self.now() < from) => {
                let sentence =
                    "It may still arrive in Metakocka; that it was not stored may not be said yet.";
                Err(EngineError::state(StateCode::NotYet, sentence))
            }
            Settlement::NotStored => Ok(PersonSaid::NotStored),
        }
    }

    async fn until_heard(
        &self,
        scope: &TenantScope,
        id: &str,
        patience: Duration,
    ) -> Result<(), EngineError> {
        let mut woken = self.remote().wake.subscribe();
        let heard = tokio::time::timeout(patience, async {
            loop {
                let mut reader = self.db().read().await?;
                let row = intents::intent(&mut reader, scope, id).await?;
                drop(reader);
                if row.is_none_or(|row| row.person_said.is_none()) {
                    return Ok(());
                }
                tokio::select! {
                    _ = woken.changed() => {}
                    () = tokio::time::sleep(Duration::from_millis(200)) => {}
                }
            }
        });
        heard.await.unwrap_or(Ok(()))
    }

    /// Has what Metakocka refused be sent again as it is, with the next push. Staff. How many records that were.
    pub async fn redrive(
        &self,
        scope: &TenantScope,
        kind: RecordKind,
        records: &[String],
    ) -> Result<u64, EngineError> {
        scope.require(Role::Staff)?;
        let mut tx = self.db().begin().await?;
        let mut driven = 0;
        for record in records.iter().filter(|record| is_id(record)) {
            if intents::redrive(&mut tx, scope, kind.as_str(), record).await? {
                replan::again(self, &mut tx, scope, kind, record).await?;
                driven += 1;
            }
        }
        tx.commit().await.map_err(StoreError::from)?;
        self.remote().wake();
        Ok(driven)
    }
}

fn unknown_write(row: IntentRow) -> Result<UnknownWrite, StoreError> {
    let machine = dormant(&row.machine)?;
    let settles = machine.settles();
    let (candidates, from) = match machine.question() {
        Some((hits, from)) => (hits.to_vec(), Some(from)),
        None => (Vec::new(), settles.map(|settles| settles.asks_at)),
    };
    let at = |time: Option<sync_core::time::UtcMicros>| {
        time.map(|time| instant(time.0, "intents.machine")).transpose()
    };
    Ok(UnknownWrite {
        kind: row.kind.parse().map_err(|_| StoreError::Corrupt { column: "intents.kind" })?,
        id: row.id,
        record_id: row.record_id,
        creates: row.creates == 1,
        asks: machine.state() == StateName::NeedsPerson,
        said: row.said,
        since: instant(row.created_at, "intents.created_at")?,
        looks_at: at(settles.map(|settles| settles.looks_at))?,
        not_stored_from: at(from)?,
        candidates,
    })
}
