//! What three-way comes to for a record that was changed on both sides: for the planner, and as a sentence that names
//! what a person decides.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use sync_core::capabilities::{Change, Locked, Subject, is_barred};
use sync_core::plan::{Direction, MergeOutlook};
use sync_core::record::RecordKind;
use sync_core::three_way::{Difference, FieldName, Mergeable, RecordMerge, Rules, merge_record};

use super::meet::LINES;
use crate::store::links::LinkRow;

/// Most fields and lines that a sentence names; the page of the conflict shows all.
const MAX_NAMED: usize = 8;

/// What three-way comes to.
pub(super) struct Outlook {
    /// For the planner.
    pub merge: MergeOutlook,
    /// The sentence that names the open fields; none: none is open.
    pub fields: Option<String>,
}

/// What both sides agreed on, as a link keeps it. What can't be read is none.
#[derive(Clone, Copy, Default)]
pub(super) struct Agreed<'a> {
    /// Canonical JSON.
    pub base: Option<&'a str>,
    /// JSON: fields that were sent and read back as something else. A person decides about them: they are open.
    pub differences: Option<&'a str>,
}

impl<'a> Agreed<'a> {
    /// What a link keeps.
    pub(super) fn of(link: &'a LinkRow) -> Self {
        Self { base: link.base.as_deref(), differences: link.differences.as_deref() }
    }

    fn differences(self) -> BTreeMap<FieldName, Difference> {
        self.differences.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }
}

/// What may be written in Metakocka of a record: by the direction in which it goes, and by what Metakocka lets be changed
/// of it, as far as what was last read tells (policy E).
#[derive(Clone, Copy)]
pub(super) struct Writable {
    /// The direction.
    pub direction: Direction,
    /// What it is, and why it is locked; none: nothing is known.
    pub there: Option<(Subject, Option<Locked>)>,
}

impl Writable {
    /// Whatever the direction lets through.
    pub(super) fn by(direction: Direction) -> Self {
        Self { direction, there: None }
    }

    /// Of a contact or product.
    pub(super) fn of_party(direction: Direction, kind: RecordKind) -> Self {
        let subject = if kind == RecordKind::Product { Subject::Product } else { Subject::Contact };
        Self { direction, there: Some((subject, None)) }
    }

    /// Opens what may not be written.
    pub(super) fn bar<R: Mergeable>(self, merge: &mut RecordMerge<R>) {
        let Some((subject, locked)) = self.there else { return };
        merge.bar(|field, empties| {
            let field = field.to_owned();
            let change = match (field.as_str(), empties) {
                (LINES, _) => Change::Lines,
                (_, true) => Change::Empty(field),
                (_, false) => Change::Set(field),
            };
            is_barred(subject, locked, &change)
        });
    }
}

/// Merges a record as it may be written.
pub(super) fn merged<R: Mergeable + DeserializeOwned>(
    agreed: Agreed<'_>,
    local: &R,
    remote: &R,
    writable: Writable,
) -> RecordMerge<R> {
    let base: Option<R> = agreed.base.and_then(|text| serde_json::from_str(text).ok());
    let rules = Rules::for_direction(R::KIND, writable.direction);
    let rules = if base.is_some() { rules } else { rules.first_match() };
    let mut merge = merge_record(base.as_ref(), local, remote, &agreed.differences(), &rules);
    writable.bar(&mut merge);
    merge
}

/// What that comes to.
pub(super) fn outlook<R: Mergeable + DeserializeOwned>(
    agreed: Agreed<'_>,
    local: &R,
    remote: &R,
    writable: Writable,
) -> Outlook {
    let merge = merged(agreed, local, remote, writable);
    let mut words = merge.open_words();
    // Lines that were not kept as they were sent are one question, whatever else was edited since.
    if agreed.differences().contains_key(&FieldName::new(LINES)) {
        words.push("the lines".to_owned());
        return Outlook { merge: MergeOutlook::Open, fields: sentence(&words) };
    }
    Outlook { merge: merge.outlook(), fields: sentence(&words) }
}

/// The sentence for what was sent and read back as something else; none: nothing was.
pub(super) fn kept_otherwise<R: Mergeable + DeserializeOwned>(
    agreed: Agreed<'_>,
    local: &R,
    remote: &R,
    writable: Writable,
) -> Option<String> {
    let mut words = merged(agreed, local, remote, writable).open_words();
    if agreed.differences().contains_key(&FieldName::new(LINES)) {
        words.push("the lines".to_owned());
    }
    let named = named(&words)?;
    Some(format!("Metakocka keeps something else than what was sent: {named}."))
}

fn sentence(open: &[String]) -> Option<String> {
    Some(format!("Changed here and in Metakocka: {}.", named(open)?))
}

fn named(open: &[String]) -> Option<String> {
    if open.is_empty() {
        return None;
    }
    let more = open.len().saturating_sub(MAX_NAMED);
    let named = open.iter().take(MAX_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!("{named}{rest}"))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use sync_core::record::{
        Amount, Canonical, Currency, Dates, Discount, DocumentType, Line, Party, Price, ProductLine,
        ProductRef, SalesDocument, Tax, TaxCode, TaxRate,
    };

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
            lines: vec![line("A", 1), line("B", 1)],
            document_discount: None,
            booked: None,
        }
    }

    fn line(code: &str, amount: i64) -> Line {
        Line::Product(ProductLine {
            row: None,
            product: ProductRef { code: Some(code.to_owned()), ..ProductRef::default() },
            name: code.to_owned(),
            unit: None,
            amount: Amount(amount.into()),
            price: Price::Net(10.into()),
            discount: Discount::NONE,
            tax: Tax {
                code: TaxCode::parse("EX4").unwrap(),
                rate: TaxRate::from_percent(22.into()).unwrap(),
            },
            text: None,
        })
    }

    fn compared(local: &SalesDocument, remote: &SalesDocument, direction: Direction) -> Outlook {
        let base = serde_json::to_string(&document("a", "n").canonical()).unwrap();
        outlook(Agreed { base: Some(&base), differences: None }, local, remote, Writable::by(direction))
    }

    #[test]
    fn what_was_changed_on_both_sides_is_named() {
        let (mut local, mut remote) = (document("b", "n"), document("c", "n"));
        (local.lines[1], remote.lines[1]) = (line("B", 2), line("B", 3));
        let outlook = compared(&local, &remote, Direction::Both);
        assert_eq!(outlook.merge, MergeOutlook::Open);
        let expected = "Changed here and in Metakocka: the subject, line 2 (amount).";
        assert_eq!(outlook.fields.as_deref(), Some(expected));
    }

    #[test]
    fn different_lines_merge() {
        let (mut local, mut remote) = (document("a", "n"), document("a", "n"));
        (local.lines[0], remote.lines[1]) = (line("A", 2), line("B", 3));
        assert_eq!(compared(&local, &remote, Direction::Both).merge, MergeOutlook::Sends);
    }

    #[test]
    fn different_fields_merge_unless_ours_may_not_be_sent() {
        let (local, remote) = (document("b", "n"), document("a", "m"));
        assert_eq!(compared(&local, &remote, Direction::Both).merge, MergeOutlook::Sends);
        assert_eq!(compared(&local, &remote, Direction::FromRemote).merge, MergeOutlook::Open);
    }

    #[test]
    fn a_sentence_ends_where_it_could_not_be_read() {
        let open: Vec<String> = (1..=10).map(|at| format!("line {at}")).collect();
        assert!(sentence(&open).unwrap().ends_with("line 8 and 2 more."));
        assert_eq!(sentence(&[]), None);
    }
}
