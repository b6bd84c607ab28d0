//! The code lists (šifranti) of a company. Entries have a label (Vrednost) and a code (Opis); no API lists
//! them (`metakocka-api.md` §1.2), so a client learns them from configuration, records and errors.

use super::tax::TaxCode;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// An entry of a code list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Entry {
    /// Opis: what statuses are written and filtered as.
    pub code: String,
    /// Vrednost: what people see.
    pub label: String,
}

fn entries<const N: usize>(list: [(&str, &str); N]) -> Vec<Entry> {
    list.map(|(code, label)| Entry { code: code.to_owned(), label: label.to_owned() }).to_vec()
}

/// A way of paying.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PaymentType {
    /// Its label, which is also what is written.
    pub label: String,
    /// Whether it needs a fiscal cash register (§4.6).
    #[serde(default)]
    pub fiscal: bool,
}

/// A price list: net or gross by nature (§2.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PriceList {
    /// `count_code`.
    pub code: String,
    /// `title`.
    pub title: String,
    /// Whether its prices are with tax.
    #[serde(default)]
    pub gross: bool,
    /// The name of the partner that it is for; of everybody when left out.
    #[serde(default)]
    pub buyer: Option<String>,
    /// From when it holds.
    #[serde(default)]
    pub valid_from: Option<Date>,
    /// Until when it holds.
    #[serde(default)]
    pub valid_to: Option<Date>,
}

impl PriceList {
    /// A list for everybody, at all times.
    #[must_use]
    pub fn new(code: &str, title: &str, gross: bool) -> Self {
        let (code, title) = (code.to_owned(), title.to_owned());
        Self { code, title, gross, buyer: None, valid_from: None, valid_to: None }
    }
}

/// A warehouse; documents name it by its mark (§7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Warehouse {
    /// `mk_id`.
    pub mk_id: u64,
    /// `mark`.
    pub mark: String,
    /// `name`.
    pub name: String,
    /// Whether documents with an unknown warehouse get this one (Q10).
    #[serde(default)]
    pub main: bool,
}

/// All code lists of one company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Registers {
    /// Statuses of orders.
    pub order_statuses: Vec<Entry>,
    /// Statuses of offers.
    pub offer_statuses: Vec<Entry>,
    /// Statuses of invoices and credit notes.
    pub bill_statuses: Vec<Entry>,
    /// Tax codes; of several with one rate, a `tax_factor` takes the first.
    pub taxes: Vec<TaxCode>,
    /// Units of products.
    pub units: Vec<String>,
    /// Ways of paying.
    pub payment_types: Vec<PaymentType>,
    /// Names of cash registers.
    pub cash_registers: Vec<String>,
    /// Delivery types: written and read as the label, filtered by the code (§4.3, §5).
    pub delivery_types: Vec<Entry>,
    /// Price lists.
    pub price_lists: Vec<PriceList>,
    /// Warehouses.
    pub warehouses: Vec<Warehouse>,
    /// Profit centres.
    pub profit_centers: Vec<Entry>,
    /// The profit centre of orders that name none (§4.3).
    pub default_profit_center: Option<String>,
    /// Customs fees; lines of orders add to them (§2.2).
    pub customs_fees: Vec<String>,
    /// E-mail addresses of the company's users in Metakocka.
    pub users: Vec<String>,
}

impl Default for Registers {
    fn default() -> Self {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let payment = |label: &str, fiscal| PaymentType { label: label.to_owned(), fiscal };
        Self {
            order_statuses: entries(ORDER_STATUSES),
            offer_statuses: entries(OFFER_STATUSES),
            bill_statuses: entries([("checked", "Pregledan"), ("reminded", "Opomin poslan")]),
            taxes: TaxCode::STANDARD.to_vec(),
            units: texts(&["kos", "kom", "kpl", "kg", "ura", "m2", "m", "set", "dan"]),
            payment_types: vec![payment(BANK_TRANSFER, false), payment(CASH, true), payment(CARD, true)],
            cash_registers: texts(&["Blagajna 1"]),
            delivery_types: entries(DELIVERY_TYPES),
            price_lists: PRICE_LISTS.map(|(code, title, gross)| PriceList::new(code, title, gross)).to_vec(),
            warehouses: WAREHOUSES
                .map(|(mk_id, mark, name)| Warehouse {
                    mk_id,
                    mark: mark.to_owned(),
                    name: name.to_owned(),
                    main: mark == "glavno",
                })
                .to_vec(),
            profit_centers: entries(PROFIT_CENTRES),
            default_profit_center: Some("VP".to_owned()),
            customs_fees: texts(&["73181595", "82079099"]),
            users: texts(&["pisarna@podjetje.example"]),
        }
    }
}

impl Registers {
    /// The tax with this code.
    pub(crate) fn tax(&self, code: &str) -> Option<TaxCode> {
        self.taxes.iter().copied().find(|tax| tax.code() == code)
    }

    /// The warehouse that stands in for an unknown one.
    pub(crate) fn main_warehouse(&self) -> Option<&Warehouse> {
        self.warehouses.iter().find(|warehouse| warehouse.main).or(self.warehouses.first())
    }

    pub(crate) fn price_list(&self, code: &str) -> Option<&PriceList> {
        self.price_lists.iter().find(|list| list.code == code)
    }
}

/// The entry with this code.
pub(crate) fn entry<'a>(list: &'a [Entry], code: &str) -> Option<&'a Entry> {
    list.iter().find(|entry| entry.code == code)
}

/// The codes of a list, as errors name them: `a,b,c` (§1.4).
pub(crate) fn codes(list: &[Entry]) -> String {
    list.iter().map(|entry| entry.code.as_str()).collect::<Vec<_>>().join(",")
}

/// Codes and labels of a seeded company's orders.
pub(crate) const ORDER_STATUSES: [(&str, &str); 5] = [
    ("new_order", "Novo naročilo"),
    ("in_progress", "V obdelavi"),
    ("created", "Izdelan"),
    ("shipped", "Odpremljeno"),
    ("cancelled", "Preklicano"),
];

/// Codes and labels of a seeded company's offers.
pub(crate) const OFFER_STATUSES: [(&str, &str); 4] =
    [("open", "Odprta"), ("sent", "Poslana stranki"), ("accepted", "Potrjena"), ("rejected", "Zavrnjena")];

/// Warehouses: id, mark, name.
pub(crate) const WAREHOUSES: [(u64, &str, &str); 3] = [
    (1_400_001, "glavno", "Glavno skladišče"),
    (1_400_002, "trgovina", "Trgovina"),
    (1_400_003, "splet", "Spletna prodaja"),
];

/// Delivery types: code, label.
pub(crate) const DELIVERY_TYPES: [(&str, &str); 4] = [
    ("posta", "Pošta Slovenije"),
    ("gls", "GLS"),
    ("prevzem", "Osebni prevzem"),
    ("lastni", "Lastni prevoz"),
];

/// Profit centres: code, description.
pub(crate) const PROFIT_CENTRES: [(&str, &str); 2] = [("VP", "Veleprodaja"), ("ST", "Spletna trgovina")];

pub(crate) const BANK_TRANSFER: &str = "Transakcijski račun";
pub(crate) const CASH: &str = "Gotovina";
pub(crate) const CARD: &str = "Kreditna kartica";

/// The price list of net prices and the one of gross prices: code, title, gross.
pub(crate) const PRICE_LISTS: [(&str, &str, bool); 2] =
    [("VPC", "Veleprodajni", false), ("MPC", "Maloprodajni", true)];
