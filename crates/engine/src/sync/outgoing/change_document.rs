//! A sales document that is to be changed in Metakocka, by the narrowest way that there is (policy E).

use std::collections::BTreeSet;

use jiff::civil::DateTime;
use metakocka::{BillChange, OrderChange, OrderField, OrderKey};
use sync_core::capabilities::{LockFacts, Locked, Subject, Way, locked};
use sync_core::intent::{Marker, Target};
use sync_core::record::{ExternalId, SalesDocument, Unreadable};
use sync_core::three_way::FieldName;
use sync_core::time::UtcMicros;

use super::change::{NotMade, Sides};
use super::create_document::{as_sent, no_place, status_code};
use super::fields::{self, LINES};
use super::request::Request;
use super::words::{self, Reasons};
use super::{Prepared, Sent, SentRecord, compare, order_lines, replacement};
use crate::sync::translate::{self, Translated, spell};

/// What the request's own read does not tell.
#[derive(Debug, Clone, Copy)]
pub(in crate::sync) struct ChangeFacts {
    /// The document was created by an intent of ours.
    pub ours: bool,
    /// The first instant of issue that was seen on this connection, as clock time in Ljubljana.
    pub first_issue_seen: Option<DateTime>,
}

/// A change in hand.
pub(super) struct Changing<'a> {
    /// The document as it was just read.
    pub fresh: &'a metakocka::Document,
    /// The same as it is compared.
    pub now: &'a Translated,
    /// The document as read with the changes: what is to be there afterwards.
    pub target: &'a SalesDocument,
    /// The fields that change.
    pub names: &'a BTreeSet<FieldName>,
    /// Our marker for it.
    pub marker: &'a Marker,
}

impl Changing<'_> {
    /// Whether a field changes.
    pub(super) fn changes(&self, name: &str) -> bool {
        self.names.contains(&FieldName::new(name))
    }
}

/// A document to be changed. `base` is the state that the change was decided on: what both sides last agreed on, after a
/// merge what Metakocka had then. A field that was changed there since makes the read stale. Of several requests (fields
/// and then the status) this is the first; come again for the others.
pub(in crate::sync) fn change_document(
    fresh: &metakocka::Document,
    read_at: UtcMicros,
    base: &SalesDocument,
    wanted: &SalesDocument,
    facts: ChangeFacts,
    marker: &Marker,
) -> Result<Prepared, NotMade> {
    let now = translate::document(fresh).map_err(|why| unreadable(&why))?;
    let wanted = as_sent(wanted)?;
    let sides = Sides {
        base: fields::of_document(base),
        now: fields::of_document(&now.document),
        wanted: fields::of_document(&wanted),
    };
    let names = sides.to_send()?;
    let lock = lock(fresh, &now, facts);
    let ways = sides.ways(Subject::Document(now.document.doc_type), lock, &names)?;
    let names = names_of_first(&ways, names);
    let target = fields::with_fields(&now.document, &wanted, &names);
    let mut reasons = Reasons::default();
    no_place(&mut reasons, &target);
    if !reasons.is_empty() {
        return Err(NotMade::Blocked(reasons.into_vec()));
    }
    let changing = Changing { fresh, now: &now, target: &target, names: &names, marker };
    let (request, kept) = if ways.contains(&Way::Replacement) {
        (replacement::request(&changing)?, compare::kept_of(fresh))
    } else if ways.contains(&Way::Fields) {
        (order_fields(&changing)?, std::collections::BTreeMap::new())
    } else {
        (bill_status(&changing)?, std::collections::BTreeMap::new())
    };
    let before = names.iter().filter_map(|name| Some((name.clone(), sides.now.get(name)?.clone())));
    let sent = Sent {
        fields: fields::values(&fields::of_document(&target), &names),
        before: before.collect(),
        record: SentRecord::Document(Box::new(target)),
        kept,
        log: compare::log_of(fresh),
    };
    Ok(Prepared { request, sent, target: Target::Update { id: external_id(&fresh.mk_id)?, read_at } })
}

/// What a document is that was read, and why it is locked. None: it cannot be read.
pub(in crate::sync) fn lock_of(
    fresh: &metakocka::Document,
    facts: ChangeFacts,
) -> Option<(Subject, Option<Locked>)> {
    let now = translate::document(fresh).ok()?;
    Some((Subject::Document(now.document.doc_type), lock(fresh, &now, facts)))
}

fn lock(fresh: &metakocka::Document, now: &Translated, facts: ChangeFacts) -> Option<Locked> {
    locked(&LockFacts {
        doc_type: now.document.doc_type,
        date: now.document.dates.document,
        extras: &now.extras,
        tracked: is_tracked(fresh),
        ours: facts.ours,
        first_issue_seen: facts.first_issue_seen,
    })
}

pub(super) fn unreadable(why: &Unreadable) -> NotMade {
    NotMade::Blocked(vec![format!("It cannot be read: {why}. Correct it in Metakocka.")])
}

/// The id of a record that was read.
pub(super) fn external_id(id: &metakocka::MkId) -> Result<ExternalId, NotMade> {
    ExternalId::parse(id.as_str()).map_err(|error| NotMade::Blocked(vec![error.to_string()]))
}

/// The status of a bill is a request of its own, made after the replacement: none carries it.
fn names_of_first(ways: &BTreeSet<Way>, mut names: BTreeSet<FieldName>) -> BTreeSet<FieldName> {
    let status = FieldName::new("status");
    if ways.contains(&Way::StatusAlone) {
        if ways.contains(&Way::Replacement) {
            names.remove(&status);
        } else {
            names.retain(|name| *name == status);
        }
    }
    names
}

/// A parcel's number is an extra column of the reply (`metakocka-api.md §4.3`).
fn is_tracked(fresh: &metakocka::Document) -> bool {
    let mut columns = fresh.extra_columns.iter();
    columns.any(|column| column.name == "tracking_number" && !column.value.trim().is_empty())
}

/// The fields that `update_document` changes of an order.
fn order_fields(changing: &Changing<'_>) -> Result<Request, NotMade> {
    let target = changing.target;
    let mut reasons = Reasons::default();
    let mut change = OrderChange::of(OrderKey::Id(changing.fresh.mk_id.clone()));
    if changing.changes("status") {
        change.status_code = reasons.take(status_code(target)).flatten();
    }
    if changing.changes("notes") {
        change.notes = spell::given_lines(target.notes.as_deref());
        if change.notes.is_none() {
            change.clear.push(OrderField::Notes);
        }
    }
    if changing.changes("customer") {
        change.partner = reasons.take(spell::whole_party(&target.customer, "customer"));
        // The goods would go on to the buyer before.
        change.receiver = change.partner.clone().filter(|_| target.receiver.is_none());
    }
    if let (true, Some(receiver)) = (changing.changes("receiver"), &target.receiver) {
        change.receiver = reasons.take(spell::whole_party(receiver, "receiver"));
    }
    if changing.changes(LINES) {
        change.lines = reasons.take(order_lines::changes(changing)).unwrap_or_default();
    }
    if !reasons.is_empty() {
        return Err(NotMade::Blocked(reasons.into_vec()));
    }
    Ok(Request::Change(change.prepare().map_err(|error| words::invalid(&error))?))
}

/// The status of a bill, which is all that `update_document` changes of one.
fn bill_status(changing: &Changing<'_>) -> Result<Request, NotMade> {
    let change = BillChange {
        doc_type: changing.fresh.doc_type,
        bill: metakocka::BillKey::Id(changing.fresh.mk_id.clone()),
        status_code: status_code(changing.target)?,
    };
    Ok(Request::Change(change.prepare().map_err(|error| words::invalid(&error))?))
}
