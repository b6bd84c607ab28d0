//! The truth: what the company holds, as plain values without the quirks of the API, so that tests
//! can compare. GET `/_sim/state` gives the same as JSON.

use crate::company::{
    AddressKind, Article, Company, DocType, Document, Line, LineContent, Malformation, Partner, PartnerRef,
    Product, UnitPrice, priced_line_total,
};
use crate::world::Refusal;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A page of records.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TruthPage<T> {
    /// The records, by document type and id.
    pub items: Vec<T>,
    /// All records of the kind.
    pub total: usize,
    /// `cursor` of the next page; none at the end.
    pub next_cursor: Option<usize>,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TruthDocument {
    /// `mk_id`.
    pub id: String,
    /// Type.
    pub doc_type: DocType,
    /// `count_code`.
    pub number: String,
    /// Document date.
    pub date: Date,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed, whether or not the API tells.
    pub last_change: Timestamp,
    /// `mk_id` of the partner.
    pub partner_id: String,
    /// `mk_id` of the partner's address.
    pub partner_address_id: String,
    /// Name of the partner.
    pub partner_name: String,
    /// `mk_id` of the receiver; none when the document names none.
    pub receiver_id: Option<String>,
    /// `mk_id` of the receiver's address.
    pub receiver_address_id: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Notes, possibly HTML.
    pub notes: Option<String>,
    /// The customer's order number.
    pub buyer_order: Option<String>,
    /// ISO currency.
    pub currency: String,
    /// Status code (Opis).
    pub status_code: Option<String>,
    /// Status label (Vrednost).
    pub status_label: Option<String>,
    /// Due date.
    pub due: Option<Date>,
    /// Warehouse mark.
    pub warehouse: Option<String>,
    /// When the bill was issued; none for drafts and for other types.
    pub issued: Option<Timestamp>,
    /// Lines in order, text lines included.
    pub lines: Vec<TruthLine>,
    /// Net after discounts.
    pub sum_basic: Decimal,
    /// Net discount.
    pub sum_discount: Decimal,
    /// Tax by code.
    pub sum_tax: BTreeMap<String, Decimal>,
    /// Gross total.
    pub sum_all: Decimal,
    /// Paid.
    pub sum_paid: Decimal,
    /// Credited by credit notes.
    pub sum_credited: Decimal,
    /// Payments.
    pub payments: Vec<TruthPayment>,
    /// `mk_id` of linked documents.
    pub linked: Vec<String>,
    /// Number of the invoice a credit note is for.
    pub credit_of: Option<String>,
    /// What makes it unreadable.
    pub malformed: Option<Malformation>,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum TruthLine {
    /// Text without product and price.
    #[serde(rename_all = "camelCase")]
    Text {
        /// `mk_row_id`.
        row_id: String,
        /// The text, possibly HTML.
        text: String,
    },
    /// A priced line.
    #[serde(rename_all = "camelCase")]
    Priced {
        /// `mk_row_id`.
        row_id: String,
        /// `mk_id` of the product; none for a free line.
        product_id: Option<String>,
        /// Its code.
        code: Option<String>,
        /// Name.
        name: String,
        /// Amount.
        amount: Decimal,
        /// Unit price as entered.
        price: Decimal,
        /// Whether the price is with tax.
        gross: bool,
        /// Chain of percentages.
        discounts: Vec<Decimal>,
        /// Tax code.
        tax: String,
        /// Its rate as a fraction.
        tax_factor: Decimal,
        /// Line text.
        description: Option<String>,
        /// amount × price × Π(1 − d), to 2 places, net or gross as the price is.
        total: Decimal,
    },
}

/// A payment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TruthPayment {
    /// Payment type (Vrednost).
    pub payment_type: String,
    /// Day.
    pub date: Date,
    /// Amount.
    pub amount: Decimal,
}

/// A partner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TruthPartner {
    /// `mk_id`.
    pub id: String,
    /// `count_code`.
    pub number: String,
    /// Name.
    pub name: String,
    /// Whether it is a business.
    pub business: bool,
    /// Whether it pays VAT.
    pub taxpayer: bool,
    /// Whether it is foreign.
    pub foreign: bool,
    /// As stored, with or without `SI`.
    pub tax_number: Option<String>,
    /// Days until its invoices are due.
    pub payment_days: u32,
    /// Addresses.
    pub addresses: Vec<TruthAddress>,
    /// Contact persons.
    pub contacts: Vec<TruthContact>,
}

/// An address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TruthAddress {
    /// `mk_address_id`.
    pub id: String,
    /// Whether it is the billing address (`Račun`).
    pub billing: bool,
    /// Street and number.
    pub street: String,
    /// Post number.
    pub post_number: String,
    /// Town.
    pub city: String,
    /// ISO code.
    pub country: String,
}

/// A contact person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TruthContact {
    /// `mk_id`.
    pub id: String,
    /// Name.
    pub name: String,
    /// Phone.
    pub phone: Option<String>,
    /// Mobile.
    pub gsm: Option<String>,
    /// E-mail.
    pub email: Option<String>,
}

/// A product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TruthProduct {
    /// `mk_id`.
    pub id: String,
    /// `count_code`.
    pub number: String,
    /// SKU.
    pub code: String,
    /// Name.
    pub name: String,
    /// Unit.
    pub unit: String,
    /// Whether it is a service.
    pub service: bool,
    /// Whether it is active.
    pub active: bool,
    /// Tax code.
    pub tax: String,
    /// Net price of the first tier.
    pub net_price: Decimal,
    /// Gross price.
    pub gross_price: Decimal,
}

/// A page of `rows`, from `cursor`.
pub(crate) fn page<T, R>(
    rows: &[&R],
    (limit, cursor): (usize, usize),
    show: impl Fn(&R) -> T,
) -> TruthPage<T> {
    let items: Vec<T> = rows.iter().skip(cursor).take(limit).map(|row| show(row)).collect();
    let next = cursor.saturating_add(items.len());
    TruthPage { next_cursor: (next < rows.len() && limit > 0).then_some(next), total: rows.len(), items }
}

impl Company {
    /// Every document, by type and id.
    pub(crate) fn all_documents(&self) -> impl Iterator<Item = &Document> {
        DocType::ALL.into_iter().flat_map(|doc_type| self.documents(doc_type))
    }

    pub(crate) fn truth_of(&self, document: &Document) -> TruthDocument {
        let sums = &document.sums;
        let id_of = |who: Option<PartnerRef>| who.map(|who| who.partner.to_string());
        TruthDocument {
            id: document.id.to_string(),
            doc_type: document.doc_type,
            number: document.number.clone(),
            date: document.date,
            created: document.created.at,
            last_change: document.last_change.at,
            partner_id: document.partner.partner.to_string(),
            partner_address_id: document.partner.address.to_string(),
            partner_name: self.partner(document.partner.partner).map_or_else(String::new, |p| p.name.clone()),
            receiver_id: id_of(document.receiver),
            receiver_address_id: document.receiver.map(|who| who.address.to_string()),
            title: document.title.clone(),
            notes: document.notes.clone(),
            buyer_order: document.buyer_order.clone(),
            currency: document.currency.clone(),
            status_code: document.status.clone(),
            status_label: document
                .status
                .as_deref()
                .map(|code| self.status_label(document.doc_type, code).to_owned()),
            due: document.due,
            warehouse: document.warehouse.clone(),
            issued: document.published.map(|moment| moment.at),
            lines: document.lines.iter().map(|line| self.truth_of_line(line)).collect(),
            sum_basic: sums.basic,
            sum_discount: sums.discount,
            sum_tax: sums.taxes.iter().map(|part| (part.code.code().to_owned(), part.tax)).collect(),
            sum_all: sums.total,
            sum_paid: document.paid(),
            sum_credited: document.credited,
            payments: truth_of_payments(document),
            linked: document.links.iter().map(|link| link.id.to_string()).collect(),
            credit_of: document.credit_of.clone(),
            malformed: document.malformed,
        }
    }

    fn truth_of_line(&self, line: &Line) -> TruthLine {
        let row_id = line.row_id.to_string();
        let priced = match &line.content {
            LineContent::DocDesc(text) | LineContent::NameDesc(text) => {
                return TruthLine::Text { row_id, text: text.clone() };
            }
            LineContent::Priced(priced) => priced,
        };
        let product = match &priced.article {
            Article::Product(id) => self.product(*id),
            Article::Free { .. } => None,
        };
        let name = match &priced.article {
            Article::Free { name } => name.clone(),
            Article::Product(_) => product.map_or_else(String::new, |product| product.name.clone()),
        };
        TruthLine::Priced {
            row_id,
            product_id: product.map(|product| product.id.to_string()),
            code: product.map(|product| product.code.clone()),
            name,
            amount: priced.amount,
            price: priced.price.value(),
            gross: matches!(priced.price, UnitPrice::Gross(_)),
            discounts: priced.discounts.clone(),
            tax: priced.tax.code().to_owned(),
            tax_factor: priced.tax.factor(),
            description: priced.description.clone(),
            total: priced_line_total(priced),
        }
    }
}

fn truth_of_payments(document: &Document) -> Vec<TruthPayment> {
    let payments = document.payments.iter();
    payments
        .map(|payment| TruthPayment {
            payment_type: payment.kind.clone(),
            date: payment.date,
            amount: payment.amount,
        })
        .collect()
}

pub(crate) fn truth_of_partner(partner: &Partner) -> TruthPartner {
    TruthPartner {
        id: partner.id.to_string(),
        number: partner.number.clone(),
        name: partner.name.clone(),
        business: partner.business,
        taxpayer: partner.taxpayer,
        foreign: partner.foreign,
        tax_number: partner.tax_number.clone(),
        payment_days: partner.payment_days,
        addresses: partner
            .addresses
            .iter()
            .map(|address| TruthAddress {
                id: address.id.to_string(),
                billing: address.kind == AddressKind::Billing,
                street: address.street.clone(),
                post_number: address.post_number.clone(),
                city: address.city.clone(),
                country: address.country.iso().to_owned(),
            })
            .collect(),
        contacts: partner
            .contacts
            .iter()
            .map(|contact| TruthContact {
                id: contact.id.to_string(),
                name: contact.name.clone(),
                phone: contact.phone.clone(),
                gsm: contact.gsm.clone(),
                email: contact.email.clone(),
            })
            .collect(),
    }
}

pub(crate) fn truth_of_product(product: &Product) -> TruthProduct {
    TruthProduct {
        id: product.id.to_string(),
        number: product.number.clone(),
        code: product.code.clone(),
        name: product.name.clone(),
        unit: product.unit.clone(),
        service: product.service,
        active: product.active,
        tax: product.tax().code().to_owned(),
        net_price: product.net_price(),
        gross_price: product.gross_price(),
    }
}

/// What kinds of records the truth has, as the Rust callers ask for them.
pub(crate) fn check_limit(limit: usize) -> Result<usize, Refusal> {
    const MAX: usize = 1_000;
    if (1..=MAX).contains(&limit) {
        Ok(limit)
    } else {
        Err(Refusal(format!("limit must be between 1 and {MAX}")))
    }
}
