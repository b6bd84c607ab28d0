//! Reading replies without a connection, for the fuzzer: the same functions that a call ends in. Not part of
//! the crate's interface; there only with the feature `fuzz`.

use std::fmt::{self, Write as _};

use super::answer_without;
use super::documents::{read_one, read_page};
use super::files::TrackedOrder;
use super::lists::{PARTNERS, PRODUCTS, STOCK, WAREHOUSES, read_list};
use crate::document::{Document, DocumentType};
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::http::Received;
use crate::partner::Partner;
use crate::product::Product;
use crate::reply::{Reply, unexpected};
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

/// What reading a reply said: every error and refusal, and on demand what was read from it.
struct Told {
    everything: bool,
    text: String,
}

impl Told {
    fn always(&mut self, said: impl fmt::Debug) {
        // Writing into a text does not fail.
        let _ = write!(self.text, "{said:?} ");
    }

    fn typed(&mut self, read: impl fmt::Debug) {
        if self.everything {
            self.always(read);
        }
    }

    fn error(&mut self, error: &Error) {
        let _ = write!(self.text, "{error} {error:?} {:?} {:?} ", error.next(), error.status());
    }

    fn rows<T: fmt::Debug>(&mut self, rows: &[Row<T>]) -> Counts {
        self.typed(rows);
        let read = rows.iter().filter(|row| row.read().is_some()).count();
        (read, rows.len() - read)
    }
}

/// Reads a reply's bytes as they would be read when they had come, and tells what an error or a refusal
/// shows; with `everything` also what was read, in its debug form.
pub fn read(
    kind: ReplyKind,
    status: u16,
    body: &[u8],
    key: &SecretKey,
    everything: bool,
) -> (Reached, String) {
    let mut told = Told { everything, text: String::new() };
    let received = Received { status, retry_after: None, says_json: true, body: body.to_vec() };
    let reached = read_received(kind, received, key, &mut told).unwrap_or_else(|error| {
        told.error(&error);
        Reached::Error(error.kind())
    });
    (reached, told.text)
}

fn read_received(
    kind: ReplyKind,
    received: Received,
    key: &SecretKey,
    told: &mut Told,
) -> Result<Reached, Error> {
    let endpoint = kind.endpoint();
    let answer = answer_without(key, endpoint, received)?;
    let counts = if endpoint.is_write() {
        match answer.open_write() {
            Err(Error::Refused { reply, .. }) => {
                let refusal = Box::new(Refusal::read(endpoint, *reply, &answer.text));
                told.error(&Error::PartlyRefused { endpoint, refusal });
                return Ok(Reached::Refusal);
            }
            opened => kind.read_write(opened?, told)?,
        }
    } else {
        kind.read(answer.open()?, told)?
    };
    Ok(match counts {
        (0, unreadable) => Reached::NoRecord { unreadable },
        (read, unreadable) => Reached::Typed { read, unreadable },
    })
}

/// Records read and unreadable.
type Counts = (usize, usize);

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

    fn read(self, reply: Reply<'_>, told: &mut Told) -> Result<Counts, Error> {
        let limit = ListLimit::MAX;
        let (endpoint, status) = (reply.endpoint, reply.status);
        let named = |error| unexpected(endpoint, status, error);
        Ok(match self {
            Self::Documents(kind) => {
                told.rows(&read_page(reply, 0, "result", |fields| Document::read(kind, fields))?.rows)
            }
            Self::Short => told.rows(&read_page(reply, 0, "result", ShortRow::read)?.rows),
            Self::FoundProducts => told.rows(&read_page(reply, 0, "result_product", Product::read)?.rows),
            Self::Document(kind) => match read_one(&reply, kind, |_| true)? {
                Some(row) => told.rows(&[row]),
                None => (0, 0),
            },
            Self::Partners => told.rows(&read_list(reply, PARTNERS, 0, limit, Partner::read)?.rows),
            Self::Products => told.rows(&read_list(reply, PRODUCTS, 0, limit, Product::read)?.rows),
            Self::Warehouses => told.rows(&read_list(reply, WAREHOUSES, 0, limit, Warehouse::read)?.rows),
            Self::Stock => told.rows(&read_list(reply, STOCK, 0, limit, StockLevel::read)?.rows),
            Self::Filters => {
                let catalogue = FilterCatalogue::read(reply.fields).map_err(named)?;
                told.typed(&catalogue);
                (catalogue.iter().count(), 0)
            }
            _ => {
                told.typed(TrackedOrder::read(reply.fields).map_err(named)?);
                (1, 0)
            }
        })
    }

    fn read_write(self, reply: Reply<'_>, told: &mut Told) -> Result<Counts, Error> {
        fn one<R: WriteReply + fmt::Debug>(reply: Reply<'_>, told: &mut Told) -> Result<Counts, Error> {
            told.typed(R::read(reply)?);
            Ok((1, 0))
        }
        match self {
            Self::StoredDocument => one::<StoredDocument>(reply, told),
            Self::StoredPartner => one::<StoredPartner>(reply, told),
            Self::StoredProduct => one::<StoredProduct>(reply, told),
            Self::UpdatedPartner => {
                let updated = <UpdatedPartner as crate::write::sealed::Answers>::read(reply)?;
                Ok(updated.partner.map_or((1, 0), |row| told.rows(&[row])))
            }
            _ => one::<Accepted>(reply, told),
        }
    }
}
