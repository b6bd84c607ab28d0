//! What a person is asked: which remote record is this one (rows 10, 14 and 15), and what follows from the answer.

use std::collections::{BTreeMap, BTreeSet};

use sync_core::matching::{Class, Key, KeyKind};
use sync_core::record::{ExternalId, RecordKind};

use super::classes::{At, Classes, carriers_here, classes, keys_there};
use super::documents::Customers;
use super::link::{self, link};
use super::settle::{self, CLAIMED, Settling};
use super::shown::{MatchField, MatchSide, Shown, telling};
use crate::access::{Role, TenantScope};
use crate::error::StateCode;
use crate::ids::is_id;
use crate::store::connections;
use crate::store::matching::{self, There};
use crate::store::mirror::Place;
use crate::store::{Connection, StoreError, Tx, links, records};
use crate::sync::conflict::told;
use crate::sync::lone::{self, CERTAIN, Known};
use crate::sync::outbound::{self, stands_on};
use crate::sync::replan;
use crate::sync::service::not_connected;
use crate::{Engine, EngineError};

/// Questions of one list.
const MOST: usize = 200;
/// Row of a record that a person has to be asked about.
const ASKED: i64 = 15;

/// A record of which somebody has to say which one it is over there, in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchBrief {
    /// Of which kind.
    pub kind: RecordKind,
    /// The record here.
    pub record: MatchSide,
    /// How many remote records it could be.
    pub candidates: u64,
    /// It is linked already: asked is whether the others are the same customer too.
    pub is_linked: bool,
}

/// The question about one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchQuestion {
    /// Of which kind.
    pub kind: RecordKind,
    /// The record here.
    pub record: MatchSide,
    /// The remote record that it is linked to already.
    pub linked_to: Option<MatchSide>,
    /// The remote records that it could be; empty: nothing is to be answered any more.
    pub candidates: Vec<MatchCandidate>,
}

/// A remote record that one here could be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchCandidate {
    /// It.
    pub there: MatchSide,
    /// What both have in common.
    pub by: Vec<KeyKind>,
    /// It is certain: without an answer it is linked by the next run that needs it.
    pub is_certain: bool,
    /// Everything that both say.
    pub fields: Vec<MatchField>,
    /// Fields of which a person is asked next when it is this one, in words.
    pub differs: Vec<String>,
}

/// What a person says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MatchAnswer {
    /// It is this one: they are linked.
    ItIs(RemoteKey),
    /// It is another row of the same customer: documents find the contact by it, its content is not taken.
    AnotherRow(RemoteKey),
    /// It is none of these remote records, and is not asked about them again. Empty: none of all that could be.
    NoneOf(Vec<RemoteKey>),
}

/// A remote record, by type and id; contacts and products have no type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RemoteKey {
    /// Metakocka's document type, or empty.
    pub remote_type: String,
    /// Metakocka's id.
    pub id: String,
}

/// A record with everything that it could be.
struct Asked {
    classes: Classes,
    is_linked: bool,
}

impl Asked {
    /// The remote records that can be an answer, the most telling first.
    fn candidates(&self, at: At<'_>, record: &str) -> Vec<(&There, &BTreeSet<KeyKind>)> {
        let Some(matched) = self.classes.matched.get(record) else { return Vec::new() };
        let counts = |kinds: &BTreeSet<KeyKind>| {
            !self.is_linked || kinds.iter().any(|kind| settle::is_telling(at.kind, *kind))
        };
        let mut found: Vec<_> = matched
            .by
            .iter()
            .filter(|(_, kinds)| counts(kinds))
            .filter_map(|(name, kinds)| Some((self.classes.there.get(name)?, kinds)))
            .collect();
        found.sort_by_key(|(there, kinds)| {
            (kinds.first().copied(), there.external_id.len(), there.external_id.clone())
        });
        found
    }

    fn find(&self, at: At<'_>, record: &str, key: &RemoteKey) -> Option<There> {
        let found = self.candidates(at, record).into_iter();
        let mut found = found.filter(|(there, _)| {
            there.external_id == key.id
                && (key.remote_type.is_empty() || there.remote_type == key.remote_type)
        });
        found.next().map(|(there, _)| there.clone())
    }
}

impl Engine {
    /// The records of which somebody has to say which one they are over there; none: of every kind.
    pub async fn match_questions(
        &self,
        scope: &TenantScope,
        kind: Option<RecordKind>,
    ) -> Result<Vec<MatchBrief>, EngineError> {
        let connection = connections::connection(self.db(), scope).await?.ok_or_else(not_connected)?;
        let mut reader = self.db().read().await?;
        let mut found = Vec::new();
        for one in RecordKind::ALL.into_iter().filter(|one| kind.is_none_or(|kind| kind == *one)) {
            let at = At { scope, connection: &connection.id, kind: one };
            found.extend(lone_questions(&mut reader, at).await?);
            found.extend(twin_questions(&mut reader, at).await?);
        }
        found.truncate(MOST);
        Ok(found)
    }

    /// The question about one record. [`EngineError::NotFound`]: there is no such record.
    pub async fn match_question(
        &self,
        scope: &TenantScope,
        kind: RecordKind,
        id: &str,
    ) -> Result<MatchQuestion, EngineError> {
        let connection = connections::connection(self.db(), scope).await?.ok_or_else(not_connected)?;
        let at = At { scope, connection: &connection.id, kind };
        let mut reader = self.db().read().await?;
        if !is_id(id) || records::decision(&mut reader, scope, kind, id).await?.is_none() {
            return Err(EngineError::NotFound);
        }
        let asked = asked(&mut reader, at, id).await?;
        let shown = Shown::load(&mut reader, at, &[id.to_owned()]).await?;
        let certain = matches!(asked.classes.matched.get(id).map(|one| &one.class), Some(Class::Certain(_)));
        let candidates = asked.candidates(at, id);
        let is_certain = certain && candidates.len() == 1;
        let candidates = candidates.into_iter().map(|(there, kinds)| MatchCandidate {
            there: MatchSide::there(kind, there),
            by: telling(kinds),
            is_certain,
            fields: shown.fields(id, there),
            differs: shown.differs(id, there),
        });
        Ok(MatchQuestion {
            kind,
            record: shown.side(id).ok_or(EngineError::NotFound)?,
            candidates: candidates.collect(),
            linked_to: linked_to(&mut reader, at, id).await?,
        })
    }

    /// Takes what a person says about a record. Staff. Nothing is sent to Metakocka by it.
    /// [`StateCode::MatchingNotConfirmed`]: the owner comes first; [`StateCode::NotYet`]: the record is on its way.
    pub async fn answer_match(
        &self,
        scope: &TenantScope,
        (kind, id): (RecordKind, &str),
        answer: &MatchAnswer,
    ) -> Result<(), EngineError> {
        scope.require(Role::Staff)?;
        let connection = connections::connection(self.db(), scope).await?.ok_or_else(not_connected)?;
        self.check_confirmed(scope, &connection, kind).await?;
        let at = At { scope, connection: &connection.id, kind };
        let mut tx = self.db().begin().await?;
        if !is_id(id) || records::decision(&mut tx, scope, kind, id).await?.is_none() {
            return Err(EngineError::NotFound);
        }
        on_its_way(&mut tx, at, id).await?;
        let asked = asked(&mut tx, at, id).await?;
        match answer {
            MatchAnswer::ItIs(key) => self.it_is(&mut tx, at, id, (&asked, key)).await?,
            MatchAnswer::AnotherRow(key) => self.another_row(&mut tx, at, id, (&asked, key)).await?,
            MatchAnswer::NoneOf(keys) => {
                self.none_of(&mut tx, at, id, (&asked, keys)).await?;
            }
        }
        replan::tell(self, &mut tx, scope, kind).await?;
        tx.commit().await.map_err(StoreError::from)?;
        settle::release(Settling { engine: self, working: None }, at).await?;
        self.remote().wake();
        Ok(())
    }

    async fn it_is(
        &self,
        tx: &mut Tx,
        at: At<'_>,
        id: &str,
        (asked, key): (&Asked, &RemoteKey),
    ) -> Result<(), EngineError> {
        if asked.is_linked {
            let sentence = "This record is linked to another one already.";
            return Err(EngineError::invalid("metakockaId", sentence));
        }
        let there = asked.find(at, id, key).ok_or_else(no_candidate)?;
        let remote = (there.remote_type.as_str(), there.external_id.as_str());
        if !Box::pin(link(self, tx, at, id, remote)).await.map_err(told)? {
            return Err(no_candidate());
        }
        self.around(tx, at, &[there]).await
    }

    async fn another_row(
        &self,
        tx: &mut Tx,
        at: At<'_>,
        id: &str,
        (asked, key): (&Asked, &RemoteKey),
    ) -> Result<(), EngineError> {
        if at.kind != RecordKind::Contact {
            return Err(EngineError::invalid("answer", "Only contacts have further rows in Metakocka."));
        }
        if !asked.is_linked {
            let sentence = "Say first which record in Metakocka this contact is; the others can follow then.";
            return Err(EngineError::invalid("answer", sentence));
        }
        let there = asked.find(at, id, key).ok_or_else(no_candidate)?;
        let name = Shown::load(tx, at, &[id.to_owned()]).await?.side(id).map(|side| side.name);
        let of = (id, name.as_deref().unwrap_or_default());
        if !link::add_alias(self, tx, at, of, &there.external_id).await? {
            return Err(no_candidate());
        }
        self.around(tx, at, &[there]).await
    }

    async fn none_of(
        &self,
        tx: &mut Tx,
        at: At<'_>,
        id: &str,
        (asked, keys): (&Asked, &[RemoteKey]),
    ) -> Result<(), EngineError> {
        let all = || asked.candidates(at, id).into_iter().map(|(there, _)| there.clone()).collect();
        let refused: Vec<There> = match keys {
            [] => all(),
            keys => {
                let found = keys.iter().map(|key| asked.find(at, id, key).ok_or_else(no_candidate));
                found.collect::<Result<_, _>>()?
            }
        };
        let mut by_type: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for there in &refused {
            by_type.entry(&there.remote_type).or_default().push(there.external_id.clone());
        }
        let now = self.now().as_microsecond();
        for (remote_type, ids) in by_type {
            let place = Place { connection: at.connection, kind: at.kind.as_str(), remote_type };
            matching::refuse(tx, at.scope, place, id, &ids, now).await?;
        }
        replan::again(self, tx, at.scope, at.kind, id).await?;
        self.around(tx, at, &refused).await?;
        self.come(tx, at, &refused).await
    }

    /// Decides the records again that could have been one of these remote ones too.
    async fn around(&self, tx: &mut Tx, at: At<'_>, rows: &[There]) -> Result<(), EngineError> {
        let all: Vec<&There> = rows.iter().collect();
        let customers = Customers::of_remote(tx, at, &all).await?;
        let keys: Vec<Key> = rows.iter().flat_map(|row| keys_there(at.kind, row, &customers)).collect();
        let wanted: BTreeSet<&Key> = keys.iter().collect();
        let here = carriers_here(tx, at, &wanted, &customers).await?;
        let Some(known) = Known::load(self.db(), at).await? else { return Ok(()) };
        let ids: BTreeSet<&String> = here.values().flatten().collect();
        for id in ids {
            if let Some(row) = matching::lone_one(tx, at.scope, at.kind, id).await? {
                lone::decide_rows(tx, at, &[row], &known).await?;
            }
        }
        Ok(())
    }

    /// Lets remote records come that nobody here could be any more: a customer of documents that are here already gets its
    /// contact at once, a document can be taken.
    async fn come(&self, tx: &mut Tx, at: At<'_>, rows: &[There]) -> Result<(), EngineError> {
        let claims = settle::claims(tx, at, rows).await?;
        for there in rows {
            let claimed =
                super::classes::name_of(there).is_some_and(|name: ExternalId| claims.contains_key(&name));
            if claimed {
                continue;
            }
            match at.kind {
                RecordKind::SalesDocument => {
                    let of = (there.remote_type.as_str(), there.external_id.as_str());
                    replan::alone(self, tx, at.scope, of).await?;
                }
                _ if link::is_named(tx, at, &there.external_id).await? => {
                    link::make_local(self, tx, at, &there.external_id).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn no_candidate() -> EngineError {
    EngineError::invalid("metakockaId", "It is none of the candidates any more. Look again.")
}

/// A record that is being sent, or whose outcome is not known, has another question first.
async fn on_its_way(tx: &mut Tx, at: At<'_>, id: &str) -> Result<(), EngineError> {
    let standing = stands_on(None, None);
    if outbound::one(tx, at.scope, (at.kind, id), &standing).await?.is_open() {
        let sentence = "This record is on its way to Metakocka. Answer again when that has ended.";
        return Err(EngineError::state(StateCode::NotYet, sentence));
    }
    Ok(())
}

async fn asked(connection: &mut Connection, at: At<'_>, id: &str) -> Result<Asked, StoreError> {
    let ids = [id.to_owned()];
    let is_linked = !records::linked(connection, at.scope, at.kind, &ids).await?.is_empty();
    Ok(Asked { classes: classes(connection, at, &ids).await?, is_linked })
}

/// What a record is linked to.
async fn linked_to(
    connection: &mut Connection,
    at: At<'_>,
    id: &str,
) -> Result<Option<MatchSide>, StoreError> {
    let Some((_, remote_type, link)) = links::of_record(connection, at.scope, at.kind.as_str(), id).await?
    else {
        return Ok(None);
    };
    let there =
        matching::one_there(connection, at.scope, at.place(), (&remote_type, &link.external_id)).await?;
    Ok(there.map(|there| MatchSide::there(at.kind, &there)))
}

/// Records without a link of which a person has to say what they are.
async fn lone_questions(connection: &mut Connection, at: At<'_>) -> Result<Vec<MatchBrief>, StoreError> {
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    let rows = matching::lone(connection, at.scope, at.kind, &[CERTAIN, ASKED], "", most).await?;
    let ids: Vec<String> = rows.into_iter().map(|row| row.id).collect();
    let classes = classes(connection, at, &ids).await?;
    briefs(connection, at, &ids, |id| classes.matched.get(id).map_or(0, |matched| matched.by.len() as u64))
        .await
        .map(|found| found.into_iter().filter(|brief| brief.candidates > 0).collect())
}

/// Linked records that a remote one waits for, which could be the same.
async fn twin_questions(connection: &mut Connection, at: At<'_>) -> Result<Vec<MatchBrief>, StoreError> {
    if at.kind == RecordKind::SalesDocument {
        return Ok(Vec::new());
    }
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    let rows = matching::free_there(connection, at.scope, at.place(), Some(CLAIMED), ("", ""), most).await?;
    let mut twins: BTreeMap<String, u64> = BTreeMap::new();
    for id in settle::claims(connection, at, &rows).await?.into_values().flatten() {
        *twins.entry(id).or_default() += 1;
    }
    let ids: Vec<String> = twins.keys().cloned().collect();
    let linked = records::linked(connection, at.scope, at.kind, &ids).await?;
    let found = briefs(connection, at, &linked, |id| twins.get(id).copied().unwrap_or(0)).await?;
    Ok(found.into_iter().map(|brief| MatchBrief { is_linked: true, ..brief }).collect())
}

async fn briefs(
    connection: &mut Connection,
    at: At<'_>,
    ids: &[String],
    candidates: impl Fn(&str) -> u64,
) -> Result<Vec<MatchBrief>, StoreError> {
    let shown = Shown::load(connection, at, ids).await?;
    let brief = |id: &String| {
        let record = shown.side(id)?;
        Some(MatchBrief { kind: at.kind, record, candidates: candidates(id), is_linked: false })
    };
    Ok(ids.iter().filter_map(brief).collect())
}
