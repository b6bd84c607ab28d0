//! Lines as a document that is written has them (`metakocka-api.md §4.4`).

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::body::{Body, FREE_TEXT, REGISTER_TEXT};
use crate::document::{MetaEntry, NamedValue, ProductRef};
use crate::identity::TaxCode;
use crate::values::DiscountChain;

/// Lengths in characters (`metakocka-api.md §2.2`). The code's is the smaller of the two that sources name,
/// as §9 advises for products that are made.
pub(crate) mod length {
    pub(crate) const CODE: usize = 50;
    pub(crate) const NEW_CODE: usize = 20;
    pub(crate) const COUNT_CODE: usize = 30;
    pub(crate) const NAME: usize = 200;
    pub(crate) const NAME_DESC: usize = 700;
    pub(crate) const TAX: usize = 20;
    pub(crate) const META: usize = 255;
}

/// A line that is written. Lines of words alone cannot be written.
#[derive(Clone, Debug, PartialEq)]
pub struct DraftLine {
    /// The product; SKU or visible id are needed, the id alone is not found. Send all that are known.
    pub product: ProductRef,
    /// How many; not zero. Negative for a service only.
    pub amount: Decimal,
    /// The unit price before discount.
    pub price: DraftPrice,
    /// The discounts.
    pub discount: DiscountChain,
    /// The tax: Metakocka never takes it from the product (Q21).
    pub tax: DraftTax,
    /// The line's own text.
    pub doc_desc: Option<String>,
    /// Whether the product is a service, as far as known; only checked, not sent.
    pub service: bool,
    /// What to make the product from when it does not exist. Without it an unknown product is refused; with
    /// it one is made silently (Q9).
    pub make_product: Option<NewProductInLine>,
    /// `meta_data`.
    pub meta_data: Vec<MetaEntry>,
    /// Fields without a place here, sent as they are.
    pub other: Map<String, Value>,
}

/// A unit price before discount, as the document is priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftPrice {
    /// Without tax (`price`).
    Net(Decimal),
    /// With tax (`price_with_tax`).
    Gross(Decimal),
}

/// The tax of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftTax {
    /// The company's code.
    Code(TaxCode),
    /// A fraction from 0 to 1: `0.22`.
    Factor(Decimal),
}

/// What a product is made from when a line names one that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewProductInLine {
    /// Its name, at most 200 characters.
    pub name: String,
    /// Its unit's label.
    pub unit: String,
    /// Whether it is a service.
    pub service: bool,
}

impl DraftLine {
    /// A line of a product that exists, without discount.
    pub fn new(product: ProductRef, amount: Decimal, price: DraftPrice, tax: DraftTax) -> Self {
        Self {
            product,
            amount,
            price,
            discount: DiscountChain::default(),
            tax,
            doc_desc: None,
            service: false,
            make_product: None,
            meta_data: Vec::new(),
            other: Map::new(),
        }
    }

    pub(crate) fn write(&self, body: &mut Body) {
        body.keep(&self.other);
        write_product(&self.product, body);
        if let Some(product) = &self.make_product {
            body.required("name", &product.name, length::NAME);
            body.required("unit", &product.unit, REGISTER_TEXT);
            body.flag("service", Some(product.service));
        }
        self.write_amount(body);
        self.price.write(body);
        write_discount(&self.discount, body);
        self.tax.write(body);
        body.long_text("doc_desc", self.doc_desc.as_deref(), FREE_TEXT);
        write_meta_data(&self.meta_data, body);
    }

    fn write_amount(&self, body: &mut Body) {
        let service = self.service || self.make_product.as_ref().is_some_and(|product| product.service);
        if self.amount.is_zero() {
            body.problem("amount", "Metakocka refuses a line with amount 0");
        } else if self.amount.is_sign_negative() && !service {
            body.problem("amount", "only a line with a service may have a negative amount");
        }
        body.decimal("amount", Some(self.amount));
    }
}

impl DraftPrice {
    pub(crate) fn write(self, body: &mut Body) {
        match self {
            Self::Net(price) => body.decimal("price", Some(price)),
            Self::Gross(price) => body.decimal("price_with_tax", Some(price)),
        }
    }
}

impl DraftTax {
    pub(crate) fn write(&self, body: &mut Body) {
        match self {
            Self::Code(code) => body.required("tax", code.as_str(), length::TAX),
            Self::Factor(factor) => {
                if factor.is_sign_negative() || *factor > Decimal::ONE {
                    body.problem("tax_factor", format!("{factor} is not a fraction from 0 to 1"));
                }
                body.decimal("tax_factor", Some(*factor));
            }
        }
    }
}

/// Writes how a product is named, and complains when it is named in no way that Metakocka finds.
pub(crate) fn write_product(product: &ProductRef, body: &mut Body) {
    let named = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
    if !named(&product.code) && !named(&product.count_code) {
        body.problem("code", "the product is named by its SKU or its visible id; its id alone is not found");
    }
    body.text("code", product.code.as_deref(), length::CODE);
    body.text("count_code", product.count_code.as_deref(), length::COUNT_CODE);
    body.id("mk_id", product.mk_id.as_ref());
}

pub(crate) fn write_discount(discount: &DiscountChain, body: &mut Body) {
    let too_much = |percent: &&Decimal| **percent > Decimal::ONE_HUNDRED;
    if let Some(percent) = discount.percents().iter().find(too_much) {
        body.problem("discount", format!("{percent} % is more than everything"));
    }
    if !discount.is_empty() {
        body.set("discount", discount.to_string());
    }
}

pub(crate) fn write_meta_data(entries: &[MetaEntry], body: &mut Body) {
    if entries.is_empty() {
        return;
    }
    body.list("meta_data", entries, |entry, body| {
        body.required("key", &entry.key, length::META);
        body.long_text("value_string", entry.value.as_deref(), FREE_TEXT);
        body.text("display_key", entry.display_key.as_deref(), length::META);
        body.long_text("display_value", entry.display_value.as_deref(), FREE_TEXT);
    });
}

pub(crate) fn write_extra_columns(columns: &[NamedValue], body: &mut Body) {
    if columns.is_empty() {
        return;
    }
    body.list("extra_column", columns, |column, body| {
        body.required("name", &column.name, length::META);
        // An empty value empties the column, so it is sent as well.
        body.set("value", json!(column.value));
    });
}
