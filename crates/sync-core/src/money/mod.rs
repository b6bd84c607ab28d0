//! The money rules of policy C: exact decimals, half away from zero, tax per code on the summed
//! nets. Every step is checked: a document with absurd numbers gives an error, never a panic.
//!
//! This module computes and compares; what a difference means for a record is the planner's.

mod compare;
#[cfg(test)]
mod tests;

use rust_decimal::{Decimal, RoundingStrategy};

use crate::record::{
    Booked, Discount, DocumentDiscount, InvalidValue, Line, Price, ProductLine, SalesDocument, TaxCode,
    TaxRate, TaxTotal,
};

pub use compare::{TotalCheck, check_document, compare_totals, gross_equals_net, tolerance};

/// Places of an amount of money.
const CENTS: u32 = 2;

/// An amount can't be computed. The record is shown as unreadable with this sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// A number left the range of exact decimals (about 7.9 · 10²⁸).
    #[error("the amounts of this document are too large to add up")]
    TooLarge,
    /// The document's discount can't be applied to its lines.
    #[error("the discount of the document can't be applied")]
    Discount(#[source] InvalidValue),
}

/// The totals of a document, computed from its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// Without tax, after discounts.
    pub net: Decimal,
    /// What discounts took off, without tax.
    pub discount: Decimal,
    /// By tax code, in the order of the codes.
    pub taxes: Vec<TaxTotal>,
    /// With tax.
    pub gross: Decimal,
}

/// Rounds to cents, half away from zero.
pub fn round_cents(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(CENTS, RoundingStrategy::MidpointAwayFromZero)
}

/// An amount in cents, for adding up in the database. Rounded to cents first.
pub fn minor_units(value: Decimal) -> Result<i64, MoneyError> {
    let cents = times(round_cents(value), Decimal::ONE_HUNDRED)?;
    i64::try_from(cents.trunc().mantissa() / 10_i128.pow(cents.trunc().scale()))
        .map_err(|_| MoneyError::TooLarge)
}

/// What a chain of discounts leaves of 1.
fn remaining(discount: &Discount) -> Result<Decimal, MoneyError> {
    discount.steps().iter().try_fold(Decimal::ONE, |left, percent| {
        let kept = minus(Decimal::ONE, *percent / Decimal::ONE_HUNDRED)?;
        times(left, kept)
    })
}

/// The amount of a line after its discounts, in the basis of its price:
/// round₂(amount × price × Π(1 − d)).
pub fn line_total(line: &ProductLine) -> Result<Decimal, MoneyError> {
    let before = times(line.amount.0, line.price.value())?;
    Ok(round_cents(times(before, remaining(&line.discount)?)?))
}

/// The totals of these lines; text lines count for nothing.
pub fn compute_totals(lines: &[Line]) -> Result<Totals, MoneyError> {
    totals_of(lines.iter().filter_map(Line::as_product).cloned(), None)
}

/// The totals of a document, with the discount that the remote may keep on the whole of it: a
/// percentage is one more step of every line, a value is taken off the lines in proportion.
pub fn document_totals(document: &SalesDocument) -> Result<Totals, MoneyError> {
    let lines = document.lines.iter().filter_map(Line::as_product).cloned();
    match document.document_discount {
        None => totals_of(lines, None),
        Some(DocumentDiscount::Value(value)) => totals_of(lines, Some(value)),
        Some(DocumentDiscount::Percent(percent)) => {
            let lines: Result<Vec<ProductLine>, MoneyError> =
                lines.map(|line| with_step(line, percent)).collect();
            totals_of(lines?.into_iter(), None)
        }
    }
}

fn with_step(mut line: ProductLine, percent: Decimal) -> Result<ProductLine, MoneyError> {
    line.discount = line.discount.then(percent).map_err(MoneyError::Discount)?;
    Ok(line)
}

fn totals_of(
    lines: impl Iterator<Item = ProductLine>,
    value_off: Option<Decimal>,
) -> Result<Totals, MoneyError> {
    let mut groups: Vec<Group> = Vec::new();
    for line in lines {
        Group::of(&mut groups, &line).add(&line)?;
    }
    if let Some(value) = value_off {
        take_off(&mut groups, value)?;
    }
    groups.sort_by(|a, b| (&a.code, a.rate).cmp(&(&b.code, b.rate)));
    let mut totals =
        Totals { net: Decimal::ZERO, discount: Decimal::ZERO, taxes: Vec::new(), gross: Decimal::ZERO };
    for group in groups {
        let (total, undiscounted) = group.close()?;
        totals.net = plus(totals.net, total.base)?;
        totals.discount = plus(totals.discount, minus(undiscounted, total.base)?)?;
        totals.gross = plus(totals.gross, plus(total.base, total.tax)?)?;
        totals.taxes.push(total);
    }
    Ok(totals)
}

/// The lines of one tax code. Lines priced gross and lines priced net are summed apart.
struct Group {
    code: TaxCode,
    rate: TaxRate,
    net: Sum,
    gross: Sum,
}

/// What lines of one basis come to.
#[derive(Default)]
struct Sum {
    before_discount: Decimal,
    after_discount: Decimal,
}

impl Group {
    fn of<'a>(groups: &'a mut Vec<Self>, line: &ProductLine) -> &'a mut Self {
        let (code, rate) = (&line.tax.code, line.tax.rate);
        let at = groups.iter().position(|group| group.code.same(code) && group.rate == rate);
        let at = at.unwrap_or_else(|| {
            groups.push(Self { code: code.folded(), rate, net: Sum::default(), gross: Sum::default() });
            groups.len() - 1
        });
        &mut groups[at]
    }

    fn add(&mut self, line: &ProductLine) -> Result<(), MoneyError> {
        let sum = if line.price.is_gross() { &mut self.gross } else { &mut self.net };
        let before = round_cents(times(line.amount.0, line.price.value())?);
        sum.before_discount = plus(sum.before_discount, before)?;
        sum.after_discount = plus(sum.after_discount, line_total(line)?)?;
        Ok(())
    }

    /// The group's total, and its net before discounts.
    fn close(self) -> Result<(TaxTotal, Decimal), MoneyError> {
        let net_of_gross = net_of(self.gross.after_discount, self.rate)?;
        let tax_in_gross = minus(self.gross.after_discount, net_of_gross)?;
        let tax_on_net = round_cents(times(self.net.after_discount, self.rate.fraction())?);
        let undiscounted = plus(self.net.before_discount, net_of(self.gross.before_discount, self.rate)?)?;
        let total = TaxTotal {
            code: self.code,
            rate: self.rate,
            base: plus(self.net.after_discount, net_of_gross)?,
            tax: plus(tax_on_net, tax_in_gross)?,
        };
        Ok((total, undiscounted))
    }
}

/// Takes an amount off all sums in proportion; the last one takes what rounding left.
fn take_off(groups: &mut [Group], value: Decimal) -> Result<(), MoneyError> {
    let mut sums: Vec<&mut Sum> = groups
        .iter_mut()
        .flat_map(|group| [&mut group.net, &mut group.gross])
        .filter(|sum| !sum.after_discount.is_zero())
        .collect();
    let mut whole = sums.iter().try_fold(Decimal::ZERO, |all, sum| plus(all, sum.after_discount))?;
    let mut left = value;
    for sum in &mut sums {
        if whole.is_zero() {
            break;
        }
        let share = round_cents(divided(times(left, sum.after_discount)?, whole)?);
        whole = minus(whole, sum.after_discount)?;
        left = minus(left, share)?;
        sum.after_discount = minus(sum.after_discount, share)?;
    }
    Ok(())
}

/// The net of a gross amount: gross ÷ (1 + t), in cents.
pub fn net_of(gross: Decimal, rate: TaxRate) -> Result<Decimal, MoneyError> {
    Ok(round_cents(divided(gross, plus(Decimal::ONE, rate.fraction())?)?))
}

impl From<Totals> for Booked {
    fn from(totals: Totals) -> Self {
        let mut taxes = std::collections::BTreeMap::new();
        for total in totals.taxes {
            let sum = taxes.entry(total.code).or_insert(Decimal::ZERO);
            *sum = sum.saturating_add(total.tax);
        }
        Self { net: totals.net, discount: totals.discount, taxes, gross: totals.gross }
    }
}

/// The unit price with the other basis, in cents.
pub fn other_basis(price: Price, rate: TaxRate) -> Result<Price, MoneyError> {
    Ok(match price {
        Price::Gross(gross) => Price::Net(net_of(gross, rate)?),
        Price::Net(net) => Price::Gross(round_cents(times(net, plus(Decimal::ONE, rate.fraction())?)?)),
    })
}

fn plus(a: Decimal, b: Decimal) -> Result<Decimal, MoneyError> {
    a.checked_add(b).ok_or(MoneyError::TooLarge)
}

fn minus(a: Decimal, b: Decimal) -> Result<Decimal, MoneyError> {
    a.checked_sub(b).ok_or(MoneyError::TooLarge)
}

fn times(a: Decimal, b: Decimal) -> Result<Decimal, MoneyError> {
    a.checked_mul(b).ok_or(MoneyError::TooLarge)
}

fn divided(a: Decimal, b: Decimal) -> Result<Decimal, MoneyError> {
    a.checked_div(b).ok_or(MoneyError::TooLarge)
}
