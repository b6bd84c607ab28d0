//! One Metakocka company: what it holds, how its sums come about, how it is seeded.
//! Knows nothing of HTTP and never reads the clock.

mod arithmetic;
mod country;
mod documents;
mod model;
mod moment;
mod names;
mod partners;
mod products;
mod rare;
mod registers;
mod sample;
mod seed;
mod store;
mod tax;
pub mod tax_number;

pub(crate) use arithmetic::{cents, priced_line_total, sums_of};
pub(crate) use country::Country;
pub(crate) use model::*;
pub(crate) use moment::{Moment, start_of_day};
pub(crate) use registers::*;
pub(crate) use seed::Seed;
pub(crate) use store::Company;

pub use model::{DocType, Malformation, MkId};
pub use registers::{Entry, PaymentType, PriceList, Registers, Warehouse};
pub use tax::{InvalidTaxCode, TaxCode};
