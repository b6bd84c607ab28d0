//! What checks and tests of writing share: small requests that are right, and a way to say what was wrong.

use crate::support::{COMPANY, Lab};
use serde_json::{Value, json};

/// Ends a check with a sentence unless the condition holds.
macro_rules! ensure {
    ($holds:expr, $($said:tt)+) => {
        if !$holds {
            return Err(format!($($said)+));
        }
    };
}

pub(crate) use ensure;

/// Merges the fields of `more` into an object.
pub(crate) fn with(mut base: Value, more: &Value) -> Value {
    if let (Some(fields), Some(more)) = (base.as_object_mut(), more.as_object()) {
        fields.extend(more.clone());
    }
    base
}

/// A partner by its ids, the reliable way.
pub(crate) fn known_partner(lab: &Lab) -> Value {
    let partners = lab.simulator.partners(COMPANY).unwrap();
    let partner = partners.iter().find(|partner| partner.business).unwrap();
    json!({"mk_id": partner.id, "mk_address_id": partner.addresses[0].id})
}

/// The data of a partner that nobody knows.
pub(crate) fn partner_data() -> Value {
    json!({"customer": "Nova stranka d.o.o.", "street": "Nova 1", "post_number": "1000", "place": "Ljubljana",
        "country": "Slovenija", "tax_id_number": "SI12345678"})
}

/// A line of a service, net.
pub(crate) fn service(amount: &str, price: &str) -> Value {
    json!({"code": "DOSTAVA", "amount": amount, "price": price, "tax": "EX4"})
}

/// An order that is accepted, with fields changed.
pub(crate) fn order(lab: &Lab, more: &Value) -> Value {
    let order = json!({"doc_type": "sales_order", "doc_date": "01.09.2026", "partner": known_partner(lab),
        "product_list": [service("1", "10")]});
    with(order, more)
}

/// A domestic bill that is accepted, with fields changed.
pub(crate) fn bill(lab: &Lab, more: &Value) -> Value {
    let dates = json!({"doc_type": "sales_bill_domestic", "duo_payment": "15.09.2026", "service_to_date": "01.09.2026"});
    with(order(lab, &dates), more)
}

pub(crate) async fn put(lab: &Lab, body: Value) -> Value {
    lab.call("v1/put_document", body).await
}

/// Stores a document that must be accepted.
pub(crate) async fn stored(lab: &Lab, body: Value) -> Result<Value, String> {
    let reply = put(lab, body).await;
    ensure!(reply["opr_code"] == "0", "a right document is refused: {reply}");
    Ok(reply)
}

pub(crate) async fn get(lab: &Lab, doc_type: &str, id: &Value) -> Value {
    lab.call("v1/get_document", json!({"doc_type": doc_type, "doc_id": id})).await
}

/// The elements of a list, which may stand alone or be missing.
pub(crate) fn many(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.clone(),
        one => vec![one.clone()],
    }
}

/// Absent, empty and "0" are the same.
pub(crate) fn is_nothing(value: &Value) -> bool {
    value.is_null() || value == "" || value == "0"
}

/// The orders that have a customer's number.
pub(crate) async fn by_number(lab: &Lab, filter: &str, number: &str) -> Value {
    lab.filtered("sales_order", filter, number).await
}
