//! What is gone in Metakocka. Absence from a complete scan is a suspicion; only a read by its id proves it (policy A).

use std::collections::HashSet;

use metakocka::DocumentType;
use sync_core::discovery::another_company;

use super::failure::Failure;
use super::page::{self, Batch, place};
use super::pull;
use super::run::Slicing;
use crate::store::{StoreError, links, mirror};

/// Suspects that one scan reads by their id; the others keep the suspicion until the next one.
const READS: usize = 200;

/// Finds out what became of the records that a complete scan did not show.
pub(super) async fn check_absent(
    slicing: &mut Slicing<'_>,
    batch: &Batch,
    from: Option<&str>,
    seen: &HashSet<String>,
) -> Result<(), Failure> {
    let working = slicing.working;
    let (db, scope) = (working.engine.db(), working.scope);
    let present = mirror::present_ids(db, scope, place(slicing, batch), from).await?;
    let absent: Vec<String> = present.into_iter().filter(|id| !seen.contains(id)).collect();
    if absent.is_empty() {
        return Ok(());
    }
    let linked = links::of(db, scope, place(slicing, batch), &absent).await?.len() as u64;
    let links = links::count(db, scope, &slicing.connection.id, slicing.kind.as_str()).await?;
    another_company(linked, links)?;
    let mut tx = working.begin().await?;
    mirror::suspect(&mut tx, scope, place(slicing, batch), &absent, working.now()).await?;
    tx.commit().await.map_err(StoreError::from)?;
    for id in absent.into_iter().take(READS) {
        read_again(slicing, batch, &id).await?;
    }
    Ok(())
}

/// Reads a record by its id: settles it when it is there, and records that it is gone when that is proven.
pub(super) async fn read_again(slicing: &mut Slicing<'_>, batch: &Batch, id: &str) -> Result<(), Failure> {
    match pull::by_id(slicing, batch.doc_type, id).await? {
        Some(arrived) => page::settle(slicing, batch, vec![arrived]).await,
        None if is_elsewhere(slicing, batch.doc_type, id).await? => Ok(()),
        None => page::gone(slicing, batch, id).await,
    }
}

/// A bill may have become one of another type: it is gone only when no sibling type has it either.
async fn is_elsewhere(slicing: &Slicing<'_>, doc_type: DocumentType, id: &str) -> Result<bool, Failure> {
    if !doc_type.is_bill() {
        return Ok(false);
    }
    for sibling in DocumentType::ALL.into_iter().filter(|other| other.is_bill() && *other != doc_type) {
        if pull::by_id(slicing, sibling, id).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
