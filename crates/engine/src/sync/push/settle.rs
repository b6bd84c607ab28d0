//! Goes on with the intents of a connection that are due, whichever run began them: looks up, reads back, sends what was
//! held. And tells every intent when the clock of this process is not what it was.

use sync_core::intent::{PersonSaid, StateName, Waking};
use sync_core::record::ExternalId;
use sync_core::time::UtcMicros;

use super::super::failure::Failure;
use super::super::outbound::{dormant, state_name};
use super::super::replan;
use super::super::run::{Slice, Working};
use super::super::views::ConnectionState;
use super::{Desk, bring, drive};
use crate::access::TenantScope;
use crate::store::intents::{self, Advance, IntentRow};
use crate::store::jobs::{self, Release};
use crate::store::{StoreError, connections};
use crate::{Engine, EngineError};

/// Intents of one slice.
const AT_ONCE: i64 = 50;
/// Connections that one look at the schedule attends to.
const CONNECTIONS: i64 = 100;

/// Works on what is due.
pub(in crate::sync) async fn slice(working: &Working<'_>) -> Result<Slice, Failure> {
    let (engine, scope) = (working.engine, working.scope);
    let connection = connections::connection(engine.db(), scope).await?;
    let connection = connection.ok_or(StoreError::Corrupt { column: "jobs.connection_id" })?;
    let works = ConnectionState::parse(&connection.state)? == ConnectionState::Active;
    if works {
        let client = working.client(&connection).await?;
        let id = connection.id.clone();
        let desk = Desk::new(working, connection, client, None);
        for intent in intents::due(engine.db(), scope, &id, working.now(), AT_ONCE).await? {
            if working.cancel.is_cancelled() {
                return Err(Failure::Stopped);
            }
            Box::pin(go_on(&desk, intent)).await?;
        }
    }
    release(working, works).await
}

/// One intent; when it is over, its record is brought further at once.
async fn go_on(desk: &Desk<'_>, intent: IntentRow) -> Result<(), Failure> {
    let kind = intent.kind.parse().map_err(|_| StoreError::Corrupt { column: "intents.kind" })?;
    let record = intent.record_id.clone();
    match Box::pin(bring::go_on(desk, intent)).await? {
        drive::Rest::Over { .. } => bring::record(desk, kind, &record).await.map(drop),
        drive::Rest::Held(hold) => Err(Failure::Held { hold }),
        drive::Rest::Later | drive::Rest::Asks => Ok(()),
    }
}

/// Lets go of the job: again when the next intent is due, or for good when none is. While the connection rests nothing is
/// done, and the schedule begins anew when it works again.
async fn release(working: &Working<'_>, works: bool) -> Result<Slice, Failure> {
    let now = working.now();
    let mut tx = working.engine.db().begin().await?;
    let next = intents::next_due(&mut tx, working.scope, &working.claim.connection_id).await?;
    let release =
        next.filter(|_| works).map_or(Release::Done, |due_at| Release::Yield { due_at: due_at.max(now) });
    jobs::release(&mut tx, working.claim, &release, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(Slice::Finished)
}

/// Why an outcome is not known any more, for people.
fn restored_words(why: Waking) -> Option<&'static str> {
    (why == Waking::Restored).then_some(drive::RESTORED)
}

/// What a person said, as it is kept.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    ItIs { id: ExternalId, number: Option<String> },
    NotStored,
}

/// Reads what a person said.
pub(super) fn said(kept: &str) -> Result<PersonSaid, StoreError> {
    let said =
        serde_json::from_str(kept).map_err(|_| StoreError::Corrupt { column: "intents.person_said" })?;
    Ok(match said {
        Said::ItIs { id, number } => PersonSaid::ItIs { id, number },
        Said::NotStored => PersonSaid::NotStored,
    })
}

/// The form in which it is kept.
pub(in crate::sync) fn kept(said: PersonSaid) -> Result<String, StoreError> {
    let said = match said {
        PersonSaid::ItIs { id, number } => Said::ItIs { id, number },
        PersonSaid::NotStored => Said::NotStored,
    };
    serde_json::to_string(&said).map_err(|_| StoreError::Corrupt { column: "intents.person_said" })
}

impl Engine {
    /// Makes sure that somebody settles what is due.
    pub(in crate::sync) async fn attend_to_intents(&self) -> Result<(), EngineError> {
        let now = self.now().as_microsecond();
        for (tenant, connection) in intents::unattended(self.db(), now, CONNECTIONS).await? {
            let scope = TenantScope::of_schedule(&tenant);
            let mut tx = self.db().begin().await?;
            let id = self.new_id();
            jobs::settle_at(&mut tx, &scope, (&id, &connection), now, now).await?;
            tx.commit().await.map_err(StoreError::from)?;
        }
        Ok(())
    }

    /// Has every intent count its waits anew: this process has just started, or its clock was set. Whether a time that an
    /// intent waits for has come, nobody can tell before.
    pub async fn recount_intents(&self) -> Result<(), EngineError> {
        self.wake_intents(Waking::ClockJumped).await
    }

    /// Wakes every intent that is not over, for a reason that concerns all of them.
    pub(in crate::sync) async fn wake_intents(&self, why: Waking) -> Result<(), EngineError> {
        for (tenant, row) in intents::all_unfinished(self.db()).await? {
            let scope = TenantScope::of_schedule(&tenant);
            let now = self.now().as_microsecond();
            let step = dormant(&row.machine)?.wake(why, UtcMicros(now));
            let Some(persist) = step.to_commit() else { continue };
            let machine = serde_json::to_string(&persist.row)
                .map_err(|_| StoreError::Corrupt { column: "intents.machine" })?;
            let state = persist.row.state();
            let due_at = match state {
                StateName::NeedsPerson => None,
                _ => persist.row.settles().map_or(row.due_at, |settles| Some(settles.looks_at.0)),
            };
            let advance = Advance {
                id: &row.id,
                version: row.version,
                state: state_name(state),
                machine: &machine,
                due_at,
                refused_on: None,
                said: restored_words(why),
                now,
            };
            let mut tx = self.db().begin().await?;
            // Somebody else who moved the row since counts by this clock already.
            if intents::advance(&mut tx, &scope, &advance).await? && advance.state != row.state {
                let kind = row.kind.parse().map_err(|_| StoreError::Corrupt { column: "intents.kind" })?;
                replan::again(self, &mut tx, &scope, kind, &row.record_id).await?;
            }
            tx.commit().await.map_err(StoreError::from)?;
        }
        Ok(())
    }
}
