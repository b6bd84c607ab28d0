//! The lines of a document: which line here is which there, and what becomes of each.

use serde::{Deserialize, Serialize};

use super::fields::Fields;
use super::rules::Rules;
use super::{Merge, Sides, merge};
use crate::record::{ProductRef, RowId};

/// A line as it is compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineFields {
    /// The remote's id of the row, where it is known.
    pub row: Option<RowId>,
    /// Which product; nothing for a line without one.
    pub product: Option<ProductRef>,
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
    let triples = match base {
        Some(base) => with_base(base, local, remote),
        None => without_base(local, remote),
    };
    let sides = Lines { base, local, remote, rules };
    let mut lines: Vec<LineMerge> = triples.into_iter().map(|triple| sides.decide(triple)).collect();
    lines.sort_by_key(|line| {
        let ours = line.local.map_or((2, line.base), |at| (1, Some(at)));
        line.remote.map_or(ours, |at| (0, Some(at)))
    });
    LinesMerge { lines }
}

/// The places of one line in base, CRM and remote.
type Triple = (Option<usize>, Option<usize>, Option<usize>);

fn with_base(base: &[LineFields], local: &[LineFields], remote: &[LineFields]) -> Vec<Triple> {
    let here = align(base, local);
    let there = align(base, remote);
    let mut triples: Vec<Triple> = (0..base.len()).map(|at| (Some(at), here[at], there[at])).collect();
    let added = |count: usize, paired: &[Option<usize>]| -> Vec<usize> {
        (0..count).filter(|at| !paired.contains(&Some(*at))).collect()
    };
    let mut added_there = added(remote.len(), &there);
    for at in added(local.len(), &here) {
        // The same line added on both sides is one line only when nothing of it differs.
        let twin = added_there.iter().position(|other| remote[*other].fields == local[at].fields);
        triples.push((None, Some(at), twin.map(|twin| added_there.remove(twin))));
    }
    triples.extend(added_there.into_iter().map(|at| (None, None, Some(at))));
    triples
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
            (Some(old), Some(here), None) if here.fields == old.fields => self.taken(LineOutcome::RemoveHere),
            (Some(_), Some(_), None) => LineOutcome::Open(LineConflict::EditedHereRemovedThere),
            (Some(old), None, Some(there)) if there.fields == old.fields => {
                self.sent(LineOutcome::RemoveThere)
            }
            (Some(_), None, Some(_)) => LineOutcome::Open(LineConflict::RemovedHereEditedThere),
            (Some(_), None, None) => LineOutcome::GoneOnBoth,
        };
        LineMerge { base, local, remote, outcome }
    }

    fn fields(&self, old: Option<&LineFields>, here: &LineFields, there: &LineFields) -> Merge {
        let none = std::collections::BTreeMap::new();
        let base = old.map(|old| &old.fields);
        merge(Sides { base, local: &here.fields, remote: &there.fields, differences: &none }, self.rules)
    }

    fn sent(&self, outcome: LineOutcome) -> LineOutcome {
        if self.rules.default.sends { outcome } else { LineOutcome::Open(LineConflict::Forbidden) }
    }

    fn taken(&self, outcome: LineOutcome) -> LineOutcome {
        if self.rules.default.takes { outcome } else { LineOutcome::Open(LineConflict::Forbidden) }
    }
}

/// Whether two lines may be one.
type Fits = fn(&LineFields, &LineFields) -> bool;

/// For each line of `a` its like in `b`: by row id where both have it, else by product, then by text,
/// then by the nearest position, where not both have an id.
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
        (x.row.is_none() || y.row.is_none()) && x.product.is_some() == y.product.is_some()
    };
    let passes: [Fits; 4] = [by_row, by_product, by_text, by_position];
    for fits in passes {
        for at in 0..a.len() {
            if pairs[at].is_none() {
                let fitting = (0..b.len()).filter(|other| free[*other] && fits(&a[at], &b[*other]));
                pairs[at] = fitting.min_by_key(|other| other.abs_diff(at));
                if let Some(other) = pairs[at] {
                    free[other] = false;
                }
            }
        }
    }
    pairs
}
