//! How numbers, money and dates are written, in Slovenian and English. Pure: the language in, text out; exact decimals
//! stay text, so nothing is rounded on the way to the page.

use crate::i18n::{Locale, td_string};
use crate::model::{Day, Relation, When};

/// Writing habits of a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// 1,234.50 and 23 Nov 2026.
    English,
    /// 1.234,50 and 23. 11. 2026.
    Slovenian,
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// True minus: as wide as a digit, so columns of amounts line up.
const MINUS: char = '\u{2212}';
/// Keeps number and unit on one line.
const NARROW_SPACE: char = '\u{a0}';

impl Style {
    /// The habits of a language; one that we do not know is written the English way.
    #[must_use]
    pub(crate) fn of(lang: Locale) -> Self {
        Self::named(leptos_i18n::Locale::as_str(lang))
    }

    fn named(language: &str) -> Self {
        if language == "sl" { Self::Slovenian } else { Self::English }
    }

    fn thousands(self) -> char {
        match self {
            Self::English => ',',
            Self::Slovenian => '.',
        }
    }

    fn point(self) -> char {
        match self {
            Self::English => '.',
            Self::Slovenian => ',',
        }
    }

    /// A count: 2,014.
    #[must_use]
    pub fn count(self, number: u64) -> String {
        self.grouped(&number.to_string())
    }

    /// An amount of money without its currency, with at least two places: 5,008.34.
    #[must_use]
    pub fn amount(self, decimal: &str) -> String {
        self.decimal(decimal, 2)
    }

    /// A quantity, a price or a rate, without needless zeros but with at least `places` of them.
    #[must_use]
    pub fn decimal(self, decimal: &str, places: usize) -> String {
        let (sign, digits) = match decimal.strip_prefix('-') {
            Some(digits) => (Some(MINUS), digits),
            None => (None, decimal),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let mut fraction = fraction.trim_end_matches('0').to_owned();
        while fraction.len() < places {
            fraction.push('0');
        }
        let mut text: String = sign.into_iter().collect();
        text.push_str(&self.grouped(whole));
        if !fraction.is_empty() {
            text.push(self.point());
            text.push_str(&fraction);
        }
        text
    }

    /// An amount with its currency: €5,008.34 or 5.008,34 €.
    #[must_use]
    pub fn money(self, decimal: &str, currency: &str) -> String {
        let amount = self.amount(decimal);
        match (self, currency) {
            (Self::English, "EUR") => match amount.strip_prefix(MINUS) {
                Some(digits) => format!("{MINUS}€{digits}"),
                None => format!("€{amount}"),
            },
            (Self::Slovenian, "EUR") => format!("{amount}{NARROW_SPACE}€"),
            _ => format!("{amount}{NARROW_SPACE}{currency}"),
        }
    }

    /// A percentage: 9.5 %.
    #[must_use]
    pub fn percent(self, decimal: &str) -> String {
        format!("{}{NARROW_SPACE}%", self.decimal(decimal, 0))
    }

    /// A day: 23 Nov 2026 or 23. 11. 2026.
    #[must_use]
    pub fn day(self, day: Day) -> String {
        match self {
            Self::English => format!("{} {} {}", day.day, month(day.month), day.year),
            Self::Slovenian => format!("{}. {}. {}", day.day, day.month, day.year),
        }
    }

    fn short_day(self, day: Day) -> String {
        match self {
            Self::English => format!("{} {}", day.day, month(day.month)),
            Self::Slovenian => format!("{}. {}.", day.day, day.month),
        }
    }

    fn grouped(self, digits: &str) -> String {
        let mut text = String::with_capacity(digits.len() + digits.len() / 3);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                text.push(self.thousands());
            }
            text.push(digit);
        }
        text
    }
}

fn month(number: u8) -> &'static str {
    MONTHS[usize::from(number.clamp(1, 12)) - 1]
}

/// An instant in words: today at 10:41.
#[must_use]
pub(crate) fn when(lang: Locale, at: &When) -> String {
    let style = Style::of(lang);
    let time = format!("{}:{:02}", at.hour, at.minute);
    match at.relation {
        Relation::Today => td_string!(lang, time.today, time = time).to_string(),
        Relation::Yesterday => td_string!(lang, time.yesterday, time = time).to_string(),
        Relation::Tomorrow => td_string!(lang, time.tomorrow, time = time).to_string(),
        Relation::SameYear => {
            td_string!(lang, time.on_day, day = style.short_day(at.day), time = time).to_string()
        }
        Relation::OtherYear => {
            td_string!(lang, time.on_day, day = style.day(at.day), time = time).to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_thousands() {
        assert_eq!(Style::English.count(0), "0");
        assert_eq!(Style::English.count(999), "999");
        assert_eq!(Style::English.count(2014), "2,014");
        assert_eq!(Style::Slovenian.count(12_345_678), "12.345.678");
    }

    #[test]
    fn amounts_have_two_places_and_keep_more_when_they_are_told() {
        assert_eq!(Style::English.amount("5008.34"), "5,008.34");
        assert_eq!(Style::Slovenian.amount("-128.1"), "\u{2212}128,10");
        assert_eq!(Style::English.amount("3"), "3.00");
        assert_eq!(Style::English.amount("171.3115"), "171.3115");
    }

    #[test]
    fn quantities_lose_needless_zeros() {
        assert_eq!(Style::English.decimal("12.000", 0), "12");
        assert_eq!(Style::Slovenian.decimal("0.50", 0), "0,5");
        assert_eq!(Style::English.percent("9.50"), "9.5\u{a0}%");
    }

    #[test]
    fn money_carries_its_currency_where_the_language_puts_it() {
        assert_eq!(Style::English.money("-128.10", "EUR"), "\u{2212}€128.10");
        assert_eq!(Style::Slovenian.money("5008.34", "EUR"), "5.008,34\u{a0}€");
        assert_eq!(Style::English.money("10", "USD"), "10.00\u{a0}USD");
    }

    #[test]
    fn days_are_written_as_the_language_writes_them() {
        let day = Day { year: 2026, month: 11, day: 3 };
        assert_eq!(Style::English.day(day), "3 Nov 2026");
        assert_eq!(Style::Slovenian.day(day), "3. 11. 2026");
        assert_eq!(day.iso(), "2026-11-03");
    }

    #[test]
    fn an_instant_is_named_by_its_distance_from_today() {
        let mut at = When {
            day: Day { year: 2026, month: 11, day: 23 },
            hour: 8,
            minute: 5,
            relation: Relation::Today,
            utc: String::new(),
        };
        assert_eq!(when(Locale::en, &at), "today at 8:05");
        at.relation = Relation::SameYear;
        assert_eq!(when(Locale::en, &at), "23 Nov at 8:05");
        at.relation = Relation::OtherYear;
        assert_eq!(when(Locale::en, &at), "23 Nov 2026 at 8:05");
    }
}
