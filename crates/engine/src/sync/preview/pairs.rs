//! A record here beside what was last read of it there: what bringing both together takes, and what is then to be sent.

use metakocka::{DocumentType, Partner, Product as RemoteProduct};
use serde::de::DeserializeOwned;
use sync_core::record::RecordKind;
use sync_core::three_way::Mergeable;

use super::super::merge::{self, Agreed, Writable};
use super::super::outgoing::SentRecord;
use super::super::page::Arrived;
use super::super::{decide, translate};
use super::draft::moved;
use super::views::PlannedChange;
use crate::store::connections::KindRow;
use crate::store::mirror;

/// What becomes of both sides.
pub(super) struct Together {
    /// What both sides agree on then; none: nothing before a person has decided.
    pub base: Option<SentRecord>,
    /// The record here then.
    pub wanted: SentRecord,
    /// What changes, on either side.
    pub changes: Vec<PlannedChange>,
    /// What a person decides about.
    pub open: Vec<String>,
    /// Whether anything is left to be sent.
    pub sends: bool,
}

/// A record as the mirror holds it; none: it can't be read.
pub(super) fn remote(kind: RecordKind, remote_type: &str, seen: &mirror::Seen) -> Option<SentRecord> {
    Some(match kind {
        RecordKind::SalesDocument => {
            let doc_type = DocumentType::from_wire(remote_type)?;
            let arrived = Arrived::of_raw(doc_type, String::new(), seen.raw.clone(), seen.read_at);
            SentRecord::Document(Box::new(arrived.what.ok()?.document))
        }
        RecordKind::Contact => {
            let partner = Partner::from_json(&seen.raw).ok()?;
            SentRecord::Contact(Box::new(translate::contact(&partner).ok()?))
        }
        RecordKind::Product => {
            let product = RemoteProduct::from_json(&seen.raw).ok()?;
            SentRecord::Product(Box::new(translate::product(&product)))
        }
    })
}

/// Brings two records of one kind together (policy C); none: they are of two kinds.
pub(super) fn together(
    kind: &KindRow,
    agreed: Agreed<'_>,
    here: &SentRecord,
    there: &SentRecord,
) -> Option<Together> {
    let plain = decide::chosen(kind).direction;
    Some(match (here, there) {
        (SentRecord::Document(here), SentRecord::Document(there)) => {
            let direction = decide::document_policy(kind, here.doc_type.is_booked()).direction;
            let writable = Writable::by(direction);
            of(agreed, here.as_ref(), there.as_ref(), writable, |one| SentRecord::Document(Box::new(one)))
        }
        (SentRecord::Contact(here), SentRecord::Contact(there)) => {
            let writable = Writable::of_party(plain, RecordKind::Contact);
            of(agreed, here.as_ref(), there.as_ref(), writable, |one| SentRecord::Contact(Box::new(one)))
        }
        (SentRecord::Product(here), SentRecord::Product(there)) => {
            let writable = Writable::of_party(plain, RecordKind::Product);
            of(agreed, here.as_ref(), there.as_ref(), writable, |one| SentRecord::Product(Box::new(one)))
        }
        _ => return None,
    })
}

fn of<R: Mergeable + DeserializeOwned>(
    agreed: Agreed<'_>,
    here: &R,
    there: &R,
    writable: Writable,
    wrap: impl Fn(R) -> SentRecord,
) -> Together {
    let merge = merge::merged(agreed, here, there, writable);
    let before = || agreed.base.and_then(|text| serde_json::from_str::<R>(text).ok());
    Together {
        base: merge.base_after().or_else(before).map(&wrap),
        wanted: wrap(merge.taken()),
        changes: moved(&merge),
        open: merge.open_words(),
        sends: merge.sends(),
    }
}
