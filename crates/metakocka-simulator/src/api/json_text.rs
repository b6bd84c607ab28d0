//! Writes JSON text directly: a page of 100 documents has ten thousand fields, and a tree of
//! values would cost more than the text. All scalars are strings (`metakocka-api.md` §1.5).

use crate::quirks::{Quirk, Quirks};
use rust_decimal::Decimal;
use std::fmt::{Display, Write};

/// The decimals that some fields always have (§1.5).
const TEN_PLACES: u32 = 10;

/// JSON text under construction. The caller opens and closes in pairs.
pub(crate) struct JsonText {
    text: String,
    comma: bool,
    quirks: Quirks,
}

impl JsonText {
    /// Text that is written with these quirks.
    pub(crate) fn new(quirks: Quirks) -> Self {
        Self { text: String::with_capacity(1_024), comma: false, quirks }
    }

    /// Whether the answer has this quirk.
    pub(crate) fn hold(&self, quirk: Quirk) -> bool {
        self.quirks.hold(quirk)
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }

    fn separate(&mut self) {
        if self.comma {
            self.text.push(',');
        }
        self.comma = false;
    }

    fn begin(&mut self, bracket: char) {
        self.separate();
        self.text.push(bracket);
    }

    fn end(&mut self, bracket: char) {
        self.text.push(bracket);
        self.comma = true;
    }

    pub(crate) fn open(&mut self) {
        self.begin('{');
    }

    pub(crate) fn close(&mut self) {
        self.end('}');
    }

    pub(crate) fn open_list(&mut self) {
        self.begin('[');
    }

    pub(crate) fn close_list(&mut self) {
        self.end(']');
    }

    /// Opens a list of `rows` elements; a list of one is left out, so that its element stands alone (Q14).
    pub(crate) fn open_loose_list(&mut self, rows: usize) {
        if rows != 1 || !self.hold(Quirk::LooseShapes) {
            self.open_list();
        }
    }

    /// Closes what [`open_loose_list`](Self::open_loose_list) opened.
    pub(crate) fn close_loose_list(&mut self, rows: usize) {
        if rows != 1 || !self.hold(Quirk::LooseShapes) {
            self.close_list();
        }
    }

    /// The key of the value that is written next. Keys need no escapes.
    pub(crate) fn key(&mut self, key: &str) {
        self.separate();
        self.text.push('"');
        self.text.push_str(key);
        self.text.push_str("\":");
    }

    fn string(&mut self, value: &str) {
        self.text.push('"');
        let mut plain_from = 0;
        for (at, byte) in value.bytes().enumerate() {
            if byte >= b' ' && byte != b'"' && byte != b'\\' {
                continue;
            }
            self.text.push_str(&value[plain_from..at]);
            plain_from = at + 1;
            match byte {
                b'"' => self.text.push_str("\\\""),
                b'\\' => self.text.push_str("\\\\"),
                b'\n' => self.text.push_str("\\n"),
                other => push_display(&mut self.text, format_args!("\\u{other:04x}")),
            }
        }
        self.text.push_str(&value[plain_from..]);
        self.text.push('"');
        self.comma = true;
    }

    pub(crate) fn field(&mut self, key: &str, value: &str) {
        self.key(key);
        self.string(value);
    }

    /// Texts as a list; one alone stands without it (Q14).
    pub(crate) fn texts(&mut self, texts: &[&str]) {
        self.open_loose_list(texts.len());
        for text in texts {
            self.text(text);
        }
        self.close_loose_list(texts.len());
    }

    /// A text that is an element of a list.
    pub(crate) fn text(&mut self, text: &str) {
        self.separate();
        self.string(text);
    }

    /// Nothing when there is no value: Metakocka leaves empty fields out.
    pub(crate) fn optional(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.field(key, value);
        }
    }

    /// A value whose display needs no escapes: numbers, dates, ids.
    pub(crate) fn number(&mut self, key: &str, value: impl Display) {
        self.key(key);
        self.text.push('"');
        push_display(&mut self.text, value);
        self.text.push('"');
        self.comma = true;
    }

    pub(crate) fn bool(&mut self, key: &str, value: bool) {
        self.field(key, if value { "true" } else { "false" });
    }

    /// Dot, trailing zeros trimmed: `24.8`.
    pub(crate) fn decimal(&mut self, key: &str, value: Decimal) {
        self.number(key, value.normalize());
    }

    /// A stored decimal: trimmed, but for one that was stored with ten places, all of which are shown (§1.5).
    pub(crate) fn stored_decimal(&mut self, key: &str, value: Decimal) {
        if value.scale() == TEN_PLACES { self.number(key, value) } else { self.decimal(key, value) }
    }

    /// Ten places, as the costs of a line have them: `2.5000000000` (§1.5).
    pub(crate) fn ten_places(&mut self, key: &str, mut value: Decimal) {
        value.rescale(TEN_PLACES);
        self.number(key, value);
    }

    /// Decimal comma, as stock and measures have it: `863,75`.
    pub(crate) fn comma_decimal(&mut self, key: &str, value: Decimal) {
        if !self.hold(Quirk::LocalNumbers) {
            return self.decimal(key, value);
        }
        self.number(key, value.normalize().to_string().replace('.', ","));
    }
}

fn push_display(text: &mut String, value: impl Display) {
    // Writing to a String cannot fail.
    let _ = write!(text, "{value}");
}

/// Slovenian money: thousands dot, decimal comma, no trailing zeros: `1.895,01`, `1.000`.
pub(crate) fn slovenian_money(value: Decimal) -> String {
    let text = value.normalize().to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut grouped = String::with_capacity(text.len() + 4);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    match fraction.len() {
        0 => format!("{sign}{grouped}"),
        1 => format!("{sign}{grouped},{fraction}0"),
        _ => format!("{sign}{grouped},{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slovenian_money_has_a_thousands_dot_and_a_decimal_comma() {
        for (value, shown) in [
            ("1895.01", "1.895,01"),
            ("1000", "1.000"),
            ("368.52", "368,52"),
            ("5985", "5.985"),
            ("1234567.5", "1.234.567,50"),
            ("-12.3", "-12,30"),
            ("0", "0"),
        ] {
            assert_eq!(slovenian_money(value.parse().unwrap()), shown);
        }
    }

    #[test]
    fn the_text_is_json_whatever_the_strings_hold() {
        let nasty = "a\"b\\c\nd\te\u{1}čšž<p>";
        let mut json = JsonText::new(Quirks::default());
        json.open();
        json.field("a", nasty);
        json.key("l");
        json.open_list();
        json.open();
        json.close();
        json.open();
        json.bool("b", true);
        json.close();
        json.close_list();
        json.decimal("d", "1.500".parse().unwrap());
        json.comma_decimal("c", "1.25".parse().unwrap());
        json.close();
        let value: serde_json::Value = serde_json::from_str(&json.into_text()).unwrap();
        let expected = serde_json::json!({"a": nasty, "l": [{}, {"b": "true"}], "d": "1.5", "c": "1,25"});
        assert_eq!(value, expected);
    }
}
