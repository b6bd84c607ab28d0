//! Which conditions the company's version of Metakocka offers (`metakocka-api.md §5`).

use std::collections::BTreeMap;

use super::FilterName;
use crate::document::DocumentType;
use crate::fields::{FieldError, Fields, Read};

/// The conditions offered, by type of document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilterCatalogue {
    offered: BTreeMap<String, Vec<FilterInfo>>,
}

/// A condition that is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterInfo {
    /// Its name (`type`).
    pub name: String,
    /// Its name for people.
    pub label: Option<String>,
    /// What its value looks like, in words (`value_desc`).
    pub description: Option<String>,
}

impl FilterCatalogue {
    /// Whether a condition is offered for a type.
    pub fn offers(&self, doc_type: DocumentType, filter: FilterName) -> bool {
        self.of(doc_type).iter().any(|info| info.name == filter.wire())
    }

    /// The conditions offered for a type.
    pub fn of(&self, doc_type: DocumentType) -> &[FilterInfo] {
        self.offered.get(doc_type.wire()).map_or(&[], Vec::as_slice)
    }

    /// Every type that the reply names, in Metakocka's words, with its conditions.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[FilterInfo])> {
        self.offered.iter().map(|(doc_type, filters)| (doc_type.as_str(), filters.as_slice()))
    }

    pub(crate) fn read(mut f: Fields<'_>) -> Read<Self> {
        let types: Vec<String> =
            f.untaken().map(|(name, _)| name.to_owned()).filter(|name| !name.starts_with("opr_")).collect();
        if types.is_empty() {
            return Err(FieldError::new("", "no type of document is named"));
        }
        let mut offered = BTreeMap::new();
        for doc_type in types {
            let filters = f.list(&doc_type, FilterInfo::read)?;
            offered.insert(doc_type, filters);
        }
        Ok(Self { offered })
    }
}

impl FilterInfo {
    fn read(mut f: Fields<'_>) -> Read<Self> {
        Ok(Self {
            name: f.text("type")?.unwrap_or_default(),
            label: f.text("label")?,
            description: f.text("value_desc")?,
        })
    }
}
