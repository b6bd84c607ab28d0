//! Browsers' sessions. Not tenant data: a session exists before sign-in, and a person may change workspaces in it.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sqlx::AnyConnection;

use super::StoreError;
use super::values::{instant, micros, text, text_or_none};
use crate::access::TenantScope;

/// A session as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    /// Who is signed in.
    pub person_id: Option<String>,
    /// JSON map.
    pub data: String,
    /// Absolute life counts from here.
    pub created_at: Timestamp,
    /// Idle life counts from here.
    pub last_seen_at: Timestamp,
    /// When it ends if nothing more is seen of it.
    pub expires_at: Timestamp,
}

/// How long a session lives.
#[derive(Clone, Copy, Debug)]
pub struct Lives {
    /// From its making, whatever happens.
    pub absolute: SignedDuration,
    /// From the last time that it was seen.
    pub idle: SignedDuration,
}

/// Writes a session that did not exist. `false`: the id is taken, nothing was written.
pub async fn insert_session(
    connection: &mut AnyConnection,
    id_hash: &str,
    person_id: Option<&str>,
    data: &str,
    lives: Lives,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let affected = sqlx::query(
        "INSERT INTO sessions (id, user_id, data, created_at, last_seen_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING",
    )
    .bind(id_hash.to_owned())
    .bind(person_id.map(str::to_owned))
    .bind(data.to_owned())
    .bind(micros(now))
    .bind(micros(now))
    .bind(micros(now) + span(lives.idle.min(lives.absolute)))
    .execute(connection)
    .await?
    .rows_affected();
    Ok(affected == 1)
}

/// Replaces what a session that has not ended holds. `false`: there is none, nothing was written.
pub async fn update_session(
    connection: &mut AnyConnection,
    id_hash: &str,
    person_id: Option<&str>,
    data: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let affected =
        sqlx::query("UPDATE sessions SET user_id = $2, data = $3 WHERE id = $1 AND expires_at > $4")
            .bind(id_hash.to_owned())
            .bind(person_id.map(str::to_owned))
            .bind(data.to_owned())
            .bind(micros(now))
            .execute(connection)
            .await?
            .rows_affected();
    Ok(affected == 1)
}

/// Counts the idle life of a session that has not ended from now on; its absolute life stays.
pub async fn touch_session(
    connection: &mut AnyConnection,
    id_hash: &str,
    lives: Lives,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE sessions SET last_seen_at = $2, \
         expires_at = CASE WHEN created_at + $3 < $4 THEN created_at + $3 ELSE $4 END \
         WHERE id = $1 AND expires_at > $2",
    )
    .bind(id_hash.to_owned())
    .bind(micros(now))
    .bind(span(lives.absolute))
    .bind(micros(now) + span(lives.idle))
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets what people of a workspace typed into forms that were refused, which their sessions keep for the next page:
/// it may be about somebody whose content is erased.
pub async fn forget_typed(tx: &mut AnyConnection, scope: &TenantScope) -> Result<(), StoreError> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT s.id, s.data FROM sessions s WHERE s.data LIKE '%\"flash\"%' \
         AND s.user_id IN (SELECT m.user_id FROM members m WHERE m.tenant_id = $1)",
    )
    .bind(scope.tenant())
    .fetch_all(&mut *tx)
    .await?;
    for (id, data) in rows {
        let Ok(Value::Object(mut data)) = serde_json::from_str(&data) else { continue };
        data.remove("flash");
        sqlx::query("UPDATE sessions SET data = $2 WHERE id = $1")
            .bind(id)
            .bind(Value::Object(data).to_string())
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

/// The session with this id, unless it has ended.
pub async fn session(
    connection: &mut AnyConnection,
    id_hash: &str,
    now: Timestamp,
) -> Result<Option<StoredSession>, StoreError> {
    let row = sqlx::query(
        "SELECT user_id, data, created_at, last_seen_at, expires_at FROM sessions \
         WHERE id = $1 AND expires_at > $2",
    )
    .bind(id_hash.to_owned())
    .bind(micros(now))
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        Ok(StoredSession {
            person_id: text_or_none(&row, "user_id")?,
            data: text(&row, "data")?,
            created_at: instant(&row, "created_at")?,
            last_seen_at: instant(&row, "last_seen_at")?,
            expires_at: instant(&row, "expires_at")?,
        })
    })
    .transpose()
}

/// Ends a session.
pub async fn delete_session(connection: &mut AnyConnection, id_hash: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE id = $1").bind(id_hash.to_owned()).execute(connection).await?;
    Ok(())
}

/// Ends all sessions of a person; returns how many.
pub async fn delete_sessions_of(connection: &mut AnyConnection, person_id: &str) -> Result<u64, StoreError> {
    let done = sqlx::query("DELETE FROM sessions WHERE user_id = $1")
        .bind(person_id.to_owned())
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

/// Removes sessions that have ended; returns how many.
pub async fn delete_expired_sessions(
    connection: &mut AnyConnection,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let done = sqlx::query("DELETE FROM sessions WHERE expires_at <= $1")
        .bind(micros(now))
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

fn span(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX / 4)
}
