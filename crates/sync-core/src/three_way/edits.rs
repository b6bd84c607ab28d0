//! For tests: documents, edits of them on both sides at once, and a remote that does what it is sent.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::money::{document_totals, net_of};
use crate::record::fixtures::{dec, document, line, tax};
use crate::record::{
    Amount, Canonical, Currency, Discount, ExternalId, Line, Party, Price, ProductLine, ProductRef, RowId,
    SalesDocument, Status, Tax, TextLine,
};

/// One edit in raw numbers; what it means depends on the document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Op {
    what: u8,
    line: u8,
    value: u32,
}

/// Two sides that agreed, and what each then does.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    pub(super) kinds: Vec<(u8, u32)>,
    pub(super) here: Vec<Op>,
    pub(super) there: Vec<Op>,
    /// Makes an edit there of what the first edit here was about.
    pub(super) clash: Option<u32>,
    /// Whether the stored base knows the ids of its rows.
    pub(super) rows: bool,
    /// Whether the remote reads gross prices back as net ones.
    pub(super) reads_net: bool,
    /// How a person decides, bit by bit.
    pub(super) choices: u32,
}

fn op() -> impl Strategy<Value = Op> {
    (any::<u8>(), any::<u8>(), any::<u32>()).prop_map(|(what, line, value)| Op { what, line, value })
}

pub(super) fn scene() -> impl Strategy<Value = Scene> {
    let lines = prop::collection::vec((any::<u8>(), any::<u32>()), 1..6);
    let ops = || prop::collection::vec(op(), 1..5);
    let clash = prop_oneof![3 => Just(None), 2 => any::<u32>().prop_map(Some)];
    (lines, ops(), ops(), clash, any::<bool>(), prop::bool::weighted(0.25), any::<u32>()).prop_map(
        |(kinds, here, there, clash, rows, reads_net, choices)| Scene {
            kinds,
            here,
            there,
            clash,
            rows,
            reads_net,
            choices,
        },
    )
}

/// One side: what became of each line of the base, and what was added at which place.
#[derive(Debug, Clone)]
pub(super) struct Sided {
    pub(super) head: SalesDocument,
    pub(super) lines: Vec<Option<Line>>,
    pub(super) added: Vec<(usize, Line)>,
}

impl Sided {
    fn of(document: &SalesDocument) -> Self {
        let lines = document.lines.iter().cloned().map(Some).collect();
        Self { head: SalesDocument { lines: Vec::new(), ..document.clone() }, lines, added: Vec::new() }
    }

    pub(super) fn document(&self) -> SalesDocument {
        let mut lines: Vec<Line> = self.lines.iter().flatten().cloned().collect();
        for (place, line) in &self.added {
            lines.insert(place % (lines.len() + 1), line.clone());
        }
        SalesDocument { lines, ..self.head.clone() }
    }
}

impl Scene {
    /// The document on which both agreed, as it lies here: its lines know their rows.
    pub(super) fn agreed(&self) -> SalesDocument {
        let mut lines: Vec<Line> = Vec::new();
        for (at, (kind, value)) in self.kinds.iter().enumerate() {
            let row = RowId::parse(&(at + 1).to_string()).ok();
            // A text can only be told from another by its row.
            let texts = lines.iter().any(|line| line.as_product().is_none());
            lines.push(if kind % 5 == 0 && (self.rows || !texts) {
                Line::Text(TextLine { row, text: format!("Opomba {at}") })
            } else {
                // So can a line from another of the same product.
                let code = if self.rows && kind % 3 == 0 { "D".to_owned() } else { format!("P{at}") };
                Line::Product(ProductLine { row, ..sold(&code, *value) })
            });
        }
        let mut agreed = document(lines);
        agreed.title = Some("Naslov".to_owned());
        agreed.notes = Some("Opombe".to_owned());
        agreed.booked = Some(document_totals(&agreed).unwrap().into());
        agreed
    }

    pub(super) fn base(&self, agreed: &SalesDocument) -> SalesDocument {
        let rows = |line: &Line| line.row().cloned();
        let mut base =
            if self.choices.is_multiple_of(2) { agreed.clone() } else { self.there_of(agreed) }.canonical();
        if self.rows {
            let lines = base.lines.into_iter().zip(&agreed.lines);
            base.lines = lines.map(|(line, with)| line.with_row(rows(with))).collect();
        }
        base
    }

    /// The agreed document as the remote reads it.
    pub(super) fn there_of(&self, agreed: &SalesDocument) -> SalesDocument {
        let lines = agreed.lines.iter().map(|line| read(line.clone(), self.reads_net)).collect();
        SalesDocument { lines, ..agreed.clone() }
    }

    pub(super) fn edited_here(&self, agreed: &SalesDocument) -> Sided {
        let mut side = Sided::of(agreed);
        self.here.iter().for_each(|op| edit(&mut side, *op, None));
        side
    }

    pub(super) fn edited_there(&self, agreed: &SalesDocument) -> Sided {
        let mut side = Sided::of(&self.there_of(agreed));
        let again = self.clash.zip(self.here.first()).map(|(value, op)| Op { value, ..*op });
        for (at, op) in self.there.iter().copied().chain(again).enumerate() {
            edit(&mut side, op, RowId::parse(&(100 + at).to_string()).ok());
        }
        for line in side.lines.iter_mut().flatten() {
            *line = read(line.clone(), self.reads_net);
        }
        for (_, line) in &mut side.added {
            *line = read(line.clone(), self.reads_net);
        }
        side.head.booked = document_totals(&side.document()).ok().map(Into::into);
        side
    }
}

/// A line as the remote reads it back.
fn read(line: Line, reads_net: bool) -> Line {
    match line {
        Line::Product(mut line) if reads_net => {
            if let Price::Gross(gross) = line.price {
                line.price = Price::Net(net_of(gross, line.tax.rate).unwrap());
            }
            Line::Product(line)
        }
        line => line,
    }
}

fn a_tax(value: u32) -> Tax {
    match value % 5 {
        0 => tax("EX3", "9.5"),
        1 => tax("EX1", "0"),
        2 => tax("N22", "22"),
        _ => tax("EX4", "22"),
    }
}

fn a_price(value: u32) -> Price {
    let cents = rust_decimal::Decimal::new(i64::from(100 + value % 50_000), 2);
    if value.is_multiple_of(3) { Price::Gross(cents) } else { Price::Net(cents) }
}

fn a_discount(value: u32) -> Discount {
    Discount::parse(["", "5", "10;2.5", "3;3;3", "33.33"][value as usize % 5]).unwrap()
}

fn an_amount(value: u32) -> Amount {
    Amount(rust_decimal::Decimal::new(
        i64::from(100 + value % 900),
        if value.is_multiple_of(4) { 2 } else { 1 },
    ))
}

fn sold(code: &str, value: u32) -> ProductLine {
    let product = ProductRef {
        code: Some(code.to_owned()),
        remote_code: Some(format!("00{code}")),
        external_id: ExternalId::parse(&format!("77{code}")).ok(),
    };
    ProductLine {
        product,
        amount: an_amount(value / 3),
        discount: a_discount(value / 7),
        tax: a_tax(value / 11),
        ..line(code, "1", a_price(value), "")
    }
}

/// Does one edit; `row` is the id of a line that is added there.
fn edit(side: &mut Sided, op: Op, row: Option<RowId>) {
    let (value, few) = (op.value, op.value % 4);
    let head = &mut side.head;
    match op.what % 20 {
        0 => head.title = (few > 0).then(|| format!(" Naslov  {few}")),
        1 => head.notes = (few > 0).then(|| format!("<p>Opombe <b>{few}</b></p>")),
        2 => head.buyer_order = Some(format!("N-{few}")),
        3 => head.dates.due = jiff::civil::Date::new(2026, 12, 1 + (value % 4) as i8).ok(),
        4 => head.dates.delivery_deadline = jiff::civil::Date::new(2026, 12, 10 + (value % 4) as i8).ok(),
        5 => head.status = Some(Status { code: Some(format!("s{few}")), label: "Stanje".to_owned() }),
        6 => head.customer = someone(few),
        7 => head.receiver = (few > 0).then(|| someone(few)),
        8 if row.is_some() => head.number = Some(format!("PP-{few}")),
        8 => head.currency = Currency::parse(["EUR", "USD", "CHF", "GBP"][few as usize]).unwrap(),
        9 | 10 => {
            let name = if row.is_some() { "T" } else { "H" };
            let code = format!("{name}{}", side.added.len());
            side.added.push((op.line.into(), Line::Product(ProductLine { row, ..sold(&code, value) })));
        }
        what => edit_line(side, what, op),
    }
}

fn someone(few: u32) -> Party {
    Party {
        external_id: ExternalId::parse(&format!("9{few}")).ok(),
        address_id: RowId::parse(&format!("8{few}")).ok(),
        name: format!("Kupec {few}"),
        ..Party::default()
    }
}

fn edit_line(side: &mut Sided, what: u8, op: Op) {
    let at = usize::from(op.line) % side.lines.len();
    let place = &mut side.lines[at];
    match (what, place.as_mut()) {
        (11, _) => *place = None,
        (_, None) => {}
        (_, Some(Line::Text(line))) => line.text = format!("<i>Besedilo</i> {}", op.value % 4),
        (12 | 13, Some(Line::Product(line))) => line.amount = an_amount(op.value),
        (14 | 15, Some(Line::Product(line))) => line.price = a_price(op.value),
        (16, Some(Line::Product(line))) => line.discount = a_discount(op.value),
        (17, Some(Line::Product(line))) => line.tax = a_tax(op.value),
        (_, Some(Line::Product(line))) => line.text = Some(format!("Dodatek {}", op.value % 4)),
    }
}

/// A remote that does what a merge sends it, by the names of the fields and not by the code that merges.
pub(super) struct Remote {
    pub(super) document: SalesDocument,
    pub(super) reads_net: bool,
}

impl Remote {
    pub(super) fn send(&mut self, merge: &RecordMerge<SalesDocument>, local: &SalesDocument) {
        let lines = std::mem::take(&mut self.document.lines);
        let mut head = serde_json::to_value(&self.document).unwrap();
        set(&mut head, &merge.head.send);
        self.document = serde_json::from_value(head).unwrap();
        let mut after: Vec<Line> = Vec::new();
        for (at, line) in merge.lines.as_ref().unwrap().lines.iter().enumerate() {
            let there = line.remote.map(|at| lines[at].clone());
            after.extend(match &line.outcome {
                LineOutcome::Merged(fields) => {
                    let mut row = serde_json::to_value(there.unwrap()).unwrap();
                    set(&mut row, &fields.send);
                    Some(serde_json::from_value(row).unwrap())
                }
                LineOutcome::Send => {
                    let row = RowId::parse(&(500 + at).to_string()).ok();
                    line.local.map(|at| local.lines[at].clone().with_row(row))
                }
                LineOutcome::RemoveThere => None,
                _ => there,
            });
        }
        self.document.lines = after.into_iter().map(|line| read(line, self.reads_net)).collect();
        self.document.booked = document_totals(&self.document).ok().map(Into::into);
    }
}

fn set(record: &mut Value, changes: &BTreeMap<FieldName, Option<FieldValue>>) {
    for (name, value) in changes {
        let none = if name.as_str() == "discount" { json!("") } else { Value::Null };
        let value = value.as_ref().map_or(none, |value| value.json().clone());
        match name.as_str().split_once('.') {
            Some((outer, inner)) => record[outer][inner] = value,
            None => record[name.as_str()] = value,
        }
    }
}

/// The example of the policy: what the scenes with such a remote rest on.
#[test]
fn the_remote_reads_gross_prices_back_without_tax() {
    let gross =
        Line::Product(ProductLine { price: Price::Gross(dec("209")), ..line("A", "1", a_price(1), "") });
    let Line::Product(read) = read(gross, true) else { panic!("a product stays one") };
    assert_eq!(read.price, Price::Net(dec("171.31")));
}
