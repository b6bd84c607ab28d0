//! Local records without a link (rows 13 to 16): decided in the transaction that edits them, and when a look has ended,
//! because only then it is known what there is to match.

use std::collections::HashMap;

use sync_core::plan::{Inputs, Matches, MergeOutlook, Mode, Policy, Subject};
use sync_core::record::{Contact, DocumentType, RecordKind};

use super::decide;
use super::outbound::{self, Outbound};
use super::pair::{self, Chosen, Found};
use super::run::Slicing;
use super::sendable::{self, Standing};
use crate::access::{Role, TenantScope};
use crate::store::connections::{self, KindRow};
use crate::store::matching::{self, ContactKeys, product_key};
use crate::store::mirror::{self, MatchKey, Place, StoredDecision};
use crate::store::sales_documents::lone::{self, LoneDocument};
use crate::store::{Db, StoreError, Tx, contacts, links, records};
use crate::{Engine, EngineError};

const KIND: &str = "sales_document";
/// Lone records of a kind that one look decides; they are few, because most records are linked.
const MOST: i64 = 5_000;
/// Row of a document that matches nothing: only then it counts whether it can be sent.
const NO_MATCH: i64 = 16;

/// Decides all of them and stores what was decided.
pub(super) async fn decide_all(slicing: &Slicing<'_>, tx: &mut Tx) -> Result<(), StoreError> {
    let (db, scope, connection) =
        (slicing.working.engine.db(), slicing.working.scope, slicing.connection.id.as_str());
    for kind in [RecordKind::Contact, RecordKind::Product] {
        for id in records::undecided(tx, scope, kind, MOST).await? {
            party(db, tx, scope, connection, (kind, &id)).await?;
        }
    }
    let Some(kind) = connections::kind(db, scope, connection, KIND).await? else { return Ok(()) };
    let all = lone::documents(db, scope, MOST).await?;
    let keys: Vec<String> = all.iter().filter_map(|one| one.match_key.clone()).collect();
    let found = mirror::carriers(db, scope, connection, KIND, MatchKey::Code, &keys).await?;
    for document in all {
        let known = Known { kind: &kind, looked: true, found: &found };
        decide_document(tx, scope, &document, known).await?;
    }
    Ok(())
}

/// Decides one document in the transaction that edited it.
pub(super) async fn document(
    db: &Db,
    tx: &mut Tx,
    scope: &TenantScope,
    connection: &str,
    id: &str,
) -> Result<(), StoreError> {
    let Some(kind) = connections::kind(db, scope, connection, KIND).await? else { return Ok(()) };
    let Some(document) = lone::document(tx, scope, id).await? else { return Ok(()) };
    let keys: Vec<String> = document.match_key.iter().cloned().collect();
    let found = mirror::carriers(db, scope, connection, KIND, MatchKey::Code, &keys).await?;
    let known = Known { kind: &kind, looked: kind.looked_at.is_some(), found: &found };
    // Whatever was decided before, it has been edited since.
    let document = LoneDocument { plan_row: None, ..document };
    decide_document(tx, scope, &document, known).await
}

/// What is known of the kind and of what matches.
#[derive(Clone, Copy)]
struct Known<'a> {
    kind: &'a KindRow,
    looked: bool,
    found: &'a HashMap<String, i64>,
}

async fn decide_document(
    tx: &mut Tx,
    scope: &TenantScope,
    document: &LoneDocument,
    known: Known<'_>,
) -> Result<(), StoreError> {
    let matches = match document.match_key.as_ref().and_then(|key| known.found.get(key)) {
        _ if !known.looked => Matches::NotKnown,
        None | Some(0) => Matches::None,
        Some(1) => Matches::Certain(MergeOutlook::Takes),
        Some(_) => Matches::Candidates,
    };
    let waits = document.sync_reason.as_deref() == Some("waiting");
    if matches == Matches::None && document.plan_row == Some(NO_MATCH) && !waits {
        return Ok(());
    }
    let Some((_, standing)) = sendable::document(tx, scope, &document.id).await? else { return Ok(()) };
    let stands_on = outbound::stands_on(Some(document.revision), None);
    let outbound = outbound::one(tx, scope, (RecordKind::SalesDocument, &document.id), &stands_on).await?;
    let decided = decided(document, known.kind, matches, (&standing, &outbound));
    if document.plan_row != Some(decided.row) || document.sync_reason.as_deref() != decided.reason {
        records::decide(tx, scope, RecordKind::SalesDocument, &document.id, Some(decided)).await?;
    }
    Ok(())
}

fn decided(
    document: &LoneDocument,
    kind: &KindRow,
    matches: Matches,
    (standing, outbound): (&Standing, &Outbound),
) -> StoredDecision {
    let booked = document.doc_type.parse::<DocumentType>().is_ok_and(DocumentType::is_booked);
    let policy = decide::document_policy(kind, booked);
    let inputs = Inputs {
        intent: outbound.intent,
        subject: Subject::LocalOnly(matches),
        mode: Mode::Normal,
        policy: Policy { create_there: policy.create_there && !booked, ..policy },
        in_scope: true,
        matching_confirmed: kind.matching_confirmed_at.is_some(),
        facts: standing.facts(),
    };
    let confirmed = inputs.matching_confirmed;
    pair::decided(&inputs, standing, |row| match row {
        2..=5 => outbound.detail.clone(),
        row => sentence(row, confirmed).map(str::to_owned),
    })
}

fn sentence(row: i64, confirmed: bool) -> Option<&'static str> {
    match row {
        13 if confirmed => Some("Waits for the first look in Metakocka."),
        13 => Some("Waits until the owner has confirmed the matching."),
        14 => Some("Metakocka has a document with the same type, number, date and total."),
        15 => Some("Metakocka has several documents that this one could be."),
        _ => None,
    }
}

/// Decides a contact or product without a link.
pub(super) async fn party(
    db: &Db,
    tx: &mut Tx,
    scope: &TenantScope,
    connection: &str,
    (kind, id): (RecordKind, &str),
) -> Result<(), StoreError> {
    let Some(row) = connections::kind(db, scope, connection, kind.as_str()).await? else { return Ok(()) };
    let looked = connections::feed(db, scope, connection, kind.as_str()).await?.watermark.is_some();
    let confirmed = row.matching_confirmed_at.is_some();
    let policy = decide::chosen(&row);
    let revision = records::revision(tx, scope, kind, id).await?;
    let stands_on = outbound::stands_on(revision, None);
    let outbound = outbound::one(tx, scope, (kind, id), &stands_on).await?;
    let decision = if kind == RecordKind::Contact {
        let Some(stored) = contacts::contact(tx, scope, id).await? else { return Ok(()) };
        let contact = stored.fields.contact()?;
        let found = contact_matches(tx, scope, connection, &contact).await?.known(looked);
        // A contact goes to Metakocka with the first document that needs it, not by itself (policy D).
        let chosen = Chosen {
            policy: Policy { create_there: false, ..policy },
            matching_confirmed: confirmed,
            outbound,
        };
        let decision = pair::lone(&chosen, (&contact, &sendable::contact(&contact)), &found);
        with_first_document(decision)
    } else {
        let Some(stored) = sendable::one_product(tx, scope, id).await? else { return Ok(()) };
        let product = stored.fields.product();
        let key = product_key(&product);
        let found = product_matches(tx, scope, connection, &key).await?.known(looked);
        let chosen = Chosen { policy, matching_confirmed: confirmed, outbound };
        pair::lone(&chosen, (&product, &sendable::product(&product)), &found)
    };
    records::decide(tx, scope, kind, id, Some(decision)).await
}

/// Says why a contact that matches nothing stays here.
fn with_first_document(decision: StoredDecision) -> StoredDecision {
    if decision.row != NO_MATCH {
        return decision;
    }
    let detail = "Goes to Metakocka with the first document that needs it.".to_owned();
    StoredDecision { detail: Some(detail), ..decision }
}

/// Certain is a tax number that one record on either side carries; e-mail and address are hints (policy F).
async fn contact_matches(
    tx: &mut Tx,
    scope: &TenantScope,
    connection: &str,
    contact: &Contact,
) -> Result<Found, StoreError> {
    let keys = ContactKeys::of(contact);
    let at = (connection, RecordKind::Contact.as_str());
    if let Some(tax) = &keys.tax {
        let mut theirs = mirror::carriers_of(tx, scope, at, MatchKey::Tax, tax).await?;
        let alone = matching::contacts_with_tax(tx, scope, tax).await? == 1;
        match theirs.len() {
            0 => {}
            1 if alone => return Ok(theirs.pop().map_or(Found::Nothing, Found::Certain)),
            _ => return Ok(Found::Candidates),
        }
    }
    for (key, value) in [(MatchKey::Email, &keys.email), (MatchKey::Address, &keys.address)] {
        let Some(value) = value else { continue };
        if !mirror::carriers_of(tx, scope, at, key, value).await?.is_empty() {
            return Ok(Found::Candidates);
        }
    }
    Ok(Found::Nothing)
}

/// Certain is a code that one record on either side carries.
async fn product_matches(
    tx: &mut Tx,
    scope: &TenantScope,
    connection: &str,
    key: &str,
) -> Result<Found, StoreError> {
    let at = (connection, RecordKind::Product.as_str());
    let mut theirs = mirror::carriers_of(tx, scope, at, MatchKey::Code, key).await?;
    let alone = matching::products_with_code(tx, scope, key).await? == 1;
    Ok(match theirs.len() {
        0 => Found::Nothing,
        1 if alone => theirs.pop().map_or(Found::Nothing, Found::Certain),
        _ => Found::Candidates,
    })
}

impl Engine {
    /// Forgets which Metakocka document a document is; both stay as they are, and the next look asks whether they
    /// belong together. Owner. Used to set up demonstrations and tests.
    pub async fn forget_link(&self, scope: &TenantScope, document_id: &str) -> Result<(), EngineError> {
        scope.require(Role::Owner)?;
        let mut tx = self.db().begin().await?;
        let found = links::of_record(&mut tx, scope, KIND, document_id).await?;
        let (connection, remote_type, link) = found.ok_or(EngineError::NotFound)?;
        links::forget_document(&mut tx, scope, document_id).await?;
        let place = Place { connection: &connection, kind: KIND, remote_type: &remote_type };
        let asks = StoredDecision {
            row: 10,
            status: "needs_review",
            reason: Some("match"),
            detail: Some(decide::CANDIDATE.to_owned()),
        };
        // Looks read only what changed: without this nobody would ask about a document that stays as it is.
        mirror::decide(&mut tx, scope, place, std::slice::from_ref(&link.external_id), Some(asks)).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(())
    }
}
