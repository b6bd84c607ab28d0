//! What a contact, a product and a sales document are: values that were parsed once and are right
//! from then on, their canonical form and their hashes.
//!
//! The structs have public fields because every field has a type that can only hold what is
//! allowed; what concerns several fields at once is in [`Canonical::check`]. They are stored as
//! JSON in mirror and base. This module must not know how the remote calls a field.

mod address;
mod changes;
mod contact;
mod document_type;
mod extras;
#[cfg(test)]
pub(crate) mod fixtures;
mod hash;
mod ids;
mod openness;
mod price;
mod product;
mod sales_document;
mod tax_number;
#[cfg(test)]
mod tests;
pub mod text;
mod unreadable;
mod values;

pub use address::{Address, AddressRow, Party, Person};
pub use changes::{FieldChange, changes, undo};
pub use contact::Contact;
pub use document_type::{DocumentType, RecordKind, UnknownName};
pub use extras::{DocumentExtras, FiscalNumbers, LinkKind, LinkedDocument, extras_hash};
pub use hash::{Canonical, ContentHash, content_hash};
pub use ids::{ExternalId, RecordId, Revision, RowId};
pub use openness::is_open;
pub use price::{Discount, DocumentDiscount, Price, Tax, TaxRate};
pub use product::{ListPrice, Product};
pub use sales_document::{
    Booked, Dates, Line, MAX_LINES, ProductLine, ProductRef, SalesDocument, Status, TaxTotal, TextLine,
};
pub use tax_number::TaxNumber;
pub use unreadable::{InvalidValue, Unreadable};
pub use values::{Amount, CountryCode, Currency, TaxCode};
