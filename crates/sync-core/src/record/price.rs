//! What makes the price of a line: unit price with its basis, discounts, tax.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{InvalidValue, TaxCode};
use crate::money::gross_equals_net;

/// Most steps of a discount chain; more than anybody writes by hand.
const MAX_DISCOUNT_STEPS: usize = 20;

/// The price of one unit before discount, with its basis: one field, never two (policy C).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Price {
    /// Without tax.
    Net(Decimal),
    /// With tax.
    Gross(Decimal),
}

impl Price {
    /// The number, whatever its basis.
    pub fn value(self) -> Decimal {
        match self {
            Self::Net(value) | Self::Gross(value) => value,
        }
    }

    /// Whether tax is included.
    pub fn is_gross(self) -> bool {
        matches!(self, Self::Gross(_))
    }

    /// The same price with its zeros at the end dropped.
    #[must_use]
    pub fn canonical(self) -> Self {
        match self {
            Self::Net(value) => Self::Net(value.normalize()),
            Self::Gross(value) => Self::Gross(value.normalize()),
        }
    }

    /// Whether two prices of a line with that tax are one: equal by value on one basis; a gross and a net one when
    /// round₂(g ÷ (1 + t)) = n, because the remote reads a price with tax back without it (policy C,
    /// `metakocka-api.md §4.3`). The only comparison of prices of lines: of both sides, and of what was sent with
    /// what was read back. Absurd numbers agree with nothing but themselves.
    pub fn agrees(self, other: Self, rate: TaxRate) -> bool {
        match (self, other) {
            (Self::Net(one), Self::Net(two)) | (Self::Gross(one), Self::Gross(two)) => one == two,
            (Self::Gross(gross), Self::Net(net)) | (Self::Net(net), Self::Gross(gross)) => {
                gross_equals_net(gross, net, rate).unwrap_or(false)
            }
        }
    }
}

/// Discounts that follow one another, each in percent between 0 and 100: `10;20` leaves 72 %.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Discount(Vec<Decimal>);

impl Discount {
    /// No discount.
    pub const NONE: Self = Self(Vec::new());

    /// A chain from its steps in percent; steps of 0 are left out because they change nothing.
    pub fn chain(steps: impl IntoIterator<Item = Decimal>) -> Result<Self, InvalidValue> {
        let steps: Vec<Decimal> = steps.into_iter().filter(|step| !step.is_zero()).collect();
        if let Some(wrong) = steps.iter().find(|step| **step < Decimal::ZERO || **step > Decimal::ONE_HUNDRED)
        {
            return Err(InvalidValue::new("a discount", &wrong.to_string(), "between 0 and 100 percent"));
        }
        if steps.len() > MAX_DISCOUNT_STEPS {
            return Err(InvalidValue::new("a discount", &steps.len().to_string(), "at most 20 steps"));
        }
        Ok(Self(steps.into_iter().map(|step| step.normalize()).collect()))
    }

    /// Reads `10;20`; empty and `0` are no discount, a comma is a decimal point.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let steps: Result<Vec<Decimal>, _> = text
            .split(';')
            .map(str::trim)
            .filter(|step| !step.is_empty())
            .map(|step| Decimal::from_str(&step.replace(',', ".")))
            .collect();
        Self::chain(steps.map_err(|_| InvalidValue::new("a discount", text, "percents with “;” between"))?)
    }

    /// The steps in percent, first applied first.
    pub fn steps(&self) -> &[Decimal] {
        &self.0
    }

    /// Whether nothing is taken off.
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// This chain with one more step behind it: how a discount on a whole document is sent (policy C).
    pub fn then(&self, percent: Decimal) -> Result<Self, InvalidValue> {
        Self::chain(self.0.iter().copied().chain([percent]))
    }
}

impl fmt::Display for Discount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(";")?;
            }
            write!(f, "{step}")?;
        }
        Ok(())
    }
}

impl FromStr for Discount {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Discount {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Discount> for String {
    fn from(discount: Discount) -> Self {
        discount.to_string()
    }
}

/// A discount that the remote keeps on the whole document. It is read and shown; a document that
/// has one is not changed in its lines (policy C).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentDiscount {
    /// Off every line, in percent.
    Percent(Decimal),
    /// An amount off the total: gross when the lines are priced gross, else net
    /// (`metakocka-api.md §4.3`).
    Value(Decimal),
}

/// The rate of a tax as a fraction: 22 % is 0.22.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Decimal", into = "Decimal")]
pub struct TaxRate(Decimal);

impl TaxRate {
    /// No tax; also the rate of exempt, reverse-charged and export sales.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// From a fraction between 0 and 1.
    pub fn from_fraction(fraction: Decimal) -> Result<Self, InvalidValue> {
        if fraction < Decimal::ZERO || fraction > Decimal::ONE {
            return Err(InvalidValue::new("a tax rate", &fraction.to_string(), "between 0 and 1"));
        }
        Ok(Self(fraction.normalize()))
    }

    /// From percent between 0 and 100.
    pub fn from_percent(percent: Decimal) -> Result<Self, InvalidValue> {
        if percent < Decimal::ZERO || percent > Decimal::ONE_HUNDRED {
            return Err(InvalidValue::new("a tax rate", &percent.to_string(), "between 0 and 100 percent"));
        }
        Self::from_fraction(percent / Decimal::ONE_HUNDRED)
    }

    /// As a fraction.
    pub fn fraction(self) -> Decimal {
        self.0
    }

    /// In percent, for people.
    pub fn percent(self) -> Decimal {
        (self.0 * Decimal::ONE_HUNDRED).normalize()
    }
}

impl TryFrom<Decimal> for TaxRate {
    type Error = InvalidValue;

    fn try_from(fraction: Decimal) -> Result<Self, Self::Error> {
        Self::from_fraction(fraction)
    }
}

impl From<TaxRate> for Decimal {
    fn from(rate: TaxRate) -> Self {
        rate.0
    }
}

/// The tax of a line: the remote's code, and the rate that the code had.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tax {
    /// The code; it decides.
    pub code: TaxCode,
    /// Its rate.
    pub rate: TaxRate,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_survives_its_text_and_drops_what_changes_nothing() {
        assert_eq!(Discount::parse(" 10; 20 ").unwrap().to_string(), "10;20");
        assert_eq!(Discount::parse("0").unwrap(), Discount::NONE);
        assert_eq!(Discount::parse("").unwrap(), Discount::NONE);
        assert_eq!(Discount::parse("12,50;0").unwrap().to_string(), "12.5");
    }

    #[test]
    fn a_discount_outside_of_0_to_100_is_refused() {
        for wrong in ["-1", "100.01", "10%", "10;abc"] {
            assert!(Discount::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_rate_is_a_fraction_whichever_way_it_was_given() {
        let percent = TaxRate::from_percent(Decimal::new(95, 1)).unwrap();
        assert_eq!(percent, TaxRate::from_fraction(Decimal::new(950, 4)).unwrap());
        assert_eq!(percent.percent().to_string(), "9.5");
        assert!(TaxRate::from_percent(Decimal::new(101, 0)).is_err());
        assert!(TaxRate::from_percent(Decimal::MAX).is_err());
    }

    #[test]
    fn a_price_read_back_without_its_tax_agrees_with_what_was_sent() {
        let rate = TaxRate::from_percent(Decimal::new(22, 0)).unwrap();
        let gross = Price::Gross(Decimal::new(209, 0));
        let net = |cents| Price::Net(Decimal::new(cents, 2));
        assert!(gross.agrees(net(17_131), rate) && net(17_131).agrees(gross, rate));
        assert!(!gross.agrees(net(17_132), rate));
        assert!(!gross.agrees(net(17_131), TaxRate::ZERO));
        assert!(gross.agrees(Price::Gross(Decimal::new(20_900, 2)), rate));
        assert!(!gross.agrees(net(20_900), rate), "the basis is part of a price");
        assert!(!Price::Gross(Decimal::MAX).agrees(net(1), rate));
    }
}
