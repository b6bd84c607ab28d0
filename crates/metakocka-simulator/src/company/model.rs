//! What a company holds. Plain values; sums are kept beside the lines and recomputed with them.

use super::moment::Moment;
use super::registers::{OFFER_STATUSES, ORDER_STATUSES, Status, TaxCode};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An internal id of Metakocka (`mk_id`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MkId(pub u64);

impl fmt::Display for MkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The sales document types of `metakocka-api.md` §4.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocType {
    /// Offer, also the pro-forma.
    SalesOffer,
    /// Sales order.
    SalesOrder,
    /// Domestic invoice.
    SalesBillDomestic,
    /// Foreign invoice.
    SalesBillForeign,
    /// Retail invoice.
    SalesBillRetail,
    /// Advance invoice.
    SalesBillPrepaid,
    /// Credit note.
    SalesBillCreditNote,
}

impl DocType {
    /// Every type, in a fixed order.
    pub const ALL: [Self; 7] = [
        Self::SalesOffer,
        Self::SalesOrder,
        Self::SalesBillDomestic,
        Self::SalesBillForeign,
        Self::SalesBillRetail,
        Self::SalesBillPrepaid,
        Self::SalesBillCreditNote,
    ];

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SalesOffer => "sales_offer",
            Self::SalesOrder => "sales_order",
            Self::SalesBillDomestic => "sales_bill_domestic",
            Self::SalesBillForeign => "sales_bill_foreign",
            Self::SalesBillRetail => "sales_bill_retail",
            Self::SalesBillPrepaid => "sales_bill_prepaid",
            Self::SalesBillCreditNote => "sales_bill_credit_note",
        }
    }

    /// The type with this name on the wire.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|doc_type| doc_type.name() == name)
    }

    /// Invoices, advance invoices and credit notes.
    #[must_use]
    pub const fn is_bill(self) -> bool {
        !matches!(self, Self::SalesOffer | Self::SalesOrder)
    }
}

/// A postal address of a partner; the first of type `Račun` is the main one (§3.1).
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub(crate) id: MkId,
    pub(crate) kind: AddressKind,
    pub(crate) street: String,
    pub(crate) post_number: String,
    pub(crate) city: String,
    pub(crate) country: Country,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AddressKind {
    Billing,
    Delivery,
    Branch,
}

impl AddressKind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Billing => "Račun",
            Self::Delivery => "Dobava",
            Self::Branch => "Poslovna enota",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Country {
    Slovenia,
    Croatia,
    Austria,
    Italy,
    Germany,
}

impl Country {
    pub(crate) const ALL: [Self; 5] =
        [Self::Slovenia, Self::Croatia, Self::Austria, Self::Italy, Self::Germany];

    pub(crate) const fn iso(self) -> &'static str {
        match self {
            Self::Slovenia => "SI",
            Self::Croatia => "HR",
            Self::Austria => "AT",
            Self::Italy => "IT",
            Self::Germany => "DE",
        }
    }

    /// As documents show it; partner address lists use the Slovenian name (§10).
    pub(crate) const fn english(self) -> &'static str {
        match self {
            Self::Slovenia => "Slovenia",
            Self::Croatia => "Croatia",
            Self::Austria => "Austria",
            Self::Italy => "Italy",
            Self::Germany => "Germany",
        }
    }

    pub(crate) const fn slovenian(self) -> &'static str {
        match self {
            Self::Slovenia => "Slovenija",
            Self::Croatia => "Hrvaška",
            Self::Austria => "Avstrija",
            Self::Italy => "Italija",
            Self::Germany => "Nemčija",
        }
    }

    /// A country by its ISO code or its English or Slovenian name.
    pub(crate) fn of_text(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        Self::ALL
            .into_iter()
            .find(|c| [c.iso(), c.english(), c.slovenian()].iter().any(|name| name.to_lowercase() == text))
    }
}

/// A contact person of a partner.
#[derive(Debug, Clone, Default)]
pub(crate) struct Contact {
    pub(crate) id: u64,
    pub(crate) address: u64,
    pub(crate) name: String,
    pub(crate) phone: Option<String>,
    pub(crate) gsm: Option<String>,
    pub(crate) email: Option<String>,
}

/// A business partner.
#[derive(Debug, Clone)]
pub(crate) struct Partner {
    pub(crate) id: MkId,
    pub(crate) number: String,
    pub(crate) name: String,
    pub(crate) business: bool,
    pub(crate) taxpayer: bool,
    pub(crate) foreign: bool,
    /// `None`: Metakocka leaves the field out, as most samples do (§3.1).
    pub(crate) buyer: Option<bool>,
    pub(crate) tax_number: Option<String>,
    pub(crate) payment_days: u32,
    pub(crate) addresses: Vec<Address>,
    pub(crate) contacts: Vec<Contact>,
}

impl Partner {
    pub(crate) fn address(&self, id: MkId) -> Option<&Address> {
        self.addresses.iter().find(|address| address.id == id)
    }

    pub(crate) fn main_address(&self) -> Option<&Address> {
        self.addresses.iter().find(|a| a.kind == AddressKind::Billing).or(self.addresses.first())
    }
}

/// A product or service of the catalogue.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "Metakocka's product has these independent switches")]
pub(crate) struct Product {
    pub(crate) id: MkId,
    pub(crate) number: String,
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) description: Option<String>,
    pub(crate) barcode: Option<String>,
    pub(crate) category: &'static str,
    pub(crate) service: bool,
    pub(crate) sales: bool,
    pub(crate) purchasing: bool,
    pub(crate) active: bool,
    pub(crate) eshop_sync: bool,
    pub(crate) tax: TaxCode,
    pub(crate) net_price: Decimal,
    pub(crate) gross_price: Decimal,
    /// A second tier of the net price list from this amount on, with this discount in percent.
    pub(crate) tier: Option<(u32, u32)>,
    pub(crate) weight: Option<Decimal>,
    pub(crate) stock: Decimal,
}

/// A unit price as entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnitPrice {
    Net(Decimal),
    Gross(Decimal),
}

impl UnitPrice {
    pub(crate) const fn value(self) -> Decimal {
        match self {
            Self::Net(value) | Self::Gross(value) => value,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Article {
    Product(MkId),
    /// A priced line without product (§4.4, the installment bill).
    Free {
        name: String,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct PricedLine {
    pub(crate) article: Article,
    pub(crate) amount: Decimal,
    pub(crate) price: UnitPrice,
    /// A chain of percentages, applied one after another.
    pub(crate) discounts: Vec<Decimal>,
    pub(crate) tax: TaxCode,
    pub(crate) description: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) enum LineContent {
    /// Text made in the user interface: `doc_desc` only.
    DocDesc(String),
    /// Text made in the user interface: `name_desc` only, as HTML.
    NameDesc(String),
    Priced(PricedLine),
}

#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) row_id: MkId,
    pub(crate) content: LineContent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TaxSum {
    pub(crate) code: TaxCode,
    pub(crate) tax: Decimal,
}

/// The sums of a document, each to 2 places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) basic: Decimal,
    pub(crate) discount: Decimal,
    pub(crate) taxes: Vec<TaxSum>,
    pub(crate) total: Decimal,
}

#[derive(Debug, Clone)]
pub(crate) struct Payment {
    pub(crate) kind: String,
    pub(crate) date: Date,
    pub(crate) amount: Decimal,
}

/// Who a document is for: a partner at one of its addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PartnerRef {
    pub(crate) partner: MkId,
    pub(crate) address: MkId,
}

#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) id: MkId,
    pub(crate) number: String,
    pub(crate) doc_type: DocType,
}

/// One row of the change log.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) at: Moment,
    pub(crate) operation: Operation,
}

#[derive(Debug, Clone)]
pub(crate) enum Operation {
    New,
    Change,
    Status { before: Option<&'static Status>, after: Option<&'static Status> },
}

/// How unit prices entered gross are read back (§4.3, §4.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PriceReading {
    AsEntered,
    /// 209 at 22 % reads as 171.31.
    Net,
    Both,
}

/// Something that makes one document unreadable for a careful client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Malformation {
    /// The document date is 31 February.
    DocDate,
    /// The first line's amount is no number.
    Amount,
    /// The total is no number.
    Total,
}

#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) id: MkId,
    pub(crate) doc_type: DocType,
    pub(crate) number: String,
    pub(crate) date: Date,
    pub(crate) created: Moment,
    pub(crate) last_change: Moment,
    pub(crate) partner: PartnerRef,
    pub(crate) receiver: Option<PartnerRef>,
    /// Partner blocks without address id and ISO country, receiver without address (§3.4).
    pub(crate) terse_partner: bool,
    pub(crate) title: Option<String>,
    pub(crate) notes: Option<String>,
    pub(crate) buyer_order: Option<String>,
    pub(crate) currency: String,
    pub(crate) status: Option<&'static Status>,
    pub(crate) due: Option<Date>,
    pub(crate) service_to: Option<Date>,
    pub(crate) valid_days: Option<u32>,
    pub(crate) delivery_deadline: Option<Date>,
    pub(crate) warehouse: Option<String>,
    pub(crate) delivery_type: Option<&'static str>,
    pub(crate) method_of_payment: Option<&'static str>,
    pub(crate) profit_center: Option<&'static str>,
    pub(crate) pricelist: Option<&'static str>,
    pub(crate) web_shop: bool,
    pub(crate) published: Option<Moment>,
    pub(crate) lines: Vec<Line>,
    pub(crate) payments: Vec<Payment>,
    pub(crate) credited: Decimal,
    pub(crate) credit_of: Option<String>,
    pub(crate) links: Vec<Link>,
    pub(crate) history: Vec<Change>,
    pub(crate) price_reading: PriceReading,
    pub(crate) malformed: Option<Malformation>,
    pub(crate) sums: Sums,
}

impl Document {
    pub(crate) fn paid(&self) -> Decimal {
        self.payments.iter().map(|payment| payment.amount).sum()
    }

    /// Credit notes count as payment (§4.3, `sum_full_paid_when`).
    pub(crate) fn is_paid(&self) -> bool {
        self.paid() + self.credited >= self.sums.total
    }

    pub(crate) fn status_register(doc_type: DocType) -> &'static [Status] {
        if doc_type == DocType::SalesOffer { &OFFER_STATUSES } else { &ORDER_STATUSES }
    }
}
