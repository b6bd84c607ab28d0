//! Sends a record that is kept only here because it was gone in Metakocka: it is looked for by its id once more, then it
//! is made again, which looks for its sign first (row 23).

use sync_core::intent::Hold;
use sync_core::record::{ExternalId, RecordKind};
use sync_core::time::UtcMicros;

use super::super::failure::Failure;
use super::super::outgoing::{self, Found, ReadBack};
use super::super::replan;
use super::super::seen::Seen;
use super::bring::{Brought, Round, code};
use super::change::{place, subject};
use super::{Desk, commit};
use crate::store::links::{self, LinkRow, Mode};
use crate::store::{StoreError, mirror};

/// Ends "keep only here".
pub(super) async fn once_more(desk: &Desk<'_>, seen: &Seen) -> Result<Round, Failure> {
    let Some((remote_type, link)) = &seen.link else { return Ok(Round::Again("unchanged")) };
    let id = ExternalId::parse(&link.external_id);
    let id = id.map_err(|_| StoreError::Corrupt { column: "links.external_id" })?;
    let asked_at = UtcMicros(desk.working.now());
    let code = code(desk, seen).await?;
    let subject = subject(seen.kind, remote_type);
    match outgoing::read_by_id(&desk.client, subject, &id, code.as_deref(), asked_at).await {
        ReadBack::Found(found) => it_is_there(desk, seen, (remote_type, link), &found).await,
        ReadBack::Missing => let_go(desk, seen, (remote_type, link)).await,
        ReadBack::Unanswered(unanswered) if unanswered.unreachable => {
            Err(Failure::Held { hold: Hold::NoConnection })
        }
        // No read proves that a product is missing; two full scans did before (policy A), and its code is looked for
        // before it is made.
        ReadBack::Unanswered(_) if seen.kind == RecordKind::Product => {
            let_go(desk, seen, (remote_type, link)).await
        }
        ReadBack::Unanswered(unanswered) => {
            Ok(Round::Settled(Brought::ended("failed", Some("bad_answer"), Some(unanswered.sentence))))
        }
    }
}

/// It is back, or was never gone: both sides follow each other again.
async fn it_is_there(
    desk: &Desk<'_>,
    seen: &Seen,
    (remote_type, link): (&str, &LinkRow),
    found: &Found,
) -> Result<Round, Failure> {
    let working = desk.working;
    let mut tx = working.begin().await?;
    links::set_mode(&mut tx, working.scope, &link.id, Mode::Normal).await?;
    let row = commit::mirror_row(found);
    commit::put_mirror(desk, &mut tx, place(desk, seen.kind, remote_type), row).await?;
    replan::again(working.engine, &mut tx, working.scope, seen.kind, &seen.id).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(Round::Again("unchanged"))
}

/// It is not there: the record has no remote one any more, and is planned like any that was never sent.
async fn let_go(
    desk: &Desk<'_>,
    seen: &Seen,
    (remote_type, link): (&str, &LinkRow),
) -> Result<Round, Failure> {
    let working = desk.working;
    let mut tx = working.begin().await?;
    let place = place(desk, seen.kind, remote_type);
    mirror::set_gone(&mut tx, working.scope, place, &link.external_id, working.now()).await?;
    links::forget(&mut tx, working.scope, &link.id).await?;
    replan::again(working.engine, &mut tx, working.scope, seen.kind, &seen.id).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(Round::Again("unchanged"))
}
