//! A contact, from what Metakocka sends (policy H).

use metakocka::{AddressKind, Partner, PartnerAddress, PartnerContact};
use sync_core::record::{AddressRow, Contact, Person, Unreadable};

use super::document::address;
use super::{row_id, tax_number};

/// Translates one partner, or says which field can't be read.
pub(crate) fn contact(from: &Partner) -> Result<Contact, Unreadable> {
    let main = from.main_address();
    let address = main.map(address_row).transpose()?;
    let country = address.as_ref().and_then(|row| row.address.country.clone());
    let deliveries: Result<Vec<AddressRow>, Unreadable> =
        from.addresses.iter().filter(|row| row.kind == AddressKind::Delivery).map(address_row).collect();
    Ok(Contact {
        name: from.name.clone().unwrap_or_default(),
        company: from.business_entity,
        taxpayer: from.taxpayer,
        buyer: from.buyer,
        supplier: from.supplier,
        tax_number: tax_number(from.tax_number.as_deref(), country.as_ref()),
        registration_number: from.registration_number.clone(),
        person: from.contacts.first().map(person).transpose()?,
        address,
        delivery_addresses: deliveries?,
        remote_code: from.count_code.clone(),
        payment_days: main.and_then(|row| row.payment_due_days).and_then(|days| u32::try_from(days).ok()),
    })
}

fn address_row(from: &PartnerAddress) -> Result<AddressRow, Unreadable> {
    Ok(AddressRow {
        row: from.mk_id.as_ref().map(|id| row_id(id.as_str(), "address")).transpose()?,
        address: address(&from.address),
    })
}

fn person(from: &PartnerContact) -> Result<Person, Unreadable> {
    Ok(Person {
        row: from.mk_id.as_ref().map(|id| row_id(id.as_str(), "person")).transpose()?,
        name: from.person.name.clone(),
        email: from.person.email.clone(),
        phone: from.person.phone.clone(),
        mobile: from.person.mobile.clone(),
    })
}
