//! A look: what is new or changed in Metakocka since the last one (design §6). The first look of a feed is a scan of
//! what the owner chose.

use std::collections::HashSet;

use jiff::civil::Date;
use metakocka::{DocumentType, FilterName};
use sync_core::discovery::{Filter, WATERMARK_OVERLAP, Walk};
use sync_core::record::RecordKind;
use sync_core::time::UtcMicros;

use super::failure::Failure;
use super::gone;
use super::matching::look_ups;
use super::page::{Batch, place};
use super::reading::Reading;
use super::run::Slicing;
use super::schedule::today;
use super::{lists, pull, walk};
use crate::store::connections::{self, FeedRow};
use crate::store::runs::{self, Counts};
use crate::store::{StoreError, mirror, run_feeds};

/// How far back bills are read by date at every look: unpaid ones are read whatever their age.
const BILL_DAYS: i64 = 35;
/// Open offers that are read by their id at every look, in rotation: no filter tells that one changed.
const OFFERS_BY_ID: usize = 20;
/// Bills that left the set of unpaid ones and are read by id in one look; the others follow in the next.
const LEFT_UNPAID: usize = 200;

/// Looks until the slice is over; true when all feeds are read, or when the night's calls are used up.
pub(super) async fn slice(slicing: &mut Slicing<'_>) -> Result<bool, Failure> {
    match read_feeds(slicing).await {
        Err(Failure::Stopped) => Ok(slicing.partial),
        ended => ended.map(|()| true),
    }
}

/// Reads the feeds that the run has not read yet.
async fn read_feeds(slicing: &mut Slicing<'_>) -> Result<(), Failure> {
    let working = slicing.working;
    let read = run_feeds::read(working.engine.db(), working.scope, &slicing.run.id).await?;
    if slicing.kind != RecordKind::SalesDocument {
        if !read.contains(slicing.kind.as_str()) {
            lists::scan(slicing, slicing.kind).await?;
        }
        look_up(slicing, &read).await?;
        return if slicing.run.pulls == 1 { take_all(slicing).await } else { Ok(()) };
    }
    for kind in [RecordKind::Product, RecordKind::Contact] {
        if !read.contains(kind.as_str()) {
            lists::scan(slicing, kind).await?;
        }
    }
    look_up(slicing, &read).await?;
    for (doc_type, feed) in feeds(slicing).await? {
        if !read.contains(doc_type.wire()) {
            read_feed(slicing, doc_type, feed).await?;
        }
    }
    Ok(())
}

/// Looks the contacts up one by one where the list of partners was seen to be empty.
async fn look_up(slicing: &mut Slicing<'_>, read: &HashSet<String>) -> Result<(), Failure> {
    if slicing.kind == RecordKind::Product || read.contains(look_ups::FEED) {
        return Ok(());
    }
    look_ups::all(slicing).await
}

/// Takes what waits of contacts or products, now that their list is read: they have no pages of their own that are taken
/// as they come.
async fn take_all(slicing: &mut Slicing<'_>) -> Result<(), Failure> {
    if slicing.run.total == 0 {
        let (scope, run) = (slicing.working.scope, slicing.run.id.as_str());
        let mut tx = slicing.working.begin().await?;
        let (connection, kind) = (slicing.connection.id.as_str(), slicing.kind.as_str());
        let total = runs::plan_all(&mut tx, scope, run, connection, kind).await?;
        let total = i64::try_from(total).unwrap_or(i64::MAX);
        runs::add(&mut tx, scope, run, &Counts { total, ..Counts::default() }).await?;
        tx.commit().await.map_err(StoreError::from)?;
    }
    if pull::slice(slicing).await? { Ok(()) } else { Err(Failure::Stopped) }
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
    let batch = Batch { doc_type, takes: slicing.run.pulls == 1, positions: None };
    let mut reading = Reading::open(slicing, doc_type.wire()).await?;
    let Some(watermark) = feed.watermark.filter(|_| !scans(slicing)) else {
        scan(slicing, &batch, &mut reading).await?;
        return reading.end(slicing, true).await;
    };
    match doc_type {
        DocumentType::Order => {
            let since = Filter::ChangedSince(UtcMicros(watermark).minus(WATERMARK_OVERLAP));
            walk::whole(slicing, &batch, &mut reading, 0, (since, Walk::Whole)).await?;
        }
        DocumentType::Offer => {
            let newest = (Filter::All, Walk::NewestUntilKnown);
            walk::whole(slicing, &batch, &mut reading, 0, newest).await?;
            read_open(slicing, &batch, &mut reading, OFFERS_BY_ID).await?;
        }
        _ => look_at_bills(slicing, &batch, &mut reading).await?,
    }
    reading.end(slicing, false).await
}

/// Reads everything in scope, and finds out what became of that which was there before and is not now. Of what is dated
/// before the scope begins, unpaid bills are in it too; an old order that is open comes with its next change.
async fn scan(slicing: &mut Slicing<'_>, batch: &Batch, reading: &mut Reading) -> Result<(), Failure> {
    let from: Option<Date> = match batch.doc_type {
        DocumentType::Offer => None,
        _ => slicing.connection.scope_from.parse().ok(),
    };
    let filter = from.map_or(Filter::All, Filter::DatedSince);
    walk::whole(slicing, batch, reading, 0, (filter, Walk::Whole)).await?;
    if let Some(from) = from.filter(|_| batch.doc_type.is_bill())
        && offers_unpaid(slicing, batch.doc_type).await?
    {
        walk::whole(slicing, batch, reading, 1, (Filter::UnpaidBefore(from), Walk::Whole)).await?;
    }
    let from = from.map(|day| day.to_string());
    gone::check_absent(slicing, batch, from.as_deref(), reading).await
}

/// Unpaid bills where the company's version offers that filter, those that left that set by id, and recent ones by date.
async fn look_at_bills(
    slicing: &mut Slicing<'_>,
    batch: &Batch,
    reading: &mut Reading,
) -> Result<(), Failure> {
    let recent =
        Filter::DatedSince(today(slicing.working.engine).saturating_sub(jiff::Span::new().days(BILL_DAYS)));
    if !offers_unpaid(slicing, batch.doc_type).await? {
        return walk::whole(slicing, batch, reading, 0, (recent, Walk::Whole)).await;
    }
    walk::whole(slicing, batch, reading, 0, (Filter::Unpaid, Walk::Whole)).await?;
    walk::whole(slicing, batch, reading, 1, (recent, Walk::Whole)).await?;
    read_open(slicing, batch, reading, LEFT_UNPAID).await
}

/// Reads by id what was open when it was last read and did not turn up in this look.
async fn read_open(
    slicing: &mut Slicing<'_>,
    batch: &Batch,
    reading: &mut Reading,
    most: usize,
) -> Result<(), Failure> {
    let working = slicing.working;
    let ids = mirror::open_ids(working.engine.db(), working.scope, place(slicing, batch)).await?;
    let unseen: Vec<String> = ids.into_iter().filter(|id| !reading.seen.contains(id)).collect();
    let left = most.saturating_sub(reading.standing.asked);
    gone::read_each(slicing, batch, reading, rotated(unseen, left, working.now())).await
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
