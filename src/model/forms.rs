//! What people type into the forms of records: text as it was typed, read by the server.

use serde::{Deserialize, Serialize};

/// A contact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContactForm {
    /// Name.
    pub name: String,
    /// A company; unticked: a person.
    pub company: bool,
    /// Registered for value added tax.
    pub taxpayer: bool,
    /// Tax number.
    pub tax_number: String,
    /// Whom to turn to.
    pub person: String,
    /// Their e-mail.
    pub email: String,
    /// Their phone.
    pub phone: String,
    /// Their mobile phone.
    pub mobile: String,
    /// Street with number.
    pub street: String,
    /// Post number.
    pub post_number: String,
    /// Town.
    pub place: String,
    /// Country: two letters.
    pub country: String,
}

/// A product.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProductForm {
    /// SKU.
    pub code: String,
    /// Name.
    pub name: String,
    /// Longer text.
    pub description: String,
    /// Unit of measure.
    pub unit: String,
    /// Barcode.
    pub barcode: String,
    /// A service and not goods.
    pub service: bool,
    /// May be sold.
    pub sold: bool,
    /// In use.
    pub active: bool,
}

/// A sales document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DocumentForm {
    /// Type, as it is stored.
    pub kind: String,
    /// Date.
    pub date: String,
    /// The contact that the customer's name stood for when the form was shown.
    pub contact_id: String,
    /// The customer's name as it was when the form was shown.
    pub customer_was: String,
    /// Name or tax number of the customer.
    pub customer: String,
    /// Due date.
    pub due: String,
    /// First day of the service.
    pub service_from: String,
    /// Last day of the service.
    pub service_to: String,
    /// Until when an offer holds.
    pub valid_to: String,
    /// When the goods are to be there.
    pub delivery_deadline: String,
    /// The customer's own order number.
    pub customer_order: String,
    /// Subject.
    pub title: String,
    /// Notes.
    pub notes: String,
    /// Currency: three letters.
    pub currency: String,
    /// Status as people read it.
    pub status: String,
    /// Receiver, when it is somebody else.
    pub receiver: String,
    /// Their street.
    pub street: String,
    /// Their post number.
    pub post_number: String,
    /// Their town.
    pub place: String,
    /// Their country: two letters.
    pub country: String,
    /// The lines; those that are empty do not count.
    pub lines: Vec<LineForm>,
}

/// A line of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LineForm {
    /// Metakocka's id of the row; empty on a new line.
    pub row: String,
    /// The product that the code stood for when the form was shown.
    pub product_id: String,
    /// The code as it was when the form was shown.
    pub code_was: String,
    /// Code of the product.
    pub code: String,
    /// The line's own text.
    pub text: String,
    /// Quantity.
    pub amount: String,
    /// Price of one unit.
    pub price: String,
    /// The price contains the tax.
    pub gross: bool,
    /// Percentages, with semicolons between.
    pub discount: String,
    /// Tax code.
    pub tax: String,
    /// Tax rate in percent.
    pub rate: String,
}

impl LineForm {
    /// Whether nothing is filled in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        [&self.code, &self.text, &self.amount, &self.price].iter().all(|text| text.trim().is_empty())
    }
}
