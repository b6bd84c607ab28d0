//! Browsers' sessions: how long they live. The web server keeps them here and decides what they hold.

use jiff::{SignedDuration, Timestamp};

use super::{TOUCH_EVERY, UserId, hash_of_secret};
use crate::store::StoreError;
use crate::store::sessions::{self, Lives};
use crate::{Engine, EngineError};

/// A session ends this long after it was made, whatever happens (design §7).
pub const SESSION_LIFE: SignedDuration = SignedDuration::from_hours(12);
/// A session ends this long after it was last seen (design §7).
pub const SESSION_IDLE: SignedDuration = SignedDuration::from_hours(2);

const LIVES: Lives = Lives { absolute: SESSION_LIFE, idle: SESSION_IDLE };

/// A session that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Who is signed in; `None` before sign-in.
    pub user: Option<UserId>,
    /// What the web server put in: a JSON map.
    pub data: String,
    /// Its absolute life counts from here.
    pub created_at: Timestamp,
    /// Its idle life counts from here.
    pub last_seen_at: Timestamp,
    /// When it ends if nothing more is seen of it.
    pub expires_at: Timestamp,
}

/// The `id` of these functions is the cookie's value; it is hashed here and never stored.
impl Engine {
    /// Keeps a new session. `false`: the id is taken, choose another.
    pub async fn session_create(
        &self,
        id: &str,
        user: Option<&UserId>,
        data: &str,
    ) -> Result<bool, EngineError> {
        let hash = hash_of_secret(id);
        let mut tx = self.db().begin().await?;
        let user = user.map(UserId::as_str);
        let made = sessions::insert_session(&mut tx, &hash, user, data, LIVES, self.now()).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(made)
    }

    /// Replaces what a session holds. `false`: it has ended meanwhile, and stays ended.
    pub async fn session_save(
        &self,
        id: &str,
        user: Option<&UserId>,
        data: &str,
    ) -> Result<bool, EngineError> {
        let hash = hash_of_secret(id);
        let mut tx = self.db().begin().await?;
        let saved =
            sessions::update_session(&mut tx, &hash, user.map(UserId::as_str), data, self.now()).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(saved)
    }

    /// A session that has not ended.
    pub async fn session_load(&self, id: &str) -> Result<Option<Session>, EngineError> {
        let mut connection = self.db().read().await?;
        let stored = sessions::session(&mut connection, &hash_of_secret(id), self.now()).await?;
        Ok(stored.map(|stored| Session {
            user: stored.person_id.map(UserId),
            data: stored.data,
            created_at: stored.created_at,
            last_seen_at: stored.last_seen_at,
            expires_at: stored.expires_at,
        }))
    }

    /// Notes that a loaded session was seen, so that its idle life begins anew; writes at most every five minutes.
    pub async fn session_touch(&self, id: &str, loaded: &Session) -> Result<(), EngineError> {
        let now = self.now();
        if now.duration_since(loaded.last_seen_at) < TOUCH_EVERY {
            return Ok(());
        }
        let mut tx = self.db().begin().await?;
        sessions::touch_session(&mut tx, &hash_of_secret(id), LIVES, now).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(())
    }

    /// Ends a session.
    pub async fn session_delete(&self, id: &str) -> Result<(), EngineError> {
        let mut tx = self.db().begin().await?;
        sessions::delete_session(&mut tx, &hash_of_secret(id)).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(())
    }

    /// Ends all sessions of a person; returns how many there were.
    pub async fn sessions_delete_of(&self, user: &UserId) -> Result<u64, EngineError> {
        let mut tx = self.db().begin().await?;
        let ended = sessions::delete_sessions_of(&mut tx, user.as_str()).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(ended)
    }

    /// Removes what is left of ended sessions; returns how many. Housekeeping, once in a while.
    pub async fn sessions_delete_expired(&self) -> Result<u64, EngineError> {
        let mut tx = self.db().begin().await?;
        let removed = sessions::delete_expired_sessions(&mut tx, self.now()).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(removed)
    }
}
