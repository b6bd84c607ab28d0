//! What only a person can say: which record an unknown write made, whether a refused one is tried again, and whose value
//! counts where both sides were changed.

use std::time::Duration;

use jiff::Timestamp;
use metakocka::{DocumentType, Partner, Product};
use serde_json::Value;
use sync_core::intent::{Hit, PersonSaid, StateName};
use sync_core::record::RecordKind;
use sync_core::three_way::{Mergeable, OpenPart, Place as At, RecordMerge, Side};

use super::failure::Failure;
use super::meet::{self, Choice, Meeting, Site};
use super::outbound::dormant;
use super::page::{self, Arrived};
use super::push;
use super::views::instant;
use super::{replan, sendable, translate, whole};
use crate::access::{Role, TenantScope};
use crate::error::StateCode;
use crate::ids::is_id;
use crate::store::intents::{self, IntentRow};
use crate::store::links::{self, LinkRow};
use crate::store::mirror::{self, Place, Seen};
use crate::store::{StoreError, Tx, connections, contacts, jobs, records};
use crate::{Engine, EngineError};

/// Rows of the policy's table B whose three-way may begin without a base.
const LINKING: i64 = 14;
const CONFLICT: i64 = 22;
/// Questions of one list.
const AT_ONCE: i64 = 200;

/// A write of which nobody knows what became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWrite {
    /// The intent.
    pub id: String,
    /// Of what kind the record is.
    pub kind: RecordKind,
    /// The record here.
    pub record_id: String,
    /// Whether it makes a record there; else it changes one.
    pub creates: bool,
    /// Whether a person is asked; else it is still looked for by itself.
    pub asks: bool,
    /// What is known of why, for people.
    pub said: Option<String>,
    /// When it was begun.
    pub since: Timestamp,
    /// When it is looked for next.
    pub looks_at: Option<Timestamp>,
    /// From when "it was not stored" may be said.
    pub not_stored_from: Option<Timestamp>,
    /// Records there that could be it.
    pub candidates: Vec<Hit>,
}

/// What a person says about one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// "It is this one": the id of a candidate.
    ItIs(String),
    /// "It was not stored, send again." It is looked for once more first.
    NotStored,
}

/// Something of a record about which both sides disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// Names the place: `title`, `lines`, `line 2`, `line 2 amount`.
    pub place: String,
    /// What both sides last agreed on.
    pub base: Option<Value>,
    /// The value here.
    pub here: Option<Value>,
    /// The value there.
    pub there: Option<Value>,
    /// Whether it may be sent; else only the value there can be taken.
    pub sends: bool,
    /// Whether it may be taken.
    pub takes: bool,
}

/// What both sides of a record disagree about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The record's revision, on which the answer is given.
    pub revision: i64,
    /// Everything that is open.
    pub parts: Vec<Disagreement>,
}

/// Whose value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// What lies here; it is sent.
    Here,
    /// What lies there; it is taken.
    There,
}

impl Engine {
    /// The writes of which nobody knows what became, the longest waiting first.
    pub async fn unknown_writes(&self, scope: &TenantScope) -> Result<Vec<UnknownWrite>, EngineError> {
        let mut reader = self.db().read().await?;
        let rows = intents::open_questions(&mut reader, scope, AT_ONCE).await?;
        Ok(rows.into_iter().map(unknown_write).collect::<Result<_, _>>()?)
    }

    /// One of them; [`EngineError::NotFound`] when it was settled, or never was.
    pub async fn unknown_write(&self, scope: &TenantScope, id: &str) -> Result<UnknownWrite, EngineError> {
        let mut reader = self.db().read().await?;
        let found = if is_id(id) { intents::intent(&mut reader, scope, id).await? } else { None };
        let found = found.filter(|row| matches!(row.state.as_str(), "unknown" | "needs_person"));
        Ok(unknown_write(found.ok_or(EngineError::NotFound)?)?)
    }

    /// Takes what a person says about an unknown write and waits until that was acted on, but not longer than `patience`.
    /// Staff. [`StateCode::NotYet`]: that it was not stored may not be said yet, or not of this one.
    pub async fn settle(
        &self,
        scope: &TenantScope,
        id: &str,
        settlement: Settlement,
        patience: Duration,
    ) -> Result<(), EngineError> {
        scope.require(Role::Staff)?;
        let write = self.unknown_write(scope, id).await?;
        let said = self.said(&write, settlement)?;
        let mut tx = self.db().begin().await?;
        let row = intents::intent(&mut tx, scope, id).await?.ok_or(EngineError::NotFound)?;
        let now = self.now().as_microsecond();
        if !intents::say(&mut tx, scope, (id, row.version), &push::kept(said)?, now).await? {
            return Err(EngineError::NotFound);
        }
        let connection = connections::connection(self.db(), scope).await?;
        let connection = connection.ok_or_else(super::service::not_connected)?;
        let job = self.new_id();
        jobs::settle_at(&mut tx, scope, (&job, &connection.id), now, now).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.remote().wake();
        self.until_heard(scope, id, patience).await
    }

    fn said(&self, write: &UnknownWrite, settlement: Settlement) -> Result<PersonSaid, EngineError> {
        if !write.asks {
            let sentence = "It is still looked for by itself; you are asked when that does not find out.";
            return Err(EngineError::state(StateCode::NotYet, sentence));
        }
        match settlement {
            Settlement::ItIs(id) => {
                let hit = write.candidates.iter().find(|hit| hit.id.as_str() == id);
                let hit =
                    hit.ok_or_else(|| EngineError::invalid("metakockaId", "It is none of the candidates."))?;
                Ok(PersonSaid::ItIs { id: hit.id.clone(), number: hit.number.clone() })
            }
            Settlement::NotStored if write.not_stored_from.is_some_and(|from| self.now() < from) => {
                let sentence =
                    "It may still arrive in Metakocka; that it was not stored may not be said yet.";
                Err(EngineError::state(StateCode::NotYet, sentence))
            }
            Settlement::NotStored => Ok(PersonSaid::NotStored),
        }
    }

    async fn until_heard(
        &self,
        scope: &TenantScope,
        id: &str,
        patience: Duration,
    ) -> Result<(), EngineError> {
        let mut woken = self.remote().wake.subscribe();
        let heard = tokio::time::timeout(patience, async {
            loop {
                let mut reader = self.db().read().await?;
                let row = intents::intent(&mut reader, scope, id).await?;
                drop(reader);
                if row.is_none_or(|row| row.person_said.is_none()) {
                    return Ok(());
                }
                tokio::select! {
                    _ = woken.changed() => {}
                    () = tokio::time::sleep(Duration::from_millis(200)) => {}
                }
            }
        });
        heard.await.unwrap_or(Ok(()))
    }

    /// Has what Metakocka refused be sent again as it is, with the next push. Staff. How many records that were.
    pub async fn redrive(
        &self,
        scope: &TenantScope,
        kind: RecordKind,
        records: &[String],
    ) -> Result<u64, EngineError> {
        scope.require(Role::Staff)?;
        let mut tx = self.db().begin().await?;
        let mut driven = 0;
        for record in records.iter().filter(|record| is_id(record)) {
            if intents::redrive(&mut tx, scope, kind.as_str(), record).await? {
                replan::again(self, &mut tx, scope, kind, record).await?;
                driven += 1;
            }
        }
        tx.commit().await.map_err(StoreError::from)?;
        self.remote().wake();
        Ok(driven)
    }

    /// What both sides of a linked record disagree about; empty when they do not.
    pub async fn conflict(
        &self,
        scope: &TenantScope,
        kind: RecordKind,
        id: &str,
    ) -> Result<Conflict, EngineError> {
        let mut tx = self.db().begin().await?;
        let pair = self.pair(&mut tx, scope, kind, id).await?.ok_or(EngineError::NotFound)?;
        let parts = self.disagreements(&mut tx, scope, &pair).await.map_err(told)?;
        Ok(Conflict { revision: pair.revision, parts: parts.into_iter().map(|(part, _)| part).collect() })
    }

    /// Decides what both sides disagree about: each place that is named gets the value of the side that counts. Staff. What
    /// counts here is sent with the next push. [`EngineError::Stale`]: the record was edited since it was looked at.
    pub async fn resolve(
        &self,
        scope: &TenantScope,
        (kind, id): (RecordKind, &str),
        expected_revision: i64,
        answers: &[(String, Counts)],
    ) -> Result<(), EngineError> {
        scope.require(Role::Staff)?;
        let mut tx = self.db().begin().await?;
        let pair = self.pair(&mut tx, scope, kind, id).await?.ok_or(EngineError::NotFound)?;
        if pair.revision != expected_revision {
            return Err(EngineError::Stale { revision: pair.revision });
        }
        let parts = self.disagreements(&mut tx, scope, &pair).await.map_err(told)?;
        let choices = choices(&parts, answers)?;
        self.bring_together(&mut tx, scope, &pair, choices).await.map_err(told)?;
        replan::again(self, &mut tx, scope, kind, id).await?;
        replan::tell(self, &mut tx, scope, kind).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.remote().wake();
        Ok(())
    }

    pub(super) async fn pair(
        &self,
        tx: &mut Tx,
        scope: &TenantScope,
        kind: RecordKind,
        id: &str,
    ) -> Result<Option<Pair>, StoreError> {
        if !is_id(id) {
            return Ok(None);
        }
        let Some((connection, remote_type, link)) = links::of_record(tx, scope, kind.as_str(), id).await?
        else {
            return Ok(None);
        };
        let revision = records::revision(tx, scope, kind, id).await?;
        let place = Place { connection: &connection, kind: kind.as_str(), remote_type: &remote_type };
        let seen = mirror::seen(tx, scope, place, &link.external_id).await?;
        let (Some(revision), Some(seen)) = (revision, seen) else { return Ok(None) };
        Ok(Some(Pair { kind, connection, remote_type, link, seen, revision }))
    }

    /// Everything that is open, with the place by which it is decided.
    async fn disagreements(
        &self,
        tx: &mut Tx,
        scope: &TenantScope,
        pair: &Pair,
    ) -> Result<Vec<(Disagreement, At)>, Failure> {
        let site = self.site(scope, pair);
        Ok(match pair.kind {
            RecordKind::SalesDocument => {
                let (Some(local), Some((meeting, _))) =
                    (whole::load(scope, tx, &pair.link.record_id).await?, pair.document(Vec::new())?)
                else {
                    return Ok(Vec::new());
                };
                let rules = meet::rules(site, pair.kind, local.document.doc_type.is_booked()).await?;
                let mut parts = open_parts(&meeting.merge(&local.document, &rules));
                parts.extend(lines_in_question(&meeting));
                parts
            }
            RecordKind::Contact => {
                let stored = contacts::contact(tx, scope, &pair.link.record_id).await?;
                let (Some(stored), Some(meeting)) = (stored, pair.contact(Vec::new())?) else {
                    return Ok(Vec::new());
                };
                let rules = meet::rules(site, pair.kind, false).await?;
                open_parts(&meeting.merge(&stored.fields.contact()?, &rules))
            }
            RecordKind::Product => {
                let stored = sendable::one_product(tx, scope, &pair.link.record_id).await?;
                let (Some(stored), Some(meeting)) = (stored, pair.product(Vec::new())?) else {
                    return Ok(Vec::new());
                };
                let rules = meet::rules(site, pair.kind, false).await?;
                open_parts(&meeting.merge(&stored.fields.product(), &rules))
            }
        })
    }

    pub(super) async fn bring_together(
        &self,
        tx: &mut Tx,
        scope: &TenantScope,
        pair: &Pair,
        choices: Vec<Choice>,
    ) -> Result<(), Failure> {
        let site = self.site(scope, pair);
        match pair.kind {
            RecordKind::SalesDocument => match pair.document(choices)? {
                Some((meeting, read)) => Box::pin(meet::meet_document(site, tx, meeting, &read)).await,
                None => Ok(()),
            },
            RecordKind::Contact => match pair.contact(choices)? {
                Some(meeting) => meet::meet_contact(site, tx, meeting).await,
                None => Ok(()),
            },
            RecordKind::Product => match pair.product(choices)? {
                Some(meeting) => meet::meet_product(site, tx, meeting).await,
                None => Ok(()),
            },
        }
    }

    fn site<'a>(&'a self, scope: &'a TenantScope, pair: &'a Pair) -> Site<'a> {
        Site { engine: self, scope, connection: &pair.connection, run: None }
    }
}

/// A linked record with what was last read of it there.
pub(super) struct Pair {
    kind: RecordKind,
    connection: String,
    remote_type: String,
    link: LinkRow,
    seen: Seen,
    revision: i64,
}

impl Pair {
    fn differences(&self) -> meet::Differences {
        let kept = self.link.differences.as_deref();
        kept.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    fn meeting<R: serde::de::DeserializeOwned>(
        &self,
        remote: R,
        extras_hash: String,
        choices: Vec<Choice>,
    ) -> Result<Option<Meeting<'_, R>>, StoreError> {
        let base = meet::base(&self.link)?;
        // Without a base it is the first match (policy C, case 2), or a record that was just made there and is not read
        // back yet: that is nobody's question.
        if base.is_none() && !matches!(self.link.plan_row, Some(LINKING | CONFLICT)) {
            return Ok(None);
        }
        let (link, differences) = (&self.link, self.differences());
        Ok(Some(Meeting { link, base, remote, differences, extras_hash, write_ended_at: None, choices }))
    }

    #[expect(clippy::type_complexity, reason = "a meeting, and the read that it is about")]
    fn document(
        &self,
        choices: Vec<Choice>,
    ) -> Result<Option<(Meeting<'_, sync_core::record::SalesDocument>, Box<page::Read>)>, StoreError> {
        let Some(doc_type) = DocumentType::from_wire(&self.remote_type) else { return Ok(None) };
        let (id, raw) = (self.link.external_id.clone(), self.seen.raw.clone());
        let arrived = Arrived::of_raw(doc_type, id, raw, self.seen.read_at);
        let (_, extras) = page::hashes(&arrived);
        let Ok(read) = arrived.what else { return Ok(None) };
        let meeting = self.meeting(read.document.clone(), extras, choices)?;
        Ok(meeting.map(|meeting| (meeting, read)))
    }

    fn contact(
        &self,
        choices: Vec<Choice>,
    ) -> Result<Option<Meeting<'_, sync_core::record::Contact>>, StoreError> {
        let partner = Partner::from_json(&self.seen.raw).ok();
        let Some(Ok(remote)) = partner.map(|partner| translate::contact(&partner)) else { return Ok(None) };
        self.meeting(remote, String::new(), choices)
    }

    fn product(
        &self,
        choices: Vec<Choice>,
    ) -> Result<Option<Meeting<'_, sync_core::record::Product>>, StoreError> {
        let Ok(product) = Product::from_json(&self.seen.raw) else { return Ok(None) };
        self.meeting(translate::product(&product), String::new(), choices)
    }
}

fn open_parts<R: Mergeable>(merge: &RecordMerge<R>) -> Vec<(Disagreement, At)> {
    merge.open().into_iter().map(disagreement).collect()
}

fn disagreement(part: OpenPart) -> (Disagreement, At) {
    use sync_core::three_way::{LineConflict, OpenWhy, Why};
    let value = |value: Option<sync_core::three_way::FieldValue>| value.map(|value| value.json().clone());
    let forbidden = part.why == Why::Line(LineConflict::Forbidden);
    let shown = Disagreement {
        place: place_name(&part.place),
        base: value(part.base),
        here: value(part.local),
        there: value(part.remote),
        sends: part.why != Why::Field(OpenWhy::MayNotSend) && !forbidden,
        takes: part.why != Why::Field(OpenWhy::MayNotTake) && !forbidden,
    };
    (shown, part.place)
}

/// Lines that were not kept as they were sent are one question.
fn lines_in_question(meeting: &Meeting<'_, sync_core::record::SalesDocument>) -> Option<(Disagreement, At)> {
    let name = sync_core::three_way::FieldName::new(meet::LINES);
    let difference = meeting.differences.get(&name)?;
    let value =
        |value: &Option<sync_core::three_way::FieldValue>| value.as_ref().map(|one| one.json().clone());
    let shown = Disagreement {
        place: meet::LINES.to_owned(),
        base: None,
        here: value(&difference.sent),
        there: value(&difference.read_back),
        sends: true,
        takes: true,
    };
    Some((shown, At::Head(name)))
}

/// The name by which callers answer.
fn place_name(place: &At) -> String {
    match place {
        At::Head(name) => name.as_str().to_owned(),
        At::Line(line) => format!("line {}", line.number),
        At::LineField(line, name) => format!("line {} {}", line.number, name.as_str()),
    }
}

/// The answers, by place. Every answer has to be about something that is open, and possible.
fn choices(parts: &[(Disagreement, At)], answers: &[(String, Counts)]) -> Result<Vec<Choice>, EngineError> {
    let mut choices = Vec::with_capacity(answers.len());
    for (place, counts) in answers {
        let Some((shown, at)) = parts.iter().find(|(shown, _)| shown.place == *place) else {
            let sentence = format!("“{place}” is not open any more. Look again.");
            return Err(EngineError::invalid("place", sentence));
        };
        let (possible, side) = match counts {
            Counts::Here => (shown.sends, Side::Here),
            Counts::There => (shown.takes, Side::There),
        };
        if !possible {
            let sentence = format!("“{place}” can only be decided the other way.");
            return Err(EngineError::invalid("counts", sentence));
        }
        choices.push((at.clone(), side));
    }
    Ok(choices)
}

fn unknown_write(row: IntentRow) -> Result<UnknownWrite, StoreError> {
    let machine = dormant(&row.machine)?;
    let settles = machine.settles();
    let (candidates, from) = match machine.question() {
        Some((hits, from)) => (hits.to_vec(), Some(from)),
        None => (Vec::new(), settles.map(|settles| settles.asks_at)),
    };
    let at = |time: Option<sync_core::time::UtcMicros>| {
        time.map(|time| instant(time.0, "intents.machine")).transpose()
    };
    Ok(UnknownWrite {
        kind: row.kind.parse().map_err(|_| StoreError::Corrupt { column: "intents.kind" })?,
        id: row.id,
        record_id: row.record_id,
        creates: row.creates == 1,
        asks: machine.state() == StateName::NeedsPerson,
        said: row.said,
        since: instant(row.created_at, "intents.created_at")?,
        looks_at: at(settles.map(|settles| settles.looks_at))?,
        not_stored_from: at(from)?,
        candidates,
    })
}

/// What kept a meeting from taking place is our own store's trouble: nothing is asked of Metakocka here.
pub(super) fn told(failure: Failure) -> EngineError {
    match failure {
        Failure::Store(error) => EngineError::Store(error),
        _ => EngineError::Store(StoreError::Corrupt { column: "links.base" }),
    }
}
