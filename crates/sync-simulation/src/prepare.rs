//! What is sent: creates with the look-up that finds them again, updates built on a fresh read.

use sync_core::capabilities::Way;
use sync_core::intent::{Before, Identity, Intent, Lookup, Marker, Query, Target, Write};
use sync_core::record::{Contact, ContentHash, TaxNumber, content_hash};
use sync_core::three_way::{FieldName, apply};
use sync_core::time::UtcMicros;

use crate::decide::Planned;
use crate::model::{Changes, Kind, NUMBER, Snapshot, external, number_of};
use crate::remote::WriteBody;
use crate::store::{CrmRecord, Payload};
use crate::worker::{Flow, Stage, Task};
use crate::world::World;

impl World<'_> {
    /// A create is prepared from the record as it is.
    pub(crate) fn prepare_create(&mut self, task: &mut Task, record: u32) -> Flow {
        let Some(crm) = self.store.record(record).cloned() else { return Flow::Done(None) };
        let customer = crm.customer.and_then(|c| self.store.links.get(&c)).map(|link| link.ext);
        let Some((lookup, before)) = self.lookup_of(&crm, record, customer) else { return Flow::Done(None) };
        let mut fields = crm.fields.clone();
        fields.remove(&FieldName::new(NUMBER));
        let sent: Changes = fields.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect();
        let marker = crm.kind.is_document().then(|| crm.marker.clone());
        let body =
            WriteBody::Create { kind: crm.kind, fields, customer, key: crm.key.clone(), marker, record };
        let target = Target::Create { lookup, before };
        self.prepare(
            task,
            record,
            target,
            Payload {
                hash: hash_of(&sent, 0),
                body,
                sent,
                before: None,
                log_seen: 0,
                revision: crm.revision,
                mirror: None,
            },
        )
    }

    /// How a create is found again, and whether it is looked up before.
    fn lookup_of(&self, crm: &CrmRecord, record: u32, customer: Option<u32>) -> Option<(Lookup, Before)> {
        let look = Before::Look { known: Vec::new() };
        Some(match crm.kind {
            Kind::Contact => {
                let name = number_of(crm.fields.get(&FieldName::new("name"))).unwrap_or_default().to_string();
                let tax_number = TaxNumber::parse(&crm.key, None).ok();
                (Lookup::contact(&Contact { name, tax_number, ..Contact::default() }), look)
            }
            Kind::Product => {
                let queries = vec![Query::Code(crm.key.clone())];
                (Lookup { queries, identity: Identity::Content }, look)
            }
            Kind::Order => {
                let marker = Marker::parse(&crm.marker).ok()?;
                let never_used = !self.store.restored && self.store.last_intent(record).is_none();
                (Lookup::order(&marker, None), if never_used { Before::Skip } else { look })
            }
            Kind::Offer => (Lookup::offer(external(customer?)?), look),
        })
    }

    /// An update is prepared from what three-way sends, built on a fresh read.
    pub(crate) fn prepare_update(
        &mut self,
        task: &mut Task,
        record: u32,
        planned: &Planned,
        (seen, read_at): &(Snapshot, i64),
    ) -> Flow {
        let Some(merge) = planned.merge.as_ref().filter(|merge| !merge.send.is_empty()) else {
            return Flow::Done(None);
        };
        let changes = merge.send.clone();
        let whole = planned.ways.contains(&Way::Replacement).then(|| {
            let mut whole = seen.fields.clone();
            apply(&mut whole, &changes);
            whole
        });
        let Some(id) = external(seen.id) else { return Flow::Done(None) };
        let target = Target::Update { id, read_at: UtcMicros(read_at + self.offset) };
        let revision = self.store.record(record).map_or(0, |crm| crm.revision);
        self.prepare(
            task,
            record,
            target,
            Payload {
                hash: hash_of(&changes, u64::from(seen.id)),
                body: WriteBody::Update { id: seen.id, changes: changes.clone(), whole },
                sent: changes,
                before: Some(seen.fields.clone()),
                log_seen: seen.log.len(),
                revision,
                mirror: None,
            },
        )
    }

    fn prepare(&mut self, task: &mut Task, record: u32, target: Target, payload: Payload) -> Flow {
        let last = self.store.last_intent(record).map(|last| &last.row);
        let Ok(slot) = self.wiring.slot(last) else { return Flow::Done(None) };
        let write = Write { target, payload: payload.hash.clone(), horizon: self.wiring.horizon() };
        task.payload = Some(payload);
        Flow::Go(Stage::Commit(Box::new(Intent::prepare(slot, write))))
    }
}

/// A hash of what is sent; equal for equal requests.
fn hash_of(sent: &Changes, id: u64) -> ContentHash {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64 ^ id;
    for (name, value) in sent {
        for byte in name.as_str().bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
        hash = (hash ^ number_of(value.as_ref()).unwrap_or(u64::MAX)).wrapping_mul(0x0000_0100_0000_01B3);
    }
    let digits = format!("{hash:016x}").repeat(4);
    // Sixteen hexadecimal digits four times always are a hash.
    ContentHash::parse(&digits).unwrap_or_else(|_| content_hash(&Contact::default()))
}
