//! A sales document: offer, order, invoice or credit note.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::text::{given, html_text, normalise};
use super::{
    Amount, Canonical, Currency, Discount, DocumentDiscount, DocumentType, ExternalId, Party, Price,
    RecordKind, RowId, Tax, TaxCode, TaxRate, Unreadable,
};

/// Most lines of a document that is read. A document that is sent has at most 200 (policy G); this
/// one only keeps a broken answer from filling the memory.
pub const MAX_LINES: usize = 5_000;

/// A sales document, the fields of policy H. Payments, links and the instant of issue are
/// [`super::DocumentExtras`]: they refresh the display and never conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalesDocument {
    /// What it is; fixed from the moment it exists.
    pub doc_type: DocumentType,
    /// The remote's visible number; a draft has none.
    pub number: Option<String>,
    /// Its dates.
    pub dates: Dates,
    /// Who buys.
    pub customer: Party,
    /// Who receives, when it is somebody else.
    pub receiver: Option<Party>,
    /// Subject.
    pub title: Option<String>,
    /// The customer's own order number.
    pub buyer_order: Option<String>,
    /// Notes; may be HTML as the remote keeps them.
    pub notes: Option<String>,
    /// Currency of every amount.
    pub currency: Currency,
    /// Status; absent is none.
    pub status: Option<Status>,
    /// Lines in the remote's order.
    pub lines: Vec<Line>,
    /// A discount that the remote keeps on the whole document.
    pub document_discount: Option<DocumentDiscount>,
    /// Totals as the remote books them; absent until it has.
    pub booked: Option<Booked>,
}

/// The dates of a document; which of them it has depends on its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Dates {
    /// Date of the document.
    pub document: Date,
    /// When it is to be paid.
    #[serde(default)]
    pub due: Option<Date>,
    /// First day of the service.
    #[serde(default)]
    pub service_from: Option<Date>,
    /// Last day of the service.
    #[serde(default)]
    pub service_to: Option<Date>,
    /// Until when an offer holds.
    #[serde(default)]
    pub valid_to: Option<Date>,
    /// When the goods are to be there.
    #[serde(default)]
    pub delivery_deadline: Option<Date>,
}

impl Dates {
    /// A document of that day with no other date.
    pub fn of(document: Date) -> Self {
        Self {
            document,
            due: None,
            service_from: None,
            service_to: None,
            valid_to: None,
            delivery_deadline: None,
        }
    }
}

/// The status of a document: a word of the company's own register.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Status {
    /// The code that is written; absent where the remote only shows the label.
    pub code: Option<String>,
    /// What people see.
    pub label: String,
}

impl Status {
    /// By its code where it has one: the label of a code is not compared (policy H).
    fn canonical(&self) -> Option<Self> {
        let code = given(&self.code);
        let label = if code.is_some() { String::new() } else { normalise(&self.label) };
        (code.is_some() || !label.is_empty()).then_some(Self { code, label })
    }
}

/// A line of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(
    not(target_pointer_width = "32"),
    expect(
        clippy::large_enum_variant,
        reason = "nearly every line is a product line: a box would only add an allocation"
    )
)]
pub enum Line {
    /// Something with an amount and a price.
    Product(ProductLine),
    /// A text between the others; it counts for nothing.
    Text(TextLine),
}

impl Line {
    /// The line when it counts for something.
    pub fn as_product(&self) -> Option<&ProductLine> {
        match self {
            Self::Product(line) => Some(line),
            Self::Text(_) => None,
        }
    }

    /// The same, with the id of its row: how a line of the base is stored.
    #[must_use]
    pub fn canonical_with_row(&self) -> Self {
        self.canonical().with_row(self.row().cloned())
    }

    /// The same line as that row of the remote.
    #[must_use]
    pub fn with_row(mut self, row: Option<RowId>) -> Self {
        match &mut self {
            Self::Product(line) => line.row = row,
            Self::Text(line) => line.row = row,
        }
        self
    }

    /// The remote's id of the row.
    pub fn row(&self) -> Option<&RowId> {
        match self {
            Self::Product(line) => line.row.as_ref(),
            Self::Text(line) => line.row.as_ref(),
        }
    }

    /// The line as it is compared, without the id of its row.
    #[must_use]
    pub fn canonical(&self) -> Self {
        match self {
            Self::Product(line) => Self::Product(line.canonical()),
            Self::Text(line) => Self::Text(TextLine { row: None, text: html_text(&line.text) }),
        }
    }
}

/// A line that only says something (`metakocka-api.md §4.4`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TextLine {
    /// The remote's id of the row; never hashed.
    pub row: Option<RowId>,
    /// What it says; may be HTML.
    pub text: String,
}

/// Which product a line sells; a line that was made in the remote may name none
/// (`metakocka-api.md §4.4`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProductRef {
    /// The SKU.
    pub code: Option<String>,
    /// The remote's visible number.
    pub remote_code: Option<String>,
    /// The remote's id.
    pub external_id: Option<ExternalId>,
}

impl ProductRef {
    /// Whether two lines sell one product, by the strongest name that both know: the remote's id, else
    /// the SKU, else the remote's number.
    pub fn is_same(&self, other: &Self) -> bool {
        if let (Some(mine), Some(theirs)) = (&self.external_id, &other.external_id) {
            return mine == theirs;
        }
        if let (Some(mine), Some(theirs)) = (&self.code, &other.code) {
            return mine == theirs;
        }
        self.remote_code.is_some() && self.remote_code == other.remote_code
    }

    /// Whether the line names no product.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A line with an amount and a price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductLine {
    /// The remote's id of the row; never hashed.
    pub row: Option<RowId>,
    /// Which product.
    pub product: ProductRef,
    /// Name of the product as the document has it.
    pub name: String,
    /// Unit as the document has it.
    pub unit: Option<String>,
    /// How much.
    pub amount: Amount,
    /// Price of one unit before discount.
    pub price: Price,
    /// Discounts of this line.
    pub discount: Discount,
    /// Tax.
    pub tax: Tax,
    /// More words on this line; may be HTML.
    pub text: Option<String>,
}

impl ProductLine {
    fn canonical(&self) -> Self {
        Self {
            row: None,
            product: ProductRef {
                code: given(&self.product.code),
                remote_code: given(&self.product.remote_code),
                external_id: self.product.external_id.clone(),
            },
            name: normalise(&self.name),
            unit: given(&self.unit),
            amount: Amount(self.amount.0.normalize()),
            price: self.price.canonical(),
            discount: self.discount.clone(),
            tax: self.tax.clone(),
            text: self.text.as_deref().map(html_text).filter(|text| !text.is_empty()),
        }
    }
}

/// What one tax code makes of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxTotal {
    /// The code.
    pub code: TaxCode,
    /// Its rate.
    pub rate: TaxRate,
    /// What is taxed, without the tax.
    pub base: Decimal,
    /// The tax.
    pub tax: Decimal,
}

/// The totals of a document as the remote books them, positive for credit notes too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// Without tax, after discounts.
    pub net: Decimal,
    /// What discounts took off, without tax.
    pub discount: Decimal,
    /// The tax of each code.
    pub taxes: BTreeMap<TaxCode, Decimal>,
    /// With tax.
    pub gross: Decimal,
}

impl Booked {
    /// By value, codes in upper case and without those whose tax is zero: the remote leaves them out
    /// or not as it likes (`metakocka-api.md §1.5`).
    #[must_use]
    pub fn canonical(&self) -> Self {
        let taxes = self.taxes.iter().filter(|(_, tax)| !tax.is_zero());
        Self {
            net: self.net.normalize(),
            discount: self.discount.normalize(),
            taxes: taxes.map(|(code, tax)| (code.folded(), tax.normalize())).collect(),
            gross: self.gross.normalize(),
        }
    }
}

impl SalesDocument {
    /// As it is compared, with the ids of the rows of its lines: how a base is stored, so that its lines are found again
    /// where several sell one product.
    #[must_use]
    pub fn canonical_with_rows(&self) -> Self {
        Self { lines: self.lines.iter().map(Line::canonical_with_row).collect(), ..self.canonical() }
    }
}

impl Canonical for SalesDocument {
    const KIND: RecordKind = RecordKind::SalesDocument;

    fn canonical(&self) -> Self {
        Self {
            doc_type: self.doc_type,
            number: given(&self.number),
            dates: self.dates,
            customer: self.customer.canonical(),
            receiver: self.receiver.as_ref().map(Party::canonical).filter(|party| *party != Party::default()),
            title: given(&self.title),
            buyer_order: given(&self.buyer_order),
            notes: self.notes.as_deref().map(html_text).filter(|text| !text.is_empty()),
            currency: self.currency.clone(),
            status: self.status.as_ref().and_then(Status::canonical),
            lines: self.lines.iter().map(Line::canonical).collect(),
            document_discount: self.document_discount.and_then(canonical_discount),
            booked: self.booked.as_ref().map(Booked::canonical),
        }
    }

    fn check(&self) -> Result<(), Unreadable> {
        if self.lines.len() > MAX_LINES {
            return Err(Unreadable::new("lines", format!("more than {MAX_LINES} lines")));
        }
        let who = &self.customer;
        if who.external_id.is_none() && normalise(&who.name).is_empty() {
            return Err(Unreadable::new("customer", "the document names no customer"));
        }
        Ok(())
    }
}

/// A discount of zero is none.
fn canonical_discount(discount: DocumentDiscount) -> Option<DocumentDiscount> {
    match discount {
        DocumentDiscount::Percent(value) | DocumentDiscount::Value(value) if value.is_zero() => None,
        DocumentDiscount::Percent(value) => Some(DocumentDiscount::Percent(value.normalize())),
        DocumentDiscount::Value(value) => Some(DocumentDiscount::Value(value.normalize())),
    }
}
