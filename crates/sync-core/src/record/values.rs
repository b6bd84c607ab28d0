//! Small values that stand alone: country, currency, tax code, amount.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::InvalidValue;
use super::ids::text_type;

/// Most characters of a tax code; seen are `EX1` to `EX30`, `N22` and `085` (`metakocka-api.md §2.4`).
const MAX_TAX_CODE_CHARS: usize = 20;

text_type! {
    /// A country by its two-letter ISO code in upper case; `XI` is Northern Ireland.
    CountryCode
}

text_type! {
    /// A currency by its three-letter ISO code in upper case.
    Currency
}

text_type! {
    /// The remote's code of a tax. It decides the box of the VAT return, the rate is only its
    /// attribute (policy G); kept as written, compared without regard to case by [`TaxCode::same`].
    TaxCode
}

impl CountryCode {
    /// Reads a code; lower case becomes upper case.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        letters(2, text).map(Self).ok_or_else(|| InvalidValue::new("a country code", text, "two letters"))
    }

    /// Slovenia, where the companies keep their books.
    pub fn slovenia() -> Self {
        Self("SI".to_owned())
    }

    /// Whether it is Slovenia.
    pub fn is_slovenia(&self) -> bool {
        self.0 == "SI"
    }
}

impl Currency {
    /// Reads a code; lower case becomes upper case.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        letters(3, text).map(Self).ok_or_else(|| InvalidValue::new("a currency", text, "three letters"))
    }

    /// The euro, the default of a Slovenian company.
    pub fn euro() -> Self {
        Self("EUR".to_owned())
    }
}

impl TaxCode {
    /// Reads a code: 1 to 20 visible ASCII characters.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let text = text.trim();
        let right =
            (1..=MAX_TAX_CODE_CHARS).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        right
            .then(|| Self(text.to_owned()))
            .ok_or_else(|| InvalidValue::new("a tax code", text, "1 to 20 visible ASCII characters"))
    }

    /// Whether two codes are one: the remote writes a code in lower case where it is part of the
    /// name of a total (`metakocka-api.md §4.3`).
    pub fn same(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }

    /// The code in upper case, for grouping.
    #[must_use]
    pub fn folded(&self) -> Self {
        Self(self.0.to_ascii_uppercase())
    }
}

fn letters(count: usize, text: &str) -> Option<String> {
    let upper = text.trim().to_ascii_uppercase();
    (upper.len() == count && upper.bytes().all(|b| b.is_ascii_uppercase())).then_some(upper)
}

/// How much of a product, in its unit; negative only for services (policy G, checked before a write).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Amount(pub Decimal);

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
