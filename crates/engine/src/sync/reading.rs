//! How far a run is with one feed: kept in the database after each page, so that the next slice, or whoever takes the job
//! over, goes on at the next page.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use sync_core::discovery::Pass;
use sync_core::time::UtcMicros;

use super::failure::Failure;
use super::run::Slicing;
use crate::store::run_feeds::{self, Feed};
use crate::store::{StoreError, connections, jobs};

/// A feed that is being read.
pub(super) struct Reading {
    name: String,
    pub standing: Standing,
    /// Ids that came by in this run, or were asked for one by one.
    pub seen: HashSet<String>,
    /// Those of them that are not kept yet.
    new: Vec<String>,
    pages: i64,
}

/// How far it is.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Standing {
    /// Start of the first request: what becomes the watermark.
    pub began: Option<UtcMicros>,
    /// Walks of this feed that are at their end.
    pub walked: usize,
    /// The walk under way.
    pub pass: Option<Pass>,
    /// Where the next page begins in a list that is not walked by a pass.
    pub offset: u64,
    /// Records that were asked for one by one.
    pub asked: usize,
}

impl Reading {
    /// Goes on where the run is with the feed, or begins.
    pub(super) async fn open(slicing: &Slicing<'_>, name: &str) -> Result<Self, StoreError> {
        let working = slicing.working;
        let feed = Feed { run: &slicing.run.id, name };
        let stored = run_feeds::load(working.engine.db(), working.scope, feed).await?.unwrap_or_default();
        // Text of another version of this program that is not understood only means to begin again.
        let standing = serde_json::from_str(&stored.state).unwrap_or_default();
        Ok(Self { name: name.to_owned(), standing, seen: stored.seen, new: Vec::new(), pages: stored.pages })
    }

    /// Notes ids that came by.
    pub(super) fn saw(&mut self, ids: impl IntoIterator<Item = String>) {
        for id in ids {
            if self.seen.insert(id.clone()) {
                self.new.push(id);
            }
        }
    }

    /// Keeps how far it is. Belongs behind the write of everything that `standing` and `saw` say.
    pub(super) async fn keep(&mut self, slicing: &Slicing<'_>) -> Result<(), Failure> {
        let working = slicing.working;
        let feed = Feed { run: &slicing.run.id, name: &self.name };
        // A standing is a plain struct and always serialises.
        let state = serde_json::to_string(&self.standing).unwrap_or_default();
        let mut tx = working.begin().await?;
        run_feeds::save(&mut tx, working.scope, feed, &state, (self.pages, &self.new)).await?;
        if slicing.progressed {
            jobs::progressed(&mut tx, working.claim).await?;
        }
        tx.commit().await.map_err(StoreError::from)?;
        self.pages += i64::from(!self.new.is_empty());
        self.new.clear();
        Ok(())
    }

    /// Records that the feed is read to its end; `scanned` says that everything in scope was read.
    pub(super) async fn end(self, slicing: &Slicing<'_>, scanned: bool) -> Result<(), Failure> {
        let working = slicing.working;
        let now = working.now();
        let times = (self.standing.began.map_or(now, |began| began.0), now);
        let connection = slicing.connection.id.as_str();
        let scanned_at = scanned.then_some(slicing.run.created_at);
        let feed = Feed { run: &slicing.run.id, name: &self.name };
        let mut tx = working.begin().await?;
        connections::end_pass(&mut tx, working.scope, connection, &self.name, times, scanned_at).await?;
        run_feeds::end(&mut tx, working.scope, feed).await?;
        jobs::progressed(&mut tx, working.claim).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(())
    }
}
