//! The start counter (design §5, adr/0007): notices that the database was restored from a copy. What was sent since is not
//! in it, so nothing of it is believed: unfinished writes are unknown, what Metakocka has is read anew, and every connection
//! is paused until its owner says that it may go on.

mod noted;

use std::path::Path;

use sync_core::intent::Waking;
use sync_core::record::RecordKind;
use sync_core::state::PauseCause;

use self::noted::Noted;
use super::replan;
use super::views::ConnectionState;
use crate::access::{Role, TenantScope};
use crate::error::StateCode;
use crate::store::{StoreError, Tx, connections, records, starts};
use crate::{Engine, EngineError};

/// A new place beside a shared database is believed when another one that counts every minute did so this lately.
const VOUCHES_FOR: i64 = 180_000_000;

/// What the counter says of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lineage {
    /// It is the one that this place has worked with, or a new one.
    Known,
    /// It is a copy, or was restored from one: every connection is paused now.
    Restored,
}

/// Why it could not be counted.
#[derive(Debug, thiserror::Error)]
pub enum CountError {
    /// The file.
    #[error("the start counter {} can be neither read nor written", .path.display())]
    File {
        /// Where it is.
        path: std::path::PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The database.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl From<StoreError> for CountError {
    fn from(error: StoreError) -> Self {
        Self::Engine(error.into())
    }
}

impl Engine {
    /// Counts on, in the database and in `file`, and says whether both are where they left off. To be called before anything
    /// works with the database, from time to time while something does, and at the end.
    pub async fn count_start(&self, file: &Path) -> Result<Lineage, CountError> {
        let mut tx = self.db().begin().await?;
        let (noted, lineage) = self.compare(&mut tx, file).await?;
        if lineage == Lineage::Known {
            self.count_on(tx, file, noted).await?;
            return Ok(lineage);
        }
        drop(tx);
        tracing::warn!(
            category = "general",
            "the database was restored or copied: every connection is paused"
        );
        // Whoever dies in here finds the difference again.
        self.distrust().await?;
        let mut tx = self.db().begin().await?;
        let (noted, _) = self.compare(&mut tx, file).await?;
        self.count_on(tx, file, noted).await?;
        Ok(Lineage::Restored)
    }

    /// Where to go on counting, and whether that is where both left off.
    async fn compare(&self, tx: &mut Tx, file: &Path) -> Result<(Noted, Lineage), CountError> {
        starts::lock(tx).await?;
        let noted = noted::read(file)?;
        let seen_at = starts::last_seen(tx).await?;
        let counted = match &noted {
            Some(noted) => starts::count(tx, &noted.place).await?,
            None => None,
        };
        let lineage = match (&noted, counted, seen_at) {
            // Nobody has worked with this database yet.
            (_, None, None) => Lineage::Known,
            (Some(noted), Some(count), _) if noted.fits(count) => Lineage::Known,
            (None, None, Some(seen_at)) if self.db().is_shared() && self.is_lately(seen_at) => Lineage::Known,
            _ => Lineage::Restored,
        };
        let place = noted.as_ref().map_or_else(|| self.new_id(), |noted| noted.place.clone());
        let count = noted.map_or(0, |noted| noted.furthest()).max(counted.unwrap_or(0));
        Ok((Noted { place, count, next: None }, lineage))
    }

    fn is_lately(&self, seen_at: i64) -> bool {
        self.now().as_microsecond() - seen_at < VOUCHES_FOR
    }

    /// The file says what comes before the database has it, so a death between the two is no difference.
    async fn count_on(&self, mut tx: Tx, file: &Path, noted: Noted) -> Result<(), CountError> {
        let next = noted.count + 1;
        let coming = Noted { next: Some(next), ..noted };
        noted::write(file, &coming)?;
        starts::put(&mut tx, &coming.place, next, self.now().as_microsecond()).await?;
        tx.commit().await.map_err(StoreError::from)?;
        let mut tx = self.db().begin().await?;
        starts::lock(&mut tx).await?;
        // Another process of this folder may have counted on since.
        if noted::read(file)?.as_ref() == Some(&coming) {
            noted::write(file, &Noted { count: next, next: None, ..coming })?;
        }
        Ok(())
    }

    /// Believes nothing that the database says about Metakocka any more.
    async fn distrust(&self) -> Result<(), EngineError> {
        let now = self.now().as_microsecond();
        let mut tx = self.db().begin().await?;
        let tenants = starts::connected(&mut tx).await?;
        for tenant in &tenants {
            let scope = TenantScope::of_schedule(tenant);
            starts::pause_restored(&mut tx, &scope, PauseCause::Restored.as_str(), now).await?;
        }
        tx.commit().await.map_err(StoreError::from)?;
        self.wake_intents(Waking::Restored).await?;
        for tenant in &tenants {
            self.decide_lone(&TenantScope::of_schedule(tenant)).await?;
        }
        Ok(())
    }

    /// What a record without a link matches is not known any more.
    async fn decide_lone(&self, scope: &TenantScope) -> Result<(), EngineError> {
        for kind in [RecordKind::Contact, RecordKind::Product, RecordKind::SalesDocument] {
            let mut reader = self.db().read().await?;
            let ids = records::lone(&mut reader, scope, kind).await?;
            drop(reader);
            for id in ids {
                let mut tx = self.db().begin().await?;
                replan::again(self, &mut tx, scope, kind, &id).await?;
                tx.commit().await.map_err(StoreError::from)?;
            }
        }
        Ok(())
    }

    /// The owner says that work may go on with a database that was restored: everything is read anew first, and what may be
    /// in Metakocka already is looked for before it is sent. Owner.
    pub async fn confirm_restored(&self, scope: &TenantScope) -> Result<(), EngineError> {
        scope.require(Role::Owner)?;
        let connection = connections::connection(self.db(), scope).await?;
        let waits = connection.is_some_and(|connection| {
            connection.state == ConnectionState::Paused.as_str()
                && connection.state_reason.as_deref() == Some(PauseCause::Restored.as_str())
        });
        if !waits {
            return Err(EngineError::state(StateCode::Paused, "Nothing waits for this to be confirmed."));
        }
        let mut tx = self.db().begin().await?;
        let now = self.now().as_microsecond();
        connections::set_state(&mut tx, scope, ConnectionState::Active.as_str(), None, now).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.remote().wake();
        Ok(())
    }
}
