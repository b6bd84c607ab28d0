//! Decimals and money, exactly. A number that could be read in two ways is refused, never guessed.

use rust_decimal::Decimal;

use super::InvalidValue;

/// Reads a number with a dot or a comma before its decimals and no mark between thousands
/// (`metakocka-api.md §1.5`). The exponent form is accepted because Java writes very small numbers so.
pub(crate) fn parse_decimal(text: &str) -> Result<Decimal, InvalidValue> {
    let text = text.trim();
    let not_a_number = || InvalidValue::new(text, "is not a number");
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    if !is_plain_number(mantissa) {
        return Err(not_a_number());
    }
    let mantissa = mantissa.replace(',', ".");
    let read = match exponent {
        None => Decimal::from_str_exact(&mantissa),
        Some(exponent) => Decimal::from_scientific(&format!("{mantissa}e{exponent}")),
    };
    read.map_err(|_| not_a_number())
}

/// An optional sign, digits, and at most one separator with digits on both sides.
fn is_plain_number(text: &str) -> bool {
    let (_, digits) = split_sign(text);
    let (whole, decimals) = digits.split_once(['.', ',']).unwrap_or((digits, "0"));
    is_digits(whole) && is_digits(decimals)
}

/// Reads money as payments write it: dots between thousands, a comma before the decimals
/// (`metakocka-api.md §1.5`). `5.985` is five thousand nine hundred and eighty-five.
pub(crate) fn parse_slovenian_money(text: &str) -> Result<Decimal, InvalidValue> {
    let text = text.trim();
    let not_money = || InvalidValue::new(text, "is not an amount such as 1.895,01");
    let (sign, amount) = split_sign(text);
    let (whole, decimals) = amount.split_once(',').unwrap_or((amount, "0"));
    if !is_grouped(whole) || !is_digits(decimals) {
        return Err(not_money());
    }
    let plain = format!("{sign}{}.{decimals}", whole.replace('.', ""));
    Decimal::from_str_exact(&plain).map_err(|_| not_money())
}

/// Digits, either without dots or in groups of three behind the first dot.
fn is_grouped(whole: &str) -> bool {
    let mut groups = whole.split('.');
    let first = groups.next().unwrap_or_default();
    let mut rest = groups.peekable();
    let first_fits = rest.peek().is_none() || (1..=3).contains(&first.len());
    is_digits(first) && first_fits && rest.all(|group| group.len() == 3 && is_digits(group))
}

fn split_sign(text: &str) -> (&str, &str) {
    text.strip_prefix('-').map_or(("", text), |rest| ("-", rest))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::from_str_exact(text).unwrap()
    }

    #[test]
    fn decimals_come_with_dot_or_comma() {
        for (text, value) in [
            ("24.8", "24.8"),
            ("202", "202"),
            ("10,52", "10.52"),
            ("863,75", "863.75"),
            ("4.0000000000", "4"),
            ("-3,5", "-3.5"),
            (" 7 ", "7"),
            ("1.0E-4", "0.0001"),
            ("1.2e3", "1200"),
        ] {
            assert_eq!(parse_decimal(text), Ok(decimal(value)), "{text}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_no_decimal() {
        for text in
            ["", "1.895,01", "1,895.01", "1.2.3", ".5", "5.", "+5", "10%", "NaN", "--1", "1e", "e5", "٣"]
        {
            assert!(parse_decimal(text).is_err(), "{text}");
        }
        assert!(parse_decimal(&"9".repeat(40)).is_err());
        assert!(parse_decimal("1e99999").is_err());
    }

    #[test]
    fn slovenian_money_has_dots_between_thousands() {
        for (text, value) in [
            ("1.895,01", "1895.01"),
            ("5.985", "5985"),
            ("1.000", "1000"),
            ("368,52", "368.52"),
            ("368", "368"),
            ("1895,01", "1895.01"),
            ("-1.234.567,8", "-1234567.8"),
            ("0,00", "0"),
        ] {
            assert_eq!(parse_slovenian_money(text), Ok(decimal(value)), "{text}");
        }
    }

    #[test]
    fn money_with_a_decimal_dot_is_refused_and_not_guessed() {
        for text in ["5.98", "12.5", "1.2345", "1000.000", "1,895.01", ".000", "", "1.000,", "12 €"] {
            assert!(parse_slovenian_money(text).is_err(), "{text}");
        }
    }

    fn any_money() -> impl Strategy<Value = Decimal> {
        (-9_999_999_999_i64..=9_999_999_999, 0_u32..=4)
            .prop_map(|(digits, scale)| Decimal::new(digits, scale))
    }

    fn slovenian(value: Decimal) -> String {
        let text = value.abs().to_string();
        let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
        let mut grouped = String::new();
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place).is_multiple_of(3) {
                grouped.push('.');
            }
            grouped.push(digit);
        }
        let sign = if value.is_sign_negative() { "-" } else { "" };
        if decimals.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped},{decimals}") }
    }

    proptest! {
        #[test]
        fn every_decimal_survives_both_separators(value in any_money()) {
            let dot = value.to_string();
            prop_assert_eq!(parse_decimal(&dot), Ok(value));
            prop_assert_eq!(parse_decimal(&dot.replace('.', ",")), Ok(value));
        }

        #[test]
        fn every_amount_survives_the_slovenian_form(value in any_money()) {
            prop_assert_eq!(parse_slovenian_money(&slovenian(value)), Ok(value));
        }

        #[test]
        fn no_text_makes_the_readers_panic(text in "\\PC*") {
            let _ = parse_decimal(&text);
            let _ = parse_slovenian_money(&text);
        }
    }
}
