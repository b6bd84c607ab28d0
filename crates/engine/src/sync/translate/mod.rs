//! Canonical form ⇄ Metakocka's types, one file for each kind (policy H). Pure.
//!
//! A record that cannot be translated is [`Unreadable`]: it is reported on itself and stops nothing.

mod contact;
mod country;
mod document;
pub(crate) mod marker;
mod product;
pub(crate) mod spell;

pub(crate) use contact::contact;
pub(crate) use document::{Translated, address, document, document_type, usual_flags};
pub(crate) use product::product;

use sync_core::record::{CountryCode, ExternalId, RowId, TaxNumber, Unreadable};

/// The remote's id as the core keeps it.
fn external_id(id: &metakocka::MkId, field: &str) -> Result<ExternalId, Unreadable> {
    ExternalId::parse(id.as_str()).map_err(|error| error.at(field))
}

fn row_id(id: &str, field: &str) -> Result<RowId, Unreadable> {
    RowId::parse(id).map_err(|error| error.at(field))
}

/// A tax number that is not one (a word, a dash) is none: it is shown by the remote's own form and never blocks.
fn tax_number(text: Option<&str>, country: Option<&CountryCode>) -> Option<TaxNumber> {
    text.and_then(|text| TaxNumber::parse(text, country).ok())
}
