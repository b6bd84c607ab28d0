//! Sales documents as Metakocka returns them (`metakocka-api.md §4`). Nothing is computed here: sums are
//! Metakocka's own.

mod flags;
mod kind;
mod line;
mod party;
mod sums;

use std::collections::BTreeSet;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

pub use flags::{DocumentFlag, DocumentFlags};
pub use kind::DocumentType;
pub use line::{Line, LineContent, LinePrice, MetaEntry, PricedLine, ProductRef};
pub use party::{ContactPerson, PartnerBlock, PostalAddress};
pub use sums::{Installment, Payment, Sums};

use crate::fields::{FieldError, Fields, Read, read_row};
use crate::identity::MkId;
use crate::row::{Row, Unreadable};
use crate::values::WallTime;

/// A sales document. Fields that are absent, empty or zero in the reply are `None`, empty or zero here
/// (`metakocka-api.md §1.5`); names in Metakocka are given where they differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The id, to be kept together with the type.
    pub mk_id: MkId,
    /// The type that the reply names.
    pub doc_type: DocumentType,
    /// The number that people see (`count_code`). Not unique (§4.8).
    pub number: Option<String>,
    /// `doc_date`.
    pub date: Date,
    /// The buyer; missing only where Metakocka leaves it out.
    pub partner: Option<PartnerBlock>,
    /// Who receives the goods; the buyer when absent (§3.4).
    pub receiver: Option<PartnerBlock>,
    /// Free text that marks the document.
    pub title: Option<String>,
    /// The customer's own order number.
    pub buyer_order: Option<String>,
    /// ISO code (`currency_code`); the company's currency when absent.
    pub currency: Option<String>,
    /// The status from the company's own register.
    pub status: DocumentStatus,
    /// `sales_pricelist_code`.
    pub price_list: Option<String>,
    /// A discount on the whole document.
    pub discount: DocumentDiscount,
    /// A prepayment that was asked for.
    pub prepayment: Prepayment,
    /// When it is due (`duo_payment`, sic).
    pub due_date: Option<Date>,
    /// Days until it is due, on some orders (`duo_payment_days`).
    pub due_days: Option<u64>,
    /// `service_from_date`, on bills.
    pub service_from: Option<Date>,
    /// `service_to_date`, on bills.
    pub service_to: Option<Date>,
    /// Days an offer is valid.
    pub valid_days: Option<u64>,
    /// Until when an offer is valid.
    pub valid_to: Option<Date>,
    /// `delivery_deadline`, on orders.
    pub delivery_deadline: Option<Date>,
    /// When an order was shipped.
    pub shipped_date: Option<Date>,
    /// The warehouse's mark.
    pub warehouse: Option<String>,
    /// The profit centre's code.
    pub profit_center: Option<String>,
    /// A register's label.
    pub delivery_type: Option<String>,
    /// A text.
    pub method_of_payment: Option<String>,
    /// Text below the lines; HTML when it was written in Metakocka (§4.3).
    pub notes: Option<String>,
    /// Text above the lines.
    pub notes_header: Option<String>,
    /// The e-mail of the user who made it (`doc_created_email`).
    pub created_by_email: Option<String>,
    /// The e-mail of the salesperson (`commercialist_email`).
    pub salesperson_email: Option<String>,
    /// The lines in Metakocka's order (`product_list`).
    pub lines: Vec<Line>,
    /// Metakocka's own sums.
    pub sums: Sums,
    /// The payments, with the flag [`DocumentFlag::PaymentDetail`] (`mark_paid`).
    pub payments: Vec<Payment>,
    /// The date of the last payment, with the flag [`DocumentFlag::LastPaymentDate`].
    pub last_paid_date: Option<Date>,
    /// `installment_list`.
    pub installments: Vec<Installment>,
    /// Documents that belong to this one (`doc_link_list`): an order's bills and packing lists, a bill's
    /// prepaid bill.
    pub links: Vec<DocumentLink>,
    /// Credit notes of a bill, with the flag [`DocumentFlag::CreditNotes`] (`credit_note_list`).
    pub credit_notes: Vec<DocumentLink>,
    /// Numbers of the offers it was made from (`offer_list`).
    pub offer_numbers: Vec<String>,
    /// When an order was made in the shop (`order_create_ts`).
    pub ordered_at: Option<WallTime>,
    /// When an order was made in Metakocka (`created_ts`).
    pub created_at: Option<WallTime>,
    /// When a bill was issued (`publish_ts`). Absent: a draft, or a company or host that never returns it
    /// (§1.6).
    pub published_at: Option<WallTime>,
    /// Who changed a bill last.
    pub last_change_user: Option<String>,
    /// The tax authority's protective mark of a bill.
    pub furs_zoi: Option<String>,
    /// The tax authority's unique id of a bill.
    pub furs_eor: Option<String>,
    /// The change log, with the flag [`DocumentFlag::DocumentInfo`] (`document_info`).
    pub changes: Vec<ChangeEntry>,
    /// `extra_column`.
    pub extra_columns: Vec<NamedValue>,
    /// `meta_data`, on orders.
    pub meta_data: Vec<MetaEntry>,
    /// Every other field, as received.
    pub other: Map<String, Value>,
}

/// The status of a document. Companies name their own (`metakocka-api.md §4.7`): reads show the label in
/// `status_code` and the code in `status_desc`, writes and filters take the code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentStatus {
    /// What people see (*Vrednost*).
    pub label: Option<String>,
    /// What programs use (*Opis*); absent on hosts older than August 2025.
    pub code: Option<String>,
}

/// A discount on the whole document; at most one is usually set (`metakocka-api.md §4.3`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentDiscount {
    /// `discount_percent`.
    pub percent: Option<Decimal>,
    /// `discount_value`: an absolute amount off the total, gross when the document is priced gross.
    pub value: Option<Decimal>,
}

/// A prepayment that was asked for. Samples contradict each other: for display only
/// (`metakocka-api.md §4.3`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prepayment {
    /// `prepayment_percent`.
    pub percent: Option<Decimal>,
    /// `prepayment_value`.
    pub value: Option<Decimal>,
}

/// A document that another one names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentLink {
    /// Its id.
    pub mk_id: Option<MkId>,
    /// Its number.
    pub number: Option<String>,
    /// Its type in Metakocka's words; warehouse documents are named here as well.
    pub doc_type: Option<String>,
}

impl DocumentLink {
    /// The type, if it is one of the sales documents.
    pub fn sales_type(&self) -> Option<DocumentType> {
        self.doc_type.as_deref().and_then(DocumentType::from_wire)
    }
}

/// A column that the company added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedValue {
    /// The column's name.
    pub name: String,
    /// Its value, empty when there is none.
    pub value: String,
}

/// An entry of a document's change log (`metakocka-api.md §4.5`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeEntry {
    /// Who did it (`user_email`).
    pub user_email: Option<String>,
    /// What was done: `NEW`, `CHANGE`, `CUSTOM`, `DOCUMENT_STATUS_CHANGE`.
    pub operation: Option<String>,
    /// When (`operation_time`), as received: no sample shows its form.
    pub time: Option<String>,
    /// `notes`.
    pub notes: Option<String>,
}

impl Document {
    /// Reads a document from JSON kept earlier, for example in a mirror. `doc_type` is used when the JSON
    /// does not name its type.
    pub fn from_json(doc_type: DocumentType, json: &str) -> Result<Self, Box<Unreadable>> {
        read_document_text(doc_type, json).into_result().map(|record| record.value)
    }

    pub(crate) fn read(fallback: DocumentType, mut f: Fields<'_>) -> Read<Self> {
        Ok(Self {
            mk_id: f.required_id("mk_id")?,
            doc_type: read_type(fallback, &mut f)?,
            number: f.text("count_code")?,
            date: f.date("doc_date")?.ok_or_else(|| FieldError::new("doc_date", "the date is missing"))?,
            partner: f.object("partner", PartnerBlock::read)?,
            receiver: f.object("receiver", PartnerBlock::read)?,
            title: f.text("title")?,
            buyer_order: f.text("buyer_order")?,
            currency: f.text("currency_code")?,
            status: DocumentStatus { label: f.text("status_code")?, code: f.text("status_desc")? },
            price_list: f.text("sales_pricelist_code")?,
            discount: DocumentDiscount {
                percent: nonzero(f.decimal("discount_percent")?),
                value: nonzero(f.decimal("discount_value")?),
            },
            prepayment: Prepayment {
                percent: nonzero(f.decimal("prepayment_percent")?),
                value: nonzero(f.decimal("prepayment_value")?),
            },
            due_date: f.date("duo_payment")?,
            due_days: f.count("duo_payment_days")?,
            service_from: f.date("service_from_date")?,
            service_to: f.date("service_to_date")?,
            valid_days: f.count("valid_days")?,
            valid_to: f.date("valid_to")?,
            delivery_deadline: f.date("delivery_deadline")?,
            shipped_date: f.date("shipped_date")?,
            warehouse: f.text("warehouse")?,
            profit_center: f.text("profit_center")?,
            delivery_type: f.text("delivery_type")?,
            method_of_payment: f.text("method_of_payment")?,
            notes: f.text("notes")?,
            notes_header: f.text("notes_header")?,
            created_by_email: f.text("doc_created_email")?,
            salesperson_email: f.text("commercialist_email")?,
            lines: f.list("product_list", Line::read)?,
            sums: Sums::read(&mut f)?,
            payments: f.list("mark_paid", Payment::read)?,
            last_paid_date: f.date("last_paid_date")?,
            installments: f.list("installment_list", Installment::read)?,
            links: f.list("doc_link_list", read_link)?,
            credit_notes: f.list("credit_note_list", read_link)?,
            offer_numbers: f
                .list("offer_list", |mut offer| offer.text("count_code"))?
                .into_iter()
                .flatten()
                .collect(),
            ordered_at: f.wall_time("order_create_ts")?,
            created_at: f.wall_time("created_ts")?,
            published_at: f.wall_time("publish_ts")?,
            last_change_user: f.text("last_change_user")?,
            furs_zoi: f.text("furs_zoi")?,
            furs_eor: f.text("furs_eor")?,
            changes: f.list("document_info", ChangeEntry::read)?,
            extra_columns: f.list("extra_column", NamedValue::read)?,
            meta_data: f.list("meta_data", MetaEntry::read)?,
            other: f.rest(),
        })
    }

    /// The tax codes of lines and sums, each once.
    pub fn tax_codes(&self) -> BTreeSet<&str> {
        let of_lines = self.lines.iter().filter_map(|line| match &line.content {
            LineContent::Priced(priced) => priced.tax.as_ref(),
            LineContent::Text => None,
        });
        of_lines.chain(self.sums.taxes.keys()).map(crate::identity::TaxCode::as_str).collect()
    }
}

/// Reads the text of one document as a row.
pub(crate) fn read_document_text(doc_type: DocumentType, json: &str) -> Row<Document> {
    match serde_json::from_str(json) {
        Ok(raw) => read_row(raw, |fields| Document::read(doc_type, fields)),
        Err(_) => Row::Unreadable(Box::new(Unreadable::not_json())),
    }
}

fn nonzero(value: Option<Decimal>) -> Option<Decimal> {
    value.filter(|value| !value.is_zero())
}

fn read_type(fallback: DocumentType, fields: &mut Fields<'_>) -> Read<DocumentType> {
    match fields.text("doc_type")? {
        None => Ok(fallback),
        Some(name) => DocumentType::from_wire(&name)
            .ok_or_else(|| FieldError::new("doc_type", format!("“{name}” is not a type of sales document"))),
    }
}

fn read_link(mut f: Fields<'_>) -> Read<DocumentLink> {
    Ok(DocumentLink { mk_id: f.id("mk_id")?, number: f.text("count_code")?, doc_type: f.text("doc_type")? })
}

impl NamedValue {
    pub(crate) fn read(mut f: Fields<'_>) -> Read<Self> {
        Ok(Self { name: f.text("name")?.unwrap_or_default(), value: f.text("value")?.unwrap_or_default() })
    }
}

impl ChangeEntry {
    fn read(mut f: Fields<'_>) -> Read<Self> {
        Ok(Self {
            user_email: f.text("user_email")?,
            operation: f.text("operation_type")?,
            time: f.text("operation_time")?,
            notes: f.text("notes")?,
        })
    }
}
