//! Changes of a reply: of its structure, as another version of Metakocka would make them, and of its bytes,
//! as the way does.

use serde_json::{Map, Value, json};

use crate::chance::Chance;

/// How deep a value may be nested by a change; deeper than anything that serde reads.
const DEEP: usize = 200;

/// A text that is longer is not made longer, in bytes: changes of changes would grow without end.
const LONG: usize = 500;
/// A list with more elements is not made longer.
const MANY: usize = 100;

/// Texts that are something else than they look like, or hard to read.
const ODD: [&str; 32] = [
    "",
    " ",
    "0",
    "-0",
    "true",
    "FALSE",
    "null",
    "NaN",
    "1e5",
    "1E-7",
    "1.895,01",
    "12,5",
    "5.985",
    "-3",
    "١٢",
    "2026-02-31+02:00",
    "2026-09-03T10:15:00+02:00",
    "03.09.2026",
    "0000-00-00",
    "9999-12-31+02:00",
    "99999999999999999999999999999999999999",
    "0.00000000000000000000000000001",
    "10;20;;5",
    "10%",
    "EX4",
    "sales_order",
    "Račun",
    "<p>&nbsp;</p>",
    "\u{feff}",
    "\u{0}",
    "čšž\u{1f4a9}",
    "{\"mk_id\":\"1\"}",
];

/// Changes one thing somewhere in a reply.
pub(crate) fn change(reply: &mut Value, chance: &mut Chance) {
    let depth = chance.below(6);
    change_within(reply, depth, chance);
}

fn change_within(value: &mut Value, depth: usize, chance: &mut Chance) {
    match value {
        Value::Object(fields) if depth > 0 && !fields.is_empty() => {
            let nth = chance.below(fields.len());
            if let Some(inner) = fields.values_mut().nth(nth) {
                change_within(inner, depth - 1, chance);
            }
        }
        Value::Array(items) if depth > 0 && !items.is_empty() => {
            let nth = chance.below(items.len());
            change_within(&mut items[nth], depth - 1, chance);
        }
        Value::Object(fields) if !chance.one_in(8) => change_object(fields, chance),
        Value::Array(items) if !chance.one_in(4) => change_list(items, chance),
        other => change_value(other, chance),
    }
}

fn change_object(fields: &mut Map<String, Value>, chance: &mut Chance) {
    let Some(name) = fields.keys().nth(chance.below(fields.len().max(1))).cloned() else { return };
    match chance.below(6) {
        0 => {
            fields.remove(&name);
        }
        1 => {
            let value = fields.remove(&name).unwrap_or_default();
            fields.insert(format!("{name} "), value);
        }
        2 => {
            fields.insert("nova_stvar".to_owned(), odd(chance));
        }
        3 => {
            let value = fields.remove(&name).unwrap_or_default();
            fields.insert(name, json!([value]));
        }
        4 => {
            fields.insert(name, odd(chance));
        }
        _ => {
            if let Some(value) = fields.get_mut(&name) {
                change_value(value, chance);
            }
        }
    }
}

fn change_list(items: &mut Vec<Value>, chance: &mut Chance) {
    match (chance.below(5), items.first().cloned()) {
        (0, _) => items.clear(),
        (1, Some(first)) if items.len() < MANY => items.extend(vec![first; 1 + chance.below(20)]),
        (2, _) => items.push(Value::Null),
        (3, _) => items.reverse(),
        (_, Some(first)) if items.len() == 1 => *items = vec![json!([first])],
        _ => items.push(odd(chance)),
    }
}

fn change_value(value: &mut Value, chance: &mut Chance) {
    let old = std::mem::take(value);
    *value = match (chance.below(6), old) {
        (0, Value::String(text)) => text.parse::<f64>().map_or(Value::String(text), Value::from),
        (1, Value::String(text)) => Value::String(format!(" {text}\t")),
        (2, Value::String(text)) if text.len() < LONG => Value::String(text.repeat(1 + chance.below(10))),
        (3, Value::String(text)) => Value::String(text.replace('.', ",")),
        (4, old) => json!([old]),
        (5, old) if chance.one_in(50) => nested(old, chance.below(DEEP)),
        (_, old) if chance.one_in(2) => old,
        _ => odd(chance),
    };
}

fn nested(inner: Value, depth: usize) -> Value {
    (0..depth).fold(inner, |value, level| if level % 2 == 0 { json!([value]) } else { json!({ "a": value }) })
}

fn odd(chance: &mut Chance) -> Value {
    match chance.below(8) {
        0 => Value::Null,
        1 => json!({}),
        2 => json!([]),
        3 => json!(chance.next()),
        4 => json!(chance.one_in(2)),
        _ => json!(*chance.pick(&ODD)),
    }
}

/// Damages the bytes of a reply in one to three places.
pub(crate) fn damage(mut reply: Vec<u8>, chance: &mut Chance) -> Vec<u8> {
    for _ in 0..=chance.below(3) {
        let place = chance.below(reply.len().max(1));
        match chance.below(7) {
            0 => reply.truncate(place),
            1 if !reply.is_empty() => reply[place] = chance.next().to_le_bytes()[0],
            2 => reply.insert(place.min(reply.len()), b"\"{}[],:\\0"[chance.below(9)]),
            3 if !reply.is_empty() => {
                reply.remove(place);
            }
            4 => reply.extend_from_slice(b"<!-- end -->"),
            5 => {
                let end = reply.len().min(place + 1 + chance.below(64));
                let piece = reply[place.min(end)..end].to_vec();
                reply.splice(place.min(end)..place.min(end), piece);
            }
            _ => {
                // Whole words in other letters: valid JSON again, most of the time.
                let end = reply.len().min(place + 8);
                reply[place.min(end)..end].iter_mut().for_each(u8::make_ascii_uppercase);
            }
        }
    }
    reply
}

/// Puts bytes into a reply that are no UTF-8: a lone byte of a character, or one that no character has.
pub(crate) fn break_text(reply: &mut Vec<u8>, chance: &mut Chance) {
    let place = chance.below(reply.len() + 1);
    reply.insert(place, *chance.pick(&[0xff, 0x80, 0xc5, 0xf0]));
}
