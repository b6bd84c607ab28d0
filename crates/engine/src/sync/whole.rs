//! A document with the ids of everybody and everything that it names: what a request can say.

use std::collections::HashMap;

use sync_core::record::{ExternalId, Line, ProductRef, RecordKind, RowId, SalesDocument};

use crate::access::TenantScope;
use crate::store::links::{self, LinkRow};
use crate::store::products::StoredProduct;
use crate::store::sales_documents::{self as documents, LineRow, StoredDocument};
use crate::store::{Connection, StoreError, contacts, products};

/// A document as it is here, and as it is to be there.
pub(super) struct Whole {
    /// As stored.
    pub stored: StoredDocument,
    /// With the ids of customer and products.
    pub document: SalesDocument,
}

/// What a contact or product will be known by that is brought first.
#[derive(Clone, Debug)]
pub(super) struct StandIn {
    /// The id that it will have.
    pub external_id: ExternalId,
    /// Of a contact: the id of its address.
    pub address: Option<RowId>,
    /// The code that the remote will give it.
    pub remote_code: Option<String>,
}

/// Those of one document, by kind and id of the record here.
pub(super) type StandIns = HashMap<(RecordKind, String), StandIn>;

/// Loads it; none: it does not exist.
pub(super) async fn load(
    scope: &TenantScope,
    connection: &mut Connection,
    id: &str,
) -> Result<Option<Whole>, StoreError> {
    load_with(scope, connection, id, &StandIns::new()).await
}

/// The same with what stands in for the ids of those that are brought first.
pub(super) async fn load_with(
    scope: &TenantScope,
    connection: &mut Connection,
    id: &str,
    stand_ins: &StandIns,
) -> Result<Option<Whole>, StoreError> {
    let Some(stored) = documents::document(connection, scope, id).await? else { return Ok(None) };
    let rows = documents::lines(connection, scope, id).await?;
    let mut document = documents::record(&stored.fields.head, &rows)?;
    name_customer(scope, connection, (&stored, stand_ins), &mut document).await?;
    name_products(scope, connection, (&rows, stand_ins), &mut document).await?;
    Ok(Some(Whole { stored, document }))
}

/// The contact's partner and its address stand in for a customer that was chosen here.
async fn name_customer(
    scope: &TenantScope,
    connection: &mut Connection,
    (stored, stand_ins): (&StoredDocument, &StandIns),
    document: &mut SalesDocument,
) -> Result<(), StoreError> {
    let Some(contact) = &stored.fields.contact_id else { return Ok(()) };
    if document.customer.external_id.is_some() && document.customer.address_id.is_some() {
        return Ok(());
    }
    if let Some(stand_in) = stand_ins.get(&(RecordKind::Contact, contact.clone())) {
        document.customer.external_id = Some(stand_in.external_id.clone());
        document.customer.address_id.clone_from(&stand_in.address);
        document.customer.remote_code.clone_from(&stand_in.remote_code);
        return Ok(());
    }
    let link = links::of_record(connection, scope, RecordKind::Contact.as_str(), contact).await?;
    let (Some((_, _, link)), Some(contact)) = (link, contacts::contact(connection, scope, contact).await?)
    else {
        return Ok(());
    };
    let contact = contact.fields.contact()?;
    document.customer.external_id = Some(external_id(&link)?);
    document.customer.address_id = contact.address.and_then(|address| address.row);
    document.customer.remote_code = contact.remote_code;
    Ok(())
}

/// Products that were chosen here are named as they are known over there; what came from there stays as it came.
async fn name_products(
    scope: &TenantScope,
    connection: &mut Connection,
    (rows, stand_ins): (&[LineRow], &StandIns),
    document: &mut SalesDocument,
) -> Result<(), StoreError> {
    let mut ids: Vec<String> = rows.iter().filter_map(|row| row.product_id.clone()).collect();
    ids.sort_unstable();
    ids.dedup();
    let stored = products::products(connection, scope, &ids).await?;
    let mut known: HashMap<&str, (&StoredProduct, ExternalId, Option<String>)> = HashMap::new();
    for product in &stored {
        let code = product.fields.remote_code.clone();
        if let Some(stand_in) = stand_ins.get(&(RecordKind::Product, product.id.clone())) {
            let code = stand_in.remote_code.clone();
            known.insert(&product.id, (product, stand_in.external_id.clone(), code));
            continue;
        }
        let link = links::of_record(connection, scope, RecordKind::Product.as_str(), &product.id).await?;
        if let Some((_, _, link)) = link {
            known.insert(&product.id, (product, external_id(&link)?, code));
        }
    }
    for (line, row) in document.lines.iter_mut().zip(rows) {
        let found = row.product_id.as_deref().and_then(|id| known.get(id));
        if let (Line::Product(line), Some((product, external, code))) = (line, found)
            && line.product.external_id.is_none()
        {
            line.product = ProductRef {
                code: Some(product.fields.code.clone()),
                remote_code: code.clone(),
                external_id: Some(external.clone()),
            };
            line.name.clone_from(&product.fields.name);
            line.unit = Some(product.fields.unit.clone()).filter(|unit| !unit.is_empty());
        }
    }
    Ok(())
}

fn external_id(link: &LinkRow) -> Result<ExternalId, StoreError> {
    ExternalId::parse(&link.external_id).map_err(|_| StoreError::Corrupt { column: "links.external_id" })
}

/// Which contacts and products a document names that the remote does not have yet.
pub(super) async fn unlinked(
    scope: &TenantScope,
    connection: &mut Connection,
    id: &str,
) -> Result<Vec<(RecordKind, String)>, StoreError> {
    let Some(stored) = documents::document(connection, scope, id).await? else { return Ok(Vec::new()) };
    let rows = documents::lines(connection, scope, id).await?;
    let contacts: Vec<String> = stored.fields.contact_id.into_iter().collect();
    let mut products: Vec<String> = rows.into_iter().filter_map(|row| row.product_id).collect();
    products.sort_unstable();
    products.dedup();
    let mut missing = Vec::new();
    for (kind, ids) in [(RecordKind::Contact, contacts), (RecordKind::Product, products)] {
        let linked = crate::store::records::linked(connection, scope, kind, &ids).await?;
        missing.extend(ids.into_iter().filter(|id| !linked.contains(id)).map(|id| (kind, id)));
    }
    Ok(missing)
}
