//! What the three kinds of records have in common: the state that they show, the decision of those without a link, the
//! tombstone, and how a list goes on.

use jiff::Timestamp;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;
use sync_core::record::RecordKind;

use super::StoreError;
use super::filter::{Column, Direction, Select, SortKey};
use super::mirror::{StoredDecision, columns};
use super::values::{count, instant_or_none, micros, text, text_or_none};
use crate::access::TenantScope;

/// The columns that [`read_shown`] reads.
macro_rules! shown_columns {
    () => {
        concat!(
            crate::store::filter::shown_status!(),
            " AS shown_status, ",
            crate::store::filter::shown_reason!(),
            " AS shown_reason, CASE WHEN l.id IS NOT NULL THEN l.sync_detail ELSE d.sync_detail END AS shown_detail, \
             l.external_id, l.remote_type, l.equal_at, m.number AS remote_number"
        )
    };
}
/// A record with its primary link.
macro_rules! from_with_link {
    ($table:literal, $column:literal) => {
        concat!(
            " FROM ",
            $table,
            " d LEFT JOIN links l ON l.tenant_id = d.tenant_id AND l.",
            $column,
            " = d.id AND l.role = 'primary'"
        )
    };
}
/// A record with its primary link and what the mirror has of it.
macro_rules! from_with_mirror {
    ($table:literal, $column:literal) => {
        concat!(
            crate::store::records::from_with_link!($table, $column),
            " LEFT JOIN mirror m ON m.tenant_id = l.tenant_id AND m.connection_id = l.connection_id \
             AND m.kind = l.kind AND m.remote_type = l.remote_type AND m.external_id = l.external_id"
        )
    };
}
/// How many records show each status and reason.
macro_rules! count_by_status {
    ($table:literal, $column:literal) => {
        concat!(
            "SELECT ",
            crate::store::filter::shown_status!(),
            " AS shown_status, ",
            crate::store::filter::shown_reason!(),
            " AS shown_reason, COUNT(*) AS records",
            crate::store::records::from_with_link!($table, $column)
        )
    };
}
pub(super) use {count_by_status, from_with_link, from_with_mirror, shown_columns};

const SHOWN_CONTACT: &str = concat!("SELECT ", shown_columns!(), from_with_mirror!("contacts", "contact_id"));
const SHOWN_PRODUCT: &str = concat!("SELECT ", shown_columns!(), from_with_mirror!("products", "product_id"));
const SHOWN_DOCUMENT: &str =
    concat!("SELECT ", shown_columns!(), from_with_mirror!("sales_documents", "document_id"));

/// What a record shows about its sync (contract §2a).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Status.
    pub status: String,
    /// Reason; empty when the status needs none.
    pub reason: String,
    /// Why, for people.
    pub detail: Option<String>,
    /// Its primary link.
    pub link: Option<ShownLink>,
}

/// The remote record that a record's primary link points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownLink {
    /// The remote's id.
    pub external_id: String,
    /// The remote's document type; empty for contacts and products.
    pub remote_type: String,
    /// What people know it by over there; `None` while the mirror does not have it.
    pub number: Option<String>,
    /// When both sides were last equal.
    pub equal_at: Option<Timestamp>,
}

/// How many records show a status and reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChipCount {
    /// Status of contract §2a.
    pub status: String,
    /// Reason; empty when the status needs none.
    pub reason: String,
    /// Records.
    pub records: u64,
}

/// Keeps records that show one status with one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusCriterion {
    /// Status as stored.
    pub status: &'static str,
    /// Reason as stored; empty when the status has none.
    pub reason: &'static str,
}

/// Which rows of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slice {
    /// So many, after leaving out some.
    Page {
        /// Most rows.
        limit: u32,
        /// Rows that are left out.
        offset: u64,
    },
    /// So many, behind the row with this key and id.
    After {
        /// Most rows.
        limit: u32,
        /// The last row that is known; `None`: from the beginning.
        last: Option<(SortKey, String)>,
    },
}

/// What a record shows about its sync; `None` when it does not exist.
pub async fn shown(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    kind: RecordKind,
    id: &str,
) -> Result<Option<Shown>, StoreError> {
    let mut select = Select::new(match kind {
        RecordKind::Contact => SHOWN_CONTACT,
        RecordKind::Product => SHOWN_PRODUCT,
        RecordKind::SalesDocument => SHOWN_DOCUMENT,
    });
    select.equals(Column::RecordTenant, scope.tenant())?.equals(Column::RecordId, id)?;
    select.fetch_optional(connection).await?.as_ref().map(read_shown).transpose()
}

/// Reads [`shown_columns!`].
pub(super) fn read_shown(row: &AnyRow) -> Result<Shown, StoreError> {
    Ok(Shown {
        status: text(row, "shown_status")?,
        reason: text(row, "shown_reason")?,
        detail: text_or_none(row, "shown_detail")?,
        link: text_or_none(row, "external_id")?.map(|id| read_link(row, id)).transpose()?,
    })
}

fn read_link(row: &AnyRow, external_id: String) -> Result<ShownLink, StoreError> {
    Ok(ShownLink {
        external_id,
        remote_type: text(row, "remote_type")?,
        number: text_or_none(row, "remote_number")?,
        equal_at: instant_or_none(row, "equal_at")?,
    })
}

/// Reads [`count_by_status!`].
pub(super) fn read_counts(rows: &[AnyRow]) -> Result<Vec<ChipCount>, StoreError> {
    let read = |row: &AnyRow| {
        Ok(ChipCount {
            status: text(row, "shown_status")?,
            reason: text(row, "shown_reason")?,
            records: count(row, "records")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Keeps the living records of the workspace that show the status and contain the words.
pub(super) fn narrow(
    select: &mut Select,
    scope: &TenantScope,
    search: Option<&str>,
    status: Option<StatusCriterion>,
) -> Result<(), StoreError> {
    select.equals(Column::RecordTenant, scope.tenant())?.is_null(Column::RecordDeleted);
    if let Some(search) = search {
        select.contains(Column::RecordSearch, search)?;
    }
    if let Some(status) = status {
        select.equals(Column::RecordStatus, status.status)?.equals(Column::RecordReason, status.reason)?;
    }
    Ok(())
}

/// Sorts by a column, then by id, and takes the slice.
pub(super) fn sorted(
    select: &mut Select,
    column: Column,
    direction: Direction,
    slice: Slice,
) -> Result<(), StoreError> {
    let (limit, offset) = match slice {
        Slice::Page { limit, offset } => (limit, offset),
        Slice::After { limit, last } => {
            if let Some((key, id)) = last {
                select.after(column, direction, key, id)?;
            }
            (limit, 0)
        }
    };
    select.order_by(&[(column, direction), (Column::RecordId, direction)]).page(limit, offset)?;
    Ok(())
}

/// The table of a kind, and the column of a link that points to it.
pub(super) fn table(kind: RecordKind) -> (&'static str, &'static str) {
    match kind {
        RecordKind::Contact => ("contacts", "contact_id"),
        RecordKind::Product => ("products", "product_id"),
        RecordKind::SalesDocument => ("sales_documents", "document_id"),
    }
}

/// What people know a record of a kind by; in joins, `d` is the record.
pub(super) fn label(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Contact => "d.name",
        RecordKind::Product => "d.code",
        RecordKind::SalesDocument => "CASE WHEN d.number = '' THEN d.customer_name ELSE d.number END",
    }
}

/// What people know a record by; `None`: it does not exist.
pub async fn name(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    kind: RecordKind,
    id: &str,
) -> Result<Option<String>, StoreError> {
    let (table, _) = table(kind);
    let sql = format!("SELECT {} FROM {table} d WHERE d.tenant_id = $1 AND d.id = $2", label(kind));
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(id)
        .fetch_optional(connection)
        .await?)
}

/// The revision of a record; `None`: it does not exist.
pub async fn revision(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    kind: RecordKind,
    id: &str,
) -> Result<Option<i64>, StoreError> {
    let (table, _) = table(kind);
    let sql = format!("SELECT revision FROM {table} WHERE tenant_id = $1 AND id = $2");
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(id)
        .fetch_optional(connection)
        .await?)
}

/// The internal notes of a record; `None`: there are none, or no such record.
pub async fn internal_notes(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    kind: RecordKind,
    id: &str,
) -> Result<Option<String>, StoreError> {
    let (table, _) = table(kind);
    let sql = format!("SELECT internal_notes FROM {table} WHERE tenant_id = $1 AND id = $2");
    let found: Option<Option<String>> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(id)
        .fetch_optional(connection)
        .await?;
    Ok(found.flatten())
}

/// Replaces the internal notes of a living record that still has the expected revision; returns the new one, or `None` when
/// somebody was faster. They are no field that both sides compare: the revision rises, and nothing is to be sent.
pub async fn set_internal_notes(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    kind: RecordKind,
    (id, expected_revision): (&str, i64),
    notes: Option<&str>,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let (table, _) = table(kind);
    let affected = sqlx::query(sqlx::AssertSqlSafe(format!(
        "UPDATE {table} SET revision = revision + 1, internal_notes = $4, updated_at = $5 \
         WHERE tenant_id = $1 AND id = $2 AND revision = $3 AND deleted_at IS NULL"
    )))
    .bind(scope.tenant())
    .bind(id)
    .bind(expected_revision)
    .bind(notes.map(str::to_owned))
    .bind(micros(now))
    .execute(tx)
    .await?
    .rows_affected();
    Ok((affected == 1).then_some(expected_revision + 1))
}

/// What people know a record by.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Names {
    /// A document's number or subject, a product's code; empty for contacts.
    pub number: String,
    /// A document's customer, the name of a contact or product.
    pub name: String,
}

/// The columns of [`Names`] of the record `d`.
macro_rules! name_columns {
    (contact) => {
        "'' AS number, d.name AS name"
    };
    (product) => {
        "d.code AS number, d.name AS name"
    };
    (sales_document) => {
        "CASE WHEN d.number = '' THEN d.title ELSE d.number END AS number, d.customer_name AS name"
    };
}
pub(super) use name_columns;

/// What people know a record by, deleted or not; `None`: it does not exist.
pub async fn names(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    kind: RecordKind,
    id: &str,
) -> Result<Option<Names>, StoreError> {
    let (table, _) = table(kind);
    let columns = match kind {
        RecordKind::Contact => name_columns!(contact),
        RecordKind::Product => name_columns!(product),
        RecordKind::SalesDocument => name_columns!(sales_document),
    };
    let sql = format!("SELECT {columns} FROM {table} d WHERE d.tenant_id = $1 AND d.id = $2");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(id)
        .fetch_optional(connection)
        .await?)
}

/// What was decided about a living record: of the pair when it is linked, else of the record alone.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Decision {
    /// Revision of the record now.
    pub revision: i64,
    /// Row of the policy's table B.
    pub plan_row: Option<i64>,
    /// Public state (contract §2a).
    pub status: Option<String>,
    /// Its reason.
    pub reason: Option<String>,
    /// Why, for people.
    pub detail: Option<String>,
}

/// What was decided about a living record; `None`: it does not exist, or was deleted.
pub async fn decision(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    kind: RecordKind,
    id: &str,
) -> Result<Option<Decision>, StoreError> {
    let (table, column) = table(kind);
    let of = |name: &str| format!("CASE WHEN l.id IS NOT NULL THEN l.{name} ELSE d.{name} END");
    let sql = format!(
        "SELECT d.revision, {} AS plan_row, {} AS status, {} AS reason, {} AS detail FROM {table} d \
         LEFT JOIN links l ON l.tenant_id = d.tenant_id AND l.{column} = d.id AND l.role = 'primary' \
         WHERE d.tenant_id = $1 AND d.id = $2 AND d.deleted_at IS NULL",
        of("plan_row"),
        of("sync_status"),
        of("sync_reason"),
        of("sync_detail")
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(id)
        .fetch_optional(connection)
        .await?)
}

/// Stores the decision of a record without a link; without one, it has none any more.
pub async fn decide(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    kind: RecordKind,
    id: &str,
    decision: Option<StoredDecision>,
) -> Result<(), StoreError> {
    let (table, _) = table(kind);
    let (row, status, reason, detail) = columns(decision);
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "UPDATE {table} SET plan_row = $3, sync_status = $4, sync_reason = $5, sync_detail = $6 \
         WHERE tenant_id = $1 AND id = $2"
    )))
    .bind(scope.tenant())
    .bind(id)
    .bind(row)
    .bind(status)
    .bind(reason)
    .bind(detail)
    .execute(tx)
    .await?;
    Ok(())
}

/// Makes a tombstone of a record that still has the expected revision; returns the revision of the tombstone, or `None`
/// when somebody was faster, or it is deleted or not in this workspace.
pub async fn delete(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    kind: RecordKind,
    id: &str,
    expected_revision: i64,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let (table, _) = table(kind);
    let affected = sqlx::query(sqlx::AssertSqlSafe(format!(
        "UPDATE {table} SET revision = revision + 1, deleted_at = $4, updated_at = $4, plan_row = NULL, \
         sync_status = NULL, sync_reason = NULL, sync_detail = NULL \
         WHERE tenant_id = $1 AND id = $2 AND revision = $3 AND deleted_at IS NULL"
    )))
    .bind(scope.tenant())
    .bind(id)
    .bind(expected_revision)
    .bind(micros(now))
    .execute(tx)
    .await?
    .rows_affected();
    Ok((affected == 1).then_some(expected_revision + 1))
}

/// Brings a tombstone back that still has the expected revision; returns the new one, or `None` when somebody was faster.
pub async fn restore(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    kind: RecordKind,
    id: &str,
    expected_revision: i64,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let (table, _) = table(kind);
    let affected = sqlx::query(sqlx::AssertSqlSafe(format!(
        "UPDATE {table} SET revision = revision + 1, deleted_at = NULL, updated_at = $4 \
         WHERE tenant_id = $1 AND id = $2 AND revision = $3 AND deleted_at IS NOT NULL"
    )))
    .bind(scope.tenant())
    .bind(id)
    .bind(expected_revision)
    .bind(micros(now))
    .execute(tx)
    .await?
    .rows_affected();
    Ok((affected == 1).then_some(expected_revision + 1))
}

/// Which of these records have a link.
pub async fn linked(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    kind: RecordKind,
    ids: &[String],
) -> Result<Vec<String>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (_, column) = table(kind);
    let sql = format!(
        "SELECT {column} FROM links WHERE tenant_id = $1 AND kind = $2 AND role = 'primary' AND {column} IN ({})",
        super::rows::list(3, ids.len())
    );
    let mut query = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(scope.tenant()).bind(kind.as_str());
    for id in ids {
        query = query.bind(id.as_str());
    }
    Ok(query.fetch_all(connection).await?)
}

/// Ids of the records of a kind that have no link.
pub async fn lone(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    kind: RecordKind,
) -> Result<Vec<String>, StoreError> {
    let (table, column) = table(kind);
    let sql = format!(
        "SELECT d.id FROM {table} d WHERE d.tenant_id = $1 AND d.deleted_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM links l WHERE l.tenant_id = d.tenant_id AND l.{column} = d.id) ORDER BY d.id"
    );
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(scope.tenant()).fetch_all(connection).await?)
}

/// Living contacts or products without a link that were not decided yet, or only as far as was known then.
pub async fn undecided(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    kind: RecordKind,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    let (table, column) = table(kind);
    let sql = format!(
        "SELECT d.id FROM {table} d WHERE d.tenant_id = $1 AND d.deleted_at IS NULL \
         AND (d.plan_row IS NULL OR d.plan_row = 13) \
         AND NOT EXISTS (SELECT 1 FROM links l WHERE l.tenant_id = d.tenant_id AND l.{column} = d.id) \
         ORDER BY d.id LIMIT $2"
    );
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(limit)
        .fetch_all(connection)
        .await?)
}
