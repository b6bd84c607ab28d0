//! The remote tree: what was last read of each remote record, and the decision for those without a link.

mod keys;

use std::collections::HashMap;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, FromRow};

use super::rows::list;
use super::{Db, Rows, StoreError};
use crate::access::TenantScope;

pub use keys::{Carrier, MatchKey, carriers, carriers_of, held, like};

/// Where a remote record lives: the first three parts of every key here.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The connection.
    pub connection: &'a str,
    /// contact, product or sales_document.
    pub kind: &'static str,
    /// The remote's document type; empty for contacts and products.
    pub remote_type: &'a str,
}

/// The rows of these external ids at a place. `select` ends where the conditions go on; `t` is the table in it.
pub(super) async fn of_ids<T>(
    db: &Db,
    scope: &TenantScope,
    place: Place<'_>,
    select: &str,
    ids: &[String],
) -> Result<Vec<T>, StoreError>
where
    T: for<'r> FromRow<'r, AnyRow> + Send + Unpin,
{
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "{select} t.tenant_id = $1 AND t.connection_id = $2 AND t.kind = $3 AND t.remote_type = $4 \
         AND t.external_id IN ({})",
        list(5, ids.len())
    );
    let mut query = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(place.connection)
        .bind(place.kind)
        .bind(place.remote_type);
    for id in ids {
        query = query.bind(id.as_str());
    }
    Ok(query.fetch_all(db.reader()).await?)
}

/// A mirror row to be written.
#[derive(Clone, Debug, Default)]
pub struct MirrorRow {
    /// The remote's id.
    pub external_id: String,
    /// What people know it by.
    pub number: String,
    /// Partner's or product's name, a document's customer.
    pub name: String,
    /// A document's date.
    pub day: Option<String>,
    /// A document's customer.
    pub partner_id: Option<String>,
    /// A document's gross total.
    pub total: Option<String>,
    /// ISO code.
    pub currency: Option<String>,
    /// JSON of what lists show besides.
    pub detail: String,
    /// Matching keys: tax number.
    pub match_tax: Option<String>,
    /// Matching keys: e-mail.
    pub match_email: Option<String>,
    /// Matching keys: name and address.
    pub match_address: Option<String>,
    /// Matching keys: product code, or a document's type, number, date and total.
    pub match_code: Option<String>,
    /// Matching keys: a product's barcode.
    pub match_barcode: Option<String>,
    /// Matching keys: a product's name.
    pub match_name: Option<String>,
    /// Matching keys: our sign on a document.
    pub match_marker: Option<String>,
    /// As received.
    pub raw: String,
    /// Canonical JSON; none when unreadable.
    pub content: Option<String>,
    /// Of the canonical form.
    pub content_hash: String,
    /// Of payments, links, issue.
    pub extras_hash: String,
    /// An unpaid bill or open offer.
    pub open: bool,
    /// Why it can't be read.
    pub unreadable: Option<String>,
    /// Order of the waiting list.
    pub list_key: String,
    /// When the request was sent that brought it.
    pub read_at: i64,
    /// The decision, while no link exists.
    pub decision: Option<StoredDecision>,
}

/// A decision as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDecision {
    /// Row of the policy's table B.
    pub row: i64,
    /// Public state (contract §2a).
    pub status: &'static str,
    /// Its reason.
    pub reason: Option<&'static str>,
    /// Why, for people.
    pub detail: Option<String>,
}

/// What is known of a mirror row before a page is written.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Known {
    /// The remote's id.
    pub external_id: String,
    /// Of the canonical form.
    pub content_hash: String,
    /// Of payments, links, issue.
    pub extras_hash: String,
    /// When the request was sent that brought it.
    pub read_at: i64,
    /// When a request brought it for the first time.
    pub first_seen_at: i64,
    /// Row of the decision, while no link exists.
    pub plan_row: Option<i64>,
    /// Set when it was missing from a scan.
    pub suspected_gone_at: Option<i64>,
    /// Set when it is proven gone.
    pub gone_at: Option<i64>,
}

/// What is known of these ids, by id.
pub async fn known(
    db: &Db,
    scope: &TenantScope,
    place: Place<'_>,
    ids: &[String],
) -> Result<HashMap<String, Known>, StoreError> {
    let select = "SELECT t.external_id, t.content_hash, t.extras_hash, t.read_at, t.first_seen_at, t.plan_row, \
         t.suspected_gone_at, t.gone_at FROM mirror t WHERE";
    let rows: Vec<Known> = of_ids(db, scope, place, select, ids).await?;
    Ok(rows.into_iter().map(|row| (row.external_id.clone(), row)).collect())
}

/// The same of one id, as the transaction sees it.
pub async fn known_in(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    place: Place<'_>,
    id: &str,
) -> Result<Option<Known>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT external_id, content_hash, extras_hash, read_at, first_seen_at, plan_row, suspected_gone_at, gone_at \
         FROM mirror WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3 AND remote_type = $4 AND external_id = $5",
    )
    .bind(scope.tenant())
    .bind(place.connection)
    .bind(place.kind)
    .bind(place.remote_type)
    .bind(id)
    .fetch_optional(tx)
    .await?)
}

const PUT: &str = "INSERT INTO mirror (tenant_id, connection_id, kind, remote_type, external_id, number, name, day, \
     partner_id, total, currency, detail, match_tax, match_email, match_address, match_code, match_barcode, match_name, match_marker, raw, content, \
     content_hash, extras_hash, open, unreadable, read_at, first_seen_at, changed_at, list_key, plan_row, sync_status, sync_reason, \
     sync_detail)";
const ON_CONFLICT: &str = "ON CONFLICT (tenant_id, connection_id, kind, remote_type, external_id) DO UPDATE SET \
     number = excluded.number, name = excluded.name, day = excluded.day, partner_id = excluded.partner_id, \
     total = excluded.total, currency = excluded.currency, detail = excluded.detail, match_tax = excluded.match_tax, \
     match_email = excluded.match_email, match_address = excluded.match_address, match_code = excluded.match_code, \
     match_barcode = excluded.match_barcode, match_name = excluded.match_name, match_marker = excluded.match_marker, \
     raw = excluded.raw, content = excluded.content, content_hash = excluded.content_hash, \
     extras_hash = excluded.extras_hash, open = excluded.open, unreadable = excluded.unreadable, \
     read_at = excluded.read_at, changed_at = excluded.changed_at, suspected_gone_at = NULL, gone_at = NULL, \
     list_key = excluded.list_key, plan_row = excluded.plan_row, sync_status = excluded.sync_status, \
     sync_reason = excluded.sync_reason, sync_detail = excluded.sync_detail \
     WHERE mirror.read_at <= excluded.read_at AND mirror.erased_at IS NULL";

/// Writes rows that are new or differ. A row that holds a later read keeps it (read instants, design §4), and one whose
/// contact was erased stays blank.
pub async fn put(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    place: Place<'_>,
    rows: Vec<MirrorRow>,
    now: i64,
) -> Result<u64, StoreError> {
    let mut statement = Rows::new(PUT, 33, ON_CONFLICT);
    for row in rows {
        let (plan_row, status, reason, detail) = columns(row.decision);
        statement
            .row()
            .bind(scope.tenant().to_owned())
            .bind(place.connection.to_owned())
            .bind(place.kind.to_owned())
            .bind(place.remote_type.to_owned())
            .bind(row.external_id)
            .bind(row.number)
            .bind(row.name)
            .bind(row.day)
            .bind(row.partner_id)
            .bind(row.total)
            .bind(row.currency)
            .bind(row.detail)
            .bind(row.match_tax)
            .bind(row.match_email)
            .bind(row.match_address)
            .bind(row.match_code)
            .bind(row.match_barcode)
            .bind(row.match_name)
            .bind(row.match_marker)
            .bind(row.raw)
            .bind(row.content)
            .bind(row.content_hash)
            .bind(row.extras_hash)
            .bind(i64::from(row.open))
            .bind(row.unreadable)
            .bind(row.read_at)
            .bind(now)
            .bind(now)
            .bind(row.list_key)
            .bind(plan_row)
            .bind(status)
            .bind(reason)
            .bind(detail);
    }
    statement.execute(tx).await
}

pub(crate) type DecisionColumns = (Option<i64>, Option<String>, Option<String>, Option<String>);

pub(crate) fn columns(decision: Option<StoredDecision>) -> DecisionColumns {
    match decision {
        None => (None, None, None, None),
        Some(decision) => (
            Some(decision.row),
            Some(decision.status.to_owned()),
            decision.reason.map(str::to_owned),
            decision.detail,
        ),
    }
}

/// Stores or, with none, clears the decision of records without a link.
pub async fn decide(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    place: Place<'_>,
    ids: &[String],
    decision: Option<StoredDecision>,
) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    let (row, status, reason, detail) = columns(decision);
    let sql = format!(
        "UPDATE mirror SET plan_row = $5, sync_status = $6, sync_reason = $7, sync_detail = $8 \
         WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3 AND remote_type = $4 AND external_id IN ({})",
        list(9, ids.len())
    );
    let mut query = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(place.connection)
        .bind(place.kind)
        .bind(place.remote_type)
        .bind(row)
        .bind(status)
        .bind(reason)
        .bind(detail);
    for id in ids {
        query = query.bind(id.as_str());
    }
    query.execute(tx).await?;
    Ok(())
}

/// Marks a record whose absence a read of its id has proven; a later read that finds it takes the mark away.
pub async fn set_gone(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    place: Place<'_>,
    id: &str,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE mirror SET gone_at = $6 \
         WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3 AND remote_type = $4 AND external_id = $5",
    )
    .bind(scope.tenant())
    .bind(place.connection)
    .bind(place.kind)
    .bind(place.remote_type)
    .bind(id)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// A mirror row with its content.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Stored {
    /// The remote's id.
    pub external_id: String,
    /// As received.
    pub raw: String,
    /// Canonical JSON.
    pub content: Option<String>,
    /// Of the canonical form.
    pub content_hash: String,
    /// When the request was sent that brought it.
    pub read_at: i64,
    /// Matching keys.
    pub match_tax: Option<String>,
    /// Matching keys.
    pub match_email: Option<String>,
    /// Matching keys.
    pub match_address: Option<String>,
    /// Matching keys.
    pub match_code: Option<String>,
}

/// The stored content of these ids.
pub async fn load(
    db: &Db,
    scope: &TenantScope,
    place: Place<'_>,
    ids: &[String],
) -> Result<Vec<Stored>, StoreError> {
    let select = "SELECT t.external_id, t.raw, t.content, t.content_hash, t.read_at, t.match_tax, t.match_email, \
         t.match_address, t.match_code FROM mirror t WHERE t.gone_at IS NULL AND";
    of_ids(db, scope, place, select, ids).await
}

/// A mirror row as planning needs it after an edit here.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Seen {
    /// As received.
    pub raw: String,
    /// Canonical JSON; none when unreadable.
    pub content: Option<String>,
    /// Of the canonical form.
    pub content_hash: String,
    /// Why it can't be read.
    pub unreadable: Option<String>,
    /// When the request was sent that brought it.
    pub read_at: i64,
    /// Set when it is proven gone.
    pub gone_at: Option<i64>,
}

/// One row, gone or not; none: the mirror has never had it.
pub async fn seen(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    place: Place<'_>,
    id: &str,
) -> Result<Option<Seen>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT raw, content, content_hash, unreadable, read_at, gone_at FROM mirror WHERE tenant_id = $1 \
         AND connection_id = $2 AND kind = $3 AND remote_type = $4 AND external_id = $5",
    )
    .bind(scope.tenant())
    .bind(place.connection)
    .bind(place.kind)
    .bind(place.remote_type)
    .bind(id)
    .fetch_optional(tx)
    .await?)
}

/// The remote document types under which the mirror knows this id; what is gone is not known any more.
pub async fn types_of(
    db: &Db,
    scope: &TenantScope,
    connection: &str,
    kind: &str,
    external_id: &str,
) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT remote_type FROM mirror WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3 AND external_id = $4 \
         AND gone_at IS NULL ORDER BY remote_type",
    )
    .bind(scope.tenant())
    .bind(connection)
    .bind(kind)
    .bind(external_id)
    .fetch_all(db.reader())
    .await?)
}

/// Of these ids, those that the mirror does not know here but under one of the other types, which comes with each.
pub async fn under_other_types(
    db: &Db,
    scope: &TenantScope,
    place: Place<'_>,
    others: &[&str],
    ids: &[String],
) -> Result<Vec<(String, String)>, StoreError> {
    if ids.is_empty() || others.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT o.remote_type, o.external_id FROM mirror o WHERE o.tenant_id = $1 AND o.connection_id = $2 AND o.kind = $3 \
         AND o.remote_type IN ({}) AND o.external_id IN ({}) AND o.gone_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM mirror m WHERE m.tenant_id = o.tenant_id AND m.connection_id = o.connection_id \
             AND m.kind = o.kind AND m.remote_type = $4 AND m.external_id = o.external_id) \
         ORDER BY o.external_id",
        list(5, others.len()),
        list(5 + others.len(), ids.len())
    );
    let mut query = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(place.connection)
        .bind(place.kind)
        .bind(place.remote_type);
    for other in others {
        query = query.bind(*other);
    }
    for id in ids {
        query = query.bind(id.as_str());
    }
    Ok(query.fetch_all(db.reader()).await?)
}

/// Moves a row to another type; where there is a row already, that one stays, without a decision of its own.
pub async fn change_type(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    place: Place<'_>,
    id: &str,
    to: &str,
) -> Result<(), StoreError> {
    for sql in [
        "UPDATE mirror SET remote_type = $6 WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3 \
         AND remote_type = $4 AND external_id = $5 AND NOT EXISTS (SELECT 1 FROM mirror m WHERE m.tenant_id = $1 \
             AND m.connection_id = $2 AND m.kind = $3 AND m.remote_type = $6 AND m.external_id = $5)",
        "DELETE FROM mirror WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3 AND remote_type = $4 \
         AND external_id = $5 AND remote_type <> $6",
    ] {
        sqlx::query(sql)
            .bind(scope.tenant())
            .bind(place.connection)
            .bind(place.kind)
            .bind(place.remote_type)
            .bind(id)
            .bind(to)
            .execute(&mut *tx)
            .await?;
    }
    decide(tx, scope, Place { remote_type: to, ..place }, &[id.to_owned()], None).await
}

/// Ids of rows that were open when last read.
pub async fn open_ids(db: &Db, scope: &TenantScope, place: Place<'_>) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT external_id FROM mirror WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3 AND remote_type = $4 \
         AND open = 1 AND gone_at IS NULL ORDER BY external_id",
    )
    .bind(scope.tenant())
    .bind(place.connection)
    .bind(place.kind)
    .bind(place.remote_type)
    .fetch_all(db.reader())
    .await?)
}

/// Ids of the records that were there when last seen, dated on or after a day when one is given.
pub async fn present_ids(
    db: &Db,
    scope: &TenantScope,
    place: Place<'_>,
    from: Option<&str>,
) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT external_id FROM mirror WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3 AND remote_type = $4 \
         AND gone_at IS NULL AND (day IS NULL OR day >= $5) ORDER BY external_id",
    )
    .bind(scope.tenant())
    .bind(place.connection)
    .bind(place.kind)
    .bind(place.remote_type)
    .bind(from.unwrap_or_default().to_owned())
    .fetch_all(db.reader())
    .await?)
}

/// How many linked records of a kind, of other types than this, were missing since an instant.
pub async fn suspected_elsewhere(
    db: &Db,
    scope: &TenantScope,
    place: Place<'_>,
    since: i64,
) -> Result<u64, StoreError> {
    let count: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM mirror t JOIN links l ON l.tenant_id = t.tenant_id AND l.connection_id = t.connection_id \
         AND l.kind = t.kind AND l.remote_type = t.remote_type AND l.external_id = t.external_id \
         WHERE t.tenant_id = $1 AND t.connection_id = $2 AND t.kind = $3 AND t.remote_type <> $4 \
         AND t.suspected_gone_at >= $5",
    )
    .bind(scope.tenant())
    .bind(place.connection)
    .bind(place.kind)
    .bind(place.remote_type)
    .bind(since)
    .fetch_one(db.reader())
    .await?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Notes that these records were missing from a complete scan.
pub async fn suspect(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    place: Place<'_>,
    ids: &[String],
    now: i64,
) -> Result<(), StoreError> {
    for ids in ids.chunks(super::filter::MAX_VALUES) {
        let sql = format!(
            "UPDATE mirror SET suspected_gone_at = $5 WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3 \
             AND remote_type = $4 AND suspected_gone_at IS NULL AND external_id IN ({})",
            list(6, ids.len())
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(scope.tenant())
            .bind(place.connection)
            .bind(place.kind)
            .bind(place.remote_type)
            .bind(now);
        for id in ids {
            query = query.bind(id.as_str());
        }
        query.execute(&mut *tx).await?;
    }
    Ok(())
}
