//! The lines of a request (`metakocka-api.md` §4.4), read against the catalogue without changing it.

use super::products::NewProduct;
use super::{date, decimal, invalid_value, limited, parse_decimal, text};
use crate::api::error::MissingProduct;
use crate::api::params::{Params, required, scalar, wrong_form};
use crate::api::{Call, MkError};
use crate::company::{
    Article, Company, Country, Line, LineContent, LineExtra, LineMeta, PricedLine, Product, TaxCode,
    UnitPrice,
};
use crate::quirks::Quirk;
use rust_decimal::Decimal;

/// Longest `code` and `count_code`, characters (§2.2; the worse reading of §9).
pub(in crate::api) const CODE: usize = 50;
pub(in crate::api) const COUNT_CODE: usize = 30;

/// A line before it is stored.
pub(in crate::api) struct DraftLine {
    pub(in crate::api) article: DraftArticle,
    amount: Decimal,
    price: UnitPrice,
    discounts: Vec<Decimal>,
    tax: TaxCode,
    description: Option<String>,
    extra: Option<Box<LineExtra>>,
    update: ProductUpdate,
    /// Whether the rate was sent instead of the code: its gross prices are read back net (§4.3).
    pub(in crate::api) by_factor: bool,
}

/// What a line is of.
pub(in crate::api) enum DraftArticle {
    Known(crate::company::MkId),
    New(Box<NewProduct>),
}

/// Fields of a line that change its product too (§4.4).
#[derive(Default)]
struct ProductUpdate {
    barcode: Option<String>,
    customs_fee: Option<String>,
    country: Option<Country>,
}

/// Reads `key`; all lines of unknown products are refused together.
pub(in crate::api) fn parse_lines(
    company: &Company,
    params: &Params,
    key: &str,
    call: Call<'_>,
) -> Result<Vec<DraftLine>, MkError> {
    let rows = params.objects(key)?;
    let max = call.settings.max_lines;
    if rows.len() > max {
        return Err(MkError::application(format!("Document has {} products, maximum is {max}", rows.len())));
    }
    let mut missing: Vec<MissingProduct> = Vec::new();
    let mut lines = Vec::with_capacity(rows.len());
    for row in &rows {
        match article(company, row, call)? {
            Some(article) => lines.push(parse_line(company, row, article, call)?),
            None => missing.push(row.scalars()),
        }
    }
    if missing.is_empty() { Ok(lines) } else { Err(MkError::unknown_products(missing, call.quirks)) }
}

/// The product of a line by `count_code` or `code`; `mk_id` alone finds nothing (§4.2).
pub(in crate::api) fn product_of<'a>(
    company: &'a Company,
    row: &Params,
) -> Result<Option<&'a Product>, MkError> {
    let (number, code) = (text(row, "count_code")?, text(row, "code")?);
    let mut products = company.products.iter();
    Ok(match (number, code) {
        (Some(number), code) => products
            .clone()
            .find(|product| product.number == number)
            .or_else(|| code.and_then(|code| products.find(|product| product.code == code))),
        (None, Some(code)) => products.find(|product| product.code == code),
        (None, None) => None,
    })
}

/// `None`: there is no such product, and the line does not say enough to make it (Q9).
fn article(company: &Company, row: &Params, call: Call<'_>) -> Result<Option<DraftArticle>, MkError> {
    if let Some(product) = product_of(company, row)? {
        if !product.sales {
            return Err(MkError::application(format!("Product with code {} is not for sale", product.code)));
        }
        return Ok(Some(DraftArticle::Known(product.id)));
    }
    let made = text(row, "unit")?.is_some() && text(row, "name")?.is_some() && text(row, "code")?.is_some();
    if !made || !call.quirks.hold(Quirk::UnitCreatesProduct) {
        return Ok(None);
    }
    let mut new = NewProduct::parse(company, row, call)?;
    new.sell();
    Ok(Some(DraftArticle::New(Box::new(new))))
}

fn parse_line(
    company: &Company,
    row: &Params,
    article: DraftArticle,
    call: Call<'_>,
) -> Result<DraftLine, MkError> {
    let code = text(row, "code")?.or(text(row, "count_code")?).unwrap_or_default();
    let (tax, by_factor) = tax(company, row, &article, &code, call)?;
    let service = match &article {
        DraftArticle::Known(id) => company.product(*id).is_some_and(|product| product.service),
        DraftArticle::New(new) => new.is_service(),
    };
    Ok(DraftLine {
        amount: amount(row, service, &code, call)?,
        price: unit_price(row)?.ok_or_else(|| required("price"))?,
        discounts: discounts(row)?,
        tax,
        description: text(row, "doc_desc")?,
        extra: extra(row, call)?,
        update: product_update(row)?,
        by_factor,
        article,
    })
}

/// Not zero; negative only for a service (§4.4, §9).
fn amount(row: &Params, service: bool, code: &str, call: Call<'_>) -> Result<Decimal, MkError> {
    let amount = decimal(row, "amount")?.ok_or_else(|| required("amount"))?;
    if amount.is_zero() {
        return Err(wrong_form("amount"));
    }
    if amount.is_sign_negative() && !service && call.quirks.hold(Quirk::NegativeAmounts) {
        return Err(MkError::application(format!("Amount for product with code {code} must be positive.")));
    }
    Ok(amount)
}

/// Net or gross; which of both is meant nobody has said.
pub(in crate::api) fn unit_price(row: &Params) -> Result<Option<UnitPrice>, MkError> {
    match (decimal(row, "price")?, decimal(row, "price_with_tax")?) {
        (None, None) => Ok(None),
        (Some(net), None) => Ok(Some(UnitPrice::Net(net))),
        (None, Some(gross)) => Ok(Some(UnitPrice::Gross(gross))),
        (Some(_), Some(_)) => Err(wrong_form("price_with_tax")),
    }
}

/// A percentage or a chain of them; `10%` is refused (§4.4).
pub(in crate::api) fn discounts(row: &Params) -> Result<Vec<Decimal>, MkError> {
    let Some(chain) = text(row, "discount")? else { return Ok(Vec::new()) };
    discount_chain(&chain).ok_or_else(|| {
        MkError::parameter("Paramether discount must be valid number or numbers separate by semicolon")
    })
}

/// At most ten percentages of −100 to 100, separated by semicolons.
pub(crate) fn discount_chain(chain: &str) -> Option<Vec<Decimal>> {
    let parts: Option<Vec<Decimal>> = chain.split(';').map(|part| parse_decimal(part.trim())).collect();
    let mut parts = parts.filter(|parts| parts.len() <= 10)?;
    if parts.iter().any(|part| part.abs() > Decimal::ONE_HUNDRED) {
        return None;
    }
    parts.retain(|part| !part.is_zero());
    Some(parts)
}

/// `tax` or `tax_factor`; never taken from the product (Q21). The flag says which.
fn tax(
    company: &Company,
    row: &Params,
    article: &DraftArticle,
    code: &str,
    call: Call<'_>,
) -> Result<(TaxCode, bool), MkError> {
    if let Some(tax) = sent_tax(company, row)? {
        return Ok(tax);
    }
    if let (false, DraftArticle::Known(id)) = (call.quirks.hold(Quirk::TaxIsSent), article)
        && let Some(product) = company.product(*id)
    {
        return Ok((product.tax(), false));
    }
    Err(MkError::application(format!("Attribute 'tax' for product with code {code} must be set.")))
}

/// The tax of a row by code or by rate, and whether it was the rate.
pub(in crate::api) fn sent_tax(company: &Company, row: &Params) -> Result<Option<(TaxCode, bool)>, MkError> {
    let valid = || {
        let codes: Vec<&str> = company.registers.taxes.iter().map(TaxCode::code).collect();
        codes.join(",")
    };
    if let Some(code) = text(row, "tax")? {
        let tax = company.registers.tax(&code).ok_or_else(|| invalid_value("tax", &code, &valid()))?;
        return Ok(Some((tax, false)));
    }
    let Some(factor) = decimal(row, "tax_factor")? else { return Ok(None) };
    let same = company.registers.taxes.iter().find(|tax| tax.factor() == factor);
    let tax = same.ok_or_else(|| invalid_value("tax_factor", &factor.to_string(), &valid()))?;
    Ok(Some((*tax, true)))
}

fn extra(row: &Params, call: Call<'_>) -> Result<Option<Box<LineExtra>>, MkError> {
    let extra = LineExtra {
        microlocation: text(row, "microlocation")?,
        lot: text(row, "lot_number_value")?,
        serials: text(row, "serial_number_value")?,
        expires: date(row, "expiration_date_value", call)?,
        meta: row.objects("meta_data")?.iter().map(meta).collect::<Result<_, _>>()?,
    };
    Ok((extra != LineExtra::default()).then(|| Box::new(extra)))
}

fn meta(row: &Params) -> Result<LineMeta, MkError> {
    Ok(LineMeta {
        key: text(row, "key")?.ok_or_else(|| required("key"))?,
        value: text(row, "value_string")?.unwrap_or_default(),
        display_key: text(row, "display_key")?,
        display_value: text(row, "display_value")?,
    })
}

fn product_update(row: &Params) -> Result<ProductUpdate, MkError> {
    Ok(ProductUpdate {
        barcode: text(row, "barcode")?,
        customs_fee: text(row, "customs_fee")?,
        country: text(row, "country")?.map(|text| super::people::country(&text)).transpose()?,
    })
}

/// Changes of an existing line: only what the row sends.
pub(in crate::api) fn change_line(
    company: &Company,
    line: &mut PricedLine,
    row: &Params,
    call: Call<'_>,
) -> Result<(), MkError> {
    if row.has("amount") {
        let service = match line.article {
            Article::Product(id) => company.product(id).is_some_and(|product| product.service),
            Article::Free { .. } => false,
        };
        line.amount = amount(row, service, "", call)?;
    }
    line.price = unit_price(row)?.unwrap_or(line.price);
    if text(row, "discount")?.is_some() {
        line.discounts = discounts(row)?;
    }
    if let Some((tax, _)) = sent_tax(company, row)? {
        line.tax = tax;
    }
    if let Some(text) = limited(row, "doc_desc", usize::MAX, call)? {
        line.description = Some(text);
    }
    Ok(())
}

impl DraftLine {
    /// Whether the line is of a service.
    pub(in crate::api) fn is_service(&self, company: &Company) -> bool {
        match &self.article {
            DraftArticle::Known(id) => company.product(*id).is_some_and(|product| product.service),
            DraftArticle::New(new) => new.is_service(),
        }
    }

    /// What it comes to, net or gross as it is priced: for checks before it is stored.
    pub(in crate::api) fn priced(&self) -> PricedLine {
        PricedLine {
            article: Article::Free { name: String::new() },
            amount: self.amount,
            price: self.price,
            discounts: self.discounts.clone(),
            tax: self.tax,
            description: None,
            extra: None,
        }
    }

    pub(in crate::api) const fn amount(&self) -> Decimal {
        self.amount
    }

    /// Gives the line a discount where none was sent.
    pub(in crate::api) fn discount_if_none(&mut self, percent: Option<Decimal>) {
        if self.discounts.is_empty() {
            self.discounts.extend(percent);
        }
    }

    /// Stores the line's product if it is new, changes it if the line says so, and gives the line.
    pub(in crate::api) fn store(self, company: &mut Company) -> Line {
        let id = match self.article {
            DraftArticle::Known(id) => id,
            DraftArticle::New(new) => new.store_or_find(company),
        };
        self.update.apply(company, id);
        let priced = PricedLine {
            article: Article::Product(id),
            amount: self.amount,
            price: self.price,
            discounts: self.discounts,
            tax: self.tax,
            description: self.description,
            extra: self.extra,
        };
        Line { row_id: company.next_row_id(), content: LineContent::Priced(priced) }
    }
}

impl ProductUpdate {
    fn apply(self, company: &mut Company, id: crate::company::MkId) {
        if let Some(fee) =
            self.customs_fee.as_ref().filter(|fee| !company.registers.customs_fees.contains(fee))
        {
            // An unknown fee of a line is added to the register (§2.2).
            company.registers.customs_fees.push(fee.clone());
        }
        let Some(product) = company.product_mut(id) else { return };
        if self.barcode.is_some() {
            product.barcode = self.barcode;
        }
        if self.customs_fee.is_some() {
            product.extra_mut().customs_fee = self.customs_fee;
        }
        if self.country.is_some() {
            product.extra_mut().country = self.country;
        }
    }
}

impl Params {
    /// The scalar fields of an object, in the order of their names; what is no name is left out.
    fn scalars(&self) -> MissingProduct {
        let is_name = |key: &str| key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let named = self.fields().filter(|(key, _)| is_name(key));
        named.filter_map(|(key, value)| Some((key.clone(), scalar(value)?.into_owned()))).collect()
    }
}
