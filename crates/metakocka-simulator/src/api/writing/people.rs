//! The partner and the receiver of a document (`metakocka-api.md` §3.4): by ids the reliable way, by data
//! a new partner each time.

use super::{id, required_text, text};
use crate::api::params::{Params, required, wrong_form};
use crate::api::{Call, MkError};
use crate::company::{Address, AddressKind, Company, Contact, Country, MkId, Partner, PartnerRef};
use crate::quirks::Quirk;

/// Longest texts of a partner, characters (§3.2).
pub(in crate::api) const NAME: usize = 100;
pub(in crate::api) const STREET: usize = 150;
pub(in crate::api) const POST_NUMBER: usize = 20;
pub(in crate::api) const PLACE: usize = 100;
pub(in crate::api) const COUNTRY: usize = 50;
pub(in crate::api) const NUMBERS: usize = 50;
pub(in crate::api) const CONTACT: usize = 255;

/// Who a request names, before anything is stored.
pub(in crate::api) enum Who {
    Known(PartnerRef),
    /// Ids of the address are given when the partner is made.
    New(Box<NewPartner>),
}

/// The data of a partner that does not exist yet.
pub(in crate::api) struct NewPartner {
    partner: Partner,
    address: AddressData,
    contact: Option<ContactData>,
}

/// The data of an address.
#[derive(Clone)]
pub(in crate::api) struct AddressData {
    pub(in crate::api) street: String,
    pub(in crate::api) post_number: String,
    pub(in crate::api) city: String,
    pub(in crate::api) province: Option<String>,
    pub(in crate::api) country: Country,
}

impl AddressData {
    /// Reads an address whose town is under the key `city_key` (Q25).
    pub(in crate::api) fn parse(params: &Params, city_key: &str, call: Call<'_>) -> Result<Self, MkError> {
        Ok(Self {
            street: required_text(params, "street", STREET, call)?,
            post_number: required_text(params, "post_number", POST_NUMBER, call)?,
            city: required_text(params, city_key, PLACE, call)?,
            province: super::limited(params, "province", NUMBERS, call)?,
            country: country(&required_text(params, "country", COUNTRY, call)?)?,
        })
    }

    pub(in crate::api) fn into_address(self, id: MkId, kind: AddressKind) -> Address {
        let Self { street, post_number, city, province, country } = self;
        Address { id, kind, street, post_number, city, province, country }
    }
}

pub(in crate::api) fn country(text: &str) -> Result<Country, MkError> {
    Country::of_text(text).ok_or_else(|| wrong_form("country"))
}

/// The data of a person.
pub(in crate::api) struct ContactData {
    pub(in crate::api) name: Option<String>,
    pub(in crate::api) phone: Option<String>,
    pub(in crate::api) gsm: Option<String>,
    pub(in crate::api) fax: Option<String>,
    pub(in crate::api) email: Option<String>,
}

impl ContactData {
    pub(in crate::api) fn parse(params: &Params, call: Call<'_>) -> Result<Self, MkError> {
        let field = |key: &str| super::limited(params, key, CONTACT, call);
        Ok(Self {
            // The sample writes `name`, the table `contact` (§3.2).
            name: field("name")?.or(field("contact")?),
            phone: field("phone")?,
            gsm: field("gsm")?,
            fax: field("fax")?,
            email: field("email")?,
        })
    }

    pub(in crate::api) fn into_contact(self, id: MkId, address: MkId) -> Contact {
        let Self { name, phone, gsm, fax, email } = self;
        Contact { id, address, name: name.unwrap_or_default(), phone, gsm, fax, email }
    }

    pub(in crate::api) fn is_same(&self, contact: &Contact) -> bool {
        self.name.as_ref().is_none_or(|name| *name == contact.name)
            && (self.email.is_none() || self.email == contact.email)
            && (self.gsm.is_none() || self.gsm == contact.gsm)
    }
}

/// The `partner` of a document.
pub(in crate::api) fn partner(company: &Company, params: &Params, call: Call<'_>) -> Result<Who, MkError> {
    let missing = || MkError::parameter("Partner data are missing");
    let data = params.object("partner").ok_or_else(missing)?;
    who(company, &data, call)
}

/// The `receiver`: left out it is the buyer at its delivery address, as in §10; a partial one is the buyer
/// too (§3.4).
pub(in crate::api) fn receiver(
    company: &Company,
    params: &Params,
    buyer: PartnerRef,
    call: Call<'_>,
) -> Result<Who, MkError> {
    let Some(data) = params.object("receiver") else { return Ok(Who::Known(delivered(company, buyer))) };
    let ids = id(&data, "mk_id")?.is_some() && id(&data, "mk_address_id")?.is_some();
    let whole = text(&data, "customer")?.is_some() && text(&data, "street")?.is_some();
    if ids || whole { who(company, &data, call) } else { Ok(Who::Known(delivered(company, buyer))) }
}

/// The buyer where its goods go, with the person to ask for.
fn delivered(company: &Company, buyer: PartnerRef) -> PartnerRef {
    let Some(partner) = company.partner(buyer.partner) else { return buyer };
    let delivery = partner.addresses.iter().find(|address| address.kind == AddressKind::Delivery);
    let address = delivery.map_or(buyer.address, |address| address.id);
    PartnerRef { address, contact: partner.contacts.first().map(|contact| contact.id), ..buyer }
}

pub(in crate::api) fn who(company: &Company, data: &Params, call: Call<'_>) -> Result<Who, MkError> {
    let by_id = id(data, "mk_id")?;
    let number = text(data, "count_code")?;
    if by_id.is_none() && number.is_none() {
        return new_or_matched(company, data, call);
    }
    // The old partner wins over whatever else is sent.
    let known = match (by_id, &number) {
        (Some(id), _) => company.partner(id),
        (None, Some(number)) => company.partners.iter().find(|partner| partner.number == *number),
        (None, None) => None,
    };
    let known = known.ok_or_else(|| MkError::parameter("No partner with such properties."))?;
    let address = address_of(known, data, call)?;
    let contact = contact_of(known, data, call)?;
    Ok(Who::Known(PartnerRef { partner: known.id, address, contact }))
}

/// By id, else by the street that was sent; the partner alone does not say where (Q7).
fn address_of(partner: &Partner, data: &Params, call: Call<'_>) -> Result<MkId, MkError> {
    if let Some(id) = id(data, "mk_address_id")? {
        let known = partner.address(id).map(|address| address.id);
        return known
            .ok_or_else(|| MkError::parameter(format!("Cannot find partner address with id = {id}")));
    }
    let main = partner.main_address().map(|address| address.id);
    let street = text(data, "street")?;
    if let (Some(_), Some(street)) = (text(data, "customer")?, street) {
        let same = partner.addresses.iter().find(|address| address.street == street);
        return same.map(|address| address.id).or(main).ok_or_else(|| required("mk_address_id"));
    }
    if !call.quirks.hold(Quirk::PartnerNeedsAddress) {
        return main.ok_or_else(|| required("mk_address_id"));
    }
    Err(MkError::parameter(
        "mk_address_id or customer and street must be set for partner address identification",
    ))
}

fn contact_of(partner: &Partner, data: &Params, call: Call<'_>) -> Result<Option<MkId>, MkError> {
    let Some(sent) = data.object("partner_contact") else { return Ok(None) };
    let sent = ContactData::parse(&sent, call)?;
    Ok(partner.contacts.iter().find(|contact| sent.is_same(contact)).map(|contact| contact.id))
}

/// Always a new partner (§9), unless the settings say that the tax number is compared.
fn new_or_matched(company: &Company, data: &Params, call: Call<'_>) -> Result<Who, MkError> {
    let new = NewPartner::parse(data, call)?;
    let matching = call.settings.match_partners_by_tax_number || !call.quirks.hold(Quirk::PartnerDataInserts);
    let same = |partner: &&Partner| match (&partner.tax_number, &new.partner.tax_number) {
        (Some(known), Some(sent)) => known == sent,
        _ => !call.quirks.hold(Quirk::PartnerDataInserts) && partner.name == new.partner.name,
    };
    let known = company.partners.iter().filter(|_| matching).find(same);
    let reference = known.and_then(|partner| {
        Some(PartnerRef { partner: partner.id, address: partner.main_address()?.id, contact: None })
    });
    Ok(reference.map_or_else(|| Who::New(Box::new(new)), Who::Known))
}

impl NewPartner {
    /// Reads the fields of a partner as documents and `add_partner` have them.
    pub(in crate::api) fn parse(data: &Params, call: Call<'_>) -> Result<Self, MkError> {
        let name = required_text(data, "customer", NAME, call)?;
        let mut partner = Partner::blank(MkId(0), String::new(), name);
        partner.business = super::flag(data, "business_entity")?.unwrap_or(false);
        partner.taxpayer = super::flag(data, "taxpayer")?.unwrap_or(false);
        partner.foreign = super::flag(data, "foreign_county")?.unwrap_or(false);
        partner.supplier = super::flag(data, "supplier")?.unwrap_or(false);
        super::flag(data, "buyer")?;
        partner.tax_number = super::limited(data, "tax_id_number", NUMBERS, call)?;
        partner.registration_number = super::limited(data, "registration_number", NUMBERS, call)?;
        let contact =
            data.object("partner_contact").map(|data| ContactData::parse(&data, call)).transpose()?;
        Ok(Self { partner, address: AddressData::parse(data, "place", call)?, contact })
    }

    /// Stores the partner: its own id first, then that of its address, then that of its person.
    pub(in crate::api) fn store(self, company: &mut Company) -> PartnerRef {
        let Self { mut partner, address, contact } = self;
        partner.id = company.next_partner_id();
        partner.number = company.next_partner_number();
        let address = address.into_address(company.next_partner_id(), AddressKind::Billing);
        let contact = contact.map(|data| data.into_contact(company.next_partner_id(), address.id));
        let contact_id = contact.as_ref().map(|contact| contact.id);
        let reference = PartnerRef { partner: partner.id, address: address.id, contact: contact_id };
        partner.addresses.push(address);
        partner.contacts.extend(contact);
        company.partners.push(partner);
        reference
    }
}

impl Who {
    /// Makes the partner if it is new.
    pub(in crate::api) fn store(self, company: &mut Company) -> PartnerRef {
        match self {
            Self::Known(reference) => reference,
            Self::New(new) => new.store(company),
        }
    }
}
