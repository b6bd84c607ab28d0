//! What is true of a record between here and Metakocka, whole: endpoint 3, the sync section of a page, and what a person
//! is asked.

use std::collections::HashMap;

use jiff::Timestamp;
use sync_core::record::RecordKind;

use super::outbound::dormant;
use super::views::instant;
use crate::access::TenantScope;
use crate::ids::is_id;
use crate::store::intents::{self, IntentRow};
use crate::store::{StoreError, links, records};
use crate::{Engine, EngineError};

/// What is true of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncStatus {
    /// The record.
    pub record_id: String,
    /// Public state (contract §2a).
    pub status: String,
    /// Its reason.
    pub reason: Option<String>,
    /// Why, for people.
    pub detail: Option<String>,
    /// What somebody can do.
    pub advice: Option<String>,
    /// When something happens next by itself.
    pub next_step_at: Option<Timestamp>,
    /// From when a person may say that an unknown write was not stored.
    pub asks_at: Option<Timestamp>,
    /// Since when it is being sent.
    pub since: Option<Timestamp>,
    /// The remote record that it is linked to.
    pub mapping: Option<Mapping>,
    /// The intent that is not over, or whose refusal stands.
    pub intent: Option<String>,
}

/// Which remote record a record is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The link's id.
    pub id: String,
    /// The remote's id.
    pub external_id: String,
    /// The remote's document type; empty for contacts and products.
    pub remote_type: String,
    /// What people know it by over there.
    pub number: Option<String>,
    /// When both sides were last equal.
    pub equal_at: Option<Timestamp>,
}

impl Engine {
    /// What is true of a record; none: it does not exist, or was deleted.
    pub async fn sync_status(
        &self,
        scope: &TenantScope,
        kind: RecordKind,
        id: &str,
    ) -> Result<Option<SyncStatus>, EngineError> {
        Ok(self.sync_statuses(scope, kind, &[id.to_owned()]).await?.into_values().next())
    }

    /// The same of several, by id; those that do not exist are left out.
    pub async fn sync_statuses(
        &self,
        scope: &TenantScope,
        kind: RecordKind,
        ids: &[String],
    ) -> Result<HashMap<String, SyncStatus>, EngineError> {
        let mut reader = self.db().read().await?;
        let mut found = HashMap::with_capacity(ids.len());
        for id in ids.iter().filter(|id| is_id(id)) {
            let Some(decision) = records::decision(&mut reader, scope, kind, id).await? else { continue };
            let shown = records::shown(&mut reader, scope, kind, id).await?;
            let Some(shown) = shown else { continue };
            let link = links::of_record(&mut reader, scope, kind.as_str(), id).await?;
            let last = intents::last(&mut reader, scope, kind.as_str(), id).await?;
            let mapping = match (link, shown.link) {
                (Some((_, _, link)), Some(shown)) => Some(Mapping {
                    id: link.id,
                    external_id: shown.external_id,
                    remote_type: shown.remote_type,
                    number: shown.number,
                    equal_at: shown.equal_at,
                }),
                _ => None,
            };
            let status = SyncStatus {
                record_id: id.clone(),
                status: shown.status,
                reason: Some(shown.reason).filter(|reason| !reason.is_empty()),
                detail: shown.detail,
                advice: decision.plan_row.and_then(advice).map(str::to_owned),
                next_step_at: None,
                asks_at: None,
                since: None,
                mapping,
                intent: None,
            };
            found.insert(id.clone(), with_intent(status, last)?);
        }
        Ok(found)
    }
}

/// Adds when what is on its way goes on.
fn with_intent(status: SyncStatus, last: Option<IntentRow>) -> Result<SyncStatus, StoreError> {
    let Some(last) = last.filter(|last| !matches!(last.state.as_str(), "confirmed" | "not_stored")) else {
        return Ok(status);
    };
    let machine = dormant(&last.machine)?;
    let settles = machine.settles();
    let at = |micros: Option<i64>, column| micros.map(|micros| instant(micros, column)).transpose();
    Ok(SyncStatus {
        next_step_at: at(settles.map(|settles| settles.looks_at.0).or(last.due_at), "intents.due_at")?,
        asks_at: at(
            settles.map(|s| s.asks_at.0).or(machine.question().map(|(_, from)| from.0)),
            "intents.machine",
        )?,
        since: Some(instant(last.created_at, "intents.created_at")?),
        intent: Some(last.id),
        ..status
    })
}

/// What somebody can do about a decision, by its row in table B.
pub(super) fn advice(row: i64) -> Option<&'static str> {
    Some(match row {
        3 => "Nothing: it is looked for by itself.",
        4 => "Say which of the candidates it is, or that it was not stored.",
        5 => "Correct what Metakocka refused, or send it again.",
        6 => "Correct it in Metakocka; it is taken at the next look.",
        8 => "Decide which of the two is the right one, and delete the other in Metakocka.",
        10 | 15 => "Decide whether it is the record that is here already.",
        18 => "Compare both sides: take what Metakocka has, or send it again.",
        14 | 22 => "Decide which of the two changes counts.",
        23 => "Keep it only here, create it again in Metakocka, or delete it here.",
        25 => "Restore it with what Metakocka has, or leave it deleted.",
        _ => return None,
    })
}
