//! Changes of partners and products. Metakocka keeps no time of change for either.

use super::document::decimal;
use crate::company::{
    Address, AddressKind, Company, Contact, Country, ListPrice, MkId, Partner, Product, TaxCode, UnitPrice,
    cents,
};
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
    let mut partner = Partner::blank(id, company.next_partner_number(), name);
    partner.buyer = Some(true);
    partner.addresses.push(Address {
        id: company.next_partner_id(),
        kind: AddressKind::Billing,
        street: "Nova ulica 1".to_owned(),
        post_number: "1000".to_owned(),
        city: "Ljubljana".to_owned(),
        province: None,
        country: Country::SLOVENIA,
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
        let address = partner.addresses.first().map_or(MkId(0), |address| address.id);
        let contact = Contact::blank(company.next_partner_id(), address, partner.name.clone());
        partner.contacts.push(contact);
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
    let tax = tax_of(company, set)?;
    let product = company.product_mut(id).ok_or_else(|| Refusal(format!("there is no product {id}")))?;
    apply_to_product(product, set, tax);
    Ok(())
}

pub(super) fn create_product(company: &mut Company, set: &ProductSet) -> Result<MkId, Refusal> {
    let tax = tax_of(company, set)?;
    let (Some(code), Some(name), Some(unit)) = (&set.code, &set.name, &set.unit) else {
        return Err(Refusal("a new product needs code, name and unit".to_owned()));
    };
    let id = company.next_product_id();
    let number = company.next_product_number();
    let mut product = Product::blank(id, number, code.clone(), name.clone(), unit.clone());
    product.categories = vec![vec!["Orodje".to_owned()]];
    let tax = tax.unwrap_or(TaxCode::EX4);
    let net_price = set.net_price.unwrap_or(Decimal::ONE);
    let gross_price = cents(net_price * (Decimal::ONE + tax.factor()));
    product.prices = vec![
        ListPrice::new("VPC", UnitPrice::Net(net_price), tax),
        ListPrice::new("MPC", UnitPrice::Gross(gross_price), tax),
    ];
    let tax = Some(tax);
    apply_to_product(&mut product, set, tax);
    company.products.push(product);
    Ok(id)
}

fn tax_of(company: &Company, set: &ProductSet) -> Result<Option<TaxCode>, Refusal> {
    let parse = |code: &str| {
        company.registers.tax(code).ok_or_else(|| Refusal(format!("there is no tax code {code}")))
    };
    set.tax.as_deref().map(parse).transpose()
}

fn apply_to_product(product: &mut Product, set: &ProductSet, tax: Option<TaxCode>) {
    replace(&mut product.code, set.code.as_ref());
    replace(&mut product.name, set.name.as_ref());
    replace(&mut product.unit, set.unit.as_ref());
    replace(&mut product.service, set.service.as_ref());
    replace(&mut product.sales, set.sales.as_ref());
    replace(&mut product.active, set.active.as_ref());
    if tax.is_some() {
        product.prices.iter_mut().for_each(|row| row.tax = tax);
    }
    set_first_price(product, set.net_price.map(UnitPrice::Net));
    set_first_price(product, set.gross_price.map(UnitPrice::Gross));
    if set.description.is_some() {
        product.description.clone_from(&set.description);
    }
}

/// Replaces the first price of this kind, or adds it to the list that has such prices.
fn set_first_price(product: &mut Product, price: Option<UnitPrice>) {
    let Some(price) = price else { return };
    let same_kind =
        |row: &&mut ListPrice| std::mem::discriminant(&row.price) == std::mem::discriminant(&price);
    if let Some(row) = product.prices.iter_mut().find(same_kind) {
        row.price = price;
        return;
    }
    let list = if matches!(price, UnitPrice::Net(_)) { "VPC" } else { "MPC" };
    product.prices.push(ListPrice::new(list, price, product.tax()));
}
