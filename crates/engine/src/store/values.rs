//! How single values travel between rows and types. Nothing in here knows a table.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::StoreError;

/// Reads a column that holds text.
pub(crate) fn text(row: &AnyRow, column: &'static str) -> Result<String, StoreError> {
    Ok(row.try_get(column)?)
}

/// Reads a column that holds text or nothing.
pub(crate) fn text_or_none(row: &AnyRow, column: &'static str) -> Result<Option<String>, StoreError> {
    Ok(row.try_get(column)?)
}

/// Reads a column that holds a whole number.
pub(crate) fn whole(row: &AnyRow, column: &'static str) -> Result<i64, StoreError> {
    Ok(row.try_get(column)?)
}

/// Reads a column that holds a whole number or nothing.
pub(crate) fn whole_or_none(row: &AnyRow, column: &'static str) -> Result<Option<i64>, StoreError> {
    Ok(row.try_get(column)?)
}

/// Reads a column that holds a number of rows.
pub(crate) fn count(row: &AnyRow, column: &'static str) -> Result<u64, StoreError> {
    u64::try_from(whole(row, column)?).map_err(|_| StoreError::Corrupt { column })
}

/// Reads a truth value.
pub(crate) fn truth(row: &AnyRow, column: &'static str) -> Result<bool, StoreError> {
    match whole(row, column)? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(StoreError::Corrupt { column }),
    }
}

/// Reads an instant, stored in microseconds.
pub(crate) fn instant(row: &AnyRow, column: &'static str) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(whole(row, column)?).map_err(|_| StoreError::Corrupt { column })
}

/// Reads an instant or nothing.
pub(crate) fn instant_or_none(row: &AnyRow, column: &'static str) -> Result<Option<Timestamp>, StoreError> {
    whole_or_none(row, column)?
        .map(|micros| Timestamp::from_microsecond(micros).map_err(|_| StoreError::Corrupt { column }))
        .transpose()
}

/// Reads text that has a form of its own: a decimal, a day, an enum.
pub(crate) fn parsed<T: FromStr>(row: &AnyRow, column: &'static str) -> Result<T, StoreError> {
    text(row, column)?.parse().map_err(|_| StoreError::Corrupt { column })
}

/// Reads text that has a form of its own, or nothing.
pub(crate) fn parsed_or_none<T: FromStr>(
    row: &AnyRow,
    column: &'static str,
) -> Result<Option<T>, StoreError> {
    text_or_none(row, column)?
        .map(|text| text.parse().map_err(|_| StoreError::Corrupt { column }))
        .transpose()
}

/// Reads an exact decimal.
pub(crate) fn decimal(row: &AnyRow, column: &'static str) -> Result<Decimal, StoreError> {
    parsed(row, column)
}

/// Reads a calendar day.
pub(crate) fn day(row: &AnyRow, column: &'static str) -> Result<Date, StoreError> {
    parsed(row, column)
}

/// As stored: microseconds.
pub(crate) fn micros(instant: Timestamp) -> i64 {
    instant.as_microsecond()
}

/// As stored: exact text without exponent.
pub(crate) fn exact(value: Decimal) -> String {
    value.to_string()
}

/// As stored: exact text, or nothing.
pub(crate) fn exact_or_none(value: Option<Decimal>) -> Option<String> {
    value.map(exact)
}

/// Digits behind the point that sums and sorting keep, whatever the currency: two places compare every amount that
/// the application books.
const MINOR_DIGITS: u32 = 2;

/// The amount in minor units, half away from zero; what SQL sums and sorts. Saturates where 64 bits end.
pub(crate) fn minor(value: Decimal) -> i64 {
    use rust_decimal::RoundingStrategy::MidpointAwayFromZero;
    use rust_decimal::prelude::ToPrimitive;
    let scaled = value.checked_mul(Decimal::from(10_i64.pow(MINOR_DIGITS)));
    scaled
        .and_then(|scaled| scaled.round_dp_with_strategy(0, MidpointAwayFromZero).to_i64())
        .unwrap_or(if value.is_sign_negative() { i64::MIN } else { i64::MAX })
}
