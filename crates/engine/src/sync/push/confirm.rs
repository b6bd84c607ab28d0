//! What is agreed on after a read-back, and what the record here becomes (policy C): the fields that were sent have the
//! value sent, everything else is merged as if it had been looked at just now.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sync_core::money::document_totals;
use sync_core::plan::Direction;
use sync_core::record::{Canonical as _, Contact, Line, Product, RecordKind, SalesDocument, content_hash};
use sync_core::three_way::{
    Difference, FieldName, Mergeable, OpenWhy, RecordMerge, Rules, Why, merge_record,
};

use super::super::failure::Failure;
use super::super::outgoing::{self, Found, FoundRecord, SentRecord};
use super::super::page::{self, Arrived, Read};
use super::super::parties::Parties;
use super::super::{decide, notes, take, translate};
use super::commit::SENDING;
use super::drive::Driving;
use super::{Desk, whole};
use crate::store::contacts::{self, ContactFields};
use crate::store::links::{self, Agreement, LinkRow};
use crate::store::mirror::Place;
use crate::store::products::{self, ProductFields};
use crate::store::sales_documents as documents;
use crate::store::{StoreError, Tx, connections};
use crate::sync::sendable;

/// The lines of a document, as a difference names them.
const LINES: &str = "lines";

type Differences = BTreeMap<FieldName, Difference>;

/// What a read says, and what was agreed on before it.
pub(super) struct Meeting<'a, R> {
    /// The link; its base may be pending.
    pub link: &'a LinkRow,
    /// What both sides agreed on.
    pub base: R,
    /// The remote's record.
    pub remote: R,
    /// Fields that were sent and read back as something else.
    pub differences: Differences,
    /// Of payments, links, issue.
    pub extras_hash: String,
    /// When our write ended; none: nothing was written.
    pub write_ended_at: Option<i64>,
}

/// Commits what a read-back of our own write means.
pub(super) async fn confirm(driving: &Driving<'_>, tx: &mut Tx) -> Result<(), Failure> {
    let scope = driving.desk.working.scope;
    let link = links::of_record(tx, scope, driving.kind.as_str(), &driving.record).await?;
    let (Some((_, _, link)), Some(found)) = (link, driving.found.as_deref()) else { return Ok(()) };
    let differences = outgoing::differences(&driving.sent, found);
    let (link, write_ended_at) = (&link, Some(driving.now().0));
    let old = old_base(driving.kind, link)?;
    let base = match &old {
        // What was not said when it was made is taken as Metakocka fills it in: it is no edit of ours to be empty there.
        None => Some(driving.sent.record.clone()),
        Some(_) => outgoing::base_after(&driving.sent, old.as_ref(), found),
    };
    match (&found.record, base) {
        (FoundRecord::Document(document), Some(SentRecord::Document(base))) => {
            let Some((read, extras_hash)) = read_document(document.doc_type, found) else { return Ok(()) };
            let (base, remote) = (*base, read.document.clone());
            let meeting = Meeting { link, base, remote, differences, extras_hash, write_ended_at };
            meet_document(driving.desk, tx, meeting, &read).await
        }
        (FoundRecord::Partner(partner), Some(SentRecord::Contact(base))) => {
            let Ok(remote) = translate::contact(partner) else { return Ok(()) };
            let (base, extras_hash) = (*base, String::new());
            let meeting = Meeting { link, base, remote, differences, extras_hash, write_ended_at };
            meet_contact(driving.desk, tx, meeting).await
        }
        (FoundRecord::Product(product), Some(SentRecord::Product(base))) => {
            let (base, remote, extras_hash) = (*base, translate::product(product), String::new());
            let meeting = Meeting { link, base, remote, differences, extras_hash, write_ended_at };
            meet_product(driving.desk, tx, meeting).await
        }
        // It can't be read: the link keeps what was agreed on, and the next look tells of it.
        _ => Ok(()),
    }
}

/// What both sides agreed on before the write.
fn old_base(kind: RecordKind, link: &LinkRow) -> Result<Option<SentRecord>, StoreError> {
    Ok(match kind {
        RecordKind::SalesDocument => base(link)?.map(|base| SentRecord::Document(Box::new(base))),
        RecordKind::Contact => base(link)?.map(|base| SentRecord::Contact(Box::new(base))),
        RecordKind::Product => base(link)?.map(|base| SentRecord::Product(Box::new(base))),
    })
}

/// What a document says that was read by its id, and the hash of what never conflicts. None: it can't be read.
pub(super) fn read_document(doc_type: metakocka::DocumentType, found: &Found) -> Option<(Box<Read>, String)> {
    let FoundRecord::Document(document) = &found.record else { return None };
    let id = document.mk_id.as_str().to_owned();
    let arrived = Arrived::of_raw(doc_type, id, found.raw.clone(), found.asked_at.0);
    let (_, extras) = page::hashes(&arrived);
    Some((arrived.what.ok()?, extras))
}

/// The base of a link.
pub(super) fn base<R: DeserializeOwned>(link: &LinkRow) -> Result<Option<R>, StoreError> {
    let parsed = link.base.as_deref().map(serde_json::from_str).transpose();
    parsed.map_err(|_| StoreError::Corrupt { column: "links.base" })
}

async fn rules(desk: &Desk<'_>, kind: RecordKind, booked: bool) -> Result<Rules, StoreError> {
    let working = desk.working;
    let row =
        connections::kind(working.engine.db(), working.scope, &desk.connection.id, kind.as_str()).await?;
    let direction = row.map_or(Direction::Off, |row| match kind {
        RecordKind::SalesDocument => decide::document_policy(&row, booked).direction,
        _ => decide::chosen(&row).direction,
    });
    Ok(Rules::for_direction(kind, direction))
}

/// Whether somebody else's change is still to be talked about: then what was read is news, and not what was agreed on.
fn is_news<R: Mergeable>(merge: &RecordMerge<R>) -> bool {
    merge.open().iter().any(|part| part.why != Why::Field(OpenWhy::Difference))
}

async fn agree<R: Mergeable + Serialize>(
    desk: &Desk<'_>,
    tx: &mut Tx,
    meeting: &Meeting<'_, R>,
    merge: &RecordMerge<R>,
    revision: i64,
) -> Result<(), StoreError> {
    let agreed = merge.base_after().unwrap_or_else(|| meeting.base.clone());
    let base = serde_json::to_string(&agreed);
    let base = base.map_err(|_| StoreError::Corrupt { column: "links.base" })?;
    let (base_hash, remote_hash) = (content_hash(&agreed), content_hash(&meeting.remote));
    let differences = (!meeting.differences.is_empty())
        .then(|| serde_json::to_string(&meeting.differences).unwrap_or_default());
    let agreement = Agreement {
        link: &meeting.link.id,
        base: &base,
        base_hash: base_hash.as_str(),
        remote_hash: (!is_news(merge)).then_some(remote_hash.as_str()),
        differences: differences.as_deref(),
        base_extras: &meeting.extras_hash,
        base_revision: revision,
        write_ended_at: meeting.write_ended_at,
        decision: SENDING,
    };
    links::agree(tx, desk.working.scope, agreement, desk.working.now()).await
}

/// Merges a document that was read with the one here, and records what both sides agree on now.
pub(super) async fn meet_document(
    desk: &Desk<'_>,
    tx: &mut Tx,
    meeting: Meeting<'_, SalesDocument>,
    read: &Read,
) -> Result<(), Failure> {
    let record = meeting.link.record_id.as_str();
    let Some(local) = whole::load(desk, tx, record).await? else { return Ok(()) };
    let rules = rules(desk, RecordKind::SalesDocument, local.document.doc_type.is_booked()).await?;
    let mut theirs = meeting.remote.clone();
    if meeting.differences.contains_key(&FieldName::new(LINES)) {
        // A person decides about lines that were not kept as they were sent: until then they are no news.
        theirs.lines.clone_from(&meeting.base.lines);
    }
    let merge = merge_record(Some(&meeting.base), &local.document, &theirs, &meeting.differences, &rules);
    let revision = take_document(desk, tx, &local, &merge.taken(), read).await?;
    agree(desk, tx, &meeting, &merge, revision).await?;
    Ok(())
}

/// Writes what the document here becomes; returns its revision.
async fn take_document(
    desk: &Desk<'_>,
    tx: &mut Tx,
    local: &whole::Whole,
    taken: &SalesDocument,
    read: &Read,
) -> Result<i64, Failure> {
    let (scope, now) = (desk.working.scope, desk.working.engine.now());
    let (id, revision) = (local.stored.id.as_str(), local.stored.revision);
    let before = notes::document(tx, scope, id).await?;
    let parties = parties_of(desk, tx, taken).await?;
    let stands = Read {
        document: taken.clone(),
        extras: read.extras.clone(),
        check: read.check.clone(),
        marker: None,
    };
    let mut fields = take::fields(&stands, &parties);
    fields.doc_type.clone_from(&local.stored.fields.doc_type);
    if fields.contact_id.is_none() {
        fields.contact_id.clone_from(&local.stored.fields.contact_id);
    }
    if taken.canonical().lines != read.document.canonical().lines
        && let Ok(totals) = document_totals(taken)
    {
        (fields.net, fields.discount, fields.gross) = (totals.net, totals.discount, totals.gross);
        (fields.total_check, fields.total_difference) = (documents::TotalCheck::Exact, Decimal::ZERO);
    }
    let lines = take::lines(taken, &parties);
    let old = documents::lines(tx, scope, id).await?;
    if fields == local.stored.fields && lines == old {
        return Ok(revision);
    }
    let written = documents::update_document(tx, scope, id, revision, &fields, now).await?;
    let written = written.ok_or(StoreError::Corrupt { column: "sales_documents.revision" })?;
    documents::replace_lines(tx, scope, id, &lines, &take::taxes(taken)).await?;
    notes::updated(desk.noting(), tx, (id, written), before).await?;
    Ok(written)
}

/// The records here of the customers and products that a document names by their remote ids.
async fn parties_of(desk: &Desk<'_>, tx: &mut Tx, document: &SalesDocument) -> Result<Parties, StoreError> {
    let customer = document.customer.external_id.iter().map(|id| id.as_str().to_owned()).collect();
    let products = document.lines.iter().filter_map(Line::as_product);
    let products = products.filter_map(|line| line.product.external_id.as_ref());
    let products: Vec<String> = products.map(|id| id.as_str().to_owned()).collect();
    Ok(Parties::known_to_be(
        linked(desk, tx, RecordKind::Contact, customer).await?,
        linked(desk, tx, RecordKind::Product, products).await?,
    ))
}

async fn linked(
    desk: &Desk<'_>,
    tx: &mut Tx,
    kind: RecordKind,
    ids: Vec<String>,
) -> Result<HashMap<String, String>, StoreError> {
    let place = Place { connection: &desk.connection.id, kind: kind.as_str(), remote_type: "" };
    links::records_of(tx, desk.working.scope, place, &ids).await
}

/// The same of a contact.
pub(super) async fn meet_contact(
    desk: &Desk<'_>,
    tx: &mut Tx,
    meeting: Meeting<'_, Contact>,
) -> Result<(), Failure> {
    let (scope, now) = (desk.working.scope, desk.working.engine.now());
    let id = meeting.link.record_id.as_str();
    let Some(stored) = contacts::contact(tx, scope, id).await? else { return Ok(()) };
    let local = stored.fields.contact()?;
    let rules = rules(desk, RecordKind::Contact, false).await?;
    let merge = merge_record(Some(&meeting.base), &local, &meeting.remote, &meeting.differences, &rules);
    let taken = merge.taken();
    let mut revision = stored.revision;
    if taken != local {
        let fields = ContactFields::of(&taken);
        let written = contacts::update_contact(tx, scope, id, revision, &fields, now).await?;
        revision = written.ok_or(StoreError::Corrupt { column: "contacts.revision" })?;
        notes::changed_here(desk.noting(), tx, RecordKind::Contact, (id, revision), (&local, &taken)).await?;
    }
    agree(desk, tx, &meeting, &merge, revision).await?;
    Ok(())
}

/// The same of a product.
pub(super) async fn meet_product(
    desk: &Desk<'_>,
    tx: &mut Tx,
    meeting: Meeting<'_, Product>,
) -> Result<(), Failure> {
    let (scope, now) = (desk.working.scope, desk.working.engine.now());
    let id = meeting.link.record_id.as_str();
    let Some(stored) = sendable::one_product(tx, scope, id).await? else { return Ok(()) };
    let local = stored.fields.product();
    let rules = rules(desk, RecordKind::Product, false).await?;
    let merge = merge_record(Some(&meeting.base), &local, &meeting.remote, &meeting.differences, &rules);
    let taken = merge.taken();
    let mut revision = stored.revision;
    if ProductFields::of(&taken) != stored.fields {
        let written =
            products::update_product(tx, scope, id, revision, &ProductFields::of(&taken), now).await?;
        revision = written.ok_or(StoreError::Corrupt { column: "products.revision" })?;
        notes::changed_here(desk.noting(), tx, RecordKind::Product, (id, revision), (&local, &taken)).await?;
    }
    agree(desk, tx, &meeting, &merge, revision).await?;
    Ok(())
}
