//! Settles a page of documents that arrived: compares it with the mirror and the links, decides each record, and, when
//! the run takes, brings what can be taken into the CRM, all in one transaction.
//!
//! What a record needs from the remote besides (its customer, its products) is fetched before that transaction begins:
//! none is open while a call is under way.

use std::collections::HashMap;

use metakocka::{Document, DocumentType, Row};
use sync_core::discovery::{WriteTimes, may_apply};
use sync_core::intent::Marker;
use sync_core::money::{TotalCheck, check_document};
use sync_core::record::{Canonical, DocumentExtras, SalesDocument, Unreadable, content_hash, extras_hash};
use sync_core::time::UtcMicros;

use super::alarms::{self, ask_about_twin};
use super::decide::{self, Decided, Take};
use super::failure::Failure;
use super::moved;
use super::notes;
use super::outgoing;
use super::parties::{self, Parties};
use super::pull::settled;
use super::run::{Slicing, announce};
use super::take;
use super::translate::{self, Translated};
use crate::store::links::{self, LinkRow};
use crate::store::matching::document_key;
use crate::store::mirror::{self, Known, MirrorRow, Place, StoredDecision};
use crate::store::runs::{self, Counts, Item, ItemRow};
use crate::store::{StoreError, Tx, intents, jobs};

/// What is to be done with a page.
pub(super) struct Batch {
    /// The type of its documents.
    pub doc_type: DocumentType,
    /// Whether what can be taken is taken.
    pub takes: bool,
    /// Places of the documents among the run's items, when they were planned before.
    pub positions: Option<HashMap<String, i64>>,
}

/// One document as it arrived.
pub(super) struct Arrived {
    /// The remote's id.
    pub id: String,
    /// What people know it by, as far as it could be read.
    pub number: String,
    /// As received.
    pub raw: String,
    /// When the request was sent that brought it.
    pub read_at: i64,
    /// What it says, or why it can't be read.
    pub what: Result<Box<Read>, Unreadable>,
}

/// What a document says.
pub(super) struct Read {
    /// What both sides compare.
    pub document: SalesDocument,
    /// Payments, links, issue.
    pub extras: DocumentExtras,
    /// Our sum of the lines against the booked total; none: nothing is booked yet.
    pub check: Option<TotalCheck>,
    /// Our sign, if it carries one: it was made from here, or copied from what was.
    pub marker: Option<Marker>,
}

impl Arrived {
    /// From a row of a reply; `asked` is the id that a read by id asked for. A row whose id cannot be read is told of like
    /// any other that cannot be read.
    pub(super) fn of_row(row: Row<Document>, read_at: i64, asked: Option<&str>) -> Self {
        match row {
            Row::Read(record) => Self {
                id: record.value.mk_id.as_str().to_owned(),
                number: record.value.number.clone().unwrap_or_default(),
                raw: record.raw.as_str().to_owned(),
                read_at,
                what: read(&record.value),
            },
            Row::Unreadable(bad) => Self {
                id: match (&bad.mk_id, asked) {
                    (Some(id), _) => id.as_str().to_owned(),
                    (None, Some(asked)) => asked.to_owned(),
                    (None, None) => id_of_nameless(bad.raw.as_str()),
                },
                number: bad.number.clone().unwrap_or_default(),
                raw: bad.raw.as_str().to_owned(),
                read_at,
                what: Err(Unreadable::new(bad.field.clone(), bad.sentence.clone())),
            },
        }
    }

    /// From what the mirror keeps.
    pub(super) fn of_raw(doc_type: DocumentType, id: String, raw: String, read_at: i64) -> Self {
        let (number, what) = match Document::from_json(doc_type, &raw) {
            Ok(document) => (document.number.clone().unwrap_or_default(), read(&document)),
            Err(bad) => (
                bad.number.clone().unwrap_or_default(),
                Err(Unreadable::new(bad.field.clone(), bad.sentence.clone())),
            ),
        };
        Self { id, number, raw, read_at, what }
    }
}

/// Stands for the id that a row does not tell: the same row has the same one in every look.
fn id_of_nameless(raw: &str) -> String {
    use blake2::digest::consts::U8;
    use blake2::{Blake2b, Digest};
    let digest = Blake2b::<U8>::digest(raw);
    format!("?{:016x}", digest.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte)))
}

fn read(document: &Document) -> Result<Box<Read>, Unreadable> {
    let marker = outgoing::marker_on(document);
    let Translated { document, extras } = translate::document(document)?;
    document.check()?;
    let check = check_document(&document).map_err(|error| Unreadable::new("lines", error.to_string()))?;
    Ok(Box::new(Read { document, extras, check, marker }))
}

/// A document with all that was known of it and what was decided.
pub(super) struct Settled {
    pub arrived: Arrived,
    pub known: Option<Known>,
    pub link: Option<LinkRow>,
    pub content_hash: String,
    pub extras_hash: String,
    pub decided: Decided,
    /// Why it is not taken although it could be: Metakocka does not hand over its customer or a product.
    pub held: Option<String>,
}

impl Settled {
    /// True when the mirror has to be written.
    fn differs(&self) -> bool {
        self.known.as_ref().is_none_or(|known| {
            known.content_hash != self.content_hash
                || known.extras_hash != self.extras_hash
                || known.gone_at.is_some()
                || known.suspected_gone_at.is_some()
        })
    }

    /// True when the decision has to be written.
    fn decides_anew(&self) -> bool {
        match (&self.link, &self.known) {
            (Some(link), _) => !link.says(&self.decided.stored()),
            (None, Some(known)) => known.plan_row != Some(self.decided.row),
            (None, None) => true,
        }
    }
}

/// Settles a page.
pub(super) async fn settle(
    slicing: &mut Slicing<'_>,
    batch: &Batch,
    arrived: Vec<Arrived>,
) -> Result<(), Failure> {
    let unsure = moved::follow_all(slicing, batch, &arrived).await?;
    let (unsure, arrived) = arrived.into_iter().partition(|one| unsure.contains(&one.id));
    let (settled, mut stale) = decide_all(slicing, batch, arrived).await?;
    stale.extend::<Vec<Arrived>>(unsure);
    let (takes, mut leaves): (Vec<Settled>, Vec<Settled>) =
        settled.into_iter().partition(|one| batch.takes && one.decided.take != Take::Nothing);
    let parties = parties::resolve(slicing, &takes).await?;
    let (takes, held) = hold_back(takes, &parties);
    leaves.extend(held);
    let quiet = leaves.iter().all(|one| !one.differs() && !one.decides_anew());
    if takes.is_empty() && quiet && batch.positions.is_none() {
        return Ok(());
    }
    write(slicing, batch, Page { takes, leaves, stale }, parties).await
}

/// Splits off the documents whose customer or product Metakocka does not hand over: they stay as they are and are tried
/// again by the next pull.
fn hold_back(takes: Vec<Settled>, parties: &Parties) -> (Vec<Settled>, Vec<Settled>) {
    let (mut go, mut held) = (Vec::new(), Vec::new());
    for mut one in takes {
        let why = one.arrived.what.as_ref().ok().and_then(|read| parties.declined(&read.document));
        if let Some(sentence) = why {
            one.held = Some(sentence);
            one.decided.take = Take::Nothing;
            held.push(one);
        } else {
            go.push(one);
        }
    }
    (go, held)
}

/// A page, sorted by what is done with it.
struct Page {
    takes: Vec<Settled>,
    leaves: Vec<Settled>,
    /// Read before our own last write, or perhaps known under another type: they say nothing now.
    stale: Vec<Arrived>,
}

/// Compares and decides, without writing anything.
async fn decide_all(
    slicing: &Slicing<'_>,
    batch: &Batch,
    arrived: Vec<Arrived>,
) -> Result<(Vec<Settled>, Vec<Arrived>), Failure> {
    let (db, scope) = (slicing.working.engine.db(), slicing.working.scope);
    let place = place(slicing, batch);
    let ids: Vec<String> = arrived.iter().map(|one| one.id.clone()).collect();
    let mut known = mirror::known(db, scope, place, &ids).await?;
    let mut links = links::of(db, scope, place, &ids).await?;
    let mut stale = Vec::new();
    let mut hashed: Vec<Hashed> = Vec::new();
    for one in arrived {
        let (known, link) = (known.remove(&one.id), links.remove(&one.id));
        if is_stale(&one, known.as_ref(), link.as_ref()) {
            stale.push(one);
            continue;
        }
        let (content, extras) = hashes(&one);
        hashed.push(Hashed { arrived: one, known, link, content, extras });
    }
    let subjects = hashed.iter().map(|one| (&one.arrived, one.link.as_ref()));
    let context = decide::Context::load(slicing, batch.doc_type, subjects).await?;
    let mut settled = Vec::with_capacity(hashed.len());
    for Hashed { arrived, known, link, content, extras } in hashed {
        if context.outbound(link.as_ref(), &content)?.is_open() {
            stale.push(arrived);
            continue;
        }
        let decided = context.decide(&arrived, link.as_ref(), &content)?;
        settled.push(Settled {
            arrived,
            known,
            link,
            content_hash: content,
            extras_hash: extras,
            decided,
            held: None,
        });
    }
    Ok((settled, stale))
}

/// A document with what is known of it, before it is decided.
struct Hashed {
    arrived: Arrived,
    known: Option<Known>,
    link: Option<LinkRow>,
    content: String,
    extras: String,
}

/// A read that was asked for before our last write of the record ended, or before a read that the mirror holds already,
/// says nothing (read instants, design §4).
fn is_stale(arrived: &Arrived, known: Option<&Known>, link: Option<&LinkRow>) -> bool {
    let asked = UtcMicros(arrived.read_at);
    let ended = link.and_then(|link| link.write_ended_at).map(UtcMicros);
    !may_apply(asked, WriteTimes { open: false, last_ended: ended })
        || known.is_some_and(|known| known.read_at > arrived.read_at)
}

pub(super) fn hashes(arrived: &Arrived) -> (String, String) {
    match &arrived.what {
        Ok(read) => {
            (content_hash(&read.document).as_str().to_owned(), extras_hash(&read.extras).as_str().to_owned())
        }
        // An unreadable record is the same as before when its text is.
        Err(unreadable) => (format!("unreadable {unreadable}"), String::new()),
    }
}

pub(super) fn place<'a>(slicing: &'a Slicing<'_>, batch: &Batch) -> Place<'a> {
    Place {
        connection: &slicing.connection.id,
        kind: slicing.kind.as_str(),
        remote_type: batch.doc_type.wire(),
    }
}

async fn write(
    slicing: &mut Slicing<'_>,
    batch: &Batch,
    page: Page,
    parties: Parties,
) -> Result<(), Failure> {
    let Page { takes, leaves, stale } = page;
    let calls = slicing.new_calls();
    let working = slicing.working;
    let now = working.now();
    let mut tx = working.begin().await?;
    parties.write(slicing, &mut tx, now).await?;
    write_mirror(slicing, batch, &takes, &leaves, &mut tx, now).await?;
    let mut items = take::all(slicing, batch, &mut tx, takes, &parties).await?;
    items.extend(left_items(batch, &leaves, now));
    items.extend(stale.iter().filter_map(|one| stale_item(batch, one, now)));
    let counts = Counts { calls, ..number(batch, &mut tx, slicing, &mut items).await? };
    conclude(slicing, tx, &items, counts).await
}

/// Writes what differs in the mirror, and the decisions of what is left as it is.
async fn write_mirror(
    slicing: &Slicing<'_>,
    batch: &Batch,
    takes: &[Settled],
    leaves: &[Settled],
    tx: &mut Tx,
    now: i64,
) -> Result<(), StoreError> {
    let scope = slicing.working.scope;
    let place = place(slicing, batch);
    let rows: Vec<MirrorRow> =
        takes.iter().chain(leaves).filter(|one| one.differs()).map(|one| mirror_row(batch, one)).collect();
    let known: Vec<&Known> =
        takes.iter().chain(leaves).filter(|one| one.differs()).filter_map(|one| one.known.as_ref()).collect();
    notes::changed_there(slicing.noting(), tx, place, &known, &rows).await?;
    mirror::put(tx, scope, place, rows, now).await?;
    let linked: Vec<String> = takes
        .iter()
        .filter(|one| one.link.is_none() && !one.differs())
        .map(|one| one.arrived.id.clone())
        .collect();
    mirror::decide(tx, scope, place, &linked, None).await?;
    for one in leaves.iter().filter(|one| one.decides_anew()) {
        decide_leaf(slicing, batch, tx, one).await?;
    }
    for one in leaves.iter().filter(|one| one.decided.row == decide::LATE_DUPLICATE_ROW) {
        ask_about_twin(slicing.working.engine, tx, scope, place, &one.arrived).await?;
    }
    take::refresh_extras(tx, scope, leaves, now).await
}

/// Stores what was decided about a document that is left as it is; when somebody has edited it here since, what is true
/// of it now.
async fn decide_leaf(
    slicing: &Slicing<'_>,
    batch: &Batch,
    tx: &mut Tx,
    one: &Settled,
) -> Result<(), StoreError> {
    let (scope, decision) = (slicing.working.scope, one.decided.stored());
    let Some(link) = &one.link else {
        // Where the mirror row differs, the decision was written with it.
        let ids = if one.differs() { &[] } else { std::slice::from_ref(&one.arrived.id) };
        return mirror::decide(tx, scope, place(slicing, batch), ids, Some(decision)).await;
    };
    if links::decide(tx, scope, &link.id, link.revision, decision).await? {
        return Ok(());
    }
    take::decide_edited(slicing, batch, tx, (one, link)).await
}

/// A mirror row carries the decision only while no link exists; what is taken gets its link in this transaction.
fn mirror_row(batch: &Batch, one: &Settled) -> MirrorRow {
    let keeps_decision = one.link.is_none() && !(batch.takes && one.decided.take != Take::Nothing);
    let decision = keeps_decision.then(|| one.decided.stored());
    row_of(batch.doc_type, &one.arrived, (one.content_hash.clone(), one.extras_hash.clone()), decision)
}

/// A document as the mirror keeps it, with the hashes of what both sides compare and of the rest.
pub(super) fn row_of(
    doc_type: DocumentType,
    arrived: &Arrived,
    (content_hash, extras_hash): (String, String),
    decision: Option<StoredDecision>,
) -> MirrorRow {
    let shown = arrived.what.as_ref().ok();
    let document = shown.map(|read| &read.document);
    let day = document.map(|document| document.dates.document.to_string());
    MirrorRow {
        external_id: arrived.id.clone(),
        number: arrived.number.clone(),
        name: document.map(|document| document.customer.name.clone()).unwrap_or_default(),
        list_key: day.clone().unwrap_or_default(),
        day,
        partner_id: document.and_then(|d| d.customer.external_id.as_ref()).map(|id| id.as_str().to_owned()),
        total: document.and_then(|d| d.booked.as_ref()).map(|booked| booked.gross.to_string()),
        currency: document.map(|document| document.currency.as_str().to_owned()),
        detail: "{}".to_owned(),
        match_code: document.map(document_key),
        match_marker: shown.and_then(|read| Some(read.marker.as_ref()?.as_str().to_owned())),
        raw: arrived.raw.clone(),
        content: document.map(canonical_json),
        content_hash,
        extras_hash,
        open: shown.is_some_and(|read| is_open(doc_type, read)),
        unreadable: arrived.what.as_ref().err().map(ToString::to_string),
        read_at: arrived.read_at,
        decision,
        ..MirrorRow::default()
    }
}

/// An unpaid bill, or an offer: what looks read again because no filter tells that it changed.
fn is_open(doc_type: DocumentType, read: &Read) -> bool {
    doc_type == DocumentType::Offer || (doc_type.is_bill() && read.extras.paid_in_full_on.is_none())
}

fn canonical_json(document: &SalesDocument) -> String {
    // A record is a plain struct and always serialises.
    serde_json::to_string(&document.canonical()).unwrap_or_default()
}

/// What is told of records that were asked for by name and not taken.
fn left_items(batch: &Batch, leaves: &[Settled], now: i64) -> Vec<Item> {
    let Some(positions) = &batch.positions else { return Vec::new() };
    let mut items = Vec::new();
    for one in leaves {
        let Some(position) = positions.get(&one.arrived.id) else { continue };
        let (outcome, code) = match one.held {
            Some(_) => ("failed", Some("refused")),
            None => one.decided.outcome(),
        };
        items.push(Item {
            position: *position,
            remote_type: batch.doc_type.wire().to_owned(),
            external_id: one.arrived.id.clone(),
            label: one.arrived.number.clone(),
            record_id: one.link.as_ref().map(|link| link.record_id.clone()),
            outcome: Some(outcome),
            code,
            sentence: one.held.clone().or_else(|| one.decided.detail.clone()),
            advice: one.decided.advice().map(str::to_owned),
            finished_at: Some(now),
        });
    }
    items
}

/// A record that our own write has just changed is read again by the next look.
fn stale_item(batch: &Batch, one: &Arrived, now: i64) -> Option<Item> {
    let position = batch.positions.as_ref()?.get(&one.id)?;
    Some(Item {
        position: *position,
        remote_type: batch.doc_type.wire().to_owned(),
        external_id: one.id.clone(),
        label: one.number.clone(),
        record_id: None,
        outcome: Some("skipped"),
        code: Some("changed_meanwhile"),
        sentence: Some("It was written in this moment; the next look reads it again.".to_owned()),
        advice: None,
        finished_at: Some(now),
    })
}

/// Gives new items their places and counts the outcomes. Planned items were counted in the total when they were planned.
async fn number(
    batch: &Batch,
    tx: &mut Tx,
    slicing: &Slicing<'_>,
    items: &mut [Item],
) -> Result<Counts, StoreError> {
    let mut counts = Counts::default();
    if batch.positions.is_none() && !items.is_empty() {
        let first = runs::next_position(tx, slicing.working.scope, &slicing.run.id).await?;
        for (position, item) in (first..).zip(items.iter_mut()) {
            item.position = position;
        }
        counts.total = i64::try_from(items.len()).unwrap_or(i64::MAX);
    }
    count(items, &mut counts);
    Ok(counts)
}

/// Counts the outcomes.
pub(super) fn count(items: &[Item], counts: &mut Counts) {
    for item in items {
        match item.outcome {
            Some("created") => counts.created += 1,
            Some("updated") => counts.updated += 1,
            Some("unchanged") => counts.unchanged += 1,
            Some("review") => counts.review += 1,
            Some("skipped") => counts.skipped += 1,
            _ => counts.failed += 1,
        }
    }
}

/// Notes that a read of its id proved a document to be gone: what is here stays, and a person decides (row 23). One that
/// was never taken waits no longer.
pub(super) async fn gone(slicing: &mut Slicing<'_>, batch: &Batch, id: &str) -> Result<(), Failure> {
    let calls = slicing.new_calls();
    let working = slicing.working;
    let (scope, now) = (working.scope, working.now());
    let place = place(slicing, batch);
    let ids = [id.to_owned()];
    let link = links::of(working.engine.db(), scope, place, &ids).await?.remove(id);
    let mut tx = working.begin().await?;
    mirror::set_gone(&mut tx, scope, place, id, now).await?;
    match link {
        Some(link) => {
            let decision = decide::gone(slicing, batch.doc_type, &link).await?;
            links::decide(&mut tx, scope, &link.id, None, decision).await?;
        }
        None => mirror::decide(&mut tx, scope, place, &ids, None).await?,
    }
    let twin = alarms::detail_of(place.remote_type, id);
    intents::end_duplicate(&mut tx, scope, &twin, intents::TwinAnswer::Gone, now).await?;
    let counts = Counts { calls, ..Counts::default() };
    runs::add(&mut tx, scope, &slicing.run.id, &counts).await?;
    announce(&mut tx, scope, &slicing.run.id, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    working.engine.remote().wake();
    Ok(())
}

/// Settles items that have no record to take.
pub(super) async fn refuse(
    slicing: &mut Slicing<'_>,
    items: Vec<ItemRow>,
    code: &'static str,
    sentence: &str,
) -> Result<(), Failure> {
    let calls = slicing.new_calls();
    let working = slicing.working;
    let now = working.now();
    let failed = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let items: Vec<Item> =
        items.into_iter().map(|item| settled(item, "failed", code, sentence, now)).collect();
    let tx = working.begin().await?;
    conclude(slicing, tx, &items, Counts { failed, calls, ..Counts::default() }).await
}

/// Notes what came of planned items and what it cost, tells the browsers, and commits.
pub(super) async fn conclude(
    slicing: &Slicing<'_>,
    mut tx: Tx,
    items: &[Item],
    counts: Counts,
) -> Result<(), Failure> {
    let (working, run) = (slicing.working, slicing.run.id.as_str());
    runs::put_items(&mut tx, working.scope, run, items).await?;
    if !counts.is_zero() {
        runs::add(&mut tx, working.scope, run, &counts).await?;
        jobs::progressed(&mut tx, working.claim).await?;
        announce(&mut tx, working.scope, run, working.now()).await?;
    }
    tx.commit().await.map_err(StoreError::from)?;
    working.engine.remote().wake();
    Ok(())
}
