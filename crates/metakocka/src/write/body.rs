//! Writing a request field by field, checking lengths and formats on the way. What is wrong is collected with
//! the field's name, so that a person sees all of it at once; nothing is cut or repaired silently.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::payload::{Write, WriteReply};
use crate::endpoint::Endpoint;
use crate::identity::MkId;
use crate::values::write_date;

/// The largest request sent, in bytes: what a client should keep to (`metakocka-api.md §9`).
const MAX_BODY_BYTES: usize = 1_000_000;
/// The longest free text of a field whose length no source names, in characters.
pub(crate) const FREE_TEXT: usize = 4_000;
/// The longest label or code of a register whose length no source names, in characters.
pub(crate) const REGISTER_TEXT: usize = 100;
/// Decimal places that Metakocka keeps (`metakocka-api.md §1.5`).
const MAX_DECIMALS: u32 = 10;
/// Digits before the decimal point: far above any price or amount, far below what any system overflows at.
const MAX_NUMBER: Decimal = Decimal::from_parts(2_764_472_320, 232_830, 0, false, 0);
/// Fields that a draft's own extra fields may not set: they decide what a request does.
const RESERVED: [&str; 6] = ["secret_key", "company_id", "mk_id", "doc_id", "doc_type", "mk_id_list"];

/// A field that cannot be sent as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// The field as Metakocka names it, with the place in its list: `product_list[2].amount`.
    pub field: String,
    /// What is wrong, in a sentence for people.
    pub sentence: String,
}

/// A request that was not made, because Metakocka would refuse it or cut it. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct InvalidRequest {
    /// Everything that is wrong; never empty.
    pub problems: Vec<FieldProblem>,
}

impl InvalidRequest {
    fn sentence(&self) -> String {
        let each = |problem: &FieldProblem| format!("{}: {}", problem.field, problem.sentence);
        self.problems.iter().map(each).collect::<Vec<_>>().join("; ")
    }
}

/// Whether a text may have several lines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    One,
    Many,
}

/// A request, or an object inside one, that is being written.
#[derive(Debug, Default)]
pub(crate) struct Body {
    fields: Map<String, Value>,
    problems: Vec<FieldProblem>,
    path: String,
}

impl Body {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Puts fields that have no place of their own in the draft; fields written later take precedence.
    pub(crate) fn keep(&mut self, other: &Map<String, Value>) {
        for (name, value) in other {
            if RESERVED.contains(&name.as_str()) {
                self.problem(name, "this field is not set by hand");
            } else {
                self.fields.insert(name.clone(), value.clone());
            }
        }
    }

    /// Notes that something is wrong.
    pub(crate) fn problem(&mut self, field: &str, sentence: impl Into<String>) {
        let field = if self.path.is_empty() { field.to_owned() } else { format!("{}.{field}", self.path) };
        self.problems.push(FieldProblem { field, sentence: sentence.into() });
    }

    /// Writes a value that needs no check.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.fields.insert(name.to_owned(), value.into());
    }

    /// A text of one line; blank is left out.
    pub(crate) fn text(&mut self, name: &str, text: Option<&str>, max: usize) {
        self.checked(name, text, max, Lines::One);
    }

    /// A text that may have several lines; blank is left out.
    pub(crate) fn long_text(&mut self, name: &str, text: Option<&str>, max: usize) {
        self.checked(name, text, max, Lines::Many);
    }

    /// A text that must be there.
    pub(crate) fn required(&mut self, name: &str, text: &str, max: usize) {
        if text.trim().is_empty() {
            self.problem(name, "this is required");
        }
        self.text(name, Some(text), max);
    }

    fn checked(&mut self, name: &str, text: Option<&str>, max: usize, lines: Lines) {
        let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return };
        let length = text.chars().count();
        let allowed = |c: char| !c.is_control() || (lines == Lines::Many && matches!(c, '\n' | '\r' | '\t'));
        if length > max {
            self.problem(name, format!("this has {length} characters, Metakocka takes {max}"));
        } else if !text.chars().all(allowed) {
            self.problem(name, "this has a character that is no text, such as a line break");
        }
        self.set(name, text);
    }

    pub(crate) fn flag(&mut self, name: &str, flag: Option<bool>) {
        if let Some(flag) = flag {
            self.set(name, flag.to_string());
        }
    }

    /// A number with a dot (`metakocka-api.md §1.5`).
    pub(crate) fn decimal(&mut self, name: &str, number: Option<Decimal>) {
        let Some(number) = number else { return };
        if number.normalize().scale() > MAX_DECIMALS {
            self.problem(name, format!("{number} has more than {MAX_DECIMALS} decimal places"));
        } else if number.abs() > MAX_NUMBER {
            self.problem(name, format!("{number} is larger than Metakocka takes"));
        }
        self.set(name, number.to_string());
    }

    /// A whole number.
    pub(crate) fn count(&mut self, name: &str, number: Option<u32>) {
        if let Some(number) = number {
            self.set(name, number.to_string());
        }
    }

    /// A date in its safest form, `dd.mm.yyyy` (`metakocka-api.md §1.5`).
    pub(crate) fn date(&mut self, name: &str, date: Option<Date>) {
        if let Some(date) = date {
            self.check_year(name, date);
            self.set(name, write_date(date));
        }
    }

    /// A bare ISO date, as `put_transaction` asks for it (`metakocka-api.md §4.6`).
    pub(crate) fn iso_date(&mut self, name: &str, date: Option<Date>) {
        if let Some(date) = date {
            self.check_year(name, date);
            self.set(name, date.to_string());
        }
    }

    /// A date as the samples of `update_document` write it: ISO with the constant offset
    /// (`metakocka-api.md §1.5`).
    pub(crate) fn offset_date(&mut self, name: &str, date: Option<Date>) {
        if let Some(date) = date {
            self.check_year(name, date);
            self.set(name, format!("{date}+02:00"));
        }
    }

    fn check_year(&mut self, name: &str, date: Date) {
        if !(1900..=2999).contains(&date.year()) {
            self.problem(name, format!("{date} is not in a year from 1900 to 2999"));
        }
    }

    pub(crate) fn id(&mut self, name: &str, id: Option<&MkId>) {
        if let Some(id) = id {
            self.set(name, id.as_str());
        }
    }

    /// An object inside this one.
    pub(crate) fn object(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        let value = self.inside(name, write);
        self.fields.insert(name.to_owned(), Value::Object(value));
    }

    /// A list of objects.
    pub(crate) fn list<T>(&mut self, name: &str, items: &[T], write: impl Fn(&T, &mut Self)) {
        let each = |(place, item): (usize, &T)| {
            Value::Object(self.inside(&format!("{name}[{place}]"), |body| write(item, body)))
        };
        let values: Vec<Value> = items.iter().enumerate().map(each).collect();
        self.fields.insert(name.to_owned(), Value::Array(values));
    }

    fn inside(&mut self, name: &str, write: impl FnOnce(&mut Self)) -> Map<String, Value> {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        let mut inner = Self { path, ..Self::default() };
        write(&mut inner);
        self.problems.append(&mut inner.problems);
        inner.fields
    }

    /// The write, unless something is wrong with it.
    pub(crate) fn finish<R: WriteReply>(mut self, endpoint: Endpoint) -> Result<Write<R>, InvalidRequest> {
        let size = Value::Object(self.fields.clone()).to_string().len();
        if size > MAX_BODY_BYTES {
            self.problem("", format!("the request has {size} bytes, more than {MAX_BODY_BYTES}"));
        }
        if self.problems.is_empty() {
            Ok(Write::new(endpoint, self.fields))
        } else {
            Err(InvalidRequest { problems: self.problems })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::Accepted;

    fn problems(write: impl FnOnce(&mut Body)) -> Vec<(String, String)> {
        let mut body = Body::new();
        write(&mut body);
        let invalid = body.finish::<Accepted>(Endpoint::UpdateDocument).unwrap_err();
        invalid.problems.into_iter().map(|problem| (problem.field, problem.sentence)).collect()
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        let mut body = Body::new();
        body.text("title", Some(&"č".repeat(30)), 30);
        assert!(body.finish::<Accepted>(Endpoint::UpdateDocument).is_ok());
        let found = problems(|body| body.text("title", Some(&"č".repeat(31)), 30));
        assert_eq!(found[0].1, "this has 31 characters, Metakocka takes 30");
    }

    #[test]
    fn every_problem_is_told_with_the_place_of_its_field() {
        let found = problems(|body| {
            body.required("customer", " ", 100);
            body.list("product_list", &["a\nb"], |text, line| line.text("code", Some(text), 20));
            body.object("partner", |partner| partner.decimal("x", Some(Decimal::new(1, 11))));
            body.date("doc_date", Some(jiff::civil::date(26, 1, 1)));
        });
        let fields: Vec<_> = found.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["customer", "product_list[0].code", "partner.x", "doc_date"]);
    }

    #[test]
    fn what_decides_what_a_request_does_is_not_set_by_hand() {
        let other = serde_json::json!({ "mk_id": "1", "pariteta": "DAP" });
        let found = problems(|body| body.keep(other.as_object().unwrap()));
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn numbers_beyond_any_sense_are_refused() {
        assert_eq!(MAX_NUMBER.to_string(), "1000000000000000");
        assert_eq!(problems(|body| body.decimal("price", Some(MAX_NUMBER + Decimal::ONE))).len(), 1);
    }

    #[test]
    fn a_request_that_is_too_large_is_not_made() {
        let found = problems(|body| {
            for place in 0..300 {
                body.long_text(&format!("notes{place}"), Some(&"x".repeat(FREE_TEXT)), FREE_TEXT);
            }
        });
        assert!(found[0].1.contains("bytes"));
    }
}
