//! The types of sales documents.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A type of sales document (`metakocka-api.md §4.1`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DocumentType {
    /// An offer, also used as pro-forma invoice.
    #[serde(rename = "sales_offer")]
    Offer,
    /// An order.
    #[serde(rename = "sales_order")]
    Order,
    /// An invoice to a buyer in Slovenia.
    #[serde(rename = "sales_bill_domestic")]
    BillDomestic,
    /// An invoice to a buyer abroad.
    #[serde(rename = "sales_bill_foreign")]
    BillForeign,
    /// A retail invoice.
    #[serde(rename = "sales_bill_retail")]
    BillRetail,
    /// An advance invoice.
    #[serde(rename = "sales_bill_prepaid")]
    BillPrepaid,
    /// A credit or debit note.
    #[serde(rename = "sales_bill_credit_note")]
    CreditNote,
}

impl DocumentType {
    /// Every type.
    pub const ALL: [Self; 7] = [
        Self::Offer,
        Self::Order,
        Self::BillDomestic,
        Self::BillForeign,
        Self::BillRetail,
        Self::BillPrepaid,
        Self::CreditNote,
    ];

    /// The name that Metakocka uses (`doc_type`).
    pub const fn wire(self) -> &'static str {
        match self {
            Self::Offer => "sales_offer",
            Self::Order => "sales_order",
            Self::BillDomestic => "sales_bill_domestic",
            Self::BillForeign => "sales_bill_foreign",
            Self::BillRetail => "sales_bill_retail",
            Self::BillPrepaid => "sales_bill_prepaid",
            Self::CreditNote => "sales_bill_credit_note",
        }
    }

    /// The type that a name in Metakocka stands for.
    pub fn from_wire(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.wire() == name)
    }

    /// Whether it is an invoice or a credit note: everything that filters and flags call a bill.
    pub const fn is_bill(self) -> bool {
        !matches!(self, Self::Offer | Self::Order)
    }
}

impl fmt::Display for DocumentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.wire())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_found_by_its_name() {
        for kind in DocumentType::ALL {
            assert_eq!(DocumentType::from_wire(kind.wire()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.wire());
        }
        assert_eq!(DocumentType::from_wire("purchase_order"), None);
    }
}
