//! Dates and wall time. Metakocka writes Ljubljana wall time with a constant `+02:00`, also in winter: the
//! offset is decoration and is never used (`metakocka-api.md §1.5`).

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::InvalidValue;

/// Where Metakocka's clocks hang.
const LJUBLJANA: TimeZone = jiff::tz::get!("Europe/Ljubljana");
/// The length of a date at the beginning of a longer text, in bytes.
const DATE_LENGTH: usize = 10;

/// A time as the clocks in Ljubljana show it, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WallTime(DateTime);

impl WallTime {
    /// Takes what a clock in Ljubljana shows.
    pub const fn new(shown: DateTime) -> Self {
        Self(shown)
    }

    /// What clocks in Ljubljana show at an instant.
    pub fn at(instant: Timestamp) -> Self {
        Self(LJUBLJANA.to_datetime(instant))
    }

    /// What the clock shows.
    pub const fn shown(self) -> DateTime {
        self.0
    }

    /// The instant. In the hour that is shown twice in autumn, the first one; a time that is skipped in
    /// spring is moved forward. `None` only at the ends of the calendar.
    pub fn instant(self) -> Option<Timestamp> {
        LJUBLJANA.to_timestamp(self.0).ok()
    }

    /// Reads `2026-09-03T10:15:00+02:00`, ignoring the offset; also with a blank, as `dd.mm.yyyy hh:mm`, or
    /// a date alone (midnight).
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidValue> {
        let text = text.trim();
        let not_a_time = || InvalidValue::new(text, "is not a date with a time");
        let (day, clock) = match text.find(['T', ' ']) {
            Some(place) => (&text[..place], &text[place + 1..]),
            None => (text, ""),
        };
        let date = parse_date(day).map_err(|_| not_a_time())?;
        let time = parse_clock(clock).ok_or_else(not_a_time)?;
        Ok(Self(date.to_datetime(time)))
    }
}

/// The form that search filters take: wall time with the constant offset (`metakocka-api.md §1.5`).
impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+02:00", self.0.strftime("%Y-%m-%dT%H:%M:%S"))
    }
}

/// Reads `hh:mm` or `hh:mm:ss`; what follows (fractions, the offset) is not read. Empty is midnight.
fn parse_clock(text: &str) -> Option<Time> {
    let number = |from: usize| -> Option<i8> {
        let digits = text.get(from..from + 2)?;
        if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
    };
    if text.is_empty() {
        return Some(Time::midnight());
    }
    if text.as_bytes().get(2) != Some(&b':') {
        return None;
    }
    let second = if text.as_bytes().get(5) == Some(&b':') { number(6)? } else { 0 };
    Time::new(number(0)?, number(3)?, second, 0).ok()
}

/// Reads the first ten characters of `2026-09-03+02:00`, or `03.09.2026` (`metakocka-api.md §1.5`). A day
/// that does not exist is an error.
pub(crate) fn parse_date(text: &str) -> Result<Date, InvalidValue> {
    let text = text.trim();
    let day = text.get(..DATE_LENGTH).unwrap_or(text);
    let (year, month, day) = split_iso(day)
        .or_else(|| split_slovenian(day))
        .ok_or_else(|| InvalidValue::new(text, "is not a date"))?;
    Date::new(year, month, day).map_err(|_| InvalidValue::new(text, "is not a day of the calendar"))
}

fn split_iso(day: &str) -> Option<(i16, i8, i8)> {
    let mut parts = day.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    Some((digits(year)?, digits(month)?, digits(day)?))
}

fn split_slovenian(day: &str) -> Option<(i16, i8, i8)> {
    let mut parts = day.split('.');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    Some((digits(year)?, digits(month)?, digits(day)?))
}

fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// The safest written form of a date: `dd.mm.yyyy` (`metakocka-api.md §1.5`).
pub(crate) fn write_date(date: Date) -> String {
    date.strftime("%d.%m.%Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, datetime};
    use proptest::prelude::*;

    #[test]
    fn dates_come_in_two_forms_and_the_offset_means_nothing() {
        for text in [
            "2026-09-03+02:00",
            "2026-09-03",
            "03.09.2026",
            "3.9.2026",
            "2026-09-03T23:59:59+02:00",
            " 2026-09-03 ",
        ] {
            assert_eq!(parse_date(text), Ok(date(2026, 9, 3)), "{text}");
        }
    }

    #[test]
    fn an_impossible_day_is_refused_with_a_sentence() {
        let refused = parse_date("31.02.2026").unwrap_err();
        assert_eq!(refused.to_string(), "“31.02.2026” is not a day of the calendar");
        for text in [
            "2026-13-01",
            "0000-00-00",
            "2026-09",
            "03.09.26",
            "danes",
            "",
            "2026/09/03",
            "-026-09-03",
            "čšžčšžčšž",
        ] {
            assert!(parse_date(text).is_err(), "{text}");
        }
    }

    #[test]
    fn timestamps_are_wall_time_in_summer_and_in_winter() {
        let winter = WallTime::parse("2023-12-19T16:40:06+02:00").unwrap();
        assert_eq!(winter.shown(), datetime(2023, 12, 19, 16, 40, 6, 0));
        // The attested case: this link was signed to expire at 15:40:06 UTC.
        assert_eq!(winter.instant().unwrap().to_string(), "2023-12-19T15:40:06Z");
        let summer = WallTime::parse("2026-09-03T10:15:00+02:00").unwrap();
        assert_eq!(summer.instant().unwrap().to_string(), "2026-09-03T08:15:00Z");
    }

    #[test]
    fn looser_timestamps_are_read_and_nonsense_is_not() {
        let noon = WallTime::new(datetime(2026, 9, 3, 12, 5, 0, 0));
        for text in ["2026-09-03 12:05", "03.09.2026 12:05:00", "2026-09-03T12:05:00.123+02:00"] {
            assert_eq!(WallTime::parse(text), Ok(noon), "{text}");
        }
        assert_eq!(WallTime::parse("2026-09-03").unwrap().shown().time(), Time::midnight());
        for text in
            ["", "2026-09-03T25:00:00", "2026-09-03T1:00", "2026-09-31T10:00:00", "T", "2026-09-03Tčč:00"]
        {
            assert!(WallTime::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_hour_shown_twice_is_its_first_time() {
        let twice = WallTime::new(datetime(2026, 10, 25, 2, 30, 0, 0));
        assert_eq!(twice.instant().unwrap().to_string(), "2026-10-25T00:30:00Z");
        let skipped = WallTime::new(datetime(2026, 3, 29, 2, 30, 0, 0));
        assert_eq!(skipped.instant().unwrap().to_string(), "2026-03-29T01:30:00Z");
    }

    proptest! {
        #[test]
        fn every_date_survives_being_written(days in 0_i32..60_000) {
            let day = date(1900, 1, 1) + jiff::Span::new().days(days);
            prop_assert_eq!(parse_date(&write_date(day)), Ok(day));
            prop_assert_eq!(parse_date(&format!("{day}+02:00")), Ok(day));
        }

        #[test]
        fn every_wall_time_survives_being_written(second in 0_i64..4_000_000_000) {
            let shown = WallTime::at(Timestamp::from_second(second).unwrap());
            prop_assert_eq!(WallTime::parse(&shown.to_string()), Ok(shown));
        }

        #[test]
        fn no_text_makes_the_readers_panic(text in "\\PC*") {
            let _ = parse_date(&text);
            let _ = WallTime::parse(&text);
        }
    }
}
