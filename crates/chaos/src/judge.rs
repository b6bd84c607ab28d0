//! Compares what is left on both sides with what people did. Knows nothing of how the application works.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::SignedDuration;
use metakocka_simulator::{DocType, LoggedRequest, TruthDocument, TruthLine};
use serde_json::Value;

use crate::act::{local, remote};
use crate::ledger::{Field, Here, Ledger, There};
use crate::settle::Row;

/// How every sign of ours begins.
const SIGN: &str = "CM";

/// How long a write takes at most: latency, and a commit that comes late.
const WRITING: SignedDuration = SignedDuration::from_millis(2_300);

/// A promise that was not kept.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    /// In words.
    pub(crate) what: String,
    /// Id of the record here.
    pub(crate) here: Option<String>,
    /// Ids of the records in Metakocka.
    pub(crate) there: Vec<String>,
}

impl Violation {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), here: None, there: Vec::new() }
    }
}

/// Both sides when everything is quiet.
pub(crate) struct Left {
    /// Every record here.
    pub(crate) rows: Vec<Row>,
    /// Every document here, whole, by id.
    pub(crate) documents: HashMap<String, Value>,
    /// Every contact here, whole, by id.
    pub(crate) contacts: HashMap<String, Value>,
    /// Every document in Metakocka.
    pub(crate) truth: Vec<TruthDocument>,
    /// Phone numbers in Metakocka, by partner.
    pub(crate) phones: HashMap<String, Vec<String>>,
    /// Records here of which it is told that a change there was overwritten.
    pub(crate) alarmed: HashSet<String>,
    /// What the simulator was asked.
    pub(crate) requests: Vec<LoggedRequest>,
}

/// Judges.
pub(crate) fn judge(left: &Left, ledger: &Ledger) -> Vec<Violation> {
    let mut found = Vec::new();
    made_once(left, ledger, &mut found);
    markers_once(left, ledger, &mut found);
    links_once(left, &mut found);
    for row in left.rows.iter().filter(|row| row.kind == "sales_document") {
        document(left, ledger, row, &mut found);
    }
    phones(left, ledger, &mut found);
    found
}

fn line_text(line: &TruthLine) -> &str {
    match line {
        TruthLine::Text { text, .. } => text,
        TruthLine::Priced { description, .. } => description.as_deref().unwrap_or_default(),
    }
}

/// Every document that was made here is there exactly once, or its reason is shown; and it is here once.
fn made_once(left: &Left, ledger: &Ledger, found: &mut Vec<Violation>) {
    let rows: HashMap<&str, &Row> = left.rows.iter().map(|row| (row.id.as_str(), row)).collect();
    for made in &ledger.made {
        let there: Vec<String> = left
            .truth
            .iter()
            .filter(|one| !ledger.copies.contains(&one.id))
            .filter(|one| one.lines.iter().any(|line| line_text(line).contains(&made.token)))
            .map(|one| one.id.clone())
            .collect();
        let here: Vec<&str> = left
            .documents
            .iter()
            .filter(|(_, one)| {
                let linked =
                    rows.get(one["id"].as_str().unwrap_or_default()).and_then(|row| row.remote_id.as_ref());
                linked.is_none_or(|id| !ledger.copies.contains(id))
            })
            .filter(|(_, one)| one["lines"].to_string().contains(&made.token))
            .map(|(id, _)| id.as_str())
            .collect();
        let violation = |what: String| Violation {
            what: format!("{}: {what}", made.token),
            here: made.id.clone().or_else(|| here.first().map(|id| (*id).to_owned())),
            there: there.clone(),
        };
        if there.len() > 1 {
            found.push(violation(format!("it is {} times in Metakocka", there.len())));
        }
        if here.len() > 1 {
            found.push(violation(format!("it is {} times here: {here:?}", here.len())));
        }
        let Some(id) = &made.id else { continue };
        let Some(row) = rows.get(id.as_str()) else {
            found.push(violation("it was made and is not here any more".to_owned()));
            continue;
        };
        let is_deleted = row.remote_id.as_ref().is_some_and(|id| ledger.deleted.contains(id));
        if row.status == "synced" && there.is_empty() && !is_deleted {
            found.push(violation("it says synced and is not in Metakocka".to_owned()));
        }
        if row.status == "synced" && there.len() == 1 && row.remote_id.as_ref() != there.first() {
            found.push(violation(format!("it is linked to {:?}", row.remote_id)));
        }
    }
}

/// No two orders that carry the same sign of ours, besides copies that people made.
fn markers_once(left: &Left, ledger: &Ledger, found: &mut Vec<Violation>) {
    let mut by_marker: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for one in left.truth.iter().filter(|one| !ledger.copies.contains(&one.id)) {
        if let Some(marker) = one.buyer_order.as_deref().filter(|number| number.starts_with(SIGN)) {
            by_marker.entry(marker).or_default().push(one.id.clone());
        }
    }
    for (marker, there) in by_marker.into_iter().filter(|(_, there)| there.len() > 1) {
        let what = format!("{} documents have the customer's order number {marker}", there.len());
        found.push(Violation { what, here: None, there });
    }
}

fn links_once(left: &Left, found: &mut Vec<Violation>) {
    let mut seen: BTreeMap<(&str, &str, &str), &str> = BTreeMap::new();
    for row in &left.rows {
        let Some(id) = row.remote_id.as_deref() else { continue };
        let key = (row.kind, row.remote_type.as_deref().unwrap_or_default(), id);
        if let Some(other) = seen.insert(key, &row.id) {
            found.push(Violation {
                what: format!("two records here are linked to {key:?}: {other} and {}", row.id),
                here: Some(row.id.clone()),
                there: vec![id.to_owned()],
            });
        }
    }
}

/// A document that says synced is equal on both sides, and holds the last edit of each field or one that came after it.
fn document(left: &Left, ledger: &Ledger, row: &Row, found: &mut Vec<Violation>) {
    let (Some(here), Some(id)) = (left.documents.get(&row.id), row.remote_id.as_ref()) else { return };
    let there = left.truth.iter().find(|one| {
        &one.id == id && row.remote_type.as_deref().is_none_or(|name| one.doc_type.name() == name)
    });
    let violation = |what: String| Violation { what, here: Some(row.id.clone()), there: vec![id.clone()] };
    let Some(there) = there else {
        if row.status == "synced" && !ledger.deleted.contains(id) {
            found.push(violation("it says synced, and Metakocka does not have it".to_owned()));
        }
        return;
    };
    if row.status != "synced" {
        return;
    }
    for field in [Field::Title, Field::Notes, Field::Amount] {
        let (a, b) = (local(here, field), remote(there, field));
        if a != b {
            found.push(violation(format!(
                "{field:?} is {a:?} here and {b:?} in Metakocka, and it says synced"
            )));
            continue;
        }
        if let Some(what) = lost(left, ledger, (&row.id, there), field, &a) {
            found.push(violation(what));
        }
    }
    for what in different(here, there) {
        found.push(violation(what));
    }
}

/// The other fields.
fn different(here: &Value, there: &TruthDocument) -> Vec<String> {
    let mut what = Vec::new();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if text(&here["number"]) != there.number {
        what.push(format!("the number is {} here and {} there", here["number"], there.number));
    }
    let lines = here["lines"].as_array().map_or(0, Vec::len);
    if lines != there.lines.len() {
        what.push(format!("it has {lines} lines here and {} there", there.lines.len()));
    }
    if text(&here["date"]) != there.date.to_string() {
        what.push(format!("the date is {} here and {} there", here["date"], there.date));
    }
    let total = text(&here["total"]).parse::<rust_decimal::Decimal>().unwrap_or_default();
    if total.abs() != there.sum_all.abs() {
        what.push(format!("the total is {total} here and {} there", there.sum_all));
    }
    what
}

/// What is lost in a field that is `last` on both sides now; none: nothing.
fn lost(
    left: &Left,
    ledger: &Ledger,
    (record, document): (&str, &TruthDocument),
    field: Field,
    last: &str,
) -> Option<String> {
    let (here, there) = (record, document.id.as_str());
    let here: Vec<&Here> = ledger.here.iter().filter(|edit| edit.id == here && edit.field == field).collect();
    let there: Vec<&There> =
        ledger.there.iter().filter(|edit| edit.id == there && edit.field == field).collect();
    // Whoever overwrote a value had seen it, or one that had replaced it: those are not lost.
    let mut kept = vec![last.to_owned()];
    let mut at = 0;
    while at < kept.len() {
        let value = kept[at].clone();
        let seen_before = here.iter().filter(|edit| edit.value == value).map(|edit| &edit.saw);
        let written_there = there.iter().filter(|edit| edit.value == value).map(|edit| &edit.saw);
        let before: Vec<String> =
            seen_before.chain(written_there).filter(|saw| !kept.contains(saw)).cloned().collect();
        kept.extend(before);
        at += 1;
    }
    let last_here = here.iter().rev().find(|edit| edit.answered);
    let ours = last_here
        .filter(|edit| !kept.contains(&edit.value) && !arrived_before(left, edit, &there))
        .map(|edit| format!("the edit here of {field:?} to {:?} at {} is lost", edit.value, edit.at));
    let theirs = there
        .last()
        .filter(|edit| !kept.contains(&edit.value) && !is_told(left, record, document, edit))
        .map(|edit| format!("the edit there of {field:?} to {:?} at {} is lost", edit.value, edit.at));
    let both: Vec<String> = ours.into_iter().chain(theirs).collect();
    (!both.is_empty()).then(|| format!("{}; both sides have {last:?}", both.join("; ")))
}

/// Whether an edit here had left for Metakocka when somebody there edited the same: that one came later then.
fn arrived_before(left: &Left, edit: &Here, there: &[&There]) -> bool {
    let sent = left.requests.iter().find(|request| {
        matches!(request.endpoint.as_str(), "put_document" | "update_document")
            && request.body.to_string().contains(&edit.value)
    });
    sent.is_some_and(|sent| there.iter().any(|later| later.at >= sent.at))
}

/// Whether an edit there that our write overwrote could not be seen before, and is told afterwards: an alarm has it, except of
/// offers, of which Metakocka tells nobody what was changed (policy E).
fn is_told(left: &Left, record: &str, document: &TruthDocument, edit: &There) -> bool {
    in_flight(left, edit) && (document.doc_type == DocType::SalesOffer || left.alarmed.contains(record))
}

/// Whether an edit there fell between our fresh read of the record and the end of the write that followed it. Metakocka has
/// no conditional writes, so nobody can tell that one apart (policy E); in this program it is a matter of milliseconds.
pub(crate) fn in_flight(left: &Left, edit: &There) -> bool {
    let of_record = |name: &str, id: &str| {
        let is = |request: &&LoggedRequest| request.body[id].as_str() == Some(edit.id.as_str());
        let named = left.requests.iter().filter(|request| request.endpoint == name).filter(is);
        named.map(|request| request.at).collect::<Vec<_>>()
    };
    let mut writes = of_record("put_document", "mk_id");
    writes.extend(of_record("update_document", "mk_id"));
    let reads = of_record("get_document", "doc_id");
    writes.into_iter().any(|write| {
        let read = reads.iter().filter(|read| **read <= write).max();
        read.is_some_and(|read| *read <= edit.at && edit.at <= write + WRITING)
    })
}

/// Phone numbers: a contact that says synced has the last one on both sides.
fn phones(left: &Left, ledger: &Ledger, found: &mut Vec<Violation>) {
    for row in left.rows.iter().filter(|row| row.kind == "contact" && row.status == "synced") {
        let last = ledger.phones.iter().rev().find(|edit| edit.id == row.id);
        let (Some(last), Some(partner)) = (last, row.remote_id.as_ref()) else { continue };
        if !last.answered {
            continue;
        }
        let there = left.phones.get(partner).is_some_and(|all| all.contains(&last.value));
        let here =
            left.contacts.get(&row.id).is_some_and(|one| one["person"]["phone"] == last.value.as_str());
        if !(there && here) {
            found.push(Violation {
                what: format!("the phone number {} is lost: here {here}, there {there}", last.value),
                here: Some(row.id.clone()),
                there: vec![partner.clone()],
            });
        }
    }
}
