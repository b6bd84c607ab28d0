//! The sums of a document, exactly as `metakocka-api.md` §4.3 has them.
//!
//! Per line: amount × price × Π(1 − discount), rounded half up to 2 places, net or gross as the
//! line is priced. Per tax code: the nets are summed and the tax is taken on the sum; gross lines
//! are summed gross, their net is gross ÷ (1 + t), their tax the rest.
//!
//! What does not fit a decimal stays at its bound: numbers of a state file may be any, and a sum must
//! never end a call.

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
        .fold(Decimal::ONE, |factor, discount| factor.saturating_mul(share_left(*discount)));
    cents(undiscounted(line).saturating_mul(factor))
}

/// What a percentage leaves of 1.
fn share_left(percent: Decimal) -> Decimal {
    Decimal::ONE.saturating_sub(percent / Decimal::ONE_HUNDRED)
}

fn undiscounted(line: &PricedLine) -> Decimal {
    line.amount.saturating_mul(line.price.value())
}

fn add_to(sum: &mut Decimal, value: Decimal) {
    *sum = sum.saturating_add(value);
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
        let undiscounted = cents(undiscounted(line));
        match line.price {
            UnitPrice::Net(_) => {
                add_to(&mut self.net, total);
                add_to(&mut self.undiscounted_net, undiscounted);
            }
            UnitPrice::Gross(_) => {
                add_to(&mut self.gross, total);
                add_to(&mut self.undiscounted_gross, undiscounted);
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
        let tax_of_net = cents(part.net.saturating_mul(code.factor()));
        let tax = tax_of_net.saturating_add(part.gross.saturating_sub(net_of_gross));
        let net = part.net.saturating_add(net_of_gross);
        let whole = part.undiscounted_net.saturating_add(cents(part.undiscounted_gross / divisor));
        add_to(&mut sums.discount, whole.saturating_sub(net));
        add_to(&mut sums.basic, net);
        add_to(&mut sums.total, net.saturating_add(tax));
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
            let factor = share_left(percent);
            for part in parts.values_mut() {
                part.net = cents(part.net.saturating_mul(factor));
                part.gross = cents(part.gross.saturating_mul(factor));
            }
        }
        DocumentDiscount::Value(value) => {
            let of = |part: &PerCode| if any_net { part.net } else { part.gross };
            let whole = parts.values().map(of).fold(Decimal::ZERO, Decimal::saturating_add);
            let mut left = value;
            let count = parts.len();
            for (at, part) in parts.values_mut().enumerate() {
                let last = at + 1 == count || whole.is_zero();
                let share = if last { left } else { cents(share(value, of(part), whole)) };
                left = left.saturating_sub(share);
                let place = if any_net { &mut part.net } else { &mut part.gross };
                *place = place.saturating_sub(share);
            }
        }
    }
}

/// `value` × `part` ÷ `whole`; where the product does not fit, the quotient is taken first.
fn share(value: Decimal, part: Decimal, whole: Decimal) -> Decimal {
    let exact = value.checked_mul(part).and_then(|product| product.checked_div(whole));
    let rounded = || part.checked_div(whole).map(|quotient| value.saturating_mul(quotient));
    exact.or_else(rounded).unwrap_or_default()
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
    fn sums_that_fit_no_decimal_stay_at_its_bound() {
        let most = || UnitPrice::Net(Decimal::MAX);
        let lines =
            [line("7e28", most(), &[-100, -100], TaxCode::EX3), line("-3", most(), &[], TaxCode::EX4)];
        for discount in [
            DocumentDiscount::None,
            DocumentDiscount::Percent(Decimal::MIN),
            DocumentDiscount::Value(Decimal::MAX),
        ] {
            sums_of(&lines, discount);
        }
        assert_eq!(sums_of(&lines[..1], DocumentDiscount::None).total, Decimal::MAX);
        let large = share(Decimal::MAX, Decimal::from(3), Decimal::from(4));
        assert_eq!(large, Decimal::MAX.saturating_mul(Decimal::new(75, 2)));
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
