//! A look: what is new or changed in Metakocka since the last one (design §6). The first look of a feed is a scan of
//! what the owner chose.
//!
//! The next page is asked for while the one before it is written, and nothing is held whole in memory.

use std::collections::HashSet;

use jiff::civil::Date;
use metakocka::{
    DocumentSearch, DocumentType, FilterName, ListLimit, OrderDirection, ProductQuery, SearchFilter,
    SearchPage, WallTime,
};
use sync_core::discovery::{Command, Fetch, Filter, Page, Pass, Verdict, WATERMARK_OVERLAP, Walk};
use sync_core::record::{ExternalId, RecordKind};
use sync_core::time::UtcMicros;

use super::failure::Failure;
use super::gone;
use super::page::{self, Arrived, Batch, place};
use super::parties;
use super::run::Slicing;
use super::schedule::ljubljana;
use super::translate;
use crate::store::connections::{self, FeedRow};
use crate::store::links;
use crate::store::mirror::{self, MirrorRow, Place};
use crate::store::{StoreError, run_feeds};

/// Rows of a page: the most that a search returns (`metakocka-api.md §1.6`).
const PAGE_ROWS: u32 = 100;
/// How far back bills are read by date at every look: unpaid ones are read whatever their age.
const BILL_DAYS: i64 = 35;
/// Open offers that are read by their id at every look, in rotation: no filter tells that one changed.
const OFFERS_BY_ID: usize = 20;
/// Bills that left the set of unpaid ones and are read by id in one look; the others follow in the next.
const LEFT_UNPAID: usize = 200;

/// Looks until the slice is over, but for one feed at least; true when all feeds are read. A job that was taken over goes
/// on behind those that the run has read.
pub(super) async fn slice(slicing: &mut Slicing<'_>) -> Result<bool, Failure> {
    let working = slicing.working;
    let read = run_feeds::read(working.engine.db(), working.scope, &slicing.run.id).await?;
    for kind in [RecordKind::Product, RecordKind::Contact] {
        if !read.contains(kind.as_str()) {
            scan_list(slicing, kind).await?;
        }
    }
    let mut is_first = true;
    for (doc_type, feed) in feeds(slicing).await? {
        if read.contains(doc_type.wire()) {
            continue;
        }
        if !std::mem::take(&mut is_first) && slicing.is_over() {
            return Ok(false);
        }
        if slicing.is_spent() {
            slicing.partial = true;
            return Ok(true);
        }
        read_feed(slicing, doc_type, feed).await?;
    }
    Ok(true)
}

/// The chosen types, those that were scanned longest ago first: what one night leaves is read first in the next.
async fn feeds(slicing: &Slicing<'_>) -> Result<Vec<(DocumentType, FeedRow)>, StoreError> {
    let mut feeds = Vec::new();
    for doc_type in slicing.connection.scope_types.split(',').filter_map(DocumentType::from_wire) {
        feeds.push((doc_type, feed(slicing, doc_type.wire()).await?));
    }
    if scans(slicing) {
        feeds.sort_by_key(|(_, feed)| feed.scanned_at);
    }
    Ok(feeds)
}

fn scans(slicing: &Slicing<'_>) -> bool {
    slicing.run.scans == 1
}

async fn feed(slicing: &Slicing<'_>, name: &str) -> Result<FeedRow, StoreError> {
    let working = slicing.working;
    connections::feed(working.engine.db(), working.scope, &slicing.connection.id, name).await
}

async fn read_feed(slicing: &mut Slicing<'_>, doc_type: DocumentType, feed: FeedRow) -> Result<(), Failure> {
    let Some(watermark) = feed.watermark.filter(|_| !scans(slicing)) else {
        return scan(slicing, doc_type).await;
    };
    let began = match doc_type {
        DocumentType::Order => {
            let since = UtcMicros(watermark).minus(WATERMARK_OVERLAP);
            pass(slicing, doc_type, Filter::ChangedSince(since), Walk::Whole).await?.0
        }
        DocumentType::Offer => {
            let (began, seen) = pass(slicing, doc_type, Filter::All, Walk::NewestUntilKnown).await?;
            read_open(slicing, doc_type, &seen, OFFERS_BY_ID).await?;
            began
        }
        _ => look_at_bills(slicing, doc_type).await?,
    };
    end(slicing, doc_type.wire(), began, false).await
}

/// Reads everything in scope, and finds out what became of that which was there before and is not now.
async fn scan(slicing: &mut Slicing<'_>, doc_type: DocumentType) -> Result<(), Failure> {
    let from = match doc_type {
        DocumentType::Offer => None,
        _ => slicing.connection.scope_from.parse().ok(),
    };
    let filter = from.map_or(Filter::All, Filter::DatedSince);
    let (watermark, seen) = pass(slicing, doc_type, filter, Walk::Whole).await?;
    let from = from.map(|day| day.to_string());
    let batch = batch(slicing, doc_type);
    gone::check_absent(slicing, &batch, from.as_deref(), &seen).await?;
    end(slicing, doc_type.wire(), watermark, true).await
}

/// Unpaid bills where the company's version offers that filter, those that left that set by id, and recent ones by date.
async fn look_at_bills(slicing: &mut Slicing<'_>, doc_type: DocumentType) -> Result<UtcMicros, Failure> {
    let recent = Filter::DatedSince(today(slicing).saturating_sub(jiff::Span::new().days(BILL_DAYS)));
    if !offers_unpaid(slicing, doc_type).await? {
        return Ok(pass(slicing, doc_type, recent, Walk::Whole).await?.0);
    }
    let (began, mut seen) = pass(slicing, doc_type, Filter::Unpaid, Walk::Whole).await?;
    let (_, dated) = pass(slicing, doc_type, recent, Walk::Whole).await?;
    seen.extend(dated);
    read_open(slicing, doc_type, &seen, LEFT_UNPAID).await?;
    Ok(began)
}

/// Reads by id what was open when it was last read and did not turn up in this look.
async fn read_open(
    slicing: &mut Slicing<'_>,
    doc_type: DocumentType,
    seen: &HashSet<String>,
    most: usize,
) -> Result<(), Failure> {
    let batch = batch(slicing, doc_type);
    let working = slicing.working;
    let ids = mirror::open_ids(working.engine.db(), working.scope, place(slicing, &batch)).await?;
    let unseen: Vec<String> = ids.into_iter().filter(|id| !seen.contains(id)).collect();
    for id in rotated(unseen, most, slicing.working.now()) {
        gone::read_again(slicing, &batch, &id).await?;
    }
    Ok(())
}

/// At most `most` of them, beginning at another place each minute: over a day all get their turn, and nothing has to be
/// written to remember the place.
fn rotated(mut ids: Vec<String>, most: usize, now: i64) -> Vec<String> {
    const MINUTE: i64 = 60_000_000;
    if ids.len() > most {
        let turn = usize::try_from(now / MINUTE).unwrap_or_default();
        let start = turn.wrapping_mul(most) % ids.len();
        ids.rotate_left(start);
        ids.truncate(most);
    }
    ids
}

fn today(slicing: &Slicing<'_>) -> Date {
    ljubljana().to_datetime(slicing.working.engine.now()).date()
}

async fn offers_unpaid(slicing: &mut Slicing<'_>, doc_type: DocumentType) -> Result<bool, Failure> {
    if slicing.connection.filters.is_none() {
        let catalogue = slicing
            .client
            .filter_discovery(None)
            .await
            .map_err(Failure::remote("asking which search filters there are"))?;
        let unpaid: Vec<&str> = DocumentType::ALL
            .into_iter()
            .filter(|doc_type| catalogue.offers(*doc_type, FilterName::PaymentStatus))
            .map(DocumentType::wire)
            .collect();
        let filters = unpaid.join(",");
        let mut tx = slicing.working.begin().await?;
        connections::set_filters(&mut tx, slicing.working.scope, &filters).await?;
        tx.commit().await.map_err(StoreError::from)?;
        slicing.connection.filters = Some(filters);
    }
    let unpaid = slicing.connection.filters.as_deref().unwrap_or_default();
    Ok(unpaid.split(',').any(|name| name == doc_type.wire()))
}

fn batch(slicing: &Slicing<'_>, doc_type: DocumentType) -> Batch {
    Batch { doc_type, takes: slicing.run.pulls == 1, positions: None }
}

/// Walks one list to its end. Returns the start of its first request, and the ids that it saw.
async fn pass(
    slicing: &mut Slicing<'_>,
    doc_type: DocumentType,
    filter: Filter,
    walk: Walk,
) -> Result<(UtcMicros, HashSet<String>), Failure> {
    let batch = batch(slicing, doc_type);
    let before = feed(slicing, doc_type.wire()).await?.ended_at.unwrap_or(i64::MIN);
    let mut pass = Pass::new(filter, walk, PAGE_ROWS);
    let mut seen = HashSet::new();
    let mut unwritten: Option<Vec<Arrived>> = None;
    loop {
        match pass.next(UtcMicros(slicing.working.now())) {
            Command::Finish { watermark } => return Ok((watermark, seen)),
            Command::AwaitStore | Command::AwaitPage => {
                if let Some(rows) = unwritten.take() {
                    page::settle(slicing, &batch, rows).await?;
                }
                pass.stored();
            }
            Command::Fetch(_) if slicing.working.cancel.is_cancelled() => return Err(Failure::Stopped),
            Command::Fetch(fetch) => {
                let read_at = slicing.working.now();
                let request = request(slicing.client.clone(), doc_type, fetch);
                let writes = unwritten.is_some();
                let write = async {
                    match unwritten.take() {
                        Some(rows) => page::settle(slicing, &batch, rows).await,
                        None => Ok(()),
                    }
                };
                let (answer, written) = tokio::join!(request, write);
                written?;
                if writes {
                    pass.stored();
                }
                unwritten = accept(slicing, &batch, &mut pass, answer?, (read_at, before), &mut seen).await?;
            }
        }
    }
}

/// Lets the machine judge a page, and keeps its rows but for those that the page before had.
async fn accept(
    slicing: &Slicing<'_>,
    batch: &Batch,
    pass: &mut Pass,
    answer: SearchPage<metakocka::Document>,
    (read_at, last_pass): (i64, i64),
    seen: &mut HashSet<String>,
) -> Result<Option<Vec<Arrived>>, Failure> {
    let count = answer.rows.len() as u64;
    let total = match answer.total {
        Some(total) => total,
        None if count < u64::from(PAGE_ROWS) => answer.offset + count,
        None => {
            return Err(Failure::Nonsense {
                sentence: "Metakocka did not say how many documents there are.",
            });
        }
    };
    let mut rows: Vec<Arrived> =
        answer.rows.into_iter().map(|row| Arrived::of_row(row, read_at, None)).collect();
    let texts: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let ids: Vec<ExternalId> = texts.iter().filter_map(|id| ExternalId::parse(id).ok()).collect();
    let working = slicing.working;
    let known = mirror::known(working.engine.db(), working.scope, place(slicing, batch), &texts).await?;
    // Known is what a finished pass has stored: rows of a pass that a crash cut off prove nothing about older ones.
    let is_known = |id: &ExternalId| known.get(id.as_str()).is_some_and(|row| row.first_seen_at <= last_pass);
    let verdict = pass.page(Page { ids: &ids, total }, is_known)?;
    let Verdict::Accept { fresh } = verdict else { return Ok(None) };
    rows.truncate(fresh.end);
    rows.drain(..fresh.start.min(rows.len()));
    // One page may name a document twice while people work; the first row counts.
    let mut here = HashSet::new();
    rows.retain(|row| here.insert(row.id.clone()));
    seen.extend(here);
    Ok(Some(rows))
}

async fn request(
    client: metakocka::Client,
    doc_type: DocumentType,
    fetch: Fetch,
) -> Result<SearchPage<metakocka::Document>, Failure> {
    let mut search = DocumentSearch::all(doc_type).from_offset(fetch.offset);
    if let Some(limit) = u16::try_from(fetch.limit).ok().and_then(metakocka::SearchLimit::new) {
        search = search.limit(limit);
    }
    search =
        search.order(if fetch.newest_first { OrderDirection::Descending } else { OrderDirection::Ascending });
    for filter in filters(fetch.filter) {
        search = search.filter(filter);
    }
    client
        .search_documents(&search, &translate::usual_flags(doc_type))
        .await
        .map_err(Failure::remote("reading a page of documents"))
}

fn filters(filter: Filter) -> Vec<SearchFilter> {
    match filter {
        Filter::All => Vec::new(),
        Filter::Unpaid => vec![SearchFilter::PaymentStatusUnpaid],
        Filter::DatedSince(day) => vec![SearchFilter::DocDateFrom(day)],
        Filter::DatedBetween { from, to } => {
            vec![SearchFilter::DocDateFrom(from), SearchFilter::DocDateTo(to)]
        }
        Filter::ChangedSince(since) => jiff::Timestamp::try_from(since)
            .map(|at| SearchFilter::LastChangeFrom(WallTime::at(at)))
            .into_iter()
            .collect(),
    }
}

/// Reads all products or all partners once: neither tells when it changed, so later ones come by id with the documents
/// that name them.
async fn scan_list(slicing: &mut Slicing<'_>, kind: RecordKind) -> Result<(), Failure> {
    let feed = feed(slicing, kind.as_str()).await?;
    if feed.watermark.is_some() && !scans(slicing) {
        return Ok(());
    }
    let began = UtcMicros(slicing.working.now());
    let mut unwritten: Vec<MirrorRow> = Vec::new();
    let mut seen: HashSet<String> = HashSet::new();
    let mut next = Some(0);
    while let Some(offset) = next {
        if slicing.working.cancel.is_cancelled() {
            return Err(Failure::Stopped);
        }
        let read_at = slicing.working.now();
        let request = list_page(slicing.client.clone(), kind, offset, read_at);
        let (answer, written) =
            tokio::join!(request, write_list(slicing, kind, std::mem::take(&mut unwritten)));
        written?;
        (unwritten, next) = answer?;
        let before = seen.len();
        seen.extend(unwritten.iter().map(|row| row.external_id.clone()));
        if next.is_some() && seen.len() == before {
            return Err(Failure::Nonsense {
                sentence: "Metakocka sends the same page of a list again and again.",
            });
        }
    }
    write_list(slicing, kind, unwritten).await?;
    end(slicing, kind.as_str(), began, true).await
}

/// A page of a list, and where the next begins.
type ListRows = (Vec<MirrorRow>, Option<u64>);

async fn list_page(
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

async fn write_list(slicing: &Slicing<'_>, kind: RecordKind, rows: Vec<MirrorRow>) -> Result<(), Failure> {
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
            if link.base_hash.as_deref() != Some(row.content_hash.as_str()) {
                newer.push(link.id.clone());
            }
        }
        changed.push(row);
    }
    if changed.is_empty() {
        return Ok(());
    }
    let mut tx = working.begin().await?;
    mirror::put(&mut tx, scope, place, changed, working.now()).await?;
    for link in newer {
        links::decide(&mut tx, scope, &link, parties::newer_there()).await?;
    }
    tx.commit().await.map_err(StoreError::from)?;
    Ok(())
}

async fn end(slicing: &Slicing<'_>, feed: &str, began: UtcMicros, scanned: bool) -> Result<(), Failure> {
    let working = slicing.working;
    let mut tx = working.begin().await?;
    let times = (began.0, working.now());
    connections::end_pass(&mut tx, working.scope, &slicing.connection.id, feed, times, scanned).await?;
    run_feeds::end(&mut tx, working.scope, &slicing.run.id, feed).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(())
}
