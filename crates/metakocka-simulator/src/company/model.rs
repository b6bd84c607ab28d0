//! What a company holds. Plain values; sums are kept beside the lines and recomputed with them.

mod delivery;
mod fields;
mod partner;
mod product;

use super::moment::Moment;
use super::tax::TaxCode;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

pub(crate) use delivery::*;
pub(crate) use fields::*;
pub(crate) use partner::*;
pub(crate) use product::*;

/// An internal id of Metakocka (`mk_id`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

/// A unit price as entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Article {
    Product(MkId),
    /// A priced line without product (§4.4, the installment bill).
    Free {
        name: String,
    },
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PricedLine {
    pub(crate) article: Article,
    pub(crate) amount: Decimal,
    pub(crate) price: UnitPrice,
    /// A chain of percentages, applied one after another.
    pub(crate) discounts: Vec<Decimal>,
    pub(crate) tax: TaxCode,
    pub(crate) description: Option<String>,
    pub(crate) extra: Option<Box<LineExtra>>,
}

/// What few lines have (§4.4).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LineExtra {
    pub(crate) microlocation: Option<String>,
    pub(crate) lot: Option<String>,
    pub(crate) serials: Option<String>,
    pub(crate) expires: Option<Date>,
    pub(crate) meta: Vec<LineMeta>,
}

/// One `meta_data` of a line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LineMeta {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) display_key: Option<String>,
    pub(crate) display_value: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum LineContent {
    /// Text made in the user interface: `doc_desc` only.
    DocDesc(String),
    /// Text made in the user interface: `name_desc` only, as HTML.
    NameDesc(String),
    Priced(PricedLine),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) row_id: MkId,
    pub(crate) content: LineContent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TaxSum {
    pub(crate) code: TaxCode,
    pub(crate) tax: Decimal,
}

/// The sums of a document, each to 2 places.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sums {
    pub(crate) basic: Decimal,
    pub(crate) discount: Decimal,
    pub(crate) taxes: Vec<TaxSum>,
    pub(crate) total: Decimal,
}

/// What `payment_tip` calls a payment (§4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PaymentTip {
    /// Money that came in.
    Receipt,
    /// Money that went back to who paid too much.
    Refund,
    /// Money that went out, as for a credit note.
    Expense,
}

impl PaymentTip {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Receipt => "Prejemek",
            Self::Refund => "Vračilo",
            Self::Expense => "Izdatek",
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub(crate) kind: String,
    pub(crate) date: Date,
    /// Negative when money went back.
    pub(crate) amount: Decimal,
    pub(crate) tip: PaymentTip,
    pub(crate) cash_register: Option<String>,
    pub(crate) notes: Option<String>,
}

impl Payment {
    /// A payment without notes; one below zero is a refund.
    pub(crate) const fn new(
        kind: String,
        date: Date,
        amount: Decimal,
        cash_register: Option<String>,
    ) -> Self {
        let tip = if amount.is_sign_negative() { PaymentTip::Refund } else { PaymentTip::Receipt };
        Self { kind, date, amount, tip, cash_register, notes: None }
    }
}

/// Who a document is for: a partner at one of its addresses, and the person to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartnerRef {
    pub(crate) partner: MkId,
    pub(crate) address: MkId,
    pub(crate) contact: Option<MkId>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Link {
    pub(crate) id: MkId,
    pub(crate) number: String,
    pub(crate) doc_type: DocType,
}

/// One row of the change log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) at: Moment,
    pub(crate) operation: Operation,
    pub(crate) notes: Option<String>,
}

impl Change {
    pub(crate) const fn new(at: Moment, operation: Operation) -> Self {
        Self { at, operation, notes: None }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Operation {
    New,
    Change,
    /// Something that Metakocka did with it, told by the notes.
    Custom,
    /// Codes of the statuses.
    Status {
        before: Option<String>,
        after: Option<String>,
    },
}

/// How unit prices entered gross are read back (§4.3, §4.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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

/// A discount on the whole document (§4.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum DocumentDiscount {
    #[default]
    None,
    Percent(Decimal),
    /// An amount off the total.
    Value(Decimal),
}

/// What few documents have.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct DocumentExtra {
    /// `extra_column`: name, value.
    pub(crate) columns: Vec<(String, String)>,
    /// `meta_data`: key, value.
    pub(crate) meta: Vec<(String, String)>,
    /// Numbers of the offers it comes from.
    pub(crate) offers: Vec<String>,
    /// File names.
    pub(crate) attachments: Vec<String>,
    /// When the order was made in a shop.
    pub(crate) order_created: Option<Moment>,
    pub(crate) tracking_code: Option<String>,
    pub(crate) intermediate_code: Option<String>,
    /// What the carrier said, oldest first.
    pub(crate) events: Vec<DeliveryEvent>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
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
    /// Code of the status.
    pub(crate) status: Option<String>,
    pub(crate) due: Option<Date>,
    pub(crate) service_to: Option<Date>,
    pub(crate) valid_days: Option<u32>,
    pub(crate) delivery_deadline: Option<Date>,
    pub(crate) warehouse: Option<String>,
    /// Label of the delivery type.
    pub(crate) delivery_type: Option<String>,
    pub(crate) method_of_payment: Option<String>,
    /// Code of the profit centre.
    pub(crate) profit_center: Option<String>,
    pub(crate) pricelist: Option<String>,
    pub(crate) discount: DocumentDiscount,
    /// Header fields that are only kept and shown.
    pub(crate) texts: BTreeMap<TextField, String>,
    /// Dates that are only kept and shown.
    pub(crate) dates: BTreeMap<DateField, Date>,
    pub(crate) extra: Option<Box<DocumentExtra>>,
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
    /// A document made at `now` with nothing but a number and a partner.
    pub(crate) fn blank(
        (doc_type, id): (DocType, MkId),
        number: String,
        now: Moment,
        partner: PartnerRef,
    ) -> Self {
        Self {
            id,
            doc_type,
            number,
            date: now.wall.date(),
            created: now,
            last_change: now,
            partner,
            receiver: None,
            terse_partner: false,
            title: None,
            notes: None,
            buyer_order: None,
            currency: "EUR".to_owned(),
            status: None,
            due: None,
            service_to: None,
            valid_days: None,
            delivery_deadline: None,
            warehouse: None,
            delivery_type: None,
            method_of_payment: None,
            profit_center: None,
            pricelist: None,
            discount: DocumentDiscount::None,
            texts: BTreeMap::new(),
            dates: BTreeMap::new(),
            extra: None,
            web_shop: false,
            published: None,
            lines: Vec::new(),
            payments: Vec::new(),
            credited: Decimal::ZERO,
            credit_of: None,
            links: Vec::new(),
            history: Vec::new(),
            price_reading: PriceReading::AsEntered,
            malformed: None,
            sums: Sums::default(),
        }
    }

    pub(crate) fn paid(&self) -> Decimal {
        self.payments.iter().map(|payment| payment.amount).fold(Decimal::ZERO, Decimal::saturating_add)
    }

    /// Credit notes count as payment (§4.3, `sum_full_paid_when`).
    pub(crate) fn is_paid(&self) -> bool {
        self.paid().saturating_add(self.credited) >= self.sums.total
    }

    pub(crate) fn extra_mut(&mut self) -> &mut DocumentExtra {
        self.extra.get_or_insert_default()
    }

    /// Computes the sums again from the lines and the discount of the document.
    pub(crate) fn sum_up(&mut self) {
        self.sums = super::arithmetic::sums_of(&self.lines, self.discount);
    }
}
