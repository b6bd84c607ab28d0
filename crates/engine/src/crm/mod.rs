//! Use cases on contacts, products and sales documents: what callers may see and edit of them.
//!
//! In here are the rules of an edit (role, revision) and the shape of what is shown; SQL is in `store`, what Metakocka
//! has to do with it in `sync`.

mod edit;
mod sales_document;
mod sales_documents;
mod sync_view;

pub use edit::Edit;
pub use sales_document::{ContactBrief, DocumentView, Head, LineView, TaxView};
pub use sales_documents::{Chip, DocumentRow, ListPage, ListQuery, PER_PAGE};
pub use sync_view::SyncView;

pub use crate::store::sales_documents::{PriceBasis, Sort, SortBy, TotalCheck};
