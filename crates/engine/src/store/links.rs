//! Links: which remote record is which local one, and the base that both sides last agreed on.

mod said;

use std::collections::HashMap;

use sqlx::AnyConnection;

use super::mirror::{Place, StoredDecision, columns, of_ids};
use super::{Db, Rows, StoreError};
use crate::access::TenantScope;

pub use said::{Mode, accept_total, forget, keep_as_read, set_mode};

/// A link, as much as planning needs.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct LinkRow {
    /// UUIDv7.
    pub id: String,
    /// The remote's id.
    pub external_id: String,
    /// The local record, whatever its kind.
    pub record_id: String,
    /// primary or alias.
    pub role: String,
    /// normal, detached or erased.
    pub mode: String,
    /// Canonical JSON; none: no base yet.
    pub base: Option<String>,
    /// Of the base.
    pub base_hash: Option<String>,
    /// Of the payments, links, issue that the local record shows.
    pub base_extras: Option<String>,
    /// Local revision that the base covers.
    pub base_revision: Option<i64>,
    /// Content of the mirror that the base agreed with; none: what was read last is news.
    pub remote_hash: Option<String>,
    /// JSON: fields that were sent and read back as something else.
    pub differences: Option<String>,
    /// Content of the mirror whose booked total a person took although the lines come to another one.
    pub accepted_total: Option<String>,
    /// When our last write of the remote record ended.
    pub write_ended_at: Option<i64>,
    /// Row of the decision.
    pub plan_row: Option<i64>,
    /// Its status.
    pub sync_status: Option<String>,
    /// Its reason.
    pub sync_reason: Option<String>,
    /// Its sentence.
    pub sync_detail: Option<String>,
    /// Revision of the local record now; none: it is gone.
    pub revision: Option<i64>,
    /// Set when the local record is a tombstone.
    pub deleted_at: Option<i64>,
}

impl LinkRow {
    /// True when this decision is what the link says already, its sentence included.
    #[must_use]
    pub fn says(&self, decision: &StoredDecision) -> bool {
        self.plan_row == Some(decision.row)
            && self.sync_status.as_deref() == Some(decision.status)
            && self.sync_reason.as_deref() == decision.reason
            && self.sync_detail == decision.detail
    }
}

fn table(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "contact" => ("contacts", "contact_id"),
        "product" => ("products", "product_id"),
        _ => ("sales_documents", "document_id"),
    }
}

/// What a [`LinkRow`] reads of the link `t` and of the local record `r`, but for the local record's id.
const COLUMNS: &str = "t.id, t.external_id, t.role, t.mode, t.base, t.base_hash, t.base_extras, t.base_revision, \
     t.remote_hash, t.differences, t.accepted_total, t.write_ended_at, t.plan_row, t.sync_status, t.sync_reason, t.sync_detail, r.revision, r.deleted_at";

/// Links of these remote ids, by id.
pub async fn of(
    db: &Db,
    scope: &TenantScope,
    place: Place<'_>,
    ids: &[String],
) -> Result<HashMap<String, LinkRow>, StoreError> {
    let (table, column) = table(place.kind);
    let select = format!(
        "SELECT {COLUMNS}, t.{column} AS record_id \
         FROM links t LEFT JOIN {table} r ON r.tenant_id = t.tenant_id AND r.id = t.{column} WHERE"
    );
    let rows: Vec<LinkRow> = of_ids(db, scope, place, &select, ids).await?;
    Ok(rows.into_iter().map(|row| (row.external_id.clone(), row)).collect())
}

/// External ids of primary links at a place, in order: so many of them, after the first so many.
pub async fn external_ids(
    db: &Db,
    scope: &TenantScope,
    place: Place<'_>,
    (offset, limit): (u64, u64),
) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT external_id FROM links WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3 \
               AND remote_type = $4 AND role = 'primary' AND mode = 'normal' \
               ORDER BY external_id LIMIT $5 OFFSET $6";
    let ids = sqlx::query_scalar(sql)
        .bind(scope.tenant())
        .bind(place.connection)
        .bind(place.kind)
        .bind(place.remote_type)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .bind(i64::try_from(offset).unwrap_or(i64::MAX))
        .fetch_all(db.reader())
        .await?;
    Ok(ids)
}

/// The link of one local record, with its connection and the remote document type it points to.
pub async fn of_record(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    kind: &'static str,
    record: &str,
) -> Result<Option<(String, String, LinkRow)>, StoreError> {
    #[derive(sqlx::FromRow)]
    struct Found {
        connection_id: String,
        remote_type: String,
        #[sqlx(flatten)]
        link: LinkRow,
    }
    let (table, column) = table(kind);
    let sql = format!(
        "SELECT {COLUMNS}, t.{column} AS record_id, t.connection_id, t.remote_type \
         FROM links t LEFT JOIN {table} r ON r.tenant_id = t.tenant_id AND r.id = t.{column} \
         WHERE t.tenant_id = $1 AND t.kind = $2 AND t.{column} = $3 AND t.role = 'primary'"
    );
    let found: Option<Found> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(kind)
        .bind(record)
        .fetch_optional(tx)
        .await?;
    Ok(found.map(|found| (found.connection_id, found.remote_type, found.link)))
}

/// The remote ids at a place that are linked to other records than this one.
pub async fn elsewhere(
    db: &Db,
    scope: &TenantScope,
    place: Place<'_>,
    record: &str,
) -> Result<Vec<String>, StoreError> {
    let (_, column) = table(place.kind);
    let sql = format!(
        "SELECT external_id FROM links WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3 AND remote_type = $4 \
         AND {column} <> $5"
    );
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(place.connection)
        .bind(place.kind)
        .bind(place.remote_type)
        .bind(record)
        .fetch_all(db.reader())
        .await?)
}

/// The living records of the remote ids at a place, by remote id.
pub async fn records_of(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    place: Place<'_>,
    ids: &[String],
) -> Result<HashMap<String, String>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let (table, column) = table(place.kind);
    let sql = format!(
        "SELECT t.external_id, t.{column} FROM links t JOIN {table} r ON r.tenant_id = t.tenant_id AND r.id = t.{column} \
         WHERE t.tenant_id = $1 AND t.connection_id = $2 AND t.kind = $3 AND t.remote_type = $4 \
         AND r.deleted_at IS NULL AND t.external_id IN ({})",
        super::rows::list(5, ids.len())
    );
    let mut query = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(place.connection)
        .bind(place.kind)
        .bind(place.remote_type);
    for id in ids {
        query = query.bind(id.as_str());
    }
    let rows: Vec<(String, String)> = query.fetch_all(connection).await?;
    Ok(rows.into_iter().collect())
}

/// A link to be stored, its base agreed.
#[derive(Clone, Debug)]
pub struct NewLink {
    /// UUIDv7.
    pub id: String,
    /// The remote's id.
    pub external_id: String,
    /// The local record.
    pub record_id: String,
    /// Canonical JSON.
    pub base: String,
    /// Of the base.
    pub base_hash: String,
    /// Content of the mirror that the base agrees with.
    pub remote_hash: String,
    /// Of payments, links, issue.
    pub base_extras: String,
    /// Local revision that the base covers.
    pub base_revision: i64,
    /// The decision of the pair.
    pub decision: StoredDecision,
}

/// Stores new primary links.
pub async fn insert(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    place: Place<'_>,
    links: Vec<NewLink>,
    now: i64,
) -> Result<(), StoreError> {
    let (_, column) = table(place.kind);
    let head = match column {
        "contact_id" => INSERT_CONTACT,
        "product_id" => INSERT_PRODUCT,
        _ => INSERT_DOCUMENT,
    };
    let mut statement = Rows::new(head, 21, "");
    for link in links {
        let (row, status, reason, detail) = columns(Some(link.decision));
        statement
            .row()
            .bind(scope.tenant().to_owned())
            .bind(link.id)
            .bind(place.connection.to_owned())
            .bind(place.kind.to_owned())
            .bind(place.remote_type.to_owned())
            .bind(link.external_id)
            .bind("primary".to_owned())
            .bind(link.record_id)
            .bind("normal".to_owned())
            .bind(link.base)
            .bind(link.base_hash)
            .bind(link.remote_hash)
            .bind(link.base_extras)
            .bind(link.base_revision)
            .bind(link.base_revision)
            .bind(now)
            .bind(now)
            .bind(row)
            .bind(status)
            .bind(reason)
            .bind(detail);
    }
    statement.execute(tx).await?;
    Ok(())
}

macro_rules! insert_head {
    ($column:literal) => {
        concat!(
            "INSERT INTO links (tenant_id, id, connection_id, kind, remote_type, external_id, role, ",
            $column,
            ", mode, base, base_hash, remote_hash, base_extras, base_revision, decided_on, created_at, equal_at, plan_row, sync_status, sync_reason, ",
            "sync_detail)"
        )
    };
}
const INSERT_CONTACT: &str = insert_head!("contact_id");
const INSERT_PRODUCT: &str = insert_head!("product_id");
const INSERT_DOCUMENT: &str = insert_head!("document_id");

/// Stores the primary link of a record without a base: that follows with the read-back of what was just made there, or,
/// on the first match, once nothing is open. False: the record or the remote one has a link already, and nothing was
/// stored.
pub async fn insert_pending(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    place: Place<'_>,
    ids: (&str, &str, &str),
    decision: StoredDecision,
    now: i64,
) -> Result<bool, StoreError> {
    insert_bare(tx, scope, place, ("primary", ids), decision, now).await
}

/// Stores one more link of a contact: documents find it by it, its content is not taken. False: the remote record has a
/// link already.
pub async fn insert_alias(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    place: Place<'_>,
    ids: (&str, &str, &str),
    decision: StoredDecision,
    now: i64,
) -> Result<bool, StoreError> {
    insert_bare(tx, scope, place, ("alias", ids), decision, now).await
}

/// The ids are those of the link, of the remote record and of the one here.
async fn insert_bare(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    place: Place<'_>,
    (role, (id, external_id, record)): (&str, (&str, &str, &str)),
    decision: StoredDecision,
    now: i64,
) -> Result<bool, StoreError> {
    let (_, column) = table(place.kind);
    let (row, status, reason, detail) = columns(Some(decision));
    let sql = format!(
        "INSERT INTO links (tenant_id, id, connection_id, kind, remote_type, external_id, role, {column}, mode, created_at, \
         plan_row, sync_status, sync_reason, sync_detail) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'normal', $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING"
    );
    let done = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(id)
        .bind(place.connection)
        .bind(place.kind)
        .bind(place.remote_type)
        .bind(external_id)
        .bind(role)
        .bind(record)
        .bind(now)
        .bind(row)
        .bind(status)
        .bind(reason)
        .bind(detail)
        .execute(tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// A new agreement of an existing link.
#[derive(Clone, Debug)]
pub struct Agreement<'a> {
    /// The link.
    pub link: &'a str,
    /// Canonical JSON.
    pub base: &'a str,
    /// Of the base.
    pub base_hash: &'a str,
    /// Content of the mirror that the base agrees with; none: what was read last is news.
    pub remote_hash: Option<&'a str>,
    /// JSON: fields that were sent and read back as something else.
    pub differences: Option<&'a str>,
    /// Of payments, links, issue.
    pub base_extras: &'a str,
    /// The local revision that was brought together with the remote record.
    pub revision: i64,
    /// Whether the base says all that this revision says: then the record here is not edited. Where something is still to
    /// be sent, or is open, no revision is covered, so that every later decision compares.
    pub covers: bool,
    /// When our write of the remote record ended; none: it was not written.
    pub write_ended_at: Option<i64>,
    /// The decision of the pair.
    pub decision: StoredDecision,
}

/// Stands for a base that covers no revision: they count from 1.
const NO_REVISION: i64 = 0;

/// Records that both sides agree again; of an erased record nothing is agreed on.
pub async fn agree(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    agreement: Agreement<'_>,
    now: i64,
) -> Result<(), StoreError> {
    let (row, status, reason, detail) = columns(Some(agreement.decision));
    let equal = agreement.covers && agreement.remote_hash.is_some() && agreement.differences.is_none();
    sqlx::query(
        "UPDATE links SET base = $3, base_hash = $4, base_extras = $5, base_revision = $6, decided_on = $15, \
         equal_at = COALESCE($7, equal_at), plan_row = $8, sync_status = $9, sync_reason = $10, sync_detail = $11, \
         remote_hash = $12, differences = $13, write_ended_at = COALESCE($14, write_ended_at) \
         WHERE tenant_id = $1 AND id = $2 AND mode <> 'erased'",
    )
    .bind(scope.tenant())
    .bind(agreement.link)
    .bind(agreement.base)
    .bind(agreement.base_hash)
    .bind(agreement.base_extras)
    .bind(if agreement.covers { agreement.revision } else { NO_REVISION })
    .bind(equal.then_some(now))
    .bind(row)
    .bind(status)
    .bind(reason)
    .bind(detail)
    .bind(agreement.remote_hash.map(str::to_owned))
    .bind(agreement.differences.map(str::to_owned))
    .bind(agreement.write_ended_at)
    .bind(agreement.revision)
    .execute(tx)
    .await?;
    Ok(())
}

/// Stores the decision of a pair. `saw` is the local revision that it saw; none: it does not depend on the local record.
/// False: somebody has edited the record since, and what was decided then stands.
pub async fn decide(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    link: &str,
    saw: Option<i64>,
    decision: StoredDecision,
) -> Result<bool, StoreError> {
    let (row, status, reason, detail) = columns(Some(decision));
    let done = sqlx::query(
        "UPDATE links SET plan_row = $3, sync_status = $4, sync_reason = $5, sync_detail = $6, \
         decided_on = COALESCE($7, decided_on) \
         WHERE tenant_id = $1 AND id = $2 AND ($7 IS NULL OR decided_on IS NULL OR decided_on <= $7)",
    )
    .bind(scope.tenant())
    .bind(link)
    .bind(row)
    .bind(status)
    .bind(reason)
    .bind(detail)
    .bind(saw)
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Lets a link follow its record to another type. False: there is no such link.
pub async fn change_type(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    place: Place<'_>,
    id: &str,
    to: &str,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE links SET remote_type = $6 WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3 \
         AND remote_type = $4 AND external_id = $5",
    )
    .bind(scope.tenant())
    .bind(place.connection)
    .bind(place.kind)
    .bind(place.remote_type)
    .bind(id)
    .bind(to)
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Records which payments, links and issue the local record shows now.
pub async fn set_extras(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    link: &str,
    extras: &str,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE links SET base_extras = $3 WHERE tenant_id = $1 AND id = $2")
        .bind(scope.tenant())
        .bind(link)
        .bind(extras)
        .execute(tx)
        .await?;
    Ok(())
}

/// Removes the link of a document. False: it has none.
pub async fn forget_document(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    document: &str,
) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM links WHERE tenant_id = $1 AND document_id = $2")
        .bind(scope.tenant())
        .bind(document)
        .execute(tx)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// How many records of a kind are linked.
pub async fn count(db: &Db, scope: &TenantScope, connection: &str, kind: &str) -> Result<u64, StoreError> {
    let count: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM links WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3",
    )
    .bind(scope.tenant())
    .bind(connection)
    .bind(kind)
    .fetch_one(db.reader())
    .await?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// True when the workspace has any link: its company can no longer be exchanged.
pub async fn any(db: &Db, scope: &TenantScope) -> Result<bool, StoreError> {
    let found: Option<i64> = sqlx::query_scalar("SELECT 1 FROM links WHERE tenant_id = $1 LIMIT 1")
        .bind(scope.tenant())
        .fetch_optional(db.reader())
        .await?;
    Ok(found.is_some())
}
