//! A record as it was read, against what was sent (policy C1, E): whether it has arrived, what is otherwise, what
//! somebody changed meanwhile, what a replacement lost.

use std::collections::BTreeMap;

use metakocka::{Document, Partner};
use serde_json::{Value, json};
use sync_core::intent::{self, Compared};
use sync_core::record::{Contact, Unreadable};
use sync_core::replace::lost;
use sync_core::three_way::{Difference, FieldName, Fields};

use super::read::{Found, FoundRecord};
use super::{LogEntry, Sent, SentRecord, fields};
use crate::sync::translate;

/// What Metakocka alone makes of a record; the base has it as it was read.
const THEIRS: &[&str] = &["number", "booked", "document_discount", "remote_code", "payment_days", "price"];
/// What the change log says of a changed status, which one write of ours may add beside the change itself.
const STATUS_CHANGE: &str = "DOCUMENT_STATUS_CHANGE";
/// What it says of any other change.
const CHANGE: &str = "CHANGE";

/// A record that was read, judged for the machine.
pub(in crate::sync) fn compare(sent: &Sent, found: &Found) -> intent::ReadBack {
    let Ok(read) = read_fields(sent, found) else {
        return intent::ReadBack::Failed { unreachable: false };
    };
    let all = |fits: &dyn Fn(&FieldName) -> bool| sent.fields.keys().all(fits);
    let compared = if all(&|name| fields::arrived(name, value(sent, name), read.get(name))) {
        Compared::Wanted
    } else if all(&|name| fields::arrived(name, sent.before.get(name), read.get(name))) {
        Compared::Before
    } else {
        Compared::Mixed
    };
    let lost = match &found.record {
        FoundRecord::Document(document) if !sent.kept.is_empty() => lost(&sent.kept, &kept_of(document)),
        _ => Vec::new(),
    };
    intent::ReadBack::Found { compared, foreign: foreign(sent, found), lost }
}

/// Fields that were sent and read back as something else. A record that cannot be read says nothing.
pub(in crate::sync) fn differences(sent: &Sent, found: &Found) -> BTreeMap<FieldName, Difference> {
    let Ok(read) = read_fields(sent, found) else { return BTreeMap::new() };
    let others =
        sent.fields.iter().filter(|(name, value)| !fields::arrived(name, value.as_ref(), read.get(*name)));
    others
        .map(|(name, value)| {
            (name.clone(), Difference { sent: value.clone(), read_back: read.get(name).cloned() })
        })
        .collect()
}

#[cfg(test)]
/// Whether every field that was not sent is as the base has it; on a create, which has none, as the record has it. What
/// Metakocka alone makes does not count.
pub(in crate::sync) fn others_untouched(sent: &Sent, base: Option<&SentRecord>, found: &Found) -> bool {
    let Ok(read) = read_fields(sent, found) else { return false };
    let before = fields::of(base.unwrap_or(&sent.record));
    let names = before.keys().chain(read.keys()).filter(|name| !sent.fields.contains_key(*name));
    names.into_iter().all(|name| fields::arrived(name, before.get(name), read.get(name)))
}

/// The base after the write: for fields that were sent the value sent, for the others the old base, and on a create the
/// read-back (policy C). What Metakocka alone makes is as it was read. None: the read-back cannot be read.
pub(in crate::sync) fn base_after(
    sent: &Sent,
    base: Option<&SentRecord>,
    found: &Found,
) -> Option<SentRecord> {
    let read = record_of(sent, found).ok()?;
    let theirs: Vec<FieldName> = THEIRS.iter().map(|name| FieldName::new(name)).collect();
    let names = || sent.fields.keys();
    Some(match (&sent.record, base.unwrap_or(&read), &read) {
        (SentRecord::Document(sent), SentRecord::Document(base), SentRecord::Document(read)) => {
            let theirs = theirs
                .iter()
                .filter(|name| !matches!(name.as_str(), "remote_code" | "payment_days" | "price"));
            let after = fields::with_fields(&**base, sent, names());
            SentRecord::Document(Box::new(fields::with_fields(&after, read, theirs)))
        }
        (SentRecord::Contact(sent), SentRecord::Contact(base), SentRecord::Contact(read)) => {
            let after = fields::with_fields(&**base, sent, names());
            SentRecord::Contact(Box::new(fields::with_fields(&after, read, &theirs)))
        }
        (SentRecord::Product(sent), SentRecord::Product(base), SentRecord::Product(read)) => {
            let after = fields::with_fields(&**base, sent, names());
            SentRecord::Product(Box::new(fields::with_fields(&after, read, &theirs)))
        }
        _ => return None,
    })
}

fn value<'a>(sent: &'a Sent, name: &FieldName) -> Option<&'a sync_core::three_way::FieldValue> {
    sent.fields.get(name).and_then(Option::as_ref)
}

/// The fields of what was read.
pub(super) fn read_fields(sent: &Sent, found: &Found) -> Result<Fields, Unreadable> {
    record_of(sent, found).map(|record| fields::of(&record))
}

/// What was read, in our words.
pub(super) fn record_of(sent: &Sent, found: &Found) -> Result<SentRecord, Unreadable> {
    Ok(match (&found.record, &sent.record) {
        (FoundRecord::Document(document), _) => {
            SentRecord::Document(Box::new(translate::document(document)?.document))
        }
        (FoundRecord::Partner(partner), SentRecord::Contact(like)) => {
            SentRecord::Contact(Box::new(contact_like(partner, like)?))
        }
        (FoundRecord::Partner(partner), _) => SentRecord::Contact(Box::new(translate::contact(partner)?)),
        (FoundRecord::Product(product), _) => SentRecord::Product(Box::new(translate::product(product))),
    })
}

/// A contact with the person whose row is bound to it: the first is bound when nothing else is known (policy H).
pub(super) fn contact_like(partner: &Partner, like: &Contact) -> Result<Contact, Unreadable> {
    let contact = translate::contact(partner)?;
    let Some(row) = like.person.as_ref().and_then(|person| person.row.as_ref()) else { return Ok(contact) };
    let bound =
        partner.contacts.iter().find(|one| one.mk_id.as_ref().is_some_and(|id| id.as_str() == row.as_str()));
    match bound {
        Some(bound) => {
            let alone = Partner { contacts: vec![bound.clone()], ..partner.clone() };
            translate::contact(&alone)
        }
        None => Ok(contact),
    }
}

/// The change log as it was read; none where it was not told.
pub(super) fn log_of(document: &Document) -> Option<Vec<LogEntry>> {
    let entries = document.changes.iter().map(|change| {
        let parts = [&change.user_email, &change.time, &change.notes];
        let told: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        LogEntry { what: change.operation.clone().unwrap_or_default(), told: told.join(", ") }
    });
    Some(entries.collect::<Vec<_>>()).filter(|log| !log.is_empty())
}

/// What is new in the change log beside our own write: one change, and one change of the status when that was sent.
fn foreign(sent: &Sent, found: &Found) -> Vec<String> {
    let (Some(before), FoundRecord::Document(document)) = (&sent.log, &found.record) else {
        return Vec::new();
    };
    let mut new = log_of(document).unwrap_or_default();
    for entry in before {
        if let Some(at) = new.iter().position(|one| one == entry) {
            new.remove(at);
        }
    }
    let status_sent = sent.fields.contains_key(&FieldName::new("status"));
    let mut foreign = of_others(&new, CHANGE, 1);
    foreign.extend(of_others(&new, STATUS_CHANGE, usize::from(status_sent)));
    foreign
}

/// Entries of one sort, less those that are ours; ours came last.
fn of_others(new: &[LogEntry], what: &str, ours: usize) -> Vec<String> {
    let all: Vec<String> = new
        .iter()
        .filter(|entry| entry.what == what)
        .map(|entry| format!("{what}: {}", entry.told))
        .collect();
    let theirs = all.len().saturating_sub(ours);
    all.into_iter().take(theirs).collect()
}

/// Everything of a document that is not ours and that a replacement must not lose.
pub(super) fn kept_of(document: &Document) -> BTreeMap<String, Value> {
    let mut kept = BTreeMap::new();
    let mut keep = |name: &str, value: Value| {
        let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if !empty {
            kept.insert(name.to_owned(), value);
        }
    };
    for (name, text) in [
        ("sales_pricelist_code", &document.price_list),
        ("warehouse", &document.warehouse),
        ("profit_center", &document.profit_center),
        ("delivery_type", &document.delivery_type),
        ("method_of_payment", &document.method_of_payment),
        ("notes_header", &document.notes_header),
        ("doc_created_email", &document.created_by_email),
        ("commercialist_email", &document.salesperson_email),
    ] {
        keep(name, json!(text));
    }
    keep("prepayment_percent", json!(document.prepayment.percent.map(|one| one.normalize())));
    keep("prepayment_value", json!(document.prepayment.value.map(|one| one.normalize())));
    keep("offer_list", json!(document.offer_numbers));
    keep("order_create_ts", json!(document.ordered_at.map(|time| time.to_string())));
    let paid = document.sums.paid.normalize();
    keep("sum_paid", if paid.is_zero() { Value::Null } else { json!(paid) });
    let mut links: Vec<String> =
        document.links.iter().filter_map(|link| Some(link.mk_id.as_ref()?.as_str().to_owned())).collect();
    links.sort();
    keep("doc_link_list", json!(links));
    for column in &document.extra_columns {
        keep(&format!("extra_column.{}", column.name), json!(column.value));
    }
    for entry in &document.meta_data {
        keep(&format!("meta_data.{}", entry.key), json!(entry.value));
    }
    // The time of the last change moves with every write.
    for (name, value) in document.other.iter().filter(|(name, _)| *name != "last_change_ts") {
        keep(name, value.clone());
    }
    keep_lines(document, &mut keep);
    kept
}

/// What lines have beside our fields, by their place. A line that is changed or moved keeps it too, on another place; so
/// it is kept by product and not by place.
fn keep_lines(document: &Document, keep: &mut impl FnMut(&str, Value)) {
    let mut lots: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in &document.lines {
        let metakocka::LineContent::Priced(priced) = &line.content else { continue };
        let code = priced.product.as_ref().and_then(|product| product.code.clone()).unwrap_or_default();
        for name in ["lot_number_value", "serial_number_value", "expiration_date_value", "microlocation"] {
            if let Some(value) = line.other.get(name).filter(|value| !value.is_null()) {
                lots.entry(format!("lines.{code}.{name}")).or_default().push(value.clone());
            }
        }
    }
    for (name, values) in lots {
        keep(&name, Value::Array(values));
    }
}
