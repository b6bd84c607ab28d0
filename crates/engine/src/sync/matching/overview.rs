//! The dry run of the first matching, and the owner's confirmation (policy F).

use std::collections::BTreeSet;

use jiff::Timestamp;
use sync_core::matching::{Class, KeyKind};
use sync_core::record::{ExternalId, RecordKind};

use super::classes::{At, Matched, classes, name_of};
use super::settle::{self, Settling};
use super::shown::{MatchSide, Shown, telling};
use crate::access::{Role, TenantScope};
use crate::error::StateCode;
use crate::store::connections::{self, ConnectionRow};
use crate::store::matching;
use crate::store::{Connection, StoreError, runs};
use crate::sync::conflict::told;
use crate::sync::lone::{AT_ONCE, Known};
use crate::sync::replan;
use crate::sync::service::not_connected;
use crate::sync::views::instant;
use crate::{Engine, EngineError};

/// Records of each class that are shown.
const SAMPLES: usize = 5;

/// What the first matching of a kind would come to. Nothing is written to find out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matching {
    /// Of which records.
    pub kind: RecordKind,
    /// When the last complete look ended; none: what is there is not known, and nothing is counted.
    pub looked_at: Option<Timestamp>,
    /// Since when somebody looks.
    pub looking_since: Option<Timestamp>,
    /// When it was confirmed, or began to need no confirmation; none: nothing of the kind is created on either side.
    pub confirmed_at: Option<Timestamp>,
    /// Records that are one for certain; they are linked.
    pub certain: MatchClass,
    /// Of the certain ones, those that say different things on either side: a person is asked field by field.
    pub differing: u64,
    /// Records of which a person has to say what they are.
    pub candidates: MatchClass,
    /// Records that are only here.
    pub only_here: MatchClass,
    /// Records that are only in Metakocka.
    pub only_there: MatchClass,
}

/// One class of records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MatchClass {
    /// How many there are.
    pub count: u64,
    /// Some of them.
    pub samples: Vec<MatchSample>,
}

/// A record, or a pair of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchSample {
    /// The record here.
    pub here: Option<MatchSide>,
    /// The remote record; of several the first.
    pub there: Option<MatchSide>,
    /// How many remote records it could be.
    pub of: u64,
    /// What both have in common.
    pub by: Vec<KeyKind>,
    /// What they say differently, in words.
    pub differs: Vec<String>,
}

/// What a confirmation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// Records that were linked.
    pub linked: u64,
    /// Records of which a person has to say what they are.
    pub asked: u64,
}

impl MatchClass {
    fn add(&mut self, sample: impl FnOnce() -> MatchSample) {
        self.count += 1;
        if self.samples.len() < SAMPLES {
            self.samples.push(sample());
        }
    }
}

impl Engine {
    /// The dry run: what is certain, what is to be asked, what is only on one side. Nothing is written.
    pub async fn matching(&self, scope: &TenantScope, kind: RecordKind) -> Result<Matching, EngineError> {
        let connection = connections::connection(self.db(), scope).await?.ok_or_else(not_connected)?;
        let row = self.kind_row(scope, &connection, kind).await?;
        let at = At { scope, connection: &connection.id, kind };
        let known = Known::load(self.db(), at).await?;
        let run = runs::unfinished(self.db(), scope, kind.as_str()).await?;
        let since = run.map(|run| instant(run.started_at.unwrap_or(run.created_at), "sync_runs.started_at"));
        let time = |at: Option<i64>, column| at.map(|at| instant(at, column)).transpose();
        let mut found = Matching {
            kind,
            looked_at: None,
            looking_since: since.transpose()?,
            confirmed_at: time(row.matching_confirmed_at, "connection_kinds.matching_confirmed_at")?,
            certain: MatchClass::default(),
            differing: 0,
            candidates: MatchClass::default(),
            only_here: MatchClass::default(),
            only_there: MatchClass::default(),
        };
        if !known.is_some_and(|known| known.looked) {
            return Ok(found);
        }
        let feed = connections::feed(self.db(), scope, &connection.id, kind.as_str()).await?;
        found.looked_at = time(row.looked_at.or(feed.ended_at), "connection_kinds.looked_at")?;
        let mut reader = self.db().read().await?;
        let named = count_here(&mut reader, at, &mut found).await?;
        count_there(&mut reader, at, &named, &mut found).await?;
        Ok(found)
    }

    /// Confirms the matching of a kind: what is certain is linked, the rest is asked about or may be created from now on.
    /// Nothing is sent to Metakocka by it. Owner. [`StateCode::NotYet`]: nobody has looked yet.
    /// [`StateCode::MatchingNotConfirmed`]: documents name contacts and products, so those come first.
    pub async fn confirm_matching(
        &self,
        scope: &TenantScope,
        kind: RecordKind,
    ) -> Result<Confirmed, EngineError> {
        scope.require(Role::Owner)?;
        let connection = connections::connection(self.db(), scope).await?.ok_or_else(not_connected)?;
        let at = At { scope, connection: &connection.id, kind };
        if !Known::load(self.db(), at).await?.is_some_and(|known| known.looked) {
            let sentence = "Look in Metakocka first: what it has is not known yet.";
            return Err(EngineError::state(StateCode::NotYet, sentence));
        }
        let mut first = self.unconfirmed(scope, &connection, kind).await?;
        first.retain(|one| *one != kind);
        if !first.is_empty() {
            let sentence = "Confirm contacts and products first: documents name them.";
            return Err(EngineError::state(StateCode::MatchingNotConfirmed, sentence));
        }
        if self.kind_row(scope, &connection, kind).await?.matching_confirmed_at.is_none() {
            let mut tx = self.db().begin().await?;
            let (kinds, now) = ([(kind.as_str(), true)], self.now().as_microsecond());
            connections::set_confirmed(&mut tx, scope, &connection.id, &kinds, now).await?;
            tx.commit().await.map_err(StoreError::from)?;
        }
        let settling = Settling { engine: self, working: None };
        let linked = Box::pin(settle::settle(settling, at)).await.map_err(told)?;
        settle::let_come(settling, at).await?;
        let mut tx = self.db().begin().await?;
        let asked = matching::count_lone_asked(&mut tx, scope, kind).await?;
        replan::tell(self, &mut tx, scope, kind).await?;
        replan::tell(self, &mut tx, scope, RecordKind::SalesDocument).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.remote().wake();
        tracing::info!(
            category = "sync",
            tenant = scope.tenant(),
            connection = connection.id,
            kind = kind.as_str(),
            linked,
            "matching confirmed"
        );
        Ok(Confirmed { linked, asked: u64::try_from(asked).unwrap_or(0) })
    }

    /// The kinds whose matching has to be confirmed before records of this kind are taken or sent: documents bring their
    /// customers and products along.
    pub(in crate::sync) async fn unconfirmed(
        &self,
        scope: &TenantScope,
        connection: &ConnectionRow,
        kind: RecordKind,
    ) -> Result<Vec<RecordKind>, EngineError> {
        let mut open = Vec::new();
        let kinds = match kind {
            RecordKind::SalesDocument => &RecordKind::ALL[..],
            RecordKind::Contact => &[RecordKind::Contact],
            RecordKind::Product => &[RecordKind::Product],
        };
        for one in kinds {
            if self.kind_row(scope, connection, *one).await?.matching_confirmed_at.is_none() {
                open.push(*one);
            }
        }
        Ok(open)
    }

    /// Refuses to take or send before the matching is confirmed.
    pub(in crate::sync) async fn check_confirmed(
        &self,
        scope: &TenantScope,
        connection: &ConnectionRow,
        kind: RecordKind,
    ) -> Result<(), EngineError> {
        if self.unconfirmed(scope, connection, kind).await?.is_empty() {
            return Ok(());
        }
        let sentence = "The owner has to confirm first which records belong together.";
        Err(EngineError::state(StateCode::MatchingNotConfirmed, sentence))
    }

    /// How many records here are to be compared.
    pub(in crate::sync) async fn to_compare(
        &self,
        scope: &TenantScope,
        kinds: &[RecordKind],
    ) -> Result<u64, EngineError> {
        let mut reader = self.db().read().await?;
        let mut records = 0;
        for kind in kinds {
            records += u64::try_from(matching::count_lone(&mut reader, scope, *kind).await?).unwrap_or(0);
        }
        Ok(records)
    }
}

/// Counts the records here by class; returns the remote ones that they may be.
async fn count_here(
    reader: &mut Connection,
    at: At<'_>,
    found: &mut Matching,
) -> Result<BTreeSet<ExternalId>, StoreError> {
    let mut named = BTreeSet::new();
    let mut after = String::new();
    loop {
        let rows = matching::lone(reader, at.scope, at.kind, &[], &after, AT_ONCE).await?;
        let Some(last) = rows.last() else { return Ok(named) };
        after.clone_from(&last.id);
        let ids: Vec<String> = rows.into_iter().map(|row| row.id).collect();
        let classes = classes(reader, at, &ids).await?;
        let shown = Shown::load(reader, at, &ids).await?;
        for id in &ids {
            let Some(matched) = classes.matched.get(id) else { continue };
            let sides = || sample(&shown, &classes.there, id, matched);
            match &matched.class {
                Class::None => found.only_here.add(sides),
                Class::Candidates(_) => found.candidates.add(sides),
                Class::Certain(name) => {
                    let differs = classes.there.get(name).map(|there| shown.differs(id, there));
                    found.differing += u64::from(differs.is_some_and(|differs| !differs.is_empty()));
                    found.certain.add(sides);
                }
            }
            named.extend(matched.ids().into_iter().cloned());
        }
    }
}

fn sample(
    shown: &Shown,
    there: &std::collections::HashMap<ExternalId, matching::There>,
    id: &str,
    matched: &Matched,
) -> MatchSample {
    let names = matched.ids();
    let first = names.first().and_then(|name| Some((*name, there.get(name)?)));
    MatchSample {
        here: shown.side(id),
        there: first.map(|(_, there)| MatchSide::there(shown.kind(), there)),
        of: names.len() as u64,
        by: first.and_then(|(name, _)| matched.by.get(name)).map(telling).unwrap_or_default(),
        differs: first.map(|(_, there)| shown.differs(id, there)).unwrap_or_default(),
    }
}

/// Counts the remote records that nothing here could be.
async fn count_there(
    reader: &mut Connection,
    at: At<'_>,
    named: &BTreeSet<ExternalId>,
    found: &mut Matching,
) -> Result<(), StoreError> {
    let mut after = (String::new(), String::new());
    loop {
        let from = (after.0.as_str(), after.1.as_str());
        let rows = matching::free_there(reader, at.scope, at.place(), None, from, AT_ONCE).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = (last.remote_type.clone(), last.external_id.clone());
        for row in rows.iter().filter(|row| name_of(row).is_none_or(|name| !named.contains(&name))) {
            found.only_there.add(|| MatchSample {
                here: None,
                there: Some(MatchSide::there(at.kind, row)),
                of: 0,
                by: Vec::new(),
                differs: Vec::new(),
            });
        }
    }
}
