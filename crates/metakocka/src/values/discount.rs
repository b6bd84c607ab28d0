//! Discount chains: `10;20` is twenty percent off what is left after ten.

use std::fmt;

use rust_decimal::Decimal;

use super::{InvalidValue, parse_decimal};

/// The most steps a chain may have; more than anybody grants, so that a chain is always small.
const MAX_STEPS: usize = 20;

/// The discounts of a line in percent, applied one after another (`metakocka-api.md §4.4`). Steps of zero
/// are left out: absent, empty and `0` are the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiscountChain(Vec<Decimal>);

impl DiscountChain {
    /// Reads `5`, `10;20`, `5,5`.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let steps = text.split(';').map(str::trim).filter(|step| !step.is_empty());
        let mut chain = Vec::new();
        for step in steps {
            let percent = parse_decimal(step)?;
            if !percent.is_zero() {
                chain.push(percent);
            }
        }
        if chain.len() > MAX_STEPS {
            return Err(InvalidValue::new(text, "has too many discounts"));
        }
        Ok(Self(chain))
    }

    /// The steps in percent, in their order.
    pub fn percents(&self) -> &[Decimal] {
        &self.0
    }

    /// Whether nothing is discounted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The form that is written: `10;20`, without a percent sign, which Metakocka refuses.
impl fmt::Display for DiscountChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, percent) in self.0.iter().enumerate() {
            let separator = if place > 0 { ";" } else { "" };
            write!(f, "{separator}{percent}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_keep_their_order_and_lose_their_zeros() {
        let percents = |text: &str| DiscountChain::parse(text).unwrap().percents().to_vec();
        assert_eq!(percents("10;20"), [Decimal::new(10, 0), Decimal::new(20, 0)]);
        assert_eq!(percents("5,5"), [Decimal::new(55, 1)]);
        assert_eq!(DiscountChain::parse("10;0;5,5").unwrap().to_string(), "10;5.5");
        assert!(percents("0").is_empty() && percents("").is_empty() && percents("0;0.00").is_empty());
    }

    #[test]
    fn a_percent_sign_or_an_endless_chain_is_refused() {
        assert!(DiscountChain::parse("10%").is_err());
        assert!(DiscountChain::parse(&"1;".repeat(21)).is_err());
    }
}
