//! Documents that are changed in part, shipped or deleted (`metakocka-api.md §4.7`).

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::body::{Body, FREE_TEXT, InvalidRequest, REGISTER_TEXT};
use super::line::{DraftLine, length, write_extra_columns};
use super::party::DraftParty;
use super::payload::Write;
use super::replies::Accepted;
use crate::document::{DocumentType, NamedValue};
use crate::endpoint::Endpoint;
use crate::identity::{MkId, RowId};

/// Numbers of documents and of customers' orders, in characters.
const NUMBER: usize = 30;
/// Tracking codes, in characters; no source names their length.
const TRACKING: usize = 100;
/// Ids that one call takes at most; a limit of ours, so that a time-out stays rare.
const MAX_IDS: usize = 200;

/// How a call names an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderKey {
    /// By its id.
    Id(MkId),
    /// By the customer's order number; when several have it, which one is unknown.
    BuyerOrder(String),
}

/// A change of an order, field by field (`update_document`). What is absent stays; only differing values
/// are applied.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderChange {
    /// The order.
    pub order: OrderKey,
    /// The status's code (*Opis*).
    pub status_code: Option<String>,
    /// When it was shipped: set it together with the status for shipped.
    pub shipped_date: Option<Date>,
    /// The tracking code; needs an invoice.
    pub tracking_code: Option<String>,
    /// The code of the carrier in between (`tracking_intermediate_code`, `metakocka-api.md §4.7`).
    pub intermediate_tracking_code: Option<String>,
    /// What its parcels are tracked by.
    pub tracking_type: Option<TrackingType>,
    /// A register's label.
    pub delivery_type: Option<String>,
    /// The warehouse's mark.
    pub warehouse: Option<String>,
    /// `parcel_shop_id`.
    pub parcel_shop_id: Option<String>,
    /// An absolute amount off the total.
    pub discount_value: Option<Decimal>,
    /// Text below the lines.
    pub notes: Option<String>,
    /// Text above the lines.
    pub notes_header: Option<String>,
    /// Another buyer; whole.
    pub partner: Option<DraftParty>,
    /// Another receiver; whole.
    pub receiver: Option<DraftParty>,
    /// Columns that the company added.
    pub extra_columns: Vec<NamedValue>,
    /// Another number (`count_code_new`).
    pub new_number: Option<String>,
    /// Makes the invoice.
    pub create_invoice: bool,
    /// Fields to be emptied.
    pub clear: Vec<OrderField>,
    /// Lines taken away (`product_remove`).
    pub remove_lines: Vec<LineRemoval>,
    /// Lines added, changed or deleted (`product_add`).
    pub lines: Vec<OrderLineChange>,
}

/// A field that `update_document` can empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderField {
    /// `tracking_code`
    TrackingCode,
    /// `notes`
    Notes,
    /// `notes_header`
    NotesHeader,
}

/// How a removal names lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineSelector {
    /// Those of the product with this SKU.
    Code(String),
    /// Those of the product with this id.
    Product(MkId),
    /// The line with this id.
    Row(RowId),
}

/// What an order's parcels are tracked by (`salesOrderTrackingType`, `metakocka-api.md §4.3`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrackingType {
    /// `bill`: the invoice.
    Bill,
    /// `packing_list`: the packing list.
    PackingList,
}

/// An amount taken away from lines, or the lines themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineRemoval {
    /// Which lines.
    pub lines: LineSelector,
    /// How much is taken away across them; all of it when absent.
    pub amount: Option<Decimal>,
}

/// What happens to a line of an order. Repeating [`Self::Add`] adds the line again.
#[derive(Clone, Debug, PartialEq)]
pub enum OrderLineChange {
    /// A new line.
    Add(DraftLine),
    /// The line with this id becomes so.
    Update(RowId, DraftLine),
    /// The line with this id goes.
    Delete(RowId),
}

impl OrderChange {
    /// A change of an order that changes nothing yet.
    pub fn of(order: OrderKey) -> Self {
        Self {
            order,
            status_code: None,
            shipped_date: None,
            tracking_code: None,
            intermediate_tracking_code: None,
            tracking_type: None,
            delivery_type: None,
            warehouse: None,
            parcel_shop_id: None,
            discount_value: None,
            notes: None,
            notes_header: None,
            partner: None,
            receiver: None,
            extra_columns: Vec::new(),
            new_number: None,
            create_invoice: false,
            clear: Vec::new(),
            remove_lines: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// Checks it.
    pub fn prepare(self) -> Result<Write<Accepted>, InvalidRequest> {
        let mut body = Body::new();
        if self == Self::of(self.order.clone()) {
            body.problem("", "this changes nothing");
        }
        body.set("doc_type", DocumentType::Order.wire());
        self.order.write(&mut body);
        body.text("status_code", self.status_code.as_deref(), REGISTER_TEXT);
        body.offset_date("shipped_date", self.shipped_date);
        body.text("tracking_code", self.tracking_code.as_deref(), TRACKING);
        let intermediate = self.intermediate_tracking_code.as_deref();
        body.text("tracking_intermediate_code", intermediate, TRACKING);
        if let Some(tracking_type) = self.tracking_type {
            body.set("salesOrderTrackingType", tracking_type.wire());
        }
        body.text("delivery_type", self.delivery_type.as_deref(), REGISTER_TEXT);
        body.text("warehouse", self.warehouse.as_deref(), REGISTER_TEXT);
        body.text("parcel_shop_id", self.parcel_shop_id.as_deref(), TRACKING);
        body.decimal("discount_value", self.discount_value);
        body.long_text("notes", self.notes.as_deref(), FREE_TEXT);
        body.long_text("notes_header", self.notes_header.as_deref(), FREE_TEXT);
        if let Some(partner) = &self.partner {
            body.object("partner", |body| partner.write_receiver(body));
        }
        if let Some(receiver) = &self.receiver {
            body.object("receiver", |body| receiver.write_receiver(body));
        }
        write_extra_columns(&self.extra_columns, &mut body);
        body.text("count_code_new", self.new_number.as_deref(), NUMBER);
        body.flag("create_invoice", self.create_invoice.then_some(true));
        self.write_lines(&mut body);
        body.finish(Endpoint::UpdateDocument)
    }

    fn write_lines(&self, body: &mut Body) {
        if !self.clear.is_empty() {
            body.set("clear", self.clear.iter().map(|field| field.wire()).collect::<Vec<_>>());
        }
        if !self.remove_lines.is_empty() {
            body.list("product_remove", &self.remove_lines, LineRemoval::write);
        }
        if !self.lines.is_empty() {
            body.list("product_add", &self.lines, OrderLineChange::write);
        }
    }
}

impl OrderKey {
    fn write(&self, body: &mut Body) {
        match self {
            Self::Id(id) => body.id("mk_id", Some(id)),
            Self::BuyerOrder(number) => body.required("buyer_order", number, NUMBER),
        }
    }
}

impl OrderField {
    const fn wire(self) -> &'static str {
        match self {
            Self::TrackingCode => "tracking_code",
            Self::Notes => "notes",
            Self::NotesHeader => "notes_header",
        }
    }
}

impl TrackingType {
    const fn wire(self) -> &'static str {
        match self {
            Self::Bill => "bill",
            Self::PackingList => "packing_list",
        }
    }
}

impl LineRemoval {
    fn write(&self, body: &mut Body) {
        match &self.lines {
            LineSelector::Code(code) => body.required("code", code, length::CODE),
            LineSelector::Product(id) => body.id("mk_id", Some(id)),
            LineSelector::Row(id) => body.set("mk_row_id", id.as_str()),
        }
        if self.amount.is_some_and(|amount| amount <= Decimal::ZERO) {
            body.problem("amount", "what is taken away is more than zero");
        }
        body.decimal("amount", self.amount);
    }
}

impl OrderLineChange {
    fn write(&self, body: &mut Body) {
        match self {
            Self::Add(line) => line.write(body),
            Self::Update(row, line) => {
                line.write(body);
                body.set("mk_row_id", row.as_str());
            }
            Self::Delete(row) => {
                body.set("mk_row_id", row.as_str());
                body.flag("mark_delete", Some(true));
            }
        }
    }
}

/// How a call names a bill (`metakocka-api.md §4.7`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BillKey {
    /// By its id.
    Id(MkId),
    /// By its number (`count_code`); when several have it, which one is unknown (`metakocka-api.md §4.8`).
    Number(String),
}

/// Another status of a bill: all that can be changed of one (`update_document`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillChange {
    /// The type.
    pub doc_type: DocumentType,
    /// The bill.
    pub bill: BillKey,
    /// The status's code (*Opis*); none takes the status away.
    pub status_code: Option<String>,
}

impl BillChange {
    /// Checks it.
    pub fn prepare(self) -> Result<Write<Accepted>, InvalidRequest> {
        let mut body = Body::new();
        body.set("doc_type", self.doc_type.wire());
        if !self.doc_type.is_bill() {
            body.problem("doc_type", "this is not a type of bill");
        }
        match &self.bill {
            BillKey::Id(id) => body.id("mk_id", Some(id)),
            BillKey::Number(number) => body.required("count_code", number, NUMBER),
        }
        body.text("status_code", self.status_code.as_deref(), REGISTER_TEXT);
        if self.status_code.as_deref().unwrap_or_default().trim().is_empty() {
            body.set("status_code", "");
        }
        body.finish(Endpoint::UpdateDocument)
    }
}

/// The documents whose status `change_document_status` changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WritableStatus {
    /// Orders, by their ids.
    Orders(Vec<MkId>),
    /// The order with this customer's order number.
    OrderOf(String),
    /// Warehouse receiving notes, by their ids.
    ReceivingNotes(Vec<MkId>),
}

/// Another status for orders or receiving notes (`change_document_status`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusChange {
    /// Which documents.
    pub of: WritableStatus,
    /// The status's code (*Opis*).
    pub status_code: String,
    /// The user in Metakocka in whose name it happens.
    pub user_email: Option<String>,
}

impl StatusChange {
    /// Checks it.
    pub fn prepare(self) -> Result<Write<Accepted>, InvalidRequest> {
        let mut body = Body::new();
        let doc_type = match &self.of {
            WritableStatus::ReceivingNotes(_) => "warehouse_receiving_note",
            _ => DocumentType::Order.wire(),
        };
        body.set("doc_type", doc_type);
        body.required("status_code", &self.status_code, REGISTER_TEXT);
        match &self.of {
            WritableStatus::Orders(ids) | WritableStatus::ReceivingNotes(ids) => {
                check_ids("mk_id_list", ids.len(), &mut body);
                body.set("mk_id_list", ids.iter().map(MkId::as_str).collect::<Vec<_>>());
            }
            WritableStatus::OrderOf(number) => body.required("buyer_order", number, NUMBER),
        }
        body.text("api_user_email", self.user_email.as_deref(), 255);
        body.finish(Endpoint::ChangeDocumentStatus)
    }
}

/// Orders that were shipped (`mark_orders_as_shipped`). The form that ships every order of a country and
/// status at once is left out: nobody could say afterwards which it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShippedOrders {
    /// By their ids.
    Ids(Vec<MkId>),
    /// By the customers' order numbers.
    BuyerOrders(Vec<String>),
}

impl ShippedOrders {
    /// Checks it.
    pub fn prepare(self) -> Result<Write<Accepted>, InvalidRequest> {
        let mut body = Body::new();
        match self {
            Self::Ids(ids) => {
                check_ids("sales_order_id_list", ids.len(), &mut body);
                body.set("sales_order_id_list", ids.iter().map(MkId::as_str).collect::<Vec<_>>());
            }
            Self::BuyerOrders(numbers) => {
                check_ids("customer_order_list", numbers.len(), &mut body);
                if numbers.iter().any(|number| number.trim().is_empty() || number.chars().count() > NUMBER) {
                    body.problem("customer_order_list", format!("a number has 1 to {NUMBER} characters"));
                }
                body.set("customer_order_list", numbers.as_slice());
            }
        }
        body.finish(Endpoint::MarkOrdersAsShipped)
    }
}

/// A document to be deleted (`delete_document`). Documented for orders; whether a bill or an offer can be
/// deleted is the company's Metakocka to say (`metakocka-api.md §4.1`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentDeletion {
    /// The type.
    pub doc_type: DocumentType,
    /// The document.
    pub id: MkId,
}

impl DocumentDeletion {
    /// Checks it.
    pub fn prepare(self) -> Result<Write<Accepted>, InvalidRequest> {
        let mut body = Body::new();
        body.set("doc_type", self.doc_type.wire());
        body.id("mk_id", Some(&self.id));
        body.finish(Endpoint::DeleteDocument)
    }
}

fn check_ids(field: &str, count: usize, body: &mut Body) {
    if !(1..=MAX_IDS).contains(&count) {
        body.problem(field, format!("between 1 and {MAX_IDS} documents at once"));
    }
}
