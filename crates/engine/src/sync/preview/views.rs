//! What callers ask a plan for, and what they are shown of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sync_core::record::RecordKind;

use super::super::views::instant;
use crate::store::StoreError;
use crate::store::plans::{ItemRow, PlanRow};

/// Which way records go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanDirection {
    /// What lies here is sent.
    ToRemote,
    /// What waits there is taken.
    FromRemote,
    /// Both, what is taken first.
    Both,
}

impl PlanDirection {
    /// Whether records are taken.
    #[must_use]
    pub fn takes(self) -> bool {
        self != Self::ToRemote
    }

    /// Whether records are sent.
    #[must_use]
    pub fn sends(self) -> bool {
        self != Self::FromRemote
    }

    pub(super) fn stored(self) -> &'static str {
        match self {
            Self::ToRemote => "to_remote",
            Self::FromRemote => "from_remote",
            Self::Both => "both",
        }
    }

    pub(super) fn of_stored(text: &str) -> Result<Self, StoreError> {
        match text {
            "to_remote" => Ok(Self::ToRemote),
            "from_remote" => Ok(Self::FromRemote),
            "both" => Ok(Self::Both),
            _ => Err(StoreError::Corrupt { column: "plans.direction" }),
        }
    }
}

/// What somebody wants to see before it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanWish {
    /// Of which records.
    pub kind: RecordKind,
    /// Which way.
    pub direction: PlanDirection,
    /// These: our ids of what is sent, Metakocka's of what is taken; both kinds when both ways are asked for. None:
    /// everything that a run would settle.
    pub ids: Option<Vec<String>>,
}

/// What is done with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanAction {
    /// It is made in Metakocka.
    CreateThere,
    /// It is changed in Metakocka.
    UpdateThere,
    /// It was changed on both sides: what is new there is taken, what is new here is sent.
    Merge,
    /// It is linked with the record that it is in Metakocka.
    Link,
    /// It is made here.
    CreateHere,
    /// It is changed here.
    UpdateHere,
    /// Nothing: the reasons say why.
    Nothing,
}

impl PlanAction {
    /// Each of them.
    pub const ALL: [Self; 7] = [
        Self::CreateThere,
        Self::UpdateThere,
        Self::Merge,
        Self::Link,
        Self::CreateHere,
        Self::UpdateHere,
        Self::Nothing,
    ];

    /// As stored and published.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreateThere => "create_there",
            Self::UpdateThere => "update_there",
            Self::Merge => "merge",
            Self::Link => "link",
            Self::CreateHere => "create_here",
            Self::UpdateHere => "update_here",
            Self::Nothing => "nothing",
        }
    }
}

/// On which side something changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanSide {
    /// In the CRM.
    Here,
    /// In Metakocka.
    There,
}

/// A field that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedChange {
    /// Where.
    pub side: PlanSide,
    /// Names the place, as in a conflict: `title`, `line 2 amount`.
    pub field: String,
    /// The value before; null: there is none.
    pub old: Option<Value>,
    /// The value after; null: it is emptied.
    pub new: Option<Value>,
}

/// A write to Metakocka.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanRequest {
    /// Always POST.
    pub method: String,
    /// Path of the address.
    pub path: String,
    /// What is sent, but for the secret key. Ids that Metakocka gives only when the plan is carried out are told in words
    /// between ‹ and ›.
    pub body: Value,
    /// Whether it is built on what is read a moment before: this is what is sent when that equals what was last read.
    pub fresh_read: bool,
}

/// One record of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanItem {
    /// From 0.
    pub position: i64,
    /// Its kind.
    pub kind: RecordKind,
    /// The local record.
    pub record_id: Option<String>,
    /// Metakocka's type; empty for contacts, products and what is not there yet.
    pub remote_type: String,
    /// Metakocka's id.
    pub external_id: Option<String>,
    /// Number or name.
    pub label: String,
    /// What is done.
    pub action: PlanAction,
    /// Whether it is brought only because a document names it.
    pub brought: bool,
    /// What changes, on either side.
    pub changes: Vec<PlannedChange>,
    /// The writes, in order.
    pub requests: Vec<PlanRequest>,
    /// Why nothing is done: every reason.
    pub reasons: Vec<String>,
    /// What else is to be known.
    pub notes: Vec<String>,
    /// Calls to Metakocka: writes, and the reads around them.
    pub calls: i64,
}

impl PlanItem {
    pub(super) fn from_row(row: ItemRow) -> Result<Self, StoreError> {
        let corrupt = |column| StoreError::Corrupt { column };
        let action = PlanAction::ALL.into_iter().find(|action| action.as_str() == row.action);
        Ok(Self {
            position: row.position,
            kind: row.kind.parse().map_err(|_| corrupt("plan_items.kind"))?,
            record_id: row.record_id,
            remote_type: row.remote_type,
            external_id: Some(row.external_id).filter(|id| !id.is_empty()),
            label: row.label,
            action: action.ok_or(corrupt("plan_items.action"))?,
            brought: row.brought == 1,
            changes: serde_json::from_str(&row.changes).map_err(|_| corrupt("plan_items.changes"))?,
            requests: serde_json::from_str(&row.requests).map_err(|_| corrupt("plan_items.requests"))?,
            reasons: serde_json::from_str(&row.reasons).map_err(|_| corrupt("plan_items.reasons"))?,
            notes: serde_json::from_str(&row.notes).map_err(|_| corrupt("plan_items.notes"))?,
            calls: row.calls,
        })
    }
}

/// A plan with some of its items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanView {
    /// UUIDv7.
    pub id: String,
    /// Of which records.
    pub kind: RecordKind,
    /// Which way.
    pub direction: PlanDirection,
    /// Whether it is of everything that a run would settle.
    pub whole: bool,
    /// Of all that it was made from.
    pub hash: String,
    /// Its records, without those that are brought first.
    pub records: i64,
    /// Those of them with which something is done.
    pub active: i64,
    /// Calls to Metakocka, as far as can be told.
    pub calls: i64,
    /// When.
    pub made_at: Timestamp,
    /// Name of who made it; none: the operator.
    pub made_by: Option<String>,
    /// When it was applied.
    pub applied_at: Option<Timestamp>,
    /// Name of who applied it.
    pub applied_by: Option<String>,
    /// The run that carries it out.
    pub run_id: Option<String>,
    /// What moved since it was made, for people; none: it still stands, or was applied.
    pub stale: Option<String>,
    /// Items from the position that was asked for.
    pub items: Vec<PlanItem>,
    /// Position at which the next items begin.
    pub next: Option<i64>,
}

impl PlanView {
    pub(super) fn from_row(row: PlanRow) -> Result<Self, StoreError> {
        Ok(Self {
            kind: row.kind.parse().map_err(|_| StoreError::Corrupt { column: "plans.kind" })?,
            direction: PlanDirection::of_stored(&row.direction)?,
            whole: row.whole == 1,
            made_at: instant(row.made_at, "plans.made_at")?,
            applied_at: row.applied_at.map(|at| instant(at, "plans.applied_at")).transpose()?,
            id: row.id,
            hash: row.hash,
            records: row.records,
            active: row.active,
            calls: row.calls,
            made_by: row.made_by_name,
            applied_by: row.applied_by_name,
            run_id: row.run_id,
            stale: None,
            items: Vec::new(),
            next: None,
        })
    }
}

/// What came of applying a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// This run carries it out.
    By(String),
    /// There is nothing in it to be done.
    Nothing,
}
