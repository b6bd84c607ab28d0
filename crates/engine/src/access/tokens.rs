//! Bearer tokens: one person in one workspace, shown once, stored hashed, revocable.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use super::{Role, TOUCH_EVERY, TenantScope, UserId, hash_of_secret};
use crate::store::StoreError;
use crate::store::tokens::{self, LiveToken, NewTokenRow};
use crate::{Engine, EngineError};

/// What every token begins with, so that secret scanners and people recognise one.
const PREFIX: &str = "cmk_";
/// Bytes of chance in a token.
const CHANCE_BYTES: usize = 32;
/// Characters behind the prefix: base64 without padding.
const CODED_CHARS: usize = 43;

/// A token that was made. It cannot be shown again.
#[derive(Debug)]
pub struct AddedToken {
    /// By which it is revoked.
    pub id: String,
    /// The token itself.
    pub plain: SecretString,
}

/// A token as its owner sees it in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenView {
    /// By which it is revoked.
    pub id: String,
    /// Whom it speaks for.
    pub user: UserId,
    /// What it is for.
    pub name: String,
    /// Its last four characters.
    pub last4: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was used last, to five minutes.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Engine {
    /// Makes a token for the person of the scope; it may do what that person may, in that workspace.
    pub async fn add_token(&self, scope: &TenantScope, name: &str) -> Result<AddedToken, EngineError> {
        let user = scope
            .user()
            .ok_or_else(|| EngineError::invalid("email", "A token speaks for a person: say for whom."))?;
        let plain = self.new_token();
        let row = NewTokenRow {
            id: self.new_id(),
            person_id: user.as_str().to_owned(),
            name: super::name("name", name)?,
            hash: hash_of_secret(&plain),
            last4: plain[plain.len() - 4..].to_owned(),
        };
        let mut tx = self.db().begin().await?;
        tokens::insert_token(&mut tx, scope, &row, self.now()).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(AddedToken { id: row.id, plain: SecretString::from(plain.as_str()) })
    }

    /// Lets whoever holds a token into its workspace, with the role that its person has now.
    pub async fn scope_for_token(&self, token: &str) -> Result<TenantScope, EngineError> {
        if !looks_right(token) {
            return Err(EngineError::NotSignedIn);
        }
        let found = tokens::live_token(&mut *self.db().read().await?, &hash_of_secret(token)).await?;
        let live = found.ok_or(EngineError::NotSignedIn)?;
        let role = super::people::role(&live.role)?;
        let scope = TenantScope::new(live.tenant.clone(), Some(UserId(live.person_id.clone())), role);
        self.note_use(&scope, &live).await;
        Ok(scope)
    }

    /// The tokens that the scope's person may revoke: their own, an owner all of the workspace.
    pub async fn tokens(&self, scope: &TenantScope) -> Result<Vec<TokenView>, EngineError> {
        let rows = tokens::tokens(&mut *self.db().read().await?, scope).await?;
        let own = scope.user().map(UserId::as_str);
        Ok(rows
            .into_iter()
            .filter(|row| scope.role() >= Role::Owner || own == Some(row.person_id.as_str()))
            .map(|row| TokenView {
                id: row.id,
                user: UserId(row.person_id),
                name: row.name,
                last4: row.last4,
                created_at: row.created_at,
                last_used_at: row.last_used_at,
                revoked_at: row.revoked_at,
            })
            .collect())
    }

    /// Ends a token of [`Engine::tokens`].
    pub async fn revoke_token(&self, scope: &TenantScope, id: &str) -> Result<(), EngineError> {
        if !self.tokens(scope).await?.iter().any(|token| token.id == id) {
            return Err(EngineError::NotFound);
        }
        let mut tx = self.db().begin().await?;
        tokens::revoke_token(&mut tx, scope, id, self.now()).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(())
    }

    fn new_token(&self) -> Zeroizing<String> {
        let mut chance = Zeroizing::new([0_u8; CHANCE_BYTES]);
        self.ids().fill(chance.as_mut());
        Zeroizing::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(chance.as_ref())))
    }

    /// A use that could not be noted is no reason to refuse the caller.
    async fn note_use(&self, scope: &TenantScope, live: &LiveToken) {
        let now = self.now();
        if live.last_used_at.is_some_and(|last| now.duration_since(last) < TOUCH_EVERY) {
            return;
        }
        let noted = async {
            let mut tx = self.db().begin().await?;
            tokens::touch_token(&mut tx, scope, &live.id, now).await?;
            Ok::<_, StoreError>(tx.commit().await?)
        };
        if let Err(error) = noted.await {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(category = "auth", token = live.id, error, "the use of a token was not noted");
        }
    }
}

/// Refuses at once what no token can be, so that only something of the right form costs a look-up.
fn looks_right(token: &str) -> bool {
    token.strip_prefix(PREFIX).is_some_and(|coded| {
        coded.len() == CODED_CHARS
            && coded.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    })
}
