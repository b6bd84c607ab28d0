//! Replies that were damaged on the way or made by another version: nothing panics, and the damage stays
//! where it is.

use metakocka::{Document, DocumentType};
use proptest::prelude::*;
use serde_json::{Value, json};

const SAMPLE: &str = include_str!("samples/get_paid_bill.reply.json");

fn read(json: &str) -> Result<Document, String> {
    Document::from_json(DocumentType::BillDomestic, json).map_err(|unreadable| {
        assert!(!unreadable.sentence.is_empty(), "every refusal has a sentence");
        unreadable.field
    })
}

/// Every place in the sample, as a JSON pointer.
fn places(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                places(value, &format!("{here}/{name}"), found);
            }
        }
        Value::Array(rows) => {
            for (place, value) in rows.iter().enumerate() {
                places(value, &format!("{here}/{place}"), found);
            }
        }
        _ => {}
    }
}

fn sample() -> Value {
    serde_json::from_str(SAMPLE).unwrap()
}

fn any_place() -> impl Strategy<Value = String> {
    let mut found = Vec::new();
    places(&sample(), "", &mut found);
    prop::sample::select(found)
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        "[0-9.,+-]{0,12}".prop_map(Value::from),
        Just(json!({})),
        Just(json!([])),
        Just(json!([[[]]])),
        Just(json!({ "mk_id": { "mk_id": "1" } })),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_changed_value_is_read_or_named(place in any_place(), value in any_value()) {
        let mut changed = sample();
        *changed.pointer_mut(&place).unwrap() = value;
        if let Err(field) = read(&changed.to_string()) {
            let named = field.replace('[', "/").replace(']', "").replace('.', "/");
            let place = place.trim_start_matches('/');
            prop_assert!(named.starts_with(place) || place.starts_with(&named), "{place} broke {named}");
        }
    }

    #[test]
    fn a_damaged_byte_never_panics(place in 0..SAMPLE.len(), byte in any::<u8>()) {
        let mut bytes = SAMPLE.as_bytes().to_vec();
        bytes[place] = byte;
        let _ = read(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn a_cut_reply_is_refused(end in 0..SAMPLE.trim_end().len()) {
        let cut = String::from_utf8_lossy(&SAMPLE.as_bytes()[..end]).into_owned();
        prop_assert!(read(&cut).is_err());
    }

    #[test]
    fn a_list_of_one_and_its_only_element_are_read_alike(amount in 1_u32..1000, cents in 0_u32..100) {
        let with = |lines: Value| {
            let mut changed = sample();
            changed["product_list"] = lines;
            read(&changed.to_string()).unwrap()
        };
        let line = json!({ "code": "A", "amount": amount.to_string(), "price": format!("{amount},{cents:02}") });
        prop_assert_eq!(with(line.clone()), with(json!([line])));
    }

    #[test]
    fn the_order_of_fields_does_not_matter(seed in any::<u64>()) {
        let Value::Object(fields) = sample() else { unreachable!() };
        let mut entries: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}:{value}", Value::from(name.as_str()))).collect();
        let turn = usize::try_from(seed % entries.len() as u64).unwrap();
        entries.rotate_left(turn);
        prop_assert_eq!(read(&format!("{{{}}}", entries.join(","))), read(SAMPLE));
    }
}
