//! The product without a face: store, access, use cases and the sync itself.
//!
//! Rooms and who may import whom: `sync`, `crm` → `access`, `store`; `access` → `store`; `store` knows only
//! `sync-core` and the name [`access::TenantScope`]. There is no web framework in here: server functions, REST
//! handlers, the scheduler and the command line all call the same methods of [`Engine`].

pub mod access;
pub mod clock;
pub mod crm;
pub mod error;
pub mod ids;
pub mod store;
pub mod sync;
#[cfg(feature = "test-support")]
pub mod test_support;
pub mod vault;

use std::sync::Arc;

pub use error::EngineError;

/// Everything that the use cases need, made once at start and shared.
#[derive(Clone, Debug)]
pub struct Engine {
    inner: Arc<Inner>,
}

/// What an [`Engine`] is made of.
#[derive(Debug)]
pub struct Parts {
    /// The database, migrated.
    pub db: store::Db,
    /// Where time comes from.
    pub clock: Arc<dyn clock::Clock>,
    /// Where ids and jitter come from.
    pub ids: ids::Ids,
    /// Seals and opens Metakocka keys.
    pub vault: vault::Vault,
    /// Speaks to Metakocka.
    pub remote: sync::Remote,
}

#[derive(Debug)]
struct Inner {
    parts: Parts,
}

impl Engine {
    /// Puts the parts together. Does no I/O.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self { inner: Arc::new(Inner { parts }) }
    }

    pub(crate) fn db(&self) -> &store::Db {
        &self.inner.parts.db
    }

    pub(crate) fn ids(&self) -> &ids::Ids {
        &self.inner.parts.ids
    }

    pub(crate) fn vault(&self) -> &vault::Vault {
        &self.inner.parts.vault
    }

    pub(crate) fn remote(&self) -> &sync::Remote {
        &self.inner.parts.remote
    }

    pub(crate) fn clock(&self) -> &dyn clock::Clock {
        &*self.inner.parts.clock
    }

    /// The present instant, by the engine's clock.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        self.inner.parts.clock.now()
    }

    /// A fresh id, by the engine's clock and generator.
    pub(crate) fn new_id(&self) -> String {
        self.ids().next(self.now())
    }

    /// Waits for statements under way and closes the database.
    pub async fn close(&self) {
        self.db().close().await;
    }

    /// Tries the installation's key on a sealed one, if there is any: whoever put another key there learns it at once.
    pub async fn check_key(&self) -> Result<(), EngineError> {
        if let Some((tenant, row, sealed)) = store::connections::any_sealed(self.db()).await? {
            self.vault().open(vault::SealedFor { tenant: &tenant, row: &row }, &sealed)?;
        }
        Ok(())
    }

    /// Answers when the database does: what readiness means.
    pub async fn ping(&self) -> Result<(), EngineError> {
        Ok(self.db().ping().await?)
    }
}
