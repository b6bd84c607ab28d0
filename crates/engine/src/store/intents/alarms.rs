//! What people have to see of a write that no state shows, and what a look-up is known to be worth.

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
    /// `foreign_change` or `lost_field`.
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
