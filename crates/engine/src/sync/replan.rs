//! Decides a linked document again after an edit here, in the transaction of the edit: the state that people see is never
//! older than the record.

use metakocka::DocumentType;

use super::page::Arrived;
use super::{decide, local};
use crate::Engine;
use crate::access::TenantScope;
use crate::store::mirror::Place;
use crate::store::{StoreError, Tx, connections, events, links, mirror};

const KIND: &str = "sales_document";

/// Decides the document again and tells the browsers. A document without a link is decided by the next look.
pub(crate) async fn after_edit(
    engine: &Engine,
    tx: &mut Tx,
    scope: &TenantScope,
    id: &str,
) -> Result<(), StoreError> {
    let Some((connection_id, remote_type, link)) = links::of_record(tx, scope, KIND, id).await? else {
        return Ok(());
    };
    let Some(doc_type) = DocumentType::from_wire(&remote_type) else { return Ok(()) };
    let Some(connection) = connections::connection(engine.db(), scope).await? else { return Ok(()) };
    let Some(kind) = connections::kind(engine.db(), scope, &connection_id, KIND).await? else {
        return Ok(());
    };
    let place = Place { connection: &connection_id, kind: KIND, remote_type: &remote_type };
    let ids = std::slice::from_ref(&link.external_id);
    let Some(row) = mirror::load(engine.db(), scope, place, ids).await?.pop() else { return Ok(()) };
    let Some(document) = local::document_in(tx, scope, id).await? else { return Ok(()) };
    let arrived = Arrived::of_raw(doc_type, row.external_id, row.raw, row.read_at);
    let decided = decide::edited(
        engine,
        (&connection, &kind),
        doc_type,
        (&link, document),
        (&arrived, &row.content_hash),
    );
    links::decide(tx, scope, &link.id, link.revision, decided.stored()).await?;
    let news = ["button", "documents"].map(|topic| (topic, format!("{{\"kind\":\"{KIND}\"}}")));
    events::append(tx, scope, &news, engine.now().as_microsecond()).await
}
