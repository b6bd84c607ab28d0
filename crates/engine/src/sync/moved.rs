//! Bills that became bills of another type in Metakocka: a record is known by its type and its id, so one that changed its
//! type would be gone and new at the same time. Its mirror row and its link follow it; where that cannot be, a person is
//! asked. Two records here for one there are never made.

use std::collections::HashSet;

use metakocka::DocumentType;

use super::failure::Failure;
use super::page::{self, Arrived, Batch, place};
use super::pull::{self, ById};
use super::run::{Slicing, announce};
use crate::store::mirror::{self, Place, StoredDecision};
use crate::store::{StoreError, history, links};

/// What became of a bill that Metakocka no longer has under its type.
pub(super) enum Elsewhere {
    /// No other type has it.
    Nowhere,
    /// Metakocka did not say.
    Unsure,
    /// It is one of this type now.
    As(DocumentType, Arrived),
}

fn siblings(doc_type: DocumentType) -> impl Iterator<Item = DocumentType> {
    DocumentType::ALL
        .into_iter()
        .filter(move |other| doc_type.is_bill() && other.is_bill() && *other != doc_type)
}

/// Looks for a document among the other types that it can have become.
pub(super) async fn look_elsewhere(
    slicing: &Slicing<'_>,
    doc_type: DocumentType,
    id: &str,
) -> Result<Elsewhere, Failure> {
    let mut unsure = false;
    for sibling in siblings(doc_type) {
        match pull::by_id(slicing, sibling, id).await? {
            ById::Found(arrived) => return Ok(Elsewhere::As(sibling, arrived)),
            ById::Missing => {}
            ById::Declined(_) => unsure = true,
        }
    }
    Ok(if unsure { Elsewhere::Unsure } else { Elsewhere::Nowhere })
}

/// Settles a document under the type that it has now; under the one of `batch` it is proven to be no more.
pub(super) async fn settle(
    slicing: &mut Slicing<'_>,
    batch: &Batch,
    doc_type: DocumentType,
    arrived: Arrived,
) -> Result<(), Failure> {
    follow(slicing, batch.doc_type, doc_type, &arrived.id).await?;
    let batch = Batch { doc_type, takes: batch.takes, positions: None };
    // Settling reads by id what has changed its type, and so comes back here: not for this one, which has followed.
    Box::pin(page::settle(slicing, &batch, vec![arrived])).await
}

/// Before documents are settled that are new under their type: those that the mirror knows under another one follow when
/// Metakocka has them there no more. Returns the ids of which that is not certain: nothing is decided about them now.
pub(super) async fn follow_all(
    slicing: &mut Slicing<'_>,
    batch: &Batch,
    arrived: &[Arrived],
) -> Result<HashSet<String>, Failure> {
    let others: Vec<&str> = siblings(batch.doc_type).map(DocumentType::wire).collect();
    if others.is_empty() {
        return Ok(HashSet::new());
    }
    let working = slicing.working;
    let ids: Vec<String> = arrived.iter().map(|one| one.id.clone()).collect();
    let here = place(slicing, batch);
    let known = mirror::under_other_types(working.engine.db(), working.scope, here, &others, &ids).await?;
    let mut unsure = HashSet::new();
    for (remote_type, id) in known {
        let Some(before) = DocumentType::from_wire(&remote_type) else { continue };
        match pull::by_id(slicing, before, &id).await? {
            ById::Missing => follow(slicing, before, batch.doc_type, &id).await?,
            ById::Declined(_) => drop(unsure.insert(id)),
            // Two documents of different types that happen to have the same id.
            ById::Found(_) => {}
        }
    }
    Ok(unsure)
}

/// Lets mirror row and link follow a document to its new type. When there is a link already, both records here are the
/// same document there, and a person has to say what becomes of the one that was linked to the old type.
async fn follow(
    slicing: &mut Slicing<'_>,
    from: DocumentType,
    to: DocumentType,
    id: &str,
) -> Result<(), Failure> {
    let working = slicing.working;
    let (db, scope, now) = (working.engine.db(), working.scope, working.now());
    let at = |doc_type: DocumentType| Place {
        connection: &slicing.connection.id,
        kind: slicing.kind.as_str(),
        remote_type: doc_type.wire(),
    };
    let ids = [id.to_owned()];
    let before = links::of(db, scope, at(from), &ids).await?.remove(id);
    let twin = links::of(db, scope, at(to), &ids).await?.remove(id);
    let mut tx = working.begin().await?;
    if let (Some(link), Some(_)) = (&before, &twin) {
        mirror::set_gone(&mut tx, scope, at(from), id, now).await?;
        links::decide(&mut tx, scope, &link.id, None, asks(to)).await?;
    } else {
        links::change_type(&mut tx, scope, at(from), id, to.wire()).await?;
        mirror::change_type(&mut tx, scope, at(from), id, to.wire()).await?;
        history::change_type(&mut tx, scope, at(from), id, to.wire()).await?;
    }
    announce(&mut tx, scope, &slicing.run.id, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    working.engine.remote().wake();
    Ok(())
}

/// Row 8: two records here for one there.
fn asks(to: DocumentType) -> StoredDecision {
    StoredDecision {
        row: 8,
        status: "needs_review",
        reason: Some("duplicate"),
        detail: Some(format!(
            "In Metakocka it has become {to}, and that is here already as another document."
        )),
    }
}
