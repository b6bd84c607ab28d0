//! Contacts and products in lists and on their pages.

use serde::{Deserialize, Serialize};
use sync_core::state::SyncState;

use super::query::{MAX_SEARCH, push_encoded, read_state, write_state};
use super::{ContactForm, ProductForm, RecordSync, StateCount, When};

/// Whom a document can name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartyKind {
    /// A contact.
    #[default]
    Contact,
    /// A product.
    Product,
}

impl PartyKind {
    /// Path of the list.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Contact => "/contacts",
            Self::Product => "/products",
        }
    }
}

/// What a list shows, as its URL says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyQuery {
    /// Contacts or products.
    pub kind: PartyKind,
    /// Words to look for.
    pub search: Option<String>,
    /// Only records in this state.
    pub state: Option<SyncState>,
    /// Sorted by code and not by name.
    pub by_code: bool,
    /// From Z to A.
    pub descending: bool,
    /// The page, from 1; 0 counts as 1.
    pub page: u32,
}

impl PartyQuery {
    /// Reads the parameters of a URL; what cannot be read is left at its default.
    #[must_use]
    pub fn read(kind: PartyKind, parameter: impl Fn(&str) -> Option<String>) -> Self {
        let text = |name| parameter(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        Self {
            kind,
            search: text("q").map(|words| words.chars().take(MAX_SEARCH).collect()),
            state: text("state").and_then(|state| read_state(&state)),
            by_code: kind == PartyKind::Product && text("sort").as_deref() == Some("code"),
            descending: text("dir").as_deref() == Some("desc"),
            page: text("page").and_then(|page| page.parse().ok()).filter(|page| *page > 0).unwrap_or(1),
        }
    }

    /// The parameters that differ from the default, in a fixed order.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        [
            ("q", self.search.clone()),
            ("state", self.state.map(write_state)),
            ("sort", self.by_code.then(|| "code".to_owned())),
            ("dir", self.descending.then(|| "desc".to_owned())),
            ("page", (self.page > 1).then(|| self.page.to_string())),
        ]
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)))
        .collect()
    }

    /// The URL that shows this.
    #[must_use]
    pub fn href(&self) -> String {
        let mut href = self.kind.path().to_owned();
        for (at, (name, value)) in self.parameters().into_iter().enumerate() {
            href.push(if at == 0 { '?' } else { '&' });
            href.push_str(name);
            href.push('=');
            push_encoded(&mut href, &value);
        }
        href
    }

    /// The same list from its first page in another state.
    #[must_use]
    pub fn in_state(&self, state: Option<SyncState>) -> Self {
        Self { state, page: 1, ..self.clone() }
    }

    /// The same list sorted by another column; a second press turns the order.
    #[must_use]
    pub fn sorted(&self, by_code: bool) -> Self {
        let descending = self.by_code == by_code && !self.descending;
        Self { by_code, descending, page: 1, ..self.clone() }
    }

    /// Another page of the same list.
    #[must_use]
    pub fn on_page(&self, page: u32) -> Self {
        Self { page, ..self.clone() }
    }

    /// Whether the list leaves anything out.
    #[must_use]
    pub fn filters(&self) -> bool {
        self.search.is_some() || self.state.is_some()
    }

    /// The whole list.
    #[must_use]
    pub fn all(kind: PartyKind) -> Self {
        Self { kind, page: 1, ..Self::default() }
    }
}

/// One row of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// A contact's tax number, a product's code.
    pub code: String,
    /// A contact's e-mail, a product's unit.
    pub detail: String,
    /// A contact's town.
    pub place: Option<String>,
    /// A product that is no longer in use.
    pub retired: bool,
    /// Its state towards Metakocka.
    pub sync: RecordSync,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyPage {
    /// The rows.
    pub rows: Vec<PartyRow>,
    /// How many records fit the filter.
    pub total: u64,
    /// How many records there are.
    pub all: u64,
    /// The states that are not empty.
    pub counts: Vec<StateCount>,
    /// This page, from 1.
    pub page: u32,
    /// Rows of a full page.
    pub per_page: u32,
}

/// One contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Its id.
    pub id: String,
    /// The revision that its form shows.
    pub revision: i64,
    /// What can be edited.
    pub form: ContactForm,
    /// Why it can't be sent as it is: sentence and remedy.
    pub blocking: Vec<(String, String)>,
    /// Its state towards Metakocka.
    pub sync: RecordSync,
    /// When its content was erased.
    pub erased_at: Option<When>,
    /// Since when it waits to be erased.
    pub erase_asked_at: Option<When>,
}

/// One product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Its id.
    pub id: String,
    /// The revision that its form shows.
    pub revision: i64,
    /// What can be edited.
    pub form: ProductForm,
    /// Why it can't be sent as it is: sentence and remedy.
    pub blocking: Vec<(String, String)>,
    /// Its state towards Metakocka.
    pub sync: RecordSync,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_url_says_is_said_again() {
        let pairs = [("q", "Žaga"), ("sort", "code"), ("dir", "desc"), ("page", "2"), ("state", "only_here")];
        let read = |kind| {
            PartyQuery::read(kind, |name| {
                pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(
            read(PartyKind::Product).href(),
            "/products?q=%C5%BDaga&state=only_here&sort=code&dir=desc&page=2"
        );
        assert_eq!(read(PartyKind::Contact).sorted(false).href(), "/contacts?q=%C5%BDaga&state=only_here");
        assert_eq!(PartyQuery::all(PartyKind::Contact).href(), "/contacts");
    }
}
