//! What three-way comes to for a record that was changed on both sides: which fields stay open, for the state and its
//! sentence. Nothing is merged yet: that comes with writing to Metakocka.

use serde_json::{Map, Value};
use sync_core::plan::{Direction, MergeOutlook};
use sync_core::record::Canonical;

/// What three-way comes to.
pub(super) struct Outlook {
    /// For the planner.
    pub merge: MergeOutlook,
    /// The sentence that names the open fields; none: none is open.
    pub fields: Option<String>,
}

/// Totals follow from the lines and the remote books them, numbers and days to pay are the remote's own: none is a field
/// that somebody edits.
const DERIVED: &[&str] = &["booked", "number", "remote_code", "payment_days"];

/// Compares field by field with the base, lines as one field.
pub(super) fn outlook<R: Canonical>(
    base: Option<&str>,
    local: &R,
    remote: &R,
    direction: Direction,
) -> Outlook {
    let base: Map<String, Value> = base.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let (local, remote) = (fields(local), fields(remote));
    let names: Vec<&str> = local.keys().map(String::as_str).filter(|name| !DERIVED.contains(name)).collect();
    let open: Vec<&str> = names
        .into_iter()
        .filter(|name| is_open(base.get(*name), local.get(*name), remote.get(*name), direction))
        .map(words)
        .collect();
    if open.is_empty() {
        return Outlook { merge: MergeOutlook::Sends, fields: None };
    }
    let sentence = format!("Changed here and in Metakocka: {}.", open.join(", "));
    Outlook { merge: MergeOutlook::Open, fields: Some(sentence) }
}

fn is_open(
    base: Option<&Value>,
    local: Option<&Value>,
    remote: Option<&Value>,
    direction: Direction,
) -> bool {
    if local == remote || local == base {
        return false;
    }
    // An empty base: the filled side counts (policy C2).
    if base.is_none() && (is_empty(local) || is_empty(remote)) {
        return is_empty(remote) && !direction.sends();
    }
    // Edited here only: open where it may not be sent; edited on both sides: open.
    remote != base || !direction.sends()
}

fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(rows)) => rows.is_empty(),
        _ => false,
    }
}

fn fields<R: Canonical>(record: &R) -> Map<String, Value> {
    match serde_json::to_value(record.canonical()) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// The field's name in a sentence.
fn words(name: &str) -> &str {
    match name {
        "title" => "the subject",
        "notes" => "the notes",
        "lines" => "the lines",
        "dates" => "the dates",
        "customer" => "the customer",
        "receiver" => "the receiver",
        "buyer_order" => "the customer's order number",
        "document_discount" => "the discount",
        "name" => "the name",
        "address" => "the address",
        "delivery_addresses" => "the delivery addresses",
        "person" => "the contact person",
        "tax_number" => "the tax number",
        "company" => "company or person",
        "code" => "the code",
        "unit" => "the unit",
        "description" => "the description",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use sync_core::record::{Currency, Dates, DocumentType, Party, SalesDocument};

    use super::*;

    fn document(title: &str, notes: &str) -> SalesDocument {
        SalesDocument {
            doc_type: DocumentType::Order,
            number: None,
            dates: Dates::of(date(2026, 11, 3)),
            customer: Party { name: "Kupec d.o.o.".to_owned(), ..Party::default() },
            receiver: None,
            title: Some(title.to_owned()),
            buyer_order: None,
            notes: Some(notes.to_owned()),
            currency: Currency::euro(),
            status: None,
            lines: Vec::new(),
            document_discount: None,
            booked: None,
        }
    }

    fn merged(local: &SalesDocument, remote: &SalesDocument, direction: Direction) -> Outlook {
        let base = serde_json::to_string(&document("a", "n").canonical()).unwrap();
        outlook(Some(&base), local, remote, direction)
    }

    #[test]
    fn the_same_field_changed_on_both_sides_is_named() {
        let outlook = merged(&document("b", "n"), &document("c", "n"), Direction::Both);
        assert_eq!(outlook.merge, MergeOutlook::Open);
        assert_eq!(outlook.fields.as_deref(), Some("Changed here and in Metakocka: the subject."));
    }

    #[test]
    fn different_fields_merge_unless_ours_may_not_be_sent() {
        let (local, remote) = (document("b", "n"), document("a", "m"));
        assert_eq!(merged(&local, &remote, Direction::Both).merge, MergeOutlook::Sends);
        assert_eq!(merged(&local, &remote, Direction::FromRemote).merge, MergeOutlook::Open);
    }
}
