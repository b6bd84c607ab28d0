//! Links a record here with the remote record that it is (row 14): three-way with an empty base, and what names the remote
//! record finds the one here. Nothing is sent by it.

use sync_core::record::RecordKind;

use super::classes::At;
use crate::Engine;
use crate::store::mirror::{self, Place, StoredDecision};
use crate::store::{StoreError, Tx, contacts, history, links, matching, products, records};
use crate::sync::conflict::Terms;
use crate::sync::failure::Failure;
use crate::sync::lone::{self, Known};
use crate::sync::notes::{self, Noting};
use crate::sync::{parties, replan, translate};

/// The decision of a pair that is just being linked; it is decided anew in the same transaction.
const LINKING: StoredDecision =
    StoredDecision { row: 14, status: "pending", reason: Some("to_merge"), detail: None };

/// A remote record, by type and id.
pub(in crate::sync) type Remote<'a> = (&'a str, &'a str);

/// Links them. False: one of them has a link already, or the remote one can't be read or is gone; nothing was written.
pub(in crate::sync) async fn link(
    engine: &Engine,
    tx: &mut Tx,
    at: At<'_>,
    record: &str,
    (remote_type, id): Remote<'_>,
) -> Result<bool, Failure> {
    let (scope, kind) = (at.scope, at.kind);
    let place = Place { connection: at.connection, kind: kind.as_str(), remote_type };
    let seen = mirror::seen(tx, scope, place, id).await?;
    if seen.is_none_or(|seen| seen.gone_at.is_some() || seen.unreadable.is_some()) {
        return Ok(false);
    }
    let new = engine.new_id();
    let now = engine.now().as_microsecond();
    if !links::insert_pending(tx, scope, place, (&new, id, record), LINKING, now).await? {
        return Ok(false);
    }
    mirror::decide(tx, scope, place, &[id.to_owned()], None).await?;
    records::decide(tx, scope, kind, record, None).await?;
    if let Some(pair) = engine.pair(tx, scope, kind, record).await? {
        engine.bring_together(tx, scope, &pair, Terms::Chosen(Vec::new())).await?;
    }
    adopt(engine, tx, at, record, id).await?;
    replan::again(engine, tx, scope, kind, record).await?;
    Ok(true)
}

/// Links a record with the remote one that it is for certain. False: there is none any more.
pub(in crate::sync) async fn link_certain(
    engine: &Engine,
    tx: &mut Tx,
    at: At<'_>,
    record: &str,
) -> Result<bool, Failure> {
    let Some(known) = Known::load(engine.db(), at).await? else { return Ok(false) };
    let Some(row) = matching::lone_one(tx, at.scope, at.kind, record).await? else { return Ok(false) };
    let mut linked = false;
    for pair in lone::decide_rows(tx, at, &[row], &known).await? {
        let remote = (pair.remote_type.as_str(), pair.external_id.as_str());
        linked |= link(engine, tx, at, &pair.record, remote).await?;
    }
    Ok(linked)
}

/// Lets a contact be found by one more partner: it is read and never written (policy F). False: the partner has a link.
pub(super) async fn add_alias(
    engine: &Engine,
    tx: &mut Tx,
    at: At<'_>,
    (record, name): (&str, &str),
    id: &str,
) -> Result<bool, StoreError> {
    let place = Place { connection: at.connection, kind: at.kind.as_str(), remote_type: "" };
    let (new, now) = (engine.new_id(), engine.now().as_microsecond());
    let decision = alias(name);
    if !links::insert_alias(tx, at.scope, place, (&new, id, record), decision, now).await? {
        return Ok(false);
    }
    mirror::decide(tx, at.scope, place, &[id.to_owned()], None).await?;
    adopt(engine, tx, at, record, id).await?;
    Ok(true)
}

/// Documents and lines that came before it was known who they name find the record now.
pub(super) async fn adopt(
    engine: &Engine,
    tx: &mut Tx,
    at: At<'_>,
    record: &str,
    id: &str,
) -> Result<(), StoreError> {
    match at.kind {
        RecordKind::Contact => {
            let now = engine.now();
            let moved = contacts::adopt_documents(tx, at.scope, (at.connection, id), record, now).await?;
            let written = moved.iter().map(|(document, revision)| history::Written {
                id: engine.new_id(),
                record: document,
                revision: *revision,
                deed: history::Deed::Changed,
                changes: vec![sync_core::record::FieldChange {
                    path: "/contact_id".to_owned(),
                    from: Some(serde_json::Value::Null),
                    to: Some(record.into()),
                }],
                other: None,
            });
            let written = written.collect();
            history::note(tx, at.scope, RecordKind::SalesDocument, None, written, now).await
        }
        RecordKind::Product => {
            let now = engine.now();
            let adopted = products::adopt_lines(tx, at.scope, id, record, now).await?;
            let found = |line: &i64| sync_core::record::FieldChange {
                path: format!("/lines/{line}/product_id"),
                from: Some(serde_json::Value::Null),
                to: Some(record.into()),
            };
            let written = adopted.iter().map(|one| history::Written {
                id: engine.new_id(),
                record: &one.document,
                revision: one.revision,
                deed: history::Deed::Changed,
                changes: one.lines.iter().map(found).collect(),
                other: None,
            });
            let written = written.collect();
            history::note(tx, at.scope, RecordKind::SalesDocument, None, written, now).await
        }
        RecordKind::SalesDocument => Ok(()),
    }
}

/// Whether documents here name a remote customer or product that is no record here.
pub(super) async fn is_named(tx: &mut Tx, at: At<'_>, id: &str) -> Result<bool, StoreError> {
    match at.kind {
        RecordKind::Contact => contacts::is_named(tx, at.scope, at.connection, id).await,
        RecordKind::Product => products::is_named(tx, at.scope, id).await,
        RecordKind::SalesDocument => Ok(false),
    }
}

/// Makes a record here of a remote customer or product (row 12): documents that are here name it.
pub(super) async fn make_local(engine: &Engine, tx: &mut Tx, at: At<'_>, id: &str) -> Result<(), StoreError> {
    let place = Place { connection: at.connection, kind: at.kind.as_str(), remote_type: "" };
    let Some(seen) = mirror::seen(tx, at.scope, place, id).await? else { return Ok(()) };
    let (record, now) = (engine.new_id(), engine.now());
    let link = match at.kind {
        RecordKind::Contact => {
            let partner = metakocka::Partner::from_json(&seen.raw).ok();
            let Some(Ok(contact)) = partner.map(|partner| translate::contact(&partner)) else {
                return Ok(());
            };
            let fields = contacts::ContactFields::of(&contact);
            let new = contacts::NewContact { id: record.clone(), fields };
            contacts::insert_contacts(tx, at.scope, &[new], now).await?;
            parties::new_link(engine.new_id(), id, &record, &contact)
        }
        RecordKind::Product => {
            let Ok(product) = metakocka::Product::from_json(&seen.raw) else { return Ok(()) };
            let product = translate::product(&product);
            let fields = products::ProductFields::of(&product);
            let new = products::NewProduct { id: record.clone(), fields };
            products::insert_products(tx, at.scope, &[new], now).await?;
            parties::new_link(engine.new_id(), id, &record, &product)
        }
        RecordKind::SalesDocument => return Ok(()),
    };
    let noting = Noting { engine, scope: at.scope, run: None };
    notes::created(noting, tx, at.kind, std::iter::once(record.as_str())).await?;
    links::insert(tx, at.scope, place, vec![link], now.as_microsecond()).await?;
    mirror::decide(tx, at.scope, place, &[id.to_owned()], None).await?;
    adopt(engine, tx, at, &record, id).await
}

/// What an alias says: documents find the contact by it, its content is not taken (policy F).
pub(crate) fn alias(name: &str) -> StoredDecision {
    StoredDecision {
        row: 19,
        status: "synced",
        reason: None,
        detail: Some(format!("Another record of {name} in Metakocka; documents find the contact by it.")),
    }
}
