//! Walks one list of documents with a [`Pass`], page by page, and keeps how far it is. The next page is asked for while
//! the one before it is written, and nothing is held whole in memory but ids.

use std::collections::HashSet;

use metakocka::{DocumentSearch, DocumentType, OrderDirection, SearchFilter, SearchPage, WallTime};
use sync_core::discovery::{Command, Fetch, Filter, Page, Pass, Verdict, Walk};
use sync_core::record::ExternalId;
use sync_core::time::UtcMicros;

use super::failure::Failure;
use super::page::{self, Arrived, Batch, place};
use super::reading::Reading;
use super::run::Slicing;
use super::translate;
use crate::store::{StoreError, connections, mirror};

/// Rows of a page: the most that a search returns (`metakocka-api.md §1.6`).
const PAGE_ROWS: u32 = 100;

/// Walks a list to its end, unless the run has walked it already: `nth` is its place among the walks of this feed.
/// [`Failure::Stopped`] when others should get their turn.
pub(super) async fn whole(
    slicing: &mut Slicing<'_>,
    batch: &Batch,
    reading: &mut Reading,
    nth: usize,
    (filter, walk): (Filter, Walk),
) -> Result<(), Failure> {
    if reading.standing.walked > nth {
        return Ok(());
    }
    let before = last_end(slicing, batch.doc_type).await?;
    let mut pass = reading.standing.pass.take().unwrap_or_else(|| Pass::new(filter, walk, PAGE_ROWS));
    let mut unwritten: Option<Vec<Arrived>> = None;
    loop {
        match pass.next(UtcMicros(slicing.working.now())) {
            Command::Finish { watermark } => {
                reading.standing.began.get_or_insert(watermark);
                reading.standing.walked = nth + 1;
                reading.standing.pass = None;
                return Ok(());
            }
            Command::AwaitStore | Command::AwaitPage => {
                write(slicing, batch, reading, unwritten.take()).await?;
                pass.stored();
            }
            Command::Fetch(_) if slicing.pauses() => {
                write(slicing, batch, reading, unwritten.take()).await?;
                reading.standing.pass = Some(pass);
                reading.keep(slicing).await?;
                return Err(Failure::Stopped);
            }
            Command::Fetch(fetch) => {
                let read_at = slicing.working.now();
                let request = request(slicing.client.clone(), batch.doc_type, fetch);
                let writes = unwritten.is_some();
                let write = write_and_keep(slicing, batch, (reading, &pass), unwritten.take());
                let (answer, written) = tokio::join!(request, write);
                written?;
                if writes {
                    pass.stored();
                }
                let answer = match answer {
                    Ok(answer) => answer,
                    Err(failure) => return fail(slicing, (reading, pass), failure).await,
                };
                unwritten = accept(slicing, batch, &mut pass, answer, (read_at, before)).await?;
                slicing.progressed = true;
            }
        }
    }
}

/// Writes an accepted page. What is behind the last one is kept later: a list of one page is soon read again.
async fn write(
    slicing: &mut Slicing<'_>,
    batch: &Batch,
    reading: &mut Reading,
    rows: Option<Vec<Arrived>>,
) -> Result<(), Failure> {
    let Some(rows) = rows else { return Ok(()) };
    reading.saw(rows.iter().map(|row| row.id.clone()));
    page::settle(slicing, batch, rows).await
}

/// Writes an accepted page that is not the last one, and then keeps how far the walk is.
async fn write_and_keep(
    slicing: &mut Slicing<'_>,
    batch: &Batch,
    (reading, pass): (&mut Reading, &Pass),
    rows: Option<Vec<Arrived>>,
) -> Result<(), Failure> {
    if rows.is_none() {
        return Ok(());
    }
    write(slicing, batch, reading, rows).await?;
    reading.standing.pass = Some(pass.clone());
    reading.keep(slicing).await
}

/// Keeps how far the walk is before it fails: what was read since this was last kept is not read again.
async fn fail(
    slicing: &Slicing<'_>,
    (reading, pass): (&mut Reading, Pass),
    failure: Failure,
) -> Result<(), Failure> {
    if slicing.progressed {
        reading.standing.pass = Some(pass);
        reading.keep(slicing).await?;
    }
    Err(failure)
}

/// When the last complete pass over the feed ended: what was stored by then is known.
async fn last_end(slicing: &Slicing<'_>, doc_type: DocumentType) -> Result<i64, StoreError> {
    let working = slicing.working;
    let feed = connections::feed(working.engine.db(), working.scope, &slicing.connection.id, doc_type.wire());
    Ok(feed.await?.ended_at.unwrap_or(i64::MIN))
}

/// Lets the machine judge a page, and keeps its rows but for those that the page before had.
async fn accept(
    slicing: &Slicing<'_>,
    batch: &Batch,
    pass: &mut Pass,
    answer: SearchPage<metakocka::Document>,
    (read_at, last_pass): (i64, i64),
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
        Filter::UnpaidBefore(day) => {
            let last = day.yesterday().unwrap_or(day);
            vec![SearchFilter::PaymentStatusUnpaid, SearchFilter::DocDateTo(last)]
        }
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
