//! The lines of a document: which line here is which there, and what becomes of each.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fields::{FieldName, Fields, names};
use super::rules::Rules;
use super::{Difference, Merge, Sides, merge};
use crate::record::{Price, ProductRef, RowId, TaxRate};

/// A line as it is compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineFields {
    /// The remote's id of the row, where it is known.
    pub row: Option<RowId>,
    /// Which product; nothing for a line without one.
    pub product: Option<ProductRef>,
    /// Its price and the rate of its tax; nothing for a text.
    pub price: Option<(Price, TaxRate)>,
    /// Its text.
    pub text: String,
    /// Its fields.
    pub fields: Fields,
}

/// What becomes of the lines, in the remote's order, those that only we have after them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LinesMerge {
    /// The lines.
    pub lines: Vec<LineMerge>,
}

/// What becomes of one line, and its places on the three sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineMerge {
    /// Its place in the base.
    pub base: Option<usize>,
    /// Its place in the CRM's document.
    pub local: Option<usize>,
    /// Its place in the remote's document.
    pub remote: Option<usize>,
    /// What becomes of it.
    pub outcome: LineOutcome,
}

/// What becomes of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineOutcome {
    /// Both sides have it; field by field.
    Merged(Merge),
    /// Added there, so it is taken.
    Take,
    /// Added here, so it is sent.
    Send,
    /// Removed there and untouched here, so it is removed here.
    RemoveHere,
    /// Removed here and untouched there, so it is removed there.
    RemoveThere,
    /// Removed on both sides.
    GoneOnBoth,
    /// A person decides.
    Open(LineConflict),
}

/// Why a person decides about a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineConflict {
    /// Edited here and removed there.
    EditedHereRemovedThere,
    /// Removed here and edited there.
    RemovedHereEditedThere,
    /// On the first match, a line without its like on the other side: one question for the document.
    Unpaired,
    /// It would have to be sent or taken, and may not be.
    Forbidden,
}

impl LinesMerge {
    /// Whether a person has to decide about a line or a field of one.
    pub fn is_open(&self) -> bool {
        self.lines.iter().any(|line| match &line.outcome {
            LineOutcome::Open(_) => true,
            LineOutcome::Merged(merge) => !merge.open.is_empty(),
            _ => false,
        })
    }

    /// Whether anything of the lines is taken.
    pub fn takes(&self) -> bool {
        self.lines.iter().any(|line| match &line.outcome {
            LineOutcome::Take | LineOutcome::RemoveHere => true,
            LineOutcome::Merged(merge) => !merge.take.is_empty(),
            _ => false,
        })
    }

    /// Whether anything of the lines is sent.
    pub fn sends(&self) -> bool {
        self.lines.iter().any(|line| match &line.outcome {
            LineOutcome::Send | LineOutcome::RemoveThere => true,
            LineOutcome::Merged(merge) => !merge.send.is_empty(),
            _ => false,
        })
    }
}

/// Merges the lines of a document; without a base it is the first match.
pub fn merge_lines(
    base: Option<&[LineFields]>,
    local: &[LineFields],
    remote: &[LineFields],
    rules: &Rules,
) -> LinesMerge {
    merge_lines_knowing(base, local, remote, &BTreeMap::new(), rules)
}

/// The same with the differences that were recorded after the last write, named by [`line_field`].
pub(super) fn merge_lines_knowing(
    base: Option<&[LineFields]>,
    local: &[LineFields],
    remote: &[LineFields],
    differences: &BTreeMap<FieldName, Difference>,
    rules: &Rules,
) -> LinesMerge {
    let triples = match base {
        Some(base) => with_base(base, local, remote),
        None => without_base(local, remote),
    };
    let sides = Lines { base, local, remote, differences, rules };
    let mut lines: Vec<LineMerge> = triples.into_iter().map(|triple| sides.decide(triple)).collect();
    lines.sort_by_key(|line| {
        let ours = line.local.map_or((2, line.base), |at| (1, Some(at)));
        line.remote.map_or(ours, |at| (0, Some(at)))
    });
    LinesMerge { lines }
}

/// The name under which a difference in a field of a line is recorded.
pub fn line_field(row: &RowId, field: &FieldName) -> FieldName {
    FieldName::new(&format!("lines/{row}/{field}"))
}

/// The places of one line in base, CRM and remote.
type Triple = (Option<usize>, Option<usize>, Option<usize>);

fn with_base(base: &[LineFields], local: &[LineFields], remote: &[LineFields]) -> Vec<Triple> {
    let here = align(base, local);
    let there = align(&with_rows(base, local, &here), remote);
    let mut triples: Vec<Triple> = (0..base.len()).map(|at| (Some(at), here[at], there[at])).collect();
    let added = |count: usize, paired: &[Option<usize>]| -> Vec<usize> {
        (0..count).filter(|at| !paired.contains(&Some(*at))).collect()
    };
    let mut added_there = added(remote.len(), &there);
    for at in added(local.len(), &here) {
        // The same line added on both sides is one line only when nothing of it differs.
        let twin = added_there.iter().position(|other| remote[*other].is_twin(&local[at]));
        triples.push((None, Some(at), twin.map(|twin| added_there.remove(twin))));
    }
    triples.extend(added_there.into_iter().map(|at| (None, None, Some(at))));
    triples
}

/// A stored base may not know the ids of its rows, which what lies here does: they are those of the last agreement.
fn with_rows(base: &[LineFields], local: &[LineFields], here: &[Option<usize>]) -> Vec<LineFields> {
    let known = |(old, here): (&LineFields, &Option<usize>)| {
        let row = old.row.clone().or_else(|| here.and_then(|at| local[at].row.clone()));
        LineFields { row, ..old.clone() }
    };
    base.iter().zip(here).map(known).collect()
}

fn without_base(local: &[LineFields], remote: &[LineFields]) -> Vec<Triple> {
    let there = align(local, remote);
    let ours = there.iter().enumerate().map(|(at, other)| (None, Some(at), *other));
    let theirs = (0..remote.len()).filter(|at| !there.contains(&Some(*at))).map(|at| (None, None, Some(at)));
    ours.chain(theirs).collect()
}

struct Lines<'a> {
    base: Option<&'a [LineFields]>,
    local: &'a [LineFields],
    remote: &'a [LineFields],
    differences: &'a BTreeMap<FieldName, Difference>,
    rules: &'a Rules,
}

impl Lines<'_> {
    fn decide(&self, (base, local, remote): Triple) -> LineMerge {
        let old = base.and_then(|at| self.base?.get(at));
        let here = local.map(|at| &self.local[at]);
        let there = remote.map(|at| &self.remote[at]);
        let outcome = match (old, here, there) {
            (_, Some(here), Some(there)) => LineOutcome::Merged(self.fields(old, here, there)),
            (None, _, _) if self.base.is_none() => LineOutcome::Open(LineConflict::Unpaired),
            (None, Some(_), None) => self.sent(LineOutcome::Send),
            (None, None, _) => self.taken(LineOutcome::Take),
            (Some(old), Some(here), None) if old.spelt_as_base(here, here) == here.fields => {
                self.taken(LineOutcome::RemoveHere)
            }
            (Some(_), Some(_), None) => LineOutcome::Open(LineConflict::EditedHereRemovedThere),
            (Some(old), None, Some(there)) if old.spelt_as_base(there, there) == there.fields => {
                self.sent(LineOutcome::RemoveThere)
            }
            (Some(_), None, Some(_)) => LineOutcome::Open(LineConflict::RemovedHereEditedThere),
            (Some(_), None, None) => LineOutcome::GoneOnBoth,
        };
        LineMerge { base, local, remote, outcome }
    }

    fn fields(&self, old: Option<&LineFields>, here: &LineFields, there: &LineFields) -> Merge {
        let base = old.map(|old| old.spelt_as_base(here, there));
        let remote = there.spelt(here);
        let differences = there.row.as_ref().map(|row| self.differences_of(row)).unwrap_or_default();
        let sides =
            Sides { base: base.as_ref(), local: &here.fields, remote: &remote, differences: &differences };
        merge(sides, self.rules)
    }

    /// The recorded differences of one row, by the names of its fields.
    fn differences_of(&self, row: &RowId) -> BTreeMap<FieldName, Difference> {
        let prefix = format!("lines/{row}/");
        let of_row = |(name, difference): (&FieldName, &Difference)| {
            Some((FieldName::new(name.as_str().strip_prefix(&prefix)?), difference.clone()))
        };
        self.differences.iter().filter_map(of_row).collect()
    }

    fn sent(&self, outcome: LineOutcome) -> LineOutcome {
        if self.rules.default.sends { outcome } else { LineOutcome::Open(LineConflict::Forbidden) }
    }

    fn taken(&self, outcome: LineOutcome) -> LineOutcome {
        if self.rules.default.takes { outcome } else { LineOutcome::Open(LineConflict::Forbidden) }
    }
}

impl LineFields {
    /// The remote's fields, those that agree with ours though they are not equal in our form: a price with its tax and
    /// the same without, a product by fewer of its names.
    fn spelt(&self, ours: &Self) -> Fields {
        let mut fields = self.fields.clone();
        if self.sells_what(ours) {
            copy(&mut fields, names::LINE_PRODUCT, &ours.fields);
        }
        if self.costs_what(ours) {
            copy(&mut fields, names::PRICE, &ours.fields);
        }
        fields
    }

    /// The base's fields, those that agree with one of the sides in the form of that side.
    fn spelt_as_base(&self, here: &Self, there: &Self) -> Fields {
        let mut fields = self.fields.clone();
        if let Some(side) = [here, there].into_iter().find(|side| self.sells_what(side)) {
            copy(&mut fields, names::LINE_PRODUCT, &side.fields);
        }
        // Where neither side touched the price, but the two are on different bases and a tax was changed, the price goes
        // the way of the tax.
        let taxed_here = self.price.map(|(_, rate)| rate) != here.price.map(|(_, rate)| rate);
        let sides = if taxed_here { [there, here] } else { [here, there] };
        if let Some(side) = sides.into_iter().find(|side| self.still_costs(side)) {
            copy(&mut fields, names::PRICE, &side.fields);
        }
        fields
    }

    fn sells_what(&self, other: &Self) -> bool {
        matches!((&self.product, &other.product), (Some(one), Some(two)) if one.is_same(two))
    }

    /// On two bases only under one rate: else they come to different amounts.
    fn costs_what(&self, other: &Self) -> bool {
        match (self.price, other.price) {
            (Some((one, rate)), Some((two, other))) => {
                (rate == other || one.is_gross() == two.is_gross()) && one.agrees(two, rate)
            }
            _ => false,
        }
    }

    /// Whether a side still has the price of this base, whatever became of its tax.
    fn still_costs(&self, side: &Self) -> bool {
        matches!((self.price, side.price), (Some((old, rate)), Some((new, _))) if old.agrees(new, rate))
    }

    /// Whether a line that was added on both sides is one line: nothing that people write differs.
    fn is_twin(&self, other: &Self) -> bool {
        let mut theirs = self.spelt(other);
        if self.sells_what(other) {
            copy(&mut theirs, names::LINE_NAME, &other.fields);
            copy(&mut theirs, names::LINE_UNIT, &other.fields);
        }
        theirs == other.fields
    }

    fn is_like(&self, other: &Self) -> bool {
        let kind = FieldName::new(names::LINE_KIND);
        self.fields.get(&kind) == other.fields.get(&kind)
    }
}

fn copy(fields: &mut Fields, name: &str, from: &Fields) {
    let name = FieldName::new(name);
    match from.get(&name).cloned() {
        Some(value) => drop(fields.insert(name, value)),
        None => drop(fields.remove(&name)),
    }
}

/// Whether two lines may be one.
type Fits = fn(&LineFields, &LineFields) -> bool;

/// For each line of `a` its like in `b`: by row id where both have it, else by all that it says, then by product, then
/// by text, then by the nearest position, where not both have an id. A text is never a product, and no product another one: who takes one out and puts
/// another in has not changed what somebody changes of the first.
fn align(a: &[LineFields], b: &[LineFields]) -> Vec<Option<usize>> {
    let mut pairs: Vec<Option<usize>> = vec![None; a.len()];
    let mut free: Vec<bool> = vec![true; b.len()];
    let by_row = |x: &LineFields, y: &LineFields| x.row.is_some() && x.row == y.row;
    let by_product = |x: &LineFields, y: &LineFields| match (&x.product, &y.product) {
        (Some(x), Some(y)) => x.is_same(y),
        _ => false,
    };
    let by_text = |x: &LineFields, y: &LineFields| {
        x.product.is_none() && y.product.is_none() && !x.text.is_empty() && x.text == y.text
    };
    let by_position = |x: &LineFields, y: &LineFields| {
        (x.row.is_none() || y.row.is_none()) && (x.product.is_none() || y.product.is_none())
    };
    let by_content = |x: &LineFields, y: &LineFields| x.fields == y.fields;
    let passes: [Fits; 5] = [by_row, by_content, by_product, by_text, by_position];
    for fits in passes {
        for at in 0..a.len() {
            if pairs[at].is_none() {
                let fits = |other: &usize| a[at].is_like(&b[*other]) && fits(&a[at], &b[*other]);
                let fitting = (0..b.len()).filter(|other| free[*other] && fits(other));
                pairs[at] = fitting.min_by_key(|other| other.abs_diff(at));
                if let Some(other) = pairs[at] {
                    free[other] = false;
                }
            }
        }
    }
    pairs
}
