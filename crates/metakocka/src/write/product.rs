//! Products that are made, changed or deleted (`metakocka-api.md §2.2`, `§2.3`, `§2.4`).

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::body::{Body, InvalidRequest, REGISTER_TEXT};
use super::line::{DraftPrice, DraftTax, length, write_extra_columns};
use super::payload::Write;
use super::replies::StoredProduct;
use crate::document::NamedValue;
use crate::endpoint::Endpoint;
use crate::identity::MkId;
use crate::product::Translation;

/// What empties barcode and description; an empty text changes nothing (Q19).
const REMOVE: &str = "$REMOVE_STRING_VALUE$";
/// Barcodes, in characters; no source names their length.
const BARCODE: usize = 50;

/// What a product is, beside its names and prices.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProductFields {
    /// A description, at most 700 characters.
    pub name_desc: Option<String>,
    /// The barcode.
    pub barcode: Option<String>,
    /// Whether it is a service.
    pub service: Option<bool>,
    /// Whether it may be sold; without it, it may not.
    pub sales: Option<bool>,
    /// Whether it may be bought.
    pub purchasing: Option<bool>,
    /// Whether it is in use.
    pub activated: Option<bool>,
    /// Kilograms.
    pub weight: Option<Decimal>,
    /// Kilograms with packing.
    pub gross_weight: Option<Decimal>,
    /// The least stock that the company wants.
    pub min_stock: Option<Decimal>,
    /// The least amount that can be ordered.
    pub minimal_order_quantity: Option<Decimal>,
    /// The customs tariff's label.
    pub customs_fee: Option<String>,
    /// The country of origin.
    pub country: Option<String>,
    /// Names in other languages.
    pub translations: Vec<Translation>,
    /// Columns that the company added.
    pub extra_columns: Vec<NamedValue>,
    /// Prices, by list.
    pub prices: Vec<DraftPriceList>,
    /// Fields without a place here, sent as they are.
    pub other: Map<String, Value>,
}

/// The prices of a product on one list, which must be there already.
#[derive(Clone, Debug, PartialEq)]
pub struct DraftPriceList {
    /// The list's code.
    pub code: String,
    /// The prices, from the smallest amount on.
    pub tiers: Vec<DraftTier>,
}

/// A price from an amount on.
#[derive(Clone, Debug, PartialEq)]
pub struct DraftTier {
    /// From this amount.
    pub amount_from: Option<Decimal>,
    /// Up to this amount; without end when absent.
    pub amount_to: Option<Decimal>,
    /// Percent off.
    pub discount: Option<Decimal>,
    /// Net or gross, as the list is: the wrong one is refused.
    pub price: DraftPrice,
    /// The tax; without it the price is refused with a misleading text.
    pub tax: DraftTax,
}

/// A product to be made (`product_add`). Another product with the same SKU is no obstacle to Metakocka:
/// look it up first.
#[derive(Clone, Debug, PartialEq)]
pub struct ProductDraft {
    /// The SKU, at most 20 characters, the shorter of the two lengths that sources name.
    pub code: String,
    /// The visible id; where numbering is automatic it is left out.
    pub count_code: Option<String>,
    /// The name, at most 200 characters.
    pub name: String,
    /// The unit's label.
    pub unit: String,
    /// Everything else.
    pub fields: ProductFields,
}

/// How a call names a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProductKey {
    /// By its id.
    Id(MkId),
    /// By its visible id.
    CountCode(String),
}

/// A change of a product (`product_update`). What is absent stays.
#[derive(Clone, Debug, PartialEq)]
pub struct ProductChange {
    /// The product.
    pub product: ProductKey,
    /// Another SKU.
    pub code: Option<String>,
    /// Another name.
    pub name: Option<String>,
    /// Another unit.
    pub unit: Option<String>,
    /// Everything else. An empty text changes nothing.
    pub fields: ProductFields,
    /// Empties the barcode.
    pub remove_barcode: bool,
    /// Empties the description.
    pub remove_name_desc: bool,
    /// Deletes the product's entries on the lists named before they are written anew
    /// (`pricelist_remove_product_before_add`).
    pub replace_prices: bool,
}

/// A product to be deleted (`product_delete`); refused when any document has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductDeletion {
    /// The product.
    pub product: ProductKey,
}

impl ProductDraft {
    /// Checks it.
    pub fn prepare(self) -> Result<Write<StoredProduct>, InvalidRequest> {
        let mut body = Body::new();
        self.fields.write(&mut body);
        body.required("code", &self.code, length::NEW_CODE);
        body.text("count_code", self.count_code.as_deref(), length::COUNT_CODE);
        body.required("name", &self.name, length::NAME);
        body.required("unit", &self.unit, REGISTER_TEXT);
        body.finish(Endpoint::ProductAdd)
    }
}

impl ProductChange {
    /// A change of a product that changes nothing yet.
    pub fn of(product: ProductKey) -> Self {
        Self {
            product,
            code: None,
            name: None,
            unit: None,
            fields: ProductFields::default(),
            remove_barcode: false,
            remove_name_desc: false,
            replace_prices: false,
        }
    }

    /// Checks it.
    pub fn prepare(self) -> Result<Write<StoredProduct>, InvalidRequest> {
        let mut body = Body::new();
        if self == Self::of(self.product.clone()) {
            body.problem("", "this changes nothing");
        }
        self.fields.write(&mut body);
        self.product.write(&mut body);
        body.text("code", self.code.as_deref(), length::NEW_CODE);
        body.text("name", self.name.as_deref(), length::NAME);
        body.text("unit", self.unit.as_deref(), REGISTER_TEXT);
        if self.remove_barcode {
            body.set("barcode", REMOVE);
        }
        if self.remove_name_desc {
            body.set("name_desc", REMOVE);
        }
        body.flag("pricelist_remove_product_before_add", self.replace_prices.then_some(true));
        body.finish(Endpoint::ProductUpdate)
    }
}

impl ProductDeletion {
    /// Checks it.
    pub fn prepare(self) -> Result<Write<StoredProduct>, InvalidRequest> {
        let mut body = Body::new();
        self.product.write(&mut body);
        body.finish(Endpoint::ProductDelete)
    }
}

impl ProductKey {
    fn write(&self, body: &mut Body) {
        match self {
            Self::Id(id) => body.id("mk_id", Some(id)),
            Self::CountCode(code) => body.required("count_code", code, length::COUNT_CODE),
        }
    }
}

impl ProductFields {
    fn write(&self, body: &mut Body) {
        body.keep(&self.other);
        body.long_text("name_desc", self.name_desc.as_deref(), length::NAME_DESC);
        body.text("barcode", self.barcode.as_deref(), BARCODE);
        for (name, flag) in [
            ("service", self.service),
            ("sales", self.sales),
            ("purchasing", self.purchasing),
            ("activated", self.activated),
        ] {
            body.flag(name, flag);
        }
        for (name, number) in [
            ("weight", self.weight),
            ("gross_weight", self.gross_weight),
            ("min_stock", self.min_stock),
            ("minimal_order_quantity", self.minimal_order_quantity),
        ] {
            body.decimal(name, number);
        }
        body.text("customs_fee", self.customs_fee.as_deref(), REGISTER_TEXT);
        body.text("country", self.country.as_deref(), REGISTER_TEXT);
        self.write_translations(body);
        write_extra_columns(&self.extra_columns, body);
        if !self.prices.is_empty() {
            body.list("pricelist", &self.prices, DraftPriceList::write);
        }
    }

    fn write_translations(&self, body: &mut Body) {
        if self.translations.is_empty() {
            return;
        }
        body.list("localization", &self.translations, |translation, body| {
            body.required("language", translation.language.as_deref().unwrap_or_default(), REGISTER_TEXT);
            body.text("name", translation.name.as_deref(), length::NAME);
            body.long_text("name_desc", translation.name_desc.as_deref(), length::NAME_DESC);
        });
    }
}

impl DraftPriceList {
    fn write(&self, body: &mut Body) {
        body.required("count_code", &self.code, length::COUNT_CODE);
        if self.tiers.is_empty() {
            body.problem("price_def", "a list without a price changes nothing");
        }
        body.list("price_def", &self.tiers, DraftTier::write);
    }
}

impl DraftTier {
    fn write(&self, body: &mut Body) {
        if let (Some(from), Some(to)) = (self.amount_from, self.amount_to)
            && from >= to
        {
            body.problem("amount_to", format!("{to} is not above {from}"));
        }
        body.decimal("amount_from", self.amount_from);
        body.decimal("amount_to", self.amount_to);
        body.decimal("discount", self.discount);
        self.price.write(body);
        self.tax.write(body);
    }
}
