//! Brings a record here and its remote record together after a read (policy C): what is to be taken is taken, what both
//! sides agree on becomes the base, and what is left is an edit here, a question, or nothing.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sync_core::capabilities::{Locked, Subject};
use sync_core::money::document_totals;
use sync_core::plan::Direction;
use sync_core::record::{
    Canonical as _, Contact, ContentHash, Line, Product, RecordKind, SalesDocument, content_hash,
};
use sync_core::three_way::{
    self, Difference, FieldName, Mergeable, OpenWhy, RecordMerge, Rules, Side, Why, merge_record,
};

use super::failure::Failure;
use super::merge::Writable;
use super::notes::{self, Noting};
use super::page::Read;
use super::parties::Parties;
use super::{decide, sendable, take, whole};
use crate::Engine;
use crate::access::TenantScope;
use crate::store::contacts::{self, ContactFields};
use crate::store::links::{self, Agreement, LinkRow};
use crate::store::mirror::{Place, StoredDecision};
use crate::store::products::{self, ProductFields};
use crate::store::sales_documents as documents;
use crate::store::{StoreError, Tx, connections};

/// The lines of a document, as a difference names them.
pub(super) const LINES: &str = "lines";

/// The decision of a record that is just being brought together; it is decided anew in the same transaction.
pub(super) const SENDING: StoredDecision =
    StoredDecision { row: 2, status: "running", reason: None, detail: None };

/// Fields that were sent and read back as something else.
pub(super) type Differences = BTreeMap<FieldName, Difference>;

/// What a person said about something open.
pub(super) type Choice = (three_way::Place, Side);

/// Where records meet: the engine, the workspace, the connection, and the run in which it happens.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    pub engine: &'a Engine,
    pub scope: &'a TenantScope,
    pub connection: &'a str,
    pub run: Option<&'a str>,
}

impl<'a> Site<'a> {
    fn noting(self) -> Noting<'a> {
        Noting { engine: self.engine, scope: self.scope, run: self.run }
    }
}

/// What a read says, and what was agreed on before it.
pub(super) struct Meeting<'a, R> {
    /// The link; its base may be pending.
    pub link: &'a LinkRow,
    /// What both sides agreed on; none: it is the first match (policy C, case 2).
    pub base: Option<R>,
    /// The remote's record.
    pub remote: R,
    /// Fields that were sent and read back as something else.
    pub differences: Differences,
    /// Of payments, links, issue.
    pub extras_hash: String,
    /// When our write ended; none: nothing was written.
    pub write_ended_at: Option<i64>,
    /// What a person said about what is open.
    pub choices: Vec<Choice>,
    /// What it is there and why it is locked, when a person decides: what may not be written is open then (policy E).
    pub there: Option<(Subject, Option<Locked>)>,
}

impl<R: Mergeable> Meeting<'_, R> {
    pub(super) fn merge(&self, local: &R, rules: &Rules) -> RecordMerge<R> {
        let first = self.base.is_none().then(|| rules.clone().first_match());
        let rules = first.as_ref().unwrap_or(rules);
        let mut merge = merge_record(self.base.as_ref(), local, &self.remote, &self.differences, rules);
        Writable { direction: Direction::Both, there: self.there }.bar(&mut merge);
        for (place, side) in &self.choices {
            merge.decide(place, *side);
        }
        merge
    }

    /// Agrees on what lies here, so that whatever the remote has is what changed since, and is taken.
    pub(super) fn take_theirs(&mut self, local: R) {
        self.base = Some(local);
        self.differences.clear();
    }

    /// The differences that nobody has decided about and that still stand: what was changed since, on either side, is no
    /// longer what was sent or read back.
    fn left(&self, merge: &RecordMerge<R>) -> Differences {
        let is = |name: &FieldName, place: &three_way::Place| *place == three_way::Place::Head(name.clone());
        let decided = |name: &FieldName| self.choices.iter().any(|(place, _)| is(name, place));
        // Lines are one question, which the merge does not see.
        let stands = |name: &FieldName| {
            name.as_str() == LINES
                || merge
                    .open()
                    .iter()
                    .any(|part| part.why == Why::Field(OpenWhy::Difference) && is(name, &part.place))
        };
        self.differences
            .iter()
            .filter(|(name, _)| !decided(name) && stands(name))
            .map(|(n, d)| (n.clone(), d.clone()))
            .collect()
    }
}

/// The base of a link.
pub(super) fn base<R: DeserializeOwned>(link: &LinkRow) -> Result<Option<R>, StoreError> {
    let parsed = link.base.as_deref().map(serde_json::from_str).transpose();
    parsed.map_err(|_| StoreError::Corrupt { column: "links.base" })
}

pub(super) async fn rules(site: Site<'_>, kind: RecordKind, booked: bool) -> Result<Rules, StoreError> {
    let row = connections::kind(site.engine.db(), site.scope, site.connection, kind.as_str()).await?;
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
    site: Site<'_>,
    tx: &mut Tx,
    meeting: &Meeting<'_, R>,
    merge: &RecordMerge<R>,
    (revision, remote_hash): (i64, &ContentHash),
) -> Result<(), StoreError> {
    let Some(agreed) = merge.base_after().or_else(|| meeting.base.clone()) else {
        // The first match, and something is open: nothing is agreed on before a person has decided.
        return Ok(());
    };
    let base = serde_json::to_string(&agreed);
    let base = base.map_err(|_| StoreError::Corrupt { column: "links.base" })?;
    let base_hash = content_hash(&agreed);
    let left = meeting.left(merge);
    let differences = (!left.is_empty()).then(|| serde_json::to_string(&left).unwrap_or_default());
    let agreement = Agreement {
        link: &meeting.link.id,
        base: &base,
        base_hash: base_hash.as_str(),
        remote_hash: (!is_news(merge)).then_some(remote_hash.as_str()),
        differences: differences.as_deref(),
        base_extras: &meeting.extras_hash,
        revision,
        covers: content_hash(&merge.taken()).as_str() == base_hash.as_str(),
        write_ended_at: meeting.write_ended_at,
        decision: SENDING,
    };
    links::agree(tx, site.scope, agreement, site.engine.now().as_microsecond()).await
}

/// Merges a document that was read with the one here, and records what both sides agree on now.
pub(super) async fn meet_document(
    site: Site<'_>,
    tx: &mut Tx,
    meeting: Meeting<'_, SalesDocument>,
    read: &Read,
) -> Result<(), Failure> {
    let record = meeting.link.record_id.as_str();
    let Some(local) = whole::load(site.scope, tx, record).await? else { return Ok(()) };
    let rules = rules(site, RecordKind::SalesDocument, local.document.doc_type.is_booked()).await?;
    let remote_hash = content_hash(&meeting.remote);
    let meeting = with_lines_decided(meeting);
    let merge = meeting.merge(&local.document, &rules);
    let revision = Box::pin(take_document(site, tx, &local, &merge.taken(), read)).await?;
    agree(site, tx, &meeting, &merge, (revision, &remote_hash)).await?;
    Ok(())
}

/// Lines that were not kept as they were sent are one question: until a person has answered it they are no news.
fn with_lines_decided(mut meeting: Meeting<'_, SalesDocument>) -> Meeting<'_, SalesDocument> {
    let lines = FieldName::new(LINES);
    if !meeting.differences.contains_key(&lines) {
        return meeting;
    }
    let place = three_way::Place::Head(lines);
    match meeting.choices.iter().find(|(at, _)| *at == place).map(|(_, side)| *side) {
        None => {
            if let Some(base) = &meeting.base {
                meeting.remote.lines.clone_from(&base.lines);
            }
        }
        Some(Side::Here) => {
            if let Some(base) = &mut meeting.base {
                base.lines.clone_from(&meeting.remote.lines);
            }
        }
        Some(Side::There) => {}
    }
    meeting
}

/// Writes what the document here becomes; returns its revision.
async fn take_document(
    site: Site<'_>,
    tx: &mut Tx,
    local: &whole::Whole,
    taken: &SalesDocument,
    read: &Read,
) -> Result<i64, Failure> {
    let (scope, now) = (site.scope, site.engine.now());
    let (id, revision) = (local.stored.id.as_str(), local.stored.revision);
    let before = notes::document(tx, scope, id).await?;
    let parties = parties_of(site, tx, taken).await?;
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
    notes::updated(site.noting(), tx, (id, written), before).await?;
    Ok(written)
}

/// The records here of the customers and products that a document names by their remote ids.
async fn parties_of(site: Site<'_>, tx: &mut Tx, document: &SalesDocument) -> Result<Parties, StoreError> {
    let customer = document.customer.external_id.iter().map(|id| id.as_str().to_owned()).collect();
    let products = document.lines.iter().filter_map(Line::as_product);
    let products = products.filter_map(|line| line.product.external_id.as_ref());
    let products: Vec<String> = products.map(|id| id.as_str().to_owned()).collect();
    Ok(Parties::known_to_be(
        linked(site, tx, RecordKind::Contact, customer).await?,
        linked(site, tx, RecordKind::Product, products).await?,
    ))
}

async fn linked(
    site: Site<'_>,
    tx: &mut Tx,
    kind: RecordKind,
    ids: Vec<String>,
) -> Result<HashMap<String, String>, StoreError> {
    let place = Place { connection: site.connection, kind: kind.as_str(), remote_type: "" };
    links::records_of(tx, site.scope, place, &ids).await
}

/// The same of a contact.
pub(super) async fn meet_contact(
    site: Site<'_>,
    tx: &mut Tx,
    meeting: Meeting<'_, Contact>,
) -> Result<(), Failure> {
    let (scope, now) = (site.scope, site.engine.now());
    let id = meeting.link.record_id.as_str();
    let Some(stored) = contacts::contact(tx, scope, id).await? else { return Ok(()) };
    let local = stored.fields.contact()?;
    let rules = rules(site, RecordKind::Contact, false).await?;
    let merge = meeting.merge(&local, &rules);
    let taken = merge.taken();
    let mut revision = stored.revision;
    if taken != local {
        let fields = ContactFields::of(&taken);
        let written = contacts::update_contact(tx, scope, id, revision, &fields, now).await?;
        revision = written.ok_or(StoreError::Corrupt { column: "contacts.revision" })?;
        notes::changed_here(site.noting(), tx, RecordKind::Contact, (id, revision), (&local, &taken)).await?;
    }
    let remote_hash = content_hash(&meeting.remote);
    agree(site, tx, &meeting, &merge, (revision, &remote_hash)).await?;
    Ok(())
}

/// The same of a product.
pub(super) async fn meet_product(
    site: Site<'_>,
    tx: &mut Tx,
    meeting: Meeting<'_, Product>,
) -> Result<(), Failure> {
    let (scope, now) = (site.scope, site.engine.now());
    let id = meeting.link.record_id.as_str();
    let Some(stored) = sendable::one_product(tx, scope, id).await? else { return Ok(()) };
    let local = stored.fields.product();
    let rules = rules(site, RecordKind::Product, false).await?;
    let merge = meeting.merge(&local, &rules);
    let taken = merge.taken();
    let mut revision = stored.revision;
    if ProductFields::of(&taken) != stored.fields {
        let written =
            products::update_product(tx, scope, id, revision, &ProductFields::of(&taken), now).await?;
        revision = written.ok_or(StoreError::Corrupt { column: "products.revision" })?;
        notes::changed_here(site.noting(), tx, RecordKind::Product, (id, revision), (&local, &taken)).await?;
    }
    let remote_hash = content_hash(&meeting.remote);
    agree(site, tx, &meeting, &merge, (revision, &remote_hash)).await?;
    Ok(())
}
