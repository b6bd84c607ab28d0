//! The lines of a document's form.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;
use sync_core::money::{line_total, net_of};
use sync_core::record::{Amount, Discount, Price, ProductLine, ProductRef, Tax, TaxCode, TaxRate};

use super::check::{LINE, PAGES, Reasons};
use super::input::LineInput;
use crate::store::products::StoredProduct;
use crate::store::sales_documents::{LineRow, PriceBasis};

/// Most decimals of an amount or a price: Metakocka keeps ten places (`metakocka-api.md §1.5`).
const MAX_DECIMALS: u32 = 10;

/// The rows of the lines; none when one of them is wrong.
pub(super) fn build(
    reasons: &mut Reasons,
    input: &[LineInput],
    stored: &[LineRow],
    products: &HashMap<String, StoredProduct>,
) -> Option<Vec<LineRow>> {
    let known: BTreeMap<&str, &LineRow> =
        stored.iter().filter_map(|row| Some((row.external_row_id.as_deref()?, row))).collect();
    let mut rows = Vec::with_capacity(input.len());
    let mut right = true;
    for (at, line) in (1..).zip(input) {
        let old = match line.row.as_deref() {
            None => None,
            Some(id) => {
                let old = known.get(id).copied();
                if old.is_none() {
                    reasons.add(
                        format!("lines[{at}].row"),
                        "The document has no such row.",
                        "Leave it out for a new line.",
                    );
                }
                old
            }
        };
        let one = One { at, line, old, product: line.product_id.as_ref().and_then(|id| products.get(id)) };
        match if line.is_text() { one.text(reasons) } else { one.counting(reasons) } {
            Some(row) => rows.push(row),
            None => right = false,
        }
    }
    right.then_some(rows)
}

struct One<'a> {
    at: usize,
    line: &'a LineInput,
    old: Option<&'a LineRow>,
    product: Option<&'a StoredProduct>,
}

impl One<'_> {
    fn field(&self, part: &str) -> String {
        format!("lines[{}].{part}", self.at)
    }

    fn row_id(&self) -> Option<String> {
        self.old.and_then(|old| old.external_row_id.clone())
    }

    fn text(&self, reasons: &mut Reasons) -> Option<LineRow> {
        let text = self.line_text(reasons, PAGES);
        if text.is_empty() {
            reasons.add(self.field("text"), "The line is empty.", "Write something, or remove the line.");
            return None;
        }
        Some(LineRow {
            external_row_id: self.row_id(),
            product_id: None,
            product_external_id: None,
            code: String::new(),
            remote_code: String::new(),
            name: String::new(),
            unit: String::new(),
            text,
            amount: None,
            price: None,
            price_basis: None,
            discount: String::new(),
            tax_code: None,
            tax_rate: None,
            net: None,
        })
    }

    /// The text of a line that was not touched stays as Metakocka keeps it.
    fn line_text(&self, reasons: &mut Reasons, most: usize) -> String {
        let new = self.line.text.as_deref().unwrap_or_default();
        match self.old {
            Some(old) if old.text == new => old.text.clone(),
            _ => reasons.text(&self.field("text"), Some(new), most).unwrap_or_default(),
        }
    }

    fn counting(&self, reasons: &mut Reasons) -> Option<LineRow> {
        let amount = self.number(reasons, "amount", self.line.amount);
        let price = self.number(reasons, "price", self.line.price);
        let discount = reasons.parsed(
            &self.field("discounts"),
            Discount::chain(self.line.discounts.iter().copied()),
            "Enter percentages between 0 and 100.",
        );
        let tax = self.tax(reasons);
        let text = self.line_text(reasons, LINE);
        let named = self.named(reasons)?;
        let (amount, price, discount, tax) = (amount?, price?, discount?, tax?);
        let basis = self.line.price_basis.unwrap_or(PriceBasis::Net);
        Some(LineRow {
            external_row_id: self.row_id(),
            text,
            amount: Some(amount),
            price: Some(price),
            price_basis: Some(basis),
            net: Some(self.net(reasons, (amount, price, basis), &discount, &tax)?),
            discount: discount.to_string(),
            tax_code: Some(tax.code.as_str().to_owned()),
            tax_rate: Some(tax.rate.percent()),
            ..named
        })
    }

    /// A number of a draft; what is left out is zero, and can't be sent like that.
    fn number(&self, reasons: &mut Reasons, part: &str, value: Option<Decimal>) -> Option<Decimal> {
        let value = value.unwrap_or_default().normalize();
        if value.scale() > MAX_DECIMALS {
            let sentence = format!("It has more than {MAX_DECIMALS} decimals.");
            reasons.add(self.field(part), sentence, "Round it.");
            return None;
        }
        Some(value)
    }

    fn tax(&self, reasons: &mut Reasons) -> Option<Tax> {
        let Some(code) = self.line.tax_code.as_deref().filter(|code| !code.trim().is_empty()) else {
            reasons.add(self.field("taxCode"), "The line has no tax code.", "Choose one.");
            return None;
        };
        let code = reasons.parsed(&self.field("taxCode"), TaxCode::parse(code), "Choose another.")?;
        let known = self.old.filter(|old| old.tax_code.as_deref() == Some(code.as_str()));
        let percent =
            self.line.tax_rate.or_else(|| known.and_then(|old| old.tax_rate)).or_else(|| usual(&code));
        let Some(percent) = percent else {
            reasons.add(self.field("taxRate"), "The rate of this tax code is not known.", "Enter the rate.");
            return None;
        };
        let rate =
            reasons.parsed(&self.field("taxRate"), TaxRate::from_percent(percent), "Enter a percentage.")?;
        Some(Tax { code, rate })
    }

    /// What the line sells: as the document has it while the product is the same, else as the product is now.
    fn named(&self, reasons: &mut Reasons) -> Option<LineRow> {
        let id = self.line.product_id.as_ref().filter(|id| !id.is_empty());
        if let Some(old) = self.old.filter(|old| old.product_id.as_ref() == id && old.amount.is_some()) {
            return Some(old.clone());
        }
        let mut row = LineRow {
            external_row_id: None,
            product_id: id.cloned(),
            product_external_id: None,
            code: String::new(),
            remote_code: String::new(),
            name: String::new(),
            unit: String::new(),
            text: String::new(),
            amount: None,
            price: None,
            price_basis: None,
            discount: String::new(),
            tax_code: None,
            tax_rate: None,
            net: None,
        };
        let Some(_) = id else { return Some(row) };
        let Some(product) = self.product.filter(|product| product.deleted_at.is_none()) else {
            // An id that is none was told of where the products were looked up.
            if id.is_some_and(|id| crate::ids::is_id(id)) {
                reasons.unknown(&self.field("productId"));
            }
            return None;
        };
        row.code.clone_from(&product.fields.code);
        row.remote_code = product.fields.remote_code.clone().unwrap_or_default();
        row.name.clone_from(&product.fields.name);
        row.unit.clone_from(&product.fields.unit);
        Some(row)
    }

    fn net(
        &self,
        reasons: &mut Reasons,
        (amount, price, basis): (Decimal, Decimal, PriceBasis),
        discount: &Discount,
        tax: &Tax,
    ) -> Option<Decimal> {
        let line = ProductLine {
            row: None,
            product: ProductRef::default(),
            name: String::new(),
            unit: None,
            amount: Amount(amount),
            price: if basis == PriceBasis::Gross { Price::Gross(price) } else { Price::Net(price) },
            discount: discount.clone(),
            tax: tax.clone(),
            text: None,
        };
        let net = line_total(&line)
            .and_then(|total| if basis == PriceBasis::Gross { net_of(total, tax.rate) } else { Ok(total) });
        if net.is_err() {
            reasons.add(self.field("amount"), "The amounts are too large.", "Correct amount and price.");
        }
        net.ok()
    }
}

/// The rates of the usual codes (policy G).
fn usual(code: &TaxCode) -> Option<Decimal> {
    match code.folded().as_str() {
        "EX4" => Some(Decimal::new(22, 0)),
        "EX3" => Some(Decimal::new(95, 1)),
        _ => None,
    }
}
