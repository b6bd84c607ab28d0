//! What people do when they act: chooses an action and a record, and changes it as the user interface
//! allows. Knows nothing of when.

use super::{Action, Deed};
use crate::company::{Company, DocType, MkId, Moment};
use crate::control::{
    CreateRequest, EditRequest, Kind, RecordRef, TruthDocument, TruthLine, create, delete, edit,
};
use jiff::{SignedDuration, Timestamp};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rust_decimal::Decimal;
use serde_json::{Value, json};

/// Draws of an action and a record before the people give up for this time: a small company may have
/// nothing that could be issued or split.
const ATTEMPTS: usize = 40;

/// People mostly work on what is new: this many documents of a type.
const RECENT: usize = 300;

/// The people of one company.
#[derive(Debug, Clone)]
pub(crate) struct Office {
    pub(crate) seed: u64,
    /// Acts per minute.
    pub(crate) rate: f64,
    pub(crate) only: Vec<Action>,
    rng: ChaCha8Rng,
    /// When they act next; none when they only act when told.
    pub(crate) next: Option<Timestamp>,
    acts: u64,
}

/// What an act touched: kind, document type, id, id of what was made.
struct Touched {
    kind: Kind,
    doc_type: Option<DocType>,
    id: Option<String>,
    made: Option<String>,
}

impl Touched {
    fn document(document: &TruthDocument) -> Self {
        let doc_type = Some(document.doc_type);
        Self { kind: Kind::Document, doc_type, id: Some(document.id.clone()), made: None }
    }

    fn made(doc_type: DocType, id: Option<String>, made: MkId) -> Self {
        Self { kind: Kind::Document, doc_type: Some(doc_type), id, made: Some(made.to_string()) }
    }
}

/// One attempt: `None` when nothing fits.
type Attempt = Option<Touched>;

/// A company at the time of an act.
struct Desk<'a> {
    company: &'a mut Company,
    now: Moment,
    bump: bool,
}

impl Office {
    /// People who act `rate` times a minute from `now` on.
    pub(crate) fn new(seed: u64, rate: f64, only: Vec<Action>, now: Timestamp) -> Self {
        let rng = ChaCha8Rng::seed_from_u64(seed);
        let mut office = Self { seed, rate, only, rng, next: None, acts: 0 };
        office.go_on(now);
        office
    }

    /// How far the generator is, so that it can be taken up again.
    pub(crate) fn position(&self) -> u128 {
        self.rng.get_word_pos()
    }

    /// Takes up where other people with this seed were.
    pub(crate) fn resume(&mut self, position: u128, acts: u64, next: Option<Timestamp>) {
        self.rng.set_word_pos(position);
        self.acts = acts;
        self.next = next;
    }

    /// Acts so far.
    pub(crate) fn acts(&self) -> u64 {
        self.acts
    }

    /// Sets the time of the next act, between half and one and a half of the mean after `at`.
    pub(crate) fn go_on(&mut self, at: Timestamp) {
        if self.rate <= 0.0 {
            self.next = None;
            return;
        }
        let wait = 60.0 / self.rate * self.rng.random_range(0.5..1.5);
        let wait = SignedDuration::try_from_secs_f64(wait).ok();
        self.next = wait.and_then(|wait| at.checked_add(wait).ok());
    }

    /// Skips what would have been done before `now`.
    pub(crate) fn rest_until(&mut self, now: Timestamp) {
        if self.next.is_some_and(|next| next <= now) {
            self.go_on(now);
            self.next = self.next.max(now.checked_add(SignedDuration::from_millis(1)).ok());
        }
    }

    /// One act of somebody.
    pub(crate) fn act(&mut self, data: &mut Company, company: &str, now: Moment, bump: bool) -> Deed {
        self.acts = self.acts.saturating_add(1);
        let mut desk = Desk { company: data, now, bump };
        for _ in 0..ATTEMPTS {
            let Some(action) = self.draw() else { break };
            if let Some(touched) = self.attempt(action, &mut desk) {
                let Touched { kind, doc_type, id, made } = touched;
                let done = Deed::done(now.at, company, action.name());
                return Deed { kind: Some(kind), doc_type, id, made, ..done };
            }
        }
        Deed::refused(now.at, company, "idle", "the company has nothing that could be worked on")
    }

    fn draw(&mut self) -> Option<Action> {
        let all = if self.only.is_empty() { &Action::ALL[..] } else { &self.only };
        all.choose_weighted(&mut self.rng, |action| action.weight()).ok().copied()
    }

    fn attempt(&mut self, action: Action, desk: &mut Desk<'_>) -> Attempt {
        match action {
            Action::Create => self.create(desk),
            Action::EditPartner => self.edit_partner(desk),
            Action::EditProduct => self.edit_product(desk),
            _ => {
                let document = self.document(desk.company)?;
                self.attempt_on(action, desk, &document)
            }
        }
    }

    fn attempt_on(&mut self, action: Action, desk: &mut Desk<'_>, document: &TruthDocument) -> Attempt {
        let changed = match action {
            Action::Copy => {
                let made = desk.copy(document, json!({}))?;
                return Some(Touched::made(document.doc_type, Some(document.id.clone()), made));
            }
            Action::Split => return self.split(desk, document),
            Action::Delete => desk.delete(document)?,
            Action::Edit if is_open(document) => {
                let set = self.changed_field(desk.company, document)?;
                desk.edit(document, set)?
            }
            Action::Renumber if is_open(document) => {
                let number = format!("{}/{}", document.number, self.rng.random_range(1..100));
                desk.edit(document, json!({"number": number}))?
            }
            Action::Issue if is_draft(document) => desk.edit(document, json!({"issued": true}))?,
            Action::Pay => desk.edit(document, json!({"pay": [self.payment(document)?]}))?,
            Action::Cancel => desk.edit(document, json!({"statusCode": ending(document)?}))?,
            Action::Reformat if is_open(document) => desk.edit(document, self.reformatted(document)?)?,
            _ => return None,
        };
        Some(changed)
    }

    /// A document, mostly a new one, mostly an order.
    fn document(&mut self, company: &Company) -> Option<TruthDocument> {
        let doc_type = match self.rng.random_range(0..100) {
            0..50 => DocType::SalesOrder,
            50..70 => DocType::SalesOffer,
            70..88 => DocType::SalesBillDomestic,
            88..94 => DocType::SalesBillForeign,
            _ => DocType::SalesBillRetail,
        };
        let all = company.documents(doc_type);
        let from = if self.rng.random_bool(0.8) { all.len().saturating_sub(RECENT) } else { 0 };
        all[from..].choose(&mut self.rng).map(|document| company.truth_of(document))
    }

    fn create(&mut self, desk: &mut Desk<'_>) -> Attempt {
        let partner = desk.company.partners.choose(&mut self.rng)?.id.to_string();
        let lines: Vec<Value> = (0..self.rng.random_range(1..4)).filter_map(|_| self.line(desk)).collect();
        let doc_type =
            *[DocType::SalesOrder, DocType::SalesOrder, DocType::SalesOffer, DocType::SalesBillDomestic]
                .choose(&mut self.rng)?;
        let mut set = json!({"partner": partner, "title": self.title(), "addLines": lines});
        if doc_type == DocType::SalesOrder && self.rng.random_bool(0.5) {
            set["buyerOrder"] = format!("TEL-{}", self.rng.random_range(1_000..99_999)).into();
        }
        let request = CreateRequest {
            company: None,
            kind: Kind::Document,
            doc_type: Some(doc_type),
            copy_of: None,
            set,
        };
        let made = create(desk.company, &request, desk.now).ok()?;
        Some(Touched::made(doc_type, None, made))
    }

    /// A line of a product on sale.
    fn line(&mut self, desk: &Desk<'_>) -> Option<Value> {
        let product = desk.company.products.choose(&mut self.rng).filter(|product| product.active)?;
        Some(json!({"product": product.code, "amount": self.rng.random_range(1..20)}))
    }

    fn title(&mut self) -> String {
        const OCCASIONS: [&str; 6] =
            ["Po telefonu", "Prevzem v trgovini", "Dopolnitev", "Nujno", "Reklamacija", "Po sestanku"];
        let occasion = OCCASIONS.choose(&mut self.rng).copied().unwrap_or(OCCASIONS[0]);
        format!("{occasion} {}", self.rng.random_range(1..1_000))
    }

    /// A change of one thing about a document.
    fn changed_field(&mut self, company: &Company, document: &TruthDocument) -> Option<Value> {
        match self.rng.random_range(0..8) {
            0 => Some(json!({"title": self.title()})),
            1 => Some(json!({"notes": format!("Dopisano: {}", self.title())})),
            2 => Some(
                json!({"due": document.date.saturating_add(jiff::Span::new().days(self.rng.random_range(5..60_i64)))}),
            ),
            3 => {
                // A status that is in use for this type is in its register.
                let others = company.documents(document.doc_type);
                let other = company.truth_of(others.choose(&mut self.rng)?);
                other.status_code.map(|code| json!({"statusCode": code}))
            }
            4 if document.lines.len() > 1 => {
                let at = self.rng.random_range(0..document.lines.len());
                Some(json!({"lines": [{"index": at, "remove": true}]}))
            }
            5 => Some(json!({"addLines": [{"text": self.title()}]})),
            _ => self.changed_line(document),
        }
    }

    fn changed_line(&mut self, document: &TruthDocument) -> Option<Value> {
        let priced: Vec<&TruthLine> =
            document.lines.iter().filter(|line| matches!(line, TruthLine::Priced { .. })).collect();
        let TruthLine::Priced { row_id, amount, price, gross, .. } = priced.choose(&mut self.rng)? else {
            return None;
        };
        let line = match self.rng.random_range(0..3) {
            0 => json!({"rowId": row_id, "amount": amount + Decimal::from(self.rng.random_range(1..10))}),
            1 => json!({"rowId": row_id, "discount": self.rng.random_range(1..30).to_string()}),
            _ => {
                let price = price + Decimal::new(self.rng.random_range(1..500), 2);
                json!({"rowId": row_id, (if *gross { "priceWithTax" } else { "price" }): price})
            }
        };
        Some(json!({"lines": [line]}))
    }

    fn payment(&mut self, document: &TruthDocument) -> Option<Value> {
        let open = document.sum_all - document.sum_paid - document.sum_credited;
        let payable = document.doc_type == DocType::SalesOrder || document.issued.is_some();
        if !payable || open <= Decimal::ZERO {
            return None;
        }
        let part = if self.rng.random_bool(0.3) { (open / Decimal::TWO).round_dp(2) } else { open };
        Some(json!({"amount": part}))
    }

    /// The lines of an order that is not invoiced are shared between it and a new one.
    fn split(&mut self, desk: &mut Desk<'_>, document: &TruthDocument) -> Attempt {
        let lines = document.lines.len();
        if document.doc_type != DocType::SalesOrder || !document.linked.is_empty() || lines < 2 {
            return None;
        }
        let staying = self.rng.random_range(1..lines);
        // From the end, so that the places of the others stay.
        let gone = |places: std::ops::Range<usize>| -> Vec<Value> {
            places.rev().map(|at| json!({"index": at, "remove": true})).collect()
        };
        let made = desk.copy(document, json!({"lines": gone(0..staying)}))?;
        desk.edit(document, json!({"lines": gone(staying..lines)}))?;
        Some(Touched::made(DocType::SalesOrder, Some(document.id.clone()), made))
    }

    /// Texts that say the same in other letters.
    fn reformatted(&mut self, document: &TruthDocument) -> Option<Value> {
        if let Some(notes) = document.notes.as_deref().filter(|notes| !notes.starts_with('<')) {
            return Some(json!({"notes": format!("<p>{notes}</p>")}));
        }
        let title = document.title.as_deref()?;
        let title = match self.rng.random_range(0..3) {
            0 => title.to_uppercase(),
            1 => title.replacen(' ', "  ", 1),
            _ => format!("{title} "),
        };
        Some(json!({"title": title}))
    }

    fn edit_partner(&mut self, desk: &mut Desk<'_>) -> Attempt {
        let partner = desk.company.partners.choose(&mut self.rng)?;
        let (id, name) = (partner.id.to_string(), partner.name.clone());
        let number = self.rng.random_range(1..200);
        let set = match self.rng.random_range(0..4) {
            0 => json!({"street": format!("Nova ulica {number}")}),
            1 => json!({"gsm": format!("041{:06}", number * 4_321)}),
            2 => json!({"paymentDays": number % 60}),
            _ => {
                json!({"name": if name == name.to_uppercase() { format!("{name} PE {number}") } else { name.to_uppercase() }})
            }
        };
        desk.edit_record(Kind::Partner, id, set)
    }

    fn edit_product(&mut self, desk: &mut Desk<'_>) -> Attempt {
        let product = desk.company.products.choose(&mut self.rng)?;
        let (id, name) = (product.id.to_string(), product.name.clone());
        let price = Decimal::new(self.rng.random_range(1..100_000), 2);
        let set = match self.rng.random_range(0..3) {
            0 => json!({"netPrice": price}),
            1 => json!({"grossPrice": price}),
            _ => json!({"name": format!("{name} N")}),
        };
        desk.edit_record(Kind::Product, id, set)
    }
}

impl Desk<'_> {
    fn edit(&mut self, document: &TruthDocument, set: Value) -> Attempt {
        let request = EditRequest::document(document.doc_type, &document.id, set);
        edit(self.company, &request, self.now, self.bump).ok()?;
        Some(Touched::document(document))
    }

    fn edit_record(&mut self, kind: Kind, id: String, set: Value) -> Attempt {
        let request = EditRequest { company: None, kind, doc_type: None, id: id.clone(), set };
        edit(self.company, &request, self.now, self.bump).ok()?;
        Some(Touched { kind, doc_type: None, id: Some(id), made: None })
    }

    fn copy(&mut self, document: &TruthDocument, set: Value) -> Option<MkId> {
        let doc_type = Some(document.doc_type);
        let copy_of = Some(document.id.clone());
        let request = CreateRequest { company: None, kind: Kind::Document, doc_type, copy_of, set };
        create(self.company, &request, self.now).ok()
    }

    /// Deletes what nothing follows: an issued invoice stays, and so does an order with one.
    fn delete(&mut self, document: &TruthDocument) -> Attempt {
        if !is_open(document) || !document.linked.is_empty() || !document.payments.is_empty() {
            return None;
        }
        let record = RecordRef {
            company: None,
            kind: Kind::Document,
            doc_type: Some(document.doc_type),
            id: document.id.clone(),
        };
        delete(self.company, &record).ok()?;
        Some(Touched::document(document))
    }
}

fn is_draft(document: &TruthDocument) -> bool {
    document.doc_type.is_bill() && document.issued.is_none()
}

/// Issued invoices are not changed any more.
fn is_open(document: &TruthDocument) -> bool {
    !document.doc_type.is_bill() || is_draft(document)
}

/// The status that ends a document, unless it has it.
fn ending(document: &TruthDocument) -> Option<&'static str> {
    let status = match document.doc_type {
        DocType::SalesOrder => "cancelled",
        DocType::SalesOffer => "rejected",
        _ => return None,
    };
    (document.status_code.as_deref() != Some(status)).then_some(status)
}
