//! Products as requests describe them (`metakocka-api.md` §2.2, §2.4): whole in `product_add` and in lines
//! of unknown products, in part in `product_update`.

use super::lines::{CODE, COUNT_CODE, sent_tax};
use super::{decimal, flag, invalid_value, limited, pairs, required_text, text};
use crate::api::params::{Params, required, scalar, wrong_form};
use crate::api::{Call, MkError};
use crate::company::{
    Company, ListPrice, Localization, Measure, MkId, Part, PartnerCode, PriceList, Product, TaxCode,
    UnitPrice,
};
use crate::quirks::Quirk;
use rust_decimal::Decimal;
use serde_json::Value;

/// Longest name and description, characters (§2.2).
const NAME: usize = 200;
const DESCRIPTION: usize = 700;

/// Clears a description or a barcode (§2.3).
const REMOVE: &str = "$REMOVE_STRING_VALUE$";

/// Codes that are accepted, and whose price then does not exist (§2.4).
const VANISHING_TAXES: [&str; 4] = ["N85", "N95", "N20", "N22"];

/// A product that does not exist yet.
pub(in crate::api) struct NewProduct {
    product: Product,
    number: Option<String>,
    parts: Vec<DraftPart>,
}

impl NewProduct {
    pub(in crate::api) fn parse(company: &Company, params: &Params, call: Call<'_>) -> Result<Self, MkError> {
        let code = required_text(params, "code", CODE, call)?;
        let name = required_text(params, "name", NAME, call)?;
        let unit = unit(company, params)?.ok_or_else(|| required("unit"))?;
        let mut product = Product::blank(MkId(0), String::new(), code, name, unit);
        product.sales = false;
        let changes = Changes::parse(company, params, call)?;
        changes.apply(&mut product);
        let number = limited(params, "count_code", COUNT_CODE, call)?;
        Ok(Self { product, number, parts: parts(company, params)? })
    }

    /// A product that is made by selling it is one that is sold.
    pub(super) const fn sell(&mut self) {
        self.product.sales = true;
    }

    pub(in crate::api) const fn is_service(&self) -> bool {
        self.product.service
    }

    /// Stores it under its number, or the company's next one.
    pub(in crate::api) fn store(self, company: &mut Company) -> MkId {
        let Self { mut product, number, parts } = self;
        product.id = company.next_product_id();
        product.number = number.unwrap_or_else(|| company.next_free_product_number());
        for part in parts {
            let part = part.store(company);
            product.extra_mut().parts.push(part);
        }
        for code in product.extra.iter_mut().flat_map(|extra| &mut extra.partner_codes) {
            code.id = company.next_row_id();
        }
        let id = product.id;
        company.insert_product(product);
        id
    }

    /// Stores it unless an earlier line of the same document did.
    pub(super) fn store_or_find(self, company: &mut Company) -> MkId {
        let same = company.products.iter().find(|product| product.code == self.product.code);
        match same.map(|product| product.id) {
            Some(id) => id,
            None => self.store(company),
        }
    }

    pub(in crate::api) fn code(&self) -> &str {
        &self.product.code
    }

    pub(in crate::api) fn number(&self) -> Option<&str> {
        self.number.as_deref()
    }
}

fn unit(company: &Company, params: &Params) -> Result<Option<String>, MkError> {
    let Some(unit) = text(params, "unit")? else { return Ok(None) };
    if !company.registers.units.contains(&unit) {
        return Err(invalid_value("unit", &unit, &company.registers.units.join(",")));
    }
    Ok(Some(unit))
}

/// A part of a compound, perhaps of a product that this makes.
enum DraftPart {
    Known { product: MkId, amount: Decimal },
    New { product: Box<Product>, amount: Decimal },
}

impl DraftPart {
    fn store(self, company: &mut Company) -> Part {
        let (product, amount) = match self {
            Self::Known { product, amount } => (product, amount),
            Self::New { mut product, amount } => {
                product.id = company.next_product_id();
                product.number = company.next_free_product_number();
                let id = product.id;
                company.insert_product(*product);
                (id, amount)
            }
        };
        Part { id: company.next_row_id(), product, amount }
    }
}

/// `compounds`: an unknown product is made (§2.2).
fn parts(company: &Company, params: &Params) -> Result<Vec<DraftPart>, MkError> {
    let rows = params.objects("compounds")?;
    rows.iter()
        .map(|row| {
            let amount = decimal(row, "amount")?.ok_or_else(|| required("amount"))?;
            let code = text(row, "product_code")?;
            let id = super::id(row, "product_mk_id")?;
            let number = text(row, "product_count_code")?;
            let known = company.products.iter().find(|product| {
                id == Some(product.id)
                    || number.as_ref() == Some(&product.number)
                    || code.as_ref() == Some(&product.code)
            });
            if let Some(product) = known {
                return Ok(DraftPart::Known { product: product.id, amount });
            }
            let code = code.ok_or_else(|| required("product_code"))?;
            let name = text(row, "product_title")?.unwrap_or_else(|| code.clone());
            let unit = company.registers.units.first().cloned().unwrap_or_default();
            let product = Product::blank(MkId(0), String::new(), code, name, unit);
            Ok(DraftPart::New { product: Box::new(product), amount })
        })
        .collect()
}

/// A text to change: left out and empty keep it (Q19).
#[derive(Default)]
enum TextChange {
    #[default]
    Keep,
    Clear,
    To(String),
}

impl TextChange {
    fn parse(params: &Params, key: &str, max: usize, call: Call<'_>) -> Result<Self, MkError> {
        Ok(match limited(params, key, max, call)? {
            Some(text) if text == REMOVE => Self::Clear,
            Some(text) => Self::To(text),
            None if params.has(key) && !call.quirks.hold(Quirk::EmptyKeeps) => Self::Clear,
            None => Self::Keep,
        })
    }

    fn apply(self, place: &mut Option<String>) {
        match self {
            Self::Keep => {}
            Self::Clear => *place = None,
            Self::To(text) => *place = Some(text),
        }
    }
}

/// Everything of a product but its names and parts; only what was sent.
#[derive(Default)]
pub(in crate::api) struct Changes {
    code: Option<String>,
    name: Option<String>,
    unit: Option<String>,
    description: TextChange,
    barcode: TextChange,
    switches: Vec<(Switch, bool)>,
    measures: Vec<(Measure, Decimal)>,
    prices: Vec<PriceChange>,
    replace_prices: bool,
    categories: Option<Vec<Vec<String>>>,
    localizations: Vec<Localization>,
    columns: Option<Vec<(String, String)>>,
    customs_fee: Option<String>,
    country: Option<crate::company::Country>,
    supplier: Option<MkId>,
    partner_codes: Vec<PartnerCode>,
    attachments: Vec<String>,
    drop_other_attachments: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Switch {
    Service,
    Sales,
    Purchasing,
    Activated,
    Compound,
    Norm,
}

const SWITCHES: [(&str, Switch); 6] = [
    ("service", Switch::Service),
    ("sales", Switch::Sales),
    ("purchasing", Switch::Purchasing),
    ("activated", Switch::Activated),
    ("compound", Switch::Compound),
    ("norm", Switch::Norm),
];

/// A price of a list, or its disappearance.
struct PriceChange {
    list: String,
    /// `None`: a tax code that makes the price vanish.
    row: Option<ListPrice>,
}

impl Changes {
    pub(in crate::api) fn parse(company: &Company, params: &Params, call: Call<'_>) -> Result<Self, MkError> {
        let mut switches = Vec::new();
        for (key, switch) in SWITCHES {
            switches.extend(flag(params, key)?.map(|on| (switch, on)));
        }
        let mut measures = Vec::new();
        for measure in Measure::ALL {
            measures.extend(decimal(params, measure.name())?.map(|value| (measure, value)));
        }
        let columns = params.has("extra_column").then(|| pairs(params, "extra_column", ("name", "value")));
        Ok(Self {
            code: limited(params, "code", CODE, call)?,
            name: limited(params, "name", NAME, call)?,
            unit: unit(company, params)?,
            description: TextChange::parse(params, "name_desc", DESCRIPTION, call)?,
            barcode: TextChange::parse(params, "barcode", CODE, call)?,
            switches,
            measures,
            prices: prices(company, params)?,
            replace_prices: params.flag("pricelist_remove_product_before_add"),
            categories: params.has("categories").then(|| categories(params)).transpose()?,
            localizations: params
                .objects("localization")?
                .iter()
                .map(|row| localization(row, call))
                .collect::<Result<_, _>>()?,
            columns: columns.transpose()?,
            customs_fee: text(params, "customs_fee")?,
            country: text(params, "country")?.map(|text| super::people::country(&text)).transpose()?,
            supplier: supplier(company, params)?,
            partner_codes: partner_codes(company, params)?,
            attachments: super::attachments(params)?,
            drop_other_attachments: params.flag("remove_not_send_attachments"),
        })
    }

    /// The value a switch gets, if one was sent.
    pub(in crate::api) fn switch(&self, switch: Switch) -> Option<bool> {
        self.switches.iter().find(|(known, _)| *known == switch).map(|(_, on)| *on)
    }

    pub(in crate::api) fn apply(self, product: &mut Product) {
        let replace = |place: &mut String, value: Option<String>| {
            if let Some(value) = value {
                *place = value;
            }
        };
        replace(&mut product.code, self.code);
        replace(&mut product.name, self.name);
        replace(&mut product.unit, self.unit);
        self.description.apply(&mut product.description);
        self.barcode.apply(&mut product.barcode);
        for (switch, on) in self.switches {
            *switch.place(product) = on;
        }
        product.measures.extend(self.measures);
        apply_prices(&mut product.prices, self.prices, self.replace_prices);
        if let Some(categories) = self.categories {
            product.categories = categories;
        }
        let extras = Extras {
            localizations: self.localizations,
            columns: self.columns,
            customs_fee: self.customs_fee,
            country: self.country,
            supplier: self.supplier,
            partner_codes: self.partner_codes,
            attachments: self.attachments,
            drop_other_attachments: self.drop_other_attachments,
        };
        extras.apply(product);
    }
}

/// The rarer half of [`Changes`].
struct Extras {
    localizations: Vec<Localization>,
    columns: Option<Vec<(String, String)>>,
    customs_fee: Option<String>,
    country: Option<crate::company::Country>,
    supplier: Option<MkId>,
    partner_codes: Vec<PartnerCode>,
    attachments: Vec<String>,
    drop_other_attachments: bool,
}

impl Extras {
    fn apply(self, product: &mut Product) {
        let nothing = self.localizations.is_empty()
            && self.columns.is_none()
            && self.customs_fee.is_none()
            && self.country.is_none()
            && self.supplier.is_none()
            && self.partner_codes.is_empty()
            && self.attachments.is_empty()
            && !self.drop_other_attachments;
        if nothing {
            return;
        }
        let extra = product.extra_mut();
        for row in self.localizations {
            extra.localizations.retain(|known| known.language != row.language);
            extra.localizations.push(row);
        }
        if let Some(columns) = self.columns {
            extra.columns = columns;
        }
        extra.customs_fee = self.customs_fee.or(extra.customs_fee.take());
        extra.country = self.country.or(extra.country);
        extra.supplier = self.supplier.or(extra.supplier);
        extra.partner_codes.extend(self.partner_codes);
        if self.drop_other_attachments {
            extra.attachments.clear();
        }
        extra.attachments.retain(|known| !self.attachments.contains(known));
        extra.attachments.extend(self.attachments);
    }
}

impl Switch {
    const fn place(self, product: &mut Product) -> &mut bool {
        match self {
            Self::Service => &mut product.service,
            Self::Sales => &mut product.sales,
            Self::Purchasing => &mut product.purchasing,
            Self::Activated => &mut product.active,
            Self::Compound => &mut product.compound,
            Self::Norm => &mut product.norm,
        }
    }
}

/// A price replaces that of the same list from the same amount on; other lists stay untouched (§2.4).
fn apply_prices(rows: &mut Vec<ListPrice>, changes: Vec<PriceChange>, replace: bool) {
    if replace {
        rows.retain(|row| !changes.iter().any(|change| change.list == row.list));
    }
    for change in changes {
        let Some(new) = change.row else {
            rows.retain(|row| row.list != change.list);
            continue;
        };
        match rows.iter_mut().find(|row| row.list == new.list && row.from == new.from) {
            Some(row) => *row = new,
            None => rows.push(new),
        }
    }
}

fn prices(company: &Company, params: &Params) -> Result<Vec<PriceChange>, MkError> {
    let mut changes = Vec::new();
    for row in params.objects("pricelist")? {
        let code = text(&row, "count_code")?.ok_or_else(|| required("count_code"))?;
        let list = company.registers.price_list(&code);
        let list =
            list.ok_or_else(|| MkError::parameter(format!("Price list with code {code} does not exist")))?;
        for price in row.objects("price_def")? {
            changes.push(PriceChange { list: code.clone(), row: price_def(company, list, &price)? });
        }
    }
    Ok(changes)
}

fn price_def(company: &Company, list: &PriceList, row: &Params) -> Result<Option<ListPrice>, MkError> {
    if text(row, "tax")?.is_some_and(|code| VANISHING_TAXES.contains(&code.as_str())) {
        return Ok(None);
    }
    let Some((tax, _)) = sent_tax(company, row)? else {
        // Metakocka complains about a tax that was not sent at all (§2.4).
        let codes: Vec<&str> = company.registers.taxes.iter().map(TaxCode::code).collect();
        return Err(MkError::parameter(format!(
            "null is not a valid tax. Valid values : {}",
            codes.join(",")
        )));
    };
    let (net, gross) = (decimal(row, "price")?, decimal(row, "price_with_tax")?);
    let price = match (list.gross, net, gross) {
        (true, _, Some(gross)) => UnitPrice::Gross(gross),
        (false, Some(net), _) => UnitPrice::Net(net),
        (true, ..) => return Err(required("price_with_tax")),
        (false, ..) => return Err(required("price")),
    };
    let from = decimal(row, "amount_from")?.filter(|from| !from.is_zero());
    let to = decimal(row, "amount_to")?;
    let discount = decimal(row, "discount")?;
    let lowest_30_days = decimal(row, "lowest_price_30_days")?;
    Ok(Some(ListPrice { list: list.code.clone(), price, tax: Some(tax), from, to, discount, lowest_30_days }))
}

/// `[{category: "A" | ["A", "B"]}]`; the path form nests.
fn categories(params: &Params) -> Result<Vec<Vec<String>>, MkError> {
    let rows = params.objects("categories")?;
    rows.iter()
        .map(|row| {
            let path = match row.get("category") {
                Some(Value::Array(path)) => {
                    path.iter().map(|label| scalar(label).map(std::borrow::Cow::into_owned)).collect()
                }
                Some(value) => scalar(value).map(|label| vec![label.into_owned()]),
                None => None,
            };
            path.filter(|path: &Vec<String>| (1..=10).contains(&path.len()))
                .ok_or_else(|| wrong_form("category"))
        })
        .collect()
}

fn localization(row: &Params, call: Call<'_>) -> Result<Localization, MkError> {
    Ok(Localization {
        language: text(row, "language")?.ok_or_else(|| required("language"))?,
        name: required_text(row, "name", NAME, call)?,
        description: limited(row, "name_desc", DESCRIPTION, call)?,
    })
}

/// The partner must be a supplier (§2.2).
fn supplier(company: &Company, params: &Params) -> Result<Option<MkId>, MkError> {
    let Some(info) = params.object("supplier_info") else { return Ok(None) };
    let id = super::id(&info, "partner_id")?.ok_or_else(|| required("partner_id"))?;
    let partner =
        company.partner(id).ok_or_else(|| MkError::parameter("No partner with such properties."))?;
    if !partner.supplier {
        return Err(MkError::application(format!("Partner {} is not supplier", partner.name)));
    }
    Ok(Some(id))
}

fn partner_codes(company: &Company, params: &Params) -> Result<Vec<PartnerCode>, MkError> {
    let rows = params.objects("product_partner_info")?;
    rows.iter()
        .map(|row| {
            let partner = super::id(row, "partner_id")?.ok_or_else(|| required("partner_id"))?;
            company.partner(partner).ok_or_else(|| MkError::parameter("No partner with such properties."))?;
            let code = text(row, "product_code")?.ok_or_else(|| required("product_code"))?;
            Ok(PartnerCode { id: MkId(0), partner, code, name: text(row, "product_name")? })
        })
        .collect()
}
