//! Lines of documents (`metakocka-api.md §4.4`).

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::fields::{Fields, Read};
use crate::identity::{MkId, RowId, TaxCode};
use crate::values::DiscountChain;

/// A line of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The line's own id (`mk_row_id`), with the flag
    /// [`ProductDetail`](crate::DocumentFlag::ProductDetail).
    pub row_id: Option<RowId>,
    /// What the line is.
    pub content: LineContent,
    /// The line's name; the catalogue's when it has a product.
    pub name: Option<String>,
    /// The product's description, HTML when it was written in Metakocka.
    pub name_desc: Option<String>,
    /// The line's own text.
    pub doc_desc: Option<String>,
    /// `meta_data`, with the flag [`ProductMetadata`](crate::DocumentFlag::ProductMetadata).
    pub meta_data: Vec<MetaEntry>,
    /// Every other field, as received.
    pub other: Map<String, Value>,
}

/// What a line is: something sold, or words.
#[derive(Clone, Debug, PartialEq)]
pub enum LineContent {
    /// It has a product, an amount or a price.
    Priced(Box<PricedLine>),
    /// It carries text only. Such lines are made in Metakocka; no way to write them is documented.
    Text,
}

/// The figures of a line.
#[derive(Clone, Debug, PartialEq)]
pub struct PricedLine {
    /// The product; absent on lines that were typed in (an instalment bill of the samples has one).
    pub product: Option<ProductRef>,
    /// The unit's label.
    pub unit: Option<String>,
    /// How many, zero when absent.
    pub amount: Decimal,
    /// The unit price before discount.
    pub price: LinePrice,
    /// The discounts.
    pub discount: DiscountChain,
    /// The tax code.
    pub tax: Option<TaxCode>,
    /// The tax as a fraction (`0.22`), with the flag [`TaxFactor`](crate::DocumentFlag::TaxFactor).
    pub tax_factor: Option<Decimal>,
    /// `material`, `service`, `compound` or `bills_of_materials` (`type`), with the flag
    /// [`ProductDetail`](crate::DocumentFlag::ProductDetail).
    pub kind: Option<String>,
}

/// How a line names its product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductRef {
    /// The product's id.
    pub mk_id: Option<MkId>,
    /// The product's own code, not guaranteed unique.
    pub code: Option<String>,
    /// The visible id, unique.
    pub count_code: Option<String>,
}

/// A unit price before discount. Reads return either, sometimes both (`metakocka-api.md §4.4`); both need
/// not agree with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinePrice {
    /// Neither was returned: zero is left out.
    Absent,
    /// Without tax (`price`).
    Net(Decimal),
    /// With tax (`price_with_tax`).
    Gross(Decimal),
    /// Both were returned.
    Both {
        /// Without tax.
        net: Decimal,
        /// With tax.
        gross: Decimal,
    },
}

/// A pair of free data (`metakocka-api.md §4.3`, `meta_data`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetaEntry {
    /// The key.
    pub key: String,
    /// The value (`value_string`).
    pub value: Option<String>,
    /// The key for people.
    pub display_key: Option<String>,
    /// The value for people.
    pub display_value: Option<String>,
}

impl Line {
    pub(crate) fn read(mut f: Fields<'_>) -> Read<Self> {
        Ok(Self {
            row_id: f.row_id("mk_row_id")?,
            name: f.text("name")?,
            name_desc: f.text("name_desc")?,
            doc_desc: f.text("doc_desc")?,
            meta_data: f.list("meta_data", MetaEntry::read)?,
            content: LineContent::read(&mut f)?,
            other: f.rest(),
        })
    }
}

impl LineContent {
    fn read(f: &mut Fields<'_>) -> Read<Self> {
        let line = PricedLine {
            product: ProductRef::read(f)?,
            unit: f.text("unit")?,
            amount: f.decimal_or_zero("amount")?,
            price: LinePrice::read(f)?,
            discount: f.discounts("discount")?,
            tax: f.tax_code("tax")?,
            tax_factor: f.decimal("tax_factor")?,
            kind: f.text("type")?,
        };
        let says_nothing = line.product.is_none() && line.amount.is_zero() && line.price.is_zero();
        Ok(if says_nothing { Self::Text } else { Self::Priced(Box::new(line)) })
    }
}

impl ProductRef {
    fn read(f: &mut Fields<'_>) -> Read<Option<Self>> {
        let product =
            Self { mk_id: f.id("mk_id")?, code: f.text("code")?, count_code: f.text("count_code")? };
        let named = product.mk_id.is_some() || product.code.is_some() || product.count_code.is_some();
        Ok(named.then_some(product))
    }
}

impl LinePrice {
    pub(crate) fn read(f: &mut Fields<'_>) -> Read<Self> {
        Ok(match (f.decimal("price")?, f.decimal("price_with_tax")?) {
            (None, None) => Self::Absent,
            (Some(net), None) => Self::Net(net),
            (None, Some(gross)) => Self::Gross(gross),
            (Some(net), Some(gross)) => Self::Both { net, gross },
        })
    }

    fn is_zero(self) -> bool {
        match self {
            Self::Absent => true,
            Self::Net(price) | Self::Gross(price) => price.is_zero(),
            Self::Both { net, gross } => net.is_zero() && gross.is_zero(),
        }
    }
}

impl MetaEntry {
    pub(crate) fn read(mut f: Fields<'_>) -> Read<Self> {
        Ok(Self {
            key: f.text("key")?.unwrap_or_default(),
            value: f.text("value_string")?,
            display_key: f.text("display_key")?,
            display_value: f.text("display_value")?,
        })
    }
}
