//! Reads all products or all partners: lists that have neither an order nor a time of change. Where Metakocka refuses the
//! list of all partners, the linked ones are read by their ids.

use std::collections::HashSet;

use futures::{StreamExt as _, stream};
use metakocka::{ListLimit, MkId, PartnerQuery, ProductQuery};
use sync_core::record::RecordKind;
use sync_core::time::UtcMicros;

use super::failure::{Failure, is_about_the_record};
use super::matching::look_ups;
use super::reading::Reading;
use super::run::Slicing;
use super::{notes, parties, replan};
use crate::Engine;
use crate::store::mirror::{self, MirrorRow, Place};
use crate::store::{StoreError, connections, links};

/// Partners that are read by their ids before others get their turn.
const PARTNERS_AT_ONCE: u64 = 50;
/// Calls in flight (design §6).
const CALLS_AT_ONCE: usize = 2;

/// Reads the list once, and again in every scan and whenever somebody looks for just this kind: for documents, later
/// records come by id with the documents that name them.
/// [`Failure::Stopped`] when others should get their turn.
pub(super) async fn scan(slicing: &mut Slicing<'_>, kind: RecordKind) -> Result<(), Failure> {
    let working = slicing.working;
    let feed =
        connections::feed(working.engine.db(), working.scope, &slicing.connection.id, kind.as_str()).await?;
    let is_asked_for = slicing.run.scans == 1 || slicing.kind == kind;
    if feed.watermark.is_some() && !is_asked_for {
        return Ok(());
    }
    let mut reading = Reading::open(slicing, kind.as_str()).await?;
    reading.standing.began.get_or_insert(UtcMicros(working.now()));
    let mut unwritten: Vec<MirrorRow> = Vec::new();
    let mut seen: HashSet<String> = HashSet::new();
    let mut next = Some(reading.standing.offset);
    let mut source = Source::List;
    while let Some(offset) = next {
        if slicing.pauses() {
            write(slicing, kind, unwritten).await?;
            reading.standing.offset = offset;
            reading.keep(slicing).await?;
            return Err(Failure::Stopped);
        }
        let read_at = slicing.working.now();
        let request = page(slicing.client.clone(), kind, offset, read_at);
        let (answer, written) = tokio::join!(
            async { if source == Source::List { request.await } else { Ok(Page::Refused) } },
            write(slicing, kind, std::mem::take(&mut unwritten)),
        );
        written?;
        if offset > reading.standing.offset {
            reading.standing.offset = offset;
            reading.keep(slicing).await?;
        }
        slicing.progressed = true;
        match answer? {
            Page::Rows(rows, after) => (unwritten, next) = (rows, after),
            // Documents bring the partners that they name; a look for partners alone asks for those that are linked.
            Page::Refused if slicing.kind != kind => next = None,
            Page::Refused => {
                source = Source::Ids;
                next = linked_partners(slicing, offset).await?;
                continue;
            }
        }
        let before = seen.len();
        seen.extend(unwritten.iter().map(|row| row.external_id.clone()));
        if next.is_some() && seen.len() == before {
            return Err(Failure::Nonsense {
                sentence: "Metakocka sends the same page of a list again and again.",
            });
        }
    }
    let lists_nobody = seen.is_empty() && unwritten.is_empty() && reading.standing.offset == 0;
    write(slicing, kind, unwritten).await?;
    if kind == RecordKind::Contact && lists_nobody {
        look_ups::ask_for(slicing).await?;
    }
    reading.end(slicing, true).await
}

/// Where partners are read from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    List,
    /// By the ids of those that are linked: the list is refused.
    Ids,
}

/// What a request for a page of a list brings.
enum Page {
    /// Its rows, and where the next page begins.
    Rows(Vec<MirrorRow>, Option<u64>),
    /// The list of all partners is not documented (`metakocka-api.md §3.1`), and refused.
    Refused,
}

async fn page(
    client: metakocka::Client,
    kind: RecordKind,
    offset: u64,
    read_at: i64,
) -> Result<Page, Failure> {
    if kind == RecordKind::Product {
        let query = ProductQuery { switches: parties::product_switches(), offset, ..ProductQuery::default() };
        let page =
            client.product_page(&query).await.map_err(Failure::remote("reading a page of products"))?;
        let next = page.next_offset();
        let rows = page.rows.iter().filter_map(|row| parties::product_row(row, read_at));
        return Ok(Page::Rows(rows.collect(), next));
    }
    match client.partner_page(offset, ListLimit::MAX).await {
        // "No partner with such properties" is the other way to refuse a list without conditions.
        Ok(page) if offset == 0 && page.rows.is_empty() => Ok(Page::Refused),
        Ok(page) => {
            let next = page.next_offset();
            let rows = page.rows.iter().filter_map(|row| parties::partner_row(row, read_at));
            Ok(Page::Rows(rows.collect(), next))
        }
        Err(error) if error.next() == metakocka::Next::Refused => Ok(Page::Refused),
        Err(error) => Err(Failure::remote("reading a page of partners")(error)),
    }
}

/// Reads some of the linked partners; where the next begin, if there are more.
async fn linked_partners(slicing: &Slicing<'_>, offset: u64) -> Result<Option<u64>, Failure> {
    let (db, scope) = (slicing.working.engine.db(), slicing.working.scope);
    let place = parties::place(slicing, RecordKind::Contact);
    let ids = links::external_ids(db, scope, place, (offset, PARTNERS_AT_ONCE)).await?;
    partners_by_id(slicing, &ids).await?;
    Ok((ids.len() as u64 == PARTNERS_AT_ONCE).then_some(offset + PARTNERS_AT_ONCE))
}

/// Reads partners by their ids and notes what is new about them. One that Metakocka does not hand over stays as it is.
pub(super) async fn partners_by_id(slicing: &Slicing<'_>, ids: &[String]) -> Result<(), Failure> {
    let engine = slicing.working.engine;
    let calls: Vec<_> = ids
        .iter()
        .filter_map(|id| MkId::parse(id).ok())
        .map(|id| read_partner(slicing.client.clone(), engine, id))
        .collect();
    let mut answers = stream::iter(calls).buffered(CALLS_AT_ONCE);
    let (mut rows, mut gone) = (Vec::new(), Vec::new());
    while let Some(answer) = answers.next().await {
        match answer? {
            Some((_, Some(row))) => rows.push(row),
            Some((id, None)) => gone.push(id.as_str().to_owned()),
            None => {}
        }
    }
    write(slicing, RecordKind::Contact, rows).await?;
    note_gone(slicing, gone).await
}

/// A partner as it is now, by its id; without a row it is gone. None: Metakocka says something else about it.
async fn read_partner(
    client: metakocka::Client,
    engine: &Engine,
    id: MkId,
) -> Result<Option<(MkId, Option<MirrorRow>)>, Failure> {
    let read_at = engine.now().as_microsecond();
    match client.get_partner(&PartnerQuery::ById(id.clone())).await {
        Ok(found) => Ok(Some((id, found.first().and_then(|row| parties::partner_row(row, read_at))))),
        Err(error) if is_about_the_record(&error) => Ok(None),
        Err(error) => Err(Failure::remote("reading a partner by its id")(error)),
    }
}

/// A read by its id that finds nobody proves that a partner is gone (policy A).
async fn note_gone(slicing: &Slicing<'_>, ids: Vec<String>) -> Result<(), Failure> {
    if ids.is_empty() {
        return Ok(());
    }
    let working = slicing.working;
    let place = parties::place(slicing, RecordKind::Contact);
    let links = links::of(working.engine.db(), working.scope, place, &ids).await?;
    let mut tx = working.begin().await?;
    for id in &ids {
        mirror::set_gone(&mut tx, working.scope, place, id, working.now()).await?;
    }
    for link in links.values().filter(|link| link.role == "primary") {
        replan::again(working.engine, &mut tx, working.scope, RecordKind::Contact, &link.record_id).await?;
    }
    tx.commit().await.map_err(StoreError::from)?;
    Ok(())
}

async fn write(slicing: &Slicing<'_>, kind: RecordKind, rows: Vec<MirrorRow>) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    let working = slicing.working;
    let (db, scope) = (working.engine.db(), working.scope);
    let place = Place { connection: &slicing.connection.id, kind: kind.as_str(), remote_type: "" };
    let ids: Vec<String> = rows.iter().map(|row| row.external_id.clone()).collect();
    let known = mirror::known(db, scope, place, &ids).await?;
    let links = links::of(db, scope, place, &ids).await?;
    let mut changed = Vec::new();
    let mut newer = Vec::new();
    for mut row in rows {
        let same = known.get(&row.external_id).is_some_and(|known| known.content_hash == row.content_hash);
        if same {
            continue;
        }
        if let Some(link) = links.get(&row.external_id) {
            if link.mode == "erased" {
                continue;
            }
            row.decision = None;
            // An alias is read, its content is not taken (policy F).
            if link.role == "alias" {
                changed.push(row);
                continue;
            }
            if link.remote_hash.as_deref() != Some(row.content_hash.as_str()) {
                newer.push(link.record_id.clone());
            }
        }
        changed.push(row);
    }
    if changed.is_empty() {
        return Ok(());
    }
    let mut tx = working.begin().await?;
    let known: Vec<&mirror::Known> = known.values().collect();
    notes::changed_there(slicing.noting(), &mut tx, place, &known, &changed).await?;
    mirror::put(&mut tx, scope, place, changed, working.now()).await?;
    for record in newer {
        replan::again(working.engine, &mut tx, scope, kind, &record).await?;
    }
    tx.commit().await.map_err(StoreError::from)?;
    Ok(())
}
