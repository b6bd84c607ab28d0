//! What a person has to decide, with everything to be shown: where, the three values, why, and the words for a sentence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::fields::{FieldName, FieldValue, Fields, fields_of_lines};
use super::kinds::Mergeable;
use super::lines::{LineConflict, LineMerge, LineOutcome, LinesMerge};
use super::record::RecordMerge;
use super::{Merge, Open, OpenWhy};

/// The lines of a document as one thing.
const LINES: &str = "lines";

/// One thing that a person decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenPart {
    /// What it is about.
    pub place: Place,
    /// What both sides last agreed on; of a line all its fields, by name.
    pub base: Option<FieldValue>,
    /// The CRM's value.
    pub local: Option<FieldValue>,
    /// The remote's value.
    pub remote: Option<FieldValue>,
    /// Why it is open.
    pub why: Why,
}

/// One thing that goes over to a side without being asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovingPart {
    /// What it is about.
    pub place: Place,
    /// What that side has now.
    pub from: Option<FieldValue>,
    /// What it gets.
    pub to: Option<FieldValue>,
}

/// Where something is open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A field of the head.
    Head(FieldName),
    /// A field of a line that both sides have.
    LineField(LinePlace, FieldName),
    /// A line that only one side has.
    Line(LinePlace),
}

/// Which line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LinePlace {
    /// Its index in [`LinesMerge::lines`].
    pub at: usize,
    /// Its number for people, from 1: as it stands here, else as it stands there.
    pub number: usize,
}

/// Why something is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// A field.
    Field(OpenWhy),
    /// A whole line.
    Line(LineConflict),
}

/// Whose value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The CRM's; it is sent.
    Here,
    /// The remote's; it is taken.
    There,
}

impl<R: Mergeable> RecordMerge<R> {
    /// Everything that a person decides: the head's fields by name, then the lines in the remote's order.
    pub fn open(&self) -> Vec<OpenPart> {
        let head = self.head.open.iter().map(|(name, open)| part(Place::Head(name.clone()), open));
        let lines = self.lines.iter().flat_map(|merge| merge.lines.iter().enumerate());
        head.chain(lines.flat_map(|(at, line)| self.open_of_line(at, line))).collect()
    }

    fn open_of_line(&self, at: usize, line: &LineMerge) -> Vec<OpenPart> {
        let place = line.place(at);
        match &line.outcome {
            LineOutcome::Open(why) => vec![OpenPart {
                place: Place::Line(place),
                base: self.base.as_ref().and_then(|base| whole_line(base, line.base)),
                local: whole_line(&self.local, line.local),
                remote: whole_line(&self.remote, line.remote),
                why: Why::Line(*why),
            }],
            LineOutcome::Merged(merge) => {
                let field =
                    |(name, open): (&FieldName, &Open)| part(Place::LineField(place, name.clone()), open);
                merge.open.iter().map(field).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What goes over to one side without being asked about, the head's fields by name, then the lines: to the remote what
    /// counts here, and the other way round.
    pub fn moving(&self, counts: Side) -> Vec<MovingPart> {
        let (fields, old) = match counts {
            Side::Here => (&self.head.send, self.remote.head()),
            Side::There => (&self.head.take, self.local.head()),
        };
        let head = fields.iter().map(|(name, to)| MovingPart {
            place: Place::Head(name.clone()),
            from: old.get(name).cloned(),
            to: to.clone(),
        });
        let lines = self.lines.iter().flat_map(|merge| merge.lines.iter().enumerate());
        head.chain(lines.flat_map(|(at, line)| self.moving_of_line(at, line, counts))).collect()
    }

    fn moving_of_line(&self, at: usize, line: &LineMerge, counts: Side) -> Vec<MovingPart> {
        let place = line.place(at);
        let (here, there) = (whole_line(&self.local, line.local), whole_line(&self.remote, line.remote));
        let whole = |from, to| vec![MovingPart { place: Place::Line(place), from, to }];
        match (&line.outcome, counts) {
            (LineOutcome::Merged(merge), _) => {
                let (fields, old) = match counts {
                    Side::Here => (&merge.send, fields_at(&self.remote, line.remote)),
                    Side::There => (&merge.take, fields_at(&self.local, line.local)),
                };
                let field = |(name, to): (&FieldName, &Option<FieldValue>)| MovingPart {
                    place: Place::LineField(place, name.clone()),
                    from: old.get(name).cloned(),
                    to: to.clone(),
                };
                fields.iter().map(field).collect()
            }
            (LineOutcome::Send | LineOutcome::RemoveThere, Side::Here) => whole(there, here),
            (LineOutcome::Take | LineOutcome::RemoveHere, Side::There) => whole(here, there),
            _ => Vec::new(),
        }
    }

    /// Opens what would have to be sent and may not be, whatever the direction says (policy row 22 and E), and says of what is
    /// open that it may not be sent. `barred` is asked about each such field of the head, with whether it would be
    /// emptied, and once about `lines`.
    pub fn bar(&mut self, barred: impl Fn(&str, bool) -> bool) {
        let base = self.base.as_ref().map(Mergeable::head).unwrap_or_default();
        bar_fields(&mut self.head, &base, &self.remote.head(), &barred);
        let sends = self.lines.as_ref().is_some_and(LinesMerge::sends);
        let is_open = self.lines.as_ref().is_some_and(LinesMerge::is_open);
        if !(sends || is_open) || !barred(LINES, false) {
            return;
        }
        let Some(merge) = &mut self.lines else { return };
        for line in &mut merge.lines {
            match &mut line.outcome {
                LineOutcome::Send | LineOutcome::RemoveThere => {
                    line.outcome = LineOutcome::Open(LineConflict::Forbidden);
                }
                LineOutcome::Merged(merge) => {
                    let base = self.base.as_ref().map(|base| fields_at(base, line.base)).unwrap_or_default();
                    bar_fields(merge, &base, &fields_at(&self.remote, line.remote), &|_: &str, _| true);
                }
                _ => {}
            }
        }
    }

    /// The names of what is open, for a sentence: the subject, line 2 (amount, price).
    pub fn open_words(&self) -> Vec<String> {
        let head = self.head.open.keys().map(|name| head_words(name.as_str()).to_owned());
        let lines = self.lines.iter().flat_map(|merge| merge.lines.iter().enumerate());
        head.chain(lines.filter_map(|(at, line)| line_words(line.place(at), &line.outcome))).collect()
    }

    /// Decides something that is open as a person chose. False: nothing is open there. That it may be sent or taken is
    /// the caller's to see to ([`OpenWhy::MayNotSend`]).
    pub fn decide(&mut self, place: &Place, side: Side) -> bool {
        match place {
            Place::Head(name) => decide_field(&mut self.head, name, side),
            Place::LineField(place, name) => {
                match line_at(&mut self.lines, *place).map(|line| &mut line.outcome) {
                    Some(LineOutcome::Merged(merge)) => decide_field(merge, name, side),
                    _ => false,
                }
            }
            Place::Line(place) => {
                line_at(&mut self.lines, *place).is_some_and(|line| decide_line(line, side))
            }
        }
    }
}

fn bar_fields(merge: &mut Merge, base: &Fields, remote: &Fields, barred: &impl Fn(&str, bool) -> bool) {
    for (name, open) in &mut merge.open {
        if open.why != OpenWhy::MayNotTake && barred(name.as_str(), open.local.is_none()) {
            open.why = OpenWhy::MayNotSend;
        }
    }
    let names: Vec<FieldName> = merge
        .send
        .iter()
        .filter(|(name, value)| barred(name.as_str(), value.is_none()))
        .map(|(name, _)| name.clone())
        .collect();
    for name in names {
        let local = merge.send.remove(&name).flatten();
        let (base, remote) = (base.get(&name).cloned(), remote.get(&name).cloned());
        merge.open.insert(name, Open { base, local, remote, why: OpenWhy::MayNotSend });
    }
}

fn part(place: Place, open: &Open) -> OpenPart {
    let Open { base, local, remote, why } = open.clone();
    OpenPart { place, base, local, remote, why: Why::Field(why) }
}

fn fields_at<R: Mergeable>(record: &R, place: Option<usize>) -> Fields {
    let line = place.and_then(|place| record.lines()?.get(place));
    let fields = line.and_then(|line| fields_of_lines(std::slice::from_ref(line)).pop());
    fields.map(|line| line.fields).unwrap_or_default()
}

fn whole_line<R: Mergeable>(record: &R, place: Option<usize>) -> Option<FieldValue> {
    record.lines()?.get(place?)?;
    let fields = fields_at(record, place);
    let fields: Map<String, Value> =
        fields.into_iter().map(|(name, value)| (name.as_str().to_owned(), value.json().clone())).collect();
    FieldValue::of(Value::Object(fields))
}

impl LineMerge {
    fn place(&self, at: usize) -> LinePlace {
        let number = self.local.or(self.remote).or(self.base).unwrap_or(at).saturating_add(1);
        LinePlace { at, number }
    }
}

fn line_at(lines: &mut Option<LinesMerge>, place: LinePlace) -> Option<&mut LineMerge> {
    lines.as_mut()?.lines.get_mut(place.at)
}

fn decide_field(merge: &mut Merge, name: &FieldName, side: Side) -> bool {
    let Some(open) = merge.open.remove(name) else { return false };
    let (part, value): (&mut BTreeMap<FieldName, Option<FieldValue>>, _) = match side {
        Side::Here => (&mut merge.send, open.local),
        Side::There => (&mut merge.take, open.remote),
    };
    part.insert(name.clone(), value);
    true
}

fn decide_line(line: &mut LineMerge, side: Side) -> bool {
    if !matches!(line.outcome, LineOutcome::Open(_)) {
        return false;
    }
    line.outcome = match (side, line.local, line.remote) {
        (Side::Here, Some(_), _) => LineOutcome::Send,
        (Side::Here, None, _) => LineOutcome::RemoveThere,
        (Side::There, _, Some(_)) => LineOutcome::Take,
        (Side::There, _, None) => LineOutcome::RemoveHere,
    };
    true
}

fn line_words(place: LinePlace, outcome: &LineOutcome) -> Option<String> {
    let number = place.number;
    match outcome {
        LineOutcome::Merged(merge) if !merge.open.is_empty() => {
            let names: Vec<&str> = merge.open.keys().map(FieldName::as_str).collect();
            Some(format!("line {number} ({})", names.join(", ")))
        }
        LineOutcome::Open(LineConflict::EditedHereRemovedThere) => {
            Some(format!("line {number} (removed there)"))
        }
        LineOutcome::Open(LineConflict::RemovedHereEditedThere) => {
            Some(format!("line {number} (removed here)"))
        }
        LineOutcome::Open(LineConflict::Unpaired | LineConflict::Forbidden) => Some(format!("line {number}")),
        _ => None,
    }
}

/// The name of a field of the head in a sentence.
fn head_words(name: &str) -> &str {
    match name {
        "doc_type" => "the type",
        "title" => "the subject",
        "notes" => "the notes",
        "status" => "the status",
        "currency" => "the currency",
        "dates.document" => "the date",
        "dates.due" => "the due date",
        "dates.service_from" => "the first day of the service",
        "dates.service_to" => "the last day of the service",
        "dates.valid_to" => "the end of validity",
        "dates.delivery_deadline" => "the delivery deadline",
        "customer" => "the customer",
        "receiver" => "the receiver",
        "buyer_order" => "the customer's order number",
        "document_discount" => "the discount",
        "name" => "the name",
        "address" => "the address",
        "delivery_addresses" => "the delivery addresses",
        "person" => "the contact person",
        "tax_number" => "the tax number",
        "registration_number" => "the registration number",
        "company" => "company or person",
        "taxpayer" => "taxpayer or not",
        "buyer" => "buyer or not",
        "supplier" => "supplier or not",
        "code" => "the code",
        "unit" => "the unit",
        "description" => "the description",
        "barcode" => "the barcode",
        "service" => "service or goods",
        "sold" => "sold or not",
        "active" => "active or put away",
        "price" => "the price",
        other => other,
    }
}
