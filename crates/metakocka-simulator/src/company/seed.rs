//! A whole company from a seed: the same seed, counts and day give the same bytes.

use super::documents::seed_documents;
use super::model::{DocType, Malformation, MkId};
use super::partners::{fill_up_partners, seed_partners};
use super::products::seed_products;
use super::rare::add_rarities;
use super::store::{Company, Counters};
use jiff::civil::Date;
use rand::SeedableRng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

/// What a company is seeded from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seed {
    pub(crate) number: u64,
    pub(crate) documents: usize,
    /// At least so many partners; as many as the documents need when left out.
    pub(crate) partners: Option<usize>,
    /// So many goods and services; as many as fit the documents when left out.
    pub(crate) products: Option<usize>,
    /// The day after the newest document.
    pub(crate) today: Date,
    /// Whether every document type counts its ids alone.
    pub(crate) colliding_ids: bool,
    /// How many documents are unreadable.
    pub(crate) malformed: usize,
}

impl Company {
    /// A company with its partners, products and documents.
    pub(crate) fn seeded(seed: Seed) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed.number);
        let mut company = Self::new(Counters {
            partner: 1_600_700,
            product: 1_500_500,
            partner_number: 99,
            product_number: 4_450,
            row: 7_000_000,
            document: [400_000_700; 7],
            number: [40, 300, 54, 10, 900, 4, 2],
            colliding: seed.colliding_ids,
        });
        seed_products(&mut company, seed, &mut rng);
        let cast = seed_partners(&mut company, seed.documents, &mut rng);
        seed_documents(&mut company, &cast, seed, &mut rng);
        // After the documents, so that a company of the same seed is the same whether or not it has more.
        fill_up_partners(&mut company, seed.partners.unwrap_or(0), &mut rng);
        add_rarities(&mut company, seed);
        company.malform_some(seed.malformed, &mut rng);
        company
    }

    fn malform_some(&mut self, count: usize, rng: &mut ChaCha8Rng) {
        let all: Vec<(DocType, MkId)> = DocType::ALL
            .into_iter()
            .flat_map(|doc_type| self.documents(doc_type).iter().map(move |d| (doc_type, d.id)))
            .collect();
        let kinds = [Malformation::DocDate, Malformation::Amount, Malformation::Total];
        let chosen: Vec<_> = all.choose_multiple(rng, count).copied().collect();
        for ((doc_type, id), kind) in chosen.into_iter().zip(kinds.into_iter().cycle()) {
            if let Some(document) = self.document_mut(doc_type, id) {
                document.malformed = Some(kind);
            }
        }
    }
}
