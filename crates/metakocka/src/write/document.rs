//! Documents that are made or replaced whole (`put_document`, `metakocka-api.md §4.2`, `§4.3`).

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::body::{Body, FREE_TEXT, InvalidRequest, REGISTER_TEXT};
use super::line::{DraftLine, write_extra_columns, write_meta_data};
use super::party::DraftParty;
use super::payload::Write;
use super::payment::Payments;
use super::replies::StoredDocument;
use crate::document::{DocumentType, MetaEntry, NamedValue};
use crate::endpoint::Endpoint;
use crate::identity::MkId;
use crate::values::WallTime;

/// The most lines that are sent (`metakocka-api.md §9`).
const MAX_LINES: usize = 200;
/// Numbers of documents and of customers' orders, in characters.
const NUMBER: usize = 30;
/// The note for the change log, in characters.
const CHANGE_NOTE: usize = 50;
/// Titles, in characters; no source names their length.
const TITLE: usize = 255;
/// An e-mail address, in characters.
const EMAIL: usize = 255;

/// A document to be made, or to take the place of one.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentDraft {
    /// The type, with what only that type has.
    pub details: DocumentDetails,
    /// `doc_date`.
    pub date: Date,
    /// The buyer; required but for a credit note that names a bill.
    pub partner: Option<DraftParty>,
    /// Who receives the goods; the buyer when absent.
    pub receiver: Option<DraftParty>,
    /// A number of one's own (`count_code`). Taken ones are not refused: a second document gets another
    /// (Q3). Better left out, and it is ignored in a replacement.
    pub number: Option<String>,
    /// Free text that marks the document: the place for a marker that finds it again.
    pub title: Option<String>,
    /// ISO code (`currency_code`); the company's own when absent.
    pub currency: Option<String>,
    /// `sales_pricelist_code`.
    pub price_list: Option<String>,
    /// A discount on the whole document.
    pub discount: Option<DraftDiscount>,
    /// `pariteta` (sic): a register's value.
    pub terms_of_delivery: Option<String>,
    /// Text below the lines.
    pub notes: Option<String>,
    /// Text above the lines.
    pub notes_header: Option<String>,
    /// The user in Metakocka who made it (`doc_created_email`).
    pub created_by_email: Option<String>,
    /// A note for the change log, at most 50 characters. It is not searchable.
    pub change_note: Option<String>,
    /// The lines; at least one, at most 200.
    pub lines: Vec<DraftLine>,
    /// What becomes of its payments.
    pub payments: Payments,
    /// Columns that the company added.
    pub extra_columns: Vec<NamedValue>,
    /// Free data, on orders.
    pub meta_data: Vec<MetaEntry>,
    /// Fields without a place here, sent as they are.
    pub other: Map<String, Value>,
}

/// The type of a document, with what only that type has.
#[derive(Clone, Debug, PartialEq)]
pub enum DocumentDetails {
    /// An offer.
    Offer(OfferDetails),
    /// An order.
    Order(Box<OrderDetails>),
    /// A bill: domestic, foreign, retail or prepaid.
    Bill(Box<BillDetails>),
    /// A credit note.
    CreditNote(CreditNoteDetails),
}

/// What only an offer has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OfferDetails {
    /// The status's code (*Opis*, `metakocka-api.md §4.7`).
    pub status_code: Option<String>,
    /// When payment would be due (`duo_payment`, sic).
    pub due_date: Option<Date>,
    /// Days it is valid.
    pub valid_days: Option<u32>,
    /// Until when it is valid.
    pub valid_to: Option<Date>,
    /// The customer's inquiry (`inquiry_num`).
    pub inquiry_number: Option<String>,
    /// `method_of_payment`.
    pub method_of_payment: Option<String>,
}

/// What only an order has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrderDetails {
    /// The customer's own order number, at most 30 characters: the best key to find it again.
    pub buyer_order: Option<String>,
    /// The status's code (*Opis*).
    pub status_code: Option<String>,
    /// When payment is due (`duo_payment`, sic).
    pub due_date: Option<Date>,
    /// `delivery_deadline`.
    pub delivery_deadline: Option<Date>,
    /// When it was made in the shop (`order_create_ts`).
    pub ordered_at: Option<WallTime>,
    /// The warehouse's mark. An unknown one is replaced silently (Q10): compare on read-back.
    pub warehouse: Option<String>,
    /// The profit centre's code.
    pub profit_center: Option<String>,
    /// A register's label. An unknown one is dropped silently (Q10).
    pub delivery_type: Option<String>,
    /// `method_of_payment`.
    pub method_of_payment: Option<String>,
    /// The salesperson, a user in Metakocka (`commercialist_email`).
    pub salesperson_email: Option<String>,
    /// Numbers of the offers it is made from (`offer_list`).
    pub offers: Vec<String>,
    /// Whether Metakocka makes the invoice too, by the company's order settings.
    pub create_invoice: bool,
}

/// What only a bill has.
#[derive(Clone, Debug, PartialEq)]
pub struct BillDetails {
    /// [`DocumentType::BillDomestic`], `BillForeign`, `BillRetail` or `BillPrepaid`.
    pub doc_type: DocumentType,
    /// When it is due (`duo_payment`, sic).
    pub due_date: Date,
    /// `service_from_date`.
    pub service_from: Option<Date>,
    /// `service_to_date`.
    pub service_to: Date,
    /// `location_of_service`.
    pub location_of_service: Option<String>,
    /// The customer's own order number.
    pub buyer_order: Option<String>,
    /// The warehouse's mark.
    pub warehouse: Option<String>,
    /// A register's label.
    pub delivery_type: Option<String>,
    /// Numbers of the offers it is made from.
    pub offers: Vec<String>,
    /// Numbers of the orders it is made from (`sales_order_list`).
    pub orders: Vec<String>,
}

/// What only a credit note has.
#[derive(Clone, Debug, PartialEq)]
pub struct CreditNoteDetails {
    /// What is credited.
    pub kind: CreditNoteKind,
    /// When it is due.
    pub due_date: Date,
    /// `service_to_date`.
    pub service_to: Date,
}

/// What a credit note credits (`credit_note_type`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreditNoteKind {
    /// An amount of a bill, by its number: service lines only.
    Financial(String),
    /// Goods of a bill, by its number: lines as on the bill.
    Goods(String),
    /// No bill; it needs a partner.
    Standalone,
}

/// A discount on a whole document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftDiscount {
    /// Percent.
    Percent(Decimal),
    /// An absolute amount off the total, gross when the document is priced gross.
    Value(Decimal),
}

impl DocumentDraft {
    /// A document with its type, date, buyer and lines, and nothing else.
    pub fn new(details: DocumentDetails, date: Date, partner: DraftParty, lines: Vec<DraftLine>) -> Self {
        Self {
            details,
            date,
            partner: Some(partner),
            receiver: None,
            number: None,
            title: None,
            currency: None,
            price_list: None,
            discount: None,
            terms_of_delivery: None,
            notes: None,
            notes_header: None,
            created_by_email: None,
            change_note: None,
            lines,
            payments: Payments::Leave,
            extra_columns: Vec::new(),
            meta_data: Vec::new(),
            other: Map::new(),
        }
    }

    /// The type.
    pub fn doc_type(&self) -> DocumentType {
        match &self.details {
            DocumentDetails::Offer(_) => DocumentType::Offer,
            DocumentDetails::Order(_) => DocumentType::Order,
            DocumentDetails::Bill(bill) => bill.doc_type,
            DocumentDetails::CreditNote(_) => DocumentType::CreditNote,
        }
    }

    /// Checks it, to be made as a new document. Metakocka always makes one, whatever is there already (Q3): that
    /// is why this takes the draft, and sending takes what comes of it.
    pub fn prepare(self) -> Result<Write<StoredDocument>, InvalidRequest> {
        self.body().finish(Endpoint::PutDocument)
    }

    /// Checks it, to take the place of a document: every line is deleted and made again, and fields that are
    /// not in the draft may be lost (Q4). Make the draft from a fresh read:
    ///
    /// ```
    /// # use metakocka::{BaseUrl, Client, ClientConfig, CompanyId, DocumentDraft, DocumentFlags, DocumentSearch};
    /// # use metakocka::{DocumentType, HttpClient, HttpConfig, SecretKey};
    /// # use metakocka_simulator::{CompanySpec, Simulator, SimulatorOptions};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let companies = vec![CompanySpec::new("16", "simulator-secret", 7, 200)];
    /// # let simulator = Simulator::start(SimulatorOptions { companies, ..SimulatorOptions::default() }).await?;
    /// # let address = BaseUrl::parse_allowing_http(&simulator.url())?;
    /// # let config = ClientConfig::new(address, CompanyId::parse("16")?, SecretKey::parse("simulator-secret")?);
    /// # let client = Client::new(config, HttpClient::new(&HttpConfig::default())?);
    /// # let search = DocumentSearch::all(DocumentType::Order);
    /// # let orders = client.search_documents(&search, &DocumentFlags::none()).await?.rows;
    /// # let can_be_written = |row: &metakocka::Row<metakocka::Document>| {
    /// #     row.read().is_some_and(|record| DocumentDraft::from_document(&record.value, None).is_ok())
    /// # };
    /// # let order = orders.into_iter().find(can_be_written).ok_or("no order")?.into_result()?;
    /// # let id = order.value.mk_id;
    /// let flags = DocumentFlags::usual(DocumentType::Order);
    /// let read = client.get_document(DocumentType::Order, &id, &flags).await?.ok_or("it is gone")?;
    /// // Says what would be lost, such as lines of words alone, instead of losing it.
    /// let mut draft = DocumentDraft::from_document(&read.into_result()?.value, None)?;
    /// draft.title = Some("Changed".to_owned());
    /// let stored = client.send(draft.prepare_replacement(&id)?).await.stored();
    /// # assert_eq!(stored.map(|stored| stored.mk_id), Some(id));
    /// # Ok(())
    /// # }
    /// ```
    pub fn prepare_replacement(self, id: &MkId) -> Result<Write<StoredDocument>, InvalidRequest> {
        let mut body = self.body();
        body.id("mk_id", Some(id));
        body.finish(Endpoint::PutDocument)
    }

    fn body(&self) -> Body {
        let mut body = Body::new();
        body.keep(&self.other);
        body.set("doc_type", self.doc_type().wire());
        body.date("doc_date", Some(self.date));
        self.write_parties(&mut body);
        body.text("count_code", self.number.as_deref(), NUMBER);
        body.text("title", self.title.as_deref(), TITLE);
        self.write_currency(&mut body);
        body.text("sales_pricelist_code", self.price_list.as_deref(), REGISTER_TEXT);
        if let Some(discount) = self.discount {
            discount.write(&mut body);
        }
        body.text("pariteta", self.terms_of_delivery.as_deref(), REGISTER_TEXT);
        body.long_text("notes", self.notes.as_deref(), FREE_TEXT);
        body.long_text("notes_header", self.notes_header.as_deref(), FREE_TEXT);
        body.text("doc_created_email", self.created_by_email.as_deref(), EMAIL);
        body.text("document_change_log_notes", self.change_note.as_deref(), CHANGE_NOTE);
        self.details.write(&mut body);
        self.write_lines(&mut body);
        self.payments.write(&mut body);
        write_extra_columns(&self.extra_columns, &mut body);
        write_meta_data(&self.meta_data, &mut body);
        body
    }

    fn write_parties(&self, body: &mut Body) {
        match &self.partner {
            Some(partner) => body.object("partner", |body| partner.write(body)),
            None if self.details.needs_partner() => body.problem("partner", "this is required"),
            None => {}
        }
        if let Some(receiver) = &self.receiver {
            body.object("receiver", |body| receiver.write_receiver(body));
        }
    }

    fn write_currency(&self, body: &mut Body) {
        let is_code = |code: &str| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        if self.currency.as_deref().is_some_and(|code| !code.is_empty() && !is_code(code)) {
            body.problem("currency_code", "a currency is its ISO code of three capitals");
        }
        body.text("currency_code", self.currency.as_deref(), REGISTER_TEXT);
    }

    fn write_lines(&self, body: &mut Body) {
        match self.lines.len() {
            // A replacement without lines deletes every line and answers 0 (§4.2).
            0 => body.problem("product_list", "a document has at least one line"),
            lines if lines > MAX_LINES => {
                body.problem("product_list", format!("{lines} lines are more than {MAX_LINES}"));
            }
            _ => {}
        }
        body.list("product_list", &self.lines, DraftLine::write);
    }
}

impl DocumentDetails {
    fn needs_partner(&self) -> bool {
        match self {
            Self::CreditNote(note) => note.kind == CreditNoteKind::Standalone,
            _ => true,
        }
    }

    fn write(&self, body: &mut Body) {
        match self {
            Self::Offer(offer) => offer.write(body),
            Self::Order(order) => order.write(body),
            Self::Bill(bill) => bill.write(body),
            Self::CreditNote(note) => note.write(body),
        }
    }
}

impl OfferDetails {
    fn write(&self, body: &mut Body) {
        body.text("status_code", self.status_code.as_deref(), REGISTER_TEXT);
        body.date("duo_payment", self.due_date);
        body.count("valid_days", self.valid_days);
        body.date("valid_to", self.valid_to);
        body.text("inquiry_num", self.inquiry_number.as_deref(), NUMBER);
        body.text("method_of_payment", self.method_of_payment.as_deref(), REGISTER_TEXT);
    }
}

impl OrderDetails {
    fn write(&self, body: &mut Body) {
        body.text("buyer_order", self.buyer_order.as_deref(), NUMBER);
        body.text("status_code", self.status_code.as_deref(), REGISTER_TEXT);
        body.date("duo_payment", self.due_date);
        body.date("delivery_deadline", self.delivery_deadline);
        if let Some(time) = self.ordered_at {
            body.set("order_create_ts", time.to_string());
        }
        body.text("warehouse", self.warehouse.as_deref(), REGISTER_TEXT);
        body.text("profit_center", self.profit_center.as_deref(), REGISTER_TEXT);
        body.text("delivery_type", self.delivery_type.as_deref(), REGISTER_TEXT);
        body.text("method_of_payment", self.method_of_payment.as_deref(), REGISTER_TEXT);
        body.text("commercialist_email", self.salesperson_email.as_deref(), EMAIL);
        write_numbers("offer_list", &self.offers, body);
        body.flag("create_invoice", self.create_invoice.then_some(true));
    }
}

impl BillDetails {
    fn write(&self, body: &mut Body) {
        if matches!(self.doc_type, DocumentType::Offer | DocumentType::Order | DocumentType::CreditNote) {
            body.problem("doc_type", "this is not a type of bill");
        }
        body.date("duo_payment", Some(self.due_date));
        body.date("service_from_date", self.service_from);
        body.date("service_to_date", Some(self.service_to));
        body.text("location_of_service", self.location_of_service.as_deref(), REGISTER_TEXT);
        body.text("buyer_order", self.buyer_order.as_deref(), NUMBER);
        body.text("warehouse", self.warehouse.as_deref(), REGISTER_TEXT);
        body.text("delivery_type", self.delivery_type.as_deref(), REGISTER_TEXT);
        write_numbers("offer_list", &self.offers, body);
        write_numbers("sales_order_list", &self.orders, body);
    }
}

impl CreditNoteDetails {
    fn write(&self, body: &mut Body) {
        body.date("duo_payment", Some(self.due_date));
        body.date("service_to_date", Some(self.service_to));
        let (kind, bill) = match &self.kind {
            CreditNoteKind::Financial(bill) => ("financial", Some(bill)),
            CreditNoteKind::Goods(bill) => ("goods", Some(bill)),
            CreditNoteKind::Standalone => ("standalone", None),
        };
        body.set("credit_note_type", kind);
        if let Some(bill) = bill {
            body.required("credit_note_bill", bill, NUMBER);
        }
    }
}

impl DraftDiscount {
    fn write(self, body: &mut Body) {
        match self {
            Self::Percent(percent) => {
                if percent.is_sign_negative() || percent > Decimal::ONE_HUNDRED {
                    body.problem("discount_percent", format!("{percent} is not a percentage from 0 to 100"));
                }
                body.decimal("discount_percent", Some(percent));
            }
            Self::Value(value) => body.decimal("discount_value", Some(value)),
        }
    }
}

fn write_numbers(name: &str, numbers: &[String], body: &mut Body) {
    if !numbers.is_empty() {
        body.list(name, numbers, |number, body| body.required("count_code", number, NUMBER));
    }
}
