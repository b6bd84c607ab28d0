//! What a document carries besides its content: payments, links, the instant of issue, fiscal
//! numbers. They have a hash of their own, refresh the display and never conflict (policy H).

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::hash::hash_parts;
use super::text::{given, normalise};
use super::{ContentHash, DocumentType, ExternalId};

/// Payments, links and issue of a document; all of it comes from the remote.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DocumentExtras {
    /// What was paid so far.
    pub paid: Option<Decimal>,
    /// The day on which it was paid in full.
    pub paid_in_full_on: Option<Date>,
    /// What credit notes took off this invoice.
    pub credited: Option<Decimal>,
    /// When it was issued, as clock time in Ljubljana; absent while it is a draft
    /// (`metakocka-api.md §4.3`).
    pub issued_at: Option<DateTime>,
    /// When the goods left.
    pub shipped_on: Option<Date>,
    /// Documents that belong to it.
    pub links: Vec<LinkedDocument>,
    /// Numbers of the fiscal confirmation.
    pub fiscal: Option<FiscalNumbers>,
}

/// What the tax office gave back for an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FiscalNumbers {
    /// The issuer's protective mark.
    pub issuer_mark: Option<String>,
    /// The unique number of the invoice.
    pub unique_number: Option<String>,
}

/// A document that belongs to this one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LinkedDocument {
    /// What it is.
    pub kind: LinkKind,
    /// Its id in the remote.
    pub external_id: ExternalId,
    /// Its visible number.
    pub number: String,
}

/// What a linked document is; it decides whether this one may still be changed (policy E).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// A sales document.
    Sales(DocumentType),
    /// Goods were packed for it.
    PackingList,
    /// Anything else, by the remote's word.
    Other(String),
}

impl DocumentExtras {
    /// By value, absent for zero, links sorted: their order says nothing.
    #[must_use]
    pub fn canonical(&self) -> Self {
        let amount = |value: Option<Decimal>| value.filter(|v| !v.is_zero()).map(|v| v.normalize());
        let mut links = self.links.clone();
        for link in &mut links {
            link.number = normalise(&link.number);
        }
        links.sort();
        links.dedup();
        Self {
            paid: amount(self.paid),
            paid_in_full_on: self.paid_in_full_on,
            credited: amount(self.credited),
            issued_at: self.issued_at,
            shipped_on: self.shipped_on,
            links,
            fiscal: self
                .fiscal
                .as_ref()
                .map(FiscalNumbers::canonical)
                .filter(|f| *f != FiscalNumbers::default()),
        }
    }
}

impl FiscalNumbers {
    fn canonical(&self) -> Self {
        Self { issuer_mark: given(&self.issuer_mark), unique_number: given(&self.unique_number) }
    }
}

/// The hash of the extras; equal extras have equal hashes whatever the order of their links.
pub fn extras_hash(extras: &DocumentExtras) -> ContentHash {
    hash_parts("extras", &extras.canonical())
}
