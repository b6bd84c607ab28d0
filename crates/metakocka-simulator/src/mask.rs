//! Takes secret keys out of what people get to see of a request: whatever stands under a name like
//! `secret_key`, and every company's key wherever it strayed to. It says nothing of answers: those never
//! repeat a key.

use serde_json::{Map, Value};

/// What stands in place of a secret.
const MASKED: &str = "***";

/// Shorter keys are masked only where they are the whole text: they occur in others by chance.
const LEAST_WITHIN: usize = 8;

/// A value without the secrets.
pub(crate) fn masked(value: Value, keys: &[String]) -> Value {
    match value {
        Value::String(text) => Value::String(masked_json(masked_text(text, keys), keys)),
        Value::Number(number) if keys.iter().any(|key| *key == number.to_string()) => MASKED.into(),
        Value::Array(items) => items.into_iter().map(|item| masked(item, keys)).collect(),
        Value::Object(fields) => masked_fields(fields, keys),
        other => other,
    }
}

fn masked_fields(fields: Map<String, Value>, keys: &[String]) -> Value {
    let field = |(name, value): (String, Value)| {
        let value = if names_a_secret(&name) { MASKED.into() } else { masked(value, keys) };
        (masked_text(name, keys), value)
    };
    Value::Object(fields.into_iter().map(field).collect())
}

/// JSON that is written in a text, as some clients wrap it, without the secrets; every other text, and
/// JSON without secrets, as it is.
fn masked_json(text: String, keys: &[String]) -> String {
    if !text.trim_start().starts_with(['{', '[']) {
        return text;
    }
    let Ok(inner) = serde_json::from_str::<Value>(&text) else { return text };
    let shown = masked(inner.clone(), keys);
    if shown == inner { text } else { shown.to_string() }
}

/// A text without the keys.
pub(crate) fn masked_text(text: String, keys: &[String]) -> String {
    keys.iter().filter(|key| !key.is_empty()).fold(text, |text, key| {
        if text.trim() == key.trim() {
            MASKED.to_owned()
        } else if key.len() >= LEAST_WITHIN && text.contains(key.as_str()) {
            text.replace(key.as_str(), MASKED)
        } else {
            text
        }
    })
}

/// `secret_key` in any spelling: `secretKey`, `Secret-Key`, with a space at its end.
fn names_a_secret(name: &str) -> bool {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).eq("secretkey".chars())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_are_masked_at_every_depth_and_the_rest_is_kept() {
        let keys = ["key-of-sixteen".to_owned(), "1234".to_owned()];
        let body = json!({
            "secret_key": "wrong", "secretKey": ["a"], "Secret_Key ": {"x": 1}, "company_id": "key-of-sixteen",
            "partner": {"notes": "key: key-of-sixteen!", "list": ["1234", 1234, "12345", 12345, null, true]},
            "key-of-sixteen": "name", "wrapped": r#"[{"secret_key": "foreign", "a": "{\"secretKey\":\"deep\"}"}]"#,
            "plain": r#"{ "a": 1 }"#, "broken": "{",
        });
        let expected = json!({
            "secret_key": "***", "secretKey": "***", "Secret_Key ": "***", "company_id": "***",
            "partner": {"notes": "key: ***!", "list": ["***", "***", "12345", 12345, null, true]},
            "***": "name", "wrapped": r#"[{"a":"{\"secretKey\":\"***\"}","secret_key":"***"}]"#,
            "plain": r#"{ "a": 1 }"#, "broken": "{",
        });
        assert_eq!(masked(body, &keys), expected);
    }
}
