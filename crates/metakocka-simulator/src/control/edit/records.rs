//! Changes of partners and products. Metakocka keeps no time of change for either.

use super::document::decimal;
use crate::company::{Address, AddressKind, Company, Contact, Country, MkId, Partner, Product, TaxCode};
use crate::world::Refusal;
use rust_decimal::Decimal;
use serde::Deserialize;

/// Fields of a partner; the address is the main one, the person the first.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct PartnerSet {
    name: Option<String>,
    tax_number: Option<String>,
    business: Option<bool>,
    taxpayer: Option<bool>,
    foreign: Option<bool>,
    payment_days: Option<u32>,
    street: Option<String>,
    post_number: Option<String>,
    city: Option<String>,
    country: Option<String>,
    contact_name: Option<String>,
    phone: Option<String>,
    gsm: Option<String>,
    email: Option<String>,
}

/// Fields of a product.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct ProductSet {
    code: Option<String>,
    name: Option<String>,
    unit: Option<String>,
    description: Option<String>,
    service: Option<bool>,
    sales: Option<bool>,
    active: Option<bool>,
    tax: Option<String>,
    #[serde(deserialize_with = "decimal")]
    net_price: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    gross_price: Option<Decimal>,
}

fn replace<T: Clone>(place: &mut T, value: Option<&T>) {
    if let Some(value) = value {
        place.clone_from(value);
    }
}

pub(super) fn edit_partner(company: &mut Company, id: MkId, set: &PartnerSet) -> Result<(), Refusal> {
    let country = set.country.as_deref().map(country).transpose()?;
    let mut partner =
        company.partner(id).ok_or_else(|| Refusal(format!("there is no partner {id}")))?.clone();
    apply_to_partner(company, &mut partner, set, country);
    if let Some(place) = company.partner_mut(id) {
        *place = partner;
    }
    Ok(())
}

pub(super) fn create_partner(company: &mut Company, set: &PartnerSet) -> Result<MkId, Refusal> {
    let name = set.name.clone().ok_or_else(|| Refusal("a new partner needs name".to_owned()))?;
    let country = set.country.as_deref().map(country).transpose()?;
    let id = company.next_partner_id();
    let mut partner = Partner {
        id,
        number: (100 + company.partners.len()).to_string(),
        name,
        business: false,
        taxpayer: false,
        foreign: false,
        buyer: Some(true),
        tax_number: None,
        payment_days: 15,
        addresses: Vec::new(),
        contacts: Vec::new(),
    };
    partner.addresses.push(Address {
        id: company.next_partner_id(),
        kind: AddressKind::Billing,
        street: "Nova ulica 1".to_owned(),
        post_number: "1000".to_owned(),
        city: "Ljubljana".to_owned(),
        country: Country::Slovenia,
    });
    apply_to_partner(company, &mut partner, set, country);
    company.partners.push(partner);
    Ok(id)
}

fn apply_to_partner(
    company: &mut Company,
    partner: &mut Partner,
    set: &PartnerSet,
    country: Option<Country>,
) {
    replace(&mut partner.name, set.name.as_ref());
    replace(&mut partner.business, set.business.as_ref());
    replace(&mut partner.taxpayer, set.taxpayer.as_ref());
    replace(&mut partner.foreign, set.foreign.as_ref());
    replace(&mut partner.payment_days, set.payment_days.as_ref());
    if set.tax_number.is_some() {
        partner.tax_number.clone_from(&set.tax_number);
    }
    if let Some(address) = partner.addresses.first_mut() {
        replace(&mut address.street, set.street.as_ref());
        replace(&mut address.post_number, set.post_number.as_ref());
        replace(&mut address.city, set.city.as_ref());
        replace(&mut address.country, country.as_ref());
    }
    let person = [&set.contact_name, &set.phone, &set.gsm, &set.email].iter().any(|field| field.is_some());
    if person && partner.contacts.is_empty() {
        let address = partner.addresses.first().map_or(0, |address| address.id.0);
        let (id, name) = (company.next_partner_id().0, partner.name.clone());
        partner.contacts.push(Contact { id, address, name, ..Contact::default() });
    }
    if let Some(contact) = partner.contacts.first_mut() {
        replace(&mut contact.name, set.contact_name.as_ref());
        for (place, value) in
            [(&mut contact.phone, &set.phone), (&mut contact.gsm, &set.gsm), (&mut contact.email, &set.email)]
        {
            if value.is_some() {
                place.clone_from(value);
            }
        }
    }
}

fn country(text: &str) -> Result<Country, Refusal> {
    Country::of_text(text).ok_or_else(|| Refusal(format!("the simulator has no country {text}")))
}

pub(super) fn edit_product(company: &mut Company, id: MkId, set: &ProductSet) -> Result<(), Refusal> {
    let tax = tax_of(set)?;
    let product = company.product_mut(id).ok_or_else(|| Refusal(format!("there is no product {id}")))?;
    apply_to_product(product, set, tax);
    Ok(())
}

pub(super) fn create_product(company: &mut Company, set: &ProductSet) -> Result<MkId, Refusal> {
    let tax = tax_of(set)?;
    let (Some(code), Some(name), Some(unit)) = (&set.code, &set.name, &set.unit) else {
        return Err(Refusal("a new product needs code, name and unit".to_owned()));
    };
    let id = company.next_product_id();
    let net_price = set.net_price.unwrap_or(Decimal::ONE);
    let mut product = Product {
        id,
        number: (4450 + company.products.len() + 1).to_string(),
        code: code.clone(),
        name: name.clone(),
        unit: unit.clone(),
        description: None,
        barcode: None,
        category: "Orodje",
        service: false,
        sales: true,
        purchasing: false,
        active: true,
        eshop_sync: false,
        tax: TaxCode::Ex4,
        net_price,
        gross_price: (net_price * Decimal::new(122, 2)).round_dp(2),
        tier: None,
        weight: None,
        stock: Decimal::ZERO,
    };
    apply_to_product(&mut product, set, tax);
    company.products.push(product);
    Ok(id)
}

fn tax_of(set: &ProductSet) -> Result<Option<TaxCode>, Refusal> {
    let parse = |code| TaxCode::of_code(code).ok_or_else(|| Refusal(format!("there is no tax code {code}")));
    set.tax.as_deref().map(parse).transpose()
}

fn apply_to_product(product: &mut Product, set: &ProductSet, tax: Option<TaxCode>) {
    replace(&mut product.code, set.code.as_ref());
    replace(&mut product.name, set.name.as_ref());
    replace(&mut product.unit, set.unit.as_ref());
    replace(&mut product.service, set.service.as_ref());
    replace(&mut product.sales, set.sales.as_ref());
    replace(&mut product.active, set.active.as_ref());
    replace(&mut product.net_price, set.net_price.as_ref());
    replace(&mut product.gross_price, set.gross_price.as_ref());
    replace(&mut product.tax, tax.as_ref());
    if set.description.is_some() {
        product.description.clone_from(&set.description);
    }
}
