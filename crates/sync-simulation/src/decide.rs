//! From the rows of the store to the inputs of the planner, and its decision.

use std::collections::{BTreeMap, BTreeSet};

use sync_core::capabilities::{Change, Locked, Subject as Writable, Way, Why, ways};
use sync_core::plan::{
    Action, Decision, Direction, Facts, Inputs, LinkedLocal, LinkedRemote, Lock, Matches, Mode, Naming,
    OpenIntent, Policy, Subject, UnlinkedRemote, plan,
};
use sync_core::record::RecordKind;
use sync_core::three_way::{FieldName, Fields, Merge, Rules, Sides, merge};

use crate::model::{Kind, Snapshot};
use crate::store::{CrmRecord, IntentRow, Link, Store};
use crate::wiring::Wiring;

/// The rules of the three record kinds, made once.
#[derive(Debug)]
pub(crate) struct AllRules([Rules; 3]);

impl Default for AllRules {
    fn default() -> Self {
        Self(RecordKind::ALL.map(Rules::of_kind))
    }
}

impl AllRules {
    /// The rules of a kind.
    pub(crate) fn of(&self, kind: Kind) -> &Rules {
        &self.0[match kind {
            Kind::Contact => 0,
            Kind::Product => 1,
            Kind::Order | Kind::Offer => 2,
        }]
    }
}

/// A decision and what it was made from.
#[derive(Debug)]
pub(crate) struct Planned {
    /// The planner's decision.
    pub(crate) decision: Decision,
    /// What three-way came to, where there are two sides.
    pub(crate) merge: Option<Merge>,
    /// The remote record that it concerns.
    pub(crate) ext: Option<u32>,
    /// How what is to be sent is sent.
    pub(crate) ways: BTreeSet<Way>,
}

const POLICY: Policy = Policy { direction: Direction::Both, create_there: true, create_here: true };

fn inputs(subject: Subject, intent: OpenIntent, mode: Mode, facts: Facts) -> Inputs {
    Inputs { intent, subject, mode, policy: POLICY, in_scope: true, matching_confirmed: true, facts }
}

/// The fields that the CRM may send: what the remote alone writes is never an edit.
fn sent_fields<'a>(
    fields: &'a Fields,
    rules: &Rules,
) -> BTreeMap<&'a FieldName, &'a sync_core::three_way::FieldValue> {
    fields.iter().filter(|(name, _)| rules.of(name).sends).collect()
}

/// Decides about a CRM record. `fresh` is a read made in this job, which also tells the lock.
pub(crate) fn decide(
    store: &Store,
    rules: &AllRules,
    wiring: &dyn Wiring,
    record: u32,
    fresh: Option<&Snapshot>,
) -> Option<Planned> {
    let crm = store.record(record)?;
    let rules_of_kind = rules.of(crm.kind);
    let link = store.links.get(&record);
    let last = store.last_intent(record);
    let intent = match last {
        Some(last) => wiring.open_intent(&last.row, refusal_stands(store, crm, link, last)),
        None => OpenIntent::None,
    };
    match link {
        Some(link) => Some(linked(store, rules_of_kind, wiring, crm, link, intent, fresh)),
        None => Some(unlinked(store, rules, wiring, record, crm, intent)),
    }
}

fn refusal_stands(store: &Store, crm: &CrmRecord, link: Option<&Link>, last: &IntentRow) -> bool {
    let mirror = link.and_then(|link| store.mirror.get(&link.ext)).map(|row| &row.seen.fields);
    // A record that turns up with our marker or key changes what was refused.
    let nothing_new = link.is_some() || matches_of(store, crm).is_none();
    nothing_new && last.payload.revision == crm.revision && last.payload.mirror.as_ref() == mirror
}

fn linked(
    store: &Store,
    rules: &Rules,
    wiring: &dyn Wiring,
    crm: &CrmRecord,
    link: &Link,
    intent: OpenIntent,
    fresh: Option<&Snapshot>,
) -> Planned {
    let row = store.mirror.get(&link.ext);
    let believed = row.filter(|row| !row.suspect && !row.gone).map(|row| &row.seen.fields);
    let none = Fields::new();
    let base = wiring.base(link.base.as_ref().unwrap_or(&none), &crm.fields, believed);
    let local = if crm.deleted {
        LinkedLocal::Deleted
    } else if sent_fields(&crm.fields, rules) == sent_fields(&base, rules) {
        LinkedLocal::Same
    } else {
        LinkedLocal::Edited
    };
    let remote = match row {
        Some(row) if row.gone => LinkedRemote::Gone,
        _ => match believed {
            None => LinkedRemote::NotSeen,
            Some(fields) if *fields == base => LinkedRemote::Same,
            Some(fields) if is_recorded(link, &base, fields) => LinkedRemote::RecordedDifference,
            Some(_) => LinkedRemote::Changed,
        },
    };
    let merged = believed.map(|fields| {
        let sides =
            Sides { base: Some(&base), local: &crm.fields, remote: fields, differences: &link.differences };
        merge(sides, rules)
    });
    let outlook = merged.as_ref().map_or(sync_core::plan::MergeOutlook::Takes, |merge| merge.outlook(None));
    let (facts, ways) = facts_of_update(crm.kind, merged.as_ref(), fresh, wiring);
    let mode = if link.detached { Mode::Detached } else { Mode::Normal };
    let subject = Subject::Linked { local, remote, merge: outlook };
    let decision = plan(&inputs(subject, intent, mode, facts));
    Planned { decision, merge: merged, ext: Some(link.ext), ways }
}

/// Whether the mirror shows exactly what was recorded as a difference after our last write.
fn is_recorded(link: &Link, base: &Fields, remote: &Fields) -> bool {
    !link.differences.is_empty()
        && base.keys().chain(remote.keys()).all(|name| match link.differences.get(name) {
            Some(difference) => remote.get(name) == difference.read_back.as_ref(),
            None => base.get(name) == remote.get(name),
        })
}

/// What the gate looks at before an update, and the ways of what would be sent.
fn facts_of_update(
    kind: Kind,
    merge: Option<&Merge>,
    fresh: Option<&Snapshot>,
    wiring: &dyn Wiring,
) -> (Facts, BTreeSet<Way>) {
    let Some(merge) = merge else { return (Facts::CLEAR, BTreeSet::new()) };
    let changes: BTreeSet<Change> = merge.send.iter().map(change).collect();
    let subject = match (kind, kind.doc_type()) {
        (_, Some(doc_type)) => Writable::Document(doc_type),
        (Kind::Product, None) => Writable::Product,
        _ => Writable::Contact,
    };
    let locked = fresh.filter(|seen| seen.invoiced).map(|_| Locked::Invoiced);
    let known = if fresh.is_some() { Lock::None } else { Lock::NotRead };
    match ways(subject, locked, &changes) {
        Ok(ways) => {
            let has_text = fresh.is_some_and(|seen| seen.text_line);
            let loses = ways.contains(&Way::Replacement) && has_text && wiring.respects_text_lines();
            (Facts { sendable: !loses, lock: known, ..Facts::CLEAR }, ways)
        }
        Err(missing) => {
            let by_lock = missing.iter().any(|one| matches!(one.why, Why::Locked(_)));
            let lock = if by_lock { Lock::Locked } else { known };
            (Facts { sendable: by_lock, lock, ..Facts::CLEAR }, BTreeSet::new())
        }
    }
}

fn change((name, value): (&FieldName, &Option<sync_core::three_way::FieldValue>)) -> Change {
    match value {
        Some(_) => Change::Set(name.as_str().to_owned()),
        None => Change::Empty(name.as_str().to_owned()),
    }
}

fn unlinked(
    store: &Store,
    rules: &AllRules,
    wiring: &dyn Wiring,
    record: u32,
    crm: &CrmRecord,
    intent: OpenIntent,
) -> Planned {
    let found = matches_of(store, crm);
    let mut merged = None;
    let mut ext = None;
    let matches = match found.certain.as_slice() {
        _ if !store.scanned[crm.kind.index()] => Matches::NotKnown,
        [] if found.alike.is_empty() => Matches::None,
        [one] => {
            let none = BTreeMap::new();
            let seen = store.mirror.get(one).map(|row| &row.seen.fields);
            let remote = seen.cloned().unwrap_or_default();
            let sides = Sides { base: None, local: &crm.fields, remote: &remote, differences: &none };
            let result = merge(sides, rules.of(crm.kind));
            let outlook = result.outlook(None);
            merged = Some(result);
            ext = Some(*one);
            Matches::Certain(outlook)
        }
        _ => Matches::Candidates,
    };
    let subject = if crm.deleted { Subject::LocalDeleted } else { Subject::LocalOnly(matches) };
    let facts = Facts { naming: naming(store, rules, wiring, record, crm), ..Facts::CLEAR };
    let decision = plan(&inputs(subject, intent, Mode::Normal, facts));
    Planned { decision, merge: merged, ext, ways: BTreeSet::new() }
}

/// Unlinked mirror rows that a record without a link may be.
#[derive(Default)]
struct Found {
    /// By our marker, or by the key of a contact or product.
    certain: Vec<u32>,
    /// Documents of the same customer and total: a person has to say (policy F).
    alike: Vec<u32>,
}

impl Found {
    fn is_none(&self) -> bool {
        self.certain.is_empty() && self.alike.is_empty()
    }
}

fn matches_of(store: &Store, crm: &CrmRecord) -> Found {
    let mut found = Found::default();
    let rows = store.mirror.iter().filter(|(_, row)| !row.gone && row.seen.kind == crm.kind);
    for (id, row) in rows.filter(|(id, _)| store.linked_to(**id).is_none()) {
        let has_key = bare(&row.seen.key) == crm.key;
        if row.seen.marker.as_ref() == Some(&crm.marker) || (has_key && !crm.kind.is_document()) {
            found.certain.push(*id);
        } else if has_key && row.seen.marker.is_none() {
            found.alike.push(*id);
        }
    }
    found
}

/// Whether a person is asked whether a remote record is one of ours that has no link.
pub(crate) fn is_asked_about(store: &Store, ext: u32) -> bool {
    let mut lone =
        (0..).zip(&store.records).filter(|(at, crm)| !crm.deleted && !store.links.contains_key(at));
    lone.any(|(_, crm)| matches_of(store, crm).alike.contains(&ext))
}

/// A tax number without its prefix.
pub(crate) fn bare(key: &str) -> &str {
    key.strip_prefix("SI").unwrap_or(key)
}

/// How it stands with the customer that a document names.
fn naming(store: &Store, rules: &AllRules, wiring: &dyn Wiring, record: u32, crm: &CrmRecord) -> Naming {
    let Some(customer) = crm.customer.filter(|customer| *customer != record) else { return Naming::Ready };
    match store.links.get(&customer) {
        Some(link) if link.base.is_some() => {
            let gone = store.mirror.get(&link.ext).is_some_and(|row| row.gone);
            if gone { Naming::Stuck } else { Naming::Ready }
        }
        _ => match decide(store, rules, wiring, customer, None).map(|planned| planned.decision.action) {
            Some(Action::Ask(_) | Action::Blocked(_) | Action::Exclude(_) | Action::Nothing) | None => {
                Naming::Stuck
            }
            Some(_) => Naming::Coming,
        },
    }
}

/// Decides about a remote record without a link.
pub(crate) fn decide_remote(store: &Store, ext: u32) -> Option<Decision> {
    let row = store.mirror.get(&ext)?;
    if store.linked_to(ext).is_some() {
        return None;
    }
    let owner = row.seen.marker.as_deref().and_then(|marker| store.marked(marker));
    // A deleted record counts while its create is not over.
    let same_key = |at: u32, record: &CrmRecord| {
        record.kind == row.seen.kind
            && record.key == bare(&row.seen.key)
            && (!record.deleted || store.unfinished(at) > 0)
    };
    // A contact or product with the key of one of ours, and a document with the customer and total of
    // one of ours that is not linked yet, is never simply taken (policy F).
    let is_document = row.seen.kind.is_document();
    let is_known = (0..)
        .zip(&store.records)
        .any(|(at, record)| same_key(at, record) && (!is_document || !store.links.contains_key(&at)));
    let remote = match owner {
        _ if row.gone => UnlinkedRemote::Gone,
        Some(record) if is_late(store, record, ext) => UnlinkedRemote::LateDuplicate,
        Some(_) => UnlinkedRemote::Candidate,
        None if is_known => UnlinkedRemote::Candidate,
        None => UnlinkedRemote::Free,
    };
    Some(plan(&inputs(Subject::RemoteOnly(remote), OpenIntent::None, Mode::Normal, Facts::CLEAR)))
}

fn is_late(store: &Store, record: u32, ext: u32) -> bool {
    let (Some(link), Some(seen)) = (store.links.get(&record), crate::model::external(ext)) else {
        return false;
    };
    let sighting = sync_core::intent::Sighting { id: &seen, same_type: true, descends: false };
    crate::model::external(link.ext)
        .is_some_and(|linked| sync_core::intent::is_late_duplicate(sighting, &linked))
}
