//! What callers may set on a record, in the form of the public API. A `PATCH` is applied to the form that a record has now,
//! so every write is a whole form.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sync_core::record::DocumentType;

use super::PriceBasis;

/// A contact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ContactInput {
    /// Company's name, or a person's first and last name.
    pub name: String,
    /// A company and not a person.
    pub company: Option<bool>,
    /// Registered for value added tax.
    pub taxpayer: Option<bool>,
    /// Buys from us.
    pub buyer: Option<bool>,
    /// Sells to us.
    pub supplier: Option<bool>,
    /// As people write it.
    pub tax_number: Option<String>,
    /// Registration number.
    pub registration_number: Option<String>,
    /// Whom to turn to.
    pub person: Option<PersonInput>,
    /// Main postal address.
    pub address: Option<AddressInput>,
    /// Where goods go.
    pub delivery_addresses: Vec<AddressInput>,
}

/// A contact person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct PersonInput {
    /// Name.
    pub name: Option<String>,
    /// E-mail.
    pub email: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// Mobile phone.
    pub mobile: Option<String>,
}

/// A postal address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct AddressInput {
    /// Street with number.
    pub street: Option<String>,
    /// Post number.
    pub post_number: Option<String>,
    /// Town.
    pub place: Option<String>,
    /// Province or state.
    pub province: Option<String>,
    /// ISO 3166, two letters.
    pub country: Option<String>,
    /// The country as Metakocka writes it, when no code is known for it.
    pub country_name: Option<String>,
}

/// A product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ProductInput {
    /// SKU, the key of a product.
    pub code: String,
    /// Name.
    pub name: String,
    /// Longer text.
    pub description: Option<String>,
    /// Unit of measure.
    pub unit: Option<String>,
    /// Barcode.
    pub barcode: Option<String>,
    /// A service and not goods.
    pub service: bool,
    /// May be sold.
    pub sold: bool,
    /// In use.
    pub active: bool,
}

impl Default for ProductInput {
    fn default() -> Self {
        Self {
            code: String::new(),
            name: String::new(),
            description: None,
            unit: None,
            barcode: None,
            service: false,
            sold: true,
            active: true,
        }
    }
}

/// A sales document. What it names lives in the same workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct DocumentInput {
    /// What it is; fixed once it exists.
    #[serde(rename = "type")]
    pub doc_type: Option<DocumentType>,
    /// Its day; today when it is left out of a new one.
    pub date: Option<Date>,
    /// The customer; a draft may lack one.
    pub contact_id: Option<String>,
    /// Who receives, when it is somebody else.
    pub receiver: Option<ReceiverInput>,
    /// Subject.
    pub title: Option<String>,
    /// The customer's own order number.
    pub customer_order: Option<String>,
    /// Notes.
    pub notes: Option<String>,
    /// ISO 4217; euro when it is left out.
    pub currency: Option<String>,
    /// Status as people read it.
    pub status: Option<String>,
    /// When it is to be paid.
    pub due: Option<Date>,
    /// First day of the service.
    pub service_from: Option<Date>,
    /// Last day of the service.
    pub service_to: Option<Date>,
    /// Until when an offer holds.
    pub valid_to: Option<Date>,
    /// When the goods are to be there.
    pub delivery_deadline: Option<Date>,
    /// Its lines in their order.
    pub lines: Vec<LineInput>,
}

/// A receiver.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ReceiverInput {
    /// Name.
    pub name: String,
    /// Address.
    pub address: AddressInput,
}

/// A line. One without amount, price and product is a text between the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct LineInput {
    /// Metakocka's id of the row: tells which line an edit means. None on a new line.
    pub row: Option<String>,
    /// The product.
    pub product_id: Option<String>,
    /// The line's own text.
    pub text: Option<String>,
    /// Quantity.
    pub amount: Option<Decimal>,
    /// Price of one unit.
    pub price: Option<Decimal>,
    /// What the price contains; net when it is left out.
    pub price_basis: Option<PriceBasis>,
    /// Percentages that are taken off one after another.
    pub discounts: Vec<Decimal>,
    /// Metakocka's tax code.
    pub tax_code: Option<String>,
    /// Percent; may be left out for the usual codes.
    pub tax_rate: Option<Decimal>,
}

impl LineInput {
    /// True for a text between the lines that count.
    #[must_use]
    pub fn is_text(&self) -> bool {
        self.amount.is_none() && self.price.is_none() && self.product_id.is_none() && self.tax_code.is_none()
    }
}
