//! One item of a plan while it is being made.

use serde_json::Value;
use sync_core::record::{Party, RecordKind};
use sync_core::three_way::{Mergeable, RecordMerge, Side};

use super::super::conflict::{self, PlaceChange};
use super::super::outgoing::{Sent, SentRecord};
use super::basis::StandsOn;
use super::views::{PlanAction, PlanRequest, PlanSide, PlannedChange};
use crate::store::plans::{ItemRow, Takeable};

/// An item without its place.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub kind: RecordKind,
    pub record_id: Option<String>,
    pub there: Option<Takeable>,
    pub label: String,
    pub action: PlanAction,
    pub side: PlanSide,
    pub brought: bool,
    pub changes: Vec<PlannedChange>,
    pub requests: Vec<PlanRequest>,
    pub reasons: Vec<String>,
    pub notes: Vec<String>,
    pub calls: i64,
    pub built_on: Option<String>,
    pub stands_on: StandsOn,
}

impl Draft {
    /// Nothing is done with a record here.
    pub(super) fn of_record(kind: RecordKind, id: &str, stands_on: StandsOn) -> Self {
        let basis = stands_on.basis.as_ref();
        let there = basis.and_then(|basis| {
            let external_id = basis.external_id.clone()?;
            Some(Takeable { remote_type: basis.remote_type.clone().unwrap_or_default(), external_id })
        });
        Self {
            label: basis.map_or_else(|| id.to_owned(), |basis| name(&basis.label)),
            record_id: Some(id.to_owned()),
            there,
            ..Self::nothing(kind, PlanSide::There, stands_on)
        }
    }

    /// Nothing is done with a record there.
    pub(super) fn of_remote(kind: RecordKind, key: Takeable, stands_on: StandsOn) -> Self {
        let basis = stands_on.basis.as_ref();
        Self {
            label: basis.map_or_else(|| key.external_id.clone(), |basis| name(&basis.label)),
            record_id: basis.and_then(|basis| basis.record_id.clone()),
            there: Some(key),
            ..Self::nothing(kind, PlanSide::Here, stands_on)
        }
    }

    fn nothing(kind: RecordKind, side: PlanSide, stands_on: StandsOn) -> Self {
        Self {
            kind,
            record_id: None,
            there: None,
            label: String::new(),
            action: PlanAction::Nothing,
            side,
            brought: false,
            changes: Vec::new(),
            requests: Vec::new(),
            reasons: Vec::new(),
            notes: Vec::new(),
            calls: 0,
            built_on: None,
            stands_on,
        }
    }

    /// The same, and why.
    pub(super) fn because(self, reasons: Vec<String>) -> Self {
        Self { action: PlanAction::Nothing, reasons, requests: Vec::new(), calls: 0, ..self }
    }

    /// The same with ids that are known only later told in words.
    pub(super) fn in_words(mut self, words: impl Fn(&str) -> Option<String>) -> Self {
        for change in &mut self.changes {
            for value in [&mut change.old, &mut change.new].into_iter().flatten() {
                spell(value, &words);
            }
        }
        for request in &mut self.requests {
            spell(&mut request.body, &words);
        }
        self
    }

    pub(super) fn into_row(self, position: i64) -> ItemRow {
        let there = self.there.unwrap_or_default();
        ItemRow {
            position,
            kind: self.kind.as_str().to_owned(),
            record_id: self.record_id,
            remote_type: there.remote_type,
            external_id: there.external_id,
            label: self.label,
            action: self.action.as_str().to_owned(),
            side: if self.side == PlanSide::Here { "here" } else { "there" }.to_owned(),
            brought: i64::from(self.brought),
            changes: text(&self.changes),
            requests: text(&self.requests),
            reasons: text(&self.reasons),
            notes: text(&self.notes),
            calls: self.calls,
            built_on: self.built_on,
            stands_on: self.stands_on.to_text(),
        }
    }
}

/// A document that has neither number nor customer yet has no name either.
fn name(label: &str) -> String {
    if label.is_empty() { "Without number".to_owned() } else { label.to_owned() }
}

/// Lists of plain structs always serialise.
fn text(list: &impl serde::Serialize) -> String {
    serde_json::to_string(list).unwrap_or_else(|_| "[]".to_owned())
}

fn spell(value: &mut Value, words: &impl Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) => {
            if let Some(said) = words(text) {
                *text = said;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| spell(item, words)),
        Value::Object(fields) => fields.values_mut().for_each(|field| spell(field, words)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The fields of a record that is made. A party is compared by its ids alone; people know it by its name.
pub(super) fn made(sent: &Sent) -> Vec<PlannedChange> {
    let mut changes = Vec::new();
    for (name, value) in &sent.fields {
        let Some(value) = value else { continue };
        let named = match &sent.record {
            SentRecord::Document(document) if name.as_str() == "customer" => party(Some(&document.customer)),
            SentRecord::Document(document) if name.as_str() == "receiver" => {
                party(document.receiver.as_ref())
            }
            _ => None,
        };
        let new = Some(named.unwrap_or_else(|| value.json().clone()));
        let (side, field) = (PlanSide::There, name.as_str().to_owned());
        changes.push(PlannedChange { side, field, old: None, new });
    }
    changes
}

fn party(party: Option<&Party>) -> Option<Value> {
    party.and_then(|party| serde_json::to_value(party).ok())
}

/// What a merge takes and what it leaves to be sent.
pub(super) fn moved<R: Mergeable>(merge: &RecordMerge<R>) -> Vec<PlannedChange> {
    let taken =
        conflict::moving(merge, Side::There).into_iter().map(|change| of_place(change, PlanSide::Here));
    let sent =
        conflict::moving(merge, Side::Here).into_iter().map(|change| of_place(change, PlanSide::There));
    taken.chain(sent).collect()
}

fn of_place(change: PlaceChange, side: PlanSide) -> PlannedChange {
    PlannedChange { side, field: change.place, old: change.from, new: change.to }
}
