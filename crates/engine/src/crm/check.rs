//! Collects what is wrong with a form: every reason at once.

use sync_core::record::{Address, CountryCode};
use sync_core::validate::Problem;

use super::input::AddressInput;
use crate::EngineError;
use crate::error::Reason;
use crate::ids::is_id;

/// Most characters of one line of text.
pub(super) const LINE: usize = 255;
/// Most characters of notes and descriptions: some pages.
pub(super) const PAGES: usize = 10_000;

/// The reasons that were found so far.
#[derive(Debug, Default)]
pub(super) struct Reasons(Vec<Reason>);

impl Reasons {
    /// One more.
    pub(super) fn add(
        &mut self,
        field: impl Into<String>,
        sentence: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.0.push(Reason { field: field.into(), sentence: sentence.into(), remedy: remedy.into() });
    }

    /// What was made of the form, when there was nothing wrong with it.
    pub(super) fn done<T>(self, value: T) -> Result<T, EngineError> {
        if self.0.is_empty() { Ok(value) } else { Err(EngineError::Blocked(self.0)) }
    }

    /// The same for what can't be made of a wrong form.
    pub(super) fn made<T>(mut self, value: Option<T>) -> Result<T, EngineError> {
        if let Some(value) = value {
            return self.done(value);
        }
        if self.0.is_empty() {
            self.add("body", "The form is incomplete.", "Fill in what is missing.");
        }
        Err(EngineError::Blocked(self.0))
    }

    /// A text that may be absent; empty is absent.
    pub(super) fn text(&mut self, field: &str, text: Option<&str>, most: usize) -> Option<String> {
        let text = text.map(str::trim).filter(|text| !text.is_empty())?;
        let has = text.chars().count();
        if has > most {
            self.add(field, format!("It has {has} characters; at most {most} fit here."), "Shorten it.");
        }
        let breaks = most == PAGES;
        if text.chars().any(|sign| sign.is_control() && !(breaks && matches!(sign, '\n' | '\r' | '\t'))) {
            self.add(field, "There is a sign in it that is no text.", "Remove it.");
        }
        Some(text.to_owned())
    }

    /// A text that has to be there.
    pub(super) fn required(&mut self, field: &str, text: &str, most: usize) -> String {
        let found = self.text(field, Some(text), most);
        if found.is_none() {
            self.add(field, "It is missing.", "Fill it in.");
        }
        found.unwrap_or_default()
    }

    /// An id of this application's form.
    pub(super) fn id<'a>(&mut self, field: &str, id: Option<&'a str>) -> Option<&'a str> {
        let id = id.filter(|id| !id.is_empty())?;
        if is_id(id) {
            return Some(id);
        }
        self.unknown(field);
        None
    }

    /// Says that something with this id does not exist here.
    pub(super) fn unknown(&mut self, field: &str) {
        self.add(field, "There is nothing with this id in the workspace.", "Choose another.");
    }

    /// A value that has to have a form.
    pub(super) fn parsed<T, E: std::fmt::Display>(
        &mut self,
        field: &str,
        result: Result<T, E>,
        remedy: &str,
    ) -> Option<T> {
        result.map_err(|error| self.add(field, sentence(&error), remedy)).ok()
    }

    /// An address; none when nothing is filled in.
    pub(super) fn address(&mut self, field: &str, input: &AddressInput) -> Address {
        let at = |part: &str| format!("{field}.{part}");
        let country = input.country.as_deref().filter(|text| !text.trim().is_empty());
        Address {
            street: self.text(&at("street"), input.street.as_deref(), LINE),
            post_number: self.text(&at("postNumber"), input.post_number.as_deref(), LINE),
            place: self.text(&at("place"), input.place.as_deref(), LINE),
            province: self.text(&at("province"), input.province.as_deref(), LINE),
            country: country.and_then(|text| {
                self.parsed(&at("country"), CountryCode::parse(text), "Enter the two letters, such as SI.")
            }),
            country_name: self.text(&at("countryName"), input.country_name.as_deref(), LINE),
        }
    }
}

/// An error's words as a sentence.
fn sentence(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let mut signs = text.chars();
    let first = signs.next().map(|sign| sign.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", signs.as_str())
}

/// The form of an address.
pub(super) fn address_input(address: &Address) -> AddressInput {
    AddressInput {
        street: address.street.clone(),
        post_number: address.post_number.clone(),
        place: address.place.clone(),
        province: address.province.clone(),
        country: address.country.as_ref().map(|code| code.as_str().to_owned()),
        country_name: address.country_name.clone(),
    }
}

/// What blocks sending, as callers see it.
pub(super) fn blocking(problems: &[Problem]) -> Vec<Reason> {
    let reason = |problem: &Problem| Reason {
        field: problem.field(),
        sentence: problem.to_string(),
        remedy: problem.remedy().to_owned(),
    };
    problems.iter().map(reason).collect()
}
