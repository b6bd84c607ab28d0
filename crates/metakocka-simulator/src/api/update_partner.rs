//! `update_partner` (`metakocka-api.md` §3.3): only what was sent changes; rows without `mk_id` are added,
//! again and again when the call is repeated (Q18).

use super::add_partner::address_kind;
use super::json_text::JsonText;
use super::params::{Params, required};
use super::partner::write_in_list;
use super::writing::people::{AddressData, CONTACT, ContactData, NAME, NUMBERS, country};
use super::writing::{flag, id, limited, text};
use super::{Call, MkError};
use crate::company::{Address, Company, Contact, MkId, Partner};
use crate::quirks::Quirk;

pub(super) fn answer(company: &mut Company, params: &Params, call: Call<'_>) -> Result<String, MkError> {
    let data = params.object("partner").ok_or_else(|| required("partner"))?;
    let id = find(company, &data)?;
    let missing = || MkError::parameter("No partner with such properties.");
    let mut partner = company.partner(id).ok_or_else(missing)?.clone();
    // Ids of added rows are counted even if a later row is refused: nobody sees the gap.
    change_fields(&mut partner, &data, call)?;
    for row in data.objects("partner_delivery_address_list")? {
        change_address(company, &mut partner, &row, call)?;
    }
    for row in data.objects("partner_contact_list")? {
        change_contact(company, &mut partner, &row, call)?;
    }
    let reply = reply(&partner, call);
    if let Some(place) = company.partner_mut(id) {
        *place = partner;
    }
    Ok(reply)
}

fn find(company: &Company, data: &Params) -> Result<MkId, MkError> {
    let found = match (id(data, "mk_id")?, text(data, "count_code")?) {
        (Some(id), _) => company.partner(id),
        (None, Some(number)) => company.partners.iter().find(|partner| partner.number == number),
        (None, None) => return Err(MkError::parameter("Paramether mk_id must be set")),
    };
    found.map(|partner| partner.id).ok_or_else(|| MkError::parameter("No partner with such properties."))
}

/// Top-level fields. A top-level street does not reach the `Račun` address (§3.3).
fn change_fields(partner: &mut Partner, data: &Params, call: Call<'_>) -> Result<(), MkError> {
    if let Some(name) = limited(data, "customer", NAME, call)? {
        partner.name = name;
    }
    for (key, place) in [
        ("tax_id_number", &mut partner.tax_number),
        ("registration_number", &mut partner.registration_number),
    ] {
        if let Some(text) = limited(data, key, NUMBERS, call)? {
            *place = Some(text);
        }
    }
    for (key, place) in [
        ("business_entity", &mut partner.business),
        ("taxpayer", &mut partner.taxpayer),
        ("foreign_county", &mut partner.foreign),
        ("supplier", &mut partner.supplier),
    ] {
        *place = flag(data, key)?.unwrap_or(*place);
    }
    if let Some(buyer) = flag(data, "buyer")? {
        partner.buyer = partner.buyer.map(|_| buyer);
    }
    Ok(())
}

fn change_address(
    company: &mut Company,
    partner: &mut Partner,
    row: &Params,
    call: Call<'_>,
) -> Result<(), MkError> {
    let Some(row_id) = id(row, "mk_id")? else {
        let kind = address_kind(row)?;
        let new = AddressData::parse(row, "city", call)?;
        let same = |known: &Address| {
            (known.kind, &known.street, &known.post_number) == (kind, &new.street, &new.post_number)
        };
        if call.quirks.hold(Quirk::RepeatAddsRows) || !partner.addresses.iter().any(same) {
            partner.addresses.push(new.into_address(company.next_partner_id(), kind));
        }
        return Ok(());
    };
    let place = partner.addresses.iter_mut().find(|address| address.id == row_id);
    let place =
        place.ok_or_else(|| MkError::parameter(format!("Cannot find partner address with id = {row_id}")))?;
    if row.has("address_type") {
        place.kind = address_kind(row)?;
    }
    for (key, max, field) in [
        ("street", super::writing::people::STREET, &mut place.street),
        ("post_number", super::writing::people::POST_NUMBER, &mut place.post_number),
        ("city", super::writing::people::PLACE, &mut place.city),
    ] {
        if let Some(text) = limited(row, key, max, call)? {
            *field = text;
        }
    }
    if let Some(province) = limited(row, "province", NUMBERS, call)? {
        place.province = Some(province);
    }
    if let Some(name) = text(row, "country")? {
        place.country = country(&name)?;
    }
    Ok(())
}

fn change_contact(
    company: &mut Company,
    partner: &mut Partner,
    row: &Params,
    call: Call<'_>,
) -> Result<(), MkError> {
    let address = id(row, "mk_address_id")?;
    if let Some(address) = address
        && partner.address(address).is_none()
    {
        return Err(MkError::parameter(format!("Cannot find partner address with id = {address}")));
    }
    let data = ContactData::parse(row, call)?;
    let Some(row_id) = id(row, "mk_id")? else {
        let address = address.ok_or_else(|| required("mk_address_id"))?;
        let same = |known: &Contact| known.address == address && data.is_same(known);
        if call.quirks.hold(Quirk::RepeatAddsRows) || !partner.contacts.iter().any(same) {
            partner.contacts.push(data.into_contact(company.next_partner_id(), address));
        }
        return Ok(());
    };
    let place = partner.contacts.iter_mut().find(|contact| contact.id == row_id);
    let place =
        place.ok_or_else(|| MkError::parameter(format!("Cannot find partner contact with id = {row_id}")))?;
    place.address = address.unwrap_or(place.address);
    if let Some(name) = limited(row, "name", CONTACT, call)? {
        place.name = name;
    }
    for (value, field) in [
        (data.phone, &mut place.phone),
        (data.gsm, &mut place.gsm),
        (data.fax, &mut place.fax),
        (data.email, &mut place.email),
    ] {
        if value.is_some() {
            *field = value;
        }
    }
    Ok(())
}

/// The whole partner: the read-back of the change.
fn reply(partner: &Partner, call: Call<'_>) -> String {
    let mut json = JsonText::new(call.quirks);
    json.open();
    if !json.hold(Quirk::CodeDecides) {
        json.field("opr_code", "0");
    }
    json.number("partner_list_count", 1);
    json.key("partner_list");
    json.open_list();
    write_in_list(&mut json, partner, false);
    json.close_list();
    json.close();
    json.into_text()
}
