//! Products: what the catalogue holds of one (`metakocka-api.md` §2).

use super::{MkId, UnitPrice};
use crate::company::arithmetic::cents;
use crate::company::country::Country;
use crate::company::tax::TaxCode;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A price of a product on a price list, from an amount on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ListPrice {
    /// Code of the price list.
    pub(crate) list: String,
    /// Net or gross, as the list is.
    pub(crate) price: UnitPrice,
    /// Rows made in the user interface may have none (§2.2); the API refuses such a row (§2.4).
    pub(crate) tax: Option<TaxCode>,
    pub(crate) from: Option<Decimal>,
    pub(crate) to: Option<Decimal>,
    pub(crate) discount: Option<Decimal>,
    pub(crate) lowest_30_days: Option<Decimal>,
}

/// A decimal measure of a product; the names are those of the API (§2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Measure {
    Height,
    Width,
    Depth,
    Weight,
    GrossWeight,
    MinStock,
    MinimalOrderQuantity,
}

impl Measure {
    pub(crate) const ALL: [Self; 7] = [
        Self::Height,
        Self::Width,
        Self::Depth,
        Self::Weight,
        Self::GrossWeight,
        Self::MinStock,
        Self::MinimalOrderQuantity,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Height => "height",
            Self::Width => "width",
            Self::Depth => "depth",
            Self::Weight => "weight",
            Self::GrossWeight => "gross_weight",
            Self::MinStock => "min_stock",
            Self::MinimalOrderQuantity => "minimal_order_quantity",
        }
    }
}

/// A name and description in another language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Localization {
    pub(crate) language: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
}

/// The code of a product at a partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartnerCode {
    pub(crate) id: MkId,
    pub(crate) partner: MkId,
    pub(crate) code: String,
    pub(crate) name: Option<String>,
}

/// A part of a compound product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) id: MkId,
    pub(crate) product: MkId,
    pub(crate) amount: Decimal,
}

/// What few products have.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct ProductExtra {
    pub(crate) customs_fee: Option<String>,
    pub(crate) country: Option<Country>,
    pub(crate) localizations: Vec<Localization>,
    pub(crate) columns: Vec<(String, String)>,
    pub(crate) supplier: Option<MkId>,
    pub(crate) partner_codes: Vec<PartnerCode>,
    pub(crate) parts: Vec<Part>,
    pub(crate) attachments: Vec<String>,
}

/// A product or service of the catalogue.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "Metakocka's product has these independent switches")]
pub(crate) struct Product {
    pub(crate) id: MkId,
    pub(crate) number: String,
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) description: Option<String>,
    pub(crate) barcode: Option<String>,
    /// Paths of categories, outermost first.
    pub(crate) categories: Vec<Vec<String>>,
    pub(crate) service: bool,
    pub(crate) sales: bool,
    pub(crate) purchasing: bool,
    pub(crate) active: bool,
    pub(crate) eshop_sync: bool,
    pub(crate) compound: bool,
    pub(crate) norm: bool,
    pub(crate) prices: Vec<ListPrice>,
    pub(crate) measures: BTreeMap<Measure, Decimal>,
    pub(crate) stock: Decimal,
    pub(crate) extra: Option<Box<ProductExtra>>,
}

impl ListPrice {
    /// A price on a list without tiers.
    pub(crate) fn new(list: &str, price: UnitPrice, tax: TaxCode) -> Self {
        let (list, tax) = (list.to_owned(), Some(tax));
        Self { list, price, tax, from: None, to: None, discount: None, lowest_30_days: None }
    }
}

impl Product {
    /// A product that is sold, with nothing but its names.
    pub(crate) const fn blank(id: MkId, number: String, code: String, name: String, unit: String) -> Self {
        Self {
            id,
            number,
            code,
            name,
            unit,
            description: None,
            barcode: None,
            categories: Vec::new(),
            service: false,
            sales: true,
            purchasing: false,
            active: true,
            eshop_sync: false,
            compound: false,
            norm: false,
            prices: Vec::new(),
            measures: BTreeMap::new(),
            stock: Decimal::ZERO,
            extra: None,
        }
    }

    /// The tax of its first price that has one; the standard rate without.
    pub(crate) fn tax(&self) -> TaxCode {
        self.prices.iter().find_map(|price| price.tax).unwrap_or(TaxCode::EX4)
    }

    /// Its first net price, else what its first gross price comes to.
    pub(crate) fn net_price(&self) -> Decimal {
        let net = self.prices.iter().find_map(|row| match row.price {
            UnitPrice::Net(net) => Some(net),
            UnitPrice::Gross(_) => None,
        });
        let rate = Decimal::ONE + self.tax().factor();
        net.or_else(|| Some(cents(self.prices.first()?.price.value() / rate))).unwrap_or_default()
    }

    /// Its first gross price, else what its first net price comes to.
    pub(crate) fn gross_price(&self) -> Decimal {
        let gross = self.prices.iter().find_map(|row| match row.price {
            UnitPrice::Gross(gross) => Some(gross),
            UnitPrice::Net(_) => None,
        });
        gross.unwrap_or_else(|| cents(self.net_price() * (Decimal::ONE + self.tax().factor())))
    }

    /// What it was bought for last; services and what is only sold were never bought.
    pub(crate) fn purchase_price(&self) -> Option<Decimal> {
        (self.purchasing && !self.service).then(|| cents(self.net_price() * Decimal::new(6, 1)))
    }

    pub(crate) fn extra_mut(&mut self) -> &mut ProductExtra {
        self.extra.get_or_insert_default()
    }
}
