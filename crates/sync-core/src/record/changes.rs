//! What a write changed, field by field, and how it is undone: any past state of a record is the present one without
//! what came later. Fields are named by their place in the JSON of the record.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One field that a write changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Its place in the record, as a JSON pointer: `/lines/0/amount`.
    pub path: String,
    /// What it was; absent: there was no such field.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub from: Option<Value>,
    /// What it became; absent: the field is no more.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub to: Option<Value>,
}

/// Keeps `null`, which is a value, apart from an absent field.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl FieldChange {
    /// The field as programs and people know it: `lines[1].amount`, lines counted from one.
    #[must_use]
    pub fn field(&self) -> String {
        let mut name = String::new();
        for part in self.path.split('/').skip(1) {
            if let Ok(at) = part.parse::<usize>() {
                // Writing into a string cannot fail.
                let _ = write!(name, "[{}]", at.saturating_add(1));
                continue;
            }
            if !name.is_empty() {
                name.push('.');
            }
            name.push_str(&part.replace("~1", "/").replace("~0", "~"));
        }
        name
    }
}

/// Every field in which two states of a record differ, in the order of their names.
#[must_use]
pub fn changes(before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut found = Vec::new();
    compare(&mut found, String::new(), Some(before), Some(after));
    found
}

fn compare(found: &mut Vec<FieldChange>, path: String, before: Option<&Value>, after: Option<&Value>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                let escaped = name.replace('~', "~0").replace('/', "~1");
                compare(found, format!("{path}/{escaped}"), old.get(name), new.get(name));
            }
        }
        // Rows of equal number are compared one by one; rows that came, went or moved are told as a whole.
        (Some(Value::Array(old)), Some(Value::Array(new))) if old.len() == new.len() => {
            for (at, (old, new)) in old.iter().zip(new).enumerate() {
                compare(found, format!("{path}/{at}"), Some(old), Some(new));
            }
        }
        _ => found.push(FieldChange { path, from: before.cloned(), to: after.cloned() }),
    }
}

/// The state before a write, from the one after it.
pub fn undo(state: &mut Value, changes: &[FieldChange]) {
    for change in changes {
        let Some((parent, name)) = change.path.rsplit_once('/') else {
            *state = change.from.clone().unwrap_or(Value::Null);
            continue;
        };
        let name = name.replace("~1", "/").replace("~0", "~");
        match state.pointer_mut(parent) {
            Some(Value::Object(fields)) => set(fields, name, change.from.clone()),
            Some(Value::Array(rows)) => {
                let place = name.parse::<usize>().ok().and_then(|at| rows.get_mut(at));
                if let (Some(place), Some(value)) = (place, change.from.clone()) {
                    *place = value;
                }
            }
            _ => {}
        }
    }
}

fn set(fields: &mut Map<String, Value>, name: String, value: Option<Value>) {
    match value {
        Some(value) => drop(fields.insert(name, value)),
        None => drop(fields.remove(&name)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn there_and_back(before: &Value, after: &Value) -> Vec<FieldChange> {
        let found = changes(before, after);
        let kept = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<Vec<FieldChange>>(&kept).unwrap(), found);
        let mut state = after.clone();
        undo(&mut state, &found);
        assert_eq!(&state, before);
        found
    }

    #[test]
    fn each_field_that_differs_is_named_with_both_values() {
        let before = json!({"title": "a", "notes": null, "lines": [{"amount": "1", "text": "x"}]});
        let after = json!({"title": "a", "notes": "n", "lines": [{"amount": "2", "text": "x"}]});
        let found = there_and_back(&before, &after);
        let names: Vec<String> = found.iter().map(FieldChange::field).collect();
        assert_eq!(names, ["lines[1].amount", "notes"]);
        assert_eq!((&found[1].from, &found[1].to), (&Some(Value::Null), &Some(json!("n"))));
    }

    #[test]
    fn equal_states_differ_in_nothing() {
        assert_eq!(there_and_back(&json!({"a": [1, {"b": null}]}), &json!({"a": [1, {"b": null}]})), []);
    }

    #[test]
    fn rows_that_came_or_went_are_told_as_a_whole() {
        let found = there_and_back(&json!({"lines": [1, 2]}), &json!({"lines": [1]}));
        assert_eq!(found[0].path, "/lines");
    }

    #[test]
    fn a_field_that_was_not_there_is_no_more_when_it_is_undone() {
        there_and_back(&json!({"taxes": {"EX4": "1"}}), &json!({"taxes": {"a/b~c": "1", "EX3": "2"}}));
        there_and_back(&json!({"a": null}), &json!({}));
        there_and_back(&json!(null), &json!({"a": 1}));
    }
}
