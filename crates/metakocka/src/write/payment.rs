//! Payments: those that come with a document, and single transactions (`metakocka-api.md §4.6`).

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::body::{Body, InvalidRequest, REGISTER_TEXT};
use super::payload::Write;
use super::replies::Accepted;
use crate::document::DocumentType;
use crate::endpoint::Endpoint;
use crate::identity::MkId;

/// Notes of a transaction, in characters.
const MAX_NOTES: usize = 100;

/// What a document that is written does with the payments it has.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Payments {
    /// Nothing: those that are there stay.
    #[default]
    Leave,
    /// These, **in place of** those that are there.
    Replace(Vec<DraftPayment>),
    /// None: an empty list clears nothing, one payment of zero does (Q20).
    Clear {
        /// The label of a kind that the register has.
        kind: String,
        /// A date; Metakocka wants one.
        date: Date,
    },
}

/// A payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftPayment {
    /// The register's label, for example `Transakcijski račun` (`payment_type`).
    pub kind: String,
    /// When.
    pub date: Date,
    /// How much. Always sent: without it the whole document would be paid.
    pub amount: Decimal,
    /// `cashRegister`, for cash where there are several.
    pub cash_register: Option<String>,
}

impl Payments {
    pub(crate) fn write(&self, body: &mut Body) {
        match self {
            Self::Leave => {}
            Self::Replace(payments) if payments.is_empty() => {
                body.problem("mark_paid", "an empty list of payments changes nothing");
            }
            Self::Replace(payments) => body.list("mark_paid", payments, |payment, body| {
                if payment.amount.is_zero() {
                    body.problem("amount", "a payment of zero clears all payments");
                }
                payment.write(body);
            }),
            Self::Clear { kind, date } => {
                let zero = Decimal::new(0, 2);
                let payment =
                    DraftPayment { kind: kind.clone(), date: *date, amount: zero, cash_register: None };
                body.list("mark_paid", &[payment], DraftPayment::write);
            }
        }
    }
}

impl DraftPayment {
    fn write(&self, body: &mut Body) {
        body.required("payment_type", &self.kind, REGISTER_TEXT);
        body.date("date", Some(self.date));
        body.decimal("amount", Some(self.amount));
        body.text("cashRegister", self.cash_register.as_deref(), REGISTER_TEXT);
    }
}

/// One transaction of a document (`put_transaction`). It is **added**: sent twice it is paid twice. The
/// reply names no id.
#[derive(Clone, Debug, PartialEq)]
pub struct TransactionDraft {
    /// The type of the document: offer, order or bill; neither prepaid bills nor credit notes.
    pub doc_type: DocumentType,
    /// The document.
    pub document: TransactionDocument,
    /// What it is.
    pub mode: TransactionMode,
    /// The register's label (`payment_type`), at most 100 characters.
    pub kind: String,
    /// When.
    pub date: Date,
    /// How much (`price`), more than zero.
    pub amount: Decimal,
    /// The cash register, for cash where there are several.
    pub cash_register: Option<String>,
    /// At most 100 characters.
    pub notes: Option<String>,
}

/// How a transaction names its document; by one of them, not by several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransactionDocument {
    /// By its id.
    Id(MkId),
    /// By its number; not unique.
    Number(String),
    /// By the customer's order number; orders only.
    BuyerOrder(String),
}

/// What a transaction is (`payment_mode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionMode {
    /// A payment.
    Payment,
    /// A payment in advance.
    Prepayment,
    /// Money that goes back.
    Return,
}

impl TransactionDraft {
    /// Checks it.
    pub fn prepare(self) -> Result<Write<Accepted>, InvalidRequest> {
        let mut body = Body::new();
        body.set("doc_type", self.doc_type.wire());
        if matches!(self.doc_type, DocumentType::BillPrepaid | DocumentType::CreditNote) {
            body.problem("doc_type", "Metakocka books no transaction on this type of document");
        }
        match &self.document {
            TransactionDocument::Id(id) => body.id("mk_id", Some(id)),
            TransactionDocument::Number(number) => body.required("count_code", number, 30),
            TransactionDocument::BuyerOrder(number) => {
                if self.doc_type != DocumentType::Order {
                    body.problem("buyer_order", "only orders are found by the customer's order number");
                }
                body.required("buyer_order", number, 30);
            }
        }
        body.set("payment_mode", self.mode.wire());
        body.required("payment_type", &self.kind, REGISTER_TEXT);
        // The one call whose date is bare ISO (§4.6); every other refuses that.
        body.iso_date("date", Some(self.date));
        if self.amount <= Decimal::ZERO {
            body.problem("price", "a transaction is more than zero");
        }
        body.decimal("price", Some(self.amount));
        body.text("cash_register", self.cash_register.as_deref(), REGISTER_TEXT);
        body.text("notes", self.notes.as_deref(), MAX_NOTES);
        body.finish(Endpoint::PutTransaction)
    }
}

impl TransactionMode {
    const fn wire(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Prepayment => "prepayment",
            Self::Return => "return",
        }
    }
}
