//! Who or what changed which field, on either side.

use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::AnyConnection;
use sync_core::record::{FieldChange, RecordKind};

use super::mirror::Place;
use super::records::table;
use super::rows::list;
use super::{Rows, StoreError};
use crate::access::TenantScope;

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// It came to be.
    Created,
    /// Fields changed.
    Changed,
    /// It was deleted.
    Deleted,
    /// It is back.
    Restored,
    /// Another contact took its place.
    Merged,
    /// It took another contact's place.
    Absorbed,
    /// Its content was erased.
    Erased,
}

impl Deed {
    /// As stored and shown to programs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Deleted => "deleted",
            Self::Restored => "restored",
            Self::Merged => "merged",
            Self::Absorbed => "absorbed",
            Self::Erased => "erased",
        }
    }
}

/// One write of a record here.
#[derive(Clone, Debug)]
pub struct Written<'a> {
    /// UUIDv7.
    pub id: String,
    /// The record.
    pub record: &'a str,
    /// The revision that the write made.
    pub revision: i64,
    /// What it was.
    pub deed: Deed,
    /// Which fields changed.
    pub changes: Vec<FieldChange>,
    /// Of a merge: the other contact.
    pub other: Option<&'a str>,
}

/// The change of the internal notes, which are beside what both sides compare.
#[must_use]
pub fn of_internal_notes(from: Option<&str>, to: Option<&str>) -> FieldChange {
    let value = |text: Option<&str>| Some(text.into());
    FieldChange { path: "/internal_notes".to_owned(), from: value(from), to: value(to) }
}

/// In which run something happens; `None`: somebody does it.
pub type Run<'a> = Option<&'a str>;

const INSERT: &str = "INSERT INTO history (tenant_id, id, kind, side, record_id, seq, deed, changes, other_id, user_id, \
     run_id, at)";

/// Notes writes of records here, in the transaction that makes them.
pub async fn note(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    kind: RecordKind,
    run: Run<'_>,
    written: Vec<Written<'_>>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let user = scope.user().map(|user| user.as_str().to_owned());
    note_by(tx, scope, kind, (run, user), written, now).await
}

/// The same of what somebody else than who acts has asked for.
pub async fn note_by(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    kind: RecordKind,
    (run, user): (Run<'_>, Option<String>),
    written: Vec<Written<'_>>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut rows = Rows::new(INSERT, 12, "");
    for one in written {
        rows.row()
            .bind(scope.tenant().to_owned())
            .bind(one.id)
            .bind(kind.as_str())
            .bind("here")
            .bind(one.record.to_owned())
            .bind(one.revision)
            .bind(one.deed.as_str())
            .bind(json(&one.changes))
            .bind(one.other)
            .bind(user.clone())
            .bind(run)
            .bind(now.as_microsecond());
    }
    rows.execute(tx).await?;
    Ok(())
}

/// Changes are plain data and always serialise.
fn json(changes: &[FieldChange]) -> String {
    serde_json::to_string(changes).unwrap_or_else(|_| "[]".to_owned())
}

/// The content of these mirror rows before a page is written over them: what [`note_there`] compares with.
pub async fn contents(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    place: Place<'_>,
    ids: &[String],
) -> Result<HashMap<String, String>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "SELECT external_id, content FROM mirror WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3 \
         AND remote_type = $4 AND content IS NOT NULL AND external_id IN ({})",
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
    let rows: Vec<(String, String)> = query.fetch_all(tx).await?;
    Ok(rows.into_iter().collect())
}

/// Notes a change of a remote record, in the transaction that writes its mirror row.
pub async fn note_there(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    place: Place<'_>,
    (id, external_id): (String, &str),
    changes: &[FieldChange],
    run: Run<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO history (tenant_id, id, kind, side, connection_id, remote_type, external_id, seq, deed, changes, \
         run_id, at) \
         SELECT $1, $2, $3, 'there', $4, $5, $6, COALESCE(MAX(h.seq), 0) + 1, 'changed', $7, $8, $9 FROM history h \
         WHERE h.tenant_id = $1 AND h.kind = $3 AND h.side = 'there' AND h.connection_id = $4 AND h.remote_type = $5 \
         AND h.external_id = $6",
    )
    .bind(scope.tenant())
    .bind(id)
    .bind(place.kind)
    .bind(place.connection)
    .bind(place.remote_type)
    .bind(external_id)
    .bind(json(changes))
    .bind(run)
    .bind(now.as_microsecond())
    .execute(tx)
    .await?;
    Ok(())
}

/// Lets the history of a remote record follow it to another type.
pub async fn change_type(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    place: Place<'_>,
    id: &str,
    to: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE history SET remote_type = $6 WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3 \
         AND remote_type = $4 AND external_id = $5 AND side = 'there' AND NOT EXISTS (SELECT 1 FROM history o \
             WHERE o.tenant_id = $1 AND o.connection_id = $2 AND o.kind = $3 AND o.remote_type = $6 \
             AND o.external_id = $5 AND o.side = 'there')",
    )
    .bind(scope.tenant())
    .bind(place.connection)
    .bind(place.kind)
    .bind(place.remote_type)
    .bind(id)
    .bind(to)
    .execute(tx)
    .await?;
    Ok(())
}

/// One entry as stored.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct EntryRow {
    /// UUIDv7.
    pub id: String,
    /// here or there.
    pub side: String,
    /// Here: the revision that it made; there: from 1.
    pub seq: i64,
    /// created, changed, deleted, restored, merged, absorbed or erased.
    pub deed: String,
    /// JSON.
    pub changes: String,
    /// Of a merge: the other contact.
    pub other_id: Option<String>,
    /// There: which remote record.
    pub external_id: Option<String>,
    /// Name of who did it; `None`: the application itself.
    pub user_name: Option<String>,
    /// The run in which it happened.
    pub run_id: Option<String>,
    /// When, in microseconds.
    pub at: i64,
}

/// Where a history goes on: instant, number, id of the last entry that is known.
pub type Last = (i64, i64, String);

/// The entries of a record, on both sides, newest first.
pub async fn entries(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    kind: RecordKind,
    record: &str,
    last: Option<Last>,
    limit: u32,
) -> Result<Vec<EntryRow>, StoreError> {
    let (_, column) = table(kind);
    let sql = format!(
        "SELECT t.id, t.side, t.seq, t.deed, t.changes, t.other_id, t.external_id, u.name AS user_name, t.run_id, t.at \
         FROM (SELECT h.id, h.side, h.seq, h.deed, h.changes, h.other_id, h.external_id, h.user_id, h.run_id, h.at \
               FROM history h WHERE h.tenant_id = $1 AND h.kind = $2 AND h.record_id = $3 AND h.side = 'here' \
               UNION ALL \
               SELECT h.id, h.side, h.seq, h.deed, h.changes, h.other_id, h.external_id, h.user_id, h.run_id, h.at \
               FROM links l JOIN history h ON h.tenant_id = l.tenant_id AND h.connection_id = l.connection_id \
                AND h.kind = l.kind AND h.remote_type = l.remote_type AND h.external_id = l.external_id \
                AND h.side = 'there' \
               WHERE l.tenant_id = $1 AND l.kind = $2 AND l.{column} = $3) t \
         LEFT JOIN users u ON u.id = t.user_id \
         WHERE $4 = 0 OR t.at < $5 OR (t.at = $5 AND (t.seq < $6 OR (t.seq = $6 AND t.id < $7))) \
         ORDER BY t.at DESC, t.seq DESC, t.id DESC LIMIT $8"
    );
    let goes_on = last.is_some();
    let (at, seq, id) = last.unwrap_or_default();
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(kind.as_str())
        .bind(record)
        .bind(i64::from(goes_on))
        .bind(at)
        .bind(seq)
        .bind(id)
        .bind(i64::from(limit))
        .fetch_all(connection)
        .await?)
}

/// What was changed on a record here after this revision, newest first. `None` in place of an entry: the record was erased
/// then, so that nothing is known of what was before.
pub async fn after_revision(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    kind: RecordKind,
    record: &str,
    revision: i64,
) -> Result<Vec<Option<Vec<FieldChange>>>, StoreError> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT deed, changes FROM history WHERE tenant_id = $1 AND kind = $2 AND record_id = $3 AND side = 'here' \
         AND seq > $4 ORDER BY seq DESC",
    )
    .bind(scope.tenant())
    .bind(kind.as_str())
    .bind(record)
    .bind(revision)
    .fetch_all(connection)
    .await?;
    let read = |(deed, changes): &(String, String)| {
        (deed != Deed::Erased.as_str()).then(|| read_changes(changes)).transpose()
    };
    rows.iter().map(read).collect()
}

/// Which step of a record here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// The one that made this revision.
    Revision(i64),
    /// The last one that was made by this instant, in microseconds.
    Instant(i64),
}

/// A write of a record here.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct StepRow {
    /// The revision that it made.
    pub seq: i64,
    /// What it was.
    pub deed: String,
    /// Name of who did it; `None`: the application itself.
    pub user_name: Option<String>,
    /// Microseconds.
    pub at: i64,
}

/// The write that made a record what it was; `None`: it did not exist then.
pub async fn step(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    kind: RecordKind,
    record: &str,
    as_of: AsOf,
) -> Result<Option<StepRow>, StoreError> {
    let (condition, value) = match as_of {
        AsOf::Revision(revision) => ("h.seq = $4", revision),
        AsOf::Instant(at) => ("h.at <= $4", at),
    };
    let sql = format!(
        "SELECT h.seq, h.deed, u.name AS user_name, h.at FROM history h LEFT JOIN users u ON u.id = h.user_id \
         WHERE h.tenant_id = $1 AND h.kind = $2 AND h.record_id = $3 AND h.side = 'here' AND {condition} \
         ORDER BY h.seq DESC LIMIT 1"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(kind.as_str())
        .bind(record)
        .bind(value)
        .fetch_optional(connection)
        .await?)
}

/// Reads the changes of an entry.
pub fn read_changes(text: &str) -> Result<Vec<FieldChange>, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt { column: "history.changes" })
}
