//! W of the planner (policy A): what an intent that is not over, or that was refused, says about its record.

use std::collections::HashMap;

use sync_core::intent::{Dormant, StateName};
use sync_core::plan::OpenIntent;
use sync_core::record::RecordKind;

use crate::access::TenantScope;
use crate::store::intents::{self, Standing};
use crate::store::{Connection, StoreError};

/// W of one record, with its sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outbound {
    /// For the planner.
    pub intent: OpenIntent,
    /// Why, for people.
    pub detail: Option<String>,
}

impl Outbound {
    /// Nothing is on its way and nothing was refused.
    pub(super) const NONE: Self = Self { intent: OpenIntent::None, detail: None };

    /// What an intent says about a record that is now what `stands_on` tells; none: there is no such intent.
    pub(super) fn of(standing: Option<&Standing>, stands_on: &str) -> Result<Self, StoreError> {
        let Some(standing) = standing else { return Ok(Self::NONE) };
        let machine: Dormant = dormant(&standing.machine)?;
        let stands = standing.refused_on.as_deref() == Some(stands_on);
        // What was turned away is held: what has just been prepared says nothing yet.
        let held = standing.said.is_some();
        let intent = machine.open_intent(held, stands);
        let detail = match intent {
            OpenIntent::Refused
            | OpenIntent::NeedsPerson
            | OpenIntent::Unknown
            | OpenIntent::Open { held: true } => standing.said.clone(),
            OpenIntent::None | OpenIntent::Open { held: false } | OpenIntent::Stored => None,
        };
        Ok(Self { intent, detail })
    }

    /// Whether a write of the record is on its way, so that a read of it says nothing yet (read instants, design §4).
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.intent, OpenIntent::None | OpenIntent::Refused)
    }
}

/// W of these records, by id; those of which nothing is to be said are left out.
pub(super) async fn standing(
    connection: &mut Connection,
    scope: &TenantScope,
    kind: RecordKind,
    records: &[String],
) -> Result<HashMap<String, Standing>, StoreError> {
    intents::standing(connection, scope, kind.as_str(), records).await
}

/// W of one record.
pub(super) async fn one(
    connection: &mut Connection,
    scope: &TenantScope,
    (kind, record): (RecordKind, &str),
    stands_on: &str,
) -> Result<Outbound, StoreError> {
    let found = standing(connection, scope, kind, &[record.to_owned()]).await?;
    Outbound::of(found.get(record), stands_on)
}

/// What a refusal stands on: the same record here, and the same over there.
pub(super) fn stands_on(revision: Option<i64>, remote_hash: Option<&str>) -> String {
    format!("{}/{}", revision.unwrap_or_default(), remote_hash.unwrap_or("-"))
}

/// The machine's row as it is stored.
pub(super) fn dormant(machine: &str) -> Result<Dormant, StoreError> {
    serde_json::from_str(machine).map_err(|_| StoreError::Corrupt { column: "intents.machine" })
}

/// The name of a state, in the database's words.
pub(super) fn state_name(state: StateName) -> &'static str {
    match state {
        // A look-up is out only in memory.
        StateName::Settling => StateName::Unknown.as_str(),
        state => state.as_str(),
    }
}
