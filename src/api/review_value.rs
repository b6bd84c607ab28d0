//! A value of a record as people read it: what is text, what is a number or a day, and which ids nobody wants to see.

use serde_json::{Map, Value};

use crate::api::translate::{day, read_day};
use crate::model::{ReviewLine, ReviewValue};

/// Fields that only programs read.
const IDS: [&str; 5] = ["row", "external_id", "address_id", "remote_code", "country_name"];
/// Places whose text is an exact decimal.
const NUMBERS: [&str; 5] = ["amount", "price", "total", "payment_days", "document_discount"];

/// The value at a place.
pub(super) fn value(place: &str, value: Option<Value>) -> ReviewValue {
    let field = place.rsplit(' ').next().unwrap_or(place);
    let is_line = place.starts_with("line ") && field.chars().all(|sign| sign.is_ascii_digit());
    match value {
        None | Some(Value::Null) => ReviewValue::Nothing,
        Some(Value::Bool(truth)) => ReviewValue::Truth(truth),
        Some(Value::Object(line)) if is_line => ReviewValue::Lines(vec![one_line(&line)]),
        Some(Value::Array(lines)) if place == "lines" => {
            ReviewValue::Lines(lines.iter().filter_map(Value::as_object).map(one_line).collect())
        }
        Some(other) => simple(field, &other),
    }
}

fn simple(field: &str, value: &Value) -> ReviewValue {
    let text = text(value);
    if text.is_empty() {
        return ReviewValue::Nothing;
    }
    if let Some(day) = read_day(&text).filter(|_| field.starts_with("dates.")) {
        return ReviewValue::Day(self::day(day));
    }
    let is_number = text.parse::<rust_decimal::Decimal>().is_ok();
    if is_number && NUMBERS.contains(&field) { ReviewValue::Number(text) } else { ReviewValue::Text(text) }
}

/// Everything that is said in a value, in its order.
fn text(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(_) => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(values) => joined(values.iter(), " · "),
        Value::Object(map) => of_object(map),
    }
}

fn of_object(map: &Map<String, Value>) -> String {
    // A status is known by its label, a price by its number, a tax by its rate.
    for name in ["label", "net", "gross", "rate"] {
        if let Some(value) = map.get(name) {
            return text(value);
        }
    }
    // The name comes first, whatever the order of the fields.
    let first = map.get("name").into_iter();
    let others = map.iter().filter(|(name, _)| *name != "name" && !IDS.contains(&name.as_str()));
    joined(first.chain(others.map(|(_, value)| value)), ", ")
}

fn joined<'a>(values: impl Iterator<Item = &'a Value>, between: &str) -> String {
    let texts: Vec<String> = values.map(text).filter(|text| !text.is_empty()).collect();
    texts.join(between)
}

/// A line in one row: with its fields, or as a whole line serialises.
fn one_line(line: &Map<String, Value>) -> ReviewLine {
    let inner = line.get("product").filter(|inner| inner.get("amount").is_some());
    let line = inner.and_then(Value::as_object).unwrap_or(line);
    let said = |name: &str| line.get(name).map(text).filter(|text| !text.is_empty());
    ReviewLine {
        amount: said("amount"),
        price: said("price"),
        name: said("name").or_else(|| said("text")).or_else(|| said("product")).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ids_are_left_out_and_names_come_first() {
        let customer = json!({
            "address": {"place": "Kranj", "street": "Glavna 1"}, "external_id": "16", "name": "Hribar"
        });
        let shown = value("customer", Some(customer));
        assert_eq!(shown, ReviewValue::Text("Hribar, Kranj, Glavna 1".to_owned()));
    }

    #[test]
    fn numbers_and_days_are_told_apart_from_text() {
        assert_eq!(value("line 2 amount", Some(json!("3"))), ReviewValue::Number("3".to_owned()));
        assert_eq!(value("line 2 price", Some(json!({"net": "7.5"}))), ReviewValue::Number("7.5".to_owned()));
        assert_eq!(value("title", Some(json!("3"))), ReviewValue::Text("3".to_owned()));
        assert!(matches!(value("dates.due", Some(json!("2026-11-03"))), ReviewValue::Day(_)));
        assert_eq!(value("notes", None), ReviewValue::Nothing);
    }

    #[test]
    fn a_line_is_told_in_one_row() {
        let line = json!({"amount": "3", "name": "Deska", "price": {"net": "12.50"}, "kind": "product"});
        let one = ReviewLine {
            amount: Some("3".to_owned()),
            price: Some("12.50".to_owned()),
            name: "Deska".to_owned(),
        };
        assert_eq!(value("line 1", Some(line)), ReviewValue::Lines(vec![one]));
    }
}
