//! People, workspaces and who belongs where. Most of it takes no scope: it is what scopes are made from,
//! and only `access` calls it.

use jiff::Timestamp;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::StoreError;
use super::values::{instant_or_none, micros, text};
use crate::access::TenantScope;

/// A person as stored.
#[derive(Clone, Debug)]
pub struct PersonRow {
    /// UUIDv7.
    pub id: String,
    /// As typed when the account was made.
    pub email: String,
    /// Shown beside what the person does.
    pub name: String,
    /// argon2id in PHC form.
    pub password_hash: String,
    /// en or sl.
    pub language: String,
    /// Set: can no longer sign in.
    pub disabled_at: Option<Timestamp>,
}

/// A person to be written.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// UUIDv7.
    pub id: String,
    /// As typed.
    pub email: String,
    /// What sign-in compares.
    pub email_key: String,
    /// Shown beside what the person does.
    pub name: String,
    /// argon2id in PHC form.
    pub password_hash: String,
    /// en or sl.
    pub language: String,
}

/// A workspace as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceRow {
    /// UUIDv7.
    pub id: String,
    /// As typed.
    pub name: String,
}

/// One workspace of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembershipRow {
    /// The workspace.
    pub workspace: WorkspaceRow,
    /// `read_only`, staff or owner.
    pub role: String,
}

/// The person with this folded e-mail.
pub async fn person_by_email(
    connection: &mut AnyConnection,
    email_key: &str,
) -> Result<Option<PersonRow>, StoreError> {
    let sql = "SELECT id, email, name, password_hash, language, disabled_at FROM users WHERE email_key = $1";
    let row = sqlx::query(sql).bind(email_key.to_owned()).fetch_optional(connection).await?;
    row.as_ref().map(person).transpose()
}

/// The person with this id.
pub async fn person_by_id(connection: &mut AnyConnection, id: &str) -> Result<Option<PersonRow>, StoreError> {
    let sql = "SELECT id, email, name, password_hash, language, disabled_at FROM users WHERE id = $1";
    let row = sqlx::query(sql).bind(id.to_owned()).fetch_optional(connection).await?;
    row.as_ref().map(person).transpose()
}

/// Writes a person. `false`: the e-mail has an account already, nothing was written.
pub async fn insert_person(
    connection: &mut AnyConnection,
    person: &NewPerson,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let affected = sqlx::query(
        "INSERT INTO users (id, email, email_key, name, password_hash, language, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (email_key) DO NOTHING",
    )
    .bind(person.id.clone())
    .bind(person.email.clone())
    .bind(person.email_key.clone())
    .bind(person.name.clone())
    .bind(person.password_hash.clone())
    .bind(person.language.clone())
    .bind(micros(now))
    .execute(connection)
    .await?
    .rows_affected();
    Ok(affected == 1)
}

/// Ends a person's access, now; a second call changes nothing.
pub async fn disable_person(
    connection: &mut AnyConnection,
    id: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE users SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL")
        .bind(id.to_owned())
        .bind(micros(now))
        .execute(connection)
        .await?;
    Ok(())
}

/// Writes a workspace.
pub async fn insert_workspace(
    connection: &mut AnyConnection,
    workspace: &WorkspaceRow,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO workspaces (id, name, created_at) VALUES ($1, $2, $3)")
        .bind(workspace.id.clone())
        .bind(workspace.name.clone())
        .bind(micros(now))
        .execute(connection)
        .await?;
    Ok(())
}

/// Workspaces whose id or name is this; several when a name was given twice.
pub async fn workspaces_by_id_or_name(
    connection: &mut AnyConnection,
    id_or_name: &str,
) -> Result<Vec<WorkspaceRow>, StoreError> {
    let rows = sqlx::query("SELECT id, name FROM workspaces WHERE id = $1 OR name = $1")
        .bind(id_or_name.to_owned())
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| Ok(WorkspaceRow { id: text(row, "id")?, name: text(row, "name")? })).collect()
}

/// Makes a person a member, or changes the member's role.
pub async fn set_member(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    person_id: &str,
    role: &'static str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO members (tenant_id, user_id, role, created_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (tenant_id, user_id) DO UPDATE SET role = excluded.role",
    )
    .bind(scope.tenant().to_owned())
    .bind(person_id.to_owned())
    .bind(role)
    .bind(micros(now))
    .execute(connection)
    .await?;
    Ok(())
}

/// The workspaces of a person, in no particular order.
pub async fn memberships(
    connection: &mut AnyConnection,
    person_id: &str,
) -> Result<Vec<MembershipRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT w.id, w.name, m.role FROM members m JOIN workspaces w ON w.id = m.tenant_id WHERE m.user_id = $1",
    )
    .bind(person_id.to_owned())
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(MembershipRow {
                workspace: WorkspaceRow { id: text(row, "id")?, name: text(row, "name")? },
                role: text(row, "role")?,
            })
        })
        .collect()
}

fn person(row: &AnyRow) -> Result<PersonRow, StoreError> {
    Ok(PersonRow {
        id: text(row, "id")?,
        email: text(row, "email")?,
        name: text(row, "name")?,
        password_hash: text(row, "password_hash")?,
        language: text(row, "language")?,
        disabled_at: instant_or_none(row, "disabled_at")?,
    })
}

/// Name of the member who has been owner for longest.
pub async fn owner_name(
    connection: &mut AnyConnection,
    scope: &TenantScope,
) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT u.name FROM members m JOIN users u ON u.id = m.user_id \
         WHERE m.tenant_id = $1 AND m.role = 'owner' AND u.disabled_at IS NULL ORDER BY m.created_at, u.id LIMIT 1",
    )
    .bind(scope.tenant().to_owned())
    .fetch_optional(connection)
    .await?)
}
