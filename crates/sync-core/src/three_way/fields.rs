//! Records as fields: what is compared and merged as one.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::lines::LineFields;
use crate::record::{Canonical, Contact, Line, Product, SalesDocument};

/// The name of a field in our words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldName(String);

impl FieldName {
    /// A name.
    pub fn new(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A value that is there, in its canonical form. An empty field is absent from [`Fields`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldValue(Value);

impl FieldValue {
    /// A value; null, an empty text and an empty list are none.
    pub fn of(value: Value) -> Option<Self> {
        let empty = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(list) => list.is_empty(),
            Value::Object(map) => map.is_empty(),
            Value::Bool(_) | Value::Number(_) => false,
        };
        (!empty).then_some(Self(value))
    }

    /// As JSON, to be shown or put back into a record.
    pub fn json(&self) -> &Value {
        &self.0
    }
}

/// The fields of a record that are not empty.
pub type Fields = BTreeMap<FieldName, FieldValue>;

/// Names of fields that have rules of their own.
pub(super) mod names {
    pub(in crate::three_way) const REMOTE_CODE: &str = "remote_code";
    pub(in crate::three_way) const PAYMENT_DAYS: &str = "payment_days";
    pub(in crate::three_way) const PRICE: &str = "price";
    pub(in crate::three_way) const NUMBER: &str = "number";
    pub(in crate::three_way) const BOOKED: &str = "booked";
    pub(in crate::three_way) const DOCUMENT_DISCOUNT: &str = "document_discount";
    pub(in crate::three_way) const STATUS: &str = "status";
    pub(in crate::three_way) const CUSTOMER: &str = "customer";
    pub(in crate::three_way) const CURRENCY: &str = "currency";
    pub(in crate::three_way) const LINE_KIND: &str = "kind";
    pub(in crate::three_way) const LINE_NAME: &str = "name";
    pub(in crate::three_way) const LINE_PRODUCT: &str = "product";
    pub(in crate::three_way) const LINE_UNIT: &str = "unit";
}

/// The fields of a contact.
pub fn contact_fields(contact: &Contact) -> Fields {
    top_level(&contact.canonical())
}

/// The fields of a product.
pub fn product_fields(product: &Product) -> Fields {
    top_level(&product.canonical())
}

/// The fields of the head of a document; every date is one of its own. Lines are [`line_fields`].
pub fn document_fields(document: &SalesDocument) -> Fields {
    let mut fields = top_level(&head_of(document).canonical());
    fields.remove(&FieldName::new("lines"));
    if let Some(FieldValue(Value::Object(dates))) = fields.remove(&FieldName::new("dates")) {
        for (name, date) in dates {
            insert(&mut fields, &format!("dates.{name}"), date);
        }
    }
    fields
}

/// The document without its lines.
fn head_of(document: &SalesDocument) -> SalesDocument {
    SalesDocument {
        doc_type: document.doc_type,
        number: document.number.clone(),
        dates: document.dates,
        customer: document.customer.clone(),
        receiver: document.receiver.clone(),
        title: document.title.clone(),
        buyer_order: document.buyer_order.clone(),
        notes: document.notes.clone(),
        currency: document.currency.clone(),
        status: document.status.clone(),
        lines: Vec::new(),
        document_discount: document.document_discount,
        booked: document.booked.clone(),
    }
}

/// The lines of a document with their fields.
pub fn line_fields(document: &SalesDocument) -> Vec<LineFields> {
    fields_of_lines(&document.lines)
}

/// The same, of lines alone.
pub(super) fn fields_of_lines(lines: &[Line]) -> Vec<LineFields> {
    lines.iter().map(one_line).collect()
}

fn one_line(line: &Line) -> LineFields {
    let canonical = line.canonical();
    let price = canonical.as_product().map(|line| (line.price, line.tax.rate));
    let (product, text) = match &canonical {
        Line::Product(line) => {
            let product = Some(line.product.clone()).filter(|product| !product.is_empty());
            (product, line.text.clone().unwrap_or_else(|| line.name.clone()))
        }
        Line::Text(line) => (None, line.text.clone()),
    };
    LineFields { row: line.row().cloned(), product, price, text, fields: top_level(&canonical) }
}

/// Every field of a struct that is not empty.
fn top_level(record: &impl Serialize) -> Fields {
    let mut fields = Fields::new();
    // The records serialise to objects: they have named fields and no map with other keys than text.
    if let Ok(Value::Object(map)) = serde_json::to_value(record) {
        for (name, value) in map {
            insert(&mut fields, &name, value);
        }
    }
    fields
}

fn insert(fields: &mut Fields, name: &str, value: Value) {
    if let Some(value) = FieldValue::of(value) {
        fields.insert(FieldName::new(name), value);
    }
}
