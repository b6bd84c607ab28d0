//! What the list of sales documents shows, as its URL says it.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sync_core::record::DocumentType;
use sync_core::state::SyncState;

use super::{Day, DocumentSort};

/// Path of the list.
const PATH: &str = "/sales-documents";
/// Longest search text that is looked at, in characters: more is a mistake, not a search.
pub(super) const MAX_SEARCH: usize = 100;

/// Search, filter, sort and page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentQuery {
    /// Words to look for.
    pub search: Option<String>,
    /// Only documents in this state.
    pub state: Option<SyncState>,
    /// Only documents of this type.
    pub kind: Option<DocumentType>,
    /// Only documents dated this day or later.
    pub from: Option<Day>,
    /// Only documents dated this day or earlier.
    pub to: Option<Day>,
    /// What the rows are sorted by.
    pub sort: DocumentSort,
    /// Largest first.
    pub descending: bool,
    /// The page, from 1.
    pub page: u32,
}

impl Default for DocumentQuery {
    fn default() -> Self {
        Self {
            search: None,
            state: None,
            kind: None,
            from: None,
            to: None,
            sort: DocumentSort::Date,
            descending: true,
            page: 1,
        }
    }
}

impl DocumentQuery {
    /// Reads the parameters of a URL; what cannot be read is left at its default.
    #[must_use]
    pub fn read(parameter: impl Fn(&str) -> Option<String>) -> Self {
        let text = |name| parameter(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let sort = text("sort").and_then(|sort| DocumentSort::parse(&sort)).unwrap_or_default();
        let descending = match text("dir").as_deref() {
            Some("asc") => false,
            Some("desc") => true,
            _ => first_direction(sort),
        };
        Self {
            search: text("q").map(|words| words.chars().take(MAX_SEARCH).collect()),
            state: text("state").and_then(|state| read_state(&state)),
            kind: text("type").and_then(|kind| kind.parse().ok()),
            from: text("from").and_then(|day| Day::parse(&day)),
            to: text("to").and_then(|day| Day::parse(&day)),
            sort,
            descending,
            page: text("page").and_then(|page| page.parse().ok()).filter(|page| *page > 0).unwrap_or(1),
        }
    }

    /// The URL that shows this.
    #[must_use]
    pub fn href(&self) -> String {
        let mut href = String::from(PATH);
        let mut first = true;
        for (name, value) in self.parameters() {
            href.push(if first { '?' } else { '&' });
            first = false;
            href.push_str(name);
            href.push('=');
            push_encoded(&mut href, &value);
        }
        href
    }

    /// The parameters that differ from the default, in a fixed order.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        let sorted = self.sort != DocumentSort::default();
        let turned = self.descending != first_direction(self.sort);
        let direction = if self.descending { "desc" } else { "asc" };
        [
            ("q", self.search.clone()),
            ("state", self.state.map(write_state)),
            ("type", self.kind.map(|kind| kind.as_str().to_owned())),
            ("from", self.from.map(Day::iso)),
            ("to", self.to.map(Day::iso)),
            ("sort", sorted.then(|| self.sort.as_str().to_owned())),
            ("dir", turned.then(|| direction.to_owned())),
            ("page", (self.page > 1).then(|| self.page.to_string())),
        ]
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)))
        .collect()
    }

    /// The same list from its first page in another state.
    #[must_use]
    pub fn in_state(&self, state: Option<SyncState>) -> Self {
        Self { state, page: 1, ..self.clone() }
    }

    /// The same list sorted by another column; a second press turns the order.
    #[must_use]
    pub fn sorted_by(&self, sort: DocumentSort) -> Self {
        let descending = if self.sort == sort { !self.descending } else { first_direction(sort) };
        Self { sort, descending, page: 1, ..self.clone() }
    }

    /// Another page of the same list.
    #[must_use]
    pub fn on_page(&self, page: u32) -> Self {
        Self { page, ..self.clone() }
    }

    /// Whether the list leaves anything out.
    #[must_use]
    pub fn filters(&self) -> bool {
        self.search.is_some()
            || self.state.is_some()
            || self.kind.is_some()
            || self.from.is_some()
            || self.to.is_some()
    }
}

/// The order that a first press gives: newest and largest first, names from A.
fn first_direction(sort: DocumentSort) -> bool {
    matches!(sort, DocumentSort::Date | DocumentSort::Total)
}

pub(super) fn write_state(state: SyncState) -> String {
    state.reason().unwrap_or_else(|| state.status()).to_owned()
}

pub(super) fn read_state(text: &str) -> Option<SyncState> {
    SyncState::ALL.into_iter().find(|state| write_state(*state) == text)
}

pub(super) fn push_encoded(href: &mut String, value: &str) {
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                href.push(char::from(byte));
            }
            b' ' => href.push('+'),
            // Writing into a String cannot fail.
            other => {
                let _ = write!(href, "%{other:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> DocumentQuery {
        let pairs: Vec<(&str, &str)> = url.split('&').filter_map(|pair| pair.split_once('=')).collect();
        DocumentQuery::read(|name| {
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_default_list_has_a_bare_url() {
        assert_eq!(DocumentQuery::default().href(), "/sales-documents");
        assert_eq!(read(""), DocumentQuery::default());
    }

    #[test]
    fn what_a_url_says_is_said_again() {
        let query = read("q=Hribar&state=to_take&type=order&from=2026-01-01&sort=customer&dir=desc&page=3");
        assert_eq!(
            query.href(),
            "/sales-documents?q=Hribar&state=to_take&type=order&from=2026-01-01&sort=customer&dir=desc&page=3"
        );
    }

    #[test]
    fn letters_outside_ascii_are_encoded() {
        let query = DocumentQuery { search: Some("Žagar & sin".to_owned()), ..DocumentQuery::default() };
        assert_eq!(query.href(), "/sales-documents?q=%C5%BDagar+%26+sin");
    }

    #[test]
    fn nonsense_is_left_at_its_default() {
        assert_eq!(
            read("page=0&sort=colour&state=happy&type=x&from=tomorrow&to=2026-13-01"),
            DocumentQuery::default()
        );
    }

    #[test]
    fn a_second_press_on_a_column_turns_the_order_and_starts_at_the_first_page() {
        let query = DocumentQuery { page: 4, ..DocumentQuery::default() };
        assert_eq!(query.sorted_by(DocumentSort::Date).href(), "/sales-documents?dir=asc");
        assert_eq!(query.sorted_by(DocumentSort::Number).href(), "/sales-documents?sort=number");
    }
}
