//! Buyers and receivers as a document that is written names them (`metakocka-api.md §3.4`).

use serde_json::{Map, Value};

use super::body::Body;
use crate::document::{ContactPerson, PostalAddress};
use crate::identity::MkId;

/// Lengths in characters (`metakocka-api.md §3.2`).
pub(crate) mod length {
    pub(crate) const NAME: usize = 100;
    pub(crate) const STREET: usize = 150;
    pub(crate) const POST_NUMBER: usize = 20;
    pub(crate) const TOWN: usize = 100;
    pub(crate) const COUNTRY: usize = 50;
    pub(crate) const PROVINCE: usize = 50;
    pub(crate) const NUMBER: usize = 50;
    pub(crate) const CONTACT: usize = 255;
}

/// A buyer or receiver.
#[derive(Clone, Debug, PartialEq)]
pub enum DraftParty {
    /// A partner that is there, by its ids: the reliable form. The id alone is refused, so the address's id
    /// is part of it.
    Linked {
        /// The partner.
        mk_id: MkId,
        /// The address used.
        address_id: MkId,
        /// Its data besides. A receiver needs them: a partial one becomes the buyer or a new partner.
        details: Option<Box<InlineParty>>,
    },
    /// A partner by its data alone. **May make a new partner each time it is sent** (Q7): look it up first.
    New(Box<InlineParty>),
}

/// The data of a partner inside a document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InlineParty {
    /// The name (`customer`), at most 100 characters; required.
    pub name: String,
    /// Whether it is a business.
    pub business_entity: Option<bool>,
    /// Whether it is registered for VAT.
    pub taxpayer: Option<bool>,
    /// Whether it is abroad (`foreign_county`, sic).
    pub foreign: Option<bool>,
    /// `tax_id_number`, at most 50 characters.
    pub tax_number: Option<String>,
    /// The address. The street is required.
    pub address: PostalAddress,
    /// A contact person.
    pub contact: Option<ContactPerson>,
    /// Fields without a place here, sent as they are.
    pub other: Map<String, Value>,
}

impl DraftParty {
    /// A partner that is there.
    pub fn linked(mk_id: MkId, address_id: MkId) -> Self {
        Self::Linked { mk_id, address_id, details: None }
    }

    pub(crate) fn write(&self, body: &mut Body) {
        match self {
            Self::Linked { mk_id, address_id, details } => {
                if let Some(details) = details {
                    details.write(body);
                }
                body.id("mk_id", Some(mk_id));
                body.id("mk_address_id", Some(address_id));
            }
            Self::New(details) => details.write(body),
        }
    }

    /// Writes a receiver, which has to be complete.
    pub(crate) fn write_receiver(&self, body: &mut Body) {
        if matches!(self, Self::Linked { details: None, .. }) {
            body.problem("customer", "a receiver is sent with its name and address beside its ids");
        }
        self.write(body);
    }
}

impl InlineParty {
    fn write(&self, body: &mut Body) {
        body.keep(&self.other);
        body.flag("business_entity", self.business_entity);
        body.flag("taxpayer", self.taxpayer);
        body.flag("foreign_county", self.foreign);
        body.text("tax_id_number", self.tax_number.as_deref(), length::NUMBER);
        body.required("customer", &self.name, length::NAME);
        body.required("street", self.address.street.as_deref().unwrap_or_default(), length::STREET);
        write_place(&self.address, "place", body);
        if let Some(contact) = &self.contact {
            body.object("partner_contact", |body| write_person(contact, body));
        }
    }
}

/// The fields of an address but its street. The town's name differs (Q25).
pub(crate) fn write_place(address: &PostalAddress, town: &str, body: &mut Body) {
    body.text("street_number", address.street_number.as_deref(), length::POST_NUMBER);
    body.text("post_number", address.post_number.as_deref(), length::POST_NUMBER);
    body.text(town, address.town.as_deref(), length::TOWN);
    body.text("province", address.province.as_deref(), length::PROVINCE);
    let country = address.country.as_deref().or(address.country_iso.as_deref());
    body.text("country", country, length::COUNTRY);
}

pub(crate) fn write_person(person: &ContactPerson, body: &mut Body) {
    for (name, text) in [
        ("name", &person.name),
        ("gsm", &person.mobile),
        ("phone", &person.phone),
        ("fax", &person.fax),
        ("email", &person.email),
    ] {
        body.text(name, text.as_deref(), length::CONTACT);
    }
    if person.email.as_deref().is_some_and(|email| !email.trim().is_empty() && !email.contains('@')) {
        body.problem("email", "this is no e-mail address");
    }
}
