//! Local records without a link (rows 13 to 16): decided in the transaction that edits them, and when a look has ended,
//! because only then it is known what there is to match.

use std::collections::HashMap;

use sync_core::matching::Class;
use sync_core::plan::{Inputs, Matches, MergeOutlook, Mode, Policy, Subject};
use sync_core::record::{DocumentType, RecordKind, SalesDocument};

use super::decide;
use super::matching::{At, Classes, Matched, classes};
use super::merge;
use super::outbound::{Outbound, standing, stands_on};
use super::pair::{self, Chosen, Found};
use super::parties;
use super::run::Slicing;
use super::sendable::{self, Standing};
use crate::access::{Role, TenantScope};
use crate::store::connections::{self, KindRow};
use crate::store::matching::{self, LonePage};
use crate::store::mirror::{self, Place, StoredDecision};
use crate::store::{Db, StoreError, Tx, contacts, intents, links, products, records};
use crate::{Engine, EngineError};

const KIND: &str = "sales_document";
/// Lone records of a kind that one look decides; they are few, because most records are linked.
const MOST: usize = 5_000;
/// Records whose matches are looked up at once: few statements for each, and few values in each of them.
pub(super) const AT_ONCE: i64 = 200;
/// Row of a record that is certainly one over there.
pub(super) const CERTAIN: i64 = 14;
/// Row of a record that a person has to be asked about.
pub(super) const ASKED: i64 = 15;
/// Row of a record that matches nothing: only then it counts whether it can be sent.
const NO_MATCH: i64 = 16;

/// Decides all of them and stores what was decided.
pub(super) async fn decide_all(slicing: &Slicing<'_>, tx: &mut Tx) -> Result<(), StoreError> {
    let (db, scope) = (slicing.working.engine.db(), slicing.working.scope);
    for kind in [RecordKind::Contact, RecordKind::Product, RecordKind::SalesDocument] {
        let at = At { scope, connection: &slicing.connection.id, kind };
        let Some(mut known) = Known::load(db, at).await? else { continue };
        known.looked |= kind == slicing.kind;
        let (mut after, mut decided) = (String::new(), 0);
        while decided < MOST {
            let rows = matching::lone(tx, scope, kind, &[], &after, AT_ONCE).await?;
            let Some(last) = rows.last() else { break };
            after.clone_from(&last.id);
            decided += rows.len();
            decide_rows(tx, at, &rows, &known).await?;
        }
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
    one(db, tx, At { scope, connection, kind: RecordKind::SalesDocument }, id).await
}

/// Decides a contact or product without a link.
pub(super) async fn party(
    db: &Db,
    tx: &mut Tx,
    scope: &TenantScope,
    connection: &str,
    (kind, id): (RecordKind, &str),
) -> Result<(), StoreError> {
    one(db, tx, At { scope, connection, kind }, id).await
}

async fn one(db: &Db, tx: &mut Tx, at: At<'_>, id: &str) -> Result<(), StoreError> {
    let Some(known) = Known::load(db, at).await? else { return Ok(()) };
    let Some(row) = matching::lone_one(tx, at.scope, at.kind, id).await? else { return Ok(()) };
    // Whatever was decided before, it has been edited since.
    let row = LonePage { plan_row: None, ..row };
    decide_rows(tx, at, &[row], &known).await.map(drop)
}

/// What is known of the kind.
pub(super) struct Known {
    kind: KindRow,
    /// Whether everything there is to match has been read.
    pub looked: bool,
}

impl Known {
    pub(super) async fn load(db: &Db, at: At<'_>) -> Result<Option<Self>, StoreError> {
        let (connection, kind) = (at.connection, at.kind.as_str());
        let Some(row) = connections::kind(db, at.scope, connection, kind).await? else { return Ok(None) };
        let looked = match at.kind {
            RecordKind::SalesDocument => row.looked_at.is_some(),
            _ => connections::feed(db, at.scope, connection, kind).await?.watermark.is_some(),
        };
        Ok(Some(Self { kind: row, looked }))
    }

    fn is_confirmed(&self) -> bool {
        self.kind.matching_confirmed_at.is_some()
    }
}

/// A record here and the remote one that it is for certain.
pub(super) struct Certain {
    pub record: String,
    pub remote_type: String,
    pub external_id: String,
}

/// Decides these records, stores what was decided, and has the remote records that they may be wait for that. Returns the
/// pairs that are certain.
pub(super) async fn decide_rows(
    tx: &mut Tx,
    at: At<'_>,
    rows: &[LonePage],
    known: &Known,
) -> Result<Vec<Certain>, StoreError> {
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let classes = classes(tx, at, &ids).await?;
    let deciding =
        Deciding { at, known, outbound: standing(tx, at.scope, at.kind, &ids).await?, classes: &classes };
    let (mut certain, mut claimed) = (Vec::new(), Vec::new());
    for row in rows {
        let Some(decision) = deciding.decide(tx, row).await? else { continue };
        if matches!(decision.row, CERTAIN | ASKED)
            && let Some(matched) = classes.matched.get(&row.id)
        {
            claimed.extend(matched.ids());
            if let (CERTAIN, Class::Certain(name)) = (decision.row, &matched.class)
                && let Some(there) = classes.there.get(name)
            {
                certain.push(Certain {
                    record: row.id.clone(),
                    remote_type: there.remote_type.clone(),
                    external_id: there.external_id.clone(),
                });
            }
        }
        if !says(row, &decision) {
            records::decide(tx, at.scope, at.kind, &row.id, Some(decision)).await?;
        }
    }
    for there in claimed.into_iter().filter_map(|name| classes.there.get(name)) {
        if there.plan_row.is_some_and(|row| row != 10) {
            let place =
                Place { connection: at.connection, kind: at.kind.as_str(), remote_type: &there.remote_type };
            let id = std::slice::from_ref(&there.external_id);
            mirror::decide(tx, at.scope, place, id, Some(claimed_there(at.kind))).await?;
        }
    }
    Ok(certain)
}

/// Row 10: the question stands at the record here.
fn claimed_there(kind: RecordKind) -> StoredDecision {
    match kind {
        RecordKind::SalesDocument => {
            StoredDecision { detail: Some(decide::CANDIDATE.to_owned()), ..parties::undecided() }
        }
        _ => parties::undecided(),
    }
}

fn says(row: &LonePage, decision: &StoredDecision) -> bool {
    row.plan_row == Some(decision.row)
        && row.sync_status.as_deref() == Some(decision.status)
        && row.sync_reason.as_deref() == decision.reason
        && row.sync_detail == decision.detail
}

/// Everything that the decisions of one page need.
struct Deciding<'a> {
    at: At<'a>,
    known: &'a Known,
    outbound: HashMap<String, intents::Standing>,
    classes: &'a Classes,
}

impl Deciding<'_> {
    async fn decide(&self, tx: &mut Tx, row: &LonePage) -> Result<Option<StoredDecision>, StoreError> {
        let outbound = Outbound::of(self.outbound.get(&row.id), &stands_on(Some(row.revision), None))?;
        match self.at.kind {
            RecordKind::SalesDocument => self.document(tx, row, &outbound).await,
            RecordKind::Contact => self.contact(tx, row, outbound).await,
            RecordKind::Product => self.product(tx, row, outbound).await,
        }
    }

    fn class(&self, id: &str) -> &Class {
        self.classes.matched.get(id).map_or(&Class::None, |matched: &Matched| &matched.class)
    }

    fn chosen(&self, outbound: Outbound) -> Chosen {
        let policy = decide::chosen(&self.known.kind);
        Chosen { policy, matching_confirmed: self.known.is_confirmed(), outbound }
    }

    fn found(&self, id: &str) -> Found {
        let found = match self.class(id) {
            Class::None => Found::Nothing,
            Class::Candidates(_) => Found::Candidates,
            Class::Certain(name) => {
                Found::Certain(self.classes.there.get(name).and_then(|there| there.content.clone()))
            }
        };
        found.known(self.known.looked)
    }

    async fn contact(
        &self,
        tx: &mut Tx,
        row: &LonePage,
        outbound: Outbound,
    ) -> Result<Option<StoredDecision>, StoreError> {
        let Some(stored) = contacts::contact(tx, self.at.scope, &row.id).await? else { return Ok(None) };
        if stored.erased_at.is_some() {
            // Nothing is left that could be matched or sent (row 1).
            return Ok(None);
        }
        let contact = stored.fields.contact()?;
        let chosen = self.chosen(outbound);
        // A contact goes to Metakocka with the first document that needs it, not by itself (policy D).
        let chosen = Chosen { policy: Policy { create_there: false, ..chosen.policy }, ..chosen };
        let standing = sendable::contact(&contact);
        let decision = pair::lone(&chosen, (&contact, &standing), &self.found(&row.id));
        Ok(Some(with_first_document(decision)))
    }

    async fn product(
        &self,
        tx: &mut Tx,
        row: &LonePage,
        outbound: Outbound,
    ) -> Result<Option<StoredDecision>, StoreError> {
        let ids = std::slice::from_ref(&row.id);
        let Some(stored) = products::products(tx, self.at.scope, ids).await?.pop() else { return Ok(None) };
        let product = stored.fields.product();
        let standing = sendable::product(&product);
        let chosen = self.chosen(outbound);
        Ok(Some(pair::lone(&chosen, (&product, &standing), &self.found(&row.id))))
    }

    /// None: it stays as it was decided.
    async fn document(
        &self,
        tx: &mut Tx,
        row: &LonePage,
        outbound: &Outbound,
    ) -> Result<Option<StoredDecision>, StoreError> {
        let class = self.class(&row.id);
        let waits = row.sync_reason.as_deref() == Some("waiting");
        if self.known.looked && *class == Class::None && row.plan_row == Some(NO_MATCH) && !waits {
            return Ok(None);
        }
        let Some((document, standing)) = sendable::document(tx, self.at.scope, &row.id).await? else {
            return Ok(None);
        };
        let outlook = match class {
            Class::Certain(name) => self.outlook(&document, name),
            _ => merge::Outlook { merge: MergeOutlook::Takes, fields: None },
        };
        let matches = match class {
            _ if !self.known.looked => Matches::NotKnown,
            Class::None => Matches::None,
            Class::Certain(_) => Matches::Certain(outlook.merge),
            Class::Candidates(_) => Matches::Candidates,
        };
        Ok(Some(self.decided(&document, matches, (&standing, outbound), outlook.fields)))
    }

    fn outlook(&self, document: &SalesDocument, name: &sync_core::record::ExternalId) -> merge::Outlook {
        let content = self.classes.there.get(name).and_then(|there| there.content.as_deref());
        let theirs: Option<SalesDocument> = content.and_then(|text| serde_json::from_str(text).ok());
        let policy = decide::document_policy(&self.known.kind, document.doc_type.is_booked());
        let none = merge::Outlook { merge: MergeOutlook::Takes, fields: None };
        theirs.map_or(none, |theirs| {
            let writable = merge::Writable::by(policy.direction);
            merge::outlook(merge::Agreed::default(), document, &theirs, writable)
        })
    }

    fn decided(
        &self,
        document: &SalesDocument,
        matches: Matches,
        (standing, outbound): (&Standing, &Outbound),
        fields: Option<String>,
    ) -> StoredDecision {
        let booked = DocumentType::is_booked(document.doc_type);
        let policy = decide::document_policy(&self.known.kind, booked);
        let inputs = Inputs {
            intent: outbound.intent,
            subject: Subject::LocalOnly(matches),
            mode: Mode::Normal,
            policy: Policy { create_there: policy.create_there && !booked, ..policy },
            in_scope: true,
            matching_confirmed: self.known.is_confirmed(),
            facts: standing.facts(),
        };
        let confirmed = inputs.matching_confirmed;
        pair::decided(&inputs, standing, |row| match row {
            2..=5 => outbound.detail.clone(),
            CERTAIN if fields.is_some() => fields,
            row => sentence(row, confirmed).map(str::to_owned),
        })
    }
}

fn sentence(row: i64, confirmed: bool) -> Option<&'static str> {
    match row {
        13 if confirmed => Some("Waits for the first look in Metakocka."),
        13 => Some("Waits until the owner has confirmed the matching."),
        CERTAIN => Some("Metakocka has a document with the same type, number, date and total."),
        ASKED => Some("Metakocka has documents that this one could be."),
        _ => None,
    }
}

/// Says why a contact that matches nothing stays here.
fn with_first_document(decision: StoredDecision) -> StoredDecision {
    if decision.row != NO_MATCH {
        return decision;
    }
    let detail = "Goes to Metakocka with the first document that needs it.".to_owned();
    StoredDecision { detail: Some(detail), ..decision }
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
