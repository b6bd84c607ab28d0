//! What is agreed on after a read-back, and what the record here becomes (policy C): the fields that were sent have the
//! value sent, everything else is merged as if it had been looked at just now.

use sync_core::record::RecordKind;

use super::super::failure::Failure;
use super::super::meet::{Meeting, base, meet_contact, meet_document, meet_product};
use super::super::outgoing::{self, Found, FoundRecord, SentRecord};
use super::super::page::{self, Arrived, Read};
use super::super::translate;
use super::drive::Driving;
use crate::store::links::{self, LinkRow};
use crate::store::{StoreError, Tx};

/// Commits what a read-back of our own write means.
pub(super) async fn confirm(driving: &Driving<'_>, tx: &mut Tx) -> Result<(), Failure> {
    let scope = driving.desk.working.scope;
    let link = links::of_record(tx, scope, driving.kind.as_str(), &driving.record).await?;
    let (Some((_, _, link)), Some(found)) = (link, driving.found.as_deref()) else { return Ok(()) };
    let differences = outgoing::differences(&driving.sent, found);
    let (link, write_ended_at) = (&link, Some(driving.now().0));
    let (site, choices) = (driving.desk.site(), Vec::new());
    let old = old_base(driving.kind, link)?;
    let base = match &old {
        // What was not said when it was made is taken as Metakocka fills it in: it is no edit of ours to be empty there.
        None => Some(driving.sent.record.clone()),
        Some(_) => outgoing::base_after(&driving.sent, old.as_ref(), found),
    };
    match (&found.record, base) {
        (FoundRecord::Document(document), Some(SentRecord::Document(base))) => {
            let Some((read, extras_hash)) = read_document(document.doc_type, found) else { return Ok(()) };
            let (base, remote) = (Some(*base), read.document.clone());
            let meeting = Meeting {
                link,
                base,
                remote,
                differences,
                extras_hash,
                write_ended_at,
                choices,
                there: None,
            };
            meet_document(site, tx, meeting, &read).await
        }
        (FoundRecord::Partner(partner), Some(SentRecord::Contact(base))) => {
            let Ok(remote) = translate::contact(partner) else { return Ok(()) };
            let (base, extras_hash) = (Some(*base), String::new());
            let meeting = Meeting {
                link,
                base,
                remote,
                differences,
                extras_hash,
                write_ended_at,
                choices,
                there: None,
            };
            meet_contact(site, tx, meeting).await
        }
        (FoundRecord::Product(product), Some(SentRecord::Product(base))) => {
            let (base, remote, extras_hash) = (Some(*base), translate::product(product), String::new());
            let meeting = Meeting {
                link,
                base,
                remote,
                differences,
                extras_hash,
                write_ended_at,
                choices,
                there: None,
            };
            meet_product(site, tx, meeting).await
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
