//! Searches for what is no sales document (`metakocka-api.md §4.1`, `§5`).

use std::fmt;

use serde_json::{Map, Value, json};

use super::{SearchFilter, SearchLimit};

/// A type of document beside the sales documents. Only found, not read whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum OtherDocumentType {
    /// `purchase_order`
    PurchaseOrder,
    /// `purchase_bill_domestic`
    PurchaseBillDomestic,
    /// `purchase_bill_foreign`
    PurchaseBillForeign,
    /// `warehouse_delivery_note`
    DeliveryNote,
    /// `warehouse_packing_list`
    PackingList,
    /// `warehouse_receiving_note`
    ReceivingNote,
    /// `warehouse_acceptance_note`
    AcceptanceNote,
    /// `transfer_order`
    TransferOrder,
    /// `workorder`
    WorkOrder,
    /// `complaint`: Metakocka does not say how many there are.
    Complaint,
}

impl OtherDocumentType {
    /// Every type.
    pub const ALL: [Self; 10] = [
        Self::PurchaseOrder,
        Self::PurchaseBillDomestic,
        Self::PurchaseBillForeign,
        Self::DeliveryNote,
        Self::PackingList,
        Self::ReceivingNote,
        Self::AcceptanceNote,
        Self::TransferOrder,
        Self::WorkOrder,
        Self::Complaint,
    ];

    /// The name that Metakocka uses (`doc_type`).
    pub const fn wire(self) -> &'static str {
        match self {
            Self::PurchaseOrder => "purchase_order",
            Self::PurchaseBillDomestic => "purchase_bill_domestic",
            Self::PurchaseBillForeign => "purchase_bill_foreign",
            Self::DeliveryNote => "warehouse_delivery_note",
            Self::PackingList => "warehouse_packing_list",
            Self::ReceivingNote => "warehouse_receiving_note",
            Self::AcceptanceNote => "warehouse_acceptance_note",
            Self::TransferOrder => "transfer_order",
            Self::WorkOrder => "workorder",
            Self::Complaint => "complaint",
        }
    }
}

impl fmt::Display for OtherDocumentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.wire())
    }
}

/// A search whose type is not one of the sales documents', or for products.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OtherSearch {
    /// Conditions that all hold.
    pub filters: Vec<SearchFilter>,
    /// Free text, as in the search box of the user interface: fuzzy.
    pub text: Option<String>,
    /// How many to skip.
    pub offset: u64,
    /// How many at most.
    pub limit: SearchLimit,
}

impl OtherSearch {
    pub(crate) fn body(&self, doc_type: &str) -> Map<String, Value> {
        let mut body = Map::new();
        body.insert("doc_type".to_owned(), json!(doc_type));
        body.insert("offset".to_owned(), json!(self.offset.to_string()));
        body.insert("limit".to_owned(), json!(self.limit.to_string()));
        if !self.filters.is_empty() {
            let conditions: Vec<Value> = self.filters.iter().flat_map(SearchFilter::to_json).collect();
            body.insert("query_advance".to_owned(), Value::from(conditions));
        }
        if let Some(text) = &self.text {
            body.insert("query".to_owned(), json!(text));
        }
        body
    }
}
