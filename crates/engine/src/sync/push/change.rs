//! Changes one record in Metakocka, built on a fresh read; what is news there is taken first (rows 20 to 22, policy E).

use metakocka::DocumentType;
use sync_core::capabilities::Subject;
use sync_core::intent::Hold;
use sync_core::record::{ExternalId, RecordKind};
use sync_core::time::UtcMicros;

use super::super::failure::Failure;
use super::super::meet::{self, Meeting};
use super::super::outgoing::{self, Found, FoundRecord, NotMade, Prepared, ReadBack};
use super::super::preview::CHANGED_THERE;
use super::super::seen::Seen;
use super::super::translate::{self};
use super::super::{replan, writing};
use super::bring::{Brought, Round, blocked, code, start};
use super::confirm;
use super::{Desk, commit};
use crate::store::StoreError;
use crate::store::links::{self, LinkRow};
use crate::store::mirror::{self, MirrorRow, Place};

/// Changes the record in Metakocka, from a fresh read (policy E).
pub(super) async fn change(desk: &Desk<'_>, seen: &Seen) -> Result<Round, Failure> {
    let Some((remote_type, link)) = &seen.link else { return Ok(Round::Again("unchanged")) };
    let id = ExternalId::parse(&link.external_id);
    let id = id.map_err(|_| StoreError::Corrupt { column: "links.external_id" })?;
    let asked_at = UtcMicros(desk.working.now());
    let code = code(desk, seen).await?;
    let subject = subject(seen.kind, remote_type);
    match outgoing::read_by_id(&desk.client, subject, &id, code.as_deref(), asked_at).await {
        ReadBack::Unanswered(unanswered) if unanswered.unreachable => {
            Err(Failure::Held { hold: Hold::NoConnection })
        }
        ReadBack::Unanswered(unanswered) => {
            Ok(Round::Settled(Brought::ended("failed", Some("bad_answer"), Some(unanswered.sentence))))
        }
        ReadBack::Missing => gone(desk, seen, (remote_type, link)).await,
        ReadBack::Found(found) => {
            Box::pin(change_what_was_read(desk, seen, (remote_type, link), &found)).await
        }
    }
}

async fn gone(desk: &Desk<'_>, seen: &Seen, (remote_type, link): (&str, &LinkRow)) -> Result<Round, Failure> {
    let working = desk.working;
    let mut tx = working.begin().await?;
    let place = place(desk, seen.kind, remote_type);
    mirror::set_gone(&mut tx, working.scope, place, &link.external_id, working.now()).await?;
    replan::again(working.engine, &mut tx, working.scope, seen.kind, &seen.id).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(Round::Again("unchanged"))
}

pub(super) fn place<'a>(desk: &'a Desk<'_>, kind: RecordKind, remote_type: &'a str) -> Place<'a> {
    Place { connection: &desk.connection.id, kind: kind.as_str(), remote_type }
}

/// Takes what is news there first; what is then edited here only is sent, built on this very read.
async fn change_what_was_read(
    desk: &Desk<'_>,
    seen: &Seen,
    (remote_type, link): (&String, &LinkRow),
    found: &Found,
) -> Result<Round, Failure> {
    let row = commit::mirror_row(found);
    if seen.planned_on.as_ref().is_some_and(|content| *content != row.content_hash) {
        return moved(desk, seen, remote_type, row).await;
    }
    let is_news = Some(&row.content_hash) != link.remote_hash.as_ref();
    if is_news || seen.says(22, "to_merge") {
        return meet(desk, seen, (remote_type, link), found).await;
    }
    let prepared = prepare(desk, seen, link, found).await?;
    match prepared {
        Ok(prepared) => {
            let of = desk.of(seen);
            let marker = (seen.kind == RecordKind::SalesDocument).then(|| of.marker()).transpose()?;
            start(desk, seen, (prepared, remote_type.clone(), marker), "updated").await
        }
        Err(NotMade::Blocked(reasons)) => blocked(desk, seen, reasons).await,
        // It moved meanwhile, or both sides say the same in other words: that is agreed on.
        Err(NotMade::Stale | NotMade::Nothing) => meet(desk, seen, (remote_type, link), found).await,
    }
}

/// Whoever applied a plan has not seen what Metakocka has now: that is shown, and nothing is sent.
async fn moved(desk: &Desk<'_>, seen: &Seen, remote_type: &str, row: MirrorRow) -> Result<Round, Failure> {
    let working = desk.working;
    let mut tx = working.begin().await?;
    commit::put_mirror(desk, &mut tx, place(desk, seen.kind, remote_type), row).await?;
    replan::again(working.engine, &mut tx, working.scope, seen.kind, &seen.id).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(Round::Settled(Brought::moved(CHANGED_THERE.to_owned())))
}

/// The request, built on this very read.
async fn prepare(
    desk: &Desk<'_>,
    seen: &Seen,
    link: &LinkRow,
    found: &Found,
) -> Result<Result<Prepared, NotMade>, StoreError> {
    let of = desk.of(seen);
    let mut reader = desk.working.engine.db().read().await?;
    let (base, wanted) = (writing::base(seen.kind, link)?, writing::wanted(&mut reader, of).await?);
    let (Some(base), Some(wanted)) = (base, wanted) else { return Ok(Err(NotMade::Nothing)) };
    writing::change(&mut reader, of, found, (&base, &wanted)).await
}

/// Merges what was read into the record here (rows 20 and 22).
async fn meet(
    desk: &Desk<'_>,
    seen: &Seen,
    (remote_type, link): (&String, &LinkRow),
    found: &Found,
) -> Result<Round, Failure> {
    let working = desk.working;
    let mut tx = working.begin().await?;
    let row = commit::mirror_row(found);
    commit::put_mirror(desk, &mut tx, place(desk, seen.kind, remote_type), row).await?;
    replan::again(working.engine, &mut tx, working.scope, seen.kind, &seen.id).await?;
    let now = links::of_record(&mut tx, working.scope, seen.kind.as_str(), &seen.id).await?;
    let takes = now.is_some_and(|(_, _, now)| {
        matches!(now.sync_reason.as_deref(), Some("to_take" | "to_merge" | "to_send"))
    });
    if takes {
        meet_in(desk, &mut tx, link, found).await?;
        replan::again(working.engine, &mut tx, working.scope, seen.kind, &seen.id).await?;
    }
    tx.commit().await.map_err(StoreError::from)?;
    Ok(Round::Again("unchanged"))
}

async fn meet_in(
    desk: &Desk<'_>,
    tx: &mut crate::store::Tx,
    link: &LinkRow,
    found: &Found,
) -> Result<(), Failure> {
    let differences = link.differences.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let (differences, choices) = (differences.unwrap_or_default(), Vec::new());
    match &found.record {
        FoundRecord::Document(document) => {
            let Some((read, extras_hash)) = confirm::read_document(document.doc_type, found) else {
                return Ok(());
            };
            let base = meet::base(link)?;
            let remote = read.document.clone();
            let meeting = Meeting {
                link,
                base,
                remote,
                differences,
                extras_hash,
                write_ended_at: None,
                choices,
                there: None,
            };
            meet::meet_document(desk.site(), tx, meeting, &read).await
        }
        FoundRecord::Partner(partner) => {
            let (base, Ok(remote)) = (meet::base(link)?, translate::contact(partner)) else {
                return Ok(());
            };
            let extras_hash = String::new();
            let meeting = Meeting {
                link,
                base,
                remote,
                differences,
                extras_hash,
                write_ended_at: None,
                choices,
                there: None,
            };
            meet::meet_contact(desk.site(), tx, meeting).await
        }
        FoundRecord::Product(product) => {
            let base = meet::base(link)?;
            let (remote, extras_hash) = (translate::product(product), String::new());
            let meeting = Meeting {
                link,
                base,
                remote,
                differences,
                extras_hash,
                write_ended_at: None,
                choices,
                there: None,
            };
            meet::meet_product(desk.site(), tx, meeting).await
        }
    }
}

pub(super) fn subject(kind: RecordKind, remote_type: &str) -> Subject {
    match (kind, DocumentType::from_wire(remote_type)) {
        (RecordKind::Product, _) => Subject::Product,
        (RecordKind::SalesDocument, Some(doc_type)) => Subject::Document(translate::document_type(doc_type)),
        _ => Subject::Contact,
    }
}
