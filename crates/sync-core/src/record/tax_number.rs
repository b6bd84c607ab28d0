//! Tax numbers: country and digits for Slovenia, whole for any other country.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{CountryCode, InvalidValue};

/// Most characters of a number; European VAT ids have at most 14 with their prefix.
const MAX_CHARS: usize = 30;

/// A tax number as it is compared: by country and digits when it is Slovenian (the `SI` in front
/// follows whether somebody is a taxpayer and is never rewritten for itself), whole when it is
/// foreign (policy C). A number with a wrong check digit is still a number: see [`Self::is_valid`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TaxNumber {
    country: CountryCode,
    number: String,
}

impl TaxNumber {
    /// Reads a number as people write it. Blanks, dots, hyphens and slashes are dropped. Two letters
    /// in front decide the country, else `country` does, else it is Slovenia.
    pub fn parse(text: &str, country: Option<&CountryCode>) -> Result<Self, InvalidValue> {
        let cleaned: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-' | '/'))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let right = (1..=MAX_CHARS).contains(&cleaned.len())
            && cleaned.bytes().all(|b| b.is_ascii_alphanumeric())
            && cleaned.bytes().any(|b| b.is_ascii_digit());
        if !right {
            return Err(InvalidValue::new("a tax number", text, "up to 30 letters and digits"));
        }
        Ok(Self::of_cleaned(cleaned, country))
    }

    fn of_cleaned(cleaned: String, country: Option<&CountryCode>) -> Self {
        let prefix = cleaned.get(..2).and_then(|two| CountryCode::parse(two).ok()).map(iso_of_vat_prefix);
        let country = prefix.clone().or_else(|| country.cloned()).unwrap_or_else(CountryCode::slovenia);
        let number = match cleaned.strip_prefix("SI") {
            Some(digits) if country.is_slovenia() => digits.to_owned(),
            _ => cleaned,
        };
        Self { country, number }
    }

    /// The country that gave it out.
    pub fn country(&self) -> &CountryCode {
        &self.country
    }

    /// The digits of a Slovenian number, the whole of a foreign one.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// Whether it can be right: a Slovenian number has eight digits, the last of which checks the
    /// others (weights 8 to 2, modulo 11). Foreign numbers are not checked.
    pub fn is_valid(&self) -> bool {
        !self.country.is_slovenia() || slovenian_check(&self.number)
    }

    /// With its prefix, as a taxpayer writes it.
    pub fn with_prefix(&self) -> String {
        if self.country.is_slovenia() { format!("SI{}", self.number) } else { self.number.clone() }
    }
}

/// The VAT prefix of Greece is not its ISO code.
fn iso_of_vat_prefix(prefix: CountryCode) -> CountryCode {
    if prefix.as_str() == "EL" { CountryCode::parse("GR").unwrap_or(prefix) } else { prefix }
}

fn slovenian_check(number: &str) -> bool {
    let digits: Vec<u32> = number.chars().filter_map(|c| c.to_digit(10)).collect();
    let [first, .., last] = digits.as_slice() else { return false };
    if number.len() != 8 || digits.len() != 8 || *first == 0 {
        return false;
    }
    let sum: u32 = digits.iter().zip((2..=8).rev()).map(|(digit, weight)| digit * weight).sum();
    let expected = match 11 - sum % 11 {
        10 => 0,
        other => other,
    };
    expected == *last
}

impl fmt::Display for TaxNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_prefix())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> TaxNumber {
        TaxNumber::parse(text, None).unwrap()
    }

    #[test]
    fn a_slovenian_number_is_one_number_with_and_without_its_prefix() {
        assert_eq!(number("SI15012557"), number("15012557"));
        assert_eq!(number("SI 150-125.57").number(), "15012557");
    }

    #[test]
    fn the_check_digit_tells_right_from_wrong() {
        assert!(number("SI15012557").is_valid());
        assert!(number("50223054").is_valid());
        assert!(number("10000020").is_valid(), "a remainder of 1 is checked by 0");
        assert!(
            (0..10).all(|last| !number(&format!("1000007{last}")).is_valid()),
            "a remainder of 0 by nothing"
        );
        assert!(!number("SI15012558").is_valid());
        assert!(!number("SI05012557").is_valid());
        assert!(!number("1501255").is_valid());
    }

    #[test]
    fn a_foreign_number_stays_whole() {
        let german = number("DE 129273398");
        assert_eq!((german.country().as_str(), german.number()), ("DE", "DE129273398"));
        assert!(german.is_valid());
        let croatian = TaxNumber::parse("33392005961", CountryCode::parse("HR").ok().as_ref()).unwrap();
        assert_eq!((croatian.country().as_str(), croatian.with_prefix().as_str()), ("HR", "33392005961"));
        assert_eq!(number("EL094259216").country().as_str(), "GR");
    }

    #[test]
    fn words_are_not_numbers() {
        assert!(TaxNumber::parse("none", None).is_err());
        assert!(TaxNumber::parse("  ", None).is_err());
        assert!(TaxNumber::parse("12 € 34", None).is_err());
    }
}
