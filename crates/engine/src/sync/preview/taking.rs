//! What taking a record from Metakocka does. Nothing is asked of Metakocka but for customers and products that were never
//! read.

use std::collections::BTreeSet;

use sync_core::plan::UnlinkedRemote;
use sync_core::record::{Line, RecordKind, SalesDocument};

use super::super::decide::{self, Take};
use super::super::matching::{At, claims_of};
use super::super::merge::Agreed;
use super::super::outbound::Outbound;
use super::super::outgoing::{self, SentRecord};
use super::super::pair::{self, Chosen};
use super::super::{parties, writing};
use super::Making;
use super::basis::StandsOn;
use super::draft::Draft;
use super::pairs;
use super::views::{PlanAction, PlanSide, PlannedChange};
use crate::store::mirror::{self, Place};
use crate::store::plans::{Basis, Takeable};
use crate::store::{Connection, StoreError, connections, links};

/// A preview asks nothing of Metakocka.
const NEVER_READ: &str = "It was never read, or its id belongs to more than one document. Look in Metakocka first, or take it by its type.";

impl Making<'_> {
    /// The item of a record that is to be taken.
    pub(super) async fn taken(
        &mut self,
        reader: &mut Connection,
        (kind, key): (RecordKind, Takeable),
        stands_on: StandsOn,
    ) -> Result<Draft, StoreError> {
        let basis = stands_on.basis.clone();
        let draft = Draft::of_remote(kind, key, stands_on);
        let Some(basis) = basis else {
            return Ok(draft.because(vec![NEVER_READ.to_owned()]));
        };
        let waits = basis.reason.as_deref() == Some("to_take");
        match (basis.plan_row, &basis.record_id) {
            (Some(20), Some(record)) if waits => {
                let record = record.clone();
                self.updated(reader, draft, &record).await
            }
            (Some(12), None) if waits => self.made_here(reader, draft).await,
            (_, None) if kind != RecordKind::SalesDocument && basis.gone == 0 => {
                self.asked_for(reader, draft, &basis).await
            }
            _ => {
                let why = self.left(reader, &draft, &basis).await?;
                Ok(draft.because(vec![why]))
            }
        }
    }

    /// The record here is changed (row 20).
    async fn updated(
        &mut self,
        reader: &mut Connection,
        draft: Draft,
        record: &str,
    ) -> Result<Draft, StoreError> {
        let kind = draft.kind;
        let link = links::of_record(reader, self.scope, kind.as_str(), record).await?;
        let Some((_, remote_type, link)) = link else { return Ok(draft) };
        let read = self.last_read(reader, kind, (&remote_type, &link.external_id)).await?;
        let row = connections::kind(self.engine.db(), self.scope, &self.connection.id, kind.as_str()).await?;
        let here = self.here(reader, kind, record).await?;
        let (Some((_, there)), Some(row), Some(here)) = (read, row, here) else {
            return Ok(draft.because(vec!["What Metakocka has of it can't be read.".to_owned()]));
        };
        let changes = pairs::together(&row, Agreed::of(&link), &here, &there);
        let changes = changes.map(|together| together.changes).unwrap_or_default();
        let draft = Draft { action: PlanAction::UpdateHere, changes, ..draft };
        self.with_parties(reader, draft, &there).await
    }

    async fn here(
        &self,
        reader: &mut Connection,
        kind: RecordKind,
        record: &str,
    ) -> Result<Option<SentRecord>, StoreError> {
        let seen = super::super::seen::Seen::load(reader, self.scope, kind, record).await?;
        let Some(seen) = seen else { return Ok(None) };
        let nobody = super::super::whole::StandIns::new();
        let of =
            writing::Of { scope: self.scope, connection: &self.connection, seen: &seen, stand_ins: &nobody };
        writing::wanted(reader, of).await
    }

    /// A record is made here (row 12).
    async fn made_here(&mut self, reader: &mut Connection, draft: Draft) -> Result<Draft, StoreError> {
        let key = draft.there.clone().unwrap_or_default();
        let Some((_, there)) =
            self.last_read(reader, draft.kind, (&key.remote_type, &key.external_id)).await?
        else {
            return Ok(draft.because(vec!["What Metakocka has of it can't be read.".to_owned()]));
        };
        let fields = outgoing::fields_of(&there).into_iter();
        let changes = fields.map(|(name, value)| PlannedChange {
            side: PlanSide::Here,
            field: name.as_str().to_owned(),
            old: None,
            new: Some(value.json().clone()),
        });
        let draft = Draft { action: PlanAction::CreateHere, changes: changes.collect(), ..draft };
        self.with_parties(reader, draft, &there).await
    }

    /// A contact or product that is named: whatever the scope says of others, as `take_party` takes it.
    async fn asked_for(
        &mut self,
        reader: &mut Connection,
        draft: Draft,
        basis: &Basis,
    ) -> Result<Draft, StoreError> {
        let row = connections::kind(self.engine.db(), self.scope, &self.connection.id, draft.kind.as_str());
        let Some(row) = row.await? else { return Ok(draft) };
        let matching_confirmed = row.matching_confirmed_at.is_some();
        let chosen = Chosen { policy: decide::chosen(&row), matching_confirmed, outbound: Outbound::NONE };
        let asked = pair::asked_for(&chosen, UnlinkedRemote::Free);
        if asked.take != Take::Create {
            let why = asked.detail.unwrap_or_else(|| "It is not taken.".to_owned());
            return Ok(draft.because(vec![why]));
        }
        let key = draft.there.clone().unwrap_or_default();
        let place = Place { connection: &self.connection.id, kind: draft.kind.as_str(), remote_type: "" };
        let seen = mirror::seen(reader, self.scope, place, &key.external_id).await?;
        if let Some(content) = seen.and_then(|seen| seen.content) {
            let at = At { scope: self.scope, connection: &self.connection.id, kind: draft.kind };
            if !claims_of(reader, at, &[(key.external_id, content)]).await?.is_empty() {
                return Ok(draft.because(vec![parties::COULD_BE.to_owned()]));
            }
        } else if basis.plan_row == Some(6) {
            let why = self.left(reader, &draft, basis).await?;
            return Ok(draft.because(vec![why]));
        }
        self.made_here(reader, draft).await
    }

    /// Why it is left as it is.
    async fn left(
        &self,
        reader: &mut Connection,
        draft: &Draft,
        basis: &Basis,
    ) -> Result<String, StoreError> {
        let key = draft.there.clone().unwrap_or_default();
        let of = (draft.kind, key.remote_type.as_str(), key.external_id.as_str());
        let said = crate::store::plans::said_of(reader, self.scope, &self.connection.id, of).await?;
        Ok(said.unwrap_or_else(|| {
            let words = match (basis.status.as_deref(), basis.gone) {
                (_, 1) => "Metakocka no longer has it.",
                (Some("synced"), _) => "Both sides are equal.",
                (Some("pending"), _) => "It is not only taken: it is sent or merged.",
                (Some("needs_review"), _) => "A person has to decide about it first.",
                _ => "What is chosen for these records does not take it.",
            };
            words.to_owned()
        }))
    }

    /// How well one is known; many documents name the same.
    async fn acquaintance(
        &mut self,
        reader: &mut Connection,
        kind: RecordKind,
        id: &str,
    ) -> Result<Acquaintance, StoreError> {
        let of = (kind, id.to_owned());
        if let Some(known) = self.known.get(&of) {
            return Ok(*known);
        }
        let place = Place { connection: &self.connection.id, kind: kind.as_str(), remote_type: "" };
        let ids = std::slice::from_ref(&of.1);
        let known = if !links::records_of(reader, self.scope, place, ids).await?.is_empty() {
            Acquaintance::Here
        } else if mirror::seen(reader, self.scope, place, id).await?.is_some() {
            Acquaintance::Read
        } else {
            Acquaintance::Unknown
        };
        // The first document that names it brings it.
        let then = if known == Acquaintance::Unknown { Acquaintance::Read } else { known };
        self.known.insert(of, then);
        Ok(known)
    }

    /// Customers and products that come with a document, and the calls for those that were never read.
    async fn with_parties(
        &mut self,
        reader: &mut Connection,
        draft: Draft,
        there: &SentRecord,
    ) -> Result<Draft, StoreError> {
        let SentRecord::Document(document) = there else { return Ok(draft) };
        let mut calls = 0;
        let mut coming = Vec::new();
        for (kind, id, name) in parties_of(document) {
            match self.acquaintance(reader, kind, &id).await? {
                Acquaintance::Here => continue,
                Acquaintance::Read => {}
                Acquaintance::Unknown => calls += 1,
            }
            coming.push(name);
        }
        let notes = (!coming.is_empty())
            .then(|| format!("Comes with it, unless it could be here already: {}.", coming.join(", ")));
        Ok(Draft { calls, notes: notes.into_iter().collect(), ..draft })
    }
}

/// How well a remote customer or product is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Acquaintance {
    /// It is a record here.
    Here,
    /// It was read.
    Read,
    /// It was never read: taking a document of it reads it first.
    Unknown,
}

/// The customer and the products of a document, by their remote ids.
fn parties_of(document: &SalesDocument) -> BTreeSet<(RecordKind, String, String)> {
    let customer = document.customer.external_id.as_ref();
    let customer =
        customer.map(|id| (RecordKind::Contact, id.as_str().to_owned(), document.customer.name.clone()));
    let products = document.lines.iter().filter_map(Line::as_product).filter_map(|line| {
        let id = line.product.external_id.as_ref()?.as_str().to_owned();
        Some((RecordKind::Product, id, line.product.code.clone().unwrap_or_else(|| line.name.clone())))
    });
    customer.into_iter().chain(products).collect()
}
