//! Decides a record again after an edit here, in the transaction of the edit: the state that people see is never older than
//! the record. What the edit changes for others is decided again too: documents that name a contact or product, and remote
//! documents that could have been this one.

use metakocka::DocumentType;
use sync_core::record::{RecordKind, SalesDocument};

use super::outbound::{self, stands_on};
use super::page::Arrived;
use super::pair::{self, Chosen};
use super::{decide, lone, sendable};
use crate::Engine;
use crate::access::TenantScope;
use crate::store::connections::{ConnectionRow, KindRow};
use crate::store::links::LinkRow;
use crate::store::matching::document_key;
use crate::store::mirror::{Carrier, MatchKey, Place, StoredDecision};
use crate::store::sales_documents::lone::{Party, naming};
use crate::store::{StoreError, Tx, connections, contacts, events, links, matching, mirror, sales_documents};

const KIND: &str = "sales_document";

/// What was written here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edited<'a> {
    /// Its kind.
    pub kind: RecordKind,
    /// The record, as the transaction sees it now.
    pub id: &'a str,
    /// Of a document: what matching looked up before the edit.
    pub old_key: Option<&'a str>,
}

/// Decides the record again, and what depends on it, and tells the browsers.
pub(crate) async fn after_edit(
    engine: &Engine,
    tx: &mut Tx,
    scope: &TenantScope,
    edited: Edited<'_>,
) -> Result<(), StoreError> {
    if let Some(connection) = connections::connection(engine.db(), scope).await? {
        let planning = Planning { engine, scope, connection: &connection };
        planning.record(tx, edited.kind, edited.id).await?;
        match edited.kind {
            RecordKind::SalesDocument => planning.candidates(tx, edited).await?,
            RecordKind::Contact => planning.naming(tx, Party::Contact(edited.id)).await?,
            RecordKind::Product => planning.naming(tx, Party::Product(edited.id)).await?,
        }
    }
    tell(engine, tx, scope, edited.kind).await
}

/// Tells the browsers that records of a kind have changed.
pub(super) async fn tell(
    engine: &Engine,
    tx: &mut Tx,
    scope: &TenantScope,
    kind: RecordKind,
) -> Result<(), StoreError> {
    let kind = kind.as_str();
    let news = ["button", "documents"].map(|topic| (topic, format!("{{\"kind\":\"{kind}\"}}")));
    events::append(tx, scope, &news, engine.now().as_microsecond()).await
}

/// Decides a record again, and what waits for it, after something that happened on the way to Metakocka.
pub(super) async fn again(
    engine: &Engine,
    tx: &mut Tx,
    scope: &TenantScope,
    kind: RecordKind,
    id: &str,
) -> Result<(), StoreError> {
    let Some(connection) = connections::connection(engine.db(), scope).await? else { return Ok(()) };
    let planning = Planning { engine, scope, connection: &connection };
    planning.record(tx, kind, id).await?;
    match kind {
        RecordKind::SalesDocument => Ok(()),
        RecordKind::Contact => planning.naming(tx, Party::Contact(id)).await,
        RecordKind::Product => planning.naming(tx, Party::Product(id)).await,
    }
}

/// Decides again what was held while a document for a customer was on its way from here.
pub(super) async fn released(
    engine: &Engine,
    tx: &mut Tx,
    scope: &TenantScope,
    (remote_type, partner): (&str, &str),
) -> Result<(), StoreError> {
    let Some(connection) = connections::connection(engine.db(), scope).await? else { return Ok(()) };
    Planning { engine, scope, connection: &connection }.released(tx, remote_type, partner).await
}

/// Decides a remote document without a link again, whatever sign it carries.
pub(super) async fn alone(
    engine: &Engine,
    tx: &mut Tx,
    scope: &TenantScope,
    (remote_type, id): (&str, &str),
) -> Result<(), StoreError> {
    let Some(connection) = connections::connection(engine.db(), scope).await? else { return Ok(()) };
    let planning = Planning { engine, scope, connection: &connection };
    let place = Place { connection: &connection.id, kind: KIND, remote_type };
    let seen = mirror::seen(tx, scope, place, id).await?.filter(|seen| seen.gone_at.is_none());
    let (Some(kind), Some(seen)) = (planning.kind(KIND).await?, seen) else { return Ok(()) };
    let carrier = Carrier {
        remote_type: remote_type.to_owned(),
        external_id: id.to_owned(),
        raw: seen.raw,
        content: seen.content,
        content_hash: seen.content_hash,
        read_at: seen.read_at,
    };
    planning.unlinked(tx, &kind, carrier).await
}

struct Planning<'a> {
    engine: &'a Engine,
    scope: &'a TenantScope,
    connection: &'a ConnectionRow,
}

impl Planning<'_> {
    async fn record(&self, tx: &mut Tx, kind: RecordKind, id: &str) -> Result<(), StoreError> {
        let (db, scope, connection) = (self.engine.db(), self.scope, self.connection.id.as_str());
        let link = links::of_record(tx, scope, kind.as_str(), id).await?;
        match (link, kind) {
            (Some((_, remote_type, link)), RecordKind::SalesDocument) => {
                self.linked_document(tx, &remote_type, &link).await
            }
            (Some((_, _, link)), _) => self.linked_party(tx, kind, &link).await,
            (None, RecordKind::SalesDocument) => lone::document(db, tx, scope, connection, id).await,
            (None, _) => self.lone_party(tx, kind, id).await,
        }
    }

    /// A tombstone that was never linked is not listed (row 7).
    async fn lone_party(&self, tx: &mut Tx, kind: RecordKind, id: &str) -> Result<(), StoreError> {
        let scope = self.scope;
        let deleted = match kind {
            RecordKind::Contact => {
                contacts::contact(tx, scope, id).await?.is_none_or(|stored| stored.deleted_at.is_some())
            }
            _ => sendable::one_product(tx, scope, id).await?.is_none_or(|stored| stored.deleted_at.is_some()),
        };
        if deleted {
            return Ok(());
        }
        lone::party(self.engine.db(), tx, scope, &self.connection.id, (kind, id)).await
    }

    async fn kind(&self, kind: &str) -> Result<Option<KindRow>, StoreError> {
        connections::kind(self.engine.db(), self.scope, &self.connection.id, kind).await
    }

    async fn linked_document(
        &self,
        tx: &mut Tx,
        remote_type: &str,
        link: &LinkRow,
    ) -> Result<(), StoreError> {
        let scope = self.scope;
        let Some(doc_type) = DocumentType::from_wire(remote_type) else { return Ok(()) };
        let Some(kind) = self.kind(KIND).await? else { return Ok(()) };
        let place = Place { connection: &self.connection.id, kind: KIND, remote_type };
        let Some(seen) = mirror::seen(tx, scope, place, &link.external_id).await? else {
            return self.unseen(tx, &kind, doc_type, link).await;
        };
        let Some(edited) = sendable::document(tx, scope, &link.record_id).await? else { return Ok(()) };
        let decision = if seen.gone_at.is_some() {
            decide::gone_document(&kind, doc_type, link)
        } else {
            let arrived = Arrived::of_raw(doc_type, link.external_id.clone(), seen.raw, seen.read_at);
            let there = (&arrived, seen.content_hash.as_str());
            let outbound = outbound::standing(
                tx,
                scope,
                RecordKind::SalesDocument,
                std::slice::from_ref(&link.record_id),
            )
            .await?;
            let outbound = outbound.into_values().next();
            let of = (self.connection, &kind);
            decide::edited(self.engine, of, doc_type, (link, edited), there, outbound)?.stored()
        };
        links::decide(tx, scope, &link.id, link.revision, decision).await.map(drop)
    }

    /// A document that was made there and never read since: what is on its way tells all that is known (rows 2 to 4, 17).
    async fn unseen(
        &self,
        tx: &mut Tx,
        kind: &KindRow,
        doc_type: DocumentType,
        link: &LinkRow,
    ) -> Result<(), StoreError> {
        let stands_on = stands_on(link.revision, None);
        let of = (RecordKind::SalesDocument, link.record_id.as_str());
        let outbound = outbound::one(tx, self.scope, of, &stands_on).await?;
        let decision = decide::unseen(kind, doc_type, link, outbound);
        links::decide(tx, self.scope, &link.id, link.revision, decision).await.map(drop)
    }

    async fn linked_party(&self, tx: &mut Tx, kind: RecordKind, link: &LinkRow) -> Result<(), StoreError> {
        let scope = self.scope;
        let Some(row) = self.kind(kind.as_str()).await? else { return Ok(()) };
        let place = Place { connection: &self.connection.id, kind: kind.as_str(), remote_type: "" };
        let seen = mirror::seen(tx, scope, place, &link.external_id).await?;
        let there = seen.as_ref().map(|seen| seen.content_hash.as_str());
        let standing = stands_on(link.revision, there);
        let outbound = outbound::one(tx, scope, (kind, &link.record_id), &standing).await?;
        let chosen = Chosen {
            policy: decide::chosen(&row),
            matching_confirmed: row.matching_confirmed_at.is_some(),
            outbound,
        };
        let decision: StoredDecision = if kind == RecordKind::Contact {
            let Some(stored) = contacts::contact(tx, scope, &link.record_id).await? else { return Ok(()) };
            let contact = stored.fields.contact()?;
            pair::linked(&chosen, link, (&contact, &sendable::contact(&contact)), seen.as_ref())
        } else {
            let stored = sendable::one_product(tx, scope, &link.record_id).await?;
            let Some(stored) = stored else { return Ok(()) };
            let product = stored.fields.product();
            pair::linked(&chosen, link, (&product, &sendable::product(&product)), seen.as_ref())
        };
        links::decide(tx, scope, &link.id, link.revision, decision).await.map(drop)
    }

    /// Documents that name a contact or product and are not settled.
    async fn naming(&self, tx: &mut Tx, party: Party<'_>) -> Result<(), StoreError> {
        for id in naming(tx, self.scope, party).await? {
            self.record(tx, RecordKind::SalesDocument, &id).await?;
        }
        Ok(())
    }

    /// Remote documents without a link that the edited one could be, before the edit or now (rows 10 and 12).
    async fn candidates(&self, tx: &mut Tx, edited: Edited<'_>) -> Result<(), StoreError> {
        let stored = sales_documents::document(tx, self.scope, edited.id).await?;
        let new_key = stored.and_then(|stored| stored.fields.match_key);
        let mut keys: Vec<&str> = edited.old_key.into_iter().chain(new_key.as_deref()).collect();
        keys.dedup();
        let Some(kind) = self.kind(KIND).await? else { return Ok(()) };
        for key in keys {
            let at = (self.connection.id.as_str(), KIND);
            for carrier in mirror::carriers_of(tx, self.scope, at, MatchKey::Code, key).await? {
                let claimed = self.is_claimed(tx, key, &carrier).await?;
                self.carrier(tx, &kind, carrier, claimed.then_some(key)).await?;
            }
        }
        Ok(())
    }

    /// Documents there that were held while one for their customer was on its way from here.
    async fn released(&self, tx: &mut Tx, remote_type: &str, partner: &str) -> Result<(), StoreError> {
        let Some(kind) = self.kind(KIND).await? else { return Ok(()) };
        let place = Place { connection: &self.connection.id, kind: KIND, remote_type };
        for carrier in mirror::held(tx, self.scope, place, partner).await? {
            self.unlinked(tx, &kind, carrier).await?;
        }
        Ok(())
    }

    /// Decides a remote document without a link, which a document here could be.
    async fn unlinked(&self, tx: &mut Tx, kind: &KindRow, carrier: Carrier) -> Result<(), StoreError> {
        let key = carrier.content.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let key = key.map(|document: SalesDocument| document_key(&document)).unwrap_or_default();
        let claimed = self.is_claimed(tx, &key, &carrier).await?;
        self.carrier(tx, kind, carrier, claimed.then_some(key.as_str())).await
    }

    /// Whether a document here without a link could be this one, and nobody has said that it is not.
    async fn is_claimed(&self, tx: &mut Tx, key: &str, carrier: &Carrier) -> Result<bool, StoreError> {
        let place = Place { connection: &self.connection.id, kind: KIND, remote_type: &carrier.remote_type };
        matching::is_lone_key(tx, self.scope, place, (key, &carrier.external_id)).await
    }

    /// Decides a remote document without a link.
    async fn carrier(
        &self,
        tx: &mut Tx,
        kind: &KindRow,
        carrier: Carrier,
        key: Option<&str>,
    ) -> Result<(), StoreError> {
        let Some(doc_type) = DocumentType::from_wire(&carrier.remote_type) else { return Ok(()) };
        let on_the_way = decide::on_the_way(tx, self.scope, (&self.connection.id, doc_type)).await?;
        let arrived = Arrived::of_raw(doc_type, carrier.external_id.clone(), carrier.raw, carrier.read_at);
        let there = (&arrived, carrier.content_hash.as_str());
        let of = (self.connection, kind);
        let decided = decide::claimed(self.engine, of, doc_type, key, there, on_the_way)?;
        let place = Place { connection: &self.connection.id, kind: KIND, remote_type: &carrier.remote_type };
        let id = std::slice::from_ref(&carrier.external_id);
        mirror::decide(tx, self.scope, place, id, Some(decided.stored())).await
    }
}
