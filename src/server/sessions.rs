//! Server-side sessions: tower-sessions over the engine's rows. The cookie holds a random id, the database its hash.
//!
//! The engine decides how long a session lives (12 h after sign-in, 2 h after it was last seen); tower-sessions' own
//! dates are not used, because they slide with every save.

use async_trait::async_trait;
use engine::access::UserId;
use engine::{Engine, EngineError};
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result, SessionStore};
use tower_sessions::{Expiry, SessionManagerLayer};

use super::configuration::PublicUrl;
use crate::api::context::SESSION_USER;
use engine::error::chain;

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
}

/// What a record is as a row: the person in a column of its own, so that all their sessions can be ended.
fn row(record: &Record) -> Result<(Option<UserId>, String)> {
    let user = record.data.get(SESSION_USER).and_then(|value| value.as_str()).and_then(UserId::parse);
    let data = serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
    Ok((user, data))
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let (user, data) = row(record)?;
        while !self
            .engine
            .session_create(&record.id.to_string(), user.as_ref(), &data)
            .await
            .map_err(|error| backend(&error))?
        {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let (user, data) = row(record)?;
        // A session that has ended meanwhile stays ended: there is nothing to save it to.
        self.engine
            .session_save(&record.id.to_string(), user.as_ref(), &data)
            .await
            .map_err(|error| backend(&error))?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let Some(session) =
            self.engine.session_load(&id.to_string()).await.map_err(|error| backend(&error))?
        else {
            return Ok(None);
        };
        let data = serde_json::from_str(&session.data).map_err(|error| Error::Decode(error.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp(session.expires_at.as_second())
            .map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.engine.session_delete(&id.to_string()).await.map_err(|error| backend(&error))
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

fn backend(error: &EngineError) -> Error {
    Error::Backend(chain(error))
}
