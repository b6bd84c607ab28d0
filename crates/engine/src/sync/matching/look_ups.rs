//! Where Metakocka does not list its partners, what a contact here matches is looked up for each one alone (policy A, M):
//! by tax number with and without its prefix, by e-mail, by name. Only before the matching is confirmed: afterwards a
//! contact is looked up when it is to be made there.

use std::collections::BTreeSet;

use metakocka::{Partner, PartnerQuery, Row};
use sync_core::matching::{Key, contact_keys};
use sync_core::record::{Contact, RecordKind};
use sync_core::time::UtcMicros;

use crate::store::mirror::{self, MirrorRow, Place};
use crate::store::{StoreError, connections, contacts, links, matching};
use crate::sync::failure::{Failure, is_about_the_record};
use crate::sync::lone::AT_ONCE;
use crate::sync::reading::Reading;
use crate::sync::run::Slicing;
use crate::sync::{parties, translate};

/// What a run remembers its look-ups under.
pub(in crate::sync) const FEED: &str = "contact_lookups";
/// Contacts that are looked up between two notes of how far it is: what a crash costs again.
const KEPT_AFTER: usize = 10;

/// Has the run look the contacts up: the list that was just asked for is empty.
pub(in crate::sync) async fn ask_for(slicing: &Slicing<'_>) -> Result<(), Failure> {
    let mut reading = Reading::open(slicing, FEED).await?;
    reading.standing.began.get_or_insert(UtcMicros(slicing.working.now()));
    reading.keep(slicing).await
}

/// Looks up what was asked for. [`Failure::Stopped`] when others should get their turn.
pub(in crate::sync) async fn all(slicing: &mut Slicing<'_>) -> Result<(), Failure> {
    let mut reading = Reading::open(slicing, FEED).await?;
    if reading.standing.began.is_none() || is_confirmed(slicing).await? {
        return Ok(());
    }
    let mut after = String::new();
    loop {
        let (db, scope) = (slicing.working.engine.db(), slicing.working.scope);
        let mut reader = db.read().await?;
        let rows = matching::lone(&mut reader, scope, RecordKind::Contact, &[], &after, AT_ONCE).await?;
        let Some(last) = rows.last() else { break };
        after.clone_from(&last.id);
        let ids: Vec<String> =
            rows.into_iter().map(|row| row.id).filter(|id| !reading.seen.contains(id)).collect();
        let page = contacts::contacts(&mut reader, scope, &ids).await?;
        drop(reader);
        for (at, stored) in page.into_iter().enumerate() {
            if slicing.pauses() {
                reading.keep(slicing).await?;
                return Err(Failure::Stopped);
            }
            one(slicing, &stored.fields.contact()?).await?;
            slicing.progressed = true;
            reading.saw([stored.id]);
            if at % KEPT_AFTER == KEPT_AFTER - 1 {
                reading.keep(slicing).await?;
            }
        }
        reading.keep(slicing).await?;
    }
    reading.end(slicing, false).await
}

async fn is_confirmed(slicing: &Slicing<'_>) -> Result<bool, StoreError> {
    let (db, scope) = (slicing.working.engine.db(), slicing.working.scope);
    let kind = RecordKind::Contact.as_str();
    let row = connections::kind(db, scope, &slicing.connection.id, kind).await?;
    Ok(row.is_none_or(|row| row.matching_confirmed_at.is_some()))
}

/// Looks one contact up and keeps the partners that have something in common with it.
async fn one(slicing: &Slicing<'_>, contact: &Contact) -> Result<(), Failure> {
    let keys = contact_keys(contact);
    let mut rows: Vec<MirrorRow> = Vec::new();
    for query in queries(contact) {
        let read_at = slicing.working.now();
        let found = match slicing.client.get_partner(&query).await {
            Ok(found) => found,
            Err(error) if is_about_the_record(&error) => continue,
            Err(error) => return Err(Failure::remote("looking a contact up")(error)),
        };
        let alike = found.iter().filter(|row| is_alike(row, &keys));
        rows.extend(alike.filter_map(|row| parties::partner_row(row, read_at)));
    }
    let mut known = BTreeSet::new();
    rows.retain(|row| known.insert(row.external_id.clone()));
    keep(slicing, rows).await
}

fn queries(contact: &Contact) -> Vec<PartnerQuery> {
    let tax = contact.tax_number.as_ref().filter(|tax| tax.is_valid());
    let numbers: BTreeSet<String> =
        tax.iter().flat_map(|tax| [tax.number().to_owned(), tax.with_prefix()]).collect();
    let email = contact.person.as_ref().and_then(|person| person.email.clone());
    let numbers = numbers.into_iter().map(PartnerQuery::TaxNumber);
    let rest = email.map(PartnerQuery::Email).into_iter().chain([PartnerQuery::Name(contact.name.clone())]);
    numbers.chain(rest).collect()
}

fn is_alike(row: &Row<Partner>, keys: &[Key]) -> bool {
    let theirs = row.read().and_then(|record| translate::contact(&record.value).ok());
    theirs.is_some_and(|theirs| contact_keys(&theirs).iter().any(|key| keys.contains(key)))
}

/// Writes what is not known yet; a partner with a link has its own ways of being read.
async fn keep(slicing: &Slicing<'_>, mut rows: Vec<MirrorRow>) -> Result<(), Failure> {
    let working = slicing.working;
    let (db, scope) = (working.engine.db(), working.scope);
    let kind = RecordKind::Contact.as_str();
    let place = Place { connection: &slicing.connection.id, kind, remote_type: "" };
    let ids: Vec<String> = rows.iter().map(|row| row.external_id.clone()).collect();
    let known = mirror::known(db, scope, place, &ids).await?;
    let linked = links::of(db, scope, place, &ids).await?;
    rows.retain(|row| {
        !linked.contains_key(&row.external_id)
            && known.get(&row.external_id).is_none_or(|known| known.content_hash != row.content_hash)
    });
    if rows.is_empty() {
        return Ok(());
    }
    let mut tx = working.begin().await?;
    mirror::put(&mut tx, scope, place, rows, working.now()).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(())
}
