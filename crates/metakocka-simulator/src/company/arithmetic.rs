//! The sums of a document, exactly as `metakocka-api.md` §4.3 has them.
//!
//! Per line: amount × price × Π(1 − discount), rounded half up to 2 places, net or gross as the
//! line is priced. Per tax code: the nets are summed and the tax is taken on the sum; gross lines
//! are summed gross, their net is gross ÷ (1 + t), their tax the rest.

use super::Line;
use super::model::{DocumentDiscount, LineContent, PricedLine, Sums, TaxSum, UnitPrice};
use super::tax::TaxCode;
use rust_decimal::{Decimal, RoundingStrategy};
use std::collections::BTreeMap;

/// Two places, half up; credit notes are positive, so half up and half away from zero agree
/// wherever a document as a whole is positive.
pub(crate) fn cents(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

/// What one line comes to after its discounts, net or gross as it is priced.
pub(crate) fn priced_line_total(line: &PricedLine) -> Decimal {
    let factor = line
        .discounts
        .iter()
        .fold(Decimal::ONE, |factor, discount| factor * (Decimal::ONE - discount / Decimal::ONE_HUNDRED));
    cents(line.amount * line.price.value() * factor)
}

/// The sums of all lines of one tax code.
#[derive(Default, Clone, Copy)]
struct PerCode {
    net: Decimal,
    gross: Decimal,
    undiscounted_net: Decimal,
    undiscounted_gross: Decimal,
}

impl PerCode {
    fn add(&mut self, line: &PricedLine) {
        let total = priced_line_total(line);
        let undiscounted = cents(line.amount * line.price.value());
        match line.price {
            UnitPrice::Net(_) => {
                self.net += total;
                self.undiscounted_net += undiscounted;
            }
            UnitPrice::Gross(_) => {
                self.gross += total;
                self.undiscounted_gross += undiscounted;
            }
        }
    }
}

/// The sums of a document with these lines and this discount.
pub(crate) fn sums_of(lines: &[Line], discount: DocumentDiscount) -> Sums {
    let mut parts: BTreeMap<TaxCode, PerCode> = BTreeMap::new();
    for line in lines {
        if let LineContent::Priced(line) = &line.content {
            parts.entry(line.tax).or_default().add(line);
        }
    }
    reduce(&mut parts, discount);
    let mut sums = Sums::default();
    for (code, part) in parts {
        let divisor = Decimal::ONE + code.factor();
        let net_of_gross = cents(part.gross / divisor);
        let tax = cents(part.net * code.factor()) + (part.gross - net_of_gross);
        let net = part.net + net_of_gross;
        sums.discount += part.undiscounted_net + cents(part.undiscounted_gross / divisor) - net;
        sums.basic += net;
        sums.total += net + tax;
        sums.taxes.push(TaxSum { code, tax });
    }
    sums
}

/// Takes the discount of the document off: a value off the net total when a line is priced net, else off the
/// gross total (§9), shared out in proportion; the last part takes what rounding leaves.
fn reduce(parts: &mut BTreeMap<TaxCode, PerCode>, discount: DocumentDiscount) {
    let any_net = parts.values().any(|part| !part.net.is_zero());
    match discount {
        DocumentDiscount::None => {}
        DocumentDiscount::Percent(percent) => {
            let factor = Decimal::ONE - percent / Decimal::ONE_HUNDRED;
            for part in parts.values_mut() {
                part.net = cents(part.net * factor);
                part.gross = cents(part.gross * factor);
            }
        }
        DocumentDiscount::Value(value) => {
            let of = |part: &PerCode| if any_net { part.net } else { part.gross };
            let whole: Decimal = parts.values().map(of).sum();
            let mut left = value;
            let count = parts.len();
            for (at, part) in parts.values_mut().enumerate() {
                let share =
                    if at + 1 == count || whole.is_zero() { left } else { cents(value * of(part) / whole) };
                left -= share;
                *(if any_net { &mut part.net } else { &mut part.gross }) -= share;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::company::{Article, MkId};

    fn line(amount: &str, price: UnitPrice, discounts: &[i64], tax: TaxCode) -> Line {
        Line {
            row_id: MkId(1),
            content: LineContent::Priced(PricedLine {
                article: Article::Free { name: "x".into() },
                amount: amount.parse().unwrap(),
                price,
                discounts: discounts.iter().map(|d| Decimal::from(*d)).collect(),
                tax,
                description: None,
                extra: None,
            }),
        }
    }

    fn net(price: &str) -> UnitPrice {
        UnitPrice::Net(price.parse().unwrap())
    }

    fn gross(price: &str) -> UnitPrice {
        UnitPrice::Gross(price.parse().unwrap())
    }

    fn shown(sums: &Sums) -> [String; 4] {
        let tax: Decimal = sums.taxes.iter().map(|t| t.tax).sum();
        [sums.basic, sums.discount, tax, sums.total].map(|d| d.normalize().to_string())
    }

    #[test]
    fn the_order_of_the_sample_exchanges_adds_up() {
        let lines = [line("10", net("1.2"), &[5], TaxCode::EX4), line("1", gross("4.88"), &[], TaxCode::EX4)];
        assert_eq!(shown(&sums_of(&lines, DocumentDiscount::None)), ["15.4", "0.6", "3.39", "18.79"]);
    }

    #[test]
    fn the_installment_bill_of_the_documentation_adds_up() {
        let lines = [line("2", net("89.9"), &[15], TaxCode::EX4), line("6", net("15.5"), &[5], TaxCode::EX4)];
        assert_eq!(shown(&sums_of(&lines, DocumentDiscount::None)), ["241.18", "31.62", "53.06", "294.24"]);
    }

    #[test]
    fn the_paid_bill_of_the_sample_exchanges_has_its_tax_by_code() {
        let lines =
            [line("1000", net("1.2"), &[10], TaxCode::EX4), line("3", net("15.5"), &[], TaxCode::EX3)];
        let sums = sums_of(&lines, DocumentDiscount::None);
        assert_eq!(shown(&sums), ["1126.5", "120", "242.02", "1368.52"]);
        assert_eq!(sums.taxes.iter().map(|t| t.tax.to_string()).collect::<Vec<_>>(), ["4.42", "237.60"]);
    }

    #[test]
    fn a_gross_price_keeps_its_gross_total_and_chains_multiply() {
        let one = sums_of(&[line("1", gross("209"), &[], TaxCode::EX4)], DocumentDiscount::None);
        assert_eq!(shown(&one), ["171.31", "0", "37.69", "209"]);
        let chain = sums_of(&[line("1", net("100"), &[10, 20], TaxCode::EX5)], DocumentDiscount::None);
        assert_eq!(shown(&chain), ["72", "28", "0", "72"]);
    }

    #[test]
    fn a_discount_value_goes_off_the_net_of_net_prices_and_off_the_gross_of_gross_prices() {
        let half = DocumentDiscount::Value(Decimal::from(50));
        let net = sums_of(&[line("1", net("100"), &[], TaxCode::EX4)], half);
        assert_eq!(shown(&net), ["50", "50", "11", "61"]);
        let gross = sums_of(&[line("1", gross("122"), &[], TaxCode::EX4)], half);
        assert_eq!(shown(&gross), ["59.02", "40.98", "12.98", "72"]);
    }

    #[test]
    fn a_discount_value_is_shared_out_over_the_tax_codes_to_the_cent() {
        let lines = [line("1", net("10"), &[], TaxCode::EX3), line("1", net("20"), &[], TaxCode::EX4)];
        let sums = sums_of(&lines, DocumentDiscount::Value(Decimal::TEN));
        assert_eq!(shown(&sums), ["20", "10", "3.56", "23.56"]);
        let percent = sums_of(&lines, DocumentDiscount::Percent(Decimal::TEN));
        assert_eq!(shown(&percent), ["27", "3", "4.82", "31.82"]);
    }
}
