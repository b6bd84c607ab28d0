//! Server-side sessions: tower-sessions over the engine's rows.
//!
//! The cookie holds a random id, the database only its hash. A session ends 12 h after sign-in or 2 h after it was
//! last seen, whichever is first; tower-sessions' own dates are not used, because they slide with every save.

use async_trait::async_trait;
use blake2::digest::consts::U32;
use blake2::{Blake2b, Digest as _};
use engine::Engine;
use engine::access::{SessionRow, UserId};
use jiff::{SignedDuration, Timestamp};
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result, SessionStore};
use tower_sessions::{Expiry, SessionManagerLayer};

use super::configuration::PublicUrl;
use super::refusal::chain;
use crate::api::context::SESSION_USER;

/// Counted from sign-in.
const ABSOLUTE_LIFE: SignedDuration = SignedDuration::from_hours(12);
/// Counted from the last request.
const IDLE_LIFE: SignedDuration = SignedDuration::from_hours(2);
/// `last_seen_at` is moved at most this often: a write per request would queue behind the sync.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// Sessions in the engine's database.
#[derive(Clone, Debug)]
pub struct Sessions {
    engine: Engine,
}

impl Sessions {
    /// Over the engine's rows.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self { engine }
    }

    /// Remembers that a live session was seen, at most every five minutes.
    pub async fn seen(&self, id: &Id) -> std::result::Result<(), engine::EngineError> {
        let hash = hash(id);
        let now = self.engine.now();
        match self.engine.session_load(&hash).await? {
            Some(row) if now.duration_since(row.last_seen_at) >= SEEN_EVERY => {
                self.engine.session_touch(&hash, now).await
            }
            _ => Ok(()),
        }
    }

    /// Whether the session is still there and still belongs to that person.
    pub async fn is_live(&self, id: &Id, user: &UserId) -> std::result::Result<bool, engine::EngineError> {
        let row = self.engine.session_load(&hash(id)).await?;
        Ok(row.is_some_and(|row| row.user.as_ref() == Some(user) && is_alive(&row, self.engine.now())))
    }

    async fn write(&self, record: &Record) -> Result<()> {
        let hash = hash(&record.id);
        let now = self.engine.now();
        let known = self.engine.session_load(&hash).await.map_err(|error| backend(&error))?;
        let created_at = known.map_or(now, |row| row.created_at);
        let data = serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
        let user = record.data.get(SESSION_USER).and_then(|value| value.as_str()).map(UserId::new);
        let row = SessionRow {
            user,
            data,
            created_at,
            last_seen_at: now,
            expires_at: created_at.saturating_add(ABSOLUTE_LIFE).unwrap_or(created_at),
        };
        self.engine.session_save(&hash, &row).await.map_err(|error| backend(&error))
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        // 128 bits of chance: a second one never happens, and a hash that is taken would be overwritten by nobody else.
        self.write(record).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.write(record).await
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let row = self.engine.session_load(&hash(id)).await.map_err(|error| backend(&error))?;
        let Some(row) = row.filter(|row| is_alive(row, self.engine.now())) else { return Ok(None) };
        let data = serde_json::from_str(&row.data).map_err(|error| Error::Decode(error.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp(row.expires_at.as_second())
            .map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.engine.session_delete(&hash(id)).await.map_err(|error| backend(&error))
    }
}

/// The layer that gives requests their session.
#[must_use]
pub fn layer(sessions: Sessions, public: &PublicUrl) -> SessionManagerLayer<Sessions> {
    // `__Host-` makes browsers insist on Secure, on the path / and on no other host setting it.
    let name = if public.is_https() { "__Host-crm-mind" } else { "crm-mind" };
    SessionManagerLayer::new(sessions)
        .with_name(name)
        .with_secure(public.is_https())
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnSessionEnd)
}

fn is_alive(row: &SessionRow, now: Timestamp) -> bool {
    now < row.expires_at && now.duration_since(row.last_seen_at) < IDLE_LIFE
}

fn hash(id: &Id) -> String {
    let digest = Blake2b::<U32>::digest(id.to_string());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn backend(error: &engine::EngineError) -> Error {
    Error::Backend(chain(error))
}
