//! Warehouses (`metakocka-api.md §7`).

use serde_json::{Map, Value};

use crate::fields::{Fields, Read};
use crate::identity::MkId;

/// A warehouse. Documents name it by its mark, which renaming changes; the id stays.
#[derive(Clone, Debug, PartialEq)]
pub struct Warehouse {
    /// The id.
    pub mk_id: MkId,
    /// What documents call it.
    pub mark: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Whether it is in use.
    pub active: Option<bool>,
    /// Whether it is the company's main one (`main_warehouse`).
    pub is_main: Option<bool>,
    /// Every other field, as received.
    pub other: Map<String, Value>,
}

impl Warehouse {
    pub(crate) fn read(mut f: Fields<'_>) -> Read<Self> {
        Ok(Self {
            mk_id: f.required_id("mk_id")?,
            mark: f.text("mark")?,
            name: f.text("name")?,
            active: f.flag("active")?,
            is_main: f.flag("main_warehouse")?,
            other: f.rest(),
        })
    }
}
