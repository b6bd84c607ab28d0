//! What people have to see of a write that no state shows, and what a look-up is known to be worth.

use std::collections::HashSet;

use sqlx::AnyConnection;

use crate::access::TenantScope;
use crate::store::StoreError;

/// What somebody has to see.
#[derive(Clone, Debug)]
pub struct NewAlarm<'a> {
    /// UUIDv7.
    pub id: &'a str,
    /// contact, product or sales_document.
    pub kind: &'a str,
    /// The local record.
    pub record: &'a str,
    /// The intent.
    pub intent: &'a str,
    /// `foreign_change`, `lost_field` or `late_duplicate`.
    pub what: &'static str,
    /// JSON list.
    pub detail: &'a str,
    /// Microseconds.
    pub now: i64,
}

/// Raises an alarm.
pub async fn raise(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    alarm: &NewAlarm<'_>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO alarms (tenant_id, id, kind, record_id, intent_id, what, detail, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(scope.tenant())
    .bind(alarm.id)
    .bind(alarm.kind)
    .bind(alarm.record)
    .bind(alarm.intent)
    .bind(alarm.what)
    .bind(alarm.detail)
    .bind(alarm.now)
    .execute(tx)
    .await?;
    Ok(())
}

/// An alarm that nobody has dismissed.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AlarmRow {
    /// UUIDv7.
    pub id: String,
    /// `foreign_change`, `lost_field` or `late_duplicate`.
    pub what: String,
    /// JSON list.
    pub detail: String,
    /// Microseconds.
    pub at: i64,
}

/// What somebody has to see of a record, the oldest first.
pub async fn open_alarms(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    kind: &str,
    record: &str,
) -> Result<Vec<AlarmRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT id, what, detail, at FROM alarms WHERE tenant_id = $1 AND kind = $2 AND record_id = $3 \
         AND dismissed_at IS NULL ORDER BY id",
    )
    .bind(scope.tenant())
    .bind(kind)
    .bind(record)
    .fetch_all(connection)
    .await?)
}

/// A person has seen an alarm. False: there is none, it was dismissed before, or it is a question that has to be answered.
pub async fn dismiss(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
    now: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE alarms SET dismissed_at = $3, dismissed_by = $4 WHERE tenant_id = $1 AND id = $2 \
         AND dismissed_at IS NULL AND what <> 'late_duplicate'",
    )
    .bind(scope.tenant())
    .bind(id)
    .bind(now)
    .bind(scope.user().map(|user| user.as_str().to_owned()))
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// How the question about a duplicate ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TwinAnswer {
    /// It is gone there.
    Gone,
    /// A person said that it is a record of its own.
    Separate,
}

/// Ends the question about a duplicate.
pub async fn end_duplicate(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    detail: &str,
    answer: TwinAnswer,
    now: i64,
) -> Result<(), StoreError> {
    let (answer, by) = match answer {
        TwinAnswer::Gone => ("gone", None),
        TwinAnswer::Separate => ("separate", scope.user().map(|user| user.as_str().to_owned())),
    };
    sqlx::query(
        "UPDATE alarms SET dismissed_at = $3, dismissed_by = $4, answer = $5 WHERE tenant_id = $1 AND what = 'late_duplicate' \
         AND detail = $2 AND dismissed_at IS NULL",
    )
    .bind(scope.tenant())
    .bind(detail)
    .bind(now)
    .bind(by)
    .bind(answer)
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether the question about a duplicate is open.
pub async fn is_asked(tx: &mut AnyConnection, scope: &TenantScope, detail: &str) -> Result<bool, StoreError> {
    let found: Option<i64> = sqlx::query_scalar(
        "SELECT 1 FROM alarms WHERE tenant_id = $1 AND what = 'late_duplicate' AND detail = $2 \
         AND dismissed_at IS NULL LIMIT 1",
    )
    .bind(scope.tenant())
    .bind(detail)
    .fetch_optional(tx)
    .await?;
    Ok(found.is_some())
}

/// Records there that a person said are records of their own although they carry the sign of another one.
pub async fn separate(
    connection: &mut AnyConnection,
    scope: &TenantScope,
) -> Result<HashSet<String>, StoreError> {
    let details: Vec<String> = sqlx::query_scalar(
        "SELECT detail FROM alarms WHERE tenant_id = $1 AND what = 'late_duplicate' AND answer = 'separate'",
    )
    .bind(scope.tenant())
    .fetch_all(connection)
    .await?;
    Ok(details.into_iter().collect())
}

/// The intent that made a record with this sign, and the record.
pub async fn maker(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    (connection_id, marker): (&str, &str),
) -> Result<Option<(String, String)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT i.id, i.record_id FROM intents i WHERE i.tenant_id = $1 AND i.connection_id = $2 AND i.marker = $3 \
         AND i.creates = 1 ORDER BY i.seq DESC LIMIT 1",
    )
    .bind(scope.tenant())
    .bind(connection_id)
    .bind(marker)
    .fetch_optional(connection)
    .await?)
}

/// What the look-up of a subject on a connection is known to be worth: proven, failed, or none.
pub async fn control(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    (connection_id, subject): (&str, &str),
) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT state FROM lookup_controls WHERE tenant_id = $1 AND connection_id = $2 AND subject = $3",
    )
    .bind(scope.tenant())
    .bind(connection_id)
    .bind(subject)
    .fetch_optional(connection)
    .await?)
}

/// Stores what the look-up of a subject is worth.
pub async fn set_control(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    (connection_id, subject): (&str, &str),
    state: &'static str,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO lookup_controls (tenant_id, connection_id, subject, state, at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (tenant_id, connection_id, subject) DO UPDATE SET state = excluded.state, at = excluded.at",
    )
    .bind(scope.tenant())
    .bind(connection_id)
    .bind(subject)
    .bind(state)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}
