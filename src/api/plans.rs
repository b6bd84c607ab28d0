//! Plans: making one, looking at it, having it carried out.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of the arguments, whose fields it cannot document"
)]

use leptos::prelude::*;
use sync_core::record::RecordKind;

use super::error::ApiError;
use super::flash::Done;
use crate::model::Plan;

/// Makes a plan of everything that would be settled, of one record, or of the records of another plan (`like`), and leads
/// to it. Nothing is asked of Metakocka.
#[server(endpoint = "make-plan")]
pub async fn make_plan(
    kind: RecordKind,
    #[server(default)] way: String,
    #[server(default)] id: String,
    #[server(default)] like: String,
) -> Result<Done, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let plan = if like.is_empty() {
        engine.make_plan(&scope, &on_server::wish(kind, &way, id)?, on_server::ITEMS).await?
    } else {
        engine.make_plan_again(&scope, &like, on_server::ITEMS).await?
    };
    Ok(Done::going(crate::model::plan_path(&plan.id)))
}

/// A plan with its items from a position on.
#[server(endpoint = "plan", input = server_fn::codec::GetUrl)]
pub async fn load_plan(id: String, from: Option<u64>) -> Result<Plan, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let from = i64::try_from(from.unwrap_or_default()).unwrap_or(i64::MAX);
    let plan = engine.plan(&scope, &id, from, on_server::ITEMS).await?;
    Ok(on_server::plan(plan, engine.now()))
}

/// Has a plan carried out, and leads to the run that does it.
#[server(endpoint = "apply-plan")]
pub async fn apply_plan(id: String) -> Result<Done, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let applied = engine.apply_plan(&scope, &id, engine::sync::Cause::Manual).await?;
    Ok(on_server::applied(applied, &id))
}

#[cfg(feature = "ssr")]
mod on_server {
    use engine::sync::{
        Applied, PlanAction, PlanDirection, PlanItem as Item, PlanRequest as Request, PlanSide, PlanView,
        PlanWish, PlannedChange,
    };
    use jiff::Timestamp;
    use sync_core::record::RecordKind;

    use crate::api::error::{ApiError, ErrorCode};
    use crate::api::flash::Done;
    use crate::api::review_value::value;
    use crate::api::translate::when;
    use crate::model::{Plan, PlanChange, PlanDeed, PlanItem, PlanRequest, PlanWay, plan_path, record_path};

    /// Items of a page: with their requests they are long.
    pub(super) const ITEMS: u32 = 50;

    pub(super) fn wish(kind: RecordKind, way: &str, id: String) -> Result<PlanWish, ApiError> {
        let way = if way.is_empty() { Some(PlanWay::default()) } else { PlanWay::parse(way) };
        let Some(way) = way else {
            return Err(ApiError::plain(ErrorCode::Invalid, "Choose which way the records go."));
        };
        let direction = match way {
            PlanWay::To => PlanDirection::ToRemote,
            PlanWay::From => PlanDirection::FromRemote,
            PlanWay::Both => PlanDirection::Both,
        };
        Ok(PlanWish { kind, direction, ids: (!id.is_empty()).then(|| vec![id]) })
    }

    pub(super) fn applied(applied: Applied, id: &str) -> Done {
        match applied {
            Applied::By(run) => Done::going(format!("/runs/{run}")),
            Applied::Nothing => Done::going(plan_path(id)),
        }
    }

    pub(super) fn plan(plan: PlanView, now: Timestamp) -> Plan {
        Plan {
            id: plan.id,
            kind: plan.kind,
            way: match plan.direction {
                PlanDirection::ToRemote => PlanWay::To,
                PlanDirection::FromRemote => PlanWay::From,
                PlanDirection::Both => PlanWay::Both,
            },
            records: count(plan.records),
            active: count(plan.active),
            calls: count(plan.calls),
            made: when(plan.made_at, now),
            by: plan.made_by,
            applied: plan.applied_at.map(|at| when(at, now)),
            applied_by: plan.applied_by,
            run: plan.run_id,
            stale: plan.stale,
            items: plan.items.into_iter().map(item).collect(),
            next: plan.next.map(count),
        }
    }

    fn count(number: i64) -> u64 {
        u64::try_from(number).unwrap_or_default()
    }

    fn item(item: Item) -> PlanItem {
        PlanItem {
            position: count(item.position),
            label: item.label,
            href: item.record_id.map(|id| record_path(item.kind, &id)),
            deed: match item.action {
                PlanAction::CreateThere => PlanDeed::CreateThere,
                PlanAction::UpdateThere => PlanDeed::UpdateThere,
                PlanAction::Merge => PlanDeed::Merge,
                PlanAction::Link => PlanDeed::Link,
                PlanAction::CreateHere => PlanDeed::CreateHere,
                PlanAction::UpdateHere => PlanDeed::UpdateHere,
                PlanAction::Nothing => PlanDeed::Nothing,
            },
            brought: item.brought,
            changes: item.changes.into_iter().map(change).collect(),
            requests: item.requests.iter().map(request).collect(),
            reasons: item.reasons,
            notes: item.notes,
            calls: count(item.calls),
        }
    }

    fn change(change: PlannedChange) -> PlanChange {
        PlanChange {
            here: change.side == PlanSide::Here,
            from: value(&change.field, change.old),
            to: value(&change.field, change.new),
            place: change.field,
        }
    }

    fn request(request: &Request) -> PlanRequest {
        PlanRequest {
            line: format!("{} {}", request.method, request.path),
            body: serde_json::to_string_pretty(&request.body).unwrap_or_default(),
            fresh_read: request.fresh_read,
        }
    }
}
