//! Bearer tokens. Only their hashes are stored.

use jiff::Timestamp;
use sqlx::AnyConnection;

use super::StoreError;
use super::values::{instant, instant_or_none, micros, text};
use crate::access::TenantScope;

/// A token to be written.
#[derive(Clone, Debug)]
pub struct NewTokenRow {
    /// UUIDv7.
    pub id: String,
    /// The member that it speaks for.
    pub person_id: String,
    /// What it is for.
    pub name: String,
    /// Hash of the whole token.
    pub hash: String,
    /// Its last four characters.
    pub last4: String,
}

/// A token that is in force, with the role that its member has now.
#[derive(Clone, Debug)]
pub struct LiveToken {
    /// UUIDv7.
    pub id: String,
    /// Its workspace.
    pub tenant: String,
    /// Its member.
    pub person_id: String,
    /// The member's role: `read_only`, staff or owner.
    pub role: String,
    /// When it was used last, to some minutes.
    pub last_used_at: Option<Timestamp>,
}

/// A token as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedToken {
    /// UUIDv7.
    pub id: String,
    /// The member that it speaks for.
    pub person_id: String,
    /// What it is for.
    pub name: String,
    /// Its last four characters.
    pub last4: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was used last, to some minutes.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// Writes a token.
pub async fn insert_token(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    token: &NewTokenRow,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO api_tokens (tenant_id, id, user_id, name, token_hash, last4, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(scope.tenant().to_owned())
    .bind(token.id.clone())
    .bind(token.person_id.clone())
    .bind(token.name.clone())
    .bind(token.hash.clone())
    .bind(token.last4.clone())
    .bind(micros(now))
    .execute(connection)
    .await?;
    Ok(())
}

/// The token with this hash, unless it was revoked or its person is disabled. Takes no scope: scopes are made from it.
pub async fn live_token(connection: &mut AnyConnection, hash: &str) -> Result<Option<LiveToken>, StoreError> {
    let row = sqlx::query(
        "SELECT t.id, t.tenant_id, t.user_id, m.role, t.last_used_at FROM api_tokens t \
         JOIN members m ON m.tenant_id = t.tenant_id AND m.user_id = t.user_id \
         JOIN users u ON u.id = t.user_id \
         WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND u.disabled_at IS NULL",
    )
    .bind(hash.to_owned())
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        Ok(LiveToken {
            id: text(&row, "id")?,
            tenant: text(&row, "tenant_id")?,
            person_id: text(&row, "user_id")?,
            role: text(&row, "role")?,
            last_used_at: instant_or_none(&row, "last_used_at")?,
        })
    })
    .transpose()
}

/// Notes that a token was used.
pub async fn touch_token(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE api_tokens SET last_used_at = $3 WHERE tenant_id = $1 AND id = $2")
        .bind(scope.tenant().to_owned())
        .bind(id.to_owned())
        .bind(micros(now))
        .execute(connection)
        .await?;
    Ok(())
}

/// Ends a token, now. `false`: there is none with this id that is in force.
pub async fn revoke_token(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let affected = sqlx::query(
        "UPDATE api_tokens SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL",
    )
    .bind(scope.tenant().to_owned())
    .bind(id.to_owned())
    .bind(micros(now))
    .execute(connection)
    .await?
    .rows_affected();
    Ok(affected == 1)
}

/// The workspace's tokens, newest first.
pub async fn tokens(
    connection: &mut AnyConnection,
    scope: &TenantScope,
) -> Result<Vec<ListedToken>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, user_id, name, last4, created_at, last_used_at, revoked_at FROM api_tokens \
         WHERE tenant_id = $1 ORDER BY created_at DESC, id DESC",
    )
    .bind(scope.tenant().to_owned())
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(ListedToken {
                id: text(row, "id")?,
                person_id: text(row, "user_id")?,
                name: text(row, "name")?,
                last4: text(row, "last4")?,
                created_at: instant(row, "created_at")?,
                last_used_at: instant_or_none(row, "last_used_at")?,
                revoked_at: instant_or_none(row, "revoked_at")?,
            })
        })
        .collect()
}
