//! Calls that change something. A draft is checked and becomes a [`Write`]; sending consumes it; the outcome
//! is one of four, and only two of them give the write back. Nothing here makes a call.
//!
//! - [`WriteOutcome::Stored`]: it is there. [`WriteOutcome::Refused`]: it is not, and would be refused again.
//! - [`WriteOutcome::NotSent`]: it is proven that Metakocka did nothing; the same write may be sent again.
//! - [`WriteOutcome::Unknown`]: nobody knows, or one of several records was refused and others may be done. Only a look-up that found nothing of it turns the
//!   [`Unsettled`] back into a [`Write`] (`metakocka-api.md §9.1`).
//!
//! To add a write: a draft with `prepare`, its endpoint, its place in [`Lookup::of`](crate::Lookup).

mod body;
mod document;
mod document_change;
mod line;
mod outcome;
mod partner;
mod party;
mod payload;
mod payment;
mod product;
mod read_back;
mod refusal;
mod replies;

pub use body::{FieldProblem, InvalidRequest};
pub use document::{
    BillDetails, CreditNoteDetails, CreditNoteKind, DocumentDetails, DocumentDraft, DraftDiscount,
    OfferDetails, OrderDetails,
};
pub use document_change::{
    BillChange, BillKey, DocumentDeletion, LineRemoval, LineSelector, OrderChange, OrderField, OrderKey,
    OrderLineChange, ShippedOrders, StatusChange, TrackingType, WritableStatus,
};
pub use line::{DraftLine, DraftPrice, DraftTax, NewProductInLine};
pub(crate) use outcome::Identity;
pub use outcome::{
    InvalidHorizon, NotSent, NotYet, SettleHorizon, StillUnsettled, Unknown, Unsettled, WriteOutcome,
};
pub use partner::{ContactRow, DraftAddress, PartnerChange, PartnerDraft, PartnerFields, PartnerKey};
pub use party::{DraftParty, InlineParty};
#[cfg(feature = "fuzz")]
pub(crate) use payload::sealed;
pub use payload::{Destination, InvalidPayload, KeptWrite, Payload, Write, WriteReply};
pub use payment::{DraftPayment, Payments, TransactionDocument, TransactionDraft, TransactionMode};
pub use product::{
    DraftPriceList, DraftTier, ProductChange, ProductDeletion, ProductDraft, ProductFields, ProductKey,
};
pub use read_back::NotWritable;
pub use refusal::{DuplicateDocument, MissingProduct, Refusal, RefusalKind};
pub use replies::{Accepted, AddressId, StoredDocument, StoredPartner, StoredProduct, UpdatedPartner};
