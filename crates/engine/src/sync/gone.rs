//! What is gone in Metakocka. Absence from a complete scan is a suspicion; only a read by its id proves it (policy A).

use sync_core::discovery::another_company;

use super::failure::Failure;
use super::moved::{self, Elsewhere};
use super::page::{self, Batch, place};
use super::pull::{self, ById};
use super::reading::Reading;
use super::run::Slicing;
use crate::store::{StoreError, links, mirror};

/// Suspects that one scan reads by their id; the others keep the suspicion until the next one.
const READS: usize = 200;
/// Ids of one question to the database.
const AT_ONCE: usize = 1_000;

/// Finds out what became of the records that a complete scan did not show.
pub(super) async fn check_absent(
    slicing: &mut Slicing<'_>,
    batch: &Batch,
    from: Option<&str>,
    reading: &mut Reading,
) -> Result<(), Failure> {
    let working = slicing.working;
    let (db, scope) = (working.engine.db(), working.scope);
    let present = mirror::present_ids(db, scope, place(slicing, batch), from).await?;
    let absent: Vec<String> = present.into_iter().filter(|id| !reading.seen.contains(id)).collect();
    if absent.is_empty() {
        return Ok(());
    }
    let mut linked = 0;
    for ids in absent.chunks(AT_ONCE) {
        linked += links::of(db, scope, place(slicing, batch), ids).await?.len() as u64;
    }
    let links = links::count(db, scope, &slicing.connection.id, slicing.kind.as_str()).await?;
    // What the other types of this scan missed counts too: a company that was exchanged misses a few of each.
    let since = slicing.run.created_at;
    let elsewhere = mirror::suspected_elsewhere(db, scope, place(slicing, batch), since).await?;
    another_company(linked + elsewhere, links)?;
    let mut tx = working.begin().await?;
    mirror::suspect(&mut tx, scope, place(slicing, batch), &absent, working.now()).await?;
    tx.commit().await.map_err(StoreError::from)?;
    let left = READS.saturating_sub(reading.standing.asked);
    read_each(slicing, batch, reading, absent.into_iter().take(left).collect()).await
}

/// Reads records by their ids, one after another. [`Failure::Stopped`] when others should get their turn: those that were
/// read are not read again in this run.
pub(super) async fn read_each(
    slicing: &mut Slicing<'_>,
    batch: &Batch,
    reading: &mut Reading,
    ids: Vec<String>,
) -> Result<(), Failure> {
    for id in ids {
        let read =
            if slicing.pauses() { Err(Failure::Stopped) } else { read_again(slicing, batch, &id).await };
        if let Err(failure) = read {
            reading.keep(slicing).await?;
            return Err(failure);
        }
        slicing.progressed = true;
        reading.standing.asked += 1;
        reading.saw([id]);
    }
    Ok(())
}

/// Reads a record by its id: settles it when it is there, and records that it is gone when that is proven.
pub(super) async fn read_again(slicing: &mut Slicing<'_>, batch: &Batch, id: &str) -> Result<(), Failure> {
    match pull::by_id(slicing, batch.doc_type, id).await? {
        ById::Found(arrived) => page::settle(slicing, batch, vec![arrived]).await,
        ById::Missing => match moved::look_elsewhere(slicing, batch.doc_type, id).await? {
            Elsewhere::As(doc_type, arrived) => moved::settle(slicing, batch, doc_type, arrived).await,
            Elsewhere::Nowhere => page::gone(slicing, batch, id).await,
            Elsewhere::Unsure => Ok(()),
        },
        // Any other answer proves nothing: what is suspected stays suspected.
        ById::Declined(_) => Ok(()),
    }
}
