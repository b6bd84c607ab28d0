//! `add_partner` (`metakocka-api.md` §3.2): always inserts, whatever is known already.

use super::json_text::JsonText;
use super::params::{Params, required};
use super::writing::people::{AddressData, NewPartner};
use super::writing::text;
use super::{Call, MkError};
use crate::company::{AddressKind, Company, Partner};
use crate::quirks::Quirk;

pub(super) fn answer(company: &mut Company, params: &Params, call: Call<'_>) -> Result<String, MkError> {
    let data = params.object("partner").ok_or_else(|| required("partner"))?;
    let new = NewPartner::parse(&data, call)?;
    let delivery = match data.object("partner_delivery_address") {
        Some(row) => Some((address_kind(&row)?, AddressData::parse(&row, "city", call)?)),
        None => None,
    };
    let who = new.store(company);
    if let Some((kind, address)) = delivery {
        let address = address.into_address(company.next_partner_id(), kind);
        if let Some(partner) = company.partner_mut(who.partner) {
            partner.addresses.push(address);
        }
    }
    let partner =
        company.partner(who.partner).ok_or_else(|| MkError::internal("Unknown internal server error"))?;
    Ok(reply(partner, call))
}

/// The kind of an address; a delivery address when nothing is said.
pub(super) fn address_kind(row: &Params) -> Result<AddressKind, MkError> {
    let Some(name) = text(row, "address_type")? else { return Ok(AddressKind::Delivery) };
    let valid = "Račun,Dobava,Poslovna enota";
    AddressKind::of_name(&name).ok_or_else(|| super::writing::invalid_value("address_type", &name, valid))
}

/// Ids only, the main address first; no `opr_code` and no `count_code`.
fn reply(partner: &Partner, call: Call<'_>) -> String {
    let mut json = JsonText::new(call.quirks);
    json.open();
    if !json.hold(Quirk::CodeDecides) {
        json.field("opr_code", "0");
    }
    json.number("mk_id", partner.id);
    if let Some(contact) = partner.contacts.first() {
        json.number("mk_contact_id", contact.id);
    }
    json.key("mk_address_id_list");
    json.open_list();
    for address in &partner.addresses {
        json.open();
        json.number("mk_id", address.id);
        json.field("street", &address.street);
        json.close();
    }
    json.close_list();
    json.close();
    json.into_text()
}
