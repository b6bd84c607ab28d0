//! Seeds the documents of about ten months, in the order in which a company would have made them:
//! offers, orders, the invoices that follow orders, advance invoices, credit notes, payments.

mod lines;
mod paying;

use super::model::{
    AddressKind, Change, DocType, Document, Line, Link, MkId, Operation, PartnerRef, PriceReading,
};
use super::moment::Moment;
use super::names::{NOTES, TITLES};
use super::partners::{Cast, partner_of_shopper};
use super::registers::{
    BANK_TRANSFER, CARD, CASH, DELIVERY_TYPES, OFFER_STATUSES, ORDER_STATUSES, PROFIT_CENTRES, WAREHOUSES,
};
use super::seed::Seed;
use super::store::Company;
use jiff::civil::{DateTime, Weekday};
use jiff::{Span, ToSpan};
use lines::{Pricing, line_set};
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;

/// Days before today over which the documents are spread: about ten months.
const SPAN_DAYS: i64 = 300;

/// Shares in percent; what is left over becomes orders.
const SHARES: [(DocType, usize); 6] = [
    (DocType::SalesBillDomestic, 25),
    (DocType::SalesOffer, 10),
    (DocType::SalesBillForeign, 6),
    (DocType::SalesBillRetail, 7),
    (DocType::SalesBillCreditNote, 4),
    (DocType::SalesBillPrepaid, 3),
];

/// Everything the making of one document needs besides the company.
struct Maker<'a> {
    cast: &'a Cast,
    seed: Seed,
    rng: &'a mut ChaCha8Rng,
    open_orders: OpenOrders,
    /// Issued invoices of goods that have no credit note.
    creditable: Vec<(DocType, MkId)>,
}

/// Orders without an invoice, oldest first.
#[derive(Default)]
struct OpenOrders {
    domestic: VecDeque<MkId>,
    foreign: VecDeque<MkId>,
}

impl OpenOrders {
    fn of(&mut self, foreign: bool) -> &mut VecDeque<MkId> {
        if foreign { &mut self.foreign } else { &mut self.domestic }
    }

    fn newest(&self) -> Option<MkId> {
        self.domestic.back().max(self.foreign.back()).copied()
    }
}

pub(super) fn seed_documents(company: &mut Company, cast: &Cast, seed: Seed, rng: &mut ChaCha8Rng) {
    let slots = slots(seed, rng);
    let mut maker = Maker { cast, seed, rng, open_orders: OpenOrders::default(), creditable: Vec::new() };
    for (wall, doc_type) in slots {
        maker.make(company, doc_type, wall);
    }
}

/// When a document of which type is made, oldest first.
fn slots(seed: Seed, rng: &mut ChaCha8Rng) -> Vec<(DateTime, DocType)> {
    let mut types = Vec::with_capacity(seed.documents);
    for (doc_type, percent) in SHARES {
        let count = (seed.documents * percent / 100).max(1).min(seed.documents.saturating_sub(types.len()));
        types.extend(std::iter::repeat_n(doc_type, count));
    }
    types.resize(seed.documents, DocType::SalesOrder);
    let mut slots: Vec<_> = types.into_iter().map(|doc_type| (random_wall(seed, rng), doc_type)).collect();
    // A credit note or an invoice of the first days has nothing to follow; orders come first.
    slots.sort_by_key(|(wall, doc_type)| (*wall, *doc_type));
    slots
}

fn random_wall(seed: Seed, rng: &mut ChaCha8Rng) -> DateTime {
    let days = rng.random_range(1..=SPAN_DAYS);
    let date = seed.today.saturating_sub(days.days());
    // Few people work on Sunday.
    let date = if date.weekday() == Weekday::Sunday && rng.random_ratio(9, 10) {
        date.saturating_sub(1.days())
    } else {
        date
    };
    date.at(rng.random_range(7..18), rng.random_range(0..60), rng.random_range(0..60), 0)
}

impl Maker<'_> {
    fn make(&mut self, company: &mut Company, doc_type: DocType, wall: DateTime) {
        match doc_type {
            DocType::SalesOffer => self.offer(company, wall),
            DocType::SalesOrder => self.order(company, wall),
            DocType::SalesBillDomestic | DocType::SalesBillForeign => self.bill(company, doc_type, wall),
            DocType::SalesBillRetail => self.retail(company, wall),
            DocType::SalesBillPrepaid => self.prepaid(company, wall),
            DocType::SalesBillCreditNote => self.credit_note(company, wall),
        }
    }

    fn one_in(&mut self, n: u32) -> bool {
        self.rng.random_ratio(1, n)
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.rng.random_range(0..from.len())]
    }

    fn domestic(&mut self) -> MkId {
        // A few regular customers make many of the documents.
        let all = &self.cast.domestic;
        let end = if self.rng.random_bool(0.5) { (all.len() / 6).max(1) } else { all.len() };
        all[self.rng.random_range(0..end)]
    }

    /// A document with what all types share.
    fn blank(
        &mut self,
        company: &mut Company,
        doc_type: DocType,
        wall: DateTime,
        buyer: MkId,
        lines: Vec<Line>,
    ) -> Document {
        let date = wall.date();
        let created = Moment::of_wall(wall);
        let partner = company.partner(buyer);
        let address = partner.and_then(|p| p.main_address()).map_or(MkId(0), |a| a.id);
        let delivery = partner.and_then(|p| p.addresses.iter().find(|a| a.kind != AddressKind::Billing));
        let contact = partner.and_then(|p| p.contacts.first()).map(|contact| contact.id);
        let elsewhere = delivery.map(|a| PartnerRef { partner: buyer, address: a.id, contact });
        let partner = PartnerRef { partner: buyer, address, contact };
        let price_reading = match self.rng.random_range(0..10) {
            0..=3 => PriceReading::Net,
            4 => PriceReading::Both,
            _ => PriceReading::AsEntered,
        };
        let id = company.next_document_id(doc_type);
        let number = company.next_number(doc_type, date);
        let mut document = Document::blank((doc_type, id), number, created, partner);
        document.receiver = self.receiver(partner, elsewhere);
        document.terse_partner = self.one_in(12);
        document.title = self.one_in(2).then(|| self.pick(&TITLES).to_owned());
        document.notes = self.one_in(4).then(|| self.pick(&NOTES).to_owned());
        document.lines = lines;
        document.history.push(Change::new(created, Operation::New));
        document.price_reading = price_reading;
        document.sum_up();
        document
    }

    /// Often the buyer at another address, sometimes somebody else, sometimes nobody.
    fn receiver(&mut self, buyer: PartnerRef, elsewhere: Option<PartnerRef>) -> Option<PartnerRef> {
        match self.rng.random_range(0..10) {
            0 | 1 => None,
            2..=4 => elsewhere.or(Some(buyer)),
            _ => Some(buyer),
        }
    }

    fn offer(&mut self, company: &mut Company, wall: DateTime) {
        let buyer = self.domestic();
        let lines = line_set(company, Pricing::Net, self.rng);
        let mut offer = self.blank(company, DocType::SalesOffer, wall, buyer, lines);
        offer.receiver = None;
        offer.status = Some(OFFER_STATUSES[self.rng.random_range(0..OFFER_STATUSES.len())].0.to_owned());
        offer.valid_days = Some(self.pick(&[8, 15, 30, 30, 60]));
        offer.due = self.one_in(2).then(|| offer.date.saturating_add(15.days()));
        offer.pricelist = self.one_in(3).then(|| "VPC".to_owned());
        self.change_some(&mut offer);
        company.documents_mut(DocType::SalesOffer).push(offer);
    }

    fn order(&mut self, company: &mut Company, wall: DateTime) {
        let order = match self.rng.random_range(0..100) {
            0..25 => self.web_order(company, wall),
            25..37 => self.foreign_order(company, wall),
            _ => self.domestic_order(company, wall),
        };
        if order.status.as_deref() != Some("cancelled") {
            let partner = company.partner(order.partner.partner);
            self.open_orders.of(partner.is_some_and(|p| p.foreign)).push_back(order.id);
        }
        company.documents_mut(DocType::SalesOrder).push(order);
    }

    fn web_order(&mut self, company: &mut Company, wall: DateTime) -> Document {
        let shopper = self.rng.random_range(0..self.cast.shoppers.len());
        let buyer = partner_of_shopper(company, &self.cast.shoppers[shopper]);
        let lines = line_set(company, Pricing::Gross, self.rng);
        let mut order = self.blank(company, DocType::SalesOrder, wall, buyer, lines);
        order.web_shop = true;
        order.buyer_order = Some(format!("WEB-{:06}", order.id.0 % 1_000_000));
        order.delivery_type = Some(self.pick(&DELIVERY_TYPES).1.to_owned());
        order.method_of_payment = Some(CARD.to_owned());
        order.warehouse = Some("splet".to_owned());
        order.profit_center = Some(PROFIT_CENTRES[1].0.to_owned());
        order.pricelist = Some("MPC".to_owned());
        self.set_order_status(&mut order);
        if !self.one_in(5) {
            let total = order.sums.total;
            self.pay(&mut order, CARD, total, wall.date());
        }
        self.change_some(&mut order);
        order
    }

    fn foreign_order(&mut self, company: &mut Company, wall: DateTime) -> Document {
        let buyer = self.pick(&self.cast.foreign);
        let lines = line_set(company, Pricing::Export, self.rng);
        let mut order = self.blank(company, DocType::SalesOrder, wall, buyer, lines);
        order.currency = self.foreign_currency();
        order.buyer_order = self.one_in(2).then(|| format!("PO {}", self.rng.random_range(10_000..99_999)));
        self.finish_order(&mut order);
        order
    }

    fn domestic_order(&mut self, company: &mut Company, wall: DateTime) -> Document {
        let buyer = self.domestic();
        let pricing = if self.one_in(10) { Pricing::Mixed } else { Pricing::Net };
        let lines = line_set(company, pricing, self.rng);
        let mut order = self.blank(company, DocType::SalesOrder, wall, buyer, lines);
        let number = self.rng.random_range(100..9_999);
        order.buyer_order = self.one_in(3).then(|| format!("NAR-{number}/{}", wall.date().year()));
        order.pricelist = self.one_in(3).then(|| "VPC".to_owned());
        self.finish_order(&mut order);
        order
    }

    fn finish_order(&mut self, order: &mut Document) {
        order.warehouse =
            (!self.one_in(6)).then(|| self.pick(&[0, 0, 1])).map(|at| WAREHOUSES[at].1.to_owned());
        order.delivery_type = self.one_in(2).then(|| self.pick(&DELIVERY_TYPES).1.to_owned());
        order.method_of_payment = self.one_in(3).then(|| BANK_TRANSFER.to_owned());
        order.profit_center = self.one_in(2).then(|| PROFIT_CENTRES[0].0.to_owned());
        order.delivery_deadline = self.one_in(3).then(|| order.date.saturating_add(7.days()));
        self.set_order_status(order);
        self.change_some(order);
    }

    /// Orders made without a status have no status fields at all (Q11).
    fn set_order_status(&mut self, order: &mut Document) {
        if self.one_in(6) {
            return;
        }
        let at = self.pick(&[0, 1, 1, 2, 3, 3, 3, 4]);
        let status = Some(ORDER_STATUSES[at].0.to_owned());
        order.status = Some(ORDER_STATUSES[0].0.to_owned());
        if at > 0 {
            let hours = self.rng.random_range(1..90);
            let operation = Operation::Status { before: order.status.take(), after: status.clone() };
            self.change(order, hours.hours(), operation);
            order.status = status;
        }
    }

    fn foreign_currency(&mut self) -> String {
        if self.one_in(8) { self.pick(&["USD", "CHF"]).to_owned() } else { "EUR".to_owned() }
    }

    fn bill(&mut self, company: &mut Company, doc_type: DocType, wall: DateTime) {
        let foreign = doc_type == DocType::SalesBillForeign;
        let source = if self.rng.random_ratio(7, 10) { self.order_to_bill(company, foreign) } else { None };
        let (buyer, lines) = match &source {
            Some(order) => (order.partner.partner, renumbered(company, &order.lines)),
            None if foreign => (self.pick(&self.cast.foreign), line_set(company, Pricing::Export, self.rng)),
            None => (self.domestic(), line_set(company, Pricing::Net, self.rng)),
        };
        let mut bill = self.blank(company, doc_type, wall, buyer, lines);
        if let Some(order) = &source {
            bill.buyer_order.clone_from(&order.buyer_order);
            bill.currency.clone_from(&order.currency);
            bill.receiver = order.receiver;
            bill.warehouse.clone_from(&order.warehouse);
            bill.price_reading = order.price_reading;
            link(company, (DocType::SalesOrder, order.id), &bill);
        } else if foreign {
            bill.currency = self.foreign_currency();
        }
        let days = company.partner(buyer).map_or(15, |partner| partner.payment_days);
        self.issue(&mut bill, days);
        self.settle(&mut bill);
        self.change_some(&mut bill);
        if bill.published.is_some() {
            self.creditable.push((doc_type, bill.id));
        }
        company.documents_mut(doc_type).push(bill);
    }

    /// Takes an order that fits, older ones first.
    fn order_to_bill(&mut self, company: &Company, foreign: bool) -> Option<Document> {
        let id = self.open_orders.of(foreign).pop_front()?;
        company.document(DocType::SalesOrder, id).cloned()
    }

    fn issue(&mut self, bill: &mut Document, days: u32) {
        bill.service_to = Some(bill.date);
        bill.due = Some(bill.date.saturating_add(i64::from(days).days()));
        if !self.one_in(14) {
            bill.published = Some(Moment::of_wall(bill.created.wall.saturating_add(20.minutes())));
        }
    }

    fn retail(&mut self, company: &mut Company, wall: DateTime) {
        let shopper = self.rng.random_range(0..self.cast.shoppers.len());
        let buyer = if self.one_in(3) {
            partner_of_shopper(company, &self.cast.shoppers[shopper])
        } else {
            self.domestic()
        };
        let lines = line_set(company, Pricing::Gross, self.rng);
        let mut bill = self.blank(company, DocType::SalesBillRetail, wall, buyer, lines);
        bill.receiver = None;
        bill.warehouse = Some("trgovina".to_owned());
        self.issue(&mut bill, 0);
        if bill.published.is_some() {
            let (kind, total) = (self.pick(&[CASH, CARD]), bill.sums.total);
            self.pay(&mut bill, kind, total, wall.date());
        }
        company.documents_mut(DocType::SalesBillRetail).push(bill);
    }

    /// An advance invoice for the newest open order.
    fn prepaid(&mut self, company: &mut Company, wall: DateTime) {
        let order =
            self.open_orders.newest().and_then(|id| company.document(DocType::SalesOrder, id)).cloned();
        let (buyer, lines) = match &order {
            Some(order) => (order.partner.partner, renumbered(company, &order.lines)),
            None => (self.domestic(), line_set(company, Pricing::Net, self.rng)),
        };
        let mut bill = self.blank(company, DocType::SalesBillPrepaid, wall, buyer, lines);
        if let Some(order) = &order {
            bill.currency.clone_from(&order.currency);
            link(company, (DocType::SalesOrder, order.id), &bill);
        }
        self.issue(&mut bill, 8);
        self.settle(&mut bill);
        company.documents_mut(DocType::SalesBillPrepaid).push(bill);
    }

    fn credit_note(&mut self, company: &mut Company, wall: DateTime) {
        let from = self.creditable.len().saturating_sub(30);
        let recent: Vec<usize> = (from..self.creditable.len()).collect();
        let chosen = recent.choose(self.rng).map(|at| self.creditable.remove(*at));
        let original = chosen.and_then(|(doc_type, id)| company.document(doc_type, id)).cloned();
        let (buyer, lines) = match &original {
            Some(bill) => (bill.partner.partner, self.returned_lines(company, &bill.lines)),
            None => (self.domestic(), line_set(company, Pricing::Net, self.rng)),
        };
        let mut note = self.blank(company, DocType::SalesBillCreditNote, wall, buyer, lines);
        note.receiver = None;
        self.issue(&mut note, 0);
        if let Some(bill) = &original {
            note.currency.clone_from(&bill.currency);
            note.credit_of = Some(bill.number.clone());
            note.price_reading = bill.price_reading;
            if let Some(bill) = company.document_mut(bill.doc_type, bill.id) {
                bill.credited += note.sums.total;
            }
        }
        company.documents_mut(DocType::SalesBillCreditNote).push(note);
    }

    /// Some edits after creation, seen in the change log and as last change.
    fn change_some(&mut self, document: &mut Document) {
        for _ in 0..self.pick(&[0, 0, 0, 1, 1, 2]) {
            let hours = self.rng.random_range(1..400);
            self.change(document, hours.hours(), Operation::Change);
        }
    }

    fn change(&mut self, document: &mut Document, after: Span, operation: Operation) {
        let wall = document.created.wall.saturating_add(after);
        let newest = self.seed.today.saturating_sub(1.days()).at(23, 0, 0, 0);
        let at = Moment::of_wall(wall.min(newest).max(document.created.wall));
        document.history.push(Change::new(at, operation));
        document.history.sort_by_key(|change| change.at.wall);
        document.last_change = document.last_change_or(at);
    }
}

fn renumbered(company: &mut Company, lines: &[Line]) -> Vec<Line> {
    lines.iter().map(|line| Line { row_id: company.next_row_id(), content: line.content.clone() }).collect()
}

/// The order shows the invoice; orders are not shown on invoices (§4.3).
fn link(company: &mut Company, (doc_type, id): (DocType, MkId), bill: &Document) {
    if let Some(document) = company.document_mut(doc_type, id) {
        document.links.push(Link { id: bill.id, number: bill.number.clone(), doc_type: bill.doc_type });
        document.last_change = document.last_change_or(bill.created);
    }
}

impl Document {
    fn last_change_or(&self, other: Moment) -> Moment {
        if other.wall > self.last_change.wall { other } else { self.last_change }
    }
}
