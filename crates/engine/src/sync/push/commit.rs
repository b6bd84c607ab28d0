//! One step of an intent in one transaction: its row, what belongs to it, what people have to see, and the decision of
//! the record, so that the state that is shown is never older than the intent (design §5.7).

use metakocka::PartnerQuery;
use sync_core::intent::{Alarm, Dormant, Effect, Ended, Marker, Persist, StateName, Step};
use sync_core::record::{ExternalId, RecordKind};

use super::super::failure::Failure;
use super::super::meet::SENDING;
use super::super::outbound::{stands_on, state_name};
use super::super::outgoing::{Found, FoundRecord, SentRecord};
use super::super::page::{self, Arrived};
use super::super::{erase, parties, replan};
use super::confirm;
use super::drive::Driving;
use crate::store::intents::{self, Advance, NewAlarm, NewIntent, NewStep};
use crate::store::mirror::{self, MirrorRow, Place};
use crate::store::{StoreError, Tx, events, jobs, links, records};

impl Driving<'_> {
    /// Writes a step; one that stays where it is writes nothing. [`Failure::Stopped`]: somebody else moved the intent.
    pub(super) async fn commit(&mut self, step: &Step) -> Result<(), Failure> {
        let Some(persist) = step.to_commit() else { return Ok(()) };
        let customer = self.kept_customer(persist.effect).await?;
        let working = self.desk.working;
        let mut tx = working.begin().await?;
        self.lease_until = self.now().0 + super::super::worker::micros(working.settings.lease);
        self.write_row(&mut tx, &persist).await?;
        Box::pin(self.write_effect(&mut tx, persist.effect, customer)).await?;
        self.raise(&mut tx, persist.alarms).await?;
        let state = persist.row.state();
        if state != StateName::Sending {
            replan::again(working.engine, &mut tx, working.scope, self.kind, &self.record).await?;
        }
        let erased = state.is_over()
            && self.kind == RecordKind::Contact
            && erase::if_settled(working.engine, &mut tx, working.scope, &self.record).await?;
        if state.is_over()
            && self.creates
            && let SentRecord::Document(document) = &self.sent.record
            && let Some(customer) = &document.customer.external_id
        {
            let of = (self.remote_type.as_str(), customer.as_str());
            replan::released(working.engine, &mut tx, working.scope, of).await?;
        }
        if state == StateName::Unknown
            && let Some(settles) = persist.row.settles()
        {
            let job = working.engine.new_id();
            let of = (job.as_str(), self.desk.connection.id.as_str());
            jobs::settle_at(&mut tx, working.scope, of, settles.looks_at.0, self.now().0).await?;
        }
        self.announce(&mut tx, state).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.version += 1;
        working.engine.remote().wake();
        if erased {
            working.engine.db().scrub().await?;
        }
        Ok(())
    }

    async fn write_row(&mut self, tx: &mut Tx, persist: &Persist<'_>) -> Result<(), Failure> {
        let (scope, now) = (self.desk.working.scope, self.now().0);
        let corrupt = |_| StoreError::Corrupt { column: "intents.machine" };
        let machine = serde_json::to_string(&persist.row).map_err(corrupt)?;
        let state = state_name(persist.row.state());
        if let Some(Ended::Refused(refusal)) = persist.row.ended() {
            self.said = Some(refusal.sentence.clone());
        }
        let due_at = self.due_at(&persist.row);
        let written = if self.version == 0 {
            let sent = serde_json::to_string(&self.sent);
            let sent = sent.map_err(|_| StoreError::Corrupt { column: "intents.sent" })?;
            let new = NewIntent {
                id: &self.id,
                connection: &self.desk.connection.id,
                kind: self.kind.as_str(),
                record: &self.record,
                remote_type: &self.remote_type,
                creates: self.creates,
                marker: self.marker.as_ref().map(Marker::as_str).unwrap_or_default(),
                state,
                machine: &machine,
                request: &self.request,
                sent: &sent,
                revision: self.revision,
                run: self.desk.run,
                due_at: due_at.unwrap_or(now),
                now,
            };
            intents::insert(tx, scope, &new).await?
        } else {
            let refused_on = match persist.row.state() {
                StateName::Refused => Some(self.refused_on(tx).await?),
                _ => None,
            };
            let advance = Advance {
                id: &self.id,
                version: self.version,
                state,
                machine: &machine,
                due_at,
                refused_on: refused_on.as_deref(),
                said: self.said.as_deref(),
                now,
            };
            intents::advance(tx, scope, &advance).await?
        };
        if !written {
            return Err(Failure::Stopped);
        }
        let step = NewStep {
            intent: &self.id,
            version: self.version + 1,
            from: persist.expected.map(state_name),
            to: state,
            said: self.said.as_deref(),
            run: self.desk.run,
            now,
        };
        intents::note_step(tx, scope, &step).await?;
        Ok(())
    }

    /// When somebody goes on, should this executor fall silent; none: it is over, or a person has to say.
    fn due_at(&self, row: &Dormant) -> Option<i64> {
        match row.state() {
            state if state.is_over() => None,
            StateName::NeedsPerson => None,
            StateName::Unknown => row.settles().map(|settles| settles.looks_at.0),
            _ => Some(self.now().0 + self.desk.patience()),
        }
    }

    async fn refused_on(&self, tx: &mut Tx) -> Result<String, StoreError> {
        let scope = self.desk.working.scope;
        let revision = records::revision(tx, scope, self.kind, &self.record).await?;
        // An edit that was made meanwhile is not refused.
        let revision = revision.filter(|now| *now == self.revision);
        let link = links::of_record(tx, scope, self.kind.as_str(), &self.record).await?;
        let Some((_, remote_type, link)) = link else { return Ok(stands_on(revision, None)) };
        let place = Place { remote_type: &remote_type, ..self.place() };
        let seen = mirror::seen(tx, scope, place, &link.external_id).await?;
        Ok(stands_on(revision, seen.as_ref().map(|seen| seen.content_hash.as_str())))
    }

    async fn write_effect(
        &mut self,
        tx: &mut Tx,
        effect: &Effect,
        customer: Option<MirrorRow>,
    ) -> Result<(), Failure> {
        match effect {
            Effect::None => Ok(()),
            Effect::Link { id, .. } => self.link(tx, id).await,
            Effect::Confirm { .. } => {
                self.write_mirror(tx).await?;
                confirm::confirm(self, tx).await
            }
            Effect::Mirror => self.write_mirror(tx).await,
            Effect::Gone { id } => self.gone(tx, id).await,
            Effect::KeepCustomer { .. } => {
                let place = Place { kind: RecordKind::Contact.as_str(), remote_type: "", ..self.place() };
                let rows = customer.into_iter().collect();
                mirror::put(tx, self.desk.working.scope, place, rows, self.now().0).await?;
                Ok(())
            }
        }
    }

    /// The link of what was made, its base pending. Of a change it is there already.
    async fn link(&self, tx: &mut Tx, id: &ExternalId) -> Result<(), Failure> {
        let working = self.desk.working;
        let scope = working.scope;
        if links::of_record(tx, scope, self.kind.as_str(), &self.record).await?.is_some() {
            return Ok(());
        }
        let new = working.engine.new_id();
        let ids = (new.as_str(), id.as_str(), self.record.as_str());
        let linked = links::insert_pending(tx, scope, self.place(), ids, SENDING, self.now().0).await?;
        if !linked {
            return Err(Failure::Nonsense {
                sentence: "What Metakocka says it has made belongs to another record here.",
            });
        }
        // The mirror row, should there be one, has no decision of its own any more.
        mirror::decide(tx, scope, self.place(), &[id.as_str().to_owned()], None).await?;
        Ok(())
    }

    /// What was last read, as the mirror keeps it.
    async fn write_mirror(&self, tx: &mut Tx) -> Result<(), Failure> {
        let Some(found) = self.found.as_deref() else { return Ok(()) };
        put_mirror(self.desk, tx, self.place(), mirror_row(found)).await
    }

    async fn gone(&self, tx: &mut Tx, id: &ExternalId) -> Result<(), Failure> {
        mirror::set_gone(tx, self.desk.working.scope, self.place(), id.as_str(), self.now().0).await?;
        Ok(())
    }

    async fn raise(&self, tx: &mut Tx, alarms: &[Alarm]) -> Result<(), StoreError> {
        let working = self.desk.working;
        for alarm in alarms {
            let (what, list) = match alarm {
                Alarm::ForeignChange { what } => ("foreign_change", what),
                Alarm::LostField { fields } => ("lost_field", fields),
            };
            let alarm = NewAlarm {
                id: &working.engine.new_id(),
                kind: self.kind.as_str(),
                record: &self.record,
                intent: &self.id,
                what,
                detail: &serde_json::to_string(list).unwrap_or_default(),
                now: self.now().0,
            };
            intents::raise(tx, working.scope, &alarm).await?;
        }
        Ok(())
    }

    /// A refused document may have made its customer: it is read before the transaction begins.
    async fn kept_customer(&self, effect: &Effect) -> Result<Option<MirrorRow>, Failure> {
        let Effect::KeepCustomer { customer } = effect else { return Ok(None) };
        let Ok(id) = metakocka::MkId::parse(customer.as_str()) else { return Ok(None) };
        let read_at = self.now().0;
        // Without an answer the next scan of the partners finds it.
        let found = self.desk.client.get_partner(&PartnerQuery::ById(id)).await.unwrap_or_default();
        Ok(found.first().and_then(|row| parties::partner_row(row, read_at)))
    }

    /// Browsers see the row change when what it shows does.
    async fn announce(&self, tx: &mut Tx, state: StateName) -> Result<(), StoreError> {
        if matches!(state, StateName::Prepared | StateName::Stored) {
            return Ok(());
        }
        let topic = format!("{{\"kind\":\"{}\"}}", self.kind.as_str());
        events::append(tx, self.desk.working.scope, &[("documents", topic)], self.now().0).await
    }
}

/// Writes one row of the mirror, with what changed there in the history.
pub(super) async fn put_mirror(
    desk: &super::Desk<'_>,
    tx: &mut Tx,
    place: Place<'_>,
    row: MirrorRow,
) -> Result<(), Failure> {
    let working = desk.working;
    let ids = [row.external_id.clone()];
    let known = mirror::known_in(tx, working.scope, place, &ids[0]).await?;
    let known: Vec<&mirror::Known> = known.iter().collect();
    let rows = vec![MirrorRow { decision: None, ..row }];
    super::super::notes::changed_there(desk.noting(), tx, place, &known, &rows).await?;
    mirror::put(tx, working.scope, place, rows, working.now()).await?;
    Ok(())
}

/// What was read, as the mirror keeps it.
pub(super) fn mirror_row(found: &Found) -> MirrorRow {
    let read_at = found.asked_at.0;
    match &found.record {
        FoundRecord::Document(document) => {
            let id = document.mk_id.as_str().to_owned();
            let arrived = Arrived::of_raw(document.doc_type, id, found.raw.clone(), read_at);
            page::row_of(document.doc_type, &arrived, page::hashes(&arrived), None)
        }
        FoundRecord::Partner(partner) => parties::partner_found(partner, &found.raw, read_at),
        FoundRecord::Product(product) => parties::product_found(product, &found.raw, read_at),
    }
}
