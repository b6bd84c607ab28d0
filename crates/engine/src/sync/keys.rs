//! Matching keys and stored fields of contacts and products, from their canonical form.

use sync_core::record::text::fold;
use sync_core::record::{Contact, Product};

use crate::store::contacts::ContactFields;
use crate::store::products::ProductFields;

pub(super) use crate::store::matching::ContactKeys;

/// What a contact is recognised by (policy F): tax number of one country, e-mail, name with street and post number.
pub(super) fn contact(contact: &Contact) -> ContactKeys {
    let address = contact.address.as_ref().map(|row| &row.address);
    let place = address.and_then(|address| Some((address.street.as_ref()?, address.post_number.as_ref()?)));
    ContactKeys {
        tax: contact
            .tax_number
            .as_ref()
            .filter(|number| number.is_valid())
            .map(|number| format!("{}{}", number.country().as_str(), number.number())),
        email: contact.person.as_ref().and_then(|person| person.email.as_deref()).map(fold),
        address: place
            .map(|(street, post)| format!("{}|{}|{}", fold(&contact.name), fold(street), fold(post))),
    }
}

/// What a product is recognised by: its code.
pub(super) fn product(product: &Product) -> String {
    fold(&product.code)
}

/// The columns of a contact.
pub(super) fn contact_fields(contact: &Contact, keys: ContactKeys) -> ContactFields {
    let address = contact.address.as_ref();
    ContactFields {
        name: contact.name.clone(),
        is_company: contact.company.unwrap_or(false),
        taxpayer: contact.taxpayer.unwrap_or(false),
        tax_number: contact.tax_number.as_ref().map(|number| number.number().to_owned()),
        person: json(&contact.person),
        address: json(&contact.address),
        deliveries: json(&contact.delivery_addresses),
        country: contact.country().map(|country| country.as_str().to_owned()),
        city: address.and_then(|row| row.address.place.clone()),
        email: contact.person.as_ref().and_then(|person| person.email.clone()),
        remote_code: contact.remote_code.clone(),
        payment_days: contact.payment_days.map(i64::from),
        match_tax: keys.tax,
        match_email: keys.email,
        match_address: keys.address,
    }
}

/// The columns of a product.
pub(super) fn product_fields(product: &Product, match_code: String) -> ProductFields {
    ProductFields {
        code: product.code.clone(),
        name: product.name.clone(),
        description: product.description.clone().unwrap_or_default(),
        unit: product.unit.clone().unwrap_or_default(),
        barcode: product.barcode.clone().unwrap_or_default(),
        service: product.service,
        sold: product.sold,
        active: product.active,
        remote_code: product.remote_code.clone(),
        match_code,
    }
}

/// Records are plain structs and always serialise.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}
