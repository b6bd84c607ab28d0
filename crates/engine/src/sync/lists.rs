//! Reads all products or all partners: lists that have neither an order nor a time of change.

use std::collections::HashSet;

use metakocka::{ListLimit, ProductQuery};
use sync_core::record::RecordKind;
use sync_core::time::UtcMicros;

use super::failure::Failure;
use super::matching::look_ups;
use super::reading::Reading;
use super::run::Slicing;
use super::{notes, parties};
use crate::store::mirror::{self, MirrorRow, Place};
use crate::store::{StoreError, connections, links};

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
    while let Some(offset) = next {
        if slicing.pauses() {
            write(slicing, kind, unwritten).await?;
            reading.standing.offset = offset;
            reading.keep(slicing).await?;
            return Err(Failure::Stopped);
        }
        let read_at = slicing.working.now();
        let request = page(slicing.client.clone(), kind, offset, read_at);
        let (answer, written) = tokio::join!(request, write(slicing, kind, std::mem::take(&mut unwritten)));
        written?;
        if offset > reading.standing.offset {
            reading.standing.offset = offset;
            reading.keep(slicing).await?;
        }
        (unwritten, next) = answer?;
        slicing.progressed = true;
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

/// A page of a list, and where the next begins.
type ListRows = (Vec<MirrorRow>, Option<u64>);

async fn page(
    client: metakocka::Client,
    kind: RecordKind,
    offset: u64,
    read_at: i64,
) -> Result<ListRows, Failure> {
    if kind == RecordKind::Product {
        let query = ProductQuery { switches: parties::product_switches(), offset, ..ProductQuery::default() };
        let page =
            client.product_page(&query).await.map_err(Failure::remote("reading a page of products"))?;
        let next = page.next_offset();
        return Ok((page.rows.iter().filter_map(|row| parties::product_row(row, read_at)).collect(), next));
    }
    match client.partner_page(offset, ListLimit::MAX).await {
        Ok(page) => {
            let next = page.next_offset();
            Ok((page.rows.iter().filter_map(|row| parties::partner_row(row, read_at)).collect(), next))
        }
        // The list of all partners is not documented (`metakocka-api.md §3.1`). Where it is refused, partners come by
        // id from the documents that name them.
        Err(error) if offset == 0 && error.next() == metakocka::Next::Refused => Ok((Vec::new(), None)),
        Err(error) => Err(Failure::remote("reading a page of partners")(error)),
    }
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
            row.decision = None;
            // An alias is read, its content is not taken (policy F).
            if link.role == "alias" {
                changed.push(row);
                continue;
            }
            if link.remote_hash.as_deref() != Some(row.content_hash.as_str()) {
                newer.push(link.id.clone());
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
    for link in newer {
        links::decide(&mut tx, scope, &link, None, parties::newer_there()).await?;
    }
    tx.commit().await.map_err(StoreError::from)?;
    Ok(())
}
