//! Three-way of whole records: head and lines, what the CRM's record becomes and what the base becomes.

use std::collections::BTreeMap;

use super::fields::{FieldName, Fields, fields_of_lines, names};
use super::kinds::Mergeable;
use super::lines::{LineMerge, LineOutcome, LinesMerge, merge_lines_knowing};
use super::rules::Rules;
use super::{Difference, Merge, Sides, merge};
use crate::plan::MergeOutlook;
use crate::record::{Line, ProductLine, RowId};

/// What is to become of a record: [`Self::taken`] is what lies here once everything is taken, what is then to be sent
/// stands in the two merges, and [`Self::base_after`] makes the next merge see exactly what is left.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordMerge<R> {
    /// What becomes of the fields of the head.
    pub head: Merge,
    /// What becomes of the lines, of a kind that has some.
    pub lines: Option<LinesMerge>,
    pub(super) base: Option<R>,
    pub(super) local: R,
    /// The remote's record, completed with what it does not tell.
    pub(super) remote: R,
}

/// Merges a record; without a base it is the first match. Differences are named by their field, those of lines by
/// [`super::line_field`].
pub fn merge_record<R: Mergeable>(
    base: Option<&R>,
    local: &R,
    remote: &R,
    differences: &BTreeMap<FieldName, Difference>,
    rules: &Rules,
) -> RecordMerge<R> {
    let remote = remote.clone().completed(base.unwrap_or(local));
    let (here, there) = (local.head(), spelt(&remote, &[local]));
    let old = base.map(|base| spelt(base, &[local, &remote]));
    let head = merge(Sides { base: old.as_ref(), local: &here, remote: &there, differences }, rules);
    let lines = local.lines().map(|lines| {
        let fields = |record: &R| fields_of_lines(record.lines().unwrap_or_default());
        let old = base.map(fields);
        merge_lines_knowing(old.as_deref(), &fields_of_lines(lines), &fields(&remote), differences, rules)
    });
    RecordMerge { head, lines, base: base.cloned(), local: local.clone(), remote }
}

/// The fields of the head, those that agree with one of the others in the form of that one.
fn spelt<R: Mergeable>(record: &R, like: &[&R]) -> Fields {
    let mut record = record.clone();
    for field in R::AGREEABLE {
        if let Some(other) = like.iter().find(|other| record.agrees(other, field)) {
            record.copy(field, other);
        }
    }
    record.head()
}

impl<R: Mergeable> RecordMerge<R> {
    /// What the planner asks for.
    pub fn outlook(&self) -> MergeOutlook {
        self.head.outlook(self.lines.as_ref())
    }

    /// Whether a person has to decide about a field or a line.
    pub fn is_open(&self) -> bool {
        self.outlook() == MergeOutlook::Open
    }

    /// Whether anything is to be sent, whatever else is open.
    pub fn sends(&self) -> bool {
        !self.head.send.is_empty() || self.lines.as_ref().is_some_and(LinesMerge::sends)
    }

    /// Whether anything is to be taken, whatever else is open.
    pub fn takes(&self) -> bool {
        !self.head.take.is_empty() || self.lines.as_ref().is_some_and(LinesMerge::takes)
    }

    /// The CRM's record after everything that is to be taken is taken. What is to be sent, and what is open, stays as it
    /// lies here. Lines are in the remote's order, those that only lie here after them; ids of rows, products and
    /// contacts are the remote's where it has the same.
    #[must_use]
    pub fn taken(&self) -> R {
        let mut taken = self.local.clone();
        for name in self.head.take.keys() {
            taken.copy(name.as_str(), &self.remote);
        }
        // A reading that was stored may not know ids that lie here.
        taken.adopt_ids(&self.local);
        taken.adopt_ids(&self.remote);
        if let Some(merge) = &self.lines {
            taken.set_lines(merge.lines.iter().filter_map(|line| self.taken_line(line)).collect());
        }
        taken
    }

    fn taken_line(&self, line: &LineMerge) -> Option<Line> {
        let here = at(&self.local, line.local);
        let there = at(&self.remote, line.remote);
        match &line.outcome {
            LineOutcome::Merged(merge) => Some(merged_line(here?, there?, merge)),
            LineOutcome::Take => there.cloned(),
            LineOutcome::Send | LineOutcome::Open(_) => here.cloned(),
            LineOutcome::RemoveHere | LineOutcome::RemoveThere | LineOutcome::GoneOnBoth => None,
        }
    }

    /// The base once [`Self::taken`] lies here: what is settled and taken is agreed on; what is to be sent stands as the
    /// remote still has it, so that the next plan finds it edited here only; what is open keeps its old base. Its lines
    /// know their rows. None: it is the first match and something is open, so nothing is agreed on yet.
    pub fn base_after(&self) -> Option<R> {
        if self.base.is_none() && self.is_open() {
            return None;
        }
        let taken = self.taken();
        let mut after = self.remote.clone();
        for name in self.head.settled.keys() {
            after.copy(name.as_str(), &taken);
        }
        for (name, base) in self.head.open.keys().filter_map(|name| Some((name, self.base.as_ref()?))) {
            after.copy(name.as_str(), base);
        }
        let mut after = after.canonical();
        if let Some(merge) = &self.lines {
            after.set_lines(merge.lines.iter().filter_map(|line| self.base_line(line)).collect());
        }
        Some(after)
    }

    fn base_line(&self, line: &LineMerge) -> Option<Line> {
        let (old, here) =
            (self.base.as_ref().and_then(|base| at(base, line.base)), at(&self.local, line.local));
        let there = at(&self.remote, line.remote);
        match &line.outcome {
            LineOutcome::Merged(merge) => Some(agreed_line(old, here?, there?, merge)),
            LineOutcome::Take | LineOutcome::RemoveThere => there.map(Line::canonical_with_row),
            LineOutcome::Open(_) => old.map(|old| {
                let row = [Some(old), here, there].into_iter().flatten().find_map(Line::row);
                old.canonical().with_row(row.cloned())
            }),
            LineOutcome::Send | LineOutcome::RemoveHere | LineOutcome::GoneOnBoth => None,
        }
    }
}

fn at<R: Mergeable>(record: &R, place: Option<usize>) -> Option<&Line> {
    record.lines()?.get(place?)
}

/// A line of ours with what is taken of theirs.
fn merged_line(here: &Line, there: &Line, merge: &Merge) -> Line {
    let mut line = here.clone();
    for name in merge.take.keys() {
        copy_field(&mut line, name, there);
    }
    if let (Line::Product(mine), Line::Product(theirs)) = (&mut line, there)
        && mine.product.is_same(&theirs.product)
    {
        mine.product.clone_from(&theirs.product);
    }
    with_row_of(line, there.row())
}

/// What is agreed on of a line that both sides have.
fn agreed_line(old: Option<&Line>, here: &Line, there: &Line, merge: &Merge) -> Line {
    let mut line = there.clone();
    // A price may be settled on another basis than the remote reads it back: ours stays.
    if merge.settled.contains_key(&FieldName::new(names::PRICE)) {
        copy_field(&mut line, &FieldName::new(names::PRICE), here);
    }
    for (name, old) in merge.open.keys().filter_map(|name| Some((name, old?))) {
        copy_field(&mut line, name, old);
    }
    line.canonical_with_row()
}

fn with_row_of(line: Line, row: Option<&RowId>) -> Line {
    match row {
        Some(row) => line.with_row(Some(row.clone())),
        None => line,
    }
}

/// Puts one field of a line into another of its sort.
fn copy_field(line: &mut Line, field: &FieldName, from: &Line) {
    match (line, from) {
        (Line::Product(line), Line::Product(from)) => copy_of_product_line(line, field, from),
        (Line::Text(line), Line::Text(from)) if field.as_str() == "text" => line.text.clone_from(&from.text),
        _ => {}
    }
}

fn copy_of_product_line(line: &mut ProductLine, field: &FieldName, from: &ProductLine) {
    match field.as_str() {
        "product" => line.product.clone_from(&from.product),
        "name" => line.name.clone_from(&from.name),
        "unit" => line.unit.clone_from(&from.unit),
        "amount" => line.amount = from.amount,
        "price" => line.price = from.price,
        "discount" => line.discount.clone_from(&from.discount),
        "tax" => line.tax.clone_from(&from.tax),
        "text" => line.text.clone_from(&from.text),
        _ => {}
    }
}
