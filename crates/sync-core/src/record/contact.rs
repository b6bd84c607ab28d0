//! A contact: a customer or supplier.

use serde::{Deserialize, Serialize};

use super::text::{given, normalise};
use super::{AddressRow, Canonical, CountryCode, Person, RecordKind, TaxNumber, Unreadable};

/// A customer or supplier, the fields of policy H.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    /// Name of the company, or first and last name joined.
    pub name: String,
    /// A company and not a person; absent where the remote does not say.
    pub company: Option<bool>,
    /// Pays VAT.
    pub taxpayer: Option<bool>,
    /// Buys from us. Compared only once the remote has told it.
    pub buyer: Option<bool>,
    /// Sells to us. Compared only once the remote has told it.
    pub supplier: Option<bool>,
    /// Tax number.
    pub tax_number: Option<TaxNumber>,
    /// Registration number of the company. Compared only once the remote has told it.
    pub registration_number: Option<String>,
    /// The person that is bound to this contact; the others stay in the remote.
    pub person: Option<Person>,
    /// The main address.
    pub address: Option<AddressRow>,
    /// Where goods go.
    pub delivery_addresses: Vec<AddressRow>,
    /// The remote's visible code.
    pub remote_code: Option<String>,
    /// Days to pay; from the remote.
    pub payment_days: Option<u32>,
}

impl Contact {
    /// The country of the main address.
    pub fn country(&self) -> Option<&CountryCode> {
        self.address.as_ref().and_then(|row| row.address.country.as_ref())
    }
}

impl Canonical for Contact {
    const KIND: RecordKind = RecordKind::Contact;

    fn canonical(&self) -> Self {
        let mut delivery: Vec<AddressRow> = self
            .delivery_addresses
            .iter()
            .map(AddressRow::canonical)
            .filter(|row| *row != AddressRow::default())
            .collect();
        delivery.sort_by_cached_key(|row| format!("{:?}", row.address));
        Self {
            name: normalise(&self.name),
            company: self.company,
            taxpayer: self.taxpayer,
            buyer: self.buyer,
            supplier: self.supplier,
            tax_number: self.tax_number.clone(),
            registration_number: given(&self.registration_number),
            person: self.person.as_ref().and_then(Person::canonical),
            address: self.address.as_ref().map(AddressRow::canonical).filter(|r| *r != AddressRow::default()),
            delivery_addresses: delivery,
            remote_code: given(&self.remote_code),
            payment_days: self.payment_days.filter(|days| *days > 0),
        }
    }

    fn check(&self) -> Result<(), Unreadable> {
        if normalise(&self.name).is_empty() {
            return Err(Unreadable::new("name", "the contact has no name"));
        }
        Ok(())
    }
}
