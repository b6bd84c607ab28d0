//! Sales documents in lists and on their page.

use serde::{Deserialize, Serialize};
use sync_core::record::DocumentType;
use sync_core::state::SyncState;

use super::{Day, RecordSync};

/// What the list can be sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentSort {
    /// By date.
    #[default]
    Date,
    /// By number.
    Number,
    /// By the customer's name.
    Customer,
    /// By the total.
    Total,
}

impl DocumentSort {
    /// As URLs spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Number => "number",
            Self::Customer => "customer",
            Self::Total => "total",
        }
    }

    /// The sort that [`Self::as_str`] spells so.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Date, Self::Number, Self::Customer, Self::Total].into_iter().find(|sort| sort.as_str() == text)
    }
}

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentRow {
    /// Its id.
    pub id: String,
    /// Its number; empty until it has one.
    pub number: String,
    /// Its type.
    pub kind: DocumentType,
    /// Its date.
    pub date: Day,
    /// The customer as the document shows it.
    pub customer: String,
    /// The customer's town.
    pub city: Option<String>,
    /// Gross total.
    pub total: String,
    /// ISO 4217.
    pub currency: String,
    /// Status as people read it.
    pub status: Option<String>,
    /// Whether it is paid in full.
    pub paid: bool,
    /// Its state towards Metakocka.
    pub sync: RecordSync,
}

/// How many documents are in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateCount {
    /// The state.
    pub state: SyncState,
    /// How many.
    pub count: u64,
}

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentPage {
    /// The rows.
    pub rows: Vec<DocumentRow>,
    /// How many documents fit the filter.
    pub total: u64,
    /// How many documents there are.
    pub all: u64,
    /// The states that are not empty.
    pub counts: Vec<StateCount>,
    /// This page, from 1.
    pub page: u32,
    /// Rows of a full page.
    pub per_page: u32,
}

/// One document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// What the list shows of it.
    pub row: DocumentRow,
    /// Due date.
    pub due: Option<Day>,
    /// Customer's own order number.
    pub customer_order: Option<String>,
    /// Receiver, when it is not the customer.
    pub receiver: Option<String>,
    /// Subject.
    pub title: Option<String>,
    /// Notes.
    pub notes: Option<String>,
    /// The customer's address in one line.
    pub address: Option<String>,
    /// The customer's tax number.
    pub tax_number: Option<String>,
    /// The lines.
    pub lines: Vec<DocumentLine>,
    /// Tax by code.
    pub taxes: Vec<DocumentTax>,
    /// Net total.
    pub net: String,
    /// Discount in all; `0` when there is none.
    pub discount: String,
    /// What is paid, when Metakocka says so.
    pub paid: Option<String>,
    /// How the lines' sum compares with the booked total.
    pub check: TotalCheck,
    /// Computed minus booked total.
    pub difference: String,
    /// The revision that is shown.
    pub revision: i64,
    /// Why it can't be sent as it is: sentence and remedy.
    pub blocking: Vec<(String, String)>,
    /// The customer's contact.
    pub contact_id: Option<String>,
}

/// How the sum of the lines compares with the booked total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TotalCheck {
    /// Equal to the cent.
    Exact,
    /// Different by rounding only.
    Rounding,
    /// Different by more than rounding.
    Different,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentLine {
    /// The product's code; empty in a text line.
    pub code: String,
    /// The product's name, or the text of a text line.
    pub name: String,
    /// The line's own text besides the name.
    pub text: Option<String>,
    /// Quantity; none in a text line, like what follows.
    pub amount: Option<String>,
    /// Unit.
    pub unit: Option<String>,
    /// Unit price.
    pub price: Option<String>,
    /// Whether the price includes tax.
    pub gross_price: bool,
    /// Discount steps in percent, in order.
    pub discounts: Vec<String>,
    /// Tax code.
    pub tax_code: Option<String>,
    /// Tax rate in percent.
    pub tax_rate: Option<String>,
    /// Net of the line.
    pub net: Option<String>,
}

/// Tax of one code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentTax {
    /// The code.
    pub code: String,
    /// The rate in percent, when it is told.
    pub rate: Option<String>,
    /// The tax.
    pub tax: String,
}
