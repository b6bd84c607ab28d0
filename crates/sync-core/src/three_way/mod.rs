//! Three-way merge, field by field and line by line: policy C.
//!
//! Values that come in are normalised ([`fields`] makes them from canonical records), so equal means
//! equal. [`merge_record`] does it for whole records. This module must not know what is done with an open field.

#[cfg(test)]
mod barred;
#[cfg(test)]
mod concurrent;
#[cfg(test)]
mod edits;
mod fields;
mod kinds;
mod lines;
mod open;
mod record;
#[cfg(test)]
mod records;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::plan::MergeOutlook;

pub use fields::{
    FieldName, FieldValue, Fields, contact_fields, document_fields, line_fields, product_fields,
};
pub use kinds::Mergeable;
pub use lines::{LineConflict, LineFields, LineMerge, LineOutcome, LinesMerge, line_field, merge_lines};
pub use open::{LinePlace, MovingPart, OpenPart, Place, Side, Why};
pub use record::{RecordMerge, merge_record};
pub use rules::{FieldRule, Rule, Rules};

/// What was sent and what was read back instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The value sent.
    pub sent: Option<FieldValue>,
    /// The value read back.
    pub read_back: Option<FieldValue>,
}

/// What a merge looks at.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// What both sides last agreed on; absent on the first match.
    pub base: Option<&'a Fields>,
    /// The CRM's values.
    pub local: &'a Fields,
    /// The remote's values.
    pub remote: &'a Fields,
    /// Differences recorded after the last write.
    pub differences: &'a BTreeMap<FieldName, Difference>,
}

/// What is to become of every field. Each field that either side has is in exactly one of the four.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Merge {
    /// Fields that the CRM takes, with their new value; absent empties the field.
    pub take: BTreeMap<FieldName, Option<FieldValue>>,
    /// Fields that the remote gets, with their new value; absent empties the field.
    pub send: BTreeMap<FieldName, Option<FieldValue>>,
    /// Fields that a person decides.
    pub open: BTreeMap<FieldName, Open>,
    /// Fields that are equal, with the value that the base gets.
    pub settled: BTreeMap<FieldName, Option<FieldValue>>,
}

/// A field that a person decides, with everything to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// What both sides last agreed on.
    pub base: Option<FieldValue>,
    /// The CRM's value.
    pub local: Option<FieldValue>,
    /// The remote's value.
    pub remote: Option<FieldValue>,
    /// Why it is open.
    pub why: OpenWhy,
}

/// Why a field is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenWhy {
    /// The remote keeps something else than what was sent.
    Difference,
    /// Both sides changed it, and the rule is to ask.
    BothChanged,
    /// Both sides changed it, and such a field is always asked for.
    AlwaysAsks,
    /// It would have to be sent, and may not be.
    MayNotSend,
    /// It would have to be taken, and may not be.
    MayNotTake,
}

/// What both sides last agreed on for one field.
#[derive(Debug, Clone, Copy)]
enum Agreed<'a> {
    /// Nothing: it is the first match.
    Never,
    /// This value, or on its absence.
    On(Option<&'a FieldValue>),
}

/// What becomes of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Settled,
    Take,
    Send,
    Open(OpenWhy),
}

/// Merges all fields that any side has.
pub fn merge(sides: Sides<'_>, rules: &Rules) -> Merge {
    let mut merge = Merge::default();
    for name in sides.names() {
        let base = sides.base.and_then(|base| base.get(name));
        let agreed = if sides.base.is_some() { Agreed::On(base) } else { Agreed::Never };
        let (local, remote) = (sides.local.get(name), sides.remote.get(name));
        let rule = rules.of(name);
        let outcome = one_field(agreed, local, remote, sides.differences.get(name), rule);
        match outcome.allowed(rule) {
            Outcome::Settled => {
                merge.settled.insert(name.clone(), local.cloned());
            }
            Outcome::Take => {
                merge.take.insert(name.clone(), remote.cloned());
            }
            Outcome::Send => {
                merge.send.insert(name.clone(), local.cloned());
            }
            Outcome::Open(why) => {
                let (local, remote) = (local.cloned(), remote.cloned());
                merge.open.insert(name.clone(), Open { base: base.cloned(), local, remote, why });
            }
        }
    }
    merge
}

/// Cases 1 to 7 in their order.
fn one_field(
    agreed: Agreed<'_>,
    local: Option<&FieldValue>,
    remote: Option<&FieldValue>,
    difference: Option<&Difference>,
    rule: FieldRule,
) -> Outcome {
    if rule.rule == Rule::RemoteOnly {
        return if local == remote { Outcome::Settled } else { Outcome::Take };
    }
    if difference.is_some_and(|d| d.sent.as_ref() == local && d.read_back.as_ref() == remote) {
        return if rule.rule == Rule::RemoteWins && rule.takes {
            Outcome::Take
        } else {
            Outcome::Open(OpenWhy::Difference)
        };
    }
    let Agreed::On(base) = agreed else {
        return match (local, remote) {
            (local, remote) if local == remote => Outcome::Settled,
            (None, Some(_)) => Outcome::Take,
            (Some(_), None) => Outcome::Send,
            _ => by_rule(rule),
        };
    };
    if local == remote {
        Outcome::Settled
    } else if local == base {
        Outcome::Take
    } else if remote == base {
        Outcome::Send
    } else {
        by_rule(rule)
    }
}

/// Cases 6 and 7.
fn by_rule(rule: FieldRule) -> Outcome {
    match rule.rule {
        _ if rule.always_asks => Outcome::Open(OpenWhy::AlwaysAsks),
        Rule::Ask => Outcome::Open(OpenWhy::BothChanged),
        Rule::RemoteWins | Rule::RemoteOnly => Outcome::Take,
        Rule::LocalWins => Outcome::Send,
    }
}

impl Outcome {
    /// Opens what may not be sent or taken (policy row 22).
    fn allowed(self, rule: FieldRule) -> Self {
        match self {
            Self::Send if !rule.sends => Self::Open(OpenWhy::MayNotSend),
            Self::Take if !rule.takes => Self::Open(OpenWhy::MayNotTake),
            other => other,
        }
    }
}

impl<'a> Sides<'a> {
    fn names(&self) -> std::collections::BTreeSet<&'a FieldName> {
        let base = self.base.into_iter().flat_map(BTreeMap::keys);
        base.chain(self.local.keys()).chain(self.remote.keys()).collect()
    }
}

impl Merge {
    /// What the planner needs to know of this merge and, for documents, of that of the lines.
    pub fn outlook(&self, lines: Option<&LinesMerge>) -> MergeOutlook {
        if !self.open.is_empty() || lines.is_some_and(LinesMerge::is_open) {
            MergeOutlook::Open
        } else if !self.send.is_empty() || lines.is_some_and(LinesMerge::sends) {
            MergeOutlook::Sends
        } else {
            MergeOutlook::Takes
        }
    }
}

/// Puts values into fields; absent empties the field.
pub fn apply(fields: &mut Fields, changes: &BTreeMap<FieldName, Option<FieldValue>>) {
    for (name, value) in changes {
        match value {
            Some(value) => fields.insert(name.clone(), value.clone()),
            None => fields.remove(name),
        };
    }
}

/// The base after a merge that opened nothing, once what it sends is sent: what was settled, taken
/// and sent. An open field keeps its old base.
pub fn base_after_merge(base: Option<&Fields>, merge: &Merge) -> Fields {
    let mut after = base.cloned().unwrap_or_default();
    for part in [&merge.settled, &merge.take, &merge.send] {
        apply(&mut after, part);
    }
    after
}

/// The base after a write: for the fields that were sent the value sent, for the others the old base,
/// and on a create, which has none, the read-back (policy C). So an edit made there between write and
/// read-back is neither lost nor mistaken for agreement.
pub fn base_after_write(
    base: Option<&Fields>,
    sent: &BTreeMap<FieldName, Option<FieldValue>>,
    read_back: &Fields,
) -> Fields {
    let mut after = base.unwrap_or(read_back).clone();
    apply(&mut after, sent);
    after
}

/// The differences after a write: every field that was sent and read back as something else.
pub fn differences_after_write(
    sent: &BTreeMap<FieldName, Option<FieldValue>>,
    read_back: &Fields,
) -> BTreeMap<FieldName, Difference> {
    sent.iter()
        .filter(|(name, value)| read_back.get(*name) != value.as_ref())
        .map(|(name, value)| {
            let difference = Difference { sent: value.clone(), read_back: read_back.get(name).cloned() };
            (name.clone(), difference)
        })
        .collect()
}
