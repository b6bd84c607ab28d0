//! The records of one company, sorted by id, and the counters of new ones. Finds by binary search and
//! appends: a page is cut without sorting or copying anything.

use super::model::{Article, DocType, Document, LineContent, MkId, Partner, PricedLine, Product};
use super::registers::{Entry, Registers, entry};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Counters for new ids and numbers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Counters {
    pub(crate) partner: u64,
    pub(crate) product: u64,
    pub(crate) partner_number: u64,
    pub(crate) product_number: u64,
    pub(crate) row: u64,
    pub(crate) document: [u64; 7],
    pub(crate) number: [u32; 7],
    /// Every type counts its ids alone, so that ids of two types may be equal (§9).
    pub(crate) colliding: bool,
}

/// All data of one company. The lists are sorted by id.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Company {
    pub(crate) partners: Vec<Partner>,
    pub(crate) products: Vec<Product>,
    documents: [Vec<Document>; 7],
    pub(crate) counters: Counters,
    pub(crate) registers: Registers,
    /// Documents that were deleted through the API.
    pub(crate) deleted: BTreeSet<(DocType, MkId)>,
}

impl Company {
    pub(crate) fn new(counters: Counters) -> Self {
        Self {
            partners: Vec::new(),
            products: Vec::new(),
            documents: Default::default(),
            counters,
            registers: Registers::default(),
            deleted: BTreeSet::new(),
        }
    }

    pub(crate) fn documents(&self, doc_type: DocType) -> &[Document] {
        &self.documents[doc_type as usize]
    }

    pub(crate) fn documents_mut(&mut self, doc_type: DocType) -> &mut Vec<Document> {
        &mut self.documents[doc_type as usize]
    }

    pub(crate) fn document(&self, doc_type: DocType, id: MkId) -> Option<&Document> {
        let documents = self.documents(doc_type);
        documents.binary_search_by_key(&id, |d| d.id).ok().map(|at| &documents[at])
    }

    pub(crate) fn document_mut(&mut self, doc_type: DocType, id: MkId) -> Option<&mut Document> {
        let documents = self.documents_mut(doc_type);
        documents.binary_search_by_key(&id, |d| d.id).ok().map(|at| &mut documents[at])
    }

    pub(crate) fn partner(&self, id: MkId) -> Option<&Partner> {
        self.partners.binary_search_by_key(&id, |p| p.id).ok().map(|at| &self.partners[at])
    }

    pub(crate) fn partner_mut(&mut self, id: MkId) -> Option<&mut Partner> {
        self.partners.binary_search_by_key(&id, |p| p.id).ok().map(|at| &mut self.partners[at])
    }

    pub(crate) fn product(&self, id: MkId) -> Option<&Product> {
        self.products.binary_search_by_key(&id, |p| p.id).ok().map(|at| &self.products[at])
    }

    pub(crate) fn product_mut(&mut self, id: MkId) -> Option<&mut Product> {
        self.products.binary_search_by_key(&id, |p| p.id).ok().map(|at| &mut self.products[at])
    }

    /// The statuses of a document type.
    pub(crate) fn statuses(&self, doc_type: DocType) -> &[Entry] {
        match doc_type {
            DocType::SalesOrder => &self.registers.order_statuses,
            DocType::SalesOffer => &self.registers.offer_statuses,
            _ => &self.registers.bill_statuses,
        }
    }

    /// The label of a status; its code when the register has lost it.
    pub(crate) fn status_label<'a>(&'a self, doc_type: DocType, code: &'a str) -> &'a str {
        entry(self.statuses(doc_type), code).map_or(code, |status| status.label.as_str())
    }

    /// `count_code` of the next partner.
    pub(crate) fn next_partner_number(&mut self) -> String {
        self.counters.partner_number += 1;
        self.counters.partner_number.to_string()
    }

    /// `count_code` of the next product.
    pub(crate) fn next_product_number(&mut self) -> String {
        self.counters.product_number += 1;
        self.counters.product_number.to_string()
    }

    /// A number for a product that no other has.
    pub(crate) fn next_free_product_number(&mut self) -> String {
        loop {
            let number = self.next_product_number();
            if !self.products.iter().any(|product| product.number == number) {
                return number;
            }
        }
    }

    /// Adds a product; ids of products made together need not come in order.
    pub(crate) fn insert_product(&mut self, product: Product) {
        let at = self.products.partition_point(|known| known.id < product.id);
        self.products.insert(at, product);
    }

    pub(crate) fn next_document_id(&mut self, doc_type: DocType) -> MkId {
        let at = if self.counters.colliding { doc_type as usize } else { 0 };
        self.counters.document[at] += 1;
        MkId(self.counters.document[at])
    }

    pub(crate) fn next_row_id(&mut self) -> MkId {
        self.counters.row += 1;
        MkId(self.counters.row)
    }

    pub(crate) fn next_partner_id(&mut self) -> MkId {
        self.counters.partner += 1;
        MkId(self.counters.partner)
    }

    pub(crate) fn next_product_id(&mut self) -> MkId {
        self.counters.product += 1;
        MkId(self.counters.product)
    }

    /// The next number of a document of this type: `PP-301`, `R26-55`.
    pub(crate) fn next_number(&mut self, doc_type: DocType, date: Date) -> String {
        let counter = &mut self.counters.number[doc_type as usize];
        *counter += 1;
        let year = date.year() % 100;
        match doc_type {
            DocType::SalesOffer => format!("PON-{counter}"),
            DocType::SalesOrder => format!("PP-{counter}"),
            DocType::SalesBillDomestic => format!("R{year:02}-{counter}"),
            DocType::SalesBillForeign => format!("T{year:02}-{counter}"),
            DocType::SalesBillRetail => format!("M{year:02}-{counter}"),
            DocType::SalesBillPrepaid => format!("AV{year:02}-{counter}"),
            DocType::SalesBillCreditNote => format!("D{year:02}-{counter}"),
        }
    }

    /// What orders hold back, by product: those that are neither invoiced nor cancelled nor shipped (§4.9).
    pub(crate) fn reservations(&self) -> BTreeMap<MkId, Decimal> {
        let over = |order: &&Document| {
            matches!(order.status.as_deref(), Some("cancelled" | "shipped"))
                || order.links.iter().any(|link| link.doc_type.is_bill())
        };
        let mut held = BTreeMap::new();
        let open = self.documents(DocType::SalesOrder).iter().filter(|order| !over(order));
        for line in open.flat_map(|order| &order.lines) {
            if let LineContent::Priced(PricedLine { article: Article::Product(id), amount, .. }) =
                &line.content
            {
                let held = held.entry(*id).or_insert(Decimal::ZERO);
                *held = held.saturating_add(*amount);
            }
        }
        held.retain(|id, _| self.product(*id).is_some_and(|product| !product.service));
        held
    }
}
