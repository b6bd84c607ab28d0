//! What is done with a field that both sides changed, and whether it may be sent or taken at all.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fields::{FieldName, names};
use crate::plan::Direction;
use crate::record::RecordKind;

/// What is done with a field that both sides changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A person is asked.
    Ask,
    /// The remote's value is taken.
    RemoteWins,
    /// The CRM's value is sent.
    LocalWins,
    /// The field is the remote's own: whatever stands here, the remote's value is taken. A field that people edit here
    /// never has this rule.
    RemoteOnly,
}

/// The rule of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FieldRule {
    /// What is done when both sides changed it.
    pub rule: Rule,
    /// Asked for whatever the rule (policy C, case 6).
    pub always_asks: bool,
    /// May be sent: by direction, lock and capability.
    pub sends: bool,
    /// May be taken: by direction.
    pub takes: bool,
}

impl FieldRule {
    /// Goes both ways and asks when both sides changed it.
    pub const ASK: Self = Self { rule: Rule::Ask, always_asks: false, sends: true, takes: true };
}

/// The rules of all fields of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Of every field without a rule of its own, and of whole lines.
    pub default: FieldRule,
    /// Of single fields.
    pub fields: BTreeMap<FieldName, FieldRule>,
}

impl Rules {
    /// The same rule for every field.
    pub fn all(rule: FieldRule) -> Self {
        Self { default: rule, fields: BTreeMap::new() }
    }

    /// The rules of a kind as the field maps of policy H have them: everything asks, what only comes
    /// from the remote is always taken, customer and currency of a document are asked for always.
    pub fn of_kind(kind: RecordKind) -> Self {
        let from_remote = FieldRule { rule: Rule::RemoteOnly, sends: false, ..FieldRule::ASK };
        let always_asks = FieldRule { always_asks: true, ..FieldRule::ASK };
        let (from, asks): (&[&str], &[&str]) = match kind {
            RecordKind::Contact => (&[names::REMOTE_CODE, names::PAYMENT_DAYS], &[]),
            RecordKind::Product => (&[names::REMOTE_CODE, names::PRICE], &[]),
            RecordKind::SalesDocument => (
                &[names::NUMBER, names::BOOKED, names::DOCUMENT_DISCOUNT, names::LINE_NAME, names::LINE_UNIT],
                &[names::CUSTOMER, names::CURRENCY],
            ),
        };
        let from = from.iter().map(|name| (FieldName::new(name), from_remote));
        let asks = asks.iter().map(|name| (FieldName::new(name), always_asks));
        Self { default: FieldRule::ASK, fields: from.chain(asks).collect() }
    }

    /// The same, narrowed by the direction in which the kind goes. What only comes from the remote is taken also where
    /// nothing else is.
    pub fn for_direction(kind: RecordKind, direction: Direction) -> Self {
        let narrowed = |rule: FieldRule| FieldRule {
            sends: rule.sends && direction.sends(),
            takes: rule.takes && (direction.takes() || (rule.rule == Rule::RemoteOnly && direction.sends())),
            ..rule
        };
        let rules = Self::of_kind(kind);
        Self {
            default: narrowed(rules.default),
            fields: rules.fields.into_iter().map(|(name, rule)| (name, narrowed(rule))).collect(),
        }
    }

    /// The same on the first match: a status is never sent by it, because MK may write to customers when one changes
    /// (policy H). What stands only here is open instead.
    #[must_use]
    pub fn first_match(mut self) -> Self {
        let status = FieldName::new(names::STATUS);
        let rule = FieldRule { sends: false, ..self.of(&status) };
        self.fields.insert(status, rule);
        self
    }

    /// The rule of a field.
    pub fn of(&self, name: &FieldName) -> FieldRule {
        self.fields.get(name).copied().unwrap_or(self.default)
    }
}
