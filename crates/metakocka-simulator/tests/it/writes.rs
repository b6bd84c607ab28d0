//! The calls that write, beyond what the worked exchanges and the quirks show.

mod credit_notes;
mod partners;
mod payments;
mod products;
mod put_document;
mod registers;
mod replacement;
mod update_document;
