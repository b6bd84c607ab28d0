//! Plans and their items: what a run would do, as it was shown to somebody, and what that was made from.

mod basis;
mod selection;

use sqlx::AnyConnection;
use sync_core::record::RecordKind;

use super::rows::list;
use super::{Rows, StoreError};
use crate::access::TenantScope;

pub use basis::{Basis, Named, named_by, of_records, of_remote, policy, said_of};
pub use selection::{Takeable, documents_of, sendable, takeable};

/// A plan as stored.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct PlanRow {
    /// UUIDv7.
    pub id: String,
    /// The connection.
    pub connection_id: String,
    /// contact, product or `sales_document`.
    pub kind: String,
    /// `to_remote`, `from_remote` or both.
    pub direction: String,
    /// 1: of everything that a run would settle.
    pub whole: i64,
    /// What the owner had chosen.
    pub policy: String,
    /// Of all that it was made from.
    pub hash: String,
    /// Its items, without those that are brought first.
    pub records: i64,
    /// Those of them with which something is done.
    pub active: i64,
    /// Requests to the remote.
    pub calls: i64,
    /// Microseconds.
    pub made_at: i64,
    /// Name of the person; none: the operator.
    pub made_by_name: Option<String>,
    /// Microseconds.
    pub applied_at: Option<i64>,
    /// Name of the person who applied it.
    pub applied_by_name: Option<String>,
    /// The run that carries it out.
    pub run_id: Option<String>,
}

const COLUMNS: &str = "SELECT p.id, p.connection_id, p.kind, p.direction, p.whole, p.policy, p.hash, p.records, p.active, \
     p.calls, p.made_at, m.name AS made_by_name, p.applied_at, a.name AS applied_by_name, p.run_id \
     FROM plans p LEFT JOIN users m ON m.id = p.made_by LEFT JOIN users a ON a.id = p.applied_by \
     WHERE p.tenant_id = $1 AND p.hash IS NOT NULL AND ";

/// A plan that is begun.
#[derive(Debug)]
pub struct NewPlan<'a> {
    /// UUIDv7.
    pub id: &'a str,
    /// The connection.
    pub connection: &'a str,
    /// Of which records.
    pub kind: RecordKind,
    /// `to_remote`, `from_remote` or both.
    pub direction: &'a str,
    /// Of everything that a run would settle.
    pub whole: bool,
    /// What the owner has chosen.
    pub policy: &'a str,
    /// Microseconds.
    pub now: i64,
}

/// Begins a plan: nobody sees it before it is finished.
pub async fn begin(tx: &mut AnyConnection, scope: &TenantScope, new: &NewPlan<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO plans (tenant_id, id, connection_id, kind, direction, whole, policy, records, active, calls, made_at, made_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, $8, $9)",
    )
    .bind(scope.tenant())
    .bind(new.id)
    .bind(new.connection)
    .bind(new.kind.as_str())
    .bind(new.direction)
    .bind(i64::from(new.whole))
    .bind(new.policy)
    .bind(new.now)
    .bind(scope.user().map(|user| user.as_str().to_owned()))
    .execute(tx)
    .await?;
    Ok(())
}

/// Finishes a plan: its hash, and the sums of its items.
pub async fn finish(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
    hash: &str,
) -> Result<(), StoreError> {
    let of = "FROM plan_items i WHERE i.tenant_id = plans.tenant_id AND i.plan_id = plans.id";
    let sql = format!(
        "UPDATE plans SET hash = $3, records = (SELECT COUNT(*) {of} AND i.brought = 0), \
         active = (SELECT COUNT(*) {of} AND i.brought = 0 AND i.action <> 'nothing'), \
         calls = (SELECT CAST(COALESCE(SUM(i.calls), 0) AS BIGINT) {of}) WHERE tenant_id = $1 AND id = $2"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(scope.tenant()).bind(id).bind(hash).execute(tx).await?;
    Ok(())
}

/// One plan; none: it does not exist, or is still being made.
pub async fn plan(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
) -> Result<Option<PlanRow>, StoreError> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!("{COLUMNS}p.id = $2")))
        .bind(scope.tenant())
        .bind(id)
        .fetch_optional(connection)
        .await?)
}

/// Notes that a run carries the plan out. False: another one does already.
pub async fn apply(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    (id, run): (&str, &str),
    now: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE plans SET run_id = $3, applied_at = $4, applied_by = $5 \
         WHERE tenant_id = $1 AND id = $2 AND run_id IS NULL",
    )
    .bind(scope.tenant())
    .bind(id)
    .bind(run)
    .bind(now)
    .bind(scope.user().map(|user| user.as_str().to_owned()))
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Plans the items of the run that carries a plan out, what is taken before what is sent, and returns how many there are.
/// What is brought first comes with what names it.
pub async fn into_run(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    plan: &str,
    run: &str,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "INSERT INTO sync_run_items (tenant_id, run_id, position, remote_type, external_id, label, record_id) \
         SELECT $1, $3, ROW_NUMBER() OVER (ORDER BY i.side, i.position) - 1, \
         CASE WHEN i.side = 'here' THEN i.remote_type ELSE '' END, \
         CASE WHEN i.side = 'here' THEN i.external_id ELSE '' END, i.label, \
         CASE WHEN i.side = 'here' THEN NULL ELSE i.record_id END \
         FROM plan_items i WHERE i.tenant_id = $1 AND i.plan_id = $2 AND i.brought = 0 AND i.action <> 'nothing'",
    )
    .bind(scope.tenant())
    .bind(plan)
    .bind(run)
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

/// Which ways a plan's run works: whether anything is taken, and whether anything is sent.
pub async fn ways(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    plan: &str,
) -> Result<(bool, bool), StoreError> {
    let sides: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT side FROM plan_items WHERE tenant_id = $1 AND plan_id = $2 AND brought = 0 AND action <> 'nothing'",
    )
    .bind(scope.tenant())
    .bind(plan)
    .fetch_all(connection)
    .await?;
    Ok((sides.iter().any(|side| side == "here"), sides.iter().any(|side| side == "there")))
}

/// Removes the plans that were made before an instant and those that are too many, the oldest first.
pub async fn remove_old(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    before: i64,
    most: i64,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "DELETE FROM plans WHERE tenant_id = $1 AND (made_at < $2 OR run_id IS NULL AND id IN \
         (SELECT p.id FROM plans p WHERE p.tenant_id = $1 AND p.run_id IS NULL AND p.hash IS NOT NULL \
          ORDER BY p.id DESC LIMIT 1000 OFFSET $3))",
    )
    .bind(scope.tenant())
    .bind(before)
    .bind(most)
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

/// An item as stored.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ItemRow {
    /// From 0.
    pub position: i64,
    /// contact, product or `sales_document`.
    pub kind: String,
    /// The local record.
    pub record_id: Option<String>,
    /// Of the remote record.
    pub remote_type: String,
    /// Of the remote record.
    pub external_id: String,
    /// Number or name.
    pub label: String,
    /// One of the actions of the schema.
    pub action: String,
    /// here or there.
    pub side: String,
    /// 1: a document names it.
    pub brought: i64,
    /// JSON.
    pub changes: String,
    /// JSON.
    pub requests: String,
    /// JSON.
    pub reasons: String,
    /// JSON.
    pub notes: String,
    /// Requests to the remote.
    pub calls: i64,
    /// Content of the mirror that a change was built on.
    pub built_on: Option<String>,
    /// JSON: what it was made from.
    pub stands_on: String,
}

const ITEMS: &str = "SELECT position, kind, record_id, remote_type, external_id, label, action, side, brought, changes, requests, \
     reasons, notes, calls, built_on, stands_on FROM plan_items WHERE tenant_id = $1 AND plan_id = $2 AND ";

/// Stores items of a plan that is being made.
pub async fn put_items(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    plan: &str,
    items: Vec<ItemRow>,
) -> Result<(), StoreError> {
    let mut rows = Rows::new(
        "INSERT INTO plan_items (tenant_id, plan_id, position, kind, record_id, remote_type, external_id, label, action, \
         side, brought, changes, requests, reasons, notes, calls, built_on, stands_on)",
        18,
        "",
    );
    for item in items {
        rows.row()
            .bind(scope.tenant().to_owned())
            .bind(plan.to_owned())
            .bind(item.position)
            .bind(item.kind)
            .bind(item.record_id)
            .bind(item.remote_type)
            .bind(item.external_id)
            .bind(item.label)
            .bind(item.action)
            .bind(item.side)
            .bind(item.brought)
            .bind(item.changes)
            .bind(item.requests)
            .bind(item.reasons)
            .bind(item.notes)
            .bind(item.calls)
            .bind(item.built_on)
            .bind(item.stands_on);
    }
    rows.execute(tx).await?;
    Ok(())
}

/// Items from a position on.
pub async fn items(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    plan: &str,
    from: i64,
    limit: i64,
) -> Result<Vec<ItemRow>, StoreError> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!("{ITEMS}position >= $3 ORDER BY position LIMIT $4")))
        .bind(scope.tenant())
        .bind(plan)
        .bind(from)
        .bind(limit)
        .fetch_all(connection)
        .await?)
}

/// What an item was made from: all that is needed to see whether it still stands.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Standing {
    /// Its place.
    pub position: i64,
    /// contact, product or `sales_document`.
    pub kind: String,
    /// The local record.
    pub record_id: Option<String>,
    /// Of the remote record.
    pub remote_type: String,
    /// Of the remote record.
    pub external_id: String,
    /// Number or name.
    pub label: String,
    /// here or there.
    pub side: String,
    /// 1: a document names it.
    pub brought: i64,
    /// Content of the mirror that a change was built on.
    pub built_on: Option<String>,
    /// JSON.
    pub stands_on: String,
}

const STANDING: &str = "SELECT position, kind, record_id, remote_type, external_id, label, side, brought, built_on, stands_on \
     FROM plan_items WHERE tenant_id = $1 AND plan_id = $2 AND ";

/// What the items from a position on were made from.
pub async fn standing(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    plan: &str,
    from: i64,
    limit: i64,
) -> Result<Vec<Standing>, StoreError> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!("{STANDING}position >= $3 ORDER BY position LIMIT $4")))
        .bind(scope.tenant())
        .bind(plan)
        .bind(from)
        .bind(limit)
        .fetch_all(connection)
        .await?)
}

/// What the item of one record that is sent was made from; none: the plan has none of it.
pub async fn standing_of(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    plan: &str,
    (kind, record): (RecordKind, &str),
) -> Result<Option<Standing>, StoreError> {
    let sql = format!("{STANDING}kind = $3 AND record_id = $4 AND side = 'there' ORDER BY position LIMIT 1");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(plan)
        .bind(kind.as_str())
        .bind(record)
        .fetch_optional(connection)
        .await?)
}

/// What the items of these remote records that are taken were made from.
pub async fn standing_there(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    plan: &str,
    ids: &[String],
) -> Result<Vec<Standing>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("{STANDING}side = 'here' AND external_id IN ({})", list(3, ids.len()));
    let mut query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(scope.tenant()).bind(plan);
    for id in ids {
        query = query.bind(id.as_str());
    }
    Ok(query.fetch_all(connection).await?)
}

/// Removes every plan of the workspace: what they show of a record is to be forgotten. Runs go on without them.
pub async fn forget_all(tx: &mut AnyConnection, scope: &TenantScope) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM plans WHERE tenant_id = $1").bind(scope.tenant()).execute(tx).await?;
    Ok(())
}
