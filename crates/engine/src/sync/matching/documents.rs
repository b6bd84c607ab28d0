//! Documents as matching sees them: who their customer is by the same name on both sides, and which others are alike.

use std::collections::{BTreeSet, HashMap};

use sync_core::intent::Marker;
use sync_core::matching::{Key, KeyKind};
use sync_core::record::{RecordId, RecordKind, SalesDocument};

use super::classes::At;
use crate::store::matching::{self, There};
use crate::store::sales_documents as store;
use crate::store::{Connection, StoreError};

/// Who the customers of documents are: a contact here, whichever of its partners a document names; a partner without a
/// contact stands for itself.
#[derive(Clone, Debug, Default)]
pub(in crate::sync) struct Customers {
    /// Of documents here, by their id.
    of: HashMap<String, String>,
    /// Contact by partner.
    contacts: HashMap<String, String>,
}

/// Stands before the id of a partner that is no contact here.
const PARTNER: &str = "partner:";

impl Customers {
    /// Of these documents here; empty for another kind.
    pub(super) async fn of_records(
        connection: &mut Connection,
        at: At<'_>,
        ids: &[String],
    ) -> Result<Self, StoreError> {
        let mut customers = Self::default();
        if at.kind != RecordKind::SalesDocument {
            return Ok(customers);
        }
        let stored = store::documents(connection, at.scope, ids).await?;
        let contacts: Vec<String> = stored.iter().filter_map(|one| one.fields.contact_id.clone()).collect();
        customers.learn(connection, at, &contacts, &[]).await?;
        let mut partners = Vec::new();
        for one in &stored {
            if let Some(contact) = &one.fields.contact_id {
                customers.of.insert(one.id.clone(), contact.clone());
            } else if let Some(partner) = partner(&one.fields.head)? {
                partners.push((one.id.clone(), partner));
            }
        }
        let named: Vec<String> = partners.iter().map(|(_, partner)| partner.clone()).collect();
        customers.learn(connection, at, &[], &named).await?;
        for (id, partner) in partners {
            let customer = customers.name(&partner);
            customers.of.insert(id, customer);
        }
        Ok(customers)
    }

    /// Of these remote documents; empty for another kind.
    pub(super) async fn of_remote(
        connection: &mut Connection,
        at: At<'_>,
        rows: &[&There],
    ) -> Result<Self, StoreError> {
        let mut customers = Self::default();
        if at.kind == RecordKind::SalesDocument {
            let partners: BTreeSet<String> = rows.iter().filter_map(|row| row.partner_id.clone()).collect();
            let partners: Vec<String> = partners.into_iter().collect();
            customers.learn(connection, at, &[], &partners).await?;
        }
        Ok(customers)
    }

    /// With what others know.
    #[must_use]
    pub(super) fn and(mut self, others: &Self) -> Self {
        self.of.extend(others.of.clone());
        self.contacts.extend(others.contacts.clone());
        self
    }

    async fn learn(
        &mut self,
        connection: &mut Connection,
        at: At<'_>,
        contacts: &[String],
        partners: &[String],
    ) -> Result<(), StoreError> {
        let found = matching::partners_of(connection, at.scope, at.connection, contacts, partners).await?;
        self.contacts.extend(found.into_iter().map(|(contact, partner)| (partner, contact)));
        Ok(())
    }

    fn name(&self, partner: &str) -> String {
        self.contacts.get(partner).cloned().unwrap_or_else(|| format!("{PARTNER}{partner}"))
    }

    /// The customer of a document here.
    pub(super) fn here(&self, id: &str) -> Option<&str> {
        self.of.get(id).map(String::as_str)
    }

    /// The customer of a remote document.
    pub(super) fn there(&self, there: &There) -> Option<String> {
        there.partner_id.as_deref().map(|partner| self.name(partner))
    }

    /// The partners that stand for a customer.
    fn partners(&self, customer: &str) -> Vec<String> {
        if let Some(partner) = customer.strip_prefix(PARTNER) {
            return vec![partner.to_owned()];
        }
        let of = self.contacts.iter().filter(|(_, contact)| *contact == customer);
        of.map(|(partner, _)| partner.clone()).collect()
    }
}

fn partner(head: &str) -> Result<Option<String>, StoreError> {
    let document = store::record(head, &[])?;
    Ok(document.customer.external_id.map(|id| id.as_str().to_owned()))
}

/// Documents here with their lines.
pub(super) async fn load(
    connection: &mut Connection,
    at: At<'_>,
    ids: &[String],
) -> Result<Vec<(String, SalesDocument)>, StoreError> {
    let mut found = Vec::new();
    for stored in store::documents(connection, at.scope, ids).await? {
        let lines = store::lines(connection, at.scope, &stored.id).await?;
        found.push((stored.id.clone(), store::record(&stored.fields.head, &lines)?));
    }
    Ok(found)
}

/// The sign that a document made from this record carries.
pub(super) fn marker(connection: &str, id: &str) -> Option<String> {
    Some(Marker::of(connection, &RecordId::parse(id).ok()?).as_str().to_owned())
}

/// Customers and days of these keys.
fn customers_and_days(wanted: &BTreeSet<&Key>) -> (BTreeSet<String>, BTreeSet<String>) {
    let dated = |kind| matches!(kind, KeyKind::CustomerDateTotal | KeyKind::DocumentNumber);
    // Both end with date, total, customer.
    let parts = wanted.iter().filter(|key| dated(key.kind)).filter_map(|key| {
        let mut parts = key.value.rsplitn(4, '|');
        let customer = parts.next()?;
        Some((customer.to_owned(), parts.nth(1)?.to_owned()))
    });
    parts.unzip()
}

/// Documents here that could carry one of these keys.
pub(super) async fn alike_here(
    connection: &mut Connection,
    at: At<'_>,
    wanted: &BTreeSet<&Key>,
) -> Result<Vec<String>, StoreError> {
    let (customers, days) = customers_and_days(wanted);
    let contacts: Vec<String> = customers.into_iter().filter(|one| !one.starts_with(PARTNER)).collect();
    let days: Vec<String> = days.into_iter().collect();
    matching::documents_here(connection, at.scope, &contacts, &days).await
}

/// Remote documents that could carry one of these keys.
pub(super) async fn alike_there(
    connection: &mut Connection,
    at: At<'_>,
    wanted: &BTreeSet<&Key>,
    known: &Customers,
) -> Result<Vec<There>, StoreError> {
    let (customers, days) = customers_and_days(wanted);
    let partners: Vec<String> = customers.iter().flat_map(|one| known.partners(one)).collect();
    let days: Vec<String> = days.into_iter().collect();
    matching::documents_there(connection, at.scope, at.connection, &partners, &days).await
}
