//! Takes the items of a run that were planned when it was asked for.

use std::collections::{BTreeMap, HashMap};

use metakocka::{Document, DocumentType, MkId, Row};
use sync_core::record::RecordKind;

use super::failure::{Failure, is_about_the_record, sentence};
use super::page::{self, Arrived, Batch};
use super::preview::moved_there;
use super::run::Slicing;
use super::start::plan_of;
use super::{take_party, translate};
use crate::store::mirror::{self, Place};
use crate::store::runs::{self, Counts, Item, ItemRow};

/// Records of one transaction: small enough that progress is seen and little is lost with a crash, large enough that
/// the database's work for each transaction does not count.
const AT_ONCE: i64 = 100;

const NOT_THERE: &str = "Metakocka has no such document.";

/// Works until the slice is over; true when all items are settled.
pub(super) async fn slice(slicing: &mut Slicing<'_>) -> Result<bool, Failure> {
    loop {
        let working = slicing.working;
        let mut items =
            runs::next_items(working.engine.db(), working.scope, &slicing.run.id, AT_ONCE).await?;
        // What is sent comes after everything that is taken.
        items.retain(|item| !item.external_id.is_empty());
        if items.is_empty() {
            return Ok(true);
        }
        let items = leave_moved(slicing, items).await?;
        if items.is_empty() {
            continue;
        }
        if slicing.kind != RecordKind::SalesDocument {
            take_party::take(slicing, items).await?;
            slicing.progressed = true;
            if slicing.is_over() {
                return Ok(false);
            }
            continue;
        }
        let mut by_type: BTreeMap<String, Vec<ItemRow>> = BTreeMap::new();
        for item in items {
            by_type.entry(item.remote_type.clone()).or_default().push(item);
        }
        let nameless = by_type.remove("").unwrap_or_default();
        for (remote_type, items) in by_type {
            take(slicing, &remote_type, items).await?;
            slicing.progressed = true;
        }
        for item in nameless {
            if slicing.is_over() {
                return Ok(false);
            }
            take_nameless(slicing, item).await?;
            slicing.progressed = true;
        }
        if slicing.is_over() {
            return Ok(false);
        }
    }
}

/// Leaves alone what is not any more what the plan shows that the run carries out.
async fn leave_moved(slicing: &mut Slicing<'_>, items: Vec<ItemRow>) -> Result<Vec<ItemRow>, Failure> {
    let Some(plan) = plan_of(&slicing.run.selection) else { return Ok(items) };
    let working = slicing.working;
    let ids: Vec<String> = items.iter().map(|item| item.external_id.clone()).collect();
    let of = (plan, slicing.connection.id.as_str());
    let moved = moved_there(&mut *working.engine.db().read().await?, working.scope, of, &ids).await?;
    let why = |item: &ItemRow| moved.get(&(item.remote_type.clone(), item.external_id.clone()));
    let (gone, stays): (Vec<ItemRow>, Vec<ItemRow>) = items.into_iter().partition(|item| why(item).is_some());
    if gone.is_empty() {
        return Ok(stays);
    }
    let skipped = i64::try_from(gone.len()).unwrap_or(i64::MAX);
    let said = |item: ItemRow| {
        let sentence = why(&item).cloned().unwrap_or_default();
        settled(item, "skipped", "changed_meanwhile", &sentence, working.now())
    };
    let left: Vec<Item> = gone.into_iter().map(said).collect();
    let tx = working.begin().await?;
    page::conclude(slicing, tx, &left, Counts { skipped, ..Counts::default() }).await?;
    Ok(stays)
}

/// Takes a record that was named without its type: as the mirror knows it, else as each type in turn (policy F). An id
/// that two types share is told as such.
async fn take_nameless(slicing: &mut Slicing<'_>, item: ItemRow) -> Result<(), Failure> {
    let working = slicing.working;
    let (connection, kind) = (&slicing.connection.id, slicing.kind.as_str());
    let id = item.external_id.as_str();
    let known = mirror::types_of(working.engine.db(), working.scope, connection, kind, id).await?;
    match known.as_slice() {
        [] => look_for(slicing, item).await,
        [remote_type] => take(slicing, remote_type, vec![item]).await,
        types => refuse_shared(slicing, item, types).await,
    }
}

/// Asks for the record as each type.
async fn look_for(slicing: &mut Slicing<'_>, item: ItemRow) -> Result<(), Failure> {
    let mut found = Vec::new();
    let mut declined = None;
    for doc_type in DocumentType::ALL {
        match by_id(slicing, doc_type, &item.external_id).await? {
            ById::Found(one) => found.push((doc_type, one)),
            ById::Missing => {}
            ById::Declined(sentence) => declined = Some(sentence),
        }
    }
    if found.len() > 1 {
        let types: Vec<String> = found.iter().map(|(doc_type, _)| doc_type.wire().to_owned()).collect();
        return refuse_shared(slicing, item, &types).await;
    }
    match (found.pop(), declined) {
        (Some((doc_type, one)), _) => {
            let positions = Some(HashMap::from([(one.id.clone(), item.position)]));
            page::settle(slicing, &Batch { doc_type, takes: true, positions }, vec![one]).await
        }
        (None, Some(sentence)) => page::refuse(slicing, vec![item], "refused", &sentence).await,
        (None, None) => page::refuse(slicing, vec![item], "not_found", NOT_THERE).await,
    }
}

async fn refuse_shared(slicing: &mut Slicing<'_>, item: ItemRow, types: &[String]) -> Result<(), Failure> {
    let (id, types) = (&item.external_id, types.join(", "));
    let sentence = format!("{id} is the id of more than one document: name its type ({types}).");
    page::refuse(slicing, vec![item], "ambiguous_type", &sentence).await
}

async fn take(slicing: &mut Slicing<'_>, remote_type: &str, items: Vec<ItemRow>) -> Result<(), Failure> {
    let Some(doc_type) = DocumentType::from_wire(remote_type) else {
        let sentence = format!("{remote_type} is not a type of sales document.");
        return page::refuse(slicing, items, "not_found", &sentence).await;
    };
    let positions: HashMap<String, i64> =
        items.iter().map(|item| (item.external_id.clone(), item.position)).collect();
    let ids: Vec<String> = items.iter().map(|item| item.external_id.clone()).collect();
    let mut arrived = from_mirror(slicing, doc_type, &ids).await?;
    let missing: Vec<ItemRow> =
        items.into_iter().filter(|item| !arrived.iter().any(|one| one.id == item.external_id)).collect();
    let mut absent = Vec::new();
    for item in missing {
        match by_id(slicing, doc_type, &item.external_id).await? {
            ById::Found(one) => arrived.push(one),
            ById::Missing => absent.push(item),
            ById::Declined(sentence) => page::refuse(slicing, vec![item], "refused", &sentence).await?,
        }
    }
    if !absent.is_empty() {
        page::refuse(slicing, absent, "not_found", NOT_THERE).await?;
    }
    let batch = Batch { doc_type, takes: true, positions: Some(positions) };
    page::settle(slicing, &batch, arrived).await
}

/// What was last read of these documents.
async fn from_mirror(
    slicing: &Slicing<'_>,
    doc_type: DocumentType,
    ids: &[String],
) -> Result<Vec<Arrived>, Failure> {
    let working = slicing.working;
    let place = Place {
        connection: &slicing.connection.id,
        kind: slicing.kind.as_str(),
        remote_type: doc_type.wire(),
    };
    let stored = mirror::load(working.engine.db(), working.scope, place, ids).await?;
    Ok(stored
        .into_iter()
        .map(|row| Arrived::of_raw(doc_type, row.external_id, row.raw, row.read_at))
        .collect())
}

/// What a read by id brings.
pub(super) enum ById {
    /// The document.
    Found(Arrived),
    /// Metakocka says that there is none with this id.
    Missing,
    /// Metakocka says something else about this one.
    Declined(String),
}

/// Reads one document by its id.
pub(super) async fn by_id(slicing: &Slicing<'_>, doc_type: DocumentType, id: &str) -> Result<ById, Failure> {
    let Ok(mk_id) = MkId::parse(id) else { return Ok(ById::Missing) };
    let read_at = slicing.working.now();
    let found: Result<Option<Row<Document>>, _> =
        slicing.client.get_document(doc_type, &mk_id, &translate::usual_flags(doc_type)).await;
    match found {
        Ok(Some(row)) => Ok(ById::Found(Arrived::of_row(row, read_at, Some(id)))),
        Ok(None) => Ok(ById::Missing),
        Err(error) if is_about_the_record(&error) => Ok(ById::Declined(sentence(&error))),
        Err(error) => Err(Failure::remote("reading a document by its id")(error)),
    }
}

/// A settled item that needs no record.
pub(super) fn settled(
    item: ItemRow,
    outcome: &'static str,
    code: &'static str,
    sentence: &str,
    now: i64,
) -> Item {
    Item {
        position: item.position,
        remote_type: item.remote_type,
        external_id: item.external_id,
        label: item.label,
        record_id: None,
        outcome: Some(outcome),
        code: Some(code),
        sentence: Some(sentence.to_owned()),
        advice: None,
        finished_at: Some(now),
    }
}
