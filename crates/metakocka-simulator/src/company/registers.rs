//! The registers (šifranti) of a seeded company: statuses, tax codes, payment and delivery types,
//! warehouses. Names and codes only.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A status: writes and filters take the code (Opis), reads show the label (Vrednost) too
/// (`metakocka-api.md` §4.7).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) code: &'static str,
    pub(crate) label: &'static str,
}

const fn status(code: &'static str, label: &'static str) -> Status {
    Status { code, label }
}

pub(crate) static ORDER_STATUSES: [Status; 5] = [
    status("new_order", "Novo naročilo"),
    status("in_progress", "V obdelavi"),
    status("created", "Izdelan"),
    status("shipped", "Odpremljeno"),
    status("cancelled", "Preklicano"),
];

pub(crate) static OFFER_STATUSES: [Status; 4] = [
    status("open", "Odprta"),
    status("sent", "Poslana stranki"),
    status("accepted", "Potrjena"),
    status("rejected", "Zavrnjena"),
];

/// A tax code of the company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum TaxCode {
    /// Reduced rate, 9.5 %.
    #[serde(rename = "EX3")]
    Ex3,
    /// Standard rate, 22 %.
    #[serde(rename = "EX4")]
    Ex4,
    /// Supply inside the EU, 0 %.
    #[serde(rename = "EX5")]
    Ex5,
    /// Legacy code of the standard rate, still on some products.
    #[serde(rename = "220")]
    Legacy220,
    /// Legacy code for exempt supplies, 0 %.
    #[serde(rename = "000")]
    Legacy000,
}

impl TaxCode {
    pub(crate) const ALL: [Self; 5] = [Self::Ex3, Self::Ex4, Self::Ex5, Self::Legacy220, Self::Legacy000];

    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Ex3 => "EX3",
            Self::Ex4 => "EX4",
            Self::Ex5 => "EX5",
            Self::Legacy220 => "220",
            Self::Legacy000 => "000",
        }
    }

    /// The key under which documents carry the tax of this code.
    pub(crate) const fn sum_key(self) -> &'static str {
        match self {
            Self::Ex3 => "sum_tax_ex3",
            Self::Ex4 => "sum_tax_ex4",
            Self::Ex5 => "sum_tax_ex5",
            Self::Legacy220 => "sum_tax_220",
            Self::Legacy000 => "sum_tax_000",
        }
    }

    pub(crate) fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tax| tax.code() == code)
    }

    /// The rate as a fraction: 0.22.
    pub(crate) fn factor(self) -> Decimal {
        match self {
            Self::Ex3 => Decimal::new(95, 3),
            Self::Ex4 | Self::Legacy220 => Decimal::new(22, 2),
            Self::Ex5 | Self::Legacy000 => Decimal::ZERO,
        }
    }

    /// The rate in percent, as `tax_desc` shows it.
    pub(crate) const fn percent_text(self) -> &'static str {
        match self {
            Self::Ex3 => "9.5",
            Self::Ex4 | Self::Legacy220 => "22",
            Self::Ex5 | Self::Legacy000 => "0",
        }
    }
}

/// A warehouse; documents name it by its mark (`metakocka-api.md` §7).
pub(crate) struct Warehouse {
    pub(crate) mk_id: u64,
    pub(crate) mark: &'static str,
    pub(crate) name: &'static str,
    pub(crate) main: bool,
}

pub(crate) static WAREHOUSES: [Warehouse; 3] = [
    Warehouse { mk_id: 1_400_001, mark: "glavno", name: "Glavno skladišče", main: true },
    Warehouse { mk_id: 1_400_002, mark: "trgovina", name: "Trgovina", main: false },
    Warehouse { mk_id: 1_400_003, mark: "splet", name: "Spletna prodaja", main: false },
];

/// Delivery types: label, code.
pub(crate) static DELIVERY_TYPES: [(&str, &str); 4] = [
    ("Pošta Slovenije", "posta"),
    ("GLS", "gls"),
    ("Osebni prevzem", "prevzem"),
    ("Lastni prevoz", "lastni"),
];

/// Profit centres: description, code.
pub(crate) static PROFIT_CENTRES: [(&str, &str); 2] = [("Veleprodaja", "VP"), ("Spletna trgovina", "ST")];

pub(crate) const BANK_TRANSFER: &str = "Transakcijski račun";
pub(crate) const CASH: &str = "Gotovina";
pub(crate) const CARD: &str = "Kreditna kartica";

/// The price list of net prices and the one of gross prices.
pub(crate) static PRICE_LISTS: [(&str, &str); 2] = [("VPC", "Veleprodajni"), ("MPC", "Maloprodajni")];
