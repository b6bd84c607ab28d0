//! Seeds partners: Slovenian companies and people, foreign companies, and partners that exist twice.

use super::country::Country;
use super::model::{Address, AddressKind, Contact, MkId, Partner};
use super::names::{COMPANY_WORDS, FIRST_NAMES, FOREIGN, LEGAL_FORMS, SLOVENIAN_TOWNS, STREETS, SURNAMES};
use super::store::Company;
use super::tax_number;
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

/// Who the documents are made for.
pub(super) struct Cast {
    /// Slovenian companies, twins included.
    pub(super) domestic: Vec<MkId>,
    pub(super) foreign: Vec<MkId>,
    /// Web-shop people: each order of the same person makes a new partner (§3.4).
    pub(super) shoppers: Vec<Shopper>,
}

/// A person who buys in the web shop, known by the same data every time.
pub(super) struct Shopper {
    name: String,
    email: String,
    gsm: String,
    street: String,
    town: (&'static str, &'static str),
}

pub(super) fn seed_partners(company: &mut Company, documents: usize, rng: &mut ChaCha8Rng) -> Cast {
    let count = 12 + documents / 14;
    let mut domestic: Vec<MkId> = (0..count).map(|_| slovenian_company(company, rng)).collect();
    for at in 0..2 + count / 25 {
        let twin = twin_of(company, domestic[at * 3 % count], rng);
        domestic.extend(twin);
    }
    let foreign = FOREIGN
        .iter()
        .cycle()
        .take(8 + (documents / 80).min(24))
        .enumerate()
        .map(|(at, entry)| foreign_company(company, entry, at / FOREIGN.len(), rng))
        .collect();
    let shoppers = (0..5 + documents / 20).map(|_| shopper(rng)).collect();
    Cast { domestic, foreign, shoppers }
}

/// Partners without documents, as every company has many.
pub(super) fn fill_up_partners(company: &mut Company, count: usize, rng: &mut ChaCha8Rng) {
    while company.partners.len() < count {
        slovenian_company(company, rng);
    }
}

fn slovenian_company(company: &mut Company, rng: &mut ChaCha8Rng) -> MkId {
    let surname = pick(&SURNAMES, rng);
    let form = pick(&LEGAL_FORMS, rng);
    let name = match rng.random_range(0..3) {
        0 => format!("{} {form}", pick(&COMPANY_WORDS, rng)),
        1 => format!("{} {surname} {form}", pick(&COMPANY_WORDS, rng)),
        _ => format!("{surname} in partnerji {form}"),
    };
    let taxpayer = form != "s.p." || rng.random_ratio(1, 2);
    let number = tax_number::slovenian(rng);
    // Numbers are stored with or without the prefix, whatever the partner is (§3.1).
    let with_prefix = if taxpayer { rng.random_ratio(7, 10) } else { rng.random_ratio(1, 10) };
    let mut partner = empty_partner(company, name);
    partner.business = true;
    partner.taxpayer = taxpayer;
    partner.tax_number = Some(if with_prefix { format!("SI{number}") } else { number });
    partner.buyer = rng.random_ratio(1, 2).then_some(true);
    partner.payment_days = *[8, 15, 15, 30, 30, 45].choose(rng).unwrap_or(&15);
    let town = pick(&SLOVENIAN_TOWNS, rng);
    let street = street(rng);
    add_address(company, &mut partner, AddressKind::Billing, street, town, Country::SLOVENIA);
    if rng.random_ratio(1, 3) {
        let kind = if rng.random_ratio(2, 3) { AddressKind::Delivery } else { AddressKind::Branch };
        let town = pick(&SLOVENIAN_TOWNS, rng);
        let street = self::street(rng);
        add_address(company, &mut partner, kind, street, town, Country::SLOVENIA);
    }
    if rng.random_ratio(4, 5) {
        let contact = contact(company, &partner, rng);
        partner.contacts.push(contact);
    }
    add(company, partner)
}

/// The same company entered a second time: same tax number, slightly other data.
fn twin_of(company: &mut Company, original: MkId, rng: &mut ChaCha8Rng) -> Option<MkId> {
    let original = company.partner(original)?.clone();
    let mut twin = empty_partner(company, original.name.to_uppercase());
    twin.business = true;
    twin.taxpayer = original.taxpayer;
    twin.tax_number = original.tax_number.as_ref().map(|number| match number.strip_prefix("SI") {
        Some(digits) => digits.to_owned(),
        None => format!("SI{number}"),
    });
    twin.payment_days = original.payment_days;
    let address = original.main_address()?;
    let town = (address.post_number.as_str(), address.city.as_str());
    add_address(company, &mut twin, AddressKind::Billing, address.street.clone(), town, address.country);
    if rng.random_ratio(1, 2) {
        let contact = contact(company, &twin, rng);
        twin.contacts.push(contact);
    }
    Some(add(company, twin))
}

fn foreign_company(
    company: &mut Company,
    (country, name, street, post, town): &(Country, &str, &str, &str, &str),
    round: usize,
    rng: &mut ChaCha8Rng,
) -> MkId {
    let name = if round == 0 { (*name).to_owned() } else { format!("{} {name}", pick(&SURNAMES, rng)) };
    let mut partner = empty_partner(company, name);
    partner.business = true;
    partner.taxpayer = true;
    partner.foreign = true;
    partner.tax_number = Some(tax_number::foreign(country.iso(), rng));
    partner.payment_days = 30;
    let street = format!("{street} {}", rng.random_range(1..160));
    add_address(company, &mut partner, AddressKind::Billing, street, (post, town), *country);
    let contact = contact(company, &partner, rng);
    partner.contacts.push(contact);
    add(company, partner)
}

fn shopper(rng: &mut ChaCha8Rng) -> Shopper {
    let (first, last) = (pick(&FIRST_NAMES, rng), pick(&SURNAMES, rng));
    Shopper {
        name: format!("{first} {last}"),
        email: format!("{}.{}@posta.example", ascii(first), ascii(last)),
        gsm: gsm(rng),
        street: street(rng),
        town: pick(&SLOVENIAN_TOWNS, rng),
    }
}

/// A new partner for one more order of the same person.
pub(super) fn partner_of_shopper(company: &mut Company, shopper: &Shopper) -> MkId {
    let mut partner = empty_partner(company, shopper.name.clone());
    partner.payment_days = 0;
    let street = shopper.street.clone();
    add_address(company, &mut partner, AddressKind::Billing, street, shopper.town, Country::SLOVENIA);
    let address = partner.addresses.first().map_or(MkId(0), |address| address.id);
    partner.contacts.push(Contact {
        id: company.next_partner_id(),
        address,
        name: shopper.name.clone(),
        phone: None,
        gsm: Some(shopper.gsm.clone()),
        fax: None,
        email: Some(shopper.email.clone()),
    });
    add(company, partner)
}

pub(crate) fn empty_partner(company: &mut Company, name: String) -> Partner {
    let id = company.next_partner_id();
    Partner::blank(id, company.next_partner_number(), name)
}

pub(crate) fn add_address(
    company: &mut Company,
    partner: &mut Partner,
    kind: AddressKind,
    street: String,
    (post_number, city): (&str, &str),
    country: Country,
) {
    let id = company.next_partner_id();
    let (post_number, city) = (post_number.to_owned(), city.to_owned());
    partner.addresses.push(Address { id, kind, street, post_number, city, province: None, country });
}

fn add(company: &mut Company, partner: Partner) -> MkId {
    let id = partner.id;
    // Addresses and contacts take ids after the partner's own, so the list stays sorted.
    company.partners.push(partner);
    id
}

fn contact(company: &mut Company, partner: &Partner, rng: &mut ChaCha8Rng) -> Contact {
    let (first, last) = (pick(&FIRST_NAMES, rng), pick(&SURNAMES, rng));
    let host: String = ascii(&partner.name).chars().filter(char::is_ascii_alphanumeric).take(14).collect();
    Contact {
        id: company.next_partner_id(),
        address: partner.addresses.first().map_or(MkId(0), |address| address.id),
        name: format!("{first} {last}"),
        phone: rng.random_ratio(1, 3).then(|| {
            format!(
                "0{} {:03} {:02} {:02}",
                rng.random_range(1..8),
                rng.random_range(100..999),
                rng.random_range(10..99),
                rng.random_range(10..99)
            )
        }),
        gsm: rng.random_ratio(2, 3).then(|| gsm(rng)),
        fax: None,
        email: rng.random_ratio(5, 6).then(|| format!("{}@{host}.example", ascii(first))),
    }
}

fn gsm(rng: &mut ChaCha8Rng) -> String {
    let network = ["031", "040", "041", "051", "070"].choose(rng).copied().unwrap_or("041");
    format!("{network}{:06}", rng.random_range(0..1_000_000))
}

fn street(rng: &mut ChaCha8Rng) -> String {
    let letter = ["", "", "", "", "a", "b"].choose(rng).copied().unwrap_or("");
    format!("{} {}{letter}", pick(&STREETS, rng), rng.random_range(1..140))
}

fn pick<T: Copy>(from: &[T], rng: &mut ChaCha8Rng) -> T {
    from[rng.random_range(0..from.len())]
}

fn ascii(text: &str) -> String {
    text.to_lowercase()
        .chars()
        .map(|c| match c {
            'č' | 'ć' => 'c',
            'š' => 's',
            'ž' => 'z',
            'ü' => 'u',
            'ö' => 'o',
            'ä' => 'a',
            other => other,
        })
        .filter(char::is_ascii)
        .collect()
}
