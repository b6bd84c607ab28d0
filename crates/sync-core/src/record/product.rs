//! A product: something that is sold.

use serde::{Deserialize, Serialize};

use super::text::{given, html_text, normalise};
use super::{Canonical, Price, RecordKind, Tax, Unreadable};

/// A product or service, the fields of policy H.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Product {
    /// The SKU, the key of a product.
    pub code: String,
    /// Name.
    pub name: String,
    /// Longer description; may be HTML as the remote keeps it.
    pub description: Option<String>,
    /// Unit in which it is sold.
    pub unit: Option<String>,
    /// Barcode.
    pub barcode: Option<String>,
    /// A service and not goods.
    pub service: bool,
    /// May be sold.
    pub sold: bool,
    /// Not put away.
    pub active: bool,
    /// Price and tax on the price list that the owner chose.
    pub price: Option<ListPrice>,
    /// The remote's visible number.
    pub remote_code: Option<String>,
}

/// The price of a product on one price list; a list is net or gross by its nature.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ListPrice {
    /// The visible code of the list.
    pub list: String,
    /// The price for one unit.
    pub price: Price,
    /// Tax; the remote may leave it out.
    pub tax: Option<Tax>,
}

impl Canonical for Product {
    const KIND: RecordKind = RecordKind::Product;

    fn canonical(&self) -> Self {
        Self {
            code: normalise(&self.code),
            name: normalise(&self.name),
            description: self.description.as_deref().map(html_text).filter(|text| !text.is_empty()),
            unit: given(&self.unit),
            barcode: given(&self.barcode),
            service: self.service,
            sold: self.sold,
            active: self.active,
            price: self.price.as_ref().map(ListPrice::canonical),
            remote_code: given(&self.remote_code),
        }
    }

    fn check(&self) -> Result<(), Unreadable> {
        let missing = |field, sentence| Err(Unreadable::new(field, sentence));
        if normalise(&self.code).is_empty() {
            return missing("code", "the product has no code");
        }
        if normalise(&self.name).is_empty() {
            return missing("name", "the product has no name");
        }
        Ok(())
    }
}

impl ListPrice {
    fn canonical(&self) -> Self {
        Self { list: normalise(&self.list), price: self.price.canonical(), tax: self.tax.clone() }
    }
}
