//! Names of things in Metakocka: companies, records, lines, tax codes. Newtypes that parse.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest id accepted, in digits. Metakocka's field is 30 characters, ids seen have up to 13
/// (`metakocka-api.md §1.5`).
const MAX_ID_DIGITS: usize = 30;
/// The longest company id accepted, in characters; those seen are short numbers.
const MAX_COMPANY_ID: usize = 40;

/// A text that is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct InvalidId {
    what: &'static str,
}

macro_rules! digits_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// Parses a text of 1 to 30 digits.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                if is_digits(text) { Ok(Self(text.into())) } else { Err(InvalidId { what: $what }) }
            }

            /// The digits.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.into()
            }
        }
    };
}

digits_id!(
    /// The id of a record in Metakocka (`mk_id`), a text of digits (`metakocka-api.md §1.5`).
    ///
    /// Whether it is unique across document types is unknown (`metakocka-api.md §9`): keep the type with it.
    MkId,
    "an id in Metakocka is made of 1 to 30 digits"
);
digits_id!(
    /// The id of a document's line (`mk_row_id`, `metakocka-api.md §4.4`).
    RowId,
    "a line's id in Metakocka is made of 1 to 30 digits"
);

fn is_digits(text: &str) -> bool {
    (1..=MAX_ID_DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number of a company in Metakocka; not a secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CompanyId(Box<str>);

impl CompanyId {
    /// Parses 1 to 40 letters, digits, `-` or `_`; blanks around are dropped.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let text = text.trim();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if (1..=MAX_COMPANY_ID).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidId { what: "a company ID is the number that Metakocka shows beside the secret key" })
        }
    }

    /// The text as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CompanyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A tax code such as `EX4` (`metakocka-api.md §2.4`). Sums carry it in lower case (`sum_tax_ex4`), lines in
/// upper case; here it is always upper case, so that both meet.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct TaxCode(Box<str>);

impl TaxCode {
    /// Takes a code in any case.
    pub fn new(code: &str) -> Self {
        Self(code.trim().to_uppercase().into())
    }

    /// The code in upper case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TaxCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_digits_only() {
        assert_eq!(MkId::parse("400000701").unwrap().as_str(), "400000701");
        for text in ["", " 1", "1a", "-1", "1.0", "null", &"1".repeat(31)] {
            assert!(MkId::parse(text).is_err(), "{text:?}");
            assert!(RowId::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_company_id_loses_the_blanks_it_was_copied_with() {
        assert_eq!(CompanyId::parse(" 16 \n").unwrap().as_str(), "16");
        assert!(CompanyId::parse("").is_err());
        assert!(CompanyId::parse("a b").is_err());
    }

    #[test]
    fn tax_codes_of_lines_and_of_sums_are_the_same_code() {
        assert_eq!(TaxCode::new("ex4"), TaxCode::new(" EX4"));
    }
}
