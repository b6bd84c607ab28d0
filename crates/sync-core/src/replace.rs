//! A replacement is built on a fresh read, never echoed: policy E.
//!
//! The remote's replacement deletes and inserts again (`metakocka-api.md §4.2`), so what is not sent is
//! lost. One worker reads, builds and puts, with nothing between; what it does not know how to send
//! stops it. This module must not know the fields of the remote: [`Fresh::unmapped`] has their names
//! as opaque keys.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::record::{
    ContentHash, DocumentExtras, DocumentType, Line, LinkKind, LinkedDocument, SalesDocument,
};

/// A document as it was read a moment ago with fixed flags.
#[derive(Debug, Clone, PartialEq)]
pub struct Fresh {
    /// The hash of the whole answer, without what changes by itself.
    pub guard: ContentHash,
    /// What both sides know of it.
    pub document: SalesDocument,
    /// Payments and links.
    pub extras: DocumentExtras,
    /// Every other field that is not empty and not on the list of those that take no harm.
    pub unmapped: BTreeMap<String, Value>,
}

/// Why a document is not replaced.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// It is not as it was when the change was planned: plan again on this read.
    Stale,
    /// A field that we don't know how to send back.
    Unmapped {
        /// Which.
        field: String,
    },
    /// A line without a product: there is no way to write one.
    LineWithoutProduct {
        /// Which, counted from one.
        line: usize,
    },
    /// It has a payment.
    Paid,
    /// An invoice or packing list belongs to it.
    Linked {
        /// Its number.
        number: String,
    },
    /// It has a discount on the whole document.
    DocumentDiscount,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stale => f.write_str("It was changed in Metakocka meanwhile; it is planned again."),
            Self::Unmapped { field } => {
                write!(f, "“{field}” would be lost; change the document in Metakocka.")
            }
            Self::LineWithoutProduct { line } => {
                write!(f, "Line {line} has no product and would be lost; change the document in Metakocka.")
            }
            Self::Paid => f.write_str("It has a payment; change it in Metakocka."),
            Self::Linked { number } => write!(f, "{number} belongs to it; change it in Metakocka."),
            Self::DocumentDiscount => {
                f.write_str("It has a discount on the whole document; change it in Metakocka.")
            }
        }
    }
}

/// A replacement that may be put. Only [`build`] makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Replacement {
    document: SalesDocument,
    links: Vec<LinkedDocument>,
    guard: ContentHash,
}

impl Replacement {
    /// The document as it is to be; `translate` sends of it what the round-trip table of its type says,
    /// with every id.
    pub fn document(&self) -> &SalesDocument {
        &self.document
    }

    /// The documents that it was made from; they are sent again, else they are lost.
    pub fn links(&self) -> &[LinkedDocument] {
        &self.links
    }

    /// The guard of the read that it was built on.
    pub fn guard(&self) -> &ContentHash {
        &self.guard
    }
}

/// Builds a replacement from a fresh read and the changes that three-way decided on the state with
/// the guard `planned`. `change` gets the document as read and returns it as wanted; every reason
/// against it comes at once.
pub fn build(
    planned: &ContentHash,
    fresh: Fresh,
    change: impl FnOnce(SalesDocument) -> SalesDocument,
) -> Result<Replacement, Vec<Obstacle>> {
    let obstacles = obstacles(planned, &fresh);
    if !obstacles.is_empty() {
        return Err(obstacles);
    }
    let links = fresh.extras.links.into_iter().filter(|link| is_origin(&link.kind)).collect();
    Ok(Replacement { document: change(fresh.document), links, guard: fresh.guard })
}

/// Every reason against a replacement; a stale read is the only one when there is it, because nothing
/// else was planned on it.
pub fn obstacles(planned: &ContentHash, fresh: &Fresh) -> Vec<Obstacle> {
    if fresh.guard != *planned {
        return vec![Obstacle::Stale];
    }
    let unmapped = fresh.unmapped.keys().map(|field| Obstacle::Unmapped { field: field.clone() });
    let bare = (1..).zip(&fresh.document.lines).filter(|(_, line)| !has_product(line));
    let lines = bare.map(|(line, _)| Obstacle::LineWithoutProduct { line });
    let paid = fresh.extras.paid.filter(|paid| !paid.is_zero()).map(|_| Obstacle::Paid);
    let own = fresh.document.doc_type;
    let linked =
        fresh.extras.links.iter().filter(|link| is_descendant(&link.kind) || is_sibling(own, &link.kind));
    let linked = linked.map(|link| Obstacle::Linked { number: link.number.clone() });
    let discount = fresh.document.document_discount.map(|_| Obstacle::DocumentDiscount);
    unmapped.chain(lines).chain(paid).chain(linked).chain(discount).collect()
}

/// What the replacement lost of what is not ours: fields that were there before and are another or
/// gone. The caller keeps the snapshot and raises an alarm with it.
pub fn lost(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> Vec<String> {
    before
        .iter()
        .filter(|(field, value)| after.get(*field) != Some(*value))
        .map(|(field, _)| field.clone())
        .collect()
}

fn has_product(line: &Line) -> bool {
    line.as_product().is_some_and(|line| !line.product.is_empty())
}

/// What a document was made from: an offer or order.
fn is_origin(kind: &LinkKind) -> bool {
    matches!(kind, LinkKind::Sales(doc_type) if !doc_type.is_booked())
}

/// The other part of an order that was split: no request ties two orders together, so a replacement would part them.
fn is_sibling(own: DocumentType, kind: &LinkKind) -> bool {
    own == DocumentType::Order && *kind == LinkKind::Sales(DocumentType::Order)
}

/// What was made from a document.
fn is_descendant(kind: &LinkKind) -> bool {
    match kind {
        LinkKind::Sales(doc_type) => doc_type.is_booked(),
        LinkKind::PackingList => true,
        LinkKind::Other(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fixtures::{dec, document, line, net};
    use crate::record::{DocumentDiscount, ExternalId, ProductRef, TextLine};

    fn guard(letter: char) -> ContentHash {
        ContentHash::parse(&letter.to_string().repeat(64)).unwrap()
    }

    fn fresh(change: impl FnOnce(&mut Fresh)) -> Fresh {
        let mut fresh = Fresh {
            guard: guard('a'),
            document: document(vec![Line::Product(line("A", "1", net("10"), ""))]),
            extras: DocumentExtras::default(),
            unmapped: BTreeMap::new(),
        };
        change(&mut fresh);
        fresh
    }

    fn link(kind: LinkKind) -> LinkedDocument {
        LinkedDocument { kind, external_id: ExternalId::parse("3").unwrap(), number: "R-1".into() }
    }

    fn text_line(fresh: &mut Fresh) {
        fresh.document.lines.push(Line::Text(TextLine { row: None, text: "bon appétit".into() }));
    }

    fn line_of_nothing(fresh: &mut Fresh) {
        let nothing = ProductRef::default();
        let line = crate::record::ProductLine { product: nothing, ..line("A", "1", net("1"), "") };
        fresh.document.lines.push(Line::Product(line));
    }

    #[test]
    fn what_would_be_lost_stops_a_replacement_and_is_named() {
        let linked = || Obstacle::Linked { number: "R-1".into() };
        let invoice = LinkKind::Sales(DocumentType::InvoiceDomestic);
        let cases = [
            ("nothing", fresh(|_| {}), vec![]),
            ("stale", fresh(|f| f.guard = guard('b')), vec![Obstacle::Stale]),
            ("text line", fresh(text_line), vec![Obstacle::LineWithoutProduct { line: 2 }]),
            ("line of nothing", fresh(line_of_nothing), vec![Obstacle::LineWithoutProduct { line: 2 }]),
            ("paid", fresh(|f| f.extras.paid = Some(dec("1"))), vec![Obstacle::Paid]),
            ("invoiced", fresh(|f| f.extras.links.push(link(invoice.clone()))), vec![linked()]),
            ("packed", fresh(|f| f.extras.links.push(link(LinkKind::PackingList))), vec![linked()]),
            ("its offer", fresh(|f| f.extras.links.push(link(LinkKind::Sales(DocumentType::Offer)))), vec![]),
            (
                "discount",
                fresh(|f| f.document.document_discount = Some(DocumentDiscount::Percent(dec("5")))),
                vec![Obstacle::DocumentDiscount],
            ),
            (
                "unmapped",
                fresh(|f| {
                    f.unmapped.insert("priority".into(), "high".into());
                }),
                vec![Obstacle::Unmapped { field: "priority".into() }],
            ),
        ];
        for (name, fresh, expected) in cases {
            let built = build(&guard('a'), fresh, |document| document);
            assert_eq!(built.err().unwrap_or_default(), expected, "{name}");
        }
    }

    #[test]
    fn a_replacement_is_the_fresh_document_with_the_changes_and_keeps_where_it_came_from() {
        let offer = link(LinkKind::Sales(DocumentType::Offer));
        let read = fresh(|f| f.extras.links.push(offer.clone()));
        let expected = SalesDocument { title: Some("new".into()), ..read.document.clone() };
        let built =
            build(&guard('a'), read, |document| SalesDocument { title: Some("new".into()), ..document })
                .unwrap();
        assert_eq!((built.document(), built.links()), (&expected, [offer].as_slice()));
        assert_eq!(built.guard(), &guard('a'));
    }

    #[test]
    fn a_field_that_is_another_or_gone_was_lost_and_a_new_one_was_not() {
        let fields = |pairs: &[(&str, &str)]| -> BTreeMap<String, Value> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect()
        };
        let before = fields(&[("kept", "1"), ("changed", "1"), ("gone", "1")]);
        let after = fields(&[("kept", "1"), ("changed", "2"), ("new", "1")]);
        assert_eq!(lost(&before, &after), ["changed", "gone"]);
    }
}
