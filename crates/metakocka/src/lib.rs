//! A client for the REST API of the Metakocka ERP, usable by anybody.
//!
//! It knows Metakocka's field names, its reply codes and its habits, and nothing of the program that uses
//! it. It must not try a call again by itself, hold anything between calls except its pace, or let the secret
//! key out of the request body.
//!
//! - [`Client`] makes the calls; [`HttpClient`] is the connection pool that many clients share, [`Pacer`]
//!   the pace that all clients of one company share.
//! - A page is a list of [`Row`]s: each was read or is [`Unreadable`], one bad record never costs the page.
//!   Either way the row's JSON is there as it was received.
//! - [`Error::next`] says what happens next: try again, stop using the key, wait for the quota…
//! - A draft ([`DocumentDraft`], [`PartnerDraft`], [`OrderChange`]…) becomes a [`Write`]; [`Client::send`]
//!   consumes it and tells one of four [`WriteOutcome`]s; [`Client::settle`] looks for what is unknown.
//!
//! To add a write, see the module `write`. To add an endpoint: a variant in [`Endpoint`], a method in `client/`, a type read from `fields::Fields`.
//! To add a field to a record: one line in the record's `read` function; until then it is in `other`.
#![doc = include_str!("../README.md")]

mod address;
mod client;
mod document;
mod echo;
mod endpoint;
mod error;
mod fields;
mod http;
mod identity;
mod layer;
mod lookup;
mod partner;
mod product;
mod reply;
mod row;
mod search;
mod secret;
mod stock;
mod values;
mod warehouse;
mod write;

/// Reading replies without a connection, for the fuzzer of this crate.
#[cfg(feature = "fuzz")]
#[doc(hidden)]
pub mod fuzz {
    pub use crate::client::fuzz::{Reached, ReplyKind, read};
    pub use crate::values::fuzz::{same_date, same_decimal, same_money};
}

pub use address::{BaseUrl, InvalidBaseUrl};
pub use client::{
    Client, ClientConfig, ConnectionCheck, Limits, ListPage, ParcelCode, PartnerQuery, ReportRequest,
    TrackedOrder,
};
pub use document::{
    ChangeEntry, ContactPerson, Document, DocumentDiscount, DocumentFlag, DocumentFlags, DocumentLink,
    DocumentStatus, DocumentType, Installment, Line, LineContent, LinePrice, MetaEntry, NamedValue,
    PartnerBlock, Payment, PostalAddress, Prepayment, PricedLine, ProductRef, Sums,
};
pub use endpoint::Endpoint;
pub use error::{Error, Excerpt, MetakockaReply, Next, RefusedBy};
pub use http::{HttpClient, HttpConfig, HttpSetupError};
pub use identity::{CompanyId, InvalidId, MkId, RowId, TaxCode};
pub use layer::{Allowance, BudgetUse, CallBudget, CallCounts, Pace, Pacer};
pub use lookup::{DocumentName, Hits, Lookup, LookupResult, NotThere, PartnerName, ProductName};
pub use partner::{AddressKind, Partner, PartnerAddress, PartnerContact, PartnerDiscount};
pub use product::{
    PriceListRow, PriceTier, Product, ProductFilters, ProductQuery, ProductStock, ProductSwitch, StockRow,
    Translation,
};
pub use row::{RawJson, Record, Row, Unreadable};
pub use search::{
    DocumentSearch, FilterCatalogue, FilterInfo, FilterName, ListLimit, OrderDirection, OtherDocumentType,
    OtherSearch, PageLimit, SearchFilter, SearchLimit, SearchPage, ShortRow,
};
pub use secret::{InvalidSecretKey, SecretKey};
pub use stock::{StockLevel, StockQuery};
pub use values::{DiscountChain, InvalidValue, WallTime};
pub use warehouse::Warehouse;
pub use write::{
    Accepted, AddressId, BillChange, BillDetails, BillKey, ContactRow, CreditNoteDetails, CreditNoteKind,
    Destination, DocumentDeletion, DocumentDetails, DocumentDraft, DraftAddress, DraftDiscount, DraftLine,
    DraftParty, DraftPayment, DraftPrice, DraftPriceList, DraftTax, DraftTier, DuplicateDocument,
    FieldProblem, InlineParty, InvalidHorizon, InvalidPayload, InvalidRequest, KeptWrite, LineRemoval,
    LineSelector, MissingProduct, NewProductInLine, NotSent, NotWritable, NotYet, OfferDetails, OrderChange,
    OrderDetails, OrderField, OrderKey, OrderLineChange, PartnerChange, PartnerDraft, PartnerFields,
    PartnerKey, Payload, Payments, ProductChange, ProductDeletion, ProductDraft, ProductFields, ProductKey,
    Refusal, RefusalKind, SettleHorizon, ShippedOrders, StatusChange, StillUnsettled, StoredDocument,
    StoredPartner, StoredProduct, TrackingType, TransactionDocument, TransactionDraft, TransactionMode,
    Unknown, Unsettled, UpdatedPartner, WritableStatus, Write, WriteOutcome, WriteReply,
};
