//! What is to be written of a record: the request that makes it, or that changes it from what was read. The executor sends
//! it, a plan shows it; both get it here, so that what is shown is what leaves.

use metakocka::{Document, DocumentType, Partner, Product as RemoteProduct};
use sync_core::intent::{Before, Marker};
use sync_core::record::{Contact, ExternalId, Product, RecordId, RecordKind, SalesDocument};
use sync_core::time::UtcMicros;

use super::outgoing::{self, ChangeFacts, Found, FoundRecord, NotMade, Prepared, SentRecord};
use super::seen::Seen;
use super::translate::spell;
use super::whole::StandIns;
use super::{meet, sendable, whole};
use crate::access::TenantScope;
use crate::store::connections::ConnectionRow;
use crate::store::links::LinkRow;
use crate::store::matching::ContactKeys;
use crate::store::mirror::{self, Place};
use crate::store::{Connection, StoreError, connections, contacts, intents};

/// A record that is to be written, and where it goes.
#[derive(Clone, Copy)]
pub(super) struct Of<'a> {
    pub scope: &'a TenantScope,
    pub connection: &'a ConnectionRow,
    pub seen: &'a Seen,
    /// Ids of what is brought first and has none yet.
    pub stand_ins: &'a StandIns,
}

/// A write that may be begun.
#[derive(Debug)]
pub(super) struct Writing {
    pub prepared: Prepared,
    /// The type of the record that it makes; empty for contacts and products.
    pub remote_type: String,
    pub marker: Option<Marker>,
}

/// The write that makes the record there, or every reason against it; none: the record is not here any more.
pub(super) async fn creation(
    reader: &mut Connection,
    of: Of<'_>,
) -> Result<Option<Result<Writing, Vec<String>>>, StoreError> {
    let (scope, seen) = (of.scope, of.seen);
    let (prepared, remote_type, marker) = match seen.kind {
        RecordKind::SalesDocument => {
            let Some(whole) = whole::load_with(scope, reader, &seen.id, of.stand_ins).await? else {
                return Ok(None);
            };
            let marker = of.marker()?;
            let remote_type = spell::remote_type(whole.document.doc_type).wire().to_owned();
            let before = before(of, &whole.document);
            let made = outgoing::create_document(&whole.document, &[], &marker, before);
            (made, remote_type, Some(marker))
        }
        RecordKind::Contact => {
            let contact = contact(reader, of).await?;
            let known = known(reader, of, &contact).await?;
            (outgoing::create_contact(&contact, known), String::new(), None)
        }
        RecordKind::Product => {
            let product = product(reader, of).await?;
            (outgoing::create_product(&product, Vec::new()), String::new(), None)
        }
    };
    Ok(Some(prepared.map(|prepared| Writing { prepared, remote_type, marker })))
}

impl Of<'_> {
    /// The record's sign.
    pub(super) fn marker(&self) -> Result<Marker, StoreError> {
        let id = RecordId::parse(&self.seen.id).map_err(|_| StoreError::Corrupt { column: "id" })?;
        Ok(Marker::of(&self.connection.id, &id))
    }
}

/// The record as it lies here, with the ids of everybody that it names.
pub(super) async fn wanted(reader: &mut Connection, of: Of<'_>) -> Result<Option<SentRecord>, StoreError> {
    Ok(match of.seen.kind {
        RecordKind::SalesDocument => whole::load_with(of.scope, reader, &of.seen.id, of.stand_ins)
            .await?
            .map(|whole| SentRecord::Document(Box::new(whole.document))),
        RecordKind::Contact => Some(SentRecord::Contact(Box::new(contact(reader, of).await?))),
        RecordKind::Product => Some(SentRecord::Product(Box::new(product(reader, of).await?))),
    })
}

/// What both sides last agreed on.
pub(super) fn base(kind: RecordKind, link: &LinkRow) -> Result<Option<SentRecord>, StoreError> {
    Ok(match kind {
        RecordKind::SalesDocument => meet::base(link)?.map(|base| SentRecord::Document(Box::new(base))),
        RecordKind::Contact => meet::base(link)?.map(|base| SentRecord::Contact(Box::new(base))),
        RecordKind::Product => meet::base(link)?.map(|base| SentRecord::Product(Box::new(base))),
    })
}

/// The write that makes of what was read what is wanted; see [`outgoing::change_document`] for `base`.
pub(super) async fn change(
    reader: &mut Connection,
    of: Of<'_>,
    found: &Found,
    (base, wanted): (&SentRecord, &SentRecord),
) -> Result<Result<Prepared, NotMade>, StoreError> {
    Ok(match (&found.record, base, wanted) {
        (FoundRecord::Document(fresh), SentRecord::Document(base), SentRecord::Document(wanted)) => {
            let kind = of.seen.kind.as_str();
            let first_issue = connections::first_issue(reader, of.scope).await?;
            let facts = ChangeFacts {
                ours: intents::is_ours(reader, of.scope, kind, &of.seen.id).await?,
                first_issue_seen: first_issue.and_then(|at| at.parse().ok()),
            };
            outgoing::change_document(fresh, found.asked_at, base, wanted, facts, &of.marker()?)
        }
        (FoundRecord::Partner(fresh), SentRecord::Contact(base), SentRecord::Contact(wanted)) => {
            outgoing::change_contact(fresh, found.asked_at, base, wanted)
        }
        (FoundRecord::Product(fresh), SentRecord::Product(base), SentRecord::Product(wanted)) => {
            outgoing::change_product(fresh, found.asked_at, base, wanted)
        }
        _ => Err(NotMade::Nothing),
    })
}

/// What the mirror keeps of a record, as if it had just been read; none: it can't be read.
pub(super) fn last_read(kind: RecordKind, remote_type: &str, seen: &mirror::Seen) -> Option<Found> {
    let raw = seen.raw.as_str();
    let record = match kind {
        RecordKind::SalesDocument => {
            let read = Document::from_json(DocumentType::from_wire(remote_type)?, raw).ok()?;
            FoundRecord::Document(Box::new(read))
        }
        RecordKind::Contact => FoundRecord::Partner(Box::new(Partner::from_json(raw).ok()?)),
        RecordKind::Product => FoundRecord::Product(Box::new(RemoteProduct::from_json(raw).ok()?)),
    };
    Some(Found { raw: seen.raw.clone(), record, asked_at: UtcMicros(seen.read_at) })
}

/// Partners that a look-up of this contact may show and of which it was decided that they are others.
async fn known(
    reader: &mut Connection,
    of: Of<'_>,
    contact: &Contact,
) -> Result<Vec<ExternalId>, StoreError> {
    let keys = ContactKeys::of(contact);
    let place = Place { connection: &of.connection.id, kind: RecordKind::Contact.as_str(), remote_type: "" };
    let like = (contact.name.as_str(), keys.tax.as_deref(), keys.email.as_deref());
    let ids = mirror::like(reader, of.scope, place, like).await?;
    Ok(ids.iter().filter_map(|id| ExternalId::parse(id).ok()).collect())
}

/// The look-up before is left out only where a marker that was never used goes into a field that is searched. Whether that
/// of a record which is older than a restore was used, the database does not know.
fn before(of: Of<'_>, document: &SalesDocument) -> Before {
    let is_order = document.doc_type == sync_core::record::DocumentType::Order;
    let restored = of.connection.restored_at;
    let is_unused = of.seen.last.is_none() && restored.is_none_or(|at| is_made_after(&of.seen.id, at));
    if is_order && document.buyer_order.is_none() && is_unused {
        Before::Skip
    } else {
        Before::Look { known: Vec::new() }
    }
}

/// Whether a record was made after an instant, as its id tells: the first 48 bits of a UUIDv7 are milliseconds.
fn is_made_after(id: &str, instant: i64) -> bool {
    let digits: String = id.chars().filter(|digit| *digit != '-').take(12).collect();
    i64::from_str_radix(&digits, 16).is_ok_and(|ms| ms.saturating_mul(1_000) > instant)
}

/// The contact as it lies here.
pub(super) async fn contact(reader: &mut Connection, of: Of<'_>) -> Result<Contact, StoreError> {
    let stored = contacts::contact(reader, of.scope, &of.seen.id).await?;
    stored.ok_or(StoreError::Corrupt { column: "contacts.id" })?.fields.contact()
}

/// The product as it lies here.
pub(super) async fn product(reader: &mut Connection, of: Of<'_>) -> Result<Product, StoreError> {
    let stored = sendable::one_product(reader, of.scope, &of.seen.id).await?;
    Ok(stored.ok_or(StoreError::Corrupt { column: "products.id" })?.fields.product())
}
