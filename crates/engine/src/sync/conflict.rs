//! What both sides of a linked record disagree about, place by place, and bringing them together as a person chose
//! (policy C).

use std::collections::BTreeMap;

use jiff::civil::Date;
use metakocka::{DocumentType, Partner, Product as RemoteProduct};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sync_core::capabilities::{Locked, Subject};
use sync_core::money::TotalCheck;
use sync_core::plan::Direction;
use sync_core::record::{Contact, Product, RecordKind, SalesDocument};
use sync_core::three_way::{
    FieldName, FieldValue, LineConflict, Mergeable, MovingPart, OpenPart, OpenWhy, Place as At, RecordMerge,
    Rules, Side, Why, merge_record,
};

use super::failure::Failure;
use super::meet::{self, Choice, Meeting, Site};
use super::page::{self, Arrived};
use super::schedule::today;
use super::{notes, outgoing, replan, sendable, translate, whole};
use crate::access::{Role, TenantScope};
use crate::ids::is_id;
use crate::store::links::{self, LinkRow};
use crate::store::mirror::{self, Place, Seen};
use crate::store::{Connection, StoreError, Tx, contacts, records};
use crate::{Engine, EngineError};

/// The total of a document, where the lines come to another one than Metakocka books.
const TOTAL: &str = "total";
/// What only Metakocka fills in: nobody is told that it comes over.
const OF_THE_REMOTE: [&str; 2] = ["number", "booked"];
/// Characters of a content hash in what an answer names: enough that no two contents of one record are taken for one.
const SHORT_HASH: usize = 16;

/// Rows of the policy's table B whose three-way may begin without a base.
const LINKING: i64 = 14;
const CONFLICT: i64 = 22;

/// Something of a record about which both sides disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// Names the place: `title`, `lines`, `total`, `line 2`, `line 2 amount`.
    pub place: String,
    /// What both sides last agreed on.
    pub base: Option<Value>,
    /// The value here.
    pub here: Option<Value>,
    /// The value there.
    pub there: Option<Value>,
    /// Whether it may be sent: by direction, and by what Metakocka lets be changed.
    pub sends: bool,
    /// Whether it may be taken.
    pub takes: bool,
    /// Whether what lies here can be kept as a note when it is taken, because it can't be sent (policy row 22).
    pub notes: bool,
}

/// Something that changes, or was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceChange {
    /// Names the place, as in [`Disagreement::place`].
    pub place: String,
    /// The value before.
    pub from: Option<Value>,
    /// The value after.
    pub to: Option<Value>,
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
    /// What lies there; it is taken, and what lay here is kept in the internal notes, which are never sent.
    ThereWithNote,
}

impl Engine {
    /// What both sides of a linked record disagree about; empty when they do not.
    pub async fn conflict(
        &self,
        scope: &TenantScope,
        kind: RecordKind,
        id: &str,
    ) -> Result<Conflict, EngineError> {
        let mut reader = self.db().read().await?;
        let pair = self.pair(&mut reader, scope, kind, id).await?.ok_or(EngineError::NotFound)?;
        let parts = self.compared(&mut reader, scope, &pair).await.map_err(told)?.parts;
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
        self.decide_parts(&mut tx, scope, &pair, answers).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.remote().wake();
        Ok(())
    }

    /// Gives each place that is named the value of the side that counts, and plans the record again.
    pub(super) async fn decide_parts(
        &self,
        tx: &mut Tx,
        scope: &TenantScope,
        pair: &Pair,
        answers: &[(String, Counts)],
    ) -> Result<(), EngineError> {
        let parts = self.compared(tx, scope, pair).await.map_err(told)?.parts;
        self.keep_as_notes(tx, scope, pair, (&parts, answers)).await?;
        let is_total = |(at, _): &Choice| *at == At::Head(FieldName::new(TOTAL));
        let (total, choices): (Vec<Choice>, Vec<Choice>) =
            choices(&parts, answers)?.into_iter().partition(is_total);
        if !total.is_empty() {
            links::accept_total(tx, scope, &pair.link.id, &pair.seen.content_hash).await?;
        }
        if !choices.is_empty() {
            self.bring_together(tx, scope, pair, Terms::Chosen(choices)).await.map_err(told)?;
        }
        replan::again(self, tx, scope, pair.kind, &pair.link.record_id).await?;
        replan::tell(self, tx, scope, pair.kind).await?;
        Ok(())
    }

    /// Keeps what lies here, and is given up because it can't be sent, in the record's internal notes.
    async fn keep_as_notes(
        &self,
        tx: &mut Tx,
        scope: &TenantScope,
        pair: &Pair,
        (parts, answers): (&[Part], &[Answered]),
    ) -> Result<(), EngineError> {
        let noted = answers.iter().filter(|(_, counts)| *counts == Counts::ThereWithNote);
        let part = |(place, _): &Answered| parts.iter().find(|(shown, _)| shown.place == *place);
        let lines: Vec<String> =
            noted.filter_map(part).filter_map(|(shown, _)| note_of(shown, today(self))).collect();
        if lines.is_empty() {
            return Ok(());
        }
        let (kind, id) = (pair.kind, pair.link.record_id.as_str());
        let before = records::internal_notes(tx, scope, kind, id).await?;
        let after = before.iter().map(String::as_str).chain(lines.iter().map(String::as_str));
        let after: Vec<&str> = after.collect();
        notes::internal(self, tx, scope, (kind, id, pair.revision), Some(&after.join("\n"))).await?;
        Ok(())
    }

    /// A record with its link and what was last read of it there; none: it has no link, or was never read.
    pub(super) async fn pair(
        &self,
        tx: &mut Connection,
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

    /// Both sides, place by place.
    pub(super) async fn compared(
        &self,
        tx: &mut Connection,
        scope: &TenantScope,
        pair: &Pair,
    ) -> Result<Compared, Failure> {
        let (site, id) = (self.site(scope, pair), pair.link.record_id.as_str());
        let there = there(tx, scope, pair).await?;
        Ok(match pair.kind {
            RecordKind::SalesDocument => {
                let (Some(local), Some((mut meeting, read))) =
                    (whole::load(scope, tx, id).await?, pair.document(Vec::new())?)
                else {
                    return Ok(Compared::default());
                };
                meeting.there = there;
                let rules = meet::rules(site, pair.kind, local.document.doc_type.is_booked()).await?;
                let mut compared = Compared::of(&meeting, &local.document, &rules);
                compared.parts.extend(lines_in_question(&meeting));
                compared.parts.extend(pair.total_in_question(&read));
                compared
            }
            RecordKind::Contact => {
                let stored = contacts::contact(tx, scope, id).await?;
                let (Some(stored), Some(mut meeting)) = (stored, pair.contact(Vec::new())?) else {
                    return Ok(Compared::default());
                };
                meeting.there = there;
                let rules = meet::rules(site, pair.kind, false).await?;
                Compared::of(&meeting, &stored.fields.contact()?, &rules)
            }
            RecordKind::Product => {
                let stored = sendable::one_product(tx, scope, id).await?;
                let (Some(stored), Some(mut meeting)) = (stored, pair.product(Vec::new())?) else {
                    return Ok(Compared::default());
                };
                meeting.there = there;
                let rules = meet::rules(site, pair.kind, false).await?;
                Compared::of(&meeting, &stored.fields.product(), &rules)
            }
        })
    }

    /// Writes what the record here becomes, and what both sides agree on then.
    pub(super) async fn bring_together(
        &self,
        tx: &mut Tx,
        scope: &TenantScope,
        pair: &Pair,
        terms: Terms,
    ) -> Result<(), Failure> {
        let (site, id) = (self.site(scope, pair), pair.link.record_id.as_str());
        let (choices, takes_all) = match terms {
            Terms::Chosen(choices) => (choices, false),
            Terms::TheirsAll => (Vec::new(), true),
        };
        let there = if takes_all { None } else { there(tx, scope, pair).await? };
        match pair.kind {
            RecordKind::SalesDocument => {
                let Some((mut meeting, read)) = pair.document(choices)? else { return Ok(()) };
                meeting.there = there;
                if takes_all && let Some(local) = whole::load(scope, tx, id).await? {
                    meeting.take_theirs(local.document);
                }
                Box::pin(meet::meet_document(site, tx, meeting, &read)).await
            }
            RecordKind::Contact => {
                let Some(mut meeting) = pair.contact(choices)? else { return Ok(()) };
                meeting.there = there;
                if takes_all && let Some(stored) = contacts::contact(tx, scope, id).await? {
                    meeting.take_theirs(stored.fields.contact()?);
                }
                meet::meet_contact(site, tx, meeting).await
            }
            RecordKind::Product => {
                let Some(mut meeting) = pair.product(choices)? else { return Ok(()) };
                meeting.there = there;
                if takes_all && let Some(stored) = sendable::one_product(tx, scope, id).await? {
                    meeting.take_theirs(stored.fields.product());
                }
                meet::meet_product(site, tx, meeting).await
            }
        }
    }

    fn site<'a>(&'a self, scope: &'a TenantScope, pair: &'a Pair) -> Site<'a> {
        Site { engine: self, scope, connection: &pair.connection, run: None }
    }
}

/// What a record is there, and why it is locked, as far as what was last read of it tells (policy E).
async fn there(
    tx: &mut Connection,
    scope: &TenantScope,
    pair: &Pair,
) -> Result<Option<(Subject, Option<Locked>)>, StoreError> {
    Ok(match pair.kind {
        RecordKind::Contact => Some((Subject::Contact, None)),
        RecordKind::Product => Some((Subject::Product, None)),
        RecordKind::SalesDocument => {
            let doc_type = DocumentType::from_wire(&pair.remote_type);
            let local = sendable::document(tx, scope, &pair.link.record_id).await?;
            local.zip(doc_type).and_then(|((_, standing), doc_type)| standing.there(doc_type, &pair.seen.raw))
        }
    })
}

/// On which terms both sides are brought together.
pub(super) enum Terms {
    /// What is open gets what was chosen.
    Chosen(Vec<Choice>),
    /// Whatever Metakocka has is taken.
    TheirsAll,
}

/// A linked record with what was last read of it there.
pub(super) struct Pair {
    pub kind: RecordKind,
    pub connection: String,
    pub remote_type: String,
    pub link: LinkRow,
    pub seen: Seen,
    pub revision: i64,
}

impl Pair {
    /// What somebody who answers has looked at: the revision here, and the content there.
    pub(super) fn version(&self) -> String {
        let hash: String = self.seen.content_hash.chars().take(SHORT_HASH).collect();
        let gone = if self.seen.gone_at.is_some() { "-gone" } else { "" };
        format!("{}-{hash}{gone}", self.revision)
    }

    fn differences(&self) -> meet::Differences {
        let kept = self.link.differences.as_deref();
        kept.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    fn meeting<R: DeserializeOwned>(
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
        Ok(Some(Meeting {
            link,
            base,
            remote,
            differences,
            extras_hash,
            write_ended_at: None,
            choices,
            there: None,
        }))
    }

    #[expect(clippy::type_complexity, reason = "a meeting, and the read that it is about")]
    fn document(
        &self,
        choices: Vec<Choice>,
    ) -> Result<Option<(Meeting<'_, SalesDocument>, Box<page::Read>)>, StoreError> {
        let Some(doc_type) = DocumentType::from_wire(&self.remote_type) else { return Ok(None) };
        let (id, raw) = (self.link.external_id.clone(), self.seen.raw.clone());
        let arrived = Arrived::of_raw(doc_type, id, raw, self.seen.read_at);
        let (_, extras) = page::hashes(&arrived);
        let Ok(read) = arrived.what else { return Ok(None) };
        let meeting = self.meeting(read.document.clone(), extras, choices)?;
        Ok(meeting.map(|meeting| (meeting, read)))
    }

    fn contact(&self, choices: Vec<Choice>) -> Result<Option<Meeting<'_, Contact>>, StoreError> {
        let partner = Partner::from_json(&self.seen.raw).ok();
        let Some(Ok(remote)) = partner.map(|partner| translate::contact(&partner)) else { return Ok(None) };
        self.meeting(remote, String::new(), choices)
    }

    fn product(&self, choices: Vec<Choice>) -> Result<Option<Meeting<'_, Product>>, StoreError> {
        let Ok(product) = RemoteProduct::from_json(&self.seen.raw) else { return Ok(None) };
        self.meeting(translate::product(&product), String::new(), choices)
    }

    /// A total that nobody has taken yet. No field differs, so there is nothing that could be sent again.
    fn total_in_question(&self, read: &page::Read) -> Option<(Disagreement, At)> {
        let Some(TotalCheck::Different { computed, booked }) = &read.check else { return None };
        let hash = Some(self.seen.content_hash.as_str());
        if self.link.accepted_total.as_deref() == hash || self.link.remote_hash.as_deref() != hash {
            return None;
        }
        let shown = Disagreement {
            place: TOTAL.to_owned(),
            base: None,
            here: Some(Value::from(computed.gross.to_string())),
            there: Some(Value::from(booked.gross.to_string())),
            sends: false,
            takes: true,
            // What the lines come to can be added up again.
            notes: false,
        };
        Some((shown, At::Head(FieldName::new(TOTAL))))
    }
}

/// Something open, with the place by which it is decided.
type Part = (Disagreement, At);
/// What a person said about a place.
type Answered = (String, Counts);

/// Both sides of a record, place by place.
#[derive(Default)]
pub(super) struct Compared {
    /// What is open, with the place by which it is decided.
    pub parts: Vec<Part>,
    /// What is taken without being asked about.
    pub taken: Vec<PlaceChange>,
    /// What is sent without being asked about.
    pub sent: Vec<PlaceChange>,
    /// What was edited here since both sides agreed.
    pub edited_here: Vec<PlaceChange>,
    /// What was changed there since then.
    pub changed_there: Vec<PlaceChange>,
}

impl Compared {
    fn of<R: Mergeable>(meeting: &Meeting<'_, R>, local: &R, rules: &Rules) -> Self {
        let merge = meeting.merge(local, rules);
        let freely = Rules::for_direction(R::KIND, Direction::Both);
        let from_base = |local: &R, remote: &R| {
            merge_record(meeting.base.as_ref(), local, remote, &BTreeMap::new(), &freely)
        };
        // On the first match nothing was edited or changed since both sides agreed: they never did.
        let since =
            |changes: &dyn Fn(&R) -> Vec<PlaceChange>| meeting.base.as_ref().map(changes).unwrap_or_default();
        Self {
            parts: merge.open().into_iter().map(|part| disagreement(part, rules)).collect(),
            taken: moving(&merge, Side::There),
            sent: moving(&merge, Side::Here),
            edited_here: since(&|base| moving(&from_base(local, base), Side::Here)),
            changed_there: since(&|base| moving(&from_base(base, &meeting.remote), Side::There)),
        }
    }
}

/// What goes over to one side without being asked about.
pub(super) fn moving<R: Mergeable>(merge: &RecordMerge<R>, counts: Side) -> Vec<PlaceChange> {
    let change = |MovingPart { place, from, to }: MovingPart| PlaceChange {
        place: place_name(&place),
        from: json(from),
        to: json(to),
    };
    let parts = merge.moving(counts).into_iter().map(change);
    parts.filter(|change| !OF_THE_REMOTE.contains(&change.place.as_str())).collect()
}

fn json(value: Option<FieldValue>) -> Option<Value> {
    value.map(|value| value.json().clone())
}

fn disagreement(part: OpenPart, rules: &Rules) -> (Disagreement, At) {
    let forbidden = part.why == Why::Line(LineConflict::Forbidden);
    let rule = match &part.place {
        At::Head(name) | At::LineField(_, name) => rules.of(name),
        At::Line(_) => rules.default,
    };
    let sends = rule.sends && part.why != Why::Field(OpenWhy::MayNotSend) && !forbidden;
    // A line that may not be taken is left as it is; all others that are forbidden are so because they may not be sent.
    let takes = rule.takes && part.why != Why::Field(OpenWhy::MayNotTake);
    let here = json(part.local);
    let shown = Disagreement {
        place: place_name(&part.place),
        base: json(part.base),
        there: json(part.remote),
        sends,
        takes,
        notes: takes && !sends && here.is_some(),
        here,
    };
    (shown, part.place)
}

/// What is noted of a value that is given up; none: there is nothing to keep.
fn note_of(part: &Disagreement, day: Date) -> Option<String> {
    let here = part.here.as_ref().map(said).filter(|text| !text.is_empty())?;
    let place = outgoing::field_words(&part.place);
    Some(format!("{day}: {place} was “{here}” here and could not be sent to Metakocka."))
}

/// A value in one row: text as it is, of several fields those that are filled.
fn said(value: &Value) -> String {
    let all = |values: Vec<String>| {
        values.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
    };
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => all(values.iter().map(said).collect()),
        Value::Object(fields) => all(fields.values().map(said).collect()),
        other => other.to_string(),
    }
}

/// Lines that were not kept as they were sent are one question.
fn lines_in_question(meeting: &Meeting<'_, SalesDocument>) -> Option<(Disagreement, At)> {
    let name = FieldName::new(meet::LINES);
    let difference = meeting.differences.get(&name)?;
    let shown = Disagreement {
        place: meet::LINES.to_owned(),
        base: None,
        here: json(difference.sent.clone()),
        there: json(difference.read_back.clone()),
        sends: true,
        takes: true,
        notes: false,
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
            Counts::ThereWithNote => (shown.notes, Side::There),
        };
        if !possible {
            let sentence = format!("“{place}” can only be decided the other way.");
            return Err(EngineError::invalid("counts", sentence));
        }
        choices.push((at.clone(), side));
    }
    Ok(choices)
}

/// What kept a meeting from taking place is our own store's trouble: nothing is asked of Metakocka here.
pub(super) fn told(failure: Failure) -> EngineError {
    match failure {
        Failure::Store(error) => EngineError::Store(error),
        _ => EngineError::Store(StoreError::Corrupt { column: "links.base" }),
    }
}
