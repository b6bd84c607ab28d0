//! Writes partners: inside documents (`metakocka-api.md` §3.4) and in partner lists (§3.1). The
//! same address has `place` there and `city` here (Q25).

use super::json_text::JsonText;
use crate::company::{AddressKind, Company, Partner, PartnerRef};
use crate::quirks::Quirk;
use rust_decimal::Decimal;

/// The block `key` of a document: `terse` leaves out what older samples leave out.
pub(super) fn write_in_document(
    json: &mut JsonText,
    company: &Company,
    key: &str,
    who: PartnerRef,
    terse: bool,
    without_address: bool,
) {
    let Some(partner) = company.partner(who.partner) else { return };
    json.key(key);
    json.open();
    json.number("mk_id", partner.id);
    write_kind(json, partner);
    json.optional("tax_id_number", partner.tax_number.as_deref());
    json.field("customer", &partner.name);
    let address = partner.address(who.address).or(partner.main_address());
    if let Some(address) = address.filter(|_| !without_address) {
        json.field("street", &address.street);
        json.field("post_number", &address.post_number);
        json.field(if json.hold(Quirk::CityOrPlace) { "place" } else { "city" }, &address.city);
        json.optional("province", address.province.as_deref());
        json.field("country", address.country.english());
    }
    json.field("count_code", &partner.number);
    json.field("useCustomerAsContact", "false");
    if let Some(address) = address.filter(|_| !terse) {
        json.number("mk_address_id", address.id);
        json.field("country_iso_2", address.country.iso());
    }
    let contact = who.contact.and_then(|id| partner.contacts.iter().find(|contact| contact.id == id));
    if let Some(contact) = contact.filter(|_| !terse) {
        json.key("partner_contact");
        json.open();
        json.field("name", &contact.name);
        json.optional("phone", contact.phone.as_deref());
        json.optional("fax", contact.fax.as_deref());
        json.optional("gsm", contact.gsm.as_deref());
        json.optional("email", contact.email.as_deref());
        json.close();
    }
    json.close();
}

fn write_kind(json: &mut JsonText, partner: &Partner) {
    json.bool("business_entity", partner.business);
    json.bool("taxpayer", partner.taxpayer);
    let key = if json.hold(Quirk::Misspellings) { "foreign_county" } else { "foreign_country" };
    json.bool(key, partner.foreign);
}

/// A row of `partner_list`.
pub(super) fn write_in_list(json: &mut JsonText, partner: &Partner, with_discounts: bool) {
    json.open();
    json.number("mk_id", partner.id);
    write_kind(json, partner);
    if let Some(buyer) = partner.buyer {
        json.bool("buyer", buyer);
    }
    json.optional("tax_id_number", partner.tax_number.as_deref());
    json.field("customer", &partner.name);
    json.field("count_code", &partner.number);
    if !partner.contacts.is_empty() {
        write_contacts(json, partner);
    }
    json.key("partner_delivery_address_list");
    json.open_list();
    for address in &partner.addresses {
        json.open();
        json.number("mk_id", address.id);
        json.field("address_type", address.kind.name());
        json.field("street", &address.street);
        json.field("post_number", &address.post_number);
        json.field("city", &address.city);
        json.optional("province", address.province.as_deref());
        json.field("country", address.country.slovenian());
        if address.kind == AddressKind::Billing {
            json.number("payment_due_days", partner.payment_days);
        }
        json.field("language", "Slovenski");
        if address.kind == AddressKind::Billing {
            json.field("currency_id", "65");
            json.field("currency", "EUR");
        }
        json.close();
    }
    json.close_list();
    if with_discounts && discount_of(partner).is_some() {
        write_discounts(json);
    }
    json.close();
}

fn write_contacts(json: &mut JsonText, partner: &Partner) {
    json.key("partner_contact_list");
    json.open_list();
    for contact in &partner.contacts {
        json.open();
        json.number("mk_id", contact.id);
        json.number("mk_address_id", contact.address);
        let address = partner.addresses.iter().find(|address| address.id == contact.address);
        json.optional("contact_address", address.map(|address| address.street.as_str()));
        json.field("name", &contact.name);
        json.optional("gsm", contact.gsm.as_deref());
        json.optional("phone", contact.phone.as_deref());
        json.optional("fax", contact.fax.as_deref());
        json.optional("email", contact.email.as_deref());
        json.close();
    }
    json.close_list();
}

/// The discount that some partners have, percent; API documents never get it (Q27).
pub(super) fn discount_of(partner: &Partner) -> Option<Decimal> {
    partner.id.0.is_multiple_of(9).then_some(Decimal::from(5))
}

/// `categories` is one text, not a list, when there is one (§1.5).
fn write_discounts(json: &mut JsonText) {
    json.key("discounts");
    json.open_list();
    json.open();
    json.key("categories");
    json.texts(&["Orodje"]);
    json.field("discount_percent", "5");
    json.field("override_existing", "false");
    json.close();
    json.close_list();
}
