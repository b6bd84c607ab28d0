//! Asks the planner about documents: gathers its inputs from what is stored and adds the sentence for people.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use jiff::civil::Date;
use metakocka::DocumentType;
use sync_core::intent::Marker;
use sync_core::money::TotalCheck;
use sync_core::plan::{
    Action, Direction, Facts, GateRow, Inputs, LinkedLocal, LinkedRemote, MergeOutlook, Mode, OpenIntent,
    Policy, Subject, UnlinkedRemote, plan,
};
use sync_core::record::{RecordId, RecordKind, SalesDocument, content_hash, is_open};
use sync_core::state::SyncState;

use super::alarms::detail_of;
use super::merge;
use super::outbound::{self, Outbound, stands_on};
use super::outgoing::{Sent, SentRecord};
use super::page::{Arrived, Read};
use super::run::Slicing;
use super::schedule::today;
use super::sendable::{self, Standing};
use super::status;
use super::translate::spell;
use crate::Engine;
use crate::access::TenantScope;
use crate::store::connections::{self, ConnectionRow, KindRow};
use crate::store::links::LinkRow;
use crate::store::matching::document_key;
use crate::store::mirror::StoredDecision;
use crate::store::sales_documents::lone;
use crate::store::{Connection, Db, StoreError, intents, matching, records};

/// Why a remote document without a link is not simply taken.
pub(super) const CANDIDATE: &str =
    "Could be a document that is here already: same type, number, date and total.";

/// Row of a document that carries the sign of another one.
pub(super) const LATE_DUPLICATE_ROW: i64 = 8;
/// Why a person is asked about a document that carries the sign of another one.
const LATE_DUPLICATE: &str = "Carries the sign of a document here that is linked to another one: it was copied there, or arrived twice.";

/// Why a person is asked about a record that was deleted here.
pub(super) const CHANGED_THERE: &str = "Deleted here, and changed in Metakocka since.";
/// Why a person is asked about a record that is gone there.
pub(super) const GONE_THERE: &str = "Metakocka no longer has it; what is here is kept.";

/// What a run that takes does with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Take {
    /// Leaves it as it is.
    Nothing,
    /// Makes a CRM record (row 12).
    Create,
    /// Changes the CRM record (row 20).
    Update,
}

/// A decision with its sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decided {
    /// Row of the policy's table B.
    pub row: i64,
    /// What people see; none: it is not listed.
    pub state: Option<SyncState>,
    /// Why, for people.
    pub detail: Option<String>,
    /// What a run that takes does.
    pub take: Take,
}

impl Decided {
    pub(super) fn stored(&self) -> StoredDecision {
        let (status, reason) = self.state.map_or(("excluded", Some("out_of_scope")), SyncState::as_strs);
        StoredDecision { row: self.row, status, reason, detail: self.detail.clone() }
    }

    /// Outcome and code of a run's item that is not taken.
    pub(super) fn outcome(&self) -> (&'static str, Option<&'static str>) {
        match self.state {
            Some(SyncState::Synced) => ("unchanged", None),
            Some(SyncState::Error(_)) if self.row == 6 => ("failed", Some("unreadable")),
            Some(SyncState::Error(_)) => ("failed", Some("blocked")),
            Some(SyncState::NeedsReview(_)) => ("review", Some("needs_review")),
            Some(SyncState::Pending(_)) if matches!(self.row, 14 | 22) => ("review", Some("needs_review")),
            _ => ("skipped", Some("not_taken")),
        }
    }

    /// What somebody can do about it.
    pub(super) fn advice(&self) -> Option<&'static str> {
        status::advice(self.row)
    }
}

/// What the decisions of one page need besides its documents.
pub(super) struct Context {
    doc_type: Option<DocumentType>,
    today: Date,
    scope_from: String,
    in_types: bool,
    policy: Policy,
    matching_confirmed: bool,
    /// Documents here without a link, by what they are recognised by.
    lone: HashMap<String, Vec<String>>,
    /// Pairs of which a person said that they are two: record, remote type, remote id.
    refused: HashSet<(String, String, String)>,
    edited: HashMap<String, (SalesDocument, Standing)>,
    /// W of the linked records, by record.
    outbound: HashMap<String, intents::Standing>,
    /// Whose signs the documents without a link carry, and whether that record is linked.
    marked: HashMap<String, (intents::Marked, bool)>,
    /// Those that a person said are documents of their own, as alarms name them.
    separate: HashSet<String>,
    /// Customers for whom a document of this type is on its way, and since when: what is new there since could be it.
    on_the_way: HashMap<String, i64>,
}

impl Context {
    /// Loads it.
    pub(super) async fn load<'a>(
        slicing: &Slicing<'_>,
        doc_type: DocumentType,
        arrived: impl Iterator<Item = (&'a Arrived, Option<&'a LinkRow>)> + Clone,
    ) -> Result<Self, StoreError> {
        let (db, scope) = (slicing.working.engine.db(), slicing.working.scope);
        let kind = connections::kind(db, scope, &slicing.connection.id, slicing.kind.as_str()).await?;
        let kind = kind.ok_or(StoreError::Corrupt { column: "connection_kinds" })?;
        let keys: Vec<String> = arrived
            .clone()
            .filter(|(_, link)| link.is_none())
            .filter_map(|(one, _)| Some(document_key(&one.what.as_ref().ok()?.document)))
            .collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let linked: Vec<String> =
            arrived.clone().filter_map(|(_, link)| Some(link?.record_id.clone())).collect();
        let mut reader = db.read().await?;
        let outbound = outbound::standing(&mut reader, scope, RecordKind::SalesDocument, &linked).await?;
        let unlinked = arrived.clone().filter(|(_, link)| link.is_none());
        let markers: Vec<String> = unlinked
            .filter_map(|(one, _)| Some(one.what.as_ref().ok()?.marker.as_ref()?.as_str().to_owned()))
            .collect();
        let marked = marked(db, scope, &mut reader, &slicing.connection.id, &markers).await?;
        let separate =
            if marked.is_empty() { HashSet::new() } else { intents::separate(&mut reader, scope).await? };
        let of = (slicing.connection.id.as_str(), doc_type);
        let on_the_way = on_the_way(&mut reader, scope, of).await?;
        drop(reader);
        let mut edited = HashMap::new();
        for link in arrived.filter_map(|(_, link)| link).filter(|link| is_revised(link)) {
            let found = sendable::document(&mut *db.read().await?, scope, &link.record_id).await?;
            edited.extend(found.map(|found| (link.id.clone(), found)));
        }
        let mut lone: HashMap<String, Vec<String>> = HashMap::new();
        for (key, id) in matching::lone_documents_with(db, scope, &keys).await? {
            lone.entry(key).or_default().push(id);
        }
        let ids: Vec<String> = lone.values().flatten().cloned().collect();
        let of = (slicing.connection.id.as_str(), RecordKind::SalesDocument);
        let refused = matching::refused(&mut *db.read().await?, scope, of, &ids).await?;
        Ok(Self {
            lone,
            refused,
            edited,
            outbound,
            marked,
            separate,
            on_the_way,
            ..Self::of(slicing.working.engine, &slicing.connection, &kind, doc_type)
        })
    }

    /// What the connection alone says.
    fn of(engine: &Engine, connection: &ConnectionRow, kind: &KindRow, doc_type: DocumentType) -> Self {
        Self {
            doc_type: Some(doc_type),
            today: today(engine),
            scope_from: connection.scope_from.clone(),
            in_types: connection.scope_types.split(',').any(|name| name == doc_type.wire()),
            policy: policy(kind, doc_type),
            matching_confirmed: kind.matching_confirmed_at.is_some(),
            lone: HashMap::new(),
            refused: HashSet::new(),
            edited: HashMap::new(),
            outbound: HashMap::new(),
            marked: HashMap::new(),
            separate: HashSet::new(),
            on_the_way: HashMap::new(),
        }
    }

    /// What is on its way to Metakocka, or was refused, of a linked document.
    pub(super) fn outbound(&self, link: Option<&LinkRow>, hash: &str) -> Result<Outbound, StoreError> {
        let Some(link) = link else { return Ok(Outbound::NONE) };
        Outbound::of(self.outbound.get(&link.record_id), &stands_on(link.revision, Some(hash)))
    }

    /// Decides one document.
    pub(super) fn decide(
        &self,
        arrived: &Arrived,
        link: Option<&LinkRow>,
        hash: &str,
    ) -> Result<Decided, StoreError> {
        let outbound = self.outbound(link, hash)?;
        let read = arrived.what.as_ref().ok().map(Box::as_ref);
        let (subject, conflict) = match link {
            None => (Subject::RemoteOnly(self.unlinked(arrived, read)), None),
            Some(link) => self.linked(link, (read, &arrived.raw), hash),
        };
        let standing = link.and_then(|link| self.edited.get(&link.id)).map(|(_, standing)| standing);
        let obstacles = self.obstacles(arrived, link, standing, subject);
        let inputs = Inputs {
            intent: outbound.intent,
            subject,
            mode: link.map_or(Mode::Normal, mode),
            policy: self.policy,
            in_scope: read.is_none_or(|read| self.is_in_scope(read)),
            matching_confirmed: self.matching_confirmed,
            facts: facts(standing, &obstacles),
        };
        let decision = plan(&inputs);
        let row = i64::from_str(decision.row.as_str()).unwrap_or_default();
        let take = match decision.action {
            Action::CreateLocal => Take::Create,
            Action::UpdateLocal => Take::Update,
            _ => Take::Nothing,
        };
        let stopped = decision.gate.and_then(|gate| match gate {
            GateRow::G2 if !obstacles.is_empty() => Some(obstacles.join(" ")),
            gate => stopped(gate, standing),
        });
        let detail = stopped.or_else(|| self.detail(row, arrived, read, conflict.or(outbound.detail)));
        Ok(Decided { row, state: decision.state, detail, take })
    }

    /// Why a document that was edited only here can't be changed there, as far as is known before it is read anew.
    fn obstacles(
        &self,
        arrived: &Arrived,
        link: Option<&LinkRow>,
        standing: Option<&Standing>,
        subject: Subject,
    ) -> Vec<String> {
        let edited_here =
            matches!(subject, Subject::Linked { local: LinkedLocal::Edited, remote: LinkedRemote::Same, .. });
        match (link, standing, self.doc_type) {
            (Some(link), Some(standing), Some(doc_type)) if edited_here => {
                standing.obstacles(doc_type, &arrived.raw, link.base.as_deref())
            }
            _ => Vec::new(),
        }
    }

    fn unlinked(&self, arrived: &Arrived, read: Option<&Read>) -> UnlinkedRemote {
        match read {
            None => UnlinkedRemote::Unreadable,
            Some(read) if self.is_ours(&arrived.id, read).is_some() => {
                match self.is_ours(&arrived.id, read) {
                    Some(true) => UnlinkedRemote::LateDuplicate,
                    _ => UnlinkedRemote::Candidate,
                }
            }
            Some(read) if self.could_be_on_the_way(read, arrived.read_at) => UnlinkedRemote::Candidate,
            Some(read) if self.is_claimed(read, &arrived.id) => UnlinkedRemote::Candidate,
            Some(_) => UnlinkedRemote::Free,
        }
    }

    /// Whether a document here without a link could be this one, and nobody has said that it is not.
    fn is_claimed(&self, read: &Read, id: &str) -> bool {
        let remote_type = self.doc_type.map_or("", DocumentType::wire);
        let could_be = |record: &String| {
            let pair = (record.clone(), remote_type.to_owned(), id.to_owned());
            !self.refused.contains(&pair)
        };
        self.lone.get(&document_key(&read.document)).is_some_and(|records| records.iter().any(could_be))
    }

    /// Whether a document of this type is on its way to the same customer, since before this one was read.
    fn could_be_on_the_way(&self, read: &Read, read_at: i64) -> bool {
        let customer = read.document.customer.external_id.as_ref();
        customer.and_then(|id| self.on_the_way.get(id.as_str())).is_some_and(|since| read_at >= *since)
    }

    /// Whether a document was made from here by its sign, and if so, whether the record that it was made from is linked to
    /// another one. A sign on a document of another type came with a copy; one on a document that a person said is one of
    /// its own says nothing.
    fn is_ours(&self, id: &str, read: &Read) -> Option<bool> {
        let (marked, is_linked) = self.marked.get(read.marker.as_ref()?.as_str())?;
        let doc_type = self.doc_type?;
        let is_separate = self.separate.contains(&detail_of(doc_type.wire(), id));
        (marked.remote_type == doc_type.wire() && !is_separate).then_some(*is_linked)
    }

    fn linked(
        &self,
        link: &LinkRow,
        (read, raw): (Option<&Read>, &str),
        hash: &str,
    ) -> (Subject, Option<String>) {
        let edited = self.edited.get(&link.id).map(|(document, _)| document);
        let local = match (link.deleted_at, edited) {
            (Some(_), _) => LinkedLocal::Deleted,
            (None, Some(document)) if is_edited(link, document) => LinkedLocal::Edited,
            (None, _) => LinkedLocal::Same,
        };
        let remote = match read {
            None => LinkedRemote::Unreadable,
            Some(_) if link.remote_hash.as_deref() != Some(hash) => LinkedRemote::Changed,
            Some(_) if link.differences.is_some() => LinkedRemote::RecordedDifference,
            Some(read) if is_different(read) && link.accepted_total.as_deref() != Some(hash) => {
                LinkedRemote::RecordedDifference
            }
            Some(_) => LinkedRemote::Same,
        };
        let standing = self.edited.get(&link.id).map(|(_, standing)| standing);
        let there =
            standing.zip(self.doc_type).and_then(|(standing, doc_type)| standing.there(doc_type, raw));
        let writable = merge::Writable { direction: self.policy.direction, there };
        let outlook = match (local, read, edited) {
            (LinkedLocal::Edited, Some(read), Some(document)) => {
                merge::outlook(merge::Agreed::of(link), document, &read.document, writable)
            }
            _ => merge::Outlook { merge: MergeOutlook::Takes, fields: None },
        };
        let kept = match (local, read, edited) {
            (LinkedLocal::Same, Some(read), Some(document)) if link.differences.is_some() => {
                merge::kept_otherwise(merge::Agreed::of(link), document, &read.document, writable)
            }
            _ => None,
        };
        (Subject::Linked { local, remote, merge: outlook.merge }, outlook.fields.or(kept))
    }

    fn is_in_scope(&self, read: &Read) -> bool {
        let is_recent = read.document.dates.document.to_string() >= self.scope_from;
        self.in_types && (is_recent || is_open(&read.document, &read.extras, self.today))
    }

    fn detail(
        &self,
        row: i64,
        arrived: &Arrived,
        read: Option<&Read>,
        conflict: Option<String>,
    ) -> Option<String> {
        match row {
            6 => arrived.what.as_ref().err().map(ToString::to_string),
            9 | 1 if !self.in_types => Some(format!(
                "{} is not among the chosen types.",
                self.doc_type.map_or("It", DocumentType::wire)
            )),
            9 | 1 => Some(format!(
                "Dated before {}, where the chosen range begins, and not open.",
                self.scope_from
            )),
            LATE_DUPLICATE_ROW => Some(LATE_DUPLICATE.to_owned()),
            10 => Some(CANDIDATE.to_owned()),
            18 => conflict.or_else(|| read.and_then(difference)),
            2..=5 | 22 => conflict,
            25 => Some(CHANGED_THERE.to_owned()),
            _ => None,
        }
    }
}

/// Since when documents of a type are on their way to which customers.
pub(super) async fn on_the_way(
    reader: &mut Connection,
    scope: &TenantScope,
    (connection, doc_type): (&str, DocumentType),
) -> Result<HashMap<String, i64>, StoreError> {
    let mut customers: HashMap<String, i64> = HashMap::new();
    for (since, sent) in intents::open_creates(reader, scope, (connection, doc_type.wire())).await? {
        let sent: Sent =
            serde_json::from_str(&sent).map_err(|_| StoreError::Corrupt { column: "intents.sent" })?;
        if let SentRecord::Document(document) = sent.record
            && let Some(customer) = document.customer.external_id
        {
            let first = customers.entry(customer.as_str().to_owned()).or_insert(since);
            *first = (*first).min(since);
        }
    }
    Ok(customers)
}

/// Whose signs these are, and whether the record is linked.
async fn marked(
    db: &Db,
    scope: &TenantScope,
    reader: &mut Connection,
    connection: &str,
    markers: &[String],
) -> Result<HashMap<String, (intents::Marked, bool)>, StoreError> {
    let mut found = intents::by_marker(db, scope, connection, markers).await?;
    if markers.iter().any(|marker| !found.contains_key(marker)) {
        found.extend(lone_marked(reader, scope, connection, markers).await?);
    }
    let ids: Vec<String> = found.values().map(|marked| marked.record_id.clone()).collect();
    let linked = records::linked(reader, scope, RecordKind::SalesDocument, &ids).await?;
    let with_link = |marked: intents::Marked| {
        let is_linked = linked.contains(&marked.record_id);
        (marked, is_linked)
    };
    Ok(found.into_iter().map(|(marker, marked)| (marker, with_link(marked))).collect())
}

/// Signs of records without a link. A sign is computed, so a database that was restored from a copy knows what it had sent
/// although it has no intent of that.
async fn lone_marked(
    reader: &mut Connection,
    scope: &TenantScope,
    connection: &str,
    markers: &[String],
) -> Result<Vec<(String, intents::Marked)>, StoreError> {
    let mut found = Vec::new();
    for (id, doc_type) in lone::types(reader, scope).await? {
        let (Ok(record), Ok(doc_type)) = (RecordId::parse(&id), doc_type.parse()) else { continue };
        let marker = Marker::of(connection, &record).as_str().to_owned();
        if markers.contains(&marker) {
            let remote_type = spell::remote_type(doc_type).wire().to_owned();
            found.push((marker.clone(), intents::Marked { marker, record_id: id, remote_type }));
        }
    }
    Ok(found)
}

/// True when a synced field of the document differs from what both sides last agreed on.
pub(super) fn is_edited(link: &LinkRow, document: &SalesDocument) -> bool {
    Some(content_hash(document).as_str()) != link.base_hash.as_deref()
}

/// What a document's decision is right after it was taken.
pub(super) fn after_taking(read: &Read) -> StoredDecision {
    if is_different(read) {
        StoredDecision {
            row: 18,
            status: "needs_review",
            reason: Some("difference"),
            detail: difference(read),
        }
    } else {
        StoredDecision { row: 19, status: "synced", reason: None, detail: None }
    }
}

fn is_different(read: &Read) -> bool {
    matches!(read.check, Some(TotalCheck::Different { .. }))
}

fn difference(read: &Read) -> Option<String> {
    let Some(TotalCheck::Different { computed, booked }) = &read.check else { return None };
    Some(format!("The lines come to {}, Metakocka books {}.", computed.gross, booked.gross))
}

/// Only a revision that the base does not cover can be an edit of a synced field.
fn is_revised(link: &LinkRow) -> bool {
    link.revision.is_some() && link.revision != link.base_revision
}

pub(super) fn mode(link: &LinkRow) -> Mode {
    match link.mode.as_str() {
        "detached" => Mode::Detached,
        "erased" => Mode::Erased,
        _ => Mode::Normal,
    }
}

/// What the owner chose, narrowed by what the policy allows for the type (policy D): invoices and credit notes come
/// from Metakocka until the owner opts in, which a later version offers.
fn policy(kind: &KindRow, doc_type: DocumentType) -> Policy {
    document_policy(kind, doc_type.is_bill())
}

/// The same, of a document that has no type in Metakocka yet; booked are invoices and credit notes.
pub(super) fn document_policy(kind: &KindRow, booked: bool) -> Policy {
    let chosen = chosen(kind);
    let direction = match (chosen.direction, booked) {
        (Direction::Both, true) => Direction::FromRemote,
        (Direction::ToRemote, true) => Direction::Off,
        (direction, _) => direction,
    };
    Policy { direction, ..chosen }
}

/// What the owner chose for a kind.
pub(super) fn chosen(kind: &KindRow) -> Policy {
    let direction = match kind.direction.as_str() {
        "both" => Direction::Both,
        "from_remote" => Direction::FromRemote,
        "to_remote" => Direction::ToRemote,
        _ => Direction::Off,
    };
    Policy { direction, create_there: kind.create_there == 1, create_here: kind.create_here == 1 }
}

fn facts(standing: Option<&Standing>, obstacles: &[String]) -> Facts {
    let facts = standing.map_or(Facts::CLEAR, Standing::facts);
    Facts { sendable: facts.sendable && obstacles.is_empty(), ..facts }
}

/// Why the gate stopped a write, for people.
pub(super) fn stopped(gate: GateRow, standing: Option<&Standing>) -> Option<String> {
    if gate == GateRow::G1 {
        return Some("What is chosen for these records does not send them to Metakocka.".to_owned());
    }
    standing.and_then(|standing| standing.sentence(gate))
}

/// Decides a linked document that a read of its id proved to be gone.
pub(super) async fn gone(
    slicing: &Slicing<'_>,
    doc_type: DocumentType,
    link: &LinkRow,
) -> Result<StoredDecision, StoreError> {
    let (db, scope) = (slicing.working.engine.db(), slicing.working.scope);
    let kind = connections::kind(db, scope, &slicing.connection.id, slicing.kind.as_str()).await?;
    let kind = kind.ok_or(StoreError::Corrupt { column: "connection_kinds" })?;
    Ok(gone_document(&kind, doc_type, link))
}

/// The same, of a document that the mirror knows to be gone.
pub(super) fn gone_document(kind: &KindRow, doc_type: DocumentType, link: &LinkRow) -> StoredDecision {
    let local = if link.deleted_at.is_some() { LinkedLocal::Deleted } else { LinkedLocal::Same };
    let decision = plan(&Inputs {
        intent: OpenIntent::None,
        subject: Subject::Linked { local, remote: LinkedRemote::Gone, merge: MergeOutlook::Takes },
        mode: mode(link),
        policy: policy(kind, doc_type),
        // Only what is in scope is read by its id.
        in_scope: true,
        matching_confirmed: kind.matching_confirmed_at.is_some(),
        facts: Facts::CLEAR,
    });
    let row = i64::from_str(decision.row.as_str()).unwrap_or_default();
    let detail = (row == 23).then(|| GONE_THERE.to_owned());
    Decided { row, state: decision.state, detail, take: Take::Nothing }.stored()
}

/// Decides a linked document that the mirror has never had.
pub(super) fn unseen(
    kind: &KindRow,
    doc_type: DocumentType,
    link: &LinkRow,
    outbound: Outbound,
) -> StoredDecision {
    let local = if link.deleted_at.is_some() { LinkedLocal::Deleted } else { LinkedLocal::Same };
    let decision = plan(&Inputs {
        intent: outbound.intent,
        subject: Subject::Linked { local, remote: LinkedRemote::NotSeen, merge: MergeOutlook::Takes },
        mode: mode(link),
        policy: policy(kind, doc_type),
        in_scope: true,
        matching_confirmed: kind.matching_confirmed_at.is_some(),
        facts: Facts::CLEAR,
    });
    let row = i64::from_str(decision.row.as_str()).unwrap_or_default();
    Decided { row, state: decision.state, detail: outbound.detail, take: Take::Nothing }.stored()
}

/// Decides a linked document whose local side was just edited.
pub(super) fn edited(
    engine: &Engine,
    (connection, kind): (&ConnectionRow, &KindRow),
    doc_type: DocumentType,
    (link, edited): (&LinkRow, (SalesDocument, Standing)),
    (arrived, hash): (&Arrived, &str),
    outbound: Option<intents::Standing>,
) -> Result<Decided, StoreError> {
    let mut context = Context::of(engine, connection, kind, doc_type);
    context.edited.insert(link.id.clone(), edited);
    context.outbound.extend(outbound.map(|standing| (link.record_id.clone(), standing)));
    context.decide(arrived, Some(link), hash)
}

/// Decides a remote document without a link again, because a document here that it could be has come, gone or changed.
pub(super) fn claimed(
    engine: &Engine,
    (connection, kind): (&ConnectionRow, &KindRow),
    doc_type: DocumentType,
    key: Option<&str>,
    (arrived, hash): (&Arrived, &str),
    on_the_way: HashMap<String, i64>,
) -> Result<Decided, StoreError> {
    let mut context = Context::of(engine, connection, kind, doc_type);
    context.on_the_way = on_the_way;
    // Whoever calls has seen that one here could be it.
    context.lone.extend(key.map(|key| (key.to_owned(), vec![String::new()])));
    context.decide(arrived, None, hash)
}
