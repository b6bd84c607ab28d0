//! What a person said about a pair: that its record lives on without the remote, that what was read is known, that a
//! total is as it is booked.

use sqlx::AnyConnection;

use crate::access::TenantScope;
use crate::store::StoreError;

/// How a pair is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Both sides follow each other.
    Normal,
    /// A person said "keep only here": nothing is sent or taken until a person sends the record.
    Detached,
}

impl Mode {
    fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Detached => "detached",
        }
    }
}

/// Sets how a pair is kept.
pub async fn set_mode(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    link: &str,
    mode: Mode,
) -> Result<(), StoreError> {
    set(tx, scope, link, ("UPDATE links SET mode = $3 WHERE tenant_id = $1 AND id = $2", mode.as_str())).await
}

/// Records that a person knows what was read last, and leaves the record here as it is.
pub async fn keep_as_read(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    link: &str,
    content_hash: &str,
) -> Result<(), StoreError> {
    let sql = "UPDATE links SET remote_hash = $3 WHERE tenant_id = $1 AND id = $2";
    set(tx, scope, link, (sql, content_hash)).await
}

/// Records that a person took the total that goes with this content.
pub async fn accept_total(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    link: &str,
    content_hash: &str,
) -> Result<(), StoreError> {
    let sql = "UPDATE links SET accepted_total = $3 WHERE tenant_id = $1 AND id = $2";
    set(tx, scope, link, (sql, content_hash)).await
}

async fn set(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    link: &str,
    (sql, value): (&'static str, &str),
) -> Result<(), StoreError> {
    sqlx::query(sql).bind(scope.tenant()).bind(link).bind(value).execute(tx).await?;
    Ok(())
}

/// Removes a pair: its record has no remote one any more.
pub async fn forget(tx: &mut AnyConnection, scope: &TenantScope, link: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM links WHERE tenant_id = $1 AND id = $2")
        .bind(scope.tenant())
        .bind(link)
        .execute(tx)
        .await?;
    Ok(())
}
