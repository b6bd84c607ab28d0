//! One Metakocka company: what it holds, how its sums come about, how it is seeded.
//! Knows nothing of HTTP and never reads the clock.

mod arithmetic;
mod documents;
mod model;
mod moment;
mod names;
mod partners;
mod products;
mod registers;
mod seed;
mod store;
pub mod tax_number;

pub(crate) use arithmetic::{priced_line_total, sums_of};
pub(crate) use model::*;
pub(crate) use moment::{Moment, start_of_day};
pub(crate) use registers::*;
pub(crate) use seed::Seed;
pub(crate) use store::Company;

pub use model::{DocType, Malformation, MkId};
