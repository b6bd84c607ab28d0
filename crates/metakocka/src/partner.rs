//! Partners, which others call contacts (`metakocka-api.md §3`).

use std::fmt;

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::document::{ContactPerson, PostalAddress};
use crate::fields::{Fields, Read, read_text};
use crate::identity::MkId;
use crate::row::Unreadable;

/// A partner as `get_partner` returns it. Bools that the reply leaves out are `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct Partner {
    /// The id.
    pub mk_id: MkId,
    /// The visible code.
    pub count_code: Option<String>,
    /// The name (`customer`).
    pub name: Option<String>,
    /// Whether it is a business.
    pub business_entity: Option<bool>,
    /// Whether it is registered for VAT.
    pub taxpayer: Option<bool>,
    /// Whether it is abroad (`foreign_county`, sic).
    pub foreign: Option<bool>,
    /// Whether it buys.
    pub buyer: Option<bool>,
    /// Whether it supplies.
    pub supplier: Option<bool>,
    /// `tax_id_number`, with or without `SI`.
    pub tax_number: Option<String>,
    /// `registration_number`.
    pub registration_number: Option<String>,
    /// Contact persons (`partner_contact_list`).
    pub contacts: Vec<PartnerContact>,
    /// Addresses (`partner_delivery_address_list`); the first [`AddressKind::Main`] is the main one.
    pub addresses: Vec<PartnerAddress>,
    /// Discounts by category; Metakocka does not apply them to documents made by the API (Q27).
    pub discounts: Vec<PartnerDiscount>,
    /// Every other field, as received.
    pub other: Map<String, Value>,
}

/// A contact person of a partner.
#[derive(Clone, Debug, PartialEq)]
pub struct PartnerContact {
    /// The row's id.
    pub mk_id: Option<MkId>,
    /// The id of the address where the person is (`mk_address_id`).
    pub address_id: Option<MkId>,
    /// That address's street (`contact_address`).
    pub address: Option<String>,
    /// The person.
    pub person: ContactPerson,
    /// Every other field, as received.
    pub other: Map<String, Value>,
}

/// An address of a partner.
#[derive(Clone, Debug, PartialEq)]
pub struct PartnerAddress {
    /// The row's id.
    pub mk_id: Option<MkId>,
    /// What it is for (`address_type`).
    pub kind: AddressKind,
    /// The address; the town is `city` in this reply (Q25).
    pub address: PostalAddress,
    /// Days until payments are due.
    pub payment_due_days: Option<u64>,
    /// The language's name, in Slovenian.
    pub language: Option<String>,
    /// The currency's ISO code.
    pub currency: Option<String>,
    /// Every other field, as received.
    pub other: Map<String, Value>,
}

/// What an address is for (`metakocka-api.md §3.1`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AddressKind {
    /// `Račun`: where bills go.
    Main,
    /// `Dobava`: where goods go.
    Delivery,
    /// `Poslovna enota`: a business unit.
    BusinessUnit,
    /// Another word, or none.
    Other(String),
}

/// A discount that a partner has on categories of products.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartnerDiscount {
    /// The categories' names.
    pub categories: Vec<String>,
    /// Percent.
    pub percent: Decimal,
}

impl Partner {
    /// Reads a partner from the JSON that an earlier call brought ([`crate::Record::raw`]).
    pub fn from_json(json: &str) -> Result<Self, Box<Unreadable>> {
        read_text(json, Self::read)
    }

    pub(crate) fn read(mut f: Fields<'_>) -> Read<Self> {
        Ok(Self {
            mk_id: f.required_id("mk_id")?,
            count_code: f.text("count_code")?,
            name: f.text("customer")?,
            business_entity: f.flag("business_entity")?,
            taxpayer: f.flag("taxpayer")?,
            foreign: f.flag("foreign_county")?,
            buyer: f.flag("buyer")?,
            supplier: f.flag("supplier")?,
            tax_number: f.text("tax_id_number")?,
            registration_number: f.text("registration_number")?,
            contacts: f.list("partner_contact_list", PartnerContact::read)?,
            addresses: f.list("partner_delivery_address_list", PartnerAddress::read)?,
            discounts: f.list("discounts", PartnerDiscount::read)?,
            other: f.rest(),
        })
    }

    /// The address where bills go: the first `Račun`.
    pub fn main_address(&self) -> Option<&PartnerAddress> {
        self.addresses.iter().find(|address| address.kind == AddressKind::Main)
    }
}

impl PartnerContact {
    fn read(mut f: Fields<'_>) -> Read<Self> {
        Ok(Self {
            mk_id: f.id("mk_id")?,
            address_id: f.id("mk_address_id")?,
            address: f.text("contact_address")?,
            person: ContactPerson::read(&mut f)?,
            other: f.rest(),
        })
    }
}

impl PartnerAddress {
    fn read(mut f: Fields<'_>) -> Read<Self> {
        Ok(Self {
            mk_id: f.id("mk_id")?,
            kind: AddressKind::new(f.text("address_type")?.unwrap_or_default()),
            address: PostalAddress::read(&mut f, "city")?,
            payment_due_days: f.count("payment_due_days")?,
            language: f.text("language")?,
            currency: f.text("currency")?,
            other: f.rest(),
        })
    }
}

impl AddressKind {
    fn new(word: String) -> Self {
        match word.as_str() {
            "Račun" => Self::Main,
            "Dobava" => Self::Delivery,
            "Poslovna enota" => Self::BusinessUnit,
            _ => Self::Other(word),
        }
    }
}

impl fmt::Display for AddressKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Main => "Račun",
            Self::Delivery => "Dobava",
            Self::BusinessUnit => "Poslovna enota",
            Self::Other(word) => word,
        })
    }
}

impl PartnerDiscount {
    fn read(mut f: Fields<'_>) -> Read<Self> {
        Ok(Self { categories: f.texts("categories")?, percent: f.decimal_or_zero("discount_percent")? })
    }
}
