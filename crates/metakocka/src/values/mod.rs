//! How Metakocka writes values: every scalar a text, decimals with a dot or a comma, money in Slovenian
//! form, dates with an offset that means nothing (`metakocka-api.md §1.5`). Pure functions on text.

mod decimal;
mod discount;
#[cfg(feature = "fuzz")]
pub(crate) mod fuzz;
mod time;

pub(crate) use decimal::{parse_decimal, parse_slovenian_money};
pub use discount::DiscountChain;
pub use time::WallTime;
pub(crate) use time::{parse_date, write_date};

/// A text that is not the value it should be. The sentence is for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct InvalidValue {
    sentence: String,
}

impl InvalidValue {
    /// "“31.02.2026” is not a date": the value, shortened, and what it is not.
    pub(crate) fn new(text: &str, what_it_is_not: &str) -> Self {
        Self { sentence: format!("“{}” {what_it_is_not}", shorten(text, MAX_SHOWN)) }
    }
}

/// How much of a value a sentence shows, in characters: enough to recognise it.
const MAX_SHOWN: usize = 60;

/// At most `max` characters of a text, on one line.
pub(crate) fn shorten(text: &str, max: usize) -> String {
    let one_line = |c: char| if c.is_control() { ' ' } else { c };
    let mut short: String = text.chars().take(max).map(one_line).collect();
    if text.chars().nth(max).is_some() {
        short.push('…');
    }
    short
}

/// Reads the texts of a bool (`metakocka-api.md §1.5`). The empty text is "not said".
pub(crate) fn parse_bool(text: &str) -> Result<Option<bool>, InvalidValue> {
    match text.trim() {
        "" => Ok(None),
        "true" | "TRUE" | "True" | "1" => Ok(Some(true)),
        "false" | "FALSE" | "False" | "0" => Ok(Some(false)),
        _ => Err(InvalidValue::new(text, "is neither true nor false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bools_are_texts() {
        assert_eq!(parse_bool("true"), Ok(Some(true)));
        assert_eq!(parse_bool("0"), Ok(Some(false)));
        assert_eq!(parse_bool(""), Ok(None));
        assert!(parse_bool("da").is_err());
    }

    #[test]
    fn a_sentence_shows_a_long_value_shortened_on_one_line() {
        let sentence = InvalidValue::new(&format!("a\nb{}", "x".repeat(100)), "is not a date").to_string();
        assert!(sentence.starts_with("“a bxx") && sentence.ends_with("…” is not a date"), "{sentence}");
        assert!(sentence.chars().count() < 90);
    }
}
