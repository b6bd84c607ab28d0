//! Use cases on contacts, products and sales documents.
