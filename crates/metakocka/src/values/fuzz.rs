//! What the fuzzer asks of the readers of values: that two spellings of one value are read alike. There only
//! with the feature `fuzz`.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{WallTime, parse_date, parse_decimal, parse_slovenian_money};

/// Whether a number is read with a dot and with a comma as itself.
pub fn same_decimal(number: Decimal) -> bool {
    let dotted = number.to_string();
    parse_decimal(&dotted) == Ok(number) && parse_decimal(&dotted.replace('.', ",")) == Ok(number)
}

/// Whether an amount written in Slovenian form is read as itself.
pub fn same_money(written: &str, amount: Decimal) -> bool {
    parse_slovenian_money(written) == Ok(amount)
}

/// Whether a day is read in both its forms and as the beginning of a time.
pub fn same_date(date: Date) -> bool {
    let iso = parse_date(&format!("{date}+02:00")) == Ok(date);
    let dotted = parse_date(&date.strftime("%d.%m.%Y").to_string()) == Ok(date);
    let time = WallTime::parse(&format!("{date}T23:59:59+02:00"));
    iso && dotted && time.is_ok_and(|time| time.shown().date() == date)
}
