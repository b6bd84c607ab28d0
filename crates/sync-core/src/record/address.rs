//! Addresses, people and the parties of a document.

use serde::{Deserialize, Serialize};

use super::text::given;
use super::{CountryCode, ExternalId, RowId, TaxNumber};

/// A postal address: one field when it is compared (policy C).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    /// Street with number.
    pub street: Option<String>,
    /// Post number.
    pub post_number: Option<String>,
    /// Town.
    pub place: Option<String>,
    /// Province or state.
    pub province: Option<String>,
    /// Country, when its name is known to us.
    pub country: Option<CountryCode>,
    /// The country as written, when its name is not known to us.
    pub country_name: Option<String>,
}

impl Address {
    /// Trimmed, with absent for empty, the country by its code where it is known.
    #[must_use]
    pub fn canonical(&self) -> Self {
        Self {
            street: given(&self.street),
            post_number: given(&self.post_number),
            place: given(&self.place),
            province: given(&self.province),
            country: self.country.clone(),
            country_name: if self.country.is_some() { None } else { given(&self.country_name) },
        }
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.canonical() == Self::default()
    }
}

/// An address that is a row of a contact in the remote.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AddressRow {
    /// The remote's id of the row; absent until it has one.
    pub row: Option<RowId>,
    /// The address.
    pub address: Address,
}

impl AddressRow {
    pub(super) fn canonical(&self) -> Self {
        Self { row: None, address: self.address.canonical() }
    }
}

/// A person at a contact: one field when it is compared (policy C).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Person {
    /// The remote's id of the row; absent until it has one.
    pub row: Option<RowId>,
    /// Name.
    pub name: Option<String>,
    /// E-mail.
    pub email: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// Mobile phone.
    pub mobile: Option<String>,
}

impl Person {
    /// Trimmed, without the id of its row; absent when nothing is known.
    pub(super) fn canonical(&self) -> Option<Self> {
        let person = Self {
            row: None,
            name: given(&self.name),
            email: given(&self.email),
            phone: given(&self.phone),
            mobile: given(&self.mobile),
        };
        (person != Self::default()).then_some(person)
    }
}

/// A customer or receiver as a document shows it. It is as old as the document and never changes a
/// contact (policy H).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Party {
    /// The contact in the remote.
    pub external_id: Option<ExternalId>,
    /// Which of its addresses.
    pub address_id: Option<RowId>,
    /// Its visible code there.
    pub remote_code: Option<String>,
    /// Name.
    pub name: String,
    /// Tax number.
    pub tax_number: Option<TaxNumber>,
    /// Address.
    pub address: Address,
    /// Person to turn to.
    pub person: Option<Person>,
}

impl Party {
    /// Whether both name one contact at one address: equal as they are compared, or the same contact and one of them
    /// does not say which row its address is, but writes no other address.
    pub fn is_same(&self, other: &Self) -> bool {
        if self.canonical() == other.canonical() {
            return true;
        }
        let one_contact = self.external_id.is_some() && self.external_id == other.external_id;
        let says_no_other = |one: &Self, two: &Self| {
            one.address_id.is_none()
                && (one.address.is_empty() || one.address.canonical() == two.address.canonical())
        };
        one_contact && (says_no_other(self, other) || says_no_other(other, self))
    }

    /// By its ids where it has both, else by what is written.
    #[must_use]
    pub fn canonical(&self) -> Self {
        if self.external_id.is_some() && self.address_id.is_some() {
            return Self {
                external_id: self.external_id.clone(),
                address_id: self.address_id.clone(),
                ..Self::default()
            };
        }
        Self {
            external_id: self.external_id.clone(),
            address_id: None,
            remote_code: None,
            name: super::text::normalise(&self.name),
            tax_number: self.tax_number.clone(),
            address: self.address.canonical(),
            person: self.person.as_ref().and_then(Person::canonical),
        }
    }
}
