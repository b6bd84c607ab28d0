//! Reading replies without a connection, for the fuzzer: the same functions that a call ends in. Not part of
//! the crate's interface; there only with the feature `fuzz`.

use super::documents::{read_one, read_page};
use super::files::TrackedOrder;
use super::lists::{PARTNERS, PRODUCTS, STOCK, WAREHOUSES, read_list};
use crate::document::{Document, DocumentType};
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::partner::Partner;
use crate::product::Product;
use crate::reply::{Answer, Reply, unexpected};
use crate::row::Row;
use crate::search::{FilterCatalogue, ListLimit, ShortRow};
use crate::secret::SecretKey;
use crate::stock::StockLevel;
use crate::warehouse::Warehouse;
use crate::write::{
    Accepted, Refusal, StoredDocument, StoredPartner, StoredProduct, UpdatedPartner, WriteReply,
};

/// What a reply is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyKind {
    /// Whole documents of a type.
    Documents(DocumentType),
    /// Documents in short.
    Short,
    /// One document of a type.
    Document(DocumentType),
    /// Partners.
    Partners,
    /// Products.
    Products,
    /// Products of a search.
    FoundProducts,
    /// Warehouses.
    Warehouses,
    /// Stock.
    Stock,
    /// Filters.
    Filters,
    /// An order by its parcel.
    Tracking,
    /// A write of a document.
    StoredDocument,
    /// A change.
    Accepted,
    /// A partner made.
    StoredPartner,
    /// A partner changed.
    UpdatedPartner,
    /// A product made.
    StoredProduct,
}

/// How far a reply came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    /// At least one record was read; so many were, and so many were not.
    Typed {
        /// Read.
        read: usize,
        /// Unreadable.
        unreadable: usize,
    },
    /// A page without a readable record.
    NoRecord {
        /// Unreadable.
        unreadable: usize,
    },
    /// A refusal with its fields.
    Refusal,
    /// An error, by its kind.
    Error(&'static str),
}

/// Reads a reply's bytes as they would be read when they had come.
pub fn read(kind: ReplyKind, status: u16, body: &[u8], key: &SecretKey) -> Reached {
    let Ok(text) = std::str::from_utf8(body) else { return Reached::Error("not_metakocka") };
    let answer =
        Answer { endpoint: kind.endpoint(), status, retry_after: None, text: key.redact(text.to_owned()) };
    let result = if kind.endpoint().is_write() {
        match answer.open_write() {
            Err(Error::Refused { reply, .. }) => {
                let refusal = Refusal::read(answer.endpoint, *reply, &answer.text);
                debug_assert!(!format!("{refusal:?}").is_empty());
                return Reached::Refusal;
            }
            opened => opened.and_then(|reply| kind.read_write(reply)),
        }
    } else {
        answer.open().and_then(|reply| kind.read(reply))
    };
    match result {
        Ok((0, unreadable)) => Reached::NoRecord { unreadable },
        Ok((read, unreadable)) => Reached::Typed { read, unreadable },
        Err(error) => {
            debug_assert!(!error.to_string().is_empty());
            Reached::Error(error.kind())
        }
    }
}

/// Records read and unreadable.
type Counts = (usize, usize);

fn count<T>(rows: &[Row<T>]) -> Counts {
    let read = rows.iter().filter(|row| row.read().is_some()).count();
    (read, rows.len() - read)
}

impl ReplyKind {
    fn endpoint(self) -> Endpoint {
        match self {
            Self::Documents(_) | Self::Short | Self::FoundProducts => Endpoint::Search,
            Self::Document(_) => Endpoint::GetDocument,
            Self::Partners => Endpoint::GetPartner,
            Self::Products => Endpoint::ProductList,
            Self::Warehouses => Endpoint::WarehouseList,
            Self::Stock => Endpoint::WarehouseStock,
            Self::Filters => Endpoint::FilterDiscovery,
            Self::Tracking => Endpoint::SearchTrackingCode,
            Self::StoredDocument => Endpoint::PutDocument,
            Self::Accepted => Endpoint::UpdateDocument,
            Self::StoredPartner => Endpoint::AddPartner,
            Self::UpdatedPartner => Endpoint::UpdatePartner,
            Self::StoredProduct => Endpoint::ProductAdd,
        }
    }

    fn read(self, reply: Reply<'_>) -> Result<Counts, Error> {
        let limit = ListLimit::MAX;
        let (endpoint, status) = (reply.endpoint, reply.status);
        let named = |error| unexpected(endpoint, status, error);
        Ok(match self {
            Self::Documents(kind) => {
                count(&read_page(reply, 0, "result", |fields| Document::read(kind, fields))?.rows)
            }
            Self::Short => count(&read_page(reply, 0, "result", ShortRow::read)?.rows),
            Self::FoundProducts => count(&read_page(reply, 0, "result_product", Product::read)?.rows),
            Self::Document(kind) => match read_one(&reply, kind, |_| true)? {
                Some(row) => count(&[row]),
                None => (0, 0),
            },
            Self::Partners => count(&read_list(reply, PARTNERS, 0, limit, Partner::read)?.rows),
            Self::Products => count(&read_list(reply, PRODUCTS, 0, limit, Product::read)?.rows),
            Self::Warehouses => count(&read_list(reply, WAREHOUSES, 0, limit, Warehouse::read)?.rows),
            Self::Stock => count(&read_list(reply, STOCK, 0, limit, StockLevel::read)?.rows),
            Self::Filters => (FilterCatalogue::read(reply.fields).map_err(named)?.iter().count(), 0),
            _ => (TrackedOrder::read(reply.fields).map(|_| 1).map_err(named)?, 0),
        })
    }

    fn read_write(self, reply: Reply<'_>) -> Result<Counts, Error> {
        fn one<R: WriteReply>(reply: Reply<'_>) -> Result<Counts, Error> {
            R::read(reply).map(|_| (1, 0))
        }
        match self {
            Self::StoredDocument => one::<StoredDocument>(reply),
            Self::StoredPartner => one::<StoredPartner>(reply),
            Self::StoredProduct => one::<StoredProduct>(reply),
            Self::UpdatedPartner => UpdatedPartner::read_counted(reply),
            _ => one::<Accepted>(reply),
        }
    }
}

impl UpdatedPartner {
    fn read_counted(reply: Reply<'_>) -> Result<Counts, Error> {
        let updated = <Self as crate::write::sealed::Answers>::read(reply)?;
        Ok(updated.partner.map_or((1, 0), |row| count(&[row])))
    }
}
