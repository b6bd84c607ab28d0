//! What every real company has a few of, added to a seeded one: decimals of ten places, price rows without tax,
//! price lists of one buyer, refunds, negative amounts, parcels, split orders. It draws from a generator of its
//! own, so that everything else of a seed is what it would be without; no record is added or taken away, and
//! every total still follows from its lines.

mod catalogue;
mod figures;
mod orders;
mod payments;

use super::model::{DocType, Document, MkId};
use super::seed::Seed;
use super::store::Company;
use jiff::civil::Date;
use jiff::{Span, ToSpan};
use rand::SeedableRng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

/// Keeps the generator apart from the seed's other one.
const APART: u64 = 0x7261_7265;

/// The decimals of what Metakocka does not round (§1.5).
const TEN_PLACES: u32 = 10;

pub(super) fn add_rarities(company: &mut Company, seed: Seed) {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed.number ^ APART);
    catalogue::add(company, seed, rng);
    figures::add(company, rng);
    payments::add(company, seed, rng);
    orders::add(company, seed, rng);
}

/// One in so many of these, at least one of any.
fn some<T: Copy>(of: &[T], one_in: usize, rng: &mut ChaCha8Rng) -> Vec<T> {
    of.choose_multiple(rng, of.len().div_ceil(one_in)).copied().collect()
}

/// Type and id of the documents that are so.
fn documents(company: &Company, wanted: impl Fn(&Document) -> bool) -> Vec<(DocType, MkId)> {
    let all = DocType::ALL.into_iter().flat_map(|doc_type| company.documents(doc_type));
    all.filter(|document| wanted(document)).map(|document| (document.doc_type, document.id)).collect()
}

/// The last day on which anything happened.
fn yesterday(seed: Seed) -> Date {
    seed.today.saturating_sub(1.days())
}

/// A day after `date`, yesterday at the latest.
fn later(date: Date, by: Span, seed: Seed) -> Date {
    date.saturating_add(by).min(yesterday(seed)).max(date)
}
