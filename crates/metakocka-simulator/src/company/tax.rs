//! Tax codes: a short code and its rate (`metakocka-api.md` §2.4).

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Longest code, bytes: `EX30` and the legacy `220` fit.
const MAX_CODE: usize = 6;

/// A tax code with its rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "TaxText", try_from = "TaxText")]
pub struct TaxCode {
    /// ASCII, padded with zero bytes.
    code: [u8; MAX_CODE],
    /// The rate in tenths of a percent: 220, 95.
    permille: u16,
}

/// Why something is no tax code; nothing was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTaxCode {
    /// The code is empty, too long or no plain text.
    #[error("\"{0}\" is no tax code: one has at most six ASCII letters and digits")]
    Code(String),
    /// The rate is not between 0 and 100 or finer than a tenth.
    #[error("{0} is no tax rate in percent: one lies between 0 and 100 in steps of 0.1")]
    Percent(Decimal),
}

/// How a tax code is written in settings and files.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TaxText {
    code: String,
    /// Percent: `9.5`.
    percent: Decimal,
}

impl TaxCode {
    /// Reduced rate, 9.5 %.
    pub(crate) const EX3: Self = Self::fixed(*b"EX3\0\0\0", 95);
    /// Standard rate, 22 %.
    pub(crate) const EX4: Self = Self::fixed(*b"EX4\0\0\0", 220);
    /// Supply inside the EU, 0 %.
    pub(crate) const EX5: Self = Self::fixed(*b"EX5\0\0\0", 0);
    /// Legacy code of the standard rate, still on some products.
    pub(crate) const LEGACY_220: Self = Self::fixed(*b"220\0\0\0", 220);
    /// Legacy code for exempt supplies, 0 %.
    pub(crate) const LEGACY_000: Self = Self::fixed(*b"000\0\0\0", 0);
    /// Legacy code of the reduced rate.
    const LEGACY_095: Self = Self::fixed(*b"095\0\0\0", 95);

    /// What a company has unless it says otherwise.
    pub(crate) const STANDARD: [Self; 6] =
        [Self::EX3, Self::EX4, Self::EX5, Self::LEGACY_220, Self::LEGACY_000, Self::LEGACY_095];

    /// A tax code of at most six ASCII letters and digits, with its rate in percent, to a tenth.
    pub fn new(code: &str, percent: Decimal) -> Result<Self, InvalidTaxCode> {
        TaxText { code: code.to_owned(), percent }.try_into()
    }

    const fn fixed(code: [u8; MAX_CODE], permille: u16) -> Self {
        Self { code, permille }
    }

    /// Its code.
    pub(crate) fn code(&self) -> &str {
        let end = self.code.iter().position(|byte| *byte == 0).unwrap_or(MAX_CODE);
        // The bytes are ASCII by construction.
        str::from_utf8(&self.code[..end]).unwrap_or("")
    }

    /// The key under which documents carry the tax of this code: `sum_tax_ex4`.
    pub(crate) fn sum_key(self) -> String {
        format!("sum_tax_{}", self.code().to_ascii_lowercase())
    }

    /// The rate as a fraction: 0.22.
    pub(crate) fn factor(self) -> Decimal {
        Decimal::new(i64::from(self.permille), 3)
    }

    /// The rate in percent, as `tax_desc` shows it: `9.5`.
    pub(crate) fn percent_text(self) -> String {
        Decimal::new(i64::from(self.permille), 1).normalize().to_string()
    }
}

impl From<TaxCode> for TaxText {
    fn from(tax: TaxCode) -> Self {
        Self { code: tax.code().to_owned(), percent: tax.factor() * Decimal::ONE_HUNDRED }
    }
}

impl TryFrom<TaxText> for TaxCode {
    type Error = InvalidTaxCode;

    fn try_from(text: TaxText) -> Result<Self, InvalidTaxCode> {
        let bytes = text.code.as_bytes();
        if bytes.is_empty() || bytes.len() > MAX_CODE || !bytes.iter().all(u8::is_ascii_alphanumeric) {
            return Err(InvalidTaxCode::Code(text.code));
        }
        let tenths = text.percent * Decimal::TEN;
        let permille = u16::try_from(tenths.trunc()).ok().filter(|rate| Decimal::from(*rate) == tenths);
        let permille = permille.filter(|rate| *rate <= 1_000);
        let mut code = [0; MAX_CODE];
        code[..bytes.len()].copy_from_slice(bytes);
        let permille = permille.ok_or(InvalidTaxCode::Percent(text.percent))?;
        Ok(Self { code, permille })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tax_code_is_written_with_its_rate_and_read_again() {
        for tax in TaxCode::STANDARD {
            let text = serde_json::to_string(&tax).unwrap();
            assert_eq!(serde_json::from_str::<TaxCode>(&text).unwrap(), tax, "{text}");
        }
        assert_eq!(
            (TaxCode::EX3.percent_text(), TaxCode::EX4.sum_key()),
            ("9.5".into(), "sum_tax_ex4".into())
        );
        assert_eq!(TaxCode::new("EX4", Decimal::from(22)).unwrap(), TaxCode::EX4);
        for bad in [r#"{"code":"","percent":"1"}"#, r#"{"code":"EX4","percent":"22.55"}"#] {
            assert!(serde_json::from_str::<TaxCode>(bad).is_err(), "{bad}");
        }
    }
}
