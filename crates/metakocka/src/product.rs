//! Products, their prices and stock (`metakocka-api.md §2`).

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::document::{LinePrice, NamedValue};
use crate::fields::{Fields, Read, read_text};
use crate::identity::{MkId, TaxCode};
use crate::row::Unreadable;
use crate::search::ListLimit;

/// A product as `product_list` returns it.
#[derive(Clone, Debug, PartialEq)]
pub struct Product {
    /// The id.
    pub mk_id: MkId,
    /// The visible id, unique.
    pub count_code: Option<String>,
    /// The SKU. Not guaranteed unique (§2.2).
    pub code: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The description, as HTML.
    pub name_desc: Option<String>,
    /// The unit's label.
    pub unit: Option<String>,
    /// The second unit's label.
    pub unit2: Option<String>,
    /// How many of the first unit one of the second is.
    pub unit_factor: Option<Decimal>,
    /// The barcode.
    pub barcode: Option<String>,
    /// Whether it is a service.
    pub service: Option<bool>,
    /// Whether it may be sold.
    pub sales: Option<bool>,
    /// Whether it may be bought (`purchasing`).
    pub purchasing: Option<bool>,
    /// Whether it is in use (`activated`).
    pub activated: Option<bool>,
    /// Whether it is sent to web shops.
    pub eshop_sync: Option<bool>,
    /// Whether it is made of others.
    pub compound: Option<bool>,
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
    /// The country of origin as ISO code.
    pub country: Option<String>,
    /// Names in other languages (`localization`).
    pub translations: Vec<Translation>,
    /// Columns that the company added (`extra_column`).
    pub extra_columns: Vec<NamedValue>,
    /// Prices, with the switch [`ProductSwitch::PriceLists`].
    pub prices: Vec<PriceListRow>,
    /// Stock, with its switches.
    pub stock: ProductStock,
    /// Every other field, as received.
    pub other: Map<String, Value>,
}

/// A product's name in another language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    /// The language.
    pub language: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The description.
    pub name_desc: Option<String>,
}

/// A product's entry on a price list; one row per tier in what was seen. A price list is named by `side`
/// and `code` together (`metakocka-api.md §2.4`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceListRow {
    /// The list's code (`count_code`).
    pub code: Option<String>,
    /// The list's name.
    pub title: Option<String>,
    /// `sales` or `purchase` (`sales_purchase`); may be missing.
    pub side: Option<String>,
    /// The buyer that the list is for.
    pub buyer: Option<String>,
    /// From when it holds.
    pub valid_from: Option<Date>,
    /// Until when it holds.
    pub valid_to: Option<Date>,
    /// The currency's ISO code.
    pub currency: Option<String>,
    /// `pricelist_type`.
    pub kind: Option<String>,
    /// The prices (`price_def`).
    pub tiers: Vec<PriceTier>,
}

/// A price from an amount on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceTier {
    /// From this amount.
    pub amount_from: Option<Decimal>,
    /// Up to this amount.
    pub amount_to: Option<Decimal>,
    /// Percent off.
    pub discount: Option<Decimal>,
    /// Net or gross, as the list is.
    pub price: LinePrice,
    /// The tax code; may be missing.
    pub tax: Option<TaxCode>,
    /// The tax as a fraction, with the switch [`ProductSwitch::TaxFactor`].
    pub tax_factor: Option<Decimal>,
}

/// A product's stock, each part with its switch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductStock {
    /// All there is (`amount`), zero for products that were never in stock.
    pub amount: Option<Decimal>,
    /// What is not reserved (`free_amount`).
    pub free: Option<Decimal>,
    /// By warehouse (`amount_detail`).
    pub by_warehouse: Vec<StockRow>,
    /// Reserved, by warehouse (`reservation_detail`).
    pub reserved: Vec<StockRow>,
}

/// An amount in a warehouse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockRow {
    /// The warehouse's mark.
    pub warehouse_mark: Option<String>,
    /// The warehouse's name.
    pub warehouse_name: Option<String>,
    /// The amount; may be negative.
    pub amount: Decimal,
}

/// Which products, what of them, and which page (`metakocka-api.md §2.1`). There is no filter by time of
/// change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductQuery {
    /// Which products.
    pub filters: ProductFilters,
    /// What beyond the ordinary fields.
    pub switches: Vec<ProductSwitch>,
    /// How many to skip.
    pub offset: u64,
    /// How many at most.
    pub limit: ListLimit,
}

/// Which products; an absent filter does not filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductFilters {
    /// The id. Whether it selects is doubtful (`metakocka-api.md §2.1`): check what is returned.
    pub mk_id: Option<MkId>,
    /// The exact visible id.
    pub count_code: Option<String>,
    /// The exact SKU; several products may have it.
    pub code: Option<String>,
    /// Only what may (or may not) be sold.
    pub sales: Option<bool>,
    /// Only services (or goods).
    pub service: Option<bool>,
    /// Only what is (or is not) in use.
    pub active: Option<bool>,
    /// Only what is (or is not) sent to web shops.
    pub eshop_sync: Option<bool>,
}

/// What `product_list` shall return beyond the ordinary fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProductSwitch {
    /// Prices.
    PriceLists,
    /// Tax factors of prices.
    TaxFactor,
    /// Stock by warehouse.
    WarehouseStock,
    /// What is not reserved.
    FreeAmount,
    /// Reservations by warehouse.
    Reservations,
    /// Categories.
    Categories,
}

impl ProductSwitch {
    /// The name that Metakocka uses, misspelt where it misspells (Q22).
    pub const fn wire(self) -> &'static str {
        match self {
            Self::PriceLists => "return_pricelist",
            Self::TaxFactor => "show_tax_factor",
            Self::WarehouseStock => "return_warehause_stock",
            Self::FreeAmount => "return_free_amount",
            Self::Reservations => "return_warehouse_reservation",
            Self::Categories => "return_category",
        }
    }
}

impl ProductQuery {
    pub(crate) fn write_into(&self, body: &mut Map<String, Value>) {
        let filters = &self.filters;
        for (name, text) in [("count_code", &filters.count_code), ("code", &filters.code)] {
            if let Some(text) = text {
                body.insert(name.to_owned(), Value::from(text.as_str()));
            }
        }
        if let Some(id) = &filters.mk_id {
            body.insert("mk_id".to_owned(), Value::from(id.as_str()));
        }
        for (name, flag) in [
            ("sales", filters.sales),
            ("service", filters.service),
            ("active", filters.active),
            ("eshop_sync", filters.eshop_sync),
        ] {
            if let Some(flag) = flag {
                body.insert(name.to_owned(), Value::from(flag.to_string()));
            }
        }
        for switch in &self.switches {
            body.insert(switch.wire().to_owned(), Value::from("true"));
        }
        body.insert("offset".to_owned(), Value::from(self.offset.to_string()));
        body.insert("limit".to_owned(), Value::from(self.limit.to_string()));
    }
}

impl Product {
    /// Reads a product from the JSON that an earlier call brought ([`crate::Record::raw`]).
    pub fn from_json(json: &str) -> Result<Self, Box<Unreadable>> {
        read_text(json, Self::read)
    }

    pub(crate) fn read(mut f: Fields<'_>) -> Read<Self> {
        Ok(Self {
            mk_id: f.required_id("mk_id")?,
            count_code: f.text("count_code")?,
            code: f.text("code")?,
            name: f.text("name")?,
            name_desc: f.text("name_desc")?,
            unit: f.text("unit")?,
            unit2: f.text("unit2")?,
            unit_factor: f.decimal("unit_factor")?,
            barcode: f.text("barcode")?,
            service: f.flag("service")?,
            sales: f.flag("sales")?,
            purchasing: f.flag("purchasing")?,
            activated: f.flag("activated")?,
            eshop_sync: f.flag("eshop_sync")?,
            compound: f.flag("compound")?,
            weight: f.decimal("weight")?,
            gross_weight: f.decimal("gross_weight")?,
            min_stock: f.decimal("min_stock")?,
            minimal_order_quantity: f.decimal("minimal_order_quantity")?,
            customs_fee: f.text("customs_fee")?,
            country: f.text("country")?,
            translations: f.list("localization", Translation::read)?,
            extra_columns: f.list("extra_column", NamedValue::read)?,
            prices: f.list("pricelist", PriceListRow::read)?,
            stock: ProductStock::read(&mut f)?,
            other: f.rest(),
        })
    }
}

impl Translation {
    fn read(mut f: Fields<'_>) -> Read<Self> {
        Ok(Self { language: f.text("language")?, name: f.text("name")?, name_desc: f.text("name_desc")? })
    }
}

impl PriceListRow {
    fn read(mut f: Fields<'_>) -> Read<Self> {
        Ok(Self {
            code: f.text("count_code")?,
            title: f.text("title")?,
            side: f.text("sales_purchase")?,
            buyer: f.text("buyer")?,
            valid_from: f.date("valid_from")?,
            valid_to: f.date("valid_to")?,
            currency: f.text("currency_code")?,
            kind: f.text("pricelist_type")?,
            tiers: f.list("price_def", PriceTier::read)?,
        })
    }
}

impl PriceTier {
    fn read(mut f: Fields<'_>) -> Read<Self> {
        Ok(Self {
            amount_from: f.decimal("amount_from")?,
            amount_to: f.decimal("amount_to")?,
            discount: f.decimal("discount")?,
            price: LinePrice::read(&mut f)?,
            tax: f.tax_code("tax")?,
            tax_factor: f.decimal("tax_factor")?,
        })
    }
}

impl ProductStock {
    fn read(f: &mut Fields<'_>) -> Read<Self> {
        Ok(Self {
            amount: f.decimal("amount")?,
            free: f.decimal("free_amount")?,
            by_warehouse: f.list("amount_detail", StockRow::read)?,
            reserved: f.list("reservation_detail", StockRow::read)?,
        })
    }
}

impl StockRow {
    fn read(mut f: Fields<'_>) -> Read<Self> {
        Ok(Self {
            warehouse_mark: f.text("warehouse_mark")?,
            warehouse_name: f.text("warehouse_name")?,
            amount: f.decimal_or_zero("amount")?,
        })
    }
}
