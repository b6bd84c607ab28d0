//! A contact or a product that is to be made in Metakocka.

use metakocka::{AddressKind, DraftAddress, PartnerDraft, PartnerFields, ProductDraft, ProductFields};
use sync_core::intent::{Before, Lookup, Target};
use sync_core::record::text::{given, normalise};
use sync_core::record::{AddressRow, Contact, ExternalId, Product};
use sync_core::validate::{Problem, contact_problems, product_problems};

use super::request::Request;
use super::{Prepared, Sent, SentRecord, words};
use crate::sync::sendable::LIMITS;
use crate::sync::translate::spell;

/// A contact to be made; `known` are the records of which it was planned that none is it. Metakocka makes one whatever
/// is there (`metakocka-api.md §3.2`), with one delivery address: further ones are added by a change.
pub(in crate::sync) fn create_contact(
    contact: &Contact,
    known: Vec<ExternalId>,
) -> Result<Prepared, Vec<String>> {
    problems(&contact_problems(contact, &LIMITS))?;
    let one_delivery: Vec<AddressRow> = contact.delivery_addresses.first().cloned().into_iter().collect();
    let record = Contact { delivery_addresses: one_delivery, ..contact.clone() };
    let write = draft(&record).prepare().map_err(|error| words::invalid(&error))?;
    Ok(Prepared {
        request: Request::Contact(write),
        target: Target::Create { lookup: Lookup::contact(&record), before: Before::Look { known } },
        sent: Sent::created(SentRecord::Contact(Box::new(record)), &[]),
    })
}

fn draft(contact: &Contact) -> PartnerDraft {
    let delivery = contact.delivery_addresses.first().map(|row| DraftAddress {
        mk_id: None,
        kind: AddressKind::Delivery,
        address: spell::postal(&row.address),
    });
    PartnerDraft {
        fields: PartnerFields {
            name: Some(normalise(&contact.name)),
            business_entity: contact.company,
            taxpayer: contact.taxpayer,
            foreign: contact.country().map(|country| !country.is_slovenia()),
            // Who is not said to be a supplier only is a customer (`metakocka-api.md §3.2`).
            buyer: Some(contact.buyer.unwrap_or(true)),
            supplier: contact.supplier,
            tax_number: spell::tax_number(contact),
            registration_number: given(&contact.registration_number),
            ..PartnerFields::default()
        },
        address: contact.address.as_ref().map(|row| spell::postal(&row.address)).unwrap_or_default(),
        contact: contact.person.as_ref().map(spell::person),
        delivery,
    }
}

/// A product to be made; `known` are the records of which it was planned that none is it. Another one with its code is
/// no obstacle to Metakocka (`metakocka-api.md §2.3`).
pub(in crate::sync) fn create_product(
    product: &Product,
    known: Vec<ExternalId>,
) -> Result<Prepared, Vec<String>> {
    problems(&product_problems(product, &LIMITS))?;
    let draft = ProductDraft {
        code: normalise(&product.code),
        count_code: None,
        name: normalise(&product.name),
        unit: given(&product.unit).unwrap_or_default(),
        fields: ProductFields {
            name_desc: spell::given_lines(product.description.as_deref()),
            barcode: given(&product.barcode),
            service: Some(product.service),
            sales: Some(product.sold),
            activated: Some(product.active),
            ..ProductFields::default()
        },
    };
    let write = draft.prepare().map_err(|error| words::invalid(&error))?;
    Ok(Prepared {
        request: Request::Product(write),
        target: Target::Create { lookup: Lookup::product(product), before: Before::Look { known } },
        sent: Sent::created(SentRecord::Product(Box::new(product.clone())), &[]),
    })
}

fn problems(problems: &[Problem]) -> Result<(), Vec<String>> {
    if problems.is_empty() { Ok(()) } else { Err(problems.iter().map(words::problem).collect()) }
}
