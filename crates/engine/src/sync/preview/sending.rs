//! What sending a record does: the same steps as the executor's (`push/bring`), told instead of done.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;

use sync_core::matching::Class;
use sync_core::record::{Contact, ExternalId, RecordKind};

use super::super::matching::{At, classes};
use super::super::merge::Agreed;
use super::super::outgoing::{NotMade, SentRecord};
use super::super::seen::{Seen, Step, asks_to_be_made};
use super::super::whole::{self, StandIn, StandIns};
use super::super::writing::{self, Writing};
use super::Making;
use super::basis::StandsOn;
use super::calls::{READ, WRITE};
use super::draft::{Draft, made};
use super::pairs::{self, Together};
use super::refusals::{reasons, why_not};
use super::views::{PlanAction, PlanRequest};
use crate::store::mirror::{self, Place, Seen as Mirrored};
use crate::store::plans::Takeable;
use crate::store::{Connection, StoreError, connections};

/// The items of one record: what is brought first, then the record itself.
type Items = Vec<Draft>;

impl Making<'_> {
    /// The items of a record that is to be sent.
    pub(super) fn sent<'a>(
        &'a mut self,
        reader: &'a mut Connection,
        (kind, id): (RecordKind, &'a str),
        stands_on: StandsOn,
    ) -> Pin<Box<dyn Future<Output = Result<Items, StoreError>> + Send + 'a>> {
        Box::pin(async move {
            let draft = Draft::of_record(kind, id, stands_on);
            let Some(seen) = Seen::load(reader, self.scope, kind, id).await? else {
                return Ok(vec![draft.because(vec!["There is no such record here.".to_owned()])]);
            };
            let (db, connection) = (self.engine.db(), self.connection.id.as_str());
            let asked_for = seen.link.is_none() && asks_to_be_made(db, self.scope, connection, &seen).await?;
            let nobody = StandIns::new();
            Ok(match seen.step(asked_for) {
                Step::Create => vec![self.created(reader, draft, &seen, &nobody).await?],
                Step::Change => vec![self.changed(reader, draft, &seen, &nobody).await?],
                Step::Link => vec![self.linked(reader, draft, &seen).await?],
                Step::BringNamed => self.with_named(reader, draft, &seen).await?,
                Step::GoOn | Step::OnceMore | Step::LookAtCandidates | Step::Rest => {
                    let why = reasons(reader, self.scope, &seen).await?;
                    vec![draft.because(why)]
                }
            })
        })
    }

    fn of<'b>(&'b self, seen: &'b Seen, stand_ins: &'b StandIns) -> writing::Of<'b> {
        writing::Of { scope: self.scope, connection: &self.connection, seen, stand_ins }
    }

    /// It is made there.
    async fn created(
        &mut self,
        reader: &mut Connection,
        draft: Draft,
        seen: &Seen,
        stand_ins: &StandIns,
    ) -> Result<Draft, StoreError> {
        let writing = match writing::creation(reader, self.of(seen, stand_ins)).await? {
            None => return Ok(draft.because(vec!["It is not here any more.".to_owned()])),
            Some(Err(reasons)) => return Ok(draft.because(reasons)),
            Some(Ok(writing)) => writing,
        };
        let (scope, at) = (self.scope, self.connection.id.clone());
        let mut calls = self.calls.creating(reader, scope, &at, (seen.kind, &writing)).await?;
        let mut notes = Vec::new();
        if self.leaves_addresses(reader, seen).await? {
            calls += READ + WRITE;
            notes.push(
                "The other delivery addresses are added by a second request, once it is there.".to_owned(),
            );
        }
        let Writing { prepared, .. } = writing;
        let draft = Draft {
            action: PlanAction::CreateThere,
            changes: made(&prepared.sent),
            requests: vec![self.request(&prepared, false)],
            notes,
            calls,
            ..draft
        };
        Ok(draft.in_words(|text| self.numbers.words(text)))
    }

    /// A contact is made with one delivery address; the others are a change.
    async fn leaves_addresses(&self, reader: &mut Connection, seen: &Seen) -> Result<bool, StoreError> {
        if seen.kind != RecordKind::Contact {
            return Ok(false);
        }
        let contact = writing::contact(reader, self.of(seen, &StandIns::new())).await?;
        Ok(contact.delivery_addresses.len() > 1)
    }

    fn request(&self, prepared: &super::super::outgoing::Prepared, fresh_read: bool) -> PlanRequest {
        let (path, mut body) = prepared.request.shown();
        body.insert("company_id".to_owned(), self.connection.company_id.as_str().into());
        PlanRequest { method: "POST".to_owned(), path, body: body.into(), fresh_read }
    }

    /// It is changed there, after what is new there was taken.
    async fn changed(
        &mut self,
        reader: &mut Connection,
        draft: Draft,
        seen: &Seen,
        stand_ins: &StandIns,
    ) -> Result<Draft, StoreError> {
        let Some((remote_type, link)) = &seen.link else { return Ok(draft) };
        let Some((mirrored, there)) =
            self.last_read(reader, seen.kind, (remote_type, &link.external_id)).await?
        else {
            return Ok(draft.because(vec!["What Metakocka has of it can't be read.".to_owned()]));
        };
        let Some(together) = self.together(reader, seen, (Agreed::of(link), stand_ins), &there).await? else {
            return Ok(draft.because(vec!["It is not here any more.".to_owned()]));
        };
        let merges = seen.says(22, "to_merge") || seen.says(22, "waiting");
        let action = if merges { PlanAction::Merge } else { PlanAction::UpdateThere };
        let base = if merges { together.base.clone() } else { writing::base(seen.kind, link)? };
        let draft = Draft { action, changes: together.changes.clone(), calls: READ, ..draft };
        let draft = Draft { built_on: Some(mirrored.content_hash.clone()), ..draft };
        let of = (seen, stand_ins, remote_type.as_str());
        let wanted = if merges {
            Some(together.wanted)
        } else {
            writing::wanted(reader, self.of(seen, stand_ins)).await?
        };
        let draft = self.with_change(reader, draft, of, (&mirrored, base, wanted)).await?;
        Ok(draft.in_words(|text| self.numbers.words(text)))
    }

    /// Adds the request that makes of what was last read what is wanted, and the calls for it.
    async fn with_change(
        &self,
        reader: &mut Connection,
        draft: Draft,
        (seen, stand_ins, remote_type): (&Seen, &StandIns, &str),
        (mirrored, base, wanted): (&Mirrored, Option<SentRecord>, Option<SentRecord>),
    ) -> Result<Draft, StoreError> {
        let found = writing::last_read(seen.kind, remote_type, mirrored);
        let (Some(found), Some(base), Some(wanted)) = (found, base, wanted) else { return Ok(draft) };
        let of = self.of(seen, stand_ins);
        Ok(match writing::change(reader, of, &found, (&base, &wanted)).await? {
            Ok(prepared) => {
                let first = if draft.action == PlanAction::UpdateThere { 0 } else { draft.calls };
                let renamed = i64::from(is_renamed(&base, &wanted));
                Draft {
                    calls: first + READ + renamed + WRITE,
                    requests: vec![self.request(&prepared, true)],
                    ..draft
                }
            }
            Err(NotMade::Blocked(reasons)) if draft.action == PlanAction::UpdateThere => {
                draft.because(reasons)
            }
            Err(NotMade::Blocked(reasons)) => Draft { notes: reasons, ..draft },
            Err(NotMade::Nothing) => {
                let note = "Metakocka has it so already; nothing is sent.".to_owned();
                Draft { notes: vec![note], ..draft }
            }
            Err(NotMade::Stale) => {
                Draft { notes: vec!["It is compared with what Metakocka has then.".to_owned()], ..draft }
            }
        })
    }

    /// It is linked with the record that it is there; what is news on either side moves then.
    async fn linked(
        &mut self,
        reader: &mut Connection,
        draft: Draft,
        seen: &Seen,
    ) -> Result<Draft, StoreError> {
        let Some((key, mirrored, together)) = self.certain(reader, seen).await? else {
            return Ok(draft.because(vec!["What Metakocka has of it can't be read.".to_owned()]));
        };
        let draft = Draft {
            action: PlanAction::Link,
            changes: together.changes,
            there: Some(key.clone()),
            built_on: Some(mirrored.content_hash.clone()),
            ..draft
        };
        if !together.open.is_empty() {
            let note = format!("You are asked about: {}.", together.open.join(", "));
            return Ok(Draft { notes: vec![note], ..draft });
        }
        if !together.sends {
            return Ok(draft);
        }
        let nobody = StandIns::new();
        let of = (seen, &nobody, key.remote_type.as_str());
        self.with_change(reader, draft, of, (&mirrored, together.base, Some(together.wanted))).await
    }

    /// The remote record that it is for certain, and what bringing both together comes to.
    async fn certain(
        &self,
        reader: &mut Connection,
        seen: &Seen,
    ) -> Result<Option<(Takeable, Mirrored, Together)>, StoreError> {
        let at = At { scope: self.scope, connection: &self.connection.id, kind: seen.kind };
        let classes = classes(reader, at, std::slice::from_ref(&seen.id)).await?;
        let Some(Class::Certain(name)) = classes.matched.get(&seen.id).map(|matched| &matched.class) else {
            return Ok(None);
        };
        let Some(there) = classes.there.get(name) else { return Ok(None) };
        let key = Takeable { remote_type: there.remote_type.clone(), external_id: there.external_id.clone() };
        let of = (key.remote_type.as_str(), key.external_id.as_str());
        let Some((mirrored, record)) = self.last_read(reader, seen.kind, of).await? else { return Ok(None) };
        let nobody = StandIns::new();
        let together = self.together(reader, seen, (Agreed::default(), &nobody), &record).await?;
        Ok(together.map(|together| (key, mirrored, together)))
    }

    /// What the mirror has of a record; none: it can't be read.
    pub(super) async fn last_read(
        &self,
        reader: &mut Connection,
        kind: RecordKind,
        (remote_type, id): (&str, &str),
    ) -> Result<Option<(Mirrored, SentRecord)>, StoreError> {
        let place = Place { connection: &self.connection.id, kind: kind.as_str(), remote_type };
        let seen = mirror::seen(reader, self.scope, place, id).await?;
        Ok(seen.and_then(|seen| {
            let record = pairs::remote(kind, remote_type, &seen)?;
            Some((seen, record))
        }))
    }

    async fn together(
        &self,
        reader: &mut Connection,
        seen: &Seen,
        (agreed, stand_ins): (Agreed<'_>, &StandIns),
        there: &SentRecord,
    ) -> Result<Option<Together>, StoreError> {
        let here = writing::wanted(reader, self.of(seen, stand_ins)).await?;
        let kind = connections::kind(self.engine.db(), self.scope, &self.connection.id, seen.kind.as_str());
        let (Some(here), Some(kind)) = (here, kind.await?) else { return Ok(None) };
        Ok(pairs::together(&kind, agreed, &here, there))
    }

    /// What it names and Metakocka does not have is brought first.
    async fn with_named(
        &mut self,
        reader: &mut Connection,
        draft: Draft,
        seen: &Seen,
    ) -> Result<Items, StoreError> {
        let missing = whole::unlinked(self.scope, reader, &seen.id).await?;
        if missing.is_empty() || seen.kind != RecordKind::SalesDocument {
            let why = reasons(reader, self.scope, seen).await?;
            return Ok(vec![draft.because(why)]);
        }
        let (mut items, mut stand_ins, mut stuck) = (Vec::new(), StandIns::new(), Vec::new());
        for (kind, id) in missing {
            match self.named(reader, (kind, &id), &mut items).await? {
                Ok(stand_in) => {
                    stand_ins.insert((kind, id), stand_in);
                }
                Err(why) => stuck.push(why),
            }
        }
        let own = match &seen.link {
            _ if !stuck.is_empty() => draft.because(stuck),
            None => self.created(reader, draft, seen, &stand_ins).await?,
            Some(_) => self.changed(reader, draft, seen, &stand_ins).await?,
        };
        if own.action == PlanAction::Nothing {
            // Nobody is brought for a document that stays.
            for item in items.drain(..) {
                self.brought.remove(&(item.kind, item.record_id.unwrap_or_default()));
            }
        }
        items.push(own);
        Ok(items)
    }

    /// A customer or product that is brought first: what stands in for its ids, or why it can't be brought.
    async fn named(
        &mut self,
        reader: &mut Connection,
        (kind, id): (RecordKind, &str),
        items: &mut Items,
    ) -> Result<Result<StandIn, String>, StoreError> {
        let of = (kind, id.to_owned());
        if let Some(known) = self.brought.get(&of) {
            return Ok(known.clone());
        }
        let now: HashMap<String, StandsOn> =
            super::basis::of_records(reader, self.scope, kind, std::slice::from_ref(&of.1)).await?;
        let stands_on = now.get(id).cloned().unwrap_or_default();
        let drafts = self.sent(reader, (kind, id), stands_on).await?;
        let mut known = Err(String::new());
        for draft in drafts {
            known = match draft.action {
                PlanAction::CreateThere => Ok(self.made(reader, &draft, id).await?),
                PlanAction::Link => self.is_there(reader, &draft, id).await?,
                _ => Err(why_not(&draft)),
            };
            items.push(Draft { brought: true, ..draft });
        }
        if known.is_err() {
            items.pop();
        }
        self.brought.insert(of, known.clone());
        Ok(known)
    }

    async fn made(
        &mut self,
        reader: &mut Connection,
        draft: &Draft,
        id: &str,
    ) -> Result<StandIn, StoreError> {
        let has_address = match draft.kind {
            RecordKind::Contact => {
                let seen = Seen::load(reader, self.scope, draft.kind, id).await?;
                let seen = seen.ok_or(StoreError::Corrupt { column: "contacts.id" })?;
                let contact: Contact = writing::contact(reader, self.of(&seen, &StandIns::new())).await?;
                contact.address.is_some()
            }
            _ => false,
        };
        self.numbers.stand_in(draft.kind, &draft.label, has_address)
    }

    /// One that is linked first is known there already.
    async fn is_there(
        &mut self,
        reader: &mut Connection,
        draft: &Draft,
        id: &str,
    ) -> Result<Result<StandIn, String>, StoreError> {
        let seen = Seen::load(reader, self.scope, draft.kind, id).await?;
        let Some(seen) = seen else { return Ok(Err(why_not(draft))) };
        let Some((key, _, together)) = self.certain(reader, &seen).await? else {
            return Ok(Err(why_not(draft)));
        };
        let external_id = ExternalId::parse(&key.external_id)
            .map_err(|_| StoreError::Corrupt { column: "mirror.external_id" })?;
        let (address, remote_code) = match together.wanted {
            SentRecord::Contact(contact) => {
                (contact.address.and_then(|address| address.row), contact.remote_code)
            }
            SentRecord::Product(product) => (None, product.remote_code),
            SentRecord::Document(_) => (None, None),
        };
        Ok(Ok(StandIn { external_id, address, remote_code }))
    }
}

/// A product whose code changes is not found by the new one: the whole list is read (`metakocka-api.md §2.1`).
fn is_renamed(base: &SentRecord, wanted: &SentRecord) -> bool {
    match (base, wanted) {
        (SentRecord::Product(base), SentRecord::Product(wanted)) => base.code != wanted.code,
        _ => false,
    }
}
