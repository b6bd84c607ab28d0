//! Partners that are made or changed (`metakocka-api.md §3.2`, `§3.3`). There is no deleting or merging.

use serde_json::{Map, Value};

use super::body::{Body, InvalidRequest};
use super::party::{length, write_person, write_place};
use super::payload::Write;
use super::replies::{StoredPartner, UpdatedPartner};
use crate::document::{ContactPerson, PostalAddress};
use crate::endpoint::Endpoint;
use crate::identity::MkId;
use crate::partner::AddressKind;

/// Visible codes, in characters (`metakocka-api.md §2.2`).
const COUNT_CODE: usize = 30;

/// What a partner is, beside its addresses and contacts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartnerFields {
    /// The name (`customer`), at most 100 characters.
    pub name: Option<String>,
    /// Whether it is a business.
    pub business_entity: Option<bool>,
    /// Whether it is registered for VAT.
    pub taxpayer: Option<bool>,
    /// Whether it is abroad (`foreign_county`, sic).
    pub foreign: Option<bool>,
    /// Whether it buys; `true` for customers.
    pub buyer: Option<bool>,
    /// Whether it supplies.
    pub supplier: Option<bool>,
    /// `tax_id_number`, at most 50 characters.
    pub tax_number: Option<String>,
    /// `registration_number`, at most 50 characters.
    pub registration_number: Option<String>,
    /// Fields without a place here, sent as they are.
    pub other: Map<String, Value>,
}

/// A partner to be made (`add_partner`). One is **always** made: look it up first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartnerDraft {
    /// What it is; the name is required.
    pub fields: PartnerFields,
    /// Its main address, stored as `Račun`; street, post number, town and country are required.
    pub address: PostalAddress,
    /// Its contact person.
    pub contact: Option<ContactPerson>,
    /// One more address.
    pub delivery: Option<DraftAddress>,
}

/// An address of a partner.
#[derive(Clone, Debug, PartialEq)]
pub struct DraftAddress {
    /// The row's id: with it the row is changed, without it one is added, each time anew (Q18).
    pub mk_id: Option<MkId>,
    /// What it is for.
    pub kind: AddressKind,
    /// The address; in this call the town is `city` (Q25).
    pub address: PostalAddress,
}

/// A contact person of a partner.
#[derive(Clone, Debug, PartialEq)]
pub struct ContactRow {
    /// The row's id: with it the row is changed, without it one is added, each time anew (Q18).
    pub mk_id: Option<MkId>,
    /// The address where the person is; a row that is added needs it.
    pub address_id: Option<MkId>,
    /// The person.
    pub person: ContactPerson,
}

/// How a call names a partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartnerKey {
    /// By its id.
    Id(MkId),
    /// By its visible code.
    CountCode(String),
}

/// A change of a partner (`update_partner`). What is absent stays.
#[derive(Clone, Debug, PartialEq)]
pub struct PartnerChange {
    /// The partner.
    pub partner: PartnerKey,
    /// What it becomes.
    pub fields: PartnerFields,
    /// Contact persons, changed or added.
    pub contacts: Vec<ContactRow>,
    /// Addresses, changed or added. The main address is changed through its row only.
    pub addresses: Vec<DraftAddress>,
}

impl PartnerDraft {
    /// Checks it.
    pub fn prepare(self) -> Result<Write<StoredPartner>, InvalidRequest> {
        let mut body = Body::new();
        body.object("partner", |body| self.write(body));
        body.finish(Endpoint::AddPartner)
    }

    fn write(&self, body: &mut Body) {
        self.fields.write(body);
        if self.fields.name.as_deref().is_none_or(|name| name.trim().is_empty()) {
            body.problem("customer", "this is required");
        }
        let address = &self.address;
        body.required("street", address.street.as_deref().unwrap_or_default(), length::STREET);
        write_place(address, "place", body);
        let country = address.country.as_ref().or(address.country_iso.as_ref());
        for (name, text) in [
            ("post_number", address.post_number.as_ref()),
            ("place", address.town.as_ref()),
            ("country", country),
        ] {
            if text.is_none_or(|text| text.trim().is_empty()) {
                body.problem(name, "this is required");
            }
        }
        if let Some(contact) = &self.contact {
            body.object("partner_contact", |body| write_person(contact, body));
        }
        if let Some(delivery) = &self.delivery {
            body.object("partner_delivery_address", |body| delivery.write(body));
        }
    }
}

impl PartnerChange {
    /// A change of a partner that changes nothing yet.
    pub fn of(partner: PartnerKey) -> Self {
        Self { partner, fields: PartnerFields::default(), contacts: Vec::new(), addresses: Vec::new() }
    }

    /// Checks it.
    pub fn prepare(self) -> Result<Write<UpdatedPartner>, InvalidRequest> {
        let mut body = Body::new();
        if self == Self::of(self.partner.clone()) {
            body.problem("partner", "this changes nothing");
        }
        body.object("partner", |body| self.write(body));
        body.finish(Endpoint::UpdatePartner)
    }

    fn write(&self, body: &mut Body) {
        self.fields.write(body);
        match &self.partner {
            PartnerKey::Id(id) => body.id("mk_id", Some(id)),
            PartnerKey::CountCode(code) => body.required("count_code", code, COUNT_CODE),
        }
        if !self.contacts.is_empty() {
            body.list("partner_contact_list", &self.contacts, ContactRow::write);
        }
        if !self.addresses.is_empty() {
            body.list("partner_delivery_address_list", &self.addresses, DraftAddress::write);
        }
    }
}

impl PartnerFields {
    fn write(&self, body: &mut Body) {
        body.keep(&self.other);
        for (name, flag) in [
            ("business_entity", self.business_entity),
            ("taxpayer", self.taxpayer),
            ("foreign_county", self.foreign),
            ("buyer", self.buyer),
            ("supplier", self.supplier),
        ] {
            body.flag(name, flag);
        }
        body.text("tax_id_number", self.tax_number.as_deref(), length::NUMBER);
        body.text("registration_number", self.registration_number.as_deref(), length::NUMBER);
        body.text("customer", self.name.as_deref(), length::NAME);
    }
}

impl DraftAddress {
    fn write(&self, body: &mut Body) {
        body.id("mk_id", self.mk_id.as_ref());
        body.required("address_type", &self.kind.to_string(), length::NAME);
        body.text("street", self.address.street.as_deref(), length::STREET);
        write_place(&self.address, "city", body);
    }
}

impl ContactRow {
    fn write(&self, body: &mut Body) {
        if self.mk_id.is_none() && self.address_id.is_none() {
            body.problem("mk_address_id", "a contact that is added needs its address");
        }
        body.id("mk_id", self.mk_id.as_ref());
        body.id("mk_address_id", self.address_id.as_ref());
        write_person(&self.person, body);
    }
}
