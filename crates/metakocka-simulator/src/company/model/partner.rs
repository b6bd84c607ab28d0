//! Partners: addresses, contacts, and what Metakocka knows of them (`metakocka-api.md` §3).

use super::MkId;
use crate::company::country::Country;
use serde::{Deserialize, Serialize};

/// A postal address of a partner; the first of type `Račun` is the main one (§3.1).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Address {
    pub(crate) id: MkId,
    pub(crate) kind: AddressKind,
    pub(crate) street: String,
    pub(crate) post_number: String,
    pub(crate) city: String,
    pub(crate) province: Option<String>,
    pub(crate) country: Country,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum AddressKind {
    Billing,
    Delivery,
    Branch,
}

impl AddressKind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Billing => "Račun",
            Self::Delivery => "Dobava",
            Self::Branch => "Poslovna enota",
        }
    }

    pub(crate) fn of_name(name: &str) -> Option<Self> {
        [Self::Billing, Self::Delivery, Self::Branch].into_iter().find(|kind| kind.name() == name)
    }
}

/// A contact person of a partner.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Contact {
    pub(crate) id: MkId,
    pub(crate) address: MkId,
    pub(crate) name: String,
    pub(crate) phone: Option<String>,
    pub(crate) gsm: Option<String>,
    pub(crate) fax: Option<String>,
    pub(crate) email: Option<String>,
}

/// A business partner.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "Metakocka's partner has these independent switches")]
pub(crate) struct Partner {
    pub(crate) id: MkId,
    pub(crate) number: String,
    pub(crate) name: String,
    pub(crate) business: bool,
    pub(crate) taxpayer: bool,
    pub(crate) foreign: bool,
    /// `None`: Metakocka leaves the field out, as most samples do (§3.1).
    pub(crate) buyer: Option<bool>,
    pub(crate) supplier: bool,
    pub(crate) registration_number: Option<String>,
    pub(crate) tax_number: Option<String>,
    pub(crate) payment_days: u32,
    pub(crate) addresses: Vec<Address>,
    pub(crate) contacts: Vec<Contact>,
}

impl Contact {
    /// A person of whom only the name is known.
    pub(crate) const fn blank(id: MkId, address: MkId, name: String) -> Self {
        Self { id, address, name, phone: None, gsm: None, fax: None, email: None }
    }
}

impl Partner {
    /// A partner of whom only the name is known.
    pub(crate) const fn blank(id: MkId, number: String, name: String) -> Self {
        Self {
            id,
            number,
            name,
            business: false,
            taxpayer: false,
            foreign: false,
            buyer: None,
            supplier: false,
            registration_number: None,
            tax_number: None,
            payment_days: 15,
            addresses: Vec::new(),
            contacts: Vec::new(),
        }
    }

    pub(crate) fn address(&self, id: MkId) -> Option<&Address> {
        self.addresses.iter().find(|address| address.id == id)
    }

    pub(crate) fn main_address(&self) -> Option<&Address> {
        self.addresses.iter().find(|a| a.kind == AddressKind::Billing).or(self.addresses.first())
    }
}
