//! Stock in warehouses (`metakocka-api.md §7`).

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::fields::{Fields, Read};
use crate::identity::MkId;
use crate::search::ListLimit;

/// Whose stock, and which page. Lists are empty for "all".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StockQuery {
    /// In these warehouses (`wh_id_list`).
    pub warehouses: Vec<MkId>,
    /// Of the products with these SKUs (`product_code_list`).
    pub product_codes: Vec<String>,
    /// Of the products with these ids (`product_mk_id_list`).
    pub products: Vec<MkId>,
    /// Only of what is (or is not) sent to web shops.
    pub eshop_sync: Option<bool>,
    /// How many rows to skip.
    pub offset: u64,
    /// How many at most.
    pub limit: ListLimit,
}

/// A row of stock. A product and warehouse may have several, by lot, serial number, expiry and place: add
/// them up.
#[derive(Clone, Debug, PartialEq)]
pub struct StockLevel {
    /// The product's id.
    pub mk_id: MkId,
    /// The product's visible id.
    pub count_code: Option<String>,
    /// The product's SKU.
    pub code: Option<String>,
    /// The product's name (`title`).
    pub title: Option<String>,
    /// The warehouse's id.
    pub warehouse_id: Option<MkId>,
    /// How much there is; may be negative.
    pub amount: Decimal,
    /// How much of it is reserved; only where reservations are in use.
    pub reserved: Option<Decimal>,
    /// How much of it is free; only where reservations are in use.
    pub free: Option<Decimal>,
    /// The unit's label.
    pub unit: Option<String>,
    /// The place in the warehouse.
    pub microlocation: Option<String>,
    /// Every other field, as received.
    pub other: Map<String, Value>,
}

impl StockQuery {
    pub(crate) fn write_into(&self, body: &mut Map<String, Value>) {
        let ids = |ids: &[MkId]| ids.iter().map(MkId::as_str).collect::<Vec<_>>().join(",");
        for (name, list) in [
            ("wh_id_list", ids(&self.warehouses)),
            ("product_mk_id_list", ids(&self.products)),
            ("product_code_list", self.product_codes.join(",")),
        ] {
            if !list.is_empty() {
                body.insert(name.to_owned(), Value::from(list));
            }
        }
        if let Some(flag) = self.eshop_sync {
            body.insert("eshop_sync".to_owned(), Value::from(flag.to_string()));
        }
    }
}

impl StockLevel {
    pub(crate) fn read(mut f: Fields<'_>) -> Read<Self> {
        Ok(Self {
            mk_id: f.required_id("mk_id")?,
            count_code: f.text("count_code")?,
            code: f.text("code")?,
            title: f.text("title")?,
            warehouse_id: f.id("warehouse_id")?,
            amount: f.decimal_or_zero("amount")?,
            reserved: f.decimal("reserved_amount")?,
            free: f.decimal("free_amount")?,
            unit: f.text("unit")?,
            microlocation: f.text("microlocation")?,
            other: f.rest(),
        })
    }
}
