//! Offers, orders, invoices and credit notes, with their lines and taxes.

mod list;
pub mod lone;
mod read;
mod write;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

pub use list::{Criteria, ListedDocument, Sort, SortBy, count_by_status, list};
pub use read::{document, documents, lines, record, snapshot, taxes};
pub use write::{insert_documents, refresh_extras, replace_lines, update_document};

/// How our sum of the lines compares with the total that the remote books (policy C, money).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TotalCheck {
    /// Equal to the cent.
    Exact,
    /// Apart by what rounding of unit prices or of tax per code explains.
    Rounding,
    /// Apart by more.
    Different,
}

impl TotalCheck {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Rounding => "rounding",
            Self::Different => "different",
        }
    }
}

impl std::str::FromStr for TotalCheck {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "exact" => Ok(Self::Exact),
            "rounding" => Ok(Self::Rounding),
            "different" => Ok(Self::Different),
            _ => Err(()),
        }
    }
}

/// What an edit or a pull may set on a document's head. Search text, sort keys and minor units are derived from it
/// when it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentFields {
    /// The CRM's word: offer, order, `invoice_domestic`, …
    pub doc_type: String,
    /// The remote's number; empty until it has one.
    pub number: String,
    /// The document's day.
    pub doc_date: Date,
    /// The customer; `None` while a decision about duplicates is awaited.
    pub contact_id: Option<String>,
    /// The customer as the document shows it.
    pub customer_name: String,
    /// The customer's town as the document shows it.
    pub customer_city: Option<String>,
    /// ISO 4217, three letters.
    pub currency: String,
    /// Status as people read it.
    pub status_label: Option<String>,
    /// Subject.
    pub title: String,
    /// JSON of the other synced head fields.
    pub head: String,
    /// Net total as the remote books it.
    pub net: Decimal,
    /// Discount total as the remote books it.
    pub discount: Decimal,
    /// Gross total as the remote books it.
    pub gross: Decimal,
    /// Our sum of the lines against the booked total.
    pub total_check: TotalCheck,
    /// Computed minus booked gross.
    pub total_difference: Decimal,
    /// Sum paid, when the remote says so.
    pub paid: Option<Decimal>,
    /// Wall time of issue in the remote; `None`: a draft, or not an invoice.
    pub issued_at: Option<String>,
    /// Type, number, date and total folded together: what matching looks up.
    pub match_key: Option<String>,
}

/// One line of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineRow {
    /// The remote's id of the row, when it tells.
    pub external_row_id: Option<String>,
    /// `None`: a text line, or a product that the remote no longer lists.
    pub product_id: Option<String>,
    /// The remote's id of the product.
    pub product_external_id: Option<String>,
    /// SKU; empty in a text line.
    pub code: String,
    /// The remote's number of the product.
    pub remote_code: String,
    /// Product's name as the document shows it.
    pub name: String,
    /// Unit of measure.
    pub unit: String,
    /// The line's own text.
    pub text: String,
    /// Quantity; `None` in a text line, like the prices.
    pub amount: Option<Decimal>,
    /// Price of one unit, on the basis below.
    pub price: Option<Decimal>,
    /// What the price contains.
    pub price_basis: Option<PriceBasis>,
    /// Chain of percentages: `10;20`.
    pub discount: String,
    /// The remote's tax code.
    pub tax_code: Option<String>,
    /// Percent.
    pub tax_rate: Option<Decimal>,
    /// Rounded net of the line.
    pub net: Option<Decimal>,
}

/// What a unit price contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceBasis {
    /// Without tax.
    Net,
    /// With tax.
    Gross,
}

impl PriceBasis {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Net => "net",
            Self::Gross => "gross",
        }
    }
}

impl std::str::FromStr for PriceBasis {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "net" => Ok(Self::Net),
            "gross" => Ok(Self::Gross),
            _ => Err(()),
        }
    }
}

/// Tax of one code as the remote books it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxRow {
    /// The remote's tax code.
    pub tax_code: String,
    /// Percent; `None`: not told.
    pub rate: Option<Decimal>,
    /// Tax in the document's currency.
    pub tax: Decimal,
}

/// A document to be written for the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDocument {
    /// UUIDv7.
    pub id: String,
    /// Its head; the revision becomes 1.
    pub fields: DocumentFields,
    /// Its lines, in the remote's order.
    pub lines: Vec<LineRow>,
    /// Its taxes; one for each code.
    pub taxes: Vec<TaxRow>,
}

/// A document's head as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDocument {
    /// UUIDv7.
    pub id: String,
    /// Raised by every edit, from 1.
    pub revision: i64,
    /// Its values.
    pub fields: DocumentFields,
    /// When it was written first.
    pub created_at: Timestamp,
    /// When it was written last.
    pub updated_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}
