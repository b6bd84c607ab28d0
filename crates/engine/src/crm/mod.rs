//! Use cases on contacts, products and sales documents: what callers may see and edit of them.
//!
//! In here are the rules of an edit (role, revision, form, history) and the shape of what is shown; SQL is in `store`, what
//! Metakocka has to do with it in `sync`.

mod check;
mod contact;
mod contacts;
mod cursor;
mod draft;
mod draft_lines;
mod edit;
mod find;
mod history;
mod input;
mod list;
mod notes;
mod product;
mod products;
mod record;
mod sales_document;
mod sales_documents;
mod sync_view;

pub use contact::ContactView;
pub use contacts::{ContactPage, ContactQuery, ContactRow};
pub use cursor::{ListCursor, Listed};
pub use edit::Edit;
pub use history::{AsOf, HistoryCursor, HistoryEntry, HistoryPage, PastRecord};
pub use input::{
    AddressInput, ContactInput, DocumentInput, LineInput, PersonInput, ProductInput, ReceiverInput,
};
pub use list::{Chip, PER_PAGE};
pub use notes::InternalNotes;
pub use product::ProductView;
pub use products::{ProductPage, ProductQuery, ProductRow};
pub use sales_document::{ContactBrief, DocumentView, Head, LineView, TaxView};
pub use sales_documents::{DocumentRow, ListPage, ListQuery};
pub use sync_view::SyncView;

pub use crate::store::products::{Sort as ProductSort, SortBy as ProductSortBy};
pub use crate::store::sales_documents::{PriceBasis, Sort, SortBy, TotalCheck};
